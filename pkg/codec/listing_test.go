package codec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/licenselist"
)

func TestAsOf(t *testing.T) {
	for in, want := range map[string]string{ // as of 3.20
		"OpenMDW-1.0":                  "LicenseRef-OpenMDW-1.0",
		"OpenMDW-1.0+":                 "LicenseRef-OpenMDW-1.0-plus",
		"MIT":                          "MIT",
		"GPL-2.0+":                     "GPL-2.0+",
		"MIT OR (OpenMDW-1.0 AND ISC)": "MIT OR (LicenseRef-OpenMDW-1.0 AND ISC)",
		"GPL-2.0-only WITH Classpath-exception-2.0":      "GPL-2.0-only WITH Classpath-exception-2.0",
		"GPL-2.0-only WITH Asterisk-exception":           "LicenseRef-GPL-2.0-only-WITH-Asterisk-exception",
		"OpenMDW-1.0 WITH Classpath-exception-2.0":       "LicenseRef-OpenMDW-1.0-WITH-Classpath-exception-2.0",
		"LicenseRef-own WITH Asterisk-exception AND MIT": "LicenseRef-own-WITH-Asterisk-exception AND MIT",
		"LicenseRef-own": "LicenseRef-own",
	} {
		list, _ := licenselist.At("3.20")
		e, ok := parseExpression(in)
		if !ok {
			t.Errorf("%q is no expression", in)
			continue
		}
		old := e.asOf(list)
		again, ok := parseExpression(old.text)
		if old.text != want || !ok || !slices.Equal(again.refs, old.refs) || again.compound != old.compound {
			t.Errorf("%q is written as %q %v, want %q %v", in, old.text, old.refs, want, again.refs)
		}
		standIns := map[string]string{}
		for _, ref := range old.refs {
			if simple, _, ok := standsFor(ref); ok {
				standIns[ref] = simple
			}
		}
		if back := relist(old.text, standIns); back != in {
			t.Errorf("%q is read as %q, want %q", old.text, back, in)
		}
		if same := e.asOf(licenselist.Newest); same.text != e.text {
			t.Errorf("the newest list changes %q to %q", in, same.text)
		}
	}
}

// No LicenseRef means two things: every licence of the list can be told from its
// stand-in, with each of some exceptions and with a plus.
func TestStandsForEveryIdentifier(t *testing.T) {
	seen := map[string]string{}
	for id := range licenselist.All() {
		if licenselist.IsException(id) {
			continue
		}
		for _, simple := range [][]string{{id}, {id + "+"}, {id, "WITH", "LLVM-exception"}, {id + "+", "WITH", "Classpath-exception-2.0"}} {
			want := strings.Join(simple, " ")
			if _, ok := parseExpression(want); !ok {
				if id, plus := strings.CutSuffix(simple[0], "+"); plus && strings.HasSuffix(id, "+") {
					continue // "GPL-2.0+" is an identifier
				}
				t.Errorf("%q is no expression", want)
			}
			ref := standIn(simple)
			got, addresses, ok := standsFor(ref)
			if strings.HasSuffix(id, "+") {
				continue // never needed: all of them are as old as the list
			}
			if !ok || got != want || len(addresses) == 0 || seen[ref] != "" {
				t.Errorf("%q is written as %q and read as %q (also %q)", want, ref, got, seen[ref])
			}
			seen[ref] = want
		}
		if strings.HasSuffix(id, "+") && licenselist.Since(id) != licenselist.Oldest.String() {
			t.Errorf("%q is newer than the oldest list and ends in a plus", id)
		}
	}
	for _, other := range []string{"MIT", "LicenseRef-", "LicenseRef-llama3.1", "LicenseRef-LLVM-exception", "LicenseRef-MIT-WITH-MIT", "LicenseRef-plus",
		"LicenseRef-own-plus-WITH-LLVM-exception", "LicenseRef-mit"} {
		if got, _, ok := standsFor(other); ok {
			t.Errorf("%q is taken for %q", other, got)
		}
	}
}

