package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/policy"
	"github.com/modelbom/modelbom/pkg/wording"
)

// wholeCheck says where the rest of a long table is.
const wholeCheck = "The check written as JSON has the whole list."

// checkSections are a chapter for each policy.
func (b *documentPage) checkSections(results []*policy.Result) []section {
	var out []section
	for i, r := range results[:min(len(results), maxCards)] {
		s := section{ID: fmt.Sprintf("check-%d", i+1), Title: shown(r.Policy) + " " + outcomeVerb(r.Outcome), Count: failedCount(r)}
		if r.Title != "" {
			s.Intro = paragraphSpans{text(r.Title)}
		}
		s.Blocks = append(s.Blocks, block{Text: paragraphSpans{outcomeBadge(r.Outcome), text(" "), text(r.Sentence)}})
		s.Blocks = add(s.Blocks, b.gradeTable(r.Parts), b.checkTable("What does not pass, the gravest first", r.Checks, b.rows, deciding))
		s.Blocks = append(s.Blocks, b.partCards(s.ID, r.Parts)...)
		s.Blocks = append(s.Blocks, b.elementBlocks(r.Elements)...)
		s.Blocks = add(s.Blocks, b.exceptionTable(r.Exceptions))
		s.Blocks = append(s.Blocks, b.appliedBlocks(r)...)
		out = append(out, s)
	}
	return out
}

// failedCount is what stands beside a policy in the contents.
func failedCount(r *policy.Result) string {
	n := 0
	for _, v := range r.Checks {
		if stops(v.Outcome) {
			n++
		}
	}
	return wording.Thousands(n + len(r.Elements) - countState(r.Elements, policy.ElementPresent))
}

// gradeTable has a row for each part, with a column for each grade that any has.
func (b *documentPage) gradeTable(parts []policy.PartResult) *table {
	var names []string
	overall := false
	for _, p := range parts {
		overall = overall || p.Overall != ""
		for _, g := range p.Grades {
			if !slices.Contains(names, g.Name) && len(names) < maxGrades {
				names = append(names, g.Name)
			}
		}
	}
	columns := []column{{Title: "Part", Narrow: true}, {Title: "Whose"}}
	for _, n := range names {
		columns = append(columns, column{Title: bom.Cut(shown(n), maxBadge), Wrap: true})
	}
	if overall {
		columns = append(columns, column{Title: "Overall", Wrap: true})
	}
	columns = append(columns, column{Title: "Outcome", Wrap: true})
	return tableOf("The parts and how each stands", columns, parts, b.rows, wholeCheck, func(p policy.PartResult) []cell {
		row := []cell{{name(p.Name)}, {text(foreignWords(p.Foreign))}}
		for _, n := range names {
			i := slices.IndexFunc(p.Grades, func(g policy.Grade) bool { return g.Name == n })
			if i < 0 {
				row = append(row, cell{note("-")})
			} else {
				row = append(row, cell{levelBadge(p.Grades[i].Level)})
			}
		}
		if overall && p.Overall == "" {
			row = append(row, cell{note("-")})
		} else if overall {
			row = append(row, cell{levelBadge(p.Overall)})
		}
		return append(row, cell{outcomeBadge(p.Outcome)})
	})
}

// maxGrades bounds the columns of a table, to what a page holds; graded
// transparency has four grades.
const maxGrades = 5

// deciding reports what does not pass, settled what does.
func deciding(v policy.Verification) bool { return !settled(v) }

func settled(v policy.Verification) bool {
	return v.Outcome == policy.Pass || v.Outcome == policy.NotApplicable
}

// checkTable lists checks. They come in order: failed ones first, by severity.
func (b *documentPage) checkTable(caption string, checks []policy.Verification, rows int, wanted func(policy.Verification) bool) *table {
	var list []policy.Verification
	for _, v := range checks {
		if wanted(v) {
			list = append(list, v)
		}
	}
	columns := []column{{Title: "Outcome", Narrow: true}, {Title: "Rule", Roomy: true}, {Title: "Where"}, {Title: "Why"}}
	return tableOf(caption, columns, list, rows, wholeCheck, func(v policy.Verification) []cell {
		return []cell{lines([]span{outcomeBadge(v.Outcome)}, []span{note("severity " + cmp.Or(string(v.Severity), "not graded"))}), {name(v.Rule)}, b.place(v.Ref, v.Path, ""), {text(v.Text)}}
	})
}

