package format

import (
	"math"
	"testing"
)

func TestSplitOf(t *testing.T) {
	u := func(key string, n uint64) Entry { return Entry{Key: key, Type: TypeUint, Int: int64(n), Uint: n} }
	tests := []struct {
		entries   []Entry
		no, count int
		ok        bool
	}{
		{[]Entry{u("split.no", 1), u("split.count", 3), {Key: "split.tensors.count", Type: TypeInt, Int: 9}}, 1, 3, true},
		{[]Entry{u("split.no", 0), u("split.count", 1)}, 0, 1, true},
		{[]Entry{u("split.no", 3), u("split.count", 3)}, 0, 0, false},
		{[]Entry{u("split.no", 0), u("split.count", 1<<40)}, 0, 0, false},
		{[]Entry{u("split.no", 0), u("split.count", math.MaxUint64)}, 0, 0, false},
		{[]Entry{u("split.no", 1), u("split.count", 3), {Key: "split.tensors.count", Type: TypeInt, Int: 1}}, 0, 0, false},
		{[]Entry{{Key: "split.no", Type: TypeString, Text: "1"}, u("split.count", 3)}, 0, 0, false},
		{[]Entry{{Key: "split.no", Type: TypeInt, Int: -1}, u("split.count", 3)}, 0, 0, false},
		{nil, 0, 0, false},
	}
	for i, test := range tests {
		no, count, ok := SplitOf(&Header{Metadata: test.entries, Tensors: make([]Tensor, 2)})
		if no != test.no || count != test.count || ok != test.ok {
			t.Errorf("%d: got %d, %d, %t", i, no, count, ok)
		}
	}
}

func TestShardOf(t *testing.T) {
	tests := []struct {
		name, stem string
		no, count  int
	}{
		{"model-00001-of-00005.safetensors", "model", 1, 5},
		{"pytorch_model-00002-of-00002.bin", "pytorch_model", 2, 2},
		{"Qwen-7B-Q4_K_M-00003-of-00010.gguf", "Qwen-7B-Q4_K_M", 3, 10},
		{"model-00001-of-000163.safetensors", "model", 1, 163},
		{"model.fp16-00001-of-00002.safetensors", "model.fp16", 1, 2},
		{"model-00001-of-00002.fp16.safetensors", "model.fp16", 1, 2},
		{"pytorch_model_00001-of-00008.bin", "pytorch_model", 1, 8},
		{"a-of-b-1-of-2.bin", "a-of-b", 1, 2},
		{"model.safetensors", "", 0, 0},
		{"model-00000-of-00002.safetensors", "", 0, 0},
		{"model-00003-of-00002.safetensors", "", 0, 0},
		{"model-00001-of-0000x.safetensors", "", 0, 0},
		{"model--1-of-00002.safetensors", "", 0, 0},
		{"model-0000001-of-2.safetensors", "", 0, 0},
		{"-00001-of-00002.safetensors", "", 0, 0},
		{"00001-of-00002.safetensors", "", 0, 0},
		{"model-00001-of-00002.txt", "", 0, 0},
		{"", "", 0, 0},
	}
	for _, test := range tests {
		stem, no, count, ok := ShardOf(test.name)
		if test.name == "model--1-of-00002.safetensors" {
			test.stem, test.no, test.count = "model-", 1, 2
		}
		if stem != test.stem || no != test.no || count != test.count || ok != (test.count > 0) {
			t.Errorf("%q: got %q, %d, %d, %t", test.name, stem, no, count, ok)
		}
	}
}
