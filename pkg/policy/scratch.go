package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/wording"
)

// FromScratch is the name of the policy that every weight was initialised and
// trained by the producer.
const FromScratch = "from-scratch"

// Rules of the policy. docs/policies.md lists them.
const (
	ruleScratchWeights      = "from-scratch.weights"
	ruleScratchDeclared     = "from-scratch.declared-base"
	ruleScratchShared       = "from-scratch.shared-beginning"
	ruleScratchContradicted = "from-scratch.contradicted"
	ruleScratchStatement    = "from-scratch.statement"
	ruleScratchCompared     = "from-scratch.compared"
	ruleScratchUnread       = "from-scratch.unread"
	ruleScratchArchitecture = "from-scratch.architecture"
	ruleScratchTokenizer    = "from-scratch.tokenizer"
	ruleScratchCode         = "from-scratch.code"
	ruleScratchParts        = "from-scratch.parts"
)

const scratchVersion = "1"

// scratch is the policy. It has no state.
type scratch struct{}

func (scratch) Name() string { return FromScratch }

func (scratch) Title() string {
	return "From scratch: every weight initialised and trained by the producer"
}

func (scratch) Parameters() []Parameter {
	return []Parameter{
		{Name: "home", Meaning: "the home jurisdiction, an ISO 3166-1 alpha-2 code; empty: none"},
		{Name: "allowed-suppliers", Meaning: "suppliers or groups whose weights may be continued, separated by commas"},
		{Name: "home-reuse", Default: "deny", Values: allowDeny, Meaning: "whether weights of the home jurisdiction may be reused"},
		{Name: "tokenizer-reuse", Default: "allow", Values: allowDeny, Meaning: "whether a tokenizer may be somebody else's"},
		{Name: "architecture-reuse", Default: "allow", Values: allowDeny, Meaning: "whether an architecture may be somebody else's"},
		{Name: "code-reuse", Default: "allow", Values: allowDeny, Meaning: "whether code may be somebody else's"},
		{Name: "statement", Default: "stated", Values: []string{"stated", "bound"}, Meaning: "whether the producer's statement has to name the digest of the bytes"},
		{Name: "compared-with", Default: "index", Values: []string{"index", "catalogue"}, Meaning: "what a part has to have been compared with: an index of weights, or the catalogue of digests alone"},
	}
}

// Rules explains what can be complained about.
func (scratch) Rules() []Rule { return scratchRules() }

func (p scratch) Check(d *bom.Document, o Options) (*Result, error) {
	given, err := apply(p.Parameters(), o.Parameters)
	if err == nil {
		err = given.country("home")
	}
	if err != nil {
		return nil, err
	}
	v := look(d, o, given)
	if err := v.bounded(); err != nil {
		return nil, err
	}
	r := &Result{Policy: p.Name(), Title: p.Title(), Version: scratchVersion, Digest: digestOf(p, scratchVersion, p.Parameters()), Parameters: given.properties()}
	for _, c := range v.parts {
		part, checks := v.scratchPart(c)
		r.Parts, r.Checks = append(r.Parts, part), append(r.Checks, checks...)
	}
	for _, part := range v.assets() {
		checks := v.scratchAsset(&part)
		r.Parts, r.Checks = append(r.Parts, part), append(r.Checks, checks...)
	}
	r.Checks = append(r.Checks, v.scratchModel()...)
	v.excuse(r.Checks)
	v.settle(r)
	r.Sentence = v.scratchSentence(r)
	order(r.Checks)
	r.Exceptions = v.exceptions.uses(p.Rules())
	return r, nil
}

// scratchPart holds one part against the rule.
func (v *view) scratchPart(c *bom.Component) (PartResult, []Verification) {
	s := v.standing(c)
	p := PartResult{Ref: c.Ref, Name: v.short(c), Foreign: s.foreign, Reuse: v.reuses(c, s)}
	var checks []Verification
	add := func(rule string, o Outcome, text string) {
		checks = append(checks, Verification{Rule: rule, Outcome: o, Severity: severityOf(scratchRules(), rule), Ref: c.Ref, Text: text})
	}
	for _, b := range s.bearings {
		rule, outcome, text := v.scratchWeights(c, b)
		add(rule, outcome, text)
	}
	if len(s.bearings) == 0 {
		add(ruleScratchWeights, Pass, upper(v.named(c))+": no weights of anybody else were found.")
	}
	for i := range p.Reuse {
		x := &p.Reuse[i]
		switch x.Kind {
		case ReuseArchitecture:
			x.Outcome = allowed(v.values.allows("architecture-reuse"))
			add(ruleScratchArchitecture, x.Outcome, x.Text+" "+reuseRule("an architecture", x.Outcome))
		case ReuseWeights:
			_, x.Outcome, _ = v.scratchWeights(c, s.bearings[i])
		}
	}
	if f, ok := v.has(c, ruleContradicted); ok {
		add(ruleScratchContradicted, NotShown, upper(v.named(c))+": the publisher declares an origin to which the weights show no relation; one of both is wrong. "+quote(f.Message))
	}
	for _, m := range v.missing(c, s) {
		add(m.rule, m.outcome, m.text)
	}
	return p, checks
}

