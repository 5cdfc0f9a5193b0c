package codec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/modelbom/modelbom/pkg/bom"
)

// component writes one component without what it contains. Whatever a native
// place does not give back whole is a property too.
func (w *cdxWriter) component(c *bom.Component) cdx.Component {
	x := cdx.Component{
		BOMRef: w.refs[c.Ref], Type: cdxType(c.Kind), Group: c.Group, Name: c.Name, Version: c.Version,
		Description: c.Description, PackageURL: c.PURL, Copyright: c.Copyright,
		Hashes: w.hashes(c), ModelCard: w.modelCard(c), Data: cdxData(c), Pedigree: w.pedigree(c),
	}
	model := c.Kind == bom.KindModel
	n := natively{Kind: cdxKind(c.Kind), Group: true, Task: model, Family: model, Architecture: model, Inputs: model, Metrics: model}
	if c.Kind == "" {
		w.lose(c.Ref, "kind", "none given, written as %s", cdx.ComponentTypeData)
	}
	if c.Supplier != nil {
		x.Supplier = cdxOrganization(*c.Supplier)
		n.Supplier = bomOrganization(*x.Supplier) == *c.Supplier
	}
	x.ExternalReferences = cdxLinks(c.Links, w.spec)
	n.Links = slices.Equal(bomLinks(x.ExternalReferences), c.Links)
	w.claims(&x, c, &n)
	p := componentProperties(c, w.about, n)
	w.losses = append(w.losses, p.losses(c.Ref)...)
	if x.BOMRef != string(c.Ref) {
		p.list = append(p.list, bom.Property{Name: bom.PropRef, Value: string(c.Ref)})
		sortPairs(p.list)
	}
	x.Properties = cdxProperties(p.list)
	return x
}

// claims writes licences and evidence, which share a place.
func (w *cdxWriter) claims(x *cdx.Component, c *bom.Component, n *natively) {
	licenses, found := w.licenses(c.Licenses)
	n.Licenses = sameLicenses(c, licenses, found)
	if len(licenses) > 0 {
		x.Licenses = &licenses
	}
	x.Evidence = cdxEvidence(c.Evidence, identityField(c), cmp.Or(c.PURL, c.Name))
	n.Evidence = sameEvidence(c, x.Evidence)
	if len(found) > 0 {
		if x.Evidence == nil {
			x.Evidence = &cdx.Evidence{}
		}
		x.Evidence.Licenses = &found
	}
}

// identityField is what a component is known by.
func identityField(c *bom.Component) cdx.EvidenceIdentityFieldType {
	if c.PURL != "" {
		return cdx.EvidenceIdentityFieldTypePURL
	}
	return cdx.EvidenceIdentityFieldTypeName
}

func cdxType(k bom.Kind) cdx.ComponentType {
	if !cdxKind(k) {
		return cdx.ComponentTypeData
	}
	return cdx.ComponentType(k)
}

func (w *cdxWriter) hashes(c *bom.Component) *[]cdx.Hash {
	var out []cdx.Hash
	for _, h := range c.Hashes {
		if !cdxHash(h, w.spec) {
			w.lose(c.Ref, "hashes", "%s %q is no digest of CycloneDX %s", h.Algorithm, h.Value, w.spec)
			continue
		}
		out = append(out, cdx.Hash{Algorithm: cdx.HashAlgorithm(h.Algorithm), Value: h.Value})
	}
	return list(out)
}

// cdxLinks writes what the schema allows: a type that is not on its list
// becomes part of the comment, a text that is no address is left out.
func cdxLinks(links []bom.Link, v cdx.SpecVersion) *[]cdx.ExternalReference {
	var out []cdx.ExternalReference
	for _, l := range links {
		if !cdxURL(l.URL) {
			continue
		}
		x := cdx.ExternalReference{Type: cdx.ExternalReferenceType(l.Type), URL: l.URL, Comment: l.Comment}
		if !cdxLink(l.Type, v) {
			x.Type = cdx.ERTypeOther
			x.Comment = strings.Trim(l.Type+": "+l.Comment, ": ")
		}
		out = append(out, x)
	}
	return list(out)
}

func bomLinks(refs *[]cdx.ExternalReference) []bom.Link {
	var out []bom.Link
	for _, x := range items(refs) {
		out = append(out, bom.Link{Type: string(x.Type), URL: x.URL, Comment: x.Comment})
	}
	return out
}

// cdxData says what sort of data a component is.
func cdxData(c *bom.Component) *[]cdx.ComponentData {
	if c.Kind != bom.KindData {
		return nil
	}
	t := cdx.ComponentDataTypeOther
	switch c.Role {
	case bom.RoleDataset:
		t = cdx.ComponentDataTypeDataset
	case bom.RoleTokenizer, bom.RoleChatTemplate, bom.RoleProcessor:
		t = cdx.ComponentDataTypeConfiguration
	}
	return &[]cdx.ComponentData{{Type: t}}
}

