package format

// A shapeArena hands out small slices of dimensions from larger ones: a file has
// many tensors with few dimensions each.
type shapeArena struct {
	buf   []uint64
	start int
}

// shapeChunk is the number of dimensions that are allocated together.
const shapeChunk = 512

// begin starts a new shape.
func (a *shapeArena) begin() {
	if cap(a.buf)-len(a.buf) < MaxRank {
		a.buf = make([]uint64, 0, shapeChunk)
	}
	a.start = len(a.buf)
}

// add appends a dimension. A shape has at most MaxRank of them.
func (a *shapeArena) add(d uint64) { a.buf = append(a.buf, d) }

// shape ends the shape. A scalar's is nil.
func (a *shapeArena) shape() []uint64 {
	if a.start == len(a.buf) {
		return nil
	}
	return a.buf[a.start:len(a.buf):len(a.buf)]
}
