package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/diff"
	"github.com/modelbom/modelbom/pkg/wording"
)

// ChangesText prints what changed for a terminal or a log: the summary, then the
// changes, those first that a reviewer needs first. With Verbose it also prints
// what was matched by what, and differences that are no changes. It uses colour
// when asked to and no other control characters.
func ChangesText(w io.Writer, c *diff.Changes, o TextOptions) error {
	t := &textWriter{w: w, verbose: o.Verbose, color: o.Color}
	t.side("old", c.Old)
	t.side("new", c.New)
	t.printf("\n%s\n", t.bold(bom.Clean(c.Summary)))
	for _, i := range diff.Importances() {
		t.changes(i, ofImportance(c, i))
	}
	if n := len(c.Notes); n > 0 && !t.verbose {
		t.printf("\n%s (listed with -v)\n", wording.Count(n, "difference is no change of the model", "differences are no changes of the model"))
	}
	if t.verbose {
		t.notes(c.Notes)
		t.matches(c.Matches)
	}
	return t.err
}

func (t *textWriter) side(word string, s diff.Side) {
	line := strings.TrimSpace(cmp.Or(s.Name, "unnamed") + " " + s.Version)
	line += fmt.Sprintf(", %s in %s", wording.Count(s.Parts, "part", "parts"), wording.Count(s.Components, "component", "components"))
	if s.Format != "" {
		line += ", " + s.Format
	}
	t.printf("%s  %s\n", word, bom.Clean(line))
}

// Colours of a terminal (ECMA-48, SGR).
const (
	sgrBold   = "1"
	sgrRed    = "31"
	sgrYellow = "33"
	sgrFaint  = "2"
)

func (t *textWriter) tint(sgr, s string) string {
	if !t.color {
		return s
	}
	return "\x1b[" + sgr + "m" + s + "\x1b[0m"
}

func (t *textWriter) bold(s string) string { return t.tint(sgrBold, s) }

func (t *textWriter) changes(i diff.Importance, list []diff.Change) {
	if len(list) == 0 {
		return
	}
	color := map[diff.Importance]string{diff.High: sgrRed, diff.Medium: sgrYellow}[i]
	t.printf("\n%s\n", t.tint(cmp.Or(color, sgrFaint), strings.ToUpper(string(i))))
	more := 0
	if !t.verbose && len(list) > maxTextChanges {
		list, more = list[:maxTextChanges], len(list)-maxTextChanges
	}
	for _, x := range list {
		t.printf("  %s  %s\n", t.bold(bom.Clean(string(x.Kind))), bom.Clean(cmp.Or(x.Name, "the document")))
		t.paragraph(bom.Clean(x.Text), "    ", "    ")
		if w := x.Weights; w != nil && w.Limits != "" {
			t.paragraph(bom.Clean(w.Limits), "    ", "    ")
		}
		details := x.Details
		if !t.verbose {
			details = details[:min(len(details), maxTextDetails)]
		}
		for _, d := range details {
			t.paragraph(bom.Clean(d), "      ", "        ")
		}
		if n := len(x.Details) - len(details); n > 0 {
			t.printf("      and %d more\n", n)
		}
	}
	if more > 0 {
		t.printf("  and %s more of %s importance (listed with -v)\n", wording.Count(more, "change", "changes"), i)
	}
}

// maxTextChanges is how many changes of an importance are printed unasked: what
// is beyond is another model, or the work of other programs.
const maxTextChanges = 200

// maxTextDetails is how many details of a change are printed unasked.
const maxTextDetails = 6

func (t *textWriter) notes(list []diff.Note) {
	if len(list) == 0 {
		return
	}
	t.printf("\nNO CHANGES OF THE MODEL\n")
	for _, n := range list {
		t.paragraph(bom.Clean(string(n.Kind)+": "+n.Text), "  ", "    ")
	}
}

func (t *textWriter) matches(list []diff.Match) {
	if len(list) == 0 || t.err != nil {
		return
	}
	rows := [][]string{{"OLD", "NEW", "MATCHED BY", "CHANGED"}}
	for _, m := range list {
		changed := "-"
		if m.Changed {
			changed = "yes"
		}
		rows = append(rows, []string{bom.Clean(string(m.Old)), bom.Clean(string(m.New)), string(m.By), changed})
	}
	t.printf("\n")
	if t.err == nil {
		t.err = Table(t.w, rows, "llll")
	}
}
