package compare

import "github.com/modelbom/modelbom/pkg/wording"

// negate finds matrices that are the negative of B's: agreement is a two-sided
// matter, and signs that are all opposite are as far from chance as signs that
// are all equal. Matrices that names paired are turned one by one, or, where only
// all of them together are beyond chance, all that are not. Content alone pairs
// no negatives: names or the order have to.
func (c *comparison) negate() {
	strong := c.strong()
	mirrored := map[*null]*null{}
	var rest []*pair
	for _, p := range c.pairs {
		switch {
		case p.equal != unequal || p.adapted >= strong:
		case p.adapted <= -strong:
			p.negate(mirrored)
		default:
			rest = append(rest, p)
		}
	}
	if pool(rest).z > -threshold(c.options.Comparisons*c.mapTried) {
		return
	}
	for _, p := range rest {
		p.negate(mirrored)
	}
}

// negate turns a pair. Pairs with one null before have one afterwards.
func (p *pair) negate(mirrored map[*null]*null) {
	n := mirrored[p.null]
	if n == nil {
		n = &null{mean: -p.null.mean, spread: p.null.spread, n: p.null.n}
		mirrored[p.null] = n
	}
	p.negated, p.null = true, n
	p.tally.excess, p.adapted = -p.tally.excess, -p.adapted
}

// negateSamples gives A's values the opposite sign.
func negateSamples(samples []sample) {
	for i := range samples {
		s := &samples[i]
		for k, v := range s.a {
			s.a[k] = -v
		}
		s.same = s.a == s.b
	}
}

// noteNegated counts the matrices that were turned, and how many are equal then.
func (c *comparison) noteNegated(add func(string, ...any)) {
	equal, other := 0, 0
	for _, p := range c.pairs {
		switch {
		case !p.negated || !p.related:
		case p.equal == sampleEqual:
			equal++
		default:
			other++
		}
	}
	if equal > 0 {
		add("%s the reference's values with the opposite sign", wording.Count(equal, "matrix has", "matrices have"))
	}
	if other > 0 {
		add("the signs of %s are the opposite of the reference's, more often than chance allows", matrices(other))
	}
}
