package codec

import (
	"crypto/sha1"
	"encoding/json"
	"fmt"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/licenselist"
)

// contentUUID is a version-5 UUID (RFC 9562, section 5.5) in the URL namespace
// over a document's content in one format, for one edition of the licence list. Time and the identifiers that a
// decoder left behind are not content, so the same scan at another hour has the
// same UUID.
func contentUUID(d *bom.Document, format, version string, list licenselist.Edition) (string, error) {
	c := *d
	c.Created, c.Serial, c.Format = time.Time{}, "", ""
	content, err := json.Marshal(&c)
	if err != nil {
		return "", err
	}
	namespace := [16]byte{0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}
	h := sha1.New()
	h.Write(namespace[:])
	fmt.Fprintf(h, "https://github.com/modelbom/modelbom %s %s\n", format, version)
	if list != licenselist.Newest {
		fmt.Fprintf(h, "licence list %s\n", list)
	}
	h.Write(content)
	u := h.Sum(nil)[:16]
	u[6], u[8] = u[6]&0x0f|0x50, u[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[0:4], u[4:6], u[6:8], u[8:10], u[10:16]), nil
}
