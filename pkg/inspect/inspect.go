// Package inspect turns a repository into a bill of materials. It is the
// pipeline: one walk (package inventory), one pass over the bytes (package
// fingerprint, driven by scan.go), and one pure step that writes down what was
// seen (assemble.go). Only this package starts goroutines.
//
// The result depends on the repository's bytes and the Options alone, never on
// the machine, the time, or the order in which files finish.
package inspect

import (
	"context"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/inventory"
	"github.com/modelbom/modelbom/pkg/source"
)

// Options say what the repository cannot: names, time, and how much to compute.
// The zero value works.
type Options struct {
	// Name, Version and Supplier override what the source tells. Name may be
	// "group/name".
	Name, Version, Supplier string
	// Timestamp is the time written into the document; zero writes none.
	Timestamp time.Time
	// Tool is the program that makes the document.
	Tool bom.Tool
	// Algorithms are file digests besides SHA-256.
	Algorithms []fingerprint.Algorithm
	// NoTensorDigests leaves out tensor and weights digests; the document says
	// so. It saves half the time where the processor has no SHA extensions.
	NoTensorDigests bool
	// Progress, when set, is told how far the pass over the bytes is. It is
	// called from several goroutines.
	Progress func(Progress)
}

// Progress is how far the pass over the bytes is.
type Progress struct {
	Read, Total int64 // bytes
}

// Repository inspects a repository. It returns inventory.ErrNoModel when
// nothing in it looks like a model, and the context's error when interrupted.
// Whatever else could not be read is a gap in the document.
func Repository(ctx context.Context, repo source.Repository, o Options) (*bom.Document, error) {
	inv, err := inventory.Build(ctx, repo)
	if err != nil {
		return nil, err
	}
	scans, err := scan(ctx, repo, inv, o)
	if err != nil {
		return nil, err
	}
	d := assemble(inv, scans, o)
	d.Normalize()
	return d, d.Validate()
}
