package codec

import "github.com/modelbom/modelbom/pkg/bom"

// The JSON form of an attestation in formats that have no declarations.
type (
	attestationJSON struct {
		Assessor     bom.OrganizationRecord `json:"assessor,omitzero"`
		ThirdParty   bool                   `json:"thirdParty,omitempty"`
		Standard     standardJSON           `json:"standard,omitzero"`
		Summary      string                 `json:"summary,omitempty"`
		Requirements []requirementJSON      `json:"requirements,omitempty"`
	}
	standardJSON struct {
		Name        string `json:"name,omitempty"`
		Version     string `json:"version,omitempty"`
		Owner       string `json:"owner,omitempty"`
		Description string `json:"description,omitempty"`
	}
	requirementJSON struct {
		ID          string           `json:"id,omitempty"`
		Title       string           `json:"title,omitempty"`
		Text        string           `json:"text,omitempty"`
		Conformance *conformanceJSON `json:"conformance,omitempty"`
		Claims      []claimJSON      `json:"claims,omitempty"`
	}
	conformanceJSON struct {
		Score     float64 `json:"score"`
		Rationale string  `json:"rationale,omitempty"`
	}
	claimJSON struct {
		Ref       bom.Ref             `json:"ref,omitempty"`
		Predicate string              `json:"predicate,omitempty"`
		Reasoning string              `json:"reasoning,omitempty"`
		Counter   bool                `json:"counter,omitempty"`
		Evidence  []claimEvidenceJSON `json:"evidence,omitempty"`
	}
	claimEvidenceJSON struct {
		Property    string `json:"property,omitempty"`
		Description string `json:"description,omitempty"`
	}
)

func toAttestationJSON(a bom.Attestation) attestationJSON {
	j := attestationJSON{Assessor: bom.OrganizationRecord(a.Assessor), ThirdParty: a.ThirdParty, Standard: standardJSON(a.Standard), Summary: a.Summary}
	for _, r := range a.Requirements {
		x := requirementJSON{ID: r.ID, Title: r.Title, Text: r.Text, Conformance: (*conformanceJSON)(r.Conformance)}
		for _, c := range r.Claims {
			y := claimJSON{Ref: c.Ref, Predicate: c.Predicate, Reasoning: c.Reasoning, Counter: c.Counter}
			for _, e := range c.Evidence {
				y.Evidence = append(y.Evidence, claimEvidenceJSON(e))
			}
			x.Claims = append(x.Claims, y)
		}
		j.Requirements = append(j.Requirements, x)
	}
	return j
}

func (j attestationJSON) attestation() bom.Attestation {
	a := bom.Attestation{Assessor: bom.Organization(j.Assessor), ThirdParty: j.ThirdParty, Standard: bom.Standard(j.Standard), Summary: j.Summary}
	for _, x := range j.Requirements {
		r := bom.Requirement{ID: x.ID, Title: x.Title, Text: x.Text, Conformance: (*bom.Conformance)(x.Conformance)}
		for _, y := range x.Claims {
			c := bom.Claim{Ref: y.Ref, Predicate: y.Predicate, Reasoning: y.Reasoning, Counter: y.Counter}
			for _, e := range y.Evidence {
				c.Evidence = append(c.Evidence, bom.ClaimEvidence(e))
			}
			r.Claims = append(r.Claims, c)
		}
		a.Requirements = append(a.Requirements, r)
	}
	return a
}
