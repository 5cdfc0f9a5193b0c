package catalogue

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// miniLM is sentence-transformers/all-MiniLM-L6-v2, as its config.json and the
// header of its model.safetensors have it.
func miniLM() Signature {
	s := Signature{Role: "text-encoder", Family: "bert", Architecture: "BertModel", Hyperparameters: map[string]string{
		"hidden_size": "384", "intermediate_size": "1536", "num_attention_heads": "12", "num_hidden_layers": "6",
		"max_position_embeddings": "512", "type_vocab_size": "2", "vocab_size": "30522", "layer_norm_eps": "1e-12",
	}}
	s.Shapes = [][]uint64{{1, 512}, {30522, 384}, {512, 384}, {2, 384}, {384}, {384}, {384, 384}, {384}}
	for range 6 {
		s.Shapes = append(s.Shapes, [][]uint64{{384}, {384}, {384}, {384, 384}, {384}, {384, 384}, {384}, {384, 384}, {384}, {384, 384},
			{1536}, {1536, 384}, {384}, {384}, {384}, {384, 1536}}...)
	}
	return s
}

func ids(matches []Match) []string {
	var out []string
	for _, m := range matches {
		id := m.ID
		if m.Weak {
			id += " (weak)"
		}
		out = append(out, id)
	}
	return out
}

func change(s Signature, values map[string]string) Signature {
	all := maps.Clone(values)
	for name, value := range s.Hyperparameters {
		if _, ok := all[name]; !ok {
			all[name] = value
		}
	}
	s.Hyperparameters = all
	return s
}

func only(s Signature, shapes bool) Signature {
	if shapes {
		s.Hyperparameters, s.Family, s.Architecture = nil, "", ""
	} else {
		s.Shapes = nil
	}
	return s
}

func TestMiniLM(t *testing.T) {
	s := miniLM()
	for about, s := range map[string]Signature{"all": s, "shapes": only(s, true), "configuration": only(s, false),
		"GGUF": {Family: "bert", Hyperparameters: map[string]string{"bert.embedding_length": "384", "bert.block_count": "6", "bert.attention.head_count": "12", "bert.feed_forward_length": "1536", "bert.context_length": "512"}}} {
		m := Encoders(s)
		if got := ids(m); !slices.Equal(got, []string{"minilm-l6"}) {
			t.Errorf("%s: %q", about, got)
			continue
		}
		if !slices.Equal(m[0].References, []string{"sentence-transformers/all-MiniLM-L6-v2"}) || len(m[0].Sources) == 0 {
			t.Errorf("%s: %+v", about, m[0])
		}
	}
	if reason := Encoders(only(s, true))[0].Reason(); !strings.Contains(reason, "shape 1536x384*6") {
		t.Errorf("reason %q", reason)
	}
	short := s
	short.Shapes = slices.DeleteFunc(slices.Clone(s.Shapes), func(d []uint64) bool { return d[0] == 1536 && len(d) == 2 })
	for about, s := range map[string]Signature{
		"another depth":           change(s, map[string]string{"num_hidden_layers": "12"}),
		"another role":            {Role: "vision-encoder", Family: s.Family, Shapes: s.Shapes, Hyperparameters: s.Hyperparameters},
		"a layer less, by shape":  only(short, true),
		"no sizes and no shapes":  {Role: "text-encoder", Family: "bert", Architecture: "BertModel"},
		"three sizes, no shapes":  {Hyperparameters: map[string]string{"hidden_size": "384", "num_hidden_layers": "6", "num_attention_heads": "12"}},
		"the sizes of BERT large": {Family: "bert", Hyperparameters: map[string]string{"hidden_size": "1024", "num_hidden_layers": "24", "num_attention_heads": "16", "intermediate_size": "4096"}},
	} {
		if got := Encoders(s); got != nil {
			t.Errorf("%s: %q", about, ids(got))
		}
	}
	if got := Encoders(short); len(got) != 1 || !got[0].Weak {
		t.Errorf("shapes that are not the configuration's: %+v", got)
	}
}

// vit is a vision transformer by its shapes alone.
func vit(width, ffn, layers uint64, rest ...[]uint64) Signature {
	s := Signature{Role: "vision-encoder", Shapes: slices.Clone(rest)}
	for range layers {
		s.Shapes = append(s.Shapes, []uint64{ffn, width}, []uint64{width, ffn}, []uint64{3 * width, width})
	}
	return s
}

