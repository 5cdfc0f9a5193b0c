package modelcard

import (
	"io"
	"slices"
	"strings"
)

// A Config is a model configuration, config.json, or one that is nested in it.
type Config struct {
	Path string
	// Key is the place of a nested configuration, such as "text_config". It is
	// empty for the file itself.
	Key string

	ModelType           Statement // model_type
	NameOrPath          Statement // _name_or_path, often stale or a local path
	TransformersVersion Statement
	DType               Statement // dtype, else torch_dtype
	Architectures       []Statement
	// AutoMap holds the code that loading the model or a custom pipeline runs.
	AutoMap      []CodeReference
	Quantization *Quantization // nil when there is none
	// Hyperparameters holds the keys of [Hyperparameters] that are there, in
	// that order. A short list of scalars counts as one value, "[224, 224]".
	Hyperparameters []Statement
	// References holds the values of the keys of [ReferenceKeys]: names of the
	// models and tokenizers that this one was put together from.
	References []Statement
	// Subs are the configurations nested in this one, in file order.
	Subs []*Config
}

const (
	// maxConfigDepth bounds how deep configurations nest. Real ones stop at 3.
	maxConfigDepth = 16
	// maxConfigs bounds the configurations of one file.
	maxConfigs = 256
)

// ReadConfig reads a config.json with everything nested in it.
func ReadConfig(path string, r io.Reader) (*Config, []Problem, error) {
	n := &notes{path: path}
	root, err := readJSON(n, r, object)
	if err != nil {
		return nil, nil, err
	}
	left := maxConfigs
	return readConfig(entry{value: root, notes: n}, 0, &left), n.problems(), nil
}

func readConfig(e entry, depth int, left *int) *Config {
	c := &Config{
		Path:                e.notes.path,
		Key:                 e.key,
		ModelType:           e.text("model_type"),
		NameOrPath:          e.text("_name_or_path"),
		TransformersVersion: e.text("transformers_version"),
		DType:               e.first("dtype", "torch_dtype"),
		Architectures:       e.texts("architectures"),
		AutoMap:             append(autoMap(e), customPipelines(e)...),
		Quantization:        quantization(e),
		Hyperparameters:     hyperparameters(e),
		References:          references(e),
	}
	if old := e.at("torch_dtype"); old.value != nil && old.value.text != c.DType.Value {
		e.notes.add(old.key, "%q contradicts dtype %q", cut(old.value.text, maxKey), cut(c.DType.Value, maxKey))
	}
	for i := range e.size() {
		sub := e.item(i)
		if sub.kind != object || !isConfigKey(e.members[i].key) || len(sub.members) == 0 {
			continue
		}
		if depth == maxConfigDepth || *left == 0 {
			e.notes.add(sub.key, "not read: more than %d configurations, or nested deeper than %d", maxConfigs, maxConfigDepth)
			continue
		}
		*left--
		c.Subs = append(c.Subs, readConfig(sub, depth+1, left))
	}
	return c
}

// All returns the configuration and everything nested in it, outer ones first.
func (c *Config) All() []*Config {
	list := []*Config{c}
	for _, sub := range c.Subs {
		list = append(list, sub.All()...)
	}
	return list
}

// isConfigKey reports whether an object under this key describes a model of its
// own. Most such keys end in "_config"; the others are listed.
func isConfigKey(key string) bool {
	switch key {
	case "quantization_config", "compression_config", "generation_config", "rope_config", "attn_config", "ffn_config",
		"init_config", "loss_config", "optimizer_config", "scheduler_config", "training_config", "train_config",
		"deepspeed_config", "scaling_config", "task_config", "tokenizer_config", "processor_config",
		"preprocessor_config", "image_processor_config", "attn_cfg", "ssm_cfg", "moe_config", "sparse_config",
		"sparsity_config", "trainer_config", "data_config", "eval_config", "logging_config":
		return false // settings of the model that holds them, not a model
	case "encoder", "decoder", "generator", "question_encoder", "text_encoder", "audio_encoder", "vision_encoder",
		"image_encoder", "speech_encoder", "language_model", "vision_model", "text_model", "audio_model", "llm",
		"vision_tower", "audio_tower", "backbone", "projector", "vision", "audio", "text":
		return true
	}
	return strings.HasSuffix(key, "_config") || strings.HasSuffix(key, "_cfg")
}

