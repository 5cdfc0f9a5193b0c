package codec

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// cycloneDXSchemas finds the official schemas: in the folder that
// MODELBOM_SCHEMAS names, or else in the module cache, where only 1.6 is
// complete and the licence list is an old one.
var cycloneDXSchemas = sync.OnceValues(func() (map[string]*jsonschema.Schema, error) {
	dir, complete := os.Getenv("MODELBOM_SCHEMAS"), true
	if dir == "" {
		out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go").Output()
		if err != nil {
			return nil, err
		}
		dir, complete = filepath.Join(strings.TrimSpace(string(out)), "schema"), false
	}
	files := map[string]string{"spdx.schema.json": "spdx.schema.json", "jsf-0.82.schema.json": "jsf-0.82.schema.json", "bom-1.6.schema.json": "bom-1.6.schema.json"}
	if complete {
		files["bom-1.7.schema.json"], files["cryptography-defs.schema.json"] = "bom-1.7.schema.json", "cryptography-defs.schema.json"
	} else {
		files["jsf-0.82.schema.json"] = "jsf-0.82.schemax.json"
	}
	c := jsonschema.NewCompiler()
	for id, file := range files {
		r, err := os.Open(filepath.Join(dir, file))
		if err != nil {
			return nil, err
		}
		doc, err := jsonschema.UnmarshalJSON(r)
		r.Close()
		if err != nil {
			return nil, err
		}
		if !complete && id == "spdx.schema.json" {
			doc.(map[string]any)["enum"] = append(doc.(map[string]any)["enum"].([]any), "OpenMDW-1.0")
		}
		if err := c.AddResource("http://cyclonedx.org/schema/"+id, doc); err != nil {
			return nil, err
		}
	}
	schemas := map[string]*jsonschema.Schema{}
	for id := range files {
		if version, ok := strings.CutPrefix(strings.TrimSuffix(id, ".schema.json"), "bom-"); ok {
			s, err := c.Compile("http://cyclonedx.org/schema/" + id)
			if err != nil {
				return nil, err
			}
			schemas[version] = s
		}
	}
	return schemas, nil
})

// checkCycloneDX checks a written document without our own reader: against the
// schema, for references that lead nowhere or are given twice, and as XML for
// being well formed.
func checkCycloneDX(t testing.TB, data []byte) {
	t.Helper()
	if bytes.HasPrefix(data, []byte("<")) {
		for d := xml.NewDecoder(bytes.NewReader(data)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				return
			} else if err != nil {
				t.Fatal(err)
			}
		}
	}
	schemas, err := cycloneDXSchemas()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	version := doc.(map[string]any)["specVersion"].(string)
	if s := schemas[version]; s != nil { // TestCycloneDXSchemas tells when there is none
		if err := s.Validate(doc); err != nil {
			t.Errorf("schema %s: %v", version, err)
		}
	}
	checkRefs(t, doc)
}

// checkRefs walks over the JSON and compares the references that are given with
// those that are used.
func checkRefs(t testing.TB, doc any) {
	t.Helper()
	given := map[string]int{}
	var used []string
	var walk func(key string, v any)
	walk = func(key string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, x := range v {
				if s, ok := x.(string); ok && k == "bom-ref" {
					given[s]++
				} else if ok && (k == "ref" || k == "assessor" || k == "requirement" || k == "target") {
					used = append(used, s)
				}
				walk(k, x)
			}
		case []any:
			for _, x := range v {
				if s, ok := x.(string); ok && slices.Contains([]string{"dependsOn", "assemblies", "dependencies", "claims", "counterClaims", "evidence"}, key) {
					used = append(used, s)
				}
				walk(key, x)
			}
		}
	}
	walk("", doc)
	for ref, n := range given {
		if n > 1 || ref == "" || strings.HasPrefix(ref, "urn:cdx:") {
			t.Errorf("bom-ref %q is given %d times", ref, n)
		}
	}
	if len(used) == 0 {
		t.Error("no reference is used at all")
	}
	for _, ref := range used {
		if given[ref] == 0 {
			t.Errorf("%q leads nowhere", ref)
		}
	}
}

// The schemas have to be able to refuse, and whoever reads the log has to know
// which were there.
func TestCycloneDXSchemas(t *testing.T) {
	schemas, err := cycloneDXSchemas()
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"1.6", "1.7"} {
		s := schemas[version]
		if s == nil {
			t.Logf("no document of version %s is validated: set MODELBOM_SCHEMAS to a folder with its schemas", version)
			continue
		}
		good := map[string]any{"bomFormat": "CycloneDX", "specVersion": version}
		if err := s.Validate(good); err != nil {
			t.Error(err)
		}
		good["components"] = []any{map[string]any{"type": "hologram", "name": "x"}}
		if s.Validate(good) == nil {
			t.Errorf("the schema of %s accepts a component type that there is not", version)
		}
	}
	if schemas["1.6"] == nil {
		t.Error("no schema of 1.6")
	}
}

// The check has to be able to fail.
func TestCheckRefs(t *testing.T) {
	for name, text := range map[string]string{
		"dangling dependsOn": `{"a":{"bom-ref":"x"},"dependencies":[{"ref":"x","dependsOn":["y"]}]}`,
		"dangling ref":       `{"a":{"bom-ref":"x"},"dependencies":[{"ref":"y"}]}`,
		"given twice":        `{"a":{"bom-ref":"x"},"b":{"bom-ref":"x"},"dependencies":[{"ref":"x"}]}`,
		"claim":              `{"a":{"bom-ref":"x","target":"x"},"map":[{"claims":["y"]}]}`,
		"assembly":           `{"a":{"bom-ref":"x"},"compositions":[{"assemblies":["y"]}]}`,
	} {
		var doc any
		if err := json.Unmarshal([]byte(text), &doc); err != nil {
			t.Fatal(err)
		}
		var seen complaints
		if checkRefs(&seen, doc); seen.n != 1 {
			t.Errorf("%s: %d complaints", name, seen.n)
		}
	}
}

// complaints is a testing.TB that counts errors.
type complaints struct {
	testing.TB
	n int
}

func (c *complaints) Helper()               {}
func (c *complaints) Error(...any)          { c.n++ }
func (c *complaints) Errorf(string, ...any) { c.n++ }
