package policy

import (
	"slices"
	"strings"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
)

// Names of properties that expressions and minimum elements read, besides those
// of stated.go.
const (
	propCompute     = "modelbom:stated:compute"
	propEnergy      = "modelbom:stated:energy"
	propIntendedUse = "modelbom:stated:intended-use"
	propContact     = "modelbom:stated:contact"
	propReleaseTime = "modelbom:release-time"
	propBuiltTime   = "modelbom:built-time"
	propOriginator  = "modelbom:originator"
	propConclusion  = "modelbom:licence:conclusion"
)

// A fact is a value of the typed model: its fields by name. What is not stated
// has no key.
type fact map[string]any

func (f fact) text(name, value string) {
	if value = strings.TrimSpace(value); !isPlaceholder(value) {
		f[name] = value
	}
}

func (f fact) number(name string, n int64) {
	if n > 0 {
		f[name] = n
	}
}

func (f fact) texts(name string, list []string) {
	if len(list) > 0 {
		f[name] = list
	}
}

// fact, facts and answer keep plain maps and lists, which are read faster than
// types of their own.
func (f fact) fact(name string, x fact) {
	if len(x) > 0 {
		f[name] = map[string]any(x)
	}
}

func (f fact) facts(name string, list []fact) { f.answer(name, list, false) }

// answer keeps a list that may be empty where that is an answer.
func (f fact) answer(name string, list []fact, answered bool) {
	if len(list) == 0 && !answered {
		return
	}
	out := make([]any, len(list))
	for i, x := range list {
		out[i] = map[string]any(x)
	}
	f[name] = out
}

func keep[V any](f fact, name string, m map[string]V) {
	if len(m) > 0 {
		f[name] = m
	}
}

// isPlaceholder reports words that stand where a value should and say that there
// is none.
func isPlaceholder(s string) bool {
	switch strings.ToLower(strings.Trim(strings.TrimSpace(s), ".<>[]()")) {
	case "", "noassertion", "none", "unknown", "n/a", "na", "not available", "not applicable", "not specified", "unspecified", "undefined",
		"null", "nil", "todo", "tbd", "tba", "fixme", "?", "-", "--", "more information needed", "to be determined", "your name":
		return true
	}
	return false
}

// facts are the things that rules can be about.
type facts struct {
	model, doc fact
	exceptions *exceptions
	things     map[string][]fact // by what rules are for
	// answered tells of what it is an answer that there is none.
	answered map[string]bool
}

// What rules can be for.
const (
	forModel    = "model"
	forPart     = "part"
	forUpstream = "upstream"
	forFile     = "file"
	forFinding  = "finding"
	forGap      = "gap"
)

func kinds() []string { return []string{forModel, forPart, forUpstream, forFile, forFinding, forGap} }

// A factBuilder makes the typed model of a document.
type factBuilder struct {
	*view
	observed  bool // security was observed
	completed bool // the document says whether it is complete
	inside    map[bom.Ref]bool
	files     map[bom.Ref]fact
	ownFiles  map[bom.Ref][]bom.Ref // files of parts, all of them
	about     map[bom.Ref][]fact    // findings
	missing   map[bom.Ref][]fact    // gaps
}

// factsOf makes the typed model. Results of other policies give the parts their
// grades.
func factsOf(d *bom.Document, o Options, graded []*Result) *facts {
	b := &factBuilder{view: look(d, o, nil), inside: map[bom.Ref]bool{}, files: map[bom.Ref]fact{}, ownFiles: map[bom.Ref][]bom.Ref{},
		about: map[bom.Ref][]fact{}, missing: map[bom.Ref][]fact{}}
	b.prepare()
	out := &facts{exceptions: b.exceptions, things: map[string][]fact{}, answered: map[string]bool{}}
	var parts, upstreams, datasets, files []fact
	looked := false
	grades := partResults(graded)
	total := int64(0)
	for _, p := range b.parts {
		if p.Model != nil && property(p.Properties, "modelbom:alternative") != "true" {
			total += p.Model.Parameters
		}
	}
	for i := range d.Components {
		c := &d.Components[i]
		looked = looked || len(c.Origins) > 0
		if f, ok := b.files[c.Ref]; ok {
			files = append(files, f)
		}
		switch {
		case c.Ref == d.Subject:
		case c.Role == bom.RoleDataset:
			datasets = append(datasets, b.dataset(c))
		case c.Role != "":
			parts = append(parts, b.part(c, total, grades[c.Ref]))
		case c.Kind != bom.KindFile && !b.inside[c.Ref]:
			upstreams = append(upstreams, b.component(c))
		}
	}
	out.model = b.stated(b.component(b.subject), b.subject)
	out.model.facts("parts", parts)
	out.model.facts("datasets", datasets)
	out.model.facts("files", files)
	out.model.answer("upstreams", upstreams, looked)
	all, gaps := b.complaintsOf()
	out.model.answer("findings", all, b.observed)
	out.model.answer("gaps", gaps, b.completed)
	out.doc = b.document()
	out.things = map[string][]fact{forModel: {out.model}, forPart: parts, forUpstream: upstreams, forFile: files, forFinding: all, forGap: gaps}
	out.answered = map[string]bool{forUpstream: looked, forFinding: b.observed, forGap: b.completed}
	return out
}

