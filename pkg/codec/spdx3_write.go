package codec

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"time"

	spdx "github.com/spdx/tools-golang/spdx/v3/v3_0"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/licenselist"
)

// encodeSPDX3 builds the document with the library's model and writes it with
// the library's writer, whose order is random; canonicalSPDX3 sorts.
func encodeSPDX3(w io.Writer, d *bom.Document, list licenselist.Edition) ([]Loss, error) {
	uuid, err := contentUUID(d, spdxJSON{}.Name(), spdxVersion3, list)
	if err != nil {
		return nil, err
	}
	name := subjectName(d)
	wr := newSPDX3Writer(d, list, "https://spdx.org/spdxdocs/"+uriName(name)+"-"+uuid+"#")
	var raw bytes.Buffer
	if err := wr.document(name).Write(&raw); err != nil {
		return nil, err
	}
	out, err := canonicalSPDX3(raw.Bytes())
	if err != nil {
		return nil, err
	}
	_, err = w.Write(out)
	return nil, err
}

// A spdx3Writer builds the elements of one document. Every value is fresh: the
// library's global individuals keep what the first document puts into them.
type spdx3Writer struct {
	d         *bom.Document
	list      licenselist.Edition
	namespace string
	about     *about
	elements  spdx.ElementList
	artifacts map[bom.Ref]spdx.AnySoftwareArtifact
	agents    map[bom.Organization]spdx.AnyAgent
	licences  map[string]spdx.AnyLicenseInfo // by expression
	refs      map[string]string              // LicenseRef to the IRI of its text
	odd       map[bom.Ref][]bom.Property
	relations map[bom.Relation]spdx.RelationshipType
	purposes  map[string]spdx.SoftwarePurpose
	hashes    map[string]spdx.HashAlgorithm
}

func newSPDX3Writer(d *bom.Document, list licenselist.Edition, namespace string) *spdx3Writer {
	return &spdx3Writer{d: d, list: list, namespace: namespace, about: gather(d),
		artifacts: map[bom.Ref]spdx.AnySoftwareArtifact{}, agents: map[bom.Organization]spdx.AnyAgent{},
		licences: map[string]spdx.AnyLicenseInfo{}, refs: map[string]string{}, odd: map[bom.Ref][]bom.Property{},
		relations: spdx3Relations(), purposes: spdx3Purposes(), hashes: spdx3Hashes()}
}

func (w *spdx3Writer) iri(kind, rest string) string {
	return w.namespace + "~" + kind + spdx3Fragment(rest)
}

func (w *spdx3Writer) document(name string) *spdx.Document {
	doc := spdx.NewDocument(spdx.ProfileIdentifierType_Software, name, w.creator(), nil)
	doc.ID, doc.Name = w.iri("document", ""), name // the library takes some names for identifiers
	w.creationInfo(doc.CreationInfo.(*spdx.CreationInfo))
	w.licenceTexts()
	for i := range w.d.Components {
		c := &w.d.Components[i]
		w.artifacts[c.Ref] = w.artifact(c)
		w.elements = append(w.elements, w.artifacts[c.Ref])
	}
	w.relationships()
	for i := range w.d.Components {
		w.licence(&w.d.Components[i])
	}
	for i := range w.d.Components {
		c := &w.d.Components[i]
		w.annotate(w.artifacts[c.Ref], string(c.Ref), w.note(c))
	}
	profiles, comment := claimProfiles(w.d)
	sbom := &spdx.SBOM{ID: w.iri("sbom", ""), Name: name, SbomTypes: []spdx.SbomType{spdx.SbomType_Analyzed},
		RootElements: spdx.ElementList{w.artifacts[w.d.Subject]}, ProfileConformances: profiles}
	props := documentProperties(w.d, natively{AnyLength: true})
	props.list = append(props.list, exactTime(w.d)...)
	w.elements = append(w.elements, &spdx.Annotation{ID: w.iri("annotation", ""), Subject: sbom, Type: spdx.AnnotationType_Other,
		ContentType: "application/json", Statement: annotationText(props.list, false)})
	sbom.Elements = w.elements
	doc.RootElements = spdx.ElementList{sbom}
	doc.ProfileConformances = profiles
	doc.Comment = strings.TrimSpace(documentComment(w.d) + "\n" + comment)
	doc.DataLicense = w.expression("CC0-1.0")
	return doc
}

