package codec

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/pkg/bom"
)

func readOther(t *testing.T, file string) (*bom.Document, []string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "spdx", file))
	if err != nil {
		t.Fatal(err)
	}
	f := Format(spdxJSON{})
	if strings.HasSuffix(file, ".spdx") {
		f = spdxTagValue{}
	}
	if !f.Match(data[:min(len(data), 64<<10)]) {
		t.Errorf("%s does not recognise %s", f.Name(), file)
	}
	d, losses, err := f.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, l := range losses {
		said = append(said, l.String())
	}
	return d, said
}

func TestSPDX2JSONOfAnotherTool(t *testing.T) {
	d, losses := readOther(t, "other-2.3.json")
	want := &bom.Document{
		Subject: "root", Serial: "https://other.example/doc-1", Format: "spdx-json@2.3",
		Created:    time.Date(2025, 3, 4, 5, 6, 7, 0, time.UTC),
		Authors:    []bom.Organization{{Name: `Other "Tools", Inc`}},
		Tools:      []bom.Tool{{Name: "other-scanner", Version: "1.2.3"}},
		Properties: []bom.Property{{Name: "spdx:comment", Value: "made elsewhere"}, {Name: "spdx:name", Value: "other tool"}},
		Components: []bom.Component{
			{Ref: "f1", Kind: bom.KindFile, Name: "usr/a.txt", Hashes: []bom.Hash{{Algorithm: "SHA-1", Value: "cd"}},
				Licenses:   []bom.License{{Expression: "MIT"}, {Expression: "MIT", Acknowledgement: bom.Concluded}},
				Properties: []bom.Property{{Name: "spdx:fileType", Value: "TEXT"}}},
			{Ref: "lib", Kind: bom.KindLibrary, Name: "lib"},
			{Ref: "llm", Kind: bom.KindModel, Name: "llm", PURL: "pkg:huggingface/a/llm",
				Licenses: []bom.License{{Name: "NONE", Acknowledgement: bom.Concluded}, {Name: "not an expression", Acknowledgement: bom.Declared}}},
			{Ref: "root", Kind: "container", Name: "app", Version: "2.0", PURL: "pkg:oci/app@sha256%3Aab",
				Supplier: &bom.Organization{Name: "Jo Doe", Email: "jo@app.example", Person: true},
				Hashes:   []bom.Hash{{Algorithm: "SHA-256", Value: "ab"}},
				Licenses: []bom.License{{Expression: "LicenseRef-own", Name: "Own Licence", URL: "https://own.example", Acknowledgement: bom.Declared}},
				Links:    []bom.Link{{Type: "distribution", URL: "https://dist.example/app.tgz"}, {Type: "website", URL: "https://app.example"}},
				Properties: []bom.Property{
					{Name: "spdx:annotation", Value: "Person: Jo Doe | 2025-03-04T05:06:07Z | REVIEW | looked at"},
					{Name: "spdx:externalRef", Value: "SECURITY | cpe23Type | cpe:2.3:a:x:app:2.0:*:*:*:*:*:*:*"},
					{Name: "spdx:originator", Value: "Upstream"}, {Name: "spdx:sourceInfo", Value: "from a build"}}},
		},
		Relationships: []bom.Relationship{
			{From: "lib", Type: "buildToolOf", To: "root"},
			{From: "lib", Type: "other", To: "root", Note: "Some prose."},
			{From: "root", Type: bom.Contains, To: "f1"},
			{From: "root", Type: bom.Contains, To: "lib"},
			{From: "root", Type: bom.Contains, To: "llm"},
			{From: "root", Type: bom.DependsOn, To: "lib", Note: "at run time"},
		},
	}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	wantLosses := []string{
		`identifier: "lib" is used twice; the second element is dropped`,
		`licence text: the text of "LicenseRef-own" is not kept`,
		`relationship: lib DEPENDS_ON NONE is not kept`,
		`relationships: 1 lead to elements that are not in the document`,
		`snippets: 1 snippets are not kept`,
		`lib: relationship contains: "llm" is contained by another component already`,
	}
	if diff := cmp.Diff(wantLosses, losses); diff != "" {
		t.Errorf("losses, -want +got:\n%s", diff)
	}
}

func TestSPDX2TagValueOfAnotherTool(t *testing.T) {
	d, losses := readOther(t, "other-2.2.spdx")
	want := &bom.Document{
		Subject: "Package", Serial: "https://hand.example/1", Format: "spdx-tag-value@2.2",
		Created:    time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
		Authors:    []bom.Organization{{Name: "Someone", Person: true}},
		Properties: []bom.Property{{Name: "spdx:name", Value: "hand-made"}},
		Components: []bom.Component{
			{Ref: "Package", Kind: bom.KindLibrary, Name: "pkg", Description: "on one line", Copyright: "Copyright one\nCopyright two",
				Licenses: []bom.License{{Expression: "Apache-2.0", Acknowledgement: bom.Concluded}},
				Links:    []bom.Link{{Type: "distribution", URL: "git+https://vcs.example/pkg"}}},
			{Ref: "a", Kind: bom.KindFile, Name: "a.c", Hashes: []bom.Hash{{Algorithm: "SHA-1", Value: "85ed0817af83a24ad8da68c2b5094de69833983c"}},
				Licenses:   []bom.License{{Expression: "MIT"}, {Expression: "MIT", Acknowledgement: bom.Concluded}},
				Properties: []bom.Property{{Name: "spdx:fileType", Value: "SOURCE"}}},
		},
		Relationships: []bom.Relationship{
			{From: "Package", Type: bom.Contains, To: "a"},
			{From: "Package", Type: "generates", To: "a", Note: "odd"},
		},
	}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(losses) > 0 {
		t.Errorf("losses: %q", losses)
	}
}

