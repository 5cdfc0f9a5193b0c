package codec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/licenselist"
)

// propReproducible is CycloneDX's own word for a document without clock or
// random values (property taxonomy, namespace "cdx").
const propReproducible = "cdx:reproducible"

// A cdxWriter translates one normalised, valid document.
type cdxWriter struct {
	d      *bom.Document
	spec   cdx.SpecVersion
	list   licenselist.Edition
	texts  map[string]string // digests of licence texts, by path
	byRef  map[bom.Ref]*bom.Component
	refs   map[bom.Ref]string // the bom-ref of each component
	layout *layout
	about  *about
	losses []Loss
}

func newCDXWriter(d *bom.Document, spec cdx.SpecVersion, list licenselist.Edition) *cdxWriter {
	w := &cdxWriter{d: d, spec: spec, list: list, texts: textDigests(d), byRef: make(map[bom.Ref]*bom.Component, len(d.Components)), about: gather(d)}
	for i := range d.Components {
		w.byRef[d.Components[i].Ref] = &d.Components[i]
	}
	w.refs = cdxRefs(d)
	w.layout = layOut(d, w.byRef)
	w.about.relationships = w.layout.properties
	return w
}

// cdxRefs chooses the bom-refs: the Refs themselves, except where one would be
// taken for a link to another document or holds characters that XML refuses.
func cdxRefs(d *bom.Document) map[bom.Ref]string {
	refs := make(map[bom.Ref]string, len(d.Components))
	used := make(map[string]bool, len(d.Components))
	var odd []bom.Ref
	for _, c := range d.Components {
		if s := string(c.Ref); strings.HasPrefix(s, "urn:cdx:") || legalText(s) != s {
			odd = append(odd, c.Ref)
			continue
		}
		refs[c.Ref] = string(c.Ref)
		used[string(c.Ref)] = true
	}
	unique := uniquer{}
	for _, ref := range odd {
		name := unique.name("ref:"+legalText(string(ref)), func(s string) bool { return used[s] })
		refs[ref], used[name] = name, true
	}
	return refs
}

func (w *cdxWriter) lose(ref bom.Ref, field, format string, args ...any) {
	w.losses = append(w.losses, Loss{Ref: ref, Field: field, Reason: fmt.Sprintf(format, args...)})
}

func sortLosses(losses []Loss) []Loss {
	slices.SortFunc(losses, func(a, b Loss) int {
		return cmp.Or(cmp.Compare(a.Ref, b.Ref), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Reason, b.Reason))
	})
	return slices.Compact(losses)
}

// document returns everything but the serial number.
func (w *cdxWriter) document() *cdx.BOM {
	b := cdx.NewBOM()
	b.SpecVersion = w.spec
	b.JSONSchema = "http://cyclonedx.org/schema/bom-" + w.spec.String() + ".schema.json"
	b.XMLNS = xmlNamespace + w.spec.String()
	components := w.components()
	root := w.root(components[0])
	b.Metadata = w.metadata(root)
	b.Components = &components
	b.Dependencies = w.dependencies(root.BOMRef)
	b.Compositions = w.compositions()
	w.declare(b)
	return b
}

// root is the subject again, as what the document is about. Platforms make a
// project of it and drop its licences, digests and properties, so the full
// form, with all that it contains, is the first of the components.
func (w *cdxWriter) root(subject cdx.Component) *cdx.Component {
	used := make(map[string]bool, len(w.refs))
	for _, ref := range w.refs {
		used[ref] = true
	}
	root := subject
	root.BOMRef = uniquer{}.name("subject", func(s string) bool { return used[s] })
	root.Components = nil
	root.Properties = &[]cdx.Property{{Name: bom.PropRef, Value: string(w.d.Subject)}}
	return &root
}

// components returns the subject with all that it contains, then what nobody
// contains, sorted by Ref.
func (w *cdxWriter) components() []cdx.Component {
	out := []cdx.Component{w.tree(w.d.Subject)}
	for _, c := range w.d.Components {
		if _, nested := w.layout.parent[c.Ref]; !nested && c.Ref != w.d.Subject {
			out = append(out, w.tree(c.Ref))
		}
	}
	return out
}

// tree writes a component with what it contains, at most maxNested deep.
func (w *cdxWriter) tree(ref bom.Ref) cdx.Component {
	x := w.component(w.byRef[ref])
	var nested []cdx.Component
	for _, child := range w.layout.children[ref] {
		nested = append(nested, w.tree(child))
	}
	x.Components = list(nested)
	return x
}

