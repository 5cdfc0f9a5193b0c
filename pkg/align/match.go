package align

import "math"

const (
	// nulls is the number of times that a search is repeated on data in which
	// nothing can match.
	nulls = 32
	// nullRows is how many rows the statistic of a search looks at.
	nullRows = 1024
	// clearGap is by how many standard deviations of unrelated elements a
	// match must exceed every other element of its row and column to be clear.
	// The gap of the largest of d normal numbers to the next falls off as
	// exp(-gap*sqrt(2 ln d)): 10^-5 at d = 32, 3*10^-7 at d = 1024.
	clearGap = 4
	// tailFreedom is how cautiously a distance from the null becomes a
	// probability: the null's tail is not known to be normal. In 1,400 searches
	// for what was not there the largest Z was 5.2, where a normal tail would
	// have had 3.2; Student's t with 8 degrees of freedom gives it 4*10^-4.
	tailFreedom = 8
	// minP is the smallest probability that is printed; beyond it, the shape of
	// the null's tail is a guess.
	minP = 1e-12
)

// A Match is the outcome of a search for counterparts.
//
// Whether it is real is said by Z and P. The statistic is how good the best
// partner of a middling coordinate is; its null is the same statistic on data
// in which coordinates have no counterparts (how, is said by the search). Z
// is the distance in standard deviations of the null, P a cautious probability
// (see tailFreedom). P says that the match is no accident, not that every single pair is right:
// that is what Clear is for.
type Match struct {
	Map Signed
	// Corr is the correlation of each matched pair after undoing the sign, 0
	// where there is no partner. For Rows it is over the columns of the half.
	Corr []float64
	// Clear tells which pairs are far better than every alternative for either
	// partner; ClearCount is their number. Unrelated data has next to none.
	Clear      []bool
	ClearCount int
	// Live is the number of coordinates of A that vary and could be matched.
	Live int
	// Identity: the clear pairs are those of models in the same coordinates.
	// Map is then the identity everywhere.
	Identity bool
	// IdentityZ tests "same coordinates, same signs" alone. Nothing is searched
	// for, so it sees relations too weak to be matched. Columns only.
	IdentityZ float64

	Statistic, NullMean, NullSD float64
	Nulls                       int
	Z, P                        float64
	// RankP is (1 + nulls at least as large) / (1 + nulls).
	RankP float64

	// Exact: no other pairing has a larger sum of correlations. Rows looks at
	// the most similar candidates only and never claims it.
	Exact bool
	// NonFinite counts infinities and NaNs, which were ignored, in both inputs.
	NonFinite int
}

// test compares the statistic with its null.
func (m *Match) test(statistic float64, null []float64) {
	m.Statistic, m.Nulls = statistic, len(null)
	m.P, m.RankP = 1, 1
	if len(null) < 2 {
		return
	}
	atLeast := 0
	for _, x := range null {
		m.NullMean += x / float64(len(null))
		if x >= statistic {
			atLeast++
		}
	}
	for _, x := range null {
		m.NullSD += (x - m.NullMean) * (x - m.NullMean) / float64(len(null)-1)
	}
	m.NullSD = math.Sqrt(m.NullSD)
	m.RankP = float64(1+atLeast) / float64(1+len(null))
	if m.NullSD <= 1e-6*math.Abs(m.NullMean) || m.NullSD == 0 {
		return // one coordinate: there is nothing to choose
	}
	m.Z = (statistic - m.NullMean) / (m.NullSD * math.Sqrt(1+1/float64(len(null))))
	m.P = max(minP, studentTail(m.Z, tailFreedom))
}

// settle makes a match of related models in equal coordinates the identity:
// at least one pair is clear and 99 of 100 clear ones are where they were.
func (m *Match) settle(partners int) {
	same := 0
	for i, clear := range m.Clear {
		if clear {
			m.ClearCount++
			if j, flip := m.Map.At(i); j == i && !flip {
				same++
			}
		}
	}
	m.Identity = m.ClearCount > 0 && same*100 >= m.ClearCount*99 && len(m.Clear) == partners
	if m.Identity {
		m.Map.Index = sequence(len(m.Clear))
		clear(m.Map.Flip)
	}
}

// studentTail is the probability that Student's t exceeds t.
func studentTail(t, freedom float64) float64 {
	p := incompleteBeta(freedom/2, 0.5, freedom/(freedom+t*t)) / 2
	if t < 0 {
		return 1 - p
	}
	return p
}

// incompleteBeta is the regularised incomplete beta function, by its continued
// fraction (NIST Digital Library of Mathematical Functions, 8.17.22).
func incompleteBeta(a, b, x float64) float64 {
	if x <= 0 || x >= 1 {
		return min(max(x, 0), 1)
	}
	if x > (a+1)/(a+b+2) { // where the fraction converges slowly
		return 1 - incompleteBeta(b, a, 1-x)
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab-la-lb+a*math.Log(x)+b*math.Log1p(-x)) / a
	f, c, d := 1.0, 1.0, 0.0
	for i := range 400 {
		m := float64(i / 2)
		term := 1.0
		switch {
		case i == 0:
		case i%2 == 0:
			term = m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		default:
			term = -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		}
		d = 1 / (1 + term*d)
		c = 1 + term/c
		f *= c * d
		if math.Abs(1-c*d) < 1e-12 {
			break
		}
	}
	return front * (f - 1)
}
