// Package index keeps the fingerprints of known models and finds the ones that
// a part could come from.
package index

import (
	"context"
	"errors"
	"io"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// An Index is a store of reference models.
type Index struct{}

// An Entry is one reference model, as a curator describes it.
type Entry struct {
	// ID names the model in the index: "group/name" or "group/name@version".
	ID             string
	Group, Name    string
	Version, PURL  string
	Supplier       string
	Country        string // ISO 3166-1 alpha-2
	License        string // SPDX expression or the name it was given under
	Family         string // architecture family, such as "bert"
	Released       string // date, RFC 3339 full-date, as declared
	Mode           fingerprint.Mode
	Parts, Tensors int
	// Digest is "sha256:..." over the fingerprint's canonical file form.
	Digest string
}

// A Candidate is a part of a reference model that a part in question may come
// from. It is a reason to compare the two, not evidence.
type Candidate struct {
	Entry Entry
	// Part is the reference part's Ref, Key its number in the index.
	Part string
	Key  int64
	// Equal is the number of tensors with equal values, not counting
	// commodity tensors; Z the pooled statistic of the aligned sketches that the
	// search compared; Shapes the share of matrices with a counterpart of their
	// shape.
	Equal  int
	Z      float64
	Shapes float64
}

var errNotYet = errors.New("not implemented")

// Open opens an index: a path of an SQLite file, or a postgres:// URL.
func Open(ctx context.Context, location string) (*Index, error) { return nil, errNotYet }

// Close releases the index.
func (x *Index) Close() error { return nil }

// Name is how a document names the index: a base name, never a path, host or
// user.
func (x *Index) Name() string { return "" }

// Digest is "sha256:..." over the identities of all models in the index: equal
// content, equal digest, in whatever order it was added.
func (x *Index) Digest(ctx context.Context) (string, error) { return "", errNotYet }

// Add puts a model in, or replaces the one of the same ID. It reports whether
// anything changed.
func (x *Index) Add(ctx context.Context, e Entry, m *fingerprint.Model) (changed bool, err error) {
	return false, errNotYet
}

// Remove takes a model out.
func (x *Index) Remove(ctx context.Context, id string) error { return errNotYet }

// List returns all entries in byte order of their IDs.
func (x *Index) List(ctx context.Context) ([]Entry, error) { return nil, errNotYet }

// Model returns one model with its fingerprint.
func (x *Index) Model(ctx context.Context, id string) (Entry, *fingerprint.Model, error) {
	return Entry{}, nil, errNotYet
}

// Export writes models, all when no ID is given, in a form that Import reads.
func (x *Index) Export(ctx context.Context, w io.Writer, ids ...string) error { return errNotYet }

// Import adds what Export wrote, and returns how many models changed.
func (x *Index) Import(ctx context.Context, r io.Reader) (changed int, err error) {
	return 0, errNotYet
}

// Search finds the parts that p may come from, the most promising first.
func (x *Index) Search(ctx context.Context, p *fingerprint.Part) ([]Candidate, error) {
	return nil, errNotYet
}

// Part loads the fingerprint of a candidate's part.
func (x *Index) Part(ctx context.Context, c Candidate) (*fingerprint.Part, error) {
	return nil, errNotYet
}

// Files finds reference models that hold a file of a SHA-256 (hexadecimal).
func (x *Index) Files(ctx context.Context, sha256 string) ([]FileMatch, error) { return nil, errNotYet }

// A FileMatch is a file of a reference model.
type FileMatch struct {
	Entry Entry
	Path  string
}

// Tokenizers returns all tokenizers in the index.
func (x *Index) Tokenizers(ctx context.Context) ([]Tokenizer, error) { return nil, errNotYet }

// A Tokenizer is a reference tokenizer.
type Tokenizer struct {
	Entry     Entry
	Part      string
	Tokenizer *fingerprint.TokenizerPrint
}

// Comparisons is the number of comparisons that a search accounts for: it does
// not depend on what is in the index, so that adding a model cannot change the
// verdict on another.
const Comparisons = 1e12