// creator is the agent that SPDX 3 must have: the first author, or the program
// when nobody answers for the document.
func (w *spdx3Writer) creator() spdx.AnyAgent {
	if len(w.d.Authors) > 0 {
		return w.agent(w.d.Authors[0])
	}
	return &spdx.SoftwareAgent{ID: w.iri("agent", ""), Name: ownTool(w.d)}
}

func (w *spdx3Writer) creationInfo(info *spdx.CreationInfo) {
	info.ID = "creationinfo" // a blank node: the library puts "_:" in front
	info.Created = time.Unix(0, 0).UTC()
	if w.d.Created.IsZero() {
		info.Comment = noTimeComment
	} else {
		info.Created = w.d.Created.UTC().Truncate(time.Second)
	}
	for _, a := range w.d.Authors[min(1, len(w.d.Authors)):] {
		info.CreatedBy = append(info.CreatedBy, w.agent(a))
	}
	info.CreatedUsing = nil
	for _, t := range w.d.Tools {
		name := spdxTool(t)
		info.CreatedUsing = append(info.CreatedUsing, &spdx.Tool{ID: w.iri("tool:", bom.JoinFields(t.Vendor, t.Name, t.Version)), Name: name})
	}
}

// agent describes an organisation or person once.
func (w *spdx3Writer) agent(o bom.Organization) spdx.AnyAgent {
	if a := w.agents[o]; a != nil {
		return a
	}
	var identifiers spdx.ExternalIdentifierList
	var references spdx.ExternalRefList
	if o.Email != "" {
		identifiers = spdx.ExternalIdentifierList{&spdx.ExternalIdentifier{Type: spdx.ExternalIdentifierType_Email, Identifier: o.Email}}
	}
	if o.URL != "" {
		references = spdx.ExternalRefList{&spdx.ExternalRef{Type: spdx.ExternalRefType_AltWebPage, Locators: []string{o.URL}}}
	}
	name := bom.JoinFields(o.Name, o.Email, o.URL, o.Country)
	if o.Person {
		w.agents[o] = &spdx.Person{ID: w.iri("person:", name), Name: o.Name, ExternalIdentifiers: identifiers, ExternalRefs: references}
	} else {
		w.agents[o] = &spdx.Organization{ID: w.iri("organization:", name), Name: o.Name, ExternalIdentifiers: identifiers, ExternalRefs: references}
	}
	return w.agents[o]
}

// annotate keeps properties in an annotation of the element.
func (w *spdx3Writer) annotate(subject spdx.AnyElement, ref string, props []bom.Property) {
	if len(props) == 0 {
		return
	}
	w.elements = append(w.elements, &spdx.Annotation{ID: w.iri("annotation:", ref), Subject: subject, Type: spdx.AnnotationType_Other,
		ContentType: "application/json", Statement: annotationText(props, false)})
}

// licenceTexts describes every LicenseRef of the document.
func (w *spdx3Writer) licenceTexts() {
	for _, r := range licenseRefs(w.d, w.list) {
		id := w.iri("licensetext:", r.id)
		w.refs[r.id] = id
		text := &spdx.SimpleLicensingText{ID: id, Name: cmp.Or(r.name, r.id), LicenseText: r.text()}
		for _, u := range r.urls {
			text.ExternalRefs = append(text.ExternalRefs, &spdx.ExternalRef{Type: spdx.ExternalRefType_License, Locators: []string{u}})
		}
		w.elements = append(w.elements, text)
	}
}

