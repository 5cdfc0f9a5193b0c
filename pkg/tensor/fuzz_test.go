package tensor

import (
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/modelbom/modelbom/pkg/format"
)

// FuzzDecode decodes a range of a tensor that the input describes. It must give
// an error that says what is wrong, or the values that the whole tensor has in
// that range; and its payload must decode to the same values.
func FuzzDecode(f *testing.F) {
	for _, v := range committed(f) {
		f.Add(string(v.DType), v.Data, uint64(v.Elements), uint64(1), int64(0), int64(0), byte(0), int64(0))
	}
	f.Add("I32", numbers(12), uint64(3), uint64(4), int64(1), int64(3), byte(1), int64(2))
	f.Add("I16", []byte{1, 0x80, 1, 3, 4}, uint64(2), uint64(2), int64(0), int64(0), byte(2), int64(1))
	f.Add("U8", []byte{1, 2, 3, 4}, uint64(2), uint64(2), int64(0), int64(0), byte(4|8|16), int64(1))
	f.Fuzz(func(t *testing.T, dtype string, data []byte, rows, columns uint64, stride0, stride1 int64, flags byte, first int64) {
		l := &format.Layout{Varint: flags&2 != 0}
		if flags&1 != 0 {
			l.Strides = []int64{stride0, stride1}
		}
		if flags&4 != 0 {
			l.Affine = &format.Affine{Scale: 0.5, Min: float64(stride0), DType: "F32"}
		}
		if flags&8 != 0 {
			half := int64(len(data) / 2)
			l.Segments = []format.Segment{{File: "", Offset: 0, Size: half}, {File: "", Offset: half, Size: int64(len(data)) - half}}
		}
		bigEndian := flags&16 != 0
		tensor := &format.Tensor{Name: "t", DType: format.DType(dtype), Shape: []uint64{rows, columns}, Size: int64(len(data)), Layout: l}
		r, err := Open(memory(data), tensor, bigEndian)
		if err != nil {
			checkError(t, err)
			return
		}
		n := r.Elements()
		first = max(0, min(first, n))
		part := make([]float32, min(n-first, 1000))
		if err := r.Decode(first, part); err != nil {
			checkError(t, err)
			return
		}
		if n > 20_000 {
			return
		}
		all := make([]float32, n)
		if err := r.Decode(0, all); err != nil {
			checkError(t, err) // varints behind the part may be broken
			return
		}
		if !slices.EqualFunc(part, all[first:][:len(part)], same) {
			t.Fatalf("elements from %d differ from those of the whole", first)
		}
		checkFuzzPayload(t, data, tensor, bigEndian, all)
	})
}

func checkFuzzPayload(t *testing.T, data []byte, tensor *format.Tensor, bigEndian bool, all []float32) {
	t.Helper()
	p, err := Payload(memory(data), tensor, bigEndian)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(p)
	if err != nil {
		t.Fatal(err)
	}
	plain := &format.Tensor{DType: tensor.DType, Shape: tensor.Shape, Size: int64(len(raw)), Layout: &format.Layout{Affine: tensor.Layout.Affine}}
	again := make([]float32, len(all))
	if err := Decode(memory(raw), plain, false, 0, again); err != nil || !slices.EqualFunc(all, again, same) {
		t.Fatalf("the payload decodes otherwise, %v", err)
	}
}

func checkError(t *testing.T, err error) {
	t.Helper()
	for _, known := range []error{format.ErrMalformed, format.ErrTruncated, format.ErrUnsupported} {
		if errors.Is(err, known) {
			return
		}
	}
	t.Fatalf("an error of no kind: %v", err)
}
