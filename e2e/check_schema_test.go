package e2e

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/modelbom/modelbom/e2e/browser/documents"
	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/codec"
	"github.com/modelbom/modelbom/pkg/policy"
	"github.com/modelbom/modelbom/pkg/report"
)

// A checked document stands with what policies say of it.
type checked struct {
	d       *bom.Document
	results []*policy.Result
}

func checks(t *testing.T) map[string]checked {
	builtin := func(d *bom.Document) []*policy.Result {
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
	return map[string]checked{
		"showcase": {documents.Showcase(), documents.Results()}, "hostile": {documents.Hostile(), documents.HostileResults()},
		"built in": {documents.Showcase(), builtin(documents.Showcase())}, "foreign": {documents.Foreign(), builtin(documents.Foreign())}, "nothing": {&bom.Document{}, nil},
	}
}

// TestCheckSARIFSchema validates against the schema of SARIF 2.1.0.
func TestCheckSARIFSchema(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(set(t, "check-schemas"), "sarif-2.1.0.json"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	const id = "https://raw.githubusercontent.com/schemastore/schemastore/master/src/schemas/json/sarif-2.1.0-rtm.5.json"
	if err := c.AddResource(id, doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile(id)
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range checks(t) {
		var b bytes.Buffer
		if err := report.CheckSARIF(&b, x.d, x.results, report.CheckOptions{Document: "dist/bom.cdx.json", Tool: bom.Tool{Name: "modelbom", Version: "0.5.0"}}); err != nil {
			t.Fatal(err)
		}
		log, err := jsonschema.UnmarshalJSON(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(log); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		log.(map[string]any)["runs"].([]any)[0].(map[string]any)["results"] = []any{map[string]any{"level": "grave"}}
		if schema.Validate(log) == nil {
			t.Error("the schema accepts a level that there is not")
		}
	}
}

// TestCheckDeclarations validates checks that were written back into documents,
// and reads them again.
func TestCheckDeclarations(t *testing.T) {
	for name, x := range checks(t) {
		if len(x.results) == 0 {
			continue
		}
		if name == "hostile" { // its origins are no longer those of a document
			x.d = documents.Showcase()
		}
		x.d.Attestations = report.Attestations(x.d, x.results, report.CheckOptions{Tool: bom.Tool{Name: "modelbom", Version: "0.5.0"}})
		for _, f := range []struct{ format, version, file string }{{"cyclonedx-json", "1.6", "16.cdx.json"}, {"cyclonedx-json", "1.7", "17.cdx.json"}, {"cyclonedx-xml", "1.6", "16.cdx.xml"}, {"spdx-json", "2.3", "23.spdx.json"}, {"spdx-json", "3.0.1", "301.spdx.json"}} {
			var b bytes.Buffer
			if _, err := codec.Encode(&b, x.d, f.format, f.version); err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(f.file, ".cdx.json") && (!bytes.Contains(b.Bytes(), []byte(`"declarations"`)) || !bytes.Contains(b.Bytes(), []byte(`"counterClaims"`))) {
				t.Errorf("%s: no declarations", name)
			}
			for _, c := range complaints(t, f.file, b.Bytes()) {
				t.Errorf("%s: %s: %s", name, f.file, c)
			}
			got, _, err := codec.Decode(&b)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Attestations) != len(x.results) {
				t.Errorf("%s: %s: %d attestations of %d came back", name, f.file, len(got.Attestations), len(x.results))
			}
		}
	}
}

// TestCheckJUnitSchema validates against the schema that Jenkins' own comes from.
func TestCheckJUnitSchema(t *testing.T) {
	s := readXSD(t, filepath.Join(set(t, "check-schemas"), "jenkins-junit.xsd"))
	for name, x := range checks(t) {
		var b bytes.Buffer
		if err := report.CheckJUnit(&b, x.d, x.results, report.CheckOptions{}); err != nil {
			t.Fatal(err)
		}
		for _, c := range s.complaints(b.Bytes()) {
			t.Errorf("%s: %s", name, c)
		}
	}
	for text, want := range map[string]string{
		`<testsuites><testsuite name="a"/></testsuites>`:                                                                          "no attribute tests",
		`<testsuites><testsuite name="a" tests="0" colour="red"/></testsuites>`:                                                   "attribute colour",
		`<testsuites><testcase name="a"/></testsuites>`:                                                                           "testcase in testsuites",
		`<testsuites><testsuite name="a" tests="0"><testcase name="a"/><properties/></testsuite></testsuites>`:                    "order",
		`<testsuites><testsuite name="a" tests="0"><testcase name="a"><skipped/><skipped/></testcase></testsuite></testsuites>`:   "twice",
		`<testsuites><testsuite name="a" tests="0"><testcase name="a"><skipped message="m"/></testcase></testsuite></testsuites>`: "attribute message",
	} {
		if got := fmt.Sprint(s.complaints([]byte(text))); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %q", text, got, want)
		}
	}
}

// An xsd is as much of a schema as that one uses: elements with a sequence of
// others and with attributes, all of them texts.
type (
	xsd        map[string]xsdElement
	xsdElement struct {
		children   []xsdChild
		attributes map[string]bool // whether they must be there
	}
	xsdChild struct {
		Ref string `xml:"ref,attr"`
		Max string `xml:"maxOccurs,attr"`
	}
)

func readXSD(t *testing.T, path string) xsd {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Elements []struct {
			Name       string     `xml:"name,attr"`
			Children   []xsdChild `xml:"complexType>sequence>element"`
			Attributes []struct {
				Name string `xml:"name,attr"`
				Use  string `xml:"use,attr"`
			} `xml:"complexType>attribute"`
		} `xml:"element"`
	}
	if err := xml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	s := xsd{}
	for _, e := range file.Elements {
		s[e.Name] = xsdElement{e.Children, map[string]bool{}}
		for _, a := range e.Attributes {
			s[e.Name].attributes[a.Name] = a.Use == "required"
		}
	}
	if len(s) != 10 || !s["testcase"].attributes["name"] || len(s["testcase"].children) != 5 {
		t.Fatalf("the schema is not as it was: %d elements", len(s))
	}
	return s
}

// complaints validates a document.
func (s xsd) complaints(data []byte) []string {
	type level struct {
		name   string
		at     int
		before string
	}
	var out []string
	open := []level{{}}
	for d := xml.NewDecoder(bytes.NewReader(data)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		} else if err != nil {
			return append(out, err.Error())
		}
		switch e := token.(type) {
		case xml.StartElement:
			name, parent := e.Name.Local, &open[len(open)-1]
			if parent.name != "" {
				list := s[parent.name].children
				i := slices.IndexFunc(list, func(c xsdChild) bool { return c.Ref == name })
				switch {
				case i < 0:
					return append(out, name+" in "+parent.name)
				case i < parent.at:
					out = append(out, name+" is out of order")
				case name == parent.before && list[i].Max != "unbounded":
					out = append(out, name+" is there twice")
				}
				parent.at, parent.before = i, name
			}
			if _, ok := s[name]; !ok {
				return append(out, "element "+name)
			}
			out = append(out, s.attributes(e)...)
			open = append(open, level{name: name})
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
}

func (s xsd) attributes(e xml.StartElement) []string {
	var out []string
	there := map[string]bool{}
	for _, a := range e.Attr {
		there[a.Name.Local] = true
		if _, ok := s[e.Name.Local].attributes[a.Name.Local]; !ok {
			out = append(out, e.Name.Local+" has an attribute "+a.Name.Local)
		}
	}
	for name, required := range s[e.Name.Local].attributes {
		if required && !there[name] {
			out = append(out, e.Name.Local+" has no attribute "+name)
		}
	}
	return out
}
