package tensor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/format"
)

// A Scheme is a convention by which a quantised checkpoint stores one weight in
// several tensors. It has no name in the files: it shows in the names, types and
// shapes of the tensors, and in a configuration beside them.
type Scheme string

// The schemes that are recognised. Plain is a tensor that stands for itself.
const (
	Plain Scheme = ""
	// GPTQ: qweight I32 packs along the input; qzeros, scales, g_idx.
	GPTQ Scheme = "gptq"
	// AWQ: qweight I32 packs along the output, interleaved; qzeros, scales.
	AWQ Scheme = "awq"
	// BNB4: bitsandbytes, U8 weight of NF4 or FP4 in flat blocks; absmax,
	// quant_map, quant_state.
	BNB4 Scheme = "bitsandbytes-4bit"
	// BNB8: bitsandbytes LLM.int8, I8 weight; SCB.
	BNB8 Scheme = "bitsandbytes-8bit"
	// FP8Block: 8-bit floats with a scale for each block (weight_scale_inv).
	FP8Block Scheme = "fp8-block"
	// Scaled: 8-bit floats or integers with a scale for each tensor, row or
	// group (weight_scale), as of compressed-tensors, fbgemm and ModelOpt.
	Scaled Scheme = "scaled"
	// MXFP4: U8 _blocks of FP4 and _scales of E8M0, as of gpt-oss.
	MXFP4 Scheme = "mxfp4"
	// MLX: U32 weight, scales and biases for each group.
	MLX Scheme = "mlx"
	// Packed: compressed-tensors' pack-quantized, weight_packed I32.
	Packed Scheme = "pack-quantized"
	// PackedNVFP4 and PackedMXFP4: weight_packed U8 of FP4.
	PackedNVFP4 Scheme = "nvfp4-pack-quantized"
	PackedMXFP4 Scheme = "mxfp4-pack-quantized"
)

// QuantFacts is what the configuration of a model says of its quantisation
// (quantization_config of config.json). Everything may be missing.
type QuantFacts struct {
	// Method is quant_method: "gptq", "awq", "fp8", "compressed-tensors"; "mlx"
	// for MLX's own member quantization.
	Method string
	// Format is the layout within a method: checkpoint_format of GPTQ, version
	// of AWQ.
	Format string
	// Bits of one quantised value.
	Bits int
	// GroupSize is the number of values that share a scale, -1 for a whole row.
	GroupSize int
	// BlockSize is weight_block_size: rows and columns.
	BlockSize [2]int
	// State holds the contents of tensors by name that are JSON or numbers about
	// others: weight.quant_state.bitsandbytes__nf4 and weight_shape. Without
	// them the shape of such a weight is not known exactly.
	State map[string][]byte
}

// A Weight is one logical weight: what the model has, however it is stored.
type Weight struct {
	Name   string // as in the model before it was quantised
	Scheme Scheme
	// Shape is the logical shape; nil when the tensors do not tell it.
	Shape []uint64
	// Parameters is the number of logical elements.
	Parameters int64
	// Bits and GroupSize are those of the tensors; 0 where they do not apply.
	Bits, GroupSize int
	// Tensors are the names of what the weight is stored in, the packed values
	// first, then by name.
	Tensors []string
}

// A Problem is why the logical form of some tensors is not known. They are in no
// weight.
type Problem struct {
	Tensors []string
	Reason  string
}

func (p Problem) String() string {
	return fmt.Sprintf("tensors %q: %s", p.Tensors, p.Reason)
}

// Logical tells which weights the tensors of a model make. Every tensor is in
// exactly one weight or problem. Weights and problems are sorted by their first
// tensor.
//
// Tensors decide; facts are needed where tensors leave it open, and a fact that
// tensors contradict is a problem. A scheme that is not known is a problem and
// not a guess, as its parameters cannot be counted.
func Logical(tensors []format.Tensor, q QuantFacts) ([]Weight, []Problem) {
	g := &grouping{facts: q, byName: make(map[string]*format.Tensor, len(tensors)), used: make(map[string]bool)}
	for i := range tensors {
		g.byName[tensors[i].Name] = &tensors[i]
	}
	for i := range tensors {
		g.anchor(&tensors[i])
	}
	for i := range tensors {
		if t := &tensors[i]; !g.used[t.Name] {
			g.used[t.Name] = true
			g.plain(t)
		}
	}
	slices.SortFunc(g.weights, func(a, b Weight) int { return cmp.Compare(a.Tensors[0], b.Tensors[0]) })
	slices.SortFunc(g.problems, func(a, b Problem) int { return cmp.Compare(a.Tensors[0], b.Tensors[0]) })
	return g.weights, g.problems
}

// grouping is the state of Logical.
type grouping struct {
	facts    QuantFacts
	byName   map[string]*format.Tensor
	used     map[string]bool
	weights  []Weight
	problems []Problem
}

// A convention recognises the packed tensor of a scheme by the end of its name
// and by a neighbour, whose name is the stem and another end.
type convention struct {
	suffix    string   // of the packed tensor
	neighbour string   // that must be there too; empty for none
	others    []string // that belong to it where they are there
	logical   string   // suffix of the weight's name
	// read completes the weight, or says why it cannot.
	read func(g *grouping, w *Weight, stem string, t *format.Tensor) (reason string)
}

// methods are the values of quant_method whose tensors are recognised.
var methods = []string{"gptq", "awq", "bitsandbytes", "fp8", "fbgemm_fp8", "mxfp4", "mlx", "compressed-tensors", "modelopt"}

