package bom

import (
	"cmp"
	"math"
	"slices"
)

// An Attestation is what somebody says of how far the subject meets one
// standard, requirement by requirement: in CycloneDX 1.6 and later one of its
// declarations. The outcome of a check of a policy is one, with the policy as the
// standard.
type Attestation struct {
	// Assessor says so. ThirdParty tells that it is neither the supplier nor
	// the consumer of the subject.
	Assessor   Organization
	ThirdParty bool
	Standard   Standard
	// Summary is the outcome in a sentence.
	Summary      string
	Requirements []Requirement
}

// A Standard is what requirements belong to: a standard, or a policy.
type Standard struct {
	Name, Version, Owner string
	Description          string
}

// A Requirement is one of a standard, with what is said of it.
type Requirement struct {
	// ID is the standard's own identifier, "auditable".
	ID, Title, Text string
	// Conformance is nil where nothing is said, such as of a requirement that
	// is about something that the subject does not have.
	Conformance *Conformance
	Claims      []Claim
}

// A Conformance says how far a requirement is met.
type Conformance struct {
	Score     float64 // 0 to 1, with four decimals; what is not shown scores 0
	Rationale string
}

// A Claim is a statement about one component.
type Claim struct {
	// Ref is what the claim is about, empty for the subject.
	Ref Ref
	// Predicate is what is claimed of it, Reasoning why.
	Predicate, Reasoning string
	// Counter claims speak against the requirement.
	Counter  bool
	Evidence []ClaimEvidence
}

// A ClaimEvidence is what a claim rests on: the name of a property or of a
// reason, and what was seen.
type ClaimEvidence struct {
	Property, Description string
}

func (a *Attestation) normalize(subject Ref) {
	for i := range a.Requirements {
		r := &a.Requirements[i]
		if c := r.Conformance; c != nil {
			r.Conformance = &Conformance{fourDecimals(c.Score), c.Rationale}
		}
		for j := range r.Claims {
			c := &r.Claims[j]
			if c.Ref == subject {
				c.Ref = ""
			}
			c.Evidence = sortUnique(c.Evidence, func(a, b ClaimEvidence) int {
				return cmp.Or(cmp.Compare(a.Property, b.Property), cmp.Compare(a.Description, b.Description))
			})
		}
		slices.SortStableFunc(r.Claims, func(a, b Claim) int {
			return cmp.Or(cmp.Compare(a.Ref, b.Ref), compareBool(a.Counter, b.Counter), cmp.Compare(a.Predicate, b.Predicate), cmp.Compare(a.Reasoning, b.Reasoning))
		})
	}
	slices.SortStableFunc(a.Requirements, func(a, b Requirement) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Title, b.Title), cmp.Compare(a.Text, b.Text))
	})
}

// fourDecimals brings a score into its range. Exponents, which small numbers are
// printed with, are no xs:decimal.
func fourDecimals(score float64) float64 {
	if !(score > 0) { // also when it is no number
		return 0
	}
	return math.Round(min(score, 1)*1e4) / 1e4
}

func compareAttestations(a, b Attestation) int {
	return cmp.Or(cmp.Compare(a.Standard.Name, b.Standard.Name), cmp.Compare(a.Standard.Version, b.Standard.Version), cmp.Compare(a.Standard.Owner, b.Standard.Owner),
		cmp.Compare(a.Standard.Description, b.Standard.Description), cmp.Compare(a.Assessor.Name, b.Assessor.Name), cmp.Compare(a.Assessor.URL, b.Assessor.URL),
		compareBool(a.ThirdParty, b.ThirdParty), cmp.Compare(a.Summary, b.Summary))
}