// scratchWeights judges one origin of a part.
func (v *view) scratchWeights(c *bom.Component, b bearing) (rule string, o Outcome, text string) {
	who, label, verdict := upper(v.named(c)), v.label(b.origin.Reference), string(b.origin.Verdict)
	kind := fmt.Sprintf("(%s, evidence %s)", verdict, clean(string(b.origin.Strength)))
	rule = ruleScratchWeights
	switch {
	case b.undecided():
		return ruleScratchShared, NotShown, sentences(fmt.Sprintf("%s is related to %s %s, and it is not shown which of both continues the other, or whether both only began alike.", who, label, kind), quote(b.origin.Sentence))
	case b.side == sideOwn:
		return rule, Pass, fmt.Sprintf("%s continues %s, which is of the same producer.", who, label)
	case b.side == sideAllowed || b.side == sideHome && v.values.allows("home-reuse"):
		return rule, Pass, fmt.Sprintf("%s %s, whose weights may be continued under this policy.", who, v.comes(b))
	case b.origin.Verdict == bom.VerdictDeclaredOnly:
		return ruleScratchDeclared, Fail, fmt.Sprintf("%s is declared to come from %s. Under the from-scratch rule reuse of weights disqualifies, declared or not.", who, label)
	case b.origin.Verdict == bom.VerdictPartial:
		return rule, Fail, sentences(fmt.Sprintf("%s holds in part weights of %s %s.", who, label, kind), quote(b.origin.Sentence), scratchEnd)
	}
	return rule, Fail, sentences(fmt.Sprintf("%s holds weights of %s %s.", who, label, kind), quote(b.origin.Sentence), scratchEnd)
}

const scratchEnd = "Under the from-scratch rule reuse of weights disqualifies."

// A need is one thing that has to be shown of an own part.
type need struct {
	rule    string
	outcome Outcome
	text    string
}

// missing holds a part against what has to be shown before it counts as the
// producer's own: that they state it, that it was compared, that all of it was
// read.
func (v *view) missing(c *bom.Component, s *standing) []need {
	who := upper(v.named(c))
	out := []need{{ruleScratchStatement, Pass, who + ": its producer states that it was initialised and trained by them (\"" + clean(s.own) + "\")."},
		v.compared(c), {ruleScratchUnread, Pass, who + ": none of its weights is known to be unread."}}
	switch {
	case s.own == "":
		out[0] = need{ruleScratchStatement, NotShown, who + ": " + s.why + ". Unknown is not original."}
	case v.values["statement"] == "bound" && !s.bound:
		out[0] = need{ruleScratchStatement, NotShown, who + ": its producer states that it is their own, and the statement does not name the digest of the bytes."}
	}
	if gaps := v.notSeen(c); len(gaps) > 0 {
		out[2] = need{ruleScratchUnread, NotShown, fmt.Sprintf("%s: weights were not seen, so that nothing can be said about them: %s.", who, clean(strings.TrimSuffix(gaps[0].Reason, ".")))}
	}
	return out
}

// compared says whether a part was looked for, and in what.
func (v *view) compared(c *bom.Component) need {
	who, in := upper(v.named(c)), v.searched()
	n := need{rule: ruleScratchCompared, outcome: NotShown}
	switch {
	case len(in) == 0:
		n.text = who + " was not compared with anything: the document names no " + map[bool]string{true: "index", false: "catalogue and no index"}[v.values["compared-with"] == "index"] + "."
	case c.Model == nil || c.Model.WeightsDigest == "":
		n.text = who + " could not be compared: it has no weights digest, so that not all of its weights were read."
	case len(c.Origins) == 0:
		n.text = who + ": the document has no verdict about where it comes from."
	case slices.ContainsFunc(c.Origins, func(o bom.Origin) bool { return o.Verdict == bom.VerdictNotComparable }):
		n.text = who + " could not be compared: it has no matrix that is large enough and whose values are known."
	case v.limited(c) != "":
		n.text = who + " was not compared with all that it could come from: " + v.limited(c) + "."
	default:
		n.outcome, n.text = Pass, who+" was compared with "+wording.And(in)+"."
	}
	return n
}

// searched names what the document was made with.
func (v *view) searched() []string {
	var indexes, all []string
	for _, in := range v.d.Inputs {
		switch in.Kind {
		case "index":
			indexes = append(indexes, "the index "+clean(in.Name))
		case "catalogue":
			all = append(all, "the catalogue "+clean(strings.TrimSpace(in.Name+" "+in.Version)))
		}
	}
	if len(indexes) == 0 && v.values["compared-with"] != "catalogue" {
		return nil
	}
	return append(all, indexes...)
}

// limited is why a comparison was cut short, empty when it was not.
func (v *view) limited(c *bom.Component) string {
	for _, g := range v.d.Gaps {
		if g.Kind == bom.GapLimit && g.Ref == c.Ref {
			return clean(strings.TrimSuffix(g.Reason, "."))
		}
	}
	return ""
}