// modelCard has the facts that a model card has places for. The library cannot
// write a model card's own properties, so all others are the component's.
func (w *cdxWriter) modelCard(c *bom.Component) *cdx.MLModelCard {
	if c.Kind != bom.KindModel {
		return nil
	}
	m := c.Model
	if m == nil {
		m = &bom.Model{}
	}
	p := cdx.MLModelParameters{Task: m.Task, ArchitectureFamily: m.Family, ModelArchitecture: m.Architecture,
		Inputs: cdxFormats(m.Inputs), Outputs: cdxFormats(m.Outputs)}
	var datasets []cdx.MLDatasetChoice
	for _, ref := range w.layout.datasets[c.Ref] {
		datasets = append(datasets, cdx.MLDatasetChoice{Ref: w.refs[ref]})
	}
	p.Datasets = list(datasets)
	var card cdx.MLModelCard
	if p != (cdx.MLModelParameters{}) {
		card.ModelParameters = &p
	}
	var metrics []cdx.MLPerformanceMetric
	for _, x := range m.Metrics {
		metrics = append(metrics, cdx.MLPerformanceMetric{Type: x.Type, Value: x.Value, Slice: x.Dataset})
	}
	if len(metrics) > 0 {
		card.QuantitativeAnalysis = &cdx.MLQuantitativeAnalysis{PerformanceMetrics: &metrics}
	}
	if card == (cdx.MLModelCard{}) {
		return nil
	}
	return &card
}

func cdxFormats(formats []string) *[]cdx.MLInputOutputParameters {
	var out []cdx.MLInputOutputParameters
	for _, f := range formats {
		if f != "" { // the schema of the XML form refuses it
			out = append(out, cdx.MLInputOutputParameters{Format: f})
		}
	}
	return list(out)
}

// pedigree shows ancestors and variants as short copies, without a bom-ref: the
// full components stand in the list. modelbom:ref leads to them.
func (w *cdxWriter) pedigree(c *bom.Component) *cdx.Pedigree {
	up, variants := w.layout.ancestors[c.Ref], w.layout.variants[c.Ref]
	if up == nil && variants == nil {
		return nil
	}
	words := w.notes(c.Ref)
	origins := make(map[bom.Ref][]bom.Origin, len(c.Origins))
	for _, o := range c.Origins {
		origins[o.Reference] = append(origins[o.Reference], o)
	}
	var p cdx.Pedigree
	var notes []string
	var ancestors, others []cdx.Component
	for _, ref := range up {
		x, note := ancestor(w.byRef[ref], origins[ref], words[bom.Relationship{Type: bom.DescendantOf, To: ref}])
		ancestors, notes = append(ancestors, x), append(notes, note)
	}
	for _, ref := range variants {
		others = append(others, relative(w.byRef[ref]))
		notes = append(notes, sentence("has the variant", w.byRef[ref], words[bom.Relationship{Type: bom.HasVariant, To: ref}]))
	}
	p.Ancestors, p.Variants, p.Notes = list(ancestors), list(others), strings.Join(notes, "; ")
	return &p
}

// ancestor writes an upstream with the evidence of all origins that name it, and
// the relation in words.
func ancestor(up *bom.Component, origins []bom.Origin, word string) (cdx.Component, string) {
	x := relative(up)
	var evidence []bom.Evidence
	known := ""
	for _, o := range origins {
		evidence = append(evidence, o.Evidence...)
		word, known = cmp.Or(o.Relation, word), cmp.Or(known, verdictWord(o.Verdict))
	}
	x.Evidence = cdxEvidence(evidence, identityField(up), cmp.Or(up.PURL, up.Name))
	return x, sentence(cmp.Or(word, "descendant")+" of", up, known)
}

// notes are the notes of a component's relationships by type and end; one that
// has a note is a property.
func (w *cdxWriter) notes(from bom.Ref) map[bom.Relationship]string {
	words := map[bom.Relationship]string{}
	for _, r := range w.layout.properties[from] {
		words[bom.Relationship{Type: r.Type, To: r.To}] = r.Note
	}
	return words
}

func relative(c *bom.Component) cdx.Component {
	return cdx.Component{Type: cdxType(c.Kind), Group: c.Group, Name: c.Name, Version: c.Version, PackageURL: c.PURL,
		Properties: &[]cdx.Property{{Name: bom.PropRef, Value: string(c.Ref)}}}
}

// verdictWord is the verdict in a note: what only the publisher says is
// "declared".
func verdictWord(v bom.Verdict) string {
	if v == bom.VerdictDeclaredOnly {
		return string(bom.StrengthDeclared)
	}
	return string(v)
}

func sentence(relation string, c *bom.Component, known string) string {
	name := c.Name
	if c.Group != "" {
		name = c.Group + "/" + c.Name
	}
	if known == "" {
		return relation + " " + name
	}
	return fmt.Sprintf("%s %s (%s)", relation, name, known)
}
