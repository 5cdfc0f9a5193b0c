// Package bom is the neutral bill of materials of an AI model: what it is made
// of, how the pieces hang together, how each statement is known, and what could
// not be seen. Every document format is a translation of these types, so they
// carry no trace of CycloneDX or SPDX beyond the words both standards share.
//
// The nouns:
//
//   - A [Document] describes one subject, the walked repository.
//   - A [Component] is the subject, one of its parts, a file, a dataset, or an
//     upstream that a part comes from. A component with a [Role] is a part.
//   - A [Relationship] joins two components with a word of SPDX 3.
//   - An [Origin] is the verdict about where a component comes from.
//   - An [Evidence] says what was seen, where, and how sure that makes us.
//   - A [Gap] is something that could not be seen, and why.
//   - A [Finding] is a complaint that a reader should look at.
//   - An [Attestation] is what a check against a standard or policy came to.
//
// The package does no input or output and imports the standard library only.
// Values are plain data; [Document.Normalize] puts them into the one order that
// encoders rely on and [Document.Validate] checks the invariants that every
// document must keep.
package bom

import "time"

// A Ref names a component inside one document. It is made from the role or the
// repository path of what it names ("model", "part:vision-encoder",
// "file:config.json", "upstream:pkg:huggingface/acme/base"), so that the same
// part has the same Ref in the next evaluation round.
type Ref string

// RefSubject is the Ref of the subject in every document that modelbom writes.
const RefSubject Ref = "model"

// A Document is one bill of materials.
type Document struct {
	// Subject is the component the document is about.
	Subject Ref

	// Components holds the subject and everything else, sorted by Ref.
	Components    []Component
	Relationships []Relationship
	Gaps          []Gap
	Findings      []Finding
	// Attestations say how far the subject meets standards and policies. They
	// are left out of JSON where there are none: identifiers are made from it.
	Attestations []Attestation `json:",omitempty"`
	Completeness Completeness

	// Created is when the document was made; zero when no time was given.
	Created time.Time
	// Authors are the people or organisations that answer for the document.
	Authors []Organization
	// Tools made the document, with versions.
	Tools []Tool
	// Inputs are the catalogues, indexes and fact files the document was made
	// with, besides the repository itself.
	Inputs []Input
	// Phase is the CycloneDX lifecycle phase, such as "post-build".
	Phase string
	// Properties are document-wide facts that have no field of their own.
	Properties []Property

	// Serial and Format are set by decoders only: the identifier and the
	// "name@version" of the format that the document was read from. Encoders
	// derive their own identifiers from the content.
	Serial string
	Format string
}

// A Tool is a program that took part in making a document.
type Tool struct {
	Vendor, Name, Version string
}

// An Input is a data set that a document's conclusions depend on.
type Input struct {
	Kind    string // "catalogue", "index", "facts", "fingerprint"
	Name    string
	Version string
	Digest  string // "sha256:..." of its content
}

// An Organization is a supplier, producer or author.
type Organization struct {
	Name    string
	URL     string
	Email   string
	Country string // ISO 3166-1 alpha-2, empty when not known
	// Person tells that it is a person. It is left out of JSON where it is not
	// so: identifiers are made from it.
	Person bool `json:",omitempty"`
}

// A Property is a named value. Names in the "modelbom:" namespace are listed
// with their meaning in docs/properties.md.
type Property struct {
	Name, Value string
}

// Completeness says how much of the subject a document covers, in CycloneDX's
// words for compositions.
type Completeness struct {
	Assembly Aggregate // are all parts and files listed?
	Lineage  Aggregate // are all upstreams listed?
}

// An Aggregate is a CycloneDX composition aggregate.
type Aggregate string

// The aggregates that modelbom uses. The empty Aggregate makes no statement.
const (
	AggregateComplete     Aggregate = "complete"
	AggregateIncomplete   Aggregate = "incomplete"
	AggregateUnknown      Aggregate = "unknown"
	AggregateNotSpecified Aggregate = "not_specified"
)
