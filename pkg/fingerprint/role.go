package fingerprint

import (
	"slices"
	"strconv"
	"strings"
)

// maxName bounds how much of a name is looked at, and maxRole the length of a
// role that no rule gave.
const (
	maxName = 512
	maxRole = 96
)

// roles gives what the words of a name say, first match first. The words of an
// entry stand side by side in the name; where a second text is given, its words
// do so too. Numbers of layers and experts are taken out before.
var roles = []struct{ words, also, role string }{
	// Norms before what they norm.
	{"q norm", "", "norm.q"}, {"query norm", "", "norm.q"}, {"norm q", "", "norm.q"}, {"query layernorm", "", "norm.q"}, {"q layernorm", "", "norm.q"},
	{"k norm", "", "norm.k"}, {"key norm", "", "norm.k"}, {"norm k", "", "norm.k"}, {"key layernorm", "", "norm.k"}, {"k layernorm", "", "norm.k"},
	{"q a layernorm", "", "norm.q-low"}, {"attn q a norm", "", "norm.q-low"}, {"kv a layernorm", "", "norm.kv-low"}, {"attn kv a norm", "", "norm.kv-low"},
	{"pre feedforward layernorm", "", "norm.mlp"}, {"pre ff layernorm", "", "norm.mlp"}, {"ffn norm", "", "norm.mlp"},
	{"post feedforward layernorm", "", "norm.mlp-after"}, {"post ffw norm", "", "norm.mlp-after"}, {"ffn post norm", "", "norm.mlp-after"},
	{"post attention norm", "", "norm.attention-after"}, {"attn post norm", "", "norm.attention-after"}, {"attn output norm", "", "norm.attention-after"},
	{"layer output norm", "", "norm.mlp-after"},
	{"encoder attn layer norm", "", "norm.cross-attention"}, {"cross attn ln", "", "norm.cross-attention"}, {"cross attn norm", "", "norm.cross-attention"},
	{"input layernorm", "", "norm.attention"}, {"attention norm", "", "norm.attention"}, {"attn norm", "", "norm.attention"},
	{"self attn layer norm", "", "norm.attention"}, {"attn ln", "", "norm.attention"}, {"layernorm before", "", "norm.attention"},
	{"post attention layernorm", "", "norm.mlp"}, {"mlp ln", "", "norm.mlp"}, {"layernorm after", "", "norm.mlp"},
	{"attention output layernorm", "", "norm.attention-after"}, {"output layernorm", "", "norm.mlp-after"}, {"sa layer norm", "", "norm.attention-after"},
	{"token embd norm", "", "norm.embedding"}, {"embeddings layernorm", "", "norm.embedding"}, {"word embeddings layernorm", "", "norm.embedding"},
	{"pre layrnorm", "", "norm.embedding"}, {"pre layernorm", "", "norm.embedding"}, {"ln pre", "", "norm.embedding"}, {"v pre ln", "", "norm.embedding"},
	{"post layernorm", "", "norm.final"}, {"ln post", "", "norm.final"}, {"v post ln", "", "norm.final"}, {"ln f", "", "norm.final"},
	{"output norm", "", "norm.final"}, {"final layernorm", "", "norm.final"}, {"final norm", "", "norm.final"}, {"ln final", "", "norm.final"},
	{"ln 1", "", "norm.attention"}, {"ln1", "", "norm.attention"}, {"norm1", "", "norm.attention"}, {"layer norm1", "", "norm.attention"},
	{"ln 2", "", "norm.mlp"}, {"ln2", "", "norm.mlp"}, {"norm2", "", "norm.mlp"}, {"layer norm2", "", "norm.mlp"},

	// Attention.
	{"query key value", "", "attention.qkv"}, {"qkv", "", "attention.qkv"}, {"wqkv", "", "attention.qkv"}, {"qkv proj", "", "attention.qkv"},
	{"c attn", "", "attention.qkv"}, {"in proj", "attn", "attention.qkv"}, {"in proj", "attention", "attention.qkv"},
	{"kv a proj with mqa", "", "attention.kv-low"}, {"attn kv a mqa", "", "attention.kv-low"}, {"kv b proj", "", "attention.kv-high"}, {"attn kv b", "", "attention.kv-high"},
	{"q a proj", "", "attention.q-low"}, {"attn q a", "", "attention.q-low"}, {"q b proj", "", "attention.q-high"}, {"attn q b", "", "attention.q-high"},
	{"q proj", "", "attention.q"}, {"attn q", "", "attention.q"}, {"wq", "", "attention.q"}, {"q lin", "", "attention.q"}, {"to q", "", "attention.q"}, {"query", "", "attention.q"}, {"selfattention q", "", "attention.q"}, {"encdecattention q", "", "attention.q"},
	{"k proj", "", "attention.k"}, {"attn k", "", "attention.k"}, {"wk", "", "attention.k"}, {"k lin", "", "attention.k"}, {"to k", "", "attention.k"}, {"key", "", "attention.k"}, {"selfattention k", "", "attention.k"}, {"encdecattention k", "", "attention.k"},
	{"v proj", "", "attention.v"}, {"attn v", "", "attention.v"}, {"wv", "", "attention.v"}, {"v lin", "", "attention.v"}, {"to v", "", "attention.v"}, {"value", "", "attention.v"}, {"selfattention v", "", "attention.v"}, {"encdecattention v", "", "attention.v"},
	{"o proj", "", "attention.o"}, {"attn output", "", "attention.o"}, {"attn o", "", "attention.o"}, {"attn out", "", "attention.o"}, {"wo", "attention", "attention.o"}, {"out lin", "", "attention.o"}, {"to out", "", "attention.o"},
	{"out proj", "", "attention.o"}, {"attention output dense", "", "attention.o"}, {"self attention dense", "", "attention.o"}, {"attention dense", "", "attention.o"},
	{"attn c proj", "", "attention.o"}, {"attn proj", "", "attention.o"}, {"self attn dense", "", "attention.o"},
	{"selfattention o", "", "attention.o"}, {"encdecattention o", "", "attention.o"},

	// Feed-forward networks.
	{"shared expert gate", "", "mlp.shared-router"}, {"ffn gate inp shexp", "", "mlp.shared-router"},
	{"ffn gate inp", "", "mlp.router"}, {"router", "", "mlp.router"}, {"block sparse moe gate", "", "mlp.router"},
	{"gate up proj", "", "mlp.gate-up"}, {"gate up", "", "mlp.gate-up"}, {"w12", "", "mlp.gate-up"}, {"mlp wi", "", "mlp.gate-up"},
	{"gate proj", "", "mlp.gate"}, {"ffn gate", "", "mlp.gate"}, {"wi 0", "", "mlp.gate"}, {"feed forward w1", "", "mlp.gate"}, {"experts w1", "", "mlp.gate"},
	{"mlp gate", "", "mlp.router"},
	{"up proj", "", "mlp.up"}, {"ffn up", "", "mlp.up"}, {"wi 1", "", "mlp.up"}, {"densereludense wi", "", "mlp.up"}, {"feed forward w3", "", "mlp.up"}, {"experts w3", "", "mlp.up"},
	{"fc1", "", "mlp.up"}, {"mlp c fc", "", "mlp.up"}, {"c fc", "", "mlp.up"}, {"dense h to 4h", "", "mlp.up"}, {"intermediate dense", "", "mlp.up"}, {"lin1", "", "mlp.up"}, {"mlp 0", "", "mlp.up"}, {"linear1", "", "mlp.up"},
	{"down proj", "", "mlp.down"}, {"ffn down", "", "mlp.down"}, {"densereludense wo", "", "mlp.down"}, {"mlp wo", "", "mlp.down"}, {"feed forward w2", "", "mlp.down"}, {"experts w2", "", "mlp.down"},
	{"fc2", "", "mlp.down"}, {"mlp c proj", "", "mlp.down"}, {"dense 4h to h", "", "mlp.down"}, {"lin2", "", "mlp.down"}, {"mlp 2", "", "mlp.down"}, {"linear2", "", "mlp.down"}, {"w3", "mlp", "mlp.down"},
	{"output dense", "", "mlp.down"},

	// Embeddings and heads.
	{"embed positions", "", "embedding.position"}, {"position embeddings", "", "embedding.position"}, {"position embedding", "", "embedding.position"}, {"positional embedding", "", "embedding.position"},
	{"position embd", "", "embedding.position"}, {"pos embed", "", "embedding.position"}, {"wpe", "", "embedding.position"},
	{"token type embeddings", "", "embedding.type"}, {"token types", "", "embedding.type"},
	{"per layer token embd", "", "embedding.token-per-layer"}, {"embed tokens per layer", "", "embedding.token-per-layer"},
	{"embed tokens", "", "embedding.token"}, {"token embd", "", "embedding.token"}, {"word embeddings", "", "embedding.token"}, {"wte", "", "embedding.token"},
	{"token embedding", "", "embedding.token"}, {"tok embeddings", "", "embedding.token"}, {"embed in", "", "embedding.token"},
	{"patch embed", "", "embedding.patch"}, {"patch embedding", "", "embedding.patch"}, {"patch embeddings", "", "embedding.patch"}, {"patch embd", "", "embedding.patch"},
	{"class embedding", "", "embedding.class"}, {"cls token", "", "embedding.class"}, {"class embd", "", "embedding.class"},
	{"lm head", "", "head"}, {"embed out", "", "head"},
}

