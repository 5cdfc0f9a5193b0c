package align

import (
	"fmt"
	"math"
)

// MaxRotation is the largest width for Rotation: inverting a matrix of this
// size some ten times takes about ten seconds.
const MaxRotation = 1024

// A Rotated is an orthogonal map between two residual streams.
type Rotated struct {
	// U has e's coordinates as rows and f's as columns: e is nearly f times U
	// transposed.
	U Matrix
	// Map is the signed permutation closest to U and Trace the sum of the
	// elements of U that it picks, d when U is that permutation.
	Map   Signed
	Trace float64
	// LogP bounds the natural logarithm of the probability that an orthogonal
	// matrix without any relation comes as close to a signed permutation:
	// -Trace^2/2 + ln(d! 2^d), at most 0.
	LogP float64
	// Steps of the iteration, for the record.
	Steps int
}

// Rotation finds the orthogonal map that best carries f's tokens to e's, the
// polar factor of centred e transposed times f, for embeddings of equal width.
//
// Two questions must be kept apart. Whether U is close to a signed permutation
// is tested by LogP (MDIR, arXiv 2508.06309): the trace of a random orthogonal
// matrix has no heavier tail than a normal value, and there are d! 2^d signed
// permutations. The bound holds whatever the embeddings of unrelated models have
// in common, as long as the axes of the two have nothing to do with each other,
// and is very cautious. A secret rotation does not pass it, by construction:
// for that, bring other matrices into e's coordinates with Apply and let
// Agreement test them. That the embeddings fit each other after rotation is no
// evidence, since those of unrelated models do so too.
//
// It returns an error that wraps ErrSingular when the tokens do not determine
// the map: fewer than columns, or columns that do not vary. Six matrices of d*d
// float64 are held.
func Rotation(e, f Matrix, o Options) (*Rotated, error) {
	if err := checkPair(e, f); err != nil {
		return nil, err
	}
	d := e.Cols
	switch {
	case e.Rows != f.Rows || d != f.Cols || d == 0:
		return nil, fmt.Errorf("%w: %d x %d and %d x %d", ErrShape, e.Rows, d, f.Rows, f.Cols)
	case d > MaxRotation:
		return nil, fmt.Errorf("%w: %d columns, limit %d", ErrLimit, d, MaxRotation)
	case e.Rows <= d:
		return nil, fmt.Errorf("%w: %d tokens for %d columns", ErrSingular, e.Rows, d)
	}
	x, y := centredColumns(e), centredColumns(f)
	c := productT(x, y, o.Workers)
	wide := make([]float64, d*d)
	for i, v := range c.Data {
		wide[i] = float64(v)
	}
	steps, err := polar(wide, d, o.Workers)
	if err != nil {
		return nil, err
	}
	r := &Rotated{U: Matrix{make([]float32, d*d), d, d}, Steps: steps}
	size := Matrix{make([]float32, d*d), d, d}
	for i, v := range wide {
		r.U.Data[i] = float32(v)
		size.Data[i] = abs(float32(v))
	}
	index, _ := assign(size)
	r.Map = Signed{Index: index, Flip: make([]bool, d)}
	for i, j := range index {
		r.Map.Flip[i] = r.U.Row(i)[j] < 0
		r.Trace += float64(size.Row(i)[j])
	}
	count, _ := math.Lgamma(float64(d) + 1)
	r.LogP = min(0, -r.Trace*r.Trace/2+count+float64(d)*math.Ln2)
	return r, nil
}

// Apply returns v, whose columns are f's stream, in e's coordinates.
func (r *Rotated) Apply(v Matrix, o Options) (Matrix, error) {
	if err := v.check("matrix"); err != nil {
		return Matrix{}, err
	}
	if v.Cols != r.U.Cols {
		return Matrix{}, fmt.Errorf("%w: %d columns for a rotation of %d", ErrShape, v.Cols, r.U.Cols)
	}
	return productT(v, r.U, o.Workers), nil
}

