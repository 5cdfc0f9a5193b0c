package security

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/wording"
)

// maxPerTemplate bounds the findings of one rule about one template.
const maxPerTemplate = 5

// maxAhead bounds how many tokens an expression in brackets may have to be
// judged as a whole; it keeps the work linear. Real ones have some ten.
const maxAhead = 200

// An issue is one thing about a template.
type issue struct {
	rule     string
	severity bom.Severity
	at       int // in bytes from the template's start
	text     string
}

// template judges a chat template.
func (c *collector) template(t *Template) {
	issues, err := readTemplate(t.Text)
	name := ""
	if t.Name != "" && t.Name != "default" {
		name = fmt.Sprintf("template %q, ", short(t.Name, 60))
	}
	where := func(at int) string {
		return fmt.Sprintf("%sline %d", name, 1+strings.Count(t.Text[:min(at, len(t.Text))], "\n"))
	}
	if err != nil {
		at := 0
		var broken *lexError
		if errors.As(err, &broken) {
			at = broken.at
		}
		c.add(RuleScanIncomplete, bom.SeverityLow, t.Ref, t.Path, t.Key, "%s: the chat template cannot be read as Jinja (%s); what comes behind it was not judged", where(at), short(err.Error(), maxQuoted))
	}
	if t.Size > int64(len(t.Text)) {
		c.add(RuleScanIncomplete, bom.SeverityMedium, t.Ref, t.Path, t.Key, "%sonly %d of the %d bytes of the chat template were judged", name, len(t.Text), t.Size)
	}
	counts := map[string]int{}
	for _, x := range issues {
		if counts[x.rule]++; counts[x.rule] <= maxPerTemplate {
			c.add(x.rule, x.severity, t.Ref, t.Path, t.Key, "%s: %s", where(x.at), x.text)
		}
	}
	for _, r := range Rules() {
		if more := counts[r.ID] - maxPerTemplate; more > 0 {
			c.add(r.ID, worstOf(issues, r.ID), t.Ref, t.Path, t.Key, "%s%s", name, wording.Count(more, "more place of this kind", "more places of this kind"))
		}
	}
}

// worstOf is the gravest severity of the issues of a rule behind those that are
// listed.
func worstOf(issues []issue, rule string) bom.Severity {
	n, worst := 0, bom.SeverityInfo
	for _, x := range issues {
		if x.rule != rule {
			continue
		}
		if n++; n > maxPerTemplate && rank(x.severity) < rank(worst) {
			worst = x.severity
		}
	}
	return worst
}

// readTemplate finds what a template does beyond formatting. The gravest issues
// of each rule come first; what is said twice is said once.
func readTemplate(text string) ([]issue, error) {
	tokens, err := tokenize(text)
	r := &templateReader{tokens: tokens, known: map[string]bool{}, seen: map[string]bool{}}
	for _, name := range templateFunctions {
		r.known[name] = true
	}
	r.define()
	r.read()
	r.hidden(text)
	slices.SortStableFunc(r.issues, func(a, b issue) int {
		return cmp.Or(cmp.Compare(a.rule, b.rule), cmp.Compare(rank(a.severity), rank(b.severity)), cmp.Compare(a.at, b.at))
	})
	return r.issues, err
}

// A templateReader walks over the tokens of a template.
type templateReader struct {
	tokens []token
	known  map[string]bool // functions and macros
	seen   map[string]bool
	issues []issue
	rounds []int64 // how often the loops around this place run, at least
}

func (r *templateReader) issue(rule string, severity bom.Severity, at int, text string, args ...any) {
	if len(args) > 0 {
		text = fmt.Sprintf(text, args...)
	}
	if key := rule + "\x00" + text; !r.seen[key] {
		r.seen[key] = true
		r.issues = append(r.issues, issue{rule, severity, at, text})
	}
}

// token returns a token near the i-th, or an empty text outside of the template.
func (r *templateReader) token(i int) token {
	if i < 0 || i >= len(r.tokens) {
		return token{kind: tokenText}
	}
	return r.tokens[i]
}

// define collects the names of macros, which may be called before they are
// defined.
func (r *templateReader) define() {
	for i := range r.tokens {
		if r.token(i).kind == tokenBegin && r.token(i+1).is("macro") && r.token(i+2).kind == tokenName {
			r.known[r.token(i+2).text] = true
		}
	}
}

func (r *templateReader) read() {
	inTag := false
	for i, t := range r.tokens {
		switch t.kind {
		case tokenBegin:
			inTag = true
			if t.text == "{%" {
				r.statement(i)
			}
		case tokenEnd:
			inTag = false
		case tokenText:
			r.content(t.at, t.text)
		case tokenString:
			r.text(i)
		case tokenOperator:
			r.operator(i)
		case tokenName:
			if inTag {
				r.name(i)
			}
		}
	}
}

