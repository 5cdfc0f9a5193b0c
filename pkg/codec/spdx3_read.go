package codec

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
)

// A spdx3Reader turns a graph into a neutral document. The graph is read once,
// object by object; what refers to something that comes later waits in later.
type spdx3Reader struct {
	out  *bom.Document
	ours bool

	artifacts []*spdx3Artifact
	byID      map[string]*spdx3Artifact
	objects   map[string]spdx3Object // people, licences, creation information and other small things
	edges     []spdx3Edge
	notes     map[string][]bom.Property // annotations by subject
	marked    map[string]bool           // subjects with an annotation of ours
	later     []func()

	documents, sboms []spdx3Collection
	collections      map[string]bool
	dropped          map[string]int    // objects by class that the neutral model has no place for
	licenseNames     map[string]string // of LicenseRefs
	listed           map[string]string // LicenseRefs that stand for listed licences
	licences         map[string][]bom.License
	losses           []Loss
}

// A spdx3Artifact is a component on its way, under the IRI that it has in the
// document.
type spdx3Artifact struct {
	id        string
	component bom.Component
	extras    []bom.Property
}

type spdx3Edge struct {
	from, word, comment, completeness string
	to                                []string
}

// A spdx3Collection is a document or SBOM.
type spdx3Collection struct {
	id, name, comment, creationInfo string
	roots                           []string
}

func decodeSPDX3(data []byte) (*bom.Document, []Loss, error) {
	if err := checkSPDXJSON(data); err != nil {
		return nil, nil, err
	}
	r := &spdx3Reader{out: &bom.Document{}, byID: map[string]*spdx3Artifact{}, objects: map[string]spdx3Object{}, notes: map[string][]bom.Property{},
		marked: map[string]bool{}, collections: map[string]bool{}, dropped: map[string]int{}, licenseNames: map[string]string{}, listed: map[string]string{}, licences: map[string][]bom.License{}}
	if err := readGraph(data, func(o spdx3Object) error { r.object(o, 0); return nil }); err != nil {
		return nil, nil, err
	}
	for i := 0; i < len(r.later); i++ {
		r.later[i]()
	}
	r.later = nil
	if len(r.documents)+len(r.sboms)+len(r.artifacts) == 0 {
		return nil, nil, fmt.Errorf("neither a document nor a package nor a file in @graph")
	}
	r.licenseTexts()
	r.references()
	r.subject()
	r.relationships()
	for i := range r.out.Components {
		c := &r.out.Components[i]
		a := r.artifacts[i]
		props := r.notes[a.id]
		if !r.ours {
			props = append(slices.Clone(props), a.extras...)
		}
		applySPDX3(r.out, c, props)
	}
	r.header()
	for class, n := range r.dropped {
		r.lose(class, "%d not kept", n)
	}
	r.losses = append(r.losses, settle(r.out)...)
	r.out.Normalize()
	if err := r.out.Validate(); err != nil {
		return nil, nil, err
	}
	return r.out, sortLosses(r.losses), nil
}

// applySPDX3 adds the annotation's properties. Hyperparameters and metrics that
// stand there replace the native ones, like licences and links do.
func applySPDX3(d *bom.Document, c *bom.Component, props []bom.Property) {
	props = takeExact(c, props)
	if m := c.Model; m != nil {
		for _, p := range props {
			if strings.HasPrefix(p.Name, propHyper) {
				m.Hyperparameters = nil
			}
			if p.Name == bom.PropMetric {
				m.Metrics = nil
			}
		}
	}
	applyProperties(d, c, props)
}

func (r *spdx3Reader) lose(field, format string, args ...any) {
	r.losses = append(r.losses, Loss{Field: field, Reason: fmt.Sprintf(format, args...)})
}

// object files one object of the graph, or one that stands inside another, and
// returns its identifier.
func (r *spdx3Reader) object(o spdx3Object, depth int) string {
	id, class := o.id(), o.class()
	if id == "" { // inside another object: nobody else can refer to it
		id = fmt.Sprintf("_:inside-%d-%d", len(r.objects), len(r.artifacts))
	}
	switch class {
	case "software_Package", "software_File", "ai_AIPackage", "dataset_DatasetPackage":
		if r.byID[id] != nil {
			r.lose("identifier", "%q is used twice; the second element is dropped", id)
			return id
		}
		a := &spdx3Artifact{id: id}
		r.byID[id], r.artifacts = a, append(r.artifacts, a)
		r.artifact(a, class, o, depth)
	case "Relationship", "LifecycleScopedRelationship":
		r.edges = append(r.edges, spdx3Edge{from: r.link(o.take("from"), depth), word: o.word("relationshipType"), to: r.links(o.take("to"), depth),
			comment: cmp.Or(o.str("comment"), o.word("scope")), completeness: o.word("completeness")})
	case "Annotation":
		r.annotation(r.link(o.take("subject"), depth), o)
	case "SpdxDocument", "software_Sbom", "Bom":
		r.collection(id, class, o, depth)
	case "CreationInfo", "Organization", "Person", "SoftwareAgent", "Agent", "Tool", "Hash", "PackageVerificationCode", "ExternalRef",
		"ExternalIdentifier", "DictionaryEntry", "NamespaceMap":
		r.keep(id, class, o)
	default:
		if strings.HasPrefix(class, "simplelicensing_") || strings.HasPrefix(class, "expandedlicensing_") {
			r.members(o, depth)
			r.keep(id, class, o)
			break
		}
		r.dropped[cmp.Or(class, "object without a type")]++
	}
	return id
}