func TestSPDX3OfAnotherTool(t *testing.T) {
	d, losses := readOther(t, "other-3.0.1.json")
	want := &bom.Document{
		Subject: "app", Serial: "https://other.example/doc-1", Format: "spdx-json@3.0.1",
		Created:      time.Date(2025, 3, 4, 5, 6, 7, 0, time.UTC),
		Authors:      []bom.Organization{{Name: "Jo", Email: "jo@other.example", Person: true}},
		Tools:        []bom.Tool{{Name: "scanner", Version: "9.1"}},
		Properties:   []bom.Property{{Name: "spdx:name", Value: "other"}},
		Completeness: bom.Completeness{Assembly: bom.AggregateIncomplete},
		Components: []bom.Component{
			{Ref: "app", Kind: bom.KindApplication, Name: "app", Version: "1.0", PURL: "pkg:npm/app@1.0", Copyright: "(c) other",
				Supplier: &bom.Organization{Name: "Jo", Email: "jo@other.example", Person: true},
				Hashes:   []bom.Hash{{Algorithm: "SHA-1", Value: "cd"}, {Algorithm: "SHA-256", Value: "ab"}},
				Links:    []bom.Link{{Type: "vcs", URL: "https://vcs.example/app"}},
				Licenses: []bom.License{{Expression: "(MIT OR LGPL-2.1-only+) AND LicenseRef-x", Acknowledgement: bom.Concluded}},
				Properties: []bom.Property{
					{Name: "spdx:externalIdentifier", Value: "cpe23 | cpe:2.3:a:x:app:1.0:*:*:*:*:*:*:*"},
					{Name: "spdx:software_attributionText", Value: "one"}, {Name: "spdx:software_attributionText", Value: "two"},
					{Name: "spdx:summary", Value: "An app."}}},
			{Ref: "file", Kind: bom.KindFile, Name: "a.txt"},
			{Ref: "model", Kind: bom.KindModel, Name: "model",
				Links: []bom.Link{{Type: "distribution", URL: "https://dist.example/model"}},
				Model: &bom.Model{Task: "answers", Architecture: "A", Hyperparameters: []bom.Property{{Name: "layers", Value: "3"}},
					Metrics: []bom.Metric{{Type: "acc", Value: "1"}}},
				Properties: []bom.Property{{Name: "spdx:ai_autonomyType", Value: "no"}, {Name: "spdx:ai_limitation", Value: "many"}, {Name: "spdx:ai_typeOfModel", Value: "B"}}},
		},
		Relationships: []bom.Relationship{
			{From: "app", Type: bom.Contains, To: "file"},
			{From: "app", Type: bom.Contains, To: "model"},
			{From: "app", Type: bom.DependsOn, To: "model", Note: "runtime"},
			{From: "model", Type: bom.DescendantOf, To: "app"},
		},
	}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	wantLosses := []string{
		`licence text: the text of "https://other.example/doc-1/LicenseRef-x" is not kept`,
		`relationships: 1 lead to or from elements that are not kept`,
		`security_Vulnerability: 1 not kept`,
		`software_Snippet: 1 not kept`,
	}
	if diff := cmp.Diff(wantLosses, losses); diff != "" {
		t.Errorf("losses, -want +got:\n%s", diff)
	}
}

// What was read from others can be written in every format and read again
// without a further difference.
func TestSPDXOfOthersSurvives(t *testing.T) {
	for _, file := range []string{"other-2.3.json", "other-2.2.spdx", "other-3.0.1.json"} {
		d, _ := readOther(t, file)
		d.Serial, d.Format = "", ""
		eachSPDX(t, func(t *testing.T, c spdxCase) {
			if diff := c.roundTrip(t, d); diff != "" {
				t.Errorf("%s differs (-want +got):\n%s", file, diff)
			}
		})
	}
}

func TestSPDXMatch(t *testing.T) {
	for head, want := range map[string]string{
		`{"spdxVersion":"SPDX-2.3"}`: "spdx-json",
		"\xef\xbb\xbf \n{\"name\":\"x\",\"SPDXID\":\"SPDXRef-DOCUMENT\",\"packages\":[{": "spdx-json",
		`{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[`:        "spdx-json",
		`{"@graph":[{"type":"SpdxDocument","spdxId":"https://x"}`:                        "spdx-json",
		`{"@context":["https://spdx.org/rdf/3.0.0/spdx-context.jsonld"]}`:                "spdx-json",
		"# comment\n\nSPDXVersion: SPDX-2.3\n":                                           "spdx-tag-value",
		`{"bomFormat":"CycloneDX","components":[{"name":"spdxVersion"}]}`:                "",
		`{"x":{"spdxVersion":"SPDX-2.3"}}`:                                               "",
		`{"@context":"https://schema.org/"}`:                                             "",
		"DataLicense: CC0-1.0\nSPDXVersion: SPDX-2.3":                                    "",
		"": "",
	} {
		got := ""
		for _, f := range []Format{spdxJSON{}, spdxTagValue{}} {
			if f.Match([]byte(head)) {
				got += f.Name()
			}
		}
		if got != want {
			t.Errorf("%q is taken for %q, want %q", head, got, want)
		}
	}
}