// everyIdentifier is a document with one file for each identifier, declared, and
// each exception after WITH.
func everyIdentifier() *bom.Document {
	d := &bom.Document{Subject: "model", Components: []bom.Component{{Ref: "model", Kind: bom.KindModel, Name: "model"}}}
	for id := range licenselist.All() {
		l := bom.License{Expression: id, Acknowledgement: bom.Declared}
		if licenselist.IsException(id) {
			l.Expression = "GPL-2.0-only WITH " + id
		}
		d.Components = append(d.Components, bom.Component{Ref: bom.Ref("data:" + id), Kind: bom.KindData, Name: id, Licenses: []bom.License{l}})
	}
	d.Normalize()
	return d
}

// Every identifier of the list passes the schema of both versions, as long as
// the schema's list is as new as ours.
func TestCycloneDXKnowsEveryIdentifier(t *testing.T) {
	if os.Getenv("MODELBOM_SCHEMAS") == "" {
		t.Skip("the list in the module cache is old: set MODELBOM_SCHEMAS")
	}
	for _, version := range cycloneDXJSON.Versions(cycloneDXJSON{}) {
		var out bytes.Buffer
		if losses, err := Encode(&out, everyIdentifier(), "cyclonedx-json", version); err != nil || len(losses) > 0 {
			t.Fatal(err, losses)
		}
		checkCycloneDX(t, out.Bytes())
		named := bytes.Count(out.Bytes(), []byte(`"id": "`)) + bytes.Count(out.Bytes(), []byte(`"expression": "GPL-2.0-only WITH`))
		if named != len(everyIdentifier().Components)-1 {
			t.Errorf("%s has %d identifiers as identifiers", version, named)
		}
	}
}

// oldSchemas are the schemas with the list 3.17 that cyclonedx-go carries.
func oldSchemas(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go").Output()
	if err != nil {
		t.Fatal(err)
	}
	old, folder := filepath.Join(strings.TrimSpace(string(out)), "schema"), os.Getenv("MODELBOM_SCHEMAS")
	files := map[string]string{"spdx": filepath.Join(old, "spdx.schema.json"), "jsf-0.82": filepath.Join(old, "jsf-0.82.schemax.json"), "bom-1.6": filepath.Join(old, "bom-1.6.schema.json")}
	if folder != "" {
		files["bom-1.7"], files["cryptography-defs"] = filepath.Join(folder, "bom-1.7.schema.json"), filepath.Join(folder, "cryptography-defs.schema.json")
	}
	c := jsonschema.NewCompiler()
	for id, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource("http://cyclonedx.org/schema/"+id+".schema.json", doc); err != nil {
			t.Fatal(err)
		}
	}
	schemas := map[string]*jsonschema.Schema{}
	for id := range files {
		if version, ok := strings.CutPrefix(id, "bom-"); ok {
			s, err := c.Compile("http://cyclonedx.org/schema/" + id + ".schema.json")
			if err != nil {
				t.Fatal(err)
			}
			schemas[version] = s
		}
	}
	return schemas
}

// A validator with an old list refuses every identifier at once, and accepts the
// same document written for its list.
func TestAnOldListIsRespected(t *testing.T) {
	for version, schema := range oldSchemas(t) {
		for list, good := range map[string]bool{"": false, "3.28": false, "3.18": false, "3.17": true, "3.0": true} {
			var out bytes.Buffer
			if _, err := (Options{ListVersion: list}).Encode(&out, everyIdentifier(), "cyclonedx-json", version); err != nil {
				t.Fatal(err)
			}
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(out.Bytes()))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(doc); (err == nil) != good {
				t.Errorf("%s as of list %q: a validator with 3.17 says %.300v", version, list, err)
			}
		}
	}
}

