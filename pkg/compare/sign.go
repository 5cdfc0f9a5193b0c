package compare

import (
	"math"
	"math/bits"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// A tally sums up how the signs of two units agree.
//
// Within a window the null is that of the urn: of n elements that both use, x
// are above the median in A and y in B, and under independence which ones is
// chance. The number of agreements less that of disagreements, T, then has
//
//	mean     (2x-n)(2y-n)/n
//	variance (n²-(2x-n)²)(n²-(2y-n)²) / (n²(n-1))
//
// exactly, whatever x and y. For full windows x = y = 16, the mean is 0 and the
// variance 32²/31: a little more than the 32 of independent bits, which is
// where the standard deviation of 1.016 comes from that z = T/√n shows. For
// windows with ties the margins matter more: of two sparse matrices without
// negative values, every bit that is used is set in both, and agreement is
// certain and means nothing (variance 0). Such windows do not count.
type tally struct {
	bits     int
	excess   float64 // sum of T - mean
	variance float64 // of excess
	most     float64 // what excess would be if signs agreed throughout
}

func (t tally) z() float64 {
	if t.variance <= 0 {
		return 0
	}
	return t.excess / math.Sqrt(t.variance)
}

// agreement is the share of equal bits, with margins taken out of it: chance is
// 0.5 for any margins, and for full windows it is the plain share.
func (t tally) agreement() float64 {
	if t.most <= 0 {
		return 0.5
	}
	return 0.5 + min(max(t.excess/t.most, -1), 1)/2
}

func (t *tally) add(o tally) {
	t.bits += o.bits
	t.excess += o.excess
	t.variance += o.variance
	t.most += o.most
}

// fullVariance is the variance of T in a window without ties.
const fullVariance = float64(fingerprint.WindowSize*fingerprint.WindowSize) / (fingerprint.WindowSize - 1)

// window adds one window of each side.
func (t *tally) window(signsA, usedA, signsB, usedB uint32) {
	used := usedA & usedB
	n := bits.OnesCount32(used)
	if n < 2 {
		return
	}
	a := 2*bits.OnesCount32(signsA&used) - n
	b := 2*bits.OnesCount32(signsB&used) - n
	free := (n*n - a*a) * (n*n - b*b)
	if free == 0 {
		return
	}
	equal := n - 2*bits.OnesCount32((signsA^signsB)&used)
	variance := float64(free) / float64(n*n*(n-1))
	t.bits += n
	t.excess += float64(equal) - float64(a*b)/float64(n)
	t.variance += variance
	t.most += math.Sqrt(variance * float64(n-1))
}

// compareSigns compares two units of one shape: window by window.
func compareSigns(a, b *unit) tally {
	var t tally
	n := min(a.n, b.n)
	if a.balanced && b.balanced {
		equal := 32 * n
		for i := range n / 2 {
			equal -= 2 * bits.OnesCount64(a.two[i]^b.two[i])
		}
		if n%2 != 0 {
			equal -= 2 * bits.OnesCount32(a.signs[n-1]^b.signs[n-1])
		}
		return tally{32 * n, float64(equal), float64(n) * fullVariance, float64(32 * n)}
	}
	for i := range n {
		t.window(a.signs[i], a.used[i], b.signs[i], b.used[i])
	}
	return t
}

// A join lists which windows of two units cover the same elements.
type join [][2]int

// compareJoined compares the windows of a join.
func compareJoined(a, b *unit, j join) tally {
	var t tally
	for _, w := range j {
		t.window(a.signs[w[0]], a.used[w[0]], b.signs[w[1]], b.used[w[1]])
	}
	return t
}

// windowNull compares windows that do not belong together, of the same two
// units: their T has the variance that structure within rows gives it, such as
// neighbouring elements that are alike. It returns the sum of (T-mean)²/variance
// and the number of pairs.
func windowNull(a, b *unit) (sum float64, n int) {
	for i := range a.n {
		for j := range b.n {
			if i == j {
				continue
			}
			var t tally
			t.window(a.signs[i], a.used[i], b.signs[j], b.used[j])
			if t.variance > 0 {
				sum += t.excess * t.excess / t.variance
				n++
			}
		}
	}
	return sum, n
}
