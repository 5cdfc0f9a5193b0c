package align

import (
	"errors"
	"math"
	"slices"
	"testing"
)

// naive counts as the definition says, with the library's sort.
func naive(w, v Matrix, rows, cols Signed) (n, agree int) {
	for i := range w.Rows {
		j, flipRow := rows.At(i)
		if j < 0 {
			continue
		}
		for b := 0; b+32 <= w.Cols; b += 32 {
			x := slices.Clone(w.Row(i)[b : b+32])
			var y []float32
			for k := b; k < b+32; k++ {
				l, flip := cols.At(k)
				y = append(y, v.Row(j)[l]*signOf(flip)*signOf(flipRow))
			}
			mx, my := naiveMedian(x), naiveMedian(y)
			for k := range x {
				s := (float64(x[k]) - mx) * (float64(y[k]) - my)
				if s != 0 {
					n++
				}
				if s > 0 {
					agree++
				}
			}
		}
	}
	return n, agree
}

func naiveMedian(v []float32) float64 {
	s := slices.Clone(v)
	slices.Sort(s)
	return (float64(s[15]) + float64(s[16])) / 2
}

func TestAgreementDefinition(t *testing.T) {
	for trial := range 50 {
		r := rng(uint64(trial))
		w := gauss(r, 7, 32+r.IntN(100))
		v := noisy(r, w, 1)
		if trial%2 == 0 { // as from a quantised file, with ties
			for i, x := range v.Data {
				v.Data[i] = float32(math.Round(3 * float64(x)))
			}
		}
		rows, cols := randomSigned(r, w.Rows), randomSigned(r, w.Cols)
		v = shuffleRows(disguise(v, cols), rows)
		a, err := Agreement(w, v, rows, cols, Options{})
		if err != nil {
			t.Fatal(err)
		}
		n, agree := naive(w, v, rows, cols)
		if a.Skipped == 0 && (a.N != n || a.Agree != agree) || a.Windows+a.Skipped != w.Rows*(w.Cols/32) {
			t.Fatalf("trial %d: %+v, want %d of %d", trial, a, agree, n)
		}
		even, _ := Agreement(w, v, rows, cols, Options{Half: Even})
		odd, _ := Agreement(w, v, rows, cols, Options{Half: Odd, Workers: 3})
		even.Add(odd)
		if even != a {
			t.Fatalf("halves %+v, whole %+v", even, a)
		}
	}
}

// TestAgreementExact: flips and permutations alone leave full agreement, ties
// included, and a flip that is not undone is seen.
func TestAgreementExact(t *testing.T) {
	r := rng(1)
	w := gauss(r, 20, 96)
	for i, x := range w.Data {
		w.Data[i] = float32(math.Round(4 * float64(x)))
	}
	cols := randomSigned(r, 96)
	v := disguise(w, cols)
	a, _ := Agreement(w, v, Signed{}, cols, Options{})
	if a.N == 0 || a.Agree != a.N || a.Rho() != 1 {
		t.Errorf("%+v: everything should agree", a)
	}
	b, _ := Agreement(w, v, Signed{}, Signed{Index: cols.Index}, Options{})
	if math.Abs(b.Z()) > 5 {
		t.Errorf("without signs z is %g", b.Z())
	}
}

// TestAgreementCalibrated: projections after a column match that was found on
// unrelated embeddings with much in common.
func TestAgreementCalibrated(t *testing.T) {
	if raced {
		t.Skip("statistics, run without the race detector")
	}
	var z moments
	for trial := range 200 {
		r := rng(uint64(trial))
		tokens := gauss(r, 200, 24)
		e, f := noisy(r, times(tokens, gauss(r, 24, 96)), 2), noisy(r, times(tokens, gauss(r, 24, 96)), 2)
		m, err := Columns(e, f, Options{})
		if err != nil {
			t.Fatal(err)
		}
		w, v := gauss(r, 64, 96), gauss(r, 64, 96)
		for j := range 96 { // columns of very different size
			s, u := float32(math.Exp(r.NormFloat64())), float32(math.Exp(r.NormFloat64()))
			for i := range 64 {
				w.Row(i)[j] *= s
				v.Row(i)[j] *= u
			}
		}
		a, _ := Agreement(w, v, Signed{}, m.Map, Options{})
		z.add(a.Z())
	}
	t.Logf("z mean %.2f sd %.2f max %.2f", z.mean(), z.sd(), z.max)
	if math.Abs(z.mean()) > 0.25 || z.sd() > 1.2 || z.sd() < 0.85 {
		t.Errorf("z mean %.2f sd %.2f", z.mean(), z.sd())
	}
}

