package compare

import (
	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// Limits of the verdicts (shares are of bytes).
const (
	// almostAll of a part must have a property for the part to have it.
	almostAll = 0.99
	// mostChecked of the matrices must pass the check of requantisation.
	mostChecked = 0.95
	// closeAgreement is the agreement of weights that have moved as far as
	// they are long (a correlation of 0.71).
	closeAgreement = 0.75
	// lazyAgreement is an agreement so close that gains that differ were reset:
	// two runs from one seed do not end so near to each other.
	lazyAgreement = 0.95
	// wholeShare of A's matrices is related where nothing but a little was
	// replaced, such as a head.
	wholeShare = 0.9
	// halfShare is what must be related for the rest to be called additions.
	halfShare = 0.5
	// sameShapes of A's matrices have a counterpart of their shape in two parts
	// of one architecture; otherShapes of B's, as B may have more layers.
	sameShapes, otherShapes = 0.9, 0.5
	// someShapes must be common for the comparison to mean anything.
	someShapes = 0.1
)

// conclude gives the verdict, from the strongest down.
//
//   - identical: digests of stored bytes are equal for 99 % of A's bytes outside
//     of constants. Exact. It is said of A: B may have more, which a note says.
//   - identical-value: the same of values, exact; or every matrix equals its
//     counterpart in all that was sampled, or in 95 % of its row codes when rows
//     were reordered. Strong, or moderate when most is known by signs alone or
//     nearly all rows moved, or some matrices have the opposite sign: codes do not show training that hardly moved rows.
//   - requantised: 95 % of the matrices are B's rounded. Strong; moderate when
//     some pass only the weaker rule for compensated errors and code books.
//   - shared-initialisation: matrices are related and gains are not, unless the
//     matrices are so close, or so many are unchanged, that no second run from
//     the seed explains it.
//   - partial: some layers, experts or other matrices are related and others of
//     their kind are not, and A does not hold all of B.
//   - trained-from: the 95 % interval of the related matrices' agreement lies at
//     0.75 or above. The interval and not the value: an equal merge of two
//     unrelated models agrees in 0.75 with each, and is no closer to one of
//     them than to the other. At most moderate when neither gains, nor unchanged
//     matrices, nor an agreement of 0.95 exclude a second, short run from the
//     same seed, or when both are quantised and rounding explains the distance.
//   - related-distant: any other relation.
//   - same-architecture, unknown, not-comparable: no relation; by shapes.
//
// One-dimensional, small and constant tensors decide nothing but the first two,
// where they are equal bit for bit together with everything else.
func (c *comparison) conclude(r *Result) {
	related := c.relatedPairs()
	switch {
	case c.identical(r):
	case len(related) == 0:
		c.unrelated(r)
	case c.equalThroughout(r):
	case c.requantised(r):
	default:
		c.trained(r, related)
	}
	r.Notes = append(r.Notes, c.notes(r)...)
}

func (c *comparison) relatedPairs() []*pair {
	var out []*pair
	for _, p := range c.pairs {
		if p.related {
			out = append(out, p)
		}
	}
	return out
}

// minIdentical is how many bytes outside of constants must be there for equal
// digests to mean anything.
const minIdentical = 1024

// trivial reports a tensor of A whose equality means nothing: a constant, and in
// a part without matrices also a vector all of whose elements are equal, as
// biases and gains are that nobody has trained.
func (c *comparison) trivial(t *fingerprint.TensorPrint) bool {
	if t.Class == fingerprint.Constant || len(c.a.units) > 0 || len(t.Gains) == 0 {
		return t.Class == fingerprint.Constant
	}
	for _, v := range t.Gains[1:] {
		if v != t.Gains[0] {
			return false
		}
	}
	return true
}

func (c *comparison) identical(r *Result) bool {
	size := int64(0)
	for i := range c.a.part.Tensors {
		if t := &c.a.part.Tensors[i]; !c.trivial(t) {
			size += max(0, t.Bytes)
		}
	}
	if size < minIdentical {
		return false
	}
	switch {
	case r.EqualBytes >= almostAll:
		r.Verdict = bom.VerdictIdentical
	case r.EqualValues >= almostAll:
		r.Verdict = bom.VerdictIdenticalValue
	default:
		return false
	}
	r.Strength = bom.StrengthExact
	return true
}

// equalThroughout is identical-value by samples and row sets.
func (c *comparison) equalThroughout(r *Result) bool {
	var kept, signsOnly, moved float64
	for _, p := range c.pairs {
		if c.kept(p) {
			kept += p.a.bytes * p.common()
		}
		switch {
		case p.equal == signsEqual:
			signsOnly += p.a.bytes
		case p.equal <= rowsEqual && c.kept(p):
			moved += p.a.bytes
		}
	}
	if c.bytes == 0 || kept < almostAll*c.bytes {
		return false
	}
	r.Verdict, r.Strength = bom.VerdictIdenticalValue, bom.StrengthStrong
	if signsOnly > halfShare*c.bytes || moved > wholeShare*c.bytes || r.Negated > 0 || c.bytes < c.a.bytes {
		r.Strength = bom.StrengthModerate
	}
	return true
}

// requantised passes when A is quantised and B, rounded. What is not quantised
// in A must be equal, or rounded by a cast.
func (c *comparison) requantised(r *Result) bool {
	if r.Requantised+r.Rounded == 0 {
		return false
	}
	var strict, passed float64
	for _, p := range c.pairs {
		switch {
		case c.kept(p), p.cells.checked && p.cells.inside:
			strict += p.a.bytes
			passed += p.a.bytes
		case p.cells.checked && p.cells.near:
			passed += p.a.bytes
		}
	}
	switch {
	case strict >= mostChecked*c.bytes:
		r.Strength = bom.StrengthStrong
	case passed >= mostChecked*c.bytes:
		r.Strength = bom.StrengthModerate
	default:
		return false
	}
	r.Verdict = bom.VerdictRequantised
	if c.bytes < c.a.bytes {
		r.Strength = bom.StrengthModerate
	}
	return true
}

// trained decides between the verdicts on related weights that have changed.
func (c *comparison) trained(r *Result, related []*pair) {
	s := pool(related)
	q := s.agreement()
	r.Strength = c.strength(r, related)
	signs := 0
	for _, p := range related {
		if p.reorder == 0 {
			signs++
		}
	}
	switch {
	case r.Seed.Contrary && q < lazyAgreement && r.Frozen < 1-almostAll && signs > 0:
		r.Verdict = bom.VerdictSharedInitialisation
		return
	case c.partial(r):
		r.Verdict = bom.VerdictPartial
	case q-1.96*s.error >= closeAgreement, signs == 0 && c.meanReorder(related) >= closeReorder:
		r.Verdict = bom.VerdictTrainedFrom
		short := !r.Seed.Derived && q < lazyAgreement && r.Frozen < 1-almostAll
		if r.Strength == bom.StrengthStrong && (short || c.bothRounded(r)) {
			r.Strength = bom.StrengthModerate
		}
	default:
		r.Verdict = bom.VerdictRelatedDistant
	}
}

// bothRounded reports whether all that was checked is no farther from B than the
// rounding of both parts makes the same weights.
func (c *comparison) bothRounded(r *Result) bool {
	both := 0
	for _, p := range c.pairs {
		if p.cells.both {
			both++
		}
	}
	return both > 0 && both == r.Quantised
}

// closeReorder is the share of row codes that matrices still have in common at a
// relative distance of 0.3.
const closeReorder = 0.09

func (c *comparison) meanReorder(pairs []*pair) float64 {
	sum := 0.0
	for _, p := range pairs {
		sum += p.reorder
	}
	return sum / float64(len(pairs))
}

// Bounds that grade the statement that two parts are not related.
const (
	strongBound   = 0.05
	moderateBound = 0.2
)

// unrelated tells by shapes what the absence of a relation is about.
func (c *comparison) unrelated(r *Result) {
	shapesA, shapesB := c.commonShapes()
	switch {
	case r.Bits == 0 || shapesA < someShapes:
		r.Verdict = bom.VerdictNotComparable
		return
	case shapesA >= sameShapes && shapesB >= otherShapes:
		r.Verdict = bom.VerdictSameArchitecture
	default:
		r.Verdict = bom.VerdictUnknown
	}
	switch {
	case r.Bound <= strongBound:
		r.Strength = bom.StrengthStrong
	case r.Bound <= moderateBound:
		r.Strength = bom.StrengthModerate
	}
}

// commonShapes is the share of A's and of B's matrices that have a counterpart
// of their shape, each used once.
func (c *comparison) commonShapes() (ofA, ofB float64) {
	common := 0
	for s, as := range c.a.shapes {
		common += min(len(as), len(c.b.shapes[s]))
	}
	return float64(common) / float64(max(1, len(c.a.units))), float64(common) / float64(max(1, len(c.b.units)))
}
