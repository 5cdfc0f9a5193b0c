package facts

import (
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/nearest"
)

// findPart finds what the key of a part names: a reference, a reference without
// "part:", or a role that one part alone has. The complaint says why nothing was
// found.
func (t *tree) findPart(key string) (c *bom.Component, complaint string) {
	for _, ref := range []bom.Ref{bom.Ref(key), bom.Ref("part:" + key)} {
		if c := t.components[ref]; c != nil {
			return c, ""
		}
	}
	var found []*bom.Component
	parts := t.parts()
	for _, c := range parts {
		if string(c.Role) == key {
			found = append(found, c)
		}
	}
	switch len(found) {
	case 1:
		return found[0], ""
	case 0:
		return nil, "the document has no part of that name" + didYouMean(key, names(parts))
	}
	return nil, "the document has several of that role: name one of " + strings.Join(names(found), ", ")
}

// findOutside finds an upstream or a data set by its reference, its reference
// without the first word, its package URL, or GROUP/NAME.
func (t *tree) findOutside(key, prefix, what string, is func(*bom.Component) bool) (c *bom.Component, complaint string) {
	for _, ref := range []bom.Ref{bom.Ref(key), bom.Ref(prefix + key)} {
		if c := t.components[ref]; c != nil && is(c) {
			return c, ""
		}
	}
	var found, all []*bom.Component
	for i := range t.doc.Components {
		c := &t.doc.Components[i]
		if !is(c) {
			continue
		}
		all = append(all, c)
		if key == c.PURL || key == fullName(c) {
			found = append(found, c)
		}
	}
	switch len(found) {
	case 1:
		return found[0], ""
	case 0:
		return nil, "the document has no " + what + " of that name" + didYouMean(key, names(all))
	}
	return nil, "the document has several of that name: name one of " + strings.Join(names(found), ", ")
}

// upstream tells components that something comes from, or needs, from the
// subject and what is in it.
func (t *tree) upstream() func(*bom.Component) bool {
	inside := map[bom.Ref]bool{t.doc.Subject: true}
	for _, children := range t.children {
		for _, ref := range children {
			inside[ref] = true
		}
	}
	return func(c *bom.Component) bool { return !inside[c.Ref] && c.Role == "" && c.Kind != bom.KindFile }
}

func isDataset(c *bom.Component) bool { return c.Role == bom.RoleDataset }

func fullName(c *bom.Component) string { return strings.TrimPrefix(c.Group+"/"+c.Name, "/") }

// maxNames is how many names a complaint lists.
const maxNames = 8

func names(list []*bom.Component) []string {
	var out []string
	for _, c := range list {
		out = append(out, strings.TrimPrefix(string(c.Ref), "part:"))
	}
	return out
}

func didYouMean(key string, known []string) string {
	if near := nearest.Word(key, known); near != "" {
		return "; did you mean " + quote(near) + "?"
	}
	known = slices.Clone(known[:min(len(known), maxNames)])
	if len(known) == 0 {
		return ""
	}
	return "; there are " + strings.Join(known, ", ")
}
