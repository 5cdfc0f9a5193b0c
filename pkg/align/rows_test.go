package align

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// shuffleRows moves rows so that s maps the original's rows to the result's.
func shuffleRows(m Matrix, s Signed) Matrix {
	out := Matrix{make([]float32, len(m.Data)), m.Rows, m.Cols}
	for i := range m.Rows {
		j, flip := s.At(i)
		for k, x := range m.Row(i) {
			out.Row(j)[k] = signOf(flip) * x
		}
	}
	return out
}

func TestRowsRecover(t *testing.T) {
	if raced {
		t.Skip("statistics, run without the race detector")
	}
	for _, size := range [][2]int{{700, 256}, {2816, 1024}} {
		for _, delta := range []float64{0, 0.3, 1} {
			for _, half := range []Half{Whole, Even} {
				if size[0] > 1000 && (testing.Short() || half == Whole && delta > 0) {
					continue
				}
				r := rng(uint64(size[0]) + uint64(10*delta))
				w := gauss(r, size[0], size[1])
				s := randomSigned(r, size[0])
				v := shuffleRows(noisy(r, w, delta), s)
				start := time.Now()
				m, err := Rows(w, v, Options{Half: half})
				if err != nil {
					t.Fatal(err)
				}
				took := time.Since(start).Round(time.Millisecond)
				a, err := Agreement(w, v, m.Map, Signed{}, Options{Half: Odd})
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("%v delta %g half %d: %d right, %d clear, z %.0f, agreement on the other half %.3f, %v", size, delta, half, right(m.Map, s), m.ClearCount, m.Z, a.Share(), took)
				if got := right(m.Map, s); got < size[0]*995/1000 || m.P > 1e-7 || m.Identity {
					t.Errorf("%v delta %g: %d right, p %g", size, delta, got, m.P)
				}
				if want := 0.5 + math.Asin(1/math.Sqrt(1+delta*delta))/math.Pi; math.Abs(a.Share()-want) > 0.015 {
					t.Errorf("agreement %g, want %g", a.Share(), want)
				}
			}
		}
	}
}

// TestRowsNull: unrelated rows, also with columns of very different size and
// offset in common, show nothing, and agreement is unbiased on the other half
// and biased on the same.
func TestRowsNull(t *testing.T) {
	if raced {
		t.Skip("statistics, run without the race detector")
	}
	for _, kind := range []string{"independent", "common column sizes and own offsets", "heavy tails"} {
		var z, same, other moments
		worst, clearPairs := 1.0, 0
		for trial := range 200 {
			r := rng(uint64(trial))
			w, v := gauss(r, 100, 192), gauss(r, 100, 192)
			switch kind {
			case "heavy tails":
				for i := range w.Data {
					w.Data[i] = float32(math.Pow(float64(w.Data[i]), 3))
					v.Data[i] = float32(math.Pow(float64(v.Data[i]), 3))
				}
			case "common column sizes and own offsets":
				for j := range w.Cols {
					s, a, b := float32(math.Exp(r.NormFloat64())), float32(r.NormFloat64()), float32(r.NormFloat64())
					for i := range w.Rows {
						w.Row(i)[j] = s * (w.Row(i)[j] + a)
						v.Row(i)[j] = s * (v.Row(i)[j] + b)
					}
				}
			}
			m, err := Rows(w, v, Options{Half: Even})
			if err != nil {
				t.Fatal(err)
			}
			z.add(m.Z)
			worst, clearPairs = min(worst, m.P), clearPairs+m.ClearCount
			a, _ := Agreement(w, v, m.Map, Signed{}, Options{Half: Even})
			b, _ := Agreement(w, v, m.Map, Signed{}, Options{Half: Odd})
			same.add(a.Z())
			other.add(b.Z())
		}
		t.Logf("%s: z mean %.2f sd %.2f max %.2f, smallest p %.2g, clear %d; agreement z on the matched half %.1f, on the other %.2f sd %.2f",
			kind, z.mean(), z.sd(), z.max, worst, clearPairs, same.mean(), other.mean(), other.sd())
		if z.mean() > 0.5 || z.sd() > 1.4 || worst < 1e-4 {
			t.Errorf("%s: z mean %.2f sd %.2f, smallest p %g", kind, z.mean(), z.sd(), worst)
		}
		if kind == "independent" && (math.Abs(other.mean()) > 0.25 || other.sd() > 1.2 || same.mean() < 10) {
			t.Errorf("agreement: other half z %.2f sd %.2f, same half %.2f", other.mean(), other.sd(), same.mean())
		}
	}
}

