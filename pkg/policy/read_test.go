package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/modelbom/modelbom/schemas"
)

func TestReadErrors(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += string(c) + ": &" + string(c) + " [" + strings.TrimSuffix(strings.Repeat("*"+string(c-1)+",", 9), ",") + "]\n"
	}
	for name, c := range map[string]struct{ text, want string }{
		"empty":             {"", "the file says nothing"},
		"no YAML":           {"a: [", "this is no YAML"},
		"list":              {"- a", "line 1: the policy has to be keys with values, not a list"},
		"large":             {strings.Repeat("#", MaxSize+1), "the file is larger than 1048576 bytes"},
		"many values":       {strings.Repeat("a\n", 1<<16+1), "more than 65536 lines"},
		"bomb":              {file(bomb), "alias|is no key"},
		"deep":              {strings.Repeat("[", 5000), "depth|nest|no YAML"},
		"no version":        {"name: a\ntitle: T\nextends: graded\n", `the policy has no version: write "version: 1"`},
		"other version":     {"version: 2\nname: a\ntitle: T\nextends: graded\n", `version "2" is none of 1`},
		"unknown key":       {file("ruels: []\n"), `line 4: "ruels" is no key of the policy; did you mean "rules"?`},
		"key twice":         {file("extends: graded\nextends: graded\n"), `line 5: "extends" is there twice in the policy, first in line 4`},
		"nothing":           {file(""), "the policy has no rules and extends nothing"},
		"unknown base":      {file("extends: grade\n"), `extends "grade" is none of from-scratch, graded`},
		"base twice":        {file("extends: [graded, graded]\n"), `extends names "graded" twice`},
		"name of built-in":  {"version: 1\nname: graded\ntitle: T\nextends: ntia\n", `name "graded" is that of a built-in policy`},
		"bad name":          {"version: 1\nname: A b\ntitle: T\nextends: ntia\n", `name "A b" is not made of small letters`},
		"rule key":          {file("rules:\n  - {id: r, title: T, requires: 'true'}\n"), `line 5: "requires" is no key of a rule; did you mean "require"?`},
		"rule without":      {file("rules:\n  - {id: r}\n"), "a rule has no require"},
		"rule twice":        {file("rules:\n  - {id: r, title: T, require: 'true'}\n  - {id: r, title: T, require: 'true'}\n"), `line 6: the rule "r" is there already`},
		"rule of base":      {file("extends: graded\nrules:\n  - {id: graded, title: T, require: 'true'}\n"), "is that of a built-in policy"},
		"for":               {file("rules:\n  - {id: r, title: T, for: parts, require: 'true'}\n"), `for "parts" is none of model, part, upstream, file, finding, gap; did you mean "part"?`},
		"severity":          {file("rules:\n  - {id: r, title: T, severity: hihg, require: 'true'}\n"), `did you mean "high"?`},
		"expression":        {file("rules:\n  - id: r\n    title: T\n    require: model.nme == 'x'\n"), `line 7: rule "r": require: 1:6: undefined field 'nme'; did you mean "name"?`},
		"parameter unknown": {file("rules:\n  - {id: r, title: T, require: params.home == 'KR'}\n"), "undefined field 'home'"},
		"parameter name":    {file("extends: graded\nparameters: {Home: KR}\n"), `the parameter "Home" is not made of`},
		"parameter type":    {file("extends: graded\nparameters: {n: {type: int, default: many}}\n"), `the default of n: "many" is no whole number`},
		"parameter value":   {file("extends: graded\nparameters: {own: maybe}\n"), `the default of own: "maybe" is none of stated, shown`},
		"parameter infinite": {file("extends: graded\nparameters: {n: .inf}\n"),
			`the default of n: ".inf" is no number`},
		"message open":   {file("rules:\n  - {id: r, title: T, require: 'true', message: 'a {model.name'}\n"), `a "{" is not closed`},
		"message syntax": {file("rules:\n  - {id: r, title: T, require: 'true', message: 'a {model.}'}\n"), `rule "r": message: {model.}: `},
		"message many":   {file("rules:\n  - {id: r, title: T, require: 'true', message: '" + strings.Repeat("{1}", 21) + "'}\n"), "more than 20 expressions"},
		"tag":            {file("rules: !!set {a}\n"), "a value with a tag"},
		"many rules":     {file("rules: [" + strings.Repeat("{},", 201) + "]\n"), "rules has more than 200 items"},
		"test rule":      {file("rules:\n  - {id: rule, title: T, require: 'true'}\ntests:\n  - {name: n, expect: {rul: pass}}\n"), `the rule "rul" is none of rule; did you mean "rule"?`},
		"test outcome":   {file("rules:\n  - {id: r, title: T, require: 'true'}\ntests:\n  - {name: n, expect: {r: passes}}\n"), `did you mean "pass"?`},
		"test fact":      {file("rules:\n  - {id: r, title: T, require: 'true'}\ntests:\n  - {name: n, given: {parts: [{nam: x}]}, expect: {r: pass}}\n"), `"nam" is no key of Part; did you mean "name"?`},
		"test type":      {file("rules:\n  - {id: r, title: T, require: 'true'}\ntests:\n  - {name: n, given: {model: {parameters: x}}, expect: {r: pass}}\n"), `"x" is no int`},
	} {
		start := time.Now()
		p, err := Read(strings.NewReader(c.text))
		var list Errors
		if p != nil || !errors.As(err, &list) {
			t.Errorf("%s: %v, %v", name, p, err)
			continue
		}
		found := false
		for want := range strings.SplitSeq(c.want, "|") {
			found = found || strings.Contains(err.Error(), want)
		}
		if !found {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		if time.Since(start) > time.Minute || len(list) > 21 {
			t.Errorf("%s: %s, %d errors", name, time.Since(start), len(list))
		}
	}
}

