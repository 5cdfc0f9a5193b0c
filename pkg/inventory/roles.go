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
	return map[string]FileRole{
		"config.json": RoleConfig, "params.json": RoleConfig, "data_config.json": RoleOther,
		"generation_config.json":            RoleGenerationConfig,
		"adapter_config.json":               RoleAdapterConfig,
		"model_index.json":                  RolePipeline,
		"modules.json":                      RoleModules,
		"config_sentence_transformers.json": RoleModules, "sentence_bert_config.json": RoleModules,

		"tokenizer.json": RoleTokenizer, "tokenizer_config.json": RoleTokenizer, "tokenizer.model": RoleTokenizer,
		"tokenizer.model.v3": RoleTokenizer, "spiece.model": RoleTokenizer, "sentencepiece.bpe.model": RoleTokenizer,
		"spm.model": RoleTokenizer, "source.spm": RoleTokenizer, "target.spm": RoleTokenizer,
		"vocab.json": RoleTokenizer, "vocab.txt": RoleTokenizer, "vocab.bpe": RoleTokenizer, "encoder.json": RoleTokenizer,
		"merges.txt": RoleTokenizer, "bpe.codes": RoleTokenizer, "added_tokens.json": RoleTokenizer,
		"special_tokens_map.json": RoleTokenizer, "tekken.json": RoleTokenizer, "normalizer.json": RoleTokenizer,

		"chat_template.jinja": RoleChatTemplate, "chat_template.json": RoleChatTemplate, "chat_template": RoleChatTemplate,

		"preprocessor_config.json": RoleProcessor, "processor_config.json": RoleProcessor,
		"image_processor_config.json": RoleProcessor, "video_preprocessor_config.json": RoleProcessor,
		"feature_extractor_config.json": RoleProcessor, "scheduler_config.json": RoleProcessor,

		"readme.md": RoleModelCard, "readme": RoleDocumentation, "readme.txt": RoleDocumentation,

		"optimizer.pt": RoleTrainingState, "optimizer.bin": RoleTrainingState, "scheduler.pt": RoleTrainingState,
		"scaler.pt": RoleTrainingState, "training_args.bin": RoleTrainingState, "trainer_state.json": RoleTrainingState,
		"rng_state.pth": RoleTrainingState,

		"model.sig": RoleSignature,
	}
}

// byExtension gives the role of files whose extension, in lower case, hints it.
func byExtension() map[string]FileRole {
	return map[string]FileRole{
		".py": RoleCode, ".tiktoken": RoleTokenizer, ".jinja": RoleChatTemplate, ".jinja2": RoleChatTemplate,
		".md": RoleDocumentation, ".rst": RoleDocumentation, ".pdf": RoleDocumentation, ".bib": RoleDocumentation,
		".png": RoleMedia, ".jpg": RoleMedia, ".jpeg": RoleMedia, ".gif": RoleMedia, ".svg": RoleMedia,
		".webp": RoleMedia, ".mp4": RoleMedia, ".wav": RoleMedia, ".mp3": RoleMedia, ".flac": RoleMedia,
		".sig": RoleSignature, ".sigstore": RoleSignature, ".asc": RoleSignature,
	}
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
	case strings.HasPrefix(base, "rng_state") && strings.HasSuffix(base, ".pth"):
		return RoleTrainingState
	case isLicenseName(base):
		return RoleLicense
	}
	if role, ok := roleByExtension[path.Ext(base)]; ok {
		return role
	}
	return RoleOther
}

// isLicenseName reports whether a lower-case base name is a licence, notice or
// use policy by custom.
func isLicenseName(base string) bool {
	stem, _, _ := strings.Cut(base, ".")
	for _, word := range []string{"license", "licence", "copying", "notice", "use_policy", "unlicense"} {
		if stem == word || strings.HasPrefix(stem, word+"-") || strings.HasPrefix(stem, word+"_") || strings.HasSuffix(stem, "_"+word) || strings.HasSuffix(stem, "-"+word) {
			return path.Ext(base) != ".py"
		}
	}
	return false
}

// weightsName reports whether a file's extension is one that weights have.
// It decides only where the bytes cannot: for absent and unreadable files.
func weightsName(p string) bool {
	switch strings.ToLower(path.Ext(p)) {
	case ".safetensors", ".gguf", ".bin", ".pt", ".pth", ".ckpt", ".onnx", ".onnx_data", ".h5", ".keras", ".msgpack",
		".tflite", ".npz", ".nemo", ".pdparams", ".pdiparams", ".mlmodel", ".pte", ".engine", ".ggml", ".llamafile":
		return roleOf(p) != RoleTrainingState
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