// Hyperparameters returns the keys that [Config.Hyperparameters] can hold, in
// its order: sizes first, then attention, experts, position, and what is
// specific to vision, audio and state space models.
func Hyperparameters() []string {
	return []string{
		"hidden_size", "d_model", "n_embd", "dim", "embed_dim", "embedding_size", "word_embed_proj_dim",
		"num_hidden_layers", "n_layer", "n_layers", "num_layers", "depth", "encoder_layers", "decoder_layers", "num_decoder_layers",
		"intermediate_size", "ffn_dim", "d_ff", "n_inner", "mlp_ratio", "encoder_ffn_dim", "decoder_ffn_dim",
		"vocab_size", "type_vocab_size",

		"num_attention_heads", "n_head", "n_heads", "num_heads", "encoder_attention_heads", "decoder_attention_heads",
		"num_key_value_heads", "n_kv_heads", "num_kv_heads", "multi_query", "head_dim", "d_kv",
		"q_lora_rank", "kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim",
		"attention_bias", "sliding_window", "max_window_layers", "attn_logit_softcapping", "final_logit_softcapping",

		"num_experts", "num_local_experts", "n_routed_experts", "n_shared_experts", "num_experts_per_tok",
		"num_experts_per_token", "moe_intermediate_size", "moe_layer_freq", "first_k_dense_replace",
		"num_nextn_predict_layers",

		"max_position_embeddings", "n_positions", "n_ctx", "max_sequence_length", "seq_length", "model_max_length",
		"rope_theta", "rotary_emb_base", "partial_rotary_factor", "position_embedding_type",

		"hidden_act", "activation_function", "hidden_activation", "layer_norm_eps", "layer_norm_epsilon", "rms_norm_eps",
		"norm_eps", "initializer_range", "tie_word_embeddings", "is_encoder_decoder", "projection_dim", "projector_hidden_act",
		"mm_projector_type",

		"image_size", "patch_size", "temporal_patch_size", "spatial_merge_size", "num_channels", "in_channels", "out_channels",
		"out_hidden_size", "latent_channels", "sample_size", "cross_attention_dim", "joint_attention_dim", "hidden_sizes", "depths",

		"num_mel_bins", "max_source_positions", "max_target_positions", "sampling_rate", "codebook_size", "num_codebooks",

		"state_size", "conv_kernel", "time_step_rank", "mamba_d_state", "mamba_n_heads",
	}
}

func hyperparameters(e entry) []Statement {
	var list []Statement
	for _, key := range Hyperparameters() {
		c := e.at(key)
		s, err := c.inline()
		if err != nil {
			e.notes.add(c.key, "%v", err)
		}
		if !s.IsZero() {
			list = append(list, s)
		}
	}
	return list
}

// ReferenceKeys returns the keys of a configuration that name other models,
// in alphabetical order.
func ReferenceKeys() []string {
	return []string{
		"audio_encoder", "audio_model_name_or_path", "audio_tower", "backbone", "base_model", "base_model_name",
		"base_model_name_or_path", "decoder_name_or_path", "draft_model", "encoder_name", "encoder_name_or_path", "hf_hub_id",
		"hf_model_name", "hf_tokenizer_name", "image_encoder", "language_model", "language_model_name", "llm_model_name",
		"llm_model_name_or_path", "llm_name_or_path", "mm_audio_tower", "mm_vision_tower", "model_name",
		"model_name_or_path", "pretrained_model_name_or_path", "processor_name", "processor_name_or_path", "speech_encoder",
		"teacher_model", "teacher_name_or_path", "text_encoder", "text_encoder_name", "text_model_name",
		"text_model_name_or_path", "timm_model_name", "tokenizer_name", "tokenizer_name_or_path", "vision_encoder",
		"vision_encoder_name", "vision_model_name", "vision_model_name_or_path", "vision_tower", "vision_tower_name",
		"vision_tower_name_or_path",
	}
}

// references reads the keys that name other models. Under some of them stands
// the other model's configuration instead, which is no problem.
func references(e entry) []Statement {
	var list []Statement
	for _, key := range ReferenceKeys() {
		c := e.at(key)
		if c.value == nil || c.kind == object {
			continue
		}
		if c.kind == boolean {
			c.wrong("the name of a model")
			continue
		}
		list = append(list, e.texts(key)...)
	}
	return slices.Clip(list)
}
