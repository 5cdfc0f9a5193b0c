package license

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// The names of Identification.Encoding. "latin-1" is Windows-1252, which has
// letters and quotation marks where ISO 8859-1 has control characters.
const (
	encodingUTF8    = "utf-8"
	encodingUTF16LE = "utf-16le"
	encodingUTF16BE = "utf-16be"
	encodingLatin1  = "latin-1"
)

const (
	// encodingSample is how much of the beginning decides about an encoding
	// that no byte order mark names, in bytes.
	encodingSample = 4 << 10
	// maxControls is the share of control characters that a text may have: one
	// in so many. Old texts have a few form feeds, escapes and a final ^Z; what
	// is compressed or compiled has one in eight.
	maxControls = 200
)

// A text is what was read of a file, in UTF-8.
type text struct {
	string
	encoding  string
	truncated bool
	// at holds the place in the input of each byte, and of the end. It is nil
	// where the two are the same.
	at []int32
}

// place returns where a byte of the text is in the input.
func (t text) place(i int) int {
	if t.at == nil {
		return i
	}
	return int(t.at[i])
}

// decode reads the first MaxText bytes of a file. The second result says why it
// is no text, and is empty for one.
func decode(data []byte) (text, string) {
	truncated := len(data) > MaxText
	if truncated {
		data = data[:MaxText]
	}
	t, ok := decodeAs(data, encodingOf(data))
	if !ok {
		return text{truncated: truncated}, "not a text"
	}
	t.truncated = truncated
	if isHTML(t.string) {
		t = withoutTags(t)
	}
	return t, ""
}

// encodingOf names the encoding of a text, by its byte order mark or by where
// its zeros are.
func encodingOf(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return encodingUTF16LE
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return encodingUTF16BE
	}
	sample := data[:min(len(data), encodingSample)]
	var zeros [2]int
	for i, c := range sample {
		if c == 0 {
			zeros[i%2]++
		}
	}
	const mostly, hardly = 3, 20 // one in three of all bytes, one in twenty
	switch {
	case zeros[1] > len(sample)/mostly && zeros[0] <= len(sample)/hardly:
		return encodingUTF16LE
	case zeros[0] > len(sample)/mostly && zeros[1] <= len(sample)/hardly:
		return encodingUTF16BE
	case isUTF8(data):
		return encodingUTF8
	}
	return encodingLatin1
}

// isUTF8 holds for texts with a few broken bytes too, if more of their letters
// are valid than are not. A sequence may be cut off at the end.
func isUTF8(data []byte) bool {
	valid, broken := 0, 0
	for i := 0; i < len(data); {
		if data[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(data[i:])
		switch {
		case r != utf8.RuneError || n > 1:
			valid++
		case utf8.FullRune(data[i:]):
			broken++
		}
		i += n
	}
	return broken == 0 || valid > 4*broken
}

// decodeAs reports false for what has too many control characters for a text.
func decodeAs(data []byte, encoding string) (text, bool) {
	switch encoding {
	case encodingUTF16LE:
		return decodeUTF16(data, encoding, binary.LittleEndian)
	case encodingUTF16BE:
		return decodeUTF16(data, encoding, binary.BigEndian)
	case encodingLatin1:
		return decodeLatin1(data)
	}
	start := 0
	if bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) {
		start = 3
	}
	if start == 0 && utf8.Valid(data) {
		return text{string: string(data), encoding: encodingUTF8}, fewControls(string(data))
	}
	b := builder{}
	for i := start; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		b.add(r, i)
		i += n
	}
	return b.text(encoding, len(data))
}

func decodeUTF16(data []byte, encoding string, order binary.ByteOrder) (text, bool) {
	b := builder{}
	unit := func(i int) rune {
		if i+2 > len(data) {
			return -1
		}
		return rune(order.Uint16(data[i:]))
	}
	for i := 0; i+2 <= len(data); i += 2 {
		r, second := unit(i), unit(i+2)
		switch {
		case i == 0 && r == '\ufeff':
		case 0xd800 <= r && r < 0xdc00 && 0xdc00 <= second && second < 0xe000:
			b.add((r-0xd800)<<10|(second-0xdc00)+0x10000, i)
			i += 2
		default:
			b.add(r, i)
		}
	}
	return b.text(encoding, len(data))
}

// windows1252 is what Windows-1252 has from 0x80 to 0x9F; U+FFFD where it has
// nothing.
var windows1252 = [32]rune{
	'€', utf8.RuneError, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', utf8.RuneError, 'Ž', utf8.RuneError,
	utf8.RuneError, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', utf8.RuneError, 'ž', 'Ÿ',
}

func decodeLatin1(data []byte) (text, bool) {
	b := builder{}
	for i, c := range data {
		r := rune(c)
		if 0x80 <= c && c < 0xa0 {
			r = windows1252[c-0x80]
		}
		b.add(r, i)
	}
	return b.text(encodingLatin1, len(data))
}

// A builder writes a text and where each byte of it came from.
type builder struct {
	out []byte
	at  []int32
}

// add appends a character that began at byte i of the input. What is no
// character becomes U+FFFD.
func (b *builder) add(r rune, i int) {
	b.out = utf8.AppendRune(b.out, r)
	for len(b.at) < len(b.out) {
		b.at = append(b.at, int32(i))
	}
}

func (b *builder) text(encoding string, end int) (text, bool) {
	t := text{string: string(b.out), encoding: encoding, at: append(b.at, int32(end))}
	return t, fewControls(t.string)
}

// fewControls holds for texts: they have no zeros, and hardly any other control
// characters or broken ones.
func fewControls(s string) bool {
	controls := 0
	for _, r := range s {
		switch {
		case r == 0:
			return false
		case r < ' ' && (r < '\t' || r > '\r'), r == 0x7f, r == utf8.RuneError:
			controls++
		}
	}
	return controls <= 1+len(s)/maxControls
}
