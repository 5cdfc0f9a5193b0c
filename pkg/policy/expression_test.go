package policy

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
)

// expressionOf is a file with an expression as a block, which needs no quotes.
func expressionOf(kind, expr string) string {
	return file("rules:\n  - id: r\n    title: T\n    for: " + kind + "\n    require: |-\n      " + expr + "\n")
}

// Hostile expressions end soon and with an error that names the rule: most when
// the policy is read, the others when it is applied.
func TestHostileExpressions(t *testing.T) {
	nest := func(n int, open, inside, end string) string {
		return strings.Repeat(open, n) + inside + strings.Repeat(end, n)
	}
	lists := func(n int) string { // n lists of 100 within each other
		item := "[" + strings.TrimSuffix(strings.Repeat("1,", 100), ",") + "]"
		s := "true"
		for i := range n {
			s = fmt.Sprintf("%s.all(x%d, %s)", item, i, s)
		}
		return s
	}
	double := `"` + strings.Repeat("a", 100) + `"`
	for i := range 30 {
		double = fmt.Sprintf("[%s].map(x%d, x%d + x%d)[0]", double, i, i, i)
	}
	for name, c := range map[string]struct{ kind, expr, want string }{
		"type error":          {"model", `model.name > 3`, "no matching overload"},
		"unknown field":       {"model", `model.suplier.name == "x"`, `undefined field 'suplier'; did you mean "supplier"?`},
		"unknown name":        {"part", `prt.name == "x"`, `undeclared reference to 'prt'`},
		"of another kind":     {"part", `upstream.name == "x"`, `undeclared reference to 'upstream'`},
		"no boolean":          {"model", `model.name`, "it gives a string and has to give a bool"},
		"dynamic":             {"model", `dyn(model.name)`, "has to give a bool"},
		"syntax":              {"model", `model.name ==`, "1:14:"},
		"empty":               {"model", `""`, "has to give a bool"},
		"makes an object":     {"model", `Part{name: "x"} == Part{name: "x"}`, "cannot make objects"},
		"long":                {"model", `"` + strings.Repeat("a", 5000) + `" == ""`, "size exceeds limit"},
		"deep brackets":       {"model", nest(500, "(", "true", ")"), "recursion"},
		"deep lists":          {"model", nest(500, "[", "1", "]") + ` == []`, "recursion"},
		"wide":                {"model", strings.TrimSuffix(strings.Repeat("1+", 1999), "+") + "== 2", "node count|recursion|limit"},
		"regexp":              {"model", `model.name.matches("((a{1,100}){1,100}){1,100}")`, "invalid matches argument"},
		"regexp program":      {"model", `model.name.matches("(a{1,50}b{1,50}){1,18}")`, "regex"},
		"regexp syntax":       {"model", `model.name.matches("(")`, "invalid matches argument|missing"},
		"files by files":      {"model", `model.files.all(a, model.files.all(b, model.files.all(c, a != b || b != c)))`, "it can cost more than 10^15 steps|it can cost"},
		"lists within lists":  {"model", lists(6), "it can cost|limit"},
		"time zone":           {"model", `now.getHours("Asia/Seoul") == 3`, "no matching overload"},
		"time zone of a file": {"model", `now.getHours("../../etc/passwd") == 3`, "no matching overload"},
	} {
		start := time.Now()
		_, err := Read(strings.NewReader(expressionOf(c.kind, c.expr)))
		if err == nil {
			t.Errorf("%s: it is taken", name)
			continue
		}
		found := false
		for want := range strings.SplitSeq(c.want, "|") {
			found = found || strings.Contains(err.Error(), want)
		}
		if !found || !strings.Contains(err.Error(), `rule "r"`) || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		if len(err.Error()) > 2000 || time.Since(start) > time.Minute {
			t.Errorf("%s: %d characters after %s", name, len(err.Error()), time.Since(start))
		}
	}
	if _, err := Read(strings.NewReader(expressionOf("model", double+` != ""`))); err == nil {
		p := read(t, expressionOf("model", double+` != ""`))
		if _, err := p.Check(document(), Options{}); err == nil || !strings.Contains(err.Error(), `rule "r"`) {
			t.Errorf("doubled texts: %v", err)
		}
	}
}

// What costs too much only in a certain document ends there.
func TestCostLimit(t *testing.T) {
	for kind, c := range map[string]struct {
		files      int
		expr, want string
	}{
		"model": {2000, "model.files.all(a, model.files.all(b, a.ref != b.ref || b.size == a.size))", `rule "r": it takes more than 2 million steps on one thing`},
		"file":  {500, "model.files.all(a, file.ref != a.ref || a.size == file.size)", `rule "r": the policy takes more than 1 million steps on this document`},
	} {
		p := read(t, expressionOf(kind, c.expr))
		start := time.Now()
		_, err := p.check(large(c.files), Options{}, 1_000_000)
		if kind == "model" {
			_, err = p.Check(large(c.files), Options{})
		}
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", kind, err, c.want)
		}
		t.Logf("%s: %s", kind, time.Since(start))
	}
}

