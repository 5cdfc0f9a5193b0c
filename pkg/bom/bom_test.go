package bom

import (
	"reflect"
	"strings"
	"testing"
)

func small() *Document {
	return &Document{
		Subject: RefSubject,
		Components: []Component{
			{Ref: "part:head", Kind: KindModel}, {Ref: RefSubject, Kind: KindModel, Model: &Model{}},
			{Ref: "file:a", Kind: KindFile, Hashes: []Hash{{SHA512, "2", false}, {SHA1, "1", true}, {SHA1, "1", true}}},
		},
		Relationships: []Relationship{{RefSubject, Contains, "part:head", ""}, {"part:head", Contains, "file:a", ""}, {RefSubject, Contains, "part:head", ""}},
		Gaps:          []Gap{{Kind: GapLimit, Ref: RefSubject, Reason: "b"}, {Kind: GapLimit, Reason: "b"}, {Kind: GapLimit, Reason: "a"}},
	}
}

func TestNormalize(t *testing.T) {
	d := small()
	d.Normalize()
	want := &Document{
		Subject: RefSubject,
		Components: []Component{
			{Ref: "file:a", Kind: KindFile, Hashes: []Hash{{SHA1, "1", true}, {SHA512, "2", false}}},
			{Ref: RefSubject, Kind: KindModel}, {Ref: "part:head", Kind: KindModel},
		},
		Relationships: []Relationship{{RefSubject, Contains, "part:head", ""}, {"part:head", Contains, "file:a", ""}},
		Gaps:          []Gap{{Kind: GapLimit, Reason: "a"}, {Kind: GapLimit, Reason: "b"}},
	}
	if !reflect.DeepEqual(d, want) {
		t.Errorf("got  %+v\nwant %+v", d, want)
	}
	if err := d.Validate(); err != nil {
		t.Error(err)
	}
}

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*Document)
		want  string
	}{
		"subject":  {func(d *Document) { d.Subject = "gone" }, `the document's subject refers to "gone"`},
		"twice":    {func(d *Document) { d.Components = append(d.Components, Component{Ref: "file:a"}) }, `"file:a" is used twice`},
		"nameless": {func(d *Document) { d.Components = append(d.Components, Component{Name: "x"}) }, `component "x" has no reference`},
		"relationship": {func(d *Document) {
			d.Relationships = append(d.Relationships, Relationship{"file:a", DependsOn, "gone", ""})
		}, `refers to "gone"`},
		"origin":  {func(d *Document) { d.Components[0].Origins = []Origin{{Reference: "gone"}} }, `an origin of "part:head" refers to "gone"`},
		"gap":     {func(d *Document) { d.Gaps = append(d.Gaps, Gap{Ref: "gone"}) }, `a gap refers to "gone"`},
		"finding": {func(d *Document) { d.Findings = append(d.Findings, Finding{Ref: "gone"}) }, `a finding refers to "gone"`},
		"claim": {func(d *Document) {
			d.Attestations = []Attestation{{Requirements: []Requirement{{ID: "auditable", Claims: []Claim{{}, {Ref: "gone"}}}}}}
		}, `a claim about "auditable" refers to "gone"`},
		"two parents": {func(d *Document) {
			d.Relationships = append(d.Relationships, Relationship{RefSubject, Contains, "file:a", ""})
		}, `"file:a" is contained by both`},
		"cycle": {func(d *Document) {
			d.Relationships = append(d.Relationships, Relationship{"file:a", Contains, RefSubject, ""})
		}, "contains itself"},
	} {
		d := small()
		c.spoil(d)
		if err := d.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain":               "plain",
		`back\slash`:          `back\slash`,
		"Qwen/通义千问 모델 مرحبا":  "Qwen/通义千问 모델 مرحبا",
		"a\nb\tc\rd":          `a\nb\tc\rd`,
		"\x1b[31mred":         `\x1b[31mred`,
		"\u202egpj.exe":       `\u202egpj.exe`,
		"bad\xff\xfebytes":    `bad\xff\xfebytes`,
		"both\\ \x00":         `both\ \x00`,
		"zero\u200bwidth":     `zero\u200bwidth`,
		"tag\U000e0041":       `tag\U000e0041`,
		"join\u200der":        "join\u200der",
		"c1\u009b31m":         `c1\u009b31m`,
		"line\u2028separator": `line\u2028separator`,
		"private\ue000use":    `private\ue000use`,
	} {
		if got := Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
		if Clean(want) != want {
			t.Errorf("Clean(%q) changes what is clean", want)
		}
	}
	if a, b := CleanPath("\xff"), CleanPath(`\xff`); a == b || a != `\xff` || b != `\\xff` {
		t.Errorf("CleanPath gives %q and %q", a, b)
	}
}

