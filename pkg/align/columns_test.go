package align

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func rng(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 99)) }

func gauss(r *rand.Rand, rows, cols int) Matrix {
	m := Matrix{make([]float32, rows*cols), rows, cols}
	for i := range m.Data {
		m.Data[i] = float32(r.NormFloat64())
	}
	return m
}

// noisy returns m and independent noise of delta times its size.
func noisy(r *rand.Rand, m Matrix, delta float64) Matrix {
	out := Matrix{make([]float32, len(m.Data)), m.Rows, m.Cols}
	for i, x := range m.Data {
		out.Data[i] = x + float32(delta*r.NormFloat64())
	}
	return out
}

func randomSigned(r *rand.Rand, n int) Signed {
	s := Signed{Index: r.Perm(n), Flip: make([]bool, n)}
	for i := range s.Flip {
		s.Flip[i] = r.Uint64()&1 == 1
	}
	return s
}

// disguise moves columns so that s maps the original's columns to the result's.
func disguise(m Matrix, s Signed) Matrix {
	out := Matrix{make([]float32, len(m.Data)), m.Rows, m.Cols}
	for r := range m.Rows {
		for i, x := range m.Row(r) {
			j, flip := s.At(i)
			if flip {
				x = -x
			}
			out.Row(r)[j] = x
		}
	}
	return out
}

func right(got, want Signed) int {
	n := 0
	for i := range got.Index {
		j, f := got.At(i)
		k, g := want.At(i)
		if j == k && f == g {
			n++
		}
	}
	return n
}

func TestColumnsRecover(t *testing.T) {
	for _, d := range []int{256, 384, 1024} {
		for _, n := range []int{500, 2048, 4096} {
			if d == 1024 && n != 500 && testing.Short() || d == 384 && n > 500 {
				continue
			}
			for _, delta := range []float64{0, 0.1, 0.5, 1} {
				r := rng(uint64(d*n) + uint64(100*delta))
				e, plan := gauss(r, n, d), randomSigned(r, d)
				f := disguise(noisy(r, e, delta), plan)
				start := time.Now()
				m, err := Columns(e, f, Options{})
				if err != nil {
					t.Fatal(err)
				}
				got := right(m.Map, plan)
				t.Logf("d %d n %d delta %.1f: %d right, %d clear, z %.0f p %.1g, %v", d, n, delta, got, m.ClearCount, m.Z, m.P, time.Since(start).Round(time.Millisecond))
				if got != d || m.ClearCount < d*99/100 || m.P > 1e-9 || m.Identity || !m.Exact {
					t.Errorf("d %d n %d delta %g: %d right, %d clear, p %g, identity %v", d, n, delta, got, m.ClearCount, m.P, m.Identity)
				}
				if want := 1 / math.Sqrt(1+delta*delta); math.Abs(m.Corr[7]-want) > 0.12 {
					t.Errorf("correlation %g, want %g", m.Corr[7], want)
				}
			}
		}
	}
}

// TestColumnsNull is the calibration: unrelated embeddings, of several kinds,
// must show z around 0 with standard deviation 1.
func TestColumnsNull(t *testing.T) {
	kinds := []struct {
		name  string
		sizes [][2]int
		make  func(r *rand.Rand, n, d int) (e, f Matrix)
	}{
		{"independent", [][2]int{{200, 64}, {300, 128}}, func(r *rand.Rand, n, d int) (Matrix, Matrix) {
			return gauss(r, n, d), gauss(r, n, d)
		}},
		{"fewer tokens than columns", [][2]int{{70, 128}}, func(r *rand.Rand, n, d int) (Matrix, Matrix) {
			return gauss(r, n, d), gauss(r, n, d)
		}},
		{"common geometry", [][2]int{{300, 100}}, func(r *rand.Rand, n, d int) (Matrix, Matrix) {
			z := gauss(r, n, 20)
			return noisy(r, times(z, gauss(r, 20, d)), 2), noisy(r, times(z, gauss(r, 20, d)), 2)
		}},
		{"common full geometry", [][2]int{{300, 100}}, func(r *rand.Rand, n, d int) (Matrix, Matrix) {
			z := gauss(r, n, d)
			return times(z, gauss(r, d, d)), times(z, gauss(r, d, d))
		}},
		{"common frequency", [][2]int{{300, 100}}, func(r *rand.Rand, n, d int) (Matrix, Matrix) {
			e, f := gauss(r, n, d), gauss(r, n, d)
			a, b := gauss(r, 1, d), gauss(r, 1, d)
			for i := range n {
				z := float32(r.NormFloat64())
				for j := range d {
					e.Row(i)[j] += z * a.Data[j] * a.Data[j] * a.Data[j]
					f.Row(i)[j] += z * b.Data[j] * b.Data[j] * b.Data[j]
				}
			}
			return e, f
		}},
		{"common lengths", [][2]int{{300, 100}}, func(r *rand.Rand, n, d int) (Matrix, Matrix) {
			e, f := gauss(r, n, d), gauss(r, n, d)
			for i := range n {
				s := float32(math.Exp(r.NormFloat64()))
				for j := range d {
					e.Row(i)[j] *= s
					f.Row(i)[j] *= s
				}
			}
			return e, f
		}},
	}
	for _, k := range kinds {
		for _, size := range k.sizes {
			var z moments
			clearPairs, worst := 0, 1.0
			trials := 200
			for trial := range trials {
				e, f := k.make(rng(uint64(trial)), size[0], size[1])
				m, err := Columns(e, f, Options{})
				if err != nil {
					t.Fatal(err)
				}
				z.add(m.Z)
				clearPairs += m.ClearCount
				worst = min(worst, m.P)
			}
			t.Logf("%-26s n %d d %d: z mean %.2f sd %.2f max %.2f, smallest p %.2g, clear pairs %d in %d trials", k.name, size[0], size[1], z.mean(), z.sd(), z.max, worst, clearPairs, trials)
			if z.mean() > 0.4 || z.sd() > 1.4 || worst < 1e-5 {
				t.Errorf("%s: not calibrated: z mean %.2f sd %.2f, smallest p %g", k.name, z.mean(), z.sd(), worst)
			}
		}
	}
}

type moments struct{ n, sum, squares, max float64 }

func (m *moments) add(x float64) {
	m.n++
	m.sum += x
	m.squares += x * x
	m.max = max(m.max, x)
}
func (m *moments) mean() float64 { return m.sum / m.n }
func (m *moments) sd() float64   { return math.Sqrt(m.squares/m.n - m.mean()*m.mean()) }

func times(a, b Matrix) Matrix {
	t := Matrix{make([]float32, len(b.Data)), b.Cols, b.Rows}
	for i := range b.Rows {
		for j, x := range b.Row(i) {
			t.Row(j)[i] = x
		}
	}
	return productT(a, t, 1)
}

var errorsIs = errors.Is
