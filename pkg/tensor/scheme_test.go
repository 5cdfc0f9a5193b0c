package tensor

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/pkg/format"
)

// tensors makes tensors of lines such as "name F32 2x3".
func tensors(t testing.TB, lines ...string) []format.Tensor {
	t.Helper()
	var list []format.Tensor
	for _, line := range lines {
		name, rest, _ := strings.Cut(line, " ")
		dtype, dims, _ := strings.Cut(rest, " ")
		tensor := format.Tensor{Name: name, DType: format.DType(dtype)}
		for d := range strings.SplitSeq(dims, "x") {
			var n uint64
			if _, err := fmt.Sscan(d, &n); err == nil {
				tensor.Shape = append(tensor.Shape, n)
			}
		}
		list = append(list, tensor)
	}
	return list
}

// Shapes are those of published checkpoints.
func TestLogical(t *testing.T) {
	const name = "l.q_proj"
	gptq := []string{name + ".qweight I32 512x4096", name + ".qzeros I32 32x512", name + ".scales F16 32x4096", name + ".g_idx I32 4096"}
	awq := []string{name + ".qweight I32 4096x512", name + ".qzeros I32 32x512", name + ".scales F16 32x4096"}
	bnb := []string{name + ".weight U8 8388608x1", name + ".weight.absmax U8 262144", name + ".weight.quant_map F32 16", name + ".weight.nested_absmax F32 1024",
		name + ".weight.nested_quant_map F32 256", name + ".weight.quant_state.bitsandbytes__nf4 U8 81"}
	for title, c := range map[string]struct {
		tensors []string
		facts   QuantFacts
		want    []string // of weights: name, scheme, shape, parameters, bits, group size, number of tensors
		problem string
	}{
		"nothing quantised": {[]string{"a F32 2x3", "b I64 1x512", "c F32"}, QuantFacts{},
			[]string{"a  [2 3] 6 0 0 1", "b  [1 512] 512 0 0 1", "c  [] 1 0 0 1"}, ""},
		"Llama-2-7B-GPTQ":         {append(gptq, "l.norm.weight F16 4096"), QuantFacts{Method: "gptq", Bits: 4, GroupSize: 128}, []string{"l.norm.weight  [4096] 4096 0 0 1", "l.q_proj.weight gptq [4096 4096] 16777216 4 128 4"}, ""},
		"GPTQ without facts":      {gptq, QuantFacts{}, []string{"l.q_proj.weight gptq [4096 4096] 16777216 4 128 4"}, ""},
		"GPTQ of 3 bits":          {[]string{name + ".qweight I32 384x4096", name + ".qzeros I32 32x384", name + ".scales F16 32x4096"}, QuantFacts{}, []string{"l.q_proj.weight gptq [4096 4096] 16777216 3 128 3"}, ""},
		"GPTQ short last group":   {[]string{name + ".qweight I32 25x64", name + ".qzeros I32 2x8", name + ".scales F16 2x64"}, QuantFacts{GroupSize: 128}, []string{"l.q_proj.weight gptq [64 200] 12800 4 128 3"}, ""},
		"GPTQ, other bits":        {gptq, QuantFacts{Method: "gptq", Bits: 8}, nil, "qzeros have 4 bits, the configuration says 8"},
		"GPTQ, other group":       {gptq, QuantFacts{Method: "gptq", GroupSize: 64}, nil, "32 groups for 4096 inputs, the configuration says groups of 64"},
		"GPTQ said to be AWQ":     {gptq, QuantFacts{Method: "awq"}, nil, "the shapes are of gptq, the configuration says awq"},
		"GPTQ without qzeros":     {[]string{gptq[0], gptq[2]}, QuantFacts{Bits: 4}, []string{"l.q_proj.weight gptq [4096 4096] 16777216 4 128 2"}, ""},
		"neither qzeros nor bits": {[]string{gptq[0], gptq[2]}, QuantFacts{}, nil, "0 bits for each value"},
		"AWQ":                     {awq, QuantFacts{Method: "awq", Bits: 4, GroupSize: 128}, []string{"l.q_proj.weight awq [4096 4096] 16777216 4 128 3"}, ""},
		"qweight of no shape":     {[]string{name + ".qweight I32 100x100", name + ".scales F16 32x4096", name + ".qzeros I32 32x512"}, QuantFacts{}, nil, "a qweight whose shape is neither of GPTQ nor of AWQ"},
		"qweight alone":           {[]string{name + ".qweight I32 100x100"}, QuantFacts{}, nil, "a scheme with qweight and no scales"},
		"bitsandbytes NF4":        {bnb, QuantFacts{State: map[string][]byte{name + ".weight.quant_state.bitsandbytes__nf4": []byte(`{"quant_type":"nf4","blocksize":64,"dtype":"bfloat16","shape":[4096,4096]}`)}}, []string{"l.q_proj.weight bitsandbytes-4bit [4096 4096] 16777216 4 64 6"}, ""},
		"NF4 without its state":   {bnb, QuantFacts{}, []string{"l.q_proj.weight bitsandbytes-4bit [] 16777216 4 0 6"}, ""},
		"NF4, other shape":        {bnb, QuantFacts{State: map[string][]byte{name + ".weight.quant_state.bitsandbytes__nf4": []byte(`{"shape":[4096,4095]}`)}}, nil, "a quant_state of shape [4096 4095] for 8388608 bytes"},
		"LLM.int8":                {[]string{name + ".weight I8 4096x1024", name + ".SCB F32 4096", name + ".weight_format U8"}, QuantFacts{}, []string{"l.q_proj.weight bitsandbytes-8bit [4096 1024] 4194304 8 0 3"}, ""},
		"DeepSeek-V3":             {[]string{name + ".weight F8_E4M3 576x7168", name + ".weight_scale_inv F32 5x56"}, QuantFacts{Method: "fp8", BlockSize: [2]int{128, 128}}, []string{"l.q_proj.weight fp8-block [576 7168] 4128768 8 128 2"}, ""},
		"FP8 of other blocks":     {[]string{name + ".weight F8_E4M3 576x7168", name + ".weight_scale_inv F32 5x56"}, QuantFacts{BlockSize: [2]int{64, 64}}, nil, "scales of 5 times 56 for a weight of 576 times 7168 in blocks of 64 times 64"},
		"gpt-oss-20b": {[]string{"e.gate_up_proj_blocks U8 32x5760x90x16", "e.gate_up_proj_scales U8 32x5760x90", "e.gate_up_proj_bias BF16 32x5760"}, QuantFacts{Method: "mxfp4"},
			[]string{"e.gate_up_proj_bias  [32 5760] 184320 0 0 1", "e.gate_up_proj mxfp4 [32 5760 2880] 530841600 4 32 2"}, ""},
		"blocks of no FP4":  {[]string{"a_blocks F32 2x2", "a_scales F32 2x2"}, QuantFacts{}, nil, "blocks and scales that are not of MXFP4"},
		"MLX 4 bit":         {[]string{name + ".weight U32 2048x256", name + ".scales BF16 2048x32", name + ".biases BF16 2048x32"}, QuantFacts{Method: "mlx", Bits: 4, GroupSize: 64}, []string{"l.q_proj.weight mlx [2048 2048] 4194304 4 64 3"}, ""},
		"MLX experts, bits": {[]string{name + ".weight U32 8x64x96", name + ".scales F16 8x64x8", name + ".biases F16 8x64x8"}, QuantFacts{Bits: 6}, []string{"l.q_proj.weight mlx [8 64 512] 262144 6 64 3"}, ""},
		"MLX without facts": {[]string{name + ".weight U32 2048x256", name + ".scales BF16 2048x32", name + ".biases BF16 2048x32"}, QuantFacts{}, nil, "neither bits nor group size are configured, and the shapes leave them open"},
		"MLX of other bits": {[]string{name + ".weight U32 2048x256", name + ".scales BF16 2048x32", name + ".biases BF16 2048x32"}, QuantFacts{Bits: 8, GroupSize: 64}, nil, "8 bits in groups of 64 do not fit words for 256 bits in a group"},
		"int-quantized":     {[]string{name + ".weight I8 64x32", name + ".weight_scale BF16 64x1", name + ".input_scale F32 1"}, QuantFacts{Method: "compressed-tensors"}, []string{"l.q_proj.weight scaled [64 32] 2048 8 0 3"}, ""},
		"float-quantized":   {[]string{name + ".weight F8_E4M3 64x32", name + ".weight_scale F32 1"}, QuantFacts{}, []string{"l.q_proj.weight scaled [64 32] 2048 8 0 2"}, ""},
		"pack-quantized":    {[]string{name + ".weight_packed I32 64x16", name + ".weight_scale BF16 64x1", name + ".weight_shape I64 2"}, QuantFacts{Bits: 4}, []string{"l.q_proj.weight pack-quantized [64 128] 8192 4 128 3"}, ""},
		"pack-quantized tail": {[]string{name + ".weight_packed I32 64x16", name + ".weight_scale BF16 64x1", name + ".weight_shape I64 2"},
			QuantFacts{Bits: 4, State: map[string][]byte{name + ".weight_shape": {64, 0, 0, 0, 0, 0, 0, 0, 121, 0, 0, 0, 0, 0, 0, 0}}}, []string{"l.q_proj.weight pack-quantized [64 121] 7744 4 121 3"}, ""},
		"pack-quantized, other shape": {[]string{name + ".weight_packed I32 64x16", name + ".weight_scale BF16 64x1", name + ".weight_shape I64 2"},
			QuantFacts{Bits: 4, State: map[string][]byte{name + ".weight_shape": {64, 0, 0, 0, 0, 0, 0, 0, 120, 0, 0, 0, 0, 0, 0, 0}}}, nil, "a weight_shape of 64 times 120 for 64 times 16 words"},
		"pack-quantized, no bits": {[]string{name + ".weight_packed I32 64x16", name + ".weight_scale BF16 64x1"}, QuantFacts{}, nil, "a weight_packed whose bits the configuration does not tell"},
		"NVFP4":                   {[]string{name + ".weight_packed U8 64x64", name + ".weight_scale F8_E4M3 64x8", name + ".weight_global_scale F32 1", name + ".input_global_scale F32 1"}, QuantFacts{}, []string{"l.q_proj.weight nvfp4-pack-quantized [64 128] 8192 4 16 4"}, ""},
		"NVFP4 of ModelOpt":       {[]string{name + ".weight U8 64x64", name + ".weight_scale F8_E4M3 64x8", name + ".weight_scale_2 F32", name + ".input_scale F32"}, QuantFacts{Method: "modelopt"}, []string{"l.q_proj.weight nvfp4-pack-quantized [64 128] 8192 4 16 4"}, ""},
		"MXFP4 packed":            {[]string{name + ".weight_packed U8 64x64", name + ".weight_scale U8 64x4"}, QuantFacts{}, []string{"l.q_proj.weight mxfp4-pack-quantized [64 128] 8192 4 32 2"}, ""},
		"scales beside BF16":      {[]string{"a.weight BF16 4x4", "a.weight_scale F32 1"}, QuantFacts{}, []string{"a.weight  [4 4] 16 0 0 1", "a.weight_scale  [1] 1 0 0 1"}, ""},
		"EXL2":                    {[]string{"a.q_weight I32 4x4", "a.q_scale I32 1x1", "a.q_groups I16 2", "a.q_invperm I32 4", "a.q_scale_max F16 1"}, QuantFacts{Method: "exl2"}, nil, "quantised by EXL2, which is not known here"},
		"HQQ":                     {[]string{"a.W_q U8 4x4"}, QuantFacts{}, nil, "quantised by HQQ, which is not known here"},
		"AQLM":                    {[]string{"a.codes I16 4x4x1", "a.codebooks F16 1x256x1x8", "a.scales F16 4x1x1x1"}, QuantFacts{}, nil, "quantised by AQLM, which is not known here"},
		"unknown method":          {[]string{"a.weight I32 4x4"}, QuantFacts{Method: "vptq"}, nil, `quantised by "vptq", which is not known here`},
		"overflow":                {[]string{"a_blocks U8 4294967296x4294967296x1x16", "a_scales U8 4294967296x4294967296x1"}, QuantFacts{}, nil, "its logical shape overflows"},
	} {
		weights, problems := Logical(tensors(t, c.tensors...), c.facts)
		var got []string
		for _, w := range weights {
			got = append(got, fmt.Sprintf("%s %s %v %d %d %d %d", w.Name, w.Scheme, w.Shape, w.Parameters, w.Bits, w.GroupSize, len(w.Tensors)))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", title, diff)
		}
		if c.problem == "" && len(problems) > 0 || c.problem != "" && (len(problems) != 1 || !strings.Contains(problems[0].Reason, c.problem)) {
			t.Errorf("%s: problems %v, want %q", title, problems, c.problem)
		}
		checkPartition(t, title, tensors(t, c.tensors...), weights, problems)
	}
}

