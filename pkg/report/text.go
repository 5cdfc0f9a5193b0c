package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/wording"
)

// TextOptions steer Text; the zero value works.
type TextOptions struct {
	// Verbose also lists digests, upstreams with their evidence, files, and
	// gaps that leave no weights unseen.
	Verbose bool
	// Color marks what a reader looks for first with the colours of a terminal.
	// Only ChangesText has any.
	Color bool
}

// Text prints a summary for a terminal or a log. It uses no colour and no
// control characters.
func Text(w io.Writer, d *bom.Document, o TextOptions) error {
	t := &textWriter{w: w, view: newView(d), verbose: o.Verbose}
	t.head()
	t.partTable()
	t.licences()
	t.statedMeaning()
	t.lineage()
	t.findings()
	t.gaps()
	t.files()
	return t.err
}

type textWriter struct {
	*view
	w       io.Writer
	verbose bool
	color   bool
	err     error
}

func (t *textWriter) printf(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.w, format, args...)
	}
}

// field prints one line of the head, unless the value is empty.
func (t *textWriter) field(name, value string) {
	if value != "" && value != "-" {
		t.printf("  %-13s %s\n", name, value)
	}
}

func (t *textWriter) head() {
	c := t.byRef[t.Subject]
	if c == nil {
		return
	}
	t.printf("%s\n", strings.TrimSpace(label(c)+" "+bom.Clean(c.Version)+t.mark(statedVersion(c))))
	if m := c.Model; m != nil {
		t.field("task", bom.Clean(m.Task))
		architecture := bom.Clean(m.Architecture)
		if m.Family != "" && m.Architecture != "" {
			architecture += " (" + bom.Clean(m.Family) + ")"
		}
		t.field("architecture", cmp.Or(architecture, bom.Clean(m.Family)))
		if m.Parameters > 0 {
			t.field("parameters", fmt.Sprintf("%s in %s, %s%s", count(m.Parameters), wording.Count(m.Tensors, "tensor", "tensors"), bytes(m.Bytes), t.otherForms()))
		}
	}
	t.field("licence", cmp.Or(t.shortLicences(c), "none stated"))
	t.field("origin", t.origins(c))
	t.field("data sets", shortList(t.related(bom.TrainedOn), 5))
	t.field("depends on", shortList(t.related(bom.DependsOn), 5))
	t.field("package URL", bom.Clean(c.PURL)+t.mark(statedPURL(c)))
	t.field("searched", t.searched())
}

// statedMeaning says what the mark means, where there was one.
func (t *textWriter) statedMeaning() {
	if t.marked {
		t.printf("\n")
		t.paragraph(statedMark+": "+statedMeaning, "  ", "    ")
	}
}

// searched names what origins were looked for in.
func (t *textWriter) searched() string {
	var names []string
	for _, in := range t.Inputs {
		switch in.Kind {
		case "catalogue":
			names = append(names, "the built-in catalogue "+bom.Clean(in.Version))
		case "index":
			names = append(names, "index "+bom.Clean(in.Name))
		}
	}
	return strings.Join(names, ", ")
}

