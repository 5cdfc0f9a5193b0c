package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/wording"
)

// A lineageGraph is the model with its parts on the left and the upstreams on
// the right. Each relation starts at a height of its own beside its part, where
// its verdict is written, so that labels never meet; only the lines cross.
type lineageGraph struct {
	id        string
	model     string
	title     string    // of the picture, before the model's name
	heads     [2]string // over the relations and over the upstreams
	noEdge    string    // beside a part without relations
	plain     bool      // without licences
	parts     []graphPart
	upstreams []graphUpstream
}

type graphPart struct {
	title, measure, licence string
	edges                   []graphEdge
	weights                 bool // it is made of weights
	aside                   bool // not a part, a remark
	plain                   bool // without licence
	noEdge                  string

	y, high int
}

type graphEdge struct {
	upstream int // index, -1 when none is named
	verdict  bom.Verdict
	strength bom.Strength
	// word and aside stand instead of the verdict and its strength, where they
	// are set.
	word, aside string
	y           int
}

type graphUpstream struct {
	title, licence, supplier string
	plain                    bool // without licence

	lines   []string
	y, high int
	edges   []*graphEdge

	main       *graphEdge // the relation that the box stands beside
	mainWeight int
}

// Measures of the picture, in user units; one is about a pixel on a screen. A
// letter of the titles is reckoned with 8 units, of the small text with 6.6,
// more than what common system fonts take on average.
const (
	graphWidth   = 960
	frameWidth   = 306 // of the model
	partLeft     = 12
	partWidth    = 282
	laneLeft     = partLeft + partWidth
	laneRight    = 496 // end of the labels
	upstreamLeft = 648
	upstreamWide = graphWidth - upstreamLeft - 1
	edgeHigh     = 46 // of one relation
	rowHigh      = 17 // of a line of text
	titleColumns = 32 // of a title
	smallColumns = 38
)

func (g *lineageGraph) draw() *drawing {
	d := &drawing{ID: g.id, Class: "graph", Width: graphWidth, Title: shown(cmp.Or(g.title, "Lineage of ") + g.model), Desc: g.describe()}
	top := g.placeParts()
	bottom := g.placeUpstreams(top)
	partsEnd := top
	if n := len(g.parts); n > 0 {
		partsEnd = g.parts[n-1].y + g.parts[n-1].high + partLeft
	}
	d.Marks = append(d.Marks, rect("frame", 1, 1, frameWidth-1, partsEnd-1))
	for i, line := range fitLines(g.model, titleColumns, 2) {
		d.Marks = append(d.Marks, words("model", partLeft+2, 24+i*19, line))
	}
	d.Marks = append(d.Marks, words("head", laneLeft+22, 24, cmp.Or(g.heads[0], "verdict, evidence")), words("head", upstreamLeft+2, 24, cmp.Or(g.heads[1], "upstream")))
	for i := range g.parts {
		d.Marks = append(d.Marks, g.parts[i].marks()...)
	}
	for _, u := range g.upstreams {
		d.Marks = append(d.Marks, u.marks()...)
	}
	for _, p := range g.parts {
		for _, e := range p.edges {
			d.Marks = append(d.Marks, e.label()...)
		}
	}
	d.Height = graphLegend(d, max(partsEnd, bottom)+18, g.groups())
	return d
}

// placeParts gives every part its height and returns where the first begins.
func (g *lineageGraph) placeParts() int {
	top := 20 + 19*len(fitLines(g.model, titleColumns, 2)) + 2
	y := top
	for i := range g.parts {
		p := &g.parts[i]
		p.plain, p.noEdge = g.plain, cmp.Or(g.noEdge, "no statement about origin")
		text := 14 + rowHigh*len(p.small()) + 18*len(fitLines(p.title, titleColumns, 2))
		p.y, p.high = y, max(text, edgeHigh*len(p.edges)+4)
		if p.aside {
			p.high = 26
		}
		first := y + (p.high-edgeHigh*len(p.edges))/2
		for j := range p.edges {
			e := &p.edges[j]
			e.y = first + edgeHigh*j + edgeHigh/2
			if e.upstream >= 0 {
				u := &g.upstreams[e.upstream]
				u.edges = append(u.edges, e)
				if u.main == nil || p.weight(e) > u.mainWeight {
					u.main, u.mainWeight = e, p.weight(e)
				}
			}
		}
		y += p.high + 8
	}
	return top
}

// weight grades relations by which of them an upstream should stand beside:
// what the bytes show of weights, of anything, and what is not shown.
func (p *graphPart) weight(e *graphEdge) int {
	switch {
	case e.verdict.Found() && p.weights:
		return 2
	case e.verdict.Found():
		return 1
	}
	return 0
}

// placeUpstreams puts each upstream beside its first relation that counts most, or as far
// below as those above it need, and returns where the last ends.
func (g *lineageGraph) placeUpstreams(top int) int {
	order := make([]*graphUpstream, 0, len(g.upstreams))
	for i := range g.upstreams {
		u := &g.upstreams[i]
		u.plain = g.plain
		u.lines = fitLines(u.title, titleColumns+2, 2)
		u.high = max(14+18*len(u.lines)+rowHigh*len(u.small()), 12*len(u.edges))
		order = append(order, u)
	}
	slices.SortStableFunc(order, func(a, b *graphUpstream) int { return cmp.Compare(a.main.y, b.main.y) })
	y := top
	for _, u := range order {
		u.y = max(y, u.main.y-u.high/2)
		y = u.y + u.high + 10
	}
	return y
}

