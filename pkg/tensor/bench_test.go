package tensor

import (
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/modelbom/modelbom/pkg/format"
)

// BenchmarkDecode decodes 64 KiB of each type; bytes are stored ones.
func BenchmarkDecode(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	var types []format.DType
	for d := range decoders {
		types = append(types, d)
	}
	slices.Sort(types)
	for _, d := range types {
		b.Run(string(d), func(b *testing.B) {
			per, size, _ := d.Block()
			data := make([]byte, chunk/size*size)
			for i := range data {
				data[i] = byte(rng.Uint32())
			}
			n := int64(len(data)) / size * per
			tensor := &format.Tensor{DType: d, Shape: []uint64{uint64(n)}, Size: int64(len(data))}
			r, err := Open(memory(data), tensor, false)
			if err != nil {
				b.Fatal(err)
			}
			dst := make([]float32, n)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if err := r.Decode(0, dst); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkPayload puts a transposed matrix of 16 MiB and as many varints in
// order.
func BenchmarkPayload(b *testing.B) {
	data := make([]byte, 16<<20)
	for name, tensor := range map[string]*format.Tensor{
		"transposed": {DType: "F16", Shape: []uint64{2048, 4096}, Layout: &format.Layout{Strides: []int64{1, 2048}}},
		"rows":       {DType: "F16", Shape: []uint64{2047, 2048}, Layout: &format.Layout{Strides: []int64{4096, 1}}},
		"varints":    {DType: "I64", Shape: []uint64{16 << 20}, Layout: &format.Layout{Varint: true}},
	} {
		tensor.Size = int64(len(data))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				r, err := Payload(memory(data), tensor, false)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
