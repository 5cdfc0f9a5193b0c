package format

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// maxLooseDepth bounds the nesting. Models in models take some ten levels
	// each; Python's own reader ends at 1,000.
	maxLooseDepth = 1000
	// maxLooseText bounds a text that EachText tells, in bytes.
	maxLooseText = 1 << 20
	// maxLooseKey bounds the path of a key that EachText tells, in bytes.
	maxLooseKey = 256
)

// PlainText decodes a text as Python's json.loads does with bytes: UTF-8, with a
// byte order mark or without, or UTF-16. It is false for UTF-32.
func PlainText(b []byte) ([]byte, bool) { return pythonText(b) }

// EachText tells every text, number and word of a JSON file, with the path of
// its key such as "auto_map.AutoModel" or "chat_template[1].template". It reads
// as Python does, and tells names that are there twice twice; so it finds what
// a reader that is strict refuses. Whole is false when the file is no JSON behind some
// place, deep when it is nested deeper there than is read.
func EachText(text []byte, each func(key, value string, isText bool)) (whole, deep bool) {
	plain, ok := pythonText(text)
	if !ok {
		return false, false
	}
	j := looseJSON{text: plain, most: maxLooseText}
	j.value = func(s string, isText bool) { each(j.path(), s, isText) }
	whole = j.walk()
	return whole, j.deep
}

// pythonText decodes a text as json.detect_encoding of Python does.
func pythonText(b []byte) ([]byte, bool) {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		return b[3:], true
	case bytes.HasPrefix(b, []byte("\xff\xfe\x00\x00")) || bytes.HasPrefix(b, []byte("\x00\x00\xfe\xff")) || len(b) >= 4 && (b[0] == 0 && b[1] == 0 || b[1] == 0 && b[2] == 0 && b[3] == 0):
		return nil, false // UTF-32
	case bytes.HasPrefix(b, []byte("\xff\xfe")) || len(b) >= 2 && b[0] != 0 && b[1] == 0:
		order = binary.LittleEndian
	case bytes.HasPrefix(b, []byte("\xfe\xff")) || len(b) >= 2 && b[0] == 0:
		order = binary.BigEndian
	default:
		return b, true
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = order.Uint16(b[2*i:])
	}
	return bytes.TrimPrefix([]byte(string(utf16.Decode(units))), []byte("\xef\xbb\xbf")), true
}

// A looseFrame is an object or array that is not yet closed.
type looseFrame struct {
	object bool
	name   string // of the member
	index  int    // of the item
}

// A looseJSON reads JSON as Python does: names that are there twice, NaN and
// Infinity, bytes that are no UTF-8. It does not recurse.
type looseJSON struct {
	text []byte
	pos  int
	most int // bytes of a text that are kept
	open []looseFrame
	deep bool // it ended because of the nesting
	// value is called for every text, number or word; begin and end for objects
	// and arrays. Each may be nil.
	value      func(s string, isText bool)
	begin, end func()
}

// key is the name of the member that is being read, empty in an array.
func (j *looseJSON) key() string {
	if n := len(j.open); n > 0 && j.open[n-1].object {
		return j.open[n-1].name
	}
	return ""
}

// path is the key with all that hold it.
func (j *looseJSON) path() string {
	var b strings.Builder
	for _, f := range j.open {
		switch {
		case b.Len() > maxLooseKey:
			return b.String()
		case !f.object:
			b.WriteString("[" + strconv.Itoa(f.index) + "]")
			continue
		case b.Len() > 0:
			b.WriteByte('.')
		}
		b.WriteString(f.name[:min(len(f.name), maxLooseKey)])
	}
	return b.String()
}

