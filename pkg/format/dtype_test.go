package format

import (
	"fmt"
	"slices"
	"testing"
)

func TestDType(t *testing.T) {
	// Elements and bytes of a block: safetensors' bit sizes, and the tables of
	// ggml-common.h.
	tests := map[DType][2]int64{
		"F32": {1, 4}, "F16": {1, 2}, "BF16": {1, 2}, "F64": {1, 8}, "F4": {2, 1}, "F6_E2M3": {4, 3}, "F6_E3M2": {4, 3},
		"F8_E4M3": {1, 1}, "F8_E5M2": {1, 1}, "F8_E8M0": {1, 1}, "F8_E4M3FNUZ": {1, 1}, "F8_E5M2FNUZ": {1, 1},
		"C64": {1, 8}, "BOOL": {1, 1}, "U16": {1, 2}, "U64": {1, 8},
		"Q4_0": {32, 18}, "Q4_1": {32, 20}, "Q5_0": {32, 22}, "Q5_1": {32, 24}, "Q8_0": {32, 34}, "Q8_1": {32, 36},
		"Q2_K": {256, 84}, "Q3_K": {256, 110}, "Q4_K": {256, 144}, "Q5_K": {256, 176}, "Q6_K": {256, 210}, "Q8_K": {256, 292},
		"IQ2_XXS": {256, 66}, "IQ2_XS": {256, 74}, "IQ3_XXS": {256, 98}, "IQ1_S": {256, 50}, "IQ4_NL": {32, 18},
		"IQ3_S": {256, 110}, "IQ2_S": {256, 82}, "IQ4_XS": {256, 136}, "IQ1_M": {256, 56}, "TQ1_0": {256, 54}, "TQ2_0": {256, 66},
		"MXFP4": {32, 17}, "NVFP4": {64, 36}, "Q1_0": {128, 18}, "Q2_0": {64, 18},
	}
	for d, want := range tests {
		if elements, size, ok := d.Block(); !ok || elements != want[0] || size != want[1] {
			t.Errorf("%s: %d, %d, %t, want %v", d, elements, size, ok, want)
		}
		if n, ok := d.Size(512); !ok || n != 512/want[0]*want[1] {
			t.Errorf("%s: 512 elements have %d bytes", d, n)
		}
	}
	if _, _, ok := DType("f32").Block(); ok {
		t.Error("f32 is known")
	}
	for d, n := range map[DType]int64{"Q4_K": 255, "F4": 3, "F6_E2M3": 2, "F64": 1 << 61, "F32": -4, "X": 1} {
		if size, ok := d.Size(n); ok {
			t.Errorf("%d elements of %s have %d bytes", n, d, size)
		}
	}
	floats, quantized := []DType{}, 0
	for d := range dtypes {
		if d.Float() {
			floats = append(floats, d)
		}
		if d.Quantized() {
			quantized++
		}
	}
	slices.Sort(floats)
	if got := fmt.Sprint(floats); got != "[BF16 F16 F32 F4 F64 F6_E2M3 F6_E3M2 F8_E4M3 F8_E4M3FNUZ F8_E5M2 F8_E5M2FNUZ F8_E8M0]" || quantized != 27 {
		t.Errorf("floats are %s, %d are quantized", got, quantized)
	}
	obsolete := 0
	for id, d := range ggmlTypes {
		if _, _, ok := d.Block(); !ok {
			obsolete++
		}
		if d == "" {
			t.Errorf("type %d has no name", id)
		}
	}
	if obsolete != 8 || len(ggmlTypes) != 43 {
		t.Errorf("%d of %d types are obsolete", obsolete, len(ggmlTypes))
	}
}

func TestElements(t *testing.T) {
	const half = 1 << 32
	tests := []struct {
		shape []uint64
		n     int64
		ok    bool
	}{
		{nil, 1, true},
		{[]uint64{3, 4}, 12, true},
		{[]uint64{0}, 0, true},
		{[]uint64{half, half, 0}, 0, true},
		{[]uint64{1<<63 - 1}, 1<<63 - 1, true},
		{[]uint64{1 << 63}, 0, false},
		{[]uint64{1 << 62, 2}, 0, false},
		{[]uint64{half, half}, 0, false},
		{[]uint64{half, half, 5}, 0, false},
		{[]uint64{half, half, half, half, 0}, 0, true},
	}
	for _, test := range tests {
		n, ok := elements(test.shape)
		if ok != test.ok || ok && n != test.n {
			t.Errorf("%v: %d, %t", test.shape, n, ok)
		}
		if tensor := (Tensor{Shape: test.shape}); ok && tensor.Elements() != test.n {
			t.Errorf("%v: Elements is %d", test.shape, tensor.Elements())
		}
	}
}
