package format

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func BenchmarkRead(b *testing.B) {
	for _, test := range []struct {
		name   string
		format Format
		file   []byte
	}{
		{"safetensors/tensors=1000", safetensors{}, manySafetensors(1_000)},
		{"safetensors/tensors=100000", safetensors{}, manySafetensors(100_000)},
		{"gguf/tensors=1000", gguf{}, manyGGUF(0, 1_000)},
		{"gguf/tensors=100000", gguf{}, manyGGUF(0, 100_000)},
		{"onnx/tensors=1000", onnx{}, manyONNX(1_000)},
		{"onnx/tensors=100000", onnx{}, manyONNX(100_000)},
		{"gguf/tokens=200000", gguf{}, manyGGUF(200_000, 500)},
	} {
		b.Run(test.name, func(b *testing.B) {
			h, err := read(test.format, test.file)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(h.DataOffset)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := read(test.format, test.file); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkStrings(b *testing.B) {
	file := manyGGUF(200_000, 0)
	h, err := read(gguf{}, file)
	if err != nil {
		b.Fatal(err)
	}
	e, _ := h.Lookup("tokenizer.ggml.tokens")
	b.SetBytes(e.Array.Size)
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range e.Array.Strings(bytes.NewReader(file)) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkReadIndex(b *testing.B) {
	var s strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&s, `,"model.layers.%d.mlp.experts.%d.down_proj.weight":"model-%05d-of-00100.safetensors"`, i/256, i%256, i/1000+1)
	}
	text := `{"weight_map":{` + s.String()[1:] + "}}"
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadIndex(strings.NewReader(text)); err != nil {
			b.Fatal(err)
		}
	}
}
