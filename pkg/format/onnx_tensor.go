package format

import "google.golang.org/protobuf/encoding/protowire"

// maxOnnxCounted bounds the bytes of varints that are read to count them. Where
// it is passed, only the lowest and highest possible number is compared with
// the shape.
const maxOnnxCounted = 64 << 20

// An onnxTensorReader is a TensorProto as far as it is read.
type onnxTensorReader struct {
	dtype    uint64
	name     []byte
	location uint64 // data_location
	segment  bool
	// fields has a bit for every field that holds values, dims not included.
	fields  uint32
	raw     wireField
	runs    onnxRuns
	outside onnxOutside
	rank    int
}

// onnxRuns are the places of values that lie in pieces.
type onnxRuns struct {
	segments []Segment
	bytes    int64
	count    int64 // of values
	inexact  bool  // count is not known
	over     bool  // some segments are missing
}

// empty keeps the buffer.
func (r onnxRuns) empty() onnxRuns { return onnxRuns{segments: r.segments[:0]} }

func (r *onnxRuns) add(f wireField) {
	r.bytes += f.size
	switch {
	case f.size == 0:
	case len(r.segments) == MaxOnnxSegments:
		r.over = true
	default:
		r.segments = append(r.segments, Segment{Offset: f.from, Size: f.size})
	}
}

// addRun adds one value of fixed width, or a packed run of them.
func (x *onnxReader) addRun(r *onnxRuns, f wireField, width int64) {
	if f.size%width != 0 {
		x.failAt(f.at, ErrMalformed, "packed values of %d bytes take %d", width, f.size)
	}
	r.count += f.size / width
	r.add(f)
}

// addVarints adds one varint or a packed run of them.
func (x *onnxReader) addVarints(r *onnxRuns, f wireField) {
	r.add(f)
	switch {
	case f.typ != protowire.BytesType:
		r.count++
	case f.size > maxOnnxCounted-x.counted:
		r.inexact = true
	default:
		x.counted += f.size
		r.count += x.varints(f)
	}
}

// readTensor reads a TensorProto, which is named by itself in a graph. Elsewhere
// it is called by its scope, and by own when that is not empty.
func (x *onnxReader) readTensor(f wireField, scope *onnxScope, own string, named bool) {
	x.parseTensor(f)
	if x.err != nil {
		return
	}
	if named {
		own = string(x.tensor.name)
	}
	x.endTensor(onnxOwner{f.at, scope, own})
}

func (x *onnxReader) parseTensor(f wireField) {
	t := &x.tensor
	*t = onnxTensorReader{name: t.name[:0], runs: t.runs.empty(), outside: t.outside.empty()}
	x.shapes.begin()
	x.each(onnxTensor, f, x.tensorField)
}

func (x *onnxReader) tensorField(f wireField) {
	t := &x.tensor
	switch f.num {
	case 1:
		x.dims(f, x.dim)
	case 2:
		t.dtype = f.value
	case 3:
		t.segment = true
	case 8:
		t.name = x.bytes(t.name, f, MaxName)
	case 13:
		x.outsideEntry(f)
	case 14:
		t.location = f.value
	case onnxRawData:
		t.raw = f
	case onnxFloatData:
		x.addRun(&t.runs, f, 4)
	case onnxDoubleData:
		x.addRun(&t.runs, f, 8)
	case onnxInt32Data, onnxInt64Data, onnxUint64Data:
		x.addVarints(&t.runs, f)
	}
	const data = 1<<onnxFloatData | 1<<onnxInt32Data | 1<<onnxStringData | 1<<onnxInt64Data |
		1<<onnxRawData | 1<<onnxDoubleData | 1<<onnxUint64Data
	t.fields |= data & (1 << f.num)
}

// dims reads one dimension, or a packed run of them.
func (x *onnxReader) dims(f wireField, dim func(at int64, d uint64)) {
	if f.typ != protowire.BytesType {
		dim(f.at, f.value)
		return
	}
	outer, inside := x.stop, x.inside
	x.stop, x.inside = f.end(), true
	for x.err == nil && x.off() < x.stop {
		at := x.off()
		dim(at, x.varint())
	}
	x.stop, x.inside = outer, inside
}

func (x *onnxReader) dim(at int64, d uint64) {
	if x.tensor.rank++; x.checkDim(at, d, x.tensor.rank) {
		x.shapes.add(d)
	}
}

func (x *onnxReader) checkDim(at int64, d uint64, rank int) bool {
	switch {
	case rank > MaxRank:
		x.failAt(at, ErrLimit, "more than %d dimensions", MaxRank)
	case d >= 1<<63:
		x.failAt(at, ErrMalformed, "the dimension %d", int64(d))
	}
	return x.err == nil
}
