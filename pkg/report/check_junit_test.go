package report

import (
	"encoding/xml"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/e2e/browser/documents"
	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/policy"
)

func junitOf(t testing.TB, d *bom.Document, results []*policy.Result, o CheckOptions) junitSuites {
	t.Helper()
	var out junitSuites
	if err := xml.Unmarshal([]byte(written(t, CheckJUnit, d, results, o)), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCheckJUnit(t *testing.T) {
	got := junitOf(t, documents.Showcase(), documents.Results(), showcaseOptions())
	if got.Tests != 22 || got.Failures != 10 || got.Errors != 0 || len(got.Suites) != 4 {
		t.Errorf("%d tests, %d failures, %d errors in %d suites", got.Tests, got.Failures, got.Errors, len(got.Suites))
	}
	var lines []string
	for _, s := range got.Suites {
		for _, c := range s.Cases {
			state := "pass"
			if c.Failure != nil {
				state = "failure " + c.Failure.Type
			} else if c.Skipped != nil {
				state = "skipped " + *c.Skipped
			}
			lines = append(lines, c.Class+" | "+c.Name+" | "+bom.Cut(state, 40))
		}
	}
	want := []string{
		"modelbom.graded | replaceable.share: language-model | failure fail",
		"modelbom.graded | house.code: modeling_haneul.py | failure fail",
		"modelbom.graded | security.review: projector | failure cannot-be-shown",
		"modelbom.graded | security.review: audio-encoder | skipped excepted: The audio encoder: an…",
		"modelbom.graded | graded.auditable: vision-encoder | pass",
		"modelbom.graded | graded.replaceable: head | skipped It is of the home jurisdiction.",
		"modelbom.g7-minimum | g7-minimum.element-1 | pass",
		"modelbom.g7-minimum | g7-minimum.element-2 | pass",
		"modelbom.g7-minimum | g7-minimum.element-3 | pass",
		"modelbom.g7-minimum | g7-minimum.element-4 | pass",
		"modelbom.g7-minimum | g7-minimum.element-5 | pass",
		"modelbom.g7-minimum | g7-minimum.element-6 | pass",
		"modelbom.g7-minimum | g7-minimum.element-7 | pass",
		"modelbom.g7-minimum | g7-minimum.element-8 | failure missing-element",
		"modelbom.g7-minimum | g7-minimum.element-9 | failure missing-element",
		"modelbom.g7-minimum | g7-minimum.element-10 | failure missing-element",
		"modelbom.g7-minimum | g7-minimum.element-11 | failure missing-element",
		"modelbom.g7-minimum | g7-minimum.element-12 | failure missing-element",
		"modelbom.from-scratch | from-scratch | pass",
		"modelbom.findings | origin-contradicted: config.json _name_or_path | failure finding",
		"modelbom.findings | origin-undeclared: tokenizer | pass",
		"modelbom.findings | origin-undeclared: model-00012-of-00014.safetensors | failure finding",
	}
	if a, b := strings.Join(lines, "\n"), strings.Join(want, "\n"); a != b {
		t.Errorf("cases:\n%s\nwant:\n%s", a, b)
	}
	f := got.Suites[0].Cases[0].Failure
	if f.Message != "The language model: not met, and has to be met at least in part. It is 95.7 % of the model." || !strings.Contains(f.Text, "remedy: Nothing but another design.") || !strings.Contains(f.Text, "severity: high") {
		t.Errorf("failure %+v", f)
	}
	if s := got.Suites[0]; s.Tests != 6 || s.Failures != 3 || s.Skipped != 2 || s.Properties.List[5] != (junitProperty{"parameter:home", "KR"}) || !strings.Contains(s.Out, "  replaceable: not met") {
		t.Errorf("suite %+v", s)
	}
	if strict := junitOf(t, documents.Showcase(), nil, CheckOptions{FailOn: bom.SeverityInfo}); strict.Failures != 3 {
		t.Errorf("%d findings fail", strict.Failures)
	}
}

// A policy that does not pass has a failure, so that no viewer takes it for passed;
// equal names are told apart; nothing of XML comes from the document.
func TestJUnitOdd(t *testing.T) {
	for _, o := range outcomes() {
		got := junitOf(t, &bom.Document{}, []*policy.Result{{Policy: "p", Outcome: o}}, CheckOptions{})
		if failed := o == policy.Fail || o == policy.NotShown; got.Tests != 1 || (got.Failures == 1) != failed {
			t.Errorf("%s: %+v", o, got)
		}
	}
	got := junitOf(t, &bom.Document{}, []*policy.Result{{Checks: []policy.Verification{{Rule: "a"}, {Rule: "a"}, {Rule: "a"}}}}, CheckOptions{})
	if c := got.Suites[0].Cases; c[0].Name != "a" || c[1].Name != "a (2)" || c[2].Name != "a (3)" {
		t.Errorf("%+v", c)
	}
	hostile := written(t, CheckJUnit, documents.Hostile(), documents.HostileResults(), CheckOptions{})
	if strings.Contains(hostile, "<script") || strings.Contains(hostile, "]]>") || strings.ContainsAny(hostile, "\x00\x1b\u202e\ufffd") {
		t.Error("an attack is in the file")
	}
	if out := junitOf(t, documents.Hostile(), documents.HostileResults(), CheckOptions{}); len(out.Suites) != 4 {
		t.Errorf("%d suites", len(out.Suites))
	}
}

// TestAttestations checks that a check can be written back, leads only to what is
// there, and says of a requirement what its worst part says.
func TestAttestations(t *testing.T) {
	d := documents.Showcase()
	d.Attestations = Attestations(d, append(documents.Results(), builtin(t, d)...), showcaseOptions())
	d.Normalize()
	if err := d.Validate(); err != nil {
		t.Fatal(err)
	}
	a := d.Attestations[0]
	for _, x := range d.Attestations {
		if x.Assessor.Name != "modelbom 0.5.0" || x.Standard.Name == "" || x.Summary == "" || len(x.Requirements) == 0 {
			t.Errorf("%+v", x)
		}
		if strings.Contains(x.Standard.Description, "Applied with allowed-suppliers=, home=KR, max-share=0.5.") {
			a = x
		}
	}
	got := map[string]bom.Requirement{}
	for _, r := range a.Requirements {
		got[r.ID] = r
	}
	for id, want := range map[string]bom.Conformance{"graded.auditable": {Score: 0, Rationale: "cannot be shown"}, "graded.licence-clean": {Score: 1, Rationale: "met"},
		"graded.replaceable": {Score: 0, Rationale: "not met"}, "replaceable.share": {Rationale: "fail"}, "security.review": {Rationale: "cannot be shown"}} {
		if c := got[id].Conformance; c == nil || *c != want {
			t.Errorf("%s conforms by %+v, want %+v", id, c, want)
		}
	}
	var claim *bom.Claim
	for i, c := range got["graded.auditable"].Claims {
		if c.Ref == "part:language-model" {
			claim = &got["graded.auditable"].Claims[i]
		}
	}
	if claim == nil || !claim.Counter || claim.Predicate != "auditable: partly met" || len(claim.Evidence) != 2 || !strings.HasPrefix(claim.Evidence[1].Description, "partly met: The reason that decides") {
		t.Errorf("claim %+v", claim)
	}
	if len(got["graded.auditable"].Claims) != 4 {
		t.Errorf("a check of a grade is a claim besides the grade: %+v", got["graded.auditable"].Claims)
	}
}
