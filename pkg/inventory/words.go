package inventory

import "github.com/modelbom/modelbom/pkg/bom"

// The words below are module names that publishers give to sub-models, and
// model_type values of their configurations, as they occur in public
// repositories. They cut a checkpoint; they never say where weights come from.

// moduleRoles maps one element of a tensor name to the role of the sub-model
// below it. Projector words only count in a checkpoint that also has an
// encoder, since single-modality models use them for other things.
func moduleRoles() map[string]bom.Role {
	m := map[string]bom.Role{}
	for role, words := range map[bom.Role][]string{
		bom.RoleVisionEncoder: {"vision_tower", "vision_model", "vision_encoder", "visual", "visual_encoder", "visual_model",
			"vision_backbone", "vision_module", "vision_trunk", "vision", "vit", "vit_model", "image_encoder", "image_tower",
			"image_model", "img_processor", "vpm", "vision_embed_tokens", "visual_tokenizer"},
		bom.RoleAudioEncoder: {"audio_tower", "audio_model", "audio_encoder", "audio_embed", "audio", "speech_encoder",
			"speech_tower", "speech_model", "sound_encoder", "sound_tower", "apm", "whisper"},
		bom.RoleProjector: {"multi_modal_projector", "mm_projector", "multimodal_projector", "projector", "merger",
			"deepstack_merger_list", "patch_merger", "mlp1", "mlp2", "mlp_AR", "connector", "modality_projection", "aligner",
			"resampler", "perceiver_resampler", "perceiver", "abstractor", "qformer", "query_tokens", "language_projection",
			"vision_projection", "vision_projector", "vision_proj", "visual_projector", "visual_projection", "text_projection",
			"image_projection", "image_projector", "image_pooling_2d", "img_projection", "audio_projector", "audio_projection",
			"audio_projection_layer", "audio_proj", "speech_projector", "sound_mm_projector", "embed_vision", "embed_audio",
			"vision_language_adapter", "vision_resampler", "image_newline", "view_seperator", "view_separator",
			"multi_modal_proj", "mm_whisper", "linear_projector", "modality_adapter"},
		bom.RoleLanguageModel: {"language_model", "llm", "llm_model", "text_decoder", "language", "text_model", "lm", "talker"},
		bom.RoleVAE:           {"vae", "vqmodel", "gen_vision_model", "first_stage_model", "vision_vq_model"},
		bom.RoleAdapter:       {"lora_A", "lora_B", "lora_a", "lora_b", "lora_embedding_A", "lora_embedding_B", "lora_magnitude_vector"},
		bom.RoleTextEncoder:   {"text_encoder", "cond_stage_model", "conditioner"},
		bom.RoleDiffusionBackbone: {"diffusion_model", "unet", "transformer_blocks", "single_transformer_blocks",
			"double_blocks", "single_blocks", "joint_blocks"},
	} {
		for _, w := range words {
			m[w] = role
		}
	}
	return m
}

// headWords are modules for a task on top of an encoder or decoder.
func headWords() map[string]bool {
	return set("classifier", "score", "qa_outputs", "cls", "v_head", "value_head", "reward_head", "classification_head",
		"pre_classifier", "regression_head", "logit_scale", "logit_bias", "gen_head", "predictions", "summary", "mlm_head",
		"pooler_head", "bbox_embed", "class_embed", "class_labels_classifier", "bbox_predictor")
}

// languageWords are modules of a decoder that stands without a wrapper around
// it, in a checkpoint whose other modules have one.
func languageWords() map[string]bool {
	return set("layers", "h", "blocks", "blk", "embed_tokens", "wte", "wpe", "norm", "ln_f", "lm_head", "final_layernorm",
		"embed_out", "tok_embeddings", "embed_in", "token_embd", "output_norm", "output", "word_embeddings", "transformer",
		"decoder", "rotary_emb", "mtp", "embedding", "position_embd", "rope_freqs", "per_layer_model_projection",
		"per_layer_projection_norm", "embed_tokens_per_layer", "altup_projections", "altup_unembed_projections")
}

// isSpeechSeq2Seq tells speech models with an audio encoder and a text decoder,
// in modules called "encoder" and "decoder".
func isSpeechSeq2Seq(modelType string) bool {
	return set("whisper", "speech_to_text", "moonshine", "speech_to_text_2")[modelType]
}

// clipRoles maps the first element of a tensor name in a GGUF projector file,
// as llama.cpp's tools/mtmd names them.
func clipRoles() map[string]bom.Role {
	return map[string]bom.Role{
		"v": bom.RoleVisionEncoder, "a": bom.RoleAudioEncoder, "mm": bom.RoleProjector, "resampler": bom.RoleProjector,
		"adapter": bom.RoleProjector, "model": bom.RoleProjector,
	}
}

