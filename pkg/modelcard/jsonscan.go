package modelcard

import (
	"bufio"
	"errors"
	"fmt"
	"io"
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
