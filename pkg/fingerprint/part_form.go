package fingerprint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/modelbom/modelbom/pkg/format"
)

// The binary form of one part, for an index that stores parts as values of a
// database: three quarters of its file form, and several times as fast.
//
//	"mbp" version=1
//	text SketchVersion
//	texts ref, role, family, architecture, weights digest
//	numbers heads, KV heads, parameters, layers, unread
//	0, or 1 and the tokenizer:
//	    text type; signed vocabulary, merges, tokens; texts of 4 digests;
//	    u64 lists of prefixes, of sample hashes; u32 list of sample ids; texts special
//	number of tensors; of each:
//	    text name; word role; signed layer, expert; list of numbers shape;
//	    words dtype, scheme; number bytes; flags; payload and value as flagged;
//	    words form, class, reason; number non-finite
//	    number of views; of each:
//	        word transform; numbers rows, cols, windows; flag;
//	        u32 signs, u32 used as flagged, u16 extremes of the windows;
//	        f32 list scales; i16 values, WindowSize of each
//	    u32 lists row codes, column codes; f32 list gains
//
// A number is an unsigned varint of encoding/binary, a signed one its zigzag
// form. A text is its length and its bytes, a list its length and its items,
// little-endian. A word is a text that repeats: 0 and the text the first time,
// from then on its number, from 1 in the order of appearance. Bytes of texts
// need not be UTF-8, and are kept.
const partMagic = "mbp\x01"

const (
	flagPayload = 1 << iota
	flagValue
)

// EncodePart returns the binary form of a part, which holds everything of it but
// the model's own names. Equal parts give equal bytes, whatever the order of
// their tensors. What [Encode] refuses is an error.
func EncodePart(p *Part) ([]byte, error) {
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("encode part: %w", err)
	}
	tensors, err := sortedNumbers("tensors", p.Tensors, nameOf)
	if err == nil && len(tensors) > MaxFormTensors {
		err = fmt.Errorf("more than %d tensors", MaxFormTensors)
	}
	if err != nil {
		return nil, fmt.Errorf("encode part %q: %w", short(p.Ref), err)
	}
	e := partEncoder{b: []byte(partMagic), words: map[string]uint64{}}
	e.texts(SketchVersion, p.Ref, p.Role, p.Family, p.Architecture, p.WeightsDigest)
	e.numbers(uint64(p.Heads), uint64(p.KVHeads), uint64(p.Parameters), uint64(p.Layers), uint64(p.Unread))
	e.tokenizer(p.Tokenizer)
	e.numbers(uint64(len(tensors)))
	for _, k := range tensors {
		t := &p.Tensors[k]
		if err := t.check(); err != nil {
			return nil, fmt.Errorf("encode part %q: %w", short(p.Ref), err)
		}
		e.tensor(t)
	}
	return e.b, nil
}

type partEncoder struct {
	b     []byte
	words map[string]uint64
}

func (e *partEncoder) numbers(list ...uint64) {
	for _, n := range list {
		e.b = binary.AppendUvarint(e.b, n)
	}
}

func (e *partEncoder) signed(n int) { e.b = binary.AppendVarint(e.b, int64(n)) }

func (e *partEncoder) texts(list ...string) {
	for _, s := range list {
		e.numbers(uint64(len(s)))
		e.b = append(e.b, s...)
	}
}

func (e *partEncoder) word(s string) {
	n, ok := e.words[s]
	e.numbers(n)
	if !ok {
		e.texts(s)
		e.words[s] = uint64(len(e.words) + 1)
	}
}

func (e *partEncoder) u32s(list []uint32) {
	e.numbers(uint64(len(list)))
	for _, n := range list {
		e.b = binary.LittleEndian.AppendUint32(e.b, n)
	}
}

func (e *partEncoder) u64s(list []uint64) {
	e.numbers(uint64(len(list)))
	for _, n := range list {
		e.b = binary.LittleEndian.AppendUint64(e.b, n)
	}
}

