package fingerprint

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/modelbom/modelbom/pkg/format"
)

// A made is a tensor with its bytes.
type made struct {
	name  string
	dtype format.DType
	shape []uint64
	data  []byte
}

func f32Bytes(v []float32) []byte { return float32Bytes(make([]byte, 4*len(v)), v) }

func bf16Bytes(v []float32) []byte {
	var b []byte
	for _, f := range v {
		b = binary.LittleEndian.AppendUint16(b, uint16(math.Float32bits(f)>>16))
	}
	return b
}

// bf16Values rounds values (towards zero) to what a BF16 holds.
func bf16Values(v []float32) []float32 {
	out := make([]float32, len(v))
	for i, f := range v {
		out[i] = math.Float32frombits(math.Float32bits(f) &^ 0xffff)
	}
	return out
}

func gaussian(n int, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 99))
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(r.NormFloat64() * 0.02)
	}
	return v
}

// file lays tensors out with gaps of a few bytes.
func file(big bool, tensors ...made) (*format.Header, []byte) {
	h := &format.Header{BigEndian: big}
	data := []byte("header")
	for _, m := range tensors {
		h.Tensors = append(h.Tensors, format.Tensor{Name: m.name, DType: m.dtype, Shape: m.shape, Offset: int64(len(data)), Size: int64(len(m.data))})
		data = append(append(data, m.data...), 1, 2, 3)
	}
	return h, data
}

func opener(data []byte) format.Opener {
	return func(string) (io.ReaderAt, int64, error) { return bytes.NewReader(data), int64(len(data)), nil }
}

// stream gives the sketches of the sink.
func stream(t testing.TB, h *format.Header, data []byte, piece int, o SketchOptions) []Sketch {
	t.Helper()
	s := NewSketches(h, o)
	for rest := data; len(rest) > 0; {
		n := min(piece, len(rest))
		s.Write(rest[:n])
		rest = rest[n:]
	}
	var out []Sketch
	for i := range h.Tensors {
		k, err := s.Sketch(i)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, k)
	}
	return out
}

// one sketches a tensor of F32 values in both ways, which must agree.
func one(t testing.TB, name string, v []float32, o SketchOptions, shape ...uint64) Sketch {
	t.Helper()
	h, data := file(false, made{name, "F32", shape, f32Bytes(v)})
	got := stream(t, h, data, 1000, o)[0]
	want, err := SketchTensor(opener(data), &h.Tensors[0], false, o)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("streaming differs (-random +streaming):\n%s", d)
	}
	return got
}

// agreement returns the sum T and the number n of common bits of two views.
func agreement(a, b View) (sum, n int) {
	at := map[Probe]int{}
	for i, p := range Probes(b.Rows, b.Cols) {
		at[p] = i
	}
	for i, p := range Probes(a.Rows, a.Cols) {
		k, ok := at[p]
		if !ok {
			continue
		}
		used := a.Windows[i].Used & b.Windows[k].Used
		same := bits.OnesCount32(used &^ (a.Windows[i].Signs ^ b.Windows[k].Signs))
		all := bits.OnesCount32(used)
		sum, n = sum+2*same-all, n+all
	}
	return sum, n
}

func view(t testing.TB, s Sketch, transform string) View {
	t.Helper()
	for _, v := range s.Views {
		if v.Transform == transform {
			return v
		}
	}
	t.Fatalf("class %s (%s): no view %q", s.Class, s.Reason, transform)
	return View{}
}

