package codec

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"

	"github.com/modelbom/modelbom/pkg/bom"
)

// decodeSPDX2JSON reads versions 2.2 and 2.3 into the types of 2.3, which has
// all fields of 2.2. The library's own entry point would decode the text three
// times and convert between versions by reflection.
func decodeSPDX2JSON(data []byte) (*bom.Document, []Loss, error) {
	if err := checkSPDXJSON(data); err != nil {
		return nil, nil, err
	}
	doc, err := unmarshalSPDX2(data)
	if err != nil {
		return nil, nil, err
	}
	return readSPDX2(doc, spdxJSON{}.Name())
}

func unmarshalSPDX2(data []byte) (doc *v2_3.Document, err error) {
	defer guard(&err)
	doc = &v2_3.Document{}
	if err := json.Unmarshal(data, doc); err != nil {
		return nil, explainJSON(data, err)
	}
	unquoteSPDX2(doc)
	return doc, nil
}

// A spdx2Reader turns a document of SPDX 2 into a neutral one.
type spdx2Reader struct {
	in     *v2_3.Document
	out    *bom.Document
	words  spdx2Words
	ours   bool // written by this package: fields of ours need no comment
	refs   map[common.ElementID]bom.Ref
	used   map[bom.Ref]bool
	notes  map[common.ElementID][]bom.Property // from annotations
	texts  map[string]*v2_3.OtherLicense
	listed map[string]string          // LicenseRefs that stand for listed licences
	props  map[bom.Ref][]bom.Property // to be applied when the subject is known
	losses []Loss
}

func readSPDX2(in *v2_3.Document, format string) (*bom.Document, []Loss, error) {
	version, ok := strings.CutPrefix(in.SPDXVersion, "SPDX-")
	if !ok || version != "2.2" && version != "2.3" {
		return nil, nil, fmt.Errorf("spdxVersion %q is not known, only SPDX-2.2 and SPDX-2.3 and SPDX 3", in.SPDXVersion)
	}
	r := &spdx2Reader{in: in, words: newSPDX2Words(), refs: map[common.ElementID]bom.Ref{}, used: map[bom.Ref]bool{},
		notes: map[common.ElementID][]bom.Property{}, texts: map[string]*v2_3.OtherLicense{}, listed: map[string]string{}, props: map[bom.Ref][]bom.Property{},
		out: &bom.Document{Serial: in.DocumentNamespace, Format: format + "@" + version}}
	r.annotations()
	r.extractedTexts()
	r.components()
	r.subject()
	for i := range r.out.Components {
		c := &r.out.Components[i]
		applyProperties(r.out, c, takeExact(c, r.props[c.Ref]))
	}
	r.relationships()
	r.header()
	r.losses = append(r.losses, settle(r.out)...)
	r.out.Normalize()
	if err := r.out.Validate(); err != nil {
		return nil, nil, err
	}
	return r.out, sortLosses(r.losses), nil
}

func (r *spdx2Reader) lose(field, format string, args ...any) {
	r.losses = append(r.losses, Loss{Field: field, Reason: fmt.Sprintf(format, args...)})
}

// annotations sorts the annotations by the element that they are about. JSON
// has them inside the elements, tag-value in one list.
func (r *spdx2Reader) annotations() {
	for _, a := range r.in.Annotations {
		if a != nil {
			r.annotation(cmp.Or(a.AnnotationSPDXIdentifier.ElementRefID, r.in.SPDXIdentifier), a)
		}
	}
	for _, p := range r.in.Packages {
		for i := range p.Annotations {
			r.annotation(p.PackageSPDXIdentifier, &p.Annotations[i])
		}
	}
	for _, f := range r.files() {
		for i := range f.Annotations {
			r.annotation(f.FileSPDXIdentifier, &f.Annotations[i])
		}
	}
}

func (r *spdx2Reader) annotation(about common.ElementID, a *v2_3.Annotation) {
	if props, ok := readAnnotation(a.AnnotationComment); ok {
		r.ours = r.ours || about == r.in.SPDXIdentifier
		r.notes[about] = append(r.notes[about], props...)
		return
	}
	by := strings.Trim(a.Annotator.AnnotatorType+": "+a.Annotator.Annotator, ": ")
	r.notes[about] = append(r.notes[about], bom.Property{Name: "spdx:annotation", Value: bom.JoinFields(by, a.AnnotationDate, a.AnnotationType, a.AnnotationComment)})
}

