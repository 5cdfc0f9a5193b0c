package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// Graded is the name of the policy of graded transparency.
const Graded = "graded"

// Names of the grades.
const (
	gradeAuditable   = "auditable"
	gradeLicence     = "licence-clean"
	gradeSecurity    = "security-reviewed"
	gradeReplaceable = "replaceable"
)

// Rules of the policy besides its reasons.
const (
	ruleGradedOwn      = "graded.own"
	ruleGradedUnplaced = "graded.unplaced"
	ruleGradedParts    = "graded.parts"
)

const gradedVersion = "1"

// graded is the policy: foreign parts may stay when they are auditable,
// licence-clean, security-reviewed and replaceable.
type graded struct{}

func (graded) Name() string { return Graded }

func (graded) Title() string {
	return "Graded transparency: foreign parts that are auditable, licence-clean, security-reviewed and replaceable"
}

func (graded) Parameters() []Parameter {
	var levels []string
	for _, l := range Levels() {
		levels = append(levels, string(l))
	}
	return []Parameter{
		{Name: "home", Meaning: "the home jurisdiction, an ISO 3166-1 alpha-2 code; its parts are graded and do not decide"},
		{Name: "allowed-suppliers", Meaning: "suppliers or groups whose parts are graded and do not decide, separated by commas"},
		{Name: "min-auditable", Default: string(LevelPartly), Values: levels, Meaning: "the lowest level of auditable that passes"},
		{Name: "min-licence-clean", Default: string(LevelMet), Values: levels, Meaning: "the lowest level of licence-clean that passes"},
		{Name: "min-security-reviewed", Default: string(LevelMet), Values: levels, Meaning: "the lowest level of security-reviewed that passes"},
		{Name: "min-replaceable", Default: string(LevelPartly), Values: levels, Meaning: "the lowest level of replaceable that passes"},
		{Name: "own", Default: "stated", Values: []string{"stated", "shown"}, Meaning: "what keeps a part from being graded: the producer's statement that it is their own, or also that it was compared and all of it read"},
		{Name: "licence-classes", Default: "permissive,copyleft", Meaning: "the classes of licences that are met, separated by commas"},
		{Name: "max-share", Default: "0.5", Meaning: "the share of the model's parameters above which a part is too large a share of it to be called replaceable"},
		{Name: "review-days", Default: "0", Meaning: "the days for which a review holds; 0: no limit"},
		{Name: "compared-with", Default: "index", Values: []string{"index", "catalogue"}, Meaning: "what an own part has to have been compared with, where own=shown"},
		{Name: "statement", Default: "stated", Values: []string{"stated", "bound"}, Meaning: "whether the statement that a part is own has to name the digest of the bytes"},
	}
}

// Rules explains the reasons of the grades, and the rules about the model.
func (graded) Rules() []Rule { return gradedRules() }

// minimum is the parameter with the lowest level of a grade that passes.
func minimum(grade string) string { return "min-" + grade }

func (p graded) Check(d *bom.Document, o Options) (*Result, error) {
	given, err := apply(p.Parameters(), o.Parameters)
	if err != nil {
		return nil, err
	}
	if err := given.country("home"); err != nil {
		return nil, err
	}
	g := grader{}
	if g.maxShare, err = given.share("max-share"); err != nil {
		return nil, err
	}
	if g.reviewDays, err = given.days("review-days"); err != nil {
		return nil, err
	}
	g.view = look(d, o, given)
	if err := g.bounded(); err != nil {
		return nil, err
	}
	r := &Result{Policy: p.Name(), Title: p.Title(), Version: gradedVersion, Digest: digestOf(p, gradedVersion, p.Parameters()), Parameters: given.properties()}
	for _, c := range g.parts {
		part, checks := g.part(c)
		r.Parts, r.Checks = append(r.Parts, part), append(r.Checks, checks...)
	}
	for _, part := range g.assets() {
		part.Outcome = NotApplicable
		for i := range part.Reuse {
			part.Reuse[i].Outcome = NotApplicable
			part.Sentence = sentences(part.Sentence, part.Reuse[i].Text)
		}
		r.Parts = append(r.Parts, part)
	}
	model := g.model()
	g.excuse(model)
	r.Checks = append(r.Checks, model...)
	r.Outcome = g.outcome(r, model)
	r.Sentence = g.sentence(r)
	order(r.Checks)
	r.Exceptions = g.exceptions.uses(p.Rules())
	return r, nil
}

