package index

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// An Entry is one reference model, as a curator describes it.
type Entry struct {
	// ID names the model in the index: "group/name" or "group/name@version".
	ID            string
	Group, Name   string
	Version, PURL string
	Supplier      string
	Country       string // ISO 3166-1 alpha-2
	License       string // SPDX expression, else the words it was stated in
	Family        string // architecture family, such as "bert"
	Released      string // date, RFC 3339 full-date, as declared
	// Mode, Parts, Tensors and Digest are those of the fingerprint: Add fills
	// them in.
	Mode           fingerprint.Mode
	Parts, Tensors int
	// Digest is "sha256:..." over the fingerprint's canonical file form.
	Digest string
}

// maxField is the length in bytes that a field of an entry may have: the longest
// are package URLs and licence expressions.
const maxField = 1024

// texts returns the fields that are text, in the order of entryColumns.
func (e *Entry) texts() []*string {
	return []*string{
		&e.ID, &e.Group, &e.Name, &e.Version, &e.PURL, &e.Supplier, &e.Country,
		&e.License, &e.Family, &e.Released, (*string)(&e.Mode), &e.Digest,
	}
}

// check refuses what no entry may hold.
func (e *Entry) check() error {
	if e.ID == "" {
		return errors.New("a model in the index needs an ID")
	}
	for _, field := range e.texts() {
		switch {
		case len(*field) > maxField:
			return fmt.Errorf("entry %.64q: a field is longer than %d bytes", e.ID, maxField)
		case !utf8.ValidString(*field):
			return fmt.Errorf("entry %.64q: field %.64q is not UTF-8", e.ID, *field)
		case strings.ContainsFunc(*field, unicode.IsControl):
			return fmt.Errorf("entry %.64q: field %.64q holds a control character", e.ID, *field)
		}
	}
	return nil
}

// complete returns the entry with what its fingerprint determines.
func (e Entry) complete(m *fingerprint.Model, digest string) (Entry, error) {
	if e.Digest != "" && e.Digest != digest {
		return e, fmt.Errorf("entry %q: digest %s was expected of the fingerprint, which has %s", e.ID, e.Digest, digest)
	}
	e.Digest, e.Mode = digest, m.Mode
	e.Parts, e.Tensors = len(m.Parts), 0
	for i := range m.Parts {
		e.Tensors += len(m.Parts[i].Tensors)
	}
	return e, e.check()
}

// The columns of table model that make an entry, in the order of texts, and the
// two numbers.
const entryColumns = `m.name, m.grp, m.title, m.version, m.purl, m.supplier, m.country,
	m.license, m.family, m.released, m.mode, m.digest, m.parts, m.tensors`

// values are the entry's in the order of entryColumns.
func (e *Entry) values() []any {
	var v []any
	for _, field := range e.texts() {
		v = append(v, *field)
	}
	return append(v, e.Parts, e.Tensors)
}

// targets are where a row of entryColumns is scanned to.
func (e *Entry) targets() []any {
	var v []any
	for _, field := range e.texts() {
		v = append(v, field)
	}
	return append(v, &e.Parts, &e.Tensors)
}
