package inventory

import (
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

const (
	stableDiffusion = `{"_class_name":"StableDiffusionPipeline","unet":["diffusers","UNet2DConditionModel"],"vae":["diffusers","AutoencoderKL"],
		"text_encoder":["transformers","CLIPTextModel"],"tokenizer":["transformers","CLIPTokenizer"],"scheduler":["diffusers","PNDMScheduler"],
		"safety_checker":["stable_diffusion","StableDiffusionSafetyChecker"],"feature_extractor":["transformers","CLIPImageProcessor"]}`
	stableDiffusionXL = `{"_class_name":"StableDiffusionXLPipeline","unet":["diffusers","UNet2DConditionModel"],"vae":["diffusers","AutoencoderKL"],
		"text_encoder":["transformers","CLIPTextModel"],"text_encoder_2":["transformers","CLIPTextModelWithProjection"]}`
	stableDiffusion3 = `{"_class_name":"StableDiffusion3Pipeline","transformer":["diffusers","SD3Transformer2DModel"],"vae":["diffusers","AutoencoderKL"],
		"text_encoder":["transformers","CLIPTextModelWithProjection"],"text_encoder_3":["transformers","T5EncoderModel"]}`
	wan = `{"_class_name":"WanPipeline","transformer":["diffusers","WanTransformer3DModel"],"transformer_2":["diffusers","WanTransformer3DModel"],
		"vae":["diffusers","AutoencoderKLWan"],"text_encoder":["transformers","UMT5EncoderModel"],"image_encoder":["transformers","CLIPVisionModel"]}`
	novel = `{"_class_name":"MyPipeline","denoiser":["diffusers","FluxTransformer2DModel"],"codec":["diffusers","AutoencoderOobleck"],
		"mllm":["transformers","Qwen2_5_VLForConditionalGeneration"],"thing":["my","Thing"]}`
	sentence = `[{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"},
		{"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.models.Pooling"},
		{"idx":2,"name":"2","path":"2_Dense","type":"sentence_transformers.models.Dense"}]`
	oldSentence = `[{"idx":0,"name":"0","path":"0_Transformer","type":"sentence_transformers.models.Transformer"}]`
	static      = `[{"idx":0,"name":"0","path":"0_StaticEmbedding","type":"sentence_transformers.models.StaticEmbedding"}]`
	bert        = `{"model_type":"bert","architectures":["BertModel"]}`
	llama       = `{"model_type":"llama","architectures":["LlamaForCausalLM"]}`
)

// TestFolders cuts repositories whose folders, not tensor names, say what is
// what. Every file has tensors of n bytes, so that sizes can differ.
func TestFolders(t *testing.T) {
	text, layers := "text_model.encoder.layers.0.mlp.fc1.weight", []string{"model.embed_tokens.weight", "model.layers.0.mlp.up_proj.weight"}
	big := func(names ...string) []byte { return sizedFile(64, names...) }
	for _, test := range []struct {
		name         string
		files        memory
		want         []string
		alternatives []string
	}{
		{"Stable Diffusion 1.5", memory{
			"model_index.json": []byte(stableDiffusion), "unet/diffusion_pytorch_model.safetensors": big("conv_in.weight"),
			"unet/diffusion_pytorch_model.fp16.safetensors": big("conv_in.weight"), "unet/diffusion_pytorch_model.non_ema.safetensors": big("conv_in.weight"),
			"vae/diffusion_pytorch_model.safetensors": big("encoder.conv_in.weight"), "text_encoder/model.safetensors": big(text),
			"text_encoder/model.fp16.safetensors": big(text), "safety_checker/model.safetensors": big("vision_model.x", "special_care_embeds"),
			"v1-5-pruned-emaonly.safetensors": big("model.diffusion_model.input_blocks.0.0.weight", "first_stage_model.x", "cond_stage_model.x"),
		}, []string{
			"text-encoder", "text-encoder:model.fp16", "text-encoder:v1-5-pruned-emaonly",
			"diffusion-backbone", "diffusion-backbone:diffusion_pytorch_model.fp16", "diffusion-backbone:diffusion_pytorch_model.non_ema", "diffusion-backbone:v1-5-pruned-emaonly",
			"vae", "vae:v1-5-pruned-emaonly", "head:safety_checker"},
			[]string{"text-encoder:model.fp16", "text-encoder:v1-5-pruned-emaonly", "diffusion-backbone:diffusion_pytorch_model.fp16",
				"diffusion-backbone:diffusion_pytorch_model.non_ema", "diffusion-backbone:v1-5-pruned-emaonly", "vae:v1-5-pruned-emaonly"}},
		{"Stable Diffusion XL", memory{
			"model_index.json": []byte(stableDiffusionXL), "unet/diffusion_pytorch_model.safetensors": big("conv_in.weight"), "vae/diffusion_pytorch_model.safetensors": big("x"),
			"text_encoder/model.safetensors": big(text), "text_encoder_2/model.safetensors": big(text, "text_projection.weight"),
		}, []string{"text-encoder", "text-encoder:text_encoder_2", "diffusion-backbone", "vae"}, nil},
		{"Stable Diffusion 3", memory{
			"model_index.json": []byte(stableDiffusion3), "transformer/diffusion_pytorch_model.safetensors": big("transformer_blocks.0.attn.to_q.weight"), "vae/diffusion_pytorch_model.safetensors": big("x"),
			"text_encoder/model.safetensors": big(text), "text_encoder_3/model.safetensors": big("shared.weight"),
		}, []string{"text-encoder", "text-encoder:text_encoder_3", "diffusion-backbone", "vae"}, nil},
		{"Wan", memory{
			"model_index.json": []byte(wan), "transformer/diffusion_pytorch_model.safetensors": big("blocks.0.x"), "transformer_2/diffusion_pytorch_model.safetensors": big("blocks.0.x"),
			"vae/diffusion_pytorch_model.safetensors": big("x"), "text_encoder/model.safetensors": big("shared.weight"), "image_encoder/model.safetensors": big("vision_model.x"),
		}, []string{"vision-encoder", "text-encoder", "diffusion-backbone", "diffusion-backbone:transformer_2", "vae"}, nil},
		{"pipeline with names of its own", memory{
			"model_index.json": []byte(novel), "denoiser/diffusion_pytorch_model.safetensors": big("x"), "codec/diffusion_pytorch_model.safetensors": big("x"),
			"mllm/model.safetensors": big("visual.x"), "thing/model.safetensors": big("x"),
		}, []string{"language-model:mllm", "diffusion-backbone:denoiser", "vae:codec", "other:thing"}, nil},
		{"sentence-transformers", memory{
			"modules.json": []byte(sentence), "config.json": []byte(bert), "model.safetensors": big("embeddings.word_embeddings.weight", "pooler.dense.weight"),
			"2_Dense/model.safetensors": big("linear.weight"), "2_Dense/config.json": []byte(`{"in_features":8,"out_features":4}`), "onnx/model.onnx": onnx(),
		}, []string{"projector:2_Dense", "embedding", "embedding:onnx"}, []string{"embedding:onnx"}},
		{"sentence-transformers, old layout", memory{
			"modules.json": []byte(oldSentence), "0_Transformer/config.json": []byte(bert), "0_Transformer/model.safetensors": big("embeddings.word_embeddings.weight"),
		}, []string{"embedding:0_Transformer"}, nil},
		{"static embeddings", memory{
			"modules.json": []byte(static), "0_StaticEmbedding/model.safetensors": big("embedding.weight"),
		}, []string{"embedding:0_StaticEmbedding"}, nil},
		{"embedding model that sees", memory{
			"modules.json": []byte(sentence), "config.json": []byte(`{"model_type":"qwen2_vl","architectures":["Qwen2VLForConditionalGeneration"]}`),
			"model.safetensors": big("model.embed_tokens.weight", "model.layers.0.mlp.up_proj.weight", "visual.blocks.0.attn.qkv.weight", "visual.merger.mlp.0.weight"),
		}, []string{"language-model", "vision-encoder", "projector"}, nil},
		{"original beside converted", memory{
			"config.json": []byte(llama), "model.safetensors": big(layers...), "original/consolidated.safetensors": big("tok_embeddings.weight", "layers.0.attention.wq.weight"),
			"original/params.json": []byte(`{"dim":64}`), "gguf/model-Q8_0.gguf": ggufFile([]pair{{"general.architecture", "llama"}}, "token_embd.weight"),
		}, []string{"language-model", "language-model:gguf", "language-model:original"}, []string{"language-model:original"}},
		{"draft beside its target", memory{
			"config.json": []byte(llama), "model.safetensors": sizedFile(400, layers...), "draft/config.json": []byte(llama), "draft/model.safetensors": sizedFile(4, layers...),
		}, []string{"language-model", "language-model:draft"}, nil},
		{"checkpoints of a training run", memory{
			"config.json": []byte(llama), "model.safetensors": big(layers...), "checkpoint-500/config.json": []byte(llama), "checkpoint-500/model.safetensors": big(layers...),
		}, []string{"language-model", "language-model:checkpoint-500"}, []string{"language-model:checkpoint-500"}},
		{"another model in a folder", memory{
			"config.json": []byte(llama), "model.safetensors": big(layers...),
			"whisper-large-v3/config.json":       []byte(`{"model_type":"whisper","architectures":["WhisperForConditionalGeneration"]}`),
			"whisper-large-v3/model.safetensors": big("model.encoder.layers.0.fc1.weight", "model.decoder.layers.0.fc1.weight"),
		}, []string{"language-model", "language-model:whisper-large-v3", "audio-encoder:whisper-large-v3"}, nil},
		{"built-in adapters beside a model", memory{
			"config.json": []byte(`{"model_type":"phi4mm","architectures":["Phi4MMForCausalLM"]}`), "model.safetensors": big(layers...),
			"speech-lora/adapter_model.safetensors": big("base_model.model.x.lora_A.weight"), "vision-lora/adapter_model.safetensors": big("base_model.model.x.lora_A.weight"),
		}, []string{"language-model", "adapter:speech-lora", "adapter:vision-lora"}, nil},
		{"quantisations and a projector in one folder", memory{
			"m-Q4_K_M.gguf":   ggufFile([]pair{{"general.architecture", "llama"}, {"x", "shorter"}}, "token_embd.weight"),
			"m-Q8_0.gguf":     ggufFile([]pair{{"general.architecture", "llama"}, {"x", "longer, as eight bits are than four: ........................"}}, "token_embd.weight"),
			"mmproj-F16.gguf": ggufFile([]pair{{"general.architecture", "clip"}}, "v.blk.0.attn_q.weight", "mm.0.weight"),
		}, []string{"language-model", "language-model:m-Q4_K_M", "vision-encoder", "projector"}, []string{"language-model:m-Q4_K_M"}},
		{"quantisations in folders", memory{
			"Q4/m-00001-of-00002.gguf": ggufFile([]pair{{"general.architecture", "llama"}, {"split.no", 0}, {"split.count", 2}}, "token_embd.weight"),
			"Q4/m-00002-of-00002.gguf": ggufFile([]pair{{"split.no", 1}, {"split.count", 2}}, "output.weight"),
			"Q8/m.gguf":                ggufFile([]pair{{"general.architecture", "llama"}}, "token_embd.weight", "output.weight"),
		}, []string{"language-model:Q4", "language-model:Q8"}, []string{"language-model:Q8"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			inv := build(t, test.files)
			slices.Sort(test.want)
			found := refs(inv)
			slices.Sort(found)
			if diff := gocmp.Diff(test.want, found); diff != "" {
				t.Errorf("parts differ (-want +got):\n%s", diff)
			}
			var got []string
			for _, p := range inv.Parts {
				if p.Alternative {
					got = append(got, ref(p))
				}
			}
			slices.Sort(got)
			slices.Sort(test.alternatives)
			if diff := gocmp.Diff(test.alternatives, got); diff != "" {
				t.Errorf("alternatives differ (-want +got):\n%s", diff)
			}
		})
	}
}

// onnx is an ONNX model that is cut off: its graph (field 7) has 127 bytes and
// one of them is here.
func onnx() []byte { return []byte{0x08, 0x08, 0x12, 0x01, 'x', 0x3a, 0x7f, 0x0a} }

// TestConfigOf checks which configuration describes which part.
func TestConfigOf(t *testing.T) {
	config := `{"model_type":"x_omni","architectures":["XOmniForConditionalGeneration"],
		"thinker_config":{"text_config":{"model_type":"t"},"vision_config":{"model_type":"v"},"audio_config":{"model_type":"a"}},
		"talker_config":{"model_type":"s","text_config":{"model_type":"st"}},"vision_projector_config":{"model_type":"p"}}`
	inv := build(t, memory{"config.json": []byte(config), "model.safetensors": tensorFile("thinker.model.layers.0.x", "thinker.model.embed_tokens.weight",
		"thinker.visual.blocks.0.x", "thinker.visual.merger.x", "thinker.audio_tower.layers.0.x", "talker.model.layers.0.x", "score.weight"),
		"lora/adapter_model.safetensors": tensorFile("x.lora_A.weight")})
	got := map[string]string{}
	for _, p := range inv.Parts {
		got[ref(p)] = p.ConfigPath + "#" + p.ConfigKey
	}
	want := map[string]string{
		"language-model": "config.json#thinker_config.text_config", "language-model:talker": "config.json#talker_config",
		"vision-encoder": "config.json#thinker_config.vision_config", "audio-encoder": "config.json#thinker_config.audio_config",
		"projector": "config.json#vision_projector_config", "head": "#", "adapter:lora": "#",
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("configurations differ (-want +got):\n%s", diff)
	}
}
