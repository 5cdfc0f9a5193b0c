package diff

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/diff"
)

// A want is what one change must be reported as. Texts are parts of what is
// there.
type want struct {
	kind          diff.Kind
	name          string
	before, after string
	text          string
	also          int // further components
}

// A seed is one change of a fixture.
type seed struct {
	name    string
	fixture string
	change  func(r *round)
	want    want
	// findings are complaints that the change gives reason for. They are
	// reported on their own.
	findings []want
}

func (s seed) wants() []want { return append([]want{s.want}, s.findings...) }

func seeds() []seed {
	var out []seed
	for _, list := range [][]seed{cardSeeds(), configSeeds(), weightSeeds(), tokenizerSeeds(), codeSeeds(), fileSeeds(), gapSeeds(), concludedSeeds()} {
		out = append(out, list...)
	}
	return out
}

// TestSingle changes one thing at a time.
func TestSingle(t *testing.T) {
	all := seeds()
	if len(all) < 60 {
		t.Errorf("%d seeds are fewer than 60", len(all))
	}
	for _, s := range all {
		t.Run(s.name, func(t *testing.T) {
			old, a := original(t, s.fixture)
			r := start(t, s.fixture)
			s.change(r)
			new, b := r.inspected()
			c := diff.Documents(old, new, fingerprints(a, b))
			check(t, c, s.wants())
			// Backwards it is as many.
			if back := diff.Documents(new, old, fingerprints(b, a)); len(back.Changes) != len(s.wants()) {
				t.Errorf("backwards: %s", printed(back))
			}
		})
	}
}

// check holds changes to what is wanted, in any order, and nothing else.
func check(t *testing.T, c *diff.Changes, wants []want) {
	t.Helper()
	left := append([]diff.Change(nil), c.Changes...)
	for _, w := range wants {
		found := -1
		for i, x := range left {
			if w.is(x) {
				found = i
				break
			}
		}
		if found < 0 {
			t.Errorf("not there: %+v", w)
			continue
		}
		left = append(left[:found], left[found+1:]...)
	}
	if len(left) > 0 {
		t.Errorf("%d too many: %s", len(left), printed(&diff.Changes{Changes: left}))
	}
	if t.Failed() {
		t.Logf("%s", printed(c))
	}
	for _, x := range c.Changes {
		if x.Text == "" || x.Name == "" || !strings.HasSuffix(x.Text, ".") && !strings.HasSuffix(x.Text, "…") || x.Importance == "" {
			t.Errorf("no whole change: %+v", x)
		}
	}
	if c.Summary == "" || (len(c.Changes) == 0) != (c.Summary == "Nothing changed.") {
		t.Errorf("summary %q", c.Summary)
	}
}

func (w want) is(c diff.Change) bool {
	return c.Kind == w.kind && c.Name == w.name && strings.Contains(c.Before, w.before) && strings.Contains(c.After, w.after) &&
		strings.Contains(c.Text, w.text) && len(c.Also) == w.also
}

func printed(c *diff.Changes) string {
	var b bytes.Buffer
	b.WriteString(c.Summary + "\n")
	for _, x := range c.Changes {
		b.WriteString("  " + string(x.Importance) + " " + string(x.Kind) + " | " + x.Name + " | " + x.Before + " | " + x.After + " | " + x.Text + "\n")
		for _, p := range x.Also {
			b.WriteString("      also " + string(p.Old) + " " + string(p.New) + "\n")
		}
		for _, d := range x.Details {
			b.WriteString("      " + d + "\n")
		}
	}
	for _, n := range c.Notes {
		b.WriteString("  note " + string(n.Kind) + ": " + n.Text + "\n")
	}
	return b.String()
}