func TestAgreementShortRowsAndGaps(t *testing.T) {
	r := rng(2)
	w := gauss(r, 64, 5)
	a, err := Agreement(w, w, Signed{}, Signed{}, Options{})
	if err != nil || a.Windows != 10 || a.Agree != 320 {
		t.Errorf("short rows: %+v, %v", a, err)
	}
	w = gauss(r, 4, 64)
	cols := Signed{Index: sequence(64)}
	for i := range 32 {
		cols.Index[2*i] = -1
	}
	a, err = Agreement(w, w, Signed{}, cols, Options{})
	if err != nil || a.Windows != 4 || a.N != 128 {
		t.Errorf("half of the columns: %+v, %v", a, err)
	}
	w.Data[3] = float32(math.NaN())
	w.Data[70] = float32(math.Inf(1))
	a, _ = Agreement(w, w, Signed{}, Signed{}, Options{})
	if a.Skipped != 2 || a.Windows != 6 {
		t.Errorf("values that are not finite: %+v", a)
	}
	flat := Matrix{make([]float32, 64), 1, 64}
	a, _ = Agreement(flat, flat, Signed{}, Signed{}, Options{})
	if a.N != 0 || a.Z() != 0 || a.Share() != 0.5 || a.Skipped != 2 {
		t.Errorf("constant: %+v", a)
	}
}

func TestAgreementRefuses(t *testing.T) {
	r := rng(3)
	w := gauss(r, 4, 32)
	for name, f := range map[string]func() error{
		"short map": func() error { _, err := Agreement(w, w, Signed{Index: []int{0}}, Signed{}, Options{}); return err },
		"used twice": func() error {
			_, err := Agreement(w, w, Signed{Index: []int{0, 0, 1, 2}}, Signed{}, Options{})
			return err
		},
		"outside": func() error {
			_, err := Agreement(w, w, Signed{Index: []int{0, 4, 1, 2}}, Signed{}, Options{})
			return err
		},
		"negative": func() error {
			_, err := Agreement(w, w, Signed{Index: []int{0, -2, 1, 2}}, Signed{}, Options{})
			return err
		},
		"fewer rows": func() error { _, err := Agreement(w, gauss(r, 3, 32), Signed{}, Signed{}, Options{}); return err },
		"wrong data": func() error { _, err := Agreement(w, Matrix{w.Data, 5, 32}, Signed{}, Signed{}, Options{}); return err },
		"overflow": func() error {
			_, err := Agreement(w, Matrix{nil, 1 << 62, 4}, Signed{}, Signed{}, Options{})
			return err
		},
		"signs short": func() error { _, err := Agreement(w, w, Signed{Flip: []bool{true}}, Signed{}, Options{}); return err },
		"columns":     func() error { _, err := Columns(w, w, Options{}); return err },
		"rows":        func() error { _, err := Rows(w, gauss(r, 4, 31), Options{}); return err },
		"kind":        func() error { _, err := Plan{}.Apply(99, w); return err },
	} {
		if err := f(); !errors.Is(err, ErrShape) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSortNetwork(t *testing.T) {
	r := rng(4)
	for range 2000 {
		var v [window]float32
		for i := range v {
			v[i] = float32(r.IntN(20))
		}
		want := slices.Clone(v[:])
		slices.Sort(want)
		if sort(&v); !slices.Equal(v[:], want) {
			t.Fatalf("%v", v)
		}
	}
}

func TestLowerMedian(t *testing.T) {
	r := rng(5)
	for range 1000 {
		v := make([]float32, 1+r.IntN(70))
		for i := range v {
			v[i] = float32(r.NormFloat64() * math.Exp(10*r.NormFloat64()))
		}
		got := lowerMedian(v)
		if slices.Sort(v); got != v[(len(v)-1)/2] {
			t.Fatalf("%g, want %g", got, v[(len(v)-1)/2])
		}
	}
}

func TestStudentTail(t *testing.T) { // from tables
	for _, c := range []struct{ t, freedom, p float64 }{
		{0, 31, 0.5}, {1.6955, 31, 0.05}, {2.4528, 31, 0.01}, {3.3749, 31, 0.001}, {-1.6955, 31, 0.95}, {12.706, 1, 0.025},
	} {
		if got := studentTail(c.t, c.freedom); math.Abs(got-c.p) > 1e-4*max(c.p, 0.1) {
			t.Errorf("t %g: %g, want %g", c.t, got, c.p)
		}
	}
	if p := studentTail(1000, 31); !(p >= 0) || p > 1e-30 {
		t.Errorf("far tail %g", p)
	}
}
