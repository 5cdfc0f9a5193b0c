package tensor

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/pkg/format"
)

// Ranges that begin and end anywhere give what the whole tensor gives there.
func TestRanges(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for d := range decoders {
		per, size, ok := d.Block()
		if !ok {
			t.Fatalf("%s has no size", d)
		}
		blocks := int64(3*chunk)/size + 2
		data := make([]byte, blocks*size)
		for i := range data {
			data[i] = byte(rng.Uint32())
		}
		n := blocks * per
		tensor := &format.Tensor{Name: "t", DType: d, Shape: []uint64{uint64(n)}, Size: int64(len(data))}
		r, err := Open(memory(data), tensor, false)
		if err != nil {
			t.Fatal(err)
		}
		all := make([]float32, n)
		if err := r.Decode(0, all); err != nil {
			t.Fatal(err)
		}
		for range 50 {
			first := rng.Int64N(n + 1)
			part := make([]float32, rng.Int64N(min(n-first, 2000)+1))
			if err := r.Decode(first, part); err != nil || !slices.EqualFunc(part, all[first:][:len(part)], same) {
				t.Fatalf("%s: %d elements from %d differ, %v", d, len(part), first, err)
			}
		}
		if r.Decode(n, make([]float32, 1)) == nil || r.Decode(-1, nil) == nil || r.Decode(1, all) == nil {
			t.Errorf("%s: elements outside are read", d)
		}
	}
}

// Only the bytes of the range are read.
func TestReadsLittle(t *testing.T) {
	data := make([]byte, 144*1000)
	var read int64
	open := func(string) (io.ReaderAt, int64, error) {
		return counted{bytes.NewReader(data), &read}, int64(len(data)), nil
	}
	tensor := &format.Tensor{DType: "Q4_K", Shape: []uint64{1000, 256}, Size: int64(len(data))}
	if err := Decode(open, tensor, false, 256*500+3, make([]float32, 300)); err != nil || read != 2*144 {
		t.Errorf("%d bytes are read for 2 blocks of 144, %v", read, err)
	}
}

type counted struct {
	io.ReaderAt
	n *int64
}

func (c counted) ReadAt(p []byte, off int64) (int, error) {
	*c.n += int64(len(p))
	return c.ReaderAt.ReadAt(p, off)
}

// numbers stores 0, 1, 2, ... as I32.
func numbers(n int) []byte {
	var b []byte
	for i := range n {
		b = binary.LittleEndian.AppendUint32(b, uint32(i))
	}
	return b
}

// strided is the naive order of a view.
func strided(shape []uint64, strides []int64) []float32 {
	out := []float32{0}
	for i, d := range shape {
		var next []float32
		for _, base := range out {
			for k := range int64(d) {
				next = append(next, base+float32(k*strides[i]))
			}
		}
		out = next
	}
	return out
}

func TestStrides(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	storage := numbers(400_000)
	shapes := []struct {
		shape   []uint64
		strides []int64
	}{
		{nil, []int64{}},
		{[]uint64{5}, []int64{1}},
		{[]uint64{5}, []int64{3}},
		{[]uint64{3, 4}, []int64{1, 3}},
		{[]uint64{3, 4}, []int64{4, 1}},
		{[]uint64{3, 1, 4}, []int64{4, 99999999, 1}},
		{[]uint64{0, 4}, []int64{4, 1}},
		{[]uint64{600, 600}, []int64{1, 600}},
		{[]uint64{3, 100_000}, []int64{100_000, 1}},
		{[]uint64{100_000, 3}, []int64{1, 100_000}},
		{[]uint64{7, 100, 11}, []int64{1, 77, 7}},
		{[]uint64{40, 50, 60}, []int64{1, 2400, 40}},
		{[]uint64{4, 500}, []int64{0, 1}},
		{[]uint64{500, 4}, []int64{1, 0}},
		{[]uint64{3, 5}, []int64{2, 1}},
		{[]uint64{100, 3}, []int64{3000, 1000}},
		{[]uint64{2, 3, 4, 5, 6}, []int64{1, 2, 6, 24, 120}},
	}
	for range 100 {
		var shape []uint64
		var strides []int64
		for range 1 + rng.IntN(4) {
			shape, strides = append(shape, 1+rng.Uint64N(9)), append(strides, rng.Int64N(300))
		}
		shapes = append(shapes, struct {
			shape   []uint64
			strides []int64
		}{shape, strides})
	}
	for _, c := range shapes {
		want := strided(c.shape, c.strides)
		for i := range want {
			want[i] += 10
		}
		tensor := &format.Tensor{Name: "t", DType: "I32", Shape: c.shape, Offset: 40, Size: int64(len(storage)) - 40,
			Layout: &format.Layout{Strides: c.strides}}
		got := make([]float32, len(want))
		r, err := Open(memory(storage), tensor, false)
		if err != nil {
			t.Errorf("%v: %v", c, err)
			continue
		}
		if err := r.Decode(0, got); err != nil || !slices.Equal(got, want) {
			t.Errorf("%v: got %v ..., %v", c, got[:min(8, len(got))], err)
		}
		for range 20 {
			first := rng.IntN(len(want) + 1)
			part := got[:rng.IntN(len(want)-first+1)]
			if err := r.Decode(int64(first), part); err != nil || !slices.Equal(part, want[first:][:len(part)]) {
				t.Errorf("%v: %d elements from %d: %v", c, len(part), first, err)
			}
		}
		checkPayload(t, memory(storage), tensor, false, want)
	}
}

