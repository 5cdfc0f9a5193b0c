package diff

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/modelbom/modelbom/fixtures"
	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/codec"
	"github.com/modelbom/modelbom/pkg/diff"
	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/inspect"
	"github.com/modelbom/modelbom/pkg/origin"
	"github.com/modelbom/modelbom/pkg/source"
)

// A round is one evaluation of a repository.
type round struct {
	t       *testing.T
	dir     string
	options inspect.Options
	// said are changes of the document that the repository cannot show, such as
	// what an index or a policy concludes.
	said []func(*bom.Document)
}

// start writes a fixture to be changed.
func start(t *testing.T, fixture string) *round {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "model")
	if err := fixtures.Write(fixture, dir); err != nil {
		t.Fatal(err)
	}
	return &round{t: t, dir: dir, options: options()}
}

func options() inspect.Options {
	return inspect.Options{Name: "acme/model", Version: "1", Supplier: "Acme", Sketches: true, Tool: bom.Tool{Name: "modelbom", Version: "1.0.0"}}
}

// inspected is the document and the fingerprint of the round.
func (r *round) inspected() (*bom.Document, *fingerprint.Model) {
	r.t.Helper()
	d, m := inspectDir(r.t, r.dir, r.options)
	for _, f := range r.said {
		f(d)
	}
	d.Normalize()
	return d, m
}

func inspectDir(t *testing.T, dir string, o inspect.Options) (*bom.Document, *fingerprint.Model) {
	t.Helper()
	repo, err := source.Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	result, err := inspect.Repository(context.Background(), repo, o)
	if err != nil {
		t.Fatal(err)
	}
	return result.Document, result.Fingerprint
}

var first struct {
	sync.Mutex
	rounds map[string]*inspect.Result
}

// original is the first round of a fixture, inspected once. The document is a
// copy.
func original(t *testing.T, fixture string) (*bom.Document, *fingerprint.Model) {
	t.Helper()
	first.Lock()
	defer first.Unlock()
	if first.rounds == nil {
		first.rounds = map[string]*inspect.Result{}
	}
	if first.rounds[fixture] == nil {
		d, m := start(t, fixture).inspected()
		first.rounds[fixture] = &inspect.Result{Document: d, Fingerprint: m}
	}
	return clone(t, first.rounds[fixture].Document), first.rounds[fixture].Fingerprint
}

func clone(t *testing.T, d *bom.Document) *bom.Document {
	t.Helper()
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var c bom.Document
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	return &c
}

// fingerprints are the options of a diff between rounds with fingerprints.
func fingerprints(old, new *fingerprint.Model) diff.Options {
	part := func(m *fingerprint.Model, ref bom.Ref) *fingerprint.Model {
		c := *m
		c.Parts = nil
		for _, p := range m.Parts {
			if p.Ref == string(ref) {
				c.Parts = append(c.Parts, p)
			}
		}
		return &c
	}
	pair := func(a, b bom.Ref) (origin.Pair, bool) {
		pairs := origin.Pairs(part(new, b), part(old, a))
		if len(pairs) != 1 {
			return origin.Pair{}, false
		}
		return pairs[0], true
	}
	return diff.Options{
		Weights: func(a, b bom.Ref) (diff.WeightChange, bool) {
			p, ok := pair(a, b)
			if !ok || p.Result == nil {
				return diff.WeightChange{}, false
			}
			w := diff.WeightChange{Verdict: p.Verdict, Strength: p.Strength, Distance: p.Result.Delta, Frozen: p.Result.Frozen, Sentence: p.Sentence, Limits: p.Limits}
			for _, l := range p.Result.Layers {
				w.Layers = append(w.Layers, diff.LayerChange{Old: l.B, New: l.A, Agreement: l.Agreement, Frozen: l.Frozen, Distance: l.Delta})
			}
			return w, true
		},
		Tokenizers: func(a, b bom.Ref) (diff.TokenizerChange, bool) {
			p, ok := pair(a, b)
			if !ok || p.Tokenizer == nil {
				return diff.TokenizerChange{}, false
			}
			added := tokens(new, b) - tokens(old, a)
			t := diff.TokenizerChange{Added: -1, Removed: -1, Sentence: p.Sentence}
			switch {
			case p.Tokenizer.Verdict == fingerprint.SameTokenizer:
				t.Relation = diff.TokensSame
			case p.Tokenizer.Verdict == fingerprint.Extends && p.Tokenizer.Child == fingerprint.A:
				t.Relation, t.Added, t.Removed = diff.TokensExtended, added, 0
			case p.Tokenizer.Verdict == fingerprint.Extends:
				t.Relation, t.Added, t.Removed = diff.TokensReduced, 0, -added
			case p.Tokenizer.Verdict == fingerprint.Overlaps:
				t.Relation = diff.TokensOverlap
			case p.Tokenizer.Verdict == fingerprint.Unrelated:
				t.Relation = diff.TokensReplaced
			default:
				return t, false
			}
			return t, true
		},
	}
}

func tokens(m *fingerprint.Model, ref bom.Ref) int {
	for _, p := range m.Parts {
		if p.Ref == string(ref) && p.Tokenizer != nil {
			return p.Tokenizer.Tokens
		}
	}
	return 0
}

// edit replaces text that stands in a file once.
func (r *round) edit(name, before, after string) {
	r.t.Helper()
	data := r.read(name)
	if n := bytes.Count(data, []byte(before)); n != 1 {
		r.t.Fatalf("%q stands %d times in %s", before, n, name)
	}
	r.write(name, bytes.Replace(data, []byte(before), []byte(after), 1))
}

func (r *round) read(name string) []byte {
	r.t.Helper()
	data, err := os.ReadFile(filepath.Join(r.dir, filepath.FromSlash(name)))
	if err != nil {
		r.t.Fatal(err)
	}
	return data
}

func (r *round) write(name string, data []byte) {
	r.t.Helper()
	p := filepath.Join(r.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(p, data, 0o644); err != nil {
		r.t.Fatal(err)
	}
}

func (r *round) remove(name string) {
	r.t.Helper()
	if err := os.RemoveAll(filepath.Join(r.dir, filepath.FromSlash(name))); err != nil {
		r.t.Fatal(err)
	}
}

func (r *round) rename(before, after string) {
	r.t.Helper()
	r.write(after, r.read(before))
	r.remove(before)
}

// set changes a JSON file.
func (r *round) set(name string, change func(m map[string]any)) {
	r.t.Helper()
	var m map[string]any
	dec := json.NewDecoder(bytes.NewReader(r.read(name)))
	dec.UseNumber()
	if err := dec.Decode(&m); err != nil {
		r.t.Fatal(err)
	}
	change(m)
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		r.t.Fatal(err)
	}
	r.write(name, b)
}

// from takes a file of another fixture.
func (r *round) from(fixture, name, as string) {
	r.t.Helper()
	other := start(r.t, fixture)
	r.write(as, other.read(name))
}

// say changes the document after the inspection.
func (r *round) say(f func(*bom.Document)) { r.said = append(r.said, f) }

// component changes one component of the document.
func (r *round) component(ref bom.Ref, f func(*bom.Component)) {
	r.say(func(d *bom.Document) {
		c := d.Component(ref)
		if c == nil {
			r.t.Fatalf("no component %q", ref)
		}
		f(c)
	})
}

// encoded writes a document in a format and reads it back.
func encoded(t *testing.T, d *bom.Document, name, version string) *bom.Document {
	t.Helper()
	var b bytes.Buffer
	if _, err := codec.Encode(&b, d, name, version); err != nil {
		t.Fatal(err)
	}
	got, _, err := codec.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return got
}
