package pickle

import (
	"encoding/binary"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// maxDigits bounds a decimal integer that is kept: 255 bytes, the most that
// LONG1 holds, have 615 digits.
const maxDigits = 640

// number runs the opcodes that push a constant or a number.
func (m *machine) number(op byte, at int64) bool {
	var v Value
	switch op {
	case opNone:
		v = None{}
	case opNewTrue:
		v = Bool(true)
	case opNewFalse:
		v = Bool(false)
	case opInt:
		v = m.lineInt(at)
	case opLong:
		v = m.lineLong(at)
	case opFloat:
		v = m.lineFloat(at)
	case opBinInt1:
		v = Int(m.in.uint(1))
	case opBinInt2:
		v = Int(m.in.uint(2))
	case opBinInt:
		v = Int(int32(m.in.uint(4)))
	case opBinFloat:
		v = Float(0)
		if b := m.in.next(8); b != nil {
			v = Float(math.Float64frombits(binary.BigEndian.Uint64(b)))
		}
	case opLong1:
		v = m.long(int64(m.in.uint(1)))
	case opLong4:
		n := int32(m.in.uint(4))
		if n < 0 {
			m.in.fail(at, ErrMalformed, "an integer of %d bytes", n)
			return true
		}
		v = m.long(int64(n))
	default:
		return false
	}
	if m.in.err == nil {
		m.take(slotCost)
		m.push(v, at)
	}
	return true
}

// parseInt reads an integer as Python does: with a sign, a prefix for the base,
// and white space around it.
func parseInt(text string) (int64, bool) {
	text = strings.TrimSpace(text)
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	n, err := strconv.ParseInt(text, 0, 64)
	return n, err == nil
}

// lineInt reads the argument of INT, where 00 and 01 are booleans.
func (m *machine) lineInt(at int64) Value {
	text, long := m.in.line()
	switch n, ok := parseInt(text); {
	case m.in.err != nil:
		return nil
	case text == "00":
		return Bool(false)
	case text == "01":
		return Bool(true)
	case ok:
		return Int(n)
	default:
		return m.lineBig(text, long, at)
	}
}

func (m *machine) lineLong(at int64) Value {
	text, long := m.in.line()
	text = strings.TrimSuffix(text, "L")
	if n, ok := parseInt(text); ok || m.in.err != nil {
		return Int(n)
	}
	return m.lineBig(text, long, at)
}

func (m *machine) lineBig(text string, long bool, at int64) Value {
	if long || len(text) > maxDigits {
		return &Blob{BlobInt, at + 1, m.in.offset() - at - 2}
	}
	n, ok := new(big.Int).SetString(strings.TrimSpace(text), 0)
	if !ok {
		m.in.fail(at, ErrMalformed, "integer %s", quote(text))
		return nil
	}
	m.take(textCost + len(text))
	return BigInt(n.String())
}

func (m *machine) lineFloat(at int64) Value {
	text, _ := m.in.line()
	f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil && m.in.err == nil && !strings.HasSuffix(err.Error(), strconv.ErrRange.Error()) {
		m.in.fail(at, ErrMalformed, "float %s", quote(text))
	}
	return Float(f)
}

// long reads a little-endian integer of n bytes in two's complement.
func (m *machine) long(n int64) Value {
	if n > 255 {
		b := &Blob{BlobInt, m.in.offset(), n}
		m.in.skip(n)
		return b
	}
	b := m.in.next(int(n))
	if len(b) == 0 {
		return Int(0)
	}
	negative := b[n-1] >= 0x80
	if n <= 8 {
		var all [8]byte
		copy(all[:], b)
		v := int64(binary.LittleEndian.Uint64(all[:]))
		if negative && n < 8 {
			v -= 1 << (8 * n)
		}
		return Int(v)
	}
	return m.bigLong(b, negative)
}

func (m *machine) bigLong(b []byte, negative bool) Value {
	reversed := make([]byte, len(b))
	for i, c := range b {
		reversed[len(b)-1-i] = c
	}
	v := new(big.Int).SetBytes(reversed)
	if negative {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	if v.IsInt64() {
		return Int(v.Int64())
	}
	text := v.String()
	m.take(textCost + len(text))
	return BigInt(text)
}
