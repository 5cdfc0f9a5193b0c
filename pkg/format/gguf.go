package format

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Constants of the GGUF specification (ggml, docs/gguf.md, version 3) and of
// ggml's own reader.
const (
	ggufMagic     = "GGUF"
	ggufVersion   = 3
	ggufAlignment = 32 // GGUF_DEFAULT_ALIGNMENT
	ggufMaxDims   = 4  // GGML_MAX_DIMS
	ggufMaxName   = 64 // GGML_MAX_NAME, with the final NUL
)

// Limits on GGUF headers.
const (
	// MaxGGUFHeader bounds all before the tensor data, in bytes. ggml bounds
	// one string and one array at 2^30 bytes and items; a header with a large
	// vocabulary has some 30 MB.
	MaxGGUFHeader = 1 << 30
	// MaxGGUFText bounds the string values that are kept, all together, in
	// bytes. The largest known is a whole tokenizer.json, some 30 MB.
	MaxGGUFText = 128 << 20
	// maxArrayDepth bounds the nesting of arrays. No known file nests them.
	maxArrayDepth = 4
)

// The shortest records in bytes.
const (
	minGGUFEntry  = 8 + 1 + 4 + 1     // key of one byte, type, value
	minGGUFTensor = 8 + 4 + 4 + 8     // empty name, dimensions, type, offset
	minGGUFArray  = 4 + 8             // type, count
	minGGUFString = 8                 // length
	maxAlignment  = math.MaxInt32 + 1 // the largest power of two in 32 bits
)

// A ggufType is a type of metadata values: enum gguf_type.
type ggufType struct {
	value ValueType
	width int // in bytes, 0 where it varies
}

const (
	ggufUint32 = 4
	ggufString = 8
	ggufArray  = 9
)

var ggufTypes = [...]ggufType{
	0: {TypeUint, 1}, 1: {TypeInt, 1}, 2: {TypeUint, 2}, 3: {TypeInt, 2},
	4: {TypeUint, 4}, 5: {TypeInt, 4}, 6: {TypeFloat, 4}, 7: {TypeBool, 1},
	8: {TypeString, 0}, 9: {TypeArray, 0},
	10: {TypeUint, 8}, 11: {TypeInt, 8}, 12: {TypeFloat, 8},
}

// gguf is the format of the ggml library: metadata and tensors in one file, in
// versions 2 and 3 and either byte order.
type gguf struct{}

func (gguf) Name() string { return "gguf" }

func (f gguf) Match(name string, head []byte) bool { return match(f, name, head) }

func (gguf) suffix() string { return ".gguf" }

func (gguf) signature(head []byte) bool { return bytes.HasPrefix(head, []byte(ggufMagic)) }

func (f gguf) Read(r io.ReaderAt, size int64) (*Header, error) {
	g := &ggufReader{cursor: newCursor(f.Name(), r, size), h: &Header{Format: f.Name()}, file: size, align: ggufAlignment, open: -1}
	if size > MaxGGUFHeader {
		g.end, g.past = MaxGGUFHeader, ErrLimit
	}
	g.version()
	g.header()
	g.layout()
	if g.err != nil {
		return nil, g.err
	}
	return g.h, nil
}

// ggufReader reads one file.
type ggufReader struct {
	*cursor
	h      *Header
	file   int64 // size of the file
	align  int64
	kept   int // bytes of string values
	shapes shapeArena
	// next is where the next tensor must begin, relative to the tensor data.
	// After a tensor of unknown size, open, it is the earliest place.
	next int64
	open int // index, or -1
}

// version reads the magic and the version, whose bytes tell the byte order.
func (g *ggufReader) version() {
	magic := g.text(4)
	if g.err == nil && string(magic) != ggufMagic {
		g.failAt(0, ErrMalformed, "the file begins with %q and not with %q", magic, ggufMagic)
		return
	}
	at := g.off()
	v := g.u32()
	if v&0xFFFF == 0 && v != 0 {
		g.order, g.h.BigEndian = binary.BigEndian, true
		v = v>>24 | v>>8&0xFF00
	}
	switch {
	case g.err != nil:
	case v == 0:
		g.failAt(at, ErrMalformed, "version 0")
	case v == 1:
		g.failAt(at, ErrUnsupported, "version 1, which ggml no longer reads either")
	case v > ggufVersion:
		g.failAt(at, ErrUnsupported, "version %d, the newest known is %d", v, ggufVersion)
	}
	g.h.Version = strconv.Itoa(int(v))
}