// statement judges the tag that begins at the i-th token.
func (r *templateReader) statement(i int) {
	t := r.token(i + 1)
	switch {
	case oneOf(t.text, "include", "import", "extends", "from"):
		r.issue(RuleTemplateLoad, bom.SeverityMedium, t.at, "the tag %s reads another template %s", t.text, quoteToken(r.token(i+2)))
	case t.text == "for":
		r.loop(i)
	case t.text == "endfor":
		r.rounds = r.rounds[:max(0, len(r.rounds)-1)]
	case t.text == "if" || t.text == "elif":
		r.condition(i)
	case t.kind == tokenName && !oneOf(t.text, templateTags...):
		r.issue(RuleTemplateUnknown, bom.SeverityLow, t.at, "the tag %s is not one of chat templates", short(t.text, 60))
	}
}

func quoteToken(t token) string {
	if t.kind == tokenString {
		return fmt.Sprintf("%q", short(t.text, 80))
	}
	return short(t.text, 80)
}

// operator judges what stands behind an operator.
func (r *templateReader) operator(i int) {
	t, next := r.token(i), r.token(i+1)
	switch t.text {
	case ".":
		if next.kind == tokenName {
			r.attribute(i+1, r.token(i+2).is("("))
		}
	case "|":
		r.filter(i + 1)
	case "[":
		if r.value(i - 1) {
			r.subscript(i)
		}
	case "*", "**":
		r.product(i)
	}
}

// value reports whether a token ends a value, so that a bracket behind it
// begins a subscript.
func (r *templateReader) value(i int) bool {
	t := r.token(i)
	switch t.kind {
	case tokenName:
		return !oneOf(t.text, "in", "if", "else", "and", "or", "not", "is", "elif", "set", "for", "do", "return", "call", "filter", "with", "recursive")
	case tokenString:
		return true
	case tokenOperator:
		return t.text == ")" || t.text == "]" || t.text == "}"
	}
	return false
}

// attribute judges the attribute at the i-th token.
func (r *templateReader) attribute(i int, called bool) {
	t := r.token(i)
	what := "attribute"
	if called {
		what = "method"
	}
	switch {
	case internalAttribute(t.text):
		r.issue(RuleTemplateReach, bom.SeverityHigh, t.at, "the %s %s of %s leads to Python's internals, and from there to the system", what, short(t.text, 60), r.before(i-1))
	case strings.HasPrefix(t.text, "_"):
		r.issue(RuleTemplateReach, bom.SeverityMedium, t.at, "the %s %s of %s is not meant for templates", what, short(t.text, 60), r.before(i-1))
	case called && oneOf(t.text, systemMethods...):
		r.issue(RuleTemplateReach, bom.SeverityHigh, t.at, "the method %s of %s acts on the system or runs text", t.text, r.before(i-1))
	case called && !oneOf(t.text, templateMethods...):
		r.issue(RuleTemplateUnknown, bom.SeverityLow, t.at, "the method %s of %s is none of a text, list or dictionary", short(t.text, 60), r.before(i-1))
	}
}

// before names the value that ends before the i-th token, in short.
func (r *templateReader) before(i int) string {
	switch t := r.token(i - 1); t.kind {
	case tokenName:
		return short(t.text, 40)
	case tokenString:
		return fmt.Sprintf("the text %q", short(t.text, 20))
	}
	return "a value"
}

// internalAttribute reports the attributes that lead from a value to the
// interpreter.
func internalAttribute(name string) bool {
	return internal(name) || strings.HasPrefix(name, "__") || oneOf(name, internalNames...)
}

// filter judges the filter at the i-th token.
func (r *templateReader) filter(i int) {
	t := r.token(i)
	switch {
	case t.text == "attr":
		r.issue(RuleTemplateReach, bom.SeverityHigh, t.at, "the filter attr reads any attribute of %s by a name that can be computed", r.before(i-1))
	case t.kind == tokenName && !oneOf(t.text, templateFilters...):
		r.issue(RuleTemplateUnknown, bom.SeverityLow, t.at, "the filter %s is not one of Jinja or of chat templates", short(t.text, 60))
	}
	if r.token(i + 1).is("(") {
		for j := i + 2; j < min(len(r.tokens), i+maxAhead) && !r.token(j).is(")") && r.token(j).kind != tokenEnd; j++ {
			if number(r.token(j)) > maxRounds {
				r.issue(RuleTemplateLoop, bom.SeverityMedium, r.token(j).at, "the filter %s with the number %s makes a huge text or list", short(t.text, 60), short(r.token(j).text, 40))
			}
		}
	}
}

