package policy

import (
	"crypto/sha256"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/common/types"
	"go.yaml.in/yaml/v4"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/strictyaml"
)

// Form is the version of the form of policy files that [Read] reads.
const Form = 1

const (
	// MaxSize is the largest policy file that is read, in bytes.
	MaxSize  = 1 << 20
	maxRules = 200
	maxTests = 500
	maxProse = 1000
)

// An Error is one thing that is wrong with a policy file, with its line.
type Error = strictyaml.Error

// Errors are everything that is wrong with a policy file, in the order of its
// lines. The list ends after twenty.
type Errors = strictyaml.Errors

var (
	isID        = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`).MatchString
	isParameter = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`).MatchString
)

// Read reads a policy of the user's: YAML, with expressions in CEL, which are
// compiled here, so that a mistake is known before a document is. The error is of
// the type [Errors] where the file is wrong.
func Read(r io.Reader) (*Custom, error) {
	root, data, err := strictyaml.Load(r, strictyaml.Limits{Size: MaxSize})
	if err != nil {
		return nil, err
	}
	d := &reader{policy: &Custom{revision: "1", digest: fmt.Sprintf("sha256:%x", sha256.Sum256(data))}, environments: map[string]*environment{}}
	d.file(root)
	if err := d.Err(); err != nil {
		return nil, err
	}
	return d.policy, nil
}

// A reader reads one file. Parameters are read before rules, wherever they stand,
// since expressions depend on them.
type reader struct {
	strictyaml.Decoder
	policy       *Custom
	environments map[string]*environment
}

func (d *reader) file(n *yaml.Node) {
	p := d.policy
	what := "the policy"
	var version string
	var params, rules, tests *yaml.Node
	later := func(to **yaml.Node) strictyaml.Field { return func(_, v *yaml.Node) { *to = v } }
	d.Mapping(n, what, map[string]strictyaml.Field{
		"version": d.Word(&version, []string{fmt.Sprint(Form)}),
		"name": func(key, v *yaml.Node) {
			if s, ok := d.Scalar(key, v); ok {
				p.name = d.id(v, "name", s)
			}
		},
		"title": d.prose(&p.title, 200), "revision": d.prose(&p.revision, 60),
		"extends": d.extends, "parameters": later(&params), "rules": later(&rules), "tests": later(&tests),
	})
	d.Need(n, what, "version", "write \"version: 1\"")
	d.Need(n, what, "name", "results are listed under it")
	d.Need(n, what, "title", "say what the policy is about")
	if params != nil {
		d.Entries(params, "parameters", d.parameter)
	}
	if rules != nil {
		d.List(rules, "rules", maxRules, d.rule)
	}
	if !d.Failed() && len(p.bases) == 0 && (rules == nil || len(rules.Content) == 0) {
		d.Fail(n, "the policy has no rules and extends nothing")
	}
	if tests != nil {
		d.List(tests, "tests", maxTests, d.test)
	}
}

func (d *reader) id(n *yaml.Node, what, s string) string {
	if !isID(s) {
		d.Fail(n, "%s %s is not made of small letters, digits and \"-\"", what, d.Quote(s))
		return ""
	}
	if slices.ContainsFunc(Builtin(), func(b Policy) bool { return b.Name() == s }) {
		d.Fail(n, "%s %s is that of a built-in policy", what, d.Quote(s))
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
		s, ok := d.Scalar(key, item)
		if !ok || d.OneOf(item, "extends", s, names) == "" {
			continue
		}
		b, _ := Lookup(s)
		if slices.ContainsFunc(d.policy.bases, func(had Policy) bool { return had.Name() == s }) {
			d.Fail(item, "extends names %q twice", s)
			continue
		}
		d.policy.bases = append(d.policy.bases, b)
	}
	if len(items) > 20 {
		d.Fail(n, "extends has more than 20 items")
	}
}

