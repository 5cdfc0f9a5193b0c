package codec

import (
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/modelbom/modelbom/pkg/bom"
)

// fields reads what one component says about itself.
func (r *cdxReader) fields(c *bom.Component, x *cdx.Component) {
	c.Kind, c.Group, c.Name, c.Version = bom.Kind(x.Type), x.Group, x.Name, x.Version
	c.Description, c.PURL, c.Copyright = x.Description, x.PackageURL, x.Copyright
	if c.Kind == "" {
		r.lose(c.Ref, "type", "missing, read as %s", bom.KindData)
		c.Kind = bom.KindData
	}
	if x.Supplier != nil {
		o := r.organization(*x.Supplier)
		c.Supplier = &o
	}
	for _, h := range items(x.Hashes) {
		c.Hashes = append(c.Hashes, bom.Hash{Algorithm: bom.HashAlgorithm(h.Algorithm), Value: strings.ToLower(strings.TrimSpace(h.Value))})
	}
	c.Links = bomLinks(x.ExternalReferences)
	c.Evidence = bomEvidence(x.Evidence)
	c.Licenses = r.licenses(x)
	c.Model = r.model(x.ModelCard)
	applyProperties(r.d, c, bomProperties(x.Properties))
	r.data(c, items(x.Data))
	r.declared(c)
	r.countDropped(x)
}

// licenses sorts, so that asserted digests and licences find their order before
// properties refer to them.
func (r *cdxReader) licenses(x *cdx.Component) []bom.License {
	var lists []cdx.Licenses
	if x.Licenses != nil {
		lists = append(lists, *x.Licenses)
	}
	if x.Evidence != nil && x.Evidence.Licenses != nil {
		lists = append(lists, *x.Evidence.Licenses)
	}
	for _, list := range lists {
		for _, choice := range list {
			if l := choice.License; l != nil && (l.Text != nil || l.Licensing != nil || slices.ContainsFunc(items(l.Properties), notText)) {
				r.drop("licenses: text, licensing or properties", 1)
			}
			details := items(choice.ExpressionDetails)
			standIns := relistedDetails(details)
			for _, d := range details {
				if standIns[d.LicenseIdentifier] == "" || d.Text != nil {
					r.drop("licenses.expressionDetails", 1)
				}
			}
		}
	}
	return bomLicenses(lists...)
}

// notText reports whether a property of a licence is another than those that
// lead to its text.
func notText(p cdx.Property) bool { return p.Name != propTextPath && p.Name != propTextDigest }

func bomProperties(props *[]cdx.Property) []bom.Property {
	var out []bom.Property
	for _, p := range items(props) {
		out = append(out, bom.Property{Name: p.Name, Value: p.Value})
	}
	return out
}

// organization reads an entity and counts what it has too many of.
func (r *cdxReader) organization(e cdx.OrganizationalEntity) bom.Organization {
	r.drop("organisations: further addresses", max(len(items(e.URL))-1, 0)+max(len(items(e.Contact))-1, 0))
	return bomOrganization(e)
}

// model reads a model card. The datasets are relationships.
func (r *cdxReader) model(card *cdx.MLModelCard) *bom.Model {
	if card == nil {
		return nil
	}
	m, said := &bom.Model{}, false
	if p := card.ModelParameters; p != nil {
		m.Task, m.Family, m.Architecture = p.Task, p.ArchitectureFamily, p.ModelArchitecture
		m.Inputs, m.Outputs = bomFormats(p.Inputs), bomFormats(p.Outputs)
		said = m.Task != "" || m.Family != "" || m.Architecture != "" || m.Inputs != nil || m.Outputs != nil
		if p.Approach != nil {
			r.drop("modelCard.modelParameters.approach", 1)
		}
	}
	if q := card.QuantitativeAnalysis; q != nil {
		for _, x := range items(q.PerformanceMetrics) {
			m.Metrics, said = append(m.Metrics, bom.Metric{Type: x.Type, Value: x.Value, Dataset: x.Slice}), true
			if x.ConfidenceInterval != nil {
				r.drop("modelCard: confidence intervals", 1)
			}
		}
		if q.Graphics != nil {
			r.drop("modelCard: graphics", 1)
		}
	}
	if card.Considerations != nil {
		r.drop("modelCard.considerations", 1)
	}
	if !said {
		return nil
	}
	return m
}

func bomFormats(p *[]cdx.MLInputOutputParameters) []string {
	var out []string
	for _, f := range items(p) {
		if f.Format != "" {
			out = append(out, f.Format)
		}
	}
	return out
}

// data takes from the data of a component that it is a dataset.
func (r *cdxReader) data(c *bom.Component, data []cdx.ComponentData) {
	for _, x := range data {
		if x.Type == cdx.ComponentDataTypeDataset && c.Kind == bom.KindData && c.Role == "" {
			c.Role = bom.RoleDataset
		}
		x.Type = ""
		if x != (cdx.ComponentData{}) {
			r.drop("data", 1)
		}
	}
}

// declared adds the origins of a foreign pedigree that nothing else tells of.
func (r *cdxReader) declared(c *bom.Component) {
	told := map[bom.Ref]bool{}
	for _, o := range c.Origins {
		told[o.Reference] = true
	}
	for _, o := range r.origins[c.Ref] {
		if !told[o.Reference] {
			told[o.Reference] = true
			c.Origins = append(c.Origins, o)
		}
	}
}

// countDropped counts the fields of a component that the neutral model lacks.
func (r *cdxReader) countDropped(x *cdx.Component) {
	for kind, there := range map[string]bool{
		"mime-type": x.MIMEType != "", "manufacturer": x.Manufacturer != nil, "author": x.Author != "",
		"publisher": x.Publisher != "", "scope": x.Scope != "", "cpe": x.CPE != "", "swid": x.SWID != nil,
		"modified": x.Modified != nil, "releaseNotes": x.ReleaseNotes != nil, "cryptoProperties": x.CryptoProperties != nil,
		"isExternal": x.IsExternal != nil, "versionRange": x.VersionRange != "", "component signatures": x.Signature != nil,
	} {
		if there {
			r.drop(kind, 1)
		}
	}
	r.drop("authors", len(items(x.Authors)))
	r.drop("omniborId", len(items(x.OmniborID)))
	r.drop("swhid", len(items(x.SWHID)))
	r.drop("tags", len(items(x.Tags)))
	r.drop("patentAssertions", len(items(x.PatentAssertions)))
	for _, l := range items(x.ExternalReferences) {
		r.drop("externalReferences: hashes or properties", len(items(l.Hashes))+len(items(l.Properties)))
	}
	r.countEvidence(x)
}

func (r *cdxReader) countEvidence(x *cdx.Component) {
	if x.Evidence == nil {
		return
	}
	r.drop("evidence.copyright", len(items(x.Evidence.Copyright)))
	if x.Evidence.Callstack != nil {
		r.drop("evidence.callstack", 1)
	}
	for _, o := range items(x.Evidence.Occurrences) {
		if o.Line != nil || o.Offset != nil || o.Symbol != "" {
			r.drop("evidence.occurrences: line, offset or symbol", 1)
		}
	}
	for _, id := range identities(x.Evidence) {
		if v := id.ConcludedValue; v != "" && v != x.PackageURL && v != x.Name {
			r.drop("evidence.identity.concludedValue", 1)
		}
	}
}
