package align

import (
	"fmt"
	"math"
	"slices"
	"sync"
)

// Agreed counts equal signs about window medians.
type Agreed struct {
	N, Agree int // elements off the median in both; on the same side
	Windows  int // compared
	Skipped  int // windows with few distinct values or with values that are not finite
}

// Z is (2 Agree - N) / sqrt(N): for unrelated matrices normal, with a standard
// deviation of sqrt(32/31), because each window has as many high as low values.
func (a Agreed) Z() float64 {
	if a.N == 0 {
		return 0
	}
	return float64(2*a.Agree-a.N) / math.Sqrt(float64(a.N))
}

// Share is Agree/N, one half when nothing was compared.
func (a Agreed) Share() float64 {
	if a.N == 0 {
		return 0.5
	}
	return float64(a.Agree) / float64(a.N)
}

// Rho is the correlation of normal values that would agree as often.
func (a Agreed) Rho() float64 { return math.Sin(math.Pi * (a.Share() - 0.5)) }

// Add pools the counts of another matrix.
func (a *Agreed) Add(b Agreed) {
	a.N += b.N
	a.Agree += b.Agree
	a.Windows += b.Windows
	a.Skipped += b.Skipped
}

// Agreement puts v into w's coordinates and counts how often elements at equal
// places lie on the same side of the median of their window of 32 consecutive
// columns of w. All of both matrices is read.
//
// Coordinates without a partner are left out and windows close up over them.
// Elements of v are negated, where rows and cols say so, before medians are
// taken. Below 32 columns a window continues in the next row. What remains of a
// row after its last whole window is not compared.
//
// The count is unbiased only when rows and cols were not found on these
// elements (see the package comment). Memory: a few rows for each worker.
func Agreement(w, v Matrix, rows, cols Signed, o Options) (Agreed, error) {
	if err := checkMapped(w, v, rows, cols); err != nil {
		return Agreed{}, err
	}
	places := pairedColumns(w.Cols, cols)
	var total Agreed
	if len(places) < window { // rows are short: one stream
		s := stream{half: o.Half}
		for i := range w.Rows {
			s.row(w, v, rows, i, places)
		}
		return s.Agreed, nil
	}
	var mu sync.Mutex
	parallel(o.Workers, w.Rows, func(lo, hi int) {
		s := stream{half: o.Half}
		for i := lo; i < hi; i++ {
			s.row(w, v, rows, i, places)
			s.fill, s.number = 0, 0
		}
		mu.Lock()
		defer mu.Unlock()
		total.Add(s.Agreed)
	})
	return total, nil
}

func checkMapped(w, v Matrix, rows, cols Signed) error {
	if err := checkPair(w, v); err != nil {
		return err
	}
	if err := rows.check(w.Rows, v.Rows); err != nil {
		return fmt.Errorf("rows: %w", err)
	}
	if err := cols.check(w.Cols, v.Cols); err != nil {
		return fmt.Errorf("columns: %w", err)
	}
	return nil
}

// A place is a column of w, its column of v, and the sign between them.
type place struct {
	at, from int
	sign     float32
}

func pairedColumns(n int, cols Signed) []place {
	var places []place
	for i := range n {
		if j, flip := cols.At(i); j >= 0 {
			places = append(places, place{i, j, signOf(flip)})
		}
	}
	return places
}

func signOf(flip bool) float32 {
	if flip {
		return -1
	}
	return 1
}

// A stream cuts rows into windows and compares them.
type stream struct {
	Agreed
	half         Half
	a, b         [window]float32
	fill, number int
}

func (s *stream) row(w, v Matrix, rows Signed, i int, places []place) {
	j, flip := rows.At(i)
	if j < 0 {
		return
	}
	x, y, sign := w.Row(i), v.Row(j), signOf(flip)
	for _, p := range places {
		s.a[s.fill], s.b[s.fill] = x[p.at], sign*p.sign*y[p.from]
		if s.fill++; s.fill == window {
			s.fill = 0
			s.window()
		}
	}
}

func (s *stream) window() {
	s.number++
	if !s.half.has(s.number - 1) {
		return
	}
	p, ok := patternOf(&s.a)
	q, ok2 := patternOf(&s.b)
	if !ok || !ok2 {
		s.Skipped++
		return
	}
	n, agree := p.compare(q)
	s.Windows++
	s.N += n
	s.Agree += agree
}

// AgreementNull repeats "match the rows, then count agreement" of w against
// matrices that do not belong to it, such as the same role in other layers of
// the other model, and returns each one's Z. It is the null for an agreement
// whose rows were matched on the same elements.
func AgreementNull(w Matrix, others []Matrix, cols Signed, o Options) ([]float64, error) {
	zs := make([]float64, len(others))
	for k, v := range others {
		aligned, err := Rearrange(v, Signed{}, cols, v.Rows, w.Cols)
		if err != nil {
			return nil, fmt.Errorf("matrix %d: %w", k, err)
		}
		m, err := Rows(w, aligned, o)
		if err != nil {
			return nil, fmt.Errorf("matrix %d: %w", k, err)
		}
		a, err := Agreement(w, aligned, m.Map, Signed{}, o)
		if err != nil {
			return nil, fmt.Errorf("matrix %d: %w", k, err)
		}
		zs[k] = a.Z()
	}
	return zs, nil
}

// Spread summarises a null: the median, and the larger of 1 and the scaled
// median absolute deviation. (z - centre) / width is then comparable with a
// standard normal value.
func Spread(null []float64) (centre, width float64) {
	v := slices.Clone(null)
	centre = median(v)
	for i, x := range v {
		v[i] = math.Abs(x - centre)
	}
	return centre, max(1, 1.4826*median(v)) // of a normal distribution, 1.4826 MAD is the standard deviation
}
