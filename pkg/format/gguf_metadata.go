package format

import (
	"math"
	"unicode/utf8"
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
	g.value(&e, typ.width)
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

// value reads a value of the entry's type, in width bytes.
func (g *ggufReader) value(e *Entry, width int) {
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
	value := g.keep("string value", math.MaxUint64)
	if !utf8.ValidString(value) {
		g.h.note(at, "the value of %s is not UTF-8", quote(key))
	}
	return value
}

// name reads a key or a tensor's name.
func (g *ggufReader) name(what string, limit uint64) string {
	at := g.off() + 8
	name := g.keep(what, limit)
	if !utf8.ValidString(name) {
		g.failAt(at, ErrMalformed, "the %s %s is not UTF-8", what, quote(name))
	}
	return name
}

// keep reads a string within its own limit and that of all text.
func (g *ggufReader) keep(what string, limit uint64) string {
	at := g.off()
	n := g.u64()
	if g.err == nil && n <= uint64(g.left()) {
		if n > limit {
			g.failAt(at, ErrLimit, "a %s of %d bytes, the limit is %d", what, n, limit)
		}
		if n > MaxGGUFText-g.kept {
			g.failAt(at, ErrLimit, "more than %d bytes of text", MaxGGUFText)
		}
	}
	text := g.text(n)
	g.kept += uint64(len(text))
	return text
}

func (g *ggufReader) bool() int64 {
	at := g.off()
	b := g.u8()
	if b > 1 {
		g.failAt(at, ErrMalformed, "the boolean %d", b)
	}
	return int64(b)
}

// alignment takes general.alignment, whose value stands at byte at. ggml takes
// any power of two; the specification asks for multiples of 8.
func (g *ggufReader) alignment(at int64, id uint32, n int64) {
	switch {
	case g.err != nil:
	case id != ggufUint32:
		g.failAt(at, ErrMalformed, "general.alignment has the value type %d and not %d", id, ggufUint32)
	case n == 0 || n&(n-1) != 0:
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
