package report

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/e2e/browser/documents"
	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/policy"
)

// written is what a writer of checks makes.
func written(t testing.TB, write func(io.Writer, *bom.Document, []*policy.Result, CheckOptions) error, d *bom.Document, results []*policy.Result, o CheckOptions) string {
	t.Helper()
	var b strings.Builder
	if err := write(&b, d, results, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// showcaseOptions are those of a command on the showcase.
func showcaseOptions() CheckOptions {
	return CheckOptions{Document: "dist/bom.cdx.json", Tool: bom.Tool{Vendor: "modelbom", Name: "modelbom", Version: "0.5.0"}, Rules: []policy.Rule{
		{ID: "replaceable.share", Title: "Its share of the model", Severity: bom.SeverityMedium, Why: "To exchange most of a model is to make another one.", Remedy: "Nothing but another design."},
		{ID: "origin-undeclared", Title: "An origin that nobody declares", Severity: bom.SeverityMedium, Why: "A user is not told.", Remedy: "Declare it: base_model in README.md."},
	}}
}

// TestCheckHTML checks what every page must keep, of checks alone and within the
// page of a document.
func TestCheckHTML(t *testing.T) {
	nothing := &bom.Document{Subject: "gone"}
	for name, c := range map[string]struct {
		d       *bom.Document
		results []*policy.Result
	}{
		"showcase": {documents.Showcase(), documents.Results()}, "hostile": {documents.Hostile(), documents.HostileResults()},
		"nothing": {nothing, nil}, "empty results": {nothing, []*policy.Result{{}, {Parts: []policy.PartResult{{}}, Checks: []policy.Verification{{}}, Elements: []policy.Element{{}}, Exceptions: []policy.ExceptionUse{{}}}}},
		"built in": {documents.Showcase(), builtin(t, documents.Showcase())}, "foreign": {documents.Foreign(), builtin(t, documents.Foreign())},
	} {
		t.Run(name, func(t *testing.T) {
			checkHTML(t, written(t, CheckHTML, c.d, c.results, showcaseOptions()))
			checkHTML(t, htmlOf(t, c.d, HTMLOptions{Results: c.results}))
		})
	}
}

// builtin are the results of all policies.
func builtin(t *testing.T, d *bom.Document) []*policy.Result {
	t.Helper()
	var out []*policy.Result
	for _, p := range policy.Builtin() {
		r, err := p.Check(d, policy.Options{})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

func TestCheckSays(t *testing.T) {
	page := strings.Join(parse(t, written(t, CheckHTML, documents.Showcase(), documents.Results(), showcaseOptions())).texts, "\n")
	inDocument := strings.Join(parse(t, htmlOf(t, documents.Showcase(), HTMLOptions{Results: documents.Results()})).texts, "\n")
	for _, want := range []string{
		"graded fails", "g7-minimum cannot be shown", "from-scratch passes", "A foreign part does not meet what graded transparency asks.",
		"stated as own", "home or allowed", "partly met", "not met", "cannot be shown", "excepted", "not applicable",
		"It is 95.7 % of the model.", "severity high", "modeling_haneul.py", "replaceable.share", "The weights continue those of acme/base-32b.",
		"58 % complete.", "7 of 12 elements are in the document. 2 more can be derived by the program, and 3 only a person can supply. Only what is there counts.",
		"modelbom.yaml model.intended-use", "for a person", "derivable", "2027-01-31", "settled with the licensor", "expired", "invalid", "home", "KR", "empty",
		"sha256:4b4b", "property modelbom:review", "What passes, and what does not apply", "The vision encoder: auditable is met.", "acme/base-32b", "origin-contradicted",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
		if !strings.Contains(inDocument, want) {
			t.Errorf("the page of the document lacks %q", want)
		}
	}
	for _, want := range []string{"Of 3 policies, graded fails, g7-minimum cannot be shown and from-scratch passes.", "dist/bom.cdx.json", "modelbom 0.5.0", "2 findings of the document count by their severity.", "What is not shown is not granted."} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(inDocument, "dist/bom.cdx.json") || !strings.Contains(inDocument, "Where the parts come from") && !strings.Contains(inDocument, "layer by layer") {
		t.Error("the page of the document is not that")
	}
}

// What fails stands before what passes.
func TestCheckFailedFirst(t *testing.T) {
	page := written(t, CheckMarkdown, documents.Showcase(), documents.Results(), CheckOptions{Verbose: true})
	last := -1
	for _, mark := range []string{"What does not pass", "It is 95.7 % of the model", "Code of the repository runs", "What passes, and what does not apply", "auditable is met"} {
		i := strings.Index(page, mark)
		if i <= last {
			t.Errorf("%q is at %d, after %d", mark, i, last)
		}
		last = i
	}
}

func TestCheckMarkdown(t *testing.T) {
	for name, c := range map[string]struct {
		d       *bom.Document
		results []*policy.Result
	}{"showcase": {documents.Showcase(), documents.Results()}, "hostile": {documents.Hostile(), documents.HostileResults()}, "built in": {documents.Showcase(), builtin(t, documents.Showcase())}} {
		short, long := written(t, CheckMarkdown, c.d, c.results, CheckOptions{}), written(t, CheckMarkdown, c.d, c.results, CheckOptions{Verbose: true})
		if len(short) >= len(long) {
			t.Errorf("%s: %d bytes, with everything %d", name, len(short), len(long))
		}
		checkMarkdownForm(t, name, short)
		checkMarkdownForm(t, name, long)
	}
	page := written(t, CheckMarkdown, documents.Showcase(), documents.Results(), showcaseOptions())
	for _, want := range []string{"# national-ai/haneul-vlm-32b 2.0\n", "## graded fails\n", "| Part | Whose | auditable | licence-clean | security-reviewed | replaceable | Overall | Outcome |",
		"| language-model | foreign | **partly met** | **met** | **cannot be shown** | **not met** | **not met** | **fail** |", "**58 % complete.**"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
}

// TestCheckSame checks that all writers give the same bytes again and leave what
// they are given as it was.
func TestCheckSame(t *testing.T) {
	for name, write := range map[string]func(io.Writer, *bom.Document, []*policy.Result, CheckOptions) error{"html": CheckHTML, "markdown": CheckMarkdown, "sarif": CheckSARIF, "junit": CheckJUnit} {
		d, results := documents.Showcase(), documents.Results()
		first := written(t, write, d, results, showcaseOptions())
		if first != written(t, write, d, results, showcaseOptions()) {
			t.Errorf("%s: two are different", name)
		}
		if diff := cmp.Diff(documents.Showcase(), d) + cmp.Diff(documents.Results(), results); diff != "" {
			t.Errorf("%s changes what it is given: %s", name, diff)
		}
	}
}

// TestCheckBounded checks that pages of many parts, checks and elements are no
// longer than those of some hundreds.
func TestCheckBounded(t *testing.T) {
	size := func(n int) int {
		r := &policy.Result{Policy: "p", Outcome: policy.Fail}
		for i := range n {
			ref := bom.Ref(fmt.Sprint("part:", i))
			r.Parts = append(r.Parts, policy.PartResult{Ref: ref, Name: "part", Sentence: "s", Grades: []policy.Grade{{Name: fmt.Sprint("g", i), Reasons: []policy.Reason{{ID: "i"}}}}})
			r.Checks = append(r.Checks, policy.Verification{Rule: "r", Outcome: policy.Fail}, policy.Verification{Rule: "r", Outcome: policy.Pass})
			r.Elements = append(r.Elements, policy.Element{Cluster: fmt.Sprint(i), Name: "e"})
			r.Exceptions = append(r.Exceptions, policy.ExceptionUse{Rule: "r"})
			r.Parameters = append(r.Parameters, bom.Property{Name: "p"})
		}
		results := []*policy.Result{r}
		for range n / 10 {
			results = append(results, &policy.Result{Policy: "q", Sentence: "s"})
		}
		return len(written(t, CheckHTML, &bom.Document{}, results, CheckOptions{}))
	}
	if few, many := size(1500), size(6000); float64(many) > 1.05*float64(few) {
		t.Errorf("four times the content makes a page of %d bytes one of %d", few, many)
	}
}

func BenchmarkCheckHTML(b *testing.B) {
	d, results := documents.Showcase(), documents.Results()
	for b.Loop() {
		if err := CheckHTML(io.Discard, d, results, CheckOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
