package codec

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/licenselist"
)

// cycloneDXJSON and cycloneDXXML are the two spellings of one format. The
// translation between a document and the library's types is the same for both
// (cyclonedx_write.go, cyclonedx_read.go).
type (
	cycloneDXJSON struct{}
	cycloneDXXML  struct{}
)

func (cycloneDXJSON) Name() string { return "cyclonedx-json" }
func (cycloneDXXML) Name() string  { return "cyclonedx-xml" }

// Versions has 1.6 first: the platforms in use refuse 1.7.
func (cycloneDXJSON) Versions() []string { return []string{"1.6", "1.7"} }
func (cycloneDXXML) Versions() []string  { return []string{"1.6", "1.7"} }

func (cycloneDXJSON) Match(head []byte) bool {
	head = trimHead(head)
	return bytes.HasPrefix(head, []byte("{")) &&
		(bytes.Contains(head, []byte(`"bomFormat"`)) || bytes.Contains(head, []byte(`cyclonedx.org/schema/bom`)))
}

func (cycloneDXXML) Match(head []byte) bool {
	head = trimHead(head)
	return bytes.HasPrefix(head, []byte("<")) && bytes.Contains(head, []byte(xmlNamespace))
}

func trimHead(head []byte) []byte {
	return bytes.TrimLeft(bytes.TrimPrefix(head, byteOrderMark()), " \t\r\n")
}

func byteOrderMark() []byte { return []byte("\xef\xbb\xbf") }

// xmlNamespace is the namespace of CycloneDX XML, without the version.
const xmlNamespace = "http://cyclonedx.org/schema/bom/"

func (f cycloneDXJSON) Encode(w io.Writer, d *bom.Document, version string, o Options) ([]Loss, error) {
	return encodeCycloneDX(w, d, f.Name(), version, o, cdx.BOMFileFormatJSON)
}

func (f cycloneDXXML) Encode(w io.Writer, d *bom.Document, version string, o Options) ([]Loss, error) {
	return encodeCycloneDX(w, d, f.Name(), version, o, cdx.BOMFileFormatXML)
}

// encodeCycloneDX sets the header itself and calls Encode: the library's
// EncodeVersion copies through gob, which loses every pointer to a zero value,
// such as a confidence of 0, and makes valid documents invalid.
func encodeCycloneDX(w io.Writer, d *bom.Document, name, version string, o Options, format cdx.BOMFileFormat) ([]Loss, error) {
	spec, err := cdxVersion(version)
	if err != nil {
		return nil, err
	}
	list, err := licenselist.At(o.ListVersion)
	if err != nil {
		return nil, err
	}
	uuid, err := contentUUID(d, name, version, list)
	if err != nil {
		return nil, err
	}
	wr := newCDXWriter(d, spec, list)
	b := wr.document()
	b.SerialNumber = "urn:uuid:" + uuid
	wr.sanitise(b)
	var out bytes.Buffer
	if err := cdx.NewBOMEncoder(&out, format).SetPretty(true).SetEscapeHTML(false).Encode(b); err != nil {
		return nil, err
	}
	if format == cdx.BOMFileFormatXML {
		err = correctXML(w, out.Bytes())
	} else {
		_, err = out.WriteTo(w)
	}
	return sortLosses(wr.losses), err
}

func (f cycloneDXJSON) Decode(r io.Reader) (*bom.Document, []Loss, error) {
	data, err := readDocument(r)
	if err != nil {
		return nil, nil, err
	}
	data = bytes.TrimPrefix(data, byteOrderMark())
	if err := checkJSON(data); err != nil {
		return nil, nil, err
	}
	var b cdx.BOM
	if err := json.Unmarshal(data, &b); err != nil {
		return nil, nil, explainJSON(data, err)
	}
	if b.BOMFormat != cdx.BOMFormat {
		return nil, nil, fmt.Errorf("bomFormat is %q, not %q", b.BOMFormat, cdx.BOMFormat)
	}
	if b.SpecVersion < cdx.SpecVersion1_2 {
		return nil, nil, errors.New("no specVersion: the JSON form exists in versions 1.2 to 1.7")
	}
	return readCycloneDX(&b, f.Name())
}

// explainJSON adds the place to an error of encoding/json, and the version to
// the library's bare refusal.
func explainJSON(data []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("at byte %d: %w", syntax.Offset, err)
	case errors.As(err, &kind):
		return fmt.Errorf("at byte %d: %w", kind.Offset, err)
	case errors.Is(err, cdx.ErrInvalidSpecVersion):
		var head struct {
			SpecVersion string `json:"specVersion"`
		}
		if json.Unmarshal(data, &head) == nil {
			return fmt.Errorf("specVersion %q is not known, only 1.2 to 1.7", head.SpecVersion)
		}
	}
	return err
}

func (f cycloneDXXML) Decode(r io.Reader) (*bom.Document, []Loss, error) {
	data, err := readDocument(r)
	if err != nil {
		return nil, nil, err
	}
	raw := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, byteOrderMark())))
	tokens := &correctedTokens{tokens: &limitedTokens{decoder: raw}}
	var b cdx.BOM
	if err := xml.NewTokenDecoder(tokens).Decode(&b); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, nil, fmt.Errorf("at byte %d: %w", raw.InputOffset(), err)
	}
	version, ok := strings.CutPrefix(b.XMLName.Space, xmlNamespace)
	if !ok {
		return nil, nil, fmt.Errorf("namespace %q is not %s followed by a version", b.XMLName.Space, xmlNamespace)
	}
	if b.SpecVersion, err = cdxVersion(version); err != nil {
		return nil, nil, err
	}
	return readCycloneDX(&b, f.Name())
}

// cdxVersion finds a specification version by its name.
func cdxVersion(name string) (cdx.SpecVersion, error) {
	for v := cdx.SpecVersion1_0; v <= cdx.SpecVersion1_7; v++ {
		if v.String() == name {
			return v, nil
		}
	}
	return 0, fmt.Errorf("CycloneDX version %q is not known, only 1.0 to 1.7", name)
}
