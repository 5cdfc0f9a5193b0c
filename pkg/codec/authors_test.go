package codec

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/pkg/bom"
)

// Authors stand where readers of each format look for them: CycloneDX 1.6
// metadata.manufacturer and metadata.authors, SPDX 2.3 6.8, SPDX 3.0.1
// CreationInfo.createdBy.
func TestAuthorsStandWhereReadersLook(t *testing.T) {
	d := richDocument()
	for name, want := range map[string][]string{
		"cyclonedx-json 1.6": {`"manufacturer":{"name":"ACMEResearch","address":{"country":"KR"},"url":["https://acme.example"],"contact":[{"email":"bom@acme.example"}]}`, `"authors":[{"name":"KimExample","email":"kim@acme.example"}]`},
		"cyclonedx-json 1.7": {`"authors":[{"name":"KimExample","email":"kim@acme.example"}]`},
		"cyclonedx-xml 1.6":  {"<authors><author><name>KimExample</name><email>kim@acme.example</email></author></authors>", "<manufacturer><name>ACMEResearch</name>"},
		"spdx-json 2.3":      {`"Organization:ACMEResearch(bom@acme.example)"`, `"Person:KimExample(kim@acme.example)"`},
		"spdx-tag-value 2.3": {"Creator:Organization:ACMEResearch(bom@acme.example)", "Creator:Person:KimExample(kim@acme.example)"},
		"spdx-json 3.0.1":    {`"type":"Person"`, `"type":"Organization"`, `"name":"KimExample"`, `"identifier":"kim@acme.example"`},
	} {
		format, version, _ := strings.Cut(name, " ")
		f := All()[slices.IndexFunc(All(), func(f Format) bool { return f.Name() == format })]
		var b bytes.Buffer
		if _, err := f.Encode(&b, d, version, Options{}); err != nil {
			t.Fatal(err)
		}
		text := strings.Join(strings.Fields(b.String()), "")
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s does not hold %s", name, w)
			}
		}
	}
}

// Types of data that somebody stated are those of the data set in SPDX 3; words
// that are none are passed over.
func TestDatasetTypes(t *testing.T) {
	for value, want := range map[string]string{"": `["noAssertion"]`, "image, text, image, pictures": `["image","text"]`, "pictures": `["noAssertion"]`} {
		d := richDocument()
		c := d.Component("dataset:acme/pairs")
		c.Properties = append(c.Properties, bom.Property{Name: propTypes, Value: value})
		out, _ := spdxCase{spdxJSON{}, "3.0.1"}.mustEncode(t, d)
		if text := strings.Join(strings.Fields(string(out)), ""); !strings.Contains(text, `"dataset_datasetType":`+want) {
			t.Errorf("%q does not give %s", value, want)
		}
	}
}

// The authors of a CycloneDX document are persons, in every version that has them
// (CycloneDX 1.2 to 1.7, metadata.authors).
func TestCycloneDXAuthorsAreRead(t *testing.T) {
	for _, version := range []string{"1.2", "1.3", "1.4", "1.5", "1.6", "1.7"} {
		text := fmt.Sprintf(`{"bomFormat":"CycloneDX","specVersion":%q,"metadata":{"authors":[{"name":"Jo","email":"jo@x.example"}],"component":{"type":"application","name":"x","bom-ref":"x"}}}`, version)
		d, _, err := cycloneDXJSON{}.Decode(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]bom.Organization{{Name: "Jo", Email: "jo@x.example", Person: true}}, d.Authors); diff != "" {
			t.Errorf("%s -want +got:\n%s", version, diff)
		}
	}
}
