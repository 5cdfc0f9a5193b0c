package codec

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/licenselist"
)

func TestParseExpression(t *testing.T) {
	for in, want := range map[string]string{
		"MIT":                                  "MIT",
		"mit":                                  "MIT",
		" MIT  OR ( Apache-2.0 AND ISC ) ":     "MIT OR (Apache-2.0 AND ISC)",
		"GPL-2.0-or-later WITH LLVM-exception": "GPL-2.0-or-later WITH LLVM-exception",
		"GPL-2.0-only WITH Linux-syscall-note": "GPL-2.0-only WITH Linux-syscall-note",
		"GPL-2.0-with-classpath-exception":     "GPL-2.0-with-classpath-exception",
		"Apache-2.0+":                          "Apache-2.0+",
		"LicenseRef-llama3.1":                  "LicenseRef-llama3.1",
		"((((MIT))))":                          "((((MIT))))",

		"": "", "()": "", "MIT MIT": "", "MIT AND": "", "AND MIT": "", "(MIT": "", "MIT)": "", "MIT and ISC": "", "llama3.1": "",
		"LicenseRef-": "", "LicenseRef-a_b": "", "DocumentRef-d:LicenseRef-x": "", "LLVM-exception": "", "MIT WITH": "", "MIT WITH ISC": "",
		"(MIT OR ISC) WITH LLVM-exception": "", "MIT WITH LLVM-exception WITH LLVM-exception": "", "NOASSERTION": "", "+": "", "MIT (ISC)": "",
		strings.Repeat("(", 3000) + "MIT" + strings.Repeat(")", 3000): "",
	} {
		e, ok := parseExpression(in)
		if ok != (want != "") || ok && e.text != want {
			t.Errorf("parseExpression(%.60q) = %.60q, %v; want %q", in, e.text, ok, want)
		}
	}
	if e, _ := parseExpression("LicenseRef-b AND (MIT OR LicenseRef-a)"); !cmp.Equal(e.refs, []string{"LicenseRef-b", "LicenseRef-a"}) || !e.compound {
		t.Errorf("refs = %v, compound = %v", e.refs, e.compound)
	}
}

func TestCombineLicenses(t *testing.T) {
	declared := func(expressions ...string) []bom.License {
		var out []bom.License
		for _, e := range expressions {
			out = append(out, bom.License{Expression: e, Acknowledgement: bom.Declared})
		}
		return out
	}
	for want, list := range map[string][]bom.License{
		"NOASSERTION":                 declared("MIT", "what"),
		"MIT":                         declared("MIT", "mit"),
		"(ISC OR MIT) AND Zlib":       declared("Zlib", "ISC OR MIT"),
		"NONE":                        {{Name: "NONE", Acknowledgement: bom.Declared}},
		"Apache-2.0 AND LicenseRef-x": declared("LicenseRef-x", "Apache-2.0"),
	} {
		if got := combineLicenses(list, bom.Declared, licenselist.Newest); got != want {
			t.Errorf("%v gives %q, want %q", list, got, want)
		}
	}
}

func TestSettle(t *testing.T) {
	d := &bom.Document{Subject: "a", Components: []bom.Component{{Ref: "a"}, {Ref: "b"}, {Ref: "c"}, {Ref: "d", Origins: []bom.Origin{{Reference: "gone"}}}, {Ref: "e"}}}
	for _, r := range []string{"a contains b", "b contains c", "c contains a", "d contains d", "a contains e", "d contains e", "a dependsOn gone", "gone dependsOn a"} {
		f := strings.Fields(r)
		d.Relationships = append(d.Relationships, bom.Relationship{From: bom.Ref(f[0]), Type: bom.Relation(f[1]), To: bom.Ref(f[2])})
	}
	losses := settle(d)
	if err := d.Validate(); err != nil {
		t.Errorf("the settled document is invalid: %v", err)
	}
	var left []string
	for _, r := range d.Relationships {
		left = append(left, fmt.Sprint(r.From, " ", r.Type, " ", r.To))
	}
	if diff := cmp.Diff([]string{"a contains b", "b contains c", "a contains e"}, left); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(losses) != 6 {
		t.Errorf("%d losses, want 6: %v", len(losses), losses)
	}
}

