package tensor

import (
	"bufio"
	"fmt"
	"io"

	"github.com/modelbom/modelbom/pkg/format"
)

// varints are values stored as base 128 varints (Protocol Buffers, "Encoding"),
// one for each element, or for each byte of elements that share bytes. It is the
// low bytes of its varint, as negative numbers are stored in 64 bits whatever
// their width.
//
// Varints have no index: reading goes on from where it was, and begins anew for
// an element before that.
type varints struct {
	r     *io.SectionReader
	width int
	count int64 // elements

	buf  *bufio.Reader
	next int64 // the element that buf is at
}

func (v *varints) read(first int64, p []byte) error {
	if v.buf == nil || first < v.next {
		if v.buf == nil {
			v.buf = bufio.NewReaderSize(nil, chunk)
		}
		v.buf.Reset(io.NewSectionReader(v.r, 0, v.r.Size()))
		v.next = 0
	}
	for ; v.next < first; v.next++ {
		if _, err := v.varint(); err != nil {
			return err
		}
	}
	for ; len(p) > 0; v.next++ {
		x, err := v.varint()
		if err != nil {
			return err
		}
		for i := range v.width {
			p[i] = byte(x >> (8 * i))
		}
		p = p[v.width:]
	}
	if v.next == v.count {
		return v.end()
	}
	return nil
}

// end makes sure that nothing is stored behind the last element.
func (v *varints) end() error {
	_, err := v.buf.Peek(1)
	switch err {
	case io.EOF:
		return nil
	case nil:
		err = fmt.Errorf("%w: bytes behind the last of %d varints", format.ErrMalformed, v.count)
	}
	return v.fail(err)
}

// varint reads one varint of at most ten bytes.
func (v *varints) varint() (uint64, error) {
	var x uint64
	for i := range 10 {
		b, err := v.buf.ReadByte()
		if err == io.EOF {
			return 0, v.fail(fmt.Errorf("%w: element %d is not stored", format.ErrTruncated, v.next))
		}
		if err != nil {
			return 0, v.fail(err)
		}
		x |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			return x, nil
		}
	}
	return 0, v.fail(fmt.Errorf("%w: the varint of element %d has more than ten bytes", format.ErrMalformed, v.next))
}

// fail makes the next read begin anew.
func (v *varints) fail(err error) error {
	v.buf = nil
	return err
}
