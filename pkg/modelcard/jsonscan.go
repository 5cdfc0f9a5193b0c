package modelcard

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// A scanner reads JSON (RFC 8259) token by token in memory that does not grow
// with the input, and checks the grammar as it goes. encoding/json is not used
// because it refuses NaN and Infinity, which Python writes, and reads strings
// of any length into memory.
//
// Beyond RFC 8259 it accepts a byte order mark, NaN, Infinity and -Infinity,
// and, noted in bad, control characters and broken UTF-8 inside strings.
type scanner struct {
	r      *bufio.Reader
	offset int64 // of the next byte
	state  state
	open   []byte // the brackets that are open, '{' or '['

	// keep is the number of bytes that are kept of the next text.
	keep int
	// text is the decoded key, string or literal of the current token. It is
	// overwritten by the next one. cutText tells that it is longer, bad that
	// it held bytes that are not text, which are replaced by U+FFFD.
	text    []byte
	cutText bool
	bad     bool
}

// A state is what the grammar expects next.
type state byte

const (
	wantValue     state = iota
	wantFirstKey        // after '{': a key or '}'
	wantKey             // after ',' in an object
	wantFirstItem       // after '[': a value or ']'
	wantMore            // after a value: ',' or the closing bracket
	wantNothing         // after the outermost value
)

// A token is a kind of JSON token.
type token byte

const (
	tokenEOF token = iota
	tokenObject
	tokenArray
	tokenEnd // of the innermost object or array
	tokenKey
	tokenString
	tokenNumber
	tokenBool
	tokenNull
)

var (
	errTooLarge = errors.New("the file is larger than the limit")
	errTooDeep  = fmt.Errorf("nested deeper than %d levels", maxDepth)
	errCutShort = errors.New("the file ends too early")
	errTrailing = errors.New("there is more after the end of the JSON value")
)

func newScanner(r io.Reader, limit int64, keep int) *scanner {
	s := &scanner{r: bufio.NewReaderSize(&bounded{r, limit}, 32<<10), keep: keep}
	if head, _ := s.r.Peek(3); string(head) == "\uFEFF" {
		s.offset = 3
		s.r.Discard(3)
	}
	return s
}

// next returns the next token. After an error it must not be called again.
func (s *scanner) next() (token, error) {
	c, err := s.skipSpace()
	if err == io.EOF && s.state == wantNothing {
		return tokenEOF, nil
	}
	if err != nil {
		return tokenEOF, s.cutShort(err)
	}
	if s.state == wantMore && c == ',' {
		s.state = wantValue
		if s.open[len(s.open)-1] == '{' {
			s.state = wantKey
		}
		if c, err = s.skipSpace(); err != nil {
			return tokenEOF, s.cutShort(err)
		}
	}
	switch s.state {
	case wantNothing:
		return tokenEOF, errTrailing
	case wantMore:
		return s.end(c)
	case wantFirstKey, wantKey:
		if c == '}' && s.state == wantFirstKey {
			return s.end(c)
		}
		return s.key(c)
	case wantFirstItem:
		if c == ']' {
			return s.end(c)
		}
	}
	return s.value(c)
}

// skip passes over the value that the last returned token began.
func (s *scanner) skip(t token) error {
	if t != tokenObject && t != tokenArray {
		return nil
	}
	keep := s.keep
	s.keep = 0
	defer func() { s.keep = keep }()
	for level := len(s.open); len(s.open) >= level; {
		if _, err := s.next(); err != nil {
			return err
		}
	}
	return nil
}

func (s *scanner) value(c byte) (token, error) {
	switch {
	case c == '{' || c == '[':
		if len(s.open) == maxDepth {
			return tokenEOF, errTooDeep
		}
		s.open = append(s.open, c)
		if c == '{' {
			s.state = wantFirstKey
			return tokenObject, nil
		}
		s.state = wantFirstItem
		return tokenArray, nil
	case c == '"':
		if err := s.str(); err != nil {
			return tokenEOF, err
		}
		s.after()
		return tokenString, nil
	}
	t, err := s.literal(c)
	s.after()
	return t, err
}

func (s *scanner) key(c byte) (token, error) {
	if c != '"' {
		return tokenEOF, s.unexpected(c, "a key")
	}
	if err := s.str(); err != nil {
		return tokenEOF, err
	}
	c, err := s.skipSpace()
	if err != nil {
		return tokenEOF, s.cutShort(err)
	}
	if c != ':' {
		return tokenEOF, s.unexpected(c, "a colon")
	}
	s.state = wantValue
	return tokenKey, nil
}

// end closes the innermost object or array.
func (s *scanner) end(c byte) (token, error) {
	if top := s.open[len(s.open)-1]; c != top+2 { // '{'+2 is '}', '['+2 is ']'
		return tokenEOF, s.unexpected(c, "a comma or the end of the list")
	}
	s.open = s.open[:len(s.open)-1]
	s.after()
	return tokenEnd, nil
}

func (s *scanner) after() {
	s.state = wantMore
	if len(s.open) == 0 {
		s.state = wantNothing
	}
}

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

func (s *scanner) skipSpace() (byte, error) {
	for {
		c, err := s.readByte()
		if err != nil || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c, err
		}
	}
}

func (s *scanner) readByte() (byte, error) {
	c, err := s.r.ReadByte()
	if err == nil {
		s.offset++
	}
	return c, err
}

func (s *scanner) unexpected(c byte, want string) error {
	return fmt.Errorf("at byte %d: %q where %s should be", s.offset-1, string(rune(c)), want)
}

func (s *scanner) cutShort(err error) error {
	if err == io.EOF {
		return errCutShort
	}
	return plainError(err)
}

// bounded reads at most left bytes and then returns errTooLarge, unless the
// input ends exactly there.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left > 0 {
		if int64(len(p)) > b.left {
			p = p[:b.left]
		}
		n, err := b.r.Read(p)
		b.left -= int64(n)
		return n, err
	}
	var probe [1]byte
	n, err := b.r.Read(probe[:])
	if n > 0 {
		return 0, errTooLarge
	}
	return 0, err
}