func partResults(results []*Result) map[bom.Ref][]PartResult {
	out := map[bom.Ref][]PartResult{}
	for _, r := range results {
		for _, p := range r.Parts {
			out[p.Ref] = append(out[p.Ref], p)
		}
	}
	return out
}

func (b *factBuilder) prepare() {
	for _, f := range each(b.d.Properties, propObserved, 2) {
		b.observed = b.observed || f[0] == "security"
	}
	b.completed = b.d.Completeness.Assembly == bom.AggregateComplete || b.d.Completeness.Assembly == bom.AggregateIncomplete
	for _, f := range b.d.Findings {
		b.about[f.Ref] = append(b.about[f.Ref], findingFact(f))
	}
	for _, g := range b.d.Gaps {
		b.missing[g.Ref] = append(b.missing[g.Ref], gapFact(g))
	}
	for _, r := range b.d.Relationships {
		if r.Type == bom.Contains {
			b.inside[r.To] = true
		}
		if from, to := b.by[r.From], b.by[r.To]; (r.Type == bom.Contains || r.Type == bom.HasDataFile) && from != nil && to != nil && from.Role != "" && to.Kind == bom.KindFile {
			b.ownFiles[r.From] = append(b.ownFiles[r.From], r.To)
		}
	}
	for i := range b.d.Components {
		if c := &b.d.Components[i]; c.Kind == bom.KindFile && c.Ref != b.d.Subject {
			b.files[c.Ref] = b.file(c)
		}
	}
}

func (b *factBuilder) complaintsOf() (findings, gaps []fact) {
	for _, f := range b.d.Findings {
		findings = append(findings, findingFact(f))
	}
	for _, g := range b.d.Gaps {
		gaps = append(gaps, gapFact(g))
	}
	return findings, gaps
}

func findingFact(x bom.Finding) fact {
	f := fact{"grave": x.Severity.Grave()}
	f.text("rule", x.Rule)
	f.text("severity", string(x.Severity))
	f.text("ref", string(x.Ref))
	f.text("path", x.Path)
	f.text("key", x.Key)
	f.text("message", x.Message)
	return f
}

func gapFact(x bom.Gap) fact {
	f := fact{"weights": x.Kind.Weights()}
	f.text("kind", string(x.Kind))
	f.text("ref", string(x.Ref))
	f.text("path", x.Path)
	f.text("reason", x.Reason)
	return f
}

// component are the facts of everything that is a component.
func (b *factBuilder) component(c *bom.Component) fact {
	f := fact{}
	f.text("ref", string(c.Ref))
	f.text("kind", string(c.Kind))
	f.text("role", string(c.Role))
	f.text("group", c.Group)
	f.text("name", c.Name)
	f.text("full_name", fullName(c))
	f.text("version", c.Version)
	f.text("description", c.Description)
	f.text("purl", c.PURL)
	f.text("copyright", c.Copyright)
	f.fact("supplier", organization(c.Supplier))
	f.fact("licences", licenceFacts(c))
	computed, asserted := hashesOf(c)
	keep(f, "hashes", computed)
	keep(f, "asserted_hashes", asserted)
	keep(f, "links", linksOf(c))
	keep(f, "properties", propertiesOf(c.Properties))
	var origins []fact
	for _, o := range c.Origins {
		origins = append(origins, b.origin(o))
	}
	f.facts("origins", origins)
	findings, gaps := slices.Clone(b.about[c.Ref]), slices.Clone(b.missing[c.Ref])
	for _, ref := range b.ownFiles[c.Ref] {
		findings = append(findings, b.about[ref]...)
		gaps = append(gaps, b.missing[ref]...)
	}
	f.answer("findings", findings, b.observed)
	f.answer("gaps", gaps, b.completed)
	b.weights(f, c.Model)
	return f
}

func fullName(c *bom.Component) string { return strings.TrimPrefix(c.Group+"/"+c.Name, "/") }

