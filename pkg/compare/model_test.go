package compare

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/format"
)

// A weight is one tensor of a model that a test makes.
type weight struct {
	name   string
	shape  []uint64
	values []float32
	// dtype is how it is stored: F32 when empty. Types that the test cannot
	// write are given by fake, with values that were rounded already.
	dtype, fake, scheme string
	bits                uint64 // of a stored value of a fake type, 0 for 32
}

type network []weight

func (n network) clone() network {
	out := slices.Clone(n)
	for i := range out {
		out[i].values = slices.Clone(out[i].values)
	}
	return out
}

// part makes the fingerprint of a network with the real engine, as of one file.
func (n network) part(t testing.TB) *fingerprint.Part { return n.fingerprint(t, false) }

func (n network) fingerprint(t testing.TB, sparse bool) *fingerprint.Part {
	t.Helper()
	var file bytes.Buffer
	h := &format.Header{Format: "safetensors"}
	for _, w := range n {
		at := file.Len()
		dtype := cmp.Or(w.dtype, "F32")
		encode(&file, dtype, w.values)
		h.Tensors = append(h.Tensors, format.Tensor{
			Name: w.name, DType: format.DType(dtype), Shape: w.shape, Offset: int64(at), Size: int64(file.Len() - at),
		})
	}
	sketches := fingerprint.NewSketches(h, fingerprint.SketchOptions{Heads: 4, KVHeads: 4, Sparse: sparse})
	digests := fingerprint.NewTensorDigests(h)
	sketches.Write(file.Bytes())
	digests.Write(file.Bytes())
	sums, err := digests.Tensors()
	if err != nil {
		t.Fatal(err)
	}
	p := &fingerprint.Part{Ref: "part:language-model", Role: "language-model"}
	for i, w := range n {
		s, err := sketches.Sketch(i)
		if err != nil {
			t.Fatal(err)
		}
		print := fingerprint.TensorPrint{Name: w.name, Shape: w.shape, DType: h.Tensors[i].DType, Bytes: h.Tensors[i].Size, Sketch: s}
		print.Role, print.Layer, print.Expert = fingerprint.RoleOf(w.name)
		if !sparse && w.scheme == "" {
			print.Payload, print.Value, print.Form = sums[i].Payload, sums[i].Value, sums[i].Form
		}
		if w.fake != "" {
			print.DType, print.Form = format.DType(w.fake), format.DType(w.fake)
		}
		print.Scheme = w.scheme
		if w.bits > 0 {
			print.Bytes = int64(uint64(len(w.values)) * w.bits / 8)
		}
		if perBlock(&print) && len(print.Views) > 0 {
			print.Views = print.Views[:1] // as the engine makes it of such a type
		}
		p.Tensors = append(p.Tensors, print)
		p.Layers = max(p.Layers, print.Layer+1)
	}
	slices.SortFunc(p.Tensors, func(a, b fingerprint.TensorPrint) int { return cmp.Compare(a.Name, b.Name) })
	return p
}

// perBlock reports a type or scheme whose elements are not stored one by one.
func perBlock(t *fingerprint.TensorPrint) bool {
	_, isFloat := floatTypes[string(t.DType)]
	return t.Scheme != "" || !isFloat && !mayBeWhole(t)
}

// encode writes values in a type, rounding as converters do.
func encode(b *bytes.Buffer, dtype string, values []float32) {
	var out []byte
	switch dtype {
	case "F32":
		for _, v := range values {
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
		}
	case "BF16":
		for _, v := range values {
			out = binary.LittleEndian.AppendUint16(out, uint16(math.Float32bits(toBF16(v))>>16))
		}
	case "F16":
		for _, v := range values {
			out = binary.LittleEndian.AppendUint16(out, f16Bits(v))
		}
	case "Q8_0", "Q4_0":
		for at := 0; at < len(values); at += 32 {
			out = block(out, dtype, values[at:at+32])
		}
	default:
		panic("test cannot write " + dtype)
	}
	b.Write(out)
}

// block writes 32 values as ggml's reference does: Q8_0 with d = max|x|/127,
// Q4_0 with d = (x of largest |x|)/-8.
func block(out []byte, dtype string, x []float32) []byte {
	largest := float32(0)
	for _, v := range x {
		if abs32(v) > abs32(largest) {
			largest = v
		}
	}
	if dtype == "Q8_0" {
		d := abs32(largest) / 127
		out = binary.LittleEndian.AppendUint16(out, f16Bits(d))
		for _, v := range x {
			out = append(out, byte(int8(math.Round(float64(v/max(d, 1e-30))))))
		}
		return out
	}
	d := largest / -8
	out = binary.LittleEndian.AppendUint16(out, f16Bits(d))
	q := func(v float32) byte {
		if d == 0 {
			return 8
		}
		return byte(min(15, int(v/d+8.5)))
	}
	for i := range 16 {
		out = append(out, q(x[i])|q(x[i+16])<<4)
	}
	return out
}

