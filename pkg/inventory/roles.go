package inventory

import (
	"path"
	"strings"
)

// A FileRole is the job of a file in the repository.
type FileRole string

// The roles of files.
const (
	RoleWeights          FileRole = "weights"
	RoleWeightsIndex     FileRole = "weights-index"
	RoleConfig           FileRole = "config"
	RoleGenerationConfig FileRole = "generation-config"
	RoleAdapterConfig    FileRole = "adapter-config"
	RolePipeline         FileRole = "pipeline"
	RoleModules          FileRole = "modules"
	RoleTokenizer        FileRole = "tokenizer"
	RoleChatTemplate     FileRole = "chat-template"
	RoleProcessor        FileRole = "processor"
	RoleCode             FileRole = "code"
	RoleModelCard        FileRole = "model-card"
	RoleLicense          FileRole = "license"
	RoleDocumentation    FileRole = "documentation"
	RoleMedia            FileRole = "media"
	RoleTrainingState    FileRole = "training-state"
	RoleSignature        FileRole = "signature"
	RoleOther            FileRole = "other"
)

// byName gives the role of files whose base name, in lower case, decides it.
func byName() map[string]FileRole {
	m := map[string]FileRole{}
	for role, names := range map[FileRole][]string{
		RoleConfig: {"config.json", "params.json", "vision_config.json", "audio_config.json", "text_config.json",
			"open_clip_config.json", "quantize_config.json", "quant_config.json", "hf_quant_config.json"},
		RoleGenerationConfig: {"generation_config.json"},
		RoleAdapterConfig:    {"adapter_config.json"},
		RolePipeline:         {"model_index.json"},
		RoleModules:          {"modules.json", "config_sentence_transformers.json", "sentence_bert_config.json"},
		RoleTokenizer: {"tokenizer.json", "tokenizer_config.json", "spiece.model", "sentencepiece.model", "sentencepiece.bpe.model",
			"spm.model", "ice_text.model", "vocab.json", "vocab.txt", "vocab.bpe", "encoder.json", "vocab-src.json", "vocab-tgt.json",
			"entity_vocab.json", "vocabulary.json", "vocabulary.txt", "dict.txt", "merges.txt", "bpe.codes", "added_tokens.json",
			"special_tokens_map.json", "tekken.json", "normalizer.json"},
		RoleChatTemplate: {"chat_template.json", "chat_template"},
		RoleProcessor: {"preprocessor_config.json", "processor_config.json", "image_processor_config.json", "video_preprocessor_config.json",
			"audio_processor_config.json", "feature_extractor_config.json", "scheduler_config.json"},
		RoleModelCard:     {"readme.md"},
		RoleDocumentation: {"readme", "readme.txt", "changelog", "citation.cff", "authors"},
		RoleTrainingState: {"optimizer.pt", "optimizer.bin", "scheduler.pt", "scheduler.bin", "scaler.pt", "training_args.bin",
			"trainer_state.json", "rng_state.pth", "all_results.json", "train_results.json", "eval_results.json"},
	} {
		for _, n := range names {
			m[n] = role
		}
	}
	return m
}

// byExtension gives the role of files whose extension, in lower case, hints it.
func byExtension() map[string]FileRole {
	m := map[string]FileRole{}
	for role, extensions := range map[FileRole][]string{
		RoleCode:          {".py", ".ipynb", ".sh", ".bat", ".ps1", ".js", ".ts", ".c", ".cc", ".cpp", ".h", ".cu", ".cuh", ".rs", ".go"},
		RoleTokenizer:     {".tiktoken", ".spm"},
		RoleChatTemplate:  {".jinja", ".jinja2"},
		RoleDocumentation: {".md", ".rst", ".pdf", ".bib", ".html", ".docx"},
		RoleMedia: {".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".avif", ".bmp", ".tif", ".tiff", ".ico", ".mp4", ".webm", ".mov",
			".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a"},
		RoleSignature: {".sig", ".sigstore", ".asc"},
	} {
		for _, e := range extensions {
			m[e] = role
		}
	}
	return m
}

var (
	roleByName      = byName()
	roleByExtension = byExtension()
)

