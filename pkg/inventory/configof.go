package inventory

import (
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/modelcard"
)

// configFor finds the configuration that describes a part.
func (k *setKind) configFor(role bom.Role, inner string) (file, key string) {
	if k.config == nil {
		return "", ""
	}
	if c := subConfig(k.config, role, inner); c != nil && k.fixed == "" {
		return c.Path, c.Key
	}
	if k.overlay {
		return "", "" // the configuration is that of what it adapts
	}
	if role == k.fallback || k.fixed != "" || role == bom.RoleLanguageModel && inner == "" {
		return k.config.Path, ""
	}
	return "", ""
}

// subConfig searches a configuration for the one of a role, breadth first.
func subConfig(root *modelcard.Config, role bom.Role, inner string) *modelcard.Config {
	for level := root.Subs; len(level) > 0; {
		var next []*modelcard.Config
		for _, c := range level {
			if configMatches(lastKey(c.Key), role, inner) {
				return c
			}
			if !speaks(lastKey(c.Key)) {
				next = append(next, c.Subs...)
			}
		}
		level = next
	}
	return nil
}

func lastKey(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }

// speaks reports the configuration of a sub-model that makes speech. What is
// nested in it describes no other part.
func speaks(key string) bool {
	for name := range speaker {
		if strings.HasPrefix(key, name) {
			return true
		}
	}
	return false
}

func configMatches(key string, role bom.Role, inner string) bool {
	if _, ok := speaker[inner]; ok {
		return strings.HasPrefix(key, inner)
	}
	if speaks(key) {
		return false
	}
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(key, w) })
	}
	bridge := has("projector", "adapter", "qformer", "perceiver", "connector", "resampler", "aligner")
	switch role {
	case bom.RoleVisionEncoder:
		return !bridge && (has("vision", "visual", "vit", "image_encoder") || key == "encoder") && !has("gen_vision")
	case bom.RoleAudioEncoder:
		return !bridge && (has("audio", "speech", "whisper", "sound") || key == "encoder" || key == "encoder_config")
	case bom.RoleProjector:
		return bridge
	case bom.RoleLanguageModel, bom.RoleTextEncoder:
		return has("text", "llm", "language", "decoder") && !bridge
	case bom.RoleVAE:
		return has("vq", "vae", "gen_vision")
	}
	return false
}
