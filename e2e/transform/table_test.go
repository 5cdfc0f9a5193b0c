package transform

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// table writes the page.
func table(t *truth, lines []line) string {
	var b strings.Builder
	right := 0
	for _, l := range lines {
		if len(l.wrong) == 0 {
			right++
		}
	}
	fmt.Fprintf(&b, head, len(lines), len(t.Index), right)
	b.WriteString("| transformation | moved by (PyTorch) | verdict | of | also named | agreement | rho | distance | Z | best stranger, Z |\n")
	b.WriteString("| --- | ---: | --- | --- | --- | ---: | ---: | ---: | ---: | --- |\n")
	for _, l := range lines {
		b.WriteString(l.markdown())
	}
	b.WriteString("\n## The index\n\n| model | what it is |\n| --- | --- |\n")
	for _, r := range t.Index {
		fmt.Fprintf(&b, "| %s | %s |\n", r.ID, r.What)
	}
	b.WriteString("\n## Why each is expected\n\n| row | expected | why |\n| --- | --- | --- |\n")
	for _, l := range lines {
		r := l.row
		fmt.Fprintf(&b, "| %s | %s | %s |\n", r.Name, strings.Join(append([]string{r.Verdict}, r.Also...), " or "), r.Why)
	}
	for _, name := range slices.Sorted(maps.Keys(t.LeftOut)) {
		fmt.Fprintf(&b, "\n%s was left out: %s.\n", name, t.LeftOut[name])
	}
	var libraries []string
	for _, name := range slices.Sorted(maps.Keys(t.Libraries)) {
		libraries = append(libraries, name+" "+t.Libraries[name])
	}
	fmt.Fprintf(&b, "\nMade with %s.\n", strings.Join(libraries, ", "))
	return b.String()
}

const head = `# Transformations

What modelbom says of a real transformer after the things that happen to weights
before somebody publishes them again. Written by ` + "`make transformations`" + `; not by hand.

%d models were made by the real libraries and looked for in an index of %d. For
%d the verdict, the parent and, where layers moved, the layer map are right. A row
that is not is marked, and one whose verdict is true but not the one hoped for is
called accepted; the last table says why.

*moved by* is |W - P| / |P| over the matrices of layers, measured by PyTorch where
weights moved; *agreement*, *rho*, *distance* and *Z* are what modelbom measured
on its sketches against the model in the column *of*. The *best stranger* is the
model of the same shape, not of the parent's family, with the largest Z: chance.
The small decoders and all look-alikes were trained for this table, for a short
time, on documentation of software.

`

func (l line) markdown() string {
	moved, numbers, stranger := "", "| | | | ", ""
	if l.row.Delta != nil {
		moved = fmt.Sprintf("%.3f", *l.row.Delta)
	}
	if s := l.stat; s != nil && s.Bits > 0 {
		numbers = fmt.Sprintf("| %.4f | %.3f | %.3f | %.0f ", s.Agreement, s.Rho, s.Delta, s.Z)
	}
	if l.second != "" {
		stranger = fmt.Sprintf("%s, %.1f", short(l.second), l.z)
	}
	verdict := l.first.verdict
	if len(l.wrong) > 0 {
		verdict = "**" + verdict + "** (want " + l.row.Verdict + ")"
	}
	if len(l.wrong) == 0 && slices.Contains(l.row.Also, l.first.verdict) {
		verdict += " (accepted)"
	}
	if l.deep != "" {
		verdict += "; in depth: " + l.deep
	}
	var also []string
	for _, id := range l.tied {
		also = append(also, short(id))
	}
	return fmt.Sprintf("| %s: %s | %s | %s | %s | %s %s| %s |\n", l.row.Name, l.row.What, moved, verdict, short(l.first.reference), strings.Join(also, ", "), numbers, stranger)
}

// short is an ID without its group.
func short(id string) string { return id[strings.LastIndexByte(id, '/')+1:] }
