package align

import (
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
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
	if raced {
		t.Skip("statistics, run without the race detector")
	}
	for _, d := range []int{256, 384, 1024} {
		for _, n := range []int{500, 2048, 4096} {
			if d == 1024 && (n == 4096 || testing.Short()) || d == 384 && n > 500 {
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
				if got != d || m.ClearCount < d*99/100 || m.P > 1e-7 || m.Identity || !m.Exact {
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
	if raced {
		t.Skip("statistics, run without the race detector")
	}
	kinds := []struct {
		name  string
		sizes [][2]int
		make  func(r *rand.Rand, n, d int) (e, f Matrix)
	}{
		{"independent", [][2]int{{200, 64}}, func(r *rand.Rand, n, d int) (Matrix, Matrix) {
			return gauss(r, n, d), gauss(r, n, d)
		}},
		{"fewer tokens than columns", [][2]int{{50, 80}}, func(r *rand.Rand, n, d int) (Matrix, Matrix) {
			return gauss(r, n, d), gauss(r, n, d)
		}},
		{"common geometry", [][2]int{{200, 64}}, func(r *rand.Rand, n, d int) (Matrix, Matrix) {
			z := gauss(r, n, 20)
			return noisy(r, times(z, gauss(r, 20, d)), 2), noisy(r, times(z, gauss(r, 20, d)), 2)
		}},
		{"common full geometry", [][2]int{{200, 64}, {300, 100}}, func(r *rand.Rand, n, d int) (Matrix, Matrix) {
			z := gauss(r, n, d)
			return times(z, gauss(r, d, d)), times(z, gauss(r, d, d))
		}},
		{"common frequency", [][2]int{{200, 64}}, func(r *rand.Rand, n, d int) (Matrix, Matrix) {
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
		{"common lengths", [][2]int{{200, 64}}, func(r *rand.Rand, n, d int) (Matrix, Matrix) {
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
			if z.mean() > 0.4 || z.sd() > 1.4 || worst < 1e-4 {
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

func TestColumnsIdentity(t *testing.T) {
	r := rng(1)
	e := gauss(r, 500, 128)
	for i := range e.Rows { // columns that cannot be told apart, and dead ones
		e.Row(i)[7] = e.Row(i)[90]
		e.Row(i)[20], e.Row(i)[21] = 0, 3
	}
	for _, delta := range []float64{0, 0.5, 1} {
		m, err := Columns(e, noisy(r, e, delta), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !m.Identity || !m.Map.IsIdentity() || m.IdentityZ < 50 || m.ClearCount < 120 || m.P > 1e-7 {
			t.Errorf("delta %g: identity %v, z %g, %d clear, p %g", delta, m.Identity, m.IdentityZ, m.ClearCount, m.P)
		}
	}
	m, err := Columns(e, disguise(e, randomSigned(r, 128)), Options{})
	if err != nil || m.Identity || math.Abs(m.IdentityZ) > 15 {
		t.Errorf("shuffled: identity %v, z %g, %v", m.Identity, m.IdentityZ, err)
	}
	if m.Live != 126 || m.Clear[7] || m.Clear[90] || m.Clear[20] {
		t.Errorf("%d live; a duplicate or constant column counts as clear", m.Live)
	}
}

// TestIdentityZNull: the test of equal coordinates on its own.
func TestIdentityZNull(t *testing.T) {
	var z moments
	for trial := range 300 {
		r := rng(uint64(trial))
		m, err := Columns(gauss(r, 100, 40), gauss(r, 100, 40), Options{})
		if err != nil {
			t.Fatal(err)
		}
		z.add(m.IdentityZ)
		if m.Identity {
			t.Error("unrelated embeddings in equal coordinates")
		}
	}
	t.Logf("mean %.2f sd %.2f max %.2f", z.mean(), z.sd(), z.max)
	if math.Abs(z.mean()) > 0.2 || math.Abs(z.sd()-1) > 0.15 {
		t.Errorf("mean %.2f sd %.2f", z.mean(), z.sd())
	}
}

// TestColumnsDamaged: coarse quantisation, tokens of which a third means
// something else, one huge token, values that are not finite.
func TestColumnsDamaged(t *testing.T) {
	d, n := 256, 1000
	for name, damage := range map[string]func(f Matrix){
		"four bits": func(f Matrix) {
			for i, x := range f.Data {
				f.Data[i] = float32(math.Round(min(max(float64(x)*2.5, -7), 7)))
			}
		},
		"two bits": func(f Matrix) {
			for i, x := range f.Data {
				f.Data[i] = float32(math.Round(min(max(float64(x), -1), 1)))
			}
		},
		"a third of the tokens replaced": func(f Matrix) { copy(f.Data, gauss(rng(8), n/3, d).Data) },
		"one huge token": func(f Matrix) {
			for j := range d {
				f.Row(5)[j] = 1e30
			}
		},
		"not finite": func(f Matrix) {
			for i := range n {
				f.Data[i*d+i%d] = float32(math.NaN())
			}
			f.Data[1] = float32(math.Inf(-1))
		},
		"column sizes": func(f Matrix) {
			for i := range f.Data {
				f.Data[i] *= float32(math.Exp(float64(i%d%13) - 6))
			}
		},
	} {
		r := rng(9)
		e, plan := gauss(r, n, d), randomSigned(r, d)
		f := disguise(noisy(r, e, 0.5), plan)
		damage(f)
		m, err := Columns(e, f, Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d of %d right, %d clear, z %.0f, not finite %d", name, right(m.Map, plan), d, m.ClearCount, m.Z, m.NonFinite)
		if right(m.Map, plan) != d || m.P > 1e-7 {
			t.Errorf("%s: %d of %d right, p %g", name, right(m.Map, plan), d, m.P)
		}
	}
}

// TestColumnsWeak is where recovery ends: the correlation that is left after
// long training, at 2,048 tokens.
func TestColumnsWeak(t *testing.T) {
	for _, delta := range []float64{2, 3, 5, 7, 10} {
		r := rng(uint64(delta))
		e, plan := gauss(r, 2048, 256), randomSigned(r, 256)
		m, err := Columns(e, disguise(noisy(r, e, delta), plan), Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("delta %g (rho %.2f): %d of 256 right, %d clear, z %.1f p %.2g", delta, 1/math.Sqrt(1+delta*delta), right(m.Map, plan), m.ClearCount, m.Z, m.P)
		if delta <= 3 && right(m.Map, plan) != 256 {
			t.Errorf("delta %g: %d right", delta, right(m.Map, plan))
		}
	}
}

func TestColumnsDegenerate(t *testing.T) {
	r := rng(2)
	nan := Matrix{make([]float32, 50*4), 50, 4}
	for i := range nan.Data {
		nan.Data[i] = float32(math.NaN())
	}
	for name, pair := range map[string][2]Matrix{
		"one column":  {gauss(r, 40, 1), gauss(r, 40, 1)},
		"no columns":  {{nil, 40, 0}, {nil, 40, 0}},
		"zeros":       {{make([]float32, 40*3), 40, 3}, gauss(r, 40, 3)},
		"NaN":         {nan, gauss(r, 50, 4)},
		"narrower":    {gauss(r, 60, 20), gauss(r, 60, 8)},
		"wider":       {gauss(r, 60, 8), gauss(r, 60, 20)},
		"two columns": {gauss(r, 40, 2), gauss(r, 40, 2)},
	} {
		m, err := Columns(pair[0], pair[1], Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := m.Map.check(pair[0].Cols, pair[1].Cols); err != nil || m.ClearCount > 1 || m.P < 1e-4 || math.IsNaN(m.Z+m.P+m.IdentityZ) {
			t.Errorf("%s: %v, %+v", name, err, m)
		}
	}
	wide := Matrix{make([]float32, 32*(MaxColumns+1)), 32, MaxColumns + 1}
	if _, err := Columns(wide, wide, Options{}); !errors.Is(err, ErrLimit) {
		t.Errorf("too wide: %v", err)
	}
}

// TestColumnsPruned: the other model kept half of its columns.
func TestColumnsPruned(t *testing.T) {
	r := rng(3)
	e, plan := gauss(r, 800, 128), randomSigned(r, 128)
	whole := disguise(noisy(r, e, 0.3), plan)
	f := Matrix{nil, 800, 64}
	for i := range 800 {
		f.Data = append(f.Data, whole.Row(i)[:64]...)
	}
	m, err := Columns(e, f, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 128 {
		j, _ := m.Map.At(i)
		if want, _ := plan.At(i); want < 64 && (j != want || !m.Clear[i]) || want >= 64 && j >= 0 {
			t.Fatalf("column %d: %d, want %d", i, j, want)
		}
	}
}

// TestWorkers: results do not depend on their number.
func TestWorkers(t *testing.T) {
	r := rng(4)
	e := gauss(r, 301, 97)
	f := disguise(noisy(r, e, 3), randomSigned(r, 97))
	var before *Match
	for _, workers := range []int{0, 1, 2, 3, 200} {
		m, err := Columns(e, f, Options{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := Rows(e, noisy(rng(5), e, 1), Options{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		m.Corr = append(m.Corr, rows.Corr...)
		m.NullMean += rows.NullMean
		if before != nil && !reflect.DeepEqual(m, before) {
			t.Errorf("%d workers give something else", workers)
		}
		before = m
	}
}

// FuzzAll: whatever the numbers are, maps are maps and statistics are numbers.
func FuzzAll(f *testing.F) {
	seed := make([]byte, 4*33*6)
	for i := range seed {
		seed[i] = byte(i * 37)
	}
	f.Add(seed, uint8(6))
	f.Add(make([]byte, 4*40*2), uint8(2))
	f.Fuzz(func(t *testing.T, data []byte, width uint8) {
		d := int(width%40) + 1
		n := min(len(data)/4/d, 80)
		e, g := Matrix{make([]float32, n*d), n, d}, Matrix{make([]float32, n*d), n, d}
		for i := range e.Data {
			e.Data[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
			g.Data[len(g.Data)-1-i] = e.Data[i]
		}
		m, err := Columns(e, g, Options{})
		if (m == nil) == (err == nil) {
			t.Fatal("not exactly one of match and error")
		}
		rows, err := Rows(e, g, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range []*Match{m, rows} {
			if m == nil {
				continue
			}
			if err := m.Map.check(len(m.Corr), len(m.Corr)); err != nil {
				t.Fatal(err)
			}
			if sum := m.Z + m.P + m.IdentityZ + m.Statistic; math.IsNaN(sum) || m.P < 0 || m.P > 1 {
				t.Fatalf("%+v", m)
			}
			for _, c := range m.Corr {
				if !(c >= -1.001 && c <= 1.001) {
					t.Fatalf("correlation %g", c)
				}
			}
		}
		a, err := Agreement(e, g, rows.Map, Signed{}, Options{})
		if err != nil || a.Agree > a.N || a.N > len(e.Data) {
			t.Fatalf("%+v, %v", a, err)
		}
		if r, err := Rotation(e, g, Options{}); err == nil && !(r.Trace <= float64(d)*1.01) {
			t.Fatalf("trace %g of %d", r.Trace, d)
		}
	})
}