// parameter takes a value, or keys that describe the parameter.
func (d *reader) parameter(key, n *yaml.Node) {
	x := parameter{kind: "string"}
	x.Name = key.Value
	if !isParameter(key.Value) || len(key.Value) > 64 {
		d.Fail(key, "the parameter %s is not made of small letters, digits and \"-\"", d.Quote(key.Value))
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
	if n.Kind == yaml.MappingNode && !strictyaml.IsTagged(n) {
		value = nil
		d.Mapping(n, "the parameter "+key.Value, map[string]strictyaml.Field{
			"type": d.Word(&x.kind, parameterKinds()), "meaning": d.prose(&x.Meaning, 400),
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
		d.List(n, x.Name, 0, func(item *yaml.Node) {
			if item.Kind != yaml.ScalarNode || strictyaml.IsTagged(item) || strings.Contains(item.Value, ",") || len(item.Value) > 400 {
				d.Fail(item, "an item of %s has to be a word without a comma", x.Name)
				return
			}
			items = append(items, strings.TrimSpace(item.Value))
		})
		x.set, x.Default = true, strings.Join(items, ",")
	} else if n.Kind == yaml.ScalarNode && !strictyaml.IsTagged(n) && len(n.Value) <= 4000 {
		x.set, x.Default = !strictyaml.IsNull(n), n.Value
	} else {
		d.Fail(n, "the default of %s has to be a single value, not %s", x.Name, strictyaml.KindOf(n))
	}
	if !x.set {
		return
	}
	v, err := valueOf(x.kind, x.Default)
	if err != nil {
		d.Fail(n, "the default of %s: %s", x.Name, bom.Cut(bom.Clean(err.Error()), 200))
	}
	if x.Values != nil && !slices.Contains(x.Values, x.Default) {
		d.Fail(n, "the default of %s: %s is none of %s", x.Name, d.Quote(x.Default), strings.Join(x.Values, ", "))
	}
	x.given = v
}

// prose takes a text of at most max characters, with single spaces.
func (d *reader) prose(to *string, max int) strictyaml.Field {
	return func(key, n *yaml.Node) {
		s, ok := d.Scalar(key, n)
		if !ok {
			return
		}
		s = bom.Clean(strings.Join(strings.Fields(s), " "))
		switch size := utf8.RuneCountInString(s); {
		case s == "":
			d.Fail(n, "%s is empty", key.Value)
		case size > max:
			d.Fail(n, "%s has %d characters; %d are allowed", key.Value, size, max)
		default:
			*to = s
		}
	}
}

func (d *reader) rule(n *yaml.Node) {
	r := rule{kind: forModel}
	r.Severity = bom.SeverityMedium
	var severity string
	var when, require, text *yaml.Node
	later := func(to **yaml.Node) strictyaml.Field { return func(_, v *yaml.Node) { *to = v } }
	what := "a rule"
	d.Mapping(n, what, map[string]strictyaml.Field{
		"id": func(key, v *yaml.Node) {
			if s, ok := d.Scalar(key, v); ok {
				r.ID = d.id(v, "id", s)
			}
		},
		"title": d.prose(&r.Title, 200), "why": d.prose(&r.Why, maxProse), "remedy": d.prose(&r.Remedy, maxProse),
		"for": d.Word(&r.kind, kinds()), "severity": d.Word(&severity, severities()),
		"when": later(&when), "require": later(&require), "message": later(&text),
	})
	d.Need(n, what, "id", "exceptions and explanations name it")
	d.Need(n, what, "title", "say what has to be so")
	d.Need(n, what, "require", "an expression says what has to be so")
	if severity != "" {
		r.Severity = bom.Severity(severity)
	}
	for _, had := range d.policy.Rules() {
		if had.ID == r.ID && r.ID != "" {
			d.Fail(n, "the rule %q is there already", r.ID)
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
		d.Fail(n, "expressions: %v", err)
		return nil
	}
	d.environments[kind] = e
	return e
}

func (d *reader) expression(e *environment, n *yaml.Node, what string) *program {
	if n.Kind != yaml.ScalarNode || strictyaml.IsTagged(n) {
		d.Fail(n, "%s has to be an expression, not %s", what, strictyaml.KindOf(n))
		return nil
	}
	p, err := e.compile(n.Value, types.BoolType)
	if err != nil {
		d.Fail(n, "%s: %v", what, err)
	}
	return p
}

// maxPlaceholders bounds the expressions in one message.
const maxPlaceholders = 20

// message takes a text with expressions in braces; "{{" and "}}" are braces.
func (d *reader) message(e *environment, n *yaml.Node, what string) template {
	var text string
	d.prose(&text, maxProse)(&yaml.Node{Value: what}, n)
	var out template
	var plain strings.Builder
	for len(text) > 0 {
		switch {
		case strings.HasPrefix(text, "{{"), strings.HasPrefix(text, "}}"):
			plain.WriteByte(text[0])
			text = text[2:]
		case text[0] == '{':
			inside, rest, ok := strings.Cut(text[1:], "}")
			if !ok {
				d.Fail(n, "%s: a \"{\" is not closed; write \"{{\" for a brace", what)
				return nil
			}
			if len(out) == maxPlaceholders {
				d.Fail(n, "%s has more than %d expressions", what, maxPlaceholders)
				return nil
			}
			p, err := e.compile(inside, nil)
			if err != nil {
				d.Fail(n, "%s: {%s}: %v", what, bom.Cut(inside, 60), err)
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