func (e *partEncoder) f32s(list []float32) {
	e.numbers(uint64(len(list)))
	for _, f := range list {
		e.b = binary.LittleEndian.AppendUint32(e.b, floatBits(f))
	}
}

func (e *partEncoder) tokenizer(t *TokenizerPrint) {
	if t == nil {
		e.b = append(e.b, 0)
		return
	}
	e.b = append(e.b, 1)
	e.texts(t.Type)
	e.signed(t.Vocabulary)
	e.signed(t.Merges)
	e.signed(t.Tokens)
	e.texts(t.VocabularyDigest, t.TokensDigest, t.MergesDigest, t.TokenMap)
	e.u64s(t.TokenPrefixes)
	e.u64s(t.MergePrefixes)
	e.numbers(uint64(len(t.Sample)))
	for _, s := range t.Sample {
		e.b = binary.LittleEndian.AppendUint64(e.b, s.Hash)
	}
	for _, s := range t.Sample {
		e.b = binary.LittleEndian.AppendUint32(e.b, s.ID)
	}
	e.numbers(uint64(len(t.Special)))
	e.texts(t.Special...)
}

func (e *partEncoder) tensor(t *TensorPrint) {
	e.texts(t.Name)
	e.word(t.Role)
	e.signed(t.Layer)
	e.signed(t.Expert)
	e.numbers(uint64(len(t.Shape)))
	e.numbers(t.Shape...)
	e.word(string(t.DType))
	e.word(t.Scheme)
	e.numbers(uint64(t.Bytes))
	flags := byte(0)
	if t.Payload != [32]byte{} {
		flags |= flagPayload
	}
	if t.Value != [32]byte{} {
		flags |= flagValue
	}
	e.b = append(e.b, flags)
	if flags&flagPayload != 0 {
		e.b = append(e.b, t.Payload[:]...)
	}
	if flags&flagValue != 0 {
		e.b = append(e.b, t.Value[:]...)
	}
	e.word(string(t.Form))
	e.word(string(t.Class))
	e.word(t.Reason)
	e.numbers(uint64(t.NonFinite), uint64(len(t.Views)))
	for i := range t.Views {
		e.view(&t.Views[i])
	}
	e.u32s(t.Rows)
	e.u32s(t.Columns)
	e.f32s(t.Gains)
}

func (e *partEncoder) view(v *View) {
	e.word(v.Transform)
	e.numbers(v.Rows, v.Cols, uint64(len(v.Windows)))
	some := byte(1)
	if everyUsed(v.Windows) {
		some = 0
	}
	e.b = append(e.b, some)
	for _, w := range v.Windows {
		e.b = binary.LittleEndian.AppendUint32(e.b, w.Signs)
	}
	for _, w := range v.Windows {
		if some != 0 {
			e.b = binary.LittleEndian.AppendUint32(e.b, w.Used)
		}
	}
	for _, w := range v.Windows {
		e.b = binary.LittleEndian.AppendUint16(e.b, w.Extremes)
	}
	e.f32s(v.Scales)
	for _, n := range v.Values {
		e.b = binary.LittleEndian.AppendUint16(e.b, uint16(n))
	}
}

// DecodePart reads what [EncodePart] made. Every length is compared with the
// bytes that are left before anything is allocated for it.
func DecodePart(b []byte) (*Part, error) {
	d := partDecoder{b: b}
	p := d.part()
	if d.err == nil && len(d.b) > 0 {
		d.err = fmt.Errorf("%d bytes are left over", len(d.b))
	}
	if d.err == nil {
		d.err = p.check()
	}
	if d.err == nil {
		d.err = sortByName("tensors", p.Tensors, nameOf)
	}
	if d.err != nil {
		return nil, fmt.Errorf("read part: %d bytes before the end: %w", len(d.b), d.err)
	}
	return p, nil
}

// A partDecoder reads from the front of b. After an error everything reads as
// zero.
type partDecoder struct {
	b     []byte
	words []string
	err   error
}

