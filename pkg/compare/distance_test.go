package compare

import (
	"math"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/fingerprint"
)

func TestDistance(t *testing.T) {
	p := mini.make(newSource(1))
	a, b := p.moved(newSource(2), 0.2), p.moved(newSource(3), 0.3)
	child := a.moved(newSource(4), 0.1)
	parts := map[string]*fingerprint.Part{"p": p.part(t), "a": a.part(t), "b": b.part(t), "child": child.part(t)}
	distance := func(x, y string) Measured {
		r := Parts(parts[x], parts[y], Options{})
		d, se := Distance(parts[x], parts[y], r)
		return Measured{d, se}
	}
	for _, c := range []struct {
		x, y string
		want float64
	}{{"a", "p", 0.04}, {"b", "p", 0.09}, {"a", "b", 0.13}, {"child", "a", 0.01}, {"child", "p", 0.05}, {"p", "p", 0}} {
		m := distance(c.x, c.y)
		t.Logf("d2(%s, %s) = %.4f +- %.4f, want about %.2f", c.x, c.y, m.D2, m.SE, c.want)
		// |A| grows with the noise, so |A||B| is a little more than |B|².
		if math.Abs(m.D2-c.want) > 4*m.SE+0.06*c.want || m.SE > 0.05*c.want {
			t.Errorf("d2(%s, %s) = %.4f +- %.4f, want %.4f", c.x, c.y, m.D2, m.SE, c.want)
		}
	}
	if !Siblings(distance("a", "b"), distance("a", "p"), distance("b", "p")) {
		t.Error("a and b were trained apart from p and are not siblings")
	}
	// The child is not a sibling of a by way of b.
	if Siblings(distance("child", "a"), distance("child", "b"), distance("a", "b")) {
		t.Error("a child and its parent are siblings")
	}
	if best, tied := Nearest([]Measured{distance("child", "p"), distance("child", "a"), distance("child", "b")}); best != 1 || tied != nil {
		t.Errorf("nearest to the child is %d, tied %v", best, tied)
	}
	twin := p.moved(newSource(9), 0.2).part(t)
	x := Measured{}
	x.D2, x.SE = Distance(parts["p"], twin, nil)
	if best, tied := Nearest([]Measured{distance("p", "a"), x, {math.NaN(), math.NaN()}}); best != -1 || len(tied) != 2 {
		t.Errorf("two at one distance: nearest %d, tied %v", best, tied)
	}
	if best, tied := Nearest(nil); best != -1 || tied != nil {
		t.Errorf("nearest of nothing: %d, %v", best, tied)
	}
	if d, _ := Distance(nil, parts["p"], nil); !math.IsNaN(d) {
		t.Errorf("distance to nothing: %v", d)
	}
}

func TestMixture(t *testing.T) {
	p, q, o := mini.make(newSource(1)), mini.make(newSource(2)), mini.make(newSource(3))
	refs := []*fingerprint.Part{p.part(t), q.part(t), o.part(t)}
	for _, alpha := range []float64{0.9, 0.5, 0.2, 0.05} {
		a := soup(float32(alpha))(p, q, nil).part(t)
		w, rest := Mixture(a, refs)
		t.Logf("alpha %.2f: %+v, residual %.5f", alpha, w, rest)
		if math.Abs(w[0].Alpha-alpha) > 0.002 || math.Abs(w[1].Alpha-1+alpha) > 0.002 || w[2].Alpha > 0.002 || rest > 0.001 {
			t.Errorf("alpha %v: %+v, residual %v", alpha, w, rest)
		}
	}
	w, rest := Mixture(mini.make(newSource(4)).part(t), refs)
	for _, x := range w {
		if x.Alpha > 4*x.SE+0.01 {
			t.Errorf("unrelated: %+v", w)
		}
	}
	if rest < 0.98 {
		t.Errorf("unrelated: residual %v", rest)
	}
	// A merge that was trained on keeps its shares.
	w, rest = Mixture(soup(0.4)(p, q, nil).moved(newSource(5), 0.2).part(t), refs[:2])
	if math.Abs(w[0].Alpha-0.4) > 5*w[0].SE+0.01 || math.Abs(rest-0.196) > 0.02 {
		t.Errorf("trained merge: %+v, residual %v", w, rest)
	}
	// Two references that are the same leave the shares undecided and do not
	// break the sum.
	w, rest = Mixture(refs[0], []*fingerprint.Part{refs[0], refs[0]})
	if math.Abs(w[0].Alpha+w[1].Alpha-1) > 1e-6 || rest > 1e-3 {
		t.Errorf("one reference twice: %+v, residual %v", w, rest)
	}
	for _, bad := range [][]*fingerprint.Part{nil, {nil}, make([]*fingerprint.Part, 100), {{}}} {
		if w, rest := Mixture(refs[0], bad); len(w) != len(bad) || rest != 1 {
			t.Errorf("%d references: %v, %v", len(bad), w, rest)
		}
	}
}

