package compare

import (
	"math"
	"slices"
)

// A null is what z is by chance among matrices of one kind.
type null struct {
	mean, spread float64
	n            int // comparisons it comes from
}

type nullKey struct {
	family string
	shape  shape
}

// Numbers behind the nulls.
const (
	// minNulls is how many comparisons a null of its own needs.
	minNulls = 12
	// minWindowPairs is how many pairs of windows the null within two
	// matrices needs.
	minWindowPairs = 64
	// priorNulls is the weight, in comparisons, of the assumption that the
	// spread is 1: the scaled median deviation of a dozen numbers alone is off
	// by a quarter.
	priorNulls = 10
	// unknownSpread is used where there are too few comparisons of layers. The
	// largest spread of z that we measured among independent real networks is
	// 1.24 (an 8-bit convolutional network against another layer's weights).
	unknownSpread = 1.25
	// maxSpread bounds the spread that related matrices may cause themselves.
	maxSpread = 8
)

// middle is the median and the scaled median absolute deviation, which estimate
// mean and standard deviation of a normal sample and do not see a minority of
// related pairs in it.
func middle(values []float64) (median, deviation float64) {
	v := slices.Clone(values)
	median = medianOf(v)
	for i := range v {
		v[i] = math.Abs(v[i] - median)
	}
	return median, 1.4826 * medianOf(v)
}

func medianOf(v []float64) float64 {
	slices.Sort(v)
	n := len(v)
	if n == 0 {
		return 0
	}
	return (v[(n-1)/2] + v[n/2]) / 2
}

// newNull estimates a null from comparisons of matrices that do not belong
// together.
func newNull(z []float64) *null {
	mean, spread := middle(z)
	n := float64(len(z))
	spread = math.Sqrt((n*spread*spread + priorNulls) / (n + priorNulls))
	return &null{mean: mean, spread: max(1, spread), n: len(z)}
}

// variance is that of the null's mean: a median's.
func (n *null) variance() float64 {
	if n.n == 0 || n.mean == 0 {
		return 0
	}
	return math.Pi / 2 * n.spread * n.spread / float64(n.n)
}

// measureNulls finds for each pair how its z is distributed by chance:
//
//   - from the same role in other layers of these two models, two or more
//     layers apart, when there are enough of them;
//   - else from pairs of the same shape and other roles; the mean is then not
//     known to be that of the role and 0 is assumed;
//   - else from windows of the same two matrices that do not belong together,
//     and no less than a spread that we measured elsewhere.
func (c *comparison) measureNulls() {
	byFamily := map[nullKey][]float64{}
	for _, g := range c.grids {
		k := nullKey{g.family, g.shape}
		for la := range g.z {
			for lb, t := range g.z[la] {
				if t.variance > 0 && c.apart(la, lb) {
					byFamily[k] = append(byFamily[k], t.z())
				}
			}
		}
	}
	for k, z := range byFamily {
		if len(z) >= minNulls {
			c.nulls[k] = newNull(z)
		}
	}
	for _, p := range c.pairs {
		p.null = c.nullOf(p)
		p.adapted = p.tally.z()
		p.adapted = (p.adapted - p.null.mean) / p.null.spread
	}
}

// apart reports whether two layers do not belong together.
func (c *comparison) apart(la, lb int) bool {
	to := c.layerMap[la]
	if to < 0 {
		to = la
	}
	return absInt(to-lb) >= 2
}

func (c *comparison) nullOf(p *pair) *null {
	if p.a.first && p.b.first && p.a.shape == p.b.shape && p.a.slot.family == p.b.slot.family && p.a.slot.layer >= 0 {
		if n := c.nulls[nullKey{p.a.slot.family, p.a.shape}]; n != nil {
			return n
		}
	}
	n := &null{spread: c.bulkSpread(p.a.shape)}
	if math.Abs(p.tally.z()) > maxSpread {
		return n // windows of related matrices are no null, and none is needed
	}
	if sum, k := windowNull(p.a, p.b); k >= minWindowPairs {
		n.spread = max(n.spread, math.Sqrt(sum/float64(k)))
	}
	return n
}

// pooled is the statistic of many pairs together.
type pooled struct {
	tally
	z, spread float64
	nulls     int
	// low and high are 99 % bounds of the agreement, error its standard error.
	error float64
}

// pool adds the tallies of pairs, less their nulls' means. Pairs whose rows or
// columns moved are left out: their elements do not stand at equal places. The variance has the
// spread of each null and the uncertainty of its mean, which all pairs of a role
// have in common.
func pool(pairs []*pair) pooled {
	var s pooled
	roots := map[*null]float64{}
	plain := 0.0
	for _, p := range pairs {
		t := p.tally
		if t.variance <= 0 || p.reorder > 0 || p.blind {
			continue
		}
		s.add(t)
		plain += t.variance
		s.variance += t.variance * (p.null.spread*p.null.spread - 1)
		roots[p.null] += math.Sqrt(t.variance)
	}
	if s.variance <= 0 {
		s.spread = 1
		return s
	}
	mean, extra := 0.0, 0.0
	for _, n := range sortedNulls(roots) {
		r := roots[n]
		mean += n.mean * r
		extra += n.variance() * r * r
		s.nulls += n.n
	}
	s.spread = math.Sqrt(s.variance / plain)
	s.z = (s.excess - mean) / math.Sqrt(s.variance+extra)
	s.error = math.Sqrt(s.variance+extra) / (2 * s.most)
	return s
}

// sortedNulls makes sums independent of the order of a map.
func sortedNulls(m map[*null]float64) []*null {
	var out []*null
	for n := range m {
		out = append(out, n)
	}
	slices.SortFunc(out, func(a, b *null) int {
		for _, d := range [...]float64{a.mean - b.mean, a.spread - b.spread, float64(a.n - b.n), m[a] - m[b]} {
			if d < 0 {
				return -1
			} else if d > 0 {
				return 1
			}
		}
		return 0
	})
	return out
}