// header reads metadata and tensor entries.
func (g *ggufReader) header() {
	tensors := g.count("tensors", minGGUFTensor, MaxTensors)
	entries := g.count("metadata entries", minGGUFEntry, MaxMetadata)
	keys := make(map[string]struct{})
	for i := int64(0); i < entries && g.err == nil; i++ {
		g.entry(keys)
	}
	if tensors > g.left()/minGGUFTensor {
		g.fail(g.past, "%d tensors cannot fit into the %d bytes left", tensors, g.left())
	}
	if g.err != nil {
		return
	}
	g.h.Tensors = make([]Tensor, 0, tensors)
	names := make(map[string]struct{}, tensors)
	for i := int64(0); i < tensors && g.err == nil; i++ {
		g.tensor(names)
	}
}

// entry reads one metadata entry.
func (g *ggufReader) entry(keys map[string]struct{}) {
	at := g.off()
	key := g.name("metadata key", MaxKey)
	if _, twice := keys[key]; twice {
		g.failAt(at, ErrMalformed, "metadata key %s is there twice", quote(key))
	}
	if g.err == nil && key == "" {
		g.failAt(at, ErrMalformed, "a metadata key is empty")
	}
	keys[key] = struct{}{}
	at = g.off()
	id := g.u32()
	typ := g.typeOf(at, id)
	e := Entry{Key: key, Type: typ.value}
	at = g.off()
	g.value(&e, id, typ.width)
	if key == "general.alignment" {
		g.alignment(at, id, int64(e.Uint))
	}
	g.h.Metadata = append(g.h.Metadata, e)
}

func (g *ggufReader) typeOf(at int64, id uint32) ggufType {
	if g.err == nil && id >= uint32(len(ggufTypes)) {
		g.failAt(at, ErrMalformed, "value type %d does not exist", id)
	}
	if g.err != nil {
		return ggufType{}
	}
	return ggufTypes[id]
}

// value reads a value of the type with the given id.
func (g *ggufReader) value(e *Entry, id uint32, width int) {
	switch e.Type {
	case TypeString:
		e.Text = g.stringValue(e.Key)
	case TypeArray:
		e.Array = g.array()
	case TypeInt:
		e.Int = g.int(width)
	case TypeUint:
		e.Uint = g.uint(width)
		if e.Uint <= math.MaxInt64 {
			e.Int = int64(e.Uint)
		}
	case TypeFloat:
		e.Float = g.float(width)
	case TypeBool:
		e.Int = g.bool()
	}
}

// stringValue reads a string, which the specification wants in UTF-8. ggml does
// not look, so such a file is used in the wild and only noted here.
func (g *ggufReader) stringValue(key string) string {
	at := g.off()
	n := g.u64()
	if g.err == nil && n <= uint64(g.left()) && n > uint64(MaxGGUFText-g.kept) {
		g.failAt(at, ErrLimit, "more than %d bytes of string values", MaxGGUFText)
		return ""
	}
	text := g.text(n)
	g.kept += len(text)
	if !utf8.ValidString(text) {
		g.h.note(at, "the value of %s is not UTF-8", quote(key))
	}
	return text
}

// name reads a key or a tensor's name.
func (g *ggufReader) name(what string, limit uint64) string {
	at := g.off()
	n := g.u64()
	if g.err == nil && n <= uint64(g.left()) && n > limit {
		g.failAt(at, ErrLimit, "a %s of %d bytes, the limit is %d", what, n, limit)
		return ""
	}
	name := g.text(n)
	if !utf8.ValidString(name) {
		g.failAt(at+8, ErrMalformed, "the %s %s is not UTF-8", what, quote(name))
	}
	return name
}