func (w *cdxWriter) metadata(root *cdx.Component) *cdx.Metadata {
	m := &cdx.Metadata{Component: root}
	n := natively{Tools: true, Phase: true, Attestations: true, Aggreg: w.compositionsHold()}
	if !w.d.Created.IsZero() {
		m.Timestamp = w.d.Created.UTC().Format(time.RFC3339Nano)
	}
	if w.d.Phase != "" {
		step := cdx.Lifecycle{Phase: cdx.LifecyclePhase(w.d.Phase)}
		if !cdxPhase(w.d.Phase) {
			step = cdx.Lifecycle{Name: w.d.Phase}
		}
		m.Lifecycles = &[]cdx.Lifecycle{step}
	}
	var tools []cdx.Component
	for _, t := range w.d.Tools {
		tools = append(tools, cdx.Component{Type: cdx.ComponentTypeApplication, Publisher: t.Vendor, Name: t.Name, Version: t.Version})
	}
	if len(tools) > 0 {
		m.Tools = &cdx.ToolsChoice{Components: &tools}
	}
	m.Manufacturer, m.Authors = cdxAuthors(w.d.Authors)
	read := &bom.Document{Authors: bomAuthors(m)}
	read.Normalize()
	n.Authors = slices.Equal(read.Authors, w.d.Authors)
	p := documentProperties(w.d, n)
	w.losses = append(w.losses, p.losses("")...)
	if w.d.Created.IsZero() {
		p.list = append(p.list, bom.Property{Name: propReproducible, Value: "true"})
		sortPairs(p.list)
	}
	m.Properties = cdxProperties(p.list)
	return m
}

// cdxAuthors writes persons as the authors of the document, where only a name and
// an address have a place, and an organisation as its manufacturer. There is one
// manufacturer, so that several organisations stand among the authors.
func cdxAuthors(authors []bom.Organization) (*cdx.OrganizationalEntity, *[]cdx.OrganizationalContact) {
	organizations := 0
	for _, a := range authors {
		if !a.Person {
			organizations++
		}
	}
	var maker *cdx.OrganizationalEntity
	var out []cdx.OrganizationalContact
	for _, a := range authors {
		if !a.Person && organizations == 1 {
			maker = cdxOrganization(a)
		} else {
			out = append(out, cdxContact(a))
		}
	}
	return maker, list(out)
}

// bomAuthors undoes cdxAuthors.
func bomAuthors(m *cdx.Metadata) []bom.Organization {
	var out []bom.Organization
	if m.Manufacturer != nil {
		out = append(out, bomOrganization(*m.Manufacturer))
	}
	for _, a := range items(m.Authors) {
		out = append(out, bom.Organization{Name: a.Name, Email: a.Email, Person: true})
	}
	return out
}

func cdxContact(o bom.Organization) cdx.OrganizationalContact {
	c := cdx.OrganizationalContact{Name: o.Name}
	if cdxEmail(o.Email) {
		c.Email = o.Email
	}
	return c
}

func cdxOrganization(o bom.Organization) *cdx.OrganizationalEntity {
	e := &cdx.OrganizationalEntity{Name: o.Name}
	if cdxURL(o.URL) {
		e.URL = &[]string{o.URL}
	}
	if cdxEmail(o.Email) {
		e.Contact = &[]cdx.OrganizationalContact{{Email: o.Email}}
	}
	if o.Country != "" {
		e.Address = &cdx.PostalAddress{Country: o.Country}
	}
	return e
}

// bomOrganization undoes cdxOrganization, and takes the first of what an entity
// of another tool has several of.
func bomOrganization(e cdx.OrganizationalEntity) bom.Organization {
	o := bom.Organization{Name: e.Name}
	if urls := items(e.URL); len(urls) > 0 {
		o.URL = urls[0]
	}
	for _, c := range items(e.Contact) {
		o.Email = cmp.Or(o.Email, c.Email)
	}
	if e.Address != nil {
		o.Country = e.Address.Country
	}
	return o
}

func cdxProperties(props []bom.Property) *[]cdx.Property {
	out := make([]cdx.Property, len(props))
	for i, p := range props {
		out[i] = cdx.Property{Name: p.Name, Value: p.Value}
	}
	return list(out)
}

// dependencies has one entry for every component, and one that leads from the
// document's root to the subject, so that the graph has one root.
func (w *cdxWriter) dependencies(root string) *[]cdx.Dependency {
	out := make([]cdx.Dependency, 0, len(w.d.Components)+1)
	out = append(out, cdx.Dependency{Ref: root, Dependencies: &[]string{w.refs[w.d.Subject]}})
	for _, c := range w.d.Components {
		var on []string
		for _, ref := range w.layout.edges[c.Ref] {
			on = append(on, w.refs[ref])
		}
		slices.Sort(on)
		out = append(out, cdx.Dependency{Ref: w.refs[c.Ref], Dependencies: list(slices.Compact(on))})
	}
	slices.SortFunc(out, func(a, b cdx.Dependency) int { return cmp.Compare(a.Ref, b.Ref) })
	return &out
}

// compositionsHold reports whether compositions can say how complete the
// document is.
func (w *cdxWriter) compositionsHold() bool {
	c := w.d.Completeness
	return (c.Assembly == "" || cdxAggregate(c.Assembly)) && (c.Lineage == "" || cdxAggregate(c.Lineage))
}

func (w *cdxWriter) compositions() *[]cdx.Composition {
	c, subject := w.d.Completeness, &[]cdx.BOMReference{cdx.BOMReference(w.refs[w.d.Subject])}
	var out []cdx.Composition
	if !w.compositionsHold() {
		return nil
	}
	if c.Assembly != "" {
		out = append(out, cdx.Composition{Aggregate: cdx.CompositionAggregate(c.Assembly), Assemblies: subject})
	}
	if c.Lineage != "" {
		out = append(out, cdx.Composition{Aggregate: cdx.CompositionAggregate(c.Lineage), Dependencies: subject})
	}
	return list(out)
}
