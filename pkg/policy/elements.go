package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/wording"
)

// elements are a list of minimum elements: what regulators and communities
// ask a bill of materials to say. A list is a policy: each element is there, or can be derived
// by modelbom, or has to be supplied by a person, and the place to put it is
// named. What stands in for a value without being one is no value: NOASSERTION,
// "unknown", the name of a folder.
type elements struct {
	name, title, version string
	// basis says where the list comes from.
	basis string
	list  func() []element
}

// An element is one of a list.
type element struct {
	cluster, name string
	look          func(*elementView) seen
	// who can supply it where it is missing, and where it is to be put.
	who   ElementState
	place string
}

// A seen is what a document has of an element.
type seen struct {
	value string
	ok    bool
	// none is set when there is nothing that could have the element. It is
	// neither there nor missing, and does not count.
	none bool
}

// elementLists are the lists, as policies.
func elementLists() []Policy {
	return []Policy{
		elements{"g7-minimum", "G7 minimum elements of a bill of materials for AI", "1", "SBOM for AI - Minimum Elements, G7, 12 May 2026 (from transcriptions of the list)", g7Elements},
		elements{"ntia", "NTIA minimum elements of a software bill of materials", "1", "The Minimum Elements For a Software Bill of Materials, NTIA, July 2021", ntiaElements},
		elements{"cisa-2026", "CISA minimum elements of a software bill of materials", "1", "2026 Minimum Elements for a Software Bill of Materials, CISA (from transcriptions of the list)", cisaElements},
		elements{"bsi-tr-03183", "BSI TR-03183-2 data fields", "1", "BSI TR-03183-2 version 2.1.0, 20 August 2025 (from transcriptions of the list)", bsiElements},
		elements{"spdx-ai-profile", "SPDX 3.0.1 AI and Dataset profiles, mandatory properties", "1", "SPDX 3.0.1, AI and Dataset profiles", spdxElements},
	}
}

func (p elements) Name() string  { return p.name }
func (p elements) Title() string { return p.title }

// Parameters of every list of elements.
func (p elements) Parameters() []Parameter {
	return []Parameter{
		{Name: "minimum-elements", Default: "100", Meaning: "the share of the elements, in per cent, that has to be there"},
		{Name: "without-elements", Meaning: "elements that are not asked for, as CLUSTER/NAME or NAME, separated by commas"},
	}
}

// Rules are the elements, each with the place to put it.
func (p elements) Rules() []Rule {
	var out []Rule
	for _, e := range p.list() {
		who := map[ElementState]string{ElementDerivable: "modelbom can derive it. ", ElementPerson: "Only a person can supply it. "}[e.who]
		out = append(out, Rule{ID: p.id(e), Title: upper(e.name) + " (" + e.cluster + ")", Severity: bom.SeverityMedium,
			Why: "It is an element of: " + p.basis + ".", Remedy: who + "Place: " + e.place + "."})
	}
	return out
}

// id is the rule of an element: "ntia.supplier-name".
func (p elements) id(e element) string { return p.name + "." + slug(e.cluster) + "." + slug(e.name) }

func slug(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }), "-")
}

// Check looks for every element.
func (p elements) Check(d *bom.Document, o Options) (*Result, error) {
	given, err := apply(p.Parameters(), o.Parameters)
	if err != nil {
		return nil, err
	}
	least, err := strconv.ParseFloat(given["minimum-elements"], 64)
	if err != nil || !(least >= 0 && least <= 100) {
		return nil, fmt.Errorf("parameter %q: %q is no number from 0 to 100", "minimum-elements", given["minimum-elements"])
	}
	without := given.list("without-elements")
	r := &Result{Policy: p.name, Title: p.title, Version: p.version, Digest: digestOf(p, p.version, p.Parameters()), Parameters: given.properties()}
	v := newElementView(d, o)
	left, none := 0, 0
	for _, e := range p.list() {
		if p.leaves(e, without) {
			left++
			continue
		}
		s := e.look(v)
		if s.none {
			none++
			continue
		}
		x := Element{Rule: p.id(e), Cluster: e.cluster, Name: e.name, State: e.who, Value: bom.Cut(clean(s.value), 200), Place: e.place}
		if s.ok {
			x.State = ElementPresent
		} else if p.excepted(v.exceptions, e) {
			left++
			continue
		}
		r.Elements = append(r.Elements, x)
	}
	p.conclude(r, least, left, none)
	var rules []Rule
	for _, e := range p.list() {
		rules = append(rules, Rule{ID: p.id(e)})
	}
	r.Exceptions = v.exceptions.uses(rules)
	return r, nil
}

