package catalogue

import (
	"strconv"
	"strings"
)

// A Signature is what is known of a part without looking at its values. Empty
// fields are not known and neither agree nor disagree with anything.
type Signature struct {
	// Role is the part's role, such as "vision-encoder".
	Role string
	// Family is the configuration's model_type or GGUF's general.architecture,
	// Architecture the class name.
	Family, Architecture string
	// Shapes are the shapes of all tensors of the part in any order, row-major,
	// one entry per tensor; of quantised weights the logical shapes.
	Shapes [][]uint64
	// Hyperparameters are configuration values under their own names, or under
	// GGUF's with or without the architecture in front.
	Hyperparameters map[string]string
}

// A Match is a candidate. It says "looks like" and never "comes from".
type Match struct {
	// ID names the row and never changes; Name is for people.
	ID, Name string
	// References are hub repositories of this kind, "owner/name", some with
	// "{a,b}" for alternatives or "*" for any. They are examples, not origins.
	References []string
	// Namespaces are those under which the original supplier publishes a family.
	Namespaces []string
	// Weak marks a candidate that must not be used alone: its row holds a
	// library's defaults, its shapes are not the tensors', or its names are
	// those that other families use as well.
	Weak bool
	// Agrees says what agrees, each as "width 768" or "shape 768x3x32x32".
	Agrees  []string
	Sources []Source
}

// Reason is Agrees as one text.
func (m Match) Reason() string { return strings.Join(m.Agrees, ", ") }

// Limits for signatures, which come from strangers' files.
const (
	// maxDims bounds the dimensions of a tensor that is looked at. The rows have
	// at most five.
	maxDims = 8
	// maxParameter bounds a value in bytes. The rows' have at most 20.
	maxParameter = 128
)

// sizes are the hyperparameters under the catalogue's names. One name can have
// several values, because configurations use, say, embed_dim for the width as
// well as for what a projection makes of it.
type sizes map[string][]string

func sizesOf(hyperparameters map[string]string) sizes {
	out := sizes{}
	for key, value := range hyperparameters {
		name := sizeName(key[strings.LastIndexByte(key, '.')+1:])
		if name == "" || len(value) > maxParameter {
			continue
		}
		out[name] = append(out[name], number(value))
	}
	return out
}

// sizeName is the catalogue's name for the last word of a configuration's key.
func sizeName(key string) string {
	switch key {
	case "hidden_size", "d_model", "n_embd", "dim", "embed_dim", "embedding_length":
		return "width"
	case "num_hidden_layers", "n_layer", "n_layers", "num_layers", "depth", "encoder_layers", "block_count":
		return "layers"
	case "num_attention_heads", "n_head", "n_heads", "num_heads", "encoder_attention_heads", "head_count":
		return "heads"
	case "num_key_value_heads", "n_kv_heads", "num_kv_heads", "head_count_kv":
		return "kv-heads"
	case "intermediate_size", "ffn_dim", "d_ff", "n_inner", "encoder_ffn_dim", "feed_forward_length":
		return "intermediate"
	case "vocab_size":
		return "vocabulary"
	case "max_position_embeddings", "n_positions", "n_ctx", "context_length":
		return "positions"
	case "max_source_positions":
		return "source-positions"
	case "image_size":
		return "image"
	case "patch_size":
		return "patch"
	case "temporal_patch_size":
		return "temporal-patch"
	case "mlp_ratio":
		return "mlp-ratio"
	case "num_mel_bins":
		return "mel"
	case "codebook_size":
		return "codebook"
	case "sampling_rate":
		return "sampling-rate"
	case "latent_channels":
		return "latent"
	case "block_out_channels":
		return "blocks"
	}
	return ""
}

// number writes equal values in one way: "768.0" as "768", lists without spaces.
func number(value string) string {
	value = strings.ReplaceAll(value, " ", "")
	if f, err := strconv.ParseFloat(value, 64); err == nil {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return value
}

// shapeCounts counts the tensors of each shape, written "768x3x32x32".
func shapeCounts(shapes [][]uint64) map[string]int {
	counts := make(map[string]int, 64)
	var text []byte
	for _, shape := range shapes {
		if len(shape) > maxDims {
			continue
		}
		text = text[:0]
		for i, n := range shape {
			if i > 0 {
				text = append(text, 'x')
			}
			text = strconv.AppendUint(text, n, 10)
		}
		counts[string(text)]++
	}
	return counts
}
