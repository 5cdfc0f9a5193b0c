package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/policy"
)

// MarkdownOptions steer Markdown; the zero value works.
type MarkdownOptions struct {
	// MaxRows is how many rows a table has at most; 0 means 100. Hosts of code
	// refuse comments of more than about 65,000 characters.
	MaxRows int
	// Verbose adds the evidence under each verdict.
	Verbose bool
	// Results are those of policies that the document was checked against.
	Results []*policy.Result
}

// Markdown writes a document for a pull request or for minutes, in GitHub's
// dialect: headings, lists, tables. It says what HTML says but for pictures,
// which have tables beside them. No text of the document can become markup, a
// link, a mention of a person or a reference to an issue; the only HTML tags
// are code and br, and they are ours.
func Markdown(w io.Writer, d *bom.Document, o MarkdownOptions) error {
	rows := o.MaxRows
	if rows <= 0 {
		rows = defaultMarkdownRows
	}
	return writeMarkdown(w, pageOf(d, rows, o.Verbose, o.Results...))
}

func writeMarkdown(w io.Writer, p *page) error {
	m := &markdownWriter{}
	m.line("# " + markdownSpans(p.Heading))
	m.line(markdownText(p.Kicker))
	for _, l := range p.Lead {
		m.line(markdownSpans(l))
	}
	m.figures(p.Figures)
	m.facts(p.Facts)
	for _, s := range p.Sections {
		m.line("## " + markdownText(s.Title))
		if len(s.Intro) > 0 {
			m.line(markdownSpans(s.Intro))
		}
		m.blocks(s.Blocks, 3)
	}
	for _, f := range p.Footer {
		m.line(markdownSpans(f))
	}
	_, err := io.WriteString(w, m.w.String())
	return err
}

type markdownWriter struct {
	w       strings.Builder // a page is bounded
	written bool
}

// line writes a paragraph, heading or item, with an empty line before it.
func (m *markdownWriter) line(s string) {
	if m.written {
		m.w.WriteByte('\n')
	}
	m.written = true
	m.w.WriteString(s + "\n")
}

func (m *markdownWriter) figures(figures []figure) {
	var parts []string
	for _, f := range figures {
		parts = append(parts, "**"+markdownText(f.Value)+"** "+markdownText(f.Label))
	}
	if len(parts) > 0 {
		m.line(strings.Join(parts, " · "))
	}
}

func (m *markdownWriter) facts(facts []fact) {
	for i, f := range facts {
		item := "- " + markdownText(f.Name) + ": " + markdownSpans(f.Value)
		if i == 0 {
			m.line(item)
		} else {
			m.w.WriteString(item + "\n")
		}
	}
}

func (m *markdownWriter) blocks(blocks []block, level int) {
	for _, b := range blocks {
		if len(b.Text) > 0 {
			m.line(markdownSpans(b.Text))
		}
		m.facts(b.Facts)
		if b.Table != nil {
			m.table(b.Table)
		}
		if b.Drawing != nil {
			m.blocks(b.Drawing.Twin, level)
		}
		if b.Card != nil {
			heading := strings.Repeat("#", level) + " " + markdownSpans(b.Card.Heading)
			if b.Card.Note != "" {
				heading += ", " + markdownText(b.Card.Note)
			}
			m.line(heading)
			m.blocks(b.Card.Blocks, level+1)
		}
		if b.Verdict != nil {
			m.verdict(b.Verdict, level)
		}
		if b.Details != nil {
			m.blocks(b.Details.Blocks, level)
		}
	}
}

func (m *markdownWriter) verdict(v *verdictBlock, level int) {
	m.line(strings.Repeat("#", level) + " " + markdownSpans(v.Title))
	if v.Sentence != "" {
		m.line("> " + markdownText(v.Sentence))
	}
	facts := []fact{{"The verdict means", []span{text(v.Meaning)}}}
	if v.Limits != "" {
		facts = append(facts, fact{"What this does not show", []span{text(v.Limits)}})
	}
	facts = append(facts, fact{"Evidence", []span{text(v.Strength)}})
	if len(v.Relation) > 0 {
		facts = append(facts, fact{"Relation", v.Relation})
	}
	m.facts(facts)
	m.blocks(v.Blocks, level)
}

func (m *markdownWriter) table(t *table) {
	m.line("**" + markdownText(t.Caption) + "**")
	var head, rule []string
	for _, c := range t.Columns {
		head = append(head, markdownText(c.Title))
		if c.Numeric {
			rule = append(rule, "---:")
		} else {
			rule = append(rule, "---")
		}
	}
	m.line("| " + strings.Join(head, " | ") + " |")
	fmt.Fprintf(&m.w, "| %s |\n", strings.Join(rule, " | "))
	for _, row := range t.Rows {
		for _, c := range row {
			m.w.WriteString("| " + markdownSpans(c) + " ")
		}
		m.w.WriteString("|\n")
	}
	if t.More != "" {
		m.line(markdownText(t.More))
	}
}

// markdownSpans writes spans on one line.
func markdownSpans(spans []span) string {
	var b strings.Builder
	for _, s := range spans {
		switch s.Kind {
		case spanCode:
			b.WriteString(markdownCode(s.Text))
		case spanStrong, spanBadge:
			if inner := strings.TrimRight(s.Text, " "); inner != "" {
				// A space before the closing stars would make them text.
				b.WriteString("**" + markdownText(inner) + "**" + s.Text[len(inner):])
			}
		case spanBreak:
			b.WriteString("<br>")
		case spanLink:
			b.WriteString(markdownLink(s))
		default:
			b.WriteString(edges(s.Text, markdownText(s.Text)))
		}
	}
	return b.String()
}

// edges keeps a blank at the ends of text, which stands between spans.
func edges(s, written string) string {
	if written == "" {
		return strings.Repeat(" ", min(len(s), 1))
	}
	if strings.HasPrefix(s, " ") {
		written = " " + written
	}
	if strings.HasSuffix(s, " ") {
		written += " "
	}
	return written
}

// markdownLink writes the address of a link that leaves the page. It is kept as
// code and not made a link: minutes and reviews show where it leads, and
// nobody follows it by accident.
func markdownLink(s span) string {
	if s.Host == "" {
		return markdownText(s.Text)
	}
	return markdownCode(s.Href)
}