const selfTested = `
parameters: {home: KR, most: 0.5}
rules:
  - id: foreign-share
    title: Foreign parts are small
    for: part
    when: part.origins.exists(o, o.found && o.upstream.supplier.country != params.home)
    require: part.share <= params.most
    message: "{part.name} is {part.share * 100.0} % of the model"
  - id: fresh
    title: Reviews are of this year
    for: part
    require: part.reviews.exists(r, r.bound && now - r.date < duration("8760h"))
  - id: upstreams
    title: Upstreams are known
    for: upstream
    require: has(upstream.supplier)
tests:
  - name: a small foreign part
    given: &none
      parts: [{name: vision-encoder, share: 0.1, origins: [{found: true, upstream: {supplier: {country: US}}}]}]
    expect: {foreign-share: pass, fresh: cannot-be-shown, upstreams: cannot-be-shown}
`

func TestSelfTest(t *testing.T) {
	text := file(strings.Replace(selfTested, " &none", "", 1)) + `  - name: a large foreign part, reviewed
    given:
      now: 2026-06-01
      params: {most: 0.05}
      parts:
        - {name: vision-encoder, share: 0.1, origins: [{found: true, upstream: {supplier: {country: US}}}], reviews: [{bound: true, date: 2026-01-01}]}
      upstreams: []
    expect: {foreign-share: fail, fresh: pass, upstreams: not-applicable}
  - name: a home part that is expected to fail
    given: {parts: [{share: 0.9, origins: [{found: true, upstream: {supplier: {country: KR}}}]}]}
    expect: {foreign-share: fail}
`
	p := read(t, text)
	results, err := p.Test()
	if err != nil || len(results) != 3 {
		t.Fatalf("%v %v", results, err)
	}
	if len(results[0].Failures)+len(results[1].Failures) != 0 {
		t.Errorf("%+v", results)
	}
	if f := results[2].Failures; len(f) != 1 || !strings.HasPrefix(f[0], "foreign-share is not-applicable, expected fail") {
		t.Errorf("%q", f)
	}
}

// The schema takes what Read takes, and refuses a misspelt key.
func TestPolicySchema(t *testing.T) {
	c := jsonschema.NewCompiler()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemas.Policy()))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.AddResource("policy.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("policy.json")
	if err != nil {
		t.Fatal(err)
	}
	valid := func(text string) error {
		var v any
		if err := yaml.Load([]byte(text), &v); err != nil {
			return err
		}
		data, err := json.Marshal(v)
		if err != nil {
			return err
		}
		x, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			return err
		}
		return s.Validate(x)
	}
	var names []string
	for _, b := range Builtin() {
		names = append(names, b.Name())
	}
	for _, text := range []string{file("extends: [" + strings.Join(names, ", ") + "]\n"), file(strings.Replace(selfTested, " &none", "", 1)), example(t)} {
		if _, err := Read(strings.NewReader(text)); err != nil {
			t.Error(err)
		}
		if err := valid(text); err != nil {
			t.Error(err)
		}
	}
	for _, text := range []string{file(""), file("extends: other\n"), file("rules: []\n"), oneRule("requires: 'true'"), oneRule("for: parts", "require: 'true'"), oneRule("severity: bad", "require: 'true'")} {
		if valid(text) == nil {
			t.Errorf("the schema takes %q", text)
		}
	}
}

