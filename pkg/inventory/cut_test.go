package inventory

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// An architecture is one way of naming tensors, with what a checkpoint that is
// named so must be cut into.
type architecture struct {
	name   string
	config string // config.json, empty for none
	// file is the weight file, "model.safetensors" when empty.
	file string
	// parts holds one line per part: its role and qualifier, a colon and a
	// space, then tensor names.
	parts string
}

// The names were read off transformers 5 (modules built without weights, and
// the names it saves them under), diffusers, the code that publishers ship with
// checkpoints, and llama.cpp's tables of tensor names. Where the right part is
// arguable:
//
//   - What carries features of images or sound into the language model's width
//     is a projector wherever it lies: merger modules inside an encoder,
//     "audio_tower.proj", Llama 4's "vision_adapter", Qwen-VL's pooling, learned
//     separators such as "image_newline", Phi's "glb_GN". llama.cpp puts all of
//     them among its "mm." tensors, except the last two kinds.
//   - Layers that were put into a language model for another modality, Mllama's
//     cross attention and CogVLM's experts, are the language model's: they do
//     not run without it and are not found in the encoder's upstream.
//   - An output matrix over the vocabulary is part of a language model, and a
//     head of an encoder, which works without it.
//   - A sequence-to-sequence text model is one language model.
//   - CLIP's text tower is a text encoder, its two projections are projectors,
//     its learned scale is a head.
//   - Audio codecs are audio encoders. Speech synthesis has no role: what is
//     only that is "other", and a speech decoder beside a language model is a
//     language model of its own, with its module as qualifier.
//   - ColBERT's "linear" is a projector, as the Dense step of
//     sentence-transformers is.
//   - Segment Anything's prompt encoder and mask decoder are heads.
func architectures() []architecture {
	return []architecture{
		// Vision and language.
		{name: "LLaVA 1.5", config: `{"model_type":"llava","architectures":["LlavaForConditionalGeneration"],"text_config":{"model_type":"llama"},"vision_config":{"model_type":"clip_vision_model"}}`, parts: `
			language-model: language_model.model.embed_tokens.weight language_model.model.layers.0.self_attn.q_proj.weight language_model.model.norm.weight language_model.lm_head.weight
			vision-encoder: vision_tower.vision_model.embeddings.class_embedding vision_tower.vision_model.encoder.layers.0.mlp.fc1.weight vision_tower.vision_model.post_layernorm.bias
			projector: multi_modal_projector.linear_1.weight multi_modal_projector.linear_2.bias`},
		{name: "LLaVA, original names", config: `{"model_type":"llava","architectures":["LlavaLlamaForCausalLM"]}`, parts: `
			language-model: model.embed_tokens.weight model.layers.0.mlp.up_proj.weight model.norm.weight lm_head.weight
			vision-encoder: model.vision_tower.vision_tower.vision_model.encoder.layers.0.layer_norm1.weight
			projector: model.mm_projector.0.weight model.mm_projector.2.bias model.image_newline`},
		{name: "LLaVA-NeXT", config: `{"model_type":"llava_next","architectures":["LlavaNextForConditionalGeneration"],"text_config":{"model_type":"mistral"},"vision_config":{"model_type":"clip_vision_model"}}`, parts: `
			language-model: language_model.model.layers.0.self_attn.k_proj.weight language_model.lm_head.weight
			vision-encoder: vision_tower.vision_model.encoder.layers.0.self_attn.out_proj.bias
			projector: image_newline multi_modal_projector.linear_1.weight`},
		{name: "LLaVA-NeXT, transformers 5", config: `{"model_type":"llava_next","architectures":["LlavaNextForConditionalGeneration"],"text_config":{"model_type":"llama"},"vision_config":{"model_type":"clip_vision_model"}}`, parts: `
			language-model: model.language_model.embed_tokens.weight model.language_model.layers.0.input_layernorm.weight lm_head.weight
			vision-encoder: model.vision_tower.vision_model.embeddings.patch_embedding.weight
			projector: model.image_newline model.multi_modal_projector.linear_2.weight`},
		{name: "LLaVA-OneVision", config: `{"model_type":"llava_onevision","architectures":["LlavaOnevisionForConditionalGeneration"],"text_config":{},"vision_config":{}}`, parts: `
			language-model: language_model.model.layers.0.self_attn.q_proj.bias
			vision-encoder: vision_tower.vision_model.encoder.layers.0.layer_norm2.bias
			projector: multi_modal_projector.linear_1.bias image_newline`},
		{name: "Video-LLaVA", config: `{"model_type":"video_llava","architectures":["VideoLlavaForConditionalGeneration"]}`, parts: `
			language-model: language_model.model.layers.0.mlp.down_proj.weight
			vision-encoder: video_tower.embeddings.class_embedding image_tower.vision_model.encoder.layers.0.mlp.fc1.weight
			projector: multi_modal_projector.linear_1.weight`},
		{name: "Qwen-VL", config: `{"model_type":"qwen","architectures":["QWenLMHeadModel"]}`, parts: `
			language-model: transformer.wte.weight transformer.h.0.attn.c_attn.weight transformer.ln_f.weight lm_head.weight
			vision-encoder: transformer.visual.conv1.weight transformer.visual.transformer.resblocks.0.attn.in_proj.weight transformer.visual.positional_embedding
			projector: transformer.visual.attn_pool.attn.in_proj_weight transformer.visual.attn_pool.query transformer.visual.ln_post.weight transformer.visual.proj`},
		{name: "Qwen2-VL", config: `{"model_type":"qwen2_vl","architectures":["Qwen2VLForConditionalGeneration"],"vision_config":{"model_type":"qwen2_vl"}}`, parts: `
			language-model: model.embed_tokens.weight model.layers.0.self_attn.q_proj.weight model.norm.weight lm_head.weight
			vision-encoder: visual.patch_embed.proj.weight visual.blocks.0.attn.qkv.weight
			projector: visual.merger.ln_q.weight visual.merger.mlp.0.weight visual.merger.mlp.2.bias`},
		{name: "Qwen2.5-VL, transformers 5", config: `{"model_type":"qwen2_5_vl","architectures":["Qwen2_5_VLForConditionalGeneration"],"text_config":{"model_type":"qwen2_5_vl_text"},"vision_config":{"model_type":"qwen2_5_vl"}}`, parts: `
			language-model: model.language_model.embed_tokens.weight model.language_model.layers.0.mlp.gate_proj.weight lm_head.weight
			vision-encoder: model.visual.patch_embed.proj.weight model.visual.blocks.0.mlp.gate_proj.weight
			projector: model.visual.merger.mlp.2.weight`},
		{name: "Qwen3-VL", config: `{"model_type":"qwen3_vl","architectures":["Qwen3VLForConditionalGeneration"],"text_config":{},"vision_config":{}}`, parts: `
			language-model: model.language_model.layers.0.self_attn.q_norm.weight model.language_model.norm.weight lm_head.weight
			vision-encoder: model.visual.blocks.0.attn.proj.weight model.visual.pos_embed.weight
			projector: model.visual.merger.linear_fc1.weight model.visual.deepstack_merger_list.0.norm.weight`},
		{name: "Qwen3.5, with multi-token prediction", config: `{"model_type":"qwen3_5","architectures":["Qwen3_5ForConditionalGeneration"],"text_config":{},"vision_config":{}}`, parts: `
			language-model: model.language_model.layers.0.linear_attn.A_log mtp.fc.weight mtp.layers.0.self_attn.q_proj.weight lm_head.weight
			vision-encoder: model.visual.blocks.0.norm1.weight
			projector: model.visual.merger.norm.weight`},
		{name: "InternVL, original names", config: `{"model_type":"internvl_chat","architectures":["InternVLChatModel"],"llm_config":{"model_type":"internlm2"},"vision_config":{"model_type":"intern_vit_6b"}}`, parts: `
			language-model: language_model.model.tok_embeddings.weight language_model.model.layers.0.attention.wqkv.weight language_model.output.weight
			vision-encoder: vision_model.embeddings.class_embedding vision_model.encoder.layers.0.ls1
			projector: mlp1.0.weight mlp1.1.weight mlp1.3.bias`},
		{name: "InternVL, transformers", config: `{"model_type":"internvl","architectures":["InternVLForConditionalGeneration"],"text_config":{},"vision_config":{}}`, parts: `
			language-model: language_model.model.layers.0.mlp.up_proj.weight
			vision-encoder: vision_tower.encoder.layer.0.attention.q_proj.weight vision_tower.embeddings.cls_token
			projector: multi_modal_projector.layer_norm.weight multi_modal_projector.linear_1.weight`},
		{name: "MiniCPM-V", config: `{"model_type":"minicpmv","architectures":["MiniCPMV"],"vision_config":{"model_type":"siglip_vision_model"}}`, parts: `
			language-model: llm.model.embed_tokens.weight llm.model.layers.0.self_attn.o_proj.weight llm.lm_head.weight
			vision-encoder: vpm.embeddings.patch_embedding.weight vpm.encoder.layers.0.mlp.fc2.weight
			projector: resampler.query resampler.attn.in_proj_weight resampler.kv_proj.weight`},
		{name: "MiniCPM-o", config: `{"model_type":"minicpmo","architectures":["MiniCPMO"],"audio_config":{"model_type":"whisper"},"tts_config":{"model_type":"conditional_chattts"}}`, parts: `
			language-model: llm.model.layers.0.self_attn.q_proj.weight
			language-model:tts: tts.model.layers.0.mlp.gate_proj.weight tts.projector.linear1.weight tts.emb_text.weight tts.head_code.0.parametrizations.weight.original0
			vae:tts: tts.dvae.encoder.conv_in.weight
			vision-encoder: vpm.encoder.layers.0.layer_norm1.weight
			audio-encoder: apm.conv1.weight apm.layers.0.self_attn.k_proj.weight
			projector: resampler.ln_q.weight audio_projection_layer.linear1.weight`},
		{name: "Phi-3.5-vision", config: `{"model_type":"phi3_v","architectures":["Phi3VForCausalLM"],"img_processor":{"name":"clip_vision_model"}}`, parts: `
			language-model: model.embed_tokens.weight model.layers.0.self_attn.qkv_proj.weight model.norm.weight lm_head.weight
			vision-encoder: model.vision_embed_tokens.img_processor.vision_model.encoder.layers.0.mlp.fc1.weight
			projector: model.vision_embed_tokens.img_projection.0.weight model.vision_embed_tokens.glb_GN model.vision_embed_tokens.sub_GN`},
		{name: "Phi-4-multimodal", config: `{"model_type":"phi4mm","architectures":["Phi4MMForCausalLM"]}`, parts: `
			language-model: model.embed_tokens.weight model.layers.0.self_attn.qkv_proj.base_layer.weight model.layers.0.input_layernorm.weight model.norm.weight
			adapter:speech: model.layers.0.self_attn.qkv_proj.lora_A.speech.weight model.layers.0.mlp.down_proj.lora_B.speech.weight
			adapter:vision: model.layers.0.self_attn.qkv_proj.lora_A.vision.weight
			vision-encoder: model.embed_tokens_extend.image_embed.img_processor.encoder.layers.0.mlp.fc1.weight
			audio-encoder: model.embed_tokens_extend.audio_embed.encoder.encoders.0.self_attn.linear_q.weight
			projector: model.embed_tokens_extend.image_embed.img_projection.0.weight model.embed_tokens_extend.image_embed.glb_GN model.embed_tokens_extend.audio_embed.audio_projection.speech.0.weight model.embed_tokens_extend.audio_embed.audio_projection.vision.0.weight`},
		{name: "Idefics", config: `{"model_type":"idefics","architectures":["IdeficsForVisionText2Text"],"vision_config":{}}`, parts: `
			language-model: model.embed_tokens.weight model.layers.0.self_attn.q_proj.weight model.gated_cross_attn_layers.0.alpha_cross_attn lm_head.weight
			vision-encoder: model.vision_model.encoder.layers.0.mlp.fc1.weight
			projector: model.perceiver_resampler.latents`},
		{name: "Idefics2", config: `{"model_type":"idefics2","architectures":["Idefics2ForConditionalGeneration"],"perceiver_config":{"model_type":"idefics2"}}`, parts: `
			language-model: model.text_model.embed_tokens.weight model.text_model.layers.0.mlp.gate_proj.weight lm_head.weight
			vision-encoder: model.vision_model.encoder.layers.0.self_attn.q_proj.weight
			projector: model.connector.modality_projection.gate_proj.weight model.connector.perceiver_resampler.latents`},
		{name: "Idefics3 and SmolVLM", config: `{"model_type":"smolvlm","architectures":["SmolVLMForConditionalGeneration"]}`, parts: `
			language-model: model.text_model.layers.0.self_attn.v_proj.weight model.text_model.norm.weight lm_head.weight
			vision-encoder: model.vision_model.embeddings.position_embedding.weight
			projector: model.connector.modality_projection.proj.weight`},
		{name: "PaliGemma", config: `{"model_type":"paligemma","architectures":["PaliGemmaForConditionalGeneration"]}`, parts: `
			language-model: language_model.model.layers.0.pre_feedforward_layernorm.weight
			vision-encoder: vision_tower.vision_model.encoder.layers.0.self_attn.q_proj.bias
			projector: multi_modal_projector.linear.weight`},
		{name: "Gemma 3", config: `{"model_type":"gemma3","architectures":["Gemma3ForConditionalGeneration"],"text_config":{},"vision_config":{}}`, parts: `
			language-model: language_model.model.layers.0.self_attn.q_norm.weight
			vision-encoder: vision_tower.vision_model.head.attention.in_proj_weight vision_tower.vision_model.post_layernorm.weight
			projector: multi_modal_projector.mm_input_projection_weight multi_modal_projector.mm_soft_emb_norm.weight`},
		{name: "Gemma 3n", config: `{"model_type":"gemma3n","architectures":["Gemma3nForConditionalGeneration"]}`, parts: `
			language-model: model.language_model.layers.0.altup.correct_output_scale model.language_model.embed_tokens_per_layer.weight model.language_model.per_layer_model_projection.weight
			vision-encoder: model.vision_tower.timm_model.conv_stem.conv.weight model.vision_tower.timm_model.msfa.norm.weight
			audio-encoder: model.audio_tower.conformer.0.attention.attn.q_proj.weight
			projector: model.embed_vision.embedding_projection.weight model.embed_audio.hard_embedding_norm.weight`},
		{name: "Llama 3.2 vision", config: `{"model_type":"mllama","architectures":["MllamaForConditionalGeneration"]}`, parts: `
			language-model: language_model.model.layers.3.cross_attn.q_proj.weight language_model.model.layers.3.cross_attn_attn_gate language_model.model.layers.0.self_attn.q_proj.weight language_model.lm_head.weight
			vision-encoder: vision_model.class_embedding vision_model.global_transformer.layers.0.gate_attn vision_model.transformer.layers.0.mlp.fc1.weight
			projector: multi_modal_projector.weight multi_modal_projector.bias`},
		{name: "Llama 4", config: `{"model_type":"llama4","architectures":["Llama4ForConditionalGeneration"]}`, parts: `
			language-model: language_model.model.layers.0.feed_forward.experts.gate_up_proj language_model.model.layers.0.feed_forward.router.weight
			vision-encoder: vision_model.patch_embedding.linear.weight vision_model.model.layers.0.self_attn.q_proj.weight
			projector: vision_model.vision_adapter.mlp.fc1.weight multi_modal_projector.linear_1.weight`},
		{name: "Pixtral, Mistral's names", config: "", file: "consolidated.safetensors", parts: `
			language-model: tok_embeddings.weight layers.0.attention.wq.weight norm.weight output.weight
			vision-encoder: vision_encoder.patch_conv.weight vision_encoder.transformer.layers.0.attention.wq.weight
			projector: vision_language_adapter.w_in.weight patch_merger.merging_layer.weight pre_mm_projector_norm.weight`},
		{name: "Mistral 3", config: `{"model_type":"mistral3","architectures":["Mistral3ForConditionalGeneration"]}`, parts: `
			language-model: language_model.model.layers.0.self_attn.q_proj.weight
			vision-encoder: vision_tower.patch_conv.weight vision_tower.ln_pre.weight vision_tower.transformer.layers.0.feed_forward.up_proj.weight
			projector: multi_modal_projector.patch_merger.merging_layer.weight multi_modal_projector.norm.weight`},
		{name: "Molmo", config: `{"model_type":"molmo","architectures":["MolmoForCausalLM"]}`, parts: `
			language-model: model.transformer.wte.embedding model.transformer.wte.new_embedding model.transformer.blocks.0.att_proj.weight model.transformer.ff_out.weight model.transformer.ln_f.weight
			vision-encoder: model.vision_backbone.image_vit.transformer.resblocks.0.attention.wq.weight model.vision_backbone.pad_embed
			projector: model.vision_backbone.image_pooling_2d.wq.weight model.vision_backbone.image_projector.w1.weight`},
		{name: "Florence-2", config: `{"model_type":"florence2","architectures":["Florence2ForConditionalGeneration"]}`, parts: `
			language-model: language_model.model.encoder.layers.0.fc1.weight language_model.model.shared.weight language_model.lm_head.weight
			vision-encoder: vision_tower.blocks.0.0.spatial_block.ffn.fn.net.fc1.weight
			projector: image_projection image_proj_norm.weight image_pos_embed.row_embeddings.weight visual_temporal_embed.pos_idx_to_embed`},
		{name: "BLIP-2", config: `{"model_type":"blip-2","architectures":["Blip2ForConditionalGeneration"],"qformer_config":{"model_type":"blip_2_qformer"}}`, parts: `
			language-model: language_model.model.decoder.layers.0.fc1.weight language_model.lm_head.weight
			vision-encoder: vision_model.encoder.layers.0.self_attn.qkv.weight
			projector: query_tokens qformer.encoder.layer.0.crossattention.attention.query.weight qformer.layernorm.weight language_projection.weight`},
		{name: "InstructBLIP", config: `{"model_type":"instructblip","architectures":["InstructBlipForConditionalGeneration"]}`, parts: `
			language-model: language_model.encoder.block.0.layer.0.SelfAttention.q.weight
			vision-encoder: vision_model.embeddings.class_embedding
			projector: qformer.embeddings.word_embeddings.weight language_projection.bias`},
		{name: "BLIP", config: `{"model_type":"blip","architectures":["BlipForConditionalGeneration"]}`, parts: `
			language-model: text_decoder.bert.encoder.layer.0.crossattention.self.query.weight text_decoder.cls.predictions.bias
			vision-encoder: vision_model.encoder.layers.0.mlp.fc1.weight`},
		{name: "Kosmos-2", config: `{"model_type":"kosmos-2","architectures":["Kosmos2ForConditionalGeneration"]}`, parts: `
			language-model: text_model.model.layers.0.self_attn.q_proj.weight text_model.lm_head.weight
			vision-encoder: vision_model.model.encoder.layers.0.mlp.fc1.weight
			projector: image_to_text_projection.latent_query image_to_text_projection.x_attn.q_proj.weight`},
		{name: "Janus, original names", config: `{"model_type":"multi_modality","architectures":["MultiModalityCausalLM"],"vision_config":{"model_type":"vision"},"gen_vision_config":{"model_type":"gen_vision"},"language_config":{"model_type":"llama"}}`, parts: `
			language-model: language_model.model.layers.0.self_attn.q_proj.weight
			vision-encoder: vision_model.vision_tower.blocks.0.attn.qkv.weight
			projector: aligner.layers.0.weight gen_aligner.layers.0.weight gen_embed.weight
			vae: gen_vision_model.encoder.conv_in.weight gen_vision_model.quantize.embedding.weight
			head: gen_head.output_mlp_projector.weight gen_head.vision_head.weight`},
		{name: "Janus, transformers", config: `{"model_type":"janus","architectures":["JanusForConditionalGeneration"]}`, parts: `
			language-model: model.language_model.layers.0.mlp.up_proj.weight lm_head.weight
			vision-encoder: model.vision_model.encoder.layers.0.self_attn.q_proj.weight
			projector: model.aligner.fc1.weight model.generation_aligner.fc1.weight model.generation_embeddings.weight
			vae: model.vqmodel.decoder.conv_in.weight
			head: model.generation_head.vision_head.weight`},
		{name: "DeepSeek-VL", config: `{"model_type":"multi_modality","architectures":["MultiModalityCausalLM"]}`, parts: `
			language-model: language_model.model.layers.0.input_layernorm.weight
			vision-encoder: vision_model.vision_tower_high.vision_tower.blocks.0.attn.qkv.weight vision_model.vision_tower_low.vision_tower.pos_embed
			projector: aligner.high_up_proj.weight aligner.layers.1.weight`},
		{name: "DeepSeek-VL2", config: `{"model_type":"deepseek_vl_v2","architectures":["DeepseekVLV2ForCausalLM"],"language_config":{"model_type":"deepseek_v2"}}`, parts: `
			language-model: language.model.layers.0.self_attn.kv_b_proj.weight language.lm_head.weight
			vision-encoder: vision.blocks.0.attn.qkv.weight vision.attn_pool.latent
			projector: projector.layers.0.weight image_newline view_seperator`},
		{name: "DeepSeek-OCR", config: `{"model_type":"deepseek_vl_v2","architectures":["DeepseekOCRForCausalLM"]}`, parts: `
			language-model: model.embed_tokens.weight model.layers.0.mlp.down_proj.weight lm_head.weight
			vision-encoder: model.sam_model.blocks.0.attn.qkv.weight model.vision_model.transformer.layers.0.mlp.fc1.weight
			projector: model.projector.layers.weight model.image_newline model.view_seperator`},
		{name: "GLM-4V", config: `{"model_type":"chatglm","architectures":["ChatGLMForConditionalGeneration"]}`, parts: `
			language-model: transformer.embedding.word_embeddings.weight transformer.encoder.layers.0.self_attention.query_key_value.weight transformer.output_layer.weight
			vision-encoder: transformer.vision.patch_embedding.cls_embedding transformer.vision.transformer.layers.0.attention.query_key_value.weight
			projector: transformer.vision.linear_proj.linear_proj.weight transformer.vision.boi transformer.vision.eoi`},
		{name: "GLM-4.1V", config: `{"model_type":"glm4v","architectures":["Glm4vForConditionalGeneration"]}`, parts: `
			language-model: model.language_model.layers.0.post_mlp_layernorm.weight lm_head.weight
			vision-encoder: model.visual.blocks.0.attn.qkv.weight model.visual.post_conv_layernorm.weight
			projector: model.visual.downsample.weight model.visual.merger.gate_proj.weight`},
		{name: "CogVLM", config: `{"model_type":"cogvlm","architectures":["CogVLMForCausalLM"]}`, parts: `
			language-model: model.embed_tokens.weight model.layers.0.self_attn.vision_expert_query_key_value.weight model.layers.0.mlp.vision_mlp.gate_proj.weight model.layers.0.self_attn.language_expert_dense.weight lm_head.weight
			vision-encoder: model.vision.transformer.layers.0.mlp.fc1.weight
			projector: model.vision.linear_proj.dense_h_to_4h.weight model.vision.boi`},
		{name: "Ovis", config: `{"model_type":"ovis","architectures":["Ovis"],"llm_config":{"model_type":"qwen2"},"visual_tokenizer_config":{"model_type":"siglip_visual_tokenizer"}}`, parts: `
			language-model: llm.model.layers.0.self_attn.q_proj.weight llm.lm_head.weight
			vision-encoder: visual_tokenizer.backbone.vision_model.encoder.layers.0.mlp.fc1.weight
			projector: visual_tokenizer.head.0.weight vte.weight`},
		{name: "Moondream", config: `{"model_type":"moondream1","architectures":["HfMoondream"]}`, parts: `
			language-model: model.text.wte model.text.blocks.0.attn.qkv.weight model.text.post_ln.weight model.text.lm_head.weight
			vision-encoder: model.vision.blocks.0.attn.qkv.weight model.vision.patch_emb.weight
			projector: model.vision.proj_mlp.fc1.weight
			head: model.region.coord_encoder.weight`},
		{name: "Fuyu", config: `{"model_type":"fuyu","architectures":["FuyuForCausalLM"]}`, parts: `
			language-model: language_model.model.layers.0.mlp.dense_h_to_4h.weight
			projector: vision_embed_tokens.weight`},
		{name: "Kimi-VL", config: `{"model_type":"kimi_vl","architectures":["KimiVLForConditionalGeneration"]}`, parts: `
			language-model: language_model.model.layers.0.mlp.gate_proj.weight
			vision-encoder: vision_tower.encoder.blocks.0.wqkv.weight vision_tower.patch_embed.pos_emb.weight
			projector: multi_modal_projector.pre_norm.weight multi_modal_projector.linear_1.weight`},

		// Sound and language.
		{name: "Qwen2-Audio", config: `{"model_type":"qwen2_audio","architectures":["Qwen2AudioForConditionalGeneration"]}`, parts: `
			language-model: language_model.model.layers.0.self_attn.q_proj.weight language_model.lm_head.weight
			audio-encoder: audio_tower.conv1.weight audio_tower.layers.0.fc1.weight
			projector: multi_modal_projector.linear.weight`},
		{name: "Qwen2.5-Omni", config: `{"model_type":"qwen2_5_omni","architectures":["Qwen2_5OmniModel"],"thinker_config":{"text_config":{},"vision_config":{},"audio_config":{}},"talker_config":{"model_type":"qwen2_5_omni_talker"},"token2wav_config":{"model_type":"qwen2_5_omni_token2wav"}}`, parts: `
			language-model: thinker.model.embed_tokens.weight thinker.model.layers.0.mlp.up_proj.weight thinker.lm_head.weight
			language-model:talker: talker.model.layers.0.self_attn.q_proj.weight talker.thinker_to_talker_proj.weight talker.codec_head.weight
			vision-encoder: thinker.visual.blocks.0.attn.q.weight
			audio-encoder: thinker.audio_tower.conv1.weight thinker.audio_tower.audio_bos_eos_token.weight
			projector: thinker.visual.merger.mlp.0.weight thinker.audio_tower.proj.weight
			other:token2wav: token2wav.code2wav_dit_model.transformer_blocks.0.attn.to_q.weight token2wav.code2wav_bigvgan_model.conv_pre.weight`},
		{name: "Qwen3-Omni", config: `{"model_type":"qwen3_omni_moe","architectures":["Qwen3OmniMoeForConditionalGeneration"]}`, parts: `
			language-model: thinker.model.layers.0.mlp.experts.0.up_proj.weight thinker.lm_head.weight
			language-model:talker: talker.model.layers.0.mlp.gate.weight talker.code_predictor.model.layers.0.mlp.up_proj.weight talker.text_projection.linear_fc1.weight
			vision-encoder: thinker.visual.blocks.0.attn.qkv.weight
			audio-encoder: thinker.audio_tower.conv2d1.weight thinker.audio_tower.conv_out.weight
			projector: thinker.visual.merger.mlp.0.weight thinker.visual.merger_list.0.ln_q.weight thinker.audio_tower.proj1.weight thinker.audio_tower.proj2.bias
			other:code2wav: code2wav.decoder.0.conv.weight code2wav.pre_transformer.layers.0.mlp.up_proj.weight`},
		{name: "Ultravox, projector only", config: `{"model_type":"ultravox","architectures":["UltravoxModel"],"audio_config":{},"text_config":{}}`, parts: `
			projector: multi_modal_projector.ln_pre.weight multi_modal_projector.linear_1.weight multi_modal_projector.linear_2.weight`},
		{name: "Ultravox", config: `{"model_type":"ultravox","architectures":["UltravoxModel"]}`, parts: `
			language-model: language_model.model.layers.0.mlp.up_proj.weight
			audio-encoder: audio_tower.layers.0.fc1.weight
			projector: multi_modal_projector.ln_mid.weight`},
		{name: "Voxtral", config: `{"model_type":"voxtral","architectures":["VoxtralForConditionalGeneration"]}`, parts: `
			language-model: language_model.model.layers.0.mlp.up_proj.weight language_model.lm_head.weight
			audio-encoder: audio_tower.layers.0.self_attn.q_proj.weight audio_tower.embed_positions.weight
			projector: multi_modal_projector.linear_1.weight`},
		{name: "Voxtral, Mistral's names", file: "consolidated.safetensors", parts: `
			language-model: layers.0.attention.wq.weight norm.weight output.weight mm_whisper_embeddings.tok_embeddings.weight
			audio-encoder: mm_whisper_embeddings.whisper_encoder.transformer.layers.0.attention.wq.weight
			projector: mm_whisper_embeddings.audio_language_projection.0.weight`},
		{name: "Granite Speech", config: `{"model_type":"granite_speech","architectures":["GraniteSpeechForConditionalGeneration"],"encoder_config":{"model_type":"granite_speech_encoder"},"projector_config":{"model_type":"blip_2_qformer"},"text_config":{"model_type":"granite"}}`, parts: `
			language-model: language_model.model.layers.0.mlp.up_proj.weight
			audio-encoder: encoder.input_linear.weight encoder.layers.0.attn.to_q.weight encoder.out_mid.weight
			projector: projector.query projector.qformer.encoder.layer.0.attention.attention.query.weight projector.linear.weight`},
		{name: "Whisper", config: `{"model_type":"whisper","architectures":["WhisperForConditionalGeneration"]}`, parts: `
			audio-encoder: model.encoder.conv1.weight model.encoder.layers.0.self_attn.q_proj.weight
			language-model: model.decoder.embed_tokens.weight model.decoder.layers.0.encoder_attn.q_proj.weight proj_out.weight`},
		{name: "SpeechT5, synthesis", config: `{"model_type":"speecht5","architectures":["SpeechT5ForTextToSpeech"]}`, parts: `
			other: speecht5.encoder.prenet.embed_tokens.weight speecht5.encoder.wrapped_encoder.layers.0.layer_norm.weight speecht5.decoder.prenet.layers.0.weight speech_decoder_postnet.feat_out.weight`},
		{name: "SpeechT5, recognition", config: `{"model_type":"speecht5","architectures":["SpeechT5ForSpeechToText"]}`, parts: `
			audio-encoder: speecht5.encoder.prenet.feature_encoder.conv_layers.0.conv.weight speecht5.encoder.wrapped_encoder.layers.0.layer_norm.weight
			language-model: speecht5.decoder.prenet.embed_tokens.weight text_decoder_postnet.lm_head.weight`},
		{name: "Wav2Vec2", config: `{"model_type":"wav2vec2","architectures":["Wav2Vec2ForCTC"]}`, parts: `
			audio-encoder: wav2vec2.feature_extractor.conv_layers.0.conv.weight wav2vec2.encoder.layers.0.attention.q_proj.weight wav2vec2.masked_spec_embed
			head: lm_head.weight lm_head.bias`},
		{name: "CLAP", config: `{"model_type":"clap","architectures":["ClapModel"]}`, parts: `
			audio-encoder: audio_model.audio_encoder.patch_embed.proj.weight
			text-encoder: text_model.encoder.layer.0.attention.self.query.weight
			projector: audio_projection.linear1.weight text_projection.linear2.weight
			head: logit_scale_a logit_scale_t`},
		{name: "Encodec", config: `{"model_type":"encodec","architectures":["EncodecModel"]}`, parts: `
			audio-encoder: encoder.layers.0.conv.weight decoder.layers.0.conv.weight quantizer.layers.0.codebook.embed`},
		{name: "VITS", config: `{"model_type":"vits","architectures":["VitsModel"]}`, parts: `
			other: text_encoder.embed_tokens.weight flow.flows.0.conv_pre.weight decoder.conv_pre.weight duration_predictor.flows.0.translate posterior_encoder.conv_pre.weight`},
		{name: "Kokoro", config: `{"n_token":178,"istftnet":{}}`, file: "kokoro.safetensors", parts: `
			text-encoder: text_encoder.embedding.weight
			other: decoder.generator.conv_post.weight predictor.lstm.weight_ih_l0 bert_encoder.weight bert.encoder.albert_layer_groups.0.albert_layers.0.ffn.weight`},

		// Encoders.
		{name: "CLIP", config: `{"model_type":"clip","architectures":["CLIPModel"],"text_config":{},"vision_config":{}}`, parts: `
			vision-encoder: vision_model.embeddings.class_embedding vision_model.encoder.layers.0.mlp.fc1.weight
			text-encoder: text_model.embeddings.token_embedding.weight text_model.encoder.layers.0.mlp.fc1.weight text_model.final_layer_norm.weight
			projector: visual_projection.weight text_projection.weight
			head: logit_scale`},
		{name: "OpenCLIP", file: "open_clip_model.safetensors", parts: `
			vision-encoder: visual.conv1.weight visual.transformer.resblocks.0.mlp.c_fc.weight visual.proj
			text-encoder: transformer.resblocks.0.mlp.c_fc.weight token_embedding.weight positional_embedding ln_final.weight
			projector: text_projection
			head: logit_scale`},
		{name: "SigLIP", config: `{"model_type":"siglip","architectures":["SiglipModel"]}`, parts: `
			vision-encoder: vision_model.head.probe vision_model.encoder.layers.0.mlp.fc1.weight
			text-encoder: text_model.head.weight text_model.encoder.layers.0.mlp.fc1.weight
			head: logit_scale logit_bias`},
		{name: "CLIP vision model", config: `{"model_type":"clip_vision_model","architectures":["CLIPVisionModelWithProjection"]}`, parts: `
			vision-encoder: vision_model.embeddings.class_embedding vision_model.encoder.layers.0.mlp.fc1.weight visual_projection.weight`},
		{name: "BERT, masked tokens", config: `{"model_type":"bert","architectures":["BertForMaskedLM"]}`, parts: `
			text-encoder: bert.embeddings.word_embeddings.weight bert.encoder.layer.0.attention.self.query.weight bert.pooler.dense.weight
			head: cls.predictions.bias cls.predictions.transform.dense.weight cls.seq_relationship.weight`},
		{name: "BERT, cross-encoder", config: `{"model_type":"bert","architectures":["BertForSequenceClassification"]}`, parts: `
			text-encoder: bert.embeddings.LayerNorm.weight bert.encoder.layer.0.output.dense.weight
			head: classifier.weight classifier.bias`},
		{name: "RoBERTa", config: `{"model_type":"roberta","architectures":["RobertaForMaskedLM"]}`, parts: `
			text-encoder: roberta.encoder.layer.0.attention.self.query.weight
			head: lm_head.dense.weight lm_head.bias`},
		{name: "ModernBERT", config: `{"model_type":"modernbert","architectures":["ModernBertForMaskedLM"]}`, parts: `
			text-encoder: model.embeddings.tok_embeddings.weight model.layers.0.attn.Wqkv.weight model.final_norm.weight
			head: head.dense.weight head.norm.weight decoder.bias`},
		{name: "BERT without configuration", file: "bert.safetensors", parts: `
			text-encoder: embeddings.word_embeddings.weight encoder.layer.0.attention.self.query.weight pooler.dense.weight`},
		{name: "ColBERT", config: `{"model_type":"bert","architectures":["HF_ColBERT"]}`, parts: `
			text-encoder: bert.encoder.layer.0.output.dense.weight
			projector: linear.weight`},
		{name: "ColQwen2", config: `{"model_type":"qwen2_vl","architectures":["ColQwen2"]}`, parts: `
			language-model: model.embed_tokens.weight model.layers.0.mlp.up_proj.weight
			vision-encoder: visual.blocks.0.attn.qkv.weight
			projector: visual.merger.mlp.0.weight custom_text_proj.weight`},
		{name: "Model2Vec", config: `{"model_type":"model2vec","architectures":["StaticModel"]}`, parts: `
			embedding: embeddings`},
		{name: "ViT", config: `{"model_type":"vit","architectures":["ViTForImageClassification"]}`, parts: `
			vision-encoder: vit.embeddings.cls_token vit.encoder.layer.0.attention.attention.query.weight vit.layernorm.weight
			head: classifier.weight`},
		{name: "DINOv2", config: `{"model_type":"dinov2","architectures":["Dinov2Model"]}`, parts: `
			vision-encoder: embeddings.mask_token encoder.layer.0.layer_scale1.lambda1 layernorm.weight`},
		{name: "DETR", config: `{"model_type":"detr","architectures":["DetrForObjectDetection"]}`, parts: `
			vision-encoder: model.backbone.conv_encoder.model.conv1.weight model.encoder.layers.0.fc1.weight model.decoder.layers.0.fc1.weight model.query_position_embeddings.weight
			head: class_labels_classifier.weight bbox_predictor.layers.0.weight`},
		{name: "Segformer", config: `{"model_type":"segformer","architectures":["SegformerForSemanticSegmentation"]}`, parts: `
			vision-encoder: segformer.encoder.block.0.0.attention.self.query.weight
			head: decode_head.classifier.weight decode_head.linear_c.0.proj.weight`},
		{name: "Segment Anything", config: `{"model_type":"sam","architectures":["SamModel"]}`, parts: `
			vision-encoder: vision_encoder.layers.0.attn.qkv.weight vision_encoder.neck.conv1.weight
			head: mask_decoder.transformer.layers.0.mlp.lin1.weight prompt_encoder.mask_embed.conv1.weight
			other: shared_image_embedding.positional_embedding`},
		{name: "TrOCR", config: `{"model_type":"vision-encoder-decoder","architectures":["VisionEncoderDecoderModel"],"encoder":{"model_type":"vit"},"decoder":{"model_type":"trocr"}}`, parts: `
			vision-encoder: encoder.embeddings.cls_token encoder.encoder.layer.0.output.dense.weight
			language-model: decoder.model.decoder.layers.0.fc1.weight decoder.output_projection.weight
			projector: enc_to_dec_proj.weight`},

		// Language only.
		{name: "Llama", config: `{"model_type":"llama","architectures":["LlamaForCausalLM"]}`, parts: `
			language-model: model.embed_tokens.weight model.layers.0.self_attn.q_proj.weight model.norm.weight lm_head.weight`},
		{name: "Llama without configuration", file: "consolidated.safetensors", parts: `
			language-model: tok_embeddings.weight layers.0.attention.wq.weight norm.weight output.weight`},
		{name: "Reward model", config: `{"model_type":"llama","architectures":["LlamaForSequenceClassification"]}`, parts: `
			language-model: model.embed_tokens.weight model.layers.0.self_attn.q_proj.weight model.norm.weight
			head: score.weight`},
		{name: "Reward model with value head", config: `{"model_type":"internlm2","architectures":["InternLM2ForRewardModel"]}`, parts: `
			language-model: model.tok_embeddings.weight model.layers.0.attention.wqkv.weight
			head: v_head.weight`},
		{name: "T5", config: `{"model_type":"t5","architectures":["T5ForConditionalGeneration"]}`, parts: `
			language-model: shared.weight encoder.block.0.layer.0.SelfAttention.q.weight decoder.block.0.layer.1.EncDecAttention.q.weight lm_head.weight`},
		{name: "T5 encoder", config: `{"model_type":"t5","architectures":["T5EncoderModel"]}`, parts: `
			text-encoder: shared.weight encoder.block.0.layer.0.SelfAttention.q.weight encoder.final_layer_norm.weight`},
		{name: "BART", config: `{"model_type":"bart","architectures":["BartForSequenceClassification"]}`, parts: `
			language-model: model.shared.weight model.encoder.layers.0.fc1.weight model.decoder.layers.0.fc1.weight
			head: classification_head.dense.weight`},
		{name: "Mamba", config: `{"model_type":"mamba","architectures":["MambaForCausalLM"]}`, parts: `
			language-model: backbone.embeddings.weight backbone.layers.0.mixer.A_log backbone.norm_f.weight lm_head.weight`},
		{name: "RWKV", config: `{"model_type":"rwkv","architectures":["RwkvForCausalLM"]}`, parts: `
			language-model: rwkv.embeddings.weight rwkv.blocks.0.attention.time_decay head.weight`},
		{name: "RWKV-7, with low-rank layers of its own", config: `{"model_type":"rwkv7","architectures":["RWKV7ForCausalLM"]}`, parts: `
			language-model: model.embeddings.weight model.layers.0.attn.w_lora.lora.0.weight model.layers.0.attn.a_lora.lora.2.bias lm_head.weight`},
		{name: "DeepSeek V3 with multi-token prediction", config: `{"model_type":"deepseek_v3","architectures":["DeepseekV3ForCausalLM"]}`, parts: `
			language-model: model.embed_tokens.weight model.layers.0.self_attn.kv_a_proj_with_mqa.weight model.layers.61.eh_proj.weight model.layers.61.enorm.weight model.layers.61.shared_head.head.weight model.layers.61.embed_tokens.weight lm_head.weight`},
		{name: "gpt-oss", config: `{"model_type":"gpt_oss","architectures":["GptOssForCausalLM"]}`, parts: `
			language-model: model.layers.0.self_attn.sinks model.layers.0.mlp.experts.gate_up_proj_blocks model.layers.0.mlp.router.weight`},
		{name: "EAGLE draft", config: `{"model_type":"llama","architectures":["LlamaForCausalLMEagle3"]}`, parts: `
			language-model: fc.weight midlayer.self_attn.q_proj.weight d2t norm.weight`},

		// Diffusion.
		{name: "Stable Diffusion 1.5, one file", file: "v1-5-pruned.safetensors", parts: `
			diffusion-backbone: model.diffusion_model.input_blocks.0.0.weight model.diffusion_model.time_embed.0.weight
			diffusion-backbone:ema: model_ema.diffusion_modelinput_blocks00weight model_ema.decay
			vae: first_stage_model.encoder.conv_in.weight first_stage_model.quant_conv.weight
			text-encoder: cond_stage_model.transformer.text_model.encoder.layers.0.mlp.fc1.weight
			other: betas alphas_cumprod`},
		{name: "Stable Diffusion XL, one file", file: "sd_xl_base_1.0.safetensors", parts: `
			diffusion-backbone: model.diffusion_model.label_emb.0.0.weight
			vae: first_stage_model.decoder.conv_out.weight
			text-encoder: conditioner.embedders.0.transformer.text_model.embeddings.token_embedding.weight conditioner.embedders.1.model.transformer.resblocks.0.attn.in_proj_weight conditioner.embedders.1.model.text_projection conditioner.embedders.1.model.logit_scale`},
		{name: "Stable Diffusion 3, one file", file: "sd3_medium_incl_clips.safetensors", parts: `
			diffusion-backbone: model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight
			vae: first_stage_model.encoder.conv_in.weight
			text-encoder: text_encoders.clip_l.transformer.text_model.encoder.layers.0.mlp.fc1.weight text_encoders.t5xxl.transformer.shared.weight`},
		{name: "FLUX, one file", file: "flux1-dev.safetensors", parts: `
			diffusion-backbone: double_blocks.0.img_attn.qkv.weight single_blocks.0.linear1.weight img_in.weight txt_in.weight time_in.in_layer.weight final_layer.linear.weight`},
		{name: "FLUX autoencoder", file: "ae.safetensors", parts: `
			vae: encoder.conv_in.weight encoder.down.0.block.0.conv1.weight decoder.conv_in.weight decoder.up.0.block.0.conv1.weight`},
		{name: "Wan, its own names", config: `{"model_type":"t2v"}`, file: "diffusion_pytorch_model.safetensors", parts: `
			diffusion-backbone: patch_embedding.weight blocks.0.self_attn.q.weight blocks.0.modulation text_embedding.0.weight time_embedding.0.weight time_projection.1.weight head.head.weight`},
		{name: "UNet in diffusers' names", file: "unet.safetensors", parts: `
			diffusion-backbone: conv_in.weight down_blocks.0.resnets.0.conv1.weight mid_block.resnets.0.conv1.weight time_embedding.linear_1.weight conv_out.weight`},
		{name: "ControlNet in diffusers' names", file: "controlnet.safetensors", parts: `
			adapter: controlnet_cond_embedding.conv_in.weight controlnet_down_blocks.0.weight down_blocks.0.resnets.0.conv1.weight conv_in.weight`},

		// Adapters.
		{name: "PEFT", file: "adapter_model.safetensors", parts: `
			adapter: base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight base_model.model.lm_head.weight`},
		{name: "PEFT on a vision-language model", file: "adapter_model.safetensors", parts: `
			adapter: base_model.model.model.visual.blocks.0.attn.qkv.lora_A.weight base_model.model.model.language_model.layers.0.mlp.up_proj.lora_B.weight`},
		{name: "kohya", file: "style.safetensors", parts: `
			adapter: lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight lora_unet_down_blocks_0_attentions_0_proj_in.lora_up.weight lora_unet_down_blocks_0_attentions_0_proj_in.alpha lora_te_text_model_encoder_layers_0_mlp_fc1.alpha`},
		{name: "diffusers LoRA", file: "pytorch_lora_weights.safetensors", parts: `
			adapter: unet.down_blocks.0.attentions.0.proj_in.lora_A.weight text_encoder.text_model.encoder.layers.0.self_attn.q_proj.lora_linear_layer.down.weight`},
		{name: "diffusers LoRA, transformer", file: "detail.safetensors", parts: `
			adapter: transformer.single_transformer_blocks.0.attn.to_k.lora_A.weight transformer.transformer_blocks.0.attn.to_q.lora_B.weight`},
		{name: "diffusers LoRA, attention processors", file: "old.safetensors", parts: `
			adapter: down_blocks.0.attentions.0.transformer_blocks.0.attn1.processor.to_q_lora.down.weight down_blocks.0.attentions.0.transformer_blocks.0.attn1.processor.to_q_lora.up.weight`},
		{name: "LoKr", file: "lokr.safetensors", parts: `
			adapter: lycoris_blocks_0_attn.lokr_w1 lycoris_blocks_0_attn.lokr_w2 lycoris_blocks_0_attn.alpha`},
	}
}

