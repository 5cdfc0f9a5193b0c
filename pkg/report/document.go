package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/policy"
	"github.com/modelbom/modelbom/pkg/wording"
)

// A documentPage makes the page of a document.
type documentPage struct {
	*view
	ps   []*bom.Component // the parts, code files left out
	code []*bom.Component // parts that are code files
	rows int              // most rows of a table
	// long also shows what backs a verdict, and every file.
	long bool
	// anchors are the places of the parts' cards in the page.
	anchors map[bom.Ref]string
}

// pageOf makes the page of a document with at most so many rows in a table, and
// with the results of checks.
func pageOf(d *bom.Document, rows int, long bool, results ...*policy.Result) *page {
	b := &documentPage{view: newView(d), rows: rows, long: long, anchors: map[bom.Ref]string{}}
	for _, c := range b.parts() {
		if c.Role == bom.RoleCode && c.File != nil {
			b.code = append(b.code, c)
		} else {
			b.ps = append(b.ps, c)
		}
	}
	subject := b.subject()
	if len(b.ps) == 0 || b.hasOwnOrigins(subject) {
		b.ps = append([]*bom.Component{subject}, b.ps...)
	}
	for _, c := range b.ps {
		if n := len(b.anchors); len(c.Origins) > 0 && n < maxCards {
			b.anchors[c.Ref] = fmt.Sprintf("part-%d", n+1)
		}
	}
	p := &page{Kicker: "Bill of materials of an AI model"}
	b.head(p)
	chapters := append([]section{b.lineageSection()}, b.checkSections(results)...)
	for _, s := range append(chapters, b.findingSection(), b.gapSection(), b.verdictSection(), b.partSection(), b.licenceSection(),
		b.dataSection(), b.codeSection(), b.fileSection(), b.otherSection(), b.madeSection()) {
		if len(s.Blocks) > 0 {
			p.Sections = append(p.Sections, s)
		}
	}
	if b.marked {
		p.Facts = append(p.Facts, fact{strings.TrimSpace(statedMark), []span{text(statedMeaning)}})
	}
	return p
}

// subject is the component that the document is about, never nil.
func (b *documentPage) subject() *bom.Component {
	if c := b.byRef[b.Subject]; c != nil {
		return c
	}
	return &bom.Component{Ref: b.Subject}
}

// hasOwnOrigins reports whether the whole has an origin that no part has, or an
// origin and no parts to have it.
func (b *documentPage) hasOwnOrigins(c *bom.Component) bool {
	if c.Role != "" {
		return false // it is a part itself
	}
	type origin struct {
		of bom.Ref
		v  bom.Verdict
	}
	told := map[origin]bool{}
	for _, p := range b.ps {
		for _, o := range p.Origins {
			told[origin{o.Reference, o.Verdict}] = true
		}
	}
	return slices.ContainsFunc(c.Origins, func(o bom.Origin) bool { return !told[origin{o.Reference, o.Verdict}] })
}

// partTitle is what a part is called: its role, or that it is the whole.
func (b *documentPage) partTitle(c *bom.Component) string {
	if c.Ref == b.Subject && c.Role == "" {
		return "whole model"
	}
	return cmp.Or(partLabel(c), label(c))
}

// titled is a label, also where a component has no name.
func titled(c *bom.Component) string {
	if s := label(c); s != "" {
		return s
	}
	return bom.Clean(string(c.Ref))
}

func (b *documentPage) head(p *page) {
	c := b.subject()
	title := cmp.Or(titled(c), "Unnamed model")
	p.Title = shown(title) + ", bill of materials"
	p.Heading = []span{name(title)}
	if c.Version != "" {
		p.Heading = append(p.Heading, text(" "), note(shown(c.Version)+b.mark(statedVersion(c))))
	}
	p.Lead = b.lead()
	p.Facts = b.facts(c)
	p.Figures = b.figures()
	p.Footer = []paragraphSpans{
		{text("A statement about an origin is as good as the evidence beside it. "), strong("No origin found does not mean original."),
			text(" What could not be seen is listed, and nothing is said about it.")},
		{text("This page is made from a document alone. It loads nothing and runs nothing; the document has every fact in a form for machines.")},
	}
}

