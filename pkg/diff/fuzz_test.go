package diff

import (
	"bytes"
	"math"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
)

// FuzzDocuments compares whatever two documents can be, valid or not: each is a
// whole document, to which the bytes say what to do.
func FuzzDocuments(f *testing.F) {
	f.Add([]byte{0}, []byte{0})
	f.Add([]byte{1, 3, 1, 4}, []byte{0})
	f.Add([]byte{0}, []byte{0, 0, 1, 5, 1, 2, 9, 2, 3, 8, 3, 4, 7, 4, 5, 6, 5, 6, 5, 6, 7, 4, 7, 8, 3})
	f.Add([]byte{2, 9, 9, 9}, []byte{0, 10, 1, 1, 11, 2, 2, 12, 3, 3, 13, 4, 4, 14, 5, 5, 15, 6, 6})
	f.Add([]byte{0, 16, 1, 1, 17, 2, 2, 18, 3, 3, 19, 4, 4}, []byte{0, 20, 5, 5, 21, 6, 6, 22, 7, 7, 23, 8, 8})
	f.Add([]byte("G.\xf8\xfei=\x8fCo\xb7\xaa\xd3\xf3\x96\x1em\xfd\xa1\xe4t1]\x8e\xd4"), []byte("7G.\xf8\xfei=")) // no reference
	f.Add([]byte("0"), []byte("0\x00@0"))                                                                        // an origin that dangles in one document
	f.Add([]byte("0s\x8c\x891\xa0V"), []byte("0s\x8c\x891\xa0V\x00\x02\x89s"))                                   // a finding that dangles in one document
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if len(a)+len(b) > 4096 {
			return
		}
		old, new := program(t, a), program(t, b)
		vs := bom.Verdicts()
		o := Options{
			Weights: func(x, y bom.Ref) (WeightChange, bool) {
				return WeightChange{Verdict: vs[(len(x)+len(a))%len(vs)], Distance: float64(len(a)%3) / 2, Frozen: math.NaN()}, len(b)%2 == 0
			},
			Tokenizers: func(x, y bom.Ref) (TokenizerChange, bool) {
				return TokenizerChange{Relation: TokensExtended, Added: len(b)}, len(a)%2 == 0
			},
		}
		c := Documents(old, new, o)
		checkTexts(t, c)
		form, err := JSON(c)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := JSON(Documents(old, new, o)); err != nil || !bytes.Equal(form, again) {
			t.Error("two runs differ")
		}
		back, err := ReadJSON(form)
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := JSON(back); !bytes.Equal(form, again) {
			t.Error("the file form does not come back")
		}
		if c := Documents(old, old, o); !c.Empty() {
			t.Errorf("a document differs from itself: %s", kinds(c))
		}
		if back := Documents(new, old, Options{}); back.Empty() != Documents(old, new, Options{}).Empty() {
			t.Errorf("one direction is empty: %s against %s", kinds(Documents(old, new, Options{})), kinds(back))
		}
	})
}

// words are few, so that references collide, dangle and form circles.
var words = []string{"", "model", "part:language-model", "part:vision-encoder", "part:other:x", "part:tokenizer", "file:a.safetensors", "file:b.safetensors", "file:config.json",
	"upstream:pkg:huggingface/a/base", "dataset:x/y", "pkg:pypi/x@1", "pkg:pypi/x@2", digest1, digest2, "MIT", "MIT AND ISC", "remote code x.py", "\x1b[0m\u202e", "\xff", "7"}

