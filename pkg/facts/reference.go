package facts

import (
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/strictyaml"
)

// A Reference is a document about the model that lies elsewhere.
type Reference struct {
	Type    string // one of [ReferenceTypes]
	URL     string
	Comment string
	Line    int
}

// ReferenceTypes are the types of external references of CycloneDX 1.6.
func ReferenceTypes() []string {
	return []string{"advisories", "adversary-model", "attestation", "bom", "build-meta", "build-system", "certification-report", "chat",
		"codified-infrastructure", "component-analysis-report", "configuration", "digital-signature", "distribution", "distribution-intake",
		"documentation", "dynamic-analysis-report", "electronic-signature", "evidence", "exploitability-statement", "formulation",
		"issue-tracker", "license", "log", "mailing-list", "maturity-report", "model-card", "other", "pentest-report", "poam",
		"quality-metrics", "release-notes", "rfc-9116", "risk-assessment", "runtime-analysis-report", "security-contact", "social",
		"source-distribution", "static-analysis-report", "support", "threat-model", "vcs", "vulnerability-assertion", "website"}
}

// maxReferences bounds the references of a model.
const maxReferences = 200

func (d *decoder) reference(n *yaml.Node) Reference {
	r := Reference{Type: "other", Line: n.Line}
	what := "a reference"
	d.Mapping(n, what, map[string]strictyaml.Field{"type": d.Word(&r.Type, ReferenceTypes()), "url": d.link(&r.URL), "comment": d.text(&r.Comment, maxName)})
	d.Need(n, what, "url", "say where it is")
	return r
}

// references adds links to what is stated to lie elsewhere. A link that the
// document has already is not stated twice.
func (a *applier) references(c *bom.Component, list []Reference) {
	for _, r := range list {
		add(c, PropReference, bom.JoinFields(r.Type, r.URL, r.Comment))
		link := bom.Link{Type: r.Type, URL: r.URL, Comment: r.Comment}
		if !slices.Contains(c.Links, link) {
			c.Links = append(c.Links, link)
		}
	}
}
