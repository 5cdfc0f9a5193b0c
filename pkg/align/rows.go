package align

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
)

const (
	// candidates is how many similar rows are kept for each row.
	candidates = 8
	// maxBits is how many columns the signs of a row are taken from.
	maxBits = 4096
	// nullUnits is how many rows the null of Rows looks at.
	nullUnits = 128
	// maxUnsettled is up to how many rows, whose candidates did not settle
	// them, all pairs are tried: 2048 squared correlations.
	maxUnsettled = 2048
	rowBlock     = 64 // rows of v at a time: 32 KB of signs
)

// Rows matches the rows of v to those of w: hidden units of a feed-forward
// block, after both have the same column coordinates. The result maps w's rows
// to v's; where the numbers differ, rows without a partner map to -1.
//
// Columns are standardised in each matrix, so that what all rows have in common
// does not count, nor which columns are large. Signs about the row's median are compared first, all pairs;
// each row keeps the most similar candidates, whose correlations are computed. Pairs are taken
// greedily, the most similar first; what is left is assigned exactly when it is
// at most 2,048 rows.
//
// The null: the columns of w in random order. That keeps rows that resemble each
// other within w and within v, and leaves nothing to match between them.
//
// With o.Half only those windows of 32 columns are used, so that Agreement on
// the other half is an unbiased test. The time is rows squared times columns/64
// steps; memory is 8 bytes for every 64 elements, 200 bytes a row, and for the rows
// that are assigned exactly up to 100 MB at 4,096 columns.
func Rows(w, v Matrix, o Options) (*Match, error) {
	if err := checkPair(w, v); err != nil {
		return nil, err
	}
	if w.Cols != v.Cols {
		return nil, fmt.Errorf("%w: rows of %d and %d columns", ErrShape, w.Cols, v.Cols)
	}
	if max(w.Rows, v.Rows) > MaxRows {
		return nil, fmt.Errorf("%w: %d and %d rows, limit %d", ErrLimit, w.Rows, v.Rows, MaxRows)
	}
	s := &rowSearch{o: o, columns: chosenColumns(w.Cols, o.Half)}
	s.w, s.v = newCentred(w, s.columns), newCentred(v, s.columns)
	var bad int
	s.ws, bad = s.signs(s.w)
	s.m = &Match{Corr: make([]float64, w.Rows), Clear: make([]bool, w.Rows), NonFinite: bad}
	s.vs, bad = s.signs(s.v)
	s.m.NonFinite += bad
	s.m.Map = Signed{Index: minusOnes(w.Rows), Flip: make([]bool, w.Rows)}
	if len(s.columns) >= MinTokens {
		s.m.test(s.null())
		s.match()
	}
	fillDead(s.m.Map.Index, v.Rows)
	s.m.settle(v.Rows)
	if s.m.Identity {
		x, y := make([]float32, len(s.columns)), make([]float32, len(s.columns))
		for i := range w.Rows {
			s.m.Corr[i] = s.correlation(i, i, x, y)
		}
	}
	return s.m, nil
}

// chosenColumns returns the columns of the half.
func chosenColumns(n int, h Half) []int {
	var c []int
	for j := range n {
		if h.has(j / window) {
			c = append(c, j)
		}
	}
	return c
}

// A rowSearch is one call of Rows.
type rowSearch struct {
	w, v    centred
	o       Options
	columns []int
	ws, vs  signRows
	m       *Match
}

// signRows holds for each row the signs about its median, one bit a column.
type signRows struct {
	words int
	bits  []uint64
	live  []bool
	count int // columns
}

func (s signRows) row(i int) []uint64 { return s.bits[i*s.words : (i+1)*s.words] }

func (s *rowSearch) signs(m centred) (signRows, int) {
	at := spread(len(s.columns), maxBits)
	words := (len(at) + 63) / 64
	out := signRows{words, make([]uint64, words*m.Rows), make([]bool, m.Rows), len(at)}
	bad := make([]int, m.Rows)
	parallel(s.o.Workers, m.Rows, func(lo, hi int) {
		unit, picked := make([]float32, len(s.columns)), make([]float32, len(at))
		for i := lo; i < hi; i++ {
			out.live[i], bad[i] = m.unit(i, unit)
			for k, l := range at {
				picked[k] = unit[l]
			}
			middle, to := lowerMedian(picked), out.row(i)
			for k, x := range picked {
				if x > middle {
					to[k/64] |= 1 << (k % 64)
				}
			}
		}
	})
	total := 0
	for _, n := range bad {
		total += n
	}
	return out, total
}

