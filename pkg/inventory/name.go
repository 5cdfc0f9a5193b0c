package inventory

import (
	"cmp"

	"github.com/modelbom/modelbom/pkg/bom"
)

// role is the part that a tensor belongs to, and the name that tells it apart
// from others of its role in the same set.
func (k *setKind) role(name string) (role bom.Role, inner string) {
	words := leading(name)
	switch {
	case k.overlay:
		return bom.RoleAdapter, ""
	case isLowRank(name):
		return bom.RoleAdapter, k.adapter(name)
	case k.fixed != "":
		return k.fixed, ""
	case k.gguf && (k.clip || clipRole[words[0]] != ""):
		return clipPart(words), ""
	}
	if r := k.byType(words); r != "" {
		return r, ""
	}
	for _, w := range words[:min(len(words), 2)] {
		if r, ok := speaker[w]; ok && !k.single() {
			if within(words, w, bom.RoleVAE) {
				r = bom.RoleVAE
			}
			return r, w
		}
	}
	if k.multi {
		return k.multiRole(words)
	}
	return k.singleRole(words), ""
}

// single reports a type that is known to hold one model only.
func (k *setKind) single() bool { return !k.multi && typeRole[k.modelType] != "" }

// within reports whether a module of a role lies directly in another.
func within(words []string, outer string, role bom.Role) bool {
	for i, w := range words {
		if w == outer {
			return i+1 < len(words) && moduleRole[words[i+1]] == role
		}
	}
	return false
}

// clipPart is the role of a tensor that llama.cpp's converter named. Learned
// separators such as "model.image_newline" stand between the images' tokens in
// the language model's width, as projected ones do.
func clipPart(words []string) bom.Role {
	if r := pairAt(words, 0); r != "" {
		return r
	}
	if r := clipRole[words[0]]; r != "" {
		return r
	}
	if words[0] == "model" && len(words) > 1 {
		return cmp.Or(moduleRole[words[1]], bom.RoleOther)
	}
	return bom.RoleOther
}

func pairAt(words []string, i int) bom.Role {
	if i+1 < len(words) {
		return pairRole[words[i]+"."+words[i+1]]
	}
	return ""
}

// byType uses the plain names that mean something in one model type.
func (k *setKind) byType(words []string) bom.Role {
	if len(k.modules) == 0 {
		return ""
	}
	for i, w := range words[:min(len(words), 2)] {
		if r := k.modules[w]; r != "" {
			return r
		}
		if i+1 < len(words) {
			if r := k.modules[w+"."+words[i+1]]; r != "" {
				return r
			}
		}
	}
	return ""
}

// multiRole cuts a checkpoint of several sub-models: the outermost module that
// names one decides, except that a projector inside an encoder of images or
// sound is the projector.
func (k *setKind) multiRole(words []string) (bom.Role, string) {
	var outer bom.Role
	inner := ""
	for i, w := range words {
		r := moduleRole[w]
		if bridgeWord[w] {
			r = bom.RoleProjector
		}
		if pair := pairAt(words, i); pair != "" {
			r = pair
		}
		if r == bom.RoleProjector {
			return r, ""
		}
		outer = cmp.Or(outer, r)
		if w == "model_ema" {
			inner = "ema"
		}
		if outer != "" && outer != bom.RoleVisionEncoder && outer != bom.RoleAudioEncoder {
			break
		}
	}
	switch {
	case outer == bom.RoleLanguageModel && k.dual:
		return bom.RoleTextEncoder, ""
	case outer == bom.RoleOther:
		return outer, words[0]
	case outer != "":
		return outer, inner
	}
	return k.plainRole(words), ""
}

// plainRole is the role of a tensor under no telling module.
func (k *setKind) plainRole(words []string) bom.Role {
	if words[0] == "head" {
		return bom.RoleHead
	}
	for _, w := range words {
		switch {
		case headWord[w]:
			return bom.RoleHead
		case languageWord[w] && k.dual:
			return bom.RoleTextEncoder
		case languageWord[w] && k.language:
			return bom.RoleLanguageModel
		}
	}
	return bom.RoleOther
}

// singleRole tells heads from the body of a checkpoint of one modality.
func (k *setKind) singleRole(words []string) bom.Role {
	if k.fallback == bom.RoleOther || k.gguf && k.fallback == bom.RoleLanguageModel {
		return k.fallback
	}
	if encoderHead[k.fallback][words[0]] {
		return bom.RoleHead
	}
	if k.fallback == bom.RoleTextEncoder && (words[0] == "linear" || words[0] == "custom_text_proj") {
		return bom.RoleProjector // ColBERT's, as a Dense step is one
	}
	for _, w := range words[:min(len(words), 2)] {
		if headWord[w] {
			return bom.RoleHead
		}
	}
	return k.fallback
}
