package compare

import (
	"math"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// maxReferences bounds the references of one mixture.
const maxReferences = 32

// A Weight is the share of one reference in a mixture, with its standard error.
type Weight struct{ Alpha, SE float64 }

// Mixture finds how much of each reference is in a: the weights, none negative,
// whose sum of references is nearest to a's sampled values, and the part of a
// that remains, |A - sum|/|A|. A merge shows weights of more than one reference
// and a small residual. All matrices of a count alike, whatever the size of
// their values. Only places that all references have values for are used; where
// there are none, all weights are NaN and the residual is 1.
func Mixture(a *fingerprint.Part, refs []*fingerprint.Part) (weights []Weight, residual float64) {
	weights = make([]Weight, len(refs))
	for i := range weights {
		weights[i] = Weight{math.NaN(), math.NaN()}
	}
	if a == nil || len(refs) == 0 || len(refs) > maxReferences {
		return weights, 1
	}
	e := equations(a, refs)
	if e.n < float64(2*len(refs)) {
		return weights, 1
	}
	alpha := e.solve()
	square := e.square
	for i := range alpha {
		square -= 2 * alpha[i] * e.right[i]
		for k := range alpha {
			square += alpha[i] * alpha[k] * e.gram[i][k]
		}
	}
	square = max(square, 0)
	inverse := invert(e.gram)
	for i := range alpha {
		weights[i] = Weight{alpha[i], math.Inf(1)}
		if inverse != nil {
			weights[i].SE = math.Sqrt(max(0, square/e.n*inverse[i][i]))
		}
	}
	return weights, math.Sqrt(square / e.square)
}

// normal holds the normal equations of a least squares problem.
type normal struct {
	gram   [][]float64
	right  []float64
	square float64 // of A's values
	n      float64
}

func equations(a *fingerprint.Part, refs []*fingerprint.Part) *normal {
	k := len(refs)
	e := &normal{gram: make([][]float64, k), right: make([]float64, k)}
	for i := range e.gram {
		e.gram[i] = make([]float64, k)
	}
	side := newSide(a)
	partners := make([]map[*unit]*pair, k)
	for i, ref := range refs {
		partners[i] = map[*unit]*pair{}
		if ref == nil {
			continue
		}
		for _, p := range compareSides(side, newSide(ref), Options{}).pairs {
			if p.a.first && p.b.shape == p.a.shape && p.reorder == 0 && scaleRead(p.a.print) && scaleRead(p.b.print) {
				partners[i][p.a] = p
			}
		}
	}
	for _, u := range side.units {
		e.addMatrix(u, partners)
	}
	return e
}

// addMatrix adds the windows of a matrix that all references have, in units of
// its root mean square.
func (e *normal) addMatrix(u *unit, partners []map[*unit]*pair) {
	others := make([]*unit, len(partners))
	for i := range partners {
		p := partners[i][u]
		if p == nil {
			return
		}
		others[i] = p.b
	}
	var rows [][windowSize]float64
	var values [windowSize]float64
	scale := 0.0
	for w := range u.n {
		row := make([][windowSize]float64, len(others)+1)
		_, ok := u.values(w, &row[0])
		for i, v := range others {
			_, has := v.values(w, &row[i+1])
			ok = ok && has
		}
		if !ok {
			continue
		}
		values = row[0]
		for _, v := range values {
			scale += v * v
		}
		rows = append(rows, row...)
	}
	if scale == 0 {
		return
	}
	step := len(others) + 1
	scale /= float64(len(rows) / step * windowSize)
	for at := 0; at < len(rows); at += step {
		for j := range windowSize {
			x := rows[at][j]
			e.square += x * x / scale
			e.n++
			for i := range others {
				y := rows[at+1+i][j]
				e.right[i] += x * y / scale
				for k := range others {
					e.gram[i][k] += y * rows[at+1+k][j] / scale
				}
			}
		}
	}
}

// solve finds the solution without negative weights by the active-set method of
// Lawson and Hanson (1974).
func (e *normal) solve() []float64 {
	k := len(e.right)
	x := make([]float64, k)
	free := make([]bool, k)
	for range 3 * k {
		best, gradient := -1, 1e-12*e.square
		for i := range k {
			g := e.right[i]
			for j := range k {
				g -= e.gram[i][j] * x[j]
			}
			if !free[i] && g > gradient {
				best, gradient = i, g
			}
		}
		if best < 0 {
			break
		}
		free[best] = true
		if !e.descend(x, free) {
			free[best] = false
			break
		}
	}
	return x
}

// descend solves for the free weights, fixing at zero those that would become
// negative. It reports false when the equations have no single solution.
func (e *normal) descend(x []float64, free []bool) bool {
	for range len(x) + 1 {
		z := e.solveFree(free)
		if z == nil {
			return false
		}
		step := 1.0
		for i := range x {
			if free[i] && z[i] <= 0 && x[i] > z[i] {
				step = min(step, x[i]/(x[i]-z[i]))
			}
		}
		for i := range x {
			if free[i] {
				x[i] += step * (z[i] - x[i])
			}
		}
		if step == 1 {
			return true
		}
		for i := range x {
			if free[i] && x[i] <= 1e-12 {
				x[i], free[i] = 0, false
			}
		}
	}
	return true
}

func (e *normal) solveFree(free []bool) []float64 {
	var index []int
	for i, f := range free {
		if f {
			index = append(index, i)
		}
	}
	sub := make([][]float64, len(index))
	for i, r := range index {
		sub[i] = make([]float64, len(index))
		for k, c := range index {
			sub[i][k] = e.gram[r][c]
		}
	}
	inverse := invert(sub)
	if inverse == nil {
		return nil
	}
	z := make([]float64, len(free))
	for i, r := range index {
		for k, c := range index {
			z[r] += inverse[i][k] * e.right[c]
		}
	}
	return z
}

// invert inverts a matrix by elimination with pivots, or returns nil for one
// that is singular to rounding.
func invert(m [][]float64) [][]float64 {
	n := len(m)
	a := make([][]float64, n)
	largest := 0.0
	for i := range a {
		a[i] = make([]float64, 2*n)
		copy(a[i], m[i])
		a[i][n+i] = 1
		for _, v := range m[i] {
			largest = max(largest, math.Abs(v))
		}
	}
	for c := range n {
		pivot := c
		for r := c + 1; r < n; r++ {
			if math.Abs(a[r][c]) > math.Abs(a[pivot][c]) {
				pivot = r
			}
		}
		if !(math.Abs(a[pivot][c]) > 1e-10*largest) {
			return nil
		}
		a[c], a[pivot] = a[pivot], a[c]
		for k := 2*n - 1; k >= c; k-- {
			a[c][k] /= a[c][c]
		}
		for r := range n {
			if r == c {
				continue
			}
			f := a[r][c]
			for k := c; k < 2*n; k++ {
				a[r][k] -= f * a[c][k]
			}
		}
	}
	for i := range a {
		a[i] = a[i][n:]
	}
	return a
}
