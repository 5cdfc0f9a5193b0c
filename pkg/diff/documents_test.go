package diff

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/schemas"
)

func TestNothing(t *testing.T) {
	for name, d := range map[string]*bom.Document{"nil": nil, "empty": {}, "sample": sample()} {
		c := Documents(d, d, Options{})
		if !c.Empty() || len(c.Notes) > 0 || c.Summary != "Nothing changed." {
			t.Errorf("%s: %s %v", name, kinds(c), c.Notes)
		}
	}
}

// TestFindings: findings are told apart by what they are about, and are never
// part of another change.
func TestFindings(t *testing.T) {
	f := func(sev bom.Severity, message string) func(*bom.Document) {
		return func(d *bom.Document) { d.Findings[0].Severity, d.Findings[0].Message = sev, message }
	}
	for name, c := range map[string]struct {
		change func(*bom.Document)
		want   string
		note   NoteKind
		rank   Importance
	}{
		"severity": {f(bom.SeverityCritical, "nobody says so"), "finding-changed vision-encoder", "", High},
		"message":  {f(bom.SeverityMedium, "nobody says that"), "", NoteWording, ""},
		"resolved": {func(d *bom.Document) { d.Findings = nil }, "finding-resolved vision-encoder", "", Low},
		"one more": {func(d *bom.Document) {
			d.Findings = append(d.Findings, bom.Finding{Rule: "unsafe-pickle", Severity: bom.SeverityInfo, Message: "m"})
		}, "finding-appeared the model", "", Low},
		"about the subject by reference": {func(d *bom.Document) {
			d.Findings = append(d.Findings, bom.Finding{Rule: "x", Severity: bom.SeverityHigh, Ref: "model", Message: "m"})
		}, "finding-appeared the model", "", High},
	} {
		got := Documents(sample(), with(t, c.change), Options{})
		if kinds(got) != c.want || c.rank != "" && got.Changes[0].Importance != c.rank {
			t.Errorf("%s: %s %v", name, kinds(got), got.Changes)
		}
		if c.note != "" && (len(got.Notes) != 1 || got.Notes[0].Kind != c.note) {
			t.Errorf("%s: notes %v", name, got.Notes)
		}
	}
}

// TestOrder: weights, findings and licences stand before metrics and files.
func TestOrder(t *testing.T) {
	new := with(t, func(d *bom.Document) {
		d.Components[0].Model.Metrics = []bom.Metric{{Type: "acc", Value: "1"}}
		d.Components[0].Licenses[0].Expression = "Apache-2.0"
		d.Components[1].Model.WeightsDigest = digest2[:60] + "3333aaaabbb"
		d.Components[9].Version = "7"
		d.Findings = append(d.Findings, bom.Finding{Rule: "x", Severity: bom.SeverityCritical, Message: "m"})
		d.Components = append(d.Components, bom.Component{Ref: "file:z", Kind: bom.KindFile, Name: "z", File: &bom.File{Size: 1}})
	})
	want := "weights-changed language-model, finding-appeared the model, licence-declared-changed the model, metrics-changed the model, version-changed a/base, file-added z"
	got := Documents(sample(), new, Options{})
	if kinds(got) != want {
		t.Errorf("got  %s\nwant %s", kinds(got), want)
	}
	if want := "1 part changed: language-model with other weights; licence MIT -> Apache-2.0; 1 finding new; 3 other changes."; got.Summary != want {
		t.Errorf("summary %q", got.Summary)
	}
}

// TestLicenceSpelling: the same licence in other words is no change; what
// follows from a licence belongs to it.
func TestLicenceSpelling(t *testing.T) {
	set := func(l ...bom.License) func(*bom.Document) {
		return func(d *bom.Document) { d.Components[0].Licenses = l }
	}
	declared := func(expression, name string) bom.License {
		return bom.License{Expression: expression, Name: name, Acknowledgement: bom.Declared}
	}
	concluded := func(expression string) bom.License {
		return bom.License{Expression: expression, Acknowledgement: bom.Concluded}
	}
	for name, c := range map[string]struct {
		old, new func(*bom.Document)
		want     string
	}{
		"name only":   {set(declared("MIT", "mit")), set(declared("MIT", "MIT License")), ""},
		"case":        {set(declared("mit", "")), set(declared("MIT", "")), ""},
		"normalised":  {set(declared("", "gemma")), set(declared("LicenseRef-gemma", "gemma")), ""},
		"other name":  {set(declared("", "gemma")), set(declared("", "llama3")), "licence-declared-changed the model"},
		"order":       {set(declared("MIT", ""), declared("ISC", "")), set(declared("ISC", ""), declared("MIT", "")), ""},
		"one gone":    {set(declared("MIT", ""), declared("ISC", "")), set(declared("MIT", "")), "licence-declared-changed the model"},
		"conclusion":  {set(declared("MIT", ""), concluded("MIT")), set(declared("MIT", ""), concluded("Apache-2.0")), "licence-concluded-changed the model"},
		"both":        {set(declared("MIT", ""), concluded("MIT AND ISC")), set(declared("Apache-2.0", ""), concluded("Apache-2.0 AND ISC")), "licence-declared-changed the model"},
		"two apart":   {set(declared("MIT", ""), concluded("MIT")), set(declared("Apache-2.0", ""), concluded("ISC")), "licence-declared-changed the model, licence-concluded-changed the model"},
		"joined anew": {set(concluded("MIT AND ISC")), set(concluded("MIT OR ISC")), "licence-concluded-changed the model"},
		"found":       {set(bom.License{Expression: "MIT"}), set(bom.License{Expression: "ISC"}), "licence-found-changed the model"},
		"terms with it": {set(declared("MIT", "")), func(d *bom.Document) {
			set(declared("ISC", ""))(d)
			d.Components[0].Properties = []bom.Property{{Name: "modelbom:licence:class", Value: "x"}}
		}, "licence-declared-changed the model"},
		"terms alone": {set(declared("MIT", "")), func(d *bom.Document) {
			set(declared("MIT", ""))(d)
			d.Components[0].Properties = []bom.Property{{Name: "modelbom:licence:class", Value: "x"}}
		}, "licence-terms-changed the model"},
	} {
		if got := Documents(with(t, c.old), with(t, c.new), Options{}); kinds(got) != c.want {
			t.Errorf("%s: %q, want %q", name, kinds(got), c.want)
		}
	}
}

