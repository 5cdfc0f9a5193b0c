// Package compare tests whether the weights of two parts are related, from
// their fingerprints alone.
//
// The hypothesis under test is that the two parts were initialised independently
// and trained apart. What speaks against it is agreement of signs, relative to
// the median of a small window, at equal places of equal matrices; what counts
// as agreement by chance is measured on the same two models, between layers that
// do not belong together. Names, configurations and declarations choose which
// comparisons are tried first and are no evidence.
package compare

import (
	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// Options say how a pair was found.
type Options struct {
	// Comparisons is how many comparisons of matrices stand behind this one, for
	// example all of an index: it sets how large Z must be. 0 means a pair that
	// somebody named.
	Comparisons float64
}

// A Result is what the comparison of part A (the one in question) with part B
// (the reference) shows.
type Result struct {
	Verdict  bom.Verdict
	Strength bom.Strength
	// Reversed is set with the verdict "requantised" when B is the quantised
	// one: B comes from A's weights, or from weights that round to the same.
	Reversed bool
	Mode     fingerprint.Mode // sparse when either side is

	// Numbers of A's matrices: compared with one of B, without a counterpart
	// of their shape, and those that cannot decide (constant, small, unread).
	Matrices, Compared, Unmatched, Constant, Unread int
	// EqualBytes and EqualValues are shares of A's bytes in non-constant
	// tensors whose payload, whose values, equal those of a tensor of B.
	EqualBytes, EqualValues float64
	// Frozen is the share of A's matrix bytes whose values are unchanged: by
	// digest or, where digests cannot tell, in every sampled value, which where
	// A's type is coarser, down to 4 bits, means that they lie where rounding
	// puts them. Of a matrix whose rows moved, in nearly all codes of its rows.
	Frozen float64
	// Covered is the share of A's matrix bytes that have a related
	// counterpart; CoveredReference the share of B's. Matrices that cannot show
	// whether they have one, as their columns moved with the rows of others,
	// count in neither.
	Covered, CoveredReference float64

	// Bits is the number of sign bits compared over aligned matrices, Agreement
	// the share of them that is equal (chance 0.5). Of a matrix that agrees with
	// the negative of B's far beyond chance the opposite signs are compared, here
	// and below.
	Bits      int
	Agreement float64
	// RelatedBits, RelatedAgreement and RelatedRho are the same over the related
	// matrices alone. There are no bits when rows moved in all of them: then no
	// element stands at an equal place.
	RelatedBits                  int
	RelatedAgreement, RelatedRho float64
	// Rho is the correlation that the agreement stands for, sin(pi*(q-1/2)),
	// with its 95 % interval.
	Rho, RhoLow, RhoHigh float64
	// Delta is the relative distance |W_A - W_B| / |W_B| of related matrices, from
	// sampled values, each matrix weighed by its elements; where no values are kept, what the agreement of signs
	// stands for, and where rows moved in all, what that of their codes does.
	Delta float64
	// Z is the pooled statistic, Threshold how large it must be, Overdispersion
	// the factor that the in-pair null gave, Nulls the number of comparisons
	// that null has. Others is the number of comparisons in other roles that it
	// comes from for roles without a null; without either it is assumed.
	Z, Threshold, Overdispersion float64
	Nulls, Others                int
	// RankP is the rank p-value among in-pair nulls and RankFloor the smallest
	// that these could give.
	RankP, RankFloor float64
	// P is the probability of so large a Z by chance. It is never below MinP:
	// beyond that no null can be checked.
	P float64
	// Bound is the largest |rho| that could hide, with 99 % confidence. It is
	// set when no relation was found.
	Bound float64

	// Requantised counts matrices of a quantised A in which every sampled value
	// lies in the rounding cell around B's, of Quantised that could be checked.
	Requantised, Quantised int
	// Reordered counts matrices whose rows (or columns) are B's in another
	// order.
	Reordered int
	// Rounded counts, of Quantised, those that pass only the weaker rule: the
	// distance to B is no larger than rounding makes it (see [Parts]).
	Rounded int
	// Zeros is the share of sampled values that are zero in A and not in B.
	Zeros float64

	// LayerMap is for each layer of A the layer of B that it continues, -1 for
	// none; nil when one of the parts has no layers, as far as names tell. So is
	// Layers.
	LayerMap []int
	Layers   []Layer
	Roles    []Role
	Tensors  []Tensor
	Seed     Seed
	// Negated counts matrices that were compared with the opposite sign.
	Negated int
	// Notes are further observations in words: "its embedding has 100 rows
	// more than the reference's".
	Notes []string
}

// A Layer is what one layer of A shows against its layer of B.
type Layer struct {
	A, B         int
	Z, Agreement float64
	Bits         int
	Frozen       float64 // share of bytes with equal values
	Delta        float64
}

// A Role is what all matrices of one role show ("attention.q").
type Role struct {
	Name      string
	Matrices  int
	Bits      int
	Agreement float64
	Rho       float64
	Delta     float64
	Frozen    float64
	// Mean and Spread are the in-pair null of the role: median and scaled MAD of z.
	Mean, Spread float64
	Nulls        int
}

// A Tensor is the pairing of one tensor of A with one of B.
type Tensor struct {
	A, B      string // names; B is empty when there is no counterpart
	Transform string // of A, or of B, when not as stored
	How       string // "payload", "values", "signs", "rows", "none"
	Z         float64
	Bits      int
	Agreement float64
	Delta     float64
}

// A Seed is the test that tells weights that continue others from weights that
// started from the same random numbers: gains of normalisations start at a
// constant and carry nothing of the seed.
//
// The test takes for granted that both were trained until little is left of
// their initial values, as published models are. Two short runs from one seed on
// the same task move their gains alike; where matrices are that close, only gains
// that are nearly the same count, and still shorter runs pass for derived.
type Seed struct {
	Tested bool
	Why    string // when not tested
	// R is the rank correlation of gains, Low and High its 99 % interval, Z its
	// statistic, adjusted by the in-pair null.
	R, Low, High, Z float64
	Gains           int // elements compared
	// Derived: gains say that trained weights were continued. Contrary: they
	// say that only the seed is shared. Neither: not decided.
	Derived, Contrary bool
}

// Parts compares the weights of part a with those of the reference b.
//
// Matrices are paired by equal digests, then by the agreement of their signs,
// and where neither tells, by role, layer and expert. How large the agreement
// is by chance comes from the same two parts (see null.go). Verdicts follow the
// rules in verdict.go. Parts keeps no reference to a and b, never fails, and
// takes bounded time whatever they hold.
func Parts(a, b *fingerprint.Part, o Options) *Result {
	if a == nil || b == nil {
		return &Result{Verdict: bom.VerdictNotComparable, Strength: bom.StrengthWeak, P: 1, RankP: 1, RankFloor: 1}
	}
	r := compareSides(newSide(a), newSide(b), o).result()
	if swapped := reversed(a, b, r, o); swapped != nil {
		r.Verdict, r.Strength, r.Reversed = swapped.Verdict, swapped.Strength, true
		r.Quantised, r.Requantised, r.Rounded, r.Notes = swapped.Quantised, swapped.Requantised, swapped.Rounded, swapped.Notes
	}
	return r
}

// reversed compares b with a where b may be a quantisation of a, which may be a finer
// one itself: what looks as
// if a had been trained from b is then the other way round. It returns nil when
// b is none.
func reversed(a, b *fingerprint.Part, r *Result, o Options) *Result {
	switch r.Verdict {
	case bom.VerdictTrainedFrom, bom.VerdictRelatedDistant, bom.VerdictPartial:
	default:
		return nil
	}
	if coarseShare(b) < halfShare || r.Covered < halfShare {
		return nil
	}
	swapped := compareSides(newSide(b), newSide(a), o).result()
	if swapped.Verdict != bom.VerdictRequantised {
		return nil
	}
	// Of two that are quantised only the strict rule tells which is the finer.
	if coarseShare(a) >= halfShare && swapped.Strength != bom.StrengthStrong && swapped.Requantised == 0 {
		return nil
	}
	return swapped
}

// coarseShare is the share of a part's matrices whose type is coarser than F32.
func coarseShare(p *fingerprint.Part) float64 {
	fine := rounding{kind: float, significand: 24, lowest: -126}
	coarse, all := 0.0, 0.0
	for i := range p.Tensors {
		t := &p.Tensors[i]
		if t.Class != fingerprint.Matrix {
			continue
		}
		all += float64(max(t.Bytes, 1))
		if roundingOf(t).coarser(fine) {
			coarse += float64(max(t.Bytes, 1))
		}
	}
	return coarse / max(all, 1)
}
