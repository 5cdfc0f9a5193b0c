package fingerprint

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// A jsonReader reads JSON (RFC 8259) as a stream, in memory that does not grow
// with it. encoding/json is not used because it lets a member be given twice,
// finds members whatever their case, and holds whole values: two readers could
// then see two fingerprints in one file.
type jsonReader struct {
	r     *bufio.Reader
	at    int64  // bytes read
	depth int    // of open objects and arrays
	text  []byte // the last text
	plain []byte // the same without escapes
}

const (
	// maxFormDepth bounds nesting. The form itself needs 8.
	maxFormDepth = 32
	// maxFormNumber bounds a number in bytes. The longest that is kept has 20.
	maxFormNumber = 64
	// maxFormUnknown bounds a text that is passed over, in bytes.
	maxFormUnknown = 1 << 20
)

func newJSONReader(r io.Reader) *jsonReader {
	return &jsonReader{r: bufio.NewReaderSize(r, 64<<10)}
}

// object reads an object and calls f for every member whose name is among names.
// Others are passed over. A known one given twice is an error.
func (d *jsonReader) object(names []string, f func(name string) error) error {
	if err := d.open('{'); err != nil {
		return err
	}
	var seen uint64 // no object has more than 64 known members
	for first := true; ; first = false {
		more, err := d.more('}', first)
		if err != nil || !more {
			return err
		}
		key, err := d.str(MaxFormText)
		if err != nil {
			return err
		}
		i := slices.Index(names, string(key))
		if err := d.expect(':'); err != nil {
			return err
		}
		switch {
		case i < 0:
			err = d.skip()
		case seen>>i&1 != 0:
			err = fmt.Errorf("the member %q is given twice", names[i])
		default:
			seen |= 1 << i
			if err = f(names[i]); err != nil {
				err = fmt.Errorf("%s: %w", names[i], err)
			}
		}
		if err != nil {
			return err
		}
	}
}

// array reads an array and calls f for every item.
func (d *jsonReader) array(f func() error) error {
	if err := d.open('['); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := d.more(']', first)
		if err != nil || !more {
			return err
		}
		if err := f(); err != nil {
			return err
		}
	}
}

func (d *jsonReader) open(bracket byte) error {
	if d.depth++; d.depth > maxFormDepth {
		return fmt.Errorf("nested deeper than %d levels", maxFormDepth)
	}
	return d.expect(bracket)
}

// more reads what stands before an item of an object or array: a comma, or the
// end.
func (d *jsonReader) more(end byte, first bool) (bool, error) {
	c, err := d.space()
	switch {
	case err != nil:
		return false, err
	case c == end:
		d.skipByte()
		d.depth--
		return false, nil
	case first:
		return true, nil
	case c == ',':
		d.skipByte()
		return true, nil
	}
	return false, fmt.Errorf("%q where a comma should be", rune(c))
}

// end checks that nothing but white space follows.
func (d *jsonReader) end() error {
	switch _, err := d.space(); {
	case err == io.ErrUnexpectedEOF:
		return nil
	case err != nil:
		return err
	}
	return errors.New("there is more after the end")
}

func (d *jsonReader) expect(want byte) error {
	c, err := d.space()
	if err != nil {
		return err
	}
	if c != want {
		return fmt.Errorf("%q where %q should be", rune(c), rune(want))
	}
	d.skipByte()
	return nil
}

// space passes over white space and returns the byte behind it, which is not
// read yet.
func (d *jsonReader) space() (byte, error) {
	for {
		b, err := d.peek()
		if err != nil {
			return 0, err
		}
		for i, c := range b {
			if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
				d.discard(i)
				return c, nil
			}
		}
		d.discard(len(b))
	}
}

// peek returns at least one byte that is not read yet.
func (d *jsonReader) peek() ([]byte, error) {
	if _, err := d.r.Peek(1); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return d.r.Peek(d.r.Buffered())
}

func (d *jsonReader) discard(n int) {
	d.r.Discard(n)
	d.at += int64(n)
}

func (d *jsonReader) skipByte() { d.discard(1) }

// str reads a string of at most most bytes. It is valid until the next one.
func (d *jsonReader) str(most int) ([]byte, error) {
	if err := d.expect('"'); err != nil {
		return nil, err
	}
	escaped, err := d.quoted(most)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(d.text, func(c byte) bool { return c < ' ' }) {
		return nil, errors.New("a text has control characters")
	}
	if !utf8.Valid(d.text) {
		return nil, errors.New("a text is not UTF-8")
	}
	text := d.text
	if escaped {
		if text, err = d.unescape(); err != nil {
			return nil, err
		}
	}
	if len(text) > most {
		return nil, fmt.Errorf("a text of more than %d bytes", most)
	}
	return text, nil
}

