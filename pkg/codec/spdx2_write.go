package codec

import (
	"bytes"
	"cmp"
	"io"
	"slices"
	"strings"
	"time"

	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"
	"github.com/spdx/tools-golang/tagvalue"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/licenselist"
)

// noTimeComment stands in documents for which no time was given. SPDX must have
// one; this tells the stand-in from the first second of 1970.
const noTimeComment = "No time was given when this document was made: 1970-01-01T00:00:00Z stands for that."

// spdx2Time is the only form of time that SPDX 2.3 allows (clause 6.9).
const spdx2Time = "2006-01-02T15:04:05Z"

func encodeSPDX2JSON(w io.Writer, d *bom.Document, list licenselist.Edition) ([]Loss, error) {
	doc, losses, err := newSPDX2Writer(d, list, false).document()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := spdxjson.Write(doc, &out, spdxjson.Indent("  "), spdxjson.EscapeHTML(false)); err != nil {
		return nil, err
	}
	_, err = out.WriteTo(w)
	return losses, err
}

// encodeSPDX2TagValue writes into memory first: the library ignores the errors
// of the writer it is given.
func encodeSPDX2TagValue(w io.Writer, d *bom.Document, list licenselist.Edition) ([]Loss, error) {
	doc, losses, err := newSPDX2Writer(d, list, true).document()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := tagvalue.Write(doc, &out); err != nil {
		return nil, err
	}
	_, err = out.WriteTo(w)
	return losses, err
}

// A spdx2Writer translates one document into the library's types. The two
// spellings differ in what free text can hold and in where annotations stand.
type spdx2Writer struct {
	d        *bom.Document
	list     licenselist.Edition
	tagValue bool
	text     func(string) string
	ids      map[bom.Ref]common.ElementID
	words    spdx2Words
	about    *about
	tool     string
	created  string
	sha1     map[bom.Ref]string         // of the components that are files
	files    map[bom.Ref][]bom.Ref      // the files that a package contains
	odd      map[bom.Ref][]bom.Property // relationships that SPDX cannot say
	out      *v2_3.Document
	losses   []Loss
}

func newSPDX2Writer(d *bom.Document, list licenselist.Edition, tagValue bool) *spdx2Writer {
	w := &spdx2Writer{d: d, list: list, tagValue: tagValue, text: jsonText, ids: spdx2IDs(d), words: newSPDX2Words(), about: gather(d), tool: ownTool(d)}
	if tagValue {
		w.text = tagText
	}
	w.created = time.Unix(0, 0).UTC().Format(spdx2Time)
	if !d.Created.IsZero() {
		w.created = d.Created.UTC().Format(spdx2Time)
	}
	return w
}

func (w *spdx2Writer) document() (*v2_3.Document, []Loss, error) {
	format := spdxJSON{}.Name()
	if w.tagValue {
		format = spdxTagValue{}.Name()
	}
	uuid, err := contentUUID(w.d, format, spdxVersion2, w.list)
	if err != nil {
		return nil, nil, err
	}
	name := subjectName(w.d)
	w.out = &v2_3.Document{
		SPDXVersion:       v2_3.Version,
		DataLicense:       v2_3.DataLicense,
		SPDXIdentifier:    "DOCUMENT",
		DocumentName:      name,
		DocumentNamespace: "https://spdx.org/spdxdocs/" + uriName(name) + "-" + uuid,
		DocumentComment:   documentComment(w.d),
		CreationInfo:      w.creationInfo(),
		OtherLicenses:     w.otherLicenses(),
	}
	w.edges()
	w.indexFiles()
	for i := range w.d.Components {
		w.component(&w.d.Components[i])
	}
	w.missingSHA1()
	props := documentProperties(w.d, natively{AnyLength: true})
	props.list = append(props.list, exactTime(w.d)...)
	note := w.annotation(props.list)
	note.AnnotationSPDXIdentifier = common.MakeDocElementID("", "DOCUMENT")
	w.out.Annotations = slices.Insert(w.out.Annotations, 0, &note)
	return w.out, sortLosses(w.losses), nil
}

