package facts

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// Digests are the digests, each "sha256:" and hexadecimal, that a statement about
// a component can name, the usual one first:
//
//   - of a component with weights, its weights digest;
//   - of a file, or of anything else with one, its SHA-256;
//   - of a part that is made of files, the SHA-256 of its only file or, of
//     several, the SHA-256 of what sha256sum prints of them, in order of their
//     paths;
//   - of the subject, if its parts with weights all have a weights digest, the
//     SHA-256 of one line "DIGEST  REFERENCE" for each, in order of references.
//
// A digest that somebody else asserted and nobody computed binds nothing.
// There are none when nothing was digested.
func Digests(d *bom.Document, ref bom.Ref) []string {
	return index(d).digests(ref)
}

// A tree knows what a document contains.
type tree struct {
	doc        *bom.Document
	components map[bom.Ref]*bom.Component
	children   map[bom.Ref][]bom.Ref // contained
	files      map[bom.Ref][]bom.Ref // contained, and read from
}

func index(d *bom.Document) *tree {
	t := &tree{d, make(map[bom.Ref]*bom.Component, len(d.Components)), map[bom.Ref][]bom.Ref{}, map[bom.Ref][]bom.Ref{}}
	for i := range d.Components {
		t.components[d.Components[i].Ref] = &d.Components[i]
	}
	for _, r := range d.Relationships {
		if r.Type == bom.Contains {
			t.children[r.From] = append(t.children[r.From], r.To)
		}
		if to := t.components[r.To]; to != nil && to.Kind == bom.KindFile && (r.Type == bom.Contains || r.Type == bom.HasDataFile) {
			t.files[r.From] = append(t.files[r.From], r.To)
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

func (t *tree) digests(ref bom.Ref) []string {
	c := t.components[ref]
	if c == nil {
		return nil
	}
	var out []string
	add := func(digest string) {
		if digest != "" && !slices.Contains(out, digest) {
			out = append(out, digest)
		}
	}
	if c.Model != nil {
		add(c.Model.WeightsDigest)
	}
	if ref == t.doc.Subject {
		add(t.wholeDigest())
	}
	add(sha256Of(c))
	if c.Role != "" && c.Kind != bom.KindModel {
		add(t.filesDigest(ref))
	}
	return out
}

// sha256Of is a component's own SHA-256, if it was computed.
func sha256Of(c *bom.Component) string {
	for _, h := range c.Hashes {
		if h.Algorithm == bom.SHA256 && !h.Asserted {
			return "sha256:" + strings.ToLower(h.Value)
		}
	}
	return ""
}

// filesDigest is the digest of a part that is made of files.
func (t *tree) filesDigest(ref bom.Ref) string {
	refs := slices.Clone(t.files[ref])
	slices.Sort(refs)
	refs = slices.Compact(refs)
	var lines strings.Builder
	for _, f := range refs {
		digest := sha256Of(t.components[f])
		if digest == "" {
			return ""
		}
		if len(refs) == 1 {
			return digest
		}
		fmt.Fprintf(&lines, "%s  %s\n", strings.TrimPrefix(digest, "sha256:"), strings.TrimPrefix(string(f), "file:"))
	}
	return digestOf(lines.String())
}

// wholeDigest is the digest of all the weights of the subject.
func (t *tree) wholeDigest() string {
	var lines strings.Builder
	for _, c := range t.parts() {
		switch {
		case c.Kind != bom.KindModel:
		case c.Model == nil || c.Model.WeightsDigest == "":
			return ""
		default:
			fmt.Fprintf(&lines, "%s  %s\n", c.Model.WeightsDigest, c.Ref)
		}
	}
	return digestOf(lines.String())
}

func digestOf(lines string) string {
	if lines == "" {
		return ""
	}
	return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(lines)))
}
