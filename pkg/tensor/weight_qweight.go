package tensor

import (
	"fmt"
	"slices"

	"github.com/modelbom/modelbom/pkg/format"
)

// A qweight reads the weights of GPTQ and AWQ: [outputs, inputs], with scales
// and zeros for each output and group of inputs.
type qweight struct {
	outputs, inputs, groups, group, bits int64
	words, zeros, scales                 *Reader
	index                                *Reader // g_idx of GPTQ, or nil
	// zero makes the zero point of what is stored.
	zero func(uint32) float32
}

func (p parts) qweight(words int64) (*qweight, error) {
	q := &qweight{outputs: int64(p.Shape[0]), inputs: int64(p.Shape[1]), group: int64(p.GroupSize), bits: int64(p.Bits)}
	if q.group <= 0 || q.inputs == 0 {
		return nil, fmt.Errorf("%w: no groups", format.ErrUnsupported)
	}
	q.groups = (q.inputs + q.group - 1) / q.group
	var err error
	if q.words, err = p.part(".qweight", words, "I32"); err != nil {
		return nil, err
	}
	if q.zeros, err = p.part(".qzeros", q.groups*q.outputs*q.bits/32, "I32"); err != nil {
		return nil, err
	}
	q.scales, err = p.part(".scales", q.groups*q.outputs, floats...)
	return q, err
}

// gptq packs along the inputs: the column of an output is a stream of values.
// In the first version of the layout a zero is stored less one, modulo the
// values that there are (AutoGPTQ, qlinear_cuda_old.py).
func (p parts) gptq() (weightDecoder, error) {
	q, err := p.qweight(int64(p.Shape[1]) * int64(p.Bits) / 32 * int64(p.Shape[0]))
	if err != nil {
		return nil, err
	}
	switch p.facts.Format {
	case "", "gptq":
		q.zero = func(z uint32) float32 { return float32((z + 1) & (1<<q.bits - 1)) }
	case "gptq_v2":
		q.zero = func(z uint32) float32 { return float32(z) }
	default:
		return nil, fmt.Errorf("%w: GPTQ in the layout %q", format.ErrUnsupported, p.facts.Format)
	}
	if p.has(".g_idx") {
		if q.index, err = p.part(".g_idx", q.inputs, "I32"); err != nil {
			return nil, err
		}
	}
	return q.column, nil
}

// column decodes a part of a row, which is a column of what is stored.
func (q *qweight) column(first int64, dst []float32) (int, error) {
	o, c, n := row(first, len(dst), q.inputs)
	begin, end := c*q.bits/32, ((c+n)*q.bits+31)/32
	var stream []byte
	for k := begin; k < end; k++ {
		word, err := q.words.raw(k*q.outputs+o, 1)
		if err != nil {
			return 0, err
		}
		stream = append(stream, word...)
	}
	groups, err := q.groupsOf(c, n)
	if err != nil {
		return 0, err
	}
	var scale, zero float32
	last := int64(-1)
	for i := range n {
		if g := groups(i); g != last {
			if scale, zero, err = q.affine(g, o, o*q.bits); err != nil {
				return 0, err
			}
			last = g
		}
		v := bitsAt(stream, (c+i)*q.bits-32*begin, int(q.bits))
		dst[i] = (float32(v) - zero) * scale
	}
	return int(n), nil
}

// groupsOf returns the groups of the inputs from c on.
func (q *qweight) groupsOf(c, n int64) (func(i int64) int64, error) {
	if q.index == nil {
		return func(i int64) int64 { return (c + i) / q.group }, nil
	}
	b, err := q.index.raw(c, n)
	if err != nil {
		return nil, err
	}
	for i := range n {
		if g := int32(little.Uint32(b[4*i:])); g < 0 || int64(g) >= q.groups {
			return nil, fmt.Errorf("%w: g_idx has the group %d of %d", format.ErrMalformed, g, q.groups)
		}
	}
	return func(i int64) int64 { return int64(little.Uint32(b[4*i:])) }, nil
}

// affine reads the scale and the zero of a group and output; the zero lies at a
// bit of the group's row.
func (q *qweight) affine(g, o, bit int64) (scale, zero float32, err error) {
	s, err := q.scales.values(g*q.outputs+o, 1)
	if err != nil {
		return 0, 0, err
	}
	perRow := q.outputs * q.bits / 32
	from := bit / 32
	b, err := q.zeros.raw(g*perRow+from, min(2, perRow-from))
	if err != nil {
		return 0, 0, err
	}
	return s[0], q.zero(bitsAt(b, bit%32, int(q.bits))), nil
}

// awqOrder is the place in a word of each of eight outputs (AutoAWQ,
// packing_utils.py, AWQ_REVERSE_ORDER).
var awqOrder = [8]int64{0, 4, 1, 5, 2, 6, 3, 7}

// awq packs 4 bits along the outputs, interleaved.
func (p parts) awq() (weightDecoder, error) {
	if p.Bits != 4 || p.Shape[0]%8 != 0 || !slices.Contains([]string{"", "gemm"}, p.facts.Format) {
		return nil, fmt.Errorf("%w: AWQ of %d bits in the layout %q", format.ErrUnsupported, p.Bits, p.facts.Format)
	}
	q, err := p.qweight(int64(p.Shape[0]) / 8 * int64(p.Shape[1]))
	if err != nil {
		return nil, err
	}
	q.zero = func(z uint32) float32 { return float32(z) }
	return q.interleaved, nil
}

// interleaved decodes a part of a row.
func (q *qweight) interleaved(first int64, dst []float32) (int, error) {
	o, c, n := row(first, len(dst), q.inputs)
	bit := o/8*32 + 4*awqOrder[o%8]
	var scale, zero float32
	for i := range n {
		if in := c + i; i == 0 || in%q.group == 0 {
			var err error
			if scale, zero, err = q.affine(in/q.group, o, bit); err != nil {
				return 0, err
			}
		}
		word, err := q.words.raw((c+i)*q.outputs/8+bit/32, 1)
		if err != nil {
			return 0, err
		}
		dst[i] = (float32(bitsAt(word, bit%32, 4)) - zero) * scale
	}
	return int(n), nil
}
