package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/policy"
	"github.com/modelbom/modelbom/pkg/wording"
)

// CheckHTML writes a check as one self-contained page, with the same promises as
// [HTML].
func CheckHTML(w io.Writer, d *bom.Document, results []*policy.Result, o CheckOptions) error {
	return writeHTML(w, checkPage(d, results, o, defaultHTMLRows, true))
}

// CheckMarkdown writes a check for a pull request or for minutes, with the same
// promises as [Markdown].
func CheckMarkdown(w io.Writer, d *bom.Document, results []*policy.Result, o CheckOptions) error {
	return writeMarkdown(w, checkPage(d, results, o, defaultMarkdownRows, o.Verbose))
}

// checkPage makes the page of a check. Long also tells the reasons of grades that
// are met, and what passes.
func checkPage(d *bom.Document, results []*policy.Result, o CheckOptions, rows int, long bool) *page {
	b := &documentPage{view: newView(d), rows: rows, long: long, anchors: map[bom.Ref]string{}}
	c := b.subject()
	title := cmp.Or(titled(c), "Unnamed model")
	p := &page{Kicker: "An AI model held against policies", Title: shown(title) + ", check", Heading: []span{name(title)}}
	if c.Version != "" {
		p.Heading = append(p.Heading, text(" "), note(c.Version))
	}
	p.Lead = checkLead(results, b.counting(o))
	p.Facts = b.checkFacts(results, o)
	p.Figures = b.checkFigures(results, o)
	p.Sections = b.checkSections(results)
	for _, s := range []section{b.findingSection(), b.gapSection()} {
		if len(s.Blocks) > 0 {
			p.Sections = append(p.Sections, s)
		}
	}
	p.Footer = []paragraphSpans{
		{strong("What is not shown is not granted. "), text("A grade rises by evidence alone, and an outcome is as good as the evidence and the statements in the document. What people stated is not checked against the world.")},
		{text("A check reads the document and nothing else: neither the model nor the network. The same document and the same policies come to the same outcome.")},
	}
	return p
}

// counting counts the findings that decide.
func (b *documentPage) counting(o CheckOptions) int {
	n := 0
	for _, f := range b.Findings {
		if o.Counts(f) {
			n++
		}
	}
	return n
}

// checkLead is the answer in short: what the policies come to.
func checkLead(results []*policy.Result, findings int) []paragraphSpans {
	var lead []paragraphSpans
	switch {
	case len(results) == 0:
		lead = append(lead, paragraphSpans{text("The document was held against no policy.")})
	case len(results) == 1:
		r := results[0]
		lead = append(lead, paragraphSpans{strong(shown(r.Policy) + " " + outcomeVerb(r.Outcome) + ". "), text(r.Sentence)})
	default:
		lead = append(lead, paragraphSpans{strong(checkSummary(results))})
		for _, r := range results[:min(len(results), maxLinks)] {
			lead = append(lead, paragraphSpans{strong(shown(r.Policy) + ": "), text(r.Sentence)})
		}
	}
	if findings > 0 {
		lead = append(lead, paragraphSpans{textf("%s of the document %s by %s severity.", wording.Count(findings, "finding", "findings"), wording.Word(findings, "counts", "count"), wording.Word(findings, "its", "their"))})
	}
	return lead
}

// checkSummary says what several policies come to, in one sentence.
func checkSummary(results []*policy.Result) string {
	names := map[policy.Outcome][]string{}
	for _, r := range results {
		names[r.Outcome] = append(names[r.Outcome], shown(r.Policy))
	}
	var clauses []string
	for _, o := range outcomes() {
		if list := names[o]; len(list) > 0 {
			clauses = append(clauses, shortList(list, 8)+" "+outcomeVerbs(o, len(list)))
		}
	}
	if len(clauses) == 0 {
		return "No policy has an outcome."
	}
	return fmt.Sprintf("Of %s policies, %s.", wording.Thousands(len(results)), wording.And(clauses))
}

// outcomes are all outcomes, in the order in which they concern a reader.
func outcomes() []policy.Outcome {
	return []policy.Outcome{policy.Fail, policy.NotShown, policy.Excepted, policy.Pass, policy.NotApplicable}
}

