// Package codec writes and reads bills of materials as files: CycloneDX JSON and
// XML, SPDX 2.3 JSON and tag-value, SPDX 3.0.1 JSON-LD.
//
// A [Format] translates a whole *bom.Document. It uses the places that the
// standard has for a fact, for the sake of other readers, and writes what has
// no place there as properties in the "modelbom:" namespace (facts.go; the
// names are listed in docs/properties.md), so that a document can be converted
// between all formats and back. What a format still cannot say comes back as a
// [Loss] and stands in the document itself as a gap.
//
// The same document gives the same bytes: order is fixed, identifiers are
// derived from the content, and time is an input. Encoders never read a clock
// and no decoder fetches anything. Documents of other tools are read as far as
// the neutral model reaches; what it cannot hold is a Loss too.
package codec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/licenselist"
)

// A Format writes and reads one document format in one or more versions.
type Format interface {
	// Name is the name on the command line, such as "cyclonedx-json".
	Name() string
	// Versions lists the specification versions that can be written, the
	// default first. Others may be readable.
	Versions() []string
	// Match reports whether a document that begins with head is of this format.
	Match(head []byte) bool
	// Encode writes a normalised, valid document and returns what it could not
	// say, in a fixed order.
	Encode(w io.Writer, d *bom.Document, version string, o Options) ([]Loss, error)
	// Decode reads a document of any version it knows and returns it
	// normalised and valid, with what it could not keep.
	Decode(r io.Reader) (*bom.Document, []Loss, error)
}

// A Loss is something that a format, or the neutral model, could not hold.
type Loss struct {
	Ref    bom.Ref // the component, empty for the document
	Field  string
	Reason string
}

func (l Loss) String() string {
	if l.Ref == "" {
		return l.Field + ": " + l.Reason
	}
	return fmt.Sprintf("%s: %s: %s", l.Ref, l.Field, l.Reason)
}

// All returns every document format.
func All() []Format {
	return []Format{cycloneDXJSON{}, cycloneDXXML{}, spdxJSON{}, spdxTagValue{}}
}

// Lookup finds a format by name and checks the version; an empty version is
// the format's default. The errors name what there is.
func Lookup(name, version string) (Format, string, error) {
	var names []string
	for _, f := range All() {
		names = append(names, f.Name())
		if f.Name() != name {
			continue
		}
		versions := f.Versions()
		switch {
		case version == "":
			return f, versions[0], nil
		case slices.Contains(versions, version):
			return f, version, nil
		}
		return nil, "", fmt.Errorf("%s has no version %q, only %s", name, version, strings.Join(versions, ", "))
	}
	return nil, "", fmt.Errorf("%w %q: the document formats are %s", ErrUnknownFormat, name, strings.Join(names, ", "))
}

// Sentinel errors.
var (
	ErrUnknownFormat = errors.New("unknown document format")
	// ErrTooLarge: a document exceeds MaxDocument.
	ErrTooLarge = errors.New("document is too large")
)

// MaxDocument is the largest document that is read, in bytes: twice the 200 MB
// of the largest documents known to occur, far below what decoding could
// exhaust on a small machine.
const MaxDocument = 400 << 20

// Options are what a receiver of a document needs. The zero value is right for
// receivers that are up to date.
type Options struct {
	// ListVersion is the version of the SPDX licence list that the receiver
	// has, such as "3.20", from 3.0 to licenselist.Version; empty for the
	// newest. Identifiers that came later are written as names, with the
	// address of their text, since a receiver may refuse a whole document for
	// one identifier. Reading gives the identifiers back.
	ListVersion string
}

// Check reports what is wrong with the options.
func (o Options) Check() error {
	_, err := licenselist.At(o.ListVersion)
	return err
}

// Encode writes a document in the named format and version ("" for the
// default). Losses are also written into the document, as gaps.
func Encode(w io.Writer, d *bom.Document, name, version string) ([]Loss, error) {
	return Options{}.Encode(w, d, name, version)
}

