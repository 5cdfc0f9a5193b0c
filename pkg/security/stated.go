package security

import (
	"path"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/format"
	"github.com/modelbom/modelbom/pkg/modelcard"
)

// A Statements is what a configuration in JSON says about code, wherever in it
// that stands and in whatever file.
type Statements struct {
	// References make a loader import code of a repository.
	References []modelcard.CodeReference
	// Templates are chat templates.
	Templates []modelcard.ChatTemplate
	// Code are names of Python's modules that a loader imports.
	Code []format.Code
	// Trusts are the keys that make a loader run code without being asked.
	Trusts []string
	// Outside are the folders and files that it names outside of the repository.
	Outside []string
	// Whole is false when the file is no JSON behind some place, More set when
	// there was more than is kept.
	Whole, More bool
	// Deep is set when what stands there is nested deeper than is read.
	Deep bool
}

// maxStated bounds all lists of Statements together.
const maxStated = 500

// ReadStatements searches a configuration for what makes a loader run code. It
// finds more than readers that know which file has which keys: keys in files
// where none is expected, that stand twice, or that have another type.
func ReadStatements(name string, text []byte) *Statements {
	s := &Statements{}
	r := &stated{name: name, base: strings.ToLower(path.Base(name)), Statements: s}
	s.Whole, s.Deep = format.EachText(text, r.value)
	return s
}

// A stated sorts the values of one file.
type stated struct {
	name, base string
	*Statements
}

func (r *stated) value(key, value string, isText bool) {
	top, last := firstKey(key), lastKey(key)
	switch {
	case value == "":
	case len(r.References)+len(r.Templates)+len(r.Code)+len(r.Trusts)+len(r.Outside) >= maxStated:
		r.More = true
	case !isText:
		if last == "trust_remote_code" && value == "true" {
			r.Trusts = append(r.Trusts, key)
		}
	case within(key, "auto_map"), within(key, "custom_pipelines") && last == "impl", last == "custom_generate":
		r.References = append(r.References, codeReference(r.name, key, value))
	case last == "chat_template" || within(key, "chat_template") && last != "name":
		r.Templates = append(r.Templates, modelcard.ChatTemplate{Path: r.name, Key: key, Text: value, Size: int64(len(value))})
	case within(key, "auto_mapping") && last == "parent_library":
		r.imported(key, value)
	case imports(r.base, top, last) && strings.Contains(value, ".") && plainName(value):
		r.imported(key, value)
	case r.base == "model_index.json" && key == top+"[0]":
		r.component(top, key, value)
	case r.base == "modules.json" && last == "path" && climbs(value):
		r.Outside = append(r.Outside, key+": "+value)
	}
}

// imported takes a dotted name that a loader imports.
func (r *stated) imported(key, name string) {
	base, _, _ := strings.Cut(name, ".")
	if !knownLibrary(base) || format.JudgeGlobal(name).Grade == format.DangerousGlobal {
		r.Code = append(r.Code, format.Code{Kind: format.CodeImport, Name: name, Detail: key})
	}
}

// Import takes a library of a pipeline that is no file of the repository: a package,
// which is imported. A part of the packages of diffusers is none.
func (s *Statements) Import(r modelcard.CodeReference) {
	if len(s.Code) < maxStated && !slices.Contains(pipelineModules[:], r.Value) {
		s.Code = append(s.Code, format.Code{Kind: format.CodeImport, Name: r.Value, Detail: r.Key})
	}
}

// pipelineModules are the modules of diffusers.pipelines (0.35) that a library of a
// pipeline can name, as they have components of their own.
var pipelineModules = [...]string{"stable_diffusion", "stable_diffusion_safe", "stable_diffusion_xl", "stable_cascade", "stable_audio", "latent_diffusion", "paint_by_example",
	"audioldm", "audioldm2", "unidiffuser", "wuerstchen", "deepfloyd_if", "kandinsky", "kandinsky2_2", "kandinsky3", "shap_e", "blip_diffusion", "musicldm", "spectrogram_diffusion",
	"unclip", "versatile_diffusion", "visualcloze", "ledits_pp", "consistency_models", "animatediff", "controlnet", "flux", "hunyuandit", "pixart_alpha", "amused"}

