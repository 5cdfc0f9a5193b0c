package tensor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/format"
)

// A Source gives the reader of a tensor by its name.
type Source func(name string) (*Reader, error)

// DecodeWeight reads the elements [first, first+len(dst)) of a logical weight in
// row-major order of its shape, as float32: what a loader computes with, before
// it rounds to the type that it works in. The facts are those that [Logical] was
// given.
//
// The schemes [Plain], [GPTQ], [AWQ], [BNB4], [FP8Block], [MXFP4] and [MLX] are
// decoded. Others are recognised only and give [format.ErrUnsupported]. It reads
// the words of the range and their scales; GPTQ packs along columns, so that a
// row costs a read for each of its words.
func DecodeWeight(w *Weight, q QuantFacts, source Source, first int64, dst []float32) error {
	if first < 0 || first > w.Parameters || int64(len(dst)) > w.Parameters-first {
		return fmt.Errorf("weight %q: elements %d and %d after it wanted of %d", w.Name, first, len(dst), w.Parameters)
	}
	parts := parts{w, q, source}
	decode, err := parts.decoder()
	if err != nil {
		return fmt.Errorf("weight %q: %w", w.Name, err)
	}
	for len(dst) > 0 {
		n, err := decode(first, dst[:min(len(dst), chunk)])
		if err != nil {
			return fmt.Errorf("weight %q: %w", w.Name, err)
		}
		first, dst = first+int64(n), dst[n:]
	}
	return nil
}

// parts are the tensors of a weight.
type parts struct {
	*Weight
	facts  QuantFacts
	source Source
}

// A weightDecoder decodes the first elements of dst and returns how many.
type weightDecoder func(first int64, dst []float32) (int, error)

func (p parts) decoder() (weightDecoder, error) {
	switch p.Scheme {
	case Plain:
		r, err := p.source(p.Tensors[0])
		return func(first int64, dst []float32) (int, error) { return len(dst), r.Decode(first, dst) }, err
	case GPTQ:
		return p.gptq()
	case AWQ:
		return p.awq()
	case BNB4:
		return p.bnb4()
	case FP8Block:
		return p.fp8Block()
	case MXFP4:
		return p.mxfp4()
	case MLX:
		return p.mlx()
	}
	return nil, fmt.Errorf("%w: values of the scheme %q", format.ErrUnsupported, p.Scheme)
}

// part opens the tensor whose name has an end, and checks its type and number
// of elements.
func (p parts) part(suffix string, elements int64, types ...format.DType) (*Reader, error) {
	i := slices.IndexFunc(p.Tensors, func(name string) bool { return strings.HasSuffix(name, suffix) })
	if i < 0 {
		return nil, fmt.Errorf("%w: no tensor %s", format.ErrUnsupported, suffix)
	}
	r, err := p.source(p.Tensors[i])
	if err != nil {
		return nil, err
	}
	if len(types) > 0 && !slices.Contains(types, r.t.DType) || r.n != elements {
		return nil, fmt.Errorf("%w: tensor %q has %d elements of %s, %d wanted", format.ErrMalformed, r.t.Name, r.n, r.t.DType, elements)
	}
	return r, nil
}

func (p parts) has(suffix string) bool {
	return slices.ContainsFunc(p.Tensors, func(name string) bool { return strings.HasSuffix(name, suffix) })
}

// floats are the types of scales.
var floats = []format.DType{"F16", "BF16", "F32"}

// raw reads the stored bytes of whole units.
func (r *Reader) raw(first, n int64) ([]byte, error) {
	b := make([]byte, n*r.size)
	if err := r.units.read(first, b); err != nil {
		return nil, fmt.Errorf("tensor %q: %w", r.t.Name, err)
	}
	return b, nil
}

// values decodes n elements.
func (r *Reader) values(first, n int64) ([]float32, error) {
	v := make([]float32, n)
	return v, r.Decode(first, v)
}