// program builds a document: the first byte chooses one to begin with, and every
// three bytes after it are one change.
func program(t testing.TB, code []byte) *bom.Document {
	d := &bom.Document{}
	if len(code) > 0 {
		switch code[0] % 4 {
		case 0:
			d = clone(t, sample())
		case 1:
			d = large(30, 0)
		case 2:
			d = large(30, 1)
		}
		code = code[1:]
	}
	w := func(b byte) string { return words[int(b)%len(words)] }
	for ; len(code) >= 3; code = code[3:] {
		x, y := code[1], code[2]
		var c *bom.Component
		if n := len(d.Components); n > 0 {
			c = &d.Components[int(x)%n]
		} else {
			c = &bom.Component{}
		}
		if c.Model == nil && y%2 == 0 {
			c.Model = &bom.Model{}
		}
		m := c.Model
		if m == nil {
			m = &bom.Model{}
		}
		switch code[0] % 26 {
		case 0:
			c.Ref = bom.Ref(w(y))
		case 1:
			c.Role = append(bom.Roles(), "", "odd")[int(y)%(len(bom.Roles())+2)]
		case 2:
			c.Kind = []bom.Kind{bom.KindModel, bom.KindData, bom.KindFile, bom.KindLibrary, ""}[y%5]
		case 3:
			c.Name, c.PURL = w(y), w(y/2)
		case 4:
			m.WeightsDigest = w(y)
		case 5:
			c.Hashes = append(c.Hashes, bom.Hash{Algorithm: bom.SHA256, Value: w(y), Asserted: y%2 == 0})
		case 6:
			c.Licenses = append(c.Licenses, bom.License{Expression: w(y), Name: w(y / 3), Acknowledgement: acknowledgements()[y%3]})
		case 7:
			c.Licenses, c.Version = nil, w(y)
		case 8:
			c.Origins = append(c.Origins, bom.Origin{Reference: bom.Ref(w(x / 2)), Verdict: bom.Verdicts()[int(y)%11], Sentence: w(y)})
		case 9:
			c.Origins = nil
		case 10:
			d.Relationships = append(d.Relationships, bom.Relationship{From: bom.Ref(w(x)), Type: []bom.Relation{bom.Contains, bom.HasDataFile, bom.DescendantOf, bom.DependsOn, bom.TrainedOn, bom.HasVariant}[y%6], To: bom.Ref(w(y)), Note: w(x / 2)})
		case 11:
			d.Gaps = append(d.Gaps, bom.Gap{Kind: []bom.GapKind{bom.GapLoss, bom.GapAbsentWeights, bom.GapUnreadFile, bom.GapNotComputed}[y%4], Ref: bom.Ref(w(x)), Path: w(y), Reason: "digests " + w(x)})
		case 12:
			d.Findings = append(d.Findings, bom.Finding{Rule: w(x), Ref: bom.Ref(w(y)), Severity: bom.Severity(w(y / 2)), Message: w(x / 2)})
		case 13:
			c.Properties = append(c.Properties, bom.Property{Name: []string{tokensDigest, mergesDigest, vocabularyCount, addedCount, templateDigest, "modelbom:code", "modelbom:licence:term", "x"}[y%8], Value: w(x)})
		case 14:
			c.Properties = nil
		case 15:
			d.Components = append(d.Components, *c)
		case 16:
			if len(d.Components) > 1 {
				d.Components = d.Components[:len(d.Components)-1]
			}
		case 17:
			m.Family, m.Parameters, m.DTypes = w(y), int64(x), []bom.DTypeShare{{DType: w(x), Parameters: int64(y)}}
		case 18:
			m.Hyperparameters = append(m.Hyperparameters, bom.Property{Name: []string{"hidden_size", "vocab_size", "rope_theta"}[y%3], Value: w(x)})
		case 19:
			c.File = &bom.File{Size: int64(y), Role: w(x), Format: w(y), Absent: x%2 == 0}
		case 20:
			d.Subject = bom.Ref(w(y))
		case 21:
			d.Completeness = bom.Completeness{Assembly: bom.Aggregate(w(x)), Lineage: bom.Aggregate(w(y))}
		case 22:
			m.Metrics = append(m.Metrics, bom.Metric{Type: w(x), Value: w(y)})
		case 23:
			d.Relationships, d.Tools = nil, []bom.Tool{{Name: w(x)}}
		case 24:
			c.Evidence = append(c.Evidence, bom.Evidence{Technique: bom.ManifestAnalysis, Path: w(y)})
		case 25:
			m.Layers, m.Tensors, m.Bytes = int(x), int(y), int64(x)
		}
	}
	return d
}
