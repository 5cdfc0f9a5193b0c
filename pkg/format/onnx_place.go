package format

import "slices"

// An onnxOwner tells what a tensor is to be called, and where it stands.
type onnxOwner struct {
	at    int64
	scope *onnxScope
	own   string // empty when the scope's own name is meant
}

// endTensor finds where the values of a tensor lie and checks that they are as
// many as its shape says.
func (x *onnxReader) endTensor(o onnxOwner) {
	t := &x.tensor
	tensor := Tensor{Shape: x.shapes.shape()}
	if t.dtype == onnxString {
		if x.strings++; x.strings == 1 {
			x.stringAt = o.at
		}
		return
	}
	n, ok := elements(tensor.Shape)
	kind := onnxTypeOf(t.dtype)
	tensor.DType = kind.dtype
	if kind.field == 0 && t.dtype != 0 {
		x.note(o.at, "tensor %s has the data type "+itoa(int64(t.dtype))+", which is not known", o.own)
	}
	switch {
	case t.dtype == 0:
		x.failAt(o.at, ErrMalformed, "tensor %s has no data type", quote(o.own))
	case !ok:
		x.failAt(o.at, ErrMalformed, "the shape of tensor %s overflows", quote(o.own))
	case t.fields&(t.fields-1) != 0:
		x.failAt(o.at, ErrMalformed, "tensor %s has values in two fields", quote(o.own))
	case t.location > 1:
		x.failAt(o.at, ErrMalformed, "tensor %s has the data location %d", quote(o.own), t.location)
	case t.location == 1 && t.fields != 0:
		x.failAt(o.at, ErrMalformed, "tensor %s has values here and in another file", quote(o.own))
	case t.segment:
		x.lose(o, "it is a segment of a tensor")
	case t.location == 1:
		x.addOutside(o, tensor, kind, n)
	case t.fields == 1<<onnxRawData:
		x.addRaw(o, tensor, kind, n)
	case t.fields != 0:
		x.addTyped(o, tensor, kind, n)
	case n > 0:
		x.lose(o, "it has no values")
	default:
		tensor.Offset = o.at
		x.add(o, tensor)
	}
}

// rawSize returns how many bytes raw values take, and -1 for a data type that is
// not known.
func (x *onnxReader) rawSize(o onnxOwner, kind onnxType, n int64) int64 {
	if _, _, known := kind.dtype.Block(); !known {
		return -1
	}
	size, ok := kind.size(n)
	if !ok {
		x.failAt(o.at, ErrMalformed, "the size of tensor %s overflows", quote(o.own))
	}
	return size
}

// addRaw adds a tensor whose values are in raw_data.
func (x *onnxReader) addRaw(o onnxOwner, tensor Tensor, kind onnxType, n int64) {
	raw := x.tensor.raw
	if size := x.rawSize(o, kind, n); size >= 0 && raw.size != size {
		x.failAt(raw.at, ErrMalformed, "tensor %s has %d bytes, its shape takes %d", quote(o.own), raw.size, size)
	}
	tensor.Offset, tensor.Size = raw.from, raw.size
	x.add(o, tensor)
}

// addTyped adds a tensor whose values are in a field of numbers.
func (x *onnxReader) addTyped(o onnxOwner, tensor Tensor, kind onnxType, n int64) {
	if x.tensor.fields != 1<<kind.field {
		x.failAt(o.at, ErrMalformed, "tensor %s has its values in a field that is not for %s", quote(o.own), kind.dtype)
		return
	}
	n = kind.numbers(n)
	r := &x.tensor.runs
	wrong := r.count%kind.values != 0 || r.count/kind.values != n
	if r.inexact {
		wrong = n > r.bytes || n < r.bytes/maxVarint
	}
	if wrong {
		x.failAt(o.at, ErrMalformed, "tensor %s has %d values in %d bytes, its shape takes %d of %d numbers", quote(o.own), r.count, r.bytes, n, kind.values)
		return
	}
	x.addRuns(o, tensor, r, kind.varint())
}

// addRuns adds a tensor whose values lie in pieces, or in one.
func (x *onnxReader) addRuns(o onnxOwner, tensor Tensor, r *onnxRuns, varint bool) {
	pieces := len(r.segments)
	switch {
	case r.over:
		x.lose(o, "its values lie in more than %d pieces", MaxOnnxSegments)
		return
	case !varint && pieces <= 1:
		tensor.Offset = o.at
		for _, s := range r.segments {
			tensor.Offset, tensor.Size = s.Offset, s.Size
		}
	case pieces > 1 && pieces > MaxOnnxPieces-x.pieces:
		x.lose(o, "tensors lie in more than %d pieces", MaxOnnxPieces)
		return
	default:
		if pieces > 1 {
			x.pieces += pieces
		}
		tensor.Size = r.bytes
		tensor.Layout = &Layout{Varint: varint, Segments: append(make([]Segment, 0, pieces), r.segments...)}
	}
	x.add(o, tensor)
}

// add adds a tensor, which gets its name when all of the file was read.
func (x *onnxReader) add(o onnxOwner, tensor Tensor) {
	if x.err != nil || x.full(o.at) {
		return
	}
	x.h.Tensors = growOnnx(x.h.Tensors, x, tensor)
	x.owners = growOnnx(x.owners, x, o)
	if tensor.Layout == nil {
		x.h.DataOffset = min(x.h.DataOffset, tensor.Offset)
		return
	}
	for _, s := range tensor.Layout.Segments {
		if s.File == "" {
			x.h.DataOffset = min(x.h.DataOffset, s.Offset)
		}
	}
}

// growOnnx appends with room for as many as the rest of the file would hold if it
// were like what was read. Doubling would copy far more.
func growOnnx[T any](list []T, x *onnxReader, item T) []T {
	if have := len(list); have == cap(list) {
		more := min(int64(have)*(x.left()>>10)/(x.off()>>10+1), int64(MaxOnnxTensors-have))
		list = slices.Grow(list, int(more)+have/16+4)
	}
	return append(list, item)
}

// full reports an error when there are as many tensors as there may be.
func (x *onnxReader) full(at int64) bool {
	if len(x.h.Tensors)+len(x.unread) < MaxOnnxTensors {
		return false
	}
	x.failAt(at, ErrLimit, "more than %d tensors", MaxOnnxTensors)
	return true
}

// readSparse reads a SparseTensorProto: its values, which have its name, and
// their indices. It is named as a tensor is.
func (x *onnxReader) readSparse(f wireField, scope *onnxScope, own string, named bool) {
	s := &onnxScope{parent: scope, label: own}
	var dense []uint64
	parts := 0
	x.each(onnxSparse, f, func(f wireField) {
		switch f.num {
		case 1:
			parts++
			x.readTensor(f, s, "", false)
			if named {
				s.label = string(x.tensor.name)
			}
		case 2:
			parts++
			x.readTensor(f, s, "indices", false)
		case 3:
			x.dims(f, func(at int64, d uint64) {
				if x.checkDim(at, d, len(dense)+1) {
					dense = append(dense, d)
				}
			})
		}
	})
	if parts != 2 {
		x.failAt(f.at, ErrMalformed, "a sparse tensor without values or indices")
	}
	if len(x.sparse) < MaxMetadata {
		x.sparse = append(x.sparse, onnxDense{f.at, s, slices.Clip(dense)})
	}
}

// An onnxDense is the shape of a sparse tensor as a whole.
type onnxDense struct {
	at    int64
	scope *onnxScope
	shape []uint64
}