func (p *graphPart) small() []string {
	var out []string
	if p.measure != "" {
		out = append(out, p.measure)
	}
	if !p.aside && !p.plain {
		out = append(out, "licence: "+cmp.Or(p.licence, "none stated"))
	}
	return out
}

func (u *graphUpstream) small() []string {
	var out []string
	if u.supplier != "" {
		out = append(out, u.supplier)
	}
	if u.plain {
		return out
	}
	return append(out, "licence: "+cmp.Or(u.licence, "none stated"))
}

func (p *graphPart) marks() []mark {
	if p.aside {
		return []mark{words("small", partLeft+8, p.y+17, cut(p.title, smallColumns))}
	}
	marks := []mark{rect("part", partLeft, p.y, partWidth, p.high).says(append([]string{p.title}, p.small()...)...)}
	marks = append(marks, boxText(partLeft+10, p.y, p.high, fitLines(p.title, titleColumns, 2), p.small())...)
	if len(p.edges) == 0 {
		marks = append(marks, words("small", laneLeft+22, p.y+p.high/2+4, p.noEdge))
	}
	return marks
}

func (u *graphUpstream) marks() []mark {
	marks := []mark{rect("upstream", upstreamLeft, u.y, upstreamWide, u.high).says(append([]string{u.title}, u.small()...)...)}
	marks = append(marks, boxText(upstreamLeft+12, u.y, u.high, u.lines, u.small())...)
	// The lines end in the order of where they come from.
	for i, e := range u.edges {
		end := u.y + u.high*(i+1)/(len(u.edges)+1)
		middle := (laneRight + upstreamLeft) / 2
		class := "edge e-" + string(wordsOf(e.verdict).group)
		marks = append(marks, path(class, "M%d %dL%d %dC%d %d %d %d %d %d", laneLeft+8, e.y, laneRight, e.y, middle, e.y, middle, end, upstreamLeft, end))
	}
	return marks
}

// boxText writes titles and small lines into a box, in its middle.
func boxText(x, y, high int, titles, small []string) []mark {
	y += (high-18*len(titles)-rowHigh*len(small))/2 + 14
	var marks []mark
	for _, t := range titles {
		marks = append(marks, words("title", x, y, t))
		y += 18
	}
	for _, t := range small {
		marks = append(marks, words("small", x, y-1, cutMarked(t, smallColumns, cut)))
		y += rowHigh
	}
	return marks
}

// label writes the verdict over the beginning of its line and the strength
// below it. The dot is full where bytes decide, and open where they do not.
func (e *graphEdge) label() []mark {
	w := wordsOf(e.verdict)
	strength := "evidence: " + cmp.Or(bom.Clean(string(e.strength)), "not graded")
	if e.upstream < 0 {
		strength = "no upstream named"
	}
	strength = cmp.Or(e.aside, strength)
	marks := []mark{
		words("verdict", laneLeft+22, e.y-6, cut(cmp.Or(e.word, string(e.verdict)), 24)),
		words("small", laneLeft+22, e.y+15, cut(strength, 30)),
	}
	if e.upstream < 0 {
		marks = append(marks, path("edge e-"+string(w.group), "M%d %dL%d %d", laneLeft+8, e.y, laneRight-11, e.y), circle("dot d-"+string(w.group), laneRight-5, e.y, 5))
	}
	return append(marks, circle("dot d-"+string(w.group), laneLeft+8, e.y, 5))
}

// groups are the groups of verdicts that the picture shows.
func (g *lineageGraph) groups() map[group]bool {
	out := map[group]bool{}
	for _, p := range g.parts {
		for _, e := range p.edges {
			if e.word != "" {
				continue // explained by its own word
			}
			out[wordsOf(e.verdict).group] = true
		}
	}
	return out
}

// graphLegend explains the lines that occur, from y down, and returns where it ends.
func graphLegend(d *drawing, y int, shown map[group]bool) int {
	x := 0
	for _, g := range groupWords {
		if !shown[g.group] {
			continue
		}
		wide := 74 + 7*len(g.words)
		if x > 0 && x+wide > graphWidth {
			x, y = 0, y+24
		}
		d.Marks = append(d.Marks, path("edge e-"+string(g.group), "M%d %dL%d %d", x+8, y, x+52, y), circle("dot d-"+string(g.group), x+8, y, 5),
			words("legend", x+60, y+4, g.words))
		x += wide + 12
	}
	if x == 0 {
		return y - 8
	}
	return y + 14
}

// count is how many parts are drawn.
func (g *lineageGraph) count() int {
	n := 0
	for _, p := range g.parts {
		if !p.aside {
			n++
		}
	}
	return n
}

// describe says in words what the picture shows.
func (g *lineageGraph) describe() string {
	out := []string{fmt.Sprintf("%s on the left, %s on the right", wording.Count(g.count(), "part", "parts"), wording.Count(len(g.upstreams), "upstream", "upstreams"))}
	for _, p := range g.parts {
		for _, e := range p.edges {
			text := fmt.Sprintf("%s: %s", p.title, bom.Clean(cmp.Or(e.word, string(e.verdict))))
			if e.upstream >= 0 {
				text += " " + g.upstreams[e.upstream].title
			}
			out = append(out, text)
		}
	}
	return shown(strings.Join(out, "; ")) + "."
}

func cut(s string, columns int) string {
	if l := fitLines(s, columns, 1); len(l) > 0 {
		return l[0]
	}
	return ""
}

// combining reports whether a character is drawn onto the one before it.
func combining(r rune) bool {
	return unicode.Is(unicode.M, r) || r == '\u200d' || r == '\u200c'
}
