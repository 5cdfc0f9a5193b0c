// Package inspect turns a repository into a bill of materials. It is the
// pipeline: one walk (package inventory), one pass over the bytes (package
// fingerprint, driven by scan.go), one question for each part (package origin),
// and pure steps that write down what was seen (assemble.go) and concluded
// (origins.go). Only this package starts goroutines.
//
// The result depends on the repository's bytes and the Options alone, never on
// the machine, the time, or the order in which files finish.
package inspect

import (
	"context"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/index"
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
	// Indexes are searched for the origins of the parts.
	Indexes []*index.Index
	// Sketches asks for sketches in the fingerprint though there is no index.
	Sketches bool
	// Sparse reads only the windows of sketches and no file as a whole: there
	// are no digests. It is for fingerprints, not for documents.
	Sparse bool
	// LeaveOut are paths of files that lie in the repository and are no part of
	// it, with the reason. They are neither read nor described; the reason becomes
	// a gap, and where it is empty nothing is said.
	LeaveOut map[string]string
	// Progress, when set, is told how far the pass over the bytes is. It is
	// called from several goroutines.
	Progress func(Progress)
}

// sketching reports whether the pass over the bytes keeps sketches.
func (o *Options) sketching() bool { return o.Sketches || len(o.Indexes) > 0 }

// Progress is how far the pass over the bytes is.
type Progress struct {
	Read, Total int64 // bytes
}

// A Result is what an inspection found.
type Result struct {
	Document *bom.Document
	// Fingerprint is what can be compared later without the weights; without
	// sketches unless indexes or a fingerprint were asked for.
	Fingerprint *fingerprint.Model
}

// Repository inspects a repository. It returns inventory.ErrNoModel when
// nothing in it looks like a model, and the context's error when interrupted.
// Whatever else could not be read is a gap in the document. Errors of an index
// are returned.
func Repository(ctx context.Context, repo source.Repository, o Options) (*Result, error) {
	repo = leavingOut(repo, o.LeaveOut)
	a, m, err := look(ctx, repo, o)
	if err != nil {
		return nil, err
	}
	conclusions, err := a.investigate(ctx, m)
	if err != nil {
		return nil, err
	}
	if err := a.inputs(ctx); err != nil {
		return nil, err
	}
	a.conclude(conclusions)
	if a.texts, err = readLicenseTexts(ctx, repo, a.inv); err != nil {
		return nil, err
	}
	a.licenses()
	if err := a.security(ctx, repo); err != nil {
		return nil, err
	}
	d := a.document()
	d.Normalize()
	return &Result{d, m}, d.Validate()
}

// Fingerprint makes the fingerprint of a repository alone, with the gaps of what
// could not be read.
func Fingerprint(ctx context.Context, repo source.Repository, o Options) (*fingerprint.Model, []bom.Gap, error) {
	o.Sketches = true
	a, m, err := look(ctx, leavingOut(repo, o.LeaveOut), o)
	if err != nil {
		return nil, nil, err
	}
	return m, a.document().Gaps, nil
}

// look reads the repository and begins its document.
func look(ctx context.Context, repo source.Repository, o Options) (*assembler, *fingerprint.Model, error) {
	inv, err := inventory.Build(ctx, repo)
	if err != nil {
		return nil, nil, err
	}
	var scans map[*inventory.File]*scanned
	if !o.Sparse {
		if scans, err = scan(ctx, repo, inv, o); err != nil {
			return nil, nil, err
		}
	}
	a := observe(inv, scans, readStates(ctx, repo, inv), o)
	m, err := a.fingerprint(ctx, repo)
	return a, m, err
}
