package fingerprint

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/modelbom/modelbom/schemas"
)

func formSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemas.Fingerprint()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertContent()
	if err := c.AddResource("fingerprint", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("fingerprint")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t *testing.T, s *jsonschema.Schema, b []byte) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc)
}

// What Encode writes passes the schema, and the schema describes all of it.
func TestFormSchema(t *testing.T) {
	s := formSchema(t)
	r := rand.New(rand.NewPCG(9, 10))
	files := [][]byte{[]byte(goldenForm), encoded(t, &Model{Mode: Full, Parts: []Part{{Ref: "part:x", Tensors: []TensorPrint{fullTensor(r, 1)}}}})}
	for range 50 {
		files = append(files, encoded(t, randomModel(r, 4)))
	}
	strict := strictSchema(t)
	for _, b := range files {
		if err := validate(t, s, b); err != nil {
			t.Fatalf("%v\n%s", err, b)
		}
		if err := validate(t, strict, b); err != nil {
			t.Fatalf("a member without a description: %v\n%s", err, b)
		}
	}
}

// strictSchema is the schema without the members that it does not describe.
func strictSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text := strings.ReplaceAll(string(schemas.Fingerprint()), `"type": "object",`, `"type": "object", "unevaluatedProperties": false,`)
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("strict", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("strict")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What the schema refuses, Decode refuses as well.
func TestFormSchemaRefuses(t *testing.T) {
	s := formSchema(t)
	for _, change := range [][2]string{
		{`"version":1`, `"version":2`}, {`"format":"modelbom-fingerprint"`, `"format":"x"`}, {`"sketch":"modelbom-sketch/1"`, `"sketch":"modelbom-sketch/2"`},
		{`"mode":"full"`, `"mode":"half"`}, {`"size":10`, `"size":-1`}, {`"ref":"part:tokenizer"`, `"ref":""`}, {`"class":"gain"`, `"class":"norm"`},
		{`"payload":"ab`, `"payload":"AB0`}, {`"signs":"776t3gEAAAA="`, `"signs":""`}, {`"rows":4096`, `"rows":"4096"`}, {`"layer":0`, `"layer":0.5`},
		{`"gains":"AACAPwAAAIAAAMB/"`, `"gains":"_"`}, {`"cols":4096,`, ` `}, {`,"parts":[`, `,"Parts":[`}, {`{"path":"b",`, `{`},
	} {
		in := strings.Replace(goldenForm, change[0], change[1], 1)
		if in == goldenForm || !json.Valid([]byte(in)) {
			t.Fatalf("%q", change)
		}
		if validate(t, s, []byte(in)) == nil {
			t.Errorf("the schema does not mind %q", change[1])
		}
		if _, err := Decode(strings.NewReader(in)); err == nil {
			t.Errorf("Decode does not mind %q", change[1])
		}
	}
}