// checkPartition wants every tensor in one weight or problem.
func checkPartition(t *testing.T, title string, all []format.Tensor, weights []Weight, problems []Problem) {
	t.Helper()
	seen := map[string]int{}
	for _, w := range weights {
		for _, name := range w.Tensors {
			seen[name]++
		}
		if n, ok := elements(w.Shape); w.Shape != nil && (!ok || n != w.Parameters) || w.Parameters < 0 {
			t.Errorf("%s: %v has %d parameters", title, w.Shape, w.Parameters)
		}
	}
	for _, p := range problems {
		for _, name := range p.Tensors {
			seen[name]++
		}
	}
	for _, tensor := range all {
		if seen[tensor.Name] != 1 {
			t.Errorf("%s: %s is in %d weights and problems", title, tensor.Name, seen[tensor.Name])
		}
	}
	if len(seen) != len(all) {
		t.Errorf("%s: %d names for %d tensors", title, len(seen), len(all))
	}
}

// FuzzLogical gives every suffix any types and shapes.
func FuzzLogical(f *testing.F) {
	f.Add("a.qweight I32 512x4096\na.qzeros I32 32x512\na.scales F16 32x4096", "gptq", 4, 128, 0, []byte("{}"))
	f.Add("a.weight U32 8x64x96\na.scales F16 8x64x8\na.biases F16 8x64x8", "mlx", 6, 0, 0, []byte(nil))
	f.Add("a.weight F8_E4M3 576x7168\na.weight_scale_inv F32 5x56\na_blocks U8 1x1x16\na_scales U8 1x1", "fp8", 0, 0, 128, []byte(nil))
	f.Add("a.weight U8 8x1\na.weight.absmax F32 1\na.weight.quant_state.bitsandbytes__nf4 U8 9", "", 0, 0, 0, []byte(`{"shape":[4,4],"blocksize":64}`))
	f.Add("a.weight_packed I32 64x16\na.weight_scale BF16 64x1\na.weight_shape I64 2", "", 4, 0, 0, make([]byte, 16))
	f.Fuzz(func(t *testing.T, lines, method string, bits, group, block int, state []byte) {
		var all []format.Tensor
		names := map[string]bool{}
		q := QuantFacts{Method: method, Bits: bits, GroupSize: group, BlockSize: [2]int{block, block}, State: map[string][]byte{}}
		for _, tensor := range tensors(t, strings.Split(lines, "\n")...) {
			if !names[tensor.Name] {
				names[tensor.Name] = true
				all = append(all, tensor)
				if strings.Contains(tensor.Name, "quant_state") || strings.HasSuffix(tensor.Name, "weight_shape") {
					q.State[tensor.Name] = state
				}
			}
		}
		weights, problems := Logical(all, q)
		checkPartition(t, lines, all, weights, problems)
		for i := range weights {
			w := &weights[i]
			err := DecodeWeight(w, q, stateful(all, state), w.Parameters/2, make([]float32, min(w.Parameters-w.Parameters/2, 300)))
			if err != nil {
				checkError(t, err)
			}
		}
	})
}

// stateful opens tensors whose bytes repeat a few.
func stateful(all []format.Tensor, bytes []byte) Source {
	return func(name string) (*Reader, error) {
		i := slices.IndexFunc(all, func(t format.Tensor) bool { return t.Name == name })
		tensor := all[i]
		n, _ := elements(tensor.Shape)
		var ok bool
		if tensor.Size, ok = tensor.DType.Size(max(n, 0)); !ok {
			return nil, format.ErrUnsupported
		}
		return Open(func(string) (io.ReaderAt, int64, error) { return repeating(bytes), tensor.Size, nil }, &tensor, false)
	}
}

type repeating []byte

func (r repeating) ReadAt(p []byte, off int64) (int, error) {
	for i := range p {
		p[i] = 0
		if len(r) > 0 {
			p[i] = r[(off+int64(i))%int64(len(r))]
		}
	}
	return len(p), nil
}