var errPartCut = errors.New("it ends too early")

// bytes takes n bytes.
func (d *partDecoder) bytes(n uint64) []byte {
	if d.err == nil && n > uint64(len(d.b)) {
		d.err = errPartCut
	}
	if d.err != nil {
		return nil
	}
	b := d.b[:n:n]
	d.b = d.b[n:]
	return b
}

func (d *partDecoder) number() uint64 {
	if d.err != nil {
		return 0
	}
	n, size := binary.Uvarint(d.b)
	if size <= 0 {
		d.err = errPartCut
		return 0
	}
	d.b = d.b[size:]
	return n
}

// upTo reads a number that is bounded.
func (d *partDecoder) upTo(most uint64, what string) uint64 {
	n := d.number()
	if n > most && d.err == nil {
		d.err = fmt.Errorf("%s is %d, the limit is %d", what, n, most)
	}
	if d.err != nil {
		return 0
	}
	return n
}

func (d *partDecoder) signed() int {
	n := d.number()
	v := int64(n>>1) ^ -int64(n&1)
	if v < -1 || v > math.MaxInt {
		d.fail("%d is out of range", v)
		return 0
	}
	return int(v)
}

func (d *partDecoder) fail(form string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf(form, args...)
	}
}

func (d *partDecoder) flag() byte {
	if b := d.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *partDecoder) text() string {
	return string(d.bytes(d.upTo(MaxFormText, "the length of a text")))
}

func (d *partDecoder) word() string {
	n := d.upTo(uint64(len(d.words)), "the number of a word")
	if d.err != nil {
		return ""
	}
	if n > 0 {
		return d.words[n-1]
	}
	d.words = append(d.words, d.text())
	return d.words[len(d.words)-1]
}