// TestStreamingEqualsRandomAccess goes over every type, shape and order of bytes.
func TestStreamingEqualsRandomAccess(t *testing.T) {
	types := []format.DType{"F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "F6_E2M3", "F6_E3M2", "F4",
		"I8", "U8", "I16", "U16", "I32", "U32", "I64", "U64", "BOOL", "I4", "U4", "I2", "U2", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q8_1", "Q1_0", "Q2_0",
		"Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "Q8_K", "TQ1_0", "TQ2_0", "MXFP4", "NVFP4", "IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S", "IQ4_NL", "IQ4_XS", "C64"}
	shapes := map[string][]uint64{"blk.0.attn_q.weight": {96, 512}, "h.0.attn.c_attn.weight": {256, 768}, "mlp.gate_up_proj": {64, 256}, "ffn_down": {2048, 2304},
		"blk.0.ffn_up_exps": {10, 32, 256}, "conv": {64, 4, 8, 8}, "a.bias": {2560}, "norm": {1, 256}, "flat": {256, 16}, "empty": {0, 4}}
	for _, big := range []bool{false, true} {
		var tensors []made
		for _, d := range types {
			for name, shape := range shapes {
				if name == "ffn_down" && !lineTypes[d] {
					continue // so large for sets of columns
				}
				n := int64(1)
				for _, x := range shape {
					n *= int64(x)
				}
				size, ok := d.Size(n)
				if !ok {
					t.Fatal(d, shape)
				}
				data := randomBytes(int(size), uint64(len(tensors)))
				if d.Quantized() { // keep most scales finite
					for i := range data {
						data[i] &= 0xbf
					}
				}
				tensors = append(tensors, made{fmt.Sprint(d, ".", name), d, shape, data})
			}
		}
		for i := range tensors {
			o := SketchOptions{Format: "gguf", Heads: 4, KVHeads: 2}
			if i%7 == 0 {
				o.Sparse = true
			}
			h, data := file(big, tensors[i])
			want, err := SketchTensor(opener(data), &h.Tensors[0], big, o)
			if err != nil {
				t.Fatal(tensors[i].name, err)
			}
			for _, piece := range []int{len(data), 1 << 10, 997, 13, 1} {
				if piece < 1000 && i%11 != 0 || piece < 900 && len(data) > 1<<20 {
					continue
				}
				if d := cmp.Diff(want, stream(t, h, data, piece, o)[0], cmpopts.EquateNaNs()); d != "" {
					t.Fatalf("%s, big-endian %v, pieces of %d (-random +streaming):\n%s", tensors[i].name, big, piece, d)
				}
			}
		}
		// All in one file, with one that lies over its neighbours.
		h, data := file(big, tensors[:200]...)
		h.Tensors = append(h.Tensors, format.Tensor{Name: "over", DType: "I8", Shape: []uint64{100, 300}, Offset: 50, Size: 30000})
		for i, got := range stream(t, h, data, 1<<20, SketchOptions{}) {
			want, err := SketchTensor(opener(data), &h.Tensors[i], big, SketchOptions{})
			if err != nil || !cmp.Equal(want, got, cmpopts.EquateNaNs()) {
				t.Fatalf("%s in a file of many: %v\n%s", h.Tensors[i].Name, err, cmp.Diff(want, got))
			}
		}
	}
}

func TestCastUpKeepsSketches(t *testing.T) {
	v := bf16Values(gaussian(512*1024, 1))
	v[5], v[77] = float32(math.NaN()), float32(math.Inf(1))
	for _, dims := range [][]uint64{{512, 1024}, {1024, 512}, {64, 128, 8, 8}} {
		narrow, nd := file(false, made{"w", "BF16", dims, bf16Bytes(v)})
		wide, wd := file(false, made{"w", "F32", dims, f32Bytes(v)})
		a, b := stream(t, narrow, nd, 4096, SketchOptions{}), stream(t, wide, wd, 4096, SketchOptions{})
		if d := cmp.Diff(a, b); d != "" {
			t.Error(d)
		}
		if a[0].Class != Matrix || len(a[0].Views[0].Windows) != MaxWindows || len(a[0].Rows) == 0 {
			t.Errorf("%v: %s with %d rows", dims, a[0].Class, len(a[0].Rows))
		}
	}
}

func TestAppendedRowsShareWindows(t *testing.T) {
	v := gaussian(1100*64, 2)
	a := one(t, "e", v[:1000*64], SketchOptions{}, 1000, 64).Views[0]
	b := one(t, "e", v, SketchOptions{}, 1100, 64).Views[0]
	sum, n := agreement(a, b)
	if sum != n || n < 24*WindowSize {
		t.Errorf("%d of %d common bits agree", sum, n)
	}
	small := one(t, "e", v[:20*64], SketchOptions{}, 20, 64).Views[0]
	if sum, n := agreement(small, one(t, "e", v[:25*64], SketchOptions{}, 25, 64).Views[0]); sum != n || n < 20*WindowSize {
		t.Errorf("small: %d of %d", sum, n)
	}
}

func TestAffineRowsKeepSigns(t *testing.T) {
	const rows, cols = 64, 256
	v := gaussian(rows*cols, 3)
	w := make([]float32, len(v))
	for i, x := range v {
		row := i / cols
		w[i] = x*float32(row+1)*0.37 + float32(row)*0.01
	}
	a, b := one(t, "w", v, SketchOptions{}, rows, cols), one(t, "w", w, SketchOptions{}, rows, cols)
	if sum, n := agreement(a.Views[0], b.Views[0]); sum < n-2 || n < 1020 {
		t.Errorf("%d of %d", sum, n)
	}
	if d := cmp.Diff(a.Rows, b.Rows); d != "" {
		t.Error("rows:", d)
	}
}

func transpose(v []float32, rows, cols int) []float32 {
	out := make([]float32, len(v))
	for r := range rows {
		for c := range cols {
			out[c*rows+r] = v[r*cols+c]
		}
	}
	return out
}

func TestTransposedTwin(t *testing.T) {
	const rows, cols = 2048, 2112
	v := gaussian(rows*cols, 4)
	a := one(t, "w", v, SketchOptions{}, rows, cols)
	b := one(t, "w", transpose(v, rows, cols), SketchOptions{}, cols, rows)
	if d := cmp.Diff(view(t, a, Transposed).Windows, b.Views[0].Windows); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(view(t, b, Transposed).Windows, a.Views[0].Windows); d != "" {
		t.Error(d)
	}
	if len(a.Columns) != cols/16 || !cmp.Equal(a.Columns, b.Rows) {
		t.Errorf("the columns' set of %d is not the rows' set of the twin", len(a.Columns))
	}
}

func TestRotaryPairs(t *testing.T) {
	const heads, d, cols = 8, 16, 288
	hf := gaussian(heads*d*cols, 5)
	gguf := make([]float32, len(hf))
	for h := range heads { // reshape(heads, 2, d/2, cols).swapaxes(1, 2)
		for s := range 2 {
			for j := range d / 2 {
				from, to := h*d+s*d/2+j, h*d+2*j+s
				copy(gguf[to*cols:][:cols], hf[from*cols:][:cols])
			}
		}
	}
	a := one(t, "model.layers.0.self_attn.k_proj.weight", hf, SketchOptions{KVHeads: heads, Heads: 99}, heads*d, cols)
	b := one(t, "blk.0.attn_k.weight", gguf, SketchOptions{Format: "gguf", KVHeads: heads, Heads: 99}, heads*d, cols)
	if d := cmp.Diff(view(t, b, RotaryPairs).Windows, a.Views[0].Windows); d != "" {
		t.Error(d)
	}
	if !cmp.Equal(a.Rows, b.Rows) || len(a.Rows) < 30 {
		t.Error("the rows in another order have another set")
	}
}

func TestJoinedTensors(t *testing.T) {
	const d = 64
	q, k, v := gaussian(4*d*d, 6), gaussian(2*d*d, 7), gaussian(2*d*d, 8)
	all := append(append(append([]float32(nil), q...), k...), v...)
	s := one(t, "layers.0.self_attn.qkv_proj.weight", all, SketchOptions{Heads: 8, KVHeads: 4}, 8*d, d)
	for transform, part := range map[string][]float32{"rows 0:256": q, "rows 256:384": k, "rows 384:512": v} {
		want := one(t, "w", part, SketchOptions{}, uint64(len(part)/d), d).Views[0]
		if d := cmp.Diff(want.Windows, view(t, s, transform).Windows); d != "" {
			t.Error(transform, d)
		}
	}
	// GPT-2 stores [in, out].
	conv := transpose(all[:192*d], 192, d)
	s = one(t, "h.0.attn.c_attn.weight", conv, SketchOptions{}, d, 192)
	want := one(t, "w", all[64*d:128*d], SketchOptions{}, d, d).Views[0]
	if d := cmp.Diff(want.Windows, view(t, s, "transposed rows 64:128").Windows); d != "" {
		t.Error(d)
	}
	s = one(t, "mlp.gate_up_proj.weight", all, SketchOptions{}, 8*d, d)
	want = one(t, "w", q, SketchOptions{}, 4*d, d).Views[0]
	if d := cmp.Diff(want.Windows, view(t, s, "rows 0:256").Windows); d != "" {
		t.Error(d)
	}
	s = one(t, "mlp.experts.down_proj", all, SketchOptions{}, 8, d, d)
	want = one(t, "w", all[5*d*d:6*d*d], SketchOptions{}, d, d).Views[0]
	if d := cmp.Diff(want.Windows, view(t, s, "expert 5").Windows); d != "" {
		t.Error(d)
	}
	if s.Views[0].Rows != 8*d || s.Views[0].Cols != d {
		t.Errorf("the stack is %d by %d", s.Views[0].Rows, s.Views[0].Cols)
	}
}

func TestTensorFlowKernels(t *testing.T) {
	const h, w, in, out = 3, 3, 16, 24
	torch := gaussian(h*w*in*out, 9)
	tf := make([]float32, len(torch))
	for y := range h {
		for x := range w {
			for i := range in {
				for o := range out {
					tf[((y*w+x)*in+i)*out+o] = torch[((o*in+i)*h+y)*w+x]
				}
			}
		}
	}
	a := one(t, "c.weight", torch, SketchOptions{}, out, in, h, w)
	b := one(t, "c/kernel", tf, SketchOptions{Format: "tfjs"}, h, w, in, out)
	if d := cmp.Diff(a.Views[0].Windows, view(t, b, OutputsFirst).Windows); d != "" {
		t.Error(d)
	}
	// Depthwise: [h, w, channels, 1] against [channels, 1, h, w].
	tf = transpose(torch[:h*w*64], 64, h*w)
	a = one(t, "c.weight", torch[:h*w*64], SketchOptions{}, 64, 1, h, w)
	b = one(t, "c/depthwise_kernel", tf, SketchOptions{Format: "tfjs"}, h, w, 64, 1)
	if d := cmp.Diff(a.Views[0].Windows, view(t, b, OutputsFirst).Windows); d != "" {
		t.Error(d)
	}
}

// TestNull compares independent tensors: z must be standard normal.
func TestNull(t *testing.T) {
	var sum, squares, largest float64
	const pairs = 600
	previous := one(t, "w", gaussian(64*128, 1000), SketchOptions{Sparse: true}, 64, 128).Views[0]
	for i := range uint64(pairs) {
		v := one(t, "w", gaussian(64*128, 1001+i), SketchOptions{Sparse: true}, 64, 128).Views[0]
		s, n := agreement(previous, v)
		z := float64(s) / math.Sqrt(float64(n))
		sum, squares, largest = sum+z, squares+z*z, max(largest, math.Abs(z))
		previous = v
	}
	mean := sum / pairs
	sd := math.Sqrt(squares/pairs - mean*mean)
	t.Logf("z: mean %.3f, sd %.3f, largest %.2f", mean, sd, largest)
	if math.Abs(mean) > 0.15 || sd < 0.9 || sd > 1.15 || largest > 5 {
		t.Error("the null is not standard normal")
	}
}

// TestDrift compares the agreement with 1/2 + asin(rho)/pi.
func TestDrift(t *testing.T) {
	for _, delta := range []float64{0.1, 0.5, 1, 2} {
		sum, n := 0, 0
		for i := range uint64(40) {
			v, d := gaussian(64*128, 2000+i), gaussian(64*128, 3000+i)
			w := make([]float32, len(v))
			for k := range v {
				w[k] = v[k] + float32(delta)*d[k]
			}
			s, m := agreement(one(t, "w", v, SketchOptions{Sparse: true}, 64, 128).Views[0], one(t, "w", w, SketchOptions{Sparse: true}, 64, 128).Views[0])
			sum, n = sum+s, n+m
		}
		q := 0.5 + float64(sum)/float64(n)/2
		rho := 1 / math.Sqrt(1+delta*delta)
		want := 0.5 + math.Asin(rho)/math.Pi
		t.Logf("delta %.1f: agreement %.4f, expected %.4f", delta, q, want)
		if math.Abs(q-want) > 0.02 {
			t.Errorf("delta %.1f: agreement %.4f, expected %.4f", delta, q, want)
		}
	}
}

func TestRowSets(t *testing.T) {
	const rows, cols = 2048, 512
	v := gaussian(rows*cols, 11)
	a := one(t, "w", v, SketchOptions{}, rows, cols)
	perm := rand.New(rand.NewPCG(1, 1)).Perm(rows)
	w := make([]float32, 0, len(v))
	for i, p := range perm {
		if i < rows { // and scaled
			for _, x := range v[p*cols:][:cols] {
				w = append(w, x*float32(1+i%7))
			}
		}
	}
	b := one(t, "w", w, SketchOptions{}, rows, cols)
	if len(a.Rows) != rows/16 || !cmp.Equal(a.Rows, b.Rows) {
		t.Errorf("a permutation keeps %d of %d codes", common(a.Rows, b.Rows), len(a.Rows))
	}
	half := one(t, "w", w[:len(w)/2], SketchOptions{}, rows/2, cols)
	if n := common(a.Rows, half.Rows); n < 40 || n > 88 {
		t.Errorf("half of the rows share %d codes", n)
	}
	d := gaussian(rows*cols, 12)
	for i := range w {
		w[i] += 0.1 * d[i] * float32(1+i/cols%7)
	}
	if n := common(a.Rows, one(t, "w", w, SketchOptions{}, rows, cols).Rows); n < 40 {
		t.Errorf("rows that moved by a tenth share %d codes", n)
	}
	for i := range uint64(5) {
		if n := common(a.Rows, one(t, "w", gaussian(rows*cols, 20+i), SketchOptions{}, rows, cols).Rows); n > 1 {
			t.Errorf("independent rows share %d codes", n)
		}
	}
}

func common(a, b []uint32) (n int) {
	in := map[uint32]bool{}
	for _, c := range a {
		in[c] = true
	}
	for _, c := range b {
		if in[c] {
			n++
		}
	}
	return n
}

func TestOddTensors(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	fill := func(n int, v float32) []float32 {
		s := make([]float32, n)
		for i := range s {
			s[i] = v
		}
		return s
	}
	broken := gaussian(64*64, 30)
	for _, p := range Probes(64, 64)[:3] {
		broken[int(p.Row)*64+int(p.Block)*32] = nan
	}
	broken[Probes(64, 64)[3].Row*64+uint64(Probes(64, 64)[3].Block)*32+31] = inf
	for name, c := range map[string]struct {
		v     []float32
		shape []uint64
		class Class
		check func(Sketch) bool
	}{
		"scalar":       {[]float32{1}, nil, Small, nil},
		"one element":  {[]float32{1}, []uint64{1, 1}, Small, nil},
		"empty":        {nil, []uint64{5, 0}, Small, nil},
		"few elements": {gaussian(96, 1), []uint64{3, 32}, Small, nil},
		"row":          {gaussian(4096, 1), []uint64{1, 4096}, Vector, func(s Sketch) bool { return len(s.Gains) == MaxGains }},
		"bias":         {gaussian(10, 1), []uint64{10}, Vector, func(s Sketch) bool { return len(s.Gains) == 10 }},
		"norm.weight":  {fill(700, 1), []uint64{700}, Gain, func(s Sketch) bool { return s.Gains[511] == 1 }},
		"C is 31":      {gaussian(100*31, 1), []uint64{100, 31}, Matrix, func(s Sketch) bool { return s.Views[0].Rows == 96 && s.Views[0].Cols == 32 }},
		"two rows":     {gaussian(2*4096, 1), []uint64{2, 4096}, Matrix, func(s Sketch) bool { return len(s.Views[0].Windows) == 32 }},
		"zeros":        {fill(64*64, 0), []uint64{64, 64}, Constant, nil},
		"ones":         {fill(64*64, 1), []uint64{64, 64}, Constant, nil},
		"NaN":          {fill(64*64, nan), []uint64{64, 64}, Unread, nil},
		"NaN bias":     {fill(64, nan), []uint64{64}, Unread, nil},
		"broken": {broken, []uint64{64, 64}, Matrix, func(s Sketch) bool {
			return s.NonFinite == 4 && s.Views[0].Windows[0].Used == 0 && s.Views[0].Scales[0] == 0 && s.Views[0].Windows[5].Used != 0
		}},
	} {
		s := one(t, name, c.v, SketchOptions{}, c.shape...)
		if s.Class != c.class || c.check != nil && !c.check(s) {
			t.Errorf("%s: %s, %s, %d broken", name, s.Class, s.Reason, s.NonFinite)
		}
	}
}

func TestProbes(t *testing.T) {
	for _, c := range []struct{ rows, cols uint64 }{{1, 32}, {1, 4096}, {3, 64}, {31, 33}, {32, 31}, {32, 32}, {500_000, 4096}, {1 << 60, 1 << 60}, {1 << 63, 32}} {
		seen := map[Probe]bool{}
		for _, p := range Probes(c.rows, c.cols) {
			if seen[p] || p.Row >= c.rows || uint64(p.Block) >= c.cols/32 {
				t.Errorf("%v: probe %v", c, p)
			}
			seen[p] = true
		}
		want := MaxWindows
		if c.rows < MaxWindows {
			want = min(want, int(c.rows*(c.cols/32)))
		}
		if c.cols < 32 {
			want = 0
		}
		if len(seen) != want {
			t.Errorf("%v: %d probes, want %d", c, len(seen), want)
		}
	}
	// The definition, by the slow way.
	var best []leader
	for r := range uint64(5000) {
		best = append(best, leader{r, splitmix64(r*goldenStep + saltRow)})
	}
	for i, p := range Probes(5000, 4096) {
		smaller := 0
		for _, l := range best {
			if l.hash < best[p.Row].hash {
				smaller++
			}
		}
		if smaller != i || uint64(p.Block) != splitmix64(p.Row<<20+saltBlock)%128 {
			t.Fatalf("probe %d is row %d, of rank %d", i, p.Row, smaller)
		}
	}
	// SplitMix64's published first output for the seed 0.
	if splitmix64(0) != 0xe220a8397b1dcdaf {
		t.Error("splitmix64 is another function")
	}
}

func TestGainIndices(t *testing.T) {
	if g := GainIndices(512); len(g) != 512 || g[511] != 511 {
		t.Error(g)
	}
	a, b := GainIndices(4096), GainIndices(1<<62)
	for _, g := range [][]uint64{a, b} {
		for i := range g {
			if len(g) != MaxGains || i > 0 && g[i] <= g[i-1] {
				t.Fatal(g)
			}
		}
	}
}

// TestHostileShapes sketches views that stand for more elements than there are
// bytes, in little time.
func TestHostileShapes(t *testing.T) {
	data := randomBytes(1<<16, 1)
	start := time.Now()
	for i, x := range []format.Tensor{
		{Name: "a", DType: "I8", Shape: []uint64{1 << 50, 64}, Layout: &format.Layout{Strides: []int64{0, 1}}},
		{Name: "b", DType: "F4", Shape: []uint64{1 << 40, 1}, Layout: &format.Layout{}},
		{Name: "c", DType: "I8", Shape: []uint64{1 << 32, 1 << 29}, Layout: &format.Layout{Strides: []int64{0, 0}}},
		{Name: "d", DType: "F32", Shape: []uint64{1 << 61}, Layout: &format.Layout{Strides: []int64{0}}},
		{Name: "e", DType: "I8", Shape: []uint64{1 << 33, 1 << 33}},
	} {
		x.Size = int64(len(data))
		for range 3 {
			if s, err := SketchTensor(opener(data), &x, false, SketchOptions{}); err == nil && s.Class == "" {
				t.Errorf("%d: neither a sketch nor an error", i)
			}
		}
	}
	// Many tensors over each other.
	h := &format.Header{}
	for i := range 50_000 {
		h.Tensors = append(h.Tensors, format.Tensor{Name: fmt.Sprint(i), DType: "I8", Shape: []uint64{64, 512}, Offset: int64(i % 100), Size: 64 * 512})
	}
	s := NewSketches(h, SketchOptions{})
	s.Write(data)
	limited := 0
	for i := range h.Tensors {
		if _, err := s.Sketch(i); err != nil {
			limited++
		}
	}
	if limited == 0 || limited > 50_000-maxActive {
		t.Errorf("%d of 50000 are over the limit", limited)
	}
	if d := time.Since(start); d > time.Minute {
		t.Errorf("it took %v", d)
	}
}

// TestQuantised compares quantised weights with what they were made of.
func TestQuantised(t *testing.T) {
	const rows, cols = 1024, 4096
	v := gaussian(rows*cols, 40)
	want := one(t, "w", v, SketchOptions{}, rows, cols)
	for d, least := range map[format.DType]struct{ bits, rows int }{
		"BF16": {1000, 50}, "F16": {1000, 60}, "Q8_0": {1000, 55}, "Q6_K": {900, 0}, "Q5_K": {850, 0}, "Q4_K": {600, 0}, "Q4_0": {800, 0}, "I8": {900, 30}, "F8_E4M3": {950, 10},
	} {
		h, data := file(false, made{"w", d, []uint64{rows, cols}, stored(d, v)})
		got := stream(t, h, data, 5000, SketchOptions{})[0]
		again, err := SketchTensor(opener(data), &h.Tensors[0], false, SketchOptions{})
		if err != nil || !cmp.Equal(got, again) {
			t.Errorf("%s: streaming differs: %v\n%s", d, err, cmp.Diff(again, got))
		}
		sum, n := agreement(view(t, want, Stored), view(t, got, Stored))
		q := 0.5 + float64(sum)/float64(n)/2
		t.Logf("%s: agreement %.4f on %d bits, %d of %d rows", d, q, n, common(want.Rows, got.Rows), len(got.Rows))
		if q < 0.985 || n < least.bits || common(want.Rows, got.Rows) < least.rows {
			t.Errorf("%s: agreement %.4f on %d bits, %d of %d rows", d, q, n, common(want.Rows, got.Rows), len(got.Rows))
		}
	}
}