// A grader grades the parts of a document.
type grader struct {
	*view
	maxShare   float64
	reviewDays int
}

// A graded part.
type gradedPart struct {
	*grader
	c *bom.Component
	s *standing
	// lenient leaves out what an exception covers. Grades are shown without, and
	// decide with.
	lenient bool
}

// part grades one part. Parts that are the producer's own are not graded.
func (g *grader) part(c *bom.Component) (PartResult, []Verification) {
	s := g.standing(c)
	p := PartResult{Ref: c.Ref, Name: g.short(c), Foreign: s.foreign, Reuse: g.reuses(c, s)}
	for i := range p.Reuse {
		p.Reuse[i].Outcome = NotApplicable // reuse is no failure here; it is what is graded
	}
	if s.foreign == ForeignNo {
		if check, ok := g.own(c, s); ok {
			p.Outcome, p.Sentence = Pass, check.Text
			return p, []Verification{check}
		}
		p.Foreign, s.foreign = ForeignUnknown, ForeignUnknown
	}
	x := &gradedPart{grader: g, c: c, s: s}
	p.Grades = x.grades()
	p.Overall = overall(p.Grades)
	checks := x.verify(p.Grades)
	p.Outcome = outcomeOf(checks)
	p.Sentence = x.sentence(&p)
	return p, checks
}

// own says by what a part counts as the producer's own; ok is false where that is
// not shown as far as the parameters ask.
func (g *grader) own(c *bom.Component, s *standing) (check Verification, ok bool) {
	var texts []string
	for _, n := range g.missing(c, s) {
		if n.outcome != Pass && (g.values["own"] == "shown" || n.rule == ruleScratchStatement) {
			return check, false
		}
		if n.outcome == Pass && n.rule != ruleScratchUnread {
			texts = append(texts, n.text)
		}
	}
	return Verification{Rule: ruleGradedOwn, Outcome: Pass, Severity: bom.SeverityMedium, Ref: c.Ref, Text: sentences(texts...)}, true
}

// grades are the four grades of the part.
func (x *gradedPart) grades() []Grade {
	list := []Grade{
		{Name: gradeAuditable, Reasons: x.auditable()},
		{Name: gradeLicence, Reasons: x.licence()},
		{Name: gradeSecurity, Reasons: x.security()},
		{Name: gradeReplaceable, Reasons: x.replaceable()},
	}
	for i := range list {
		g := &list[i]
		g.Level = LevelMet
		for j, r := range g.Reasons {
			g.Level = lowest(g.Level, r.Level)
			g.Reasons[j].Place = cmp.Or(r.Place, clean(string(x.c.Ref)))
		}
	}
	return list
}

// cause is the heaviest of the reasons that a grade is no higher for.
func cause(g Grade) Reason {
	rules, severities := gradedRules(), []bom.Severity{bom.SeverityHigh, bom.SeverityMedium, bom.SeverityLow}
	for _, severity := range severities {
		for _, r := range g.Reasons {
			if r.Level == g.Level && severityOf(rules, r.ID) == severity {
				return r
			}
		}
	}
	return Reason{}
}

func overall(list []Grade) Level {
	low := LevelMet
	for _, g := range list {
		low = lowest(low, g.Level)
	}
	return low
}

// findings are those of some rules about the part, without those that an
// exception covers where the grader is lenient.
func (x *gradedPart) findings(wanted func(bom.Finding) bool) []bom.Finding {
	var out []bom.Finding
	for _, f := range x.about(x.c) {
		if wanted(f) && !(x.lenient && x.exceptions.finding(f, x.c.Ref) != nil) {
			out = append(out, f)
		}
	}
	return out
}