// typeRoles maps a configuration's model_type to the role of a checkpoint that
// has no sub-models. Types that are not listed are decided by the class name.
func typeRoles() map[string]bom.Role {
	m := map[string]bom.Role{}
	for role, types := range map[bom.Role][]string{
		bom.RoleTextEncoder: {"bert", "roberta", "xlm-roberta", "xlm-roberta-xl", "distilbert", "albert", "electra", "deberta",
			"deberta-v2", "mpnet", "camembert", "modernbert", "nomic_bert", "new", "nystromformer", "funnel", "ernie", "luke",
			"longformer", "big_bird", "squeezebert", "mobilebert", "convbert", "esm", "clip_text_model", "siglip_text_model",
			"t5encoder", "eurobert", "xlnet", "flaubert", "rembert", "roformer", "megatron-bert", "data2vec-text",
			"gemma3_text_encoder", "jina_bert", "gte"},
		bom.RoleVisionEncoder: {"vit", "deit", "beit", "swin", "swinv2", "dinov2", "dinov2_with_registers", "dinov3_vit",
			"dinov3_convnext", "convnext", "convnextv2", "resnet", "regnet", "efficientnet", "mobilenet_v1", "mobilenet_v2",
			"mobilevit", "mobilevitv2", "clip_vision_model", "siglip_vision_model", "siglip2_vision_model", "hiera", "pvt",
			"poolformer", "levit", "cvt", "vit_mae", "vit_msn", "ijepa", "segformer", "timm_wrapper", "detr", "yolos",
			"dpt", "depth_anything", "intern_vit_6b", "aimv2_vision_model", "data2vec-vision", "focalnet", "bit", "vjepa2"},
		bom.RoleAudioEncoder: {"wav2vec2", "wav2vec2-bert", "wav2vec2-conformer", "hubert", "wavlm", "unispeech", "unispeech-sat",
			"sew", "sew-d", "audio-spectrogram-transformer", "data2vec-audio", "mctct", "encodec", "dac", "mimi", "parakeet_ctc"},
	} {
		for _, t := range types {
			m[t] = role
		}
	}
	return m
}

// folderRoles maps the component names of a diffusers pipeline to roles.
func folderRoles() map[string]bom.Role {
	return map[string]bom.Role{
		"unet": bom.RoleDiffusionBackbone, "transformer": bom.RoleDiffusionBackbone, "transformer_2": bom.RoleDiffusionBackbone,
		"prior": bom.RoleDiffusionBackbone, "decoder": bom.RoleDiffusionBackbone, "super_res_first": bom.RoleDiffusionBackbone,
		"vae": bom.RoleVAE, "vqvae": bom.RoleVAE, "movq": bom.RoleVAE, "vqgan": bom.RoleVAE, "vae_encoder": bom.RoleVAE, "vae_decoder": bom.RoleVAE,
		"text_encoder": bom.RoleTextEncoder, "text_encoder_2": bom.RoleTextEncoder, "text_encoder_3": bom.RoleTextEncoder, "text_encoder_4": bom.RoleTextEncoder,
		"image_encoder": bom.RoleVisionEncoder, "vision_model": bom.RoleVisionEncoder,
		"controlnet": bom.RoleAdapter, "motion_adapter": bom.RoleAdapter, "t2i_adapter": bom.RoleAdapter,
		"safety_checker": bom.RoleHead, "watermarker": bom.RoleOther, "vocoder": bom.RoleOther, "connectors": bom.RoleProjector,
		"language_model": bom.RoleLanguageModel, "projection_model": bom.RoleProjector,
		"tokenizer": bom.RoleTokenizer, "tokenizer_2": bom.RoleTokenizer, "tokenizer_3": bom.RoleTokenizer, "tokenizer_4": bom.RoleTokenizer,
		"scheduler": bom.RoleProcessor, "feature_extractor": bom.RoleProcessor, "image_processor": bom.RoleProcessor, "processor": bom.RoleProcessor,
	}
}

// dualEncoders are model types whose text side is an encoder, not a language
// model.
func isDualEncoder(modelType string) bool {
	return set("clip", "siglip", "siglip2", "chinese_clip", "clap", "align", "altclip", "clipseg", "owlvit", "owlv2", "groupvit",
		"vision-text-dual-encoder", "xclip", "jina_clip", "blip_text_model", "metaclip_2")[modelType]
}

var (
	moduleRole   = moduleRoles()
	headWord     = headWords()
	languageWord = languageWords()
	clipRole     = clipRoles()
	typeRole     = typeRoles()
	folderRole   = folderRoles()
)

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}