func (p elements) leaves(e element, without []string) bool {
	return slices.ContainsFunc(without, func(w string) bool {
		return strings.EqualFold(w, e.name) || strings.EqualFold(w, e.cluster+"/"+e.name) || w == p.id(e)
	})
}

func (p elements) excepted(x *exceptions, e element) bool {
	return x.covers([]string{p.id(e)}) != nil
}

// conclude counts. An element that is partly there, in some components and not in
// others, is not there.
func (p elements) conclude(r *Result, least float64, left, none int) {
	n := map[ElementState]int{}
	for _, e := range r.Elements {
		n[e.State]++
	}
	present, total := n[ElementPresent], len(r.Elements)
	r.Outcome = Fail
	switch {
	case total == 0:
		r.Outcome = NotApplicable
	case float64(present)*100 >= least*float64(total):
		r.Outcome = Pass
	}
	text := fmt.Sprintf("%d of %s there (%d %%)", present, wording.Count(total, "element is", "elements are"), Completeness(r.Elements))
	if missing := total - present; missing > 0 {
		text += fmt.Sprintf("; modelbom can derive %d of the others, and %d only a person can supply", n[ElementDerivable], n[ElementPerson])
	}
	text += "."
	if none > 0 {
		text += fmt.Sprintf(" %s: the document has nothing that could have %s.", wording.Count(none, "element does not apply", "elements do not apply"), wording.Word(none, "it", "them"))
	}
	if left > 0 {
		text += fmt.Sprintf(" %s not asked for.", wording.Count(left, "element is", "elements are"))
	}
	if least < 100 {
		text += fmt.Sprintf(" %g %% are asked for.", least)
	}
	r.Sentence = text
}

// Completeness is the share of elements that are there, in whole per cent rounded
// down: 100 means all. Nothing is given for guesses, nor for elements that could
// be derived.
func Completeness(list []Element) int {
	if len(list) == 0 {
		return 0
	}
	n := 0
	for _, e := range list {
		if e.State == ElementPresent {
			n++
		}
	}
	return n * 100 / len(list)
}

// An elementView is a document as elements look at it.
type elementView struct {
	*view
	// components are everything but files, files the files.
	components, files []*bom.Component
	models, datasets  []*bom.Component // all of them, upstreams included
	weights           []*bom.Component // the subject and the parts that hold weights
}

func newElementView(d *bom.Document, o Options) *elementView {
	v := &elementView{view: look(d, o, nil)}
	for i := range d.Components {
		switch c := &d.Components[i]; {
		case c.Kind == bom.KindFile && c.Ref != d.Subject:
			v.files = append(v.files, c)
		default:
			v.components = append(v.components, c)
			if c.Kind == bom.KindModel {
				v.models = append(v.models, c)
			}
			if c.Role == bom.RoleDataset {
				v.datasets = append(v.datasets, c)
			}
		}
	}
	v.weights = append(v.weights, v.subject)
	for _, c := range v.parts {
		if c != v.subject {
			v.weights = append(v.weights, c)
		}
	}
	return v
}

// text is a value that is one.
func text(s string) seen {
	if isPlaceholder(s) {
		return seen{}
	}
	return seen{value: strings.TrimSpace(s), ok: true}
}

func yes(ok bool, value string) seen {
	if !ok {
		return seen{}
	}
	return seen{value: value, ok: true}
}

