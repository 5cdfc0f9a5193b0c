package tensor

import (
	"github.com/modelbom/modelbom/pkg/format"
)

// A field is a number inside a stored unit, whose bytes a big-endian file has
// in the other order.
type field struct{ at, width int }

// swapped holds the fields of the units that a big-endian file swaps. Elements
// are numbers as a whole, and complex numbers are two of them. The blocks are those that the
// converter of the gguf Python package (gguf_convert_endian.py, 0.19) knows;
// nobody says what becomes of the others.
var swapped = map[format.DType][]field{
	"I16": {{0, 2}}, "U16": {{0, 2}}, "F16": {{0, 2}}, "BF16": {{0, 2}},
	"I32": {{0, 4}}, "U32": {{0, 4}}, "F32": {{0, 4}}, "C64": {{0, 4}, {4, 4}}, "C128": {{0, 8}, {8, 8}},
	"I64": {{0, 8}}, "U64": {{0, 8}}, "F64": {{0, 8}},
	"Q4_0": {{0, 2}}, "Q8_0": {{0, 2}}, "Q4_K": {{0, 2}, {2, 2}}, "Q6_K": {{208, 2}},
	"MXFP4": {}, "NVFP4": {},
}

// reversed undoes the byte order of a big-endian file.
func reversed(t *format.Tensor, u units, size int64) (units, error) {
	fields, ok := swapped[t.DType]
	_, varint := u.(*varints)
	switch {
	case varint: // protocol buffers have one byte order
		return u, nil
	case !ok && t.DType.Quantized():
		return nil, fail(t, format.ErrUnsupported, "big-endian blocks of this type")
	case !ok && size > 1 && t.DType != "F6_E2M3" && t.DType != "F6_E3M2":
		return nil, fail(t, format.ErrUnsupported, "big-endian values of this type")
	case len(fields) == 0:
		return u, nil
	}
	return bigEndian{u, int(size), fields}, nil
}

type bigEndian struct {
	units
	size   int
	fields []field
}

func (b bigEndian) read(first int64, p []byte) error {
	if err := b.units.read(first, p); err != nil {
		return err
	}
	for ; len(p) > 0; p = p[b.size:] {
		for _, f := range b.fields {
			for i, j := f.at, f.at+f.width-1; i < j; i, j = i+1, j-1 {
				p[i], p[j] = p[j], p[i]
			}
		}
	}
	return nil
}