// quoted reads up to the closing quote. An escape may take six bytes for one.
func (d *jsonReader) quoted(most int) (escaped bool, err error) {
	d.text = d.text[:0]
	for odd := false; ; { // odd: the last byte is a backslash that escapes
		b, err := d.peek()
		if err != nil {
			return false, err
		}
		n := 0
		if odd {
			n, odd = 1, false
		} else if n = bytes.IndexAny(b, `"\`); n < 0 {
			n = len(b)
		} else if b[n] == '"' {
			d.text = append(d.text, b[:n]...)
			d.discard(n + 1)
			return escaped, d.tooLong(most)
		} else {
			n, odd, escaped = n+1, true, true
		}
		d.text = append(d.text, b[:n]...)
		d.discard(n)
		if err := d.tooLong(most); err != nil {
			return false, err
		}
	}
}

func (d *jsonReader) tooLong(most int) error {
	if len(d.text) > 6*most+6 {
		return fmt.Errorf("a text of more than %d bytes", most)
	}
	return nil
}

// unescape decodes d.text. Half of a surrogate pair is U+FFFD.
func (d *jsonReader) unescape() ([]byte, error) {
	var s string
	if err := json.Unmarshal(slices.Concat([]byte{'"'}, d.text, []byte{'"'}), &s); err != nil {
		return nil, errors.New("a text has an escape that is none")
	}
	d.plain = append(d.plain[:0], s...)
	return d.plain, nil
}

// packed reads base64 of at most most items of size bytes. It is valid until the
// next text.
func (d *jsonReader) packed(size, most int) ([]byte, error) {
	text, err := d.str(base64.StdEncoding.EncodedLen(size * most))
	if err != nil {
		return nil, err
	}
	// A decoder never writes where it has yet to read.
	n, err := base64.StdEncoding.Strict().Decode(text, text)
	switch {
	case err != nil:
		return nil, err
	case base64.StdEncoding.EncodedLen(n) != len(text): // Decode passes over newlines
		return nil, errors.New("base64 with newlines")
	case n%size != 0:
		return nil, fmt.Errorf("%d bytes are no whole number of items of %d bytes", n, size)
	case n > size*most:
		return nil, fmt.Errorf("%d items, the limit is %d", n/size, most)
	}
	return text[:n], nil
}

// number reads a whole number that is not negative.
func (d *jsonReader) number(most uint64) (uint64, error) {
	text, err := d.literal()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil || n > most || text[0] == '0' && len(text) > 1 || text[0] == '+' {
		return 0, fmt.Errorf("%q is not a whole number from 0 to %d", text, most)
	}
	return n, nil
}

func (d *jsonReader) int() (int, error) {
	n, err := d.number(math.MaxInt)
	return int(n), err
}

// literal reads what looks like a number, true, false or null.
func (d *jsonReader) literal() ([]byte, error) {
	if _, err := d.space(); err != nil {
		return nil, err
	}
	d.text = d.text[:0]
	for {
		b, err := d.peek()
		if err != nil && err != io.ErrUnexpectedEOF {
			return nil, err
		}
		n := 0
		for n < len(b) && ('a' <= b[n]|0x20 && b[n]|0x20 <= 'z' || '0' <= b[n] && b[n] <= '9' || b[n] == '-' || b[n] == '+' || b[n] == '.') {
			n++
		}
		if len(d.text)+n > maxFormNumber {
			return nil, fmt.Errorf("a number of more than %d bytes", maxFormNumber)
		}
		d.text = append(d.text, b[:n]...)
		d.discard(n)
		if n == 0 || n < len(b) {
			break
		}
	}
	if !json.Valid(d.text) {
		return nil, fmt.Errorf("%q is no value", d.text)
	}
	return d.text, nil
}

// skip passes over a value. It goes no deeper than maxFormDepth.
func (d *jsonReader) skip() error {
	c, err := d.space()
	if err != nil {
		return err
	}
	switch c {
	case '{':
		return d.object(nil, nil)
	case '[':
		return d.array(d.skip)
	case '"':
		_, err = d.str(maxFormUnknown)
	default:
		_, err = d.literal()
	}
	return err
}
