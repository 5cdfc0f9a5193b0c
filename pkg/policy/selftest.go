package policy

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/strictyaml"
)

// A TestResult is what became of one test that a policy has for its own rules.
type TestResult struct {
	Name string
	Line int
	// Failures say which rules came to something else; empty when it passed.
	Failures []string
}

// A test gives facts and says what the rules have to come to.
type test struct {
	name   string
	line   int
	given  *facts
	params map[string]string
	now    time.Time
	expect map[string]Outcome
}

// Test runs the tests of the policy. They test its own rules, not the policies
// that it extends. The error is that of a rule or parameter that ended the run.
func (p *Custom) Test() ([]TestResult, error) {
	ctx, cancel := context.WithTimeout(context.Background(), maxTime)
	defer cancel()
	b := &budget{ctx: ctx, total: maxTotal}
	var out []TestResult
	for _, t := range p.tests {
		r := TestResult{Name: t.name, Line: t.line}
		params, err := p.apply(t.params)
		if err != nil {
			return nil, fmt.Errorf("test %q: %w", t.name, err)
		}
		c := &checker{budget: b, facts: t.given, params: params, now: t.now, exceptions: &exceptions{}}
		for i := range p.rules {
			want, ok := t.expect[p.rules[i].ID]
			if !ok {
				continue
			}
			checks, err := c.rule(&p.rules[i])
			if err != nil {
				return nil, fmt.Errorf("test %q: rule %q: %w", t.name, p.rules[i].ID, err)
			}
			if f := differs(&p.rules[i], checks, want); f != "" {
				r.Failures = append(r.Failures, f)
			}
		}
		out = append(out, r)
	}
	return out, nil
}

// differs says in what the outcome of a rule is another one than was expected.
func differs(r *rule, checks []Verification, want Outcome) string {
	var all []Outcome
	order(checks)
	for _, v := range checks {
		all = append(all, v.Outcome)
	}
	got := sum(all...)
	if got == want {
		return ""
	}
	text := fmt.Sprintf("%s is %s, expected %s", r.ID, got, want)
	if len(checks) > 0 {
		text += ": " + checks[0].Text
	}
	return bom.Cut(text, bom.MaxText)
}

func (d *reader) test(n *yaml.Node) {
	t := test{line: n.Line, params: map[string]string{}, expect: map[string]Outcome{}, given: &facts{things: map[string][]fact{}, answered: map[string]bool{}}}
	what := "a test"
	d.Mapping(n, what, map[string]strictyaml.Field{
		"name":   d.prose(&t.name, 200),
		"given":  func(_, v *yaml.Node) { d.given(v, &t) },
		"expect": func(_, v *yaml.Node) { d.Entries(v, "expect", d.expected(&t)) },
	})
	d.Need(n, what, "name", "say what it shows")
	d.Need(n, what, "expect", "say what the rules come to")
	if t.given.model == nil {
		t.given.complete()
	}
	d.policy.tests = append(d.policy.tests, t)
}

func (d *reader) expected(t *test) strictyaml.Field {
	var ids []string
	for _, r := range d.policy.rules {
		ids = append(ids, r.ID)
	}
	outcomes := []string{string(Pass), string(Fail), string(NotShown), string(NotApplicable)}
	return func(key, n *yaml.Node) {
		s, ok := d.Scalar(key, n)
		if ok && d.OneOf(key, "the rule", key.Value, ids) != "" {
			t.expect[key.Value] = Outcome(d.OneOf(n, key.Value, s, outcomes))
		}
	}
}

// given takes the facts of a test, in the words of the typed model.
func (d *reader) given(n *yaml.Node, t *test) {
	f := t.given
	lists := map[string]string{"parts": forPart, "upstreams": forUpstream, "files": forFile, "findings": forFinding, "gaps": forGap}
	keys := map[string]strictyaml.Field{
		"model": func(_, v *yaml.Node) { f.model = d.fact(v, "Model") },
		"doc":   func(_, v *yaml.Node) { f.doc = d.fact(v, "Document") },
		"params": func(_, v *yaml.Node) {
			d.Entries(v, "params", func(key, value *yaml.Node) { d.givenParameter(key, value, t) })
		},
		"now": func(_, v *yaml.Node) {
			if x, ok := d.value(v, "timestamp").(time.Time); ok {
				t.now = x
			}
		},
	}
	for name, kind := range lists {
		keys[name] = func(_, v *yaml.Node) {
			d.List(v, name, 0, func(item *yaml.Node) { f.things[kind] = append(f.things[kind], d.fact(item, celName(kind))) })
			f.answered[kind] = kind != forPart && kind != forFile
		}
	}
	d.Mapping(n, "given", keys)
	f.complete()
}