// partCards say of each part why it stands as it does.
func (b *documentPage) partCards(id string, parts []policy.PartResult) []block {
	var out []block
	for i, p := range parts[:min(len(parts), maxCards)] {
		if p.Sentence == "" && len(p.Grades)+len(p.Reuse) == 0 {
			continue
		}
		k := &card{ID: fmt.Sprintf("%s-part-%d", id, i+1), Heading: []span{name(p.Name), text(" "), outcomeBadge(p.Outcome)}, Note: "whose: " + foreignWords(p.Foreign)}
		if p.Sentence != "" {
			k.Blocks = append(k.Blocks, block{Text: paragraphSpans{text(p.Sentence)}})
		}
		k.Blocks = add(k.Blocks, b.reasonTable("What keeps the grades down", p.Grades, func(r policy.Reason) bool { return r.Level != policy.LevelMet }))
		var rest []block
		if b.long {
			rest = add(rest, b.reasonTable("What is met", p.Grades, func(r policy.Reason) bool { return r.Level == policy.LevelMet }))
		}
		rest = add(rest, b.reuseTable(p.Reuse))
		if len(rest) > 0 {
			summary := "What is met"
			if len(p.Reuse) > 0 {
				summary = "What is reused, and what is met"
			}
			k.Blocks = append(k.Blocks, block{Details: &details{Summary: summary, Blocks: rest}})
		}
		out = append(out, block{Card: k})
	}
	return out
}

type gradeReason struct {
	grade string
	policy.Reason
}

func (b *documentPage) reasonTable(caption string, grades []policy.Grade, wanted func(policy.Reason) bool) *table {
	var list []gradeReason
	for _, g := range grades {
		for _, r := range g.Reasons {
			if wanted(r) {
				list = append(list, gradeReason{g.Name, r})
			}
		}
	}
	columns := []column{{Title: "Grade", Narrow: true}, {Title: "Allows", Narrow: true}, {Title: "Reason", Roomy: true}, {Title: "Place"}}
	return tableOf(caption, columns, list, b.rows, wholeCheck, func(r gradeReason) []cell {
		return []cell{lines([]span{name(r.grade)}, []span{note(r.ID)}), {levelBadge(r.Level)}, {text(r.Text)}, orDash(r.Place, name)}
	})
}

func (b *documentPage) reuseTable(list []policy.Reuse) *table {
	columns := []column{{Title: "Of", Narrow: true}, {Title: "From", Narrow: true}, {Title: "Outcome"}, {Title: "In words", Roomy: true}}
	return tableOf("What is reused", columns, list, b.rows, wholeCheck, func(r policy.Reuse) []cell {
		from := cell{note("-")}
		if c := b.byRef[r.Upstream]; c != nil && r.Upstream != "" {
			from = lines([]span{name(titled(c))}, []span{note(string(r.Verdict))})
		}
		return []cell{{text(string(r.Kind))}, from, {outcomeBadge(r.Outcome)}, {text(r.Text)}}
	})
}