func cardSeeds() []seed {
	card := func(before, after string) func(*round) { return func(r *round) { r.edit("README.md", before, after) } }
	return []seed{
		{"declared licence", "vlm", relicensed,
			want{diff.LicenceDeclaredChanged, "the model", "MIT", "Apache-2.0", "MIT -> Apache-2.0", 9}, nil},
		{"declared licence in the card alone", "vlm", card("license: mit", "license: apache-2.0"),
			want{diff.LicenceDeclaredChanged, "the model", "MIT", "Apache-2.0, MIT", "MIT -> Apache-2.0, MIT", 8},
			[]want{{diff.FindingAppeared, "the model", "", "licence-disagreement", "disagree", 0}}},
		{"declared licence of an adapter", "lora", card("license: llama3.2", "license: gemma"),
			want{diff.LicenceDeclaredChanged, "the model", "LicenseRef-llama3.2", "LicenseRef-gemma", "", 1},
			[]want{{diff.FindingAppeared, "adapter", "", "high: licence-conflict", "declared to come from meta-llama/Llama-3.2-1B", 0}}},
		{"base model gone", "vlm", card("  - openai/whisper-small\n", ""),
			want{diff.OriginVanished, "the model", "openai/whisper-small (declared-only, finetune)", "", "lost an origin", 0}, nil},
		{"base model new", "vlm", card("  - openai/whisper-small\n", "  - openai/whisper-small\n  - acme/speech-7\n"),
			want{diff.OriginAppeared, "the model", "", "acme/speech-7 (declared-only, finetune)", "does not name: acme/speech-7", 0}, nil},
		{"base model another", "vlm", card("openai/whisper-small", "openai/whisper-tiny"),
			want{diff.OriginReplaced, "the model", "openai/whisper-small", "openai/whisper-tiny", "", 0}, nil},
		{"relation another", "lora", card("base_model_relation: adapter", "base_model_relation: finetune"),
			want{diff.OriginVerdictChanged, "adapter", "declared-only, adapter", "declared-only, finetune", "meta-llama/Llama-3.2-1B", 1}, nil},
		{"dataset new", "vlm", card("datasets:\n", "datasets:\n  - acme/street-scenes\n"),
			want{diff.DatasetAdded, "acme/street-scenes", "", "acme/street-scenes", "training of the model", 0}, nil},
		{"dataset gone", "vlm", card("  - liuhaotian/LLaVA-Instruct-150K\n", ""),
			want{diff.DatasetRemoved, "liuhaotian/LLaVA-Instruct-150K", "liuhaotian", "", "no longer named", 0}, nil},
		{"metric", "vlm", card("value: 61.5", "value: 64.25"),
			want{diff.MetricsChanged, "the model", "61.5", "64.25", "accuracy on VQAv2 61.5 -> 64.25", 0}, nil},
		{"task", "vlm", card("pipeline_tag: image-text-to-text", "pipeline_tag: any-to-any"),
			want{diff.TaskChanged, "the model", "image-text-to-text", "any-to-any", "", 0}, nil},
		{"language", "vlm", card("  - ko\n", "  - ko\n  - de\n"),
			want{diff.PropertyChanged, "the model", "en, ko", "de, en, ko", "", 0}, nil},
		{"declared name", "vlm", card("name: acme-vlm", "name: acme-vlm-2"),
			want{diff.PropertyChanged, "the model", "acme-vlm", "acme-vlm-2", "", 0}, nil},
		{"prose", "vlm", card("Its answers mean nothing.", "Its answers mean little."),
			want{diff.FileChanged, "README.md", "1,365 bytes", "1,364 bytes", "", 0}, nil},
		{"name", "vlm", func(r *round) { r.options.Name = "acme/model-next" },
			want{diff.NameChanged, "the model", "acme/model", "acme/model-next", "", 0}, nil},
		{"version", "vlm", func(r *round) { r.options.Version = "2" },
			want{diff.VersionChanged, "the model", "1", "2", "The model has another version: version 1 -> 2.", 0}, nil},
		{"supplier", "vlm", func(r *round) { r.options.Supplier = "Umbrella" },
			want{diff.SupplierChanged, "the model", "Acme", "Umbrella", "", 0}, nil},
	}
}

