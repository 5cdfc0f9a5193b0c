package browser

import (
	"context"
	"io"
	"path/filepath"
	"testing"

	"github.com/modelbom/modelbom/e2e/browser/documents"
	"github.com/modelbom/modelbom/fixtures"
	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/diff"
	"github.com/modelbom/modelbom/pkg/inspect"
	"github.com/modelbom/modelbom/pkg/policy"
	"github.com/modelbom/modelbom/pkg/report"
	"github.com/modelbom/modelbom/pkg/source"
)

// A sample is a page to be tested, and what must be in it.
type sample struct {
	name   string
	write  func(io.Writer) error
	title  string // how the title ends
	charts int    // pictures that the page has at least
	every  bool   // it is tested on every screen
}

func samples(t *testing.T) []sample {
	document := func(name string, d *bom.Document, charts int) sample {
		return sample{name, func(w io.Writer) error { return report.HTML(w, d, report.HTMLOptions{}) }, ", bill of materials", charts, false}
	}
	changes := func(name string, old, new *bom.Document, charts int) sample {
		c := diff.Documents(old, new, diff.Options{Weights: trainedOn})
		return sample{name, func(w io.Writer) error { return report.ChangesHTML(w, c, report.HTMLOptions{}) }, ", changes", charts, false}
	}
	check := func(name string, d *bom.Document, results []*policy.Result) sample {
		o := report.CheckOptions{Document: "dist/bom.cdx.json", Tool: bom.Tool{Name: "modelbom", Version: "0.5.0"}}
		return sample{name, func(w io.Writer) error { return report.CheckHTML(w, d, results, o) }, ", check", 0, false}
	}
	all := []sample{
		document("showcase", documents.Showcase(), 4),
		document("hostile", documents.Hostile(), 1),
		changes("changes", documents.Showcase(), documents.NextRound(), 2),
		check("check", documents.Showcase(), documents.Results()),
		check("check-hostile", documents.Hostile(), documents.HostileResults()),
		{"showcase-checked", func(w io.Writer) error {
			return report.HTML(w, documents.Showcase(), report.HTMLOptions{Results: documents.Results()})
		}, ", bill of materials", 4, false},
		check("check-none", documents.Foreign(), nil),
		check("check-built-in", documents.Showcase(), builtin(t, documents.Showcase())),
		document("one-part", documents.OnePart(), 1),
		document("forty-parts", documents.ManyParts(40), 2),
		document("foreign", documents.Foreign(), 1),
		document("twenty-thousand-files", documents.ManyFiles(20000), 1),
		document("empty", &bom.Document{Subject: "model", Components: []bom.Component{{Ref: "model", Kind: bom.KindModel}}}, 1),
		document("vlm", inspected(t, "vlm"), 1),
		document("control-characters", inspected(t, "control-characters"), 1),
		changes("changes-none", documents.Showcase(), documents.Showcase(), 0),
		changes("changes-hostile", documents.Showcase(), documents.Hostile(), 0),
	}
	for i := range all[:5] {
		all[i].every = true
	}
	return all
}

// builtin are the results of all policies that are built in.
func builtin(t *testing.T, d *bom.Document) []*policy.Result {
	t.Helper()
	var out []*policy.Result
	for _, p := range policy.Builtin() {
		r, err := p.Check(d, policy.Options{})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// trainedOn is what fingerprints tell of a part that was trained on.
func trainedOn(old, new bom.Ref) (diff.WeightChange, bool) {
	w := diff.WeightChange{Verdict: bom.VerdictTrainedFrom, Strength: bom.StrengthStrong, Distance: 0.031, Frozen: 0.25,
		Sentence: "Trained on from the old round.", Limits: "Weights do not tell which of two related models came first."}
	for i := range 32 {
		w.Layers = append(w.Layers, diff.LayerChange{New: i, Old: i, Agreement: 1 - 0.002*float64(max(i-8, 0)), Frozen: 0})
	}
	return w, true
}

// inspected is the document of a fixture.
func inspected(t *testing.T, name string) *bom.Document {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := fixtures.Write(name, dir); err != nil {
		t.Fatal(err)
	}
	repo, err := source.Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	r, err := inspect.Repository(context.Background(), repo, inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r.Document
}