func (b *factBuilder) weights(f fact, m *bom.Model) {
	if m == nil {
		return
	}
	f.text("task", m.Task)
	f.text("family", m.Family)
	f.text("architecture", m.Architecture)
	f.texts("inputs", m.Inputs)
	f.texts("outputs", m.Outputs)
	f.number("parameters", m.Parameters)
	f.number("tensors", int64(m.Tensors))
	f.number("bytes", m.Bytes)
	if m.Tensors > 0 {
		f["layers"] = int64(m.Layers)
	}
	var dtypes []string
	for _, s := range m.DTypes {
		dtypes = append(dtypes, s.DType)
	}
	f.texts("dtypes", dtypes)
	f.text("quantization", m.Quantization)
	f.text("weights_digest", m.WeightsDigest)
	h := map[string]string{}
	for _, p := range m.Hyperparameters {
		h[p.Name] = p.Value
	}
	keep(f, "hyperparameters", h)
}

func (b *factBuilder) part(c *bom.Component, total int64, graded []PartResult) fact {
	f := b.stated(b.component(c), c)
	if c.Model != nil && c.Model.Parameters > 0 && total > 0 {
		f["share"] = float64(c.Model.Parameters) / float64(total)
	}
	var files []fact
	for _, ref := range b.ownFiles[c.Ref] {
		if x := b.files[ref]; x != nil {
			files = append(files, x)
		}
	}
	f.facts("files", files)
	if len(graded) == 0 {
		return f
	}
	grades := map[string]string{}
	for _, p := range graded {
		f.text("foreign", string(p.Foreign))
		for _, g := range p.Grades {
			grades[g.Name] = string(g.Level)
		}
		if p.Overall != "" {
			grades["overall"] = string(p.Overall)
		}
	}
	keep(f, "grades", grades)
	return f
}

func (b *factBuilder) dataset(c *bom.Component) fact {
	f := b.component(c)
	f.text("originator", property(c.Properties, propOriginator))
	f.time("release_time", property(c.Properties, propReleaseTime))
	f.time("built_time", property(c.Properties, propBuiltTime))
	return f
}

func (b *factBuilder) file(c *bom.Component) fact {
	f := b.component(c)
	f["absent"] = false
	f.text("path", strings.TrimPrefix(string(c.Ref), "file:"))
	if x := c.File; x != nil {
		f["size"], f["absent"] = x.Size, x.Absent
		f.text("format", x.Format)
		f.text("job", x.Role)
	}
	var parts []string
	for _, ref := range b.partsOf[c.Ref] {
		parts = append(parts, string(ref))
	}
	f.texts("parts", parts)
	return f
}

func (f fact) time(name, value string) {
	if t, err := time.Parse(time.RFC3339, value); err == nil {
		f[name] = t.UTC()
	}
}

// stated adds what people state about the model or a part.
func (b *factBuilder) stated(f fact, c *bom.Component) fact {
	if x := each(c.Properties, propOwn, 3); len(x) > 0 {
		f.fact("own", b.statement(c, x[0][0], x[0][1], x[0][2]))
	}
	if x := each(c.Properties, propTrainingData, 2); len(x) > 0 {
		s := fact{}
		s.text("text", x[0][0])
		s.text("link", x[0][1])
		f.fact("training_data", s)
	}
	if x := each(c.Properties, propReplaceability, 5); len(x) > 0 {
		s := b.statement(c, x[0][2], x[0][3], x[0][4])
		s.text("interface", x[0][0])
		s.text("alternatives", x[0][1])
		f.fact("replaceability", s)
	}
	for name, key := range map[string]string{"compute": propCompute, "energy": propEnergy, "intended_use": propIntendedUse, "contact": propContact} {
		if x := each(c.Properties, key, 1); len(x) > 0 {
			f.text(name, x[0][0])
		}
	}
	f.time("release_time", property(c.Properties, propReleaseTime))
	f.time("built_time", property(c.Properties, propBuiltTime))
	var reviews []fact
	for _, x := range each(c.Properties, propReview, 7) {
		r := b.statement(c, "", x[4], x[5])
		r.text("by", x[0])
		if t, err := time.Parse(time.DateOnly, x[1]); err == nil {
			r["date"] = t
		}
		r.text("scope", x[2])
		r.text("result", x[3])
		r.text("link", x[6])
		reviews = append(reviews, r)
	}
	f.facts("reviews", reviews)
	return f
}

func (b *factBuilder) statement(c *bom.Component, text, digest, state string) fact {
	_, bound := b.holds(c, digest, state)
	f := fact{"bound": bound}
	f.text("text", text)
	f.text("digest", digest)
	return f
}