func TestEncoders(t *testing.T) {
	conv := func(w, p uint64) []uint64 { return []uint64{w, 3, p, p} }
	wav := Signature{Role: "audio-encoder", Shapes: [][]uint64{{512, 1, 10}, {768, 48, 128}}}
	for i := range 12 {
		wav.Shapes = append(wav.Shapes, []uint64{3072, 768})
		if i < 4 {
			wav.Shapes = append(wav.Shapes, []uint64{512, 512, 3})
		}
		if i < 2 {
			wav.Shapes = append(wav.Shapes, []uint64{512, 512, 2})
		}
	}
	whisper := Signature{Role: "audio-encoder", Shapes: [][]uint64{{384, 80, 3}, {384, 384, 3}, {1500, 384}, {1536, 384}, {1536, 384}, {1536, 384}, {1536, 384}}}
	for about, c := range map[string]struct {
		s    Signature
		want []string
	}{
		"CLIP L/14":               {vit(1024, 4096, 24, conv(1024, 14), []uint64{257, 1024}), []string{"clip-vit-l-14"}},
		"CLIP L/14 at 336 pixels": {vit(1024, 4096, 24, conv(1024, 14), []uint64{577, 1024}), []string{"clip-vit-l-14-336"}},
		"SigLIP so400m/14, 384":   {vit(1152, 4304, 27, conv(1152, 14), []uint64{729, 1152}), []string{"siglip-so400m"}},
		"SigLIP with its head":    {vit(1152, 4304, 28, conv(1152, 14), []uint64{729, 1152}), []string{"siglip-so400m"}},
		"SigLIP, two layers less": {vit(1152, 4304, 26, conv(1152, 14), []uint64{729, 1152}), nil},
		"Qwen3-VL":                {vit(1152, 4304, 27, []uint64{1152, 3, 2, 16, 16}, []uint64{2304, 1152}), []string{"qwen3-vl-vit"}},
		"DINOv2 base":             {vit(768, 3072, 12, conv(768, 14), []uint64{1, 1370, 768}), []string{"dinov2-base"}},
		"InternViT 300M":          {vit(1024, 4096, 24, conv(1024, 14), []uint64{1, 1025, 1024}), []string{"internvit-300m"}},
		"SigLIP base, not CLIP":   {vit(768, 3072, 12, conv(768, 16), []uint64{196, 768}), []string{"siglip-base"}},
		"CLIP B/16, not SigLIP":   {vit(768, 3072, 12, conv(768, 16), []uint64{197, 768}), []string{"clip-vit-b-16"}},
		"ambiguous by shape":      {wav, []string{"hubert-base", "wav2vec2-base"}},
		"ambiguous by vocabulary": {whisper, []string{"whisper-tiny", "whisper-tiny.en"}},
		"told by vocabulary":      {change(whisper, map[string]string{"vocab_size": "51864"}), []string{"whisper-tiny.en"}},
		"Silero VAD": {Signature{Shapes: [][]uint64{{258, 1, 256}, {128, 129, 3}, {64, 128, 3}, {64, 64, 3}, {128, 64, 3}, {512, 128}, {512, 128}, {1, 128, 1}, {512}}},
			[]string{"silero-vad-16k"}},
		"Qwen2.5-VL by its configuration": {Signature{Role: "vision-encoder", Family: "qwen2_5_vl", Hyperparameters: map[string]string{
			"depth": "32", "hidden_size": "1280", "intermediate_size": "3420", "num_heads": "16", "patch_size": "14", "out_hidden_size": "3584"}},
			[]string{"qwen2.5-vl-vit"}},
		"class defaults are weak": {Signature{Role: "text-encoder", Family: "bert", Hyperparameters: map[string]string{
			"hidden_size": "768", "num_hidden_layers": "12", "num_attention_heads": "12", "intermediate_size": "3072", "vocab_size": "30522"}},
			[]string{"class-bert (weak)"}},
		"sizes of ViT base without a type": {Signature{Role: "vision-encoder", Hyperparameters: map[string]string{
			"hidden_size": "768", "num_hidden_layers": "12", "num_attention_heads": "12", "intermediate_size": "3072"}}, nil},
	} {
		if got := ids(Encoders(c.s)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", about, got, c.want)
		}
	}
}

