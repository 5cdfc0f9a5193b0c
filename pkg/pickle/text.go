package pickle

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// text runs the opcodes that push a text or a byte string.
func (m *machine) text(op byte, at int64) bool {
	switch op {
	case opShortBinUnicode:
		m.sized(1, BlobText, at)
	case opBinUnicode:
		m.sized(4, BlobText, at)
	case opBinUnicode8:
		m.sized(8, BlobText, at)
	case opShortBinString:
		m.sized(1, blobString, at)
	case opBinString:
		m.sized(4, blobString, at)
	case opShortBinBytes:
		m.sized(1, BlobBytes, at)
	case opBinBytes:
		m.sized(4, BlobBytes, at)
	case opBinBytes8, opByteArray8:
		m.sized(8, BlobBytes, at)
	case opUnicode:
		m.line(at, func(s string) (Value, bool) { return Text(rawUnicode(s)), true })
	case opString:
		m.line(at, func(s string) (Value, bool) {
			s, ok := unquote(strings.TrimRight(s, " \t\r"))
			if ok && Likely([]byte(s)) {
				m.nested(strings.NewReader(s), at, 0, int64(len(s)))
			}
			return Text(s), ok
		})
	default:
		return false
	}
	return true
}

// blobString is a string of Python 2: text for most, bytes for some.
const blobString BlobKind = "string"

// sized reads a length of some bytes and what it tells the length of.
func (m *machine) sized(width int, kind BlobKind, at int64) {
	n := m.in.uint(width)
	if m.in.err != nil {
		return
	}
	if n > uint64(m.in.left()) || kind == blobString && width == 4 && n > math.MaxInt32 {
		m.in.fail(at, ErrTruncated, "a string of %d bytes, %d left", n, m.in.left())
		return
	}
	begin := m.in.offset()
	v, head := m.stringValue(kind, int64(n))
	if kind != BlobText && m.in.err == nil && Likely(head) {
		m.nested(m.in.src, at, begin, begin+int64(n))
	}
	if m.in.err == nil {
		m.take(textCost + slotCost)
		m.push(v, at)
	}
}

// stringValue reads a string of n bytes, which are there, and returns its first
// bytes too.
func (m *machine) stringValue(kind BlobKind, n int64) (v Value, head []byte) {
	if n > MaxKept {
		b := &Blob{kind, m.in.offset(), n}
		if kind == blobString {
			b.Kind = BlobBytes
		}
		head = append(head, m.in.next(minWindow)...)
		m.in.skip(n - minWindow)
		return b, head
	}
	m.take(int(n))
	head = m.in.next(int(n))
	if kind == BlobBytes {
		return Bytes(head), head
	}
	return Text(head), head
}

// line reads a text that ends with its line.
func (m *machine) line(at int64, decode func(string) (Value, bool)) {
	text, long := m.in.line()
	if m.in.err != nil {
		return
	}
	m.take(textCost + slotCost)
	if long {
		m.push(&Blob{BlobText, at + 1, m.in.offset() - at - 2}, at)
		return
	}
	m.take(len(text))
	v, ok := decode(text)
	if !ok {
		m.in.fail(at, ErrMalformed, "text %s", quote(text))
		return
	}
	m.push(v, at)
}

// rawUnicode decodes Python's encoding raw-unicode-escape: Latin-1 and \u.
func rawUnicode(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		width := unicodeWidth(s[i:])
		if width > 0 && i+2+width <= len(s) {
			if n, err := strconv.ParseUint(s[i+2:i+2+width], 16, 32); err == nil {
				b.WriteRune(rune(min(n, utf8.MaxRune+1)))
				i += 1 + width
				continue
			}
		}
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}

// unicodeWidth is the number of hexadecimal digits of the escape that begins s,
// 0 for none.
func unicodeWidth(s string) int {
	switch {
	case strings.HasPrefix(s, `\u`):
		return 4
	case strings.HasPrefix(s, `\U`):
		return 8
	}
	return 0
}

// escapes are the characters behind a backslash in a string of Python 2.
var escapes = map[byte]byte{'\\': '\\', '\'': '\'', '"': '"', 'a': 7, 'b': 8, 'f': 12, 'n': '\n', 'r': '\r', 't': '\t', 'v': 11}

// unquote decodes a string literal of Python 2 with its quotes.
func unquote(s string) (string, bool) {
	if len(s) < 2 || s[0] != s[len(s)-1] || s[0] != '\'' && s[0] != '"' {
		return "", false
	}
	s = s[1 : len(s)-1]
	if strings.IndexByte(s, '\\') < 0 {
		return s, true
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b = append(b, s[i])
			continue
		}
		i++
		c, n := escape(s[i:])
		if n == 0 {
			b = append(b, '\\', s[i])
			continue
		}
		b = append(b, c)
		i += n - 1
	}
	return string(b), true
}

// escape decodes what stands behind a backslash, and returns how many bytes it
// took, 0 for none that is known.
func escape(s string) (c byte, n int) {
	if c, ok := escapes[s[0]]; ok {
		return c, 1
	}
	if s[0] == 'x' && len(s) >= 3 {
		if v, err := strconv.ParseUint(s[1:3], 16, 8); err == nil {
			return byte(v), 3
		}
		return 0, 0
	}
	var v int
	for n < 3 && n < len(s) && '0' <= s[n] && s[n] <= '7' {
		v = 8*v + int(s[n]-'0')
		n++
	}
	return byte(v), n
}
