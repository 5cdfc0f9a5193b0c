package report

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A drawing is a picture made of plain shapes. Colours, line styles and fonts
// come from the style sheet by class. A drawing repeats what stands in words
// beside it: its text alternative is Desc and the table or list Twin.
type drawing struct {
	ID, Title, Desc string
	Class           string
	Width, Height   int
	Marks           []mark
	// Twin says the same as the picture.
	Twin []block
	// TwinSummary hides the twin until it is asked for; empty shows it.
	TwinSummary string
}

// A mark is one shape. Coordinates are user units of the picture's view box.
type mark struct {
	Kind       string // "rect", "path", "circle", "text"
	Class      string
	X, Y, W, H int
	D          string // of a path
	Text       string
	Title      string // shown when pointed at
}

func rect(class string, x, y, w, h int) mark {
	return mark{Kind: "rect", Class: class, X: x, Y: y, W: w, H: h}
}

// words places text by its baseline.
func words(class string, x, y int, s string) mark {
	return mark{Kind: "text", Class: class, X: x, Y: y, Text: shown(s)}
}

// says is a mark that tells something when it is pointed at.
func (m mark) says(lines ...string) mark {
	for i, l := range lines {
		lines[i] = shown(l)
	}
	m.Title = strings.Join(lines, "\n")
	return m
}

func circle(class string, x, y, r int) mark {
	return mark{Kind: "circle", Class: class, X: x, Y: y, W: r}
}

func path(class, format string, args ...any) mark {
	return mark{Kind: "path", Class: class, D: fmt.Sprintf(format, args...)}
}

// fitLines breaks text into at most so many lines of so many columns, as width
// counts them, at a blank, slash, dash, dot or underscore where there is one.
// What does not fit is cut with "…".
func fitLines(s string, columns, most int) []string {
	var out []string
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		if width(s) <= columns {
			return append(out, s)
		}
		if len(out) == most-1 {
			return append(out, s[:fitting(s, columns-1)]+"…")
		}
		end := fitting(s, columns)
		if at := strings.LastIndexAny(s[:end], " /-._:"); at >= end/2 {
			end = at + 1
		}
		out = append(out, strings.TrimSpace(s[:end]))
		s = s[end:]
	}
	return out
}

// fitting is how many bytes of text fill so many columns, at least one
// character. Marks that combine with the character before them stay with it.
func fitting(s string, columns int) int {
	n := 0
	for i, r := range s {
		n += width(string(r))
		if n > columns && i > 0 && !combining(r) {
			return i
		}
		if i > 64*columns {
			break
		}
	}
	_, size := utf8.DecodeRuneInString(s)
	return max(size, min(len(s), 64*columns))
}