// every asks for a value in each of a list of components. Of some is not enough.
func every(list []*bom.Component, one, many string, f func(*bom.Component) seen) seen {
	n, value := 0, ""
	var without []string
	for _, c := range list {
		if s := f(c); s.ok {
			n++
			value = s.value
		} else if len(without) < maxWithout {
			without = append(without, bom.Cut(plainName(c), 60))
		}
	}
	switch {
	case len(list) == 0:
		return seen{}
	case len(list) == 1:
		return seen{value: value, ok: n == 1}
	case n == 0:
		return seen{}
	}
	value = fmt.Sprintf("%d of %s", n, wording.Count(len(list), one, many))
	if missing := len(list) - n; missing > 0 && missing <= maxWithout {
		value += ", without " + wording.And(without)
	}
	return seen{value: value, ok: n == len(list)}
}

// plainName is a component in a message: the reference of a part, and the name of
// everything else.
func plainName(c *bom.Component) string {
	if c.Role != "" && c.Role != bom.RoleDataset {
		return clean(string(c.Ref))
	}
	return cmp.Or(fullName(c), clean(string(c.Ref)))
}

// maxWithout is how many components that lack a value are named.
const maxWithout = 3

// nameOf is a component's name where somebody gave it one. A document of modelbom
// that has neither a group nor a package URL for its subject, and no name that
// the repository declares, has the name of the folder.
func (v *elementView) nameOf(c *bom.Component) seen {
	s := text(c.Name)
	if !s.ok {
		return s
	}
	if c == v.subject && v.ours() && c.Group == "" && c.PURL == "" && c.Version == "" && !strings.EqualFold(c.Name, property(c.Properties, "modelbom:declared-name")) {
		return seen{value: c.Name + " (perhaps the folder's)", ok: false}
	}
	return seen{value: fullName(c), ok: true}
}

// ours reports a document of modelbom.
func (v *elementView) ours() bool {
	return slices.ContainsFunc(v.d.Tools, func(t bom.Tool) bool { return t.Name == "modelbom" })
}

func supplierOf(c *bom.Component) seen {
	if c.Supplier == nil {
		return seen{}
	}
	return text(c.Supplier.Name)
}

// reachable is a supplier with an e-mail address or a page.
func reachable(o *bom.Organization) seen {
	if o == nil {
		return seen{}
	}
	for _, s := range []string{o.Email, o.URL} {
		if x := text(s); x.ok && (strings.Contains(s, "@") || strings.Contains(s, "://")) {
			return x
		}
	}
	return seen{}
}

func versionOf(c *bom.Component) seen { return text(c.Version) }

// identifierOf is a package URL, or a digest of what the component is.
func (v *elementView) identifierOf(c *bom.Component) seen {
	if s := text(c.PURL); s.ok {
		return s
	}
	if s := suffixed(c, ":dataset:identifier"); s.ok {
		return s
	}
	return v.hashOf(c)
}

// hashOf is a digest that was computed from bytes: of the component, of its
// tensors or parts, or of the files that its bytes are read from.
func (v *elementView) hashOf(c *bom.Component) seen {
	if digests := v.sums.Of(c.Ref); len(digests) > 0 {
		return seen{value: digests[0], ok: true}
	}
	for _, h := range c.Hashes {
		if !h.Asserted && h.Value != "" {
			return seen{value: string(h.Algorithm) + ":" + h.Value, ok: true}
		}
	}
	files := v.filesOf[c.Ref]
	for _, f := range files {
		if len(f.Hashes) == 0 || f.Hashes[0].Asserted {
			return seen{}
		}
	}
	return yes(len(files) > 0, fmt.Sprintf("of %s", wording.Count(len(files), "file", "files")))
}

func licenceOf(c *bom.Component, which ...bom.Acknowledgement) seen {
	for _, l := range c.Licenses {
		if slices.Contains(which, l.Acknowledgement) {
			if s := text(cmp.Or(l.Expression, l.Name)); s.ok {
				return s
			}
		}
	}
	return seen{}
}

func stated(c *bom.Component, name string) seen {
	for _, f := range each(c.Properties, name, 1) {
		return text(strings.Trim(f[0], " |"))
	}
	return seen{}
}

// typesOf are the types of data of a data set, in the words of SPDX 3.
func typesOf(c *bom.Component) seen { return suffixed(c, "dataset_datasetType", ":dataset:types") }

func timeOf(c *bom.Component, name string) seen {
	s := property(c.Properties, name)
	if _, err := time.Parse(time.RFC3339, s); err != nil {
		return seen{}
	}
	return seen{value: s, ok: true}
}