// walk reads the text; false when it is no JSON.
func (j *looseJSON) walk() bool {
	for {
		if j.space(); j.pos == len(j.text) {
			return false
		}
		switch b := j.text[j.pos]; {
		case b == '{' || b == '[':
			if len(j.open) == maxLooseDepth {
				j.deep = true
				return false
			}
			if j.begin != nil {
				j.begin()
			}
			j.open = append(j.open, looseFrame{object: b == '{'})
			j.pos++
			if j.space(); j.pos < len(j.text) && j.text[j.pos] == b+2 {
				break // it is closed below
			}
			if !j.name() {
				return false
			}
			continue
		case b == '"':
			s, ok := j.string()
			if !ok {
				return false
			}
			j.tell(s, true)
		default:
			from := j.pos
			if !j.word() {
				return false
			}
			j.tell(string(j.text[from:min(j.pos, from+maxLooseKey)]), false)
		}
		switch more, ok := j.next(); {
		case !ok:
			return false
		case !more:
			return true
		}
	}
}

func (j *looseJSON) tell(s string, isText bool) {
	if j.value != nil {
		j.value(s, isText)
	}
}

// next passes over what stands behind a value: closing brackets, then a comma
// and a name. More is false at the end.
func (j *looseJSON) next() (more, ok bool) {
	for {
		j.space()
		if len(j.open) == 0 {
			return false, len(bytes.Trim(j.text[j.pos:], "\x00")) == 0
		}
		if j.pos == len(j.text) {
			return false, false
		}
		top := &j.open[len(j.open)-1]
		closing := byte(']')
		if top.object {
			closing = '}'
		}
		switch j.text[j.pos] {
		case closing:
			j.pos++
			j.open = j.open[:len(j.open)-1]
			if j.end != nil {
				j.end()
			}
		case ',':
			j.pos++
			top.index++
			return true, j.name()
		default:
			return false, false
		}
	}
}

// name reads the name of a member, in an object.
func (j *looseJSON) name() bool {
	top := &j.open[len(j.open)-1]
	if !top.object {
		return true
	}
	j.space()
	k, ok := j.string()
	if !ok {
		return false
	}
	top.name = k
	if j.space(); j.pos == len(j.text) || j.text[j.pos] != ':' {
		return false
	}
	j.pos++
	return true
}

func (j *looseJSON) space() {
	for j.pos < len(j.text) && strings.IndexByte(" \t\r\n", j.text[j.pos]) >= 0 {
		j.pos++
	}
}

// word passes over a number or one of Python's words.
func (j *looseJSON) word() bool {
	from := j.pos
	for j.pos < len(j.text) && strings.IndexByte(" \t\r\n,]}:\"{[", j.text[j.pos]) < 0 {
		j.pos++
	}
	return j.pos > from
}

// string reads a text with its quotes. Bytes that are no UTF-8 and half
// surrogates are kept as they come.
func (j *looseJSON) string() (string, bool) {
	if j.pos == len(j.text) || j.text[j.pos] != '"' {
		return "", false
	}
	from := j.pos + 1
	for i := from; i < len(j.text); i++ {
		switch j.text[i] {
		case '\\':
			i++
		case '"':
			j.pos = i + 1
			return unescapeJSON(j.text[from:min(i, from+j.most)]), true
		}
	}
	return "", false
}

// jsonEscapes are the letters behind a backslash that stand for something else.
var jsonEscapes = map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', 'b': '\b', 'f': '\f'}

func unescapeJSON(b []byte) string {
	if bytes.IndexByte(b, '\\') < 0 {
		return string(b)
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' || i+1 == len(b) {
			out = append(out, b[i])
			continue
		}
		i++
		c := b[i]
		if c == 'u' && i+5 <= len(b) {
			r := hexRune(b[i+1 : i+5])
			i += 4
			if utf16.IsSurrogate(r) && i+7 <= len(b) && b[i+1] == '\\' && b[i+2] == 'u' {
				if pair := utf16.DecodeRune(r, hexRune(b[i+3:i+7])); pair != utf8.RuneError {
					r = pair
					i += 6
				}
			}
			out = utf8.AppendRune(out, r)
			continue
		}
		if e, ok := jsonEscapes[c]; ok {
			c = e
		}
		out = append(out, c)
	}
	return string(out)
}

// hexRune is the character of the digits behind a \u.
func hexRune(digits []byte) rune {
	n, err := strconv.ParseUint(string(digits), 16, 32)
	if err != nil {
		return utf8.RuneError
	}
	return rune(n)
}
