package inspect

import (
	"cmp"
	"path"
	"strconv"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/inventory"
	"github.com/modelbom/modelbom/pkg/modelcard"
)

// Names of the properties that carry statements and facts without a field;
// docs/properties.md lists them with their meaning.
const (
	propAlternative  = "modelbom:alternative"
	propLibrary      = "modelbom:library"
	propLanguage     = "modelbom:language"
	propDeclaredName = "modelbom:declared-name"
	propDeclaredType = "modelbom:declared-dtype"
	propNewVersion   = "modelbom:superseded-by"
	propTokenizer    = "modelbom:tokenizer:"
	propTemplate     = "modelbom:chat-template:"
	propProcessor    = "modelbom:processor:class"
	propAdapter      = "modelbom:adapter:"
	propPooling      = "modelbom:pooling"
)

// modelFacts writes what the publisher says about the model as a whole.
func (a *assembler) modelFacts(c *bom.Component) {
	s := &a.inv.Stated
	if r := s.Readme(); r != nil {
		c.Model.Task = quoted(r.PipelineTag.Value)
		c.Model.Inputs, c.Model.Outputs = modalities(r.PipelineTag.Value)
		addProperty(c, propLibrary, r.LibraryName.Value)
		addProperty(c, propDeclaredName, r.ModelName.Value)
		for _, l := range r.Languages {
			addProperty(c, propLanguage, l.Value)
		}
		if id, ok := modelcard.Upstream(r.NewVersion.Value); ok {
			addProperty(c, propNewVersion, id)
		}
		for _, x := range r.Results {
			c.Model.Metrics = append(c.Model.Metrics, bom.Metric{Type: quoted(x.Metric.Value), Value: quoted(x.Value.Value),
				Dataset: quoted(cmp.Or(x.DatasetName.Value, x.Dataset.Value))})
		}
	}
	if config := s.Configs["config.json"]; config != nil {
		configFacts(c.Model, config)
		addProperty(c, propDeclaredType, config.DType.Value)
	}
	if p := s.Pipelines["model_index.json"]; p != nil {
		c.Model.Architecture = quoted(p.Class.Value)
		addProperty(c, propLibrary, "diffusers")
	}
	for _, path := range sortedKeys(s.GGUFs) {
		g := s.GGUFs[path]
		if folder(path) != "" {
			continue // a model of its own
		}
		if c.Model.Family == "" && g.Architecture.Value != "clip" {
			c.Model.Family = quoted(g.Architecture.Value)
		}
		if g.Architecture.Value != "clip" {
			addProperty(c, propDeclaredName, g.Name.Value)
		}
	}
}

func addProperty(c *bom.Component, name, value string) {
	if value != "" {
		c.Properties = append(c.Properties, bom.Property{Name: name, Value: quoted(value)})
	}
}

// modalities reads the inputs and outputs that a task's name spells out, such
// as "image-text-to-text". Other tasks make no statement.
func modalities(task string) (in, out []string) {
	switch task {
	case "text-generation", "text2text-generation", "translation", "summarization":
		return []string{"text"}, []string{"text"}
	case "automatic-speech-recognition":
		return []string{"audio"}, []string{"text"}
	}
	before, after, ok := strings.Cut(task, "-to-")
	if !ok {
		return nil, nil
	}
	return modes(before), modes(after)
}

func modes(s string) []string {
	var out []string
	for w := range strings.SplitSeq(s, "-") {
		switch w {
		case "text", "image", "video", "audio", "3d":
			out = append(out, w)
		case "speech":
			out = append(out, "audio")
		}
	}
	return out
}

// folder is the folder of a path, "" for the root.
func folder(p string) string {
	if d := path.Dir(p); d != "." {
		return d
	}
	return ""
}

// linkTarget tells a URL from a file of this repository.
func (a *assembler) linkTarget(link string) (url, file string) {
	if strings.HasPrefix(link, "https://") || strings.HasPrefix(link, "http://") {
		return clean(link), ""
	}
	for _, f := range a.inv.Files {
		if f.Path == path.Clean(link) {
			return "", bom.CleanPath(f.Path)
		}
	}
	return "", ""
}

// How much a technique is worth, on CycloneDX's scale from 0 to 1. These grade
// the way of looking, not the claim: a card is written on purpose, a
// "_name_or_path" is left over by the software that saved the file.
const (
	confidenceStated   = 0.5
	confidenceLeftOver = 0.3
)

func evidence(s modelcard.Statement, confidence float64) bom.Evidence {
	return bom.Evidence{Technique: bom.ManifestAnalysis, Path: bom.CleanPath(s.Path), Key: cleanValue(s.Key), Value: quoted(s.Value), Confidence: confidence}
}

// assetFacts describes tokenizers, templates, processors, adapters and pooling.
func (a *assembler) assetFacts(p *inventory.Part) []bom.Property {
	c := &bom.Component{}
	s := &a.inv.Stated
	for _, f := range p.Files {
		switch p.Role {
		case bom.RoleTokenizer:
			tokenizerFacts(c, s.Tokenizers[f.Path])
			if t := s.TokenizerConfigs[f.Path]; t != nil {
				addProperty(c, propTokenizer+"class", t.Class.Value)
			}
			if g := s.GGUFs[f.Path]; g != nil {
				addProperty(c, propTokenizer+"pre", g.TokenizerPre.Value)
			}
		case bom.RoleChatTemplate:
			templates := s.Templates[f.Path]
			if t := s.TokenizerConfigs[f.Path]; t != nil {
				templates = t.ChatTemplates
			}
			for _, t := range templates {
				addProperty(c, propTemplate+"digest", t.Digest+" "+t.Name)
			}
		case bom.RoleProcessor:
			if x := s.Processors[f.Path]; x != nil {
				for _, class := range x.Classes {
					addProperty(c, propProcessor, class.Value)
				}
			}
		}
	}
	switch p.Role {
	case bom.RoleAdapter:
		a.adapterFacts(c, p)
	case bom.RoleEmbedding:
		for _, name := range sortedKeys(s.Poolings) {
			for _, mode := range s.Poolings[name].Modes {
				addProperty(c, propPooling, lastElement(mode.Key))
			}
		}
	}
	return c.Properties
}

func tokenizerFacts(c *bom.Component, t *modelcard.Tokenizer) {
	if t == nil {
		return
	}
	addProperty(c, propTokenizer+"type", t.Type.Value)
	for _, n := range []struct {
		name  string
		count int
	}{{"vocabulary", t.Vocabulary}, {"merges", t.Merges}, {"added-tokens", t.AddedTokens}} {
		if n.count > 0 {
			addProperty(c, propTokenizer+n.name, strconv.Itoa(n.count))
		}
	}
	addProperty(c, propTokenizer+"tokens-digest", t.TokensDigest)
	addProperty(c, propTokenizer+"merges-digest", t.MergesDigest)
}

func (a *assembler) adapterFacts(c *bom.Component, p *inventory.Part) {
	x := a.inv.Stated.Adapters[path.Join(p.Set.Dir, "adapter_config.json")]
	if x == nil {
		return
	}
	addProperty(c, propAdapter+"type", x.PeftType.Value)
	addProperty(c, propAdapter+"rank", x.Rank.Value)
	for _, m := range x.TargetModules {
		addProperty(c, propAdapter+"target", m.Value)
	}
	for _, m := range x.ModulesToSave {
		addProperty(c, propAdapter+"saved-module", m.Value)
	}
}

func lastElement(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }
