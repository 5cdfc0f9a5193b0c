package compare

import (
	"math"
	"strings"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// Cells say whether A's values are B's, rounded.
type cells struct {
	checked bool
	inside  bool // in the rounding cells of A's values
	near    bool // no farther from B than rounding to A's levels makes them, nor B coarser
	both    bool // no farther than rounding to the levels of both makes them
}

// Limits of the check.
const (
	// outsideShare of values may lie outside their cells: scales are themselves
	// rounded, and quantisers that fit them leave a few values at a boundary. A
	// fine-tune of relative distance 0.01 puts 1.5 % and more outside the
	// cells of a 4-bit type.
	outsideShare = 0.005
	// slack is the part of a step by which a rounded scale moves a boundary.
	slack = 0.02
	// oppositeShare of values may have another sign where a type keeps signs.
	// Rounding gives none; a fine-tune of relative distance 0.02 gives 0.6 %.
	oppositeShare = 0.002
	// oddShare of groups of eight may have two or more such values where one sign
	// follows from the others. Rounding gives none (one in a matrix is let pass);
	// a fine-tune of 0.05 gives 6 %.
	oddShare = 0.01
	// fitErrors is how many standard errors a fitted scale may be off.
	fitErrors = 4
	// noiseFactor is how much larger than the rounding noise the distance may
	// be, of levels that are seen.
	noiseFactor = 1.3
	// knownFactor is the same where cells are known, which B's values may miss as
	// B is quantised: two roundings of 4 bits of the same weights are 1.28 times
	// as far from each other as one makes them (measured, e2e/transform).
	knownFactor = 1.1
	// compensatedFactor is the same where errors are compensated: GPTQ of real
	// weights with real activations moves matrices by 1.2 to 1.8 times as much
	// as plain rounding (measured, e2e/transform).
	compensatedFactor = 2
	// codebookFactor is the same of code books that keep signs, which are the
	// sharper test: the factor has to allow for weights that are not normal
	// (measured, e2e/transform: up to 1.6 in one matrix). Without signs there is
	// only the distance.
	codebookFactor, signlessFactor = 1.7, 1.3
	// nearAgreement is the share of equal untied bits that a copy has at least,
	// whatever it was quantised to (measured 0.993), and compensatedAgreement
	// where errors are compensated (measured 0.965 and more in each matrix,
	// e2e/transform).
	nearAgreement, compensatedAgreement = 0.985, 0.955
)

// checkCells checks a pair whose A is quantised.
func checkCells(p *pair, samples []sample) cells {
	ra, rb := roundingOf(p.a.print), roundingOf(p.b.print)
	if !ra.coarser(rb) || sameType(p.a.print, p.b.print) {
		return cells{}
	}
	if ra.kind == evenLevels && len(samples) > 0 && samples[0].step > 0 {
		ra.kind = integer
	}
	var s cellSum
	for i := range samples {
		s.add(ra, rb, &samples[i])
	}
	if s.n == 0 {
		return cells{}
	}
	c := cells{checked: true}
	c.inside = ra.known() && float64(s.outside) <= outsideShare*float64(s.n)
	// For a type whose cells are known, lying outside them is the answer; only
	// where they are not, or B is quantised as well, does the distance decide.
	if !ra.known() || rb.kind != float {
		c.near = s.near(ra, p)
		c.both = s.noiseB > 0 && s.sqDiff <= noiseFactor*noiseFactor*(s.noise+s.noiseB)
	}
	return c
}

// A cellSum sums up how values of B lie to the cells of A's.
type cellSum struct {
	n, outside     int
	opposite, odd  int // values of the other sign, and groups of eight with several
	noise, noiseB  float64
	square, sqDiff float64 // of B, and of the difference
}

func (c *cellSum) add(ra, rb rounding, s *sample) {
	for from := 0; from < windowSize; from += ra.block {
		c.addBlock(ra, s, from, from+ra.block)
	}
	c.addSigns(s)
	if rb.kind != float && rb.kind != unrounded {
		c.noiseB += noiseOf(rb, s)
	}
}

func (c *cellSum) addBlock(r rounding, s *sample, from, to int) {
	a, b := s.a[from:to], s.b[from:to]
	lower, upper := r.cellsOf(a, s.blurA, s.step)
	if lower == nil {
		return
	}
	c.n += len(a)
	blur := (s.blurA + s.blurB) * 1.01
	for k, v := range b {
		tolerance := blur + slack*(upper[k]-lower[k]) + fitErrors*(s.fit*math.Abs(a[k])+s.fitOffset)
		if v < lower[k]-tolerance || v > upper[k]+tolerance {
			c.outside++
		}
		width := min(upper[k], a[k]+2*(a[k]-lower[k])) - max(lower[k], a[k]-2*(upper[k]-a[k]))
		c.noise += width * width / 12
		c.square += v * v
		c.sqDiff += (a[k] - v) * (a[k] - v)
	}
}

// addSigns counts values whose sign differs. Windows begin at a multiple of
// eight elements of a row.
func (c *cellSum) addSigns(s *sample) {
	for from := 0; from < windowSize; from += 8 {
		opposite := 0
		for k := from; k < from+8; k++ {
			if s.a[k]*s.b[k] < 0 && math.Abs(s.a[k]) > s.blurA && math.Abs(s.b[k]) > s.blurB {
				opposite++
			}
		}
		c.opposite += opposite
		if opposite > 1 {
			c.odd++
		}
	}
}

// near reports whether values are B's as far as distance and signs tell.
func (c *cellSum) near(r rounding, p *pair) bool {
	if strings.Contains(strings.ToLower(p.a.print.Scheme), "awq") {
		// Columns were scaled, which moves medians and distances and no sign.
		return c.noiseB <= noiseFactor*noiseFactor*r.noise*r.noise*c.square && float64(c.opposite) <= oppositeShare*float64(c.n)
	}
	seen, typical, agreement := noiseFactor*math.Sqrt(c.noise/c.square), 0.0, nearAgreement
	switch r.kind {
	case compensated:
		typical, agreement = compensatedFactor*r.noise, compensatedAgreement
	case codebook:
		// The levels of a block say nothing, nor does one that rounds many values
		// to one level keep the order of the others.
		seen, typical, agreement = 0, codebookFactor*r.noise, 0
		if r.signs == anySigns {
			typical = signlessFactor * r.noise
		}
	}
	// What B's own rounding makes is no part of it: a finer quantisation of the
	// same weights is no quantisation of B.
	limit := max(seen*seen, typical*typical)
	if r.known() {
		limit = knownFactor * knownFactor * c.noise / c.square
	}
	if c.noiseB > limit*c.square {
		return false
	}
	return c.sqDiff <= limit*c.square && p.tally.agreement() >= agreement && c.signsFit(r.signs)
}

func (c *cellSum) signsFit(rule signRule) bool {
	switch rule {
	case keptSigns:
		return float64(c.opposite) <= oppositeShare*float64(c.n)
	case sevenSigns:
		return float64(c.odd) <= oddShare*float64(c.n)/8
	}
	return true
}

func sameType(a, b *fingerprint.TensorPrint) bool {
	return a.DType == b.DType && a.Scheme == b.Scheme && (a.Form == b.Form || roundingOf(a).kind != float)
}

// noiseOf is the rounding noise of B in a window, when B is quantised as well.
func noiseOf(r rounding, s *sample) (sum float64) {
	for from := 0; from < windowSize; from += r.block {
		b := s.b[from : from+r.block]
		if !r.known() {
			for _, v := range b {
				sum += r.noise * r.noise * v * v
			}
			continue
		}
		lower, upper := r.cellsOf(b, s.blurB, 0)
		for k := range lower {
			width := 2 * min(upper[k]-b[k], b[k]-lower[k])
			sum += width * width / 12
		}
	}
	return sum
}
