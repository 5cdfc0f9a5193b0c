package policy

import (
	"crypto/sha256"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/common/types"
	"go.yaml.in/yaml/v4"

	"github.com/modelbom/modelbom/pkg/bom"
)

// Form is the version of the form of policy files that [Read] reads.
const Form = 1

var (
	isID        = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`).MatchString
	isParameter = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`).MatchString
)

// Read reads a policy of the user's: YAML, with expressions in CEL, which are
// compiled here, so that a mistake is known before a document is. The error is of
// the type [Errors] where the file is wrong.
func Read(r io.Reader) (*Custom, error) {
	data, root, err := load(r)
	if err != nil {
		return nil, err
	}
	d := &reader{policy: &Custom{revision: "1", digest: fmt.Sprintf("sha256:%x", sha256.Sum256(data))}, environments: map[string]*environment{}}
	d.file(root)
	if err := d.err(); err != nil {
		return nil, err
	}
	return d.policy, nil
}

// A reader reads one file. Parameters are read before rules, wherever they stand,
// since expressions depend on them.
type reader struct {
	decoder
	policy       *Custom
	environments map[string]*environment
}

func (d *reader) file(n *yaml.Node) {
	p := d.policy
	what := "the policy"
	var version string
	var params, rules, tests *yaml.Node
	later := func(to **yaml.Node) take { return func(_, v *yaml.Node) { *to = v } }
	d.mapping(n, what, map[string]take{
		"version": d.word(&version, []string{fmt.Sprint(Form)}),
		"name": func(key, v *yaml.Node) {
			if s, ok := d.scalar(key, v); ok {
				p.name = d.id(v, "name", s)
			}
		},
		"title": d.prose(&p.title, 200), "revision": d.prose(&p.revision, 60),
		"extends": d.extends, "parameters": later(&params), "rules": later(&rules), "tests": later(&tests),
	})
	d.need(n, what, "version", "write \"version: 1\"")
	d.need(n, what, "name", "results are listed under it")
	d.need(n, what, "title", "say what the policy is about")
	if params != nil {
		d.entries(params, "parameters", d.parameter)
	}
	if rules != nil {
		d.list(rules, "rules", maxRules, d.rule)
	}
	if len(d.errs) == 0 && len(p.bases) == 0 && (rules == nil || len(rules.Content) == 0) {
		d.fail(n, "the policy has no rules and extends nothing")
	}
	if tests != nil {
		d.list(tests, "tests", maxTests, d.test)
	}
}

func (d *reader) id(n *yaml.Node, what, s string) string {
	if !isID(s) {
		d.fail(n, "%s %s is not made of small letters, digits and \"-\"", what, quoted(s))
		return ""
	}
	if slices.ContainsFunc(Builtin(), func(b Policy) bool { return b.Name() == s }) {
		d.fail(n, "%s %s is that of a built-in policy", what, quoted(s))
	}
	return s
}

// extends takes a name of a built-in policy, or a list of them.
func (d *reader) extends(key, n *yaml.Node) {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	var names []string
	for _, b := range Builtin() {
		names = append(names, b.Name())
	}
	for _, item := range items[:min(len(items), 20)] {
		s, ok := d.scalar(key, item)
		if !ok || d.oneOf(item, "extends", s, names) == "" {
			continue
		}
		b, _ := Lookup(s)
		if slices.ContainsFunc(d.policy.bases, func(had Policy) bool { return had.Name() == s }) {
			d.fail(item, "extends names %q twice", s)
			continue
		}
		d.policy.bases = append(d.policy.bases, b)
	}
	if len(items) > 20 {
		d.fail(n, "extends has more than 20 items")
	}
}

// parameter takes a value, or keys that describe the parameter.
func (d *reader) parameter(key, n *yaml.Node) {
	x := parameter{kind: "string"}
	x.Name = key.Value
	if !isParameter(key.Value) || len(key.Value) > 64 {
		d.fail(key, "the parameter %s is not made of small letters, digits and \"-\"", quoted(key.Value))
		return
	}
	for _, b := range d.policy.bases {
		for _, p := range parametersOf(b) {
			if p.Name == x.Name {
				x.base, x.Meaning, x.Values = true, p.Meaning, p.Values
			}
		}
	}
	value := n
	if n.Kind == yaml.MappingNode && !tagged(n) {
		value = nil
		d.mapping(n, "the parameter "+key.Value, map[string]take{
			"type": d.word(&x.kind, parameterKinds()), "meaning": d.prose(&x.Meaning, 400),
			"default": func(_, v *yaml.Node) { value = v },
		})
	} else {
		x.kind = inferred(n)
	}
	if value != nil && x.kind != "" {
		d.preset(&x, value)
	}
	d.policy.params = append(d.policy.params, x)
}

// inferred is the type of a parameter that has only a value.
func inferred(n *yaml.Node) string {
	if n.Kind == yaml.SequenceNode {
		return "list"
	}
	switch n.ShortTag() {
	case "!!int":
		return "int"
	case "!!float":
		return "double"
	case "!!bool":
		return "bool"
	}
	return "string"
}

