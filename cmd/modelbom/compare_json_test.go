package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/modelbom/modelbom/fixtures"
	"github.com/modelbom/modelbom/schemas"
)

// TestComparisonSchema holds what compare writes to its schema, in all modes.
func TestComparisonSchema(t *testing.T) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemas.Comparison()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("comparison.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("comparison.json")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"vlm", "vlm-bitflip", "decoder", "sentence-transformers"} {
		if err := fixtures.Write(name, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range []string{"vlm vlm", "vlm-bitflip vlm", "decoder vlm", "sentence-transformers decoder", "vlm-bitflip vlm --sparse", "decoder decoder --deep"} {
		words := []string{"modelbom", "compare", "-q", "-o", "json"}
		for _, w := range strings.Fields(args) {
			if !strings.HasPrefix(w, "-") {
				w = filepath.Join(dir, w)
			}
			words = append(words, w)
		}
		var stdout, stderr bytes.Buffer
		if code := run(context.Background(), words, strings.NewReader(""), &stdout, &stderr); code != 0 {
			t.Errorf("%s: exit code %d: %s", args, code, stderr.String())
			continue
		}
		value, err := jsonschema.UnmarshalJSON(&stdout)
		if err != nil {
			t.Errorf("%s: %v", args, err)
			continue
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%s: %v", args, err)
		}
	}
}

func TestNumber(t *testing.T) {
	got, err := json.Marshal([]number{0.5, number(math.NaN()), number(math.Inf(1)), 1e-12})
	if err != nil || string(got) != "[0.5,null,null,1e-12]" {
		t.Errorf("%s, %v", got, err)
	}
}