func (b *factBuilder) origin(o bom.Origin) fact {
	f := fact{"found": o.Verdict.Found()}
	f.text("reference", string(o.Reference))
	f.text("verdict", string(o.Verdict))
	if o.Verdict == bom.VerdictUnknown { // no placeholder here
		f["verdict"] = string(o.Verdict)
	}
	f.text("strength", string(o.Strength))
	f.text("relation", o.Relation)
	f.text("sentence", o.Sentence)
	f.text("limits", o.Limits)
	if c := b.by[o.Reference]; c != nil {
		s := fact{}
		s.fact("licences", licenceFacts(c))
		s.text("ref", string(c.Ref))
		s.text("name", fullName(c))
		s.text("version", c.Version)
		s.text("purl", c.PURL)
		s.fact("supplier", organization(c.Supplier))
		f.fact("upstream", s)
	}
	return f
}

func organization(o *bom.Organization) fact {
	f := fact{}
	if o != nil {
		f.text("name", o.Name)
		f.text("url", o.URL)
		f.text("email", o.Email)
		f.text("country", o.Country)
	}
	return f
}

func hashesOf(c *bom.Component) (computed, asserted map[string]string) {
	computed, asserted = map[string]string{}, map[string]string{}
	for _, h := range c.Hashes {
		if h.Asserted {
			asserted[string(h.Algorithm)] = h.Value
		} else {
			computed[string(h.Algorithm)] = h.Value
		}
	}
	return computed, asserted
}

func linksOf(c *bom.Component) map[string][]string {
	out := map[string][]string{}
	for _, l := range c.Links {
		out[l.Type] = append(out[l.Type], l.URL)
	}
	return out
}

func propertiesOf(list []bom.Property) map[string][]string {
	out := map[string][]string{}
	for _, p := range list {
		out[p.Name] = append(out[p.Name], p.Value)
	}
	return out
}

func licenceFacts(c *bom.Component) fact {
	f := fact{}
	by := map[bom.Acknowledgement][]string{}
	var expressions []string
	for _, l := range c.Licenses {
		name := l.Expression
		if name == "" {
			name = l.Name
		}
		if isPlaceholder(name) {
			continue
		}
		by[l.Acknowledgement] = append(by[l.Acknowledgement], name)
	}
	f.texts("declared", by[bom.Declared])
	f.texts("concluded", by[bom.Concluded])
	f.texts("found", by[""])
	expressions = by[bom.Concluded]
	if len(expressions) == 0 {
		expressions = by[bom.Declared]
	}
	f.texts("identifiers", identifiers(expressions))
	f.text("class", property(c.Properties, propLicenceClass))
	f.text("conclusion", property(c.Properties, propConclusion))
	var terms []fact
	for _, x := range each(c.Properties, propLicenceTerm, 4) {
		t := fact{}
		t.text("licence", x[0])
		t.text("kind", x[1])
		t.text("clause", x[2])
		t.text("text", x[3])
		terms = append(terms, t)
	}
	_, known := f["class"]
	f.answer("terms", terms, known)
	return f
}

// identifiers are the words of licence expressions that name licences.
func identifiers(expressions []string) []string {
	var out []string
	for _, e := range expressions {
		for _, w := range strings.FieldsFunc(e, func(r rune) bool { return r == '(' || r == ')' || r == ' ' }) {
			if w != "AND" && w != "OR" && w != "WITH" && !slices.Contains(out, w) {
				out = append(out, w)
			}
		}
	}
	return out
}

func (b *factBuilder) document() fact {
	d := b.d
	f := fact{}
	keep(f, "properties", propertiesOf(d.Properties))
	if !d.Created.IsZero() {
		f["created"] = d.Created.UTC()
	}
	f.text("format", d.Format)
	f.text("serial", d.Serial)
	f.text("phase", d.Phase)
	f.text("assembly", string(d.Completeness.Assembly))
	f.text("lineage", string(d.Completeness.Lineage))
	var authors, tools, inputs []fact
	for i := range d.Authors {
		if o := organization(&d.Authors[i]); len(o) > 0 {
			authors = append(authors, o)
		}
	}
	for _, t := range d.Tools {
		x := fact{}
		x.text("name", t.Name)
		x.text("version", t.Version)
		tools = append(tools, x)
	}
	for _, in := range d.Inputs {
		x := fact{}
		x.text("kind", in.Kind)
		x.text("name", in.Name)
		x.text("version", in.Version)
		x.text("digest", in.Digest)
		inputs = append(inputs, x)
	}
	f.facts("authors", authors)
	f.facts("tools", tools)
	f.facts("inputs", inputs)
	var observed []string
	for _, p := range each(d.Properties, propObserved, 2) {
		observed = append(observed, p[0])
	}
	f.texts("observed", observed)
	return f
}
