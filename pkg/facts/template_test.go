package facts_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/facts"
)

// answered takes the "#" from every line that a template asks on.
func answered(template []byte) string {
	var b strings.Builder
	for line := range strings.Lines(string(template)) {
		text := strings.TrimLeft(line, " ")
		if strings.HasPrefix(text, "#") && !strings.HasPrefix(text, "# ") {
			line = line[:len(line)-len(text)] + text[1:]
		}
		b.WriteString(line)
	}
	return b.String()
}

// TestTemplate: a template can be read as it is and with all answers in, and its
// digests are those of the document.
func TestTemplate(t *testing.T) {
	d := facts.Sample()
	d.Component("upstream:pkg:huggingface/example/base@1").Supplier = &bom.Organization{Name: "Example: \"Lab\"", Country: ""}
	d.Component("model").Supplier = &bom.Organization{Name: "Acme # 1", Country: "KR"}
	text := facts.Template(d)
	f, err := facts.Read(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if f.Producer.Name != "Acme # 1" || f.Producer.Country != "KR" || len(f.Parts) != 3 || f.Parts[0].Own != nil {
		t.Errorf("%+v", f)
	}
	if problems := facts.Apply(d, f, bom.Input{Name: "x"}); len(problems) != 0 {
		t.Errorf("%v", problems)
	}
	f, err = facts.Read(strings.NewReader(answered(text)))
	if err != nil {
		t.Fatalf("%v\n%s", err, answered(text))
	}
	if n := strings.Count(answered(text), "#"); n < 20 || f.Upstreams[0].Supplier.Name != "Example: \"Lab\"" || len(f.Exceptions) != 1 || len(f.Datasets) != 1 {
		t.Errorf("%d comments, %+v", n, f)
	}
	d = facts.Sample()
	if problems := facts.Apply(d, f, bom.Input{Name: "x"}); len(problems) != 0 {
		t.Errorf("%v", problems)
	}
	for _, c := range d.Components {
		for _, p := range c.Properties {
			if strings.Contains(p.Value, facts.OtherBytes) {
				t.Errorf("%s: %s", c.Ref, p.Value)
			}
		}
	}
}

// TestTemplateHostile: names from a repository break out of no line.
func TestTemplateHostile(t *testing.T) {
	for _, name := range []string{"\nversion: 2\n", "# x", "\"", "'", "a: b", "- x", "&a *a", "!!x", "\u2028x: y", "\x1b[31m", "\\", "{", "日本", strings.Repeat("x", 2000), "", " ", "|", "\xff", "null", "a\\\"b"} {
		d := facts.Sample()
		for i := range d.Components {
			c := &d.Components[i]
			c.Name, c.Group, c.Supplier = name, name, &bom.Organization{Name: name, Country: name}
			c.Licenses = []bom.License{{Name: name}}
		}
		ref := bom.Ref("part:head:" + bom.Clean(name))
		d.Components = append(d.Components, bom.Component{Ref: ref, Kind: bom.KindModel, Role: "head", Model: &bom.Model{WeightsDigest: "sha256:" + strings.Repeat("8", 64)}})
		d.Relationships = append(d.Relationships, bom.Relationship{From: d.Subject, Type: bom.Contains, To: ref})
		text := facts.Template(d)
		for _, s := range []string{string(text), answered(text)} {
			f, err := facts.Read(strings.NewReader(s))
			if err != nil {
				t.Fatalf("%q: %v\n%s", name, err, s)
			}
			if problems := facts.Apply(d, f, bom.Input{}); len(problems) > 0 && problems[0].Rule != facts.RuleDisagreement {
				t.Errorf("%q: %v", name, problems)
			}
		}
	}
}

func TestTemplateOne(t *testing.T) {
	for n, want := range map[int64]string{1: "# part:language-model, 1 parameter.", 2: "# part:language-model, 2 parameters."} {
		d := &bom.Document{Subject: "m", Components: []bom.Component{{Ref: "m", Kind: bom.KindModel, Name: "m"},
			{Ref: "part:language-model", Kind: bom.KindModel, Role: bom.RoleLanguageModel, Model: &bom.Model{Parameters: n}}},
			Relationships: []bom.Relationship{{From: "m", Type: bom.Contains, To: "part:language-model"}}}
		if got := string(facts.Template(d)); !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}