// roleOf is the role of a file by its name alone.
func roleOf(p string) FileRole {
	base := strings.ToLower(baseName(p))
	if role, ok := roleByName[base]; ok {
		return role
	}
	switch {
	case isIndexName(base):
		return RoleWeightsIndex
	case isTrainingState(base):
		return RoleTrainingState
	case base == "tokenizer.model", strings.HasPrefix(base, "tokenizer.model.v"), strings.HasPrefix(base, "tokenizer.mm.model"):
		return RoleTokenizer
	case isLicenseName(base):
		return RoleLicense
	}
	if role, ok := roleByExtension[path.Ext(base)]; ok {
		return role
	}
	return RoleOther
}

// isTrainingState reports what trainers leave beside a checkpoint: the states of
// optimizers and random number generators, and logs.
func isTrainingState(base string) bool {
	switch ext := path.Ext(base); {
	case strings.HasPrefix(base, "events.out.tfevents."):
		return true
	case ext == ".pt" || ext == ".pth" || ext == ".bin":
		return strings.HasPrefix(base, "rng_state") || strings.HasSuffix(strings.TrimSuffix(base, ext), "optim_states") ||
			strings.HasPrefix(base, "random_states_")
	}
	return false
}

// isLicenseName reports whether a lower-case base name is a licence, notice or
// use policy by custom. Weights may be named so too: "license_plate.onnx".
func isLicenseName(base string) bool {
	ext := path.Ext(base)
	if weightsExtension(ext) || ext == ".json" || roleByExtension[ext] == RoleCode || roleByExtension[ext] == RoleMedia {
		return false
	}
	stem, _, _ := strings.Cut(base, ".")
	for _, word := range []string{"license", "licence", "copying", "notice", "notices", "thirdpartynotices", "use_policy", "unlicense",
		"terms_of_use", "eula"} {
		if stem == word || strings.HasPrefix(stem, word+"-") || strings.HasPrefix(stem, word+"_") || strings.HasSuffix(stem, "_"+word) || strings.HasSuffix(stem, "-"+word) {
			return true
		}
	}
	return false
}

// weightsName reports whether a file's extension is one that weights have.
// It decides only where the bytes cannot: for absent and unreadable files.
func weightsName(p string) bool {
	return weightsExtension(strings.ToLower(path.Ext(p))) && roleOf(p) != RoleTrainingState
}

func weightsExtension(ext string) bool {
	switch ext {
	case ".safetensors", ".gguf", ".bin", ".pt", ".pth", ".ckpt", ".onnx", ".onnx_data", ".h5", ".keras", ".msgpack",
		".tflite", ".npz", ".nemo", ".pdparams", ".pdiparams", ".mlmodel", ".pte", ".engine", ".ggml", ".llamafile":
		return true
	}
	return false
}

// dataExtension reports files of data, which may be large and are no weights.
func dataExtension(p string) bool {
	switch strings.ToLower(path.Ext(p)) {
	case ".parquet", ".arrow", ".csv", ".tsv", ".jsonl", ".json", ".txt", ".xml", ".yaml", ".yml", ".toml", ".ttf", ".otf":
		return true
	}
	return false
}

// mustBeWeights reports files whose name leaves no doubt that weights should be
// in them. A ".bin" can be anything; only the names that loaders look for count.
func mustBeWeights(p string) bool {
	base := strings.ToLower(baseName(p))
	if path.Ext(base) != ".bin" {
		return weightsName(p)
	}
	for _, stem := range []string{"pytorch_model", "diffusion_pytorch_model", "adapter_model", "model", "consolidated", "weights"} {
		if rest, ok := strings.CutPrefix(base, stem); ok && (rest[0] == '.' || rest[0] == '-' || rest[0] == '_') {
			return true
		}
	}
	return false
}

// isText reports roles whose files are never weights in a format that is told
// by its name only.
func isText(r FileRole) bool {
	switch r {
	case RoleOther, RoleWeights:
		return false
	}
	return true
}

func baseName(p string) string { return path.Base(p) }

// dirName is the folder of a path, "" for the root.
func dirName(p string) string {
	if d := path.Dir(p); d != "." {
		return d
	}
	return ""
}
