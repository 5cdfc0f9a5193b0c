package report

import (
	"cmp"
	"fmt"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/wording"
)

// A page is what a report says, in the order in which it is read, with nothing
// of how it is written: HTML and Markdown are two ways to write the same page. A
// document makes one page; changes between two documents make another from the
// same pieces.
//
// All text of a page is clean (see [bom.Clean]): the functions that make spans
// see to it. Escaping for HTML or Markdown is the writers' work.
type page struct {
	Title    string // of the window
	Kicker   string // what kind of report this is
	Heading  []span
	Lead     []paragraphSpans // the answer in short
	Facts    []fact
	Figures  []figure
	Sections []section
	Footer   []paragraphSpans
}

// A paragraphSpans is one paragraph.
type paragraphSpans []span

// A section is one chapter; its ID is its place in the page's address.
type section struct {
	ID, Title string
	Count     string // shown beside the title in the contents, "3"
	Intro     paragraphSpans
	Blocks    []block
}

// A block is one of its fields.
type block struct {
	Text    paragraphSpans
	Facts   []fact
	Table   *table
	Drawing *drawing
	Card    *card
	Verdict *verdictBlock
	Details *details
}

// A fact is a name with its value.
type fact struct {
	Name  string
	Value []span
}

// A figure is a number that the page begins with.
type figure struct {
	Value, Label string
	Href         string // a place in the page
}

// A card holds what there is to say about one thing.
type card struct {
	ID      string // empty for one that nothing leads to
	Heading []span
	Note    string // beside the heading
	Blocks  []block
}

// A verdictBlock is one verdict, as it can be quoted.
type verdictBlock struct {
	Title    []span // "trained-from acme/vit"
	Group    group
	Strength string
	Relation []span
	Sentence string
	Limits   string
	Meaning  string // what the verdict's word means
	Blocks   []block
}

// Details are blocks that need not be seen at once. Print shows them.
type details struct {
	Summary string
	Blocks  []block
}

// A table has a caption, and a name for each column.
type table struct {
	Caption string
	Columns []column
	Rows    [][]cell
	// More says how many rows were left out and where they are.
	More string
}

// A column is numeric, or holds text that can be long.
type column struct {
	Title   string
	Numeric bool
	Narrow  bool // never wider than it needs
	Roomy   bool // wide enough for a digest or a path in few lines
	Wrap    bool // its badges may have two lines
}

// A cell is a line of spans for each value in it.
type cell []span

// A span is a run of text of one kind.
type span struct {
	Kind spanKind
	Text string
	Href string // of a spanLink: an http(s) address, or a place in the page
	Host string // of a spanLink that leaves the page
	Tone string // of a spanBadge
}

type spanKind string

const (
	spanText   spanKind = ""
	spanName   spanKind = "name"   // a name from a document: isolated, wraps anywhere
	spanCode   spanKind = "code"   // a path, a digest, an identifier
	spanStrong spanKind = "strong" // what a reader looks for first
	spanNote   spanKind = "note"   // an aside
	spanBadge  spanKind = "badge"  // a word of a fixed list
	spanLink   spanKind = "link"
	spanBreak  spanKind = "break"
)

// maxSpan is the longest text shown in one place, in characters. Our own
// documents keep to bom.MaxText; others may hold megabytes.
const maxSpan = bom.MaxText

func shown(s string) string { return bom.Cut(bom.Clean(s), maxSpan) }

func text(s string) span   { return span{Text: shown(s)} }
func name(s string) span   { return span{Kind: spanName, Text: shown(s)} }
func code(s string) span   { return span{Kind: spanCode, Text: shown(s)} }
func strong(s string) span { return span{Kind: spanStrong, Text: shown(s)} }
func note(s string) span   { return span{Kind: spanNote, Text: shown(s)} }

func textf(format string, args ...any) span { return text(fmt.Sprintf(format, args...)) }

// badge is a word of a fixed list; documents of others may hold longer ones.
func badge(word, tone string) span {
	return span{Kind: spanBadge, Text: bom.Cut(bom.Clean(word), maxBadge), Tone: tone}
}

// maxBadge is the longest badge: it is never broken into lines.
const maxBadge = 28

var lineBreak = span{Kind: spanBreak}

// lines puts values into one cell, each on its own line.
func lines(values ...[]span) cell {
	var c cell
	for _, v := range values {
		if len(v) == 0 {
			continue
		}
		if len(c) > 0 {
			c = append(c, lineBreak)
		}
		c = append(c, v...)
	}
	return c
}

// orDash is the cell of a value that can be empty.
func orDash(s string, make func(string) span) cell {
	if s == "" || s == "-" {
		return cell{note("-")}
	}
	return cell{make(s)}
}

// tableOf makes a table of the first most items, and says how many more there
// are. It is nil without items.
func tableOf[T any](caption string, columns []column, items []T, most int, where string, row func(T) []cell) *table {
	if len(items) == 0 {
		return nil
	}
	t := &table{Caption: caption, Columns: columns}
	for _, item := range items[:min(len(items), most)] {
		t.Rows = append(t.Rows, row(item))
	}
	if left := len(items) - most; left > 0 {
		t.More = fmt.Sprintf("%s left out here. %s", wording.CountThousands(left, "more is", "more are"), cmp.Or(where, "The document has the whole list."))
	}
	return t
}

// add appends blocks, and leaves out tables that are nil.
func add(blocks []block, tables ...*table) []block {
	for _, t := range tables {
		if t != nil {
			blocks = append(blocks, block{Table: t})
		}
	}
	return blocks
}