// containers are the types that other methods pack values into.
var containers = []format.DType{"I8", "U8", "I16", "U16", "I32", "U32", "I64", "U64"}

// conventions, in the order in which they are tried.
var conventions = []convention{
	{".qweight", ".scales", []string{".qzeros", ".g_idx"}, ".weight", readQWeight},
	{".weight", ".weight.absmax", []string{".weight.quant_map", ".weight.nested_absmax", ".weight.nested_quant_map",
		".weight.quant_state.bitsandbytes__nf4", ".weight.quant_state.bitsandbytes__fp4"}, ".weight", readBNB4},
	{".weight", ".SCB", []string{".weight_format"}, ".weight", readBNB8},
	{".weight", ".weight_scale_inv", scaleOthers, ".weight", readFP8Block},
	{".weight_packed", ".weight_scale", append([]string{".weight_zero_point", ".weight_g_idx", ".weight_shape", ".weight_global_scale"}, scaleOthers...), ".weight", readPacked},
	{".weight", ".weight_scale", append([]string{".weight_zero_point", ".weight_g_idx", ".weight_scale_2"}, scaleOthers...), ".weight", readScaled},
	{".weight", ".scales", []string{".biases"}, ".weight", readMLX},
	{"_blocks", "_scales", nil, "", readMXFP4},
	// Recognised and not understood.
	{".q_weight", "", []string{".q_scale", ".q_scale_max", ".q_groups", ".q_invperm", ".q_perm"}, "", unknown("EXL2")},
	{".trellis", "", []string{".suh", ".svh", ".su", ".sv", ".mcg", ".mul1"}, "", unknown("EXL3")},
	{".W_q", "", []string{".meta", ".scale", ".zero"}, "", unknown("HQQ")},
	{".codes", ".codebooks", []string{".scales"}, "", unknown("AQLM")},
	{".weight._data", "", []string{".weight._scale", ".weight._shift"}, "", unknown("Quanto")},
	{".Qidxs", "", []string{".SU", ".SV", ".Wscale"}, "", unknown("QuIP#")},
	{".B", ".s", nil, "", unknown("Marlin")},
	{".qweight", "", []string{".qzeros", ".g_idx", ".scales_and_zeros"}, "", unknown("a scheme with qweight and no scales")},
	{".weight_packed", "", []string{".weight_shape"}, "", unknown("a scheme with weight_packed and no weight_scale")},
	{".compressed", ".bitmask", []string{".shape", ".row_offsets"}, "", unknown("a sparse bit mask")},
}

// scaleOthers are the scales of activations and caches beside a weight.
var scaleOthers = []string{".input_scale", ".input_scale_ub", ".input_zero_point", ".input_global_scale", ".output_scale", ".activation_scale_ub"}

// anchor makes a weight of a packed tensor and its neighbours.
func (g *grouping) anchor(t *format.Tensor) {
	for i := range conventions {
		c := &conventions[i]
		stem, ok := strings.CutSuffix(t.Name, c.suffix)
		if !ok || g.used[t.Name] || c.neighbour != "" && g.byName[stem+c.neighbour] == nil {
			continue
		}
		if c.suffix == ".weight" && t.DType.Float() && !small8(t.DType) {
			continue // scales beside values that are not quantised
		}
		w := Weight{Name: stem + c.logical, Tensors: g.take(t.Name, stem, c)}
		if reason := c.read(g, &w, stem, t); reason != "" {
			g.problems = append(g.problems, Problem{w.Tensors, reason})
			return
		}
		g.weights = append(g.weights, w)
		return
	}
}

// take marks the tensors of a weight as used and returns their names.
func (g *grouping) take(packed, stem string, c *convention) []string {
	var names []string
	for _, suffix := range append([]string{c.neighbour}, c.others...) {
		if name := stem + suffix; suffix != "" && g.byName[name] != nil && !g.used[name] {
			names = append(names, name)
			g.used[name] = true
		}
	}
	slices.Sort(names)
	g.used[packed] = true
	return append([]string{packed}, names...)
}

// plain makes a weight of a tensor that stands for itself.
func (g *grouping) plain(t *format.Tensor) {
	n, ok := elements(t.Shape)
	if !ok {
		g.problems = append(g.problems, Problem{[]string{t.Name}, "its shape overflows"})
		return
	}
	if m := g.facts.Method; m != "" && !slices.Contains(methods, m) && len(t.Shape) > 1 && slices.Contains(containers, t.DType) {
		g.problems = append(g.problems, Problem{[]string{t.Name}, fmt.Sprintf("quantised by %q, which is not known here", m)})
		return
	}
	g.weights = append(g.weights, Weight{Name: t.Name, Shape: t.Shape, Parameters: n, Tensors: []string{t.Name}})
}

// shaped completes a weight by its shape.
func (w *Weight) shaped(s Scheme, bits, group int, shape ...uint64) (reason string) {
	n, ok := elements(shape)
	if !ok {
		return "its logical shape overflows"
	}
	w.Scheme, w.Shape, w.Parameters, w.Bits, w.GroupSize = s, shape, n, bits, group
	return ""
}

func unknown(scheme string) func(*grouping, *Weight, string, *format.Tensor) string {
	return func(*grouping, *Weight, string, *format.Tensor) string {
		return "quantised by " + scheme + ", which is not known here"
	}
}

func small8(d format.DType) bool { return strings.HasPrefix(string(d), "F8_") || d == "F4" }
