package align

import (
	"errors"
	"math"
	"testing"
)

// randomRotation is the polar factor of normal values.
func randomRotation(t *testing.T, seed uint64, d int) Matrix {
	t.Helper()
	g := gauss(rng(seed), d, d)
	wide := make([]float64, d*d)
	for i, x := range g.Data {
		wide[i] = float64(x)
	}
	if _, err := polar(wide, d, 1); err != nil {
		t.Fatal(err)
	}
	for i, x := range wide {
		g.Data[i] = float32(x)
	}
	return g
}

func TestPolarOrthogonal(t *testing.T) {
	for _, d := range []int{1, 2, 5, 100, 257} {
		u := randomRotation(t, uint64(d), d)
		p := productT(u, u, 1)
		for i := range d {
			for j := range d {
				want := 0.0
				if i == j {
					want = 1
				}
				if math.Abs(float64(p.Row(i)[j])-want) > 1e-5 {
					t.Fatalf("d %d: (%d, %d) is %g", d, i, j, p.Row(i)[j])
				}
			}
		}
	}
}

// TestPolarKnown: a rotation by 30 degrees times a positive matrix gives the
// rotation.
func TestPolarKnown(t *testing.T) {
	c, s := math.Sqrt(3)/2, 0.5
	// {{c, -s}, {s, c}} times {{3, 1}, {1, 2}}
	x := []float64{3*c - s, c - 2*s, 3*s + c, s + 2*c}
	if _, err := polar(x, 2, 1); err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{c, -s, s, c} {
		if math.Abs(x[i]-want) > 1e-12 {
			t.Errorf("element %d: %g, want %g", i, x[i], want)
		}
	}
}

// TestRotationHidden plants a secret rotation: the trace cannot see it, and
// projections brought back by it agree.
func TestRotationHidden(t *testing.T) {
	if raced {
		t.Skip("statistics, run without the race detector")
	}
	d, n := 256, 1500
	for _, delta := range []float64{0, 0.5, 1} {
		r := rng(uint64(10 * delta))
		u := randomRotation(t, 77, d)
		e, q := gauss(r, n, d), gauss(r, 200, d)
		f := productT(noisy(r, e, delta), u, 1)
		w := productT(noisy(r, q, delta), u, 1)
		rot, err := Rotation(e, f, Options{})
		if err != nil {
			t.Fatal(err)
		}
		back, err := rot.Apply(w, Options{})
		if err != nil {
			t.Fatal(err)
		}
		a, _ := Agreement(q, back, Signed{}, Signed{}, Options{})
		before, _ := Agreement(q, w, Signed{}, Signed{}, Options{})
		t.Logf("delta %g: trace %.1f log p %.1f; projections z %.1f rho %.2f, before %.1f", delta, rot.Trace, rot.LogP, a.Z(), a.Rho(), before.Z())
		if rot.LogP != 0 || a.Z() < 50 || math.Abs(before.Z()) > 5 {
			t.Errorf("delta %g: log p %g, z %g, before %g", delta, rot.LogP, a.Z(), before.Z())
		}
	}
}

func TestRotationPermuted(t *testing.T) {
	for _, d := range []int{128, 256} {
		for _, delta := range []float64{0, 0.5, 1} {
			r := rng(uint64(d))
			e, plan := gauss(r, 4*d, d), randomSigned(r, d)
			rot, err := Rotation(e, disguise(noisy(r, e, delta), plan), Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("d %d delta %g: trace %.1f log p %.0f, %d right, %d steps", d, delta, rot.Trace, rot.LogP, right(rot.Map, plan), rot.Steps)
			if right(rot.Map, plan) != d || rot.LogP > -100 {
				t.Errorf("d %d delta %g: log p %g, %d right", d, delta, rot.LogP, right(rot.Map, plan))
			}
		}
	}
}

// TestRotationNull: the bound is never below 0 for unrelated embeddings, also
// when they have their geometry in common; and projections brought back by the
// rotation so found do not agree.
func TestRotationNull(t *testing.T) {
	if raced {
		t.Skip("statistics, run without the race detector")
	}
	d, n := 48, 200
	for _, common := range []bool{false, true} {
		var traces, z moments
		for trial := range 200 {
			r := rng(uint64(trial))
			e, f := gauss(r, n, d), gauss(r, n, d)
			if common {
				z := gauss(r, n, d)
				e, f = times(z, gauss(r, d, d)), times(z, gauss(r, d, d))
			}
			rot, err := Rotation(e, f, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if rot.LogP < 0 {
				t.Errorf("log p %g", rot.LogP)
			}
			traces.add(rot.Trace)
			w, v := gauss(r, 64, d), gauss(r, 64, d)
			back, _ := rot.Apply(v, Options{})
			a, _ := Agreement(w, back, Signed{}, Signed{}, Options{})
			z.add(a.Z())
		}
		t.Logf("common geometry %v: trace mean %.1f max %.1f of %d (bound needs %.1f); projections z mean %.2f sd %.2f", common, traces.mean(), traces.max, d, bound(d), z.mean(), z.sd())
		if math.Abs(z.mean()) > 0.25 || z.sd() > 1.2 {
			t.Errorf("projections: z mean %.2f sd %.2f", z.mean(), z.sd())
		}
	}
}

func bound(d int) float64 {
	l, _ := math.Lgamma(float64(d) + 1)
	return math.Sqrt(2 * (l + float64(d)*math.Ln2))
}

func TestRotationRefuses(t *testing.T) {
	r := rng(1)
	few := gauss(r, 10, 20)
	if _, err := Rotation(few, few, Options{}); !errors.Is(err, ErrSingular) {
		t.Errorf("fewer tokens than columns: %v", err)
	}
	dead := gauss(r, 100, 10)
	for i := range dead.Rows {
		dead.Row(i)[3] = 1
	}
	if _, err := Rotation(dead, dead, Options{}); !errors.Is(err, ErrSingular) {
		t.Errorf("a constant column: %v", err)
	}
	nan := gauss(r, 100, 10)
	nan.Data[5] = float32(math.NaN())
	if _, err := Rotation(nan, nan, Options{}); err != nil {
		t.Errorf("one value that is not finite: %v", err)
	}
	wide := Matrix{make([]float32, 2*2000), 2, 2000}
	if _, err := Rotation(wide, wide, Options{}); !errors.Is(err, ErrLimit) {
		t.Errorf("too wide: %v", err)
	}
}

func BenchmarkRotation(b *testing.B) {
	r := rng(1)
	e, f := gauss(r, 2048, 1024), gauss(r, 2048, 1024)
	for b.Loop() {
		rot, err := Rotation(e, f, Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(rot.Steps), "steps")
	}
}
