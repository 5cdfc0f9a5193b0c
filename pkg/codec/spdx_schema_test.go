package codec

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"
	"github.com/spdx/tools-golang/spdx/v3/v3_0"
	"github.com/spdx/tools-golang/tagvalue"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/modelbom/modelbom/pkg/bom"
)

// spdxSchema compiles an official schema out of the folder that
// MODELBOM_SCHEMAS names, or returns nil after saying what is not checked.
func spdxSchema(t *testing.T, file string) *jsonschema.Schema {
	t.Helper()
	folder := os.Getenv("MODELBOM_SCHEMAS")
	if folder == "" {
		t.Logf("MODELBOM_SCHEMAS is not set: nothing is validated against %s", file)
		return nil
	}
	f, err := os.Open(filepath.Join(folder, file))
	if err != nil {
		t.Logf("nothing is validated against %s: %v", file, err)
		return nil
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.UseRegexpEngine(func(pattern string) (jsonschema.Regexp, error) {
		if pattern == (iriPattern{}).String() {
			return iriPattern{}, nil
		}
		return regexp.Compile(pattern)
	})
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// iriPattern is the look-ahead in the SPDX 3.0.1 schema, which Go's regular
// expressions do not have.
type iriPattern struct{}

func (iriPattern) String() string { return `^(?!_:).+:.+` }
func (iriPattern) MatchString(s string) bool {
	return !strings.HasPrefix(s, "_:") && strings.Index(s, ":") > 0 && !strings.HasSuffix(s, ":")
}

func spdxDocuments() map[string]*bom.Document {
	return map[string]*bom.Document{"rich": richDocument(), "odd": oddDocument(),
		"smallest": {Subject: "x", Components: []bom.Component{{Ref: "x"}}}}
}

func TestSPDXPassesTheOfficialSchemas(t *testing.T) {
	for _, c := range []struct {
		spdxCase
		file string
	}{
		{spdxCase{spdxJSON{}, "2.3"}, "spdx-schema-2.3.json"},
		{spdxCase{spdxJSON{}, "3.0.1"}, "spdx-export.schema.json"},
	} {
		t.Run(c.name(), func(t *testing.T) {
			schema := spdxSchema(t, c.file)
			if schema == nil {
				return
			}
			for name, d := range spdxDocuments() {
				data, _ := c.mustEncode(t, d)
				instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
				if err != nil {
					t.Fatal(err)
				}
				if err := schema.Validate(instance); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				instance.(map[string]any)["surprise"] = true // the check must be able to fail
				if schema.Validate(instance) == nil {
					t.Error("the schema accepts a field that it does not know")
				}
			}
		})
	}
}

// The library's own readers must read what we write, and see the same packages,
// files and relationships.
func TestSPDXIsReadByTheLibrary(t *testing.T) {
	for name, d := range spdxDocuments() {
		for _, c := range []spdxCase{{spdxJSON{}, "2.3"}, {spdxTagValue{}, "2.3"}} {
			t.Run(name+" "+c.name(), func(t *testing.T) {
				data, _ := c.mustEncode(t, d)
				var doc v2_3.Document
				read := spdxjson.ReadInto
				if c.format.Name() == "spdx-tag-value" {
					if name == "odd" {
						t.Skip("its 130 kB property is longer than the lines that the library's scanner takes")
					}
					read = tagvalue.ReadInto
				}
				if err := read(bytes.NewReader(data), &doc); err != nil {
					t.Fatal(err)
				}
				if got, want := len(doc.Packages)+len(doc.Files), len(d.Components); got != want {
					t.Errorf("%d packages and files, want %d", got, want)
				}
				if name == "rich" && len(doc.Relationships) != len(d.Relationships)+1 {
					t.Errorf("%d relationships, want %d and DESCRIBES", len(doc.Relationships), len(d.Relationships))
				}
			})
		}
		t.Run(name+" 3.0.1", func(t *testing.T) {
			data, _ := spdxCase{spdxJSON{}, "3.0.1"}.mustEncode(t, d)
			var doc v3_0.Document
			if err := spdxjson.ReadInto(bytes.NewReader(data), &doc); err != nil {
				t.Fatal(err)
			}
			if got, want := len(doc.RootElements), 1; got != want {
				t.Errorf("%d root elements, want the SBOM", got)
			}
		})
	}
}
