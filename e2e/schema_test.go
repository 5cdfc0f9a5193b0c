package e2e

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"
	"github.com/spdx/tools-golang/tagvalue"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schemaOf names the schema that judges a document of the tests.
var schemaOf = map[string]string{
	"16.cdx.json":   "bom-1.6.schema.json",
	"17.cdx.json":   "bom-1.7.schema.json",
	"23.spdx.json":  "spdx-schema-2.3.json",
	"301.spdx.json": "spdx-export.schema.json",
}

// schemas compiles the official schemas.
var schemas = sync.OnceValues(func() (map[string]*jsonschema.Schema, error) {
	dir, err := fetched()
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.UseRegexpEngine(compilePattern)
	const cycloneDX = "http://cyclonedx.org/schema/" // what their $ref are relative to
	files := map[string]string{"spdx-schema-2.3.json": "spdx:", "spdx-export.schema.json": "spdx:"}
	for _, name := range []string{"bom-1.6", "bom-1.7", "spdx", "jsf-0.82", "cryptography-defs"} {
		files[name+".schema.json"] = cycloneDX
	}
	for name, base := range files {
		data, err := os.ReadFile(filepath.Join(dir, "schemas", name))
		if err != nil {
			return nil, err
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		if err := c.AddResource(base+name, doc); err != nil {
			return nil, err
		}
	}
	compiled := map[string]*jsonschema.Schema{}
	for _, name := range schemaOf {
		if compiled[name], err = c.Compile(files[name] + name); err != nil {
			return nil, err
		}
	}
	return compiled, nil
})

// compilePattern knows the one pattern of the SPDX 3.0.1 schema with a
// look-ahead, which Go's regular expressions do not have.
func compilePattern(pattern string) (jsonschema.Regexp, error) {
	if rest, ok := strings.CutPrefix(pattern, "^(?!_:)"); ok {
		re, err := regexp.Compile("^" + rest)
		return notBlank{re}, err
	}
	return regexp.Compile(pattern)
}

// notBlank matches what its pattern matches and is no blank node.
type notBlank struct{ *regexp.Regexp }

func (n notBlank) MatchString(s string) bool {
	return !strings.HasPrefix(s, "_:") && n.Regexp.MatchString(s)
}

// checkDocuments judges everything that one run wrote.
func checkDocuments(t *testing.T, files map[string][]byte) {
	t.Helper()
	for name, data := range files {
		for _, complaint := range complaints(t, name, data) {
			t.Errorf("%s: %s", name, complaint)
		}
	}
}

// complaints judges one document with no help of our own readers.
func complaints(t *testing.T, name string, data []byte) []string {
	t.Helper()
	switch {
	case schemaOf[name] != "":
		return jsonComplaints(t, name, data)
	case strings.HasSuffix(name, ".xml"):
		return xmlComplaints(data)
	case strings.HasSuffix(name, ".spdx"):
		var doc v2_3.Document
		if err := tagvalue.ReadInto(bytes.NewReader(data), &doc); err != nil {
			return []string{err.Error()}
		}
		if len(doc.Packages) == 0 {
			return []string{"no package"}
		}
	case len(data) == 0:
		return []string{"empty"}
	}
	return nil
}

func jsonComplaints(t *testing.T, name string, data []byte) []string {
	t.Helper()
	all, err := schemas()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return []string{err.Error()}
	}
	var found []string
	if err := all[schemaOf[name]].Validate(doc); err != nil {
		found = append(found, err.Error())
	}
	if name == "23.spdx.json" {
		if err := spdxjson.ReadInto(bytes.NewReader(data), new(v2_3.Document)); err != nil {
			found = append(found, err.Error())
		}
	}
	return append(found, danglingRefs(doc)...)
}

// xmlComplaints asks whether the document is well formed, whether the library
// reads it, and whether its references lead somewhere.
func xmlComplaints(data []byte) []string {
	given, used := map[string]bool{}, map[string]bool{}
	for d := xml.NewDecoder(bytes.NewReader(data)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return []string{err.Error()}
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range start.Attr {
			switch a.Name.Local {
			case "bom-ref":
				given[a.Value] = true
			case "ref":
				used[a.Value] = true
			}
		}
	}
	found := missing(given, used)
	if err := cdx.NewBOMDecoder(bytes.NewReader(data), cdx.BOMFileFormatXML).Decode(new(cdx.BOM)); err != nil {
		found = append(found, err.Error())
	}
	return found
}