// checkPayload reads a payload of I32 and compares its numbers.
func checkPayload(t *testing.T, open format.Opener, tensor *format.Tensor, bigEndian bool, want []float32) {
	t.Helper()
	r, err := Payload(open, tensor, bigEndian)
	if err != nil {
		t.Errorf("%v: payload: %v", tensor, err)
		return
	}
	raw, err := io.ReadAll(r)
	if err != nil || len(raw) != 4*len(want) {
		t.Errorf("%v: payload of %d bytes, want %d, %v", tensor, len(raw), 4*len(want), err)
		return
	}
	for i, w := range want {
		if got := float32(int32(binary.LittleEndian.Uint32(raw[4*i:]))); got != w {
			t.Errorf("%v: payload: element %d is %v, want %v", tensor, i, got, w)
			return
		}
	}
	if r, err := Payload(open, tensor, bigEndian); err == nil {
		if err := iotest.TestReader(r, raw); err != nil {
			t.Errorf("%v: payload: %v", tensor, err)
		}
	}
}

func TestVarints(t *testing.T) {
	values := []int64{0, 1, -1, 127, 128, 300, -32768, 65535, math.MaxInt32, math.MinInt32}
	var data []byte
	for _, v := range values {
		data = binary.AppendUvarint(data, uint64(v))
	}
	for _, c := range []struct {
		dtype format.DType
		want  []float32
	}{
		{"I32", []float32{0, 1, -1, 127, 128, 300, -32768, 65535, math.MaxInt32, math.MinInt32}},
		{"I64", []float32{0, 1, -1, 127, 128, 300, -32768, 65535, math.MaxInt32, math.MinInt32}},
		{"I8", []float32{0, 1, -1, 127, -128, 44, 0, -1, -1, 0}},
		{"BOOL", []float32{0, 1, 1, 1, 1, 1, 0, 1, 1, 0}},
		{"F16", []float32{0, 0x1p-24, float32(math.NaN()), 127 * 0x1p-24, 128 * 0x1p-24, 300 * 0x1p-24, float32(math.Copysign(0, -1)), float32(math.NaN()), float32(math.NaN()), 0}},
	} {
		tensor := &format.Tensor{DType: c.dtype, Shape: []uint64{10}, Size: int64(len(data)), Layout: &format.Layout{Varint: true}}
		got := make([]float32, 10)
		r, err := Open(memory(data), tensor, true) // varints have no byte order
		if err != nil {
			t.Errorf("%s: %v", c.dtype, err)
			continue
		}
		for _, first := range []int{0, 3, 9, 2, 2} {
			if err := r.Decode(int64(first), got[first:]); err != nil || !slices.EqualFunc(got[first:], c.want[first:], same) {
				t.Errorf("%s from %d: got %v, %v", c.dtype, first, got[first:], err)
			}
		}
		if c.dtype == "I32" {
			checkPayload(t, memory(data), tensor, false, c.want)
		}
	}
	// Two elements of four bits in each varint.
	tensor := &format.Tensor{DType: "I4", Shape: []uint64{3}, Size: 3, Layout: &format.Layout{Varint: true}}
	got := make([]float32, 3)
	if err := Decode(memory([]byte{0xf1, 0x01, 0x07}), tensor, false, 0, got); err != nil || !slices.Equal(got, []float32{1, -1, 7}) {
		t.Errorf("I4: %v, %v", got, err)
	}
}

