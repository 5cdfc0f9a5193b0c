package tensor

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/modelbom/modelbom/pkg/format"
)

// maxDim bounds a dimension of a packed tensor, so that it can be multiplied by
// the values in a word.
const maxDim = 1 << 48

// matrix returns the two dimensions of a tensor.
func matrix(t *format.Tensor) (rows, columns uint64, ok bool) {
	if t == nil || len(t.Shape) != 2 || t.Shape[0] > maxDim || t.Shape[1] > maxDim || t.Shape[0] == 0 || t.Shape[1] == 0 {
		return 0, 0, false
	}
	return t.Shape[0], t.Shape[1], true
}

// readQWeight tells GPTQ from AWQ by the shapes: scales are [groups, outputs]
// in both, qweight is [inputs*bits/32, outputs] or [inputs, outputs*bits/32],
// and qzeros [groups, outputs*bits/32] tells the bits (AutoGPTQ
// qlinear_cuda.py, AutoAWQ packing_utils.py).
func readQWeight(g *grouping, w *Weight, stem string, t *format.Tensor) string {
	rows, columns, ok := matrix(t)
	groups, outputs, ok2 := matrix(g.byName[stem+".scales"])
	if !ok || !ok2 || t.DType != "I32" {
		return "a qweight whose type or shapes are neither of GPTQ nor of AWQ"
	}
	bits := uint64(max(0, g.facts.Bits))
	if zgroups, words, ok := matrix(g.byName[stem+".qzeros"]); ok {
		if zgroups != groups || words*32%outputs != 0 {
			return "qzeros and scales contradict each other"
		}
		of := words * 32 / outputs
		if bits != 0 && bits != of {
			return fmt.Sprintf("qzeros have %d bits, the configuration says %d", of, bits)
		}
		bits = of
	}
	if !slices.Contains([]uint64{2, 3, 4, 8}, bits) {
		return fmt.Sprintf("%d bits for each value", bits)
	}
	scheme, inputs := GPTQ, rows*32/bits
	switch {
	case columns == outputs && rows*32%bits == 0:
	case columns*32/bits == outputs:
		scheme, inputs = AWQ, rows
	default:
		return "a qweight whose shape is neither of GPTQ nor of AWQ"
	}
	if m := g.facts.Method; (m == "gptq" || m == "awq") && m != string(scheme) {
		return fmt.Sprintf("the shapes are of %s, the configuration says %s", scheme, m)
	}
	// The last group may be short.
	group := (inputs + groups - 1) / groups
	if f := g.facts.GroupSize; f > 0 {
		if group = uint64(f); (inputs+group-1)/group != groups {
			return fmt.Sprintf("%d groups for %d inputs, the configuration says groups of %d", groups, inputs, f)
		}
	}
	return w.shaped(scheme, int(bits), int(group), outputs, inputs)
}

// readBNB4 reads the shape from the quant_state (bitsandbytes 0.45, functional.py,
// QuantState.as_dict): the packed bytes themselves are [n, 1].
func readBNB4(g *grouping, w *Weight, stem string, t *format.Tensor) string {
	n, ok := elements(t.Shape)
	if !ok || n > 1<<61 || t.DType != "U8" {
		return "a weight with absmax that is not U8"
	}
	w.Scheme, w.Bits, w.Parameters = BNB4, 4, 2*n
	var state []byte
	for _, kind := range []string{"nf4", "fp4"} {
		if s := g.facts.State[stem+".weight.quant_state.bitsandbytes__"+kind]; s != nil {
			state = s
		}
	}
	if state == nil {
		return ""
	}
	var s struct {
		Shape     []uint64 `json:"shape"`
		BlockSize int      `json:"blocksize"`
	}
	if err := json.Unmarshal(state, &s); err != nil {
		return "a quant_state that is no JSON"
	}
	if p, ok := elements(s.Shape); !ok || (p+1)/2 != n {
		return fmt.Sprintf("a quant_state of shape %v for %d bytes", s.Shape, n)
	}
	return w.shaped(BNB4, 4, s.BlockSize, s.Shape...)
}

// readBNB8 is a weight as it stands with a scale for each row.
func readBNB8(g *grouping, w *Weight, stem string, t *format.Tensor) string {
	rows, _, ok := matrix(t)
	if scb := g.byName[stem+".SCB"]; !ok || t.DType != "I8" || len(scb.Shape) != 1 || scb.Shape[0] != rows {
		return "an SCB that is not one scale for each row of an I8 weight"
	}
	return w.shaped(BNB8, 8, 0, t.Shape...)
}

// readFP8Block checks the scales of blocks of rows and columns (DeepSeek-V3,
// weight_block_size; 128 each where the configuration is silent).
func readFP8Block(g *grouping, w *Weight, stem string, t *format.Tensor) string {
	rows, columns, ok := matrix(t)
	srows, scolumns, ok2 := matrix(g.byName[stem+".weight_scale_inv"])
	block := g.facts.BlockSize
	if block == [2]int{} {
		block = [2]int{128, 128}
	}
	if !ok || !ok2 || !small8(t.DType) || block[0] <= 0 || block[1] <= 0 {
		return "a weight_scale_inv beside what is no matrix of 8-bit floats"
	}
	if b0, b1 := uint64(block[0]), uint64(block[1]); (rows+b0-1)/b0 != srows || (columns+b1-1)/b1 != scolumns {
		return fmt.Sprintf("scales of %d times %d for a weight of %d times %d in blocks of %d times %d", srows, scolumns, rows, columns, b0, b1)
	}
	return w.shaped(FP8Block, 8, block[1], t.Shape...)
}

