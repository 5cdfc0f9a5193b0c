package license

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed keeps.txt
var keepsFile string

// Conflicts returns the terms of an upstream's licence that a work made from it
// cannot be rid of and that the work's declared licence does not keep, the
// weightiest first. It is about changed weights: a fine-tune, a merge, a
// quantisation. Parts that are only put beside the upstream are not made from it.
//
//	upstream's term     kept by a declared licence that
//	non-commercial      allows no commercial use either
//	no-derivatives      lets no changed versions be passed on either
//	share-alike         is the same, a later version where that is allowed, or one
//	                    that the licence names as compatible (CC-BY-SA-4.0 to
//	                    GPL-3.0, not back)
//	use-restrictions    is the same, or has the same list of uses or a longer one
//	threshold           needs another licence at the same number or a lower one,
//	                    or allows no commercial use
//	territory           leaves out the same places
//	no-training         has such a term
//	naming, attribution asks for the same name or phrase
//	notice, revocation  any: these oblige, but no licence grants them away
//
// A licence always keeps its own terms. Of AND one licence that keeps a term is
// enough, since recipients must obey all; of OR every choice must keep it. Of an
// upstream's OR the maker may choose: there is no conflict if one choice has
// none, else those of the choice with the fewest are returned.
//
// Nothing is asserted in doubt. A licence whose conditions are not known keeps
// everything, attribution without a set phrase and places or names that do not
// bind every model under a licence give no conflict, and public domain
// upstreams ask nothing.
//
// Copyleft per file (MPL, EPL, CDDL) and for libraries (LGPL) is treated as any
// other: training changes the file that holds the weights, and a changed model
// does not link to the one that it was made from.
func Conflicts(declared, upstream string) []Term {
	d, ok := parse(declared)
	if !ok {
		return nil
	}
	u, ok := parse(upstream)
	if !ok {
		return nil
	}
	// Expressions can name a licence a thousand times.
	seen := map[string][]Term{}
	out := u.conflicts(func(upstream string) []Term {
		if _, ok := seen[upstream]; !ok {
			seen[upstream] = conflictsOfLicence(d, upstream)
		}
		return seen[upstream]
	})
	out = slices.Clone(out)
	slices.SortStableFunc(out, func(a, b Term) int {
		if a.Kind != b.Kind {
			return slices.Index(byWeight(), a.Kind) - slices.Index(byWeight(), b.Kind)
		}
		return compareTerms(a, b)
	})
	return slices.Compact(out)
}

// byWeight returns the kinds of terms that can conflict, the weightiest first.
func byWeight() []TermKind {
	return []TermKind{TermNonCommercial, TermNoDerivatives, TermShareAlike, TermUseRestrictions, TermThreshold, TermTerritory, TermNoTraining, TermNaming, TermAttribution}
}

// conflicts joins the conflicts of an upstream's licences.
func (n *node) conflicts(of func(licence string) []Term) []Term {
	if n.op == "" {
		return of(n.licence)
	}
	var all, fewest []Term
	for i, part := range n.parts {
		c := part.conflicts(of)
		if i == 0 || len(c) < len(fewest) {
			fewest = c
		}
		all = append(all, c...)
	}
	if n.op == "OR" {
		return slices.Clone(fewest)
	}
	return all
}

// conflictsOfLicence returns the terms of one licence of an upstream that the
// declared expression does not keep.
func conflictsOfLicence(declared *node, upstream string) []Term {
	return slices.DeleteFunc(termsOfLicence(upstream), func(t Term) bool {
		return !binding(t) || declared.keeps(t)
	})
}

// binding reports whether a term is one that another licence can fail to keep.
func binding(t Term) bool {
	switch t.Kind {
	case TermAttribution:
		return t.Value != "" && isRestricted(t.License)
	case TermNaming, TermTerritory:
		return t.Value != ""
	}
	return slices.Contains(byWeight(), t.Kind)
}

// keeps reports whether a declared licence keeps a term, or may do so.
func (n *node) keeps(t Term) bool {
	if n.op == "" {
		return keeps(n.licence, t)
	}
	keep := func(part *node) bool { return part.keeps(t) }
	if n.op == "AND" {
		return slices.ContainsFunc(n.parts, keep)
	}
	return !slices.ContainsFunc(n.parts, func(part *node) bool { return !keep(part) })
}