// elementBlocks show minimum elements by cluster: what is missing first, and how
// much is there. What could be derived is no credit.
func (b *documentPage) elementBlocks(list []policy.Element) []block {
	if len(list) == 0 {
		return nil
	}
	var clusters []string
	in := map[string][]policy.Element{}
	for _, e := range list {
		if in[e.Cluster] == nil {
			clusters = append(clusters, e.Cluster)
		}
		in[e.Cluster] = append(in[e.Cluster], e)
	}
	present := countState(list, policy.ElementPresent)
	blocks := []block{{Text: paragraphSpans{strong(percent(present, len(list)) + " complete. "),
		textf("%s of %s are in the document. %s more can be derived by the program, and %s only a person can supply. Only what is there counts.",
			wording.Thousands(present), wording.Count(len(list), "element", "elements"), wording.Thousands(countState(list, policy.ElementDerivable)), wording.Thousands(countState(list, policy.ElementPerson)))}}}
	columns := []column{{Title: "Cluster", Roomy: true}, {Title: "There", Numeric: true}, {Title: "Derivable", Numeric: true}, {Title: "For a person", Numeric: true}, {Title: "Complete", Numeric: true}}
	blocks = add(blocks, tableOf("Minimum elements by cluster", columns, clusters, b.rows, wholeCheck, func(c string) []cell {
		n := countState(in[c], policy.ElementPresent)
		return []cell{orDash(c, name), {text(wording.Thousands(n))}, {text(wording.Thousands(countState(in[c], policy.ElementDerivable)))}, {text(wording.Thousands(countState(in[c], policy.ElementPerson)))}, {text(percent(n, len(in[c])))}}
	}))
	missing := slices.DeleteFunc(slices.Clone(list), func(e policy.Element) bool { return e.State == policy.ElementPresent })
	there := slices.DeleteFunc(slices.Clone(list), func(e policy.Element) bool { return e.State != policy.ElementPresent })
	blocks = add(blocks, b.elementTable("Elements that are missing, and where to put them", "Where to put it", missing, func(e policy.Element) string { return e.Place }))
	if t := b.elementTable("Elements that are there", "Value", there, func(e policy.Element) string { return e.Value }); t != nil && b.long {
		blocks = append(blocks, block{Details: &details{Summary: "Elements that are there", Blocks: add(nil, t)}})
	}
	return blocks
}

func countState(list []policy.Element, s policy.ElementState) int {
	n := 0
	for _, e := range list {
		if e.State == s {
			n++
		}
	}
	return n
}

func (b *documentPage) elementTable(caption, last string, list []policy.Element, value func(policy.Element) string) *table {
	columns := []column{{Title: "Cluster", Narrow: true}, {Title: "Element", Roomy: true}, {Title: "State"}, {Title: last, Roomy: true}}
	return tableOf(caption, columns, list, b.rows, wholeCheck, func(e policy.Element) []cell {
		return []cell{{name(e.Cluster)}, {name(e.Name)}, {elementBadge(e.State)}, orDash(value(e), name)}
	})
}

func elementBadge(s policy.ElementState) span {
	switch s {
	case policy.ElementPresent:
		return badge("there", "pass")
	case policy.ElementDerivable:
		return badge("derivable", "short")
	case policy.ElementPerson:
		return badge("for a person", "unshown")
	}
	return badge(cmp.Or(string(s), "not known"), "aside")
}

func (b *documentPage) exceptionTable(list []policy.ExceptionUse) *table {
	columns := []column{{Title: "State", Narrow: true}, {Title: "From rule", Roomy: true}, {Title: "For"}, {Title: "Until", Narrow: true}, {Title: "Reason"}}
	return tableOf("Exceptions", columns, list, b.rows, wholeCheck, func(x policy.ExceptionUse) []cell {
		until := cell{note("-")}
		if !x.Expires.IsZero() {
			until = cell{text(x.Expires.UTC().Format(time.DateOnly))}
		}
		tone := "excepted"
		if x.State != "used" {
			tone = "aside"
		}
		return []cell{{badge(cmp.Or(x.State, "not known"), tone)}, {name(x.Rule)}, b.place(x.Ref, "", ""), until, orDash(x.Reason, text)}
	})
}

// appliedBlocks say with what the policy was applied, and what passes.
func (b *documentPage) appliedBlocks(r *policy.Result) []block {
	var facts []fact
	for _, f := range []struct{ name, value string }{{"Version", r.Version}, {"Digest", r.Digest}} {
		if f.value != "" {
			facts = append(facts, fact{f.name, []span{code(f.value)}})
		}
	}
	for _, p := range r.Parameters[:min(len(r.Parameters), b.rows)] {
		value := []span{note("empty")}
		if strings.TrimSpace(p.Value) != "" {
			value = []span{name(p.Value)}
		}
		facts = append(facts, fact{shown(p.Name), value})
	}
	var blocks []block
	if len(facts) > 0 {
		blocks = append(blocks, block{Details: &details{Summary: "The policy and its parameters", Blocks: []block{{Facts: facts}}}})
	}
	if t := b.checkTable("What passes, and what does not apply", r.Checks, b.rows, settled); t != nil && b.long {
		blocks = append(blocks, block{Details: &details{Summary: "What passes, and what does not apply", Blocks: add(nil, t)}})
	}
	return blocks
}
