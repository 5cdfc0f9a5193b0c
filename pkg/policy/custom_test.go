package policy

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/pkg/bom"
)

// file puts rules into a policy file.
func file(rules string) string {
	return "version: 1\nname: acme\ntitle: What Acme asks\n" + rules
}

// oneRule is a file with one rule, whose id is "r".
func oneRule(lines ...string) string {
	return file("rules:\n  - id: r\n    title: It is so\n    " + strings.Join(lines, "\n    ") + "\n")
}

func read(t *testing.T, text string) *Custom {
	t.Helper()
	p, err := Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// document is one with two parts, one of them from an upstream.
func document() *bom.Document {
	d := &bom.Document{
		Subject: bom.RefSubject,
		Created: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC),
		Components: []bom.Component{
			{Ref: bom.RefSubject, Kind: bom.KindModel, Group: "acme", Name: "vlm", Version: "1.0", Model: &bom.Model{Parameters: 1000, Tensors: 10}},
			{Ref: "part:language-model", Kind: bom.KindModel, Role: bom.RoleLanguageModel, Name: "language-model",
				Model:      &bom.Model{Parameters: 750, Tensors: 7, WeightsDigest: "sha256:" + strings.Repeat("a", 64)},
				Origins:    []bom.Origin{{Verdict: bom.VerdictUnknown}},
				Properties: []bom.Property{{Name: "modelbom:licence:class", Value: "permissive"}}},
			{Ref: "part:vision-encoder", Kind: bom.KindModel, Role: bom.RoleVisionEncoder, Name: "vision-encoder",
				Supplier: &bom.Organization{Name: "NOASSERTION"},
				Licenses: []bom.License{{Expression: "Apache-2.0 OR MIT", Acknowledgement: bom.Concluded}},
				Model:    &bom.Model{Parameters: 250, Tensors: 3, WeightsDigest: "sha256:" + strings.Repeat("b", 64)},
				Origins:  []bom.Origin{{Reference: "upstream:x/y", Verdict: bom.VerdictIdentical, Strength: bom.StrengthExact}},
				Properties: []bom.Property{
					{Name: "modelbom:review", Value: "Kim | 2026-01-10 | all | accepted | sha256:" + strings.Repeat("b", 64) + " | bound | "},
					{Name: "modelbom:review", Value: "Lee | 2025-01-10 | all | accepted | sha256:" + strings.Repeat("c", 64) + " | other-bytes | "}}},
			{Ref: "upstream:x/y", Kind: bom.KindModel, Group: "x", Name: "y", Supplier: &bom.Organization{Name: "X Inc", Country: "US"}},
			{Ref: "file:model.safetensors", Kind: bom.KindFile, Name: "model.safetensors", File: &bom.File{Size: 9, Format: "safetensors", Role: "weights"},
				Hashes: []bom.Hash{{Algorithm: bom.SHA256, Value: "00"}, {Algorithm: bom.SHA1, Value: "11", Asserted: true}}},
		},
		Relationships: []bom.Relationship{
			{From: bom.RefSubject, Type: bom.Contains, To: "part:language-model"}, {From: bom.RefSubject, Type: bom.Contains, To: "part:vision-encoder"},
			{From: "part:vision-encoder", Type: bom.HasDataFile, To: "file:model.safetensors"},
			{From: "part:vision-encoder", Type: bom.DescendantOf, To: "upstream:x/y"},
		},
		Findings:     []bom.Finding{{Rule: "pickle-known", Severity: bom.SeverityInfo, Ref: "file:model.safetensors", Path: "model.safetensors", Message: "m"}},
		Properties:   []bom.Property{{Name: "modelbom:observed", Value: "security | 1"}},
		Completeness: bom.Completeness{Assembly: bom.AggregateComplete},
	}
	d.Normalize()
	return d
}

// outcomes are those of all checks of a rule, with what they are about.
func outcomes(r *Result) map[string]Outcome {
	out := map[string]Outcome{}
	for _, v := range r.Checks {
		out[string(v.Ref)] = v.Outcome
	}
	return out
}