func linkOf(c *bom.Component, kinds ...string) seen {
	for _, l := range c.Links {
		if slices.Contains(kinds, l.Type) {
			if s := text(l.URL); s.ok {
				return s
			}
		}
	}
	return seen{}
}

// linked is a link of the model that has one of the types, or the comment.
func (v *elementView) linked(comment string, types ...string) seen {
	for _, l := range v.subject.Links {
		if s := text(l.URL); s.ok && (slices.Contains(types, l.Type) || strings.EqualFold(strings.TrimSpace(l.Comment), comment)) {
			return s
		}
	}
	return seen{}
}

// suffixed is a property of any tool whose name ends so.
func suffixed(c *bom.Component, suffixes ...string) seen {
	for _, p := range c.Properties {
		for _, x := range suffixes {
			if strings.HasSuffix(p.Name, x) {
				if s := text(p.Value); s.ok {
					return s
				}
			}
		}
	}
	return seen{}
}

// or is the first that is there, else the first that says something.
func or(list ...seen) seen {
	for _, s := range list {
		if s.ok {
			return s
		}
	}
	for _, s := range list {
		if s.value != "" {
			return s
		}
	}
	return seen{}
}

// Elements that several lists ask for.

func lookAuthor(v *elementView) seen {
	for _, a := range v.d.Authors {
		if s := text(a.Name); s.ok {
			return s
		}
	}
	return seen{}
}

func lookTime(v *elementView) seen {
	return yes(!v.d.Created.IsZero(), v.d.Created.UTC().Format(time.RFC3339))
}

func lookTool(v *elementView) seen {
	for _, t := range v.d.Tools {
		if s := text(t.Name); s.ok {
			return s
		}
	}
	return seen{}
}

func lookToolVersion(v *elementView) seen {
	for _, t := range v.d.Tools {
		if s := text(t.Version); s.ok && text(t.Name).ok {
			return s
		}
	}
	return seen{}
}

func lookFormat(v *elementView) seen {
	name, _, _ := strings.Cut(v.d.Format, "@")
	return text(name)
}

func lookFormatVersion(v *elementView) seen {
	_, version, _ := strings.Cut(v.d.Format, "@")
	return text(version)
}

func lookSerial(v *elementView) seen { return text(v.d.Serial) }
func lookPhase(v *elementView) seen  { return text(v.d.Phase) }

// lookRelations asks that the model says what it is made of or comes from.
func lookRelations(v *elementView) seen {
	n := 0
	for _, r := range v.d.Relationships {
		if c := v.by[r.To]; r.From == v.d.Subject && c != nil && c.Kind != bom.KindFile {
			n++
		}
	}
	return yes(n > 0, wording.Count(n, "relationship of the model", "relationships of the model"))
}

const (
	placeAuthor    = "modelbom.yaml author.name"
	placeFormat    = "-o FORMAT of \"modelbom generate\" or \"modelbom convert\""
	placeTime      = "--timestamp, or SOURCE_DATE_EPOCH"
	placeTool      = "\"modelbom generate\" writes it"
	placeName      = "--name GROUP/NAME"
	placeProducer  = "modelbom.yaml producer.name"
	placeSuppliers = "modelbom.yaml producer.name, parts.PART.supplier, upstreams.NAME.supplier, datasets.NAME.supplier; release.with-parts for parts"
	placeVersions  = "modelbom.yaml release.version, parts.PART.version, upstreams.NAME.version, datasets.NAME.version; --version for the model"
	placeLicence   = "README.md license, or a LICENSE file"
	placeLicences  = "README.md license, or a LICENSE file; modelbom.yaml upstreams.NAME.licence"
)

// ofDatasets is the place of what is said of a data set.
func ofDatasets(key string) string {
	return "modelbom.yaml datasets.NAME." + key + ", of a data set that README.md datasets names"
}

// reference is the place of what lies elsewhere: a link.
func reference(types, comment string) string {
	if types == "" {
		return fmt.Sprintf("modelbom.yaml model.references, with the comment %q", comment)
	}
	return fmt.Sprintf("modelbom.yaml model.references, of the type %s, or with the comment %q", types, comment)
}