// bitsAt is the value of some bits of a stream of bytes that begins with the
// least significant bit of the first. A value lies in at most two bytes.
func bitsAt(b []byte, at int64, width int) uint32 {
	v := uint32(b[at/8])
	if i := at/8 + 1; i < int64(len(b)) {
		v |= uint32(b[i]) << 8
	}
	return v >> (at % 8) & (1<<width - 1)
}

// row cuts a range at the end of its row.
func row(first int64, n int, columns int64) (r, c, count int64) {
	r, c = first/columns, first%columns
	return r, c, min(int64(n), columns-c)
}

// fp8Block: a scale for each block of rows and columns, by which values are
// multiplied, whatever the name weight_scale_inv says.
func (p parts) fp8Block() (weightDecoder, error) {
	block := p.facts.BlockSize
	if block == [2]int{} {
		block = [2]int{128, 128}
	}
	rows, columns := int64(p.Shape[0]), int64(p.Shape[1])
	across := (columns + int64(block[1]) - 1) / int64(block[1])
	down := (rows + int64(block[0]) - 1) / int64(block[0])
	scales, err := p.part(".weight_scale_inv", down*across, append(floats, "F8_E8M0")...)
	if err != nil {
		return nil, err
	}
	values, err := p.part(".weight", rows*columns)
	return func(first int64, dst []float32) (int, error) {
		r, c, n := row(first, len(dst), columns)
		if err := values.Decode(first, dst[:n]); err != nil {
			return 0, err
		}
		from := c / int64(block[1])
		s, err := scales.values(r/int64(block[0])*across+from, (c+n-1)/int64(block[1])-from+1)
		if err != nil {
			return 0, err
		}
		for i := range n {
			dst[i] *= s[(c+i)/int64(block[1])-from]
		}
		return int(n), nil
	}, err
}

// mxfp4: blocks of 32 FP4, two in a byte, the lower half first, times a power of
// two (gpt-oss, convert_moe_packed_tensors of transformers).
func (p parts) mxfp4() (weightDecoder, error) {
	blocks, err := p.part("_blocks", p.Parameters/2, "U8")
	if err != nil {
		return nil, err
	}
	scales, err := p.part("_scales", p.Parameters/32, "U8")
	return func(first int64, dst []float32) (int, error) {
		n := min(int64(len(dst)), 32-first%32)
		b, err := blocks.raw(first/32*16, 16)
		if err != nil {
			return 0, err
		}
		s, err := scales.raw(first/32, 1)
		if err != nil {
			return 0, err
		}
		scale := e8m0()[s[0]]
		for i := range n {
			dst[i] = e2m1[nibble(b, int(first%32+i))] * scale
		}
		return int(n), nil
	}, err
}

// mlx: values of some bits in a stream along a row, times the scale of their
// group, plus its bias (mx.dequantize, mode affine).
func (p parts) mlx() (weightDecoder, error) {
	columns, bits, group := int64(p.Shape[len(p.Shape)-1]), int64(p.Bits), int64(p.GroupSize)
	if !slices.Contains([]int64{2, 3, 4, 5, 6, 8}, bits) || columns == 0 {
		return nil, fmt.Errorf("%w: MLX of %d bits", format.ErrUnsupported, bits)
	}
	words, err := p.part(".weight", columns*bits/32*(p.Parameters/columns), "U32")
	if err != nil {
		return nil, err
	}
	scales, err := p.part(".scales", p.Parameters/group, floats...)
	if err != nil {
		return nil, err
	}
	biases, err := p.part(".biases", p.Parameters/group, floats...)
	return func(first int64, dst []float32) (int, error) {
		n := min(int64(len(dst)), group-first%group) // groups do not cross rows
		begin := first * bits / 32
		b, err := words.raw(begin, ((first+n)*bits+31)/32-begin)
		if err != nil {
			return 0, err
		}
		s, err := scales.values(first/group, 1)
		if err != nil {
			return 0, err
		}
		z, err := biases.values(first/group, 1)
		if err != nil {
			return 0, err
		}
		for i := range n {
			q := bitsAt(b, (first+i)*bits-32*begin, int(bits))
			dst[i] = float32(float32(q)*s[0]) + z[0]
		}
		return int(n), nil
	}, err
}