// A chain of containers must not cost quadratic time, whichever way round.
func TestSettleIsLinear(t *testing.T) {
	const n = 200_000
	d := &bom.Document{Subject: "0"}
	for i := range n {
		d.Components = append(d.Components, bom.Component{Ref: bom.Ref(fmt.Sprint(i))})
		d.Relationships = append(d.Relationships, bom.Relationship{From: bom.Ref(fmt.Sprint(i)), Type: bom.Contains, To: bom.Ref(fmt.Sprint((i + 1) % n))})
	}
	if losses := settle(d); len(losses) != 1 {
		t.Errorf("%d losses, want one for the circle", len(losses))
	}
}

func TestReadTags(t *testing.T) {
	in := "# c\r\nA: x \r\n\n  B :<text>one\r\n two </text> rest\nC: a <text> b\nD: <text></text>\nE: <text> l </text>\nF:\n"
	pairs, err := readTags([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range pairs {
		got = append(got, p.Tag+"="+p.Value)
	}
	want := []string{"A=x", "B=one\n two ", "C=a <text> b", "D=", "E= l ", "F="}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, bad := range []string{"no colon", "A: x\nB: <text>open\nC: d"} {
		if _, err := readTags([]byte(bad)); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

// The AI profile is claimed only when a person has supplied what no repository
// can tell, and the fields it makes mandatory are then really there.
func TestSPDX3ClaimsProfilesHonestly(t *testing.T) {
	c := spdxCase{spdxJSON{}, "3.0.1"}
	model := bom.Component{Ref: "model", Kind: bom.KindModel, Name: "m", Version: "1", Supplier: &bom.Organization{Name: "ACME"},
		Links:      []bom.Link{{Type: "distribution", URL: "https://dist.example/m"}},
		Properties: []bom.Property{{Name: propReleaseTime, Value: "2026-01-01T00:00:00Z"}}}
	data := bom.Component{Ref: "data", Kind: bom.KindData, Role: bom.RoleDataset, Name: "d", Links: model.Links,
		Properties: []bom.Property{{Name: propReleaseTime, Value: "2026-01-01T00:00:00Z"}, {Name: propBuiltTime, Value: "2025-01-01T00:00:00Z"}, {Name: propOriginator, Value: "Data Office"}}}
	whole := func() *bom.Document {
		return clone(&bom.Document{Subject: "model", Components: []bom.Component{data, model}})
	}
	for name, test := range map[string]struct {
		change      func(d *bom.Document)
		ai, dataset bool
		comment     string
	}{
		"all there":       {func(d *bom.Document) {}, true, true, ""},
		"no supplier":     {func(d *bom.Document) { d.Components[1].Supplier = nil }, false, true, "suppliedBy (1 of 1 elements)"},
		"no release time": {func(d *bom.Document) { d.Components[1].Properties = nil }, false, true, "releaseTime"},
		"bad time":        {func(d *bom.Document) { d.Components[1].Properties[0].Value = "soon" }, false, true, "releaseTime"},
		"no version":      {func(d *bom.Document) { d.Components[1].Version = "" }, false, true, "software_packageVersion"},
		"no download":     {func(d *bom.Document) { d.Components[1].Links = nil }, false, true, "software_downloadLocation"},
		"no originator":   {func(d *bom.Document) { d.Components[0].Properties = d.Components[0].Properties[:2] }, true, false, "originatedBy"},
		"no built time": {func(d *bom.Document) {
			d.Components[0].Properties = append([]bom.Property{}, data.Properties[0], data.Properties[2])
		}, true, false, "builtTime"},
	} {
		t.Run(name, func(t *testing.T) {
			d := whole()
			test.change(d)
			out, _ := c.mustEncode(t, d)
			ai, dataset, comment := checkProfiles(t, out)
			if ai != test.ai || dataset != test.dataset {
				t.Errorf("claims ai %v and dataset %v, want %v and %v", ai, dataset, test.ai, test.dataset)
			}
			if !strings.Contains(comment, test.comment) || test.comment == "" && strings.Contains(comment, "not claimed") {
				t.Errorf("comment = %q", comment)
			}
		})
	}
}

// checkProfiles reads a document without the code that wrote it and fails if a
// claimed profile's mandatory fields (SPDX 3.0.1) are not all there.
func checkProfiles(t *testing.T, out []byte) (ai, dataset bool, comment string) {
	t.Helper()
	mandatory := map[string][]string{
		"ai_AIPackage": {"suppliedBy", "releaseTime", "software_downloadLocation", "software_packageVersion", "software_primaryPurpose"},
		"dataset_DatasetPackage": {"dataset_datasetType", "originatedBy", "builtTime", "releaseTime", "software_downloadLocation",
			"software_primaryPurpose"},
	}
	missing := map[string]int{}
	licences := map[string]int{}
	ids := map[string]string{}
	err := readGraph(out, func(o spdx3Object) error {
		class := plainClass(o)
		for _, field := range mandatory[class] {
			if o[field] == nil {
				missing[class]++
			}
		}
		switch class {
		case "ai_AIPackage", "dataset_DatasetPackage", "software_Package", "software_File":
			ids[o.get("spdxId")] = class
		case "Relationship":
			if word := o.get("relationshipType"); word == "hasDeclaredLicense" || word == "hasConcludedLicense" {
				licences[o.get("from")+" "+word]++
				if n := len(plainStrings(o["to"])); n != 1 {
					t.Errorf("%s leads to %d licences", word, n)
				}
			}
		case "SpdxDocument":
			comment = o.get("comment")
			for _, p := range plainStrings(o["profileConformance"]) {
				ai, dataset = ai || p == "ai", dataset || p == "dataset"
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if ai && missing["ai_AIPackage"] > 0 || dataset && missing["dataset_DatasetPackage"] > 0 {
		t.Errorf("claims ai %v and dataset %v but misses %v", ai, dataset, missing)
	}
	for id := range ids {
		for _, word := range []string{"hasDeclaredLicense", "hasConcludedLicense"} {
			if licences[id+" "+word] != 1 {
				t.Errorf("%s has %d relationships %s, want one", id, licences[id+" "+word], word)
			}
		}
	}
	return ai, dataset, comment
}

func TestSPDX3RichDocumentKeepsTheProfileRules(t *testing.T) {
	out, _ := spdxCase{spdxJSON{}, "3.0.1"}.mustEncode(t, richDocument())
	if ai, dataset, comment := checkProfiles(t, out); ai || dataset || !strings.Contains(comment, "The ai profile is not claimed") {
		t.Errorf("claims ai %v, dataset %v, comment %q", ai, dataset, comment)
	}
}

// SPDX 2.3 says that files were analysed only with a verification code over
// their SHA-1 digests; the expected one is computed by hand from "a"+"b" sorted.
func TestSPDX2VerificationCode(t *testing.T) {
	a, b := strings.Repeat("a", 40), strings.Repeat("b", 40)
	d := &bom.Document{Subject: "m", Components: []bom.Component{
		{Ref: "m", Kind: bom.KindModel, Name: "m"},
		{Ref: "f1", Kind: bom.KindFile, Name: "f1", Hashes: []bom.Hash{{Algorithm: bom.SHA1, Value: b}}},
		{Ref: "f2", Kind: bom.KindFile, Name: "f2", Hashes: []bom.Hash{{Algorithm: bom.SHA1, Value: a}}}},
		Relationships: []bom.Relationship{{From: "m", Type: bom.Contains, To: "f1"}, {From: "m", Type: bom.Contains, To: "f2"}}}
	c := spdxCase{spdxJSON{}, "2.3"}
	out, losses := c.mustEncode(t, d)
	if !strings.Contains(string(out), `"packageVerificationCodeValue": "c361e706434ebcd03e8857c6c8dd2786adaeb3ef"`) || len(losses) > 0 {
		t.Errorf("no verification code, or another; losses %v\n%s", losses, out)
	}
	d.Components[1].Hashes[0].Algorithm = bom.SHA256
	out, losses = c.mustEncode(t, d)
	if strings.Contains(string(out), "packageVerificationCodeValue") || len(losses) != 1 || losses[0].Field != "SHA-1" {
		t.Errorf("a code without all digests; losses %v", losses)
	}
}