func TestSegments(t *testing.T) {
	all := numbers(100_000)
	open := files(map[string][]byte{"": append([]byte("12345"), all[:10]...), "a": all[10:1000], "b": all[1000:]})
	segments := []format.Segment{{File: "", Offset: 5, Size: 10}, {File: "a", Size: 990}, {File: "b", Size: int64(len(all)) - 1000}}
	want := strided([]uint64{100_000}, []int64{1})
	tensor := &format.Tensor{DType: "I32", Shape: []uint64{100_000}, Size: int64(len(all)), Layout: &format.Layout{Segments: segments}}
	got := make([]float32, len(want))
	if err := Decode(open, tensor, false, 0, got); err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v ..., %v", got[:8], err)
	}
	if err := Decode(open, tensor, false, 1, got[:3]); err != nil || !slices.Equal(got[:3], want[1:4]) {
		t.Errorf("got %v, %v", got[:3], err)
	}
	checkPayload(t, open, tensor, false, want)
	// A transposed view over several segments.
	tensor.Shape, tensor.Layout.Strides = []uint64{1000, 100}, []int64{1, 1000}
	checkPayload(t, open, tensor, false, strided(tensor.Shape, tensor.Layout.Strides))
}

// bigEndianFields are the places and widths of numbers in a unit, those of
// blocks as byteswap_tensors of the gguf package's gguf_convert_endian.py.
var bigEndianFields = map[format.DType][]int{
	"I16": {0, 2}, "U16": {0, 2}, "F16": {0, 2}, "BF16": {0, 2}, "I32": {0, 4}, "U32": {0, 4}, "F32": {0, 4},
	"I64": {0, 8}, "U64": {0, 8}, "F64": {0, 8},
	"Q4_0": {0, 2}, "Q8_0": {0, 2}, "Q4_K": {0, 2, 2, 2}, "Q6_K": {208, 2}, "MXFP4": {}, "NVFP4": {},
}

func TestBigEndian(t *testing.T) {
	for _, v := range committed(t) {
		widths, known := bigEndianFields[v.DType]
		_, size, _ := v.DType.Block()
		if !known && size == 1 {
			known = true
		}
		data := bytes.Clone(v.Data)
		for at := 0; at < len(data); at += int(size) {
			for i := 0; i < len(widths); i += 2 {
				slices.Reverse(data[at+widths[i]:][:widths[i+1]])
			}
		}
		tensor := &format.Tensor{Name: "t", DType: v.DType, Shape: []uint64{uint64(v.Elements)}, Size: int64(len(data))}
		got := make([]float32, v.Elements)
		err := Decode(memory(data), tensor, true, 0, got)
		if !known && v.DType != "F6_E2M3" && v.DType != "F6_E3M2" {
			if !errors.Is(err, format.ErrUnsupported) {
				t.Errorf("%s: %v", v.DType, err)
			}
			continue
		}
		if err != nil || !slices.EqualFunc(got, v.values(t), same) {
			t.Errorf("%s differs, %v", v.DType, err)
		}
		r, err := Payload(memory(data), tensor, true)
		if err != nil {
			t.Errorf("%s: %v", v.DType, err)
			continue
		}
		if raw, err := io.ReadAll(r); err != nil || !bytes.Equal(raw, v.Data) {
			t.Errorf("%s: the payload differs, %v", v.DType, err)
		}
	}
	// A complex number is two numbers.
	tensor := &format.Tensor{DType: "C64", Shape: []uint64{1}, Size: 8}
	r, err := Payload(memory([]byte("dcbahgfe")), tensor, true)
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := io.ReadAll(r); string(raw) != "abcdefgh" || err != nil {
		t.Errorf("C64: %q, %v", raw, err)
	}
}

