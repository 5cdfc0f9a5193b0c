package compare

// markRelated decides which pairs are related: those that are equal, or whose
// agreement alone is beyond chance; then, of the others, all of a role, of a
// layer, or the rest, whose agreement together is. So a weak relation counts for
// all that has it, and what was trained anew is not carried by its neighbours.
//
// Once something is found to be related, the question for the others is no
// longer whether the two parts have anything in common, and they are asked once
// more with an error of a thousandth.
func (c *comparison) markRelated() {
	c.markBlind()
	strong := c.strong()
	var rest []*pair
	for _, p := range c.pairs {
		p.related = p.equal != unequal || p.reorder > 0 || p.adapted >= strong
		if p.related {
			p.blind = false
			delete(c.blind, p.a)
		} else if !p.blind {
			rest = append(rest, p)
		}
	}
	c.bytes, c.bytesB = c.a.bytes, c.b.bytes
	for u, v := range c.blind {
		c.bytes -= u.bytes
		if v != nil {
			c.bytesB -= v.bytes
		}
	}
	tried := c.options.Comparisons * c.mapTried
	rest = markGroups(rest, func(p *pair) any { return p.a.slot.family }, familyError/tried)
	rest = markGroups(rest, func(p *pair) any { return p.a.slot.layer }, familyError/tried)
	rest = markGroups(rest, func(p *pair) any { return nil }, familyError/tried)
	if len(rest) < len(c.pairs) {
		markGroups(rest, func(p *pair) any { return p }, secondError)
	}
}

// secondError is the probability of calling any further matrix related where
// some are.
const secondError = 1e-3

// markGroups marks the groups whose pooled statistic exceeds what the largest of
// all groups does by chance with the given probability.
func markGroups(rest []*pair, key func(*pair) any, chance float64) (left []*pair) {
	groups := map[any][]*pair{}
	for _, p := range rest {
		groups[key(p)] = append(groups[key(p)], p)
	}
	limit := quantile(chance / float64(max(1, len(groups))))
	for _, g := range groups {
		if pool(g).z >= limit {
			for _, p := range g {
				p.related = true
			}
		}
	}
	for _, p := range rest {
		if !p.related {
			left = append(left, p)
		}
	}
	return left
}

// markBlind finds matrices that take what others of their layer give, whose rows
// moved: the columns of a down-projection, where the rows of its gate and
// up-projection stand in another order. Column codes would show that they moved
// as well, and only large matrices have them. Without them such a matrix tells
// nothing, for or against.
func (c *comparison) markBlind() {
	type side struct {
		layer int
		rows  uint64
	}
	moved := map[side]bool{}
	for _, p := range c.pairs {
		if p.reorder > 0 && p.a.slot.layer >= 0 {
			moved[side{p.a.slot.layer, p.a.shape.rows}] = true
		}
	}
	c.blind = map[*unit]*unit{}
	hidden := func(u, v *unit) bool {
		return u.slot.layer >= 0 && moved[side{u.slot.layer, u.shape.cols}] && (len(u.print.Columns) == 0 || v == nil || len(v.print.Columns) == 0)
	}
	for _, p := range c.pairs {
		if p.equal == unequal && p.reorder == 0 && p.a.shape.rows == p.b.shape.rows && hidden(p.a, p.b) {
			p.blind = true
			c.blind[p.a] = p.b
		}
	}
	for u := range c.spare { // of another width, as neurons were left out
		var v *unit
		if named := c.named(u); len(named) == 1 && named[0].shape.rows == u.shape.rows {
			v = named[0]
		}
		if v != nil && hidden(u, v) {
			c.blind[u] = v
		}
	}
}
