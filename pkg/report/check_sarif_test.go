package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/e2e/browser/documents"
	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/policy"
)

func sarifOf(t testing.TB, d *bom.Document, results []*policy.Result, o CheckOptions) sarifRun {
	t.Helper()
	var log sarifLog
	if err := json.Unmarshal([]byte(written(t, CheckSARIF, d, results, o)), &log); err != nil {
		t.Fatal(err)
	}
	if len(log.Runs) != 1 || log.Version != "2.1.0" {
		t.Fatalf("%d runs of version %q", len(log.Runs), log.Version)
	}
	return log.Runs[0]
}

func TestCheckSARIF(t *testing.T) {
	run := sarifOf(t, documents.Showcase(), documents.Results(), showcaseOptions())
	var got []string
	for _, r := range run.Results {
		p := r.Locations[0].Physical
		got = append(got, fmt.Sprintf("%s %s %s %s %s %d", r.Level, r.RuleID, r.Properties.Outcome, p.Artifact.URI, r.Locations[0].Logical[0].QualifiedName, len(r.Suppressions)))
		if rule := run.Tool.Driver.Rules[r.RuleIndex]; rule.ID != r.RuleID {
			t.Errorf("rule %d is %q, not %q", r.RuleIndex, rule.ID, r.RuleID)
		}
	}
	const bomPath = " dist/bom.cdx.json "
	want := []string{
		"error replaceable.share fail" + bomPath + "part:language-model 0",
		"error origin-contradicted fail config.json part:head 0",
		"warning house.code fail modeling_haneul.py file:modeling_haneul.py 0",
		"warning security.review cannot-be-shown" + bomPath + "part:projector 0",
		"warning security.review excepted" + bomPath + "part:audio-encoder 1",
		"warning g7-minimum.element-8 fail" + bomPath + "model 0",
		"warning g7-minimum.element-9 fail" + bomPath + "model 0",
		"warning g7-minimum.element-10 fail" + bomPath + "model 0",
		"warning g7-minimum.element-11 fail" + bomPath + "model 0",
		"warning g7-minimum.element-12 fail" + bomPath + "model 0",
		"warning origin-undeclared fail model-00012-of-00014.safetensors part:vision-encoder 0",
		"note origin-undeclared fail" + bomPath + "part:tokenizer 0",
	}
	if !slices.Equal(got, want) {
		t.Errorf("results:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	rule := run.Tool.Driver.Rules[0]
	if rule.ID != "replaceable.share" || rule.Properties.SecuritySeverity != "5.5" || !strings.Contains(rule.Help.Markdown, "**What to do.** Nothing but another design.") {
		t.Errorf("rule %+v", rule)
	}
	if run.Automation.ID != "modelbom/dist/bom.cdx.json/" || len(run.Properties.Policies) != 3 || run.Properties.Policies[0].Parameters[1] != "home=KR" {
		t.Errorf("automation %q, policies %+v", run.Automation.ID, run.Properties.Policies)
	}
}

// The same complaint has the same fingerprint in the next round, whatever its
// words; others have others.
func TestSARIFFingerprints(t *testing.T) {
	print := func(change func(v *policy.Verification)) string {
		v := policy.Verification{Rule: "r", Outcome: policy.Fail, Severity: bom.SeverityLow, Ref: "part:head", Path: "a.bin", Text: "moved by 3 %"}
		change(&v)
		run := sarifOf(t, documents.Showcase(), []*policy.Result{{Policy: "p", Checks: []policy.Verification{v}}}, CheckOptions{})
		return run.Results[len(run.Results)-1-1].Fingerprints["primaryLocationLineHash"]
	}
	first := print(func(*policy.Verification) {})
	for name, change := range map[string]func(v *policy.Verification){
		"words": func(v *policy.Verification) { v.Text = "moved by 4 %" }, "rule": func(v *policy.Verification) { v.Rule = "s" },
		"file": func(v *policy.Verification) { v.Path = "b.bin" }, "component": func(v *policy.Verification) { v.Ref = "" },
	} {
		if got := print(change); (got == first) != (name == "words") || !strings.HasSuffix(got, ":1") {
			t.Errorf("another %s: %q, before %q", name, got, first)
		}
	}
	twice := documents.Results()
	twice[0].Checks = append(twice[0].Checks, twice[0].Checks[0])
	seen := map[string]bool{}
	for _, r := range sarifOf(t, documents.Showcase(), twice, CheckOptions{}).Results {
		if p := r.Fingerprints["primaryLocationLineHash"]; seen[p] {
			t.Errorf("%q occurs twice", p)
		} else {
			seen[p] = true
		}
	}
}

func TestRelativeURI(t *testing.T) {
	for path, want := range map[string]string{
		"a/b.bin": "a/b.bin", "./x": "x", "a b#c?d%e.bin": "a%20b%23c%3Fd%25e.bin", "모델.bin": "%EB%AA%A8%EB%8D%B8.bin", "a:b": "", "ab:c": "ab%3Ac",
		`back\\slash`: "back%5C%5Cslash", "": "", "/etc/passwd": "", "../x": "", "a/../b": "", "a//b": "", "C:/x": "", "a/.": "", "a\nb": "a%5Cnb", "..x": "..x", "a+b@c~d_e-f": "a%2Bb%40c~d_e-f",
	} {
		if got, ok := relativeURI(path); got != want || ok != (want != "") {
			t.Errorf("relativeURI(%q) = %q, %t, want %q", path, got, ok, want)
		}
	}
	for name, want := range map[string]string{"": "bom", "-": "bom", "/tmp/x/bom.json": "bom.json", `C:\work\bom.json`: "bom.json", "../other/b.json": "b.json", "out/b.json": "out/b.json", "..": "bom"} {
		if got := (&sarifWriter{o: CheckOptions{Document: name}}).document(); got != want {
			t.Errorf("document %q is %q, want %q", name, got, want)
		}
	}
}

// A place in a binary file is a region of bytes: the last that is named, since
// what stands before it can be quoted from the file.
func TestSARIFRegions(t *testing.T) {
	d := &bom.Document{Subject: "model", Findings: []bom.Finding{
		{Rule: "pickle-dangerous", Severity: bom.SeverityCritical, Path: "a.pkl", Key: "os.system", Message: `loading the file would call os.system("x (byte 5)") (byte 27); it does that`},
		{Rule: "odd", Severity: bom.SeverityHigh, Path: "b.pkl", Message: "two names at byte 0: x"},
		{Rule: "odd", Severity: bom.SeverityLow, Path: "c.pkl", Message: "a gigabyte 12 long"},
		{Rule: "odd", Severity: bom.SeverityInfo, Path: "../d.pkl", Message: "names what is not here (byte 9)"},
	}}
	text := written(t, CheckSARIF, d, nil, CheckOptions{Document: "b.json"})
	run := sarifOf(t, d, nil, CheckOptions{Document: "b.json"})
	for i, want := range []string{"a.pkl 0 27", "b.pkl 0 0", "c.pkl 1 -", "b.json 1 -"} {
		p := run.Results[i].Locations[0].Physical
		offset := "-"
		if p.Region.ByteOffset != nil {
			offset = fmt.Sprint(*p.Region.ByteOffset)
		}
		if got := fmt.Sprint(p.Artifact.URI, " ", p.Region.StartLine, " ", offset); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if !strings.Contains(text, `"byteOffset": 0`) || !strings.Contains(text, `"security-severity": "9.5"`) {
		t.Error("an offset of 0 or a severity is left out")
	}
}

// A policy that does not pass has a result, also when all that it says is that; one
// that passes without some elements tells of them and no more.
func TestSARIFOutcome(t *testing.T) {
	excepted := policy.Verification{Rule: "r", Outcome: policy.Excepted, Severity: bom.SeverityLow}
	for _, c := range []struct {
		r    policy.Result
		want string
	}{
		{policy.Result{Policy: "p", Outcome: policy.Fail, Sentence: "It fails."}, "warning p "},
		{policy.Result{Policy: "p", Outcome: policy.NotShown, Checks: []policy.Verification{excepted}}, "warning p note r "},
		{policy.Result{Policy: "p", Outcome: policy.Excepted, Checks: []policy.Verification{excepted}}, "note r "},
		{policy.Result{Policy: "p", Outcome: policy.Pass}, ""},
		{policy.Result{Policy: "p", Outcome: policy.NotApplicable}, ""},
		{policy.Result{Policy: "p", Outcome: policy.Pass, Elements: []policy.Element{{Rule: "p.a", State: policy.ElementPerson}, {Rule: "p.b", State: policy.ElementPresent}}}, "note p.a "},
		{policy.Result{Policy: "p", Outcome: policy.Fail, Elements: []policy.Element{{Rule: "p.a", State: policy.ElementDerivable}}}, "warning p.a "},
	} {
		got := ""
		for _, r := range sarifOf(t, &bom.Document{}, []*policy.Result{&c.r}, CheckOptions{}).Results {
			got += r.Level + " " + r.RuleID + " "
		}
		if got != c.want {
			t.Errorf("%+v: %q, want %q", c.r, got, c.want)
		}
	}
}

// What GitHub refuses is not written: the gravest results are kept.
func TestSARIFLimits(t *testing.T) {
	r := &policy.Result{Policy: "p", Outcome: policy.Fail}
	for i := range 26_000 {
		s := bom.SeverityInfo
		if i%2 == 1 {
			s = bom.SeverityHigh
		}
		r.Checks = append(r.Checks, policy.Verification{Rule: fmt.Sprint("rule-", i), Outcome: policy.Fail, Severity: s, Text: strings.Repeat("long ", 400)})
	}
	run := sarifOf(t, &bom.Document{}, []*policy.Result{r}, CheckOptions{})
	if len(run.Results) != maxSARIFResults || len(run.Tool.Driver.Rules) > maxSARIFRules || run.Results[0].Level != "error" || run.Results[12_999].Level != "error" || run.Results[13_000].Level != "note" {
		t.Errorf("%d results, %d rules", len(run.Results), len(run.Tool.Driver.Rules))
	}
	if n := run.Invocations[0].Notifications; len(n) != 1 || !strings.HasPrefix(n[0].Message.Text, "1,000 results") {
		t.Errorf("notifications %+v", n)
	}
	for _, x := range run.Results {
		if run.Tool.Driver.Rules[x.RuleIndex].ID != x.RuleID || len(x.Message.Text) > 1100 {
			t.Fatalf("%+v", x)
		}
	}
	for _, rule := range run.Tool.Driver.Rules {
		if len(rule.Properties.Tags) > 10 || len(rule.Properties.Tags) == 0 {
			t.Fatalf("tags %q", rule.Properties.Tags)
		}
	}
}

func TestSARIFText(t *testing.T) {
	for in, want := range map[string]string{"plain [x] {y}": "plain [x] {y}", "see [x](https://a.example)": `see [x\](https://a.example)`, "{0} of {12}": "{{0}} of {{12}}"} {
		if got := sarifText(in); got != want {
			t.Errorf("sarifText(%q) = %q, want %q", in, got, want)
		}
	}
	out := written(t, CheckSARIF, documents.Hostile(), documents.HostileResults(), CheckOptions{Document: "b.json"})
	if strings.ContainsAny(out, "\x00\x1b\u202e\u2028") {
		t.Error("an attack is in the file")
	}
	run := sarifOf(t, documents.Hostile(), documents.HostileResults(), CheckOptions{Document: "b.json"})
	for _, r := range run.Tool.Driver.Rules {
		if all := r.Short.Text + r.Full.Text + r.Help.Text; strings.Contains(all, "[click](") || strings.Contains(r.Help.Markdown, "[click](") {
			t.Errorf("a link in %q", all)
		}
	}
	for _, r := range run.Results {
		if strings.Contains(r.Message.Text, "[click](") {
			t.Errorf("a link in %q", r.Message.Text)
		}
	}
}
