package report

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/e2e/browser/documents"
	"github.com/modelbom/modelbom/pkg/bom"
)

func drawn(d *bom.Document) *drawing {
	for _, s := range pageOf(d, 100, true).Sections {
		if s.ID == "lineage" {
			return s.Blocks[0].Drawing
		}
	}
	return nil
}

// TestGraph checks that nothing in a picture of the lineage lies on something
// else, however many parts there are and whatever they are called.
func TestGraph(t *testing.T) {
	for name, d := range map[string]*bom.Document{
		"1": documents.OnePart(), "16": documents.ManyParts(16), "40": documents.ManyParts(40), "300": documents.ManyParts(300),
		"showcase": documents.Showcase(), "hostile": documents.Hostile(), "nothing": {},
	} {
		g := drawn(d)
		var boxes, texts []mark
		for _, m := range g.Marks {
			switch {
			case m.Kind == "rect" && m.Class != "frame":
				boxes = append(boxes, m)
			case m.Kind == "text":
				texts = append(texts, m)
			}
			if m.Kind != "path" && (m.X < 0 || m.Y < 0 || m.X+max(m.W, 0) > g.Width || m.Y+m.H > g.Height) {
				t.Errorf("%s: %+v leaves the picture of %d by %d", name, m, g.Width, g.Height)
			}
		}
		for i, a := range boxes {
			for _, b := range boxes[:i] {
				if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
					t.Errorf("%s: boxes lie on each other: %+v %+v", name, a, b)
				}
			}
		}
		for i, a := range texts {
			for _, b := range texts[:i] {
				if a.X == b.X && a.Y-b.Y < 12 && b.Y-a.Y < 12 {
					t.Errorf("%s: texts lie on each other: %+v %+v", name, a, b)
				}
			}
			if a.Class == "title" && width(a.Text) > titleColumns+2 {
				t.Errorf("%s: a title has %d columns: %q", name, width(a.Text), a.Text)
			}
		}
	}
}

// TestGraphSays checks that every relation of a part is drawn with its verdict,
// in a line of its kind.
func TestGraphSays(t *testing.T) {
	g := drawn(documents.Showcase())
	verdicts, edges := map[string]int{}, map[string]int{}
	for _, m := range g.Marks {
		switch {
		case m.Class == "verdict":
			verdicts[m.Text]++
		case m.Kind == "path":
			edges[m.Class]++
		}
	}
	for _, v := range bom.Verdicts() {
		if want := 1; verdicts[string(v)] < want {
			t.Errorf("the picture lacks the verdict %q", v)
		}
	}
	// One line for each relation and one in the legend for each kind.
	want := map[string]int{"edge e-same": 3 + 1, "edge e-derived": 2 + 1, "edge e-partly": 3 + 1, "edge e-declared": 1 + 1, "edge e-none": 1 + 1, "edge e-open": 2 + 1}
	for class, n := range want {
		if edges[class] != n {
			t.Errorf("%d lines of class %q, want %d", edges[class], class, n)
		}
	}
	for _, want := range []string{"12 parts on the left, 5 upstreams on the right", "language-model: trained-from acme/base-32b", "projector: unknown"} {
		if !strings.Contains(g.Desc, want) {
			t.Errorf("the description lacks %q: %s", want, g.Desc)
		}
	}
}

func TestStrip(t *testing.T) {
	evidence := []bom.Evidence{
		{Key: "layers:1", Value: "0>0:1.000 1>3:0.512 2>-"}, {Key: "layers:2", Value: "3>4:0.9"}, {Key: "frozen", Value: "59.8 %"}, {Key: "note:1", Value: "9>9:1.000"},
		{Key: "layers:3", Value: "x>1:0.5 1>y:0.5 1>1:NaN 1>1:2 1>1:-1 -1>1:0.5 1:0.5 1>1 99999999999999999999>1:0.5 \x1b>1:0.5"},
	}
	s := stripOf(evidence)
	want := []layerCell{{layer: "0", counterpart: "0", agreement: 1}, {layer: "1", counterpart: "3", agreement: 0.512}, {layer: "2", counterpart: "-", none: true}, {layer: "3", counterpart: "4", agreement: 0.9}}
	if fmt.Sprint(s.layers) != fmt.Sprint(want) || s.facts != "unchanged: 59.8 %" {
		t.Errorf("got %v and %q, want %v", s.layers, s.facts, want)
	}
	many := strings.Repeat("1>1:0.750 ", 100000)
	if n := len(stripOf([]bom.Evidence{{Key: "layers:1", Value: many}}).layers); n != maxStripLayers {
		t.Errorf("%d layers are drawn", n)
	}
}

func TestHeat(t *testing.T) {
	for x, want := range map[float64]int{0: 0, 0.5: 0, 0.549: 0, 0.55: 1, 0.7: 2, 0.85: 3, 0.95: 4, 0.99: 5, 0.9994: 5, 0.9995: 6, 1: 6} {
		if got := heat(x); got != want {
			t.Errorf("heat(%g) = %d, want %d", x, got, want)
		}
	}
}

func TestFitLines(t *testing.T) {
	for _, c := range []struct {
		in   string
		most int
		want string
	}{
		{"short", 2, "short"},
		{"acme/base-model-large", 2, "acme/base-|model-lar…"},
		{"aaaaaaaaaaaaaaa", 2, "aaaaaaaaaa|aaaaa"},
		{"aaaaaaaaaaaaaaaaaaaaaaaa", 2, "aaaaaaaaaa|aaaaaaaaa…"},
		{"모델모델모델모델", 3, "모델모델모|델모델"},
		{"", 2, ""},
		{"e\u0301e\u0301e\u0301", 1, "e\u0301e\u0301e\u0301"},
	} {
		if got := strings.Join(fitLines(c.in, 10, c.most), "|"); got != c.want {
			t.Errorf("fitLines(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestMovement(t *testing.T) {
	for _, c := range []struct {
		layer layerCell
		step  int
		value string
	}{
		{layerCell{agreement: 1, frozen: 1, distance: math.NaN()}, 6, "same"},
		{layerCell{agreement: 1, frozen: 0.5, distance: 0.0042}, 5, "0.42 %"},
		{layerCell{agreement: 0.9, distance: 0.25}, 2, "25 %"},
		{layerCell{agreement: 0.5, distance: 1.4}, 0, "140 %"},
		{layerCell{agreement: 0.9, frozen: math.NaN(), distance: math.NaN()}, 3, "0.900"},
	} {
		if step, value := movement(c.layer); step != c.step || value != c.value {
			t.Errorf("%+v is %d, %q, want %d, %q", c.layer, step, value, c.step, c.value)
		}
	}
	cells := []layerCell{{layer: "0", counterpart: "0", agreement: 1, frozen: 1, distance: math.NaN()}, {layer: "1", counterpart: "1", agreement: 1, distance: 0.02}}
	if got := describeStrips(movements(), []strip{{name: "old", layers: cells}}); !strings.Contains(got, "most: 2 % in layer 1") || !strings.Contains(got, "least: same in layer 0") {
		t.Error(got)
	}
}
