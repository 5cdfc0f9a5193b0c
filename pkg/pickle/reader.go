package pickle

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The window of a reader grows from the first size to the last. It holds any
// text that is kept.
const (
	minWindow = 4 << 10
	maxWindow = 2 * MaxKept
)

// A reader decodes the bytes of a pickle in order. The first failure sticks:
// later reads return zero values. What is skipped is not read.
type reader struct {
	src  io.ReaderAt
	buf  []byte // the bytes from base on
	base int64
	pos  int
	end  int64
	size int // of the next window
	err  *Error
}

// offset is the place of the next byte.
func (r *reader) offset() int64 { return r.base + int64(r.pos) }

func (r *reader) left() int64 { return r.end - r.offset() }

func (r *reader) fail(off int64, err error, format string, args ...any) {
	if r.err == nil {
		r.err = &Error{Offset: off, Detail: fmt.Sprintf(format, args...), Err: err}
	}
}

// next returns the next n bytes, at most MaxKept, until the next call.
func (r *reader) next(n int) []byte {
	if r.err != nil || len(r.buf)-r.pos < n && !r.fill(n) {
		return nil
	}
	r.pos += n
	return r.buf[r.pos-n : r.pos]
}

// fill moves the window on, keeping what was not yet decoded.
func (r *reader) fill(n int) bool {
	off := r.offset()
	if int64(n) > r.left() {
		r.fail(off, ErrTruncated, "%d bytes wanted, %d left", n, r.left())
		return false
	}
	want := int(min(int64(max(r.size, n)), r.left()))
	if cap(r.buf) < want {
		next := make([]byte, want)
		r.buf = next[:copy(next, r.buf[r.pos:])]
	} else {
		r.buf = r.buf[:copy(r.buf[:cap(r.buf)], r.buf[r.pos:])]
	}
	r.base, r.pos = off, 0
	r.size = min(2*r.size, maxWindow)
	have := len(r.buf)
	r.buf = r.buf[:want]
	got, err := r.src.ReadAt(r.buf[have:], off+int64(have))
	if got == want-have {
		return true
	}
	r.buf = r.buf[:have+max(0, min(got, want-have))]
	if len(r.buf) >= n {
		return true
	}
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = ErrTruncated
	}
	r.fail(r.base+int64(len(r.buf)), err, "read %d bytes", n)
	return false
}

func (r *reader) u8() byte {
	if b := r.next(1); b != nil {
		return b[0]
	}
	return 0
}

// uint reads a little-endian unsigned integer of 1, 2, 4 or 8 bytes.
func (r *reader) uint(width int) uint64 {
	b := r.next(width)
	if b == nil {
		return 0
	}
	var all [8]byte
	copy(all[:], b)
	return binary.LittleEndian.Uint64(all[:])
}

// skip passes over n bytes without reading them.
func (r *reader) skip(n int64) {
	switch {
	case r.err != nil:
	case n <= int64(len(r.buf)-r.pos):
		r.pos += int(n)
	case n > r.left():
		r.fail(r.offset(), ErrTruncated, "%d bytes wanted, %d left", n, r.left())
	default:
		r.base = r.offset() + n
		r.buf, r.pos = r.buf[:0], 0
	}
}

// line reads up to a newline, which it passes over. When the line is longer than
// MaxKept, only its beginning is returned, and long is true.
func (r *reader) line() (text string, long bool) {
	begin := r.offset()
	var kept []byte
	for r.err == nil {
		if r.pos == len(r.buf) && !r.fill(1) {
			r.err = nil
			r.fail(begin, ErrTruncated, "a line without end")
			return "", false
		}
		have := r.buf[r.pos:]
		n := bytes.IndexByte(have, '\n')
		part := have
		if n >= 0 {
			part = have[:n]
		}
		room := MaxKept - len(kept)
		long = long || len(part) > room
		if n >= 0 && kept == nil {
			text = string(part[:min(room, len(part))])
			r.pos += n + 1
			return text, long
		}
		kept = append(kept, part[:min(room, len(part))]...)
		if n >= 0 {
			r.pos += n + 1
			return string(kept), long
		}
		r.pos = len(r.buf)
	}
	return "", false
}
