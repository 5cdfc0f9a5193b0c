package inventory

import "testing"

// TestRoleOf holds names as they occur in public repositories.
func TestRoleOf(t *testing.T) {
	for role, names := range map[FileRole][]string{
		RoleConfig: {"config.json", "vision_tower/config.json", "original/params.json", "vision_config.json", "open_clip_config.json",
			"quantize_config.json", "hf_quant_config.json"},
		RoleGenerationConfig: {"generation_config.json"},
		RoleAdapterConfig:    {"adapter_config.json", "speech-lora/adapter_config.json"},
		RolePipeline:         {"model_index.json"},
		RoleModules:          {"modules.json", "config_sentence_transformers.json", "sentence_bert_config.json"},
		RoleWeightsIndex: {"model.safetensors.index.json", "pytorch_model.bin.index.json", "diffusion_pytorch_model.safetensors.index.json",
			"diffusion_pytorch_model.safetensors.index.fp16.json", "consolidated.safetensors.index.json", "tf_model.h5.index.json", "flax_model.msgpack.index.json"},
		RoleTokenizer: {"tokenizer.json", "tokenizer_config.json", "tokenizer.model", "original/tokenizer.model", "tokenizer.model.v3",
			"tokenizer.model.v7m1", "tekken.json", "vocab.json", "merges.txt", "vocab.txt", "spiece.model", "sentencepiece.bpe.model",
			"qwen.tiktoken", "special_tokens_map.json", "added_tokens.json", "source.spm", "normalizer.json", "entity_vocab.json"},
		RoleChatTemplate: {"chat_template.jinja", "chat_template.json", "additional_chat_templates/tool_use.jinja"},
		RoleProcessor:    {"preprocessor_config.json", "processor_config.json", "video_preprocessor_config.json", "scheduler/scheduler_config.json"},
		RoleCode:         {"modeling_phi3_v.py", "configuration_intern_vit.py", "tokenization_qwen.py", "zero_to_fp32.py", "demo.ipynb", "kernels/rotary.cu", "LICENSE.py"},
		RoleModelCard:    {"README.md", "onnx/readme.md"},
		RoleLicense: {"LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "LICENSE-MODEL", "LICENSE_CODE.md", "MODEL_LICENSE", "MODEL_LICENSE.pdf", "Notice",
			"NOTICE.txt", "USE_POLICY.md", "ACCEPTABLE_USE_POLICY.md", "COPYING", "THIRD_PARTY_NOTICES.md", "ThirdPartyNotices.txt", "license.mit"},
		RoleDocumentation: {"README_zh.md", "README", "SECURITY.md", "paper.pdf", "citation.bib", "CITATION.cff"},
		RoleMedia:         {"logo.svg", "assets/figure.png", "sample.WAV", "demo.mp4"},
		RoleSignature:     {"model.sig", "model.safetensors.sig", "model.sigstore", "model.gguf.asc"},
		RoleTrainingState: {"optimizer.pt", "scheduler.pt", "training_args.bin", "trainer_state.json", "rng_state.pth", "checkpoint-5/rng_state_3.pth",
			"global_step5/bf16_zero_pp_rank_0_mp_rank_00_optim_states.pt", "runs/events.out.tfevents.1700000000.host.1.0", "random_states_0.pkl.pt", "eval_results.json"},
		RoleOther: {".gitattributes", "requirements.txt", "model.safetensors", "original/consolidated.00.pth", "onnx/model.onnx", "model.onnx_data",
			"openvino/openvino_model.xml", "openvino/openvino_model.bin", "license_plate.onnx", "notice_board.pt", "configuration.json", "latest", "model.safetensors.json",
			"index.json", "x.index.json", "tokenizer.onnx", "global_step5/mp_rank_00_model_states.pt", "speaker_embeddings/voice.npy", "recipe.yaml", "mmproj-F16.gguf"},
	} {
		for _, name := range names {
			if got := roleOf(name); got != role {
				t.Errorf("%s: %s, want %s", name, got, role)
			}
		}
	}
}

func TestIndexName(t *testing.T) {
	for name, stem := range map[string]string{
		"model.safetensors.index.json": "model", "diffusion_pytorch_model.safetensors.index.fp16.json": "diffusion_pytorch_model.fp16",
		"pytorch_model.bin.index.json": "pytorch_model", "model.v2.safetensors.index.json": "model.v2", "Model.Safetensors.Index.json": "Model.Safetensors.Index",
	} {
		if got := indexStem(name); got != stem {
			t.Errorf("%s: %q, want %q", name, got, stem)
		}
	}
	for _, name := range []string{"index.json", ".index.json", "a.index.json", "model.safetensors.indexes.json", "model.safetensors.index", "model.json.index.json"} {
		if isIndexName(name) {
			t.Errorf("%s was taken for an index", name)
		}
	}
}

// TestRolesByContent checks what the bytes add to the names.
func TestRolesByContent(t *testing.T) {
	inv := build(t, memory{
		"model.safetensors": tensorFile("a"), "weights.dat": ggufFile(nil, "b"), "training_args.bin": torchZip(), "optimizer.pt": torchZip(),
		"license_plate.pt": torchZip(), "notes.txt": []byte("x"), "data.parquet": []byte("ABSENT"), "tokenizer.json": []byte("ABSENT"), "blob": []byte("ABSENT"),
	})
	got := map[string]FileRole{}
	for _, f := range inv.Files {
		got[f.Path] = f.Role
	}
	for name, want := range map[string]FileRole{"model.safetensors": RoleWeights, "weights.dat": RoleWeights, "training_args.bin": RoleTrainingState,
		"optimizer.pt": RoleTrainingState, "license_plate.pt": RoleWeights, "notes.txt": RoleOther, "data.parquet": RoleOther, "tokenizer.json": RoleTokenizer, "blob": RoleWeights} {
		if got[name] != want {
			t.Errorf("%s: %s, want %s", name, got[name], want)
		}
	}
	checkInvariants(t, inv)
}
