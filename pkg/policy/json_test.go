package policy

import (
	"bytes"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/schemas"
)

// What JSON writes is what the schema says, of every built-in policy and one of
// the user's, and the same each time.
func TestJSON(t *testing.T) {
	c := jsonschema.NewCompiler()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemas.Check()))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.AddResource("check.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("check.json")
	if err != nil {
		t.Fatal(err)
	}
	excepted := document()
	excepted.Properties = append(excepted.Properties, bom.Property{Name: propException, Value: "r | part:vision-encoder | 2026-06-01 | reason | CTO"})
	for name, d := range map[string]*bom.Document{"empty": {}, "small": document(), "full": full(), "excepted": excepted} {
		r := Report{Document: d, FailOn: "medium", Findings: d.Findings}
		for _, p := range append(Builtin(), read(t, oneRule("for: part", "require: 'false'"))) {
			x, err := p.Check(d, Options{Now: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)})
			if err != nil {
				t.Fatalf("%s: %v", p.Name(), err)
			}
			r.Results = append(r.Results, x)
		}
		data, err := JSON(r)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := JSON(r)
		if !bytes.Equal(data, again) {
			t.Errorf("%s: it differs the second time", name)
		}
		x, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(x); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