// An expression about what the document does not state never passes.
func TestRequire(t *testing.T) {
	for _, c := range []struct {
		kind, expr string
		want       Outcome
	}{
		{"model", `model.full_name == "acme/vlm" && model.parameters == 1000`, Pass},
		{"model", `model.version == "2"`, Fail},
		{"model", `model.purl != "x"`, NotShown},
		{"model", `!(model.purl == "x")`, NotShown},
		{"model", `model.supplier.country in ["KR"]`, NotShown},
		{"model", `!model.supplier.name.startsWith("Evil")`, NotShown},
		{"model", `has(model.supplier)`, Fail},
		{"model", `has(model.supplier) && model.supplier.name == "a"`, Fail},
		{"model", `model.reviews.all(r, r.bound)`, NotShown},
		{"model", `model.datasets.all(x, x.name == "a")`, NotShown},
		{"model", `model.files.all(f, f.format == "safetensors")`, Pass},
		{"model", `model.findings.exists(f, f.rule == "pickle-known") && !model.findings.exists(f, f.grave)`, Pass},
		{"model", `model.gaps.all(g, !g.weights)`, Pass},
		{"model", `model.parts.exists(p, p.role == "vision-encoder" && p.share == 0.25)`, Pass},
		{"model", `model.upstreams.all(u, u.supplier.country == "US")`, Pass},
		{"model", `now - doc.created >= duration("0s")`, Pass},
		{"model", `now.getFullYear() == 2026 && now.getMonth() == 1`, Pass},
		{"model", `doc.observed == ["security"] && doc.assembly == "complete"`, Pass},
		{"model", `model.properties["nothing"].size() == 0`, NotShown},
		{"model", `model.hyperparameters["x"] == "1"`, NotShown},
		{"model", `1 / (model.parameters - 1000) > 0`, NotShown},
		{"model", `int(model.version) > 0`, NotShown},
		{"model", `model.parts[7].name == "x"`, NotShown},
		{"upstream", `upstream.supplier.country == "US" && upstream.full_name == "x/y"`, Pass},
		{"file", `file.hashes["SHA-256"] == "00" && file.asserted_hashes["SHA-1"] == "11"`, Pass},
		{"file", `file.hashes["SHA-1"] == "11"`, NotShown}, // only asserted
		{"file", `file.path == "model.safetensors" && file.size == 9 && file.job == "weights" && file.parts == ["part:vision-encoder"]`, Pass},
		{"finding", `finding.severity == "info" && !finding.grave`, Pass},
		{"gap", `false`, NotApplicable},
	} {
		p := read(t, oneRule("for: "+c.kind, "require: '"+strings.ReplaceAll(c.expr, "'", "''")+"'"))
		r, err := p.Check(document(), Options{})
		if err != nil {
			t.Errorf("%s: %v", c.expr, err)
			continue
		}
		if r.Outcome != c.want {
			t.Errorf("%s is %s (%s), want %s", c.expr, r.Outcome, r.Checks[0].Text, c.want)
		}
	}
}

func TestParts(t *testing.T) {
	for _, c := range []struct {
		when, expr       string
		language, vision Outcome
	}{
		{"true", `part.licences.class == "permissive"`, Pass, NotShown},
		{"true", `part.licences.terms.size() == 0`, Pass, NotShown}, // nothing is known of a licence without a class
		{"true", `part.licences.identifiers.all(x, x in ["MIT", "Apache-2.0"])`, NotShown, Pass},
		{"true", `part.reviews.exists(r, r.bound && r.result == "accepted")`, NotShown, Pass},
		{"true", `part.reviews.all(r, r.bound)`, NotShown, Fail},
		{"true", `part.reviews.exists(r, r.bound && now - r.date < duration("480h"))`, NotShown, Fail},
		{"true", `part.reviews.exists(r, r.bound && now - r.date < duration("720h"))`, NotShown, Pass},
		{"true", `has(part.supplier)`, Fail, Fail}, // NOASSERTION is nobody
		{"true", `part.origins.all(o, !o.found)`, Pass, Fail},
		{"true", `part.origins.exists(o, o.found && o.upstream.supplier.country == "US")`, Fail, Pass},
		{"true", `part.findings.all(f, f.rule != "pickle-known")`, Pass, Fail}, // those of its files
		{`part.role == "vision-encoder"`, `part.share < 0.2`, "", Fail},
		{`part.supplier.country == "US"`, `true`, NotShown, NotShown},
		{`part.role == "adapter"`, `false`, "", ""},
	} {
		p := read(t, oneRule("for: part", "when: '"+c.when+"'", "require: '"+c.expr+"'"))
		r, err := p.Check(document(), Options{})
		if err != nil {
			t.Errorf("%s: %v", c.expr, err)
			continue
		}
		got := outcomes(r)
		for ref, want := range map[string]Outcome{"part:language-model": c.language, "part:vision-encoder": c.vision} {
			if want == Pass || want == "" { // what passes is one entry, what is not concerned none
				if got[ref] != "" {
					t.Errorf("%s of %s is %s, want %q", c.expr, ref, got[ref], want)
				}
			} else if got[ref] != want {
				t.Errorf("%s of %s is %q, want %s", c.expr, ref, got[ref], want)
			}
		}
		if c.language == Pass || c.vision == Pass {
			if got[""] != Pass {
				t.Errorf("%s: nothing passes", c.expr)
			}
		} else if got[""] == Pass {
			t.Errorf("%s: something passes", c.expr)
		}
	}
}

