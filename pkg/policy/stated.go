package policy

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// Names of properties that policies read; docs/properties.md lists them.
const (
	propOwn            = "modelbom:stated:own"
	propTrainingData   = "modelbom:stated:training-data"
	propReview         = "modelbom:review"
	propReplaceability = "modelbom:replaceability"
	propException      = "modelbom:exception"
	propObserved       = "modelbom:observed"
	propStatedLicence  = "modelbom:stated:licence"
	propLicenceClass   = "modelbom:licence:class"
	propLicenceTerm    = "modelbom:licence:term"
)

// evidenceInterface is the key of evidence that names a model of an index with
// the part's shapes and unrelated weights.
const evidenceInterface = "same-interface"

// stateBound is the state of a statement whose digest is that of the bytes,
// stateOther that of one about other bytes, which does not count.
const (
	stateBound = "bound"
	stateOther = "other-bytes"
)

// property is the first value of a property, empty when there is none.
func property(list []bom.Property, name string) string {
	for _, p := range list {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

// each returns all values of a property, each split into its n fields.
func each(list []bom.Property, name string, n int) [][]string {
	var out [][]string
	for _, p := range list {
		if p.Name == name {
			out = append(out, fields(p.Value, n))
		}
	}
	return out
}

// fields splits a value at " | " where no backslash stands before the bar, and
// returns n fields. What is too much belongs to the last.
func fields(s string, n int) []string {
	out := make([]string, 0, n)
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '|' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		case s[i] == '|' && len(out) < n-1:
			out = append(out, strings.TrimSpace(b.String()))
			b.Reset()
		default:
			b.WriteByte(s[i])
		}
	}
	out = append(out, strings.TrimSpace(b.String()))
	for len(out) < n {
		out = append(out, "")
	}
	return out
}

// holds reports whether a statement about a part counts, and whether it is bound
// to the part's bytes. The state that the document gives is checked against the
// digests that stand in it: one that names other bytes never counts.
func (v *view) holds(c *bom.Component, digest, state string) (counts, bound bool) {
	if state == stateOther {
		return false, false
	}
	if digest == "" {
		return true, false
	}
	if slices.Contains(v.digests(c), strings.ToLower(digest)) {
		return true, true
	}
	return false, false
}

// digests are those that a statement about a component can be bound to, as package
// facts has them: the weights digest, that of all weights for the subject, that of
// the files of a part that is made of files, or its own.
func (v *view) digests(c *bom.Component) []string {
	var out []string
	if c.Model != nil && c.Model.WeightsDigest != "" {
		out = append(out, strings.ToLower(c.Model.WeightsDigest))
	}
	if c.Ref == v.d.Subject {
		out = append(out, v.wholeDigest()...)
	}
	if c.Role != "" && c.Kind != bom.KindModel {
		out = append(out, v.filesDigest(c.Ref)...)
	}
	return append(out, sha256Of(c)...)
}

// wholeDigest is the SHA-256 of a line "DIGEST  REFERENCE" for each part that
// holds weights; none where one of them has no digest.
func (v *view) wholeDigest() []string {
	var lines []string
	for _, c := range v.d.Components {
		switch {
		case c.Role == "" || c.Role == bom.RoleDataset || c.Kind != bom.KindModel:
		case c.Model == nil || c.Model.WeightsDigest == "":
			return nil
		default:
			lines = append(lines, string(c.Ref)+"\x00"+c.Model.WeightsDigest)
		}
	}
	return digestOfLines(lines)
}

// filesDigest is the SHA-256 of a part's only file, or that of a line "SHA-256
// PATH" for each; none where one of them has no digest.
func (v *view) filesDigest(part bom.Ref) []string {
	var lines []string
	for _, f := range v.allFilesOf[part] {
		digest := sha256Of(f)
		if len(digest) == 0 {
			return nil
		}
		if len(v.allFilesOf[part]) == 1 {
			return digest[:1]
		}
		line := strings.TrimPrefix(string(f.Ref), "file:") + "\x00" + strings.TrimPrefix(digest[0], "sha256:")
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return digestOfLines(lines)
}

// digestOfLines digests lines of a name and a digest, in order of the names.
func digestOfLines(lines []string) []string {
	if len(lines) == 0 {
		return nil
	}
	slices.Sort(lines)
	h := sha256.New()
	for _, line := range lines {
		name, digest, _ := strings.Cut(line, "\x00")
		fmt.Fprintf(h, "%s  %s\n", digest, name)
	}
	return []string{fmt.Sprintf("sha256:%x", h.Sum(nil))}
}

func sha256Of(c *bom.Component) []string {
	var out []string
	for _, h := range c.Hashes {
		if h.Algorithm == bom.SHA256 && !h.Asserted {
			out = append(out, "sha256:"+strings.ToLower(h.Value))
		}
	}
	return out
}
