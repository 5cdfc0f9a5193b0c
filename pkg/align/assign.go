package align

import "math"

// maxExact is the largest assignment that is solved exactly after the obvious
// pairs are gone: the worst case is cubic, a minute or so at this size.
const maxExact = 4096

// assign finds for each row of w a column of its own, so that the sum of the
// chosen elements is as large as possible. Elements are not negative. Rows that
// find no column, when there are fewer columns, get -1. exact says that no other
// choice has a larger sum (up to rounding).
//
// Pairs that some best assignment must contain are taken first. If w(i, j) is
// at least the sum of the largest other element of row i and the largest other
// element of column j, then exchanging partners in an assignment without (i, j)
// loses nothing. For related models that leaves little or nothing.
func assign(w Matrix) (index []int, exact bool) {
	a := newAssignment(w)
	for a.takeCertain() {
	}
	if max(len(a.rows), len(a.cols)) <= maxExact {
		a.solve()
		return a.index, true
	}
	a.takeMutual()
	return a.index, false
}

type assignment struct {
	w          Matrix
	index      []int
	rows, cols []int // without a partner
}

func newAssignment(w Matrix) *assignment {
	a := &assignment{w: w, index: make([]int, w.Rows), rows: sequence(w.Rows), cols: sequence(w.Cols)}
	for i := range a.index {
		a.index[i] = -1
	}
	return a
}

func sequence(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// A best is the largest and the second largest element of a row or column.
type best struct {
	first, second float32
	at            int // of first, -1 for none
}

func (b *best) add(x float32, at int) {
	switch {
	case x > b.first || b.at < 0:
		b.second, b.first, b.at = b.first, x, at
	case x > b.second:
		b.second = x
	}
}

// bests looks at the rows and columns that are left.
func (a *assignment) bests() (rows, cols []best) {
	rows, cols = make([]best, a.w.Rows), make([]best, a.w.Cols)
	for _, i := range a.rows {
		rows[i].at = -1
	}
	for _, j := range a.cols {
		cols[j].at = -1
	}
	for _, i := range a.rows {
		row, b := a.w.Row(i), &rows[i]
		for _, j := range a.cols {
			x := row[j]
			b.add(x, j)
			cols[j].add(x, i)
		}
	}
	return rows, cols
}

// takeCertain takes the pairs that belong to a best assignment and reports
// whether another round is worth its time.
func (a *assignment) takeCertain() bool {
	before := len(a.rows)
	if before == 0 || len(a.cols) == 0 {
		return false
	}
	rows, cols := a.bests()
	a.take(func(i int) int {
		j := rows[i].at
		if cols[j].at == i && rows[i].first >= rows[i].second+cols[j].second {
			return j
		}
		return -1
	})
	return len(a.rows) > 0 && before-len(a.rows) > before/20
}

// takeMutual is the greedy way for what is too large to solve: pairs that are
// each other's best, until none is left.
func (a *assignment) takeMutual() {
	for len(a.rows) > 0 && len(a.cols) > 0 {
		before := len(a.rows)
		rows, cols := a.bests()
		a.take(func(i int) int {
			if j := rows[i].at; cols[j].at == i {
				return j
			}
			return -1
		})
		if before-len(a.rows) <= before/1000 { // many equal elements
			break
		}
	}
	for len(a.rows) > 0 && len(a.cols) > 0 {
		a.index[a.rows[0]] = a.cols[0]
		a.rows, a.cols = a.rows[1:], a.cols[1:]
	}
}

func (a *assignment) take(partner func(i int) int) {
	taken := make([]bool, a.w.Cols)
	left := a.rows[:0]
	for _, i := range a.rows {
		if j := partner(i); j >= 0 {
			a.index[i], taken[j] = j, true
		} else {
			left = append(left, i)
		}
	}
	a.rows = left
	free := a.cols[:0]
	for _, j := range a.cols {
		if !taken[j] {
			free = append(free, j)
		}
	}
	a.cols = free
}

// solve assigns what is left exactly, as a square problem padded with zeros.
func (a *assignment) solve() {
	if len(a.rows) == 0 || len(a.cols) == 0 {
		return
	}
	n := max(len(a.rows), len(a.cols))
	cost := a.w.Data
	if n != a.w.Rows || n != a.w.Cols {
		cost = make([]float32, n*n)
		for k, i := range a.rows {
			row := a.w.Row(i)
			for l, j := range a.cols {
				cost[k*n+l] = row[j]
			}
		}
	}
	for k, l := range newSolver(cost, n).solve()[:len(a.rows)] {
		if l < len(a.cols) {
			a.index[a.rows[k]] = a.cols[l]
		}
	}
}

// A solver finds the permutation with the largest sum by shortest augmenting
// paths (Jonker and Volgenant, "A shortest augmenting path algorithm for dense
// and sparse linear assignment problems", Computing 38, 1987). Costs are the
// negated elements; prices are kept in float64.
type solver struct {
	w        []float32
	n        int
	col, row []int // partner of each row, of each column; -1 for none
	price    []float64
	free     []int

	dist []float64
	pred []int
	list []int
}

func newSolver(w []float32, n int) *solver {
	return &solver{w: w, n: n, col: minusOnes(n), row: minusOnes(n), price: make([]float64, n),
		dist: make([]float64, n), pred: make([]int, n), list: make([]int, n)}
}

func minusOnes(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = -1
	}
	return s
}

