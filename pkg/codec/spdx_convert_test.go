package codec

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A document can be converted from every format and version to every other and
// read again unchanged.
func TestConvertBetweenAllFormats(t *testing.T) {
	type target struct {
		format  Format
		version string
	}
	var targets []target
	for _, f := range All() {
		for _, v := range f.Versions() {
			targets = append(targets, target{f, v})
		}
	}
	want := richDocument()
	for _, first := range targets {
		for _, second := range targets {
			d := want
			for _, to := range []target{first, second} {
				var b bytes.Buffer
				if _, err := to.format.Encode(&b, d, to.version, Options{}); err != nil {
					t.Fatal(err)
				}
				var err error
				if d, _, err = Decode(&b); err != nil {
					t.Fatalf("%s@%s: %v", to.format.Name(), to.version, err)
				}
				if name := to.format.Name() + "@" + to.version; d.Format != name {
					t.Errorf("Format = %q, want %q", d.Format, name)
				}
				d.Serial, d.Format = "", ""
			}
			if diff := cmp.Diff(want, d); diff != "" {
				t.Errorf("%s@%s to %s@%s (-want +got):\n%s", first.format.Name(), first.version, second.format.Name(), second.version, diff)
			}
		}
	}
}
