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
func (c *cutter) asset(role bom.Role, qualifier string, f *File) {
	key := partKey{role, qualifier}
	p := c.assetParts[key]
	if p == nil {
		p = &Part{Role: role, Qualifier: c.free(role, qualifier, path.Join(qualifier, baseName(f.Path)))}
		c.assetParts[key] = p
		c.order = append(c.order, p)
	}
	p.Files = append(p.Files, f)
}

// embedded finds tokenizers and templates inside GGUF files, and templates
// inside a tokenizer's configuration.
func (c *cutter) embedded(f *File) {
	dir := dirName(f.Path)
	if t := c.inv.Stated.TokenizerConfigs[f.Path]; t != nil && len(t.ChatTemplates) > 0 {
		c.inside(bom.RoleChatTemplate, c.assetQualifier(dir), f, "chat_template", templatesSum(t.ChatTemplates))
	}
	if f.Header == nil || f.Format != "gguf" {
		return
	}
	if _, ok := f.Header.Lookup("tokenizer.ggml.tokens"); ok {
		c.inside(bom.RoleTokenizer, dir, f, "tokenizer.ggml", tokenizerSum(c.inv.Stated.Tokenizers[f.Path]))
	}
	if t := c.inv.Stated.Templates[f.Path]; len(t) > 0 {
		c.inside(bom.RoleChatTemplate, dir, f, "tokenizer.chat_template", templatesSum(t))
	}
}

// An insideKey is what makes two embedded assets one: the quantisations of a
// model all carry the same tokenizer.
type insideKey struct {
	role             bom.Role
	dir, inside, sum string
}

// inside adds an asset that is stored inside a file. When the plain name is
// taken, the file's name tells the two apart. Equal assets of one folder, by
// sum, are one part; an empty sum is not known and equals none.
func (c *cutter) inside(role bom.Role, qualifier string, f *File, key, sum string) {
	same := insideKey{role, dirName(f.Path), key, sum}
	if p := c.insides[same]; p != nil && sum != "" {
		p.Files = append(p.Files, f)
		return
	}
	stem := strings.TrimSuffix(baseName(f.Path), path.Ext(f.Path))
	p := &Part{Role: role, Inside: key, Files: []*File{f},
		Qualifier: c.free(role, qualifier, path.Join(qualifier, stem), path.Join(qualifier, baseName(f.Path)))}
	c.insides[same] = p
	c.order = append(c.order, p)
}

// assetQualifier is empty for the root and for the folders that every pipeline
// has.
func (c *cutter) assetQualifier(dir string) string {
	if _, ok := c.inv.Stated.component(dir); ok {
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
