package format

import (
	"math"
	"slices"
	"strconv"
)

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