// facts are the model in short.
func (b *documentPage) facts(c *bom.Component) []fact {
	var facts []fact
	put := func(name string, value ...span) {
		if len(value) > 0 && value[0].Text != "" && value[0].Text != "-" {
			facts = append(facts, fact{name, value})
		}
	}
	if s := c.Supplier; s != nil {
		put("Supplier", b.withMark(statedSupplier(c), b.organization(*s)...)...)
	}
	put("Description", b.withMark(statedDescription(c), text(c.Description))...)
	if m := c.Model; m != nil {
		put("Task", text(m.Task))
		architecture := m.Architecture
		if m.Family != "" && m.Architecture != "" {
			architecture += " (" + m.Family + ")"
		}
		put("Architecture", name(cmp.Or(architecture, m.Family)))
		if m.Parameters > 0 {
			put("Weights", textf("%s in %s, %s, %s", parameters(m.Parameters), wording.CountThousands(m.Tensors, "tensor", "tensors"), bytes(m.Bytes), dtypes(m)))
		}
		put("Quantisation", text(m.Quantization))
	}
	put("Licence", b.licenceSpans(c)...)
	put("Package URL", b.withMark(statedPURL(c), code(c.PURL))...)
	put("Searched for origins", b.searchedSpans()...)
	for _, l := range c.Links[:min(len(c.Links), maxLinks)] {
		put("Link: "+shown(l.Type), b.withMark(statedLink(c, l), links(l.URL)...)...)
	}
	return facts
}

// maxLinks is how many links of a component, tools, authors and the like are
// shown where they are not a table.
const maxLinks = 12

func (b *documentPage) organization(o bom.Organization) []span {
	s := []span{name(cmp.Or(o.Name, o.Email, o.URL))}
	if o.Country != "" {
		s = append(s, note(" ("+o.Country+")"))
	}
	if o.URL != "" && o.Name != "" {
		s = append(append(s, text(" ")), links(o.URL)...)
	}
	return s
}

func (b *documentPage) searchedSpans() []span {
	var out []span
	for _, in := range b.Inputs[:min(len(b.Inputs), maxLinks)] { // all are in the last section
		switch in.Kind {
		case "catalogue":
			out = join(out, textf("the built-in catalogue %s", in.Version))
		case "index":
			out = join(out, text("index "), name(in.Name))
		}
	}
	return out
}

// join puts items after others, with a comma between.
func join(spans []span, more ...span) []span {
	if len(spans) > 0 {
		spans = append(spans, text(", "))
	}
	return append(spans, more...)
}

func (b *documentPage) figures() []figure {
	weights := 0
	for _, c := range b.ps {
		if hasWeights(c) {
			weights++
		}
	}
	upstreams, unseen := map[bom.Ref]bool{}, 0
	for _, c := range b.ps {
		for _, o := range c.Origins {
			if o.Reference != "" && o.Verdict.Found() {
				upstreams[o.Reference] = true
			}
		}
	}
	for _, g := range b.Gaps {
		if g.Kind.Weights() {
			unseen++
		}
	}
	return []figure{
		{wording.Thousands(weights), wording.Word(weights, "part with weights", "parts with weights"), "#parts"},
		{wording.Thousands(len(upstreams)), wording.Word(len(upstreams), "upstream shown by bytes", "upstreams shown by bytes"), "#lineage"},
		{wording.Thousands(len(b.Findings)), wording.Word(len(b.Findings), "finding", "findings"), hrefIf(len(b.Findings) > 0, "#findings")},
		{wording.Thousands(unseen), wording.Word(unseen, "weight file not seen", "weight files not seen"), hrefIf(len(b.Gaps) > 0, "#gaps")},
	}
}

func hrefIf(there bool, href string) string {
	if there {
		return href
	}
	return ""
}

// hasWeights reports whether a component is, or should be, made of weights.
func hasWeights(c *bom.Component) bool {
	return c.Kind == bom.KindModel || c.Model != nil && c.Model.Tensors > 0
}

// best is the verdict that says most about a component: the first, as documents
// put the most important first, but a found one before a declared one.
func best(c *bom.Component) (bom.Verdict, bool) {
	if len(c.Origins) == 0 {
		return "", false
	}
	for _, o := range c.Origins {
		if o.Verdict != bom.VerdictDeclaredOnly {
			return o.Verdict, true
		}
	}
	return c.Origins[0].Verdict, true
}

// lead answers in one paragraph where the parts come from, and in a second what
// a reader should look at.
func (b *documentPage) lead() []paragraphSpans {
	counts, total, unstated := map[bom.Verdict]int{}, 0, 0
	for _, c := range b.ps {
		if !hasWeights(c) {
			continue
		}
		total++
		if v, ok := best(c); ok {
			if !slices.Contains(bom.Verdicts(), v) {
				v = otherVerdict
			}
			counts[v]++
		} else {
			unstated++
		}
	}
	if total == 0 {
		return []paragraphSpans{{text("The document names no part with weights, so it says nothing about where weights come from.")}}
	}
	var clauses []string
	for _, v := range verdictsIn(counts) {
		w := wordsOf(v)
		clauses = append(clauses, wording.CountThousands(counts[v], w.one, w.many))
	}
	if unstated > 0 {
		clauses = append(clauses, fmt.Sprintf("about the origin of %s the document says nothing", wording.Thousands(unstated)))
	}
	if total == 1 {
		clauses[0] = "it " + strings.TrimPrefix(clauses[0], "1 ")
		if unstated > 0 {
			clauses[0] = "the document says nothing about its origin"
		}
	}
	first := fmt.Sprintf("Of its %s parts with weights, %s.", wording.Thousands(total), wording.And(clauses))
	if total == 1 {
		first = fmt.Sprintf("The model has one part with weights: %s.", clauses[0])
	}
	if counts[bom.VerdictUnknown]+counts[bom.VerdictNotComparable] > 0 {
		first += " What matches nothing is not thereby original: a model that is in no catalogue and no index cannot be named."
	}
	return []paragraphSpans{{text(first)}, {text(b.attention())}}
}

