package align

import (
	"fmt"
	"math"
)

// Columns matches the columns of f to those of e: embeddings of two models,
// where row i of both belongs to the same token. The widths may differ; columns
// without a partner map to -1. The result maps e's columns to f's.
//
// Columns are standardised (see clip) and every pair is correlated. The signed
// permutation with the largest sum of |correlation| is found exactly when at
// most 4,096 columns remain after those that need no search, and greedily above
// that (Match.Exact).
//
// The null: the partners' coordinate system is turned at random. Both factors
// keep all that they have in common (which tokens are frequent, which belong
// together), and no axis of one is an axis of the other. Shuffling tokens would
// destroy the common part too and call every pair of embeddings related.
// Columns that are similar to all others in f, such as one that codes a token's
// frequency, are discounted first.
//
// It takes 2*n*d*d operations for n tokens and d columns and 8*d*(n+d) bytes:
// n = 4,096 tokens are enough, and more than 8*d gain little. The search
// without any relation is the slowest.
func Columns(e, f Matrix, o Options) (*Match, error) {
	if err := checkPair(e, f); err != nil {
		return nil, err
	}
	if e.Rows != f.Rows || e.Rows < MinTokens {
		return nil, fmt.Errorf("%w: %d and %d tokens, need equally many and %d", ErrShape, e.Rows, f.Rows, MinTokens)
	}
	if max(e.Cols, f.Cols) > MaxColumns {
		return nil, fmt.Errorf("%w: %d and %d columns, limit %d", ErrLimit, e.Cols, f.Cols, MaxColumns)
	}
	x, liveE, badE := standardColumns(e, o.Workers)
	y, liveF, badF := standardColumns(f, o.Workers)
	c := productT(x, y, o.Workers)
	m := &Match{Live: len(liveE), NonFinite: badE + badF, Corr: make([]float64, e.Cols), Clear: make([]bool, e.Cols)}
	m.IdentityZ = identityZ(c, liveE, liveF)
	m.test(turnedNull(c, o.Workers))
	for i, v := range c.Data {
		c.Data[i] = abs(v)
	}
	index, exact := assign(c)
	m.Exact = exact
	m.Map = Signed{Index: minusOnes(e.Cols), Flip: make([]bool, e.Cols)}
	clear := clearPairs(c, index)
	for k, l := range index {
		if l < 0 {
			continue
		}
		i := liveE[k]
		r := dot(x.Row(k), y.Row(l))
		m.Map.Index[i], m.Map.Flip[i] = liveF[l], r < 0
		m.Corr[i], m.Clear[i] = float64(abs(r)), clear[k]
	}
	fillDead(m.Map.Index, f.Cols)
	m.settle(f.Cols)
	if m.Identity {
		m.rescore(x, y, liveE, liveF)
	}
	return m, nil
}

// fillDead gives columns that do not vary the partners that are left, their own
// place first.
func fillDead(index []int, n int) {
	used := make([]bool, n)
	for _, j := range index {
		if j >= 0 {
			used[j] = true
		}
	}
	for i, j := range index {
		if j < 0 && i < n && !used[i] {
			index[i], used[i] = i, true
		}
	}
	next := 0
	for i, j := range index {
		if j >= 0 {
			continue
		}
		for next < n && used[next] {
			next++
		}
		if next < n {
			index[i], used[next] = next, true
		}
	}
}

// rescore sets the correlations of the identity.
func (m *Match) rescore(x, y Matrix, liveE, liveF []int) {
	at := make(map[int]int, len(liveF))
	for l, j := range liveF {
		at[j] = l
	}
	for k, i := range liveE {
		m.Corr[i] = 0
		if l, ok := at[i]; ok {
			m.Corr[i] = float64(dot(x.Row(k), y.Row(l)))
		}
	}
}

// identityZ compares the mean correlation of columns with themselves with what
// the other pairs show.
func identityZ(c Matrix, liveE, liveF []int) float64 {
	at := make(map[int]int, len(liveF))
	for l, j := range liveF {
		at[j] = l
	}
	var all, own, ownSquares float64
	for _, v := range c.Data {
		all += float64(v) * float64(v)
	}
	n := 0
	for k, i := range liveE {
		if l, ok := at[i]; ok {
			v := float64(c.Row(k)[l])
			own += v
			ownSquares += v * v
			n++
		}
	}
	others := (all - ownSquares) / float64(max(len(c.Data)-n, 1))
	if n == 0 || others <= 0 {
		return 0
	}
	return own / math.Sqrt(float64(n)*others)
}

// clearPairs tells which pairs exceed all else in their row and column by
// clearGap standard deviations of elements outside the assignment.
func clearPairs(c Matrix, index []int) []bool {
	a := newAssignment(c)
	rows, cols := a.bests()
	var squares float64
	n := 0
	for i := range c.Rows {
		for j, v := range c.Row(i) {
			if j != index[i] {
				squares += float64(v) * float64(v)
				n++
			}
		}
	}
	clear := make([]bool, c.Rows)
	gap := float32(clearGap * math.Sqrt(squares/float64(max(n, 1))))
	for i, j := range index {
		if j < 0 || n == 0 {
			continue
		}
		clear[i] = rows[i].at == j && cols[j].at == i && rows[i].first-max(rows[i].second, cols[j].second) >= gap
	}
	return clear
}
