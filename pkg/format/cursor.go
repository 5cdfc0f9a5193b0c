package format

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The window of a cursor grows from the first size to the last: most headers
// are shorter than 100 kB, and one with a vocabulary is some 10 MB.
const (
	minWindow = 64 << 10
	maxWindow = 1 << 20
)

// A cursor decodes fields of a file in order. The first failure sticks: later
// reads return zero values, so a parser checks err once per record. It keeps a
// window of the file in memory; what is skipped is not read.
type cursor struct {
	format string
	r      io.ReaderAt
	order  binary.ByteOrder

	buf  []byte // the file's bytes from base on
	base int64
	pos  int // in buf
	size int // of the next window

	// end is where reading must stop, past the sentinel for going further.
	end  int64
	past error
	err  *Error
}

// newCursor returns a cursor over a whole file, for little-endian fields.
func newCursor(format string, r io.ReaderAt, size int64) *cursor {
	c := &cursor{format: format, r: r, order: binary.LittleEndian, size: minWindow, end: size, past: ErrTruncated}
	if size < 0 || size > maxFile {
		c.end = 0
		c.fail(ErrLimit, "the file's size is said to be %d bytes", size)
	}
	return c
}

// off is the position in the file of the next byte.
func (c *cursor) off() int64 { return c.base + int64(c.pos) }

// left is the number of bytes that may still be read.
func (c *cursor) left() int64 { return c.end - c.off() }

// fail records an error at the next byte.
func (c *cursor) fail(err error, format string, args ...any) {
	c.failAt(c.off(), err, format, args...)
}

func (c *cursor) failAt(off int64, err error, format string, args ...any) {
	if c.err == nil {
		c.err = &Error{Format: c.format, Offset: off, Detail: fmt.Sprintf(format, args...), Err: err}
	}
}

// need makes sure that the window holds n more bytes. n is at most half of the
// largest window.
func (c *cursor) need(n int) bool {
	if c.err != nil {
		return false
	}
	return len(c.buf)-c.pos >= n || c.fill(n)
}

// fill moves the window on, keeping the bytes that were not yet decoded.
func (c *cursor) fill(n int) bool {
	if int64(n) > c.left() {
		c.fail(c.past, "%d bytes wanted, %d left", n, c.left())
		return false
	}
	off := c.off()
	want := int(min(int64(max(c.size, n)), c.left()))
	if cap(c.buf) < want {
		next := make([]byte, want)
		c.buf = next[:copy(next, c.buf[c.pos:])]
	} else {
		c.buf = c.buf[:copy(c.buf[:cap(c.buf)], c.buf[c.pos:])]
	}
	c.base, c.pos = off, 0
	c.size = min(2*c.size, maxWindow)
	have := len(c.buf)
	c.buf = c.buf[:want]
	got, err := c.r.ReadAt(c.buf[have:], off+int64(have))
	if got == want-have {
		return true
	}
	c.buf = c.buf[:have]
	c.readError(off+int64(have), want-have, err)
	return false
}

// readError records a failed read. An end of file is a file that is shorter
// than the size it was opened with.
func (c *cursor) readError(off int64, n int, err error) {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = ErrTruncated
	}
	c.failAt(off, err, "read %d bytes", n)
}

func (c *cursor) u8() byte {
	if !c.need(1) {
		return 0
	}
	c.pos++
	return c.buf[c.pos-1]
}

func (c *cursor) u16() uint16 {
	if !c.need(2) {
		return 0
	}
	c.pos += 2
	return c.order.Uint16(c.buf[c.pos-2:])
}

func (c *cursor) u32() uint32 {
	if !c.need(4) {
		return 0
	}
	c.pos += 4
	return c.order.Uint32(c.buf[c.pos-4:])
}

func (c *cursor) u64() uint64 {
	if !c.need(8) {
		return 0
	}
	c.pos += 8
	return c.order.Uint64(c.buf[c.pos-8:])
}

// uint reads an unsigned integer of 1, 2, 4 or 8 bytes.
func (c *cursor) uint(width int) uint64 {
	switch width {
	case 1:
		return uint64(c.u8())
	case 2:
		return uint64(c.u16())
	case 4:
		return uint64(c.u32())
	}
	return c.u64()
}

// int reads a signed integer of 1, 2, 4 or 8 bytes.
func (c *cursor) int(width int) int64 {
	shift := 64 - 8*width
	return int64(c.uint(width)<<shift) >> shift
}

// count reads a count of records that take at least size bytes each, so that
// a hostile count fails here and not in an allocation.
func (c *cursor) count(what string, size int64, limit uint64) int64 {
	at := c.off()
	n := c.u64()
	switch {
	case c.err != nil:
		return 0
	case n > uint64(c.left()/size):
		c.failAt(at, c.past, "%d %s cannot fit into the %d bytes left", n, what, c.left())
		return 0
	case n > limit:
		c.failAt(at, ErrLimit, "%d %s, the limit is %d", n, what, limit)
		return 0
	}
	return int64(n)
}

// skip passes over n bytes without reading them.
func (c *cursor) skip(n uint64) {
	switch {
	case c.err != nil:
	case n <= uint64(len(c.buf)-c.pos):
		c.pos += int(n)
	case n > uint64(c.left()):
		c.fail(c.past, "%d bytes wanted, %d left", n, c.left())
	default:
		c.base = c.off() + int64(n)
		c.buf, c.pos = c.buf[:0], 0
	}
}

// text reads n bytes. What is longer than the window grows with what was
// really read, so that a wrong size of the file costs no memory.
func (c *cursor) text(n uint64) string {
	if c.err == nil && n > uint64(c.left()) {
		c.fail(c.past, "%d bytes wanted, %d left", n, c.left())
	}
	if c.err != nil || n == 0 {
		return ""
	}
	if n <= maxWindow/2 && len(c.buf)-c.pos < int(n) && !c.fill(int(n)) {
		return ""
	}
	if n <= uint64(len(c.buf)-c.pos) {
		c.pos += int(n)
		return string(c.buf[c.pos-int(n) : c.pos])
	}
	return c.longText(n)
}

// longText reads n bytes window by window.
func (c *cursor) longText(n uint64) string {
	var long strings.Builder
	for n > 0 && c.need(1) {
		have := c.buf[c.pos:]
		have = have[:min(n, uint64(len(have)))]
		if long.Cap()-long.Len() < len(have) {
			long.Grow(int(min(n, uint64(long.Len()+len(have)))))
		}
		long.Write(have)
		c.pos += len(have)
		n -= uint64(len(have))
	}
	if c.err != nil {
		return ""
	}
	return long.String()
}
