package inventory

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/modelcard"
)

// cutParts cuts the weight sets into sub-models and adds the assets.
func cutParts(b *builder) []*Part {
	c := &cutter{builder: b, parts: map[partKey]*Part{}}
	for _, set := range b.inv.Sets {
		c.cutSet(set)
	}
	c.assets()
	rank := map[bom.Role]int{}
	for i, r := range bom.Roles() {
		rank[r] = i
	}
	slices.SortStableFunc(c.order, func(a, b *Part) int {
		return cmp.Or(cmp.Compare(rank[a.Role], rank[b.Role]), cmp.Compare(a.Qualifier, b.Qualifier))
	})
	return c.order
}

type partKey struct {
	role      bom.Role
	qualifier string
}

type cutter struct {
	*builder
	parts map[partKey]*Part
	order []*Part
}

// part returns the part that a set's tensors of one role go to. When another
// set already has it, the set's name tells them apart.
func (c *cutter) part(role bom.Role, qualifier string, set *WeightSet) *Part {
	key := partKey{role, qualifier}
	alternative := false
	if p := c.parts[key]; p != nil && p.Set != set {
		alternative = true
		key.qualifier = path.Join(qualifier, set.Name)
		if p := c.parts[key]; p != nil && p.Set != set { // sets of equal name, such as two formats
			key.qualifier = path.Join(qualifier, baseName(set.Files[0].Path))
		}
	}
	p := c.parts[key]
	if p == nil {
		p = &Part{Role: key.role, Qualifier: key.qualifier, Set: set, Alternative: alternative}
		c.parts[key] = p
		c.order = append(c.order, p)
	}
	return p
}

// cutSet gives every tensor of a set to a part. A set without a readable tensor
// is one part, so that unread weights are seen where parts are listed.
func (c *cutter) cutSet(set *WeightSet) {
	k := c.kindOf(set)
	tensors := false
	for _, f := range set.Files {
		if f.Header == nil {
			continue
		}
		for i := range f.Header.Tensors {
			role, qualifier := k.role(f.Header.Tensors[i].Name)
			p := c.part(role, path.Join(k.qualifier, qualifier), set)
			p.Tensors = append(p.Tensors, TensorRef{f, i})
			if len(p.Files) == 0 || p.Files[len(p.Files)-1] != f {
				p.Files = append(p.Files, f)
			}
			tensors = true
		}
	}
	if !tensors && !c.vocabularyOnly(set) {
		role := k.fallback
		p := c.part(role, k.qualifier, set)
		p.Files = append(p.Files, set.Files...)
	}
	for _, p := range c.order {
		if p.Set == set {
			p.ConfigPath, p.ConfigKey = k.configFor(p.Role, p.Qualifier)
		}
	}
}

// vocabularyOnly reports a set that was read and holds no tensors at all.
func (c *cutter) vocabularyOnly(set *WeightSet) bool {
	return set.Complete() && len(set.Files) > 0
}

// A setKind is what decides how the tensors of one set are cut.
type setKind struct {
	config *modelcard.Config
	// fixed is the role of all tensors, when the folder or file decides it.
	fixed bom.Role
	// fallback is the role of a tensor of a single-modality checkpoint.
	fallback  bom.Role
	qualifier string
	clip      bool // a GGUF projector file
	multi     bool // a checkpoint with an encoder for another modality
	dual      bool // text and other modality side by side, CLIP-like
	speech    bool // an audio encoder and a text decoder in one
}

func (c *cutter) kindOf(set *WeightSet) *setKind {
	k := &setKind{config: c.inv.Stated.ConfigFor(set.Dir)}
	folder := baseName(set.Dir)
	switch {
	case set.Dir != "" && c.inv.Stated.PipelineFolder(set.Dir):
		k.fixed, k.qualifier = cmp.Or(folderRole[folder], bom.RoleOther), folderQualifier(folder)
	case c.inv.Stated.ModuleFolder(set.Dir):
		k.fixed = bom.RoleEmbedding
		if set.Dir != "" {
			k.fixed, k.qualifier = bom.RoleProjector, folder
		}
	case c.isAdapter(set):
		k.fixed = bom.RoleAdapter
		k.qualifier = set.Dir
	default:
		k.qualifier = set.Dir
	}
	if g := c.ggufOf(set); g != nil {
		k.clip = g.Architecture.Value == "clip" || set0(set, isProjectorFile)
	}
	k.look(set)
	k.fallback = cmp.Or(k.fixed, k.defaultRole(set))
	return k
}

func set0(s *WeightSet, is func(*File) bool) bool { return len(s.Files) > 0 && is(s.Files[0]) }

