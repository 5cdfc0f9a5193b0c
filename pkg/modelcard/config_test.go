package modelcard

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// visionConfig has the shape of a vision-language model with a speech branch.
const visionConfig = `{
  "_name_or_path": "/home/ann/ckpt/vlm-final",
  "architectures": ["AcmeVLForConditionalGeneration"],
  "auto_map": {
    "AutoConfig": "configuration_acme.AcmeConfig",
    "AutoModel": "acme/vlm-code--modeling_acme.AcmeVL",
    "AutoTokenizer": ["tokenization_acme.AcmeTokenizer", null]
  },
  "model_type": "acme_vl",
  "mm_vision_tower": "google/siglip-so400m-patch14-384",
  "rope_theta": 1000000.0,
  "image_size": [336, 336],
  "initializer_range": NaN,
  "text_config": {
    "_name_or_path": "Qwen/Qwen2-7B-Instruct",
    "model_type": "qwen2",
    "hidden_size": 3584,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "vocab_size": 152064,
    "rms_norm_eps": 1e-06,
    "torch_dtype": "bfloat16"
  },
  "vision_config": {
    "model_type": "siglip_vision_model",
    "hidden_size": 1152,
    "patch_size": 14,
    "backbone_config": {"model_type": "vit", "depth": 27}
  },
  "audio_config": {"model_type": "whisper", "num_mel_bins": 128, "encoder_layers": 32},
  "generation_config": {"model_type": "not a model"},
  "rope_scaling": {"type": "yarn"},
  "quantization_config": {
    "quant_method": "gptq", "bits": 4, "group_size": 128, "desc_act": false, "checkpoint_format": "gptq",
    "modules_to_not_convert": ["lm_head"], "meta": {"quantizer": "acme"}
  },
  "transformers_version": "4.51.0",
  "torch_dtype": "bfloat16"
}`