// files returns all files: those of the document and those that tag-value lists
// behind a package.
func (r *spdx2Reader) files() []*v2_3.File {
	files := slices.Clone(r.in.Files)
	for _, p := range r.in.Packages {
		files = append(files, p.Files...)
	}
	return slices.DeleteFunc(files, func(f *v2_3.File) bool { return f == nil })
}

func (r *spdx2Reader) extractedTexts() {
	for _, l := range r.in.OtherLicenses {
		if l == nil {
			continue
		}
		if simple, ok := relisted(l.LicenseIdentifier, l.ExtractedText); ok {
			r.listed[l.LicenseIdentifier] = simple
			continue
		}
		r.texts[l.LicenseIdentifier] = l
		if !strings.HasPrefix(l.ExtractedText, noLicenseText) && l.ExtractedText != "" {
			r.lose("licence text", "the text of %q is not kept", l.LicenseIdentifier)
		}
	}
	if n := len(r.in.Snippets); n > 0 {
		r.lose("snippets", "%d snippets are not kept", n)
	}
	if n := len(r.in.ExternalDocumentReferences); n > 0 {
		r.lose("external documents", "%d references to other documents are not kept", n)
	}
}

func (r *spdx2Reader) components() {
	for _, p := range r.in.Packages {
		c := readSPDX2Package(p)
		r.component(p.PackageSPDXIdentifier, c, packageExtras(p))
	}
	for _, f := range r.files() {
		c := readSPDX2File(f)
		r.component(f.FileSPDXIdentifier, c, fileExtras(f))
	}
}

// component adds a component under the reference that our annotation says, or
// its identifier. extras are facts of another tool without a neutral field.
func (r *spdx2Reader) component(id common.ElementID, c *bom.Component, extras []bom.Property) {
	if _, ok := r.refs[id]; ok || id == "" || id == r.in.SPDXIdentifier {
		r.lose("identifier", "%q is used twice; the second element is dropped", id)
		return
	}
	props := r.notes[id]
	c.Ref = bom.Ref(cmp.Or(findProperty(props, bom.PropRef), string(id)))
	if r.used[c.Ref] {
		c.Ref = bom.Ref(id)
	}
	if r.used[c.Ref] {
		r.lose("identifier", "%q is used twice; the second element is dropped", id)
		return
	}
	if !r.ours {
		props = append(slices.Clone(props), extras...)
	}
	r.nameLicenses(c)
	r.refs[id], r.used[c.Ref], r.props[c.Ref] = c.Ref, true, props
	r.out.Components = append(r.out.Components, *c)
}

// nameLicenses fills in what the document's list of licences knows, and puts
// listed identifiers back in place of what stands for them.
func (r *spdx2Reader) nameLicenses(c *bom.Component) {
	for i := range c.Licenses {
		l := &c.Licenses[i]
		l.Expression = relist(l.Expression, r.listed)
		t := r.texts[l.Expression]
		if t == nil {
			continue
		}
		if t.LicenseName != spdxNoAssertion && t.LicenseName != spdxNone {
			l.Name = t.LicenseName
		}
		if len(t.LicenseCrossReferences) > 0 {
			l.URL = t.LicenseCrossReferences[0]
		}
	}
}

// subject finds what the document is about: what it describes. A document that
// describes several things, or none, is about the first, or about the only
// package that nothing else leads to, or about a component made for it.
func (r *spdx2Reader) subject() {
	var described []bom.Ref
	for _, e := range r.in.Relationships {
		from, to := e.RefA, e.RefB
		if e.Relationship == common.TypeRelationshipDescribeBy {
			from, to = to, from
		} else if e.Relationship != common.TypeRelationshipDescribe {
			continue
		}
		if ref, ok := r.refs[to.ElementRefID]; ok && from.ElementRefID == r.in.SPDXIdentifier && to.DocumentRefID == "" && !slices.Contains(described, ref) {
			if described = append(described, ref); len(described) > maxDescribed {
				break
			}
		}
	}
	if len(described) > 1 {
		r.lose("subject", "the document describes several elements; %q is taken as its subject", described[0])
	}
	if len(described) > 0 {
		r.out.Subject = described[0]
		return
	}
	r.out.Subject = r.root()
}