// TestMetamorphic checks what must not change a verdict.
func TestMetamorphic(t *testing.T) {
	base, other := mini.make(newSource(1)), mini.make(newSource(2))
	b := base.part(t)
	for name, n := range map[string]network{"itself": base, "trained": base.moved(newSource(3), 0.7), "far": base.moved(newSource(3), 3), "unrelated": other} {
		want := Parts(n.part(t), b, Options{Comparisons: 1e12})
		for k := range uint64(3) {
			got := Parts(renamed(n, nil, newSource(10+k)).part(t), b, Options{Comparisons: 1e12})
			if got.Verdict != want.Verdict {
				t.Errorf("%s: %s when renamed, %s before", name, got.Verdict, want.Verdict)
			}
		}
		// Unrelated tensors beside it do not raise Z.
		more := append(n.clone(), noise("adapter.0.weight", 128, 128, newSource(5)), noise("adapter.1.weight", 256, 128, newSource(6)))
		if got := Parts(more.part(t), b, Options{Comparisons: 1e12}); got.Z > 1.03*want.Z+1 || got.Verdict.Found() != want.Verdict.Found() {
			t.Errorf("%s: %s with Z %.1f with more tensors, %s with %.1f before", name, got.Verdict, got.Z, want.Verdict, want.Z)
		}
		// The same input gives the same result.
		again := Parts(n.part(t), b, Options{Comparisons: 1e12})
		if diff := sameResult(want, again); diff != "" {
			t.Errorf("%s: two runs differ: %s", name, diff)
		}
	}
	if r := Parts(b, b, Options{}); r.Verdict != bom.VerdictIdentical || r.Strength != bom.StrengthExact || r.Delta != 0 || r.Frozen != 1 {
		t.Errorf("itself: %+v", r)
	}
	// More comparisons ask for more, and never turn unrelated into related.
	weak := base.moved(newSource(4), 12).part(t)
	last := math.Inf(-1)
	for _, n := range []float64{0, 1, 1e6, 1e9, 1e12, math.Inf(1), math.NaN(), -1} {
		r := Parts(weak, b, Options{Comparisons: n})
		if n > 0 && n < 1e13 {
			if r.Threshold <= last && n > 1 {
				t.Errorf("threshold %v for %v comparisons, %v before", r.Threshold, n, last)
			}
			last = r.Threshold
		}
	}
}

// TestDelta: how far a part moved is told within a few percent also where large
// matrices move less than small ones, which are sampled as often.
func TestDelta(t *testing.T) {
	s := newSource(41)
	base := plan{layers: 4, width: 128, inner: 1024, vocabulary: 2048}.make(s)
	var square, diff float64
	i := -1
	moved := base.matrices(func(w *weight) {
		for i++; len(base[i].shape) < 2; i++ {
		}
		delta := 0.2
		if len(w.values) > 100_000 {
			delta = 0.02
		}
		addNoise(w, s, delta)
		for k, v := range base[i].values {
			square += float64(v) * float64(v)
			diff += float64(w.values[k]-v) * float64(w.values[k]-v)
		}
	})
	want := math.Sqrt(diff / square)
	if got := Parts(moved.part(t), base.part(t), Options{}).Delta; math.Abs(got/want-1) > 0.05 {
		t.Errorf("the weights moved by %.4f of their size, and %.4f is said", want, got)
	}
}
