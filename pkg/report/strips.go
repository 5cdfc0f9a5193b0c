package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// A strip is one comparison layer by layer: a row of a heat map.
type strip struct {
	name   string
	facts  string // what stands beside the name
	layers []layerCell
}

// A layerCell is how far one layer agrees with its counterpart.
type layerCell struct {
	layer, counterpart string
	agreement          float64 // share of equal signs: 0.5 is chance, 1 is equal
	none               bool    // it has no counterpart
}

// layersKey begins the keys of evidence layer by layer.
const layersKey = "layers:"

// maxStripLayers is how many layers of one comparison are drawn. The deepest
// published decoders have about 130.
const maxStripLayers = 512

// stripsOf draws the evidence layer by layer for each upstream that a part was
// compared with; nil where there is none.
func stripsOf(b *documentPage, c *bom.Component) *drawing {
	var strips []strip
	for _, o := range c.Origins[:min(len(c.Origins), maxOrigins)] {
		if s := stripOf(o.Evidence); len(s.layers) > 0 {
			s.name = "no upstream named"
			if up := b.byRef[o.Reference]; up != nil {
				s.name = titled(up)
			}
			strips = append(strips, s)
		}
	}
	if len(strips) == 0 {
		return nil
	}
	title := fmt.Sprintf("Agreement layer by layer: %s", shown(b.partTitle(c)))
	return drawStrips(b.anchors[c.Ref]+"-layers", title, strips)
}

// stripOf reads what the evidence says of each layer: values of the keys
// "layers:N" are lists of LAYER>LAYER:AGREEMENT, or LAYER>- for a layer without
// a counterpart.
func stripOf(evidence []bom.Evidence) strip {
	var s strip
	var facts []string
	for _, e := range evidence {
		switch {
		case strings.HasPrefix(e.Key, layersKey):
			for item := range strings.FieldsSeq(e.Value) {
				if l, ok := parseLayer(item); ok && len(s.layers) < maxStripLayers {
					s.layers = append(s.layers, l)
				}
			}
		case e.Key == "frozen":
			facts = append(facts, "unchanged: "+e.Value)
		case e.Key == "covered":
			facts = append(facts, "covered: "+e.Value)
		}
	}
	s.facts = shown(strings.Join(facts, "; "))
	return s
}

func parseLayer(s string) (layerCell, bool) {
	a, rest, found := strings.Cut(s, ">")
	if _, err := strconv.ParseUint(a, 10, 31); err != nil || !found {
		return layerCell{}, false
	}
	if rest == "-" {
		return layerCell{layer: a, counterpart: "-", none: true}, true
	}
	other, share, found := strings.Cut(rest, ":")
	if _, err := strconv.ParseUint(other, 10, 31); err != nil || !found {
		return layerCell{}, false
	}
	x, err := strconv.ParseFloat(share, 64)
	if err != nil || math.IsNaN(x) || x < 0 || x > 1 {
		return layerCell{}, false
	}
	return layerCell{layer: a, counterpart: other, agreement: x}, true
}

// heatSteps are the lower ends of the colours of a heat map but the first.
var heatSteps = [...]float64{0.55, 0.70, 0.85, 0.95, 0.99, 0.9995}

var heatWords = [...]string{"0.5 is chance", "from 0.55", "0.70", "0.85", "0.95", "0.99", "1.000: all"}

func heat(x float64) int {
	step := 0
	for step < len(heatSteps) && x >= heatSteps[step] {
		step++
	}
	return step
}

// Measures of a heat map, in user units. A line of cells holds one number of
// layers for all strips of a drawing, so that columns can be compared.
const (
	heatPerLine  = 16
	heatCellWide = 42
	heatCellHigh = 28
	heatWidth    = heatPerLine * heatCellWide
)

func drawStrips(id, title string, strips []strip) *drawing {
	d := &drawing{ID: id, Title: title, Class: "heat", Width: heatWidth, Desc: describeStrips(strips), TwinSummary: "The same as a table, with every value"}
	y := 0
	for _, s := range strips {
		y = d.strip(s, y)
		d.Twin = append(d.Twin, block{Table: stripTable(s)})
	}
	d.Height = d.heatLegend(y + 8)
	return d
}

// strip draws one comparison from y down and returns where it ends.
func (d *drawing) strip(s strip, y int) int {
	for _, line := range fitLines("compared with "+s.name, 86, 2) {
		y += 18
		d.Marks = append(d.Marks, words("strip-name", 0, y, line))
	}
	for _, line := range fitLines(s.facts, 96, 2) {
		y += rowHigh
		d.Marks = append(d.Marks, words("small", 0, y, line))
	}
	y += 9
	for chunk := range slices.Chunk(s.layers, heatPerLine) {
		for i, l := range chunk {
			d.Marks = append(d.Marks, heatCell(l, i*heatCellWide, y)...)
		}
		y += heatCellHigh + 22
	}
	return y + 8
}

