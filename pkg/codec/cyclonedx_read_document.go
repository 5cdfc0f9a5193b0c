package codec

import (
	"slices"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/modelbom/modelbom/pkg/bom"
)

// relationships puts together what properties, native places and the
// dependency graph say; cyclonedx_relations.go has the rules.
func (r *cdxReader) relationships() {
	r.prune()
	told := make(map[bom.Relationship]bool, len(r.d.Relationships))
	joined := map[[2]bom.Ref]bool{}
	for _, p := range r.d.Relationships {
		told[bom.Relationship{From: p.From, Type: p.Type, To: p.To}] = true
		if drawn(p.Type) {
			joined[[2]bom.Ref{p.From, p.To}] = true
		}
	}
	for n := range r.native {
		if drawn(n.Type) {
			joined[[2]bom.Ref{n.From, n.To}] = true
		}
		if !told[n] {
			r.d.Relationships = append(r.d.Relationships, n)
		}
	}
	for _, dep := range items(r.b.Dependencies) {
		r.edges(dep, joined)
	}
}

// edges reads one entry of the dependency graph.
func (r *cdxReader) edges(dep cdx.Dependency, joined map[[2]bom.Ref]bool) {
	r.drop("dependencies.provides", len(items(dep.Provides)))
	from, ok := r.refs[dep.Ref]
	if !ok {
		r.lose("", "dependencies", "%q is not in the document", dep.Ref)
		return
	}
	for _, on := range items(dep.Dependencies) {
		to, ok := r.refs[on]
		switch {
		case !ok:
			r.lose(from, "dependencies", "%q is not in the document", on)
		case from == to && dep.Ref != on: // the root and the component that repeats it
		case !joined[[2]bom.Ref{from, to}]:
			r.d.Relationships = append(r.d.Relationships, bom.Relationship{
				From: from, Type: edgeRelation(r.d.Components[r.at[to]].Kind), To: to})
		}
	}
}

// prune removes what properties say of components that are not there.
func (r *cdxReader) prune() {
	there := func(ref bom.Ref) bool { _, ok := r.at[ref]; return ok }
	r.d.Relationships = slices.DeleteFunc(r.d.Relationships, func(p bom.Relationship) bool {
		if !there(p.To) {
			r.lose(p.From, bom.PropRelationship, "%q is not in the document", p.To)
		}
		return !there(p.To)
	})
	for i := range r.d.Components {
		c := &r.d.Components[i]
		c.Origins = slices.DeleteFunc(c.Origins, func(o bom.Origin) bool {
			if o.Reference == "" && o.Verdict.Open() {
				return false
			}
			if !there(o.Reference) {
				r.lose(c.Ref, propOrigin+"reference", "%q is not in the document", o.Reference)
			}
			return !there(o.Reference)
		})
		if len(c.Origins) == 0 {
			c.Origins = nil
		}
	}
}

// metadata reads what the document says about itself.
func (r *cdxReader) metadata() {
	m := r.b.Metadata
	if m == nil {
		return
	}
	if m.Timestamp != "" {
		t, err := time.Parse(time.RFC3339, m.Timestamp)
		if err != nil {
			r.lose("", "metadata.timestamp", "%q is not a time", m.Timestamp)
		}
		r.d.Created = t.UTC()
	}
	for i, step := range items(m.Lifecycles) {
		if i > 0 || step.Description != "" {
			r.drop("metadata.lifecycles", 1)
		}
		if i == 0 {
			r.d.Phase = string(step.Phase) + step.Name
		}
	}
	r.tools(m.Tools)
	if m.Supplier != nil {
		o := r.organization(*m.Supplier)
		if c := &r.d.Components[r.at[r.d.Subject]]; c.Supplier == nil {
			c.Supplier = &o
		} else if *c.Supplier != o {
			r.drop("metadata.supplier", 1)
		}
	}
	if m.Licenses != nil {
		r.drop("metadata.licenses", len(*m.Licenses))
	}
	if m.Manufacture != nil {
		r.drop("metadata.manufacture", 1)
	}
	if m.DistributionConstraints != nil {
		r.drop("metadata.distributionConstraints", 1)
	}
	r.documentProperties(m)
}

// documentProperties reads authors from properties, which hold more, or else
// from their native places.
func (r *cdxReader) documentProperties(m *cdx.Metadata) {
	props := slices.DeleteFunc(bomProperties(m.Properties), func(p bom.Property) bool {
		return p == bom.Property{Name: propReproducible, Value: "true"} && r.d.Created.IsZero()
	})
	if !slices.ContainsFunc(props, func(p bom.Property) bool { return p.Name == propDocAuthor }) {
		r.d.Authors = bomAuthors(m)
	}
	applyDocument(r.d, props)
}

func (r *cdxReader) tools(t *cdx.ToolsChoice) {
	if t == nil {
		return
	}
	for _, x := range items(t.Tools) {
		r.d.Tools = append(r.d.Tools, bom.Tool{Vendor: x.Vendor, Name: x.Name, Version: x.Version})
	}
	for _, x := range items(t.Components) {
		vendor := x.Publisher
		for _, o := range []*cdx.OrganizationalEntity{x.Supplier, x.Manufacturer} {
			if vendor == "" && o != nil {
				vendor = o.Name
			}
		}
		if vendor == "" {
			vendor = x.Group
		}
		r.d.Tools = append(r.d.Tools, bom.Tool{Vendor: vendor, Name: x.Name, Version: x.Version})
	}
	r.drop("metadata.tools.services", len(items(t.Services)))
}

// compositions reads how complete the subject is.
func (r *cdxReader) compositions() {
	ours := func(refs *[]cdx.BOMReference) bool {
		return slices.ContainsFunc(items(refs), func(ref cdx.BOMReference) bool { return r.refs[string(ref)] == r.d.Subject })
	}
	for _, x := range items(r.b.Compositions) {
		said := false
		if ours(x.Assemblies) && r.d.Completeness.Assembly == "" {
			r.d.Completeness.Assembly, said = bom.Aggregate(x.Aggregate), true
		}
		if ours(x.Dependencies) && r.d.Completeness.Lineage == "" {
			r.d.Completeness.Lineage, said = bom.Aggregate(x.Aggregate), true
		}
		if !said {
			r.drop("compositions", 1)
		}
	}
}

// rest counts what stands beside the components.
func (r *cdxReader) rest() {
	b := r.b
	applyDocument(r.d, bomProperties(b.Properties))
	r.drop("services", len(items(b.Services)))
	r.drop("externalReferences of the document", len(items(b.ExternalReferences)))
	r.drop("vulnerabilities", len(items(b.Vulnerabilities)))
	r.drop("annotations", len(items(b.Annotations)))
	r.drop("formulation", len(items(b.Formulation)))
	r.drop("citations", len(items(b.Citations)))
	if b.Signature != nil {
		r.drop("signature", 1)
	}
}
