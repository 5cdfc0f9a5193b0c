package policy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/wording"
)

// A Custom is a policy of the user's, read by [Read]. docs/policies-own.md
// describes its form and its meaning. It does not change, and can be used by
// several goroutines at once.
type Custom struct {
	name, title, revision, digest string
	bases                         []Policy
	params                        []parameter
	rules                         []rule
	tests                         []test
}

// A rule is compiled when the policy is read.
type rule struct {
	Rule
	kind    string   // what it is for
	when    *program // nil: always
	require *program
	message template
}

// A parameter is one of the policy's own, or sets that of a policy it extends.
type parameter struct {
	Parameter
	kind  string // the word of the file: string, int, double, bool, list, date
	set   bool   // there is a default
	base  bool   // of a policy that is extended
	given any    // the default as expressions see it
}

// Name is that of the file.
func (p *Custom) Name() string { return p.name }

// Title says what the policy is about.
func (p *Custom) Title() string { return p.title }

// Rules are the policy's own, then those of the policies that it extends.
func (p *Custom) Rules() []Rule {
	var out []Rule
	for _, r := range p.rules {
		out = append(out, r.Rule)
	}
	for _, b := range p.bases {
		out = append(out, b.Rules()...)
	}
	return out
}

// Parameters are the policy's own, then those of the policies that it extends,
// with the values that the file gives them.
func (p *Custom) Parameters() []Parameter {
	var out []Parameter
	for _, x := range p.params {
		if !x.base {
			out = append(out, x.Parameter)
		}
	}
	for _, b := range p.bases {
		for _, x := range parametersOf(b) {
			if i := slices.IndexFunc(p.params, func(own parameter) bool { return own.Name == x.Name }); i >= 0 {
				x.Default = p.params[i].Default
			}
			if !slices.ContainsFunc(out, func(had Parameter) bool { return had.Name == x.Name }) {
				out = append(out, x)
			}
		}
	}
	return out
}

func parametersOf(p Policy) []Parameter {
	if x, ok := p.(Parameterised); ok {
		return x.Parameters()
	}
	return nil
}

const (
	// maxListed is how many things are listed for which one rule does not hold.
	maxListed = 500
)

// Check holds a document against the policy. The error names the rule that went
// beyond what a check may cost, or a parameter that has no such value.
func (p *Custom) Check(d *bom.Document, o Options) (*Result, error) { return p.check(d, o, maxTotal) }

func (p *Custom) check(d *bom.Document, o Options, total int64) (*Result, error) {
	params, err := p.apply(o.Parameters)
	if err != nil {
		return nil, err
	}
	bases, err := p.checkBases(d, o)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), maxTime)
	defer cancel()
	f := factsOf(d, o, bases)
	c := &checker{budget: &budget{ctx: ctx, total: total}, facts: f, params: params, now: o.Now, exceptions: f.exceptions}
	if c.now.IsZero() {
		c.now = d.Created
	}
	r := &Result{Policy: p.name, Title: p.title, Version: p.revision, Digest: p.digest, Parameters: p.used(o.Parameters)}
	for i := range p.rules {
		checks, err := c.rule(&p.rules[i])
		if err != nil {
			return nil, fmt.Errorf("rule %q: %w", p.rules[i].ID, err)
		}
		r.Checks = append(r.Checks, checks...)
	}
	p.conclude(r, bases, f)
	return r, nil
}