// folderQualifier leaves out the folder names that every pipeline has.
func folderQualifier(folder string) string {
	switch folder {
	case "unet", "transformer", "vae", "text_encoder", "image_encoder", "tokenizer", "scheduler", "language_model":
		return ""
	}
	return folder
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

// isAdapter reports low-rank adapters that stand alone.
func (c *cutter) isAdapter(set *WeightSet) bool {
	if strings.HasPrefix(set.Name, "adapter_model") || strings.HasPrefix(set.Name, "pytorch_lora_weights") {
		return true
	}
	if g := c.ggufOf(set); g != nil && g.Type.Value == "adapter" {
		return true
	}
	total, lora := 0, 0
	for _, f := range set.Files {
		if f.Header == nil {
			continue
		}
		for i := range f.Header.Tensors {
			total++
			name := f.Header.Tensors[i].Name
			if strings.HasPrefix(name, "lora_") || strings.Contains(name, ".lora_") {
				lora++
			}
		}
	}
	return total > 0 && lora*2 > total // alphas and scales stand beside the factors
}

func (c *cutter) ggufOf(set *WeightSet) *modelcard.GGUF {
	for _, f := range set.Files {
		if g := c.inv.Stated.GGUFs[f.Path]; g != nil && f.Format == "gguf" {
			return g
		}
	}
	return nil
}

// look finds out whether the tensor names show several modalities.
func (k *setKind) look(set *WeightSet) {
	if k.config != nil {
		k.dual = isDualEncoder(k.config.ModelType.Value)
		k.speech = isSpeechSeq2Seq(k.config.ModelType.Value)
	}
	for _, f := range set.Files {
		if f.Header == nil || k.clip {
			continue
		}
		for i := range f.Header.Tensors {
			for _, w := range leading(f.Header.Tensors[i].Name) {
				switch moduleRole[w] {
				case bom.RoleVisionEncoder, bom.RoleAudioEncoder, bom.RoleVAE, bom.RoleTextEncoder, bom.RoleDiffusionBackbone:
					k.multi = true
					return
				}
			}
		}
	}
}

// maxLeading is how many elements of a tensor name can name a sub-model; deeper
// ones are modules of it.
const maxLeading = 5

func leading(name string) []string {
	words := strings.SplitN(name, ".", maxLeading+1)
	return words[:min(len(words), maxLeading)]
}

// role is the part that a tensor belongs to, and its qualifier.
func (k *setKind) role(name string) (bom.Role, string) {
	words := leading(name)
	qualifier := ""
	switch words[0] {
	case "talker", "token2wav", "code2wav":
		qualifier = words[0]
	}
	switch {
	case k.fixed == bom.RoleAdapter, isLowRank(name):
		return bom.RoleAdapter, ""
	case k.fixed != "":
		return k.fixed, ""
	case k.clip:
		return cmp.Or(clipRole[words[0]], bom.RoleOther), ""
	case words[0] == "token2wav", words[0] == "code2wav":
		return bom.RoleOther, qualifier
	case words[0] == "talker":
		return bom.RoleLanguageModel, qualifier
	case k.multi:
		return k.multiRole(words), qualifier
	}
	return k.singleRole(words), qualifier
}

// isLowRank finds low-rank factors at any depth of a name.
func isLowRank(name string) bool {
	if !strings.Contains(name, "lora_") {
		return false
	}
	for w := range strings.SplitSeq(name, ".") {
		if moduleRole[w] == bom.RoleAdapter {
			return true
		}
	}
	return false
}

// multiRole cuts a checkpoint of several modalities: the outermost module that
// names a sub-model decides, except that a projector inside an encoder is the
// projector.
func (k *setKind) multiRole(words []string) bom.Role {
	var outer bom.Role
	for _, w := range words {
		switch r := moduleRole[w]; r {
		case "", bom.RoleAdapter:
		case bom.RoleProjector:
			return r
		default:
			outer = cmp.Or(outer, r)
		}
		if outer == bom.RoleLanguageModel {
			break
		}
	}
	switch {
	case outer == bom.RoleLanguageModel && k.dual:
		return bom.RoleTextEncoder
	case outer != "":
		return outer
	}
	for _, w := range words {
		switch {
		case headWord[w]:
			return bom.RoleHead
		case languageWord[w]:
			return bom.RoleLanguageModel
		}
	}
	return bom.RoleOther
}

func (k *setKind) singleRole(words []string) bom.Role {
	if k.speech {
		for _, w := range words[:min(len(words), 2)] {
			switch w {
			case "encoder":
				return bom.RoleAudioEncoder
			case "decoder", "proj_out":
				return bom.RoleLanguageModel
			}
		}
	}
	for _, w := range words[:min(len(words), 2)] {
		if headWord[w] || w == "lm_head" && k.fallback == bom.RoleTextEncoder {
			if k.fallback != bom.RoleOther {
				return bom.RoleHead
			}
		}
	}
	return k.fallback
}

// defaultRole is the role of a checkpoint of one modality: by the
// configuration's type, then its class name, then the tensor names.
func (k *setKind) defaultRole(set *WeightSet) bom.Role {
	if k.config != nil {
		if r, ok := typeRole[k.config.ModelType.Value]; ok {
			return r
		}
		if k.config.ModelType.Value == "model2vec" {
			return bom.RoleEmbedding
		}
		for _, a := range k.config.Architectures {
			if r := classRole(a.Value); r != "" {
				return r
			}
		}
	}
	if k.clip {
		return bom.RoleProjector
	}
	if looksLikeDecoder(set) {
		return bom.RoleLanguageModel
	}
	if set0(set, func(f *File) bool { return f.Format == "gguf" && f.Header != nil }) {
		return ggufDefault(set.Files[0])
	}
	return bom.RoleOther
}

// classRole reads the ending of a transformers class name.
func classRole(class string) bom.Role {
	for _, e := range []struct {
		ending string
		role   bom.Role
	}{
		{"ForCausalLM", bom.RoleLanguageModel}, {"LMHeadModel", bom.RoleLanguageModel}, {"ForConditionalGeneration", bom.RoleLanguageModel},
		{"ForImageClassification", bom.RoleVisionEncoder}, {"VisionModel", bom.RoleVisionEncoder}, {"ForObjectDetection", bom.RoleVisionEncoder},
		{"ForDepthEstimation", bom.RoleVisionEncoder}, {"ForSemanticSegmentation", bom.RoleVisionEncoder},
		{"ForCTC", bom.RoleAudioEncoder}, {"ForAudioClassification", bom.RoleAudioEncoder},
		{"ForMaskedLM", bom.RoleTextEncoder}, {"TextModel", bom.RoleTextEncoder}, {"EncoderModel", bom.RoleTextEncoder},
		{"UNet2DConditionModel", bom.RoleDiffusionBackbone}, {"Transformer2DModel", bom.RoleDiffusionBackbone}, {"AutoencoderKL", bom.RoleVAE},
	} {
		if strings.HasSuffix(class, e.ending) {
			return e.role
		}
	}
	return ""
}

// looksLikeDecoder reports a token embedding beside a stack of layers.
func looksLikeDecoder(set *WeightSet) bool {
	embedding, stack := false, false
	for _, f := range set.Files {
		if f.Header == nil {
			continue
		}
		for i := range f.Header.Tensors {
			for _, w := range leading(f.Header.Tensors[i].Name) {
				switch w {
				case "embed_tokens", "wte", "tok_embeddings", "token_embd", "embed_in", "word_embeddings":
					embedding = true
				case "layers", "h", "blk", "blocks":
					stack = true
				}
			}
		}
	}
	return embedding && stack
}

func ggufDefault(f *File) bom.Role {
	arch, _ := f.Header.Lookup("general.architecture")
	switch {
	case arch.Text == "":
		return bom.RoleOther
	case strings.Contains(arch.Text, "bert"), arch.Text == "t5encoder", arch.Text == "gemma-embedding":
		return bom.RoleTextEncoder
	}
	return bom.RoleLanguageModel
}

// configFor finds the configuration that describes a part.
func (k *setKind) configFor(role bom.Role, qualifier string) (file, key string) {
	if k.config == nil {
		return "", ""
	}
	if c := subConfig(k.config, role, baseName(qualifier)); c != nil {
		return c.Path, c.Key
	}
	if role == k.fallback || k.fixed != "" || role == bom.RoleLanguageModel {
		return k.config.Path, ""
	}
	return "", ""
}

// subConfig searches a configuration for the one of a role, breadth first.
func subConfig(root *modelcard.Config, role bom.Role, qualifier string) *modelcard.Config {
	for level := root.Subs; len(level) > 0; {
		var next []*modelcard.Config
		for _, c := range level {
			if configMatches(lastKey(c.Key), role, qualifier) {
				return c
			}
			if !isSpeaker(lastKey(c.Key)) {
				next = append(next, c.Subs...)
			}
		}
		level = next
	}
	return nil
}

func isSpeaker(key string) bool {
	return strings.HasPrefix(key, "talker") || strings.HasPrefix(key, "token2wav") || strings.HasPrefix(key, "code2wav")
}

func lastKey(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }

func configMatches(key string, role bom.Role, qualifier string) bool {
	if qualifier == "talker" || qualifier == "token2wav" || qualifier == "code2wav" {
		return strings.HasPrefix(key, qualifier)
	}
	if isSpeaker(key) {
		return false
	}
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(key, w) })
	}
	switch role {
	case bom.RoleVisionEncoder:
		return has("vision", "visual", "vit", "image_encoder") && !has("projector", "adapter")
	case bom.RoleAudioEncoder:
		return has("audio", "speech", "whisper") && !has("projector", "adapter")
	case bom.RoleProjector:
		return has("projector", "qformer", "perceiver", "connector", "resampler")
	case bom.RoleLanguageModel, bom.RoleTextEncoder:
		return has("text", "llm", "language", "decoder")
	case bom.RoleVAE:
		return has("vq", "vae")
	}
	return false
}
