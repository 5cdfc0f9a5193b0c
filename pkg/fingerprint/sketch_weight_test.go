package fingerprint

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/modelbom/modelbom/pkg/format"
	"github.com/modelbom/modelbom/pkg/tensor"
)

// TestSketchWeight quantises a matrix by hand in schemes of several tensors and
// compares its sketch with the matrix's.
func TestSketchWeight(t *testing.T) {
	const rows, cols, group = 64, 1024, 128
	v := gaussian(rows*cols, 50)
	want := one(t, "l.weight", v, SketchOptions{}, rows, cols)

	// GPTQ of 4 bits: step and zero point 8 for each output and group.
	qweight, scales, zeros := make([]byte, rows*cols/2), make([]float32, cols/group*rows), make([]byte, cols/group*rows/2)
	for i := range zeros {
		zeros[i] = 0x77 // stored less one
	}
	for r := range rows {
		for c := range cols {
			s := &scales[c/group*rows+r]
			if c%group == 0 {
				for _, x := range v[r*cols+c:][:group] {
					*s = max(*s, float32(math.Abs(float64(x)))/7)
				}
			}
			q := byte(math.Round(float64(v[r*cols+c] / *s)) + 8)
			qweight[(c/8*rows+r)*4+c%8/2] |= q << (c % 2 * 4)
		}
	}
	gptq := []made{{"l.qweight", "I32", []uint64{cols / 8, rows}, qweight}, {"l.qzeros", "I32", []uint64{cols / group, rows / 8}, zeros}, {"l.scales", "F32", []uint64{cols / group, rows}, f32Bytes(scales)}}

	// int8 with a scale for each row.
	ints, perRow := make([]byte, rows*cols), make([]float32, rows)
	for i, x := range v {
		ints[i] = byte(int8(math.Round(float64(x) * 1200)))
		perRow[i/cols] = 1.0 / 1200
	}
	scaled := []made{{"l.weight", "I8", []uint64{rows, cols}, ints}, {"l.weight_scale", "F32", []uint64{rows, 1}, f32Bytes(perRow)}}

	for scheme, c := range map[tensor.Scheme]struct {
		tensors []made
		rows    int
	}{tensor.GPTQ: {gptq, 0}, tensor.Scaled: {scaled, 20}} {
		h, data := file(false, c.tensors...)
		weights, problems := tensor.Logical(h.Tensors, tensor.QuantFacts{})
		if len(weights) != 1 || weights[0].Scheme != scheme {
			t.Fatalf("%s: %v %v", scheme, weights, problems)
		}
		src := func(name string) (*tensor.Reader, error) {
			for i := range h.Tensors {
				if h.Tensors[i].Name == name {
					return tensor.Open(opener(data), &h.Tensors[i], false)
				}
			}
			return nil, errors.New("no such tensor")
		}
		got, err := SketchWeight(&weights[0], tensor.QuantFacts{}, src, SketchOptions{})
		if err != nil {
			t.Fatal(scheme, err)
		}
		sum, n := agreement(view(t, want, Stored), view(t, got, Stored))
		if q := 0.5 + float64(sum)/float64(n)/2; q < 0.99 || n < 700 || common(want.Rows, got.Rows) < c.rows {
			t.Errorf("%s: agreement %.4f on %d bits, %d rows of %d", scheme, q, n, common(want.Rows, got.Rows), len(got.Rows))
		}
	}
	if s, err := SketchWeight(&tensor.Weight{Name: "x", Scheme: tensor.Packed, Shape: []uint64{64, 64}, Parameters: 4096, Tensors: []string{"x"}}, tensor.QuantFacts{},
		func(string) (*tensor.Reader, error) { return nil, nil }, SketchOptions{}); err != nil || s.Class != Unread || s.Reason == "" {
		t.Errorf("a scheme that is not decoded: %v %v", s, err)
	}
}

// TestSketchLayouts sketches a transposed view of a storage and a tensor in two
// segments: what counts is the tensor and not where its values lie.
func TestSketchLayouts(t *testing.T) {
	const rows, cols = 64, 320
	v := gaussian(rows*cols, 51)
	want := one(t, "w", v, SketchOptions{}, rows, cols)
	data := f32Bytes(transpose(v, rows, cols))
	for name, c := range map[string]struct {
		data   []byte
		layout format.Layout
	}{
		"view":     {data, format.Layout{Strides: []int64{1, rows}}},
		"segments": {f32Bytes(v), format.Layout{Segments: []format.Segment{{Offset: 0, Size: 1000}, {Offset: 1000, Size: 4*rows*cols - 1000}}}},
	} {
		x := format.Tensor{Name: "w", DType: "F32", Shape: []uint64{rows, cols}, Size: int64(len(c.data)), Layout: &c.layout}
		got, err := SketchTensor(opener(c.data), &x, false, SketchOptions{})
		if err != nil || !cmp.Equal(want, got) {
			t.Errorf("%s: %v\n%s", name, err, cmp.Diff(want, got))
		}
	}
}

