package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/policy"
	"github.com/modelbom/modelbom/pkg/wording"
)

// CheckOptions steer what is written of a check; the zero value works.
type CheckOptions struct {
	// Document is the name of the file that was checked, "" or "-" where there
	// is none.
	Document string
	// Rules are those of the policies and of the findings, for formats that
	// explain them.
	Rules []policy.Rule
	// FailOn is the severity from which findings count, or FailOnNone; empty is
	// medium.
	FailOn bom.Severity
	// Tool made the check.
	Tool bom.Tool
	// Verbose also lists reasons, what passes, and elements that are there.
	Verbose bool
}

// FailOnNone is the severity that no finding has.
const FailOnNone bom.Severity = "none"

// Counts reports a finding that is as grave as the options ask, or graver.
func (o CheckOptions) Counts(f bom.Finding) bool {
	return o.FailOn != FailOnNone && severityRank(f.Severity) <= severityRank(cmp.Or(o.FailOn, bom.SeverityMedium))
}

// CheckText prints what policies say of a document: each with its sentence, the
// grades of the parts, the rules that fail, the elements that are missing, and
// last the findings that count.
func CheckText(w io.Writer, d *bom.Document, results []*policy.Result, o CheckOptions) error {
	t := &textWriter{w: w, view: newView(d), verbose: o.Verbose}
	if c := t.byRef[d.Subject]; c != nil {
		t.printf("%s\n", strings.TrimSpace(label(c)+" "+bom.Clean(c.Version)))
	}
	for _, r := range results {
		t.result(r)
	}
	t.counted(o)
	return t.err
}

// outcomeWords is an outcome as people write it.
func outcomeWords(o policy.Outcome) string {
	return strings.ReplaceAll(bom.Clean(string(o)), "-", " ")
}

func (t *textWriter) result(r *policy.Result) {
	t.printf("\n%s: %s\n", strings.ToUpper(bom.Clean(r.Policy)), outcomeWords(r.Outcome))
	t.paragraph(bom.Clean(r.Sentence), "  ", "  ")
	if t.verbose {
		for _, p := range r.Parameters {
			t.printf("  %s = %s\n", bom.Clean(p.Name), cmp.Or(bom.Clean(p.Value), "(empty)"))
		}
	}
	t.gradeTable(r.Parts)
	for i := range r.Parts {
		t.partResult(&r.Parts[i])
	}
	t.verifications(r.Checks, r.Parts)
	t.elements(r.Elements)
	t.exceptions(r.Exceptions)
}

// gradeTable is one row for each part that is graded. What a policy does not
// say of any part has no column.
func (t *textWriter) gradeTable(parts []policy.PartResult) {
	if len(parts) == 0 {
		return
	}
	var names []string
	overall := false
	for _, p := range parts {
		for _, g := range p.Grades {
			if !slices.Contains(names, g.Name) {
				names = append(names, g.Name)
			}
		}
		overall = overall || p.Overall != ""
	}
	head := []string{"PART", "WHOSE"}
	for _, n := range names {
		head = append(head, strings.ToUpper(n))
	}
	if overall {
		head = append(head, "OVERALL")
	}
	rows := [][]string{append(head, "OUTCOME")}
	for _, p := range parts {
		row := []string{p.Name, strings.ReplaceAll(string(p.Foreign), "-", " ")}
		for _, n := range names {
			row = append(row, levelOf(p, n))
		}
		if overall {
			row = append(row, cmp.Or(levelWords(p.Overall), "-"))
		}
		rows = append(rows, append(row, outcomeWords(p.Outcome)))
	}
	t.printf("\n")
	if t.err == nil {
		t.err = Table(t.w, rows, strings.Repeat("l", len(rows[0])))
	}
}

func levelWords(l policy.Level) string { return strings.ReplaceAll(string(l), "-", " ") }

func levelOf(p policy.PartResult, grade string) string {
	for _, g := range p.Grades {
		if g.Name == grade {
			return cmp.Or(levelWords(g.Level), "-")
		}
	}
	return "-"
}

