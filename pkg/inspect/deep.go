package inspect

import (
	"context"
	"errors"
	"fmt"

	"github.com/modelbom/modelbom/pkg/align"
	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/compare"
	"github.com/modelbom/modelbom/pkg/source"
)

// A DeepPair names a part of model A and the part of model B to compare it with,
// as fingerprints name them.
type DeepPair struct {
	A, B string
	// Plain is what the fingerprints of the two show; its layer map tells which
	// layers belong together where their numbers differ. It may be nil.
	Plain *compare.Result
}

// A DeepResult is what the weights of a pair show after everything that a
// permutation or a change of sign could have disguised was undone.
type DeepResult struct {
	A, B     string
	Verdict  bom.Verdict
	Strength bom.Strength
	Sentence string
	Limits   string
	// Reason is why the pair could not be compared; the verdict is then
	// not-comparable, and nothing but Streams is set.
	Reason string

	// Streams are the residual streams of the part: one, or two where it has an
	// encoder and a decoder.
	Streams []DeepStream
	// UnitsMoved is the number of blocks whose hidden units (or rows of query,
	// key or value) are in another order, of Blocks that were compared.
	UnitsMoved, Blocks int

	// Matrices is the number of A's matrices in layers, Compared how many of
	// them were tested. Tables that columns were matched on are not among them.
	Matrices, Compared int
	Bits               int
	Agreement          float64
	// Rho is the correlation that the agreement stands for, with its 95 %
	// interval.
	Rho, RhoLow, RhoHigh float64
	// Z is the pooled statistic, Threshold how large it must be, Spread the
	// standard deviation that the null has, Nulls the comparisons it is from.
	Z, Threshold, Spread float64
	Nulls                int
	P                    float64
	// Bound is the largest |rho| that could hide, with 99 % confidence, when no
	// relation was found.
	Bound float64
	// Delta is |A - B'| / |B'| over the compared matrices, B' being B in A's
	// coordinates.
	Delta float64
	// Elements are those of A that are not zero, Equal the share of them that is
	// equal in B', Rounded the share that is equal as far as the coarser of the
	// two types tells.
	Elements       int64
	Equal, Rounded float64
	// Covered is the share of A's layers that are related.
	Covered float64
	// LayerMap is for each layer of A the one of B it was compared with, -1 for
	// none.
	LayerMap []int
	Layers   []compare.Layer
	Roles    []compare.Role
	// Seed is the test of gains, moved like the stream.
	Seed compare.Seed
	// Notes are further observations, in words.
	Notes []string
}

// A DeepStream is what was found out about one residual stream.
type DeepStream struct {
	Name  string // "decoder" for that of a decoder beside an encoder
	Basis string // what its columns were matched on
	Rows  int    // of that
	Width int
	// Found: the columns of both have one coordinate system. Identity: it is
	// the same as it stands.
	Found, Identity bool
	Moved, Flipped  int // columns in another place; of opposite sign
	Clear, Live     int // columns whose partner is beyond doubt; that vary
	// Statistic says how far a middling column's best partner is beyond its
	// other ones, NullMean what it is by chance (see align.Match), with Z and P.
	Statistic, NullMean float64
	Z, P                float64

	signed         align.Signed // from A's columns to B's
	widthA, widthB int
	byText         bool // rows of tables are not in the same places
	centres        bool // normalisations subtract a mean
}

// Deep compares pairs of parts, reading both models in full: it finds the
// residual stream's permutation and signs, and those of hidden units, and tests
// the weights in A's coordinates (see package align). Results are in the order
// of the pairs. What keeps a pair from being compared is its Reason; an error is
// that of a repository or of the context.
//
// Not undone are rotations of the stream, another order of heads or experts,
// and scales that were moved from one matrix to the next; signs are equal
// whatever the scale of a row. At most three matrices are in memory at once,
// none above maxDeepElements.
func Deep(ctx context.Context, a, b source.Repository, pairs []DeepPair, o Options) ([]DeepResult, error) {
	sideA, err := openSide(ctx, a)
	if err != nil {
		return nil, err
	}
	defer sideA.close()
	sideB, err := openSide(ctx, b)
	if err != nil {
		return nil, err
	}
	defer sideB.close()
	progress := deepProgress{tell: o.Progress}
	for _, p := range pairs {
		progress.total += sideA.size(p.A) + sideB.size(p.B)
	}
	var out []DeepResult
	for _, p := range pairs {
		d := &deepRun{ctx: ctx, a: sideA, b: sideB, pair: p, progress: &progress, searched: map[string]bool{}}
		d.result = DeepResult{A: p.A, B: p.B, Verdict: bom.VerdictNotComparable, Strength: bom.StrengthWeak}
		err := d.run()
		var not *notDeep
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.As(err, &not):
			d.result.Reason = not.reason
		case err != nil:
			d.result.Reason = reason(err.Error())
		}
		d.describe()
		out = append(out, d.result)
	}
	return out, nil
}

// A notDeep is the reason why a pair is not compared.
type notDeep struct{ reason string }

func (n *notDeep) Error() string { return n.reason }

func refuse(format string, args ...any) error { return &notDeep{clean(fmt.Sprintf(format, args...))} }

// A deepRun is the comparison of one pair.
type deepRun struct {
	ctx      context.Context
	a, b     *deepSide
	pair     DeepPair
	progress *deepProgress
	result   DeepResult

	partA, partB *deepPart
	streams      map[string]*DeepStream
	// searched has the roles whose hidden units were searched for in any block:
	// the null then searches as well.
	searched map[string]bool
	aligned  []deepFinding
	nulls    map[string][]float64 // z of matrices that do not belong together, by role
	equality deepDistance         // over everything
	// unread counts tensors that could not be read or held; whyUnread is the
	// reason of the first.
	unread    int
	whyUnread string
}

func (d *deepRun) run() error {
	var err error
	if d.partA, err = d.a.part(d.pair.A); err != nil {
		return err
	}
	if d.partB, err = d.b.part(d.pair.B); err != nil {
		return err
	}
	if err := d.coordinates(); err != nil {
		return err
	}
	if err := d.layers(); err != nil {
		return err
	}
	if err := d.compareAligned(); err != nil {
		return err
	}
	if err := d.compareApart(); err != nil {
		return err
	}
	d.pool()
	if err := d.testGains(); err != nil {
		return err
	}
	d.conclude()
	return nil
}

// layers decides which layer of B each of A's is compared with.
func (d *deepRun) layers() error {
	na, nb := d.partA.layers, d.partB.layers
	if na == 0 || nb == 0 {
		return refuse("%s has no layers that repeat, and nothing can be told from chance", map[bool]string{true: "the part", false: "the reference"}[na == 0])
	}
	// A relation that only row sets show tells nothing about the order of layers.
	if p := d.pair.Plain; p != nil && p.Verdict.Found() && len(p.LayerMap) == na && p.Z >= p.Threshold {
		d.result.LayerMap = p.LayerMap
		return nil
	}
	if na != nb {
		return refuse("it has %d layers and the reference %d, and their fingerprints do not tell which belong together", na, nb)
	}
	for l := range na {
		d.result.LayerMap = append(d.result.LayerMap, l)
	}
	return nil
}

// A deepProgress tells how far the comparison is, in bytes of values.
type deepProgress struct {
	tell        func(Progress)
	read, total int64
}

func (p *deepProgress) add(elements int) {
	p.read += 4 * int64(elements)
	if p.tell != nil {
		p.tell(Progress{Read: min(p.read, p.total), Total: p.total})
	}
}
