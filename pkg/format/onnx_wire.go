package format

import (
	"errors"
	"io"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// maxVarint is the longest varint in bytes (Protocol Buffers, Encoding).
const maxVarint = 10

// skipWindow is how much is read behind bytes that were passed over: a file
// that is large because of its tensors has a few dozen bytes between two.
const skipWindow = 4 << 10

// A wire reads the fields of protocol buffer messages from a file, a field at a
// time. The content of a length-delimited field is left to the caller, who may
// pass over it without reading it, so that a message can be of any size.
type wire struct {
	*cursor
	stop   int64 // where the message that is being read ends
	inside bool  // it is inside another
}

// A wireField is one field of a message. Its content lies at from and takes size
// bytes; value is what it is when it is no length-delimited field.
type wireField struct {
	at         int64 // of the tag
	num        protowire.Number
	typ        protowire.Type
	from, size int64
	value      uint64
}

func (f wireField) end() int64 { return f.from + f.size }

// next reads a field, and for one that is length-delimited only its length. It
// is false at the end of the message and after an error.
func (w *wire) next() (f wireField, ok bool) {
	if w.err != nil || w.off() == w.stop {
		return wireField{}, false
	}
	f.at = w.off()
	f.num, f.typ = w.tag()
	f.from = w.off()
	switch f.typ {
	case protowire.VarintType:
		f.value = w.varint()
	case protowire.Fixed32Type:
		if w.fits(4, f.at) {
			f.value = uint64(w.u32())
		}
	case protowire.Fixed64Type:
		if w.fits(8, f.at) {
			f.value = w.u64()
		}
	case protowire.BytesType:
		n := w.varint()
		f.from = w.off()
		if w.fits(n, f.at) {
			f.size = int64(n)
		}
		return f, w.err == nil
	default:
		w.failAt(f.at, ErrMalformed, "field %d has the wire type %d", f.num, f.typ)
	}
	f.size = w.off() - f.from
	return f, w.err == nil
}

func (w *wire) tag() (protowire.Number, protowire.Type) {
	at := w.off()
	v := w.varint()
	num, typ := protowire.DecodeTag(v)
	if w.err == nil && (num < protowire.MinValidNumber || num > protowire.MaxValidNumber) {
		w.failAt(at, ErrMalformed, "the field number %d", v>>3)
	}
	return num, typ
}

// varint reads a varint of the message.
func (w *wire) varint() uint64 {
	want := int(min(maxVarint, w.left()))
	if w.err != nil || len(w.buf)-w.pos < want && !w.fill(want) {
		return 0
	}
	b := w.buf[w.pos:]
	if left := w.stop - w.off(); int64(len(b)) > left {
		b = b[:left]
	}
	v, n := protowire.ConsumeVarint(b)
	switch {
	case n > 0:
		w.pos += n
	case errors.Is(protowire.ParseError(n), io.ErrUnexpectedEOF):
		w.fail(w.beyond(), "a varint runs beyond its message")
	default:
		w.fail(ErrMalformed, "a varint of more than 64 bits")
	}
	return v
}

// fits checks that n bytes are left in the message; at is the field that has
// them.
func (w *wire) fits(n uint64, at int64) bool {
	if left := w.stop - w.off(); w.err == nil && n > uint64(left) {
		w.failAt(at, w.beyond(), "a field of %d bytes in a message of which %d are left", n, left)
	}
	return w.err == nil
}

// beyond is the sentinel for reading past the message: the file's end may come
// too early, a message inside the file may not.
func (w *wire) beyond() error {
	if w.inside {
		return ErrMalformed
	}
	return ErrTruncated
}

// skipTo passes over what is left before an offset, without reading it.
func (w *wire) skipTo(off int64) {
	n := off - w.off()
	if w.err != nil || n <= 0 {
		return
	}
	if n > int64(len(w.buf)-w.pos) {
		w.size = skipWindow
	}
	w.skip(uint64(n))
}

// bytes reads the content of a field into a buffer that is used again. Content
// must be UTF-8 of a limited length.
func (w *wire) bytes(dst []byte, f wireField, limit int64) []byte {
	if w.err == nil && f.size > limit {
		w.failAt(f.at, ErrLimit, "a text of %d bytes, the limit is %d", f.size, limit)
	}
	dst = w.raw(dst, f.size)
	if !utf8.Valid(dst) {
		w.failAt(f.from, ErrMalformed, "a text that is not UTF-8")
		return dst[:0]
	}
	return dst
}

// raw reads n bytes into a buffer, and nothing after an error.
func (w *wire) raw(dst []byte, n int64) []byte {
	dst = dst[:0]
	for n > 0 && w.need(1) {
		have := w.buf[w.pos:]
		have = have[:min(n, int64(len(have)))]
		dst = append(dst, have...)
		w.pos += len(have)
		n -= int64(len(have))
	}
	if w.err != nil {
		return dst[:0]
	}
	return dst
}

// varints counts the varints that a field's content holds, reading all of it.
func (w *wire) varints(f wireField) (count int64) {
	run := 0
	for n := f.size; n > 0 && w.need(1); {
		have := w.buf[w.pos:]
		have = have[:min(n, int64(len(have)))]
		for _, b := range have {
			if b < 0x80 {
				count++
				run = 0
			} else if run++; run == maxVarint {
				w.failAt(f.at, ErrMalformed, "a varint of more than %d bytes", maxVarint)
				return 0
			}
		}
		w.pos += len(have)
		n -= int64(len(have))
	}
	if run > 0 {
		w.failAt(f.at, ErrMalformed, "packed varints end inside one")
	}
	return count
}