// BenchmarkCheck is simple rules over many files.
func BenchmarkCheck(b *testing.B) {
	var rules strings.Builder
	for i := range 10 {
		fmt.Fprintf(&rules, "  - {id: r%d, title: T, for: file, when: \"file.job == 'weights'\", require: 'file.hashes[\"SHA-256\"].startsWith(\"0\") && file.size >= 0'}\n", i)
	}
	p, err := Read(strings.NewReader(file("rules:\n" + rules.String())))
	if err != nil {
		b.Fatal(err)
	}
	d := large(10_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Check(d, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// A regular expression that a document holds is bounded too.
func TestRegexpOfDocument(t *testing.T) {
	d := document()
	for i := range d.Components {
		if d.Components[i].Ref == d.Subject {
			d.Components[i].Description = "((a{1,100}){1,10}){1,10}"
		}
	}
	r, err := read(t, expressionOf("model", `model.name.matches(model.description)`)).Check(d, Options{})
	if err == nil && r.Outcome != NotShown {
		t.Errorf("%+v", r)
	}
}

// The environment has the standard functions alone, and none that reads or writes
// anything, or tells the time.
func TestEnvironmentFunctions(t *testing.T) {
	known := map[string]bool{}
	for _, f := range strings.Fields(`!_ -_ @in @not_strictly_false _!=_ _%_ _&&_ _*_ _+_ _-_ _/_ _<=_ _<_ _==_ _>=_ _>_ _?_:_ _[_] _||_
		bool bytes contains double duration dyn endsWith getDate getDayOfMonth getDayOfWeek getDayOfYear getFullYear getHours getMilliseconds
		getMinutes getMonth getSeconds int matches size startsWith string timestamp type uint in _in_ __not_strictly_false__`) {
		known[f] = true
	}
	for _, kind := range kinds() {
		e, err := newEnvironment(kind, nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, f := range e.Functions() {
			if !known[name] {
				t.Errorf("%s: there is a function %q", kind, name)
			}
			for _, o := range f.OverloadDecls() {
				if strings.HasSuffix(o.ID(), "_tz") {
					t.Errorf("%s: %s reads the time zones of the machine", kind, o.ID())
				}
			}
		}
		for _, v := range e.Variables() {
			switch v.Name() {
			case "model", "doc", "params", "now", kind:
			default:
				if !strings.Contains("bool bytes double duration dyn google.protobuf.Timestamp google.protobuf.Duration int list map null_type string timestamp type uint optional_type", v.Name()) {
					t.Errorf("%s: there is a variable %q", kind, v.Name())
				}
			}
		}
		for _, expr := range []string{`readFile("/etc/passwd")`, `http.get("http://x")`, `env("HOME")`, `os.args`, `exec("ls")`, `fetch("x")`, `now()`, `import("x")`, `open("x")`} {
			if _, err := e.compile(expr+` == ""`, nil); err == nil {
				t.Errorf("%s: %s is an expression", kind, expr)
			}
		}
	}
}

// Every field of the typed model that a full document can fill is filled, with a
// value of its type: the table is what documents give.
func TestFactTypes(t *testing.T) {
	for _, x := range FactTypes() {
		seen := map[string]bool{}
		for _, f := range x.Fields {
			if seen[f.Name] || f.Meaning == "" || !strings.HasPrefix(f.Type, "list(") && !strings.HasPrefix(f.Type, "map(") && typeOf(f.Type).String() != f.Type &&
				f.Type != "timestamp" {
				t.Errorf("%s.%s: %q", x.Name, f.Name, f.Type)
			}
			seen[f.Name] = true
		}
	}
	f := factsOf(document(), Options{}, nil)
	fields := map[string]map[string]bool{}
	for _, x := range FactTypes() {
		fields[x.Name] = map[string]bool{}
		for _, y := range x.Fields {
			fields[x.Name][y.Name] = true
		}
	}
	check := func(name string, x fact) {
		for key := range x {
			if !fields[name][key] {
				t.Errorf("%s has %q, which the table does not", name, key)
			}
		}
	}
	check("Model", f.model)
	check("Document", f.doc)
	for kind, list := range f.things {
		for _, x := range list {
			check(strings.ToUpper(kind[:1])+kind[1:], x)
		}
	}
}

func FuzzExpression(f *testing.F) {
	for _, s := range []string{`model.name == "x"`, `model.parts.all(p, p.licences.class in ["permissive"])`, `has(model.supplier) ? model.supplier.country == "KR" : false`,
		`now - doc.created < duration("24h")`, `model.name.matches("^[a-z]+$")`, `[1, 2].map(x, x * 2).exists(x, x > 3)`, `model.properties["a"][0].size() > 3u`, `!(`, `model.parameters / 0 > 1`,
		`{"a": 1}["b"] == 2 || true`, `type(model) == map`} {
		f.Add(s)
	}
	e, err := newEnvironment(forModel, []Field{{"home", "string", ""}})
	if err != nil {
		f.Fatal(err)
	}
	facts := factsOf(document(), Options{}, nil)
	f.Fuzz(func(t *testing.T, s string) {
		p, err := e.compile(s, nil)
		if (p == nil) == (err == nil) {
			t.Fatal("not exactly one of a program and an error")
		}
		if err != nil {
			if bom.Clean(err.Error()) != err.Error() {
				t.Fatalf("an error is not clean: %q", err)
			}
			return
		}
		c := &checker{budget: &budget{ctx: t.Context(), total: maxTotal}, facts: facts, params: map[string]any{}}
		start := time.Now()
		v, err := c.run(p, c.vars(forModel, facts.model))
		if (v == nil) == (err == nil) && err == nil {
			t.Fatal("neither a value nor an error")
		}
		if d := time.Since(start); d > time.Minute {
			t.Fatalf("it takes %s", d)
		}
	})
}