// maxDescribed is how many described elements are looked at: the first is
// taken, and one more is enough to know that there are several.
const maxDescribed = 1

func (r *spdx2Reader) root() bom.Ref {
	var candidates []bom.Ref
	target := map[common.ElementID]bool{}
	for _, e := range r.in.Relationships {
		word, known := r.words.read[e.Relationship]
		if !known || !word.reversed {
			target[e.RefB.ElementRefID] = true
		} else {
			target[e.RefA.ElementRefID] = true
		}
	}
	for _, p := range r.in.Packages {
		if ref, ok := r.refs[p.PackageSPDXIdentifier]; ok && !target[p.PackageSPDXIdentifier] {
			candidates = append(candidates, ref)
		}
	}
	if len(candidates) == 1 {
		return candidates[0]
	}
	ref := bom.Ref(cmp.Or(string(r.in.SPDXIdentifier), "DOCUMENT"))
	for r.used[ref] {
		ref += "-"
	}
	r.used[ref] = true
	r.lose("subject", "the document describes nothing; %q is made up as its subject", ref)
	r.out.Components = append(r.out.Components, bom.Component{Ref: ref, Kind: bom.KindApplication, Name: r.in.DocumentName})
	return ref
}

func (r *spdx2Reader) relationships() {
	dangling := 0
	for _, p := range r.in.Packages { // tag-value: files behind a package are its files
		for _, f := range p.Files {
			if f != nil {
				r.relate(bom.Relationship{From: r.refs[p.PackageSPDXIdentifier], Type: bom.Contains, To: r.refs[f.FileSPDXIdentifier]}, &dangling)
			}
		}
	}
	for _, e := range r.in.Relationships {
		if e.Relationship == common.TypeRelationshipDescribe || e.Relationship == common.TypeRelationshipDescribeBy {
			continue
		}
		if e.RefB.SpecialID != "" { // "depends on NONE" says something about completeness, not about a component
			r.lose("relationship", "%s %s %s is not kept", e.RefA.ElementRefID, e.Relationship, e.RefB.SpecialID)
			continue
		}
		r.relate(r.words.decode(spdx2Edge{r.ref(e.RefA), r.ref(e.RefB), e.Relationship, e.RelationshipComment}), &dangling)
	}
	if dangling > 0 {
		r.lose("relationships", "%d lead to elements that are not in the document", dangling)
	}
}

func (r *spdx2Reader) ref(id common.DocElementID) bom.Ref {
	if id.DocumentRefID != "" {
		return ""
	}
	return r.refs[id.ElementRefID]
}

func (r *spdx2Reader) relate(e bom.Relationship, dangling *int) {
	if e.From == "" || e.To == "" {
		*dangling++
		return
	}
	r.out.Relationships = append(r.out.Relationships, e)
}

// header reads what is said about the document. In documents of ours the
// annotation has it all; the native fields are for other readers.
func (r *spdx2Reader) header() {
	props := r.notes[r.in.SPDXIdentifier]
	info := r.in.CreationInfo
	if info == nil {
		info = &v2_3.CreationInfo{}
	}
	created := cmp.Or(findProperty(props, propExact+"created"), info.Created)
	t, err := time.Parse(time.RFC3339Nano, created)
	switch {
	case err != nil && created != "":
		r.lose("created", "%q is not a time", created)
	case err == nil && !(t.Unix() == 0 && strings.Contains(r.in.DocumentComment, noTimeComment)):
		r.out.Created = t.UTC()
	}
	applyDocument(r.out, slices.DeleteFunc(slices.Clone(props), func(p bom.Property) bool { return strings.HasPrefix(p.Name, propExact) }))
	if r.ours {
		return
	}
	for _, c := range info.Creators {
		switch c.CreatorType {
		case "Tool":
			r.out.Tools = append(r.out.Tools, readTool(c.Creator))
		default:
			r.out.Authors = append(r.out.Authors, readPerson(c.CreatorType, c.Creator))
		}
	}
	var extra properties
	extra.whole = true
	extra.add("spdx:comment", r.in.DocumentComment)
	extra.add("spdx:creatorComment", info.CreatorComment)
	extra.add("spdx:name", r.in.DocumentName)
	r.out.Properties = append(r.out.Properties, extra.list...)
}