func (s *solver) solve() []int {
	s.reduceColumns()
	for range 2 {
		s.reduceRows()
	}
	for _, i := range s.free {
		s.augment(i)
	}
	return s.col
}

// reduceColumns gives each column the price of its cheapest row and pairs them
// where that row is still free.
func (s *solver) reduceColumns() {
	cheapest := make([]int, s.n)
	for j := range s.price {
		s.price[j] = math.Inf(1)
	}
	for i := range s.n {
		for j, x := range s.w[i*s.n : (i+1)*s.n] {
			if c := -float64(x); c < s.price[j] {
				s.price[j], cheapest[j] = c, i
			}
		}
	}
	for j := s.n - 1; j >= 0; j-- {
		if i := cheapest[j]; s.col[i] < 0 {
			s.col[i], s.row[j] = j, i
		}
	}
	for i, j := range s.col {
		if j < 0 {
			s.free = append(s.free, i)
		}
	}
}

// cheapest returns the two smallest reduced costs of row i and their columns.
func (s *solver) cheapest(i int) (u1, u2 float64, j1, j2 int) {
	u1, u2, j1, j2 = math.Inf(1), math.Inf(1), -1, -1
	price := s.price
	for j, x := range s.w[i*s.n : i*s.n+len(price)] {
		h := -float64(x) - price[j]
		if h >= u2 {
			continue
		}
		if h >= u1 {
			u2, j2 = h, j
		} else {
			u2, j2, u1, j1 = u1, j1, h, j
		}
	}
	return u1, u2, j1, j2
}

// reduceRows lets each free row bid for its cheapest column. It may push out a
// partner, who bids in turn; the number of turns is bounded, because with
// rounding the smallest raise can be nearly nothing.
func (s *solver) reduceRows() {
	queue, turns := s.free, 8*len(s.free)
	s.free = nil
	for len(queue) > 0 && turns > 0 && s.n > 1 {
		i := queue[0]
		queue = queue[1:]
		for ; turns > 0; turns-- {
			u1, u2, j, j2 := s.cheapest(i)
			out := s.row[j]
			raised := u1 < u2
			switch {
			case raised:
				s.price[j] -= u2 - u1
			case out >= 0:
				j, out = j2, s.row[j2]
			}
			s.col[i], s.row[j] = j, i
			if out < 0 {
				i = -1
				break
			}
			s.col[out] = -1
			if i = out; !raised {
				break
			}
		}
		if i >= 0 {
			s.free = append(s.free, i)
		}
	}
	s.free = append(s.free, queue...)
}

// augment finds the shortest path from a free row to a free column and
// exchanges partners along it.
func (s *solver) augment(start int) {
	n, list, dist, price := s.n, s.list, s.dist, s.price
	for j, x := range s.w[start*n : (start+1)*n] {
		dist[j], s.pred[j], list[j] = -float64(x)-price[j], start, j
	}
	low, up, last := 0, 0, 0 // list[:low] done, list[low:up] at the minimum
	shortest, end := 0.0, -1
	for end < 0 {
		if low == up {
			last = low
			shortest, up, end = s.nearest(low)
			if end >= 0 {
				break
			}
		}
		j1 := list[low]
		low++
		i := s.row[j1]
		row := s.w[i*n : (i+1)*n]
		h := -float64(row[j1]) - price[j1] - shortest
		for k := up; k < n; k++ {
			j := list[k]
			d := -float64(row[j]) - price[j] - h
			if d >= dist[j] {
				continue
			}
			dist[j], s.pred[j] = d, i
			if d <= shortest {
				if s.row[j] < 0 {
					end = j
					break
				}
				list[k], list[up] = list[up], j
				up++
			}
		}
	}
	for _, j := range list[:last] {
		price[j] += dist[j] - shortest
	}
	for i := -1; i != start; {
		i = s.pred[end]
		s.row[end] = i
		end, s.col[i] = s.col[i], end
	}
}

// nearest moves the columns at the smallest distance to list[low:up]; end is
// one of them without a partner, or -1.
func (s *solver) nearest(low int) (shortest float64, up, end int) {
	shortest, up = math.Inf(1), low
	for k := low; k < s.n; k++ {
		j := s.list[k]
		d := s.dist[j]
		if d > shortest {
			continue
		}
		if d < shortest {
			shortest, up = d, low
		}
		s.list[k], s.list[up] = s.list[up], j
		up++
	}
	for _, j := range s.list[low:up] {
		if s.row[j] < 0 {
			return shortest, up, j
		}
	}
	return shortest, up, -1
}
