package codec

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/modelbom/modelbom/pkg/bom"
)

// A cdxReader translates one document of any version. What the neutral model
// has no field for is counted by kind and becomes one Loss each.
type cdxReader struct {
	b *cdx.BOM
	d *bom.Document
	// nodes are the components in the library's form, in step with
	// d.Components until the end.
	nodes   []*cdx.Component
	at      map[bom.Ref]int      // place in nodes
	refs    map[string]bom.Ref   // the component of each bom-ref
	held    map[string]bool      // bom-refs that stand in the document
	known   map[likeness]bom.Ref // components by what they are
	unique  uniquer
	native  map[bom.Relationship]bool // relationships that have a native place
	origins map[bom.Ref][]bom.Origin  // what foreign pedigrees declare
	dropped map[string]int            // things that are not kept, by kind
	told    map[string]int            // losses by field
	losses  []Loss
}

// A likeness tells whether an ancestor is a component of the document: by its
// purl, and without one by kind and full name.
type likeness struct{ purl, kind, group, name, version string }

func likenessOf(x *cdx.Component) likeness {
	if x.PackageURL != "" {
		return likeness{purl: x.PackageURL}
	}
	return likeness{kind: string(x.Type), group: x.Group, name: x.Name, version: x.Version}
}

func readCycloneDX(b *cdx.BOM, name string) (*bom.Document, []Loss, error) {
	r := &cdxReader{
		b: b, d: &bom.Document{Serial: b.SerialNumber, Format: name + "@" + b.SpecVersion.String()},
		at: map[bom.Ref]int{}, refs: map[string]bom.Ref{}, held: map[string]bool{}, known: map[likeness]bom.Ref{},
		unique: uniquer{}, native: map[bom.Relationship]bool{}, origins: map[bom.Ref][]bom.Origin{}, dropped: map[string]int{}, told: map[string]int{},
	}
	s := sanitiser{replaced: func(string) { r.dropped["characters that are not text"]++ }}
	s.walk(reflect.ValueOf(b))
	r.components()
	for i := 0; i < len(r.nodes); i++ { // grows: ancestors and datasets are components too
		r.pedigree(i)
		r.datasets(i)
	}
	for i, x := range r.nodes {
		r.fields(&r.d.Components[i], x)
	}
	r.relationships()
	r.metadata()
	r.compositions()
	r.attestations()
	r.rest()
	dropClaims(r.d, func(ref bom.Ref) bool { _, ok := r.at[ref]; return ok }, r.lose)
	r.d.Normalize()
	if err := r.d.Validate(); err != nil {
		return nil, nil, fmt.Errorf("the document contradicts itself: %w", err)
	}
	return r.d, r.allLosses(), nil
}

// maxLosses bounds the losses of one field that are told one by one: a hostile
// document can have a million, and nobody reads more than some.
const maxLosses = 100

// allLosses adds what was only counted.
func (r *cdxReader) allLosses() []Loss {
	for kind, n := range r.dropped {
		r.losses = append(r.losses, Loss{Field: kind, Reason: fmt.Sprintf("%d not kept", n)})
	}
	for field, n := range r.told {
		if n > maxLosses {
			r.losses = append(r.losses, Loss{Field: field, Reason: fmt.Sprintf("and %d more", n-maxLosses)})
		}
	}
	return sortLosses(r.losses)
}

func (r *cdxReader) lose(ref bom.Ref, field, format string, args ...any) {
	if r.told[field]++; r.told[field] > maxLosses {
		return
	}
	r.losses = append(r.losses, Loss{Ref: ref, Field: field, Reason: fmt.Sprintf(format, args...)})
}

// drop counts things that are there and cannot be kept.
func (r *cdxReader) drop(kind string, n int) {
	if n > 0 {
		r.dropped[kind] += n
	}
}