// relicensed puts the repository under another licence, card and text.
func relicensed(r *round) {
	r.edit("README.md", "license: mit", "license: apache-2.0")
	text, err := os.ReadFile(filepath.Join("..", "..", "LICENSE"))
	if err != nil {
		r.t.Fatal(err)
	}
	r.write("LICENSE", text)
}

func configSeeds() []seed {
	config := func(before, after string) func(*round) {
		return func(r *round) { r.edit("config.json", before, after) }
	}
	return []seed{
		{"origin in a configuration", "vlm", config(`"_name_or_path": "Qwen/Qwen2.5-0.5B-Instruct"`, `"_name_or_path": "Qwen/Qwen3-0.6B"`),
			want{diff.OriginReplaced, "language-model", "Qwen/Qwen2.5-0.5B-Instruct", "Qwen/Qwen3-0.6B", "", 0}, nil},
		{"hyperparameter", "vlm", config(`"rope_theta": 1000000.0`, `"rope_theta": 500000.0`),
			want{diff.ConfigurationChanged, "language-model", "1000000.0", "500000.0", "rope_theta 1000000.0 -> 500000.0", 0}, nil},
		{"hyperparameter of the only part", "decoder", config(`"rope_theta": 500000.0`, `"rope_theta": 250000.0`),
			want{diff.ConfigurationChanged, "language-model", "500000.0", "250000.0", "", 0}, nil},
		{"hyperparameter of the model", "vlm", config(`"projector_hidden_act": "gelu"`, `"projector_hidden_act": "silu"`),
			want{diff.ConfigurationChanged, "the model", "gelu", "silu", "", 0}, nil},
		{"two hyperparameters", "vlm", func(r *round) {
			r.edit("config.json", `"rope_theta": 1000000.0`, `"rope_theta": 500000.0`)
			r.edit("config.json", `"rms_norm_eps": 1e-06`, `"rms_norm_eps": 1e-05`)
		}, want{diff.ConfigurationChanged, "language-model", "rms_norm_eps 1e-06", "rope_theta 500000.0", "", 0}, nil},
		{"architecture", "vlm", config(`"Qwen2ForCausalLM"`, `"Qwen2ForConditionalGeneration"`),
			want{diff.ArchitectureChanged, "language-model", "Qwen2ForCausalLM", "Qwen2ForConditionalGeneration", "", 0}, nil},
		{"declared type", "decoder", config(`"torch_dtype": "bfloat16"`, `"torch_dtype": "float16"`),
			want{diff.PropertyChanged, "the model", "bfloat16", "float16", "", 0}, nil},
		{"unrecorded setting", "vlm", config(`"vision_use_head": false`, `"vision_use_head": true`),
			want{diff.FileChanged, "config.json", "1,537 bytes", "1,536 bytes", "", 0}, nil},
		{"adapter rank", "lora", func(r *round) { r.edit("adapter_config.json", `"r": 8`, `"r": 16`) },
			want{diff.ConfigurationChanged, "adapter", "8", "16", "adapter rank 8 -> 16", 0}, nil},
		{"adapter target", "lora", func(r *round) { r.edit("adapter_config.json", `"v_proj"`, `"v_proj", "k_proj"`) },
			want{diff.ConfigurationChanged, "adapter", "q_proj, v_proj", "k_proj, q_proj, v_proj", "", 0}, nil},
		{"pooling", "sentence-transformers", func(r *round) {
			r.edit("1_Pooling/config.json", `"pooling_mode_cls_token": false`, `"pooling_mode_cls_token": true`)
		}, want{diff.ConfigurationChanged, "embedding", "pooling_mode_mean_tokens", "pooling_mode_cls_token", "", 0}, nil},
		{"processor", "vlm", func(r *round) { r.edit("preprocessor_config.json", `"resample": 3`, `"resample": 2`) },
			want{diff.ProcessorChanged, "processor", "", "", "other settings", 0}, nil},
		{"processor class", "vlm", func(r *round) {
			r.edit("preprocessor_config.json", `"SiglipImageProcessor"`, `"CLIPImageProcessor"`)
		}, want{diff.ProcessorChanged, "processor", "SiglipImageProcessor", "CLIPImageProcessor", "", 0}, nil},
		{"scheduler", "diffusers", func(r *round) {
			r.set("scheduler/scheduler_config.json", func(m map[string]any) { m["steps_offset"] = 7 })
		}, want{diff.ProcessorChanged, "processor", "", "", "", 0}, nil},
	}
}

