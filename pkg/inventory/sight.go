package inventory

import (
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// A sight is what the tensor names of one set show before any is judged.
type sight struct {
	tensors, lowRank int
	several          bool // names of encoders, latent encoders or projectors
	language         bool // a name of a language model
	contrast         bool // the scale of a contrastive loss, outermost
	control          bool // a network that steers a diffusion model
	embedding, stack bool // a decoder's token embedding and stack of layers
	denoiser         bool // blocks or time embeddings of a diffusion model
	encode, decode   bool // a latent encoder's two halves
	bert             bool
}

// maxLeading is how many elements of a tensor name can name a sub-model; deeper
// ones are modules of it.
const maxLeading = 5

func leading(name string) []string {
	words := strings.SplitN(name, ".", maxLeading+1)
	return words[:min(len(words), maxLeading)]
}

func look(set *WeightSet) *sight {
	s := &sight{}
	for _, f := range set.Files {
		if f.Header == nil {
			continue
		}
		for i := range f.Header.Tensors {
			s.add(f.Header.Tensors[i].Name)
		}
	}
	for _, t := range set.unread {
		s.add(t.name)
	}
	return s
}

func (s *sight) add(name string) {
	s.tensors++
	if standsForLowRank(name) {
		s.lowRank++
	}
	words := leading(name)
	for _, w := range words {
		switch moduleRole[w] {
		case "", bom.RoleHead, bom.RoleOther:
		case bom.RoleLanguageModel:
			s.language = true
		default:
			s.several = true
		}
		s.embedding = s.embedding || embeddingWord[w]
		s.stack = s.stack || stackWord[w]
	}
	first := words[0]
	if (first == "model" || first == "net") && len(words) > 1 {
		first = words[1]
	}
	s.contrast = s.contrast || words[0] == "logit_scale"
	s.embedding = s.embedding || name == "emb.weight" || name == "embeddings.weight" || strings.HasSuffix(name, "shared.weight") || strings.HasSuffix(name, ".embeddings.weight")
	s.control = s.control || controlWord[words[0]]
	s.denoiser = s.denoiser || denoiserWord[first]
	s.encode = s.encode || strings.HasPrefix(name, "encoder.conv_in.") || strings.HasPrefix(name, "encoder.conv1.")
	s.decode = s.decode || strings.HasPrefix(name, "decoder.conv_in.") || strings.HasPrefix(name, "decoder.conv1.")
	s.bert = s.bert || strings.Contains(name, "embeddings.word_embeddings.")
}

// decoder reports a token embedding beside a stack of layers.
func (s *sight) decoder() bool { return s.embedding && s.stack }

// role is what the names alone show of a checkpoint of one modality.
func (s *sight) role() bom.Role {
	switch {
	case s.encode && s.decode:
		return bom.RoleVAE
	case s.denoiser:
		return bom.RoleDiffusionBackbone
	case s.bert:
		return bom.RoleTextEncoder
	case s.decoder():
		return bom.RoleLanguageModel
	}
	return bom.RoleOther
}
