package fingerprint

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/modelbom/modelbom/pkg/format"
	"github.com/modelbom/modelbom/pkg/tensor"
)

// Sketches makes the sketches of all tensors of one file whose bytes are written
// into it from the first to the last. Only what the sketches need is copied;
// what is kept of a tensor while its bytes pass by is less than 8 MiB, and less
// than maxHeld for all tensors that lie over each other.
type Sketches struct {
	header  *format.Header
	options SketchOptions
	order   []int // tensor numbers by offset
	next    int   // first of order that has not begun
	active  []*sketching
	pos     int64
	held    int64
	done    []Sketch
	ready   []bool
	errs    map[int]error
	plans   plans
	values  []float32
	samples []sample
}

// Bounds for tensors that lie over each other in the file: the memory for all,
// and their number, as each is looked at for every piece that is written.
const (
	maxHeld   = 64 << 20
	maxActive = 256
)

// NewSketches returns a sink for the file with the given header. Tensors with a
// Layout are not met in a single pass and are left out; see [SketchTensor].
func NewSketches(h *format.Header, o SketchOptions) *Sketches {
	if o.Format == "" {
		o.Format = h.Format
	}
	s := &Sketches{header: h, options: o, plans: plans{}, errs: map[int]error{},
		done: make([]Sketch, len(h.Tensors)), ready: make([]bool, len(h.Tensors))}
	for i := range h.Tensors {
		if h.Tensors[i].Layout == nil {
			s.order = append(s.order, i)
		}
	}
	slices.SortStableFunc(s.order, func(a, b int) int { return cmp.Compare(h.Tensors[a].Offset, h.Tensors[b].Offset) })
	return s
}

// Sketch returns the sketch of the header's tensor i. It equals that of
// [SketchTensor].
//
// It is an error to ask for a tensor with a Layout, or before its last byte was
// written. Where too many tensors lie over each other, some are
// [format.ErrLimit]: SketchTensor can make their sketches.
func (s *Sketches) Sketch(i int) (Sketch, error) {
	if i < 0 || i >= len(s.done) {
		return Sketch{}, fmt.Errorf("no tensor %d", i)
	}
	t := &s.header.Tensors[i]
	switch {
	case t.Layout != nil:
		return Sketch{}, fmt.Errorf("tensor %q does not lie in one piece", t.Name)
	case s.errs[i] != nil:
		return Sketch{}, s.errs[i]
	case !s.ready[i]:
		return Sketch{}, fmt.Errorf("tensor %q: %w: the file ended at byte %d", t.Name, format.ErrTruncated, s.pos)
	}
	return s.done[i], nil
}

// Write takes the next bytes of the file. It never fails.
func (s *Sketches) Write(p []byte) (int, error) {
	n, begin, end := len(p), s.pos, s.pos+int64(len(p))
	for s.next < len(s.order) && s.header.Tensors[s.order[s.next]].Offset <= end {
		// Tensors that begin in one piece need not all be open together.
		t := &s.header.Tensors[s.order[s.next]]
		s.advance(p, begin, min(end, max(begin, t.Offset)))
		s.open(s.order[s.next], t)
		s.next++
	}
	s.advance(p, begin, end)
	s.pos = end
	return n, nil
}

// advance gives the active tensors the bytes up to the place to, and ends those
// that have their last. Bytes that a tensor had before are not given again.
func (s *Sketches) advance(p []byte, begin, to int64) {
	s.active = slices.DeleteFunc(s.active, func(t *sketching) bool {
		if from := max(t.at, begin); from < to {
			t.write(p[from-begin:min(to, t.end)-begin], from)
			t.at = to
		}
		if t.end > to {
			return false
		}
		s.finish(t)
		return true
	})
}

