package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/policy"
)

// Attestations make of a check what can be written back into the document: one
// attestation for each policy, with the tool as the assessor. A rule, a grade and
// a minimum element are requirements. What is said of a component is a claim,
// which speaks against the requirement where it is not met or not shown; reasons
// are its evidence. A requirement conforms by 1 where all that it is about meets
// it, by 0.5 where a grade is partly met at the least, and else by 0, also where
// an exception covers that: an exception changes what follows and not what is.
func Attestations(d *bom.Document, results []*policy.Result, o CheckOptions) []bom.Attestation {
	var out []bom.Attestation
	v := newView(d)
	for _, r := range results {
		a := bom.Attestation{Assessor: bom.Organization{Name: shown(strings.TrimSpace(o.Tool.Name + " " + o.Tool.Version))}, Summary: shown(r.Sentence),
			Standard: bom.Standard{Name: shown(r.Policy), Version: shown(r.Version), Owner: shown(o.Tool.Vendor), Description: describe(r)}}
		if a.Assessor.Name == "" {
			a.Assessor.Name = "modelbom"
		}
		a.Requirements = append(a.Requirements, v.gradesAttested(r)...)
		a.Requirements = append(a.Requirements, v.checksAttested(r, o, a.Requirements)...)
		a.Requirements = append(a.Requirements, elementsAttested(r)...)
		if len(a.Requirements) == 0 {
			a.Requirements = []bom.Requirement{{ID: a.Standard.Name, Conformance: &bom.Conformance{Score: conforms(r.Outcome), Rationale: outcomeWords(r.Outcome)}}}
		}
		out = append(out, a)
	}
	return out
}

// describe names the very policy and how it was applied.
func describe(r *policy.Result) string {
	s := strings.TrimSuffix(bom.Clean(r.Title), ".") + "."
	if r.Digest != "" {
		s += " The policy's digest is " + bom.Clean(r.Digest) + "."
	}
	var parameters []string
	for _, p := range r.Parameters {
		parameters = append(parameters, p.Name+"="+p.Value)
	}
	if len(parameters) > 0 {
		s += " Applied with " + strings.Join(parameters, ", ") + "."
	}
	return shown(s)
}

// gradesAttested has a requirement for each grade.
func (v *view) gradesAttested(r *policy.Result) []bom.Requirement {
	var out []bom.Requirement
	for _, p := range r.Parts {
		for _, g := range p.Grades {
			id := shown(r.Policy + "." + g.Name)
			i := slices.IndexFunc(out, func(q bom.Requirement) bool { return q.ID == id })
			if i < 0 {
				i = len(out)
				out = append(out, bom.Requirement{ID: id, Title: shown(g.Name), Conformance: &bom.Conformance{Score: 1, Rationale: levelWords(policy.LevelMet)}})
			}
			claim := bom.Claim{Ref: v.known(p.Ref), Predicate: shown(g.Name + ": " + levelWords(g.Level)), Reasoning: shown(p.Sentence), Counter: g.Level != policy.LevelMet}
			for _, x := range g.Reasons {
				claim.Evidence = append(claim.Evidence, bom.ClaimEvidence{Property: shown(x.ID), Description: shown(levelWords(x.Level) + ": " + x.Text + inBrackets(x.Place))})
			}
			out[i].Claims = append(out[i].Claims, claim)
			if c := out[i].Conformance; levelScore(g.Level) < c.Score || g.Level == policy.LevelNotMet && c.Score == 0 {
				*c = bom.Conformance{Score: levelScore(g.Level), Rationale: levelWords(g.Level)}
			}
		}
	}
	return out
}

func inBrackets(s string) string {
	if s == "" {
		return ""
	}
	return " [" + s + "]"
}

func levelScore(l policy.Level) float64 {
	switch l {
	case policy.LevelMet:
		return 1
	case policy.LevelPartly:
		return 0.5
	}
	return 0
}

// known is a reference that leads somewhere; what does not is about the subject.
func (v *view) known(ref bom.Ref) bom.Ref {
	if v.byRef[ref] == nil {
		return ""
	}
	return ref
}

func conforms(o policy.Outcome) float64 {
	if o == policy.Pass {
		return 1
	}
	return 0
}

// checksAttested has a requirement for each rule that no grade stands for.
func (v *view) checksAttested(r *policy.Result, o CheckOptions, there []bom.Requirement) []bom.Requirement {
	var out []bom.Requirement
	for _, x := range r.Checks {
		id := shown(x.Rule)
		if slices.ContainsFunc(there, func(q bom.Requirement) bool { return q.ID == id }) {
			continue
		}
		i := slices.IndexFunc(out, func(q bom.Requirement) bool { return q.ID == id })
		if i < 0 {
			i = len(out)
			out = append(out, requirementOf(id, o))
		}
		q := &out[i]
		if x.Outcome == policy.NotApplicable {
			continue
		}
		claim := bom.Claim{Ref: v.known(x.Ref), Predicate: shown(id + ": " + outcomeWords(x.Outcome)), Reasoning: shown(x.Text), Counter: x.Outcome != policy.Pass}
		if x.Path != "" {
			claim.Evidence = []bom.ClaimEvidence{{Property: "file", Description: shown(x.Path)}}
		}
		q.Claims = append(q.Claims, claim)
		if q.Conformance == nil || conforms(x.Outcome) < q.Conformance.Score { // the gravest comes first
			q.Conformance = &bom.Conformance{Score: conforms(x.Outcome), Rationale: outcomeWords(x.Outcome)}
		}
	}
	return out
}

func requirementOf(id string, o CheckOptions) bom.Requirement {
	for _, r := range o.Rules {
		if r.ID == id {
			return bom.Requirement{ID: id, Title: shown(r.Title), Text: shown(r.Why)}
		}
	}
	return bom.Requirement{ID: id}
}

// elementWords say of a minimum element whether it is there, and who can supply it.
func elementWords(s policy.ElementState) string {
	switch s {
	case policy.ElementPresent:
		return "there"
	case policy.ElementDerivable:
		return "missing; the program can derive it"
	case policy.ElementPerson:
		return "missing; only a person can supply it"
	}
	return shown(string(s))
}

// elementsAttested has a requirement for each minimum element.
func elementsAttested(r *policy.Result) []bom.Requirement {
	var out []bom.Requirement
	for _, e := range r.Elements {
		q := bom.Requirement{ID: shown(cmp.Or(e.Rule, e.Cluster+": "+e.Name)), Title: shown(e.Name), Conformance: &bom.Conformance{Rationale: elementWords(e.State)}}
		claim := bom.Claim{Predicate: shown(e.Name + ": " + elementWords(e.State)), Counter: e.State != policy.ElementPresent}
		if claim.Counter {
			claim.Reasoning = shown("place: " + e.Place)
		} else {
			q.Conformance.Score = 1
			claim.Evidence = []bom.ClaimEvidence{{Property: shown(e.Name), Description: shown(e.Value)}}
		}
		q.Claims = []bom.Claim{claim}
		out = append(out, q)
	}
	return out
}
