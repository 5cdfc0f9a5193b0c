package codec

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/pkg/bom"
)

// spdxCase is one format in one version.
type spdxCase struct {
	format  Format
	version string
}

func spdxCases() []spdxCase {
	return []spdxCase{{spdxJSON{}, "2.3"}, {spdxJSON{}, "3.0.1"}, {spdxTagValue{}, "2.3"}}
}

func (c spdxCase) name() string { return c.format.Name() + "@" + c.version }

func eachSPDX(t *testing.T, f func(t *testing.T, c spdxCase)) {
	for _, c := range spdxCases() {
		t.Run(c.name(), func(t *testing.T) { f(t, c) })
	}
}

// mustEncode encodes a normalised copy.
func (c spdxCase) mustEncode(t testing.TB, d *bom.Document) ([]byte, []Loss) {
	t.Helper()
	d = clone(d)
	d.Normalize()
	if err := d.Validate(); err != nil {
		t.Fatalf("the test's own document is invalid: %v", err)
	}
	var b bytes.Buffer
	losses, err := c.format.Encode(&b, d, c.version, Options{})
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	return b.Bytes(), losses
}

func (c spdxCase) mustDecode(t testing.TB, data []byte) (*bom.Document, []Loss) {
	t.Helper()
	d, losses, err := c.format.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("decode: %v\n%s", err, data[:min(len(data), 2000)])
	}
	return d, losses
}

// roundTrip encodes and decodes, and returns what differs.
func (c spdxCase) roundTrip(t testing.TB, d *bom.Document) string {
	t.Helper()
	data, _ := c.mustEncode(t, d)
	got, losses := c.mustDecode(t, data)
	if len(losses) > 0 {
		t.Errorf("losses when reading our own document: %v", losses)
	}
	if want := c.name(); got.Format != want {
		t.Errorf("Format = %q, want %q", got.Format, want)
	}
	if !strings.HasPrefix(got.Serial, "https://spdx.org/spdxdocs/") {
		t.Errorf("Serial = %q", got.Serial)
	}
	want := clone(d)
	want.Normalize()
	got.Serial, got.Format = "", ""
	return cmp.Diff(want, got)
}

func TestSPDXGivesBackTheRichDocument(t *testing.T) {
	eachSPDX(t, func(t *testing.T, c spdxCase) {
		if diff := c.roundTrip(t, richDocument()); diff != "" {
			t.Errorf("decode(encode(d)) differs (-want +got):\n%s", diff)
		}
	})
}