func abs32(v float32) float32 { return max(v, -v) }

// toBF16 rounds to the nearest, ties to even.
func toBF16(v float32) float32 {
	b := math.Float32bits(v)
	b += 0x7fff + b>>16&1
	return math.Float32frombits(b &^ 0xffff)
}

func f16Bits(v float32) uint16 {
	sign := uint16(0)
	if v < 0 {
		sign, v = 0x8000, -v
	}
	if v < 0x1p-14 {
		return sign | uint16(math.RoundToEven(float64(v)*0x1p24))
	}
	m, e := math.Frexp(float64(v)) // m in [1/2, 1)
	f := uint16(math.RoundToEven(m * 2048))
	return sign | (uint16(e+14)<<10 + f - 1024)
}

// A source draws the values of a matrix.
type source struct {
	*rand.Rand
	tails float64 // degrees of freedom of a t distribution; 0 for normal
}

func newSource(seed uint64) *source { return &source{Rand: rand.New(rand.NewPCG(seed, 17))} }

func (s *source) draw() float64 {
	x := s.NormFloat64()
	if s.tails == 0 {
		return x
	}
	chi := 0.0
	for range int(s.tails) {
		g := s.NormFloat64()
		chi += g * g
	}
	return x / math.Sqrt(chi/s.tails)
}

// A plan is the shape of a small transformer.
type plan struct {
	layers, width, inner, vocabulary int
	// shared is the structure that all models of a kind have in common: scales
	// of rows and columns, by tensor.
	shared bool
	// means gives each column of each model a mean of its own; smooth makes
	// neighbours in a row alike.
	means, smooth float64
}

var small = plan{layers: 12, width: 256, inner: 512, vocabulary: 1024}

// make draws a model: weights of a language model in the names of transformers.
func (p plan) make(s *source) network {
	var n network
	matrix := func(name string, rows, cols int) {
		values := make([]float32, rows*cols)
		scales := rand.New(rand.NewPCG(uint64(len(name))*977+uint64(rows), 3))
		rowScale, colScale, means := ones(rows), ones(cols), make([]float64, cols)
		if p.shared {
			for i := range rowScale {
				rowScale[i] = math.Exp(0.5 * scales.NormFloat64())
			}
			for i := range colScale {
				colScale[i] = math.Exp(0.7 * scales.NormFloat64())
			}
		}
		for i := range means {
			means[i] = p.means * s.NormFloat64()
		}
		for r := range rows {
			last := 0.0
			for c := range cols {
				last = p.smooth*last + math.Sqrt(1-p.smooth*p.smooth)*s.draw()
				values[r*cols+c] = float32(0.02 * (last + means[c]) * rowScale[r] * colScale[c])
			}
		}
		n = append(n, weight{name: name, shape: []uint64{uint64(rows), uint64(cols)}, values: values})
	}
	gain := func(name string) {
		values := make([]float32, p.width)
		for i := range values {
			values[i] = float32(1 + 0.1*s.NormFloat64())
		}
		n = append(n, weight{name: name, shape: []uint64{uint64(p.width)}, values: values})
	}
	matrix("model.embed_tokens.weight", p.vocabulary, p.width)
	for l := range p.layers {
		at := fmt.Sprintf("model.layers.%d.", l)
		for _, k := range []string{"q", "k", "v", "o"} {
			matrix(at+"self_attn."+k+"_proj.weight", p.width, p.width)
		}
		matrix(at+"mlp.gate_proj.weight", p.inner, p.width)
		matrix(at+"mlp.up_proj.weight", p.inner, p.width)
		matrix(at+"mlp.down_proj.weight", p.width, p.inner)
		gain(at + "input_layernorm.weight")
		gain(at + "post_attention_layernorm.weight")
	}
	gain("model.norm.weight")
	return n
}

func ones(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = 1
	}
	return v
}

// matrices applies f to all matrices of a copy.
func (n network) matrices(f func(w *weight)) network {
	n = n.clone()
	for i := range n {
		if len(n[i].shape) > 1 {
			f(&n[i])
		}
	}
	return n
}

// moved adds noise of a relative size to every matrix, and a little to gains.
func (n network) moved(s *source, delta float64) network {
	n = n.clone()
	for i := range n {
		d := delta
		if len(n[i].shape) == 1 {
			d = 0.03 * min(1, delta)
		}
		addNoise(&n[i], s, d)
	}
	return n
}

func addNoise(w *weight, s *source, delta float64) {
	square := 0.0
	for _, v := range w.values {
		square += float64(v) * float64(v)
	}
	sd := delta * math.Sqrt(square/float64(len(w.values)))
	for i := range w.values {
		w.values[i] += float32(sd * s.NormFloat64())
	}
}
