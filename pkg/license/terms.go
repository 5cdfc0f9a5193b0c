package license

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"
	"sync"
)

//go:embed terms.txt
var termsFile string

// A TermKind is what sort of thing a licence asks.
type TermKind string

// The kinds of terms.
const (
	TermAttribution     TermKind = "attribution"      // credit or a phrase must be displayed
	TermNotice          TermKind = "notice"           // licence text and notices must go along
	TermNaming          TermKind = "naming"           // names of derivatives
	TermUseRestrictions TermKind = "use-restrictions" // some uses are excluded, for recipients too
	TermThreshold       TermKind = "threshold"        // beyond a number of users or revenue another licence is needed
	TermNonCommercial   TermKind = "non-commercial"   // no commercial use, or research only
	TermShareAlike      TermKind = "share-alike"      // derivatives under the same licence
	TermNoDerivatives   TermKind = "no-derivatives"   // changed versions may not be passed on
	TermTerritory       TermKind = "territory"        // not granted in some places
	TermNoTraining      TermKind = "no-training"      // it or its outputs may not train other models
	TermRevocation      TermKind = "revocation"       // can be ended or changed by the licensor
)

// A Term is one thing that a licence asks of those who pass on a model or make
// one from it.
type Term struct {
	License string // the licence it is of, as the expression has it
	Kind    TermKind
	Text    string // in a few words, fit to follow "which asks"
	Clause  string // where the licence says so, "section 1.b.i"
	// Value is what can be checked: the beginning of a name ("Llama", "*MiniCPM"
	// for anywhere in it), a phrase that must be displayed ("A / B" where either
	// will do), a number and what is counted ("700000000 monthly active users"),
	// places ("EU GB KR"). Empty where nothing can.
	Value string
}

// Columns of terms.txt.
const termColumns = 6

// termsOf maps licences to their terms, in the order of kinds.
var termsOf = sync.OnceValue(func() map[string][]Term {
	m := make(map[string][]Term, 256)
	for f := range columns(termsFile, termColumns) {
		for id := range strings.FieldsSeq(f[0]) {
			m[id] = append(m[id], Term{License: id, Kind: TermKind(f[1]), Text: f[2], Clause: f[3], Value: f[4]})
		}
	}
	for _, terms := range m {
		slices.SortFunc(terms, compareTerms)
	}
	return m
})

// columns yields the columns of every row of a data file, "-" as empty. The
// tests hold that no row has another number of them.
func columns(file string, n int) func(func([]string) bool) {
	return func(yield func([]string) bool) {
		for line := range dataLines(file) {
			f := strings.Split(line, " | ")
			for i := range f {
				if f[i] = strings.TrimSpace(f[i]); f[i] == "-" {
					f[i] = ""
				}
			}
			if len(f) == n && !yield(f) {
				return
			}
		}
	}
}

func compareTerms(a, b Term) int {
	return cmp.Or(cmp.Compare(a.License, b.License), cmp.Compare(a.Kind, b.Kind))
}

// Terms returns what the licences of an expression ask, sorted by licence and
// kind. AND unites. Of OR one may choose, so only that binds what no choice is
// free of: the terms of those kinds that every choice has. An exception takes
// nothing away from its licence's terms.
//
// It is a table, not advice, and it is not complete: a licence without terms
// here may ask much. Public domain dedications ask nothing and have none.
func Terms(expression string) []Term {
	n, ok := parse(expression)
	if !ok {
		return nil
	}
	terms := n.terms()
	slices.SortFunc(terms, compareTerms)
	return slices.Compact(terms)
}

// terms visits every licence once and every term once a level, so that an
// expression of any form costs little.
func (n *node) terms() []Term {
	if n.op == "" {
		return termsOfLicence(n.licence)
	}
	var all []Term
	count := map[TermKind]int{} // of parts that have the kind
	for _, part := range n.parts {
		terms := part.terms()
		kinds := map[TermKind]bool{}
		for _, t := range terms {
			kinds[t.Kind] = true
		}
		for kind := range kinds {
			count[kind]++
		}
		all = append(all, terms...)
	}
	if n.op == "AND" {
		return all
	}
	return slices.DeleteFunc(all, func(t Term) bool { return count[t.Kind] < len(n.parts) })
}

func termsOfLicence(licence string) []Term {
	terms := slices.Clone(termsOf()[withoutException(licence)])
	for i := range terms {
		terms[i].License = licence
	}
	return terms
}

func hasKind(terms []Term, kind TermKind) bool {
	return slices.ContainsFunc(terms, func(t Term) bool { return t.Kind == kind })
}