// TestCut: a value that a format cut short is the same value.
func TestCut(t *testing.T) {
	long := strings.Repeat("word ", 300)
	set := func(v string) func(*bom.Document) {
		return func(d *bom.Document) { d.Components[0].Description = v }
	}
	if got := Documents(with(t, set(long)), with(t, set(bom.Cut(long, 1000))), Options{}); !got.Empty() {
		t.Error(kinds(got))
	}
	if got := Documents(with(t, set(long)), with(t, set("other "+bom.Cut(long, 1000))), Options{}); got.Empty() {
		t.Error("other text is no change")
	}
}

// TestPure: the documents stay as they are, and their order does not matter.
func TestPure(t *testing.T) {
	old, new := sample(), with(t, func(d *bom.Document) {
		d.Components[1].Model.WeightsDigest = "sha256:77"
		d.Components[0].Licenses[0].Expression = "ISC"
		d.Findings = nil
	})
	a, b := clone(t, old), clone(t, new)
	first := Documents(old, new, Options{})
	if !reflect.DeepEqual(clone(t, old), a) || !reflect.DeepEqual(clone(t, new), b) {
		t.Error("a document was changed")
	}
	slices.Reverse(new.Components)
	slices.Reverse(new.Relationships)
	if diff := cmp.Diff(first, Documents(old, new, Options{}), cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("order matters: %s", diff)
	}
}

// TestInvalid: what Validate refuses is passed over and noted.
func TestInvalid(t *testing.T) {
	new := with(t, func(d *bom.Document) {
		d.Components = append(d.Components, d.Components[1], bom.Component{})
		d.Relationships = append(d.Relationships, bom.Relationship{From: "x", Type: bom.Contains, To: "y"},
			bom.Relationship{From: "part:language-model", Type: bom.Contains, To: "model"}, bom.Relationship{From: "upstream:pkg:huggingface/a/base", Type: bom.DescendantOf, To: "model"},
			bom.Relationship{From: "model", Type: bom.Contains, To: "model"})
		d.Components[1].Origins = append(d.Components[1].Origins, bom.Origin{Reference: "nowhere", Verdict: bom.VerdictIdentical})
		d.Gaps = append(d.Gaps, bom.Gap{Kind: bom.GapLimit, Ref: "nowhere", Reason: "r"})
	})
	got := Documents(sample(), new, Options{})
	notes := 0
	for _, n := range got.Notes {
		if n.Kind == NoteInvalid {
			notes++
		}
	}
	if notes != 2 || !strings.Contains(kinds(got), "origin-appeared language-model") || !strings.Contains(kinds(got), "gap-opened") {
		t.Errorf("%s %v", kinds(got), got.Notes)
	}
}

// TestHostile: strings of a stranger are clean, short and harmless, and cost no
// more than their size.
func TestHostile(t *testing.T) {
	evil := "\x1b[31m<script>alert(1)</script>\u202e[x](javascript:1)\n" + strings.Repeat("A", 1<<20)
	new := with(t, func(d *bom.Document) {
		for i := range d.Components {
			c := &d.Components[i]
			c.Name, c.Description, c.Version = evil, evil, evil
			c.Properties = append(c.Properties, bom.Property{Name: evil, Value: evil})
			c.Licenses = append(c.Licenses, bom.License{Expression: evil, Acknowledgement: bom.Declared})
		}
		d.Findings = append(d.Findings, bom.Finding{Rule: evil, Severity: bom.Severity(evil), Path: evil, Message: evil})
		d.Gaps = append(d.Gaps, bom.Gap{Kind: bom.GapKind(evil), Path: evil, Reason: evil})
		d.Components = append(d.Components, bom.Component{Ref: bom.Ref("file:" + evil), Kind: bom.KindFile, Name: evil})
		d.Tools[0].Name, d.Serial, d.Format = evil, evil, evil
	})
	start := time.Now()
	got := Documents(sample(), new, Options{})
	if took := time.Since(start); took > time.Minute {
		t.Errorf("took %v", took)
	}
	checkTexts(t, got)
}