// TensorFlow.js computes in 64 bits and rounds once.
func TestAffine(t *testing.T) {
	a := &format.Affine{Scale: 0.0123456789, Min: -1.5, DType: "F32"}
	tensor := &format.Tensor{DType: "U8", Shape: []uint64{4}, Size: 4, Layout: &format.Layout{Affine: a}}
	got := make([]float32, 4)
	if err := Decode(memory([]byte{0, 1, 128, 255}), tensor, false, 0, got); err != nil {
		t.Fatal(err)
	}
	// From Math.fround(q * 0.0123456789 + -1.5).
	want := []float32{-1.5, -1.4876543283462524, 0.08024689555168152, 1.6481481790542603}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	a.DType, a.Scale, a.Min = "I32", 0.5, -3
	if err := Decode(memory([]byte{0, 1, 128, 255}), tensor, false, 0, got); err != nil || !slices.Equal(got, []float32{-3, -2, 61, 125}) {
		t.Errorf("I32: %v, %v", got, err)
	}
	tensor.DType = "I8"
	if err := Decode(memory([]byte{0, 1, 128, 255}), tensor, false, 0, got); !errors.Is(err, format.ErrUnsupported) {
		t.Errorf("I8: %v", err)
	}
	// The payload is the stored integers.
	r, err := Payload(memory([]byte("abcd")), tensor, false)
	if err != nil {
		t.Fatal(err)
	}
	if raw, _ := io.ReadAll(r); string(raw) != "abcd" {
		t.Errorf("payload %q", raw)
	}
}

func TestHostile(t *testing.T) {
	view := func(strides ...int64) *format.Layout { return &format.Layout{Strides: strides} }
	const most = math.MaxInt64
	for name, c := range map[string]struct {
		tensor format.Tensor
		err    error
	}{
		"unknown type":       {format.Tensor{DType: "X9", Shape: []uint64{1}, Size: 1}, format.ErrUnsupported},
		"obsolete type":      {format.Tensor{DType: "Q4_2", Shape: []uint64{32}, Size: 16}, format.ErrUnsupported},
		"complex":            {format.Tensor{DType: "C64", Shape: []uint64{1}, Size: 8}, format.ErrUnsupported},
		"overflow":           {format.Tensor{DType: "U8", Shape: []uint64{1 << 32, 1 << 32}, Size: 4}, format.ErrMalformed},
		"overflow in bytes":  {format.Tensor{DType: "F64", Shape: []uint64{1 << 60}, Size: 4}, format.ErrMalformed},
		"overflow in blocks": {format.Tensor{DType: "Q8_K", Shape: []uint64{most &^ 255}, Size: 4}, format.ErrMalformed},
		"half a block":       {format.Tensor{DType: "Q4_0", Shape: []uint64{40}, Size: 36}, format.ErrMalformed},
		"too short":          {format.Tensor{DType: "F32", Shape: []uint64{4}, Size: 12}, format.ErrTruncated},
		"too long":           {format.Tensor{DType: "F32", Shape: []uint64{2}, Size: 12}, format.ErrMalformed},
		"view of blocks":     {format.Tensor{DType: "Q4_0", Shape: []uint64{32}, Size: 18, Layout: view(1)}, format.ErrUnsupported},
		"view of nibbles":    {format.Tensor{DType: "F4", Shape: []uint64{32}, Size: 16, Layout: view(1)}, format.ErrUnsupported},
		"view of varints":    {format.Tensor{DType: "U8", Shape: []uint64{4}, Size: 4, Layout: &format.Layout{Varint: true, Strides: []int64{1}}}, format.ErrUnsupported},
		"rank":               {format.Tensor{DType: "U8", Shape: []uint64{4}, Size: 4, Layout: view(1, 1)}, format.ErrMalformed},
		"negative stride":    {format.Tensor{DType: "U8", Shape: []uint64{4}, Size: 4, Layout: view(-1)}, format.ErrMalformed},
		"stride too long":    {format.Tensor{DType: "U8", Shape: []uint64{4}, Size: 9, Layout: view(3)}, format.ErrTruncated},
		"stride overflows":   {format.Tensor{DType: "U8", Shape: []uint64{4}, Size: 9, Layout: view(most)}, format.ErrTruncated},
		"strides overflow":   {format.Tensor{DType: "U8", Shape: []uint64{2, 2}, Size: 9, Layout: view(8, most)}, format.ErrTruncated},
		"view of nothing":    {format.Tensor{DType: "U8", Shape: []uint64{1}, Size: 0, Layout: view(1)}, format.ErrTruncated},
		"few varints":        {format.Tensor{DType: "U8", Shape: []uint64{1 << 40}, Size: 9, Layout: &format.Layout{Varint: true}}, format.ErrTruncated},
	} {
		_, err := Open(memory(make([]byte, 400)), &c.tensor, false)
		if !errors.Is(err, c.err) {
			t.Errorf("%s: %v, want %v", name, err, c.err)
		}
	}
	for name, data := range map[string][]byte{
		"eleven bytes": {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00},
		"behind":       {1, 2, 3},
	} {
		tensor := &format.Tensor{DType: "U8", Shape: []uint64{2}, Size: int64(len(data)), Layout: &format.Layout{Varint: true}}
		if err := Decode(memory(data), tensor, false, 0, make([]float32, 2)); !errors.Is(err, format.ErrMalformed) {
			t.Errorf("varint of %s: %v", name, err)
		}
	}
	tensor := &format.Tensor{DType: "U8", Shape: []uint64{2}, Size: 2, Layout: &format.Layout{Varint: true}}
	if err := Decode(memory([]byte{1, 0x80}), tensor, false, 0, make([]float32, 2)); !errors.Is(err, format.ErrTruncated) {
		t.Errorf("varint cut off: %v", err)
	}
	// One stored byte that stands for 2^40 elements can be sampled, and is not
	// written out.
	tensor = &format.Tensor{DType: "U8", Shape: []uint64{1 << 20, 1 << 20}, Size: 1, Layout: view(0, 0)}
	if err := Decode(memory([]byte{7}), tensor, false, 1<<39, make([]float32, 100)); err != nil {
		t.Error(err)
	}
	if _, err := Payload(memory([]byte{7}), tensor, false); !errors.Is(err, format.ErrLimit) {
		t.Errorf("endless payload: %v", err)
	}
}