// verify holds the grades against their minimum. What is below it by reasons that
// an exception covers is excepted, and is shown all the same.
func (x *gradedPart) verify(list []Grade) []Verification {
	decides := x.s.foreign == ForeignYes || x.s.foreign == ForeignUnknown
	y := *x
	y.lenient = true
	var lenient []Grade
	var checks []Verification
	for i, g := range list {
		least := Level(x.values[minimum(g.Name)])
		rule := "graded." + g.Name
		if !decides || g.Level.AtLeast(least) {
			text := fmt.Sprintf("%s: %s %s.", upper(x.named(x.c)), g.Name, g.Level.verb())
			o := Pass
			if !decides {
				o, text = NotApplicable, text+" It is of the home jurisdiction or an allowed supplier, and does not decide."
			}
			checks = append(checks, Verification{Rule: rule, Outcome: o, Severity: severityOf(gradedRules(), rule), Ref: x.c.Ref, Text: text})
			continue
		}
		if lenient == nil {
			lenient = y.grades()
		}
		for j, r := range g.Reasons {
			if !r.Level.AtLeast(least) {
				checks = append(checks, x.verifyReason(g, r, lenient[i].Reasons[j], least))
			}
		}
	}
	return checks
}

// verifyReason is the check of a reason that is below the minimum. Of a part that
// is not shown to be foreign nothing fails: it may be its producer's own. And where
// a grade cannot be shown, what is met in part is no failure.
func (x *gradedPart) verifyReason(g Grade, r, lenient Reason, least Level) Verification {
	c := Verification{Rule: r.ID, Outcome: Fail, Severity: severityOf(gradedRules(), r.ID), Ref: x.c.Ref,
		Text: sentences(fmt.Sprintf("%s: %s, and has to be %s.", upper(x.named(x.c)), r.Level.words(), atLeast(least)), r.Text)}
	if r.Level == LevelNotShown || x.s.foreign == ForeignUnknown || r.Level == LevelPartly && g.Level == LevelNotShown {
		c.Outcome = NotShown
	}
	switch e := x.exceptions.covers([]string{r.ID, "graded." + g.Name}, x.c.Ref); {
	case e != nil:
		c.Outcome, c.Text = Excepted, sentences(c.Text, e.words())
	case lenient.Level.AtLeast(least):
		c.Outcome, c.Text = Excepted, sentences(c.Text, "An exception covers the finding.")
	}
	return c
}

// outcomeOf sums the checks of a part.
func outcomeOf(checks []Verification) Outcome {
	var list []Outcome
	for _, c := range checks {
		list = append(list, c.Outcome)
	}
	return sum(list...)
}

// model judges what is about no single part.
func (g *grader) model() []Verification {
	var checks []Verification
	for _, b := range g.unplaced() {
		if b.side == sideForeign {
			checks = append(checks, Verification{Rule: ruleGradedUnplaced, Outcome: NotShown, Severity: bom.SeverityMedium,
				Text: fmt.Sprintf("The model %s, and no part is shown to come from it, so that it is not graded.", g.comes(b))})
		}
	}
	if len(g.parts) == 0 {
		checks = append(checks, Verification{Rule: ruleGradedParts, Outcome: NotShown, Severity: bom.SeverityMedium, Text: "The document shows no part that holds weights, so that nothing is graded."})
	}
	return checks
}

// outcome is the model's: that of its parts that decide, and of what is about
// none of them. A model all of whose parts are of the home jurisdiction passes.
func (g *grader) outcome(r *Result, model []Verification) Outcome {
	list := []Outcome{outcomeOf(model)}
	for _, c := range r.Parts[:len(g.parts)] {
		list = append(list, c.Outcome)
	}
	if o := sum(list...); o != NotApplicable {
		return o
	}
	return Pass
}

// reason makes a reason.
func reason(id string, l Level, place, format string, args ...any) Reason {
	return Reason{ID: id, Level: l, Place: clean(place), Text: sentences(fmt.Sprintf(format, args...))}
}

// foreignBearings are the origins that are not the producer's own.
func (x *gradedPart) foreignBearings() []bearing {
	return slices.DeleteFunc(slices.Clone(x.s.bearings), func(b bearing) bool { return b.side == sideOwn })
}

// worst is the reason of the lowest level.
func worst(list ...Reason) Reason {
	out := list[0]
	for _, r := range list[1:] {
		if !r.Level.AtLeast(out.Level) {
			out = r
		}
	}
	return out
}

// message is what a finding says, with its place.
func message(f bom.Finding) string {
	s := strings.TrimSuffix(quote(f.Message), ".")
	if f.Path != "" {
		s = clean(f.Path) + ": " + s
	}
	return s
}
