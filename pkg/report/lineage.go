package report

import (
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/wording"
)

// upstreams are the components that parts come from, in the order in which the
// parts name them, then the other ancestors of the model.
func (b *documentPage) upstreams() []*bom.Component {
	var out []*bom.Component
	told := map[bom.Ref]bool{}
	put := func(ref bom.Ref) {
		if c := b.byRef[ref]; c != nil && !told[ref] {
			told[ref] = true
			out = append(out, c)
		}
	}
	for _, c := range b.ps {
		for _, o := range c.Origins {
			put(o.Reference)
		}
	}
	for _, r := range b.Relationships {
		if r.Type == bom.DescendantOf {
			put(r.To)
		}
	}
	return out
}

// Most of what the picture of the lineage shows. More would not be read; the
// table beside it has all.
const (
	maxGraphParts = 60
	maxGraphEdges = 4 // of one part
)

// lineageSection shows the parts and where they come from, as a picture and as
// a table.
func (b *documentPage) lineageSection() section {
	s := section{ID: "lineage", Title: "Where the parts come from",
		Intro: paragraphSpans{text("On the left the model and its parts, on the right the upstreams that they were compared with or are said to come from.")}}
	g := b.graph()
	d := g.draw()
	d.Twin = add(nil, b.originTable())
	s.Blocks = append(s.Blocks, block{Drawing: d})
	s.Blocks = add(s.Blocks, b.upstreamTable())
	return s
}

// originTable has one row for each part and upstream.
func (b *documentPage) originTable() *table {
	type row struct {
		c *bom.Component
		o *bom.Origin
	}
	var rows []row
	for _, c := range b.ps {
		for i := range c.Origins {
			rows = append(rows, row{c, &c.Origins[i]})
		}
		if len(c.Origins) == 0 {
			rows = append(rows, row{c, nil})
		}
	}
	columns := []column{{Title: "Part"}, {Title: "Licence"}, {Title: "Verdict", Narrow: true}, {Title: "Evidence"}, {Title: "Upstream"}, {Title: "Licence of the upstream"}}
	return tableOf("The same as a table: parts, verdicts and upstreams", columns, rows, b.rows, "", func(r row) []cell {
		part, licence := cell(b.partLink(r.c)), b.licenceCell(r.c)
		if r.o == nil {
			return []cell{part, licence, {note("no statement")}, {note("-")}, {note("-")}, {note("-")}}
		}
		upstream, theirs := cell{note("none named")}, cell{note("-")}
		if up := b.byRef[r.o.Reference]; up != nil {
			upstream, theirs = cell{name(titled(up))}, b.licenceCell(up)
		}
		if r.o.Relation != "" {
			upstream = append(upstream, note(" ("+r.o.Relation+")"))
		}
		return []cell{part, licence, {badge(string(r.o.Verdict), string(wordsOf(r.o.Verdict).group))}, {text(strengthWords(r.o.Strength))}, upstream, theirs}
	})
}

func (b *documentPage) upstreamTable() *table {
	columns := []column{{Title: "Upstream"}, {Title: "Supplier"}, {Title: "Licence"}, {Title: "Package URL and addresses"}}
	return tableOf("Upstreams", columns, b.upstreams(), b.rows, "", func(c *bom.Component) []cell {
		title := cell{name(titled(c))}
		if c.Version != "" {
			title = append(title, text(" "), note(shown(c.Version)+b.mark(statedVersion(c))))
		}
		supplier := cell{note("-")}
		if c.Supplier != nil {
			supplier = b.withMark(statedSupplier(c), b.organization(*c.Supplier)...)
		}
		var where cell
		if c.PURL != "" {
			where = b.withMark(statedPURL(c), code(c.PURL))
		}
		for _, l := range c.Links[:min(len(c.Links), maxLinks)] {
			where = lines(where, b.withMark(statedLink(c, l), links(l.URL)...))
		}
		if len(where) == 0 {
			where = cell{note("-")}
		}
		return []cell{title, supplier, b.licenceCell(c), where}
	})
}

// graph gathers what the picture shows.
func (b *documentPage) graph() *lineageGraph {
	c := b.subject()
	g := &lineageGraph{id: "lineage-picture", model: strings.TrimSpace(titled(c) + " " + bom.Clean(c.Version))}
	at := map[bom.Ref]int{}
	for _, part := range b.ps[:min(len(b.ps), maxGraphParts)] {
		n := graphPart{title: b.partTitle(part), licence: plain(b.licenceSpans(part)), weights: hasWeights(part)}
		if m := part.Model; m != nil && m.Parameters > 0 {
			n.measure = parameters(m.Parameters)
		}
		for _, o := range part.Origins[:min(len(part.Origins), maxGraphEdges)] {
			e := graphEdge{upstream: -1, verdict: o.Verdict, strength: o.Strength}
			if up := b.byRef[o.Reference]; up != nil {
				i, there := at[up.Ref]
				if !there {
					i = len(g.upstreams)
					at[up.Ref] = i
					g.upstreams = append(g.upstreams, graphUpstream{title: titled(up), licence: plain(b.licenceSpans(up)), supplier: b.supplierOf(up)})
				}
				e.upstream = i
			}
			n.edges = append(n.edges, e)
		}
		if more := len(part.Origins) - maxGraphEdges; more > 0 {
			n.measure = strings.TrimPrefix(n.measure+"; "+wording.Count(more, "more origin", "more origins")+" in the table", "; ")
		}
		g.parts = append(g.parts, n)
	}
	if more := len(b.ps) - maxGraphParts; more > 0 {
		g.parts = append(g.parts, graphPart{title: "and " + wording.CountThousands(more, "more part", "more parts") + ", in the table", aside: true})
	}
	if len(b.code) > 0 {
		g.parts = append(g.parts, graphPart{title: "code (" + wording.Count(len(b.code), "file", "files") + ")", aside: true})
	}
	return g
}

func (b *documentPage) supplierOf(c *bom.Component) string {
	if c.Supplier == nil {
		return ""
	}
	s := bom.Clean(c.Supplier.Name)
	if c.Supplier.Country != "" {
		s += " (" + bom.Clean(c.Supplier.Country) + ")"
	}
	return s + b.mark(statedSupplier(c))
}

// plain is the text of spans.
func plain(spans []span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.Text)
	}
	return b.String()
}
