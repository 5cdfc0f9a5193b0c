package compare

import (
	"math"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// separation is how many standard errors a difference of distances must have.
const separation = 3

// Distance is the squared relative distance of two parts, |A-B|²/(|A||B|), over
// the sampled values of related matrices, with its standard error. Both are NaN
// when no values can be compared. Matrices count by their size, so that those
// with large weights do not drown others; rows that moved are left out. The error comes from the windows, whose
// distances differ from row to row. R is what [Parts] returned for a and b, and
// nil means that it is to be found.
//
// Distances of independent changes add up: d²(A,B) = d²(A,P) + d²(B,P) for two
// parts that were trained apart from P.
func Distance(a, b *fingerprint.Part, r *Result) (d2, se float64) {
	if a == nil || b == nil {
		return math.NaN(), math.NaN()
	}
	c := compareSides(newSide(a), newSide(b), Options{})
	c.markRelated()
	var sum, weights, square float64
	for _, p := range c.pairs {
		if p.reorder > 0 || r != nil && r.Verdict.Found() && !p.related {
			continue
		}
		d, variance, ok := windowDistance(c.samplesOf(p))
		if !ok {
			continue
		}
		sum += p.a.bytes * d
		square += p.a.bytes * p.a.bytes * variance
		weights += p.a.bytes
	}
	if weights == 0 {
		return math.NaN(), math.NaN()
	}
	return sum / weights, math.Sqrt(square) / weights
}

// windowDistance is the distance in one pair of matrices, and the variance of
// its estimate.
func windowDistance(s []sample) (d, variance float64, ok bool) {
	all := measure(s)
	norm := math.Sqrt(all.sqA * all.sqB)
	if norm == 0 || len(s) < 2 {
		return 0, 0, false
	}
	d = all.sqDiff / norm
	mean, n := all.sqDiff/float64(len(s)), float64(len(s))
	for i := range s {
		x := measure(s[i:i+1]).sqDiff - mean
		variance += x * x
	}
	variance = variance / (n * (n - 1)) * n * n / (norm * norm)
	return d, variance, true
}

// A Measured is the distance to one reference.
type Measured struct{ D2, SE float64 }

// Nearest returns the index of the reference that is nearest by three standard
// errors or more, and otherwise -1 with all that are tied with the nearest. It
// returns -1 and nil when nothing was measured.
func Nearest(refs []Measured) (best int, tied []int) {
	best = -1
	for i, m := range refs {
		if !math.IsNaN(m.D2) && (best < 0 || m.D2 < refs[best].D2) {
			best = i
		}
	}
	if best < 0 {
		return -1, nil
	}
	for i, m := range refs {
		if !math.IsNaN(m.D2) && m.D2-refs[best].D2 <= separation*math.Hypot(m.SE, refs[best].SE) {
			tied = append(tied, i)
		}
	}
	if len(tied) == 1 {
		return best, nil
	}
	return -1, tied
}

// Siblings reports whether the distances among A, B and P are those of two parts
// that were trained apart from P: d²(A,B) is the sum of the other two, within
// three standard errors, and neither of these is nothing.
func Siblings(ab, ap, bp Measured) bool {
	for _, m := range [...]Measured{ab, ap, bp} {
		if !(m.D2 > separation*m.SE) {
			return false
		}
	}
	// The sum is exact for small changes; that of the norms makes a difference
	// of second order, which the tolerance has to allow for.
	second := ap.D2 * bp.D2
	error := math.Sqrt(ab.SE*ab.SE + ap.SE*ap.SE + bp.SE*bp.SE)
	return math.Abs(ab.D2-ap.D2-bp.D2) <= separation*error+second
}
