package codec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"
	"github.com/spdx/tools-golang/tagvalue"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/modelbom/modelbom/pkg/bom"
)

// A licenseKind is one way in which a component can be licensed, and what
// readers who know nothing of us find: the two fields of SPDX, and the lists of
// CycloneDX as "ACKNOWLEDGEMENT id|name|expression VALUE", with "evidence" in
// front of what stands there.
type licenseKind struct {
	name                string
	licenses            []bom.License
	declared, concluded string
	cdx16, cdx17        string // cdx17 is empty where it is the same
}

func licenseKinds() []licenseKind {
	declared := func(expression string) bom.License {
		return bom.License{Expression: expression, Acknowledgement: bom.Declared}
	}
	concluded := func(expression string) bom.License {
		return bom.License{Expression: expression, Acknowledgement: bom.Concluded}
	}
	const none = spdxNoAssertion
	seen := []bom.Evidence{{Technique: bom.ManifestAnalysis, Path: "README.md", Key: "license", Value: "mit", Confidence: 0.9}}
	return []licenseKind{
		{"nothing", nil, none, none, "", ""},
		{"declared", []bom.License{declared("MIT")}, "MIT", none, "declared id MIT", ""},
		{"concluded", []bom.License{concluded("MIT")}, none, "MIT", "concluded id MIT", ""},
		{"found", []bom.License{{Expression: "MIT"}}, none, none, "id MIT", ""},
		{"both", []bom.License{declared("MIT"), concluded("MIT")}, "MIT", "MIT", "concluded id MIT; declared id MIT", ""},
		{"both, different", []bom.License{declared("MIT"), concluded("Apache-2.0")}, "MIT", "Apache-2.0", "concluded id Apache-2.0; declared id MIT", ""},
		{"with evidence", []bom.License{{Expression: "MIT", Name: "mit", Acknowledgement: bom.Declared, Evidence: seen}, concluded("MIT")}, "MIT", "MIT",
			"concluded id MIT; declared id MIT", ""},
		{"deprecated", []bom.License{declared("GPL-2.0"), concluded("GPL-2.0+")}, "GPL-2.0", "GPL-2.0+", "concluded id GPL-2.0+; declared id GPL-2.0", ""},
		{"or later", []bom.License{declared("Apache-2.0+")}, "Apache-2.0+", none, "declared expression Apache-2.0+", ""},
		{"with an exception", []bom.License{declared("Apache-2.0 WITH LLVM-exception")}, "Apache-2.0 WITH LLVM-exception", none,
			"declared expression Apache-2.0 WITH LLVM-exception", ""},
		{"with an exception, both", []bom.License{declared("Apache-2.0 WITH LLVM-exception"), concluded("Apache-2.0 WITH LLVM-exception")},
			"Apache-2.0 WITH LLVM-exception", "Apache-2.0 WITH LLVM-exception",
			"concluded name Apache-2.0 WITH LLVM-exception; declared name Apache-2.0 WITH LLVM-exception",
			"concluded expression Apache-2.0 WITH LLVM-exception; declared expression Apache-2.0 WITH LLVM-exception"},
		{"choice, declared", []bom.License{declared("MIT OR Apache-2.0")}, "MIT OR Apache-2.0", none, "declared expression MIT OR Apache-2.0", ""},
		{"choice and another", []bom.License{declared("MIT OR Apache-2.0"), concluded("MIT")}, "MIT OR Apache-2.0", "MIT",
			"concluded id MIT; declared name MIT OR Apache-2.0", "concluded id MIT; declared expression MIT OR Apache-2.0"},
		{"nested", []bom.License{concluded("(MIT OR Apache-2.0) AND LicenseRef-llama3.1")}, none, "(MIT OR Apache-2.0) AND LicenseRef-llama3.1",
			"concluded expression (MIT OR Apache-2.0) AND LicenseRef-llama3.1", ""},
		{"odd spelling", []bom.License{declared("( mit  OR apache-2.0 )")}, "(MIT OR Apache-2.0)", none, "declared expression (MIT OR Apache-2.0)", ""},
		{"own", []bom.License{{Expression: "LicenseRef-llama3.1", Name: "llama3.1", URL: "https://llama.example/license", Acknowledgement: bom.Declared},
			concluded("LicenseRef-llama3.1")}, "LicenseRef-llama3.1", "LicenseRef-llama3.1",
			"concluded name LicenseRef-llama3.1; declared name LicenseRef-llama3.1 url https://llama.example/license", ""},
		{"lower case", []bom.License{declared("mit")}, "MIT", none, "declared id MIT", ""},
		{"own with its text", []bom.License{{Expression: "LicenseRef-llama3.1", Path: "LICENSE", Acknowledgement: bom.Declared}}, "LicenseRef-llama3.1", none,
			"declared name LicenseRef-llama3.1 text LICENSE sha256:" + strings.Repeat("11", 32), ""},
		{"listed with its text", []bom.License{{Expression: "MIT", Path: "LICENSE", Acknowledgement: bom.Declared}, concluded("MIT")}, "MIT", "MIT",
			"concluded id MIT; declared id MIT text LICENSE sha256:" + strings.Repeat("11", 32), ""},
		{"text elsewhere", []bom.License{{Expression: "MIT", Path: "gone/LICENSE", Acknowledgement: bom.Declared}}, "MIT", none, "declared id MIT text gone/LICENSE", ""},
		{"expression with its text", []bom.License{{Expression: "Apache-2.0 WITH LLVM-exception", Path: "LICENSE", Acknowledgement: bom.Declared}},
			"Apache-2.0 WITH LLVM-exception", none, "declared expression Apache-2.0 WITH LLVM-exception", ""},
		{"text only", []bom.License{{Path: "LICENSE", Acknowledgement: bom.Declared}}, none, none,
			"declared name LICENSE text LICENSE sha256:" + strings.Repeat("11", 32), ""},
		{"name only", []bom.License{{Name: "acme-community", Acknowledgement: bom.Declared}}, none, none, "declared name acme-community", ""},
		{"name that is an expression", []bom.License{{Name: "MIT OR ISC", Acknowledgement: bom.Declared}}, none, none, "declared name MIT OR ISC", ""},
		{"address only", []bom.License{{URL: "https://acme.example/licence", Acknowledgement: bom.Declared}}, none, none,
			"declared name https://acme.example/licence url https://acme.example/licence", ""},
		{"name and address", []bom.License{{Name: "other", URL: "https://acme.example/licence", Acknowledgement: bom.Declared}}, none, none,
			"declared name other url https://acme.example/licence", ""},
		{"no address", []bom.License{{Name: "other", URL: "LICENSE of us", Acknowledgement: bom.Declared}}, none, none, "declared name other", ""},
		{"listed with an address", []bom.License{{Expression: "MIT", URL: "https://acme.example/licence", Acknowledgement: bom.Declared}}, "MIT", none,
			"declared id MIT url https://acme.example/licence", ""},
		{"listed with the list's address", []bom.License{{Expression: "MIT", URL: "https://spdx.org/licenses/MIT.html", Acknowledgement: bom.Declared}}, "MIT", none,
			"declared id MIT url https://spdx.org/licenses/MIT.html", ""},
		{"expression with an address", []bom.License{{Expression: "MIT OR ISC", URL: "https://acme.example/licence", Acknowledgement: bom.Declared}}, "MIT OR ISC", none,
			"declared name MIT OR ISC url https://acme.example/licence", ""},
		{"several that disagree", []bom.License{declared("Apache-2.0"), declared("MIT"), declared("LicenseRef-llama3.1"), concluded("Apache-2.0 AND MIT AND LicenseRef-llama3.1")},
			"Apache-2.0 AND LicenseRef-llama3.1 AND MIT", "Apache-2.0 AND MIT AND LicenseRef-llama3.1",
			"concluded name Apache-2.0 AND MIT AND LicenseRef-llama3.1; declared id Apache-2.0; declared id MIT; declared name LicenseRef-llama3.1",
			"concluded expression Apache-2.0 AND MIT AND LicenseRef-llama3.1; declared id Apache-2.0; declared id MIT; declared name LicenseRef-llama3.1"},
		{"one that is not resolved", []bom.License{declared("MIT"), {Name: "acme-community", Acknowledgement: bom.Declared}, concluded("MIT")}, none, "MIT",
			"concluded id MIT; declared id MIT; declared name acme-community", ""},
		{"found beside", []bom.License{declared("MIT"), {Expression: "ISC"}, {Expression: "MIT OR ISC"}}, "MIT", none,
			"declared id MIT; evidence id ISC; evidence name MIT OR ISC", "declared id MIT; evidence expression MIT OR ISC; evidence id ISC"},
		{"none at all", []bom.License{{Name: "NONE", Acknowledgement: bom.Concluded}}, none, "NONE", "concluded name NONE", ""},
		{"long", []bom.License{{Name: strings.Repeat("long", 300), Acknowledgement: bom.Declared}}, none, none, "declared name " + strings.Repeat("long", 300), ""},
	}
}