func TestFamilies(t *testing.T) {
	with := func(family, architecture, vocabulary string) Signature {
		return Signature{Role: "language-model", Family: family, Architecture: architecture, Hyperparameters: map[string]string{"vocab_size": vocabulary}}
	}
	for about, c := range map[string]struct {
		s    Signature
		want []string
	}{
		"one family":          {with("gpt_oss", "GptOssForCausalLM", "201088"), []string{"gpt-oss"}},
		"inside another":      {with("qwen3_moe", "", ""), []string{"qwen3"}},
		"text model":          {with("gemma3_text", "Gemma3ForCausalLM", "262144"), []string{"gemma"}},
		"GGUF":                {with("qwen3moe", "", ""), []string{"qwen3"}},
		"solar is not GLM":    {with("solar_open", "SolarOpenForCausalLM", "196608"), []string{"solar (weak)"}},
		"nothing known":       {Signature{}, nil},
		"unknown type":        {with("no_such_type", "NoSuchModel", "32000"), nil},
		"only a vocabulary":   {with("", "", "151936"), nil},
		"another vocabulary":  {with("gpt2", "GPT2LMHeadModel", "64000"), nil},
		"with tokens added":   {with("gpt2", "GPT2LMHeadModel", "50260"), []string{"gpt2"}},
		"a borrowed class":    {with("qwen2", "Qwen2ForCausalLM", "102400"), []string{"ax (weak)"}},
		"a class of seed OSS": {with("deepseek_v3", "DeepseekV3ForCausalLM", ""), []string{"deepseek (weak)", "kanana (weak)", "kimi-k2 (weak)"}},
	} {
		if got := ids(Families(c.s)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", about, got, c.want)
		}
	}
	// Many families use Llama's class. The vocabulary puts Yi first and rules
	// out those that are known to have another one.
	got := ids(Families(with("llama", "LlamaForCausalLM", "64000")))
	if len(got) < 3 || got[0] != "yi (weak)" || slices.Contains(got, "llama (weak)") || slices.Contains(got, "llama3 (weak)") {
		t.Errorf("llama with 64000 tokens: %q", got)
	}
}

func TestCheckpoints(t *testing.T) {
	llama := Signature{Family: "llama", Hyperparameters: map[string]string{"hidden_size": "4096", "num_hidden_layers": "32", "num_attention_heads": "32",
		"num_key_value_heads": "8", "intermediate_size": "14336", "vocab_size": "128256"}}
	got := Checkpoints(llama)
	if len(got) != 1 || got[0].Weak || !slices.Contains(got[0].References, "meta-llama/Meta-Llama-3-8B") || !slices.Contains(got[0].References, "meta-llama/Llama-3.1-8B") {
		t.Fatalf("%+v", got)
	}
	if reason := got[0].Reason(); !strings.HasPrefix(reason, "model type llama, width 4096, layers 32") {
		t.Errorf("reason %q", reason)
	}
	gguf := Signature{Family: "qwen2", Hyperparameters: map[string]string{"qwen2.embedding_length": "896", "qwen2.block_count": "24",
		"qwen2.attention.head_count": "14", "qwen2.attention.head_count_kv": "2", "qwen2.feed_forward_length": "4864"}}
	if got := Checkpoints(gguf); len(got) == 0 || !strings.HasPrefix(got[0].References[0], "Qwen/Qwen2.5-0.5B") || !got[0].Weak {
		t.Errorf("GGUF: %+v", got)
	}
	mistral := Signature{Family: "mistral", Hyperparameters: llama.Hyperparameters}
	for _, m := range Checkpoints(mistral) {
		if !m.Weak {
			t.Errorf("the sizes of Mistral 7B, where the vocabulary is not known: %+v", m)
		}
	}
	for about, s := range map[string]Signature{
		"another type":  {Family: "qwen2", Hyperparameters: llama.Hyperparameters},
		"no type":       {Hyperparameters: llama.Hyperparameters},
		"another width": change(llama, map[string]string{"hidden_size": "5120"}),
		"two widths":    change(llama, map[string]string{"d_model": "5120"}),
		"few sizes":     {Family: "llama", Hyperparameters: map[string]string{"hidden_size": "4096", "num_hidden_layers": "32", "vocab_size": "128256"}},
	} {
		if got := Checkpoints(s); got != nil {
			t.Errorf("%s: %+v", about, got)
		}
	}
}
