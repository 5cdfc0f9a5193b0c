package compare

import (
	"cmp"
	"math"
	"slices"

	"github.com/modelbom/modelbom/pkg/bom"
)

// maxComparisons is where thresholds stop to grow.
const maxComparisons = 1e200

// scanBudget bounds how many pairs of matrices of one shape are compared one by
// one, about a tenth of a second. Beyond it, as in models with tens of thousands
// of experts, pairs are looked up by the places of extrema (see extremes.go).
const scanBudget = 2_000_000

// A pair is a matrix of A with the one of B that it is compared with.
type pair struct {
	a, b  *unit
	join  join
	tally tally
	// found is set when the content chose B's matrix, not the names.
	found   bool
	equal   equality
	shared  int     // row or column codes that both have, when reordered
	codes   int     // of A's codes, that B would show
	reorder float64 // share of codes that both have; 0 when not reordered
	null    *null
	adapted float64 // z, adjusted by the null
	related bool
	// negated is set when signs are the opposite of B's: the tally and the
	// samples are those of A's negative.
	negated bool
	// blind is set when the pair cannot show a relation that others suggest:
	// see markBlind.
	blind bool

	distance distance
	cells    cells
}

// A comparison is the state of comparing two sides.
type comparison struct {
	a, b    *side
	options Options
	places  places
	samples []sample // room for one pair's

	scanned  float64 // pairs that were looked at for the largest
	best     map[*unit]found
	bulk     map[shape][]float64 // z of pairs that names do not join
	spreads  map[shape]float64   // of bulk
	grids    []*grid
	digests  digests
	layerMap []int // the hypothesis; -1 where there is none
	mapTried float64
	mapFound bool

	pairs    []*pair
	nulls    map[nullKey]*null
	ofTensor map[int][]*pair
	spare    map[*unit]bool  // units of A without a counterpart
	blind    map[*unit]*unit // matrices of A that cannot decide, with B's
	moved    bool            // reordered rows are B's, all but a few
	// bytes are those of matrices that can decide, of A and of B.
	bytes, bytesB float64
}

// A found is the unit of B that agrees best with a unit of A.
type found struct {
	unit *unit
	z    float64
}

func compareSides(a, b *side, o Options) *comparison {
	if !(o.Comparisons >= 1) {
		o.Comparisons = 1
	}
	o.Comparisons = min(o.Comparisons, maxComparisons)
	c := &comparison{
		a: a, b: b, options: o, places: places{}, best: map[*unit]found{}, bulk: map[shape][]float64{}, spreads: map[shape]float64{},
		nulls: map[nullKey]*null{}, spare: map[*unit]bool{},
	}
	c.digests = newDigests(b)
	c.scan()
	c.mapLayers()
	c.align()
	c.alignPieces()
	c.measureNulls()
	c.negate()
	c.alignRows()
	for _, p := range c.pairs {
		c.examine(p)
	}
	return c
}

// scan compares all matrices of equal shape.
func (c *comparison) scan() {
	for _, s := range sortedShapes(c.a.shapes) {
		as, bs := c.a.shapes[s], c.b.shapes[s]
		if len(bs) == 0 {
			continue
		}
		if float64(len(as))*float64(len(bs)) > scanBudget {
			c.scanSome(s, as, bs)
			continue
		}
		c.scanned += float64(len(as) * len(bs))
		step := len(as)*len(bs)/maxBulk + 1
		at := 0
		for _, u := range as {
			for _, v := range bs {
				z := compareSigns(u, v).z()
				if f, ok := c.best[u]; !ok || z > f.z {
					c.best[u] = found{v, z}
				}
				if at++; at%step == 0 && u.slot.family != v.slot.family {
					c.bulk[s] = append(c.bulk[s], z)
				}
			}
		}
	}
}

// maxBulk bounds the sample of z that is kept of each shape.
const maxBulk = 4096

// strong is how large z must be for content alone to pair two matrices.
func (c *comparison) strong() float64 {
	return threshold(c.options.Comparisons * max(1, c.scanned))
}

