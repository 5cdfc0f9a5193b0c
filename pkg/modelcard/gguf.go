package modelcard

import (
	"strconv"
	"strings"
)

// A GGUF is what the metadata of a GGUF file states about its model, by the
// keys of the GGUF specification (ggml docs/gguf.md, version 3).
type GGUF struct {
	Path         string
	Architecture Statement // general.architecture
	Type         Statement // general.type: model, adapter, projector ("mmproj"), ...

	Name, Basename, Finetune, SizeLabel, Version Statement
	Author, Organization, QuantizedBy            Statement
	Description                                  Statement
	License, LicenseName, LicenseLink            Statement
	URL, RepoURL                                 Statement
	SourceURL, SourceRepoURL                     Statement // general.source.*: what was converted
	Tags, Languages                              Statement // where they are single values

	// FileType is general.file_type, a number; FileTypeName its name, such as
	// "Q4_K_M", empty for numbers that are not known.
	FileType     Statement
	FileTypeName string

	BaseModels []GGUFSource // general.base_model.N.*, at most 64
	Datasets   []GGUFSource // general.dataset.N.*, at most 64

	// Hyperparameters holds the sizes that stand under the architecture's
	// name, such as "llama.block_count".
	Hyperparameters []Statement

	TokenizerModel Statement // tokenizer.ggml.model
	TokenizerPre   Statement // tokenizer.ggml.pre
	// ChatTemplate tells that there is a tokenizer.chat_template.
	ChatTemplate bool

	// Adapter holds the adapter.* keys of an adapter file.
	Adapter []Statement
}

// A GGUFSource is a base model or a dataset that a GGUF file names.
type GGUFSource struct {
	Name, Author, Organization, Version, URL, RepoURL Statement
}

// maxSources bounds the base models and data sets of one file. A merge of more
// than a dozen is not known.
const maxSources = 64

// ReadGGUF reads the statements out of the metadata of a GGUF file. The lookup
// function returns the scalar value of a key as text, and false for a key that
// is not there or holds an array.
func ReadGGUF(path string, lookup func(key string) (string, bool)) (*GGUF, []Problem) {
	n := &notes{path: path}
	m := ggufMetadata{notes: n, lookup: lookup}
	g := &GGUF{
		Path:           path,
		Architecture:   m.get("general.architecture"),
		Type:           m.get("general.type"),
		Name:           m.get("general.name"),
		Basename:       m.get("general.basename"),
		Finetune:       m.get("general.finetune"),
		SizeLabel:      m.get("general.size_label"),
		Version:        m.get("general.version"),
		Author:         m.get("general.author"),
		Organization:   m.get("general.organization"),
		QuantizedBy:    m.get("general.quantized_by"),
		Description:    m.get("general.description"),
		License:        m.get("general.license"),
		LicenseName:    m.get("general.license.name"),
		LicenseLink:    m.get("general.license.link"),
		URL:            m.get("general.url"),
		RepoURL:        m.get("general.repo_url"),
		SourceURL:      m.get("general.source.url"),
		SourceRepoURL:  m.get("general.source.repo_url"),
		Tags:           m.get("general.tags"),
		Languages:      m.get("general.languages"),
		FileType:       m.get("general.file_type"),
		BaseModels:     m.sources("general.base_model"),
		Datasets:       m.sources("general.dataset"),
		TokenizerModel: m.get("tokenizer.ggml.model"),
		TokenizerPre:   m.get("tokenizer.ggml.pre"),
	}
	g.FileTypeName = fileTypeName(g.FileType.Value)
	_, g.ChatTemplate = lookup("tokenizer.chat_template")
	if arch := g.Architecture.Value; arch != "" && len(arch) <= maxKey {
		for _, key := range ggufHyperparameters() {
			g.Hyperparameters = appendStated(g.Hyperparameters, m.get(arch+"."+key))
		}
	}
	for _, key := range []string{"adapter.type", "adapter.lora.alpha", "adapter.lora.task_name", "adapter.lora.prompt_prefix"} {
		g.Adapter = appendStated(g.Adapter, m.get(key))
	}
	return g, n.problems()
}