// TestRowsPruned: half of the units are gone.
func TestRowsPruned(t *testing.T) {
	r := rng(4)
	w := gauss(r, 400, 256)
	s := randomSigned(r, 400)
	whole := shuffleRows(noisy(r, w, 0.3), s)
	v := Matrix{whole.Data[:200*256], 200, 256}
	m, err := Rows(w, v, Options{})
	if err != nil {
		t.Fatal(err)
	}
	hits, none := 0, 0
	for i := range w.Rows {
		j, _ := m.Map.At(i)
		want, _ := s.At(i)
		switch {
		case j < 0:
			none++
		case j == want:
			hits++
		}
	}
	if hits != 200 || none != 200 || m.ClearCount != 200 {
		t.Errorf("%d right, %d without a partner, %d clear; want 200 each", hits, none, m.ClearCount)
	}
	back, err := Rows(v, w, Options{}) // more on the other side
	if err != nil || back.ClearCount != 200 {
		t.Errorf("the other way: %d clear, %v", back.ClearCount, err)
	}
}

func TestRowsPositive(t *testing.T) {
	r := rng(5)
	w := gauss(r, 100, 128)
	s := Signed{Index: r.Perm(100), Flip: make([]bool, 100)}
	for i := range s.Flip {
		s.Flip[i] = i%2 == 0
	}
	m, err := Rows(w, shuffleRows(w, s), Options{Positive: true})
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range m.Map.Flip {
		j, _ := m.Map.At(i)
		if want, _ := s.At(i); f || i%2 == 1 && j != want {
			t.Fatalf("row %d: partner %d, flipped %v; want %d", i, j, f, want)
		}
	}
	if m.ClearCount != 50 {
		t.Errorf("%d clear, want those of equal sign", m.ClearCount)
	}
}

func TestAgreementNull(t *testing.T) {
	r := rng(6)
	w := gauss(r, 200, 128)
	plan := randomSigned(r, 128)
	var others []Matrix
	for range 12 {
		others = append(others, gauss(r, 200, 128))
	}
	null, err := AgreementNull(w, others, plan, Options{})
	if err != nil {
		t.Fatal(err)
	}
	centre, width := Spread(null)
	v := disguise(shuffleRows(noisy(r, w, 1), randomSigned(r, 200)), plan)
	real, err := AgreementNull(w, []Matrix{v}, plan, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("null centre %.1f width %.1f, related %.1f", centre, width, real[0])
	if centre < 10 || (real[0]-centre)/width < 10 {
		t.Errorf("null centre %g width %g, related %g", centre, width, real[0])
	}
}

func BenchmarkRows(b *testing.B) {
	for _, size := range [][2]int{{2816, 1024}, {11008, 4096}} {
		for _, related := range []bool{true, false} {
			b.Run(fmt.Sprintf("%dx%d/related=%v", size[0], size[1], related), func(b *testing.B) {
				r := rng(7)
				w, v := gauss(r, size[0], size[1]), gauss(r, size[0], size[1])
				if related {
					v = shuffleRows(noisy(r, w, 0.5), randomSigned(r, size[0]))
				}
				for b.Loop() {
					if _, err := Rows(w, v, Options{}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkAgreement(b *testing.B) {
	r := rng(8)
	w, v := gauss(r, 1024, 4096), gauss(r, 1024, 4096)
	plan := randomSigned(r, 4096)
	b.SetBytes(4 << 22)
	for b.Loop() {
		if _, err := Agreement(w, v, Signed{}, plan, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
