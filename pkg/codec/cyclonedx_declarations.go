package codec

import (
	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/modelbom/modelbom/pkg/bom"
)

// noneGiven stands where the XML schema asks for a text of a standard and there is
// none. Read back it is none.
const noneGiven = "none given"

// A declarer makes declarations (CycloneDX 1.6 and later) of attestations. In
// them everything is a list, with references between the lists, so that all of it
// gets a name.
type declarer struct {
	w         *cdxWriter
	used      map[string]bool
	unique    uniquer
	assessors map[assessor]cdx.BOMReference
	seen      map[bom.ClaimEvidence]cdx.BOMReference

	people       []cdx.Assessor
	attestations []cdx.Attestation
	claims       []cdx.Claim
	evidence     []cdx.DeclarationEvidence
	standards    []cdx.StandardDefinition
}

type assessor struct {
	who        bom.Organization
	thirdParty bool
}

// declare writes the attestations of the document.
func (w *cdxWriter) declare(b *cdx.BOM) {
	if len(w.d.Attestations) == 0 {
		return
	}
	x := &declarer{w: w, used: map[string]bool{b.Metadata.Component.BOMRef: true}, unique: uniquer{},
		assessors: map[assessor]cdx.BOMReference{}, seen: map[bom.ClaimEvidence]cdx.BOMReference{}}
	for _, ref := range w.refs {
		x.used[ref] = true
	}
	for _, a := range w.d.Attestations {
		x.attestation(a)
	}
	b.Declarations = &cdx.Declarations{Assessors: list(x.people), Attestations: list(x.attestations), Claims: list(x.claims), Evidence: list(x.evidence)}
	if len(x.standards) > 0 {
		b.Definitions = &cdx.Definitions{Standards: &x.standards}
	}
}

// name makes a bom-ref.
func (x *declarer) name(want string) string {
	name := x.unique.name(legalText(want), func(s string) bool { return x.used[s] })
	x.used[name] = true
	return name
}

func (x *declarer) attestation(a bom.Attestation) {
	s := a.Standard
	if len(a.Requirements) == 0 && s != (bom.Standard{}) {
		x.w.lose("", "declarations", "the attestation of %q has no requirements, and only they lead to a standard", s.Name)
	}
	var requirements []cdx.StandardRequirement
	var entries []cdx.AttestationMap
	for _, r := range a.Requirements {
		ref := x.name("requirement:" + s.Name + ":" + r.ID)
		requirements = append(requirements, cdx.StandardRequirement{BOMRef: ref, Identifier: r.ID, Title: r.Title, Text: r.Text})
		entries = append(entries, x.entry(ref, s.Name, r))
	}
	x.attestations = append(x.attestations, cdx.Attestation{Summary: a.Summary, Assessor: x.assessor(assessor{a.Assessor, a.ThirdParty}), Map: list(entries)})
	if len(requirements) > 0 {
		x.standards = append(x.standards, cdx.StandardDefinition{BOMRef: x.name("standard:" + s.Name), Name: orNone(s.Name), Version: orNone(s.Version),
			Description: orNone(s.Description), Owner: orNone(s.Owner), Requirements: &requirements})
	}
}

func orNone(s string) string {
	if s == "" {
		return noneGiven
	}
	return s
}

// assessor returns the name of who attests; empty when nobody is named.
func (x *declarer) assessor(a assessor) cdx.BOMReference {
	if a == (assessor{}) {
		return ""
	}
	ref, ok := x.assessors[a]
	if ok {
		return ref
	}
	ref = cdx.BOMReference(x.name("assessor:" + a.who.Name))
	x.assessors[a] = ref
	out := cdx.Assessor{BOMRef: ref, ThirdParty: a.thirdParty}
	if a.who != (bom.Organization{}) {
		out.Organization = cdxOrganization(a.who)
		if bomOrganization(*out.Organization) != a.who {
			x.w.lose("", "declarations.assessors", "an address of %q is none", a.who.Name)
		}
	}
	x.people = append(x.people, out)
	return ref
}

// entry says what is claimed about one requirement.
func (x *declarer) entry(ref, standard string, r bom.Requirement) cdx.AttestationMap {
	var claims, counter []cdx.BOMReference
	for _, c := range r.Claims {
		claim := cdx.Claim{BOMRef: x.name("claim:" + standard + ":" + r.ID), Target: x.target(c.Ref), Predicate: c.Predicate, Reasoning: c.Reasoning}
		var evidence []cdx.BOMReference
		for _, e := range c.Evidence {
			evidence = append(evidence, x.proof(e))
		}
		claim.Evidence = list(evidence)
		x.claims = append(x.claims, claim)
		if c.Counter {
			counter = append(counter, cdx.BOMReference(claim.BOMRef))
		} else {
			claims = append(claims, cdx.BOMReference(claim.BOMRef))
		}
	}
	out := cdx.AttestationMap{Requirement: ref, Claims: list(claims), CounterClaims: list(counter)}
	if c := r.Conformance; c != nil {
		out.Conformance = &cdx.AttestationConformance{Score: &c.Score, Rationale: c.Rationale}
	}
	return out
}

func (x *declarer) target(ref bom.Ref) cdx.BOMReference {
	if ref == "" {
		ref = x.w.d.Subject
	}
	return cdx.BOMReference(x.w.refs[ref])
}

// proof returns the name of evidence; what several claims rest on stands once.
func (x *declarer) proof(e bom.ClaimEvidence) cdx.BOMReference {
	ref, ok := x.seen[e]
	if !ok {
		ref = cdx.BOMReference(x.name("evidence:" + e.Property))
		x.seen[e] = ref
		x.evidence = append(x.evidence, cdx.DeclarationEvidence{BOMRef: string(ref), PropertyName: e.Property, Description: e.Description})
	}
	return ref
}
