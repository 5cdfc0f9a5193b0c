package format

import (
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

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
