package align

import "math"

// clip is how many standard deviations a standardised value may lie from the
// mean. One token with huge values, as many models have, would otherwise
// dominate every correlation; of normal values 1 in 16,000 is touched.
const clip = 4

// standardColumns returns the columns of m that vary as rows, centred, clipped,
// with tokens of even length, and scaled to unit length, so that a product of
// two rows is a correlation; the number of each; and the number of values that are not finite, which count as
// the mean.
func standardColumns(m Matrix, workers int) (t Matrix, live []int, nonFinite int) {
	means, sds, nonFinite := columnMoments(m)
	for j, sd := range sds {
		if sd > 0 {
			live = append(live, j)
		}
	}
	t = Matrix{make([]float32, len(live)*m.Rows), len(live), m.Rows}
	parallel(workers, len(live), func(lo, hi int) {
		for i := range m.Rows {
			row := m.Row(i)
			for k := lo; k < hi; k++ {
				t.Data[k*m.Rows+i] = clipped(row[live[k]], means[live[k]], sds[live[k]])
			}
		}
	})
	if len(live) >= minEven {
		evenTokens(t)
	}
	parallel(workers, len(live), func(lo, hi int) {
		for k := lo; k < hi; k++ {
			unit(t.Row(k))
		}
	})
	return t, live, nonFinite
}

// minEven is the number of columns from which the length of a token says little
// about each of them.
const minEven = 32

// evenTokens gives every token (column of t) the same length. How long a token's
// embedding is depends on how often it was seen, in every model alike, and a
// few long ones would decide all correlations.
func evenTokens(t Matrix) {
	squares := make([]float64, t.Cols)
	for k := range t.Rows {
		for i, x := range t.Row(k) {
			squares[i] += float64(x) * float64(x)
		}
	}
	scale := make([]float32, t.Cols)
	for i, s := range squares {
		scale[i] = inverseRoot(s / float64(t.Rows))
	}
	for k := range t.Rows {
		row := t.Row(k)
		for i := range row {
			row[i] *= scale[i]
		}
	}
}

const (
	// trim is how many standard deviations from the mean a value may lie to
	// count in the next estimate of both. It is below the largest distance that
	// 32 values allow, 5.5, or a single huge one could never be told.
	trim       = 5
	trimRounds = 3 // for tokens of three very different sizes
)

// columnMoments returns mean and standard deviation of each column's finite
// values without those far off, and the number of values that are not finite. A
// column without visible variation has standard deviation 0.
func columnMoments(m Matrix) (means, sds []float64, nonFinite int) {
	means, sds = make([]float64, m.Cols), make([]float64, m.Cols)
	for j := range sds {
		sds[j] = math.Inf(1) // everything counts in the first round
	}
	for _, x := range m.Data {
		if !finite(x) {
			nonFinite++
		}
	}
	for range trimRounds {
		means, sds = trimmedMoments(m, means, sds)
	}
	for j, sd := range sds {
		sds[j] = visible(sd, means[j])
	}
	return means, sds, nonFinite
}

func trimmedMoments(m Matrix, oldMeans, oldSDs []float64) (means, sds []float64) {
	means, sds = make([]float64, m.Cols), make([]float64, m.Cols)
	counts := make([]int, m.Cols)
	counted := func(x float32, j int) bool {
		return finite(x) && math.Abs(float64(x)-oldMeans[j]) <= trim*oldSDs[j]
	}
	for i := range m.Rows {
		for j, x := range m.Row(i) {
			if counted(x, j) {
				means[j] += float64(x)
				counts[j]++
			}
		}
	}
	for j, n := range counts {
		means[j] /= float64(max(n, 1))
	}
	for i := range m.Rows {
		for j, x := range m.Row(i) {
			if counted(x, j) {
				d := float64(x) - means[j]
				sds[j] += d * d
			}
		}
	}
	for j, n := range counts {
		sds[j] = math.Sqrt(sds[j] / float64(max(n, 1)))
	}
	return means, sds
}

// visible returns sd, or 0 when it is no more than the rounding of a constant.
func visible(sd, mean float64) float64 {
	if sd <= 1e-6*math.Abs(mean) {
		return 0
	}
	return sd
}

func clipped(x float32, mean, sd float64) float32 {
	if !finite(x) {
		return 0
	}
	return float32(min(max((float64(x)-mean)/sd, -clip), clip))
}

// unit centres v and scales it to length one; a constant becomes zeros.
func unit(v []float32) {
	var sum, squares float64
	for _, x := range v {
		sum += float64(x)
	}
	mean := sum / float64(max(len(v), 1))
	for _, x := range v {
		squares += (float64(x) - mean) * (float64(x) - mean)
	}
	scale := 0.0
	if squares > 0 {
		scale = 1 / math.Sqrt(squares)
	}
	for i, x := range v {
		v[i] = float32((float64(x) - mean) * scale)
	}
}

func finite(x float32) bool { return x-x == 0 }

func abs(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) }