// exact gives the roles of names that are these words alone.
var exact = map[string]string{"output": "head", "norm": "norm.final", "model norm": "norm.final", "head": "head", "classifier": "head", "shared": "embedding.token"}

// RoleOf returns what a tensor's name seems to say: a role that names of other
// conventions have too ("attention.q", "mlp.down", "norm.attention",
// "embedding.token", "head"), or else the words of the name without numbers; and
// the numbers of its layer and expert, -1 when there are none. The role of a
// bias ends in ".bias". Roles in the decoder of a model that has an encoder as
// well begin with "decoder.", as do all whose name says decoder.
//
// Roles choose what is compared first and are no evidence.
func RoleOf(name string) (role string, layer, expert int) {
	layer, expert = -1, -1
	all := words(name)
	var rest []string
	for i := 0; i < len(all); i++ {
		n, numeric := number(all[i])
		switch {
		case numeric && layer < 0 && i > 0 && isStack(all[i-1]):
			layer = n
		case numeric && expert < 0 && i > 0 && (all[i-1] == "experts" || all[i-1] == "expert"):
			expert = n
		default:
			rest = append(rest, all[i])
		}
	}
	kind := ""
	if k := len(rest); k > 1 {
		switch rest[k-1] {
		case "bias", "beta":
			kind, rest = ".bias", rest[:k-1]
		case "weight", "kernel", "gamma", "g", "weights", "scale":
			rest = rest[:k-1]
		}
	}
	prefix := ""
	if hasAny(rest, "decoder", "dec") {
		prefix = "decoder."
	}
	text := strings.Join(rest, " ")
	if r := known(text, layer); r != "" {
		if strings.HasPrefix(r, "attention.") && hasCross(rest) {
			r = "cross-" + r
		}
		return prefix + r + kind, layer, expert
	}
	plain := slices.DeleteFunc(rest, func(w string) bool { _, numeric := number(w); return numeric })
	role = strings.Join(plain, ".")
	return role[:min(len(role), maxRole)] + kind, layer, expert
}

