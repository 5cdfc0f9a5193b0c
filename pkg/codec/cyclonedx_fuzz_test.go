package codec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/pkg/bom"
)

// FuzzDecodeCycloneDX: a document is an error or a valid document that can be
// written in every form, with all references leading somewhere, and that does
// not change when it is read again, unless a loss says so.
func FuzzDecodeCycloneDX(f *testing.F) {
	names, err := filepath.Glob(filepath.Join("testdata", "cyclonedx", "*"))
	if err != nil || len(names) == 0 {
		f.Fatal(names, err)
	}
	for _, name := range names {
		if data, err := os.ReadFile(name); err == nil {
			f.Add(data)
		}
	}
	for _, encode := range cycloneDX() {
		if data, _, err := encode(richDocument()); err == nil {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, format := range []Format{cycloneDXJSON{}, cycloneDXXML{}} {
			d, _, err := format.Decode(bytes.NewReader(data))
			if (err == nil) != (d != nil) {
				t.Fatalf("%v and %v", d, err)
			}
			if err == nil {
				checkRewrite(t, d)
			}
		}
	})
}

func checkRewrite(t *testing.T, d *bom.Document) {
	if err := d.Validate(); err != nil {
		t.Fatal(err)
	}
	first := clone(d)
	first.Normalize()
	if diff := cmp.Diff(d, first); diff != "" {
		t.Fatalf("not normalised: %s", diff)
	}
	for name, encode := range cycloneDX() {
		data, losses, err := encode(d)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		checkCycloneDX(t, data)
		again, more, err := decodeCycloneDX(data)
		if err != nil {
			t.Fatalf("%s: written and not read: %v", name, err)
		}
		if diff := cmp.Diff(plain(clone(d)), plain(again)); diff != "" && len(losses)+len(more) == 0 {
			t.Fatalf("%s: changed without a loss (-first +second):\n%s", name, diff)
		}
	}
}

// largeTree has n components: a model with parts, each with files that
// carry digests, licences and origins, as a large repository would.
func largeTree(n int) *bom.Document {
	d := &bom.Document{Subject: bom.RefSubject, Components: []bom.Component{
		{Ref: bom.RefSubject, Kind: bom.KindModel, Name: "large"}, {Ref: "upstream:base", Kind: bom.KindModel, Name: "base"}}}
	for i := 2; i < n; i++ {
		ref := bom.Ref(fmt.Sprintf("file:shards/%05d.safetensors", i))
		d.Components = append(d.Components, bom.Component{Ref: ref, Kind: bom.KindFile, Name: string(ref[5:]),
			Hashes:   []bom.Hash{{Algorithm: bom.SHA256, Value: strings.Repeat("0a", 32)}, {Algorithm: bom.SHA512, Value: strings.Repeat("0b", 64)}},
			Licenses: []bom.License{{Expression: "Apache-2.0", Acknowledgement: bom.Declared}},
			File:     &bom.File{Size: int64(i), Format: "safetensors", Role: "weights"},
			Origins:  []bom.Origin{{Reference: "upstream:base", Verdict: bom.VerdictIdentical, Strength: bom.StrengthExact, Sentence: "The bytes are the same."}},
			Evidence: []bom.Evidence{{Technique: bom.BinaryAnalysis, Path: string(ref[5:]), Confidence: 1}}})
		d.Relationships = append(d.Relationships,
			bom.Relationship{From: bom.RefSubject, Type: bom.Contains, To: ref}, bom.Relationship{From: ref, Type: bom.DescendantOf, To: "upstream:base"})
	}
	d.Normalize()
	return d
}

func BenchmarkCycloneDX(b *testing.B) {
	for _, n := range []int{2_000, 20_000} {
		d := largeTree(n)
		for _, format := range []Format{cycloneDXJSON{}, cycloneDXXML{}} {
			var w bytes.Buffer
			if _, err := format.Encode(&w, d, format.Versions()[0], Options{}); err != nil {
				b.Fatal(err)
			}
			b.Run(fmt.Sprintf("%s/encode-%d", format.Name(), n), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(w.Len()))
				for b.Loop() {
					if _, err := format.Encode(new(bytes.Buffer), d, format.Versions()[0], Options{}); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run(fmt.Sprintf("%s/decode-%d", format.Name(), n), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(w.Len()))
				for b.Loop() {
					if _, _, err := format.Decode(bytes.NewReader(w.Bytes())); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// TestCycloneDXMutations changes whole documents at random places, which stays
// JSON and so reaches deeper than bytes of chance do.
func TestCycloneDXMutations(t *testing.T) {
	rich, _, err := cycloneDX()["cyclonedx-json@1.6"](richDocument())
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := os.ReadFile(filepath.Join("testdata", "cyclonedx", "scanner.json"))
	if err != nil {
		t.Fatal(err)
	}
	n, read := 150, 0
	if s := os.Getenv("MODELBOM_MUTATIONS"); s != "" {
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	for seed := range n {
		var doc any
		if err := json.Unmarshal([][]byte{rich, foreign}[seed%2], &doc); err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(uint64(seed), 1))
		for range 1 + r.IntN(4) {
			mutate(r, doc)
		}
		data, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		d, _, err := cycloneDXJSON{}.Decode(bytes.NewReader(data))
		if err != nil {
			continue
		}
		read++
		if checkRewrite(t, d); t.Failed() {
			t.Fatalf("seed %d: %s", seed, data)
		}
	}
	if read < n/4 {
		t.Errorf("only %d of %d changed documents could be read", read, n)
	}
}

// mutate copies, empties or removes something inside a JSON value.
func mutate(r *rand.Rand, doc any) {
	type place struct {
		object map[string]any
		key    string
		array  []any
		index  int
	}
	var places []place
	var values []any
	var walk func(any)
	walk = func(v any) {
		values = append(values, v)
		switch v := v.(type) {
		case map[string]any:
			for _, k := range sortedKeys(v) {
				places = append(places, place{object: v, key: k})
				walk(v[k])
			}
		case []any:
			for i := range v {
				places = append(places, place{array: v, index: i})
				walk(v[i])
			}
		}
	}
	walk(doc)
	p := places[r.IntN(len(places))]
	// Copied through JSON: a value inside itself would have no end.
	b, _ := json.Marshal(values[r.IntN(len(values))])
	var x any
	if json.Unmarshal(b, &x); r.IntN(4) == 0 {
		x = []any{"", nil, []any{}, map[string]any{}, 0, -1.5, "a | b", "urn:cdx:x/1#y", "\x00"}[r.IntN(9)]
	}
	if s, ok := x.(string); !ok && p.object != nil && r.IntN(2) == 0 {
		delete(p.object, p.key)
	} else if p.object != nil {
		if _, text := p.object[p.key].(string); text && !ok {
			x = "text" + s // keeps more documents readable
		}
		p.object[p.key] = x
	} else {
		p.array[p.index] = x
	}
}