// TestOneShapeTwoArrangements has tensors of one shape in a file whose views
// differ: what the sink knows of a shape must not serve both.
func TestOneShapeTwoArrangements(t *testing.T) {
	heads := map[string]int{"a.blk.0.attn_q.weight": 4, "b.blk.0.attn_q.weight": 8}
	o := SketchOptions{Format: "gguf", HeadsOf: func(name string) (int, int) { return heads[name], 0 }}
	v := f32Bytes(gaussian(64*128, 60))
	var files [][]made
	files = append(files, []made{{"a.blk.0.attn_q.weight", "F32", []uint64{64, 128}, v}, {"b.blk.0.attn_q.weight", "F32", []uint64{64, 128}, v}})
	files = append(files, []made{{"a.query_key_value.weight", "F32", []uint64{192, 42}, v[:192*42*4]}, {"b.query_key_value.weight", "F32", []uint64{192, 42}, v[:192*42*4]}})
	heads["a.query_key_value.weight"], heads["b.query_key_value.weight"] = 2, 4
	files = append(files, []made{{"a/kernel", "F32", []uint64{3, 3, 16, 24}, v[:3456*4]}, {"b/kernel", "F32", []uint64{4, 4, 9, 24}, v[:3456*4]}})
	for i, tensors := range files {
		if i == 2 {
			o.Format = "tfjs"
		}
		h, data := file(false, tensors...)
		got := stream(t, h, data, 1000, o)
		for k := range h.Tensors {
			want, err := SketchTensor(opener(data), &h.Tensors[k], false, o)
			if err != nil || !cmp.Equal(want, got[k]) {
				t.Errorf("%s: %v\n%s", h.Tensors[k].Name, err, cmp.Diff(want, got[k]))
			}
		}
		if cmp.Equal(got[0].Views, got[1].Views) {
			t.Errorf("%s has the views of %s", h.Tensors[0].Name, h.Tensors[1].Name)
		}
	}
}

// countedReads counts reads and the bytes that they give.
type countedReads struct {
	r     io.ReaderAt
	reads int
	bytes int
}

func (c *countedReads) ReadAt(p []byte, off int64) (int, error) {
	c.reads++
	n, err := c.r.ReadAt(p, off)
	c.bytes += n
	return n, err
}

// TestSparse reads the windows and nothing else.
func TestSparse(t *testing.T) {
	for d, most := range map[format.DType]int{"BF16": 32 * 64, "Q4_K": 32 * 144, "Q8_0": 32 * 34} {
		size, _ := d.Size(4096 * 4096)
		c := &countedReads{r: zeroReader{}}
		open := func(string) (io.ReaderAt, int64, error) { return c, size, nil }
		if _, err := SketchTensor(open, &format.Tensor{Name: "w", DType: d, Shape: []uint64{4096, 4096}, Size: size}, false, SketchOptions{Sparse: true}); err != nil {
			t.Fatal(err)
		}
		if c.reads > MaxWindows || c.bytes > most {
			t.Errorf("%s: %d bytes in %d reads", d, c.bytes, c.reads)
		}
	}
}

type zeroReader struct{}

func (zeroReader) ReadAt(p []byte, off int64) (int, error) { clear(p); return len(p), nil }

// TestVersion fails when sketches change: SketchVersion must then change too,
// as sketches of different versions are never compared.
func TestVersion(t *testing.T) {
	v := make([]float32, 2048*2112)
	for i := range v {
		v[i] = float32(int32(splitmix64(uint64(i))>>40)) - 1<<23
	}
	s := one(t, "blk.0.attn_q.weight", v, SketchOptions{Format: "gguf", Heads: 16}, 2048, 2112)
	g := one(t, "norm.weight", v[:5000], SketchOptions{}, 5000)
	h := sha256.New()
	for _, view := range s.Views {
		fmt.Fprintln(h, view.Transform, view.Rows, view.Cols, view.Windows, view.Scales, view.Values)
	}
	binary.Write(h, binary.LittleEndian, s.Rows)
	binary.Write(h, binary.LittleEndian, s.Columns)
	binary.Write(h, binary.LittleEndian, g.Gains)
	const want = "modelbom-sketch/1 40ad8c4f023458a8"
	if got := fmt.Sprintf("%s %x", SketchVersion, h.Sum(nil)[:8]); got != want {
		t.Errorf("sketches are %s, want %s", got, want)
	}
}

