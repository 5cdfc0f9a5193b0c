package tensor

import (
	"fmt"
	"io"

	"github.com/modelbom/modelbom/pkg/format"
)

// A view may repeat its storage, as a bias that is the same for all rows does.
// Payload refuses to write out more than maxRepeat times what is stored, and
// minRepeat bytes: a few bytes would give an endless stream.
const (
	maxRepeat = 64
	minRepeat = 1 << 20
)

// Payload streams the bytes of a tensor in its own type, little-endian and in
// row-major order: strides and big-endian order are undone, varints become as
// wide as their type. A tensor that is stored like this is given as it stands,
// also when its type is not known. Affine quantisation is left: the bytes are
// those of the stored integers.
//
// A view that repeats its storage very often is [format.ErrLimit].
func Payload(open format.Opener, t *format.Tensor, bigEndian bool) (io.Reader, error) {
	l := t.Layout
	if !bigEndian && (l == nil || l.Strides == nil && !l.Varint) {
		return t.Stored(open)
	}
	s, err := newStore(open, t, bigEndian)
	if err != nil {
		return nil, err
	}
	if r, ok := s.units.(run); ok {
		return r.r, nil
	}
	p := &payload{t: t, units: s.units, unit: s.size, left: s.count, step: chunk}
	if l != nil && l.Strides != nil {
		p.step = tile
	}
	if s.count*s.size > max(minRepeat, maxRepeat*min(s.stored, maxBytes/maxRepeat)) {
		return nil, fail(t, format.ErrLimit, "%d elements stand for %d bytes", s.elements, s.stored)
	}
	return p, nil
}

// payload streams units.
type payload struct {
	t     *format.Tensor
	units units
	unit  int64 // bytes of a unit
	next  int64
	left  int64 // units
	step  int64 // bytes to read at once
	buf   []byte
	rest  []byte // of buf
	err   error
}

func (p *payload) Read(b []byte) (int, error) {
	if len(p.rest) == 0 && len(b) > 0 {
		p.fill()
	}
	if len(p.rest) == 0 && p.err != nil {
		return 0, p.err
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

func (p *payload) fill() {
	if p.err != nil {
		return
	}
	n := min(p.left, max(1, p.step/p.unit))
	if n == 0 {
		p.err = io.EOF
		return
	}
	if p.buf == nil {
		p.buf = make([]byte, n*p.unit)
	}
	if err := p.units.read(p.next, p.buf[:n*p.unit]); err != nil {
		p.err = fmt.Errorf("tensor %q: %w", p.t.Name, err)
		return
	}
	p.rest = p.buf[:n*p.unit]
	p.next, p.left = p.next+n, p.left-n
}