// otherForms says how many parts the totals leave out as other forms of what
// they count.
func (t *textWriter) otherForms() string {
	n := 0
	for _, c := range t.Components {
		if slices.Contains(c.Properties, bom.Property{Name: "modelbom:alternative", Value: "true"}) {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", without %s", wording.Count(n, "other form", "other forms"))
}

// related lists what the subject has a relation to, each once.
func (t *textWriter) related(relation bom.Relation) []string {
	var names []string
	for _, r := range t.Relationships {
		if r.From != t.Subject || r.Type != relation {
			continue
		}
		name := label(t.byRef[r.To])
		if relation == bom.DependsOn && r.Note != "" {
			name += " (" + bom.Clean(r.Note) + ")"
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func shortList(items []string, most int) string {
	if len(items) > most {
		return strings.Join(items[:most], ", ") + fmt.Sprintf(" and %d more", len(items)-most)
	}
	return strings.Join(items, ", ")
}

// partTable lists the parts. Code files are one row.
func (t *textWriter) partTable() {
	rows := [][]string{{"PART", "PARAMETERS", "LAYERS", "TYPE", "SIZE", "ORIGIN"}}
	code, codeSize := 0, int64(0)
	for _, c := range t.parts() {
		if c.Role == bom.RoleCode && c.File != nil {
			code++
			codeSize += c.File.Size
			continue
		}
		rows = append(rows, t.row(c))
	}
	if code > 0 {
		rows = append(rows, []string{fmt.Sprintf("code (%s)", wording.Count(code, "file", "files")), "-", "-", "-", bytes(codeSize), "-"})
	}
	if len(rows) == 1 {
		return
	}
	t.printf("\n")
	if t.err == nil {
		t.err = Table(t.w, rows, "lrrlrl")
	}
	if !t.verbose {
		return
	}
	t.printf("\nWEIGHTS\n")
	for _, c := range t.parts() {
		if c.Model != nil {
			t.printf("  %s  %s\n", partLabel(c), cmp.Or(c.Model.WeightsDigest, "no digest"))
		}
	}
}

func (t *textWriter) row(c *bom.Component) []string {
	parameters, stack := "-", "-"
	if m := c.Model; m != nil {
		parameters = count(m.Parameters)
		if m.Layers > 0 {
			stack = fmt.Sprint(m.Layers)
		}
	}
	if c.Kind == bom.KindModel && (c.Model == nil || c.Model.Parameters == 0 && c.Model.Tensors == 0) {
		parameters = "not read"
	}
	return []string{partLabel(c), parameters, stack, dtypes(c.Model), bytes(t.size(c)), t.origins(c)}
}

// partLabel is the role and what tells it from others of that role.
func partLabel(c *bom.Component) string {
	_, qualifier, found := strings.Cut(strings.TrimPrefix(string(c.Ref), "part:"), ":")
	if found && strings.HasPrefix(string(c.Ref), "part:") {
		return bom.Clean(string(c.Role) + " (" + qualifier + ")")
	}
	return bom.Clean(string(c.Role))
}

// lineage states in words what was found about where the parts come from. What
// is only declared, or was not found, stands in the table and is told in words
// when asked for.
func (t *textWriter) lineage() {
	first := true
	told := map[string]bool{}
	for _, c := range t.parts() {
		t.lineageOf(c, &first, told)
	}
	if c := t.byRef[t.Subject]; c != nil && c.Role == "" {
		t.lineageOf(c, &first, told)
	}
}

// lineageOf tells the origins of one component, each sentence once.
func (t *textWriter) lineageOf(c *bom.Component, first *bool, told map[string]bool) {
	for _, o := range c.Origins {
		key := string(o.Reference) + o.Sentence
		if o.Sentence != "" && told[key] {
			continue
		}
		told[key] = true
		said := o.Verdict != bom.VerdictDeclaredOnly && !o.Verdict.Open()
		if !said && !t.verbose {
			continue
		}
		if *first {
			t.printf("\nORIGINS\n")
			*first = false
		}
		t.printf("  %s\n", t.verdictLine(c, o))
		if o.Sentence != "" {
			t.paragraph(bom.Clean(o.Sentence), "    ", "    ")
		}
		if o.Limits != "" {
			t.paragraph(bom.Clean(o.Limits), "    ", "    ")
		}
		if !t.verbose {
			continue
		}
		for _, e := range o.Evidence {
			place := strings.TrimSpace(bom.Clean(e.Path) + " " + bom.Clean(e.Key))
			t.paragraph(strings.TrimSuffix(place+": "+bom.Clean(e.Value), ": "), "      ", "        ")
		}
	}
}

// verdictLine is a verdict in short: of what, in respect of what, and how strong
// the evidence is.
func (t *textWriter) verdictLine(c *bom.Component, o bom.Origin) string {
	line := string(c.Ref)
	if c.Role != "" {
		line = partLabel(c)
	}
	line += ": " + string(o.Verdict)
	if o.Reference != "" {
		line += " " + label(t.byRef[o.Reference])
	}
	if o.Strength != "" {
		line += " (evidence: " + string(o.Strength) + ")"
	}
	return bom.Clean(line)
}

// lineWidth is the width to which sentences are broken.
const lineWidth = 100

func (t *textWriter) paragraph(text, first, rest string) {
	if t.err == nil {
		t.err = paragraph(t.w, text, first, rest)
	}
}

// Paragraph prints text, made safe for a terminal, broken into lines that all
// begin with the indent.
func Paragraph(w io.Writer, text, indent string) error {
	return paragraph(w, bom.Clean(text), indent, indent)
}

func paragraph(w io.Writer, text, first, rest string) error {
	var b strings.Builder
	line := first
	for i, word := range strings.Fields(text) {
		if i > 0 && width(line)+1+width(word) > lineWidth {
			b.WriteString(line + "\n")
			line = rest + word
			continue
		}
		if i > 0 {
			line += " "
		}
		line += word
	}
	b.WriteString(line + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// findings lists complaints, the gravest first. What only informs is counted, or
// listed when asked for.
func (t *textWriter) findings() {
	var shown []bom.Finding
	hidden := 0
	for _, f := range t.Findings {
		if f.Severity == bom.SeverityInfo && !t.verbose {
			hidden++
			continue
		}
		shown = append(shown, f)
	}
	if len(shown)+hidden == 0 {
		return
	}
	slices.SortStableFunc(shown, func(a, b bom.Finding) int { return cmp.Compare(severityRank(a.Severity), severityRank(b.Severity)) })
	t.printf("\nFINDINGS\n")
	for _, f := range shown {
		place := bom.Clean(f.Path)
		if place == "" {
			place = bom.Clean(cmp.Or(string(f.Ref), "the model"))
		}
		t.paragraph(fmt.Sprintf("%s %s: %s: %s", f.Severity, bom.Clean(f.Rule), place, bom.Clean(f.Message)), "  ", "    ")
	}
	if hidden > 0 {
		t.printf("  %d of severity info (listed with -v)\n", hidden)
	}
}

// gaps lists what was not seen. Weights come first and are always shown; the
// rest is counted, or listed when asked for.
func (t *textWriter) gaps() {
	var weights, others []bom.Gap
	for _, g := range t.Gaps {
		if g.Kind.Weights() {
			weights = append(weights, g)
		} else {
			others = append(others, g)
		}
	}
	if len(weights)+len(others) == 0 {
		return
	}
	t.printf("\nNOT SEEN\n")
	shown := weights
	if t.verbose {
		shown = append(shown, others...)
	}
	for _, g := range shown {
		t.printf("  %s\n", GapLine(g))
	}
	if !t.verbose && len(others) > 0 {
		kinds := map[bom.GapKind]int{}
		for _, g := range others {
			kinds[g.Kind]++
		}
		var text []string
		for _, k := range sortedKinds(kinds) {
			text = append(text, wording.Count(kinds[k], string(k), gapPlural(k)))
		}
		t.printf("  %s (listed with -v)\n", strings.Join(text, ", "))
	}
}

// gapPlural is the word for several gaps of a kind. Some kinds are nouns.
func gapPlural(k bom.GapKind) string {
	switch k {
	case bom.GapUnreadFile, bom.GapLimit:
		return string(k) + "s"
	case bom.GapLoss:
		return string(k) + "es"
	}
	return string(k)
}

// GapLine is one gap as a line of text.
func GapLine(g bom.Gap) string {
	place := g.Path
	if place == "" {
		place = string(g.Ref)
	}
	if place == "" {
		return bom.Clean(fmt.Sprintf("%s: %s", g.Kind, g.Reason))
	}
	return bom.Clean(fmt.Sprintf("%s: %s: %s", g.Kind, place, g.Reason))
}

func (t *textWriter) files() {
	n, size, hashed := 0, int64(0), 0
	for _, c := range t.Components {
		if c.Kind != bom.KindFile || c.File == nil {
			continue
		}
		n++
		size += c.File.Size
		if len(c.Hashes) > 0 {
			hashed++
		}
	}
	if n == 0 {
		return
	}
	t.printf("\n%s, %s, %d with digests\n", wording.Count(n, "file", "files"), bytes(size), hashed)
	if !t.verbose {
		return
	}
	for _, c := range t.Components {
		if c.Kind != bom.KindFile || c.File == nil {
			continue
		}
		digest := "no digest"
		for _, h := range c.Hashes {
			switch {
			case h.Algorithm != bom.SHA256:
			case !h.Asserted:
				digest = "sha256:" + h.Value
			case digest == "no digest":
				digest = "sha256:" + h.Value + " (asserted)"
			}
		}
		t.printf("  %s  %s  %s\n", digest, bytes(c.File.Size), bom.Clean(c.Name))
	}
}
