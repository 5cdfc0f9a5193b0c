package fingerprint

import (
	"strings"
	"testing"
)

// TestRoleOf holds names of published checkpoints.
func TestRoleOf(t *testing.T) {
	for name, want := range map[string]struct {
		role          string
		layer, expert int
	}{
		// transformers: Llama, Qwen, Mixtral, DeepSeek, Gemma, Phi-3
		"model.embed_tokens.weight":                                 {"embedding.token", -1, -1},
		"model.layers.12.self_attn.q_proj.weight":                   {"attention.q", 12, -1},
		"model.layers.12.self_attn.q_proj.bias":                     {"attention.q.bias", 12, -1},
		"model.layers.12.self_attn.q_norm.weight":                   {"norm.q", 12, -1},
		"model.layers.12.self_attn.o_proj.weight":                   {"attention.o", 12, -1},
		"model.layers.12.mlp.gate_proj.weight":                      {"mlp.gate", 12, -1},
		"model.layers.12.mlp.down_proj.weight":                      {"mlp.down", 12, -1},
		"model.layers.12.input_layernorm.weight":                    {"norm.attention", 12, -1},
		"model.layers.12.post_attention_layernorm.weight":           {"norm.mlp", 12, -1},
		"model.layers.3.mlp.experts.17.up_proj.weight":              {"mlp.up", 3, 17},
		"model.layers.3.mlp.gate.weight":                            {"mlp.router", 3, -1},
		"model.layers.3.block_sparse_moe.experts.7.w2.weight":       {"mlp.down", 3, 7},
		"model.layers.3.block_sparse_moe.gate.weight":               {"mlp.router", 3, -1},
		"model.layers.3.self_attn.qkv_proj.weight":                  {"attention.qkv", 3, -1},
		"model.layers.3.mlp.gate_up_proj.weight":                    {"mlp.gate-up", 3, -1},
		"model.layers.3.self_attn.kv_a_proj_with_mqa.weight":        {"attention.kv-low", 3, -1},
		"model.norm.weight":                                         {"norm.final", -1, -1},
		"lm_head.weight":                                            {"head", -1, -1},
		"language_model.model.layers.0.self_attn.k_proj.weight":     {"attention.k", 0, -1},
		"vision_tower.vision_model.encoder.layers.5.mlp.fc1.weight": {"mlp.up", 5, -1},
		// BERT, GPT-2, NeoX, ViT, CLIP, T5
		"encoder.layer.3.attention.self.query.weight":        {"attention.q", 3, -1},
		"encoder.layer.3.attention.output.dense.weight":      {"attention.o", 3, -1},
		"encoder.layer.3.attention.output.LayerNorm.weight":  {"norm.attention-after", 3, -1},
		"encoder.layer.3.intermediate.dense.weight":          {"mlp.up", 3, -1},
		"encoder.layer.3.output.dense.weight":                {"mlp.down", 3, -1},
		"bert.embeddings.word_embeddings.weight":             {"embedding.token", -1, -1},
		"bert.embeddings.token_type_embeddings.weight":       {"embedding.type", -1, -1},
		"h.7.attn.c_attn.weight":                             {"attention.qkv", 7, -1},
		"transformer.h.7.attn.c_proj.weight":                 {"attention.o", 7, -1},
		"transformer.h.7.mlp.c_fc.weight":                    {"mlp.up", 7, -1},
		"transformer.h.7.mlp.c_proj.weight":                  {"mlp.down", 7, -1},
		"transformer.h.7.ln_1.weight":                        {"norm.attention", 7, -1},
		"transformer.wte.weight":                             {"embedding.token", -1, -1},
		"wpe.weight":                                         {"embedding.position", -1, -1},
		"gpt_neox.layers.2.attention.query_key_value.weight": {"attention.qkv", 2, -1},
		"gpt_neox.layers.2.mlp.dense_h_to_4h.weight":         {"mlp.up", 2, -1},
		"vit.encoder.layer.1.layernorm_before.weight":        {"norm.attention", 1, -1},
		"vit.embeddings.patch_embeddings.projection.weight":  {"embedding.patch", -1, -1},
		"text_model.encoder.layers.4.layer_norm1.weight":     {"norm.attention", 4, -1},
		"vision_model.embeddings.position_embedding.weight":  {"embedding.position", -1, -1},
		"encoder.block.3.layer.0.SelfAttention.q.weight":     {"attention.q", 3, -1},
		"decoder.block.3.layer.1.EncDecAttention.v.weight":   {"decoder.cross-attention.v", 3, -1},
		"encoder.block.3.layer.1.DenseReluDense.wi_0.weight": {"mlp.gate", 3, -1},
		"encoder.block.3.layer.1.DenseReluDense.wo.weight":   {"mlp.down", 3, -1},
		"shared.weight": {"embedding.token", -1, -1},
		"model.decoder.layers.2.encoder_attn.k_proj.weight":                {"decoder.cross-attention.k", 2, -1},
		"model.encoder.layers.2.self_attn.v_proj.bias":                     {"attention.v.bias", 2, -1},
		"transformer.resblocks.9.attn.in_proj_weight":                      {"attention.qkv", 9, -1},
		"unet.down_blocks.1.attentions.0.transformer_blocks.0.to_q.weight": {"attention.q", 1, -1},
		// GGUF
		"token_embd.weight":            {"embedding.token", -1, -1},
		"blk.12.attn_q.weight":         {"attention.q", 12, -1},
		"blk.12.attn_output.weight":    {"attention.o", 12, -1},
		"blk.12.attn_norm.weight":      {"norm.attention", 12, -1},
		"blk.12.attn_q_norm.weight":    {"norm.q", 12, -1},
		"blk.12.ffn_norm.weight":       {"norm.mlp", 12, -1},
		"blk.12.ffn_down_exps.weight":  {"mlp.down", 12, -1},
		"blk.12.ffn_gate_inp.weight":   {"mlp.router", 12, -1},
		"output_norm.weight":           {"norm.final", -1, -1},
		"output.weight":                {"head", -1, -1},
		"v.blk.3.attn_k.weight":        {"attention.k", 3, -1},
		"blk.1.layer_output_norm.bias": {"norm.mlp-after.bias", 1, -1},
		// timm, OpenAI Whisper, Meta, others
		"blocks.4.attn.qkv.weight":                                {"attention.qkv", 4, -1},
		"blocks.4.attn.proj.weight":                               {"attention.o", 4, -1},
		"blocks.4.norm1.weight":                                   {"norm.attention", 4, -1},
		"patch_embed.proj.weight":                                 {"embedding.patch", -1, -1},
		"encoder.blocks.0.attn.query.weight":                      {"attention.q", 0, -1},
		"encoder.blocks.0.mlp.0.weight":                           {"mlp.up", 0, -1},
		"encoder.blocks.0.mlp.2.weight":                           {"mlp.down", 0, -1},
		"decoder.blocks.0.cross_attn.key.weight":                  {"decoder.cross-attention.k", 0, -1},
		"layers.4.attention.wq.weight":                            {"attention.q", 4, -1},
		"layers.4.feed_forward.w2.weight":                         {"mlp.down", 4, -1},
		"tf_bert/encoder/layer_._3/attention/self/query/kernel:0": {"attention.q", 3, -1},
		"bert/encoder/layer_3/attention/self/query/kernel":        {"attention.q", 3, -1},
		// No rule: the words without numbers.
		"onnx::Conv_1897":        {"onnx.conv", -1, -1},
		"layer1.0.conv1.weight":  {"layer1.conv1", -1, -1},
		"features.3.bias":        {"features.bias", -1, -1},
		"":                       {"", -1, -1},
		"\x00\xff.\u202e":        {"", -1, -1},
		"a.99999999999999999999": {"a.99999999999999999999", -1, -1},
	} {
		role, layer, expert := RoleOf(name)
		if role != want.role || layer != want.layer || expert != want.expert {
			t.Errorf("%s: %q %d %d, want %q %d %d", name, role, layer, expert, want.role, want.layer, want.expert)
		}
	}
	if role, _, _ := RoleOf(strings.Repeat("long.", 1e6)); len(role) > maxRole {
		t.Errorf("a role of %d bytes", len(role))
	}
}
