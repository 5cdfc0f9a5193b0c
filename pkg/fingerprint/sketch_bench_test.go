package fingerprint

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/modelbom/modelbom/pkg/format"
)

// BenchmarkSketches writes matrices in pieces of 128 KiB and reports what that
// costs beside the digests of the same bytes, both sinks on one core: the shortest
// time of each piece, which other work on the machine changes least.
func BenchmarkSketches(b *testing.B) {
	for _, c := range []struct {
		dtype format.DType
		shape []uint64
	}{
		{"BF16", []uint64{4096, 4096}}, {"BF16", []uint64{4096, 11008}}, {"BF16", []uint64{11008, 4096}}, {"BF16", []uint64{768, 3072}},
		{"F32", []uint64{384, 1536}}, {"F32", []uint64{1536, 384}}, {"F32", []uint64{384, 384}}, {"F32", []uint64{768, 3072}}, {"F16", []uint64{1024, 1024}},
		{"F8_E4M3", []uint64{4096, 4096}}, {"I8", []uint64{1024, 1024}},
		{"Q4_K", []uint64{4096, 4096}}, {"Q6_K", []uint64{4096, 4096}}, {"Q5_K", []uint64{4096, 4096}}, {"Q8_0", []uint64{4096, 4096}}, {"Q4_0", []uint64{4096, 4096}}, {"IQ4_XS", []uint64{4096, 4096}},
	} {
		n := int(c.shape[0] * c.shape[1])
		size, _ := c.dtype.Size(int64(n))
		data := stored(c.dtype, gaussian(n, 1))
		h := &format.Header{}
		h.Tensors = []format.Tensor{{Name: "model.layers.0.w", DType: c.dtype, Shape: c.shape, Size: size}}
		b.Run(fmt.Sprintf("%s-%dx%d", c.dtype, c.shape[0], c.shape[1]), func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			var sketch, digest []time.Duration
			known := plans{}
			for b.Loop() {
				s := NewSketches(h, SketchOptions{})
				s.plans = known // as for the second layer of a model
				sketch = writeTimed(sketch, s, data)
				if k, err := s.Sketch(0); err != nil || k.Class != Matrix {
					b.Fatal(k.Class, k.Reason, err)
				}
			}
			for range min(b.N, 200) + 5 {
				if d := NewFileAndTensorDigests(h); d != nil {
					digest = writeTimed(digest, d, data)
				} else {
					digest = writeTimed(digest, NewTensorDigests(h), data)
				}
			}
			b.ReportMetric(100*sum(sketch)/sum(digest), "%-of-digests")
			b.ReportMetric(sum(sketch)*1e6, "µs/tensor")
			b.ReportMetric(float64(size)/sum(digest)/1e6, "MB/s-digests")
		})
	}
}

// writeTimed writes data in pieces and keeps the shortest time of each piece.
func writeTimed(best []time.Duration, w io.Writer, data []byte) []time.Duration {
	piece := make([]byte, 128<<10) // as it comes from reading, near the processor
	for i := 0; len(data) > 0; i++ {
		n := copy(piece, data)
		start := time.Now()
		w.Write(piece[:n])
		d := time.Since(start)
		if i == len(best) {
			best = append(best, d)
		}
		best[i] = min(best[i], d)
		data = data[n:]
	}
	return best
}

func sum(d []time.Duration) float64 {
	t := time.Duration(0)
	for _, d := range d {
		t += d
	}
	return t.Seconds()
}