// Encode is the function Encode for a receiver with needs.
func (o Options) Encode(w io.Writer, d *bom.Document, name, version string) ([]Loss, error) {
	f, version, err := Lookup(name, version)
	if err != nil {
		return nil, err
	}
	d = clone(d)
	d.Normalize()
	if err := d.Validate(); err != nil {
		return nil, fmt.Errorf("invalid document: %w", err)
	}
	var out bytes.Buffer
	losses, err := f.Encode(&out, d, version, o)
	if err != nil {
		return nil, fmt.Errorf("encode %s %s: %w", name, version, err)
	}
	if len(losses) > 0 {
		for _, l := range losses {
			d.Gaps = append(d.Gaps, bom.Gap{Kind: bom.GapLoss, Ref: l.Ref,
				Reason: fmt.Sprintf("%s %s cannot say %s: %s", name, version, l.Field, l.Reason)})
		}
		d.Normalize()
		out.Reset()
		if _, err := f.Encode(&out, d, version, o); err != nil {
			return nil, fmt.Errorf("encode %s %s: %w", name, version, err)
		}
	}
	_, err = out.WriteTo(w)
	return losses, err
}

// clone copies a document as deep as Normalize and the encoders write.
func clone(d *bom.Document) *bom.Document {
	c := *d
	c.Components = slices.Clone(d.Components)
	for i := range c.Components {
		p := &c.Components[i]
		p.Hashes, p.Licenses, p.Links = slices.Clone(p.Hashes), slices.Clone(p.Licenses), slices.Clone(p.Links)
		p.Properties, p.Evidence = slices.Clone(p.Properties), slices.Clone(p.Evidence)
		if p.Model != nil {
			m := *p.Model
			m.Hyperparameters, m.DTypes, m.Metrics = slices.Clone(m.Hyperparameters), slices.Clone(m.DTypes), slices.Clone(m.Metrics)
			m.Inputs, m.Outputs = slices.Clone(m.Inputs), slices.Clone(m.Outputs)
			p.Model = &m
		}
	}
	c.Relationships, c.Gaps, c.Findings = slices.Clone(d.Relationships), slices.Clone(d.Gaps), slices.Clone(d.Findings)
	c.Properties, c.Inputs = slices.Clone(d.Properties), slices.Clone(d.Inputs)
	c.Tools, c.Authors = slices.Clone(d.Tools), slices.Clone(d.Authors)
	c.Attestations = slices.Clone(d.Attestations)
	for i := range c.Attestations {
		a := &c.Attestations[i]
		a.Requirements = slices.Clone(a.Requirements)
		for j := range a.Requirements {
			r := &a.Requirements[j]
			r.Claims = slices.Clone(r.Claims)
			for k := range r.Claims {
				r.Claims[k].Evidence = slices.Clone(r.Claims[k].Evidence)
			}
		}
	}
	return &c
}

// Decode reads a document of any known format.
func Decode(r io.Reader) (*bom.Document, []Loss, error) {
	data, err := readDocument(r)
	if err != nil {
		return nil, nil, err
	}
	head := data[:min(len(data), 64<<10)]
	for _, f := range All() {
		if !f.Match(head) {
			continue
		}
		d, losses, err := f.Decode(bytes.NewReader(data))
		if err != nil {
			return nil, nil, fmt.Errorf("read %s: %w", f.Name(), err)
		}
		d.Normalize()
		if err := d.Validate(); err != nil {
			return nil, nil, fmt.Errorf("read %s: %w", f.Name(), err)
		}
		return d, losses, nil
	}
	return nil, nil, fmt.Errorf("%w: neither CycloneDX nor SPDX", ErrUnknownFormat)
}

// readDocument reads at most MaxDocument bytes.
func readDocument(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxDocument+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxDocument {
		return nil, fmt.Errorf("%w: over %d bytes", ErrTooLarge, MaxDocument)
	}
	return data, nil
}