// TestDigests holds the recipes to values that sha256sum gives.
func TestDigests(t *testing.T) {
	sum := func(digit string) []Hash { return []Hash{{SHA256, strings.Repeat(digit, 64), false}} }
	weights := func(digit string) *Model { return &Model{WeightsDigest: "sha256:" + strings.Repeat(digit, 64)} }
	d := &Document{Subject: RefSubject,
		Components: []Component{{Ref: RefSubject, Kind: KindModel}, {Ref: "part:vision-encoder", Kind: KindModel, Role: RoleVisionEncoder, Model: weights("2")},
			{Ref: "part:language-model", Kind: KindModel, Role: RoleLanguageModel, Model: weights("1")}, {Ref: "part:tokenizer", Kind: KindData, Role: RoleTokenizer},
			{Ref: "part:code", Kind: KindFile, Role: RoleCode}, {Ref: "file:tokenizer.json", Kind: KindFile, Hashes: sum("4")}, {Ref: "file:merges.txt", Kind: KindFile, Hashes: sum("A")},
			{Ref: "file:asserted", Kind: KindFile, Hashes: []Hash{{SHA256, strings.Repeat("6", 64), true}}}, {Ref: "file:sha512", Kind: KindFile, Hashes: []Hash{{SHA512, "7", false}}}},
		Relationships: []Relationship{{From: "part:tokenizer", Type: Contains, To: "file:tokenizer.json"}, {From: "part:tokenizer", Type: HasDataFile, To: "file:tokenizer.json"},
			{From: "part:code", Type: Contains, To: "file:merges.txt"}, {From: "part:code", Type: HasDataFile, To: "gone"}}}
	want := map[Ref]string{
		RefSubject: "sha256:3168ab3392a3308e33920fac3508e391bbc5c4bac526369f42a1b92d78cd6e64", "part:vision-encoder": "sha256:" + strings.Repeat("2", 64),
		"part:tokenizer": "sha256:" + strings.Repeat("4", 64), "part:code": "sha256:" + strings.Repeat("a", 64), "file:merges.txt": "sha256:" + strings.Repeat("a", 64),
		"file:asserted": "", "file:sha512": "", "gone": "",
	}
	hold := func() {
		t.Helper()
		x := d.Digests()
		for ref, digest := range want {
			if got := strings.Join(x.Of(ref), " "); got != digest {
				t.Errorf("%s: %q, want %q", ref, got, digest)
			}
		}
	}
	hold()
	d.Relationships = append(d.Relationships, Relationship{From: "part:tokenizer", Type: HasDataFile, To: "file:merges.txt"})
	want["part:tokenizer"] = "sha256:721e7e7537da839e5cda342c492c92e638484567371c36ceb04aa8d6dac6e20d" // of two files
	hold()
	d.Relationships = append(d.Relationships, Relationship{From: "part:tokenizer", Type: HasDataFile, To: "file:asserted"})
	d.Components[1].Model = nil
	want["part:tokenizer"], want[RefSubject], want["part:vision-encoder"] = "", "", "" // some bytes have no digest
	hold()
}

func TestCut(t *testing.T) {
	if got := Cut("모델의 이름", 3); got != "모델…" {
		t.Errorf("Cut gives %q", got)
	}
	if got := Cut("short", 5); got != "short" {
		t.Errorf("Cut gives %q", got)
	}
}

func TestNormalizeAttestations(t *testing.T) {
	d := small()
	d.Attestations = []Attestation{
		{Standard: Standard{Name: "graded"}, Requirements: []Requirement{
			{ID: "replaceable", Claims: []Claim{{Ref: "part:head", Counter: true}, {Ref: "part:head"}, {Ref: RefSubject, Evidence: []ClaimEvidence{{"b", "2"}, {"a", "1"}, {"b", "2"}}}}},
			{ID: "auditable", Conformance: &Conformance{Score: 0.5}},
		}},
		{Standard: Standard{Name: "from-scratch"}},
	}
	d.Normalize()
	want := []Attestation{
		{Standard: Standard{Name: "from-scratch"}},
		{Standard: Standard{Name: "graded"}, Requirements: []Requirement{
			{ID: "auditable", Conformance: &Conformance{Score: 0.5}},
			{ID: "replaceable", Claims: []Claim{{Evidence: []ClaimEvidence{{"a", "1"}, {"b", "2"}}}, {Ref: "part:head"}, {Ref: "part:head", Counter: true}}},
		}},
	}
	if !reflect.DeepEqual(d.Attestations, want) {
		t.Errorf("got  %+v\nwant %+v", d.Attestations, want)
	}
	if err := d.Validate(); err != nil {
		t.Error(err)
	}
}