// FuzzSketches sketches two tensors that lie over each other, in two ways, and
// holds what must be true of any sketch.
func FuzzSketches(f *testing.F) {
	f.Add("model.layers.0.self_attn.q_proj.weight", "BF16", uint64(64), uint64(128), uint64(1), false, false, 7, bf16Bytes(gaussian(64*128, 1)))
	f.Add("mlp.experts.down_proj", "F32", uint64(4), uint64(32), uint64(64), false, false, 100, f32Bytes(gaussian(4*32*64, 2)))
	f.Add("blk.0.attn_k.weight", "Q6_K", uint64(32), uint64(512), uint64(1), true, false, 211, stored("Q6_K", gaussian(32*512, 3)))
	f.Add("h.0.attn.c_attn.weight", "F16", uint64(32), uint64(96), uint64(1), false, true, 3, stored("F16", gaussian(32*96, 4)))
	f.Add("norm.weight", "F32", uint64(600), uint64(1), uint64(1), false, false, 9, f32Bytes(gaussian(600, 5)))
	f.Fuzz(func(t *testing.T, name, dtype string, a, b, c uint64, big, sparse bool, piece int, data []byte) {
		h := &format.Header{BigEndian: big, Format: "gguf"}
		a, b, c = a%3000, b%3000, c%100
		if a*b*c > 1<<18 {
			return
		}
		for i, shape := range [][]uint64{{a, b, c}, {b, a}} {
			n := int64(1)
			for _, d := range shape {
				n *= int64(d)
			}
			size, ok := format.DType(dtype).Size(n)
			if !ok {
				return
			}
			offset := int64(3 * i)
			for seed := data; int64(len(data)) < offset+size; { // repeat what there is
				data = append(data[:len(data):len(data)], seed...)
				data = append(data, byte(len(data)))
			}
			h.Tensors = append(h.Tensors, format.Tensor{Name: name, DType: format.DType(dtype), Shape: shape, Offset: offset, Size: size})
		}
		if piece < len(data)/1000 {
			piece += len(data) / 1000
		}
		o := SketchOptions{Heads: 4, KVHeads: 2, Sparse: sparse}
		s := NewSketches(h, o)
		for rest := data; len(rest) > 0; {
			n := min(max(piece, 1), len(rest))
			if m, err := s.Write(rest[:n]); m != n || err != nil {
				t.Fatal(m, err)
			}
			rest = rest[n:]
		}
		s.Write(nil)
		o.Format = "gguf"
		for i := range h.Tensors {
			got, err := s.Sketch(i)
			want, err2 := SketchTensor(opener(data), &h.Tensors[i], big, o)
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			if !cmp.Equal(want, got, cmpopts.EquateNaNs()) {
				t.Fatal(cmp.Diff(want, got))
			}
			checkSketch(t, got)
		}
	})
}

func checkSketch(t *testing.T, s Sketch) {
	t.Helper()
	if (s.Class == Matrix) != (len(s.Views) > 0) || (s.Class == Constant || s.Class == Unread) != (s.Reason != "") || len(s.Gains) > MaxGains {
		t.Fatalf("%s (%s) with %d views and %d gains", s.Class, s.Reason, len(s.Views), len(s.Gains))
	}
	for _, v := range s.Views {
		if len(v.Windows) != len(Probes(v.Rows, v.Cols)) || len(v.Values) != WindowSize*len(v.Scales) {
			t.Fatalf("view %q has %d windows, %d values", v.Transform, len(v.Windows), len(v.Values))
		}
		for _, w := range v.Windows {
			if w.Signs&^w.Used != 0 || w.Extremes > NoExtremes || w.Used == 0 && w.Extremes != NoExtremes {
				t.Fatalf("window %+v", w)
			}
		}
	}
	for _, set := range [][]uint32{s.Rows, s.Columns} {
		for i, c := range set {
			if len(set) > MaxRowCodes || c >= 1<<30 || i > 0 && c <= set[i-1] {
				t.Fatalf("codes %v", set)
			}
		}
	}
}