// example is the policy of the documentation.
func example(t testing.TB) string {
	t.Helper()
	doc, err := os.ReadFile("../../docs/policies-own.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)```yaml\n(version: 1.*?)```").FindSubmatch(doc)
	if m == nil {
		t.Fatal("the documentation has no policy")
	}
	return string(m[1])
}

// The documented policy passes its own tests, and the documentation lists every
// field with its type and meaning.
func TestDocumentation(t *testing.T) {
	p := read(t, example(t))
	results, err := p.Test()
	if err != nil || len(results) == 0 {
		t.Fatal(results, err)
	}
	for _, r := range results {
		if len(r.Failures) > 0 {
			t.Errorf("%s: %q", r.Name, r.Failures)
		}
	}
	doc, err := os.ReadFile("../../docs/policies-own.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := factTables(); !strings.Contains(string(doc), want) {
		if os.Getenv("UPDATE") == "" {
			t.Error("docs/policies-own.md does not have the tables of the facts; run the test with UPDATE=1")
			return
		}
		before, rest, ok := strings.Cut(string(doc), tablesBegin)
		_, after, end := strings.Cut(rest, tablesEnd)
		if !ok || !end {
			t.Fatal("docs/policies-own.md has no place for the tables")
		}
		if err := os.WriteFile("../../docs/policies-own.md", []byte(before+want+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

const (
	tablesBegin = "<!-- facts: written by UPDATE=1 go test ./pkg/policy -run Documentation -->\n"
	tablesEnd   = "<!-- end of facts -->\n"
)

// factTables are the tables of the documentation. The fields that all components
// have are listed once.
func factTables() string {
	var b strings.Builder
	b.WriteString(tablesBegin)
	table := func(head, meaning string, fields []Field) {
		b.WriteString("\n### " + head + "\n\n" + meaning + "\n\n| field | type | meaning |\n| --- | --- | --- |\n")
		for _, f := range fields {
			b.WriteString("| `" + f.Name + "` | `" + f.Type + "` | " + f.Meaning + " |\n")
		}
	}
	table("All components", "`Model`, `Part`, `Upstream`, `Dataset` and `File` have these.", componentFields())
	table("Models", "`Model`, `Part` and `Upstream` also have these.", modelFields())
	table("What is stated", "`Model` and `Part` also have these.", statedFields())
	for _, x := range FactTypes() {
		var own []Field
		for i, f := range x.Fields {
			switch x.Name {
			case "Model", "Part":
				if i < len(componentFields())+len(modelFields())+len(statedFields()) {
					continue
				}
			case "Upstream":
				continue
			case "Dataset", "File":
				if i < len(componentFields()) {
					continue
				}
			}
			own = append(own, f)
		}
		if len(own) > 0 {
			table("`"+x.Name+"`", strings.ToUpper(x.Meaning[:1])+x.Meaning[1:]+".", own)
		}
	}
	b.WriteString("\n" + tablesEnd)
	return b.String()
}

func FuzzReadPolicy(f *testing.F) {
	f.Add(file("extends: graded\n"))
	f.Add(file(strings.Replace(selfTested, " &none", "", 1)))
	f.Add(oneRule("for: part", "when: part.role == 'x'", "require: 'true'", "message: '{part.name}'", "severity: low", "why: w", "remedy: r"))
	f.Add(file("parameters: {a: 1, b: [x, y], c: {type: date, default: 2026-01-01}}\nrules: [{id: r, title: T, require: 'params.a == 1'}]\n"))
	f.Add(example(f))
	d := document()
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Read(strings.NewReader(text))
		if (p == nil) == (err == nil) {
			t.Fatal("not exactly one of a policy and an error")
		}
		if err != nil {
			return
		}
		if p.Name() == "" || p.Title() == "" || len(p.Rules()) == 0 {
			t.Fatalf("%+v", p)
		}
		if _, err := p.Test(); err != nil && !strings.Contains(err.Error(), "more than") && !strings.Contains(err.Error(), "parameter") {
			t.Fatal(err)
		}
		r, err := p.Check(d, Options{})
		if (r == nil) == (err == nil) {
			t.Fatal("not exactly one of a result and an error")
		}
	})
}
