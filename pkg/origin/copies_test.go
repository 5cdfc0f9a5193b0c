package origin

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/index"
)

// few are some of a model's weights, enough to be told.
func few(weights map[string][]float32) map[string][]float32 {
	out := map[string][]float32{}
	for name, v := range weights {
		if strings.Contains(name, "q_proj") {
			out[name] = v
		}
	}
	return out
}

// flooded is an index with an original and copies of it, whose IDs and dates are
// made to come before and after the original's.
func flooded(t *testing.T, m *fingerprint.Model, copies int, original index.Entry) *index.Index {
	t.Helper()
	x := indexOf(t)
	add := func(e index.Entry) {
		t.Helper()
		e.ID, e.Family = e.Group+"/"+e.Name, "llama"
		if _, err := x.Add(context.Background(), e, m); err != nil {
			t.Fatal(err)
		}
	}
	for i := range copies {
		e := index.Entry{Group: "again", Name: fmt.Sprintf("copy-%04d", i)}
		if i%2 == 0 {
			e.Released = fmt.Sprintf("2026-01-%02d", 1+i%28)
		}
		add(e)
	}
	add(original)
	return x
}

// TestOriginalAmongCopies: an original outlives any number of copies in the index,
// by its declaration or by its date, and what is written stays bounded.
func TestOriginalAmongCopies(t *testing.T) {
	const role = "part:language-model"
	base := few(weightsOf(1, 0, 0))
	const sha = "1111111111111111111111111111111111111111111111111111111111111111"
	files := []fingerprint.FilePrint{{Path: "model.safetensors", Size: 1, SHA256: sha}}
	m := modelOf(t, role, "acme/original", base)
	m.Files = files
	moved := modelOf(t, role, "acme/suspect", few(weightsOf(1, 0.1, 5)))
	for _, copies := range []int{3, 10, 1000} {
		if testing.Short() && copies > 10 {
			continue
		}
		dated := flooded(t, m, copies, index.Entry{Group: "zoo", Name: "original", Released: "2020-05-01"})
		undated := flooded(t, m, copies, index.Entry{Group: "zoo", Name: "original"})
		for _, test := range []struct {
			name     string
			x        *index.Index
			part     *fingerprint.Part
			files    []fingerprint.FilePrint
			declared []Declaration
			around   []Declaration
			verdict  bom.Verdict
		}{
			{"dated, equal file", dated, &m.Parts[0], files, nil, nil, bom.VerdictIdentical},
			{"dated, equal weights", dated, &m.Parts[0], nil, nil, nil, bom.VerdictIdentical},
			{"dated, trained from", dated, &moved.Parts[0], nil, nil, nil, bom.VerdictTrainedFrom},
			{"declared, equal file", undated, &m.Parts[0], files, []Declaration{declared("Zoo/Original", "")}, nil, bom.VerdictIdentical},
			{"declared, equal weights", undated, &m.Parts[0], nil, []Declaration{declared("zoo/original", "")}, nil, bom.VerdictIdentical},
			{"declared of the model, trained from", undated, &moved.Parts[0], nil, nil, []Declaration{declared("zoo/original", "")}, bom.VerdictTrainedFrom},
			{"declared against the dates", dated, &m.Parts[0], files, []Declaration{declared("again/copy-0001", "")}, nil, bom.VerdictIdentical},
		} {
			c, err := Investigate(context.Background(), &Case{Subject: hubUpstream("acme/suspect"), Part: test.part, Files: test.files,
				Declared: test.declared, Around: test.around}, Sources{Indexes: []*index.Index{test.x}})
			if err != nil {
				t.Fatal(err)
			}
			want := "zoo/original"
			if strings.Contains(test.name, "against") {
				want = "again/copy-0001"
			}
			o := c.Origins[0]
			if !strings.HasSuffix(strings.ToLower(string(o.Reference)), want) || o.Verdict != test.verdict {
				t.Errorf("%d copies, %s: %s %s", copies, test.name, o.Verdict, o.Reference)
			}
			if s := fmt.Sprintf(" %d other models of the index hold the same ", copies); !strings.Contains(o.Sentence, s) {
				t.Errorf("%d copies, %s: %q does not say how many others there are", copies, test.name, o.Sentence)
			}
			if len(c.Origins) > maxTied || len(c.Upstreams) > maxTied {
				t.Errorf("%d copies, %s: %d origins, %d upstreams", copies, test.name, len(c.Origins), len(c.Upstreams))
			}
			for _, o := range c.Origins {
				if n := len(o.Evidence); n > 64 || len(o.Sentence) > bom.MaxText {
					t.Errorf("%d copies, %s: %d pieces of evidence, %d bytes of words", copies, test.name, n, len(o.Sentence))
				}
			}
			undeclared := len(c.Findings) == 1 && c.Findings[0].Rule == RuleUndeclared
			if undeclared != (len(test.declared)+len(test.around) == 0) {
				t.Errorf("%d copies, %s: findings %+v", copies, test.name, c.Findings)
			}
		}
	}
}

// TestOneOther: one copy is told of in the singular.
func TestOneOther(t *testing.T) {
	m := modelOf(t, "part:language-model", "acme/original", few(weightsOf(1, 0, 0)))
	o := ask(t, flooded(t, m, 1, index.Entry{Group: "zoo", Name: "original", Released: "2020-05-01"}), m).Origins[0]
	if !strings.Contains(o.Sentence, "1 other model of the index holds the same weights as zoo/original.") {
		t.Error(o.Sentence)
	}
}
