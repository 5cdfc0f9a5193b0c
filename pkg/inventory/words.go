package inventory

import "github.com/modelbom/modelbom/pkg/bom"

// The words below are module names that publishers give to sub-models, as they
// occur in public repositories. They cut a checkpoint; they never say where
// weights come from.

// moduleRoles maps one element of a tensor name to the role of the sub-model
// below it. A checkpoint that has one of these, other than a language model's,
// holds several sub-models.
func moduleRoles() map[string]bom.Role {
	return invert(map[bom.Role][]string{
		bom.RoleVisionEncoder: {"vision_tower", "vision_model", "vision_encoder", "visual", "visual_encoder", "visual_model",
			"vision_backbone", "vision_module", "vision_trunk", "vision", "vit", "vit_model", "image_encoder", "image_tower",
			"image_model", "img_processor", "vpm", "vision_embed_tokens", "visual_tokenizer", "siglip2", "sam_model",
			"qwen2_model", "video_tower", "vision_embedder", "high_res_vision_model", "embed_image", "image_vit"},
		bom.RoleAudioEncoder: {"audio_tower", "audio_model", "audio_encoder", "audio_embed", "audio", "speech_encoder",
			"speech_tower", "speech_model", "sound_encoder", "sound_tower", "apm", "whisper", "whisper_encoder",
			"speaker_encoder", "conformer", "audio_embedding", "acoustic_tokenizer_encoder", "semantic_tokenizer_encoder"},
		bom.RoleProjector: {"multi_modal_projector", "mm_projector", "multimodal_projector", "multi_modal_proj",
			"multi_modal_fuser", "vit_large_projector", "pre_mm_projector_norm", "vision_language_adapter", "vision_projector", "visual_projector",
			"image_projector", "audio_projector", "speech_projector", "sound_projection", "sound_mm_projector", "query_tokens",
			"image_newline", "view_seperator", "view_separator", "audio_language_projection", "audio_projection_layer"},
		bom.RoleLanguageModel:     {"language_model", "llm", "llm_model", "text_decoder", "language", "text_model", "lm", "text"},
		bom.RoleVAE:               {"vae", "vqmodel", "gen_vision_model", "first_stage_model", "vision_vq_model", "dvae"},
		bom.RoleTextEncoder:       {"text_encoder", "text_encoders", "cond_stage_model", "conditioner"},
		bom.RoleDiffusionBackbone: {"diffusion_model", "unet", "model_ema"},
		bom.RoleHead:              {"mask_decoder", "prompt_encoder", "itm_head", "generation_head", "gen_head", "region"},
		bom.RoleOther:             {"vocoder", "t2u_model", "codec_model", "token2wav", "code2wav"},
	})
}

// bridgeWords are projector names that single-modality models use for other
// things, so they count only beside an encoder.
func bridgeWords() map[string]bool {
	return set("projector", "merger", "deepstack_merger_list", "merger_list", "patch_merger", "patch_merge_mlp", "vit_merger", "mlp1", "mlp2",
		"mlp_AR", "connector", "connectors", "modality_projection", "aligner", "gen_aligner", "gen_embed", "generation_aligner",
		"generation_embeddings", "resampler", "perceiver_resampler", "perceiver", "perceive", "abstractor", "qformer",
		"language_projection", "vision_projection", "vision_proj", "visual_projection", "text_projection", "text_proj",
		"image_projection", "image_proj_norm", "image_pos_embed", "visual_temporal_embed", "image_to_text_projection",
		"image_pooling_2d", "img_projection", "glb_GN", "sub_GN", "audio_projection", "audio_proj", "audio_adapter",
		"embed_vision", "embed_audio", "vision_resampler", "vision_adapter", "linear_projector", "linear_proj", "proj_mlp",
		"modality_adapter", "boi", "eoi", "vte", "high_res_vision_neck", "high_res_vision_proj", "high_res_vision_alpha",
		"layerwise_projectors", "spatial_projectors", "image_proj", "enc_to_dec_proj", "vae2llm", "llm2vae",
		"custom_text_proj", "embedding_proj_layer", "resampler_model", "visual_embeddings_table", "img_projection_up",
		"img_projection_down", "global_img_feature_extensor", "sub_img_feature_extensor", "up_proj_for_speech",
		"down_proj_for_speech", "up_proj_for_vision_speech", "down_proj_for_vision_speech", "semantic_connector",
		"acoustic_connector")
}

