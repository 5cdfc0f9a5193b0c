package compare

import "math"

// familyError is the probability, over all comparisons that stand behind one,
// of calling any unrelated pair related.
const familyError = 1e-6

// MinP is the smallest probability that is stated. Nulls of real networks can
// be checked to about a thousandth; what lies far beyond is an extrapolation of
// a normal tail, and 1e-12 is where we stop to extrapolate.
const MinP = 1e-12

// upperTail is the probability that a standard normal exceeds z.
func upperTail(z float64) float64 { return 0.5 * math.Erfc(z/math.Sqrt2) }

// quantile is the z that a standard normal exceeds with probability p. It is
// exact to rounding far into the tail, where math.Erfcinv is not: Newton steps
// on the logarithm of the tail, which is concave.
func quantile(p float64) float64 {
	switch {
	case !(p > 0):
		p = math.SmallestNonzeroFloat64
	case p >= 0.5:
		return 0
	}
	p = max(p, 1e-300)
	z := math.Sqrt(-2 * math.Log(p))
	for range 50 {
		q := upperTail(z)
		density := math.Exp(-z*z/2) / math.Sqrt(2*math.Pi)
		step := (math.Log(q) - math.Log(p)) * q / density
		z += step
		if math.Abs(step) < 1e-13*z {
			break
		}
	}
	return z
}

// threshold is how large a statistic must be when it is the largest of so many.
func threshold(comparisons float64) float64 {
	return quantile(familyError / max(1, comparisons))
}

// poissonTail is the probability that a Poisson variable of a mean is k or
// more.
func poissonTail(mean float64, k int) float64 {
	if k <= 0 {
		return 1
	}
	if !(mean > 0) {
		return 0
	}
	term := math.Exp(float64(k)*math.Log(mean) - mean - lgamma(float64(k)+1))
	sum := 0.0
	for i := k; i < k+1000 && term > sum*1e-16; i++ {
		sum += term
		term *= mean / float64(i+1)
	}
	return min(1, sum)
}

func lgamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}
