package inventory

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// TestCutGGUF cuts GGUF files as llama.cpp's converters name their tensors
// (gguf-py/gguf/constants.py), as ollama writes models with their encoder in one
// file, and as stable-diffusion.cpp does.
func TestCutGGUF(t *testing.T) {
	for _, test := range []struct {
		name     string
		metadata []pair
		parts    string
	}{
		{"language model", []pair{{"general.architecture", "llama"}}, `
			language-model: token_embd.weight blk.0.attn_q.weight output_norm.weight output.weight rope_freqs.weight`},
		{"mixture of experts with prediction layer", []pair{{"general.architecture", "glm4moe"}}, `
			language-model: token_embd.weight blk.0.ffn_gate_exps.weight blk.46.nextn.eh_proj.weight blk.46.nextn.shared_head_head.weight`},
		{"state space", []pair{{"general.architecture", "mamba"}}, `
			language-model: token_embd.weight blk.0.ssm_a`},
		{"sequence to sequence", []pair{{"general.architecture", "t5"}}, `
			language-model: token_embd.weight enc.blk.0.attn_q.weight dec.blk.0.cross_attn_q.weight`},
		{"text encoder of an image model", []pair{{"general.architecture", "t5encoder"}}, `
			text-encoder: token_embd.weight enc.blk.0.attn_q.weight enc.output_norm.weight`},
		{"reranker", []pair{{"general.architecture", "bert"}}, `
			text-encoder: token_embd.weight token_types.weight blk.0.attn_q.weight
			head: cls.weight cls.output.weight`},
		{"image model", []pair{{"general.architecture", "flux"}}, `
			diffusion-backbone: double_blocks.0.img_attn.qkv.weight img_in.weight final_layer.linear.weight`},
		{"image model without architecture", nil, `
			diffusion-backbone: model.diffusion_model.input_blocks.0.0.weight
			vae: first_stage_model.decoder.conv_in.weight
			text-encoder: cond_stage_model.transformer.text_model.final_layer_norm.weight`},
		{"projector: llava with newline", []pair{{"general.architecture", "clip"}, {"clip.projector_type", "mlp"}}, `
			vision-encoder: v.patch_embd.weight v.blk.0.attn_q.weight v.position_embd.weight v.pre_ln.weight
			projector: mm.0.weight mm.2.bias model.image_newline`},
		{"projector: llava with pooling", []pair{{"general.architecture", "clip"}, {"clip.projector_type", "ldpv2"}}, `
			vision-encoder: v.blk.0.ffn_up.weight
			projector: mm.model.mlp.0.weight mm.model.peg.0.weight`},
		{"projector: resampler", []pair{{"general.architecture", "clip"}, {"clip.projector_type", "resampler"}}, `
			vision-encoder: v.blk.0.ln1.weight v.post_ln.weight
			projector: resampler.query resampler.attn.q.weight resampler.kv.weight`},
		{"projector: qwen3vl_merger", []pair{{"general.architecture", "clip"}, {"clip.projector_type", "qwen3vl_merger"}}, `
			vision-encoder: v.blk.0.attn_qkv.weight v.patch_embd.weight.1
			projector: mm.0.weight v.deepstack.5.fc1.weight v.deepstack.5.norm.weight`},
		{"projector: pixtral", []pair{{"general.architecture", "clip"}, {"clip.projector_type", "pixtral"}}, `
			vision-encoder: v.blk.0.ffn_gate.weight
			projector: mm.1.weight mm.patch_merger.weight mm.input_norm.weight v.token_embd.img_break`},
		{"projector: cogvlm", []pair{{"general.architecture", "clip"}, {"clip.projector_type", "cogvlm"}}, `
			vision-encoder: v.class_embd
			projector: mm.up.weight mm.model.fc.weight v.boi v.eoi`},
		{"projector: gemma3", []pair{{"general.architecture", "clip"}, {"clip.projector_type", "gemma3"}}, `
			vision-encoder: v.blk.0.attn_out.weight
			projector: mm.input_projection.weight mm.soft_emb_norm.weight`},
		{"projector: glm edge", []pair{{"general.architecture", "clip"}, {"clip.projector_type", "adapter"}}, `
			vision-encoder: v.blk.0.attn_out.weight
			projector: adapter.linear.linear.weight adapter.boi adapter.eoi`},
		{"projector: deepseekocr", []pair{{"general.architecture", "clip"}, {"clip.projector_type", "deepseekocr"}}, `
			vision-encoder: v.sam.blk.0.attn.qkv.weight v.blk.0.attn_qkv.weight
			projector: mm.model.fc.weight model.image_newline model.view_seperator`},
		{"projector: images and sound", []pair{{"general.architecture", "clip"}, {"clip.projector_type", "qwen2.5o"}, {"general.type", "mmproj"}}, `
			vision-encoder: v.blk.0.attn_q.weight
			audio-encoder: a.conv1d.1.weight a.blk.0.attn_q.weight a.position_embd.weight a.post_ln.weight
			projector: mm.0.weight mm.a.fc.weight mm.a.mlp.1.weight`},
		{"projector: a tensor of no convention", []pair{{"general.architecture", "clip"}}, `
			vision-encoder: v.blk.0.attn_q.weight
			other: something.else`},
		{"encoder and language model in one file", []pair{{"general.architecture", "gemma3"}}, `
			language-model: token_embd.weight blk.0.attn_q.weight output_norm.weight
			vision-encoder: v.blk.0.attn_q.weight v.patch_embedding.weight
			projector: mm.mm_input_projection.weight mm.mm_soft_emb_norm.weight`},
		{"adapter", []pair{{"general.architecture", "llama"}, {"general.type", "adapter"}, {"adapter.type", "lora"}}, `
			adapter: blk.0.attn_q.weight.lora_a blk.0.attn_q.weight.lora_b`},
	} {
		t.Run(test.name, func(t *testing.T) {
			want, names := architecture{parts: test.parts}.want()
			inv := build(t, memory{"model.gguf": ggufFile(test.metadata, names...)})
			if diff := gocmp.Diff(want, partsOf(t, inv)); diff != "" {
				t.Errorf("tensors are in other parts (-want +got):\n%s", diff)
			}
			if len(inv.Problems) > 0 {
				t.Errorf("problems: %q", reasons(inv))
			}
		})
	}
}