// In SPDX 2.3 the fields hold nothing but what the list has.
func TestAnOldListIsRespectedBySPDX(t *testing.T) {
	var out bytes.Buffer
	if _, err := (Options{ListVersion: "3.17"}).Encode(&out, everyIdentifier(), "spdx-json", "2.3"); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		CreationInfo struct{ LicenseListVersion string }
		Packages     []struct{ LicenseDeclared string }
		Texts        []struct {
			LicenseID string   `json:"licenseId"`
			Name      string   `json:"name"`
			Text      string   `json:"extractedText"`
			SeeAlsos  []string `json:"seeAlsos"`
		} `json:"hasExtractedLicensingInfos"`
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	list, _ := licenselist.At("3.17")
	refs := map[string]bool{}
	for _, p := range doc.Packages {
		for _, token := range strings.Fields(p.LicenseDeclared) {
			if ref := strings.HasPrefix(token, "LicenseRef-"); ref {
				refs[token] = true
			} else if token != "WITH" && token != "NOASSERTION" && !list.Has(token) {
				t.Errorf("%q is not on the list 3.17", token)
			}
		}
	}
	if len(refs) != 811-530 || len(doc.Texts) != len(refs) || doc.CreationInfo.LicenseListVersion != "3.17" {
		t.Errorf("%d LicenseRefs, %d texts, list %s; want the 281 that came after 3.17", len(refs), len(doc.Texts), doc.CreationInfo.LicenseListVersion)
	}
	for _, x := range doc.Texts {
		if !refs[x.LicenseID] || !strings.HasPrefix(x.Text, "The text was not included. See https://spdx.org/licenses/") || len(x.SeeAlsos) == 0 || x.Name == "NOASSERTION" {
			t.Errorf("%+v", x)
		}
	}
}

func oldListDocument() *bom.Document {
	d := &bom.Document{Subject: "model", Components: []bom.Component{
		{Ref: "model", Kind: bom.KindModel, Name: "m", Licenses: []bom.License{{Expression: "OpenMDW-1.0", Acknowledgement: bom.Declared}}},
		{Ref: "b", Kind: bom.KindLibrary, Name: "b", Licenses: []bom.License{{Expression: "MIT OR OpenMDW-1.0", Acknowledgement: bom.Declared}}},
		{Ref: "c", Kind: bom.KindLibrary, Name: "c", Licenses: []bom.License{{Expression: "GPL-2.0-only WITH Asterisk-exception", Acknowledgement: bom.Concluded}}},
		{Ref: "d", Kind: bom.KindLibrary, Name: "d", Licenses: []bom.License{{Expression: "LicenseRef-own", Acknowledgement: bom.Concluded}}},
	}}
	d.Normalize()
	return d
}

// Reading gives the identifiers back, also after a tool that keeps only what
// the standard has fields for.
func TestOldListRoundTrip(t *testing.T) {
	for _, f := range All() {
		for _, version := range f.Versions() {
			name := f.Name() + "@" + version
			var out, newest bytes.Buffer
			losses, err := Options{ListVersion: "3.20"}.Encode(&out, oldListDocument(), f.Name(), version)
			if err != nil || len(losses) > 0 {
				t.Fatal(name, err, losses)
			}
			if _, err := Encode(&newest, oldListDocument(), f.Name(), version); err != nil {
				t.Fatal(err)
			}
			whole, losses, err := Decode(bytes.NewReader(out.Bytes()))
			if err != nil || len(losses) > 0 {
				t.Fatal(name, err, losses)
			}
			up, _, _ := Decode(&newest)
			if whole.Serial == up.Serial {
				t.Errorf("%s: two documents have the serial %s", name, up.Serial)
			}
			if diff := cmp.Diff(oldListDocument(), plain(whole)); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			if version == "1.6" || f.Name() == "spdx-tag-value" || f.Name() == "cyclonedx-xml" {
				continue // 1.6 has no place for the addresses of an expression; the others are read alike
			}
			bare, _, err := Decode(bytes.NewReader(withoutOurs(t, out.Bytes())))
			if err != nil {
				t.Fatal(name, err)
			}
			want := map[string]string{"m": "OpenMDW-1.0", "b": "MIT OR OpenMDW-1.0", "c": "GPL-2.0-only WITH Asterisk-exception", "d": "LicenseRef-own"}
			for _, c := range bare.Components {
				if len(c.Licenses) != 1 || c.Licenses[0].Expression != want[c.Name] || c.Licenses[0].URL != "" {
					t.Errorf("%s without our properties: %s has %+v", name, c.Name, c.Licenses)
				}
			}
		}
	}
}