func weightSeeds() []seed {
	twin := func(fixture string) func(*round) {
		return func(r *round) {
			o := r.options
			*r = *start(r.t, fixture)
			r.options = o
		}
	}
	return []seed{
		{"one bit", "vlm", twin("vlm-bitflip"),
			want{diff.WeightsEdited, "vision-encoder", "sha256:", "sha256:", "holds the old values but for a few", 0}, nil},
		{"resharded", "vlm", twin("vlm-resharded"),
			want{diff.WeightsReencoded, "language-model", "BF16 in 1 file", "BF16 in 3 files", "the same values", 3}, nil},
		{"tensors renamed", "vlm", twin("vlm-renamed"),
			want{diff.WeightsReencoded, "language-model", "BF16", "BF16", "the same values", 3}, nil},
		{"stored as F32", "vlm", twin("vlm-upcast"),
			want{diff.WeightsReencoded, "language-model", "BF16", "F32", "BF16 -> F32", 3}, nil},
		{"weights file renamed", "decoder", func(r *round) { r.rename("model.safetensors", "weights.safetensors") },
			want{diff.FilesMoved, "weights.safetensors", "model.safetensors", "weights.safetensors", "", 0}, nil},
		{"trained on", "decoder", func(r *round) { r.change("model.safetensors", "model.", trained(0.02)) },
			want{diff.WeightsTrainedOn, "language-model", "sha256:", "sha256:", "was trained on: its weights continue", 0}, nil},
		{"trained on, one of three parts of a shard", "vlm", func(r *round) {
			r.change("model-00002-of-00002.safetensors", "audio_tower.", trained(0.02))
		}, want{diff.WeightsTrainedOn, "audio-encoder", "", "", "moved by", 0}, nil},
		{"one layer trained on", "decoder", func(r *round) { r.change("model.safetensors", "model.layers.1.", trained(0.02)) },
			want{diff.WeightsTrainedOn, "language-model", "", "", "of the bytes unchanged", 0}, nil},
		{"drawn anew", "decoder", func(r *round) { r.change("model.safetensors", "model.", fresh) },
			want{diff.WeightsReinitialised, "language-model", "", "", "show no relation", 0}, nil},
		{"adapter drawn anew", "lora", func(r *round) { r.change("adapter_model.safetensors", "", fresh) },
			want{diff.WeightsReinitialised, "adapter", "", "", "", 0}, nil},
		{"part gone", "diffusers", func(r *round) { r.remove("vae") },
			want{diff.PartRemoved, "vae", "12,199 parameters", "", "The vae is gone", 0}, nil},
		{"part new", "diffusers", func(r *round) {
			r.write("image_encoder/model.safetensors", r.read("text_encoder/model.safetensors"))
			r.write("image_encoder/config.json", bytes.Replace(r.read("text_encoder/config.json"), []byte("clip_text_model"), []byte("clip_vision_model"), 1))
		}, want{diff.PartAdded, "vision-encoder (image_encoder)", "", "parameters", "is new", 0}, nil},
		{"part replaced", "diffusers", func(r *round) {
			r.from("torch-unread", "model.safetensors", "text_encoder/model.safetensors")
			r.from("torch-unread", "config.json", "text_encoder/config.json")
		}, want{diff.PartReplaced, "text-encoder", "clip_text_model", "bert", "was replaced", 0}, nil},
		{"pickle gone", "torch-unread", func(r *round) { r.remove("pytorch_model.bin") },
			want{diff.PartRemoved, "text-encoder (pytorch_model)", "", "", "", 0}, []want{{diff.FindingResolved, "pytorch_model.bin", "info: unsafe-format", "", "", 0}}},
	}
}

