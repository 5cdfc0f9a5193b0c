package format

import (
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// maxJSONDepth bounds the nesting of a JSON value that is passed over.
const maxJSONDepth = 64

// maxJSONLiteral bounds a number or word in bytes.
const maxJSONLiteral = 64

// A scanner reads JSON (RFC 8259) from a cursor, piece by piece. encoding/json
// is not used because it accepts duplicate names, matches names in any case and
// replaces invalid UTF-8, each of which lets two readers see two files in one.
// The caller drives the scanner by the shape that it expects, so that no tree is
// built and nothing recurses.
type scanner struct {
	*cursor
	// scratch holds the last text or literal, until the next one.
	scratch []byte
}

// space passes over white space and reports whether anything follows.
func (s *scanner) space() bool {
	for s.left() > 0 && s.need(1) {
		switch s.buf[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return true
		}
	}
	return false
}

// peek returns the next byte that is no white space. The end is a failure.
func (s *scanner) peek() byte {
	if !s.space() {
		s.need(1)
		return 0
	}
	return s.buf[s.pos]
}

// take consumes b if it comes next.
func (s *scanner) take(b byte) bool {
	if s.peek() != b || s.err != nil {
		return false
	}
	s.pos++
	return true
}

func (s *scanner) expect(b byte) {
	if !s.take(b) && s.err == nil {
		s.fail(ErrMalformed, "%q instead of %q", s.buf[s.pos], b)
	}
}

// object reads an object and calls member after each name, with the name and
// its place. The name is valid until the next text is read. Names longer than
// maxName bytes are over the limit.
func (s *scanner) object(maxName int, member func(at int64, name []byte)) {
	s.expect('{')
	if s.take('}') {
		return
	}
	for s.err == nil {
		at, name := s.name(maxName)
		if s.err != nil {
			return
		}
		member(at, name)
		if !s.take(',') {
			s.expect('}')
			return
		}
	}
}

// name reads a member's name and the colon behind it.
func (s *scanner) name(maxName int) (at int64, name []byte) {
	s.peek()
	at = s.off()
	name = s.text(maxName)
	s.expect(':')
	return at, name
}

// array reads an array and calls item before each item.
func (s *scanner) array(item func()) {
	s.expect('[')
	if s.take(']') {
		return
	}
	for s.err == nil {
		item()
		if !s.take(',') {
			s.expect(']')
			return
		}
	}
}

// text reads a string of at most limit bytes, valid until the next text.
func (s *scanner) text(limit int) []byte {
	s.expect('"')
	start := s.off()
	s.scratch = s.scratch[:0]
	for s.need(1) {
		n := plain(s.buf[s.pos:])
		if cap(s.scratch)-len(s.scratch) < n {
			s.scratch = slices.Grow(s.scratch, len(s.scratch)+n)
		}
		s.scratch = append(s.scratch, s.buf[s.pos:s.pos+n]...)
		s.pos += n
		if len(s.scratch) > limit {
			s.failAt(start, ErrLimit, "a text of more than %d bytes", limit)
			return nil
		}
		if s.pos == len(s.buf) {
			continue
		}
		switch b := s.buf[s.pos]; b {
		case '"':
			s.validate(start)
			s.pos++
			return s.scratch
		case '\\':
			s.pos++
			s.escape()
		default:
			s.fail(ErrMalformed, "control character %q in a text", b)
		}
	}
	return nil
}

// plain returns the number of bytes before a quote, backslash or control
// character.
func plain(b []byte) int {
	for i, c := range b {
		if c == '"' || c == '\\' || c < ' ' {
			return i
		}
	}
	return len(b)
}

// validate checks the text in scratch, which began at start and ends at the
// next byte. Escapes decode to whole characters, so they cannot mend bytes that
// are broken around them.
func (s *scanner) validate(start int64) {
	if utf8.Valid(s.scratch) {
		return
	}
	if int64(len(s.scratch)) == s.off()-start {
		for i := 0; i < len(s.scratch); {
			r, n := utf8.DecodeRune(s.scratch[i:])
			if r == utf8.RuneError && n == 1 {
				start += int64(i)
				break
			}
			i += n
		}
	}
	s.failAt(start, ErrMalformed, "the text is not UTF-8")
}

// escape reads what follows a backslash.
func (s *scanner) escape() {
	at := s.off() - 1
	switch b := s.u8(); b {
	case '"', '\\', '/':
		s.scratch = append(s.scratch, b)
	case 'b':
		s.scratch = append(s.scratch, '\b')
	case 'f':
		s.scratch = append(s.scratch, '\f')
	case 'n':
		s.scratch = append(s.scratch, '\n')
	case 'r':
		s.scratch = append(s.scratch, '\r')
	case 't':
		s.scratch = append(s.scratch, '\t')
	case 'u':
		s.scratch = utf8.AppendRune(s.scratch, s.codePoint(at))
	default:
		s.failAt(at, ErrMalformed, "escape %q in a text", b)
	}
}

// codePoint reads the digits of a \u escape and, for the first half of a
// surrogate pair, the second escape. Half a pair names no character.
func (s *scanner) codePoint(at int64) rune {
	r := s.hex4()
	if !utf16.IsSurrogate(r) {
		return r
	}
	if s.u8() == '\\' && s.u8() == 'u' {
		if r = utf16.DecodeRune(r, s.hex4()); r != utf8.RuneError {
			return r
		}
	}
	s.failAt(at, ErrMalformed, "half a surrogate pair")
	return 0
}

func (s *scanner) hex4() rune {
	var r rune
	for range 4 {
		at := s.off()
		b := s.u8()
		switch {
		case '0' <= b && b <= '9':
			r = r<<4 | rune(b-'0')
		case 'a' <= b && b <= 'f':
			r = r<<4 | rune(b-'a'+10)
		case 'A' <= b && b <= 'F':
			r = r<<4 | rune(b-'A'+10)
		default:
			s.failAt(at, ErrMalformed, "%q is no hexadecimal digit", b)
		}
	}
	return r
}

// uint reads a whole number without sign, fraction and exponent.
func (s *scanner) uint() uint64 {
	s.peek()
	at := s.off()
	lit := s.literal()
	var n uint64
	for _, b := range lit {
		d := uint64(b - '0')
		if b < '0' || b > '9' || len(lit) > 1 && lit[0] == '0' {
			s.failAt(at, ErrMalformed, "%s is not a whole number", quote(lit))
			return 0
		}
		if n > (1<<64-1-d)/10 {
			s.failAt(at, ErrMalformed, "%s does not fit into 64 bits", quote(lit))
			return 0
		}
		n = 10*n + d
	}
	return n
}

// literal reads a number or a word such as null, valid until the next text.
func (s *scanner) literal() []byte {
	s.peek()
	s.scratch = s.scratch[:0]
	for s.left() > 0 && s.need(1) {
		b := s.buf[s.pos]
		if !(b == '-' || b == '+' || b == '.' || '0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z') {
			break
		}
		if len(s.scratch) == maxJSONLiteral {
			s.fail(ErrLimit, "a number of more than %d digits", maxJSONLiteral)
			return nil
		}
		s.scratch = append(s.scratch, b)
		s.pos++
	}
	if s.err == nil && len(s.scratch) == 0 {
		s.fail(ErrMalformed, "%q where a value must stand", s.buf[s.pos])
	}
	return s.scratch
}

// skip passes over one value of any kind.
func (s *scanner) skip() {
	var open []byte // the closing brackets still to come
	for s.err == nil {
		switch b := s.peek(); b {
		case '{', '[':
			s.pos++
			if s.take(b + 2) { // in ASCII a bracket and its partner are two apart
				break
			}
			if len(open) == maxJSONDepth {
				s.fail(ErrLimit, "nested deeper than %d", maxJSONDepth)
				return
			}
			open = append(open, b+2)
			s.next(b + 2)
			continue
		case '"':
			s.text(int(s.left()))
		default:
			s.word()
		}
		for s.err == nil && len(open) > 0 && !s.take(',') {
			s.expect(open[len(open)-1])
			open = open[:len(open)-1]
		}
		if len(open) == 0 {
			return
		}
		s.next(open[len(open)-1])
	}
}

// next reads up to the next value inside a container with the given closing
// bracket: in an object that is a name.
func (s *scanner) next(closing byte) {
	if closing == '}' {
		s.name(int(s.left()))
	}
}

// word reads a literal that must be a number or one of JSON's three words.
func (s *scanner) word() {
	at := s.off()
	lit := s.literal()
	switch string(lit) {
	case "null", "true", "false":
		return
	}
	if s.err == nil && !number(lit) {
		s.failAt(at, ErrMalformed, "%s is no JSON value", quote(lit))
	}
}

// number reports whether b is a number in JSON's grammar.
func number(b []byte) bool {
	if len(b) > 0 && b[0] == '-' {
		b = b[1:]
	}
	whole := digits(b)
	if whole == 0 || whole > 1 && b[0] == '0' {
		return false
	}
	b = b[whole:]
	if len(b) > 0 && b[0] == '.' {
		n := digits(b[1:])
		if n == 0 {
			return false
		}
		b = b[1+n:]
	}
	if len(b) > 0 && (b[0] == 'e' || b[0] == 'E') {
		b = b[1:]
		if len(b) > 0 && (b[0] == '+' || b[0] == '-') {
			b = b[1:]
		}
		n := digits(b)
		return n > 0 && n == len(b)
	}
	return len(b) == 0
}

// digits returns the number of decimal digits that b begins with.
func digits(b []byte) int {
	for i, c := range b {
		if c < '0' || c > '9' {
			return i
		}
	}
	return len(b)
}