// open begins a tensor.
func (s *Sketches) open(number int, t *format.Tensor) {
	size := int64(math.MaxInt64 - 1) // what is written is what there is
	r, err := tensor.Open(func(string) (io.ReaderAt, int64, error) { return &memory{}, size, nil }, t, s.header.BigEndian)
	if err != nil {
		s.put(number)(unread(err))
		return
	}
	per, unit, _ := t.DType.Block()
	j := newJob(&subject{name: t.Name, shape: t.Shape, dtype: t.DType, per: per, decode: r.Decode}, s.options, s.plans)
	if j.done {
		s.put(number)(j.sketch, nil)
		return
	}
	a := &sketching{job: j, number: number, tensor: t, at: t.Offset, end: t.Offset + t.Size, unit: unit}
	a.holds = j.plan.units*unit + holdsAlways
	if j.rows != nil {
		if a.rows, err = newRowScan(j.rows, t.DType, s.header.BigEndian, t.Offset); err != nil {
			s.put(number)(unread(err))
			return
		}
	}
	if j.columns != nil {
		if a.columns, err = newColumnScan(j.columns, t.DType, s.header.BigEndian, t.Offset); err != nil {
			s.put(number)(unread(err))
			return
		}
		a.holds += a.columns.memory()
	}
	if s.held+a.holds > maxHeld || len(s.active) == maxActive {
		s.put(number)(Sketch{}, fmt.Errorf("tensor %q: %w: too many tensors lie over each other", t.Name, format.ErrLimit))
		return
	}
	s.held += a.holds
	s.active = append(s.active, a)
}

// put returns what keeps the result of a tensor.
func (s *Sketches) put(number int) func(Sketch, error) {
	return func(k Sketch, err error) {
		s.done[number], s.ready[number] = k, true
		if err != nil {
			s.errs[number] = err
		}
	}
}

// finish makes the sketch of a tensor whose last byte was written.
func (s *Sketches) finish(t *sketching) {
	s.held -= t.holds
	values, err := s.decode(t)
	if err != nil {
		s.put(t.number)(unread(err))
		return
	}
	t.judge(values, &s.samples)
	if t.sketch.Class == Matrix && t.rows != nil {
		t.sketch.Rows = t.rows.set.result()
	}
	if t.sketch.Class == Matrix && t.columns != nil {
		t.sketch.Columns = t.columns.result()
	}
	s.put(t.number)(t.sketch, nil)
}

// decode decodes the units that were copied, as a tensor of these alone.
func (s *Sketches) decode(t *sketching) ([]float32, error) {
	n := t.plan.units * t.plan.per
	packed := &format.Tensor{Name: t.tensor.Name, DType: t.tensor.DType, Shape: []uint64{uint64(n)}, Size: int64(len(t.copied))}
	r, err := tensor.Open(func(string) (io.ReaderAt, int64, error) {
		return &memory{t.copied}, packed.Size, nil
	}, packed, s.header.BigEndian)
	if err != nil {
		return nil, err
	}
	s.values = slices.Grow(s.values[:0], int(n))[:n]
	return s.values, r.Decode(0, s.values)
}

// holdsAlways is about what a tensor costs beside what it copies.
const holdsAlways = 8 << 10

// A sketching is a tensor whose bytes pass by.
type sketching struct {
	*job
	number  int
	tensor  *format.Tensor
	at, end int64 // next byte, and the first behind the tensor
	unit    int64 // bytes
	holds   int64
	copied  []byte // units of the plan
	run     int    // of the plan, that is being copied
	in      int64  // bytes of it that were copied
	rows    *rowScan
	columns *columnScan
}

// write takes the bytes p of the file from the place at on.
func (t *sketching) write(p []byte, at int64) {
	if t.copied == nil {
		t.copied = make([]byte, 0, t.plan.units*t.unit)
	}
	at0 := t.tensor.Offset
	end := at + int64(len(p))
	for t.run < len(t.plan.runs) {
		r := t.plan.runs[t.run]
		from, to := at0+r.first*t.unit+t.in, at0+(r.first+r.n)*t.unit
		if from >= end {
			break
		}
		to = min(to, end)
		t.copied = append(t.copied, p[from-at:to-at]...)
		if t.in += to - from; t.in < r.n*t.unit {
			break
		}
		t.run, t.in = t.run+1, 0
	}
	if t.rows != nil {
		t.rows.write(p, at)
	}
	if t.columns != nil {
		t.columns.write(p, at)
	}
}
