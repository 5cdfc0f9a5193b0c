package policy

import (
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

// fields are the n fields of a value, without the space around them.
func fields(s string, n int) []string {
	out := bom.SplitFields(s, n)
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
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
	if slices.Contains(v.sums.Of(c.Ref), strings.ToLower(digest)) {
		return true, true
	}
	return false, false
}
