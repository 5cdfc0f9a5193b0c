package format

import "math/bits"

// An onnxType is a TensorProto.DataType: its name here, the field that holds
// values of it when they are not raw (TensorProto), and how many numbers of that
// field make an element or how many elements one number of it.
type onnxType struct {
	dtype  DType
	field  int
	values int64 // numbers of the field for each element; complex numbers have 2
	packed int64 // elements in each number of the field
}

// The fields of TensorProto that hold values (onnx.proto).
const (
	onnxFloatData  = 4
	onnxInt32Data  = 5
	onnxStringData = 6
	onnxInt64Data  = 7
	onnxRawData    = 9
	onnxDoubleData = 10
	onnxUint64Data = 11
)

const onnxString = 8 // TensorProto.STRING

// onnxTypes holds TensorProto.DataType of ONNX 1.23 by number, apart from
// UNDEFINED and STRING.
var onnxTypes = [...]onnxType{
	1:  {"F32", onnxFloatData, 1, 1},
	2:  {"U8", onnxInt32Data, 1, 1},
	3:  {"I8", onnxInt32Data, 1, 1},
	4:  {"U16", onnxInt32Data, 1, 1},
	5:  {"I16", onnxInt32Data, 1, 1},
	6:  {"I32", onnxInt32Data, 1, 1},
	7:  {"I64", onnxInt64Data, 1, 1},
	9:  {"BOOL", onnxInt32Data, 1, 1},
	10: {"F16", onnxInt32Data, 1, 1},
	11: {"F64", onnxDoubleData, 1, 1},
	12: {"U32", onnxUint64Data, 1, 1},
	13: {"U64", onnxUint64Data, 1, 1},
	14: {"C64", onnxFloatData, 2, 1},
	15: {"C128", onnxDoubleData, 2, 1},
	16: {"BF16", onnxInt32Data, 1, 1},
	17: {"F8_E4M3", onnxInt32Data, 1, 1},
	18: {"F8_E4M3FNUZ", onnxInt32Data, 1, 1},
	19: {"F8_E5M2", onnxInt32Data, 1, 1},
	20: {"F8_E5M2FNUZ", onnxInt32Data, 1, 1},
	21: {"U4", onnxInt32Data, 1, 2},
	22: {"I4", onnxInt32Data, 1, 2},
	23: {"F4", onnxInt32Data, 1, 2},
	24: {"F8_E8M0", onnxInt32Data, 1, 1},
	25: {"U2", onnxInt32Data, 1, 4},
	26: {"I2", onnxInt32Data, 1, 4},
	27: {"F6_E2M3", onnxInt32Data, 1, 1},
	28: {"F6_E3M2", onnxInt32Data, 1, 1},
}

// onnxTypeOf returns a data type, and one without a field for a number that is
// not known: such values can only be raw.
func onnxTypeOf(number uint64) onnxType {
	if number < uint64(len(onnxTypes)) && onnxTypes[number].dtype != "" {
		return onnxTypes[number]
	}
	return onnxType{dtype: DType("ONNX_" + itoa(int64(number))), values: 1, packed: 1}
}

// size returns the bytes of raw values. A last byte that the elements do not
// fill is padded, and so are the last three of types of 6 bits.
func (t onnxType) size(elements int64) (int64, bool) {
	n, size, ok := t.dtype.Block()
	if !ok {
		return 0, false
	}
	if n == 4 && size == 3 { // ceil(6n/8)
		hi, lo := bits.Mul64(uint64(elements), 3)
		return int64(lo/4 + (lo%4+3)/4), hi == 0 && lo < 1<<62
	}
	blocks := elements / n
	if elements%n != 0 {
		blocks++
	}
	return t.dtype.Size(blocks * n)
}

// numbers returns how many numbers of the type's field hold the elements.
func (t onnxType) numbers(elements int64) int64 {
	return elements/t.packed + (elements%t.packed+t.packed-1)/t.packed
}

// varint reports whether the type's field holds varints.
func (t onnxType) varint() bool {
	return t.field == onnxInt32Data || t.field == onnxInt64Data || t.field == onnxUint64Data
}