func tokenizerSeeds() []seed {
	template := func(name string) func(*round) {
		return func(r *round) { r.edit(name, "You are Acme, a careful assistant.", "You are Acme.") }
	}
	return []seed{
		{"token added", "decoder", func(r *round) {
			r.set("tokenizer.json", func(m map[string]any) {
				list := m["added_tokens"].([]any)
				m["added_tokens"] = append(list, map[string]any{"id": 256, "content": "<|tool|>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true})
			})
		}, want{diff.TokenizerExtended, "tokenizer", "4 added", "5 added", "extended by 1 token;", 0}, nil},
		{"tokenizer of another model", "decoder", func(r *round) {
			r.from("sentence-transformers", "tokenizer.json", "tokenizer.json")
		}, want{diff.TokenizerReplaced, "tokenizer", "BPE", "WordPiece", "", 0}, nil},
		{"tokenizer settings", "decoder", func(r *round) {
			r.set("tokenizer_config.json", func(m map[string]any) { m["tokenizer_class"] = "LlamaTokenizerFast" })
		}, want{diff.ConfigurationChanged, "tokenizer", "", "", "the same tokens and other settings", 0}, nil},
		{"tokenizer file without meaning for tokens", "decoder", func(r *round) {
			r.set("tokenizer_config.json", func(m map[string]any) { m["model_max_length"] = 99 })
		}, want{diff.FileChanged, "tokenizer_config.json", "", "", "", 0}, nil},
		{"chat template", "vlm", template("chat_template.jinja"),
			want{diff.TemplateChanged, "chat-template", "sha256:", "sha256:", "has another text", 0}, nil},
		{"chat template inside", "vlm", template("tokenizer_config.json"),
			want{diff.TemplateChanged, "chat-template (tokenizer_config)", "", "", "", 0}, nil},
		{"both chat templates", "vlm", func(r *round) {
			template("chat_template.jinja")(r)
			template("tokenizer_config.json")(r)
		}, want{diff.TemplateChanged, "chat-template", "", "", "The same goes for chat-template (tokenizer_config)", 1}, nil},
	}
}

func codeSeeds() []seed {
	return []seed{
		{"code changed", "vlm", func(r *round) { r.write("modeling_acme.py", append(r.read("modeling_acme.py"), "\nimport os\n"...)) },
			want{diff.CodeChanged, "modeling_acme.py", "292 bytes", "303 bytes", "", 0}, nil},
		{"code new", "vlm", func(r *round) { r.write("helper.py", []byte("import socket\n")) },
			want{diff.CodeAdded, "helper.py", "", "14 bytes", "", 0}, []want{{diff.FindingAppeared, "helper.py", "", "info: code-file", "", 0}}},
		{"code gone", "vlm", func(r *round) { r.remove("modeling_acme.py") },
			want{diff.CodeRemoved, "modeling_acme.py", "292 bytes", "", "", 0}, []want{
				{diff.FindingChanged, "config.json", "low", "medium", "which is not in th", 0}, {diff.FindingResolved, "modeling_acme.py", "info: code-file", "", "", 0},
			}},
		{"remote code of another", "vlm", func(r *round) { r.edit("config.json", "acme-labs/acme-remote-code--", "mallory/code--") },
			want{diff.CodeChanged, "mallory/code", "acme-labs/acme-remote-code", "mallory/code", "", 0}, nil},
		{"remote code new", "decoder", func(r *round) {
			r.set("config.json", func(m map[string]any) { m["auto_map"] = map[string]any{"AutoConfig": "mallory/code--c.C"} })
		}, want{diff.CodeAdded, "mallory/code", "", "mallory/code (c.py)", "", 0}, []want{{diff.FindingAppeared, "config.json", "", "low: remote-code", "mallory/code, unpinned", 0}}},
	}
}

func fileSeeds() []seed {
	return []seed{
		{"file new", "vlm", func(r *round) { r.write("docs/notes.txt", []byte("notes\n")) },
			want{diff.FileAdded, "docs/notes.txt", "", "6 bytes", "", 0}, nil},
		{"file gone", "vlm", func(r *round) { r.remove("generation_config.json") },
			want{diff.FileRemoved, "generation_config.json", "186 bytes", "", "", 0}, nil},
		{"file changed", "vlm", func(r *round) {
			r.set("generation_config.json", func(m map[string]any) { m["temperature"] = 0.1 })
		}, want{diff.FileChanged, "generation_config.json", "186 bytes", "bytes", "", 0}, nil},
		{"file moved", "vlm", func(r *round) { r.rename("generation_config.json", "old/generation_config.json") },
			want{diff.FilesMoved, "old/generation_config.json", "generation_config.json", "old/generation_config.json", "", 0}, nil},
	}
}

func gapSeeds() []seed {
	pointer := "version https://git-lfs.github.com/spec/v1\noid sha256:d73b9efc62aa90a00523175531345382e9b4ec85004e5a75c11a303f9d9d477f\nsize 192728\n"
	return []seed{
		{"shard only a pointer", "vlm", func(r *round) { r.write("model-00001-of-00002.safetensors", []byte(pointer)) },
			want{diff.WeightsUnseen, "language-model", "read", "only a pointer", "were not all read in the new round", 3}, []want{{diff.FindingAppeared, "model-00001-of-00002.safetensors", "", "info: content-absent", "", 0}}},
		{"tokenizer cut off", "vlm", func(r *round) { r.write("tokenizer.json", r.read("tokenizer.json")[:4000]) },
			want{diff.GapOpened, "tokenizer.json", "", "unread-file", "", 0}, nil},
		{"digests turned off", "decoder", func(r *round) { r.options.NoTensorDigests = true },
			want{diff.WeightsUnseen, "language-model", "read", "turned off", "", 0}, nil},
		{"digests of many parts turned off", "vlm", func(r *round) { r.options.NoTensorDigests = true },
			want{diff.WeightsUnseen, "language-model", "read", "turned off", "The same goes for vision-encoder, audio-encoder and projector", 3}, nil},
		{"local path named", "decoder", func(r *round) {
			r.set("config.json", func(m map[string]any) { m["_name_or_path"] = "/data/checkpoints/secret" })
		}, want{diff.GapOpened, "config.json", "", "unresolved", "", 0}, nil},
	}
}

// concludedSeeds change what indexes, policies and other tools say.
func concludedSeeds() []seed {
	const siglip = "upstream:pkg:huggingface/google/siglip-so400m-patch14-384"
	finding := bom.Finding{Rule: "origin-contradicted", Severity: bom.SeverityHigh, Ref: "part:vision-encoder", Message: "The weights show no relation to google/siglip-so400m-patch14-384."}
	return []seed{
		{"verdict", "vlm", func(r *round) {
			r.component("part:vision-encoder", func(c *bom.Component) {
				c.Origins[0].Verdict, c.Origins[0].Strength, c.Origins[0].Sentence = bom.VerdictTrainedFrom, bom.StrengthStrong, "It continues the reference."
			})
		}, want{diff.OriginVerdictChanged, "vision-encoder", "declared-only", "trained-from (strong)", "google/siglip-so400m-patch14-384", 0}, nil},
		{"finding", "vlm", func(r *round) {
			r.say(func(d *bom.Document) { d.Findings = append(d.Findings, finding) })
		}, want{diff.FindingAppeared, "vision-encoder", "", "high: origin-contradicted", "show no relation", 0}, nil},
		{"concluded licence", "vlm", func(r *round) {
			r.component("part:vision-encoder", func(c *bom.Component) {
				c.Licenses = append(c.Licenses, bom.License{Expression: "BSL-1.0", Acknowledgement: bom.Concluded})
			})
		}, want{diff.LicenceConcludedChanged, "vision-encoder", "", "BSL-1.0", "", 0}, nil},
		{"licence terms", "vlm", func(r *round) {
			r.component("part:vision-encoder", func(c *bom.Component) {
				c.Properties = append(c.Properties, bom.Property{Name: "modelbom:licence:term", Value: "LicenseRef-x | naming | section 1 | names begin with X"})
			})
		}, want{diff.LicenceTermsChanged, "vision-encoder", "", "names begin with X", "", 0}, nil},
		{"lineage said to be complete", "vlm", func(r *round) {
			r.say(func(d *bom.Document) { d.Completeness.Lineage = bom.AggregateComplete })
		}, want{diff.CompletenessChanged, "the document", "unknown", "complete", "", 0}, nil},
		{"part in another role", "vlm", func(r *round) {
			r.say(func(d *bom.Document) { reref(d, "part:projector", "part:other:bridge", bom.RoleOther) })
		}, want{diff.PartRenamed, "other (bridge)", "projector", "other (bridge)", "its digest", 0}, nil},
		{"licence of an upstream", "vlm", func(r *round) {
			r.component(siglip, func(c *bom.Component) {
				c.Licenses = []bom.License{{Expression: "LicenseRef-gemma", Acknowledgement: bom.Declared}}
			})
		}, want{diff.LicenceDeclaredChanged, "google/siglip-so400m-patch14-384", "Apache-2.0", "LicenseRef-gemma", "", 0}, nil},
		{"version of an upstream", "vlm", func(r *round) {
			r.component(siglip, func(c *bom.Component) { c.Version = "9fdffc5" })
		}, want{diff.VersionChanged, "google/siglip-so400m-patch14-384", "", "9fdffc5", "", 0}, nil},
		{"library", "vlm", func(r *round) {
			r.say(func(d *bom.Document) {
				d.Components = append(d.Components, bom.Component{Ref: "pkg:pypi/torch@2.7.0", Kind: bom.KindLibrary, Name: "torch", Version: "2.7.0", PURL: "pkg:pypi/torch@2.7.0"})
			})
		}, want{diff.ComponentAdded, "torch", "", "torch 2.7.0", "", 0}, nil},
		{"what a weights file calls", "torch-unread", func(r *round) {
			r.component("file:pytorch_model.bin", func(c *bom.Component) {
				c.Properties = append(c.Properties, bom.Property{Name: "modelbom:code", Value: "call posix.system at byte 17: REDUCE; with (\"id\")"})
			})
		}, want{diff.CodeChanged, "pytorch_model.bin", "", "call posix.system", "would now run call posix.system", 0}, nil},
		{"gap inexact", "vlm", func(r *round) {
			r.say(func(d *bom.Document) {
				d.Gaps = append(d.Gaps, bom.Gap{Kind: bom.GapInexact, Ref: "part:language-model", Reason: "the count is rough"})
			})
		}, want{diff.GapOpened, "language-model", "", "inexact", "the count is rough", 0}, nil},
		{"variant", "vlm", func(r *round) {
			r.say(func(d *bom.Document) {
				d.Relationships = append(d.Relationships, bom.Relationship{From: "part:projector", Type: bom.DependsOn, To: "part:vision-encoder"})
			})
		}, want{diff.RelationAdded, "projector", "", "dependsOn vision-encoder", "", 0}, nil},
	}
}

// reref gives a component another reference everywhere.
func reref(d *bom.Document, from, to bom.Ref, role bom.Role) {
	for i := range d.Components {
		if d.Components[i].Ref == from {
			d.Components[i].Ref, d.Components[i].Role = to, role
		}
	}
	for i := range d.Relationships {
		for _, p := range []*bom.Ref{&d.Relationships[i].From, &d.Relationships[i].To} {
			if *p == from {
				*p = to
			}
		}
	}
}