// partResult tells of one part in words; asked for, with the reasons.
func (t *textWriter) partResult(p *policy.PartResult) {
	if p.Sentence != "" && (t.verbose || p.Outcome != policy.NotApplicable) {
		t.printf("\n")
		t.paragraph(bom.Clean(p.Name+": "+p.Sentence), "  ", "    ")
	}
	if !t.verbose {
		return
	}
	for _, x := range p.Reuse {
		t.paragraph(fmt.Sprintf("%s: %s: %s", bom.Clean(string(x.Kind)), outcomeWords(x.Outcome), bom.Clean(x.Text)), "    ", "      ")
	}
	for _, g := range p.Grades {
		t.printf("    %s: %s\n", bom.Clean(g.Name), levelWords(g.Level))
		for _, why := range g.Reasons {
			text := levelWords(why.Level) + ": " + why.Text
			if why.Place != "" {
				text += " [" + why.Place + "]"
			}
			t.paragraph(bom.Clean(text), "      ", "        ")
		}
	}
}

// maxSame is how many failures of one rule are listed unless all are asked for.
const maxSame = 10

// verifications lists the rules that do not pass; asked for, also those that do,
// and those about parts that have a sentence of their own.
func (t *textWriter) verifications(checks []policy.Verification, parts []policy.PartResult) {
	told := map[bom.Ref]bool{}
	for _, p := range parts {
		told[p.Ref] = p.Sentence != "" && p.Outcome != policy.NotApplicable
	}
	shown, hidden, more := 0, 0, map[string]int{}
	var order []string
	listed := map[string]int{}
	for _, v := range checks {
		if !t.verbose && (v.Outcome == policy.Pass || v.Outcome == policy.NotApplicable) {
			hidden++
			continue
		}
		if !t.verbose && told[v.Ref] && v.Ref != "" {
			continue
		}
		if listed[v.Rule]++; !t.verbose && listed[v.Rule] > maxSame {
			if more[v.Rule]++; more[v.Rule] == 1 {
				order = append(order, v.Rule)
			}
			continue
		}
		if shown++; shown == 1 {
			t.printf("\n")
		}
		place := cmp.Or(v.Path, string(v.Ref), "the model")
		t.paragraph(bom.Clean(fmt.Sprintf("%s %s %s: %s: %s", outcomeWords(v.Outcome), v.Severity, v.Rule, place, v.Text)), "  ", "    ")
	}
	for _, rule := range order {
		t.printf("  and %d more of %s (listed with -v)\n", more[rule], bom.Clean(rule))
	}
	if hidden > 0 && shown == 0 {
		t.printf("\n")
	}
	if hidden > 0 {
		t.printf("  %s (listed with -v)\n", wording.Count(hidden, "rule passes or is not concerned", "rules pass or are not concerned"))
	}
}

// elements lists the minimum elements that are missing, with what there is of
// them and the place to put them; asked for, those that are there.
func (t *textWriter) elements(list []policy.Element) {
	for _, group := range []struct {
		state policy.ElementState
		head  string
	}{
		{policy.ElementPresent, "There"}, {policy.ElementDerivable, "Missing; modelbom can derive it"},
		{policy.ElementPerson, "Missing; only a person can supply it"},
	} {
		if group.state == policy.ElementPresent && !t.verbose {
			continue
		}
		first := true
		for _, e := range list {
			if e.State != group.state {
				continue
			}
			if first {
				t.printf("\n  %s\n", group.head)
				first = false
			}
			t.element(e)
		}
	}
}

func (t *textWriter) element(e policy.Element) {
	text := e.Name + " (" + e.Cluster + ")"
	switch {
	case e.State == policy.ElementPresent:
		text += ": " + e.Value
	case e.Value != "":
		text += ", now " + e.Value + ": " + e.Place
	default:
		text += ": " + e.Place
	}
	t.paragraph(bom.Clean(text), "    ", "      ")
}

func (t *textWriter) exceptions(list []policy.ExceptionUse) {
	for i, x := range list {
		if i == 0 {
			t.printf("\n")
		}
		text := fmt.Sprintf("exception %s from %s for %s", x.State, x.Rule, cmp.Or(string(x.Ref), "the model"))
		if !x.Expires.IsZero() {
			text += ", until " + x.Expires.UTC().Format(time.DateOnly)
		}
		if x.Reason != "" {
			text += ": " + x.Reason
		}
		t.paragraph(bom.Clean(text), "  ", "    ")
	}
}

// counted lists the findings of the document that count.
func (t *textWriter) counted(o CheckOptions) {
	kept := t.Findings
	t.Document = &bom.Document{Subject: t.Subject}
	others := 0
	for _, f := range kept {
		if o.Counts(f) {
			t.Findings = append(t.Findings, f)
		} else {
			others++
		}
	}
	t.findings()
	if others > 0 && t.verbose {
		t.printf("  %s below %s\n", wording.Count(others, "finding", "findings"), cmp.Or(o.FailOn, bom.SeverityMedium))
	}
}