func celName(kind string) string { return string(kind[0]-'a'+'A') + kind[1:] }

// complete gives the model the things that stand beside it.
func (f *facts) complete() {
	if f.model == nil {
		f.model = fact{}
	}
	if f.doc == nil {
		f.doc = fact{}
	}
	for name, kind := range map[string]string{"parts": forPart, "upstreams": forUpstream, "files": forFile, "findings": forFinding, "gaps": forGap} {
		if _, ok := f.model[name]; !ok {
			f.model.answer(name, f.things[kind], f.answered[kind])
		}
	}
	f.things[forModel] = []fact{f.model}
}

func (d *reader) givenParameter(key, n *yaml.Node, t *test) {
	i := slices.IndexFunc(d.policy.params, func(p parameter) bool { return p.Name == key.Value })
	if i < 0 {
		d.Fail(key, "the policy has no parameter %s", d.Quote(key.Value))
		return
	}
	x := parameter{kind: d.policy.params[i].kind}
	x.Name = key.Value
	d.preset(&x, n)
	t.params[key.Value] = x.Default
}

// fact takes one thing of a type of the model.
func (d *reader) fact(n *yaml.Node, typeName string) fact {
	i := slices.IndexFunc(FactTypes(), func(t FactType) bool { return t.Name == typeName })
	if i < 0 {
		d.Fail(n, "there are no facts of the type %s", typeName)
		return fact{}
	}
	f := fact{}
	keys := map[string]strictyaml.Field{}
	for _, x := range FactTypes()[i].Fields {
		keys[x.Name] = func(_, v *yaml.Node) {
			if got := d.value(v, x.Type); got != nil {
				f[x.Name] = got
			}
		}
	}
	d.Mapping(n, typeName, keys)
	return f
}

// value takes a value of a type, as the table of types names it.
func (d *reader) value(n *yaml.Node, typeName string) any {
	switch typeName {
	case "string", "int", "double", "bool", "timestamp":
		return d.single(n, typeName)
	case "map(string, string)":
		out := map[string]string{}
		d.Entries(n, "a map", func(key, v *yaml.Node) {
			if s, ok := d.Scalar(key, v); ok {
				out[key.Value] = s
			}
		})
		return out
	case "map(string, list(string))":
		out := map[string][]string{}
		d.Entries(n, "a map", func(key, v *yaml.Node) {
			d.List(v, key.Value, 0, func(item *yaml.Node) {
				if s, ok := d.Scalar(key, item); ok {
					out[key.Value] = append(out[key.Value], s)
				}
			})
		})
		return out
	}
	if len(typeName) > 6 && typeName[:5] == "list(" {
		out := []any{}
		d.List(n, typeName, 0, func(item *yaml.Node) {
			if v := d.value(item, typeName[5:len(typeName)-1]); v != nil {
				out = append(out, v)
			}
		})
		return out
	}
	return map[string]any(d.fact(n, typeName))
}

// single takes a value of a simple type.
func (d *reader) single(n *yaml.Node, typeName string) any {
	s, ok := d.Scalar(&yaml.Node{Value: "a " + typeName}, n)
	if !ok {
		return nil
	}
	var v any = s
	var err error
	switch typeName {
	case "int":
		v, err = strconv.ParseInt(s, 10, 64)
	case "double":
		v, err = strconv.ParseFloat(s, 64)
	case "bool":
		v, err = strconv.ParseBool(s)
	case "timestamp":
		t, fault := time.Parse(time.RFC3339, s)
		if fault != nil {
			t, fault = time.Parse(time.DateOnly, s)
		}
		v, err = t.UTC(), fault
	}
	if err != nil {
		d.Fail(n, "%s is no %s", d.Quote(s), typeName)
		return nil
	}
	return v
}
