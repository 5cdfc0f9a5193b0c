package align

import (
	"math"
	"math/rand/v2"
	"slices"
)

// turnedNull returns the statistic of correlations c, the middle over rows of
// the largest |element| after balancing, and the same statistic after each of
// several random rotations of the rows.
func turnedNull(c Matrix, workers int) (statistic float64, null []float64) {
	if c.Rows == 0 || c.Cols == 0 {
		return 0, nil
	}
	picked := spread(c.Rows, nullRows)
	work := Matrix{make([]float32, len(picked)*c.Cols), len(picked), c.Cols}
	largest := func(turn *turn) float64 {
		found := make([]float64, len(picked))
		parallel(workers, len(picked), func(lo, hi int) {
			for k := lo; k < hi; k++ {
				copy(work.Row(k), c.Row(picked[k]))
				turn.apply(work.Row(k))
			}
		})
		balance(work)
		for k := range picked {
			found[k] = largestAbs(work.Row(k))
		}
		return middle(found)
	}
	null = make([]float64, nulls)
	for k := range null {
		null[k] = largest(newTurn(c.Cols, uint64(k)))
	}
	return largest(nil), null
}

// balance scales columns, then rows, to a mean square of one.
func balance(m Matrix) {
	sums := make([]float64, m.Cols)
	for i := range m.Rows {
		for j, v := range m.Row(i) {
			sums[j] += float64(v) * float64(v)
		}
	}
	right := make([]float32, m.Cols)
	for j, s := range sums {
		right[j] = inverseRoot(s / float64(m.Rows))
	}
	for i := range m.Rows {
		row := m.Row(i)
		var s float64
		for j, v := range row {
			v *= right[j]
			row[j] = v
			s += float64(v) * float64(v)
		}
		scale := inverseRoot(s / float64(m.Cols))
		for j := range row {
			row[j] *= scale
		}
	}
}

func inverseRoot(x float64) float32 {
	if x <= 1e-30 {
		return 0
	}
	return float32(1 / math.Sqrt(x))
}

// spread returns up to n of 0..total-1 at even distances.
func spread(total, n int) []int {
	n = min(n, total)
	s := make([]int, n)
	for k := range s {
		s[k] = k * total / n
	}
	return s
}

func largestAbs(v []float32) float64 {
	var most float32
	for _, x := range v {
		most = max(most, abs(x))
	}
	return float64(most)
}

// middle is the mean of the middle half of v: like the median it does not see a
// few special coordinates, and it is not as coarse where values are counts.
func middle(v []float64) float64 {
	slices.Sort(v)
	part := v[len(v)/4 : len(v)-len(v)/4]
	sum := 0.0
	for _, x := range part {
		sum += x
	}
	return sum / float64(max(len(part), 1))
}

// median sorts v and returns the middle.
func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// A turn is a random orthogonal map that takes n log n steps: Hadamard
// transforms of the first and the last 2^k elements (these overlap, or are all)
// after random signs, three times so that every output holds every input.
type turn struct {
	signs [6][]float32
	size  int
}

func newTurn(n int, seed uint64) *turn {
	r := rand.New(rand.NewPCG(seed, 0x6d6f64656c626f6d)) // fixed: results repeat
	t := &turn{size: 1}
	for 2*t.size <= n {
		t.size *= 2
	}
	scale := float32(1 / math.Sqrt(float64(t.size)))
	for k := range t.signs {
		t.signs[k] = make([]float32, t.size)
		for i := range t.signs[k] {
			t.signs[k][i] = scale
			if r.Uint64()&1 == 1 {
				t.signs[k][i] = -scale
			}
		}
	}
	return t
}

func (t *turn) apply(v []float32) {
	if t == nil {
		return
	}
	for k, signs := range t.signs {
		part := v[:t.size]
		if k%2 == 1 {
			part = v[len(v)-t.size:]
		}
		for i, s := range signs {
			part[i] *= s
		}
		hadamard(part)
		if k == 1 && t.size == len(v) {
			return // all of it was turned twice
		}
	}
}

// hadamard is the fast Walsh-Hadamard transform of 2^k elements, unscaled.
func hadamard(v []float32) {
	for h := 1; h < len(v); h *= 2 {
		for i := 0; i < len(v); i += 2 * h {
			a, b := v[i:i+h], v[i+h:i+2*h]
			for k, x := range a {
				y := b[k]
				a[k], b[k] = x+y, x-y
			}
		}
	}
}