// known finds the rule for words that are joined by spaces.
func known(text string, layer int) string {
	if r := exact[text]; r != "" && layer < 0 {
		return r
	}
	text = " " + text + " "
	for _, r := range roles {
		if strings.Contains(text, " "+r.words+" ") && (r.also == "" || strings.Contains(text, " "+r.also+" ")) {
			return r.role
		}
	}
	return ""
}

func hasCross(words []string) bool {
	text := " " + strings.Join(words, " ") + " "
	return strings.Contains(text, " encoder attn ") || strings.Contains(text, " cross attn ") || strings.Contains(text, " crossattention ") ||
		strings.Contains(text, " encdecattention ") || strings.Contains(text, " cross attention ")
}

// isStack reports words that modules give to a list of equal blocks.
func isStack(word string) bool {
	return word == "h" || word == "blk" || strings.HasSuffix(word, "layer") || strings.HasSuffix(word, "layers") ||
		strings.HasSuffix(word, "block") || strings.HasSuffix(word, "blocks")
}

func number(word string) (int, bool) {
	if word == "" || len(word) > 9 || word[0] < '0' || word[0] > '9' {
		return 0, false
	}
	n, err := strconv.Atoi(word)
	return n, err == nil
}

// words cuts a name at everything but ASCII letters and digits, and makes the
// words lower case. The number that TensorFlow puts behind a name is left out.
func words(name string) []string {
	name = name[:min(len(name), maxName)]
	if cut, ok := strings.CutSuffix(name, ":0"); ok {
		name = cut
	}
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
}

func hasAny(words []string, any ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(any, w) })
}

func isBias(name string) bool { return hasAny(words(name), "bias", "beta") }

// isGain reports the names of vectors that scale a normalisation.
func isGain(name string) bool {
	w := words(name)
	if hasAny(w, "bias", "beta", "mean", "var", "variance", "running") {
		return false
	}
	return slices.ContainsFunc(w, func(w string) bool {
		trimmed := strings.TrimRight(w, "0123456789")
		return strings.Contains(w, "norm") || strings.HasPrefix(w, "layrnorm") || trimmed == "ln" || trimmed == "bn" || trimmed == "rms" || w == "gamma"
	})
}
