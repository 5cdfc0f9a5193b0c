package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/modelbom/modelbom/pkg/bom"
)

// maxCell keeps one long name from pushing the columns off the screen; the
// whole text is in the documents.
const maxCell = 60

// Table prints rows in columns, made safe for a terminal. Align has a letter for
// each column: l for left, r for right. All rows have as many cells.
func Table(w io.Writer, rows [][]string, align string) error {
	widths := make([]int, len(align))
	for _, row := range rows {
		for i := range row {
			row[i] = bom.Cut(bom.Clean(row[i]), maxCell)
			widths[i] = max(widths[i], width(row[i]))
		}
	}
	for _, row := range rows {
		line := " "
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-width(cell))
			if align[i] == 'r' {
				cell = pad + cell
			} else {
				cell += pad
			}
			line += " " + cell + " "
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " ")); err != nil {
			return err
		}
	}
	return nil
}

// width is how many columns a terminal gives to text: two for the wide forms
// of East Asian scripts (Unicode Standard Annex #11), one for others.
func width(s string) int {
	n := utf8.RuneCountInString(s)
	for _, r := range s {
		if r >= 0x1100 && (r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 ||
			r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 || r >= 0x1f300 && r <= 0x1faff || r >= 0x20000 && r <= 0x3fffd) {
			n++
		}
	}
	return n
}