func (r *spdx3Reader) keep(id, class string, o spdx3Object) {
	o["type"] = quoteJSON(class)
	if _, ok := r.objects[id]; !ok {
		r.objects[id] = o
	}
}

func plainClass(o spdx3Object) string {
	if list := plainStrings(o["type"]); len(list) > 0 {
		return list[0]
	}
	return ""
}

func (r *spdx3Reader) annotation(subject string, o spdx3Object) {
	statement := o.str("statement")
	if props, ok := readAnnotation(statement); ok {
		r.notes[subject], r.marked[subject] = append(r.notes[subject], props...), true
		return
	}
	r.notes[subject] = append(r.notes[subject], bom.Property{Name: "spdx:annotation", Value: bom.JoinFields(o.word("annotationType"), statement, o.str("comment"))})
}

func (r *spdx3Reader) collection(id, class string, o spdx3Object, depth int) {
	c := spdx3Collection{id: id, name: o.str("name"), comment: o.str("comment"), creationInfo: r.link(o.take("creationInfo"), depth),
		roots: r.links(o.take("rootElement"), depth)}
	r.links(o.take("element"), depth) // elements may be described in place
	r.collections[id] = true
	if class == "SpdxDocument" {
		r.documents = append(r.documents, c)
		return
	}
	r.sboms = append(r.sboms, c)
}

// references gives every artifact its Ref: in documents of ours what was escaped
// into the IRI, otherwise the IRI without the document's namespace, which
// changes with every document.
func (r *spdx3Reader) references() {
	namespaces := r.namespaces()
	used := map[bom.Ref]bool{}
	kept := r.artifacts[:0]
	for _, a := range r.artifacts {
		ref := bom.Ref(a.id)
		for _, ns := range namespaces {
			if short, ok := strings.CutPrefix(a.id, ns); ok && short != "" {
				ref = r.unescape(short)
				break
			}
		}
		if used[ref] {
			ref = bom.Ref(a.id)
		}
		if used[ref] || ref == "" {
			r.lose("identifier", "%q is used twice; the second element is dropped", a.id)
			continue
		}
		used[ref] = true
		a.component.Ref = ref
		kept = append(kept, a)
	}
	r.artifacts = kept
	for _, a := range kept {
		r.out.Components = append(r.out.Components, a.component)
	}
}

func (r *spdx3Reader) unescape(short string) bom.Ref {
	if plain, err := url.PathUnescape(short); err == nil && spdx3Fragment(plain) == short {
		return bom.Ref(plain)
	}
	return bom.Ref(short)
}

func (r *spdx3Reader) namespaces() []string {
	var out []string
	for _, c := range slices.Concat(r.documents, r.sboms) {
		out = append(out, c.id+"#", c.id+"/")
		if i := strings.LastIndexAny(c.id, "#/"); i > len("https://") {
			out = append(out, c.id[:i+1])
		}
		if len(out) > maxNamespaces {
			break
		}
	}
	return out
}

// maxNamespaces bounds the namespaces that are tried for every identifier.
const maxNamespaces = 12

// header reads what is said about the document. In documents of ours the
// annotation has it all.
func (r *spdx3Reader) header() {
	all := slices.Concat(r.documents, r.sboms)
	if len(all) == 0 {
		r.out.Format = spdxJSON{}.Name() + "@" + spdxVersion3
		return
	}
	doc := all[0]
	info := r.objects[doc.creationInfo]
	r.out.Serial = strings.TrimSuffix(doc.id, "#~document")
	r.out.Format = spdxJSON{}.Name() + "@" + cmp.Or(info.str("specVersion"), spdxVersion3)
	var props []bom.Property
	for _, c := range all {
		props = append(props, r.notes[c.id]...)
	}
	created := cmp.Or(findProperty(props, propExact+"created"), info.str("created"))
	comment := info.str("comment")
	t, err := time.Parse(time.RFC3339Nano, created)
	switch {
	case err != nil && created != "":
		r.lose("created", "%q is not a time", created)
	case err == nil && !(t.Unix() == 0 && strings.Contains(comment, noTimeComment)):
		r.out.Created = t.UTC()
	}
	applyDocument(r.out, slices.DeleteFunc(props, func(p bom.Property) bool { return strings.HasPrefix(p.Name, propExact) }))
	if r.ours {
		return
	}
	for _, id := range r.links(info["createdUsing"], 1) {
		r.out.Tools = append(r.out.Tools, readTool(r.objects[id].get("name")))
	}
	for _, id := range r.links(info["createdBy"], 1) {
		switch agent := r.objects[id]; plainClass(agent) {
		case "SoftwareAgent":
			r.out.Tools = append(r.out.Tools, readTool(agent.get("name")))
		case "Organization", "Person", "Agent":
			r.out.Authors = append(r.out.Authors, r.organization(agent))
		}
	}
	extra := properties{whole: true}
	extra.add("spdx:name", doc.name)
	extra.add("spdx:comment", doc.comment)
	extra.add("spdx:creatorComment", comment)
	r.out.Properties = append(r.out.Properties, extra.list...)
}
