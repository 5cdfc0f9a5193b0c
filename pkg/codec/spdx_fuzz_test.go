package codec

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// fuzzSPDX: a decoder never panics, returns exactly one of document and error,
// and what it returns is valid and can be written and read again.
func fuzzSPDX(f *testing.F, c spdxCase, others ...string) {
	for _, d := range spdxDocuments() {
		d.Gaps = nil
		for i := range d.Components {
			if d.Components[i].Name == "" || d.Components[i].Ref == d.Subject {
				d.Components[i].Properties = nil // long values: large inputs fuzz slowly
			}
		}
		data, _ := c.mustEncode(f, d)
		f.Add(data)
	}
	var old bytes.Buffer // LicenseRefs that stand for listed licences
	if _, err := c.format.Encode(&old, oldListDocument(), c.version, Options{ListVersion: "3.20"}); err != nil {
		f.Fatal(err)
	}
	f.Add(old.Bytes())
	for _, file := range others {
		data, err := os.ReadFile(filepath.Join("testdata", "spdx", file))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, _, err := c.format.Decode(bytes.NewReader(data))
		if (d == nil) == (err == nil) {
			t.Fatalf("document %v and error %v", d, err)
		}
		if err != nil {
			return
		}
		if err := d.Validate(); err != nil {
			t.Fatalf("an invalid document: %v", err)
		}
		var again bytes.Buffer
		if _, err := c.format.Encode(&again, d, c.version, Options{}); err != nil {
			t.Fatalf("cannot be written again: %v", err)
		}
		if _, _, err := c.format.Decode(&again); err != nil {
			t.Fatalf("cannot be read again: %v", err)
		}
	})
}

func FuzzSPDX2JSON(f *testing.F) { fuzzSPDX(f, spdxCase{spdxJSON{}, "2.3"}, "other-2.3.json") }
func FuzzSPDX3JSON(f *testing.F) { fuzzSPDX(f, spdxCase{spdxJSON{}, "3.0.1"}, "other-3.0.1.json") }
func FuzzSPDX2TagValue(f *testing.F) {
	fuzzSPDX(f, spdxCase{spdxTagValue{}, "2.3"}, "other-2.2.spdx")
}
