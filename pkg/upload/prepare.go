package upload

import (
	"cmp"
	"slices"

	"github.com/modelbom/modelbom/pkg/bom"
)

// A Warning is something of a document that Dependency-Track's import does not
// keep as it is.
type Warning struct {
	Effect Effect
	// What it happens to, in words.
	What string
	// Instead says where the prepared document keeps it; empty when it is lost
	// either way.
	Instead string
	// Refs are the components that it happens to, sorted; none for the document
	// itself.
	Refs []bom.Ref
}

// An Effect is what an import does to something.
type Effect string

// The effects. Refuses is the gravest: the server imports nothing at all.
const (
	Drops   Effect = "drops"
	Merges  Effect = "merges"
	Cuts    Effect = "cuts"
	Refuses Effect = "refuses"
)

// Prepare returns the document to send to Dependency-Track, and what would
// happen to the given one. The rules are those of the source of releases 4.14.3
// and 5.0.4 (class ModelConverter and the import tasks), in standing order:
//
//   - A component keeps its kind, name, group, version, package URL, supplier,
//     links, one digest of each algorithm, properties, edges, and of its licences
//     the first one that the server knows.
//   - Model cards, pedigree, evidence, acknowledgements, reference names and
//     what is said of the document itself are dropped.
//   - Components that agree in package URL, group, name and version become one,
//     whatever their digests.
//   - Long texts are cut in silence; where a column of the database is shorter
//     than what the schema of CycloneDX allows, the whole import fails.
//
// So whatever is dropped stands once more as a property, in the words of
// docs/properties.md, where the server shows it; what would be merged gets a
// name of its own; and what is too long goes on in a second property.
//
// The document has to be normalised and valid; it is not changed.
func Prepare(d *bom.Document) (*bom.Document, []Warning) {
	out := *d
	out.Components = slices.Clone(d.Components)
	p := &preparation{out: &out, relations: map[bom.Ref][]bom.Relationship{}, found: map[rule]*Warning{}}
	for _, r := range d.Relationships {
		p.relations[r.From] = append(p.relations[r.From], r)
	}
	for i := range out.Components {
		c := &out.Components[i]
		c.Properties = slices.Clone(c.Properties)
		p.component(c)
	}
	p.names()
	out.Normalize()
	return &out, p.warnings()
}

// A preparation is the work of Prepare.
type preparation struct {
	out       *bom.Document
	relations map[bom.Ref][]bom.Relationship
	found     map[rule]*Warning
}

// A rule is what makes warnings about several components one.
type rule struct {
	effect        Effect
	what, instead string
}

func (p *preparation) warn(ref bom.Ref, effect Effect, what, instead string) {
	key := rule{effect, what, instead}
	w := p.found[key]
	if w == nil {
		w = &Warning{Effect: effect, What: what, Instead: instead}
		p.found[key] = w
	}
	if ref != "" {
		w.Refs = append(w.Refs, ref)
	}
}

func (p *preparation) warnings() []Warning {
	var out []Warning
	for _, w := range p.found {
		slices.Sort(w.Refs)
		w.Refs = slices.Compact(w.Refs)
		out = append(out, *w)
	}
	grave := []Effect{Refuses, Merges, Cuts, Drops}
	slices.SortFunc(out, func(a, b Warning) int {
		return cmp.Or(cmp.Compare(slices.Index(grave, a.Effect), slices.Index(grave, b.Effect)), cmp.Compare(a.What, b.What))
	})
	return out
}

// component writes what the import drops of one component as properties.
func (p *preparation) component(c *bom.Component) {
	add(c, bom.PropRef, string(c.Ref))
	p.kind(c)
	p.card(c)
	p.licences(c)
	p.evidence(c)
	p.edges(c)
	p.digests(c)
	if c.Ref == p.out.Subject {
		p.document(c)
	}
	p.purl(c)
	p.texts(c)
}