// imports reports the keys whose value sentence-transformers imports by its dotted
// name: functions of activation, which it calls at once, and the classes of modules.
func imports(file, top, last string) bool {
	switch last {
	case "activation_function", "activation_fn", "sbert_ce_default_activation_function":
		return true
	case "type":
		return file == "modules.json"
	}
	return top == "types" && (file == "config.json" || file == "router_config.json")
}

// statements judges what configurations say beside references and templates.
func (c *collector) statements(f *File) {
	if f.Stated == nil {
		return
	}
	switch {
	case f.Stated.More:
		c.add(RuleScanIncomplete, bom.SeverityMedium, f.Ref, f.Path, "statements", "the file says more than %d times what code or template is to be used, and what comes behind was not judged", maxStated)
	case f.Stated.Deep:
		c.add(RuleScanIncomplete, bom.SeverityMedium, f.Ref, f.Path, "statements", "the file is nested deeper than is read, and what comes behind that place was not judged")
	case !f.Stated.Whole:
		c.add(RuleScanIncomplete, bom.SeverityInfo, f.Ref, f.Path, "statements", "the file is no JSON behind some place, and what comes behind it was not judged")
	}
	for _, key := range f.Stated.Trusts {
		c.add(RuleRemoteCode, bom.SeverityLow, f.Ref, f.Path, key, "%s makes a loader run code that comes with a model, without asking the one who loads it", short(key, 100))
	}
	for _, x := range f.Stated.Code {
		c.imported(f, x)
	}
	for _, text := range f.Stated.Outside {
		c.add(RulePathEscape, bom.SeverityHigh, f.Ref, f.Path, text, "the file names a place outside of the repository: %s", short(text, maxQuoted))
	}
}

// component takes a piece of a pipeline of diffusers, whose library is imported: a
// package, or a file of the repository.
func (r *stated) component(piece, key, library string) {
	if knownLibrary(library) {
		return
	}
	if format.JudgeGlobal(library).Grade == format.DangerousGlobal {
		r.Code = append(r.Code, format.Code{Kind: format.CodeImport, Name: library, Detail: key})
		return
	}
	file := strings.ReplaceAll(library, ".", "/") + ".py"
	if !strings.HasPrefix(piece, "_") {
		file = path.Join(piece, file)
	}
	r.References = append(r.References, modelcard.CodeReference{Statement: modelcard.Statement{Path: r.name, Key: key, Value: library}, File: file, Class: piece})
}

// knownLibrary reports the packages whose classes loaders take by name.
func knownLibrary(name string) bool {
	switch name {
	case "diffusers", "transformers", "peft", "timm", "torch", "sentence_transformers", "onnxruntime", "optimum", "flax", "open_clip", "accelerate", "k_diffusion":
		return true
	}
	return false
}

// codeReference takes a reference apart: "module.Class", with "repository--"
// before it for code of another one.
func codeReference(file, key, value string) modelcard.CodeReference {
	c := modelcard.CodeReference{Statement: modelcard.Statement{Path: file, Key: key, Value: value}}
	name := value
	if repository, rest, ok := strings.Cut(value, "--"); ok {
		c.Repository, name = repository, rest
	}
	if i := strings.LastIndexByte(name, '.'); i > 0 && plainName(name) {
		c.File, c.Class = strings.ReplaceAll(name[:i], ".", "/")+".py", name[i+1:]
	}
	if lastKey(key) == "custom_generate" {
		c.Repository, c.File = value, "custom_generate/generate.py"
	}
	return c
}

// firstKey is the first name of a path, lastKey the last.
func firstKey(key string) string {
	if i := strings.IndexAny(key, ".["); i >= 0 {
		return key[:i]
	}
	return key
}

func lastKey(key string) string {
	if i := strings.IndexByte(key, '['); i >= 0 && strings.LastIndexByte(key, '.') < i {
		key = key[:i]
	}
	return key[strings.LastIndexByte(key, '.')+1:]
}

// within reports whether a name is one of a path's.
func within(key, name string) bool {
	i := strings.Index("."+key, "."+name)
	return i >= 0 && (len(key) == i+len(name) || strings.IndexByte(".[", key[i+len(name)]) >= 0)
}
