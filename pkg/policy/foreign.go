package policy

import (
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// A side says whose an upstream is.
type side int

// The sides. What nobody tells is foreign.
const (
	sideForeign side = iota
	sideHome         // its supplier is of the home jurisdiction
	sideAllowed      // its supplier is on the list of the policy
	sideOwn          // its supplier is the producer of the model
)

// A bearing origin is one that speaks about whose weights a part holds.
type bearing struct {
	origin bom.Origin
	side   side
}

// found reports that bytes show the upstream's content in the part.
func (b bearing) found() bool {
	return b.origin.Verdict.Found() && b.origin.Relation != relationUnquantised
}

// undecided reports an origin that is neither shown nor excluded: a common
// beginning, or an upstream that itself is the quantised form.
func (b bearing) undecided() bool {
	return b.origin.Verdict == bom.VerdictSharedInitialisation || b.origin.Verdict.Found() && b.origin.Relation == relationUnquantised
}

// relationUnquantised is the relation of a part to an upstream that is a
// quantisation of it: which of both came first is not in the bytes.
const relationUnquantised = "unquantised"

// A standing is whose a part is, and by what.
type standing struct {
	foreign  Foreign
	bearings []bearing
	// own is the producer's statement that the part is theirs; empty when there
	// is none that counts, which why explains.
	own   string
	bound bool
	why   string
}

// upstreams are the references of the origins that are not the producer's own.
func (s *standing) upstreams() []bom.Ref {
	var out []bom.Ref
	for _, b := range s.bearings {
		if b.side != sideOwn && b.origin.Reference != "" {
			out = append(out, b.origin.Reference)
		}
	}
	return out
}

// standing decides whose a part is. A part is foreign as soon as one upstream is.
// It is "own" by the producer's statement, and only where nothing that was found
// or declared speaks against it; "not shown" is everything that is left.
func (v *view) standing(c *bom.Component) *standing {
	s := &standing{bearings: v.bearings(c)}
	s.own, s.bound, s.why = v.ownStatement(c)
	worst, found, undecided := sideOwn, false, false
	for _, b := range s.bearings {
		if b.undecided() {
			undecided = undecided || b.side == sideForeign || b.side == sideHome
			continue
		}
		worst = min(worst, b.side)
		found = found || b.found()
	}
	_, contradicted := v.has(c, ruleContradicted)
	decided := slices.ContainsFunc(s.bearings, func(b bearing) bool { return !b.undecided() })
	switch {
	case decided && worst == sideForeign:
		s.foreign = ForeignYes
	case undecided || contradicted:
		s.foreign = ForeignUnknown
	case decided && (found || s.own != ""):
		s.foreign = ForeignHome
	case s.own != "" && !decided:
		s.foreign = ForeignNo
	default:
		s.foreign = ForeignUnknown
	}
	return s
}

// Rules of findings about origins, which documents hold.
const (
	ruleContradicted = "origin-contradicted"
	ruleUndeclared   = "origin-undeclared"
)

// bearings are the origins of a part that bear on whose it is. A relationship to
// an ancestor that has no verdict counts as declared.
func (v *view) bearings(c *bom.Component) []bearing {
	var out []bearing
	for _, o := range c.Origins {
		if o.Verdict.Found() || o.Verdict == bom.VerdictDeclaredOnly || o.Verdict == bom.VerdictSharedInitialisation {
			out = append(out, bearing{o, v.sideOf(o.Reference)})
		}
	}
	for _, r := range v.descends[c.Ref] {
		if !slices.ContainsFunc(c.Origins, func(o bom.Origin) bool { return v.identity(o.Reference) == v.identity(r.To) }) {
			o := bom.Origin{Reference: r.To, Verdict: bom.VerdictDeclaredOnly, Strength: bom.StrengthDeclared, Relation: r.Note}
			out = append(out, bearing{o, v.sideOf(r.To)})
		}
	}
	return out
}

// sideOf says whose an upstream is.
func (v *view) sideOf(ref bom.Ref) side {
	up := v.by[ref]
	if up == nil {
		return sideForeign
	}
	supplier, country := "", ""
	if up.Supplier != nil {
		supplier, country = up.Supplier.Name, up.Supplier.Country
	}
	switch {
	case supplier != "" && v.subject.Supplier != nil && strings.EqualFold(supplier, v.subject.Supplier.Name):
		return sideOwn
	case slices.ContainsFunc(v.values.list("allowed-suppliers"), func(s string) bool {
		return strings.EqualFold(s, supplier) || strings.EqualFold(s, up.Group)
	}):
		return sideAllowed
	case country != "" && strings.EqualFold(country, v.values["home"]):
		return sideHome
	}
	return sideForeign
}

// ownStatement is the producer's statement about a part, else about the model. A
// statement about other bytes does not count, and is no reason to look further.
func (v *view) ownStatement(c *bom.Component) (text string, bound bool, why string) {
	about := c
	list := each(c.Properties, propOwn, 3)
	if len(list) == 0 {
		about, list = v.subject, each(v.subject.Properties, propOwn, 3)
	}
	why = "its producer does not state that it is their own"
	for _, f := range list {
		counts, b := v.holds(about, f[1], f[2])
		switch {
		case !counts:
			why = "the statement that it is its producer's own is about other bytes"
		case text == "" || b && !bound:
			text, bound = f[0], b
			if text == "" {
				text = "own"
			}
		}
	}
	return text, bound, why
}

// unplaced are upstreams that are named for the model as a whole and that no
// part is shown to come from.
func (v *view) unplaced() []bearing {
	if slices.Contains(v.parts, v.subject) {
		return nil
	}
	placed := map[string]bool{}
	for _, c := range v.d.Components {
		if c.Role == "" {
			continue
		}
		for _, o := range c.Origins {
			placed[v.identity(o.Reference)] = true
		}
		for _, r := range v.descends[c.Ref] {
			placed[v.identity(r.To)] = true
		}
	}
	return slices.DeleteFunc(v.bearings(v.subject), func(b bearing) bool { return placed[v.identity(b.origin.Reference)] })
}

// identity names an upstream, the same for two components that are one model: what
// is declared by its address and what an index knows by its name.
func (v *view) identity(ref bom.Ref) string {
	if c := v.by[ref]; c != nil && c.Name != "" {
		return strings.ToLower(c.Group + "/" + c.Name)
	}
	return string(ref)
}

// comes says where a part comes from: "comes from acme/base of ACME, US
// (identical, evidence exact)".
func (v *view) comes(b bearing) string {
	label, strength := v.label(b.origin.Reference), clean(string(b.origin.Strength))
	switch {
	case b.origin.Verdict == bom.VerdictDeclaredOnly:
		return "is declared to come from " + label
	case b.undecided():
		return "is related to " + label + " (" + string(b.origin.Verdict) + "), and descent is not shown"
	case strength == "":
		return "comes from " + label + " (" + string(b.origin.Verdict) + ")"
	}
	return "comes from " + label + " (" + string(b.origin.Verdict) + ", evidence " + strength + ")"
}
