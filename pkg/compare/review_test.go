package compare

import (
	"slices"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/fingerprint"
)

func noted(r *Result, text string) bool {
	return slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, text) })
}

// TestBothQuantised compares two quantisations of one model: the coarser comes
// from the finer, or from what that comes from, and never the other way round.
func TestBothQuantised(t *testing.T) {
	base := mini.make(newSource(11))
	as := func(dtype string) *fingerprint.Part {
		return base.matrices(func(w *weight) { w.dtype = dtype }).part(t)
	}
	fine, coarse := as("Q8_0"), as("Q4_0")
	if r := Parts(coarse, fine, Options{}); r.Verdict != bom.VerdictRequantised || r.Reversed || r.Requantised == 0 {
		t.Errorf("Q4_0 against Q8_0: %s, reversed %v, %d inside", r.Verdict, r.Reversed, r.Requantised)
	}
	if r := Parts(fine, coarse, Options{}); r.Verdict != bom.VerdictRequantised || !r.Reversed || r.Requantised == 0 {
		t.Errorf("Q8_0 against Q4_0: %s, reversed %v, %d inside", r.Verdict, r.Reversed, r.Requantised)
	}
	other := base.matrices(func(w *weight) {
		for at := 0; at < len(w.values); at += 32 {
			roundEvenly(w.values[at:at+32], 4, false)
		}
		w.fake = "Q4_1"
	}).part(t)
	for name, r := range map[string]*Result{"Q4_1 against Q4_0": Parts(other, coarse, Options{}), "Q4_0 against Q4_1": Parts(coarse, other, Options{})} {
		if r.Verdict == bom.VerdictRequantised || !r.Verdict.Found() || r.Strength != bom.StrengthModerate || !noted(r, "both may be quantisations") {
			t.Errorf("%s: %s, notes %q", name, r.Verdict, r.Notes)
		}
	}
}

func TestNegated(t *testing.T) {
	base := mini.make(newSource(11))
	reference := base.part(t)
	negative := base.matrices(func(w *weight) {
		for i := range w.values {
			w.values[i] = -w.values[i]
		}
	})
	for _, c := range []struct {
		name string
		n    network
		want bom.Verdict
		note string
	}{
		{"negated", negative, bom.VerdictIdenticalValue, "29 matrices have the reference's values with the opposite sign"},
		{"negated and trained", negative.moved(newSource(12), 0.3), bom.VerdictTrainedFrom, "the signs of 29 matrices are the opposite"},
	} {
		r := Parts(c.n.part(t), reference, Options{Comparisons: 1e6})
		if r.Verdict != c.want || r.Negated != 29 || r.Bound > 0.999 && !r.Verdict.Found() || !noted(r, c.note) {
			t.Errorf("%s: %s, %d negated, notes %q", c.name, r.Verdict, r.Negated, r.Notes)
		}
		if c.want == bom.VerdictIdenticalValue && r.Strength != bom.StrengthModerate {
			t.Errorf("%s: %s", c.name, r.Strength)
		}
	}
}

func TestMissingLayers(t *testing.T) {
	base := mini.make(newSource(11))
	without := slices.DeleteFunc(base.clone(), func(w weight) bool { return strings.Contains(w.name, "layers.3.") })
	r := Parts(base.part(t), without.part(t), Options{})
	if !r.Verdict.Found() || !noted(r, "layers 3 have no counterpart") || noted(r, "no relation is seen") {
		t.Errorf("%s, notes %q", r.Verdict, r.Notes)
	}
}

func TestConstantVectors(t *testing.T) {
	model := func(gain func(i int) float32) *fingerprint.Part {
		var n network
		for _, w := range mini.make(newSource(11)) {
			for i := range w.values {
				w.values[i] = 0
				if len(w.shape) == 1 {
					w.values[i] = gain(i)
				}
			}
			n = append(n, w)
		}
		return n.part(t)
	}
	same := func(int) float32 { return 1 }
	if r := Parts(model(same), model(same), Options{}); r.Verdict != bom.VerdictNotComparable || r.EqualBytes != 0 {
		t.Errorf("constants: %s, %v equal", r.Verdict, r.EqualBytes)
	}
	varied := func(i int) float32 { return 1 + float32(i)/1000 }
	if r := Parts(model(varied), model(varied), Options{}); r.Verdict != bom.VerdictIdentical {
		t.Errorf("gains: %s", r.Verdict)
	}
}