// checkTexts holds every text that is made here to be clean and bounded.
func checkTexts(t testing.TB, c *Changes) {
	t.Helper()
	clean := func(what, s string, most int) {
		if bom.Clean(s) != s || len(s) > most {
			t.Errorf("%s is not clean or has %d bytes: %.200q", what, len(s), s)
		}
	}
	clean("summary", c.Summary, 1<<14)
	for _, x := range c.Changes {
		clean("name", x.Name, 1<<10)
		clean("before", x.Before, 1<<14)
		clean("after", x.After, 1<<14)
		clean("text", x.Text, 1<<15)
		if len(x.Details) > 2*maxDetails+2 || !slices.Contains(Kinds(), x.Kind) || !slices.Contains(Importances(), x.Importance) || x.Text == "" {
			t.Errorf("no sound change: %.300q", fmt.Sprint(x))
		}
		for _, d := range x.Details {
			clean("detail", d, 1<<14)
		}
	}
	for _, n := range c.Notes {
		clean("note", n.Text, 1<<15)
	}
}

func compiled(t testing.TB) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemas.Diff()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("diff.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("diff.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// TestJSON: changes pass the schema and come back as they are.
func TestJSON(t *testing.T) {
	schema := compiled(t)
	new := with(t, func(d *bom.Document) {
		d.Components[1].Model.WeightsDigest = "sha256:77"
		d.Components[3].Properties[2].Value = "300"
		d.Components[0].Licenses[0].Expression = "ISC"
		d.Created = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	})
	nan := number(0)
	_ = nan.UnmarshalJSON([]byte("null"))
	for name, c := range map[string]*Changes{
		"nothing": Documents(sample(), sample(), Options{}), "nil": Documents(nil, nil, Options{}),
		"some": Documents(sample(), new, Options{
			Weights: func(a, b bom.Ref) (WeightChange, bool) {
				return WeightChange{Verdict: bom.VerdictTrainedFrom, Strength: bom.StrengthStrong, Distance: 0.01, Frozen: float64(nan), Sentence: "s",
					Layers: []LayerChange{{Old: -1, New: 0, Agreement: 0.5, Frozen: float64(nan), Distance: 1}}}, true
			},
			Tokenizers: func(a, b bom.Ref) (TokenizerChange, bool) {
				return TokenizerChange{Relation: TokensOverlap, Added: -1, Removed: 3}, true
			}}),
	} {
		b, err := JSON(c)
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%s: %v\n%s", name, err, b)
		}
		back, err := ReadJSON(b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, back, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if again, _ := JSON(back); !bytes.Equal(b, again) {
			t.Errorf("%s: other bytes the second time", name)
		}
	}
	for _, bad := range []string{"", "{}", `{"format":"modelbom-diff","version":2}`, `{"format":"modelbom-diff","version":1} x`, `{"format":"modelbom-diff","version":1,"x":1}`} {
		if c, err := ReadJSON([]byte(bad)); err == nil || c != nil {
			t.Errorf("%q: %v", bad, c)
		}
	}
	if b, err := JSON(nil); err == nil || b != nil {
		t.Error("nil is written")
	}
}

// TestKinds holds the schema and the page to the list of kinds.
func TestKinds(t *testing.T) {
	var s struct {
		Defs map[string]struct {
			Properties map[string]struct{ Enum []string }
		} `json:"$defs"`
	}
	if err := json.Unmarshal(schemas.Diff(), &s); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, k := range Kinds() {
		names = append(names, string(k))
	}
	if diff := cmp.Diff(names, s.Defs["change"].Properties["kind"].Enum); diff != "" {
		t.Errorf("the schema's kinds: %s", diff)
	}
	if len(Kinds()) != len(slices.Compact(slices.Sorted(slices.Values(Kinds())))) {
		t.Error("a kind is listed twice")
	}
}

// A check that was written into a document is no change of the model.
func TestAttestationsAreNotes(t *testing.T) {
	a, b := sample(), sample()
	b.Attestations = []bom.Attestation{{Standard: bom.Standard{Name: "graded", Version: "1"}, Requirements: []bom.Requirement{{ID: "auditable"}}}}
	c := Documents(a, b, Options{})
	if !c.Empty() || len(c.Notes) != 1 || !strings.Contains(c.Notes[0].Text, "graded 1") {
		t.Errorf("changes %v, notes %v", c.Changes, c.Notes)
	}
}
