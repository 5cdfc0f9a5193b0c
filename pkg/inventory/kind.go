package inventory

import (
	"cmp"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/modelcard"
)

// A setKind is what decides how the tensors of one set are cut.
type setKind struct {
	home
	set *WeightSet
	// fallback is the role of a tensor of a checkpoint without sub-models.
	fallback  bom.Role
	gguf      bool
	clip      bool // a GGUF file of encoders and projector
	overlay   bool // low-rank factors that stand alone
	multi     bool // a checkpoint of several sub-models
	dual      bool // text and other modality side by side, CLIP-like
	language  bool // it has a language model
	modules   map[string]bom.Role
	modelType string
	adapters  map[string]bool
}

func (c *cutter) kindOf(set *WeightSet) *setKind {
	k := &setKind{home: c.homeOf(set.Dir), set: set, adapters: map[string]bool{}}
	if k.config != nil {
		k.modelType = k.config.ModelType.Value
		if classesRole(k.config) != bom.RoleOther { // a synthesiser's encoder is not the recogniser's
			k.modules = typeModule[k.modelType]
		}
	}
	seen := look(set)
	switch {
	case c.isAdapter(set, seen):
		k.overlay, k.fixed, k.qualifier, k.pipeline = true, bom.RoleAdapter, set.Dir, false
	case k.fixed == "" && seen.control:
		k.fixed = bom.RoleAdapter
	}
	if g := c.ggufOf(set); g != nil {
		k.gguf = true
		k.clip = g.Architecture.Value == "clip" || len(set.Files) > 0 && isProjectorFile(set.Files[0])
	}
	alone, known := typeRole[k.modelType]
	known = known && dirName(k.config.Path) == set.Dir
	k.multi = seen.several && !(known && alone != "") && k.fixed == ""
	k.dual = dualType[k.modelType] || seen.contrast && k.modelType == ""
	k.fallback = cmp.Or(k.fixed, c.defaultRole(k, seen))
	k.language = seen.language || seen.decoder() || classesRole(k.config) == bom.RoleLanguageModel
	if k.module && !k.multi {
		k.fixed, k.fallback = bom.RoleEmbedding, bom.RoleEmbedding
	}
	return k
}

// identity is what two sets have in common when they can be two forms of one
// model.
func (k *setKind) identity() string {
	switch {
	case k.overlay:
		return "adapter " + k.set.Dir
	case k.pipeline:
		return "" // a file with all of the pipeline in it has no configuration
	}
	return k.modelType
}

// isProjectorFile reports the GGUF files that hold encoders and projector for a
// language model in another file.
func isProjectorFile(f *File) bool {
	if f.Header == nil || f.Format != "gguf" {
		return false
	}
	arch, _ := f.Header.Lookup("general.architecture")
	kind, _ := f.Header.Lookup("general.type")
	return arch.Text == "clip" || kind.Text == "mmproj" || kind.Text == "projector"
}

func (c *cutter) ggufOf(set *WeightSet) *modelcard.GGUF {
	for _, f := range set.Files {
		if g := c.inv.Stated.GGUFs[f.Path]; g != nil && f.Format == "gguf" {
			return g
		}
	}
	return nil
}

// isAdapter reports low-rank adapters that stand alone.
func (c *cutter) isAdapter(set *WeightSet, seen *sight) bool {
	if strings.HasPrefix(set.Name, "adapter_model") || strings.HasPrefix(set.Name, "pytorch_lora_weights") {
		return true
	}
	if g := c.ggufOf(set); g != nil && g.Type.Value == "adapter" {
		return true
	}
	return seen.tensors > 0 && seen.lowRank*2 > seen.tensors // alphas and scales stand beside the factors
}

// defaultRole is the role of a checkpoint of one modality: by the
// configuration's type, then its class name, then the tensor names.
func (c *cutter) defaultRole(k *setKind, seen *sight) bom.Role {
	if r, ok := typeRole[k.modelType]; ok {
		return r
	}
	if r := classesRole(k.config); r != "" {
		return r
	}
	if k.clip {
		return bom.RoleProjector
	}
	if k.gguf {
		return ggufRole(c.ggufOf(k.set).Architecture.Value)
	}
	return seen.role()
}

func classesRole(c *modelcard.Config) bom.Role {
	if c == nil {
		return ""
	}
	for _, a := range c.Architectures {
		if r := classRole(a.Value); r != "" {
			return r
		}
	}
	return ""
}