// pairRoles are two neighbouring elements that mean something together and
// nothing alone: projections that lie inside an encoder under a plain name.
// llama.cpp converts all of them to projector tensors ("mm.").
func pairRoles() map[string]bom.Role {
	return invert(map[bom.Role][]string{
		bom.RoleProjector: {"visual.attn_pool", "visual.downsample", "visual_tokenizer.head", "audio_tower.proj",
			"audio_tower.proj1", "audio_tower.proj2", "vision_encoder.adapter",
			"audio_tower.adapter", "v.deepstack", "v.vit_merger", "v.boi", "v.eoi", "v.token_embd"},
	})
}

// typeModules gives, for one model_type, the roles of modules whose names are
// too plain to mean anything elsewhere. The name may stand behind "model." or
// behind the type's own name; two elements joined by a dot are neighbours.
func typeModules() map[string]map[string]bom.Role {
	speech := map[string]bom.Role{"encoder": bom.RoleAudioEncoder, "decoder": bom.RoleLanguageModel,
		"proj_out": bom.RoleLanguageModel, "lm_head": bom.RoleLanguageModel, "enc_to_dec_proj": bom.RoleProjector}
	sight := map[string]bom.Role{"encoder": bom.RoleVisionEncoder, "decoder": bom.RoleLanguageModel, "enc_to_dec_proj": bom.RoleProjector}
	granite := map[string]bom.Role{"encoder": bom.RoleAudioEncoder, "projector": bom.RoleProjector, "language_model": bom.RoleLanguageModel}
	return map[string]map[string]bom.Role{
		"whisper": speech, "speech_to_text": speech, "speech_to_text_2": speech, "moonshine": speech,
		"moonshine_streaming": speech, "canary": speech, "cohere_asr": speech, "speecht5": speech, "speech-encoder-decoder": speech,
		"vision-encoder-decoder": sight, "pix2struct": sight, "pp_formulanet": sight,
		"encoder-decoder": {"encoder": bom.RoleTextEncoder, "decoder": bom.RoleLanguageModel},
		"granite_speech":  granite, "granite_speech_plus": granite,
		"fuyu": {"vision_embed_tokens": bom.RoleProjector}, // one matrix over raw patches
		"git":  {"encoder": bom.RoleLanguageModel, "embeddings": bom.RoleLanguageModel, "output": bom.RoleLanguageModel},
		// Qwen-VL pools inside the visual module; what follows the pooling works
		// on the language model's width.
		"qwen": {"visual.ln_post": bom.RoleProjector, "visual.proj": bom.RoleProjector},
	}
}

// headWords are modules for a task on top of an encoder or decoder.
func headWords() map[string]bool {
	return set("classifier", "score", "qa_outputs", "cls", "v_head", "value_head", "reward_head", "classification_head",
		"pre_classifier", "regression_head", "regression_layer", "logit_scale", "logit_scale_a", "logit_scale_t", "logit_bias", "temperature",
		"predictions", "summary", "mlm_head", "pooler_head", "bbox_embed", "class_embed", "class_labels_classifier",
		"bbox_predictor", "rm_head", "ctc_head", "projection_head", "diffusion_head", "reward_model_head", "class_head", "box_head", "sequence_summary", "start_logits", "end_logits")
}