func TestCut(t *testing.T) {
	for _, a := range architectures() {
		t.Run(a.name, func(t *testing.T) {
			want, names := a.want()
			m := memory{cmp.Or(a.file, "model.safetensors"): tensorFile(names...)}
			if a.config != "" {
				m["config.json"] = []byte(a.config)
			}
			if diff := gocmp.Diff(want, partsOf(t, build(t, m))); diff != "" {
				t.Errorf("tensors are in other parts (-want +got):\n%s", diff)
			}
		})
	}
}

// want reads the table's lines.
func (a architecture) want() (parts map[string]string, names []string) {
	parts = map[string]string{}
	for line := range strings.Lines(a.parts) {
		ref, list, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			continue
		}
		for _, n := range strings.Fields(list) {
			parts[n] = ref
			names = append(names, n)
		}
	}
	return parts, names
}

// TestCutOrder checks that the order of tensors and the number of shards do not
// matter.
func TestCutOrder(t *testing.T) {
	for _, a := range architectures() {
		want, names := a.want()
		slices.Reverse(names)
		m := memory{}
		index := indexFile("", m, map[string][]string{"model-1-of-2.safetensors": names[:len(names)/2], "model-2-of-2.safetensors": names[len(names)/2:]})
		m["model.safetensors.index.json"] = index
		if len(names) < 2 || a.file != "" {
			continue
		}
		if a.config != "" {
			m["config.json"] = []byte(a.config)
		}
		inv := build(t, m)
		if diff := gocmp.Diff(want, partsOf(t, inv)); diff != "" {
			t.Errorf("%s: tensors are in other parts when sharded (-want +got):\n%s", a.name, diff)
		}
		if len(inv.Problems) > 0 {
			t.Errorf("%s: problems %q", a.name, reasons(inv))
		}
	}
}