// subjectName is the name of the document: that of its subject.
func subjectName(d *bom.Document) string {
	name := string(d.Subject)
	if c := d.Component(d.Subject); c != nil {
		name = cmp.Or(spdxLine(c.Name), name)
	}
	return cmp.Or(spdxLine(name), "model")
}

// documentComment says for people what the fields cannot.
func documentComment(d *bom.Document) string {
	var lines []string
	if d.Created.IsZero() {
		lines = append(lines, noTimeComment)
	}
	if phase := spdxLine(d.Phase); phase != "" {
		lines = append(lines, "Lifecycle phase: "+phase+".")
	}
	return strings.Join(lines, "\n")
}

// exactTime keeps a time that is finer than a second.
func exactTime(d *bom.Document) []bom.Property {
	if d.Created.IsZero() || d.Created.Nanosecond() == 0 {
		return nil
	}
	return []bom.Property{{Name: propExact + "created", Value: d.Created.UTC().Format(time.RFC3339Nano)}}
}

func (w *spdx2Writer) creationInfo() *v2_3.CreationInfo {
	info := &v2_3.CreationInfo{LicenseListVersion: majorMinor(w.list.String()), Created: w.created}
	for _, t := range w.d.Tools {
		if name := spdxTool(t); name != "" {
			info.Creators = append(info.Creators, common.Creator{CreatorType: "Tool", Creator: name})
		}
	}
	for _, a := range w.d.Authors {
		if name := spdxPerson(a); name != "" {
			info.Creators = append(info.Creators, common.Creator{CreatorType: agentType(a), Creator: name})
		}
	}
	if len(info.Creators) == 0 { // SPDX must have one
		info.Creators = []common.Creator{{CreatorType: "Tool", Creator: w.tool}}
	}
	return info
}

// majorMinor cuts a version to the two numbers that SPDX 2.3 allows for the
// licence list (clause 6.7).
func majorMinor(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(len(parts), 2)], ".")
}

func (w *spdx2Writer) otherLicenses() []*v2_3.OtherLicense {
	var out []*v2_3.OtherLicense
	for _, r := range licenseRefs(w.d, w.list) {
		out = append(out, &v2_3.OtherLicense{LicenseIdentifier: r.id, LicenseName: cmp.Or(r.name, spdxNoAssertion),
			ExtractedText: w.text(r.text()), LicenseCrossReferences: r.urls})
	}
	return out
}

// edges writes the relationships, and puts aside those that reading would not
// give back as they are.
func (w *spdx2Writer) edges() {
	w.odd = map[bom.Ref][]bom.Property{}
	w.edge(common.DocElementID{ElementRefID: "DOCUMENT"}, "DESCRIBES", w.id(w.d.Subject), "")
	for _, r := range w.d.Relationships {
		e := w.words.encode(r)
		e.comment = w.text(e.comment)
		if w.words.decode(e) != r {
			w.odd[r.From] = append(w.odd[r.From], bom.Property{Name: bom.PropRelationship, Value: bom.JoinFields(string(r.Type), string(r.To), r.Note)})
			continue
		}
		w.edge(w.id(e.from), e.word, w.id(e.to), e.comment)
	}
}

func (w *spdx2Writer) id(ref bom.Ref) common.DocElementID {
	return common.DocElementID{ElementRefID: w.ids[ref]}
}

func (w *spdx2Writer) edge(from common.DocElementID, word string, to common.DocElementID, comment string) {
	w.out.Relationships = append(w.out.Relationships, &v2_3.Relationship{RefA: from, Relationship: word, RefB: to, RelationshipComment: comment})
}

// annotation makes the annotation that keeps properties.
func (w *spdx2Writer) annotation(props []bom.Property) v2_3.Annotation {
	return v2_3.Annotation{
		Annotator:         common.Annotator{AnnotatorType: "Tool", Annotator: w.tool},
		AnnotationDate:    w.created,
		AnnotationType:    "OTHER",
		AnnotationComment: annotationText(props, w.tagValue),
	}
}