// scratchAsset judges the reuse of tokenizers and code.
func (v *view) scratchAsset(p *PartResult) []Verification {
	var checks []Verification
	for i := range p.Reuse {
		x := &p.Reuse[i]
		rule, allow, what := ruleScratchTokenizer, v.values.allows("tokenizer-reuse"), "a tokenizer"
		if x.Kind == ReuseCode {
			rule, allow, what = ruleScratchCode, v.values.allows("code-reuse"), "code"
		}
		allow = allow || v.sideOf(x.Upstream) == sideAllowed
		x.Outcome = allowed(allow)
		checks = append(checks, Verification{Rule: rule, Outcome: x.Outcome, Severity: severityOf(scratchRules(), rule), Ref: p.Ref, Text: x.Text + " " + reuseRule(what, x.Outcome)})
	}
	return checks
}

func allowed(yes bool) Outcome {
	if yes {
		return Pass
	}
	return Fail
}

// reuseRule says what the policy says of a reuse that is no reuse of weights.
func reuseRule(what string, o Outcome) string {
	if o == Pass {
		return "Reuse of " + what + " is reported and allowed; it says nothing about weights."
	}
	return "This policy does not allow reuse of " + what + "."
}

// scratchModel judges what is about no single part.
func (v *view) scratchModel() []Verification {
	var checks []Verification
	add := func(rule string, o Outcome, text string) {
		checks = append(checks, Verification{Rule: rule, Outcome: o, Severity: severityOf(scratchRules(), rule), Text: text})
	}
	for _, b := range v.unplaced() {
		rule, outcome, text := v.scratchWeights(v.subject, b)
		add(rule, outcome, text)
	}
	if len(v.parts) == 0 {
		add(ruleScratchParts, NotShown, "The document shows no part that holds weights, so that nothing is shown of any weight.")
	}
	return checks
}

// settle takes the outcomes of the parts and of the model from the checks.
func (v *view) settle(r *Result) {
	byRef := map[bom.Ref][]Outcome{}
	texts := map[bom.Ref][]string{}
	var all []Outcome
	for _, c := range r.Checks {
		all = append(all, c.Outcome)
		byRef[c.Ref] = append(byRef[c.Ref], c.Outcome)
	}
	r.Outcome = sum(all...)
	for i := range r.Parts {
		p := &r.Parts[i]
		p.Outcome = sum(byRef[p.Ref]...)
		for _, c := range r.Checks {
			if c.Ref == p.Ref && c.Outcome == p.Outcome && (p.Outcome != Pass || c.Rule != ruleScratchWeights && c.Rule != ruleScratchUnread) {
				texts[p.Ref] = append(texts[p.Ref], c.Text)
			}
		}
		p.Sentence = sentences(texts[p.Ref]...)
	}
}

// scratchSentence is the outcome in words.
func (v *view) scratchSentence(r *Result) string {
	of := func(o Outcome) (names []string) {
		for _, c := range v.parts {
			if slices.ContainsFunc(r.Parts, func(p PartResult) bool { return p.Ref == c.Ref && p.Outcome == o }) {
				names = append(names, v.named(c))
			}
		}
		return names
	}
	begin := map[Outcome]string{
		Pass:     "As far as this document shows, every weight was initialised and trained by the producer.",
		Fail:     "The model is not from scratch in the sense of this rule.",
		NotShown: "It cannot be shown that the model is from scratch.",
		Excepted: "The model is not shown to be from scratch, and exceptions cover what is missing.",
	}[r.Outcome]
	list := []string{begin}
	for _, c := range r.Checks {
		if c.Outcome == Fail {
			list = append(list, c.Text)
			break
		}
	}
	if names := of(NotShown); len(names) > 0 {
		list = append(list, "Not shown: "+wording.And(names)+".")
	}
	if r.Outcome == Pass {
		list = append(list, v.reported(r), "That nothing was found does not exclude distillation, nor an upstream that is in no index.")
	}
	return sentences(list...)
}

// reported names the reuse that is allowed and reported.
func (v *view) reported(r *Result) string {
	var kinds []string
	for _, p := range r.Parts {
		for _, x := range p.Reuse {
			if k := string(x.Kind); x.Outcome == Pass && !slices.Contains(kinds, k) {
				kinds = append(kinds, k)
			}
		}
	}
	if len(kinds) == 0 {
		return ""
	}
	slices.Sort(kinds)
	return "Reuse that this policy allows and reports: " + wording.And(kinds) + "."
}

// excuse turns failures that an exception covers into exceptions.
func (v *view) excuse(checks []Verification) {
	for i := range checks {
		c := &checks[i]
		if c.Outcome != Fail && c.Outcome != NotShown {
			continue
		}
		if e := v.exceptions.covers([]string{c.Rule}, c.Ref); e != nil {
			c.Outcome, c.Text = Excepted, sentences(c.Text, e.words())
		}
	}
}
