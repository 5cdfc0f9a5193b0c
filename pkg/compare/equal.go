package compare

import "math/bits"

// An equality says how two units were found to have equal values.
type equality int

const (
	unequal     equality = iota
	rowsEqual            // nearly all codes of rows or columns, which stand elsewhere
	signsEqual           // every sign and every place of an extremum; no values are kept
	sampleEqual          // every sampled value
	valuesEqual          // the digest of values
	bytesEqual           // the digest of stored bytes
)

// Bounds on equality without values.
const (
	// minEqualBits is how many signs must be compared: at a relative distance of
	// 0.003, one of 1,024 bits is expected to differ.
	minEqualBits = 256
	// minEqualCodes of rows must be comparable, of which almostAll are equal. A
	// share of 0.99 is what a relative distance of 0.0013 leaves (see
	// codeDecay); at one of 0.02, all of 64 stay in one of 20,000 matrices.
	minEqualCodes = 64
)

// examine compares the values of a pair.
func (c *comparison) examine(p *pair) {
	samples := c.samplesOf(p)
	p.distance = measure(samples)
	if p.equal == unequal {
		p.equal = p.equality()
	}
	p.cells = checkCells(p, samples)
}

// equality judges what digests do not: they differ for any other arrangement,
// number of rows, or type. Signs alone are enough only for matrices as they are
// stored, whose digests are missing on one side.
func (p *pair) equality() equality {
	switch d := p.distance; {
	case p.reorder > 0:
		if p.codes >= minEqualCodes && p.reorder >= almostAll {
			return rowsEqual
		}
	case !p.negated && digestsTell(p.a, p.b):
	case d.windows > 0 && d.equal == d.windows && p.tally.bits > 0:
		return sampleEqual
	case !p.negated && d.windows == 0 && p.a.first && p.b.first && equalSigns(p.a, p.b, p.join):
		return signsEqual
	}
	return unequal
}

// digestsTell reports whether digests that differ show that values differ.
func digestsTell(a, b *unit) bool {
	x, y := a.print, b.print
	if x.Value == noDigest || y.Value == noDigest || !a.first || !b.first || a.shape != b.shape {
		return false
	}
	if roundingOf(x).kind == float && roundingOf(y).kind == float && x.Scheme == "" && y.Scheme == "" {
		return true
	}
	return x.DType == y.DType && x.Scheme == y.Scheme
}

// equalSigns reports whether all compared signs and extrema are equal, as they
// are for equal values.
func equalSigns(a, b *unit, j join) bool {
	n := 0
	for _, w := range j {
		x, y := w[0], w[1]
		if a.used[x] != b.used[y] || a.signs[x] != b.signs[y] || a.view.Windows[x].Extremes != b.view.Windows[y].Extremes {
			return false
		}
		n += bits.OnesCount32(a.used[x])
	}
	return n >= minEqualBits
}

// kept reports whether a pair has equal values, in whatever order of rows.
func (c *comparison) kept(p *pair) bool {
	return p.equal != unequal || c.moved && p.reorder >= mostReorder
}

// maxRounding is the relative distance up to which rounding lets a training
// show: that of 4 bits, whose cells a training of 0.01 leaves. What is within
// the cells of a ternary type may have changed a lot.
const maxRounding = 0.13

// unchanged reports whether a pair's values are equal, but for the rounding of
// A's coarser type.
func (p *pair) unchanged() bool {
	return !p.negated && (p.equal != unequal || p.cells.checked && p.cells.inside && p.distance.deltaOr(p.tally) <= maxRounding)
}
