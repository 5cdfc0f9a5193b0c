package format

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSafetensors(t *testing.T) {
	files := validSafetensors()
	twoHeader := int64(len(files["two"]) - 28)
	zeroHeader := int64(len(files["zero-sized"]) - 9)
	smallHeader := int64(len(files["small types"]) - 16)
	tests := map[string]*Header{
		"empty": {Format: "safetensors", DataOffset: 10},
		"two": {
			Format: "safetensors",
			Tensors: []Tensor{
				{Name: "a", DType: "BF16", Shape: []uint64{2}, Offset: twoHeader, Size: 4},
				{Name: "b", DType: "F32", Shape: []uint64{2, 3}, Offset: twoHeader + 4, Size: 24},
			},
			Metadata: []Entry{
				{Key: "format", Type: TypeString, Text: "pt"},
				{Key: "note", Type: TypeString, Text: "a\u00e9\U0001F600\n"},
			},
			DataOffset: twoHeader,
		},
		"zero-sized": {
			Format: "safetensors",
			Tensors: []Tensor{
				{Name: "y", DType: "U8", Offset: zeroHeader, Size: 1},
				{Name: "z", DType: "F16", Shape: []uint64{0, 7}, Offset: zeroHeader},
				{Name: "w", DType: "F64", Shape: []uint64{1}, Offset: zeroHeader + 1, Size: 8},
				{Name: "x", DType: "U8", Shape: []uint64{0}, Offset: zeroHeader + 1},
			},
			DataOffset: zeroHeader,
		},
		"small types": {
			Format: "safetensors",
			Tensors: []Tensor{
				{Name: "a", DType: "F4", Shape: []uint64{2, 2}, Offset: smallHeader, Size: 2},
				{Name: "b", DType: "F6_E2M3", Shape: []uint64{4}, Offset: smallHeader + 2, Size: 3},
				{Name: "c", DType: "F8_E8M0", Shape: []uint64{3}, Offset: smallHeader + 5, Size: 3},
				{Name: "d", DType: "C64", Shape: []uint64{1}, Offset: smallHeader + 8, Size: 8},
			},
			DataOffset: smallHeader,
		},
		"unknown dtype": {
			Format:     "safetensors",
			Tensors:    []Tensor{{Name: "a", DType: "F3_X", Shape: []uint64{8}, Offset: 63, Size: 3}},
			DataOffset: 63,
			Notes:      []Note{{14, `dtype "F3_X" of tensor "a" is not in the specification`}},
		},
		"unknown field": {
			Format:     "safetensors",
			Tensors:    []Tensor{{Name: "a", DType: "U8", Shape: []uint64{3}, Offset: 100, Size: 3}},
			DataOffset: 100,
			Notes:      []Note{{27, `tensor "a" has a field "extra" that the specification does not name`}},
		},
	}
	for name, want := range tests {
		got, err := read(safetensors{}, files[name])
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
	if len(tests) != len(files) {
		t.Errorf("%d tests for %d files", len(tests), len(files))
	}
}