// ggufHyperparameters are the keys after the architecture's name.
func ggufHyperparameters() []string {
	return []string{
		"block_count", "context_length", "embedding_length", "feed_forward_length", "vocab_size",
		"attention.head_count", "attention.head_count_kv", "attention.key_length", "attention.value_length",
		"attention.layer_norm_epsilon", "attention.layer_norm_rms_epsilon", "attention.sliding_window", "attention.causal",
		"rope.freq_base", "rope.dimension_count", "rope.scaling.type", "rope.scaling.factor",
		"rope.scaling.original_context_length",
		"expert_count", "expert_used_count", "expert_shared_count", "expert_feed_forward_length",
		"leading_dense_block_count", "pooling_type",
		"ssm.conv_kernel", "ssm.inner_size", "ssm.state_size", "ssm.time_step_rank",
		"vision.block_count", "vision.embedding_length", "vision.feed_forward_length", "vision.attention.head_count",
		"vision.image_size", "vision.patch_size", "vision.projection_dim", "projector_type",
		"audio.block_count", "audio.embedding_length", "audio.num_mel_bins", "audio.projection_dim",
	}
}

// ggufMetadata makes statements of metadata values.
type ggufMetadata struct {
	notes  *notes
	lookup func(string) (string, bool)
}

func (m ggufMetadata) get(key string) Statement {
	v, ok := m.lookup(key)
	if !ok || v == "" {
		return Statement{}
	}
	if valid := strings.ToValidUTF8(v, "\uFFFD"); valid != v {
		m.notes.add(key, "the text holds bytes that are not text; they were replaced")
		v = valid
	}
	if len(v) > MaxValue {
		m.notes.add(key, "a value of %d bytes was cut to %d", len(v), MaxValue)
	}
	return Statement{m.notes.path, key, cut(v, MaxValue)}
}

// sources reads the numbered entries under prefix.
func (m ggufMetadata) sources(prefix string) []GGUFSource {
	text, ok := m.lookup(prefix + ".count")
	if !ok {
		return nil
	}
	count, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		m.notes.add(prefix+".count", "%q is not a number", cut(text, maxKey))
		return nil
	}
	if count > maxSources {
		m.notes.add(prefix+".count", "%d entries, of which at most %d are read", count, maxSources)
		count = maxSources
	}
	var list []GGUFSource
	for i := range count {
		at := prefix + "." + strconv.FormatUint(i, 10) + "."
		s := GGUFSource{
			Name:         m.get(at + "name"),
			Author:       m.get(at + "author"),
			Organization: m.get(at + "organization"),
			Version:      m.get(at + "version"),
			URL:          m.get(at + "url"),
			RepoURL:      m.get(at + "repo_url"),
		}
		if s == (GGUFSource{}) {
			m.notes.add(at[:len(at)-1], "counted and not there")
			continue
		}
		list = append(list, s)
	}
	return list
}

func appendStated(list []Statement, s Statement) []Statement {
	if s.IsZero() {
		return list
	}
	return append(list, s)
}

// guessed is added to a file type that llama.cpp concluded from the tensors
// (LLAMA_FTYPE_GUESSED).
const guessed = 1024

// fileTypeName returns the name of a general.file_type, by enum llama_ftype of
// llama.cpp in 2026. Numbers that were removed have the names they had.
func fileTypeName(text string) string {
	names := [...]string{
		0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 4: "Q4_1_SOME_F16", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1",
		10: "Q2_K", 11: "Q3_K_S", 12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K",
		19: "IQ2_XXS", 20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S",
		27: "IQ3_M", 28: "IQ2_S", 29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16",
		33: "Q4_0_4_4", 34: "Q4_0_4_8", 35: "Q4_0_8_8", 36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4_MOE", 39: "NVFP4", 40: "Q1_0",
	}
	i, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return ""
	}
	if i &^= guessed; i < uint64(len(names)) {
		return names[i]
	}
	return ""
}
