package inspect

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/format"
	"github.com/modelbom/modelbom/pkg/inventory"
	"github.com/modelbom/modelbom/pkg/modelcard"
	"github.com/modelbom/modelbom/pkg/tensor"
	"github.com/modelbom/modelbom/pkg/wording"
)

// quantised counts the parameters of a part whose tensors pack several of them
// into one stored element, by the conventions of the quantisation that its
// configuration and its tensors show. What follows no known convention is
// counted as stored, and said.
func (a *assembler) quantised(p *inventory.Part, c *bom.Component) {
	m := c.Model
	q := a.quantization(p)
	if q != nil {
		m.Quantization = cleanValue(q.Method.Value)
		if m.Quantization == "" && strings.HasSuffix(q.Key, "quantization") {
			m.Quantization = "mlx"
		}
	}
	if !packs(p) || q == nil && !packed(m.DTypes) {
		return
	}
	tensors := make([]format.Tensor, len(p.Tensors))
	stored := make(map[string]int64, len(p.Tensors))
	for i, r := range p.Tensors {
		tensors[i] = *r.Tensor()
		stored[tensors[i].Name] = tensors[i].Elements()
	}
	weights, problems := tensor.Logical(tensors, a.facts(p, q, m.Quantization))
	m.Parameters = 0
	for _, w := range weights {
		m.Parameters += w.Parameters
	}
	for _, problem := range problems {
		for _, name := range problem.Tensors {
			m.Parameters += stored[name]
		}
	}
	a.inexact(c, problems)
}

// inexact says which tensors are counted as they are stored, and why.
func (a *assembler) inexact(c *bom.Component, problems []tensor.Problem) {
	count, reasons := 0, []string(nil)
	for _, p := range problems {
		count += len(p.Tensors)
		if !slices.Contains(reasons, p.Reason) {
			reasons = append(reasons, p.Reason)
		}
	}
	for _, r := range reasons[:min(len(reasons), 5)] {
		a.doc.Gaps = append(a.doc.Gaps, bom.Gap{Kind: bom.GapInexact, Ref: c.Ref,
			Reason: clean(fmt.Sprintf("%s counted as stored, not as weights: %s", wording.Count(count, "tensor is", "tensors are"), r))})
	}
}

// packs reports whether the part's files are of a kind that quantised
// checkpoints come in. GGUF, ONNX and TensorFlow.js have element types and
// scales of their own.
func packs(p *inventory.Part) bool {
	return len(p.Tensors) > 0 && !slices.ContainsFunc(p.Files, func(f *inventory.File) bool {
		return f.Format != "safetensors" && f.Format != "pytorch"
	})
}

// quantization is what the configuration of a part, or of the model that it is
// in, says of its quantisation; nil when it says nothing.
func (a *assembler) quantization(p *inventory.Part) *modelcard.Quantization {
	for _, key := range []string{p.ConfigKey, ""} {
		if c := configAt(a.inv, p.ConfigPath, key); c != nil && c.Quantization != nil {
			return c.Quantization
		}
	}
	if c := a.inv.Stated.ConfigFor(p.Set.Dir); c != nil && c.Quantization != nil {
		return c.Quantization
	}
	for _, name := range sortedKeys(a.inv.Stated.Quantizations) {
		if strings.TrimSuffix(name, lastPathElement(name)) == strings.TrimPrefix(p.Set.Dir+"/", "/") {
			return a.inv.Stated.Quantizations[name]
		}
	}
	return nil
}

func lastPathElement(p string) string { return p[strings.LastIndexByte(p, '/')+1:] }

// facts are what is stated of a part's quantisation, by its configuration and by
// tensors of its own.
func (a *assembler) facts(p *inventory.Part, q *modelcard.Quantization, method string) tensor.QuantFacts {
	facts := tensor.QuantFacts{State: a.states[p]}
	if q == nil {
		return facts
	}
	facts.Method, facts.Format = method, q.Format.Value
	facts.Bits, _ = strconv.Atoi(q.Bits.Value)
	facts.GroupSize, _ = strconv.Atoi(q.GroupSize.Value)
	for _, s := range q.Settings {
		if lastElement(s.Key) == "weight_block_size" {
			if _, err := fmt.Sscanf(s.Value, "[%d, %d]", &facts.BlockSize[0], &facts.BlockSize[1]); err != nil {
				facts.BlockSize = [2]int{} // not known
			}
		}
	}
	return facts
}
