package bom

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// Digests tell which digests name the bytes of a component, so that a statement
// about bytes can be held against them. The digests are "sha256:" and hexadecimal
// in lower case.
type Digests struct {
	subject    Ref
	components map[Ref]*Component
	files      map[Ref][]Ref // contained, and read from; sorted
	whole      string
}

// Digests looks through the document once. It is not kept up to date.
func (d *Document) Digests() *Digests {
	x := &Digests{d.Subject, make(map[Ref]*Component, len(d.Components)), map[Ref][]Ref{}, ""}
	var parts []*Component
	for i := range d.Components {
		c := &d.Components[i]
		if x.components[c.Ref] != nil {
			continue
		}
		x.components[c.Ref] = c
		if c.Kind == KindModel && c.Role != "" && c.Role != RoleDataset && c.Ref != d.Subject {
			parts = append(parts, c)
		}
	}
	for _, r := range d.Relationships {
		if to := x.components[r.To]; to != nil && to.Kind == KindFile && (r.Type == Contains || r.Type == HasDataFile) {
			x.files[r.From] = append(x.files[r.From], r.To)
		}
	}
	for ref, list := range x.files {
		slices.Sort(list)
		x.files[ref] = slices.Compact(list)
	}
	x.whole = wholeDigest(parts)
	return x
}

// Of lists the digests of a component, the usual one first:
//
//   - of a component with weights, its weights digest;
//   - of the subject, if its parts with weights all have a weights digest, the
//     SHA-256 of one line "DIGEST  REFERENCE" for each, in order of references;
//   - of a file, or of anything else with one, its SHA-256;
//   - of a part that is made of files, the SHA-256 of its only file or, of
//     several, the SHA-256 of what sha256sum prints of them, in order of their
//     paths.
//
// A digest that somebody else asserted and nobody computed names no bytes. There
// are none when nothing was digested.
func (x *Digests) Of(ref Ref) []string {
	c := x.components[ref]
	if c == nil {
		return nil
	}
	var out []string
	add := func(list ...string) {
		for _, digest := range list {
			if digest != "" && !slices.Contains(out, digest) {
				out = append(out, digest)
			}
		}
	}
	if c.Model != nil {
		add(strings.ToLower(c.Model.WeightsDigest))
	}
	if ref == x.subject {
		add(x.whole)
	}
	add(sha256Of(c)...)
	if c.Role != "" && c.Kind != KindModel {
		add(x.ofFiles(ref))
	}
	return out
}

// sha256Of are a component's own SHA-256 digests that were computed.
func sha256Of(c *Component) []string {
	var out []string
	for _, h := range c.Hashes {
		if h.Algorithm == SHA256 && !h.Asserted && h.Value != "" {
			out = append(out, "sha256:"+strings.ToLower(h.Value))
		}
	}
	return out
}

// ofFiles is the digest of a part that is made of files; none where one of them
// has none.
func (x *Digests) ofFiles(ref Ref) string {
	var lines strings.Builder
	for _, file := range x.files[ref] {
		digests := sha256Of(x.components[file])
		if len(digests) == 0 {
			return ""
		}
		if len(x.files[ref]) == 1 {
			return digests[0]
		}
		fmt.Fprintf(&lines, "%s  %s\n", strings.TrimPrefix(digests[0], "sha256:"), strings.TrimPrefix(string(file), "file:"))
	}
	return digestOf(lines.String())
}

// wholeDigest is the digest of all weights of the subject.
func wholeDigest(parts []*Component) string {
	slices.SortFunc(parts, func(a, b *Component) int { return strings.Compare(string(a.Ref), string(b.Ref)) })
	var lines strings.Builder
	for _, c := range parts {
		if c.Model == nil || c.Model.WeightsDigest == "" {
			return ""
		}
		fmt.Fprintf(&lines, "%s  %s\n", c.Model.WeightsDigest, c.Ref)
	}
	return digestOf(lines.String())
}

func digestOf(lines string) string {
	if lines == "" {
		return ""
	}
	return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(lines)))
}
