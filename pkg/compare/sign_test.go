package compare

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

func TestQuantile(t *testing.T) {
	// Upper tails of the standard normal (NIST tables, and mpmath to 12 digits
	// for the far ones).
	for _, c := range []struct{ p, z float64 }{
		{0.5, 0}, {0.025, 1.959963984540}, {0.001, 3.090232306168}, {1e-6, 4.753424308823},
		{1e-12, 7.034483825}, {1e-15, 7.941345326}, {1e-18, 8.757290349}, {1e-300, 37.0471},
	} {
		if z := quantile(c.p); math.Abs(z-c.z) > 1e-4 || c.p >= 1e-18 && math.Abs(z-c.z) > 1e-8*max(1, c.z) {
			t.Errorf("quantile(%g) = %.10f, want %.10f", c.p, z, c.z)
		}
	}
	for _, p := range []float64{0, -1, math.NaN(), 1, 2} {
		if z := quantile(p); math.IsNaN(z) || math.IsInf(z, 0) {
			t.Errorf("quantile(%v) = %v", p, z)
		}
	}
	// Part 6.8 of the design: 7.0 at 1e6 comparisons, 7.9 at 1e9, 8.8 at 1e12.
	for comparisons, want := range map[float64]float64{1e6: 7.0, 1e9: 7.9, 1e12: 8.8} {
		if z := threshold(comparisons); math.Abs(z-want) > 0.05 {
			t.Errorf("threshold(%g) = %.3f, want %.1f", comparisons, z, want)
		}
	}
}

func TestPoissonTail(t *testing.T) {
	// P(X >= 3) for mean 0.002: 1 - e^-0.002 (1 + 0.002 + 0.000002).
	if p := poissonTail(0.002, 3); math.Abs(p/1.331335e-9-1) > 1e-4 {
		t.Errorf("poissonTail(0.002, 3) = %g", p)
	}
	if p := poissonTail(2, 2); math.Abs(p-0.5939941503) > 1e-9 {
		t.Errorf("poissonTail(2, 2) = %g", p)
	}
	if poissonTail(3, 0) != 1 || poissonTail(0, 1) != 0 {
		t.Error("edges")
	}
}

// TestWindow checks mean and variance of the urn against all arrangements.
func TestWindow(t *testing.T) {
	const n = 8
	for _, ones := range [][2]int{{4, 4}, {3, 5}, {1, 7}, {2, 2}, {8, 3}, {0, 4}} {
		a := uint32(1)<<ones[0] - 1
		var sum, square, count, most float64
		var variance float64
		for b := uint32(0); b < 1<<n; b++ {
			if bits.OnesCount32(b) != ones[1] {
				continue
			}
			var y tally
			y.window(a, 1<<n-1, b, 1<<n-1)
			sum += y.excess
			square += y.excess * y.excess
			count++
			variance, most = y.variance, y.most
		}
		mean := sum / count
		if math.Abs(mean) > 1e-12 || math.Abs(square/count-variance) > 1e-9 {
			t.Errorf("%v: mean %v, variance %v, computed %v", ones, mean, square/count, variance)
		}
		if ones[0] == 8 || ones[0] == 0 {
			if variance != 0 {
				t.Errorf("%v: variance %v of a window that says nothing", ones, variance)
			}
			continue
		}
		if ones[0] == ones[1] { // equal signs are full agreement
			var y tally
			y.window(a, 1<<n-1, a, 1<<n-1)
			if math.Abs(y.excess-most) > 1e-12 || y.agreement() != 1 {
				t.Errorf("%v: excess %v of %v", ones, y.excess, most)
			}
		}
	}
}

// TestFastPath checks that the two ways of comparing agree.
func TestFastPath(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	unit := func(windows int) *unit {
		v := &fingerprint.View{Rows: 64, Cols: 64}
		for range windows {
			w := fingerprint.Window{Used: 1<<32 - 1}
			for _, i := range r.Perm(32)[:16] {
				w.Signs |= 1 << i
			}
			v.Windows = append(v.Windows, w)
		}
		p := &fingerprint.TensorPrint{Sketch: fingerprint.Sketch{Views: []fingerprint.View{*v}}}
		return newUnit(nil, 0, p, &p.Views[0])
	}
	for windows := range 34 {
		a, b := unit(windows), unit(windows)
		fast := compareSigns(a, b)
		if !a.balanced {
			t.Fatal("not balanced")
		}
		a.balanced = false
		slow := compareSigns(a, b)
		if fast.bits != slow.bits || math.Abs(fast.excess-slow.excess) > 1e-9 || math.Abs(fast.variance-slow.variance) > 1e-9 || math.Abs(fast.most-slow.most) > 1e-9 {
			t.Errorf("%d windows: %+v and %+v", windows, fast, slow)
		}
	}
}

// TestSparseSigns compares independent matrices without negative values, most of
// which are zero: every sign that is used is set, in both.
func TestSparseSigns(t *testing.T) {
	draw := func(seed uint64) network {
		s := newSource(seed)
		return mini.make(s).matrices(func(w *weight) {
			for i, v := range w.values {
				w.values[i] = max(0, v-0.01)
			}
		})
	}
	var m moments
	for seed := range uint64(6) {
		r := Parts(draw(seed).part(t), draw(100+seed).part(t), Options{})
		m.add(r.Z)
		if r.Verdict.Found() || math.Abs(r.Z) > 5 {
			t.Errorf("%s, agreement %.3f, Z %.1f", r.Verdict, r.Agreement, r.Z)
		}
	}
	t.Logf("Z mean %+.2f sd %.2f max %.2f", m.mean(), m.sd(), m.max)
}

func TestBestPath(t *testing.T) {
	matrix := func(n, m int, at map[int]int) [][]float64 {
		r := rand.New(rand.NewPCG(3, 4))
		z := make([][]float64, n)
		for i := range z {
			z[i] = make([]float64, m)
			for k := range z[i] {
				z[i][k] = r.NormFloat64()
			}
		}
		for l, to := range at {
			z[l][to] = 9
		}
		return z
	}
	for _, c := range []struct {
		name string
		m    int
		want []int
	}{
		{"identity", 6, []int{0, 1, 2, 3, 4, 5}},
		{"up-scaled", 6, []int{0, 1, 2, 3, 2, 3, 4, 5}},
		{"dropped", 9, []int{0, 1, 4, 5, 8}},
		{"repeated", 3, []int{0, 0, 1, 1, 2, 2}},
		{"some", 8, []int{-1, 1, 2, -1, -1, 5, 6, -1}},
		{"backwards", 5, []int{4, 3, 2, 1, 0}},
		{"none", 5, []int{-1, -1, -1, -1, -1}},
		{"one", 1, []int{0}},
	} {
		at := map[int]int{}
		for l, to := range c.want {
			if to >= 0 {
				at[l] = to
			}
		}
		got := bestPath(matrix(len(c.want), c.m, at), chance(len(c.want), c.m))
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: %v, want %v", c.name, got, c.want)
				break
			}
		}
	}
}