// heatCell is one layer: its colour, its value, its number and that of its
// counterpart where it is another.
func heatCell(l layerCell, x, y int) []mark {
	const w = heatCellWide
	class, value, says := "h-none", "none", "no counterpart"
	if !l.none {
		class, value = fmt.Sprintf("h%d", heat(l.agreement)), share(l.agreement)
		says = fmt.Sprintf("layer %s of the upstream, agreement %s", l.counterpart, value)
	}
	marks := []mark{rect("cell "+class, x+1, y, w-3, heatCellHigh).says(fmt.Sprintf("layer %s: %s", l.layer, says))}
	if l.none {
		marks = append(marks, path("cross", "M%d %dL%d %d", x+4, y+heatCellHigh-4, x+w-5, y+4))
	}
	if !l.none {
		marks = append(marks, words("cell-value "+class+"t", x+w/2, y+18, value))
	}
	number := l.layer
	if !l.none && l.counterpart != l.layer {
		number += "→" + l.counterpart
	}
	return append(marks, words("cell-number", x+w/2, y+heatCellHigh+14, number))
}

// share prints an agreement as docs/properties.md has it.
func share(x float64) string { return strconv.FormatFloat(x, 'f', 3, 64) }

// heatLegend draws the scale from y down and returns where it ends.
func (d *drawing) heatLegend(y int) int {
	d.Marks = append(d.Marks, words("legend", 0, y+14, "Share of signs that agree:"))
	x := 168
	put := func(w string, swatch ...mark) {
		wide := 26 + 7*len(w) + 14
		if x+wide > heatWidth {
			x, y = 168, y+24
		}
		for _, m := range swatch {
			m.X, m.Y = x, y+2
			d.Marks = append(d.Marks, m)
		}
		d.Marks = append(d.Marks, words("legend", x+26, y+14, w))
		x += wide
	}
	for i, w := range heatWords {
		put(w, rect(fmt.Sprintf("cell h%d", i), 0, 0, 20, 16))
	}
	put("no counterpart", rect("cell h-none", 0, 0, 20, 16))
	return y + 24
}

// describeStrips says in words what a heat map shows.
func describeStrips(strips []strip) string {
	var out []string
	for _, s := range strips {
		low, high, none := layerCell{agreement: 2}, layerCell{agreement: -1}, 0
		for _, l := range s.layers {
			if l.none {
				none++
				continue
			}
			if l.agreement < low.agreement {
				low = l
			}
			if l.agreement > high.agreement {
				high = l
			}
		}
		text := fmt.Sprintf("%s: %s", s.name, plural(len(s.layers), "layer"))
		if none < len(s.layers) {
			text += fmt.Sprintf("; the least agreement is %s in layer %s, the most %s in layer %s", share(low.agreement), low.layer, share(high.agreement), high.layer)
		}
		if none > 0 {
			text += fmt.Sprintf("; %d without a counterpart", none)
		}
		out = append(out, text)
	}
	return shown(strings.Join(out, ". ")) + "."
}

// tablePerRow is how many layers share a row of the table that repeats a strip.
const tablePerRow = 8

// stripTable is a comparison as a table: some layers that follow each other in
// a row, with their values in their order.
func stripTable(s strip) *table {
	var rows [][]layerCell
	for _, l := range s.layers {
		if n := len(rows); n > 0 && len(rows[n-1]) < tablePerRow && follows(rows[n-1][len(rows[n-1])-1], l) {
			rows[n-1] = append(rows[n-1], l)
			continue
		}
		rows = append(rows, []layerCell{l})
	}
	columns := []column{{Title: "Layers"}, {Title: "Layers of the upstream"}, {Title: "Share of signs that agree, layer by layer"}}
	return tableOf("Layers compared with "+s.name, columns, rows, maxStripLayers, "", func(r []layerCell) []cell {
		first, last := r[0], r[len(r)-1]
		layers := cell{text(spanOf(first.layer, last.layer))}
		if first.none {
			return []cell{layers, {note("no counterpart")}, {note("-")}}
		}
		var shares []string
		for _, l := range r {
			shares = append(shares, share(l.agreement))
		}
		return []cell{layers, {text(spanOf(first.counterpart, last.counterpart))}, {text(strings.Join(shares, ", "))}}
	})
}

// follows reports whether a layer and its counterpart are the next after another.
func follows(a, b layerCell) bool {
	next := func(a, b string) bool {
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return y == x+1
	}
	return a.none == b.none && next(a.layer, b.layer) && (a.none || next(a.counterpart, b.counterpart))
}

func spanOf(a, b string) string {
	if a == b {
		return a
	}
	return a + " to " + b
}