// A view may be written out as 64 times what is stored, and no more.
func TestPayloadLimit(t *testing.T) {
	data := make([]byte, 32<<10)
	for repeat, want := range map[uint64]error{64: nil, 65: format.ErrLimit} {
		tensor := &format.Tensor{DType: "U8", Shape: []uint64{repeat, 32 << 10}, Size: 32 << 10, Layout: &format.Layout{Strides: []int64{0, 1}}}
		if _, err := Payload(memory(data), tensor, false); !errors.Is(err, want) {
			t.Errorf("%d times: %v, want %v", repeat, err, want)
		}
	}
}

// Errors of reads come through, and a file that is shorter than it said is
// truncated.
func TestReadErrors(t *testing.T) {
	broken := errors.New("broken")
	for _, l := range []*format.Layout{nil, {Strides: []int64{1, 10}}, {Varint: true}} {
		tensor := &format.Tensor{DType: "U8", Shape: []uint64{10, 10}, Size: 100, Layout: l}
		for _, c := range []struct {
			r    io.ReaderAt
			want error
		}{{failing{broken}, broken}, {bytes.NewReader(make([]byte, 50)), format.ErrTruncated}} {
			open := func(string) (io.ReaderAt, int64, error) { return c.r, 100, nil }
			if err := Decode(open, tensor, false, 0, make([]float32, 100)); !errors.Is(err, c.want) {
				t.Errorf("%v: %v, want %v", l, err, c.want)
			}
			if l == nil {
				continue
			}
			r, err := Payload(open, tensor, false)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(r); !errors.Is(err, c.want) {
				t.Errorf("%v: payload %v, want %v", l, err, c.want)
			}
		}
	}
	absent := func(string) (io.ReaderAt, int64, error) { return nil, 0, broken }
	if _, err := Open(absent, &format.Tensor{DType: "U8", Shape: []uint64{1}, Size: 1}, false); !errors.Is(err, broken) {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }

// Memory does not grow with the tensor.
func TestPayloadMemory(t *testing.T) {
	zeros := func(string) (io.ReaderAt, int64, error) { return zero{}, 1 << 40, nil }
	tensor := &format.Tensor{DType: "F32", Shape: []uint64{4096, 4096}, Size: 64 << 20, Layout: &format.Layout{Strides: []int64{1, 4096}}}
	allocated := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			r, err := Payload(zeros, tensor, false)
			if err != nil {
				b.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, r); n != 64<<20 || err != nil {
				b.Fatal(n, err)
			}
		}
	}).AllocedBytesPerOp()
	if allocated > 1<<20 {
		t.Errorf("%d bytes are allocated for 64 MiB", allocated)
	}
}

type zero struct{}

func (zero) ReadAt(p []byte, _ int64) (int, error) {
	clear(p)
	return len(p), nil
}
