// Package tensor gives the values of tensors, whatever file, type and layout
// they are stored in: the canonical tensor that fingerprints and comparisons of
// models are computed from.
//
// [Decode] turns a range of a tensor's elements, in row-major order, into
// float32 values. It reads the bytes that it needs and no others, so that a few
// sampled rows of a 100 GB model cost a few small reads. [Payload] streams all
// of a tensor as its type's little-endian bytes in row-major order, which is
// what a digest of an unusual layout is computed from. [Logical] tells which
// tensors of a quantised checkpoint together make one weight, and of which
// shape it is.
//
// Types are those of safetensors, of ggml and of ONNX; layouts are those of
// [format.Layout]: views with strides, values in several segments or files,
// protocol buffer varints, affine quantisation, big-endian files. Values are
// exactly those of the reference implementations, bit for bit on every machine
// (products are rounded before they are added, which a compiler may not undo).
// A type or combination that is not known is [format.ErrUnsupported] and never
// a guess.
//
// Bytes and layouts are hostile: what a tensor says is compared with what is
// stored before anything is read, memory is bounded by a few buffers whatever
// the tensor's size, and nothing panics. Errors wrap [format.ErrMalformed],
// [format.ErrTruncated], [format.ErrUnsupported], [format.ErrLimit], or the
// error of a read.
package tensor

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"

	"github.com/modelbom/modelbom/pkg/format"
)

// maxBytes bounds the size of a tensor, so that places in it do not overflow.
const maxBytes = 1 << 62

// chunk is the number of bytes that are read and decoded at once.
const chunk = 64 << 10

// Decode reads the elements [first, first+len(dst)) of t in row-major order.
// Open gives the files that hold the values; bigEndian is the header's.
//
// Integers and 64-bit floats are rounded to the nearest float32, a BOOL is 0 or
// 1. A tensor with an affine layout gives the values that its integers stand
// for. To read many ranges of one tensor, see [Open].
func Decode(open format.Opener, t *format.Tensor, bigEndian bool, first int64, dst []float32) error {
	r, err := Open(open, t, bigEndian)
	if err != nil {
		return err
	}
	return r.Decode(first, dst)
}

// A Reader decodes ranges of one tensor. It must not be used by two goroutines
// at once.
type Reader struct {
	t      *format.Tensor
	n      int64 // elements
	units  units
	decode decoder
	affine func([]float32) // nil for values that stand for themselves
	// per elements are stored in size bytes.
	per, size int64
	buf       []byte
	block     []float32 // one unit, for ranges that begin or end inside it
}

