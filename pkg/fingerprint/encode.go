package fingerprint

import (
	"bufio"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"strconv"
)

// Encode writes the file form of a model. Equal models give equal bytes,
// whatever the order of their lists. It holds one tensor at a time.
//
// A model that the form cannot hold, such as one with two tensors of one name
// in a part, is an error; what was written until then is no whole file. Bytes of
// a text that are not UTF-8 are written as \xNN. Gains and scales are kept
// whatever they are: one that is not a number is a fact about the file. All
// numbers that are none are written as one.
func Encode(w io.Writer, m *Model) error {
	out := bufio.NewWriterSize(w, 64<<10)
	e := encoder{w: out}
	if err := e.model(m); err != nil {
		return fmt.Errorf("encode fingerprint: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("encode fingerprint: %w", err)
	}
	return nil
}

// An encoder builds lines. Errors of writes come from the last Flush.
type encoder struct {
	w    *bufio.Writer
	line []byte
	raw  []byte // scratch
	// tensors counts those of all parts.
	tensors int
}

// end writes the line out.
func (e *encoder) end() {
	_, _ = e.w.Write(append(e.line, '\n')) // the error stays in the writer, and Flush returns it
	e.line = e.line[:0]
}

func (e *encoder) model(m *Model) error {
	if err := m.check(); err != nil {
		return err
	}
	e.open()
	e.text("format", FormName)
	e.number("version", FormVersion)
	e.text("sketch", SketchVersion)
	e.text("mode", string(m.Mode))
	e.text("group", m.Group)
	e.text("name", m.Name)
	e.text("revision", m.Version)
	e.text("purl", m.PURL)
	if err := e.files(m.Files); err != nil {
		return err
	}
	parts, err := sortedNumbers("parts", m.Parts, refOf)
	if err != nil {
		return err
	}
	e.list("parts")
	for i, k := range parts {
		e.item(i)
		if err := e.part(&m.Parts[k]); err != nil {
			return err
		}
	}
	e.line = append(e.line, "]}"...)
	e.end()
	return nil
}

func (e *encoder) files(list []FilePrint) error {
	files, err := sortedNumbers("files", list, pathOf)
	if err != nil || len(files) == 0 {
		return err
	}
	e.list("files")
	for i, k := range files {
		f := &list[k]
		if err := f.check(); err != nil {
			return err
		}
		e.item(i)
		e.open()
		e.text("path", f.Path)
		e.number("size", uint64(f.Size))
		e.text("sha256", f.SHA256)
		e.close()
	}
	e.line = append(e.line, ']')
	return nil
}

func (e *encoder) part(p *Part) error {
	if err := p.check(); err != nil {
		return err
	}
	tensors, err := sortedNumbers("tensors", p.Tensors, nameOf)
	if err != nil {
		return fmt.Errorf("part %q: %w", short(p.Ref), err)
	}
	if e.tensors += len(tensors); e.tensors > MaxFormTensors {
		return fmt.Errorf("more than %d tensors", MaxFormTensors)
	}
	e.open()
	e.text("ref", p.Ref)
	e.text("role", p.Role)
	e.text("family", p.Family)
	e.text("architecture", p.Architecture)
	e.count("heads", int64(p.Heads))
	e.count("kvHeads", int64(p.KVHeads))
	e.text("weightsDigest", p.WeightsDigest)
	e.count("parameters", p.Parameters)
	e.count("layers", int64(p.Layers))
	e.count("unread", int64(p.Unread))
	if p.Tokenizer != nil {
		e.tokenizer(p.Tokenizer)
	}
	if len(tensors) > 0 {
		e.list("tensors")
		for i, k := range tensors {
			e.item(i)
			if err := e.tensor(&p.Tensors[k]); err != nil {
				return fmt.Errorf("part %q: %w", short(p.Ref), err)
			}
		}
		e.line = append(e.line, ']')
	}
	e.close()
	return nil
}

func (e *encoder) tensor(t *TensorPrint) error {
	if err := t.check(); err != nil {
		return err
	}
	e.open()
	e.member("name")
	e.quote(t.Name)
	e.text("role", t.Role)
	e.optional("layer", t.Layer)
	e.optional("expert", t.Expert)
	if len(t.Shape) > 0 {
		e.member("shape")
		e.line = append(e.line, '[')
		for i, n := range t.Shape {
			if i > 0 {
				e.line = append(e.line, ',')
			}
			e.line = strconv.AppendUint(e.line, n, 10)
		}
		e.line = append(e.line, ']')
	}
	e.text("dtype", string(t.DType))
	e.text("scheme", t.Scheme)
	e.count("bytes", t.Bytes)
	e.digest("payload", t.Payload)
	e.digest("value", t.Value)
	e.text("form", string(t.Form))
	e.text("class", string(t.Class))
	e.text("reason", t.Reason)
	e.count("nonFinite", int64(t.NonFinite))
	e.views(t.Views)
	e.words("rowCodes", t.Rows)
	e.words("columnCodes", t.Columns)
	e.floats("gains", t.Gains)
	e.close()
	return nil
}

func (e *encoder) views(list []View) {
	if len(list) == 0 {
		return
	}
	e.member("views")
	e.line = append(e.line, '[')
	for i := range list {
		v := &list[i]
		if i > 0 {
			e.line = append(e.line, ',')
		}
		e.open()
		e.text("transform", v.Transform)
		e.number("rows", v.Rows)
		e.number("cols", v.Cols)
		e.windows(v.Windows)
		e.floats("scales", v.Scales)
		e.raw = e.raw[:0]
		for _, n := range v.Values {
			e.raw = binary.LittleEndian.AppendUint16(e.raw, uint16(n))
		}
		e.packed("values")
		e.close()
	}
	e.line = append(e.line, ']')
}

// allUsed is a window in which every element says something, as in nearly all.
const allUsed = 1<<WindowSize - 1

func everyUsed(list []Window) bool {
	for _, w := range list {
		if w.Used != allUsed {
			return false
		}
	}
	return true
}

func (e *encoder) windows(list []Window) {
	e.raw = e.raw[:0]
	for _, w := range list {
		e.raw = binary.LittleEndian.AppendUint32(e.raw, w.Signs)
	}
	e.packed("signs")
	if !everyUsed(list) {
		e.raw = e.raw[:0]
		for _, w := range list {
			e.raw = binary.LittleEndian.AppendUint32(e.raw, w.Used)
		}
		e.packed("used")
	}
	e.raw = e.raw[:0]
	for _, w := range list {
		e.raw = binary.LittleEndian.AppendUint16(e.raw, w.Extremes)
	}
	e.packed("extremes")
}

func (e *encoder) tokenizer(t *TokenizerPrint) {
	e.member("tokenizer")
	e.open()
	e.text("type", t.Type)
	e.optional("vocabulary", t.Vocabulary)
	e.optional("merges", t.Merges)
	e.text("vocabularyDigest", t.VocabularyDigest)
	e.text("tokensDigest", t.TokensDigest)
	e.text("mergesDigest", t.MergesDigest)
	e.optional("tokens", t.Tokens)
	e.text("tokenMap", t.TokenMap)
	e.longs("tokenPrefixes", t.TokenPrefixes)
	e.longs("mergePrefixes", t.MergePrefixes)
	e.raw = e.raw[:0]
	for _, s := range t.Sample {
		e.raw = binary.LittleEndian.AppendUint64(e.raw, s.Hash)
	}
	e.packed("sampleHashes")
	e.raw = e.raw[:0]
	for _, s := range t.Sample {
		e.raw = binary.LittleEndian.AppendUint32(e.raw, s.ID)
	}
	e.packed("sampleIDs")
	if len(t.Special) > 0 {
		e.member("special")
		e.line = append(e.line, '[')
		for i, s := range t.Special {
			if i > 0 {
				e.line = append(e.line, ',')
			}
			e.quote(s)
		}
		e.line = append(e.line, ']')
	}
	e.close()
}

// words packs 32-bit numbers, longs 64-bit ones, and floats those of IEEE 754.
func (e *encoder) words(name string, list []uint32) {
	e.raw = e.raw[:0]
	for _, n := range list {
		e.raw = binary.LittleEndian.AppendUint32(e.raw, n)
	}
	e.packed(name)
}

func (e *encoder) longs(name string, list []uint64) {
	e.raw = e.raw[:0]
	for _, n := range list {
		e.raw = binary.LittleEndian.AppendUint64(e.raw, n)
	}
	e.packed(name)
}

func (e *encoder) floats(name string, list []float32) {
	e.raw = e.raw[:0]
	for _, f := range list {
		e.raw = binary.LittleEndian.AppendUint32(e.raw, floatBits(f))
	}
	e.packed(name)
}

// floatBits are the bits of a number, with one pattern for all that are none:
// which one a computation gives depends on the processor.
func floatBits(f float32) uint32 {
	if f != f {
		return 0x7fc00000
	}
	return math.Float32bits(f)
}

// packed writes e.raw as base64. An empty list is left out.
func (e *encoder) packed(name string) {
	if len(e.raw) == 0 {
		return
	}
	e.member(name)
	e.line = append(e.line, '"')
	e.line = base64.StdEncoding.AppendEncode(e.line, e.raw)
	e.line = append(e.line, '"')
}

func (e *encoder) digest(name string, sum [32]byte) {
	if sum == ([32]byte{}) {
		return
	}
	e.member(name)
	e.line = append(e.line, '"')
	e.line = hex.AppendEncode(e.line, sum[:])
	e.line = append(e.line, '"')
}

// text leaves an empty text out.
func (e *encoder) text(name, value string) {
	if value != "" {
		e.member(name)
		e.quote(value)
	}
}

func (e *encoder) number(name string, n uint64) {
	e.member(name)
	e.line = strconv.AppendUint(e.line, n, 10)
}

// count leaves 0 out, optional a negative number.
func (e *encoder) count(name string, n int64) {
	if n != 0 {
		e.number(name, uint64(n))
	}
}

func (e *encoder) optional(name string, n int) {
	if n >= 0 {
		e.number(name, uint64(n))
	}
}

// list begins a list whose items have lines of their own.
func (e *encoder) list(name string) {
	e.member(name)
	e.line = append(e.line, '[')
}

// item begins item i of such a list on a line of its own.
func (e *encoder) item(i int) {
	if i > 0 {
		e.line = append(e.line, ',')
	}
	e.end()
}

func (e *encoder) open()  { e.line = append(e.line, '{') }
func (e *encoder) close() { e.line = append(e.line, '}') }

// member begins a member. A line never ends right before one, so that what
// stands before it is known.
func (e *encoder) member(name string) {
	if e.line[len(e.line)-1] != '{' {
		e.line = append(e.line, ',')
	}
	e.line = append(e.line, '"')
	e.line = append(e.line, name...)
	e.line = append(e.line, `":`...)
}

// quote writes a JSON string (RFC 8259, section 7). Control characters are
// escaped, with U+007F, and nothing else that need not be.
func (e *encoder) quote(s string) {
	const digits = "0123456789abcdef"
	e.line = append(e.line, '"')
	for _, c := range []byte(plainText(s)) {
		switch {
		case c == '"' || c == '\\':
			e.line = append(e.line, '\\', c)
		case c < ' ' || c == 0x7f:
			e.line = append(e.line, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			e.line = append(e.line, c)
		}
	}
	e.line = append(e.line, '"')
}