// verdictsIn returns the verdicts that occur, strongest first; those that are
// words of another tool count as one.
func verdictsIn(counts map[bom.Verdict]int) []bom.Verdict {
	var out []bom.Verdict
	for _, v := range append(bom.Verdicts(), otherVerdict) {
		if counts[v] > 0 {
			out = append(out, v)
		}
	}
	return out
}

// otherVerdict stands for all verdicts that are no word of ours.
const otherVerdict bom.Verdict = "other"

// attention says in words how many findings and gaps there are.
func (b *documentPage) attention() string {
	undeclared, contradicted, others, unseen := 0, 0, 0, 0
	for _, f := range b.Findings {
		switch {
		case f.Severity == bom.SeverityInfo:
		case f.Rule == "origin-undeclared":
			undeclared++
		case f.Rule == "origin-contradicted":
			contradicted++
		default:
			others++
		}
	}
	for _, g := range b.Gaps {
		if g.Kind.Weights() {
			unseen++
		}
	}
	var out []string
	put := func(n int, one, many string) {
		if n > 0 {
			out = append(out, wording.CountThousands(n, one, many))
		}
	}
	put(undeclared, "origin that the bytes show is not declared in the repository.", "origins that the bytes show are not declared in the repository.")
	put(contradicted, "declared origin is contradicted by the weights.", "declared origins are contradicted by the weights.")
	put(others, "other finding needs a look.", "other findings need a look.")
	if unseen > 0 {
		put(unseen, "weight file was not seen, and nothing is said about it.", "weight files were not seen, and nothing is said about them.")
	} else {
		out = append(out, "No unread weights are recorded.")
	}
	return strings.Join(out, " ")
}

// madeSection says how the document came to be and how much it covers.
func (b *documentPage) madeSection() section {
	var facts []fact
	for _, t := range b.Tools[:min(len(b.Tools), maxLinks)] {
		facts = append(facts, fact{"Tool", []span{name(strings.TrimSpace(t.Vendor + " " + t.Name + " " + t.Version))}})
	}
	for _, a := range b.Authors[:min(len(b.Authors), maxLinks)] {
		facts = append(facts, fact{"Author", b.withMark(b.statedAuthor(a), b.organization(a)...)})
	}
	when := "no time given, so that the same bytes give the same document"
	if !b.Created.IsZero() {
		when = b.Created.UTC().Format(time.RFC3339)
	}
	facts = append(facts, fact{"Made at", []span{text(when)}})
	for _, f := range []struct{ name, value string }{{"Phase", b.Phase}, {"Read from", b.Format}, {"Serial number", b.Serial}} {
		if f.value != "" {
			facts = append(facts, fact{f.name, []span{name(f.value)}})
		}
	}
	facts = append(facts, fact{"Parts and files listed", []span{text(aggregateWords(b.Completeness.Assembly))}},
		fact{"Upstreams listed", []span{text(aggregateWords(b.Completeness.Lineage))}})
	blocks := []block{{Facts: facts}}
	columns := []column{{Title: "Kind", Narrow: true}, {Title: "Name"}, {Title: "Version"}, {Title: "Digest", Roomy: true}}
	blocks = add(blocks, tableOf("Catalogues, indexes and fact files that the conclusions depend on", columns, b.Inputs, b.rows, "", func(in bom.Input) []cell {
		return []cell{{text(in.Kind)}, orDash(in.Name, name), orDash(in.Version, name), orDash(in.Digest, code)}
	}))
	return section{ID: "made", Title: "How this document was made", Blocks: blocks}
}

// aggregateWords says in words how much is listed.
func aggregateWords(a bom.Aggregate) string {
	switch a {
	case bom.AggregateComplete:
		return "complete: all of them"
	case bom.AggregateIncomplete:
		return "incomplete: some are missing"
	case bom.AggregateUnknown:
		return "unknown: there may be more"
	case bom.AggregateNotSpecified, "":
		return "the document does not say"
	}
	return shown(string(a))
}