// Open prepares the decoding of a tensor. It reads nothing.
func Open(open format.Opener, t *format.Tensor, bigEndian bool) (*Reader, error) {
	decode, ok := decoders[t.DType]
	if !ok {
		return nil, fail(t, format.ErrUnsupported, "values of this type")
	}
	s, err := newStore(open, t, bigEndian)
	if err != nil {
		return nil, err
	}
	r := &Reader{t: t, n: s.elements, units: s.units, decode: decode, per: s.per, size: s.size}
	if t.Layout != nil && t.Layout.Affine != nil {
		if r.affine, err = affine(t); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Elements is the number of elements of the tensor.
func (r *Reader) Elements() int64 { return r.n }

// Decode reads the elements [first, first+len(dst)) in row-major order.
func (r *Reader) Decode(first int64, dst []float32) error {
	if first < 0 || first > r.n || int64(len(dst)) > r.n-first {
		return fmt.Errorf("tensor %q: elements %d and %d after it wanted of %d", r.t.Name, first, len(dst), r.n)
	}
	for len(dst) > 0 {
		n, err := r.some(first, dst)
		if err != nil {
			return err
		}
		if r.affine != nil {
			r.affine(dst[:n])
		}
		first, dst = first+int64(n), dst[n:]
	}
	return nil
}

// some decodes the first elements of dst: whole units into dst itself, and a
// unit of which only a part is wanted by way of a block.
func (r *Reader) some(first int64, dst []float32) (int, error) {
	unit, skip := first/r.per, first%r.per
	whole := min(int64(len(dst))/r.per, chunk/r.size)
	if skip != 0 || whole == 0 {
		if r.block == nil {
			r.block = make([]float32, r.per)
		}
		if err := r.read(unit, 1, r.block); err != nil {
			return 0, err
		}
		return copy(dst, r.block[skip:]), nil
	}
	n := whole * r.per
	return int(n), r.read(unit, whole, dst[:n])
}

// read decodes whole units.
func (r *Reader) read(unit, n int64, dst []float32) error {
	if int64(cap(r.buf)) < n*r.size {
		r.buf = make([]byte, n*r.size)
	}
	buf := r.buf[:n*r.size]
	if err := r.units.read(unit, buf); err != nil {
		return fmt.Errorf("tensor %q: %w", r.t.Name, err)
	}
	r.decode(buf, dst)
	return nil
}

// A store is where a tensor's values lie, as units: the smallest pieces that
// are stored, an element or a block of them.
type store struct {
	units     units
	elements  int64
	count     int64 // units
	per, size int64 // elements and bytes of a unit
	stored    int64 // bytes, however the units lie in them
}

// units are the stored units of a tensor in row-major order, little-endian.
type units interface {
	// read fills p, a whole number of units, with those from first on.
	read(first int64, p []byte) error
}

// newStore checks a tensor against what is stored.
func newStore(open format.Opener, t *format.Tensor, bigEndian bool) (*store, error) {
	per, size, ok := t.DType.Block()
	if !ok {
		return nil, fail(t, format.ErrUnsupported, "the size of this type")
	}
	n, ok := elements(t.Shape)
	if !ok {
		return nil, fail(t, format.ErrMalformed, "its shape overflows")
	}
	if n > maxBytes/size {
		return nil, fail(t, format.ErrMalformed, "its size overflows")
	}
	s := &store{elements: n, count: (n + per - 1) / per, per: per, size: size}
	if n%per != 0 && size > 1 {
		return nil, fail(t, format.ErrMalformed, "%d elements are no whole number of blocks of %d", n, per)
	}
	stored, err := t.Stored(open)
	if err != nil {
		return nil, err
	}
	s.stored = stored.Size()
	if err := s.locate(t, stored); err != nil {
		return nil, err
	}
	if bigEndian {
		if s.units, err = reversed(t, s.units, size); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// locate finds the units of a tensor in its stored bytes.
func (s *store) locate(t *format.Tensor, stored *io.SectionReader) error {
	l := t.Layout
	switch {
	case l != nil && l.Strides != nil && l.Varint:
		return fail(t, format.ErrUnsupported, "a view into varints")
	case l != nil && l.Strides != nil:
		v, err := newView(t, s, stored)
		s.units = v
		return err
	case l != nil && l.Varint:
		if s.per != 1 && s.size != 1 || s.size > 8 {
			return fail(t, format.ErrUnsupported, "this type as varints")
		}
		if stored.Size() < s.count {
			return fail(t, format.ErrTruncated, "%d bytes are stored for %d varints", stored.Size(), s.count)
		}
		s.units = &varints{r: stored, width: int(s.size), count: s.count}
		return nil
	}
	if want := s.count * s.size; stored.Size() != want {
		err := format.ErrMalformed
		if stored.Size() < want {
			err = format.ErrTruncated
		}
		return fail(t, err, "%d bytes are stored and %d elements take %d", stored.Size(), s.elements, want)
	}
	s.units = run{stored, s.size}
	return nil
}

// run is one row-major run of units.
type run struct {
	r    *io.SectionReader
	size int64
}

func (r run) read(first int64, p []byte) error { return readFull(r.r, p, first*r.size) }

// readFull reads all of p. A file that is shorter than it was said to be is
// truncated.
func readFull(r io.ReaderAt, p []byte, off int64) error {
	n, err := r.ReadAt(p, off)
	switch {
	case n == len(p):
		return nil
	case err == nil || err == io.EOF:
		return fmt.Errorf("%w: %d bytes wanted, %d there", format.ErrTruncated, len(p), n)
	}
	return err
}

// elements is the number of elements of a shape, and false when it does not fit
// into an int64.
func elements(shape []uint64) (int64, bool) {
	n, over := uint64(1), false
	for _, d := range shape {
		if d == 0 {
			return 0, true
		}
		hi, lo := bits.Mul64(n, d)
		over = over || hi != 0 || lo >= 1<<63
		n = lo
	}
	return int64(n), !over
}

// fail is an error about a tensor.
func fail(t *format.Tensor, err error, text string, args ...any) error {
	return fmt.Errorf("tensor %q of type %q: %w: %s", t.Name, t.DType, err, fmt.Sprintf(text, args...))
}

// little reads fixed-size integers, whose order reversed has made little-endian.
var little = binary.LittleEndian