// document gives the licences to a component of every sort.
func (k licenseKind) document() *bom.Document {
	sha1, sha256 := bom.Hash{Algorithm: bom.SHA1, Value: strings.Repeat("22", 20)}, bom.Hash{Algorithm: bom.SHA256, Value: strings.Repeat("33", 32)}
	d := &bom.Document{Subject: "model", Components: []bom.Component{
		{Ref: "model", Kind: bom.KindModel, Name: "model"},
		{Ref: "part:vision-encoder", Kind: bom.KindModel, Role: bom.RoleVisionEncoder, Name: "vision-encoder", Model: &bom.Model{Family: "vit"}},
		{Ref: "part:tokenizer", Kind: bom.KindData, Role: bom.RoleTokenizer, Name: "tokenizer"},
		{Ref: "file:a.py", Kind: bom.KindFile, Role: bom.RoleCode, Name: "a.py", Hashes: []bom.Hash{sha1, sha256}, File: &bom.File{Size: 7}},
		{Ref: "file:b.py", Kind: bom.KindFile, Name: "b.py", File: &bom.File{Size: 7, Absent: true}},
		{Ref: "upstream:pkg:huggingface/acme/base", Kind: bom.KindModel, Group: "acme", Name: "base", PURL: "pkg:huggingface/acme/base"},
		{Ref: "dataset:acme/pairs", Kind: bom.KindData, Role: bom.RoleDataset, Group: "acme", Name: "pairs"},
		{Ref: "library:x", Kind: bom.KindLibrary, Name: "x"},
	}}
	for i := range d.Components {
		d.Components[i].Licenses = slices.Clone(k.licenses)
	}
	d.Components = append(d.Components, bom.Component{Ref: "file:LICENSE", Kind: bom.KindFile, Name: "LICENSE", File: &bom.File{Size: 1, Role: "license"},
		Hashes: []bom.Hash{{Algorithm: bom.SHA1, Value: strings.Repeat("44", 20)}, {Algorithm: bom.SHA256, Value: strings.Repeat("11", 32)}}})
	for _, c := range d.Components[1:5] {
		d.Relationships = append(d.Relationships, bom.Relationship{From: "model", Type: bom.Contains, To: c.Ref})
	}
	d.Relationships = append(d.Relationships, bom.Relationship{From: "model", Type: bom.Contains, To: "file:LICENSE"},
		bom.Relationship{From: "model", Type: bom.TrainedOn, To: "dataset:acme/pairs"},
		bom.Relationship{From: "model", Type: bom.DescendantOf, To: "upstream:pkg:huggingface/acme/base"})
	d.Normalize()
	return d
}