// preset takes the default of a parameter.
func (d *reader) preset(x *parameter, n *yaml.Node) {
	if x.kind == "list" && n.Kind == yaml.SequenceNode {
		var items []string
		d.list(n, x.Name, maxItems, func(item *yaml.Node) {
			if item.Kind != yaml.ScalarNode || tagged(item) || strings.Contains(item.Value, ",") || len(item.Value) > 400 {
				d.fail(item, "an item of %s has to be a word without a comma", x.Name)
				return
			}
			items = append(items, strings.TrimSpace(item.Value))
		})
		x.set, x.Default = true, strings.Join(items, ",")
	} else if n.Kind == yaml.ScalarNode && !tagged(n) && len(n.Value) <= 4000 {
		x.set, x.Default = !isNull(n), n.Value
	} else {
		d.fail(n, "the default of %s has to be a single value, not %s", x.Name, kindOf(n))
	}
	if !x.set {
		return
	}
	v, err := valueOf(x.kind, x.Default)
	if err != nil {
		d.fail(n, "the default of %s: %s", x.Name, bom.Cut(bom.Clean(err.Error()), 200))
	}
	if x.Values != nil && !slices.Contains(x.Values, x.Default) {
		d.fail(n, "the default of %s: %s is none of %s", x.Name, quoted(x.Default), strings.Join(x.Values, ", "))
	}
	x.given = v
}

func (d *reader) rule(n *yaml.Node) {
	r := rule{kind: forModel}
	r.Severity = bom.SeverityMedium
	var severity string
	var when, require, text *yaml.Node
	later := func(to **yaml.Node) take { return func(_, v *yaml.Node) { *to = v } }
	what := "a rule"
	d.mapping(n, what, map[string]take{
		"id": func(key, v *yaml.Node) {
			if s, ok := d.scalar(key, v); ok {
				r.ID = d.id(v, "id", s)
			}
		},
		"title": d.prose(&r.Title, 200), "why": d.prose(&r.Why, maxProse), "remedy": d.prose(&r.Remedy, maxProse),
		"for": d.word(&r.kind, kinds()), "severity": d.word(&severity, severities()),
		"when": later(&when), "require": later(&require), "message": later(&text),
	})
	d.need(n, what, "id", "exceptions and explanations name it")
	d.need(n, what, "title", "say what has to be so")
	d.need(n, what, "require", "an expression says what has to be so")
	if severity != "" {
		r.Severity = bom.Severity(severity)
	}
	for _, had := range d.policy.Rules() {
		if had.ID == r.ID && r.ID != "" {
			d.fail(n, "the rule %q is there already", r.ID)
		}
	}
	e := d.environment(n, r.kind)
	if e == nil {
		return
	}
	of := fmt.Sprintf("rule %q", r.ID)
	if when != nil {
		r.when = d.expression(e, when, of+": when")
	}
	if require != nil {
		r.require = d.expression(e, require, of+": require")
	}
	if text != nil {
		r.message = d.message(e, text, of+": message")
	}
	if r.require != nil {
		d.policy.rules = append(d.policy.rules, r)
	}
}

func severities() []string {
	return []string{string(bom.SeverityCritical), string(bom.SeverityHigh), string(bom.SeverityMedium), string(bom.SeverityLow), string(bom.SeverityInfo)}
}

// environment is made once for each kind of things.
func (d *reader) environment(n *yaml.Node, kind string) *environment {
	if e := d.environments[kind]; e != nil || kind == "" {
		return e
	}
	var params []Field
	for _, x := range d.policy.params {
		params = append(params, Field{fieldName(x.Name), celType(x.kind), x.Meaning})
	}
	e, err := newEnvironment(kind, params)
	if err != nil {
		d.fail(n, "expressions: %v", err)
		return nil
	}
	d.environments[kind] = e
	return e
}

func (d *reader) expression(e *environment, n *yaml.Node, what string) *program {
	if n.Kind != yaml.ScalarNode || tagged(n) {
		d.fail(n, "%s has to be an expression, not %s", what, kindOf(n))
		return nil
	}
	p, err := e.compile(n.Value, types.BoolType)
	if err != nil {
		d.fail(n, "%s: %v", what, err)
	}
	return p
}

// maxPlaceholders bounds the expressions in one message.
const maxPlaceholders = 20

// message takes a text with expressions in braces; "{{" and "}}" are braces.
func (d *reader) message(e *environment, n *yaml.Node, what string) wording {
	var text string
	d.prose(&text, maxProse)(&yaml.Node{Value: what}, n)
	var out wording
	var plain strings.Builder
	for len(text) > 0 {
		switch {
		case strings.HasPrefix(text, "{{"), strings.HasPrefix(text, "}}"):
			plain.WriteByte(text[0])
			text = text[2:]
		case text[0] == '{':
			inside, rest, ok := strings.Cut(text[1:], "}")
			if !ok {
				d.fail(n, "%s: a \"{\" is not closed; write \"{{\" for a brace", what)
				return nil
			}
			if len(out) == maxPlaceholders {
				d.fail(n, "%s has more than %d expressions", what, maxPlaceholders)
				return nil
			}
			p, err := e.compile(inside, nil)
			if err != nil {
				d.fail(n, "%s: {%s}: %v", what, bom.Cut(inside, 60), err)
				return nil
			}
			out = append(out, segment{plain.String(), p})
			plain.Reset()
			text = rest
		default:
			plain.WriteByte(text[0])
			text = text[1:]
		}
	}
	return append(out, segment{text: plain.String()})
}
