package modelcard

import (
	"fmt"
	"io"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// str reads a string whose opening quote was read.
func (s *scanner) str() error {
	s.text, s.cutText, s.bad = s.text[:0], false, false
	for {
		c, err := s.readByte()
		if err != nil {
			return s.cutShort(err)
		}
		switch {
		case c == '"':
			s.repair()
			return nil
		case c == '\\':
			if err := s.escape(); err != nil {
				return err
			}
			continue
		case c < ' ':
			s.bad = true
		}
		if s.room(1) {
			s.text = append(s.text, c)
		}
	}
}

// room reports whether n more bytes of text are to be kept.
func (s *scanner) room(n int) bool {
	if s.cutText || len(s.text)+n > s.keep {
		s.cutText = true
		return false
	}
	return true
}

// repair makes the text valid UTF-8. A cut can leave a part of a character at
// the end, which is not the file's fault.
func (s *scanner) repair() {
	if utf8.Valid(s.text) {
		return
	}
	if s.cutText {
		for i := 1; i < utf8.UTFMax && i <= len(s.text); i++ {
			if tail := s.text[len(s.text)-i:]; utf8.RuneStart(tail[0]) && !utf8.FullRune(tail) {
				s.text = s.text[:len(s.text)-i]
				break
			}
		}
	}
	valid := []rune(string(s.text))
	if text := string(valid); text != string(s.text) {
		s.bad = true
		s.text = append(s.text[:0], text...)
	}
}

// escape decodes what follows a backslash.
func (s *scanner) escape() error {
	c, err := s.readByte()
	if err != nil {
		return s.cutShort(err)
	}
	var r rune
	switch c {
	case '"', '\\', '/':
		r = rune(c)
	case 'b':
		r = '\b'
	case 'f':
		r = '\f'
	case 'n':
		r = '\n'
	case 'r':
		r = '\r'
	case 't':
		r = '\t'
	case 'u':
		if r, err = s.unicode(); err != nil {
			return err
		}
	default:
		return s.unexpected(c, "an escape")
	}
	if s.room(utf8.RuneLen(r)) {
		s.text = utf8.AppendRune(s.text, r)
	}
	return nil
}

// unicode decodes the digits of a \u escape, and the second half of a pair. A
// half that stands alone becomes U+FFFD.
func (s *scanner) unicode() (rune, error) {
	r, err := s.hex()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	if next, _ := s.r.Peek(6); len(next) == 6 && next[0] == '\\' && next[1] == 'u' {
		if low, err := strconv.ParseUint(string(next[2:]), 16, 16); err == nil {
			if pair := utf16.DecodeRune(r, rune(low)); pair != utf8.RuneError {
				s.r.Discard(6)
				s.offset += 6
				return pair, nil
			}
		}
	}
	s.bad = true
	return utf8.RuneError, nil
}

func (s *scanner) hex() (rune, error) {
	var r rune
	for range 4 {
		c, err := s.readByte()
		if err != nil {
			return 0, s.cutShort(err)
		}
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, s.unexpected(c, "a hexadecimal digit")
		}
		r = r<<4 | rune(c)
	}
	return r, nil
}

// maxLiteral bounds numbers and words. The longest number that Python writes
// is a large integer; a float has at most 25 characters.
const maxLiteral = 1024

// literal reads a number, true, false, null, NaN or Infinity.
func (s *scanner) literal(c byte) (token, error) {
	s.text, s.cutText, s.bad = append(s.text[:0], c), false, false
	if !literalByte(c) {
		return tokenEOF, s.unexpected(c, "a value")
	}
	for {
		next, err := s.r.Peek(1)
		if err != nil && err != io.EOF {
			return tokenEOF, plainError(err)
		}
		if err == io.EOF || !literalByte(next[0]) {
			break
		}
		if len(s.text) == maxLiteral {
			return tokenEOF, fmt.Errorf("at byte %d: a number or word of more than %d bytes", s.offset, maxLiteral)
		}
		s.text = append(s.text, next[0])
		s.r.Discard(1)
		s.offset++
	}
	switch text := string(s.text); {
	case text == "true" || text == "false":
		return tokenBool, nil
	case text == "null":
		return tokenNull, nil
	case text == "NaN" || text == "Infinity" || text == "-Infinity" || isNumber(text):
		return tokenNumber, nil
	default:
		return tokenEOF, fmt.Errorf("at byte %d: %q is not a JSON value", s.offset-int64(len(text)), cut(text, 40))
	}
}

func literalByte(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '+' || c == '.'
}

// isNumber reports whether text is a number of RFC 8259, section 6.
func isNumber(text string) bool {
	digits := func() bool {
		n := 0
		for n < len(text) && '0' <= text[n] && text[n] <= '9' {
			n++
		}
		text = text[n:]
		return n > 0
	}
	if text != "" && text[0] == '-' {
		text = text[1:]
	}
	if len(text) > 1 && text[0] == '0' && '0' <= text[1] && text[1] <= '9' || !digits() {
		return false
	}
	if text != "" && text[0] == '.' {
		if text = text[1:]; !digits() {
			return false
		}
	}
	if text != "" && text[0]|0x20 == 'e' {
		text = text[1:]
		if text != "" && (text[0] == '+' || text[0] == '-') {
			text = text[1:]
		}
		return digits() && text == ""
	}
	return text == ""
}