// pairing is how large z must be for content to pair two matrices: strong, or
// less when the best matches of all of A's matrices are together better than
// chance, as they are for a model that was renamed and trained on for long. Each
// matrix has the probability, at most, of its number of candidates times the tail
// of its best z; the sum S of the logarithms of n such has a tail of at most
// exp(n - S) (S/n)^n (Chernoff's bound for Fisher's method).
func (c *comparison) pairing() float64 {
	n, sum, candidates := 0.0, 0.0, 0.0
	for _, u := range c.a.units {
		f, ok := c.best[u]
		if !ok {
			continue
		}
		m := float64(len(c.b.shapes[u.shape]))
		n++
		candidates += m
		sum -= math.Log(min(1, max(1e-300, m*upperTail(f.z/c.bulkSpread(u.shape)))))
	}
	strong := c.strong()
	if n == 0 || sum <= n || n-sum+n*math.Log(sum/n) > math.Log(familyError/c.options.Comparisons) {
		return strong
	}
	return min(strong, quantile(secondError/candidates))
}

// align pairs A's matrices, as they are stored, with those of B.
func (c *comparison) align() {
	strong := c.pairing()
	taken, placed := map[*unit]bool{}, map[place]bool{}
	var open []*unit
	for _, u := range c.a.units {
		p := c.pairByDigest(u, taken)
		if p == nil {
			p = c.pairBySigns(u, strong)
		}
		if p == nil {
			open = append(open, u)
			continue
		}
		taken[p.b] = true
		placed[place{u.slot, p.b}] = true
		c.pairs = append(c.pairs, p)
	}
	// What content did not pair is paired by names, and last by order within
	// equal shapes: the hypothesis is fixed before signs are looked at.
	for _, u := range c.pairByOrder(c.pairByNames(open, taken, placed), taken) {
		c.spare[u] = true
	}
	slices.SortFunc(c.pairs, func(p, q *pair) int { return cmp.Compare(p.a.index, q.a.index) })
}

func (c *comparison) newPair(a, b *unit, how bool) *pair {
	p := &pair{a: a, b: b, found: how, join: c.places.join(a, b)}
	p.tally = compareJoined(a, b, p.join)
	return p
}

// pairBySigns pairs a matrix with the one that agrees with it far beyond
// chance. Of several it takes the one that names choose, unless another is
// clearly better: copies of a layer agree with each other as well.
func (c *comparison) pairBySigns(u *unit, strong float64) *pair {
	f, ok := c.best[u]
	if !ok || f.z < strong || f.z < strong*c.spread(u, f.unit) {
		return nil
	}
	for _, v := range c.named(u) {
		if v.shape == u.shape && compareSigns(u, v).z() >= 0.9*f.z {
			return c.newPair(u, v, true)
		}
	}
	return c.newPair(u, f.unit, true)
}

// spread is the overdispersion of z for one pair: what structure within the
// rows does, and what all pairs of this shape show.
func (c *comparison) spread(u, v *unit) float64 {
	spread := 1.0
	if sum, n := windowNull(u, v); n >= minWindowPairs {
		spread = math.Sqrt(max(1, sum/float64(n)))
	}
	if len(c.bulk[u.shape]) >= minNulls {
		spread = max(spread, c.bulkSpread(u.shape))
	}
	return min(spread, maxSpread)
}

// bulkSpread is the overdispersion of z among all pairs of a shape.
func (c *comparison) bulkSpread(s shape) float64 {
	if n, ok := c.spreads[s]; ok {
		return n
	}
	spread := unknownSpread
	if z := c.bulk[s]; len(z) >= minNulls {
		spread = newNull(z).spread
	}
	c.spreads[s] = spread
	return spread
}

// result draws the conclusion.
func (c *comparison) result() *Result {
	r := &Result{Verdict: bom.VerdictNotComparable, Strength: bom.StrengthWeak, P: 1, RankP: 1, RankFloor: 1}
	c.fill(r)
	c.conclude(r)
	return r
}

func sortedShapes(m map[shape][]*unit) []shape {
	var out []shape
	for s := range m {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b shape) int {
		return cmp.Or(cmp.Compare(a.cols, b.cols), cmp.Compare(a.rows, b.rows))
	})
	return out
}
