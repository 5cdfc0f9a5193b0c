package codec

import (
	"bytes"
	"sync"
	"testing"
)

// The same document gives the same bytes, again and again, also when others are
// written at the same time: the SPDX library keeps elements in maps and has
// global individuals that remember the document they were last part of.
func TestSPDXGivesTheSameBytes(t *testing.T) {
	eachSPDX(t, func(t *testing.T, c spdxCase) {
		want, _ := c.mustEncode(t, richDocument())
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 4 {
					if got, _ := c.mustEncode(t, richDocument()); !bytes.Equal(got, want) {
						t.Error("another encoding of the same document differs")
					}
					c.mustEncode(t, oddDocument())
				}
			})
		}
		wg.Wait()
	})
}

// Decoding and encoding again must not change a byte either.
func TestSPDXIsStableAfterReading(t *testing.T) {
	eachSPDX(t, func(t *testing.T, c spdxCase) {
		first, _ := c.mustEncode(t, richDocument())
		d, _ := c.mustDecode(t, first)
		if second, _ := c.mustEncode(t, d); !bytes.Equal(first, second) {
			t.Error("the document changed")
		}
	})
}

// Time is not content: the identifier of a document stays when only the time
// changes, and the identifier changes with the content.
func TestSPDXNamespaceIsTheContent(t *testing.T) {
	eachSPDX(t, func(t *testing.T, c spdxCase) {
		d := richDocument()
		data, _ := c.mustEncode(t, d)
		one, _ := c.mustDecode(t, data)
		d.Created = d.Created.AddDate(1, 0, 0)
		data, _ = c.mustEncode(t, d)
		later, _ := c.mustDecode(t, data)
		d.Components[0].Name += "!"
		data, _ = c.mustEncode(t, d)
		other, _ := c.mustDecode(t, data)
		if one.Serial != later.Serial || one.Serial == other.Serial {
			t.Errorf("serials: %q, a year later %q, with another name %q", one.Serial, later.Serial, other.Serial)
		}
	})
}
