package facts_test

import (
	"bytes"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/modelbom/modelbom/pkg/facts"
	"github.com/modelbom/modelbom/schemas"
)

func schema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemas.Facts()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("facts.json", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("facts.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// asJSON reads YAML as the schema sees it.
func asJSON(t testing.TB, text string) any {
	t.Helper()
	var v any
	if err := yaml.Load([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestSchema: the schema takes what Read takes, and refuses most of what it
// refuses.
func TestSchema(t *testing.T) {
	s := schema(t)
	taken := map[string]string{
		"whole": wholeFile(t), "headings": "version: 1\nproducer:\nparts:\n  head:\nexceptions:\n",
		"template": string(facts.Template(facts.Sample())), "answered": answered(facts.Template(facts.Sample())),
	}
	for name, text := range taken {
		if _, err := facts.Read(strings.NewReader(text)); err != nil {
			t.Errorf("%s: Read: %v", name, err)
		}
		if err := s.Validate(asJSON(t, text)); err != nil {
			t.Errorf("%s: schema: %v", name, err)
		}
	}
	for _, text := range []string{
		"producer: {name: A}", "version: 2", "version: 1\nprodcer: {name: A}", "version: 1\nproducer: {country: KR}",
		"version: 1\nproducer: {name: A, country: Korea}", "version: 1\nmodel: {own: {statement: ours}}", "version: 1\nmodel: {own: {statement: ours, digest: \"sha256:12\"}}",
		"version: 1\nmodel: {reviews: [{by: A}]}", "version: 1\nmodel: {training-data: {}}", "version: 1\nexceptions: [{rule: r, reason: r, approved-by: a}]",
		"version: 1\nrelease: {time: \"31.1.2026\"}", "version: 1\nparts: {head: {ovn: x}}", "version: 1\nproducer: {name: A, url: acme.example}",
		"version: 1\nparts: {\"\": {}}", "version: 1\nmodel: {compute: \"" + strings.Repeat("x", 401) + "\"}",
	} {
		if _, err := facts.Read(strings.NewReader(text)); err == nil {
			t.Errorf("Read takes %s", text)
		}
		if s.Validate(asJSON(t, text)) == nil {
			t.Errorf("the schema takes %s", text)
		}
	}
}
