package security

import (
	"path"
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
}

// maxStated bounds all lists of Statements together.
const maxStated = 500

// ReadStatements searches a configuration for what makes a loader run code. It
// finds more than readers that know which file has which keys: keys in files
// where none is expected, that stand twice, or that have another type.
func ReadStatements(name string, text []byte) *Statements {
	s := &Statements{}
	r := &stated{name: name, base: strings.ToLower(path.Base(name)), Statements: s}
	s.Whole = format.EachText(text, r.value)
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
		if base, _, _ := strings.Cut(value, "."); !knownLibrary(base) {
			r.Code = append(r.Code, format.Code{Kind: format.CodeImport, Name: value, Detail: key})
		}
	case r.base == "model_index.json" && key == top+"[0]":
		r.component(top, key, value)
	case r.base == "modules.json" && last == "path" && climbs(value):
		r.Outside = append(r.Outside, key+": "+value)
	}
}

// statements judges what configurations say beside references and templates.
func (c *collector) statements(f *File) {
	if f.Stated == nil {
		return
	}
	switch {
	case f.Stated.More:
		c.add(RuleScanIncomplete, bom.SeverityMedium, f.Ref, f.Path, "statements", "the file says more than %d times what code or template is to be used, and what comes behind was not judged", maxStated)
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