func keeps(declared string, t Term) bool {
	if declared == t.License || !isKnown(declared) {
		return true
	}
	d, u := withoutException(declared), withoutException(t.License)
	switch t.Kind {
	case TermShareAlike:
		// An exception gives away what the plain licence does not; leaving one
		// out is the recipient's right.
		return addsNoException(declared, t.License) && (d == u || listedAsKeeping(t.Kind, u, d))
	case TermUseRestrictions:
		return d == u || listedAsKeeping(t.Kind, u, d)
	case TermNonCommercial:
		return d == u || !allowsCommercialUse(d)
	case TermThreshold:
		return d == u || !allowsCommercialUse(d) || hasTerm(d, t.Kind, func(v string) bool { return noHigher(v, t.Value) })
	case TermNoTraining, TermNoDerivatives:
		return d == u || hasTerm(d, t.Kind, func(string) bool { return true })
	}
	return d == u || hasTerm(d, t.Kind, func(v string) bool { return covers(t.Kind, v, t.Value) })
}

// isKnown reports whether so much is known of a licence that what it does not
// keep can be told. A permissive or copyleft licence keeps no restriction,
// whether its terms are written down or not.
func isKnown(licence string) bool {
	class := classOfLicence(licence)
	return class != ClassUnknown && (!isRestricted(licence) || len(termsOfLicence(licence)) > 0)
}

func isRestricted(licence string) bool {
	class := classOfLicence(licence)
	return class != ClassPermissive && class != ClassCopyleft
}

func allowsCommercialUse(licence string) bool {
	class := classOfLicence(licence)
	return class != ClassNonCommercial && class != ClassProprietary
}

func addsNoException(declared, upstream string) bool {
	_, d, has := strings.Cut(declared, " WITH ")
	_, u, _ := strings.Cut(upstream, " WITH ")
	return !has || d == u
}

func hasTerm(licence string, kind TermKind, value func(string) bool) bool {
	return slices.ContainsFunc(termsOfLicence(licence), func(t Term) bool { return t.Kind == kind && value(t.Value) })
}

// noHigher compares two thresholds. Of different things they cannot be
// compared, and nothing is asserted.
func noHigher(declared, upstream string) bool {
	d, dUnit, _ := strings.Cut(declared, " ")
	u, uUnit, _ := strings.Cut(upstream, " ")
	if dUnit != uUnit {
		return true
	}
	dn, _ := strconv.ParseInt(d, 10, 64)
	un, _ := strconv.ParseInt(u, 10, 64)
	return dn <= un
}

// covers reports whether a declared value asks for what the upstream's does: a
// beginning of names that has the upstream's as its own, all of the places, one
// of the phrases.
func covers(kind TermKind, declared, upstream string) bool {
	switch kind {
	case TermNaming:
		return strings.HasPrefix(declared, upstream) || strings.HasPrefix(upstream, "*") && strings.Contains(declared, upstream[1:])
	case TermTerritory:
		have := strings.Fields(declared)
		return !slices.ContainsFunc(strings.Fields(upstream), func(place string) bool { return !slices.Contains(have, place) })
	}
	return slices.Contains(strings.Split(upstream, " / "), declared) || declared == upstream
}

// Columns of keeps.txt.
const keepColumns = 4

// A keeping says that one licence keeps a term of another.
type keeping struct {
	kind               TermKind
	upstream, declared string
}

var keepings = sync.OnceValue(func() map[keeping]bool {
	m := make(map[keeping]bool, 512)
	for f := range columns(keepsFile, keepColumns) {
		for upstream := range strings.FieldsSeq(f[1]) {
			for declared := range strings.FieldsSeq(f[2]) {
				for _, id := range versions(declared) {
					m[keeping{TermKind(f[0]), upstream, id}] = true
				}
			}
		}
	}
	return m
})

// versions returns the identifiers that a "*" of keeps.txt stands for.
func versions(id string) []string {
	base, all := strings.CutSuffix(id, "*")
	if !all {
		return []string{id}
	}
	return []string{base, base + "+", base + "-only", base + "-or-later"}
}

func listedAsKeeping(kind TermKind, upstream, declared string) bool {
	return keepings()[keeping{kind, upstream, declared}]
}