// readScaled is a weight as it stands, with scales. Two FP4 in a byte are
// ModelOpt's NVFP4: then there is a second scale.
func readScaled(g *grouping, w *Weight, stem string, t *format.Tensor) string {
	switch {
	case t.DType == "U8" && g.byName[stem+".weight_scale_2"] != nil:
		rows, columns, ok := matrix(t)
		srows, scolumns, ok2 := matrix(g.byName[stem+".weight_scale"])
		if !ok || !ok2 || rows != srows || columns*2%scolumns != 0 {
			return "packed FP4 whose scales do not fit"
		}
		return w.shaped(PackedNVFP4, 4, int(columns*2/scolumns), rows, 2*columns)
	case t.DType == "I8" || small8(t.DType):
		return w.shaped(Scaled, 8, 0, t.Shape...)
	}
	return fmt.Sprintf("a weight of %s with a weight_scale", t.DType)
}

// readPacked reads compressed-tensors' weight_packed: I32 words of values along
// the input, or bytes of two FP4 with a scale for each 16 (NVFP4, in F8_E4M3,
// with a weight_global_scale) or 32 (MXFP4, in E8M0).
func readPacked(g *grouping, w *Weight, stem string, t *format.Tensor) string {
	rows, columns, ok := matrix(t)
	srows, scolumns, ok2 := matrix(g.byName[stem+".weight_scale"])
	if !ok || !ok2 || rows != srows {
		return "a weight_packed and a weight_scale whose shapes do not fit"
	}
	if t.DType == "U8" {
		inputs := 2 * columns
		switch {
		case inputs == 16*scolumns && g.byName[stem+".weight_global_scale"] != nil:
			return w.shaped(PackedNVFP4, 4, 16, rows, inputs)
		case inputs == 32*scolumns && g.byName[stem+".weight_global_scale"] == nil:
			return w.shaped(PackedMXFP4, 4, 32, rows, inputs)
		}
		return "packed FP4 whose scales are neither of NVFP4 nor of MXFP4"
	}
	bits := uint64(max(0, g.facts.Bits))
	switch {
	case t.DType != "I32" || bits == 0:
		return "a weight_packed whose bits the configuration does not tell"
	case bits > 8 || 32%bits != 0: // versions of compressed-tensors differ
		return fmt.Sprintf("%d bits for each value, which do not fill a word", bits)
	}
	inputs, reason := g.packedInputs(stem, rows, columns, bits)
	if reason != "" {
		return reason
	}
	return w.shaped(Packed, int(bits), int((inputs+scolumns-1)/scolumns), rows, inputs)
}

// packedInputs is the number of values in a row of words: what weight_shape
// says, which may leave a part of the last word, or all.
func (g *grouping) packedInputs(stem string, rows, words, bits uint64) (inputs uint64, reason string) {
	per := 32 / bits
	inputs = words * per
	state := g.facts.State[stem+".weight_shape"]
	if state == nil {
		return inputs, ""
	}
	if len(state) != 16 {
		return 0, "a weight_shape that is not two numbers of 64 bits"
	}
	r, c := little.Uint64(state), little.Uint64(state[8:])
	if r != rows || c > inputs || c+per <= inputs {
		return 0, fmt.Sprintf("a weight_shape of %d times %d for %d times %d words", r, c, rows, words)
	}
	return c, ""
}

// readMLX needs the bits or the group size from the configuration: the shapes
// tell only their product (MLX, mx.quantize). Leading dimensions are experts.
func readMLX(g *grouping, w *Weight, stem string, t *format.Tensor) string {
	s, b := g.byName[stem+".scales"], g.byName[stem+".biases"]
	r := len(t.Shape)
	if t.DType != "U32" || b == nil || r < 2 || len(s.Shape) != r || !slices.Equal(s.Shape, b.Shape) || !slices.Equal(s.Shape[:r-1], t.Shape[:r-1]) {
		return "a weight with scales that is not of MLX's affine form"
	}
	words, groups := t.Shape[r-1], s.Shape[r-1]
	if words > maxDim || groups > maxDim || words == 0 || groups == 0 {
		return "a weight whose scales do not fit"
	}
	bits, group := uint64(max(0, g.facts.Bits)), uint64(max(0, g.facts.GroupSize))
	product := words * 32 / groups // of bits and group size
	switch {
	case words*32%groups != 0:
		return "a weight whose scales do not fit"
	case bits == 0 && group == 0:
		return "neither bits nor group size are configured, and the shapes leave them open"
	case bits == 0:
		bits = product / group
	case group == 0:
		group = product / bits
	}
	if bits*group != product {
		return fmt.Sprintf("%d bits in groups of %d do not fit words for %d bits in a group", bits, group, product)
	}
	shape := append(slices.Clone(t.Shape[:r-1]), groups*group)
	return w.shaped(MLX, int(bits), int(group), shape...)
}

// readMXFP4 reads gpt-oss's blocks of 16 bytes, [..., rows, blocks, 16], and
// their scales, [..., rows, blocks].
func readMXFP4(g *grouping, w *Weight, stem string, t *format.Tensor) string {
	s := g.byName[stem+"_scales"]
	r := len(t.Shape)
	if t.DType != "U8" || s.DType != "U8" || r < 3 || t.Shape[r-1] != 16 || !slices.Equal(s.Shape, t.Shape[:r-1]) || t.Shape[r-2] > maxDim {
		return "blocks and scales that are not of MXFP4"
	}
	shape := append(slices.Clone(t.Shape[:r-2]), 32*t.Shape[r-2])
	return w.shaped(MXFP4, 4, 32, shape...)
}
