package facts

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/pkg/bom"
)

// TestAuthor: an author joins those whom the document has, and completes one of
// the same name.
func TestAuthor(t *testing.T) {
	for _, c := range []struct {
		had   []bom.Organization
		facts string
		want  []bom.Organization
	}{
		{nil, "{name: Acme}", []bom.Organization{{Name: "Acme"}}},
		{nil, "{name: Kim, person: true, email: kim@acme.example}", []bom.Organization{{Name: "Kim", Email: "kim@acme.example", Person: true}}},
		{[]bom.Organization{{Name: "ACME", Email: "a@acme.example"}}, "{name: Acme, email: b@acme.example, url: https://acme.example}",
			[]bom.Organization{{Name: "ACME", Email: "a@acme.example", URL: "https://acme.example"}}},
		{[]bom.Organization{{Name: "Kim"}}, "{name: Kim, person: true}", []bom.Organization{{Name: "Kim"}, {Name: "Kim", Person: true}}},
	} {
		d := document()
		d.Authors = slices.Clone(c.had)
		for range 2 { // facts that were applied before are not applied twice
			apply(t, d, "version: 1\nauthor: "+c.facts+"\n")
		}
		if diff := cmp.Diff(c.want, d.Authors); diff != "" {
			t.Errorf("%s: %s", c.facts, diff)
		}
	}
}

// TestStatedBeside: what the document has stays, and what is stated otherwise is a
// finding.
func TestStatedBeside(t *testing.T) {
	for text, want := range map[string]string{
		"model: {description: Another}":                                     "Of the model, the description is stated to be Another; the document had A model., which stays.",
		"release: {purl: \"pkg:generic/x@1\"}":                              "Of the model, the package URL is stated to be pkg:generic/x@1; the document had pkg:huggingface/a/m@1, which stays.",
		"datasets: {images/set: {licence: MIT}}":                            "Of images/set, the declared licence is stated to be MIT; the document had CC-BY-4.0, which stays.",
		"datasets: {images/set: {licence: CC-BY-4.0}}":                      "",
		"datasets: {images/set: {concluded-licence: MIT}}":                  "",
		"model: {references: [{url: \"https://a.example\", type: bom}]}":    "",
		"upstreams: {example/base: {licence: MIT, concluded-licence: MIT}}": "",
	} {
		d := document()
		m, data := d.Component("model"), d.Component("dataset:images/set")
		m.Description, m.PURL = "A model.", "pkg:huggingface/a/m@1"
		data.Licenses = []bom.License{{Expression: "CC-BY-4.0", Acknowledgement: bom.Declared}}
		got := ""
		for _, p := range apply(t, d, "version: 1\n"+text+"\n") {
			got += p.Text
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
		if m := d.Component("model"); m.Description != "A model." || m.PURL != "pkg:huggingface/a/m@1" || licencesBy(d.Component("dataset:images/set"), bom.Declared) != "CC-BY-4.0" {
			t.Errorf("%s: overwritten: %+v", text, m)
		}
	}
}

// TestReadWrongValues: wrong values are errors that say what to write.
func TestReadWrongValues(t *testing.T) {
	for text, want := range map[string]string{
		"author: {email: a@b.example}":                                           "author has no name: somebody has to answer for it",
		"author: {name: A, email: nobody}":                                       `email "nobody" is no e-mail address, such as bom@lab.example`,
		"author: {name: A, person: maybe}":                                       `person "maybe" is neither true nor false`,
		"author: {name: A, url: acme.example}":                                   "is no http or https address",
		"model: {references: [{type: bom}]}":                                     "a reference has no url: say where it is",
		"model: {references: [{url: \"https://a.example\", type: treat-model}]}": `type "treat-model" is none of`,
		"release: {purl: acme/model}":                                            `purl "acme/model" is no package URL, such as pkg:huggingface/example/model@1.0`,
		"datasets: {a: {types: [pictures]}}":                                     `the type "pictures" is none of audio`,
		"datasets: {a: {types: image}}":                                          "a: types has to be a list, not a word",
		"datasets: {a: {licence: \"MIT | x\"}}":                                  `licence "MIT | x" is no SPDX licence expression`,
		"files: {executable: 1}":                                                 `executable "1" is neither true nor false`,
		"parts: {head: {description: x}}":                                        `"description" is no key of head`,
		"model: {references: [" + strings.Repeat("{url: \"https://a.example\"},", maxReferences+1) + "]}": "model: references has more than 200 items",
	} {
		f, err := Read(strings.NewReader("version: 1\n" + text + "\n"))
		if f != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v, want %q", text, err, want)
		}
	}
	if len(ReferenceTypes()) != 43 || len(DatasetTypes()) != 13 {
		t.Error(fmt.Sprint(len(ReferenceTypes()), len(DatasetTypes())))
	}
}
