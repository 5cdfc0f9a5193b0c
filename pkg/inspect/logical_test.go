package inspect_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/inspect"
)

// zeros is a safetensors file of zeros; each entry is name, dtype, shape, size.
func zeros(entries ...[4]string) []byte {
	header, at := "{", 0
	for i, e := range entries {
		if i > 0 {
			header += ","
		}
		var size int
		fmt.Sscan(e[3], &size)
		header += fmt.Sprintf(`%q:{"dtype":%q,"shape":%s,"data_offsets":[%d,%d]}`, e[0], e[1], e[2], at, at+size)
		at += size
	}
	header += "}"
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(out, header...), make([]byte, at)...)
}

// TestQuantised counts the weights of packed checkpoints: a GPTQ layer of 64 by
// 32 weights in 4 bits beside a norm of 64, and a method that nobody knows.
func TestQuantised(t *testing.T) {
	gptq := [][4]string{
		{"model.layers.0.mlp.up_proj.g_idx", "I32", "[64]", "256"},
		{"model.layers.0.mlp.up_proj.qweight", "I32", "[8,32]", "1024"},
		{"model.layers.0.mlp.up_proj.qzeros", "I32", "[1,4]", "16"},
		{"model.layers.0.mlp.up_proj.scales", "F16", "[1,32]", "64"},
		{"model.norm.weight", "F16", "[64]", "128"},
		{"model.embed_tokens.weight", "F16", "[10,64]", "1280"},
	}
	const config = `{"model_type": "llama", "architectures": ["LlamaForCausalLM"], "quantization_config": %s}`
	for _, c := range []struct {
		name, quantization string
		entries            [][4]string
		parameters         int64
		method             string
		inexact            bool
	}{
		{"gptq", `{"quant_method": "gptq", "bits": 4, "group_size": 64}`, gptq, 64*32 + 64 + 640, "gptq", false},
		{"unknown", `{"quant_method": "squish", "bits": 4}`, [][4]string{{"model.layers.0.w.blob", "U8", "[10,10]", "100"}, {"model.embed_tokens.weight", "F16", "[10,64]", "1280"}},
			100 + 640, "squish", true},
	} {
		dir := t.TempDir()
		write(t, dir, "config.json", []byte(fmt.Sprintf(config, c.quantization)))
		write(t, dir, "model.safetensors", zeros(c.entries...))
		d := inspectDir(t, dir, inspect.Options{})
		m := d.Component("part:language-model").Model
		if m.Parameters != c.parameters || m.Quantization != c.method {
			t.Errorf("%s: %d parameters by %q, want %d by %q", c.name, m.Parameters, m.Quantization, c.parameters, c.method)
		}
		if total := d.Component(d.Subject).Model.Parameters; total != c.parameters {
			t.Errorf("%s: %d parameters in total, want %d", c.name, total, c.parameters)
		}
		inexact := false
		for _, g := range d.Gaps {
			inexact = inexact || g.Kind == bom.GapInexact && strings.Contains(g.Reason, "counted as stored")
		}
		if inexact != c.inexact {
			t.Errorf("%s: said to be inexact: %v, want %v; gaps %+v", c.name, inexact, c.inexact, d.Gaps)
		}
	}
}