func outcomeVerb(o policy.Outcome) string { return outcomeVerbs(o, 1) }

func outcomeVerbs(o policy.Outcome, n int) string {
	switch o {
	case policy.Pass:
		return wording.Word(n, "passes", "pass")
	case policy.Fail:
		return wording.Word(n, "fails", "fail")
	case policy.NotShown:
		return "cannot be shown"
	case policy.NotApplicable:
		return wording.Word(n, "does not apply", "do not apply")
	case policy.Excepted:
		return wording.Word(n, "is excepted", "are excepted")
	}
	return cmp.Or(outcomeWords(o), "has no outcome")
}

func outcomeBadge(o policy.Outcome) span {
	tone := "aside"
	switch o {
	case policy.Pass:
		tone = "pass"
	case policy.Fail:
		tone = "fail"
	case policy.NotShown:
		tone = "unshown"
	case policy.Excepted:
		tone = "excepted"
	}
	return badge(cmp.Or(outcomeWords(o), "none"), tone)
}

func levelBadge(l policy.Level) span {
	tone := "aside"
	switch l {
	case policy.LevelMet:
		tone = "pass"
	case policy.LevelPartly:
		tone = "short"
	case policy.LevelNotMet:
		tone = "fail"
	case policy.LevelNotShown:
		tone = "unshown"
	}
	return badge(cmp.Or(levelWords(l), "not graded"), tone)
}

// foreignWords says whose a part is.
func foreignWords(f policy.Foreign) string {
	switch f {
	case policy.ForeignYes:
		return "foreign"
	case policy.ForeignNo:
		return "stated as own"
	case policy.ForeignHome:
		return "home or allowed"
	case policy.ForeignUnknown:
		return "not shown"
	}
	return shown(string(f))
}

func (b *documentPage) checkFacts(results []*policy.Result, o CheckOptions) []fact {
	var facts []fact
	if o.Document != "" && o.Document != "-" {
		facts = append(facts, fact{"Document", []span{code(o.Document)}})
	}
	if b.Format != "" {
		facts = append(facts, fact{"Read from", []span{text(b.Format)}})
	}
	for _, r := range results[:min(len(results), maxLinks)] {
		value := []span{name(r.Policy)}
		if r.Version != "" {
			value = append(value, text(" "), note(r.Version))
		}
		facts = append(facts, fact{"Policy", append(value, text(" "), outcomeBadge(r.Outcome))})
	}
	if o.Tool.Name != "" {
		facts = append(facts, fact{"Checked by", []span{name(strings.TrimSpace(o.Tool.Name + " " + o.Tool.Version))}})
	}
	return facts
}

// checkFigures are numbers over all policies.
func (b *documentPage) checkFigures(results []*policy.Result, o CheckOptions) []figure {
	count := map[policy.Outcome]int{}
	href := map[policy.Outcome]string{}
	for i, r := range results {
		for _, v := range r.Checks {
			if count[v.Outcome]++; href[v.Outcome] == "" {
				href[v.Outcome] = fmt.Sprintf("#check-%d", i+1)
			}
		}
	}
	failed, shown, excepted := count[policy.Fail], count[policy.NotShown], count[policy.Excepted]
	findings := b.counting(o)
	list := []figure{
		{wording.Thousands(failed), wording.Word(failed, "check fails", "checks fail"), href[policy.Fail]},
		{wording.Thousands(shown), "cannot be shown", href[policy.NotShown]},
		{wording.Thousands(excepted), wording.Word(excepted, "is excepted", "are excepted"), href[policy.Excepted]},
		{wording.Thousands(findings), wording.Word(findings, "finding counts", "findings count"), hrefIf(findings > 0, "#findings")},
	}
	lists := 0
	for i, r := range results {
		if len(r.Elements) > 0 {
			lists++
			list = append(list[:4], figure{percent(countState(r.Elements, policy.ElementPresent), len(r.Elements)), "of the minimum elements are there", fmt.Sprintf("#check-%d", i+1)})
		}
	}
	if lists > 1 { // they overlap, so that no number stands for all of them
		list = list[:4]
	}
	return list
}

// percent is rounded down, so that only all of them are 100 %.
func percent(n, of int) string { return fmt.Sprintf("%d %%", 100*n/max(of, 1)) }