// encoderHeads are names that, outermost in a checkpoint of one encoder, are a
// head, and in a decoder are its output layer or body.
func encoderHeads() map[bom.Role]map[string]bool {
	return map[bom.Role]map[string]bool{
		bom.RoleTextEncoder: set("lm_head", "head", "decoder", "vocab_transform", "vocab_layer_norm", "vocab_projector",
			"discriminator_predictions", "generator_predictions", "generator_lm_head", "pred_layer", "lm_predictions", "mask_predictions"),
		bom.RoleVisionEncoder: set("lm_head", "head", "decoder", "decode_head", "auxiliary_head", "neck"),
		bom.RoleAudioEncoder:  set("lm_head", "head", "projector"),
	}
}

// languageWords are modules of a decoder that stands without a wrapper around
// it, in a checkpoint whose other modules have one. They count only where
// something else shows that there is a language model.
func languageWords() map[string]bool {
	return set("layers", "h", "blocks", "blk", "embed_tokens", "wte", "wpe", "norm", "ln_f", "lm_head", "final_layernorm",
		"embed_out", "tok_embeddings", "embed_in", "token_embd", "output_norm", "output", "word_embeddings", "transformer",
		"decoder", "rotary_emb", "mtp", "embedding", "position_embd", "rope_freqs", "per_layer_model_projection",
		"per_layer_projection_norm", "embed_tokens_per_layer", "altup_projections", "altup_unembed_projections",
		"gated_cross_attn_layers", "token_embedding", "positional_embedding", "ln_final", "shared", "mtp_block")
}

// clipRoles maps the first element of a tensor name in a GGUF file to what it
// is, as llama.cpp's tools/mtmd names encoders and projectors.
func clipRoles() map[string]bom.Role {
	return map[string]bom.Role{
		"v": bom.RoleVisionEncoder, "a": bom.RoleAudioEncoder, "mm": bom.RoleProjector, "resampler": bom.RoleProjector,
		"adapter": bom.RoleProjector,
	}
}

// speakers are sub-models that turn a language model's output into speech, with
// layers named like the language model's own.
func speakers() map[string]bom.Role {
	return map[string]bom.Role{
		"talker": bom.RoleLanguageModel, "tts": bom.RoleLanguageModel, "speech_generator": bom.RoleLanguageModel,
		"token2wav": bom.RoleOther, "code2wav": bom.RoleOther,
	}
}

// Names that tell what a checkpoint without a telling configuration is.
func embeddingWords() map[string]bool {
	return set("embed_tokens", "wte", "tok_embeddings", "token_embd", "embed_in", "word_embeddings", "token_embedding",
		"tokens_embed")
}

func stackWords() map[string]bool { return set("layers", "h", "blk", "blocks", "block", "resblocks") }

// denoiserWords are, outermost, blocks and time embeddings of diffusion models
// in diffusers' naming and in those of Stable Diffusion, FLUX, Wan and others.
func denoiserWords() map[string]bool {
	return set("double_blocks", "single_blocks", "joint_blocks", "transformer_blocks", "single_transformer_blocks", "down_blocks",
		"up_blocks", "mid_block", "input_blocks", "middle_block", "output_blocks", "time_embedding", "time_embed", "time_in",
		"time_projection", "t_embedder", "time_text_embed", "adaln_single", "vector_in", "timestep_embedder")
}

// controlWords are modules of networks that steer a diffusion model.
func controlWords() map[string]bool {
	return set("controlnet_cond_embedding", "controlnet_blocks", "controlnet_x_embedder", "controlnet_down_blocks", "control_model",
		"input_hint_block", "zero_convs", "ip_adapter")
}

var (
	moduleRole    = moduleRoles()
	bridgeWord    = bridgeWords()
	pairRole      = pairRoles()
	typeModule    = typeModules()
	headWord      = headWords()
	encoderHead   = encoderHeads()
	languageWord  = languageWords()
	clipRole      = clipRoles()
	speaker       = speakers()
	embeddingWord = embeddingWords()
	stackWord     = stackWords()
	denoiserWord  = denoiserWords()
	controlWord   = controlWords()
)

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}

func invert(lists map[bom.Role][]string) map[string]bom.Role {
	m := map[string]bom.Role{}
	for role, words := range lists {
		for _, w := range words {
			m[w] = role
		}
	}
	return m
}
