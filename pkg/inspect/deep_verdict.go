package inspect

import (
	"cmp"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/wording"
)

// Limits of the verdicts, those of package compare (shares are of elements).
const (
	deepAlmostAll = 0.99
	deepClose     = 0.75 // agreement of weights that moved as far as they are long
	deepLazy      = 0.95 // so close that gains that differ were reset
	deepWhole     = 0.9  // share of layers of a part that is related as a whole
	deepLayerZ    = 5.0  // of one layer, where the whole is related
	// deepMonotone is the agreement that rounding leaves: it keeps the order of
	// values in a block, and what it makes equal is not compared.
	deepMonotone     = 0.9999
	deepStrongMargin = 3.0 // standard deviations beyond the threshold
	deepStrongCount  = 4   // matrices
	deepStrongNulls  = 20
	deepStrongBound  = 0.05
	deepModerate     = 0.2
)

// conclude gives the verdict, by the rules of package compare.
func (d *deepRun) conclude() {
	r := &d.result
	related := 0
	for _, l := range r.Layers {
		if l.Z >= deepLayerZ {
			related++
		}
	}
	r.Covered = float64(related) / float64(max(d.partA.layers, 1))
	switch {
	case r.Bits == 0:
		r.Reason = cmp.Or(d.whyUnread, "no matrices of the two have the same role and size")
		return
	case r.Equal >= deepAlmostAll:
		r.Verdict, r.Strength = bom.VerdictIdenticalValue, bom.StrengthStrong
		if r.Equal == 1 {
			r.Strength = bom.StrengthExact
		}
	case r.Rounded >= deepAlmostAll:
		r.Verdict, r.Strength = bom.VerdictRequantised, bom.StrengthStrong
	case r.Agreement >= deepMonotone && r.Delta > 0 && d.partA.quantised() && !d.partB.quantised() && r.Covered == 1:
		r.Verdict, r.Strength = bom.VerdictRequantised, bom.StrengthModerate
	case r.Z >= r.Threshold:
		r.Verdict, r.Strength = d.related(), d.strength()
	default:
		r.Verdict, r.Strength = bom.VerdictSameArchitecture, bom.StrengthWeak
		if 2*r.Compared < r.Matrices {
			r.Verdict = bom.VerdictUnknown
		}
		switch {
		case r.Bound <= deepStrongBound:
			r.Strength = bom.StrengthStrong
		case r.Bound <= deepModerate:
			r.Strength = bom.StrengthModerate
		}
	}
	d.observe()
}

func (d *deepRun) related() bom.Verdict {
	r := &d.result
	switch {
	case r.Seed.Contrary && r.Agreement < deepLazy:
		return bom.VerdictSharedInitialisation
	case r.Covered < deepWhole:
		return bom.VerdictPartial
	case r.RhoLow >= rhoOf(deepClose):
		return bom.VerdictTrainedFrom
	}
	return bom.VerdictRelatedDistant
}

// strength is strong when the statistic is well beyond its threshold, comes from
// several matrices, and its null was measured; each that is missing costs a
// grade.
func (d *deepRun) strength() bom.Strength {
	r := &d.result
	missing := 0
	if r.Z < r.Threshold+deepStrongMargin {
		missing++
	}
	if r.Compared < deepStrongCount {
		missing++
	}
	if r.Nulls < deepStrongNulls && r.Z < 2*r.Threshold {
		missing++
	}
	return [...]bom.Strength{bom.StrengthStrong, bom.StrengthModerate, bom.StrengthWeak, bom.StrengthWeak}[missing]
}

// observe adds what a reader should know besides.
func (d *deepRun) observe() {
	r := &d.result
	for _, s := range r.Streams {
		if r.Verdict.Found() && s.Flipped > 0 && s.centres {
			r.Notes = append(r.Notes, "columns changed sign under a normalisation that subtracts the mean, which changes what the model computes")
		}
		if s.Found && !r.Verdict.Found() && r.Verdict != bom.VerdictSharedInitialisation {
			r.Notes = append(r.Notes, "the two have a table in one coordinate system, and layers that are not related: the table may have been taken over")
		}
		if s.byText {
			r.Notes = append(r.Notes, "as the tokenizers are different, tables of tokens were not compared row by row")
		}
	}
	if d.unread > 0 {
		r.Notes = append(r.Notes, wording.CountThousands(d.unread, "tensor was", "tensors were")+" left out: "+d.whyUnread)
	}
	if n := r.Matrices - r.Compared - d.unread; n > 0 {
		r.Notes = append(r.Notes, wording.CountThousands(n, "matrix", "matrices")+" of its layers "+wording.Word(n, "has", "have")+" no counterpart of the same role")
	}
}
