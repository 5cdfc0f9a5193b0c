package modelcard

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const adapterConfig = `{
  "alpha_pattern": {},
  "auto_mapping": {"base_model_class": "LlamaForCausalLM", "parent_library": "transformers"},
  "base_model_name_or_path": "meta-llama/Llama-3.1-8B",
  "bias": "none",
  "lora_alpha": 32,
  "modules_to_save": ["lm_head"],
  "peft_type": "LORA",
  "r": 16,
  "revision": null,
  "target_modules": ["q_proj", "v_proj"],
  "task_type": "CAUSAL_LM"
}`

func TestReadAdapter(t *testing.T) {
	got, problems, err := ReadAdapter("f", strings.NewReader(adapterConfig))
	if err != nil {
		t.Fatal(err)
	}
	wantProblems(t, problems)
	want := &Adapter{
		Path: "f", BaseModel: st("base_model_name_or_path", "meta-llama/Llama-3.1-8B"),
		PeftType: st("peft_type", "LORA"), TaskType: st("task_type", "CAUSAL_LM"), Rank: st("r", "16"), Alpha: st("lora_alpha", "32"),
		TargetModules: []Statement{st("target_modules[0]", "q_proj"), st("target_modules[1]", "v_proj")},
		ModulesToSave: []Statement{st("modules_to_save[0]", "lm_head")},
		BaseClass:     st("auto_mapping.base_model_class", "LlamaForCausalLM"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	_, problems, err = ReadAdapter("f", strings.NewReader(`{"base_model_name_or_path": 1, "r": [], "target_modules": {}}`))
	if err != nil {
		t.Fatal(err)
	}
	wantProblems(t, problems, "base_model_name_or_path: a number", "r: a list", "target_modules: an object")
}

const modelIndex = `{
  "_class_name": "StableDiffusionPipeline",
  "_diffusers_version": "0.27.0",
  "_name_or_path": "acme/sd",
  "requires_safety_checker": true,
  "feature_extractor": [null, null],
  "safety_checker": null,
  "image_encoder": false,
  "sizes": [1, 2, 3],
  "text_encoder": ["transformers", "CLIPTextModel"],
  "unet": ["diffusers", "UNet2DConditionModel"],
  "vae": ["diffusers", "AutoencoderKL"]
}`

func TestReadPipeline(t *testing.T) {
	got, problems, err := ReadPipeline("f", strings.NewReader(modelIndex))
	if err != nil {
		t.Fatal(err)
	}
	wantProblems(t, problems)
	want := &Pipeline{
		Path: "f", Class: st("_class_name", "StableDiffusionPipeline"), Version: st("_diffusers_version", "0.27.0"),
		NameOrPath: st("_name_or_path", "acme/sd"),
		Components: []PipelineComponent{
			{"text_encoder", st("text_encoder[0]", "transformers"), st("text_encoder[1]", "CLIPTextModel")},
			{"unet", st("unet[0]", "diffusers"), st("unet[1]", "UNet2DConditionModel")},
			{"vae", st("vae[0]", "diffusers"), st("vae[1]", "AutoencoderKL")},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got, problems, err = ReadPipeline("f", strings.NewReader(`{"_class_name": ["pipeline", "Mine"], "x": [1, "C"]}`))
	if err != nil || got.Class != st("_class_name[1]", "Mine") || len(got.Components) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	wantProblems(t, problems, "x[0]: a number")
}

const modulesJSON = `[
  {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
  {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
  {"idx": 2, "name": "2", "path": "2_Mine", "type": "acme/code--custom_st.Mine"}
]`

func TestReadModules(t *testing.T) {
	got, problems, err := ReadModules("f", strings.NewReader(modulesJSON))
	if err != nil {
		t.Fatal(err)
	}
	wantProblems(t, problems)
	custom := st("[2].type", "acme/code--custom_st.Mine")
	want := []Module{
		{Index: st("[0].idx", "0"), Name: st("[0].name", "0"), Type: st("[0].type", "sentence_transformers.models.Transformer")},
		{Index: st("[1].idx", "1"), Name: st("[1].name", "1"), Folder: st("[1].path", "1_Pooling"), Type: st("[1].type", "sentence_transformers.models.Pooling")},
		{
			Index: st("[2].idx", "2"), Name: st("[2].name", "2"), Folder: st("[2].path", "2_Mine"), Type: custom,
			CodeReference: &CodeReference{custom, "Mine", "custom_st.py", "acme/code"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSentenceTransformer(t *testing.T) {
	got, problems, err := ReadSentenceTransformer("f", strings.NewReader(
		`{"__version__": {"sentence_transformers": "3.0.0"}, "prompts": {"query": "q: ", "document": ""}, "similarity_fn_name": "cosine"}`))
	if err != nil {
		t.Fatal(err)
	}
	wantProblems(t, problems)
	want := &SentenceTransformer{
		Path: "f", Versions: []Statement{st("__version__.sentence_transformers", "3.0.0")}, Prompts: 2, Similarity: st("similarity_fn_name", "cosine"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	p, problems, err := ReadPooling("f", strings.NewReader(
		`{"word_embedding_dimension": 384, "pooling_mode_cls_token": false, "pooling_mode_mean_tokens": true, "include_prompt": true}`))
	if err != nil {
		t.Fatal(err)
	}
	wantProblems(t, problems)
	if diff := cmp.Diff(&Pooling{"f", st("word_embedding_dimension", "384"), []Statement{st("pooling_mode_mean_tokens", "true")}}, p); diff != "" {
		t.Error(diff)
	}
}

const processorJSON = `{
  "processor_class": "AcmeProcessor",
  "auto_map": {"AutoProcessor": "acme/code--processing.AcmeProcessor"},
  "_name_or_path": "openai/clip-vit-large-patch14",
  "image_mean": [0.5, 0.5, 0.5],
  "size": {"height": 224},
  "image_processor": {"image_processor_type": "AcmeImageProcessor", "auto_map": {"AutoImageProcessor": "image.Acme"}}
}`

func TestReadProcessor(t *testing.T) {
	got, problems, err := ReadProcessor("f", strings.NewReader(processorJSON))
	if err != nil {
		t.Fatal(err)
	}
	wantProblems(t, problems)
	want := &Processor{
		Path:       "f",
		Classes:    []Statement{st("processor_class", "AcmeProcessor"), st("image_processor.image_processor_type", "AcmeImageProcessor")},
		NameOrPath: st("_name_or_path", "openai/clip-vit-large-patch14"),
		AutoMap: []CodeReference{
			{st("auto_map.AutoProcessor", "acme/code--processing.AcmeProcessor"), "AcmeProcessor", "processing.py", "acme/code"},
			{st("image_processor.auto_map.AutoImageProcessor", "image.Acme"), "Acme", "image.py", ""},
		},
		Settings: []Statement{
			st("processor_class", "AcmeProcessor"), st("_name_or_path", "openai/clip-vit-large-patch14"), st("image_mean", "[0.5, 0.5, 0.5]"),
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestGenerationAndParams(t *testing.T) {
	g, problems, err := ReadGeneration("f", strings.NewReader(`{"do_sample": true, "eos_token_id": [1, 2], "top_p": 0.90, "x": null, "y": {}}`))
	if err != nil {
		t.Fatal(err)
	}
	wantProblems(t, problems)
	if diff := cmp.Diff([]Statement{st("do_sample", "true"), st("eos_token_id", "[1, 2]"), st("top_p", "0.90")}, g.Settings); diff != "" {
		t.Error(diff)
	}
	many := `{"a": 1`
	for i := range 100 {
		many += `, "k` + strconv.Itoa(i) + `": 1`
	}
	g, problems, err = ReadGeneration("f", strings.NewReader(many+"}"))
	if err != nil || len(g.Settings) != maxSettings {
		t.Errorf("%d settings, %v", len(g.Settings), err)
	}
	wantProblems(t, problems, "more than 64 settings")

	p, problems, err := ReadParams("f", strings.NewReader(`{"dim": 4096, "n_layers": 32, "vision_encoder": {"image_size": 1024}}`))
	if err != nil {
		t.Fatal(err)
	}
	wantProblems(t, problems)
	if diff := cmp.Diff(&Params{"f", []Statement{st("dim", "4096"), st("n_layers", "32")}, []Statement{st("vision_encoder.image_size", "1024")}}, p); diff != "" {
		t.Error(diff)
	}
}

func ggufLookup(m map[string]string) func(string) (string, bool) {
	return func(key string) (string, bool) { v, ok := m[key]; return v, ok }
}

func TestReadGGUF(t *testing.T) {
	got, problems := ReadGGUF("f", ggufLookup(map[string]string{
		"general.architecture": "llama", "general.type": "model", "general.name": "Acme 8B", "general.file_type": "15",
		"general.license": "apache-2.0", "general.license.link": "https://example.org/l", "general.quantized_by": "ann",
		"general.base_model.count": "2", "general.base_model.0.name": "Base", "general.base_model.0.organization": "Acme",
		"general.base_model.0.repo_url": "https://huggingface.co/acme/base", "general.base_model.2.name": "beyond the count",
		"llama.block_count": "32", "llama.attention.head_count_kv": "8", "qwen2.block_count": "1",
		"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "llama-bpe", "tokenizer.chat_template": "{{ x }}",
	}))
	want := &GGUF{
		Path: "f", Architecture: st("general.architecture", "llama"), Type: st("general.type", "model"), Name: st("general.name", "Acme 8B"),
		License: st("general.license", "apache-2.0"), LicenseLink: st("general.license.link", "https://example.org/l"),
		QuantizedBy: st("general.quantized_by", "ann"), FileType: st("general.file_type", "15"), FileTypeName: "Q4_K_M",
		BaseModels: []GGUFSource{{
			Name: st("general.base_model.0.name", "Base"), Organization: st("general.base_model.0.organization", "Acme"),
			RepoURL: st("general.base_model.0.repo_url", "https://huggingface.co/acme/base"),
		}},
		Hyperparameters: []Statement{st("llama.block_count", "32"), st("llama.attention.head_count_kv", "8")},
		TokenizerModel:  st("tokenizer.ggml.model", "gpt2"), TokenizerPre: st("tokenizer.ggml.pre", "llama-bpe"), ChatTemplate: true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	wantProblems(t, problems, "general.base_model.1: counted and not there")
}

func TestReadGGUFHostile(t *testing.T) {
	for count, want := range map[string]string{
		"18446744073709551615": "entries, of which at most 64", "-1": `"-1" is not a number`, "x": "is not a number", "1e3": "is not a number",
	} {
		calls := 0
		g, problems := ReadGGUF("f", func(key string) (string, bool) {
			calls++
			return map[string]string{"general.dataset.count": count, "general.name": "\xff", "general.author": strings.Repeat("x", 1<<20)}[key],
				key == "general.dataset.count" || key == "general.name" || key == "general.author"
		})
		if calls > 1000 {
			t.Errorf("count %s: %d look-ups", count, calls)
		}
		found := false
		for _, p := range problems {
			found = found || p.Key == "general.dataset.count" && strings.Contains(p.Reason, want)
		}
		if !found {
			t.Errorf("count %s: problems are %q", count, problems)
		}
		checkAll(t, g, problems)
	}
}

func TestFileTypeName(t *testing.T) {
	for in, want := range map[string]string{
		"0": "F32", "1": "F16", "2": "Q4_0", "5": "", "7": "Q8_0", "15": "Q4_K_M", "18": "Q6_K", "30": "IQ4_XS", "32": "BF16",
		"38": "MXFP4_MOE", "40": "Q1_0", "41": "", "1039": "Q4_K_M", "99999": "", "-1": "", "": "", "x": "",
	} {
		if got := fileTypeName(in); got != want {
			t.Errorf("file type %q is %q, want %q", in, got, want)
		}
	}
}

// every reads data with every reader of a small JSON file.
func every(t *testing.T, data []byte) {
	check(t, ReadQuantization, data)
	check(t, ReadParams, data)
	check(t, ReadAdapter, data)
	check(t, ReadPipeline, data)
	check(t, ReadSentenceTransformer, data)
	check(t, ReadPooling, data)
	check(t, ReadProcessor, data)
	check(t, ReadGeneration, data)
	list, problems, err := ReadModules("f", bytes.NewReader(data))
	if (list == nil) == (err == nil) {
		t.Fatalf("%v, %v", list, err)
	}
	checkAll(t, list, problems)
}

func check[T any](t *testing.T, read func(string, io.Reader) (*T, []Problem, error), data []byte) {
	t.Helper()
	got, problems, err := read("f", bytes.NewReader(data))
	if (got == nil) == (err == nil) {
		t.Fatalf("%v, %v", got, err)
	}
	checkAll(t, got, problems)
}

func FuzzReadSmall(f *testing.F) {
	for _, s := range []string{adapterConfig, modelIndex, modulesJSON, processorJSON, visionConfig, `{"prompts": {"a": "b"}, "__version__": {"x": "1"}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(every)
}

func FuzzReadGGUF(f *testing.F) {
	f.Add("llama", "2", "acme/base", "15")
	f.Fuzz(func(t *testing.T, arch, count, text, fileType string) {
		g, problems := ReadGGUF("f", func(key string) (string, bool) {
			switch {
			case key == "general.architecture":
				return arch, true
			case strings.HasSuffix(key, ".count"):
				return count, true
			case key == "general.file_type":
				return fileType, true
			}
			return text, len(key)%2 == 0
		})
		checkAll(t, g, problems)
	})
}