// centredColumns returns m transposed, each column centred; columns keep their
// relative lengths, which a rotation mixes. Tokens are given equal length, a
// change that no rotation sees; values that are not finite count as the mean.
func centredColumns(m Matrix) Matrix {
	means, _, _ := columnMoments(m)
	t := Matrix{make([]float32, len(m.Data)), m.Cols, m.Rows}
	for i := range m.Rows {
		var squares float64
		for j, x := range m.Row(i) {
			if d := float64(x) - means[j]; finite(x) {
				squares += d * d
			}
		}
		if squares == 0 {
			continue
		}
		scale := 1 / math.Sqrt(squares)
		for j, x := range m.Row(i) {
			if finite(x) {
				t.Data[j*m.Rows+i] = float32((float64(x) - means[j]) * scale)
			}
		}
	}
	return t
}

const (
	polarSteps     = 40    // scaled Newton needs about ten, whatever the matrix
	polarTolerance = 1e-10 // squared relative change: the next step would be exact
)

// polar replaces x, d x d, by its orthogonal polar factor: Newton's iteration
// with scaling (Higham, "Computing the polar decomposition, with applications",
// SIAM J. Sci. Stat. Comput. 7, 1986).
func polar(x []float64, d, workers int) (steps int, err error) {
	inverse := make([]float64, d*d)
	for steps = 1; steps <= polarSteps; steps++ {
		copy(inverse, x)
		if !invert(inverse, d, workers) {
			return steps, fmt.Errorf("%w: singular correlations", ErrSingular)
		}
		scale := math.Sqrt(math.Sqrt(norms(inverse, d) / norms(x, d)))
		if !(scale > 0) || math.IsInf(scale, 0) {
			return steps, fmt.Errorf("%w: correlations out of range", ErrSingular)
		}
		var change, size float64
		for i := range d {
			for j := range d {
				next := (scale*x[i*d+j] + inverse[j*d+i]/scale) / 2
				change += (next - x[i*d+j]) * (next - x[i*d+j])
				size += next * next
				x[i*d+j] = next
			}
		}
		if change <= polarTolerance*size {
			return steps, nil
		}
	}
	return steps, fmt.Errorf("%w: no convergence", ErrSingular)
}

// norms is the product of the largest column sum and the largest row sum.
func norms(x []float64, d int) float64 {
	cols := make([]float64, d)
	row, col := 0.0, 0.0
	for i := range d {
		sum := 0.0
		for j, v := range x[i*d : (i+1)*d] {
			sum += math.Abs(v)
			cols[j] += math.Abs(v)
		}
		row = max(row, sum)
	}
	for _, s := range cols {
		col = max(col, s)
	}
	return row * col
}

// minPivot is the smallest pivot, relative to the largest element, with which a
// matrix of float32 products still counts as regular.
const minPivot = 1e-9

// invert replaces x by its inverse (Gauss-Jordan with row exchanges) and
// reports whether it has one.
func invert(x []float64, d, workers int) bool {
	row := func(i int) []float64 { return x[i*d : (i+1)*d] }
	largest := 0.0
	for _, v := range x {
		largest = max(largest, math.Abs(v))
	}
	swapped := make([]int, d)
	for k := range d {
		p := k
		for i := k + 1; i < d; i++ {
			if math.Abs(x[i*d+k]) > math.Abs(x[p*d+k]) {
				p = i
			}
		}
		pivot := x[p*d+k]
		if !(math.Abs(pivot) > minPivot*largest) || math.IsInf(pivot, 0) {
			return false
		}
		swapped[k] = p
		if p != k {
			a, b := row(p), row(k)
			for j, v := range a {
				a[j], b[j] = b[j], v
			}
		}
		r := row(k)
		r[k] = 1
		for j := range r {
			r[j] /= pivot
		}
		eliminate(x, d, k, workers)
	}
	for k := d - 1; k >= 0; k-- {
		if p := swapped[k]; p != k {
			for i := range d {
				x[i*d+k], x[i*d+p] = x[i*d+p], x[i*d+k]
			}
		}
	}
	return true
}

// eliminate clears column k of all rows but k, which holds the scaled pivot row.
func eliminate(x []float64, d, k, workers int) {
	r := x[k*d : (k+1)*d]
	if d < 256 { // not worth a goroutine
		workers = 1
	}
	parallel(workers, d, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row := x[i*d : i*d+len(r)]
			m := row[k]
			if i == k || m == 0 {
				continue
			}
			row[k] = 0
			for j, v := range r {
				row[j] -= m * v
			}
		}
	})
}