// A document that says little passes nothing.
func TestForeignDocument(t *testing.T) {
	d := &bom.Document{Subject: "x", Components: []bom.Component{{Ref: "x", Kind: bom.KindModel, Name: "x"}}}
	for _, kind := range kinds()[1:] {
		r, err := read(t, oneRule("for: "+kind, "require: 'true'")).Check(d, Options{})
		if err != nil || r.Outcome != NotShown {
			t.Errorf("%s: %v %v", kind, r, err)
		}
	}
	for _, expr := range []string{"model.findings.all(f, !f.grave)", "model.gaps.size() == 0", "model.parts.all(p, true)", "model.upstreams.all(u, true)", "now > timestamp('2020-01-01T00:00:00Z')"} {
		r, err := read(t, oneRule("require: \""+expr+"\"")).Check(d, Options{})
		if err != nil || r.Outcome != NotShown {
			t.Errorf("%s: %+v %v", expr, r, err)
		}
	}
	if r, err := read(t, oneRule("require: 'true'")).Check(&bom.Document{}, Options{}); err != nil || r.Outcome != Pass {
		t.Errorf("an empty document: %+v %v", r, err)
	}
}

// Rules of low severity are listed and do not decide.
func TestSeverity(t *testing.T) {
	for severity, want := range map[string]Outcome{"critical": Fail, "medium": Fail, "low": NotApplicable, "info": NotApplicable} {
		r, err := read(t, oneRule("severity: "+severity, "require: 'false'")).Check(document(), Options{})
		if err != nil || r.Outcome != want || r.Checks[0].Outcome != Fail {
			t.Errorf("%s: %+v %v", severity, r, err)
		}
	}
}

