package codec

import (
	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/modelbom/modelbom/pkg/bom"
)

// maxAttested bounds claims and their evidence over all attestations: a document
// can refer to one claim as often as it likes, and each time it is copied.
const maxAttested = 1_000_000

// An attestationReader puts the lists of declarations together.
type attestationReader struct {
	*cdxReader
	requirements map[string]defined
	claims       map[string]*cdx.Claim
	evidence     map[string]*cdx.DeclarationEvidence
	assessors    map[string]*cdx.Assessor
	reached      map[string]bool // requirements, claims and evidence that an attestation leads to
	count        int
}

// A defined requirement knows its standard, by number.
type defined struct {
	requirement *cdx.StandardRequirement
	standard    int
}

// attestations reads the declarations. Of requirements of several standards in
// one attestation each standard becomes one of its own.
func (r *cdxReader) attestations() {
	x := &attestationReader{cdxReader: r, requirements: map[string]defined{}, claims: map[string]*cdx.Claim{},
		evidence: map[string]*cdx.DeclarationEvidence{}, assessors: map[string]*cdx.Assessor{}, reached: map[string]bool{}}
	standards := x.definitions()
	if r.b.Declarations == nil {
		x.leftOver(nil)
		return
	}
	d := r.b.Declarations
	for i, a := range items(d.Assessors) {
		x.assessors[string(a.BOMRef)] = &(*d.Assessors)[i]
	}
	for i, c := range items(d.Claims) {
		x.claims[c.BOMRef] = &(*d.Claims)[i]
		r.drop("declarations.claims: mitigation, counter evidence, links or signature",
			len(items(c.MitigationStrategies))+len(items(c.CounterEvidence))+len(items(c.ExternalReferences))+present(c.Signature != nil))
	}
	for i, e := range items(d.Evidence) {
		x.evidence[e.BOMRef] = &(*d.Evidence)[i]
		r.drop("declarations.evidence: data, times, people or signature",
			len(items(e.Data))+present(e.Created != "")+present(e.Expires != "")+present(e.Author != nil)+present(e.Reviewer != nil)+present(e.Signature != nil))
	}
	for _, a := range items(d.Attestations) {
		x.attestation(a, standards)
	}
	x.leftOver(d)
}

func present(there bool) int {
	if there {
		return 1
	}
	return 0
}

// definitions reads the standards, which only attestations lead to.
func (x *attestationReader) definitions() []bom.Standard {
	d := x.b.Definitions
	if d == nil {
		return nil
	}
	x.drop("definitions.patents", len(items(d.Patents)))
	var standards []bom.Standard
	for i, s := range items(d.Standards) {
		standards = append(standards, bom.Standard{Name: orEmpty(s.Name), Version: orEmpty(s.Version), Owner: orEmpty(s.Owner), Description: orEmpty(s.Description)})
		x.drop("definitions.standards: levels, links or signature", len(items(s.Levels))+len(items(s.ExternalReferences))+present(s.Signature != nil))
		x.drop("definitions.standards without requirements", present(len(items(s.Requirements)) == 0))
		for j, q := range items(s.Requirements) {
			x.requirements[q.BOMRef] = defined{&(*s.Requirements)[j], i}
			x.drop("definitions.standards.requirements: descriptions, parent, properties or links",
				len(items(q.Descriptions))+len(items(q.OpenCRE))+present(q.Parent != "")+len(items(q.Properties))+len(items(q.ExternalReferences)))
		}
	}
	return standards
}

func orEmpty(s string) string {
	if s == noneGiven {
		return ""
	}
	return s
}

