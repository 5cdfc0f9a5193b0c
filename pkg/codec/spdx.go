package codec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/licenselist"
)

// Versions of the SPDX specification that are written.
const (
	spdxVersion2 = "2.3"
	spdxVersion3 = "3.0.1"
)

// spdxJSON is SPDX as JSON: the classic form of 2.3 (2.2 is read too) and the
// JSON-LD of 3.0.1. A fact without a place in SPDX stands in an annotation of
// the element that it is about (spdx_annotation.go).
type spdxJSON struct{}

func (spdxJSON) Name() string       { return "spdx-json" }
func (spdxJSON) Versions() []string { return []string{spdxVersion2, spdxVersion3} }

func (spdxJSON) Match(head []byte) bool { return spdxGeneration(head) != 0 }

func (spdxJSON) Encode(w io.Writer, d *bom.Document, version string, o Options) ([]Loss, error) {
	list, err := licenselist.At(o.ListVersion)
	switch {
	case err != nil:
		return nil, err
	case version == spdxVersion3:
		return encodeSPDX3(w, d, list)
	}
	return encodeSPDX2JSON(w, d, list)
}

func (f spdxJSON) Decode(r io.Reader) (*bom.Document, []Loss, error) {
	data, err := readDocument(r)
	if err != nil {
		return nil, nil, err
	}
	data = bytes.TrimPrefix(data, byteOrderMark())
	switch spdxGeneration(data) {
	case 2:
		return decodeSPDX2JSON(data)
	case 3:
		return decodeSPDX3(data)
	}
	return nil, nil, errors.New("neither spdxVersion nor an SPDX 3 @context at the top of the document")
}

// spdxTagValue is the line format of SPDX 2.3 (2.2 is read too).
type spdxTagValue struct{}

func (spdxTagValue) Name() string       { return "spdx-tag-value" }
func (spdxTagValue) Versions() []string { return []string{spdxVersion2} }

// Match looks for the tag that every document begins with, behind comments.
func (spdxTagValue) Match(head []byte) bool {
	for line := range bytes.Lines(bytes.TrimPrefix(head, byteOrderMark())) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		return bytes.HasPrefix(line, []byte("SPDXVersion:"))
	}
	return false
}

func (spdxTagValue) Encode(w io.Writer, d *bom.Document, version string, o Options) ([]Loss, error) {
	list, err := licenselist.At(o.ListVersion)
	if err != nil {
		return nil, err
	}
	return encodeSPDX2TagValue(w, d, list)
}

func (spdxTagValue) Decode(r io.Reader) (*bom.Document, []Loss, error) {
	data, err := readDocument(r)
	if err != nil {
		return nil, nil, err
	}
	return decodeSPDX2TagValue(bytes.TrimPrefix(data, byteOrderMark()))
}

// spdxGeneration tells SPDX 2 from SPDX 3 by the first telling key of the
// outermost object, without reading further than that; 0 is neither. Writers
// that sort keys put "spdxVersion" last, behind all packages, so other keys
// that only SPDX 2 has at the top decide too.
func spdxGeneration(data []byte) int {
	dec := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, byteOrderMark())))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return 0
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return 0
		}
		switch key {
		case "spdxVersion", "SPDXID", "documentNamespace", "creationInfo":
			return 2
		case "@context":
			var value json.RawMessage
			if dec.Decode(&value) == nil && bytes.Contains(value, []byte("spdx.org/rdf/3")) {
				return 3
			}
			return 0
		case "@graph":
			return graphGeneration(data)
		case "bomFormat":
			return 0
		}
		if skipValue(dec) != nil {
			return 0
		}
	}
	return 0
}

// graphGeneration decides about a document whose graph stands in front of its
// context: the types in it have names that only SPDX has.
func graphGeneration(data []byte) int {
	if bytes.Contains(data[:min(len(data), 64<<10)], []byte(`"spdxId"`)) {
		return 3
	}
	return 0
}

// skipValue reads over one value without keeping it.
func skipValue(dec *json.Decoder) error {
	for depth := 0; ; {
		t, err := dec.Token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

// guard turns a panic of the SPDX library into an error. Its readers index and
// dereference what a document says without looking; a hostile document must
// not end the process.
func guard(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("the SPDX reader gave up: %s", strings.TrimSpace(fmt.Sprint(p)))
	}
}