func TestReadConfig(t *testing.T) {
	got, problems, err := ReadConfig("f", strings.NewReader(visionConfig))
	if err != nil {
		t.Fatal(err)
	}
	wantProblems(t, problems)
	quantization := func(key, value string) Statement { return st("quantization_config."+key, value) }
	text := func(key, value string) Statement { return st("text_config."+key, value) }
	want := &Config{
		Path:                "f",
		ModelType:           st("model_type", "acme_vl"),
		NameOrPath:          st("_name_or_path", "/home/ann/ckpt/vlm-final"),
		TransformersVersion: st("transformers_version", "4.51.0"),
		DType:               st("torch_dtype", "bfloat16"),
		Architectures:       []Statement{st("architectures[0]", "AcmeVLForConditionalGeneration")},
		AutoMap: []CodeReference{
			{st("auto_map.AutoConfig", "configuration_acme.AcmeConfig"), "AcmeConfig", "configuration_acme.py", ""},
			{st("auto_map.AutoModel", "acme/vlm-code--modeling_acme.AcmeVL"), "AcmeVL", "modeling_acme.py", "acme/vlm-code"},
			{st("auto_map.AutoTokenizer[0]", "tokenization_acme.AcmeTokenizer"), "AcmeTokenizer", "tokenization_acme.py", ""},
		},
		Quantization: &Quantization{
			Path: "f", Key: "quantization_config",
			Method: quantization("quant_method", "gptq"), Bits: quantization("bits", "4"),
			GroupSize: quantization("group_size", "128"), Format: quantization("checkpoint_format", "gptq"),
			Settings: []Statement{
				quantization("quant_method", "gptq"), quantization("bits", "4"), quantization("group_size", "128"),
				quantization("desc_act", "false"), quantization("checkpoint_format", "gptq"),
				quantization("modules_to_not_convert", "[lm_head]"),
			},
		},
		Hyperparameters: []Statement{st("rope_theta", "1000000.0"), st("initializer_range", "NaN"), st("image_size", "[336, 336]")},
		References:      []Statement{st("mm_vision_tower", "google/siglip-so400m-patch14-384")},
		Subs: []*Config{{
			Path: "f", Key: "text_config",
			ModelType: text("model_type", "qwen2"), NameOrPath: text("_name_or_path", "Qwen/Qwen2-7B-Instruct"),
			DType: text("torch_dtype", "bfloat16"),
			Hyperparameters: []Statement{
				text("hidden_size", "3584"), text("num_hidden_layers", "28"), text("vocab_size", "152064"),
				text("num_attention_heads", "28"), text("num_key_value_heads", "4"), text("rms_norm_eps", "1e-06"),
			},
		}, {
			Path: "f", Key: "vision_config", ModelType: st("vision_config.model_type", "siglip_vision_model"),
			Hyperparameters: []Statement{st("vision_config.hidden_size", "1152"), st("vision_config.patch_size", "14")},
			Subs: []*Config{{
				Path: "f", Key: "vision_config.backbone_config",
				ModelType:       st("vision_config.backbone_config.model_type", "vit"),
				Hyperparameters: []Statement{st("vision_config.backbone_config.depth", "27")},
			}},
		}, {
			Path: "f", Key: "audio_config", ModelType: st("audio_config.model_type", "whisper"),
			Hyperparameters: []Statement{st("audio_config.encoder_layers", "32"), st("audio_config.num_mel_bins", "128")},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := len(got.All()); n != 5 {
		t.Errorf("All returns %d configurations, want 5", n)
	}
}

func TestReadConfigProblems(t *testing.T) {
	tests := []struct {
		name, in string
		want     []string
	}{
		{"types", `{"model_type": 5, "architectures": {"a": 1}, "_name_or_path": ["x"], "auto_map": "x", "quantization_config": [1]}`,
			[]string{"model_type: a number where a string", "_name_or_path: a list where a string", "architectures: an object where a string",
				"auto_map: a string where an object", "quantization_config: a list where an object"}},
		{"items", `{"architectures": ["a", 1, null, ["b"]]}`, []string{"architectures[1]: a number", "architectures[3]: a list"}},
		{"hyperparameters", `{"hidden_size": {"a": 1}, "vocab_size": [[1]], "rope_theta": null}`,
			[]string{"hidden_size: an object where a single value", "vocab_size: a nested list"}},
		{"dtypes disagree", `{"dtype": "float16", "torch_dtype": "bfloat16"}`, []string{`torch_dtype: "bfloat16" contradicts dtype "float16"`}},
		{"code", `{"auto_map": {"a": "/etc/x--m.C", "b": "noclass", "c": "a/b--../../m.C", "d": "", "e": 1}}`,
			[]string{`auto_map.a: "/etc/x" does not name a repository`, `auto_map.b: "noclass" does not name a class`,
				`auto_map.c: "../../m.C" does not name a class`, "auto_map.e: a number"}},
		{"reference", `{"vision_tower": true, "backbone": 3, "text_encoder": {"model_type": "x"}}`,
			[]string{"backbone: a number", "vision_tower: a boolean"}},
		{"long value", `{"model_type": "` + strings.Repeat("é", 3000) + `"}`, []string{"a value of 6000 bytes was cut to 4096"}},
		{"nothing", `{}`, []string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.name == "nothing" {
				tt.in = `{"a": 1}`
			}
			c, problems, err := ReadConfig("f", strings.NewReader(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			wantProblems(t, problems, tt.want...)
			checkAll(t, c, problems)
		})
	}
}

func TestConfigDepthAndCount(t *testing.T) {
	deep := strings.Repeat(`{"model_type": "x", "text_config": `, 40) + `{"a": 1}` + strings.Repeat("}", 40)
	c, problems, err := ReadConfig("f", strings.NewReader(deep))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(c.All()); n != maxConfigDepth+1 {
		t.Errorf("%d configurations, want %d", n, maxConfigDepth+1)
	}
	wantProblems(t, problems, "nested deeper than 16")

	var wide strings.Builder
	for i := range 300 {
		wide.WriteString(`"c` + strconv.Itoa(i) + `_config": {"model_type": "x"}, `)
	}
	c, problems, err = ReadConfig("f", strings.NewReader("{"+wide.String()+`"a": 1}`))
	if err != nil || len(c.Subs) != maxConfigs || len(problems) != 300-maxConfigs {
		t.Errorf("%d configurations, %d problems, %v", len(c.Subs), len(problems), err)
	}
}

func TestQuantization(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"awq file", `{"zero_point": true, "q_group_size": 128, "w_bit": 4, "version": "GEMM"}`, "|4|128|GEMM"},
		{"bitsandbytes", `{"quant_method": "bitsandbytes", "load_in_4bit": true, "bnb_4bit_quant_type": "nf4"}`, "bitsandbytes|||nf4"},
		{"fp8", `{"quant_method": "fp8", "fmt": "e4m3", "weight_block_size": [128, 128]}`, "fp8|||e4m3"},
		{"compressed-tensors", `{"quant_method": "compressed-tensors", "format": "pack-quantized",
			"config_groups": {"group_0": {"weights": {"num_bits": 4, "group_size": 32}, "targets": ["Linear"]}}}`, "compressed-tensors|4|32|pack-quantized"},
		{"nothing", `{"a": {}}`, "|||"},
	}
	for _, tt := range tests {
		q, problems, err := ReadQuantization("f", strings.NewReader(tt.in))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join([]string{q.Method.Value, q.Bits.Value, q.GroupSize.Value, q.Format.Value}, "|"); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
		wantProblems(t, problems)
	}
}

func TestKeyListsAreUnique(t *testing.T) {
	for _, list := range [][]string{Hyperparameters(), ReferenceKeys(), ggufHyperparameters()} {
		seen := map[string]bool{}
		for _, key := range list {
			if seen[key] {
				t.Errorf("%q is listed twice", key)
			}
			seen[key] = true
		}
	}
}

func FuzzReadConfig(f *testing.F) {
	f.Add([]byte(visionConfig))
	f.Add([]byte(`{"architectures": "Bert", "vision_tower": ["a", 1], "encoder": {"encoder": {"d_model": null}}, "custom_pipelines": {"x": {"impl": "m.C"}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, problems, err := ReadConfig("f", strings.NewReader(string(data)))
		if (c == nil) == (err == nil) {
			t.Fatalf("%v, %v", c, err)
		}
		checkAll(t, c, problems)
	})
}