// checkBases holds the document against the policies that this one extends.
func (p *Custom) checkBases(d *bom.Document, o Options) ([]*Result, error) {
	given := map[string]string{}
	for _, x := range p.params {
		if x.set {
			given[x.Name] = x.Default
		}
	}
	for name, value := range o.Parameters {
		given[name] = value
	}
	var out []*Result
	for _, b := range p.bases {
		r, err := b.Check(d, Options{Parameters: given, Now: o.Now})
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// conclude adds what the extended policies say, and says what all comes to.
// Rules of low severity ask for something to be done in time: they are listed
// and do not decide.
func (p *Custom) conclude(r *Result, bases []*Result, f *facts) {
	own := r.Checks
	var outcomes []Outcome
	for _, v := range own {
		if v.Severity.Grave() || v.Outcome != Fail && v.Outcome != NotShown {
			outcomes = append(outcomes, v.Outcome)
		}
	}
	r.Sentence = p.sentence(own, sum(outcomes...))
	for _, b := range bases {
		outcomes = append(outcomes, b.Outcome)
		r.Parts = append(r.Parts, b.Parts...)
		r.Checks = append(r.Checks, b.Checks...)
		r.Elements = append(r.Elements, b.Elements...)
		r.Exceptions = append(r.Exceptions, b.Exceptions...)
		r.Sentence = sentences(r.Sentence, upper(b.Policy)+": "+b.Sentence)
	}
	r.Outcome = sum(outcomes...)
	var rules []Rule
	for _, x := range p.rules {
		rules = append(rules, x.Rule)
	}
	for _, x := range f.exceptions.uses(rules) {
		if !slices.Contains(r.Exceptions, x) {
			r.Exceptions = append(r.Exceptions, x)
		}
	}
	order(r.Checks)
}

// sentence says what the policy's own rules come to.
func (p *Custom) sentence(checks []Verification, outcome Outcome) string {
	if len(p.rules) == 0 {
		return ""
	}
	by := map[Outcome][]string{}
	for _, x := range p.rules {
		var all []Outcome
		for _, v := range checks {
			if v.Rule == x.ID {
				all = append(all, v.Outcome)
			}
		}
		o := sum(all...)
		by[o] = append(by[o], x.ID)
	}
	rules := wording.Count(len(p.rules), "rule", "rules")
	first := map[Outcome]string{Pass: "All is met", Fail: "The policy is not met", NotShown: "It cannot be shown that the policy is met",
		Excepted: "The policy is met with exceptions", NotApplicable: "No rule concerns this document"}[outcome]
	var rest []string
	for _, w := range []struct {
		outcome Outcome
		words   string
	}{{Fail, "not met"}, {NotShown, "not shown"}, {Excepted, "excepted"}, {Pass, "met"}, {NotApplicable, "not concerned"}} {
		list := by[w.outcome]
		switch {
		case len(list) == 0:
		case w.outcome == Pass || w.outcome == NotApplicable || len(list) > 8:
			rest = append(rest, fmt.Sprintf("%d %s", len(list), w.words))
		default:
			rest = append(rest, fmt.Sprintf("%d %s (%s)", len(list), w.words, strings.Join(list, ", ")))
		}
	}
	return bom.Cut(fmt.Sprintf("%s: of %s, %s.", first, rules, wording.And(rest)), bom.MaxText)
}

// A checker holds facts against rules.
type checker struct {
	*budget
	facts      *facts
	params     map[string]any
	now        time.Time
	exceptions *exceptions
}

func (c *checker) vars(kind string, thing fact) map[string]any {
	v := map[string]any{forModel: map[string]any(c.facts.model), "doc": map[string]any(c.facts.doc), "params": c.params}
	if !c.now.IsZero() {
		v["now"] = c.now.UTC()
	}
	v[kind] = map[string]any(thing)
	return v
}

// rule holds everything that a rule is for against it. What passes is one entry.
func (c *checker) rule(r *rule) ([]Verification, error) {
	things := c.facts.things[r.kind]
	if len(things) == 0 {
		v := Verification{Rule: r.ID, Severity: r.Severity, Outcome: NotApplicable, Text: r.Title + ": the document has no " + r.kind + "."}
		if !c.facts.answered[r.kind] {
			v.Outcome, v.Text = NotShown, "It cannot be shown: "+lowered(r.Title)+". "+nothing(r.kind)
			c.excepted(&v)
		}
		return []Verification{v}, nil
	}
	var out []Verification
	passed, bad := 0, 0
	worst := NotApplicable
	for _, t := range things {
		o, reason, err := c.one(r, t)
		if err != nil {
			return nil, err
		}
		switch o {
		case NotApplicable:
			continue
		case Pass:
			passed++
			continue
		}
		if bad++; bad > maxListed {
			worst = sum(worst, o)
			continue
		}
		v, err := c.verification(r, t, o, reason)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	if bad > maxListed {
		out = append(out, Verification{Rule: r.ID, Severity: r.Severity, Outcome: worst, Text: fmt.Sprintf("%s: so with %d more.", r.Title, bad-maxListed)})
	}
	switch {
	case passed > 0:
		out = append(out, Verification{Rule: r.ID, Severity: r.Severity, Outcome: Pass, Ref: refOf(r, things), Text: r.Title + holdsFor(r.kind, passed)})
	case len(out) == 0:
		out = append(out, Verification{Rule: r.ID, Severity: r.Severity, Outcome: NotApplicable, Text: r.Title + ": it concerns no " + r.kind + " of this document."})
	}
	return out, nil
}

// refOf is the one thing that a rule is about, where there is one.
func refOf(r *rule, things []fact) bom.Ref {
	if r.kind == forModel || len(things) != 1 {
		return ""
	}
	s, _ := things[0]["ref"].(string)
	return bom.Ref(s)
}

func holdsFor(kind string, n int) string {
	if kind == forModel {
		return "."
	}
	return ": holds for " + wording.Count(n, kind, kind+"s") + "."
}

// nothing says why there is nothing of a kind, and why that is no answer.
func nothing(kind string) string {
	switch kind {
	case forUpstream:
		return "The document names nothing that the model comes from, and does not say that it was looked for."
	case forFinding:
		return "The document has no findings, and does not say that anything was observed."
	case forGap:
		return "The document has no gaps, and does not say whether it is complete."
	}
	return "The document names no " + kind + "s."
}

// one is the outcome of a rule for one thing. Reason says what cannot be shown.
func (c *checker) one(r *rule, thing fact) (o Outcome, reason string, err error) {
	vars := c.vars(r.kind, thing)
	if r.when != nil {
		if o, reason, err = c.truth(r.when, vars); err != nil || o == NotShown {
			return o, reason, err
		}
		if o == Fail {
			return NotApplicable, "", nil
		}
	}
	return c.truth(r.require, vars)
}

func (c *checker) truth(p *program, vars map[string]any) (Outcome, string, error) {
	v, err := c.run(p, vars)
	var not *errNotTold
	switch {
	case errors.As(err, &not):
		return NotShown, not.reason, nil
	case err != nil:
		return "", "", err
	case v == types.True:
		return Pass, "", nil
	case v == types.False:
		return Fail, "", nil
	}
	return NotShown, "it is neither true nor false", nil
}

// verification says that a rule does not hold for one thing.
func (c *checker) verification(r *rule, thing fact, o Outcome, reason string) (Verification, error) {
	v := Verification{Rule: r.ID, Severity: r.Severity, Outcome: o}
	if r.kind != forModel {
		s, _ := thing["ref"].(string)
		v.Ref = bom.Ref(s)
		v.Path, _ = thing["path"].(string)
	}
	if o == NotShown {
		v.Text = bom.Cut("It cannot be shown: "+lowered(r.Title)+". "+upper(reason)+".", bom.MaxText)
	} else {
		text, err := r.message.text(c.budget, c.vars(r.kind, thing))
		if err != nil {
			return v, err
		}
		if v.Text = text; text == "" {
			v.Text = "It is not so: " + lowered(r.Title) + "."
		}
	}
	c.excepted(&v)
	return v, nil
}

// excepted turns what an exception covers into an exception.
func (c *checker) excepted(v *Verification) {
	if x := c.exceptions.covers([]string{v.Rule}, v.Ref); x != nil {
		v.Outcome, v.Text = Excepted, bom.Cut(v.Text+" "+x.words(), bom.MaxText)
	}
}

// lowered is a title inside of a sentence: its first letter small, unless the
// word has other capitals.
func lowered(s string) string {
	word, _, _ := strings.Cut(s, " ")
	r, n := utf8.DecodeRuneInString(word)
	if n == 0 || r == utf8.RuneError || word[n:] != strings.ToLower(word[n:]) {
		return s
	}
	return string(unicode.ToLower(r)) + strings.TrimSuffix(s[n:], ".")
}

// A template is a text with expressions in braces.
type template []segment

type segment struct {
	text string
	expr *program
}

// text puts in the values. One that is not stated is said to be so.
func (m template) text(b *budget, vars map[string]any) (string, error) {
	var out strings.Builder
	for _, s := range m {
		out.WriteString(s.text)
		if s.expr == nil {
			continue
		}
		v, err := b.run(s.expr, vars)
		var not *errNotTold
		switch {
		case errors.As(err, &not):
			out.WriteString("(not stated)")
		case err != nil:
			return "", err
		default:
			out.WriteString(clean(shown(v)))
		}
	}
	return bom.Cut(out.String(), bom.MaxText), nil
}

// shown is a value in a message.
func shown(v ref.Val) string {
	switch v := v.(type) {
	case types.String:
		return string(v)
	case types.Double:
		return strconv.FormatFloat(float64(v), 'g', 4, 64)
	case types.Timestamp:
		return v.UTC().Format(time.DateOnly)
	}
	if list, err := v.ConvertToNative(stringSlice); err == nil {
		return strings.Join(list.([]string), ", ")
	}
	if s, ok := v.ConvertToType(types.StringType).(types.String); ok {
		return string(s)
	}
	return "(no text)"
}
