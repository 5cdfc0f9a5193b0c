package main

import (
	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/facts"
	"github.com/modelbom/modelbom/pkg/policy"
	"github.com/modelbom/modelbom/pkg/security"
)

// findingRules are the rules of the findings that documents of modelbom have.
func findingRules() []policy.Rule {
	out := []policy.Rule{
		{ID: "digest-mismatch", Title: "A digest that a place states is not that of the bytes", Severity: bom.SeverityHigh,
			Why:    "The file is not the one that was published, reviewed or signed under the digest: it is damaged, or it was exchanged.",
			Remedy: "Fetch the file again from its publisher. Do not use it until the digests agree."},
		{ID: "origin-contradicted", Title: "The weights show no relation to the declared origin", Severity: bom.SeverityHigh,
			Why:    "The declared upstream is in an index, was compared, and its weights have nothing to do with these. Licence and lineage rest on a statement that is not so.",
			Remedy: "Ask the publisher. Correct base_model in README.md, or publish the weights that belong to it."},
		{ID: "origin-undeclared", Title: "The bytes show an origin that nothing declares", Severity: bom.SeverityMedium,
			Why:    "Weights come from a known model, whose licence asks something and whose supplier matters, and the repository does not say so.",
			Remedy: "Declare it: base_model in README.md, with base_model_relation."},
		{ID: "licence-conflict", Title: "What is declared does not keep what an upstream's licence asks", Severity: bom.SeverityHigh,
			Why:    "A licence that is passed on can take nothing away from the one that it rests on.",
			Remedy: "Declare the licence of the upstream, or a part from another upstream. Ask its licensor where in doubt."},
		{ID: "licence-disagreement", Title: "Two places state different licences for one thing", Severity: bom.SeverityMedium,
			Why:    "Users cannot tell which one holds.",
			Remedy: "Make README.md license, the LICENSE file and the metadata of weight files agree."},
		{ID: "licence-naming", Title: "The licence of an upstream asks how derivatives are named", Severity: bom.SeverityLow,
			Why: "The name of the model does not begin or is not built as the licence asks.", Remedy: "Name the model as the licence asks, with --name where the folder has another name."},
		{ID: "licence-attribution", Title: "The licence of an upstream asks that a phrase is displayed", Severity: bom.SeverityLow,
			Why: "No card or notice file has the phrase.", Remedy: "Put the phrase that the finding names into README.md or NOTICE."},
		{ID: facts.RuleOtherBytes, Title: "A review or statement is about other bytes", Severity: bom.SeverityLow,
			Why:    "It names a digest that the part does not have now, so it counts for nothing.",
			Remedy: "Look at the part again, then write the new digest into modelbom.yaml; \"modelbom init\" prints it."},
		{ID: facts.RuleDisagreement, Title: "A statement and the document differ", Severity: bom.SeverityLow,
			Why: "Both stand in the document; what was there first stays.", Remedy: "Correct modelbom.yaml, or where the document's value comes from."},
		{ID: facts.RuleExpired, Title: "An exception has expired", Severity: bom.SeverityLow,
			Why: "It covers nothing any more.", Remedy: "Remove it from modelbom.yaml, or have it approved anew until another day."},
	}
	for _, r := range security.Rules() {
		out = append(out, policy.Rule{ID: r.ID, Title: r.Title, Severity: r.Severity, Why: r.Why, Remedy: r.Help})
	}
	return out
}