// components adds the component tree and finds the subject: the component that
// the document's root repeats, or the root, or the only component, or else one
// that is made up.
func (r *cdxReader) components() {
	top := items(r.b.Components)
	named := map[string]bool{} // what modelbom:ref of the root can lead to
	r.hold(top, named)
	var root *cdx.Component
	if m := r.b.Metadata; m != nil {
		root = m.Component
	}
	repeated := root != nil && named[ownRef(root)]
	if root != nil && !repeated {
		if root.BOMRef != "" && r.held[root.BOMRef] {
			r.lose("", "bom-ref", "%q is given twice", root.BOMRef)
		}
		r.hold([]cdx.Component{*root}, named)
		r.d.Subject = r.add(root, "")
	}
	for i := range top {
		r.add(&top[i], "")
	}
	switch {
	case repeated:
		r.d.Subject = r.refs[ownRef(root)]
		if _, ok := r.at[bom.Ref(ownRef(root))]; ok {
			r.d.Subject = bom.Ref(ownRef(root))
		}
		if _, ok := r.refs[root.BOMRef]; !ok {
			r.refs[root.BOMRef] = r.d.Subject
		}
	case root == nil && len(top) == 1:
		r.d.Subject = r.refOf(&top[0])
	case root == nil:
		r.lose("", "metadata.component", "missing, so the subject has no name")
		r.d.Subject = r.add(&cdx.Component{Type: cdx.ComponentTypeApplication, Name: "unnamed"}, "")
	}
}

// hold notes the bom-refs of a tree, so that no made-up reference takes one.
func (r *cdxReader) hold(tree []cdx.Component, named map[string]bool) {
	for i := range tree {
		for _, ref := range []string{tree[i].BOMRef, ownRef(&tree[i])} {
			if ref != "" {
				named[ref] = true
			}
		}
		if tree[i].BOMRef != "" {
			r.held[tree[i].BOMRef] = true
		}
		r.hold(items(tree[i].Components), named)
	}
}

// ownRef is the Ref that we gave a component, where its bom-ref is another.
func ownRef(x *cdx.Component) string {
	for _, p := range items(x.Properties) {
		if p.Name == bom.PropRef {
			return p.Value
		}
	}
	return ""
}

// refOf finds the Ref of a node that was added.
func (r *cdxReader) refOf(x *cdx.Component) bom.Ref {
	for i, n := range r.nodes {
		if n == x {
			return r.d.Components[i].Ref
		}
	}
	return ""
}

// add gives a component and all in it their Refs. The recursion is as deep as
// maxNesting lets the document be.
func (r *cdxReader) add(x *cdx.Component, parent bom.Ref) bom.Ref {
	ref := r.choose(x)
	r.at[ref] = len(r.nodes)
	r.nodes = append(r.nodes, x)
	r.d.Components = append(r.d.Components, bom.Component{Ref: ref})
	if _, ok := r.refs[x.BOMRef]; !ok && x.BOMRef != "" {
		r.refs[x.BOMRef] = ref
	}
	if _, ok := r.known[likenessOf(x)]; !ok {
		r.known[likenessOf(x)] = ref
	}
	if parent != "" {
		r.native[bom.Relationship{From: parent, Type: bom.Contains, To: ref}] = true
	}
	nested := items(x.Components)
	for i := range nested {
		r.add(&nested[i], ref)
	}
	return ref
}

// choose makes a component's Ref: our own, its bom-ref, or one from its purl or
// its name, which is the same whenever the document is read.
func (r *cdxReader) choose(x *cdx.Component) bom.Ref {
	taken := func(s string) bool {
		_, ok := r.at[bom.Ref(s)]
		return ok || r.held[s] && s != x.BOMRef
	}
	if own := ownRef(x); own != "" && !taken(own) {
		return bom.Ref(own)
	}
	want := x.BOMRef
	switch {
	case want != "":
		if taken(want) {
			r.lose(bom.Ref(want), "bom-ref", "given twice")
		}
	case x.PackageURL != "":
		want = x.PackageURL
	default:
		want = string(x.Type) + ":" + strings.TrimPrefix(x.Group+"/"+x.Name, "/")
		if x.Version != "" {
			want += "@" + x.Version
		}
	}
	return bom.Ref(r.unique.name(want, taken))
}

