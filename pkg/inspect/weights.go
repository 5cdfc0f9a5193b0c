package inspect

import (
	"strconv"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/format"
	"github.com/modelbom/modelbom/pkg/inventory"
	"github.com/modelbom/modelbom/pkg/modelcard"
)

// weights sums up the tensors of a part and adds what its configuration says.
func (a *assembler) weights(p *inventory.Part) *bom.Model {
	m := &bom.Model{Tensors: len(p.Tensors), Layers: layers(p.Tensors)}
	shares := map[format.DType]int64{}
	for _, r := range p.Tensors {
		t := r.Tensor()
		shares[t.DType] += t.Elements()
		m.Parameters += t.Elements()
		m.Bytes += t.Size
	}
	for dtype, n := range shares {
		m.DTypes = append(m.DTypes, bom.DTypeShare{DType: cleanValue(string(dtype)), Parameters: n})
	}
	m.WeightsDigest = a.weightsDigest(p)
	if g := ggufOf(a.inv, p); g != nil {
		m.Family = quoted(g.Architecture.Value)
		m.Quantization = quoted(g.FileTypeName)
		m.Hyperparameters = hyperparameters(g.Hyperparameters)
		return m
	}
	if c := configAt(a.inv, p.ConfigPath, p.ConfigKey); c != nil {
		configFacts(m, c)
	}
	return m
}

// weightsDigest is empty unless every tensor of the part was read.
func (a *assembler) weightsDigest(p *inventory.Part) string {
	if len(p.Tensors) == 0 || !p.Set.Complete() || a.options.NoTensorDigests {
		return ""
	}
	tensors := make([]fingerprint.NamedTensor, 0, len(p.Tensors))
	for _, r := range p.Tensors {
		s := a.scans[r.File]
		if s == nil || s.err != nil || s.tensors == nil || s.unread[r.Number] != nil {
			return ""
		}
		tensors = append(tensors, fingerprint.NamedTensor{Name: r.Tensor().Name, Shape: r.Tensor().Shape, Tensor: s.tensors[r.Number]})
	}
	return fingerprint.WeightsDigest(tensors)
}

// layers is the number of repeated blocks in the longest stack: the distinct
// numbers behind one name that is a stack's, counted at the first number of a
// tensor name. Numbered modules of other names, such as the "linear.0" and
// "linear.2" of a projector, are no layers.
func layers(tensors []inventory.TensorRef) int {
	stacks := map[string]map[int]bool{}
	longest := 0
	for _, r := range tensors {
		words := strings.Split(r.Tensor().Name, ".")
		for i, w := range words {
			n, err := strconv.Atoi(w)
			if err != nil || n < 0 {
				continue
			}
			if i > 0 && isStack(words[i-1]) {
				stack := strings.Join(words[:i], ".")
				if stacks[stack] == nil {
					stacks[stack] = map[int]bool{}
				}
				stacks[stack][n] = true
				longest = max(longest, len(stacks[stack]))
			}
			break
		}
	}
	return longest
}

// isStack reports names that modules give to a list of equal blocks.
func isStack(name string) bool {
	return name == "h" || name == "blk" || strings.HasSuffix(name, "layer") || strings.HasSuffix(name, "layers") ||
		strings.HasSuffix(name, "block") || strings.HasSuffix(name, "blocks")
}

// totals gives the model as a whole the sums over its parts. A second form of
// the same part, such as another quantisation, is not counted again.
func (a *assembler) totals() {
	m := a.model.Model
	shares := map[string]int64{}
	for _, p := range a.inv.Parts {
		c := a.byPart[p]
		if c == nil || c.Model == nil || p.Alternative {
			continue
		}
		m.Parameters += c.Model.Parameters
		m.Tensors += c.Model.Tensors
		m.Bytes += c.Model.Bytes
		for _, s := range c.Model.DTypes {
			shares[s.DType] += s.Parameters
		}
	}
	for dtype, n := range shares {
		m.DTypes = append(m.DTypes, bom.DTypeShare{DType: dtype, Parameters: n})
	}
}

func ggufOf(inv *inventory.Inventory, p *inventory.Part) *modelcard.GGUF {
	for _, f := range p.Files {
		if g := inv.Stated.GGUFs[f.Path]; g != nil {
			return g
		}
	}
	return nil
}

// configAt finds a configuration by file and key.
func configAt(inv *inventory.Inventory, file, key string) *modelcard.Config {
	root := inv.Stated.Configs[file]
	for level := []*modelcard.Config{root}; root != nil && len(level) > 0; {
		var next []*modelcard.Config
		for _, c := range level {
			if c.Key == key {
				return c
			}
			next = append(next, c.Subs...)
		}
		level = next
	}
	return nil
}

func configFacts(m *bom.Model, c *modelcard.Config) {
	m.Family = quoted(c.ModelType.Value)
	if len(c.Architectures) > 0 {
		m.Architecture = quoted(c.Architectures[0].Value)
	}
	m.Hyperparameters = hyperparameters(c.Hyperparameters)
	if c.Quantization != nil {
		m.Quantization = quoted(c.Quantization.Method.Value)
	}
}

func hyperparameters(list []modelcard.Statement) []bom.Property {
	var out []bom.Property
	for _, s := range list {
		name := s.Key[strings.LastIndexByte(s.Key, '.')+1:]
		out = append(out, bom.Property{Name: cleanValue(name), Value: quoted(s.Value)})
	}
	return out
}