// subscript judges what stands between the bracket at the i-th token and its
// end: a name that is put together there is not seen by those who look for it.
func (r *templateReader) subscript(i int) {
	texts, joined := 0, false
	depth := 0
	for j := i; j < len(r.tokens) && r.token(j).kind != tokenEnd; j++ {
		t := r.token(j)
		if j-i > maxAhead {
			r.issue(RuleTemplateReach, bom.SeverityMedium, r.token(i).at, "the name of an attribute or key of %s has more than %d parts, which nobody can follow", r.before(i), maxAhead)
			return
		}
		switch {
		case t.is("["), t.is("("), t.is("{"):
			depth++
		case t.is("]"), t.is(")"), t.is("}"):
			depth--
		case t.kind == tokenString && depth == 1:
			texts++
			if internalAttribute(t.text) {
				r.issue(RuleTemplateReach, bom.SeverityHigh, t.at, "the attribute %q of %s leads to Python's internals, and from there to the system", short(t.text, 60), r.before(i))
			}
		case t.is("~") && depth == 1, t.is("|") && depth == 1 && oneOf(r.token(j+1).text, "join", "format", "replace", "reverse", "lower", "upper", "trim", "string"):
			joined = true
		case (t.is("+") || t.is("%")) && depth == 1 && (r.token(j-1).kind == tokenString || r.token(j+1).kind == tokenString):
			joined = true
		}
		if depth == 0 {
			break
		}
	}
	if joined {
		r.issue(RuleTemplateReach, bom.SeverityMedium, r.token(i).at, "the name of an attribute or key of %s is put together from %s and is not seen by who looks for it", r.before(i), wording.Count(max(texts, 1), "text", "texts"))
	}
}

// name judges a name that is used as a value.
func (r *templateReader) name(i int) {
	t := r.token(i)
	if r.token(i-1).is(".") || r.token(i-1).is("|") || r.token(i-1).kind == tokenBegin && r.token(i-1).text == "{%" {
		return
	}
	next := r.token(i + 1)
	reached := next.is(".") || next.is("[") || next.is("|")
	switch {
	case internal(t.text):
		r.issue(RuleTemplateReach, bom.SeverityHigh, t.at, "the name %s belongs to Python's internals", short(t.text, 60))
	case oneOf(t.text, gadgetNames...):
		severity, how := bom.SeverityLow, "is used, which chat templates have no need for"
		if reached {
			severity, how = bom.SeverityHigh, "is a known way from a template to Python's internals, and something of it is read"
		}
		r.issue(RuleTemplateReach, severity, t.at, "the helper %s %s", t.text, how)
	case next.is("(") && !r.known[t.text] && !oneOf(t.text, keywords...) && !r.test(i):
		r.issue(RuleTemplateUnknown, bom.SeverityLow, t.at, "the function %s is called, which no known runtime of chat templates offers", short(t.text, 60))
	}
	if t.text == "range" && next.is("(") {
		r.span(i)
	}
}

// test reports whether a name is that of a test: "is divisibleby(2)".
func (r *templateReader) test(i int) bool {
	return r.token(i-1).is("is") || r.token(i-1).is("not") && r.token(i-2).is("is") || r.token(i-1).is("filter") || r.token(i-1).is("macro")
}

// text judges the text at the i-th token, joined with those it is added to.
func (r *templateReader) text(i int) {
	t := r.token(i)
	if prev := r.token(i - 1); prev.kind == tokenString || (prev.is("~") || prev.is("+")) && r.token(i-2).kind == tokenString {
		return // was judged with the first
	}
	var b strings.Builder
	b.WriteString(t.text)
	for j := i + 1; ; {
		if (r.token(j).is("~") || r.token(j).is("+")) && r.token(j+1).kind == tokenString {
			j++
		}
		if r.token(j).kind != tokenString {
			break
		}
		b.WriteString(r.token(j).text)
		j++
	}
	whole := b.String()
	r.dunder(t.at, whole)
	r.content(t.at, whole)
	if wide(whole) {
		r.issue(RuleTemplateLoop, bom.SeverityMedium, t.at, "the text %q formats to a huge width", short(whole, 60))
	}
}

// dunder looks in a text for names of Python's internals.
func (r *templateReader) dunder(at int, s string) {
	for rest := s; ; {
		i := strings.Index(rest, "__")
		if i < 0 {
			return
		}
		word := rest[i+2:]
		n := 0
		for n < len(word) && word[n] != '_' && isWord(word[n:n+1]) || n+1 < len(word) && word[n] == '_' && word[n+1] != '_' && isWord(word[n+1:n+2]) {
			n++
		}
		if n > 0 && strings.HasPrefix(word[n:], "__") {
			name := word[:n]
			if oneOf(name, pythonInternals...) {
				r.issue(RuleTemplateReach, bom.SeverityHigh, at, "the text %q holds the name __%s__ of Python's internals", short(s, 60), name)
			}
			rest = word[n+2:]
			continue
		}
		if half := strings.TrimRight(word[:n], "_"); i == 0 && n > 0 && len(word) == n && startsInternal(half) {
			r.issue(RuleTemplateReach, bom.SeverityMedium, at, "the text %q is the begin of a name of Python's internals", short(s, 60))
		}
		rest = word
	}
}

// startsInternal reports whether a word is the begin of an internal name.
func startsInternal(word string) bool {
	return len(word) >= 2 && slices.ContainsFunc(pythonInternals, func(name string) bool { return strings.HasPrefix(name, word) })
}

func oneOf(s string, list ...string) bool { return slices.Contains(list, s) }