// alignment takes general.alignment, whose value stands at byte at. ggml takes
// any power of two; the specification asks for multiples of 8.
func (g *ggufReader) alignment(at int64, id uint32, n int64) {
	switch {
	case g.err != nil:
	case id != ggufUint32:
		g.failAt(at, ErrMalformed, "general.alignment has the value type %d and not %d", id, ggufUint32)
	case n == 0 || n&(n-1) != 0 || n > maxAlignment:
		g.failAt(at, ErrMalformed, "general.alignment is %d and no power of two", n)
	default:
		if n%8 != 0 {
			g.h.note(at, "general.alignment is %d and no multiple of 8", n)
		}
		g.align = n
	}
}

// array reads the head of an array and passes over its items.
func (g *ggufReader) array() *Array {
	id, n := g.arrayHead()
	if g.err != nil {
		return nil
	}
	a := &Array{Items: ggufTypes[id].value, Len: n, Offset: g.off(), width: ggufTypes[id].width, bigEndian: g.h.BigEndian}
	g.skipItems(id, n)
	a.Size = g.off() - a.Offset
	return a
}

// arrayHead reads the type of an array's items and their number, which must be
// able to fit into what is left.
func (g *ggufReader) arrayHead() (id uint32, n int64) {
	at := g.off()
	id = g.u32()
	size := int64(g.typeOf(at, id).width)
	switch id {
	case ggufString:
		size = minGGUFString
	case ggufArray:
		size = minGGUFArray
	}
	if g.err != nil {
		return 0, 0
	}
	return id, g.count("array items", size, math.MaxInt64)
}

// skipItems passes over n items of the type with the given id. Arrays in arrays
// are followed with a stack of fixed depth.
func (g *ggufReader) skipItems(id uint32, n int64) {
	var todo [maxArrayDepth - 1]int64 // arrays still to come, by depth
	depth := 0
	for {
		switch id {
		case ggufArray:
			if depth == len(todo) {
				g.fail(ErrLimit, "arrays nested deeper than %d", maxArrayDepth)
				return
			}
			todo[depth] = n
			depth++
		case ggufString:
			for ; n > 0 && g.err == nil; n-- {
				g.skip(g.u64())
			}
		default:
			g.skip(uint64(n) * uint64(ggufTypes[id].width))
		}
		for depth > 0 && todo[depth-1] == 0 {
			depth--
		}
		if depth == 0 || g.err != nil {
			return
		}
		todo[depth-1]--
		id, n = g.arrayHead()
	}
}

// tensor reads the entry of one tensor.
func (g *ggufReader) tensor(names map[string]struct{}) {
	at := g.off()
	t := Tensor{Name: g.name("tensor name", MaxName)}
	if _, twice := names[t.Name]; twice {
		g.failAt(at, ErrMalformed, "tensor %s is there twice", quote(t.Name))
	}
	names[t.Name] = struct{}{}
	if len(t.Name) >= ggufMaxName {
		g.h.note(at, "tensor %s has a name of %d bytes, ggml reads at most %d", quote(t.Name), len(t.Name), ggufMaxName-1)
	}
	t.Shape = g.shape()
	id := g.u32()
	n, ok := elements(t.Shape)
	if g.err == nil && !ok {
		g.failAt(at, ErrMalformed, "the shape of tensor %s overflows", quote(t.Name))
	}
	atOffset := g.off()
	offset := g.u64()
	if g.err != nil {
		return
	}
	known := g.dtype(&t, at, id, n)
	if offset > math.MaxInt64 || int64(offset) != g.next && (g.open < 0 || int64(offset) < g.next || int64(offset)%g.align != 0) {
		g.failAt(atOffset, ErrMalformed, "tensor %s begins at %d and not at %d", quote(t.Name), offset, g.next)
	}
	t.Offset = int64(offset)
	g.advance(at, &t, known)
}

// shape reads the dimensions, which stand fastest first, slowest first.
func (g *ggufReader) shape() []uint64 {
	at := g.off()
	n := g.u32()
	if g.err == nil && n > ggufMaxDims {
		g.failAt(at, ErrMalformed, "%d dimensions, the limit is %d", n, ggufMaxDims)
	}
	if g.err != nil {
		return nil
	}
	g.shapes.begin()
	for range n {
		at := g.off()
		d := g.u64()
		if d > math.MaxInt64 {
			g.failAt(at, ErrMalformed, "the dimension %d is negative", int64(d))
		}
		g.shapes.add(d)
	}
	shape := g.shapes.shape()
	slices.Reverse(shape)
	return shape
}

