package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// danglingRefs walks over a JSON document of any format and compares the
// identifiers that are given with those that are used.
func danglingRefs(doc any) []string {
	root, _ := doc.(map[string]any)
	switch {
	case root["bomFormat"] != nil:
		return cycloneDXRefs(doc)
	case root["spdxVersion"] != nil:
		return spdx2Refs(doc)
	case root["@graph"] != nil:
		return spdx3Refs(doc)
	}
	return []string{"neither CycloneDX nor SPDX"}
}

// missing complains about what is used and not given, and about a document
// whose walk saw nothing.
func missing(given, used map[string]bool) []string {
	var found []string
	if len(given) == 0 || len(used) == 0 {
		found = append(found, fmt.Sprintf("%d identifiers given, %d used", len(given), len(used)))
	}
	for _, ref := range slices.Sorted(maps.Keys(used)) {
		if !given[ref] {
			found = append(found, fmt.Sprintf("%q leads nowhere", ref))
		}
	}
	return found
}

// eachString calls do with every string of a document and the key it stands
// under, also where it stands in an array.
func eachString(key string, v any, do func(key, s string)) {
	switch v := v.(type) {
	case string:
		do(key, v)
	case []any:
		for _, x := range v {
			eachString(key, x, do)
		}
	case map[string]any:
		for k, x := range v {
			eachString(k, x, do)
		}
	}
}

func cycloneDXRefs(doc any) []string {
	given, used := map[string]bool{}, map[string]bool{}
	var found []string
	eachString("", doc, func(key, s string) {
		switch key {
		case "bom-ref":
			if given[s] {
				found = append(found, fmt.Sprintf("%q is given twice", s))
			}
			given[s] = true
		case "ref", "dependsOn", "provides", "assemblies", "dependencies", "subjects":
			used[s] = true
		}
	})
	return append(found, missing(given, used)...)
}

func spdx2Refs(doc any) []string {
	given, used := map[string]bool{"NOASSERTION": true, "NONE": true}, map[string]bool{}
	var found []string
	eachString("", doc, func(key, s string) {
		switch key {
		case "SPDXID":
			if given[s] {
				found = append(found, fmt.Sprintf("%q is given twice", s))
			}
			given[s] = true
		case "licenseId":
			given[s] = true
		case "spdxElementId", "relatedSpdxElement", "hasFiles", "documentDescribes":
			used[s] = true
		case "licenseDeclared", "licenseConcluded", "licenseInfoInFiles", "licenseInfoFromFiles":
			for _, word := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '(' || r == ')' }) {
				if strings.HasPrefix(word, "LicenseRef-") {
					used[word] = true
				}
			}
		}
	})
	return append(found, missing(given, used)...)
}

// spdx3Refs takes every string that begins as the document's own identifiers
// do, or as a blank node, for a reference.
func spdx3Refs(doc any) []string {
	given, used := map[string]bool{}, map[string]bool{}
	var found []string
	namespace := ""
	for _, x := range doc.(map[string]any)["@graph"].([]any) {
		if e, _ := x.(map[string]any); e["type"] == "SpdxDocument" {
			id, _ := e["spdxId"].(string)
			namespace, _, _ = strings.Cut(id, "#")
		}
	}
	if namespace == "" {
		return []string{"no SpdxDocument"}
	}
	eachString("", doc, func(key, s string) {
		own := strings.HasPrefix(s, namespace) || strings.HasPrefix(s, "_:")
		switch {
		case key == "spdxId" || key == "@id":
			if given[s] {
				found = append(found, fmt.Sprintf("%q is given twice", s))
			}
			given[s] = true
		case own:
			used[s] = true
		case key == "from" || key == "to" || key == "element" || key == "rootElement" || key == "subject" || key == "creationInfo" || key == "createdBy":
			if !strings.HasPrefix(s, "https://spdx.org/rdf/") && !strings.HasPrefix(s, "https://spdx.org/licenses/") && !strings.HasPrefix(s, "spdx:") {
				used[s] = true
			}
		}
	})
	return append(found, missing(given, used)...)
}

// The walks have to be able to fail.
func TestDanglingRefsAreFound(t *testing.T) {
	for name, c := range map[string]struct {
		doc  string
		want int
	}{
		"cyclonedx":           {`{"bomFormat":"x","a":{"bom-ref":"x"},"dependencies":[{"ref":"x","dependsOn":["x"]}]}`, 0},
		"cyclonedx dependsOn": {`{"bomFormat":"x","a":{"bom-ref":"x"},"dependencies":[{"ref":"x","dependsOn":["y"]}]}`, 1},
		"cyclonedx twice":     {`{"bomFormat":"x","a":{"bom-ref":"x"},"b":{"bom-ref":"x"},"dependencies":[{"ref":"x"}]}`, 1},
		"cyclonedx nothing":   {`{"bomFormat":"x"}`, 1},
		"spdx 2":              {`{"spdxVersion":"x","SPDXID":"a","relationships":[{"spdxElementId":"a","relatedSpdxElement":"b"}]}`, 1},
		"spdx 2 licence":      {`{"spdxVersion":"x","SPDXID":"a","licenseDeclared":"MIT OR (LicenseRef-x)"}`, 1},
		"spdx 3":              {`{"@graph":[{"type":"SpdxDocument","spdxId":"u:x#d","element":["u:x#e"]}]}`, 1},
		"spdx 3 foreign":      {`{"@graph":[{"type":"SpdxDocument","spdxId":"u:x#d","to":["u:y#e"]}]}`, 1},
		"spdx 3 blank":        {`{"@graph":[{"type":"SpdxDocument","spdxId":"u:x#d","creationInfo":"_:c"},{"@id":"_:d"}]}`, 1},
	} {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(c.doc))
		if err != nil {
			t.Fatal(err)
		}
		if got := danglingRefs(doc); len(got) != c.want {
			t.Errorf("%s: %q, want %d complaints", name, got, c.want)
		}
	}
}

// So do the schemas.
func TestSchemasRefuse(t *testing.T) {
	r, files := outputs(t, t.TempDir(), nil, "generate", fixture(t, "vlm"))
	if r.code != 0 {
		t.Fatal(r.stderr)
	}
	for name := range schemaOf {
		if c := complaints(t, name, files[name]); len(c) > 0 {
			t.Errorf("%s: %q", name, c)
		}
		broken := []byte(strings.Replace(string(files[name]), "{", `{"surprise":1,`, 1))
		if len(complaints(t, name, broken)) == 0 {
			t.Errorf("%s with an unknown field passes its schema", name)
		}
	}
}