// licence states the declared and the concluded licence: one of each, always,
// because the AI profile wants that (SPDX 3.0.1, AIPackage).
func (w *spdx3Writer) licence(c *bom.Component) {
	l := nativeLicenses(c.Licenses, w.list)
	for _, s := range []struct {
		word, field string
		kind        spdx.RelationshipType
	}{
		{spdx3DeclaredLicense, l.declared, spdx.RelationshipType_HasDeclaredLicense},
		{spdx3Concluded, l.concluded, spdx.RelationshipType_HasConcludedLicense},
	} {
		w.elements = append(w.elements, &spdx.Relationship{ID: w.iri(s.word+":", string(c.Ref)), From: w.artifacts[c.Ref], Type: s.kind,
			To: spdx.ElementList{w.expression(s.field)}})
	}
}

// expression describes a licence expression once.
func (w *spdx3Writer) expression(field string) spdx.AnyLicenseInfo {
	if l := w.licences[field]; l != nil {
		return l
	}
	w.licences[field] = w.newExpression(field)
	return w.licences[field]
}

func (w *spdx3Writer) newExpression(field string) spdx.AnyLicenseInfo {
	switch field {
	case spdxNoAssertion:
		return &spdx.IndividualLicensingInfo{ID: spdx3NoAssertion}
	case spdxNone:
		return &spdx.IndividualLicensingInfo{ID: spdx3None}
	}
	l := &spdx.LicenseExpression{ID: w.iri("license:", field), LicenseExpression: field, LicenseListVersion: fullVersion(w.list.String())}
	e, _ := parseExpression(field)
	for _, ref := range slices.Compact(slices.Sorted(slices.Values(e.refs))) {
		l.CustomIdToUris = append(l.CustomIdToUris, &spdx.DictionaryEntry{Key: ref, Value: w.refs[ref]})
	}
	return l
}

// relationships joins those that differ in their target only: SPDX 3 lets one
// lead to many. One that reading would not give back becomes a property.
func (w *spdx3Writer) relationships() {
	type key struct {
		from    bom.Ref
		word    bom.Relation
		comment string
	}
	found := map[key]*spdx.Relationship{}
	for _, r := range w.d.Relationships {
		k := key{r.From, r.Type, r.Note}
		kind, known := w.relations[r.Type]
		if !known {
			kind, k.word, k.comment = spdx.RelationshipType_Other, "other", bom.JoinFields(string(r.Type), r.Note)
			if word, note := readOtherRelation(k.comment); word != r.Type || note != r.Note {
				w.odd[r.From] = append(w.odd[r.From], bom.Property{Name: bom.PropRelationship, Value: bom.JoinFields(string(r.Type), string(r.To), r.Note)})
				continue
			}
		}
		rel := found[k]
		if rel == nil {
			rel = &spdx.Relationship{ID: w.relationshipIRI(k.word, k.from, k.comment), From: w.artifacts[k.from], Type: kind, Comment: k.comment}
			w.completeness(rel, k.word)
			found[k] = rel
			w.elements = append(w.elements, rel)
		}
		rel.To = append(rel.To, w.artifacts[r.To])
	}
}

func (w *spdx3Writer) relationshipIRI(word bom.Relation, from bom.Ref, comment string) string {
	id := w.iri(string(word)+":", string(from))
	if comment != "" {
		sum := sha256.Sum256([]byte(comment))
		id += "~" + hex.EncodeToString(sum[:8])
	}
	return id
}

// completeness says of the component tree and of lineage what the document
// knows.
func (w *spdx3Writer) completeness(r *spdx.Relationship, word bom.Relation) {
	var a bom.Aggregate
	switch word {
	case bom.Contains:
		a = w.d.Completeness.Assembly
	case bom.DescendantOf:
		a = w.d.Completeness.Lineage
	}
	switch a {
	case bom.AggregateComplete:
		r.Completeness = spdx.RelationshipCompleteness_Complete
	case bom.AggregateIncomplete:
		r.Completeness = spdx.RelationshipCompleteness_Incomplete
	case bom.AggregateUnknown, bom.AggregateNotSpecified:
		r.Completeness = spdx.RelationshipCompleteness_NoAssertion
	}
}

// fullVersion adds the third number that SPDX 3 wants of a version.
func fullVersion(version string) string {
	for strings.Count(version, ".") < 2 {
		version += ".0"
	}
	return version
}