// dtype sets the type and the size of a tensor with n elements and reports
// whether the size is known. Rows hold whole blocks.
func (g *ggufReader) dtype(t *Tensor, at int64, id uint32, n int64) (known bool) {
	if id >= uint32(len(ggmlTypes)) {
		t.DType = g.unknown(id)
		g.h.note(at, "tensor %s has the unknown type %d; its size is taken from the tensor after it", quote(t.Name), id)
		return false
	}
	t.DType = ggmlTypes[id]
	per, _, known := t.DType.Block()
	if !known {
		g.h.note(at, "tensor %s has the obsolete type %d (%s); its size is taken from the tensor after it", quote(t.Name), id, t.DType)
		return false
	}
	row := uint64(1)
	if len(t.Shape) > 0 {
		row = t.Shape[len(t.Shape)-1]
	}
	size, ok := t.DType.Size(n)
	if row%uint64(per) != 0 || !ok {
		g.failAt(at, ErrMalformed, "tensor %s has rows of %d elements, which are no whole blocks of %s or too many", quote(t.Name), row, t.DType)
	}
	t.Size = size
	return true
}

// unknown names a type that this package does not know. Tensors of one type
// stand together: they share one string.
func (g *ggufReader) unknown(id uint32) DType {
	name := "UNKNOWN_" + strconv.FormatUint(uint64(id), 10)
	if n := len(g.h.Tensors); n > 0 && string(g.h.Tensors[n-1].DType) == name {
		return g.h.Tensors[n-1].DType
	}
	return DType(name)
}

// advance adds a tensor and moves the place of the next one behind it. A tensor
// cannot be longer than the file, so the sum does not overflow.
func (g *ggufReader) advance(at int64, t *Tensor, known bool) {
	if g.err == nil && t.Size > g.file-t.Offset {
		g.failAt(at, ErrTruncated, "tensor %s ends at byte %d of the data in a file of %d bytes", quote(t.Name), uint64(t.Offset)+uint64(t.Size), g.file)
	}
	if g.err != nil {
		return
	}
	if g.open >= 0 {
		open := &g.h.Tensors[g.open]
		open.Size = t.Offset - open.Offset
	}
	g.h.Tensors = append(g.h.Tensors, *t)
	g.next, g.open = t.Offset, -1
	if !known {
		g.open = len(g.h.Tensors) - 1
		return
	}
	g.next = g.pad(t.Offset + t.Size)
}

// pad returns the first aligned place from n on.
func (g *ggufReader) pad(n int64) int64 { return (n + g.align - 1) &^ (g.align - 1) }

// layout turns offsets into places in the file and checks that the file is long
// enough. The padding behind the last tensor may be missing, and a file without
// tensors may end where its header ends.
func (g *ggufReader) layout() {
	if g.err != nil {
		return
	}
	h, header := g.h, g.off()
	h.DataOffset = g.pad(header)
	if len(h.Tensors) == 0 {
		h.DataOffset = min(h.DataOffset, g.file)
	}
	if g.open >= 0 {
		open := &h.Tensors[g.open]
		open.Size = max(0, g.file-h.DataOffset-open.Offset)
		g.next = open.Offset + open.Size
	}
	for i := range h.Tensors {
		t := &h.Tensors[i]
		t.Offset += h.DataOffset
		if t.Offset > g.file || t.Size > g.file-t.Offset {
			g.failAt(g.file, ErrTruncated, "tensor %s ends at byte %d of a file of %d", quote(t.Name), t.Offset+t.Size, g.file)
			return
		}
	}
	if end := h.DataOffset + g.next; end < g.file {
		h.note(end, "%d bytes after the last tensor", g.file-end)
	}
	slices.SortFunc(h.Tensors, byOffset)
}

func (g *ggufReader) bool() int64 {
	at := g.off()
	b := g.u8()
	if b > 1 {
		g.failAt(at, ErrMalformed, "the boolean %d", b)
	}
	return int64(b)
}
