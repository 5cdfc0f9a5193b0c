package facts

import (
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// Digests are the digests that a statement about a component can name, the usual
// one first: see [bom.Digests].
func Digests(d *bom.Document, ref bom.Ref) []string {
	return d.Digests().Of(ref)
}

// A tree knows what a document contains.
type tree struct {
	doc        *bom.Document
	components map[bom.Ref]*bom.Component
	children   map[bom.Ref][]bom.Ref // contained
	sums       *bom.Digests
}

func index(d *bom.Document) *tree {
	t := &tree{d, make(map[bom.Ref]*bom.Component, len(d.Components)), map[bom.Ref][]bom.Ref{}, d.Digests()}
	for i := range d.Components {
		t.components[d.Components[i].Ref] = &d.Components[i]
	}
	for _, r := range d.Relationships {
		if r.Type == bom.Contains {
			t.children[r.From] = append(t.children[r.From], r.To)
		}
	}
	return t
}

// parts are the components with a role that the subject contains, at any depth,
// in order of references.
func (t *tree) parts() []*bom.Component {
	var out []*bom.Component
	seen := map[bom.Ref]bool{t.doc.Subject: true}
	for todo := []bom.Ref{t.doc.Subject}; len(todo) > 0; todo = todo[1:] {
		for _, ref := range t.children[todo[0]] {
			c := t.components[ref]
			if c == nil || seen[ref] {
				continue
			}
			seen[ref] = true
			todo = append(todo, ref)
			if c.Role != "" && c.Role != bom.RoleDataset {
				out = append(out, c)
			}
		}
	}
	slices.SortFunc(out, func(a, b *bom.Component) int { return strings.Compare(string(a.Ref), string(b.Ref)) })
	return out
}

func (t *tree) digests(ref bom.Ref) []string { return t.sums.Of(ref) }