func TestMessage(t *testing.T) {
	p := read(t, oneRule("for: part", "severity: high", "when: part.role == 'vision-encoder'", "require: 'false'",
		`message: "{part.name} {{x}} of {part.supplier.name}, {string(part.share)} {part.reviews.map(r, r.by)} {part.reviews[0].date} {part.share * 3.0}"`))
	r, err := p.Check(document(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := Verification{Rule: "r", Outcome: Fail, Severity: bom.SeverityHigh, Ref: "part:vision-encoder",
		Text: "vision-encoder {x} of (not stated), 0.25 Kim, Lee 2026-01-10 0.75"}
	if d := cmp.Diff(want, r.Checks[0]); d != "" {
		t.Error(d)
	}
}

func TestCustomParameters(t *testing.T) {
	p := read(t, file(`parameters:
  max-share: 0.3
  vendors: [A, "B c"]
  least: {type: int, default: 3, meaning: how many}
  strict: true
  home: {type: string}
  since: {type: date, default: 2026-01-01}
rules:
  - {id: r, title: T, require: 'params.max_share == 0.3 && params.vendors == ["A", "B c"] && params.least == 3 && params.strict && params.since < now'}
  - {id: home, title: T, severity: low, require: 'params.home == "KR"'}
`))
	r, err := p.Check(document(), Options{})
	if err != nil || r.Outcome != Pass {
		t.Fatalf("%+v %v", r, err)
	}
	if r.Checks[0].Rule != "home" || r.Checks[0].Outcome != NotShown {
		t.Errorf("a parameter without a value: %+v", r.Checks[0])
	}
	for name, c := range map[string]struct {
		value string
		want  Outcome
		err   string
	}{
		"max-share": {"0.5", Fail, ""}, "vendors": {"A,B c", Pass, ""}, "least": {"x", "", `parameter "least": "x" is no whole number`},
		"strict": {"false", Fail, ""}, "since": {"tomorrow", "", `parameter "since": "tomorrow" is no day`}, "other": {"1", Pass, ""},
	} {
		r, err := p.Check(document(), Options{Parameters: map[string]string{name: c.value}})
		switch {
		case c.err != "":
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v, want %s", name, err, c.err)
			}
		case err != nil || r.Outcome != c.want:
			t.Errorf("%s: %+v %v, want %s", name, r, err, c.want)
		}
	}
	if len(r.Parameters) != 6 || r.Parameters[0] != (bom.Property{Name: "home"}) || r.Parameters[5].Value != "A,B c" {
		t.Errorf("parameters: %v", r.Parameters)
	}
}

// What a check says of the rules stands in one sentence.
func TestCustomSentence(t *testing.T) {
	p := read(t, file(`rules:
  - {id: a, title: T, require: 'true'}
  - {id: b, title: T, require: 'false'}
  - {id: c, title: T, require: 'model.purl == "x"'}
  - {id: d, title: T, when: 'false', require: 'true'}
`))
	r, err := p.Check(document(), Options{})
	want := "The policy is not met: of 4 rules, 1 not met (b), 1 not shown (c), 1 met and 1 not concerned."
	if err != nil || r.Sentence != want || r.Outcome != Fail {
		t.Errorf("%q %v %v", r.Sentence, r.Outcome, err)
	}
	if r.Policy != "acme" || r.Version != "1" || len(r.Digest) != 71 {
		t.Errorf("%+v", r)
	}
}

// An exception covers a failure of the rule at the place that it names.
func TestCustomException(t *testing.T) {
	p := read(t, oneRule("for: part", "require: 'false'"))
	d := document()
	d.Properties = append(d.Properties, bom.Property{Name: "modelbom:exception", Value: "r | part:vision-encoder | 2026-06-01 | replaced in May | CTO"})
	for now, want := range map[string]Outcome{"2026-06-01": Excepted, "2026-06-02": Fail} {
		day, _ := time.Parse(time.DateOnly, now)
		r, err := p.Check(d, Options{Now: day})
		if err != nil || r.Outcome != Fail || outcomes(r)["part:vision-encoder"] != want || outcomes(r)["part:language-model"] != Fail || len(r.Exceptions) != 1 {
			t.Errorf("%s: %+v %v", now, r, err)
		}
	}
}

// A policy that extends others says what they say, and sees their grades.
func TestExtends(t *testing.T) {
	p := read(t, file(`extends: [graded, from-scratch]
parameters: {home: KR}
rules:
  - {id: r, title: T, for: part, require: 'part.foreign != "" && part.grades["overall"] == "met"'}
`))
	r, err := p.Check(document(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	base, _ := Lookup("graded")
	b, err := base.Check(document(), Options{Parameters: map[string]string{"home": "KR"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Parts) < len(b.Parts) || r.Outcome != Fail {
		t.Errorf("%+v", r)
	}
	if d := cmp.Diff(b.Parts, r.Parts[:len(b.Parts)]); d != "" {
		t.Error(d)
	}
	home := ""
	for _, x := range r.Parameters {
		if x.Name == "home" {
			home = x.Value
		}
	}
	if home != "KR" {
		t.Errorf("home is %q", home)
	}
}

// A rule that nearly everything breaks does not fill memory.
func TestManyThings(t *testing.T) {
	d := large(3000)
	r, err := read(t, oneRule("for: file", "require: file.size > 2999")).Check(d, Options{})
	if err != nil || r.Outcome != Fail || len(r.Checks) != maxListed+1 {
		t.Fatalf("%d checks, %v", len(r.Checks), err)
	}
	if last := r.Checks[maxListed]; last.Text != "It is so: so with 2501 more." {
		t.Errorf("%+v", last)
	}
}

// large is a document of many files.
func large(n int) *bom.Document {
	d := document()
	for i := range n {
		d.Components = append(d.Components, bom.Component{Ref: bom.Ref(fmt.Sprintf("file:f%06d", i)), Kind: bom.KindFile, Name: "f",
			File: &bom.File{Size: int64(i), Role: "weights"}, Hashes: []bom.Hash{{Algorithm: bom.SHA256, Value: fmt.Sprintf("%064x", i)}}})
	}
	return d
}
