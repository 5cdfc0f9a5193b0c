package inventory

import (
	"cmp"
	"path"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/modelcard"
)

// A home is the folder that decides what the weights below it are. A folder
// such as "onnx" or "original" holds another form of what lies above it, so
// its home is above; the rest of its path only tells it apart.
type home struct {
	config *modelcard.Config
	// fixed is the role of all weights, empty where the tensors decide.
	fixed bom.Role
	// module is set for the first steps of a sentence-transformers model, which
	// are an embedding unless their tensors show several modalities.
	module   bool
	pipeline bool
	// name tells the pieces of one pipeline or model apart, qualifier all parts.
	name, qualifier string
}

// homeOf finds the home of a folder.
func (c *cutter) homeOf(dir string) home {
	s := &c.inv.Stated
	for at := dir; ; at = dirName(at) {
		rest := strings.TrimPrefix(strings.TrimPrefix(dir, at), "/")
		if component, ok := s.component(at); ok {
			name := folderQualifier(baseName(at))
			return home{config: s.ConfigFor(at), fixed: componentRole(component), pipeline: true, name: name, qualifier: path.Join(name, rest)}
		}
		if m, ok := s.module(at); ok {
			h := home{config: s.ConfigFor(at), name: at, qualifier: dir}
			if h.module = embeds(m); !h.module {
				h.fixed = bom.RoleProjector
			}
			return h
		}
		if at == "" || s.Configs[path.Join(at, "config.json")] != nil {
			return home{config: s.ConfigFor(at), qualifier: dir}
		}
	}
}

// component finds the component of a pipeline that lies in a folder.
func (s *Stated) component(dir string) (modelcard.PipelineComponent, bool) {
	if dir != "" {
		if p := s.Pipelines[path.Join(dirName(dir), "model_index.json")]; p != nil {
			for _, c := range p.Components {
				if c.Name == baseName(dir) {
					return c, true
				}
			}
		}
	}
	return modelcard.PipelineComponent{}, false
}

// module finds the step of a sentence-transformers model that lies in a folder.
func (s *Stated) module(dir string) (modelcard.Module, bool) {
	for at := dir; ; at = dirName(at) {
		for _, m := range s.Modules[path.Join(at, "modules.json")] {
			if path.Join(at, m.Folder.Value) == dir {
				return m, true
			}
		}
		if at == "" {
			return modelcard.Module{}, false
		}
	}
}

// embeds reports whether a step turns its input into vectors, rather than
// vectors into others.
func embeds(m modelcard.Module) bool {
	switch m.Type.Value[strings.LastIndexByte(m.Type.Value, '.')+1:] {
	case "Dense", "LayerNorm", "Pooling", "Normalize", "Dropout", "WeightedLayerPooling", "LSTM", "CNN":
		return false
	}
	return true
}

// componentRole is the role of a pipeline's component by its folder, else by
// its class.
func componentRole(c modelcard.PipelineComponent) bom.Role {
	if r, ok := folderRole[c.Name]; ok {
		return r
	}
	for _, e := range []struct {
		beginning string
		role      bom.Role
	}{{"text_encoder", bom.RoleTextEncoder}, {"image_encoder", bom.RoleVisionEncoder}, {"transformer", bom.RoleDiffusionBackbone},
		{"unet", bom.RoleDiffusionBackbone}, {"controlnet", bom.RoleAdapter}, {"vae", bom.RoleVAE}} {
		if strings.HasPrefix(c.Name, e.beginning) || strings.HasSuffix(c.Name, "_"+e.beginning) {
			return e.role
		}
	}
	return cmp.Or(classRole(c.Class.Value), bom.RoleOther)
}

// folderRoles maps the component names of diffusers pipelines to roles.
func folderRoles() map[string]bom.Role {
	return map[string]bom.Role{
		"unet": bom.RoleDiffusionBackbone, "transformer": bom.RoleDiffusionBackbone, "prior": bom.RoleDiffusionBackbone,
		"prior_prior": bom.RoleDiffusionBackbone, "decoder": bom.RoleDiffusionBackbone, "super_res_first": bom.RoleDiffusionBackbone,
		"super_res_last": bom.RoleDiffusionBackbone,
		"vae":            bom.RoleVAE, "vqvae": bom.RoleVAE, "movq": bom.RoleVAE, "vqgan": bom.RoleVAE,
		"image_encoder": bom.RoleVisionEncoder, "vision_model": bom.RoleVisionEncoder,
		"motion_adapter": bom.RoleAdapter, "adapter": bom.RoleAdapter,
		"safety_checker": bom.RoleHead,
		"language_model": bom.RoleLanguageModel,
		"connectors":     bom.RoleProjector, "projection_model": bom.RoleProjector, "text_proj": bom.RoleProjector,
		"watermarker": bom.RoleOther, "vocoder": bom.RoleOther, "tokenizer": bom.RoleOther, "scheduler": bom.RoleOther,
	}
}

var folderRole = folderRoles()

// folderQualifier leaves out the folder names that every pipeline has.
func folderQualifier(folder string) string {
	switch folder {
	case "unet", "transformer", "vae", "text_encoder", "image_encoder", "tokenizer", "scheduler", "language_model":
		return ""
	}
	return folder
}
