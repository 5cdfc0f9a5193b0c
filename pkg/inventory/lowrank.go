package inventory

import "strings"

// isLowRank finds the factors of low-rank adapters, at any depth of a name, as
// PEFT writes them into a checkpoint. Names that only contain "lora" do not
// count: some architectures have such layers of their own.
func isLowRank(name string) bool {
	if !strings.Contains(name, "lora_") {
		return false
	}
	for w := range strings.SplitSeq(name, ".") {
		if lowRankWord(w) {
			return true
		}
	}
	return false
}

func lowRankWord(w string) bool {
	switch w {
	case "lora_A", "lora_B", "lora_a", "lora_b", "lora_embedding_A", "lora_embedding_B", "lora_magnitude_vector":
		return true
	}
	return false
}

// maxAdapters bounds how many adapters of one checkpoint are told apart. Those
// of one model have a handful.
const maxAdapters = 16

// adapter is the name of an adapter inside a checkpoint, "speech" in
// "layers.0.lora_A.speech.weight", and empty for the usual one.
func (k *setKind) adapter(name string) string {
	words := strings.Split(name, ".")
	for i, w := range words[:len(words)-1] {
		if !lowRankWord(w) {
			continue
		}
		switch next := words[i+1]; {
		case next == "weight", next == "bias", next == "default":
		case k.adapters[next]:
			return next
		case len(k.adapters) < maxAdapters:
			k.adapters[next] = true
			return next
		}
	}
	return ""
}

// standsForLowRank finds the tensors of adapter files, by the conventions of
// PEFT, kohya's sd-scripts, diffusers, LyCORIS and GGUF. It is only asked of
// whole files, where most names must agree.
func standsForLowRank(name string) bool {
	if strings.HasPrefix(name, "lora_") || strings.HasPrefix(name, "lycoris_") || isLowRank(name) {
		return true
	}
	for _, part := range []string{"_lora.down.", "_lora.up.", "_lora1.down.", "_lora1.up.", "_lora2.down.", "_lora2.up.",
		".lora_down.", ".lora_up.", ".lora.down.", ".lora.up.", ".lora_linear_layer.", ".hada_w", ".lokr_w", ".dora_scale"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return strings.HasSuffix(name, ".lora_a") || strings.HasSuffix(name, ".lora_b")
}