// Every kind of licence passes every format's schema and comes back as it was.
func TestEveryKindOfLicense(t *testing.T) {
	schemas := map[string]*jsonschema.Schema{"2.3": spdxSchema(t, "spdx-schema-2.3.json"), "3.0.1": spdxSchema(t, "spdx-export.schema.json")}
	for _, k := range licenseKinds() {
		for _, f := range All() {
			for _, version := range f.Versions() {
				t.Run(k.name+" "+f.Name()+"@"+version, func(t *testing.T) {
					data := k.check(t, f, version)
					switch {
					case strings.HasPrefix(f.Name(), "cyclonedx"):
						checkCycloneDX(t, data)
					case f.Name() == "spdx-tag-value":
						var doc v2_3.Document
						if err := tagvalue.ReadInto(bytes.NewReader(data), &doc); err != nil {
							t.Error(err)
						}
					case schemas[version] != nil:
						instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
						if err != nil {
							t.Fatal(err)
						}
						if err := schemas[version].Validate(instance); err != nil {
							t.Error(err)
						}
					}
				})
			}
		}
	}
}

// check writes, reads and writes again.
func (k licenseKind) check(t *testing.T, f Format, version string) []byte {
	t.Helper()
	var out, again bytes.Buffer
	losses, err := Encode(&out, k.document(), f.Name(), version)
	if err != nil || len(losses) > 0 {
		t.Fatalf("encode: %v, losses %v", err, losses)
	}
	if folder := os.Getenv("MODELBOM_KEEP"); folder != "" { // for the validators of others
		name := strings.ReplaceAll(k.name, " ", "-") + "." + f.Name() + "." + version
		if err := os.WriteFile(filepath.Join(folder, name), out.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	read, losses, err := Decode(bytes.NewReader(out.Bytes()))
	if err != nil || len(losses) > 0 {
		t.Fatalf("decode: %v, losses %v", err, losses)
	}
	if diff := cmp.Diff(k.document(), plain(read)); diff != "" {
		t.Errorf("the document changed (-want +got):\n%s", diff)
	}
	if _, err := Encode(&again, read, f.Name(), version); err != nil || !bytes.Equal(out.Bytes(), again.Bytes()) {
		t.Errorf("a second encoding differs: %v", err)
	}
	return out.Bytes()
}

// What the native places say to others.
func TestEveryKindOfLicenseNatively(t *testing.T) {
	for _, k := range licenseKinds() {
		t.Run(k.name, func(t *testing.T) {
			for version, want := range map[string]string{"1.6": k.cdx16, "1.7": k.cdx17} {
				if want == "" {
					want = k.cdx16
				}
				checkNativeCycloneDX(t, k.check(t, cycloneDXJSON{}, version), version, want)
			}
			k.checkNativeSPDX2(t)
			k.checkNativeSPDX3(t)
		})
	}
}

func checkNativeCycloneDX(t *testing.T, data []byte, version, want string) {
	t.Helper()
	type component struct {
		Ref        string `json:"bom-ref"`
		Licenses   []map[string]any
		Evidence   struct{ Licenses []map[string]any }
		Components []json.RawMessage
	}
	var doc struct{ Components []json.RawMessage }
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for i := 0; i < len(doc.Components); i++ {
		var c component
		if err := json.Unmarshal(doc.Components[i], &c); err != nil {
			t.Fatal(err)
		}
		doc.Components = append(doc.Components, c.Components...)
		var said []string
		for _, l := range c.Licenses {
			said = append(said, choiceWords(l))
		}
		for _, l := range c.Evidence.Licenses {
			said = append(said, "evidence "+choiceWords(l))
		}
		slices.Sort(said)
		if c.Ref == "file:LICENSE" {
			continue
		}
		seen++
		if got := strings.Join(said, "; "); got != want {
			t.Errorf("CycloneDX %s, %s says %q, want %q", version, c.Ref, got, want)
		}
	}
	if seen != 8 {
		t.Errorf("%d components", seen)
	}
}

func choiceWords(choice map[string]any) string {
	var words []string
	add := func(key string, value any) {
		if value != nil {
			words = append(words, strings.TrimSpace(key+" "+fmt.Sprint(value)))
		}
	}
	l := choice
	if x, ok := choice["license"].(map[string]any); ok {
		l = x
	}
	add("", l["acknowledgement"])
	add("id", l["id"])
	add("name", l["name"])
	add("expression", l["expression"])
	add("url", l["url"])
	props, _ := l["properties"].([]any)
	for _, p := range props {
		p := p.(map[string]any)
		add(map[string]string{propTextPath: "text", propTextDigest: ""}[p["name"].(string)], p["value"])
	}
	return strings.Join(words, " ")
}

func (k licenseKind) checkNativeSPDX2(t *testing.T) {
	t.Helper()
	var doc v2_3.Document
	if err := spdxjson.ReadInto(bytes.NewReader(k.check(t, spdxJSON{}, "2.3")), &doc); err != nil {
		t.Fatal(err)
	}
	for _, p := range doc.Packages {
		if p.PackageLicenseDeclared != k.declared || p.PackageLicenseConcluded != k.concluded {
			t.Errorf("SPDX 2.3, %s: declared %q, concluded %q; want %q, %q", p.PackageName, p.PackageLicenseDeclared, p.PackageLicenseConcluded, k.declared, k.concluded)
		}
	}
	for _, p := range doc.Packages {
		if want := map[string]string{"found": "MIT", "found beside": "ISC; MIT OR ISC"}[k.name]; want != strings.TrimPrefix(p.PackageLicenseComments, "Found, neither declared nor concluded: ") {
			t.Errorf("SPDX 2.3, %s: the comment on licences is %q", p.PackageName, p.PackageLicenseComments)
		}
	}
	for _, f := range doc.Files {
		if f.FileName == "./a.py" && f.LicenseConcluded != k.concluded {
			t.Errorf("SPDX 2.3, a.py: concluded %q, want %q", f.LicenseConcluded, k.concluded)
		}
	}
	for _, x := range doc.OtherLicenses {
		if !strings.HasPrefix(x.LicenseIdentifier, "LicenseRef-") || x.ExtractedText == "" {
			t.Errorf("SPDX 2.3: %+v", x)
		}
		if want := "The text was not included. See LICENSE (sha256:" + strings.Repeat("11", 32) + ")"; k.name == "own with its text" && x.ExtractedText != want {
			t.Errorf("SPDX 2.3: the text is %q, want %q", x.ExtractedText, want)
		}
	}
	if want := strings.Contains(k.declared+k.concluded, "LicenseRef-"); want != (len(doc.OtherLicenses) == 1) {
		t.Errorf("SPDX 2.3: %d other licences", len(doc.OtherLicenses))
	}
}

// In SPDX 3 every component has one relationship of each sort.
func (k licenseKind) checkNativeSPDX3(t *testing.T) {
	t.Helper()
	var doc struct {
		Graph []struct {
			ID         string   `json:"spdxId"`
			Type       string   `json:"type"`
			Word       string   `json:"relationshipType"`
			From       string   `json:"from"`
			To         []string `json:"to"`
			Expression string   `json:"simplelicensing_licenseExpression"`
			Text       string   `json:"simplelicensing_licenseText"`
		} `json:"@graph"`
	}
	if err := json.Unmarshal(k.check(t, spdxJSON{}, "3.0.1"), &doc); err != nil {
		t.Fatal(err)
	}
	expressions := map[string]string{spdx3NoAssertion: spdxNoAssertion, spdx3None: spdxNone}
	for _, o := range doc.Graph {
		if o.Expression != "" {
			expressions[o.ID] = o.Expression
		}
		if want := "The text was not included. See LICENSE (sha256:" + strings.Repeat("11", 32) + ")"; o.Text != "" && k.name == "own with its text" && o.Text != want {
			t.Errorf("SPDX 3: the text is %q, want %q", o.Text, want)
		}
	}
	seen := map[string]int{}
	for _, o := range doc.Graph {
		want, ok := map[string]string{"hasDeclaredLicense": k.declared, "hasConcludedLicense": k.concluded}[o.Word]
		if !ok || strings.HasSuffix(o.From, "LICENSE") {
			continue
		}
		if seen[o.Word]++; len(o.To) != 1 || expressions[o.To[0]] != want {
			t.Errorf("SPDX 3: %s %s %v, want %q", o.From, o.Word, o.To, want)
		}
	}
	if seen["hasDeclaredLicense"] != 8 || seen["hasConcludedLicense"] != 8 {
		t.Errorf("SPDX 3: %v", seen)
	}
}