func (d *partDecoder) u32s(most uint64) []uint32 {
	b := d.bytes(4 * d.upTo(most, "the length of a list"))
	if len(b) == 0 {
		return nil
	}
	list := make([]uint32, len(b)/4)
	for i := range list {
		list[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return list
}

func (d *partDecoder) u64s(most uint64) []uint64 {
	b := d.bytes(8 * d.upTo(most, "the length of a list"))
	if len(b) == 0 {
		return nil
	}
	list := make([]uint64, len(b)/8)
	for i := range list {
		list[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	return list
}

func (d *partDecoder) f32s(most uint64) []float32 {
	b := d.bytes(4 * d.upTo(most, "the length of a list"))
	if len(b) == 0 {
		return nil
	}
	list := make([]float32, len(b)/4)
	for i := range list {
		list[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return list
}

func (d *partDecoder) part() *Part {
	if string(d.bytes(uint64(len(partMagic)))) != partMagic {
		d.err = errors.New("this is no part of a fingerprint, or one of a version that is not known")
		return nil
	}
	if s := d.text(); s != SketchVersion {
		d.fail("the sketches are %q and cannot be compared with %q", short(s), SketchVersion)
	}
	p := &Part{Ref: d.text(), Role: d.text(), Family: d.text(), Architecture: d.text(), WeightsDigest: d.text()}
	p.Heads, p.KVHeads = int(d.upTo(math.MaxInt, "heads")), int(d.upTo(math.MaxInt, "heads"))
	p.Parameters = int64(d.upTo(math.MaxInt64, "the parameters"))
	p.Layers, p.Unread = int(d.upTo(math.MaxInt, "the layers")), int(d.upTo(math.MaxInt, "the unread tensors"))
	p.Tokenizer = d.tokenizer()
	n := d.upTo(min(MaxFormTensors, uint64(len(d.b))/minTensorForm), "the number of tensors")
	if n > 0 {
		p.Tensors = make([]TensorPrint, n)
	}
	for i := range p.Tensors {
		d.tensor(&p.Tensors[i])
		if d.err != nil {
			d.err = fmt.Errorf("tensor %s: %w", strconv.Quote(short(p.Tensors[i].Name)), d.err)
			break
		}
		if d.err = p.Tensors[i].check(); d.err != nil {
			break
		}
	}
	return p
}

// minTensorForm is the size in bytes of a tensor of which nothing is known.
const minTensorForm = 16

func (d *partDecoder) tokenizer() *TokenizerPrint {
	switch flag := d.flag(); {
	case flag == 0:
		return nil
	case flag > 1:
		d.fail("a flag is %d", flag)
		return nil
	}
	t := &TokenizerPrint{Type: d.text()}
	t.Vocabulary, t.Merges, t.Tokens = d.signed(), d.signed(), d.signed()
	t.VocabularyDigest, t.TokensDigest, t.MergesDigest, t.TokenMap = d.text(), d.text(), d.text(), d.text()
	t.TokenPrefixes, t.MergePrefixes = d.u64s(MaxPrefixes), d.u64s(MaxPrefixes)
	n := d.upTo(MaxTokenSample, "the sample")
	hashes, ids := d.bytes(8*n), d.bytes(4*n)
	for i := range len(ids) / 4 {
		t.Sample = append(t.Sample, TokenSample{binary.LittleEndian.Uint64(hashes[8*i:]), binary.LittleEndian.Uint32(ids[4*i:])})
	}
	for range d.upTo(MaxSpecial, "the number of special tokens") {
		t.Special = append(t.Special, d.text())
	}
	return t
}

func (d *partDecoder) tensor(t *TensorPrint) {
	t.Name = d.text()
	t.Role = d.word()
	t.Layer, t.Expert = d.signed(), d.signed()
	for range d.upTo(MaxFormRank, "the number of dimensions") {
		t.Shape = append(t.Shape, d.number())
	}
	t.DType = format.DType(d.word())
	t.Scheme = d.word()
	t.Bytes = int64(d.upTo(math.MaxInt64, "the size"))
	flags := d.flag()
	if flags > flagPayload|flagValue {
		d.fail("flags are %d", flags)
	}
	if flags&flagPayload != 0 {
		copy(t.Payload[:], d.bytes(uint64(len(t.Payload))))
	}
	if flags&flagValue != 0 {
		copy(t.Value[:], d.bytes(uint64(len(t.Value))))
	}
	t.Form = format.DType(d.word())
	t.Class = Class(d.word())
	t.Reason = d.word()
	t.NonFinite = int(d.upTo(math.MaxInt, "the windows that are not finite"))
	if n := d.upTo(MaxViews, "the number of views"); n > 0 {
		t.Views = make([]View, n)
	}
	for i := range t.Views {
		d.view(&t.Views[i])
	}
	t.Rows, t.Columns, t.Gains = d.u32s(MaxRowCodes), d.u32s(MaxRowCodes), d.f32s(MaxGains)
}

func (d *partDecoder) view(v *View) {
	v.Transform, v.Rows, v.Cols = d.word(), d.number(), d.number()
	n := d.upTo(MaxWindows, "the number of windows")
	some := d.flag()
	if some > 1 {
		d.fail("a flag is %d", some)
	}
	signs, used := d.bytes(4*n), d.bytes(4*n*uint64(some))
	extremes := d.bytes(2 * n)
	v.Scales = d.f32s(n)
	values := d.bytes(2 * WindowSize * uint64(len(v.Scales)))
	if d.err != nil {
		return
	}
	v.Windows = make([]Window, n)
	for i := range v.Windows {
		w := &v.Windows[i]
		w.Signs, w.Used = binary.LittleEndian.Uint32(signs[4*i:]), allUsed
		if some != 0 {
			w.Used = binary.LittleEndian.Uint32(used[4*i:])
		}
		w.Extremes = binary.LittleEndian.Uint16(extremes[2*i:])
	}
	if len(values) > 0 {
		v.Values = make([]int16, len(values)/2)
	}
	for i := range v.Values {
		v.Values[i] = int16(binary.LittleEndian.Uint16(values[2*i:]))
	}
}