// withoutOurs takes properties and annotations out of a JSON document.
func withoutOurs(t *testing.T, data []byte) []byte {
	t.Helper()
	var doc any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	var walk func(v any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			delete(v, "properties")
			delete(v, "annotations")
			for k := range v {
				v[k] = walk(v[k])
			}
		case []any:
			v = slices.DeleteFunc(v, func(x any) bool { m, ok := x.(map[string]any); return ok && m["type"] == "Annotation" })
			for i := range v {
				v[i] = walk(v[i])
			}
			return v
		}
		return v
	}
	out, err := json.Marshal(walk(doc))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A LicenseRef of another tool keeps its name, whatever it is called.
func TestForeignLicenseRefIsNotRelisted(t *testing.T) {
	const doc = `{"spdxVersion":"SPDX-2.3","dataLicense":"CC0-1.0","SPDXID":"SPDXRef-DOCUMENT","name":"x","documentNamespace":"https://x.example/1",
"creationInfo":{"created":"2025-01-01T00:00:00Z","creators":["Tool: x-1"]},"documentDescribes":["SPDXRef-a"],
"packages":[{"SPDXID":"SPDXRef-a","name":"a","downloadLocation":"NOASSERTION","licenseDeclared":"LicenseRef-MIT OR LicenseRef-OpenMDW-1.0"}],
"hasExtractedLicensingInfos":[{"licenseId":"LicenseRef-MIT","extractedText":"All rights reserved."},
{"licenseId":"LicenseRef-OpenMDW-1.0","extractedText":"The text was not included."}]}`
	d, _, err := Decode(strings.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(d.Components[0].Licenses); got != "[{LicenseRef-MIT OR LicenseRef-OpenMDW-1.0    declared []}]" {
		t.Error(got)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, list := range []string{"2.6", "3.29", "x"} {
		o := Options{ListVersion: list}
		if o.Check() == nil {
			t.Errorf("%q passes", list)
		}
		for _, f := range All() {
			if _, err := o.Encode(io.Discard, oldListDocument(), f.Name(), ""); err == nil {
				t.Errorf("%s is written as of list %q", f.Name(), list)
			}
		}
	}
	if err := (Options{ListVersion: "3.0"}).Check(); err != nil {
		t.Error(err)
	}
}

// Whatever is a valid expression stays one for every list, has nothing on it
// that is newer than the list, and can be read back.
func FuzzAsOf(f *testing.F) {
	f.Add("MIT OR (OpenMDW-1.0 AND ISC)", 20)
	f.Add("GPL-2.0-only WITH Asterisk-exception", 17)
	f.Add("LicenseRef-own WITH Asterisk-exception AND openmdw-1.0+", 0)
	f.Fuzz(func(t *testing.T, text string, edition int) {
		e, ok := parseExpression(text)
		list := licenselist.Edition(min(max(edition, 0), int(licenselist.Newest)))
		if !ok {
			return
		}
		old := e.asOf(list)
		again, ok := parseExpression(old.text)
		if len(old.text) > maxExpression {
			return
		}
		if !ok || again.text != old.text || !slices.Equal(again.refs, old.refs) {
			t.Fatalf("%q becomes %q, which is no expression", text, old.text)
		}
		standIns := map[string]string{}
		for _, token := range strings.Fields(spaceParentheses(old.text)) {
			if id := strings.TrimSuffix(token, "+"); licenselist.Contains(id) && !list.Has(id) {
				t.Fatalf("%q is newer than %s", id, list)
			}
			if simple, _, ok := standsFor(token); ok && !listed(strings.Fields(simple), list) {
				standIns[token] = simple
			}
		}
		if foreign := slices.ContainsFunc(e.refs, func(ref string) bool { return standIns[ref] != "" }); !foreign && relist(old.text, standIns) != e.text {
			t.Fatalf("%q becomes %q and %q again", e.text, old.text, relist(old.text, standIns))
		}
	})
}