// correlation of row i of w with row j of v, whose unit rows go to x and y.
func (s *rowSearch) correlation(i, j int, x, y []float32) float64 {
	s.w.unit(i, x)
	s.v.unit(j, y)
	return float64(dot(x, y))
}

// likeness is how far the agreement of two rows of signs is from one half,
// doubled, in bits; a negative value stands for rows of opposite sign.
func likeness(a, b []uint64, count int) int {
	different := 0
	b = b[:len(a)]
	for k, x := range a {
		different += bits.OnesCount64(x ^ b[k])
	}
	return count - 2*different
}

func (s *rowSearch) size(like int) int {
	if like < 0 && !s.o.Positive {
		return -like
	}
	return like
}

// null returns the statistic, the middle over some rows of w of the likeness to
// the best row of v, and its null.
func (s *rowSearch) null() (statistic float64, null []float64) {
	var picked []int
	for _, i := range spread(s.w.Rows, nullUnits) {
		if s.ws.live[i] {
			picked = append(picked, i)
		}
	}
	s.m.Live = countTrue(s.ws.live)
	statistic = s.largest(picked, nil)
	for k := range nulls {
		r := rand.New(rand.NewPCG(uint64(k), 0x6d6f64656c626f6d)) // fixed: results repeat
		null = append(null, s.largest(picked, r.Perm(s.ws.count)))
	}
	return statistic, null
}

func countTrue(v []bool) int {
	n := 0
	for _, x := range v {
		if x {
			n++
		}
	}
	return n
}

// largest is the statistic after columns of w are put in another order, if any.
func (s *rowSearch) largest(picked, order []int) float64 {
	found := make([]float64, len(picked))
	parallel(s.o.Workers, len(picked), func(lo, hi int) {
		turned := make([]uint64, s.ws.words)
		for k := lo; k < hi; k++ {
			row := s.ws.row(picked[k])
			copy(turned, row)
			if order != nil {
				clear(turned)
			}
			for at, from := range order {
				turned[at/64] |= row[from/64] >> (from % 64) & 1 << (at % 64)
			}
			most := -s.ws.count
			for j := range s.v.Rows {
				if s.vs.live[j] {
					most = max(most, s.size(likeness(turned, s.vs.row(j), s.ws.count)))
				}
			}
			found[k] = float64(most) / float64(s.ws.count)
		}
	})
	return middle(found)
}

// A pair is a candidate: rows i of w and j of v and their correlation.
type pair struct {
	i, j int
	r    float64
}

// match finds candidates and pairs them.
func (s *rowSearch) match() {
	byRow := s.candidates()
	var all []pair
	for _, c := range byRow {
		all = append(all, c...)
	}
	slices.SortFunc(all, func(a, b pair) int {
		switch x, y := math.Abs(a.r), math.Abs(b.r); {
		case x > y:
			return -1
		case x < y:
			return 1
		case a.i != b.i:
			return a.i - b.i
		}
		return a.j - b.j
	})
	used := make([]bool, s.v.Rows)
	gap := clearGap / math.Sqrt(float64(len(s.columns)))
	second := secondBest(all, s.w.Rows, s.v.Rows)
	for _, p := range all {
		if s.m.Map.Index[p.i] >= 0 || used[p.j] {
			continue
		}
		margin := math.Abs(p.r) - max(second.row[p.i].other(p.j), second.col[p.j].other(p.i))
		if s.m.Clear[p.i] = margin >= gap; s.m.Clear[p.i] || math.Abs(p.r) >= 2*gap {
			s.pair(p, used)
		}
	}
	s.settleRest(all, used)
}

func (s *rowSearch) pair(p pair, used []bool) {
	used[p.j] = true
	s.m.Map.Index[p.i], s.m.Map.Flip[p.i], s.m.Corr[p.i] = p.j, p.r < 0, math.Abs(p.r)
}

// A runnerUp remembers the two largest correlations of a row or column.
type runnerUp struct {
	at            int
	first, second float64
}

