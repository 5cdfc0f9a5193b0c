package format

import "math/bits"

// A DType is the element type of a tensor, under the name that its format
// gives it: "BF16", "F8_E4M3", "Q4_K". Formats that share a type share the name.
// A name that this package does not know is kept as it stands in the file; such
// a type has no known block.
type DType string

// Block returns how many elements the type packs into how many bytes, the
// smallest unit in which it can be stored: 1 and 4 for F32, 2 and 1 for F4, 256
// and 144 for Q4_K. It is false for a type that is not known.
func (d DType) Block() (elements, bytes int64, ok bool) {
	t, ok := dtypes[d]
	return t.elements, t.bytes, ok
}

// Float reports whether elements are single floating-point numbers. Integers,
// booleans, complex numbers and types with a scale per block are not.
func (d DType) Float() bool { return dtypes[d].kind == float }

// Quantized reports whether the type stores blocks of elements that share a
// scale.
func (d DType) Quantized() bool { return dtypes[d].kind == block }

// Size returns the bytes that a number of elements takes. It is false when the
// type is not known, when the elements are no whole number of blocks, and when
// the size does not fit into an int64.
func (d DType) Size(elements int64) (bytes int64, ok bool) {
	t, ok := dtypes[d]
	if !ok || elements < 0 || elements%t.elements != 0 {
		return 0, false
	}
	hi, lo := bits.Mul64(uint64(elements/t.elements), uint64(t.bytes))
	return int64(lo), hi == 0 && lo < 1<<63
}

// safetensors reports whether the safetensors specification names the type.
func (d DType) safetensors() bool { return dtypes[d].safetensors }

// kind is what an element is.
type kind int

const (
	_ kind = iota
	integer
	float
	complexFloat
	block
)

type dtypeInfo struct {
	elements, bytes int64
	kind            kind
	safetensors     bool
}

// dtypes holds the dtypes of safetensors 0.8 (enum Dtype), those that only ONNX
// has (TensorProto.DataType of onnx.proto 1.23), and the types of ggml's ggml.h
// with the block layouts of ggml-common.h as of 2026.
var dtypes = map[DType]dtypeInfo{
	"BOOL":        {1, 1, integer, true},
	"F4":          {2, 1, float, true},
	"F6_E2M3":     {4, 3, float, true},
	"F6_E3M2":     {4, 3, float, true},
	"U8":          {1, 1, integer, true},
	"I8":          {1, 1, integer, true},
	"F8_E5M2":     {1, 1, float, true},
	"F8_E4M3":     {1, 1, float, true},
	"F8_E8M0":     {1, 1, float, true},
	"F8_E4M3FNUZ": {1, 1, float, true},
	"F8_E5M2FNUZ": {1, 1, float, true},
	"I16":         {1, 2, integer, true},
	"U16":         {1, 2, integer, true},
	"F16":         {1, 2, float, true},
	"BF16":        {1, 2, float, true},
	"I32":         {1, 4, integer, true},
	"U32":         {1, 4, integer, true},
	"F32":         {1, 4, float, true},
	"C64":         {1, 8, complexFloat, true},
	"F64":         {1, 8, float, true},
	"I64":         {1, 8, integer, true},
	"U64":         {1, 8, integer, true},

	"U2":   {4, 1, integer, false},
	"I2":   {4, 1, integer, false},
	"U4":   {2, 1, integer, false},
	"I4":   {2, 1, integer, false},
	"C128": {1, 16, complexFloat, false},

	"Q4_0":    {32, 18, block, false},
	"Q4_1":    {32, 20, block, false},
	"Q5_0":    {32, 22, block, false},
	"Q5_1":    {32, 24, block, false},
	"Q8_0":    {32, 34, block, false},
	"Q8_1":    {32, 36, block, false},
	"Q2_K":    {256, 84, block, false},
	"Q3_K":    {256, 110, block, false},
	"Q4_K":    {256, 144, block, false},
	"Q5_K":    {256, 176, block, false},
	"Q6_K":    {256, 210, block, false},
	"Q8_K":    {256, 292, block, false},
	"IQ2_XXS": {256, 66, block, false},
	"IQ2_XS":  {256, 74, block, false},
	"IQ3_XXS": {256, 98, block, false},
	"IQ1_S":   {256, 50, block, false},
	"IQ4_NL":  {32, 18, block, false},
	"IQ3_S":   {256, 110, block, false},
	"IQ2_S":   {256, 82, block, false},
	"IQ4_XS":  {256, 136, block, false},
	"IQ1_M":   {256, 56, block, false},
	"TQ1_0":   {256, 54, block, false},
	"TQ2_0":   {256, 66, block, false},
	"MXFP4":   {32, 17, block, false},
	"NVFP4":   {64, 36, block, false},
	"Q1_0":    {128, 18, block, false},
	"Q2_0":    {64, 18, block, false},
}

// ggmlTypes holds enum ggml_type of ggml.h as of 2026 by id. The types without
// an entry in dtypes were removed from ggml and are obsolete.
var ggmlTypes = [...]DType{
	0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 4: "Q4_2", 5: "Q4_3",
	6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1",
	10: "Q2_K", 11: "Q3_K", 12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K",
	16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL",
	21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS",
	24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64",
	29: "IQ1_M", 30: "BF16",
	31: "Q4_0_4_4", 32: "Q4_0_4_8", 33: "Q4_0_8_8",
	34: "TQ1_0", 35: "TQ2_0",
	36: "IQ4_NL_4_4", 37: "IQ4_NL_4_8", 38: "IQ4_NL_8_8",
	39: "MXFP4", 40: "NVFP4", 41: "Q1_0", 42: "Q2_0",
}
