package inventory

import (
	"path"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// assets makes the parts that are not weights: tokenizers, chat templates,
// processors and code, also those that lie inside files of another kind.
func (c *cutter) assets() {
	for _, f := range c.inv.Files {
		if f.Skipped != "" {
			continue
		}
		switch f.Role {
		case RoleTokenizer:
			c.asset(bom.RoleTokenizer, c.assetQualifier(dirName(f.Path)), f)
		case RoleProcessor:
			c.asset(bom.RoleProcessor, c.assetQualifier(dirName(f.Path)), f)
		case RoleCode:
			c.asset(bom.RoleCode, "", f)
		case RoleChatTemplate:
			c.asset(bom.RoleChatTemplate, templateQualifier(f.Path), f)
		}
	}
	for _, f := range c.inv.Files {
		c.embedded(f)
	}
}

// asset adds a file to the asset part of its role and qualifier.
func (c *cutter) asset(role bom.Role, qualifier string, f *File) *Part {
	key := partKey{role, qualifier}
	p := c.parts[key]
	if p == nil {
		p = &Part{Role: role, Qualifier: qualifier}
		c.parts[key] = p
		c.order = append(c.order, p)
	}
	p.Files = append(p.Files, f)
	return p
}

// embedded finds tokenizers and templates inside GGUF files, and templates
// inside a tokenizer's configuration.
func (c *cutter) embedded(f *File) {
	if t := c.inv.Stated.TokenizerConfigs[f.Path]; t != nil && len(t.ChatTemplates) > 0 {
		c.inside(bom.RoleChatTemplate, c.assetQualifier(dirName(f.Path)), f, "chat_template")
	}
	if f.Header == nil || f.Format != "gguf" {
		return
	}
	if _, ok := f.Header.Lookup("tokenizer.ggml.tokens"); ok {
		c.inside(bom.RoleTokenizer, dirName(f.Path), f, "tokenizer.ggml")
	}
	if _, ok := f.Header.Lookup("tokenizer.chat_template"); ok {
		c.inside(bom.RoleChatTemplate, dirName(f.Path), f, "tokenizer.chat_template")
	}
}

// inside adds an asset that is stored inside a file. When the plain name is
// taken, the file's name tells the two apart.
func (c *cutter) inside(role bom.Role, qualifier string, f *File, key string) {
	stem := strings.TrimSuffix(baseName(f.Path), path.Ext(f.Path))
	for _, q := range []string{qualifier, path.Join(qualifier, stem), path.Join(qualifier, baseName(f.Path))} {
		if c.parts[partKey{role, q}] == nil {
			c.asset(role, q, f).Inside = key
			return
		}
	}
}

// assetQualifier is empty for the root and for the folders that every pipeline
// has.
func (c *cutter) assetQualifier(dir string) string {
	if dir != "" && c.inv.Stated.PipelineFolder(dir) {
		return folderQualifier(baseName(dir))
	}
	return dir
}

// templateQualifier names additional templates after their file.
func templateQualifier(p string) string {
	base := baseName(p)
	stem := strings.TrimSuffix(base, path.Ext(base))
	if stem == "chat_template" {
		return dirName(p)
	}
	return path.Join(dirName(p), stem)
}