// other is the largest correlation with anything but partner at.
func (r runnerUp) other(at int) float64 {
	if r.at == at {
		return r.second
	}
	return r.first
}

type runnersUp struct{ row, col []runnerUp }

// secondBest expects pairs with the largest correlation first.
func secondBest(all []pair, rows, cols int) runnersUp {
	u := runnersUp{make([]runnerUp, rows), make([]runnerUp, cols)}
	note := func(r *runnerUp, at int, x float64) {
		switch {
		case r.first == 0:
			r.at, r.first = at, x
		case r.second == 0:
			r.second = x
		}
	}
	for _, p := range all {
		note(&u.row[p.i], p.j, math.Abs(p.r))
		note(&u.col[p.j], p.i, math.Abs(p.r))
	}
	return u
}

// candidates returns for each row of w the most similar rows of v.
func (s *rowSearch) candidates() [][]pair {
	out := make([][]pair, s.w.Rows)
	parallel(s.o.Workers, s.w.Rows, func(lo, hi int) {
		x, y := make([]float32, len(s.columns)), make([]float32, len(s.columns))
		for ; lo < hi; lo += rowBlock { // a block of w's rows against a block of v's
			end := min(lo+rowBlock, hi)
			tops := make([]top, end-lo)
			for j := 0; j < s.v.Rows; j += rowBlock {
				s.scan(tops, lo, end, j, min(j+rowBlock, s.v.Rows))
			}
			for k := range tops {
				for _, c := range tops[k].found[:tops[k].n] {
					out[lo+k] = append(out[lo+k], pair{lo + k, c.j, s.allowed(s.correlation(lo+k, c.j, x, y))})
				}
			}
		}
	})
	return out
}

func (s *rowSearch) allowed(r float64) float64 {
	if s.o.Positive {
		return max(r, 0)
	}
	return r
}

func (s *rowSearch) scan(tops []top, lo, end, j, jEnd int) {
	for i := lo; i < end; i++ {
		if !s.ws.live[i] {
			continue
		}
		row, t := s.ws.row(i), &tops[i-lo]
		for k := j; k < jEnd; k++ {
			if s.vs.live[k] {
				t.add(k, s.size(likeness(row, s.vs.row(k), s.ws.count)))
			}
		}
	}
}

// A top keeps the candidates with the largest likeness, largest first.
type top struct {
	n     int
	found [candidates]struct{ j, like int }
}

func (t *top) add(j, like int) {
	if t.n == candidates && like <= t.found[candidates-1].like {
		return
	}
	t.n = min(t.n+1, candidates)
	k := t.n - 1
	for ; k > 0 && t.found[k-1].like < like; k-- {
		t.found[k] = t.found[k-1]
	}
	t.found[k].j, t.found[k].like = j, like
}

// settleRest pairs rows that the first pass left: exactly if they are few, else
// with the best candidate that is free.
func (s *rowSearch) settleRest(all []pair, used []bool) {
	var rows, cols []int
	for i, j := range s.m.Map.Index {
		if j < 0 && s.ws.live[i] {
			rows = append(rows, i)
		}
	}
	for j, u := range used {
		if !u && s.vs.live[j] {
			cols = append(cols, j)
		}
	}
	if len(rows) == 0 || len(cols) == 0 {
		return
	}
	if max(len(rows), len(cols)) > maxUnsettled {
		for _, p := range all {
			if s.m.Map.Index[p.i] < 0 && !used[p.j] {
				s.pair(p, used)
			}
		}
		return
	}
	x, y := s.standardRows(s.w, rows), s.standardRows(s.v, cols)
	c := productT(x, y, s.o.Workers)
	size := Matrix{make([]float32, len(c.Data)), c.Rows, c.Cols}
	for k, r := range c.Data {
		size.Data[k] = float32(math.Abs(s.allowed(float64(r))))
	}
	index, _ := assign(size)
	for k, l := range index {
		if l >= 0 {
			s.pair(pair{rows[k], cols[l], s.allowed(float64(c.Row(k)[l]))}, used)
		}
	}
}

// standardRows returns the rows of m as unit rows.
func (s *rowSearch) standardRows(m centred, rows []int) Matrix {
	out := Matrix{make([]float32, len(rows)*len(s.columns)), len(rows), len(s.columns)}
	for k, i := range rows {
		m.unit(i, out.Row(k))
	}
	return out
}