// attestation reads one, and makes one for each standard that it is about.
func (x *attestationReader) attestation(a cdx.Attestation, standards []bom.Standard) {
	base := bom.Attestation{Summary: a.Summary}
	if who := x.assessors[string(a.Assessor)]; who != nil && a.Assessor != "" {
		base.ThirdParty = who.ThirdParty
		if who.Organization != nil {
			base.Assessor = x.organization(*who.Organization)
		}
	} else if a.Assessor != "" {
		x.lose("", "declarations.attestations.assessor", "%q is not in the document", a.Assessor)
	}
	x.drop("declarations.attestations: signature", present(a.Signature != nil))
	var order []int
	byStandard := map[int]*bom.Attestation{}
	for _, m := range items(a.Map) {
		q, ok := x.requirements[m.Requirement]
		if !ok {
			x.lose("", "declarations.attestations.map", "the requirement %q is not in the document", m.Requirement)
			continue
		}
		x.reached[m.Requirement] = true
		if byStandard[q.standard] == nil {
			next := base
			next.Standard = standards[q.standard]
			byStandard[q.standard] = &next
			order = append(order, q.standard)
		}
		into := byStandard[q.standard]
		into.Requirements = append(into.Requirements, x.requirement(m, q.requirement))
	}
	if len(order) == 0 {
		x.d.Attestations = append(x.d.Attestations, base)
	}
	for _, i := range order {
		x.d.Attestations = append(x.d.Attestations, *byStandard[i])
	}
}

func (x *attestationReader) requirement(m cdx.AttestationMap, q *cdx.StandardRequirement) bom.Requirement {
	out := bom.Requirement{ID: q.Identifier, Title: q.Title, Text: q.Text}
	if c := m.Conformance; c != nil {
		if c.Score != nil {
			out.Conformance = &bom.Conformance{Score: *c.Score, Rationale: c.Rationale}
		} else if c.Rationale != "" {
			x.drop("declarations.attestations.map.conformance without a score", 1)
		}
		x.drop("declarations.attestations.map.conformance.mitigationStrategies", len(items(c.MitigationStrategies)))
	}
	x.drop("declarations.attestations.map.confidence", present(m.Confidence != nil))
	for i, refs := range []*[]cdx.BOMReference{m.Claims, m.CounterClaims} {
		for _, ref := range items(refs) {
			if c, ok := x.claim(string(ref)); ok {
				c.Counter = i == 1
				out.Claims = append(out.Claims, c)
			}
		}
	}
	return out
}

func (x *attestationReader) claim(ref string) (bom.Claim, bool) {
	c := x.claims[ref]
	if c == nil {
		x.lose("", "declarations.attestations.map", "the claim %q is not in the document", ref)
		return bom.Claim{}, false
	}
	if x.count++; x.count+len(items(c.Evidence)) > maxAttested {
		x.drop("declarations.attestations.map: claims beyond the limit", 1)
		return bom.Claim{}, false
	}
	x.reached[ref] = true
	out := bom.Claim{Predicate: c.Predicate, Reasoning: c.Reasoning}
	if c.Target != "" {
		target, ok := x.refs[string(c.Target)]
		if !ok {
			x.lose("", "declarations.claims.target", "%q is no component of the document", c.Target)
			return bom.Claim{}, false
		}
		out.Ref = target
	}
	for _, e := range items(c.Evidence) {
		x.count++
		if seen := x.evidence[string(e)]; seen != nil {
			x.reached[string(e)] = true
			out.Evidence = append(out.Evidence, bom.ClaimEvidence{Property: seen.PropertyName, Description: seen.Description})
		} else {
			x.lose("", "declarations.claims.evidence", "%q is not in the document", e)
		}
	}
	return out, true
}

// leftOver counts what no attestation leads to, and what there is no place for.
func (x *attestationReader) leftOver(d *cdx.Declarations) {
	for ref := range x.requirements {
		x.drop("definitions.standards.requirements that nothing attests", present(!x.reached[ref]))
	}
	if d == nil {
		return
	}
	for ref := range x.claims {
		x.drop("declarations.claims that no attestation has", present(!x.reached[ref]))
	}
	for ref := range x.evidence {
		x.drop("declarations.evidence that no claim has", present(!x.reached[ref]))
	}
	if t := d.Targets; t != nil {
		x.drop("declarations.targets", len(items(t.Organizations))+len(items(t.Components))+len(items(t.Services)))
	}
	x.drop("declarations.affirmation", present(d.Affirmation != nil))
	x.drop("declarations.signature", present(d.Signature != nil))
}
