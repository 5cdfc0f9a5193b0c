package tensor

import (
	"cmp"
	"io"
	"slices"

	"github.com/modelbom/modelbom/pkg/format"
)

// tile is the number of bytes of a view that are put in order at once. A
// transposed matrix is read in pieces of tile / (length of a row) neighbours,
// so the tile decides how many reads it costs.
const tile = 512 << 10

// window is the number of bytes that a view keeps of its storage.
const window = 64 << 10

// lookahead is what a view reads beyond the element that it wants: another
// element near by costs less than another read.
const lookahead = 4 << 10

// A view reads the elements of a strided tensor in row-major order.
type view struct {
	shape, strides []int64 // without dimensions of one element
	width          int64   // bytes of an element
	r              *io.SectionReader

	buf []byte // the storage's bytes from base on
	at  int64
}

// newView checks that all elements of a view lie in its storage.
func newView(t *format.Tensor, s *store, stored *io.SectionReader) (*view, error) {
	if s.per != 1 {
		return nil, fail(t, format.ErrUnsupported, "a view of elements that share bytes")
	}
	if len(t.Layout.Strides) != len(t.Shape) {
		return nil, fail(t, format.ErrMalformed, "%d strides for %d dimensions", len(t.Layout.Strides), len(t.Shape))
	}
	v := &view{width: s.size, r: stored}
	if s.elements == 0 {
		return v, nil
	}
	room := stored.Size()/s.size - 1 // the last element that is stored
	last := int64(0)
	for i, d := range t.Shape {
		stride := t.Layout.Strides[i]
		if d == 1 {
			continue
		}
		if stride < 0 {
			return nil, fail(t, format.ErrMalformed, "the stride %d is negative", stride)
		}
		if stride > 0 && int64(d)-1 > (room-last)/stride {
			return nil, fail(t, format.ErrTruncated, "the view reaches beyond its %d bytes", stored.Size())
		}
		last += (int64(d) - 1) * stride
		v.shape, v.strides = append(v.shape, int64(d)), append(v.strides, stride)
	}
	if last > room {
		return nil, fail(t, format.ErrTruncated, "the view reaches beyond its %d bytes", stored.Size())
	}
	v.merge()
	return v, nil
}

// merge joins dimensions that lie behind each other as one would.
func (v *view) merge() {
	n := 0
	for i := range v.shape {
		if n > 0 && v.strides[n-1] == v.shape[i]*v.strides[i] {
			v.shape[n-1] *= v.shape[i]
			v.strides[n-1] = v.strides[i]
			continue
		}
		v.shape[n], v.strides[n] = v.shape[i], v.strides[i]
		n++
	}
	v.shape, v.strides = v.shape[:n], v.strides[:n]
}

func (v *view) read(first int64, p []byte) error {
	for len(p) > 0 {
		b := v.box(first, int64(len(p))/v.width)
		if err := v.copy(b, p); err != nil {
			return err
		}
		first += b.elements
		p = p[b.elements*v.width:]
	}
	return nil
}

// A box is a part of a view that is whole in its inner dimensions: its elements
// follow each other in row-major order, and can be read in any order.
type box struct {
	begin    int64 // place of the first element in the storage, in elements
	elements int64
	axes     []axis
}

// An axis is one dimension of a box.
type axis struct {
	n         int64
	from, out int64 // steps in the storage and in the output, in elements
}

// box returns the largest box of at most limit elements that begins at the
// element first.
func (v *view) box(first, limit int64) box {
	b := box{elements: 1}
	rest, whole := first, true
	for i := len(v.shape) - 1; i >= 0; i-- {
		n, stride := v.shape[i], v.strides[i]
		at := rest % n
		rest /= n
		b.begin += at * stride
		if !whole {
			continue
		}
		k := min(n-at, limit/b.elements)
		if k > 1 {
			b.axes = append(b.axes, axis{k, stride, b.elements})
		}
		b.elements *= k
		whole = at == 0 && k == n
	}
	return b
}

// copy reads a box into p, along the storage.
func (v *view) copy(b box, p []byte) error {
	slices.SortStableFunc(b.axes, func(a, c axis) int { return cmp.Compare(a.from, c.from) })
	inner := axis{n: 1, from: 1, out: 1}
	var outer []axis
	if len(b.axes) > 0 {
		inner, outer = b.axes[0], b.axes[1:]
	}
	index := make([]int64, len(outer))
	from, out := b.begin, int64(0)
	for {
		if err := v.line(inner, from, p[out*v.width:]); err != nil {
			return err
		}
		i := 0
		for ; i < len(outer); i++ {
			from, out = from+outer[i].from, out+outer[i].out
			if index[i]++; index[i] < outer[i].n {
				break
			}
			from, out = from-outer[i].n*outer[i].from, out-outer[i].n*outer[i].out
			index[i] = 0
		}
		if i == len(outer) {
			return nil
		}
	}
}

// line copies the elements of one axis.
func (v *view) line(a axis, from int64, p []byte) error {
	w := v.width
	if a.from == 1 && a.out == 1 {
		return v.run(from*w, p[:a.n*w])
	}
	span := (a.n-1)*a.from*w + w
	for i := range a.n {
		at := (from + i*a.from) * w
		if at < v.at || at+w > v.at+int64(len(v.buf)) {
			if err := v.fill(at, span-i*a.from*w); err != nil {
				return err
			}
		}
		copy(p[i*a.out*w:][:w], v.buf[at-v.at:])
	}
	return nil
}

// run copies bytes that lie together: long ones directly.
func (v *view) run(at int64, p []byte) error {
	if len(p) > lookahead {
		return readFull(v.r, p, at)
	}
	if at < v.at || at+int64(len(p)) > v.at+int64(len(v.buf)) {
		if err := v.fill(at, int64(len(p))); err != nil {
			return err
		}
	}
	copy(p, v.buf[at-v.at:])
	return nil
}

// fill moves the window to the byte at, from which span bytes are wanted.
func (v *view) fill(at, span int64) error {
	n := min(max(span, lookahead), window, v.r.Size()-at)
	if v.buf == nil {
		v.buf = make([]byte, window)
	}
	v.buf, v.at = v.buf[:n], at
	if err := readFull(v.r, v.buf, at); err != nil {
		v.buf = v.buf[:0]
		return err
	}
	return nil
}