// pedigree reads the relatives of one component.
func (r *cdxReader) pedigree(i int) {
	p, self := r.nodes[i].Pedigree, r.d.Components[i].Ref
	if p == nil {
		return
	}
	r.drop("pedigree.commits", len(items(p.Commits)))
	r.drop("pedigree.patches", len(items(p.Patches)))
	foreign := 0
	ancestors, descendants, variants := items(p.Ancestors), items(p.Descendants), items(p.Variants)
	for j := range ancestors {
		up, ours := r.relative(&ancestors[j], self)
		r.native[bom.Relationship{From: self, Type: bom.DescendantOf, To: up}] = true
		if !ours {
			foreign++
			r.declare(self, up, p.Notes)
		}
	}
	for j := range descendants {
		down, _ := r.relative(&descendants[j], self)
		r.native[bom.Relationship{From: down, Type: bom.DescendantOf, To: self}] = true
		r.declare(down, self, "")
	}
	for j := range variants {
		other, _ := r.relative(&variants[j], self)
		r.native[bom.Relationship{From: self, Type: bom.HasVariant, To: other}] = true
	}
	if p.Notes != "" && len(ancestors)+len(variants) == 0 {
		r.drop("pedigree.notes", 1)
	}
}

// relative finds the component that a pedigree names, or adds it.
func (r *cdxReader) relative(x *cdx.Component, self bom.Ref) (ref bom.Ref, ours bool) {
	if own := bom.Ref(ownRef(x)); own != "" {
		if _, ok := r.at[own]; ok {
			return own, true
		}
	}
	if ref, ok := r.known[likenessOf(x)]; ok && ref != self {
		return ref, false
	}
	return r.add(x, ""), false
}

// declare records an origin that only a pedigree states.
func (r *cdxReader) declare(from, up bom.Ref, notes string) {
	r.origins[from] = append(r.origins[from], bom.Origin{
		Reference: up, Verdict: bom.VerdictDeclaredOnly, Strength: bom.StrengthDeclared, Sentence: notes})
}

// datasets reads what one model was trained on.
func (r *cdxReader) datasets(i int) {
	card := r.nodes[i].ModelCard
	if card == nil || card.ModelParameters == nil {
		return
	}
	self := r.d.Components[i].Ref
	for _, choice := range items(card.ModelParameters.Datasets) {
		ref, ok := r.refs[choice.Ref]
		switch {
		case choice.Ref != "" && !ok:
			r.lose(self, "modelCard.datasets", "%q is not in the document", choice.Ref)
			continue
		case choice.Ref == "" && choice.ComponentData == nil:
			continue
		case choice.Ref == "":
			ref = r.addDataset(choice.ComponentData)
		}
		r.native[bom.Relationship{From: self, Type: bom.TrainedOn, To: ref}] = true
	}
}

// addDataset makes a component of a dataset that stands inside a model card.
func (r *cdxReader) addDataset(data *cdx.ComponentData) bom.Ref {
	x := &cdx.Component{BOMRef: data.BOMRef, Type: cdx.ComponentTypeData, Name: cmp.Or(data.Name, "unnamed dataset"), Description: data.Description,
		Data: &[]cdx.ComponentData{{Type: cdx.ComponentDataTypeDataset}}}
	if data.Contents != nil {
		if data.Contents.URL != "" {
			x.ExternalReferences = &[]cdx.ExternalReference{{Type: cdx.ERTypeDistribution, URL: data.Contents.URL}}
		}
		r.drop("modelCard.datasets.contents", len(items(data.Contents.Properties)))
	}
	if data.Governance != nil || data.Graphics != nil || data.Classification != "" || data.SensitiveData != nil {
		r.drop("modelCard.datasets: governance, graphics, classification or sensitive data", 1)
	}
	return r.add(x, "")
}
