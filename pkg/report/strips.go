package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/wording"
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
	// frozen is the share of unchanged bytes, distance how far the others moved;
	// between rounds only. NaN when not known.
	frozen, distance float64
}

// A heatScale is what the colours of a heat map stand for.
type heatScale struct {
	legend, column string
	words          [7]string // of the colours, the palest first
	of             func(layerCell) (step int, value string)
	upstream       string // what the layers are compared with
	least, most    string
	says           string // before a value, alone
}

// agreements is the scale of a comparison with an upstream.
func agreements() heatScale {
	return heatScale{
		legend: "Share of signs that agree:", column: "Share of signs that agree, layer by layer", upstream: "upstream", says: "agreement ",
		words: [7]string{"0.5 is chance", "from 0.55", "0.70", "0.85", "0.95", "0.99", "1.000: all"},
		of:    func(l layerCell) (int, string) { return heat(l.agreement), share(l.agreement) },
		least: "the least agreement is %s in layer %s", most: "the most %s in layer %s",
	}
}

// movements is the scale between two rounds, where nearly all signs agree: how
// far the weights of a layer moved, relative to the old ones.
func movements() heatScale {
	return heatScale{
		legend: "Moved, relative to the old:", column: "How far the layers moved, in their order", upstream: "old round", says: "moved: ",
		words: [7]string{"by all or more", "under 100 %", "under 30 %", "under 10 %", "under 3 %", "under 1 %", "same"},
		of:    movement,
		least: "most: %s in layer %s", most: "least: %s in layer %s",
	}
}

// movementSteps are the upper ends of the colours of a movement but the first.
var movementSteps = [...]float64{1, 0.3, 0.1, 0.03, 0.01}

func movement(l layerCell) (int, string) {
	switch {
	case l.frozen == 1:
		return len(movementSteps) + 1, "same"
	case math.IsNaN(l.distance):
		return heat(l.agreement), share(l.agreement)
	}
	step := 0
	for step < len(movementSteps) && l.distance < movementSteps[step] {
		step++
	}
	if l.distance >= 1 {
		return step, strconv.FormatFloat(100*l.distance, 'f', 0, 64) + " %"
	}
	return step, strconv.FormatFloat(100*l.distance, 'g', 2, 64) + " %"
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
	return drawStrips(b.anchors[c.Ref]+"-layers", title, agreements(), strips)
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

func drawStrips(id, title string, scale heatScale, strips []strip) *drawing {
	d := &drawing{ID: id, Title: title, Class: "heat", Width: heatWidth, Desc: describeStrips(scale, strips), TwinSummary: "The same as a table, with every value"}
	y := 0
	for _, s := range strips {
		y = d.strip(scale, s, y)
		d.Twin = append(d.Twin, block{Table: stripTable(scale, s)})
	}
	d.Height = d.heatLegend(scale, y+8)
	return d
}

// strip draws one comparison from y down and returns where it ends.
func (d *drawing) strip(scale heatScale, s strip, y int) int {
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
			d.Marks = append(d.Marks, heatCell(scale, l, i*heatCellWide, y)...)
		}
		y += heatCellHigh + 22
	}
	return y + 8
}

// heatCell is one layer: its colour, its value, its number and that of its
// counterpart where it is another.
func heatCell(scale heatScale, l layerCell, x, y int) []mark {
	const w = heatCellWide
	class, value, says := "h-none", "none", "no counterpart"
	if !l.none {
		step, text := scale.of(l)
		class, value = fmt.Sprintf("h%d", step), text
		says = fmt.Sprintf("layer %s of the %s, %s", l.counterpart, scale.upstream, scale.says+value)
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
func (d *drawing) heatLegend(scale heatScale, y int) int {
	d.Marks = append(d.Marks, words("legend", 0, y+14, scale.legend))
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
	for i, w := range scale.words {
		put(w, rect(fmt.Sprintf("cell h%d", i), 0, 0, 20, 16))
	}
	put("no counterpart", rect("cell h-none", 0, 0, 20, 16))
	return y + 24
}

// describeStrips says in words what a heat map shows.
func describeStrips(scale heatScale, strips []strip) string {
	var out []string
	for _, s := range strips {
		var low, high layerCell // by their colours, then by their values
		none := 0
		for _, l := range s.layers {
			if l.none {
				none++
				continue
			}
			if low.layer == "" || scale.below(l, low) {
				low = l
			}
			if high.layer == "" || scale.below(high, l) {
				high = l
			}
		}
		text := fmt.Sprintf("%s: %s", s.name, wording.Count(len(s.layers), "layer", "layers"))
		if none < len(s.layers) {
			_, least := scale.of(low)
			_, most := scale.of(high)
			text += fmt.Sprintf("; "+scale.least+", "+scale.most, least, low.layer, most, high.layer)
		}
		if none > 0 {
			text += fmt.Sprintf("; %d without a counterpart", none)
		}
		out = append(out, text)
	}
	return shown(strings.Join(out, ". ")) + "."
}

// below reports whether a layer is less like its counterpart than another one.
func (h heatScale) below(a, b layerCell) bool {
	x, _ := h.of(a)
	y, _ := h.of(b)
	return x < y || x == y && (a.agreement < b.agreement || a.distance > b.distance)
}

// tablePerRow is how many layers share a row of the table that repeats a strip.
const tablePerRow = 8

// stripTable is a comparison as a table: some layers that follow each other in
// a row, with their values in their order.
func stripTable(scale heatScale, s strip) *table {
	var rows [][]layerCell
	for _, l := range s.layers {
		if n := len(rows); n > 0 && len(rows[n-1]) < tablePerRow && follows(rows[n-1][len(rows[n-1])-1], l) {
			rows[n-1] = append(rows[n-1], l)
			continue
		}
		rows = append(rows, []layerCell{l})
	}
	columns := []column{{Title: "Layers"}, {Title: "Layers of the " + scale.upstream}, {Title: scale.column}}
	return tableOf("Layers compared with "+s.name, columns, rows, maxStripLayers, "", func(r []layerCell) []cell {
		first, last := r[0], r[len(r)-1]
		layers := cell{text(spanOf(first.layer, last.layer))}
		if first.none {
			return []cell{layers, {note("no counterpart")}, {note("-")}}
		}
		var shares []string
		for _, l := range r {
			_, value := scale.of(l)
			shares = append(shares, value)
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
