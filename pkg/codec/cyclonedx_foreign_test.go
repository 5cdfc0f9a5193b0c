package codec

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/pkg/bom"
)

func decodeFile(t *testing.T, name string) (*bom.Document, []string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "cyclonedx", name))
	if err != nil {
		t.Fatal(err)
	}
	d, losses, err := decodeCycloneDX(data)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, l := range losses {
		out = append(out, l.String())
	}
	return d, out
}

func TestCycloneDXOfAScanner(t *testing.T) {
	got, losses := decodeFile(t, "scanner.json")
	b := strings.Repeat("b", 64)
	want := &bom.Document{
		Subject: "af63bd4c8601b7f1", Format: "cyclonedx-json@1.6", Serial: "urn:uuid:6c1b0dd3-2a35-4f2c-9f0f-3f1f6c6f8c11",
		Created: time.Date(2026, 3, 3, 20, 6, 7, 0, time.UTC), Tools: []bom.Tool{{Vendor: "anchore", Name: "scanner", Version: "1.2.3"}},
		Properties:   []bom.Property{{Name: "scanner:source", Value: "directory"}},
		Completeness: bom.Completeness{Assembly: bom.AggregateIncomplete},
		Components: []bom.Component{
			{Ref: "af63bd4c8601b7f1", Kind: bom.KindFile, Name: "/models/minilm", Supplier: &bom.Organization{Name: "Platform Team", URL: "https://platform.example"}},
			{Ref: "data:Sentence pairs", Kind: bom.KindData, Role: bom.RoleDataset, Name: "Sentence pairs", Links: []bom.Link{{Type: "distribution", URL: "https://hub.example/pairs"}}},
			{Ref: "onnx", Kind: bom.KindModel, Group: "org", Name: "minilm-int8", Hashes: []bom.Hash{{Algorithm: bom.SHA256, Value: b}},
				Model: &bom.Model{Task: "feature-extraction", Architecture: "BertModel", Inputs: []string{"text"}, Metrics: []bom.Metric{{Type: "spearman", Value: "0.82", Dataset: "sts-b"}}},
				Origins: []bom.Origin{{Reference: "pkg:huggingface/org/minilm", Verdict: bom.VerdictDeclaredOnly, Strength: bom.StrengthDeclared,
					Sentence: "quantised with a tool"}}},
			{Ref: "onnx#2", Kind: bom.KindFile, Name: "model.onnx"},
			{Ref: "pkg:huggingface/org/minilm", Kind: bom.KindModel, Group: "org", Name: "minilm", PURL: "pkg:huggingface/org/minilm"},
			{Ref: "pkg:pypi/numpy@2.0.0", Kind: bom.KindLibrary, Name: "numpy", Version: "2.0.0", PURL: "pkg:pypi/numpy@2.0.0",
				Licenses: []bom.License{{Expression: "BSD-3-Clause AND Zlib", Acknowledgement: bom.Declared}}},
			{Ref: "pkg:pypi/numpy@2.0.0#2", Kind: bom.KindLibrary, Name: "numpy", Version: "2.0.0", PURL: "pkg:pypi/numpy@2.0.0"},
			{Ref: "pkg:pypi/torch@2.4.0?package-id=0d0f", Kind: bom.KindLibrary, Name: "torch", Version: "2.4.0", PURL: "pkg:pypi/torch@2.4.0",
				Licenses: []bom.License{{Expression: "BSD-3-Clause"}, {Expression: "LicenseRef-extra"}},
				Links:    []bom.Link{{Type: "distribution", URL: "https://files.example/torch.whl"}},
				Evidence: []bom.Evidence{{Technique: bom.Filename, Path: "/models/minilm/requirements.txt", Value: "torch", Confidence: 0.6}},

				Properties: []bom.Property{{Name: "scanner:package:language", Value: "python"}}},
			{Ref: "vocab", Kind: bom.KindFile, Name: "vocab.txt"},
		},
		Relationships: []bom.Relationship{
			{From: "af63bd4c8601b7f1", Type: bom.DependsOn, To: "onnx"},
			{From: "onnx", Type: bom.Contains, To: "onnx#2"},
			{From: "onnx", Type: bom.Contains, To: "vocab"},
			{From: "onnx", Type: bom.DependsOn, To: "pkg:pypi/torch@2.4.0?package-id=0d0f"},
			{From: "onnx", Type: bom.DescendantOf, To: "pkg:huggingface/org/minilm"},
			{From: "onnx", Type: bom.TrainedOn, To: "data:Sentence pairs"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{
		"annotations: 1 not kept",
		"author: 1 not kept",
		"compositions: 1 not kept",
		"cpe: 1 not kept",
		`dependencies: "lost" is not in the document`,
		"evidence.occurrences: line, offset or symbol: 1 not kept",
		"externalReferences: hashes or properties: 1 not kept",
		"modelCard.considerations: 1 not kept",
		"modelCard.modelParameters.approach: 1 not kept",
		"organisations: further addresses: 1 not kept",
		"scope: 1 not kept",
		"services: 1 not kept",
		"vulnerabilities: 2 not kept",
		`af63bd4c8601b7f1: dependencies: "gone" is not in the document`,
		"onnx: bom-ref: given twice",
		`onnx: modelCard.datasets: "onnx-missing" is not in the document`,
	}, losses); diff != "" {
		t.Errorf("losses -want +got:\n%s", diff)
	}
}

func TestCycloneDXOfAnOldVersion(t *testing.T) {
	got, losses := decodeFile(t, "old.xml")
	want := &bom.Document{
		Subject: "application:server@1.0", Format: "cyclonedx-xml@1.4", Serial: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
		Tools: []bom.Tool{{Vendor: "Acme", Name: "builder", Version: "9"}},
		Components: []bom.Component{
			{Ref: "application:server@1.0", Kind: bom.KindApplication, Name: "server", Version: "1.0", Licenses: []bom.License{{Expression: "MIT OR Apache-2.0"}}},
			{Ref: "lib", Kind: bom.KindLibrary, Group: "acme", Name: "lib", Version: "1"},
		},
		Relationships: []bom.Relationship{{From: "application:server@1.0", Type: bom.Contains, To: "lib"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if !slices.Equal(losses, []string{"publisher: 1 not kept"}) {
		t.Errorf("losses %q", losses)
	}
}

// The places where the library departs from the schema, in a document that
// follows it.
func TestCycloneDXXMLOfTheSchema(t *testing.T) {
	got, losses := decodeFile(t, "prefixed.xml")
	want := &bom.Document{
		Subject: "m", Format: "cyclonedx-xml@1.6",
		Components: []bom.Component{
			{Ref: "d", Kind: bom.KindData, Name: "d"},
			{Ref: "data:inline", Kind: bom.KindData, Role: bom.RoleDataset, Name: "inline"},
			{Ref: "m", Kind: bom.KindModel, Name: "m", Evidence: []bom.Evidence{{Technique: bom.Filename, Path: "a/b.gguf", Key: "general.name"}}},
		},
		Relationships: []bom.Relationship{{From: "m", Type: bom.TrainedOn, To: "d"}, {From: "m", Type: bom.TrainedOn, To: "data:inline"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if !slices.Equal(losses, []string{"evidence.occurrences: line, offset or symbol: 1 not kept"}) {
		t.Errorf("losses %q", losses)
	}
}

// The library's own documents have every feature of the format, once each.
func TestCycloneDXOfTheLibrary(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go").Output()
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "testdata", "valid-*"))
	if err != nil || len(names) < 80 {
		t.Fatalf("%d documents, %v", len(names), err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			d, _, err := decodeCycloneDX(data)
			if err != nil {
				t.Fatal(err)
			}
			checkRewrite(t, d)
		})
	}
}

func TestCycloneDXRewrite(t *testing.T) {
	for _, name := range []string{"scanner.json", "old.xml", "prefixed.xml"} {
		d, _ := decodeFile(t, name)
		checkRewrite(t, d)
	}
}

func TestCycloneDXErrors(t *testing.T) {
	deep := strings.Repeat(`{"components":[`, 200)
	deepXML := `<bom xmlns="http://cyclonedx.org/schema/bom/1.6">` + strings.Repeat("<components><component>", 200)
	for _, c := range []struct {
		f          Format
		text, want string
	}{
		{cycloneDXJSON{}, ``, "unexpected end"},
		{cycloneDXJSON{}, `{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"name":"x"}`, "at byte 71: unexpected end"},
		{cycloneDXJSON{}, `{"bomFormat":"CycloneDX","specVersion":"1.6","components":{"name":"x"}}`, "cannot unmarshal object"},
		{cycloneDXJSON{}, `{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"name":7}]}`, "at byte "},
		{cycloneDXJSON{}, `{"bomFormat":"CycloneDX","specVersion":"2.0"}`, `specVersion "2.0"`},
		{cycloneDXJSON{}, `{"bomFormat":"CycloneDX","specVersion":"1.1"}`, "1.2 to 1.7"},
		{cycloneDXJSON{}, `{"bomFormat":"CycloneDX"}`, "no specVersion"},
		{cycloneDXJSON{}, `{"bomFormat":"SPDX","specVersion":"1.6"}`, `bomFormat is "SPDX"`},
		{cycloneDXJSON{}, `{"specVersion":"1.6"}`, `bomFormat is ""`},
		{cycloneDXJSON{}, deep, "nested deeper"},
		{cycloneDXJSON{}, `{"x":"` + strings.Repeat("y", 10), "a string has no end"},
		{cycloneDXJSON{}, `{"components":[` + strings.Repeat("{},", maxHeavy+1), "more than"},
		{cycloneDXXML{}, ``, "unexpected EOF"},
		{cycloneDXXML{}, `<bom xmlns="http://cyclonedx.org/schema/bom/1.6"><components>`, "at byte "},
		{cycloneDXXML{}, `<bom xmlns="http://cyclonedx.org/schema/bom/1.9"/>`, `"1.9"`},
		{cycloneDXXML{}, `<bom xmlns="http://example.org/"/>`, "namespace"},
		{cycloneDXXML{}, `<sbom xmlns="http://cyclonedx.org/schema/bom/1.6"/>`, "bom"},
		{cycloneDXXML{}, `<!DOCTYPE x [<!ENTITY e "boom">]><bom xmlns="http://cyclonedx.org/schema/bom/1.6"><metadata><component type="file"><name>&e;</name></component></metadata></bom>`, "entity"},
		{cycloneDXXML{}, deepXML, "nested deeper"},
		{cycloneDXXML{}, `<bom xmlns="http://cyclonedx.org/schema/bom/1.6"><metadata><component type="file"><name>x</name><evidence><occurrences><occurrence>` + strings.Repeat("<x>y</x>", 40), "at byte "},
	} {
		d, _, err := c.f.Decode(strings.NewReader(c.text))
		if err == nil || d != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.80q: %v, want %q", c.text, err, c.want)
		}
	}
	if _, err := (cycloneDXJSON{}).Encode(nil, richDocument(), "3.0", Options{}); err == nil {
		t.Error("version 3.0 was written")
	}
}

func TestCycloneDXMatch(t *testing.T) {
	for text, want := range map[string][2]bool{
		"\xef\xbb\xbf {\n \"bomFormat\": \"CycloneDX\"":                               {true, false},
		`{"$schema":"http://cyclonedx.org/schema/bom-1.6.schema.json"`:                {true, false},
		`{"spdxVersion":"SPDX-2.3"`:                                                   {false, false},
		"<?xml version=\"1.0\"?>\n<bom xmlns=\"http://cyclonedx.org/schema/bom/1.2\"": {false, true},
		`<rdf:RDF>`: {false, false},
		``:          {false, false},
	} {
		if got := [2]bool{cycloneDXJSON{}.Match([]byte(text)), cycloneDXXML{}.Match([]byte(text))}; got != want {
			t.Errorf("Match(%q) = %v, want %v", text, got, want)
		}
	}
}

// A document whose properties are those of ours, and contradictory.
func TestCycloneDXContradictions(t *testing.T) {
	wrap := func(props string) string {
		return `{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{"component":{"bom-ref":"s","type":"file","name":"s"}},"components":[
			{"bom-ref":"a","type":"file","name":"a","properties":[` + props + `],"components":[{"bom-ref":"b","type":"file","name":"b",
			"properties":[{"name":"modelbom:ref","value":"a"}]}]}]}`
	}
	d, losses, err := cycloneDXJSON{}.Decode(strings.NewReader(wrap(`{"name":"modelbom:relationship","value":"contains | nowhere"},{"name":"modelbom:origin:reference","value":"nowhere"}`)))
	if err != nil || len(losses) != 2 || len(d.Relationships) != 1 {
		t.Errorf("pointing nowhere: %v, losses %v", err, losses)
	}
	_, _, err = cycloneDXJSON{}.Decode(strings.NewReader(wrap(`{"name":"modelbom:relationship","value":"contains | a"}`)))
	if err == nil || !strings.Contains(err.Error(), "contradicts itself") {
		t.Errorf("containing itself: %v", err)
	}
}

func TestCycloneDXIllegalText(t *testing.T) {
	for name, encode := range cycloneDX() {
		d := richDocument()
		d.Component("robot").Description = "a\x01b\xffc"
		data, losses, err := encode(d)
		if err != nil || !slices.Equal(losses, []Loss{{Ref: "robot", Field: "text", Reason: "characters that cannot be written are replaced"}}) {
			t.Fatalf("%s: %v, %v", name, losses, err)
		}
		checkCycloneDX(t, data)
		got, _, err := decodeCycloneDX(data)
		if err != nil || got.Component("robot").Description != "a\ufffdb\ufffdc" {
			t.Errorf("%s: %v", name, err)
		}
	}
	d, losses, err := cycloneDXJSON{}.Decode(strings.NewReader(`{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"file","name":"\u001b[31m"}]}`))
	if err != nil || d.Components[0].Name != "\ufffd[31m" || len(losses) != 1 {
		t.Errorf("%v, %v, %v", d, losses, err)
	}
}

// A long chain is neither recursion nor a document that we cannot read back.
func TestCycloneDXDeepTree(t *testing.T) {
	d := &bom.Document{Subject: "c0000", Components: []bom.Component{}}
	for i := range 1000 {
		ref := func(i int) bom.Ref {
			return bom.Ref("c" + string([]byte{'0' + byte(i/1000%10), '0' + byte(i/100%10), '0' + byte(i/10%10), '0' + byte(i%10)}))
		}
		d.Components = append(d.Components, bom.Component{Ref: ref(i), Kind: bom.KindData, Name: "x"})
		if i > 0 {
			d.Relationships = append(d.Relationships, bom.Relationship{From: ref(i - 1), Type: bom.Contains, To: ref(i)})
		}
	}
	d.Normalize()
	checkRewrite(t, d)
}

func TestCycloneDXHashesThatDoNotFit(t *testing.T) {
	d := richDocument()
	d.Component("robot").Hashes = []bom.Hash{{Algorithm: "ADLER32", Value: "01020304"}, {Algorithm: "Streebog-256", Value: strings.Repeat("0", 64)}}
	for name, want := range map[string]int{"cyclonedx-json@1.6": 2, "cyclonedx-json@1.7": 1} {
		data, losses, err := cycloneDX()[name](d)
		if err != nil || len(losses) != want {
			t.Errorf("%s: %v, %v", name, losses, err)
		}
		checkCycloneDX(t, data)
	}
}

func TestCycloneDXManyLosses(t *testing.T) {
	text := `{"bomFormat":"CycloneDX","specVersion":"1.6","components":[` + strings.Repeat(`{"name":"x"},`, 499) + `{"type":"file","name":"y"}]}`
	d, losses, err := cycloneDXJSON{}.Decode(strings.NewReader(text))
	if err != nil || len(d.Components) != 501 || len(losses) != 102 {
		t.Fatalf("%v, %d losses", err, len(losses))
	}
	if !slices.Contains(losses, Loss{Field: "type", Reason: "and 399 more"}) {
		t.Error(losses)
	}
}
