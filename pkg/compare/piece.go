package compare

// alignPieces pairs what has no counterpart as it is stored with other views:
// a joined q, k and v with the three, a transposed matrix, a stack of experts
// with experts stored one by one, rows in another order of rotary pairs. A view
// is only paired when its signs agree far beyond chance, corrected for all pairs
// that were tried.
func (c *comparison) alignPieces() {
	if len(c.a.pieces)+len(c.b.pieces) == 0 {
		return
	}
	weak := c.unexplained()
	var tasks []task
	for _, u := range c.a.units {
		if p, ok := weak[u]; ok {
			tasks = append(tasks, task{u, p, c.b.other})
		}
	}
	for _, u := range c.a.pieces {
		if _, ok := weak[c.whole(u)]; ok {
			tasks = append(tasks, task{u, weak[c.whole(u)], c.b.shapes}, task{u, weak[c.whole(u)], c.b.other})
		}
	}
	best, tried := c.tryPieces(tasks)
	c.scanned += tried
	strong := c.strong()
	replaced := map[*pair]bool{}
	for _, t := range tasks {
		f, ok := best[t.unit]
		if !ok || f.z < strong || f.z < strong*c.spread(t.unit, f.unit) {
			continue
		}
		delete(best, t.unit)
		if t.old != nil {
			replaced[t.old] = true
		}
		delete(c.spare, c.whole(t.unit))
		c.pairs = append(c.pairs, c.newPair(t.unit, f.unit, true))
	}
	c.dropPairs(replaced)
}

// A task is a view that looks for a counterpart among others; old is what its
// tensor was paired with by names.
type task struct {
	unit  *unit
	old   *pair
	among map[shape][]*unit
}

// unexplained lists A's matrices whose signs did not pair them, with the pair
// that names made, if any.
func (c *comparison) unexplained() map[*unit]*pair {
	weak := map[*unit]*pair{}
	for u := range c.spare {
		weak[u] = nil
	}
	strong := c.strong()
	for _, p := range c.pairs {
		if p.equal == unequal && p.tally.z() < strong {
			weak[p.a] = p
		}
	}
	return weak
}

// whole is the unit of the tensor that a piece belongs to.
func (c *comparison) whole(u *unit) *unit {
	if u.first {
		return u
	}
	return c.a.byTensor[u.index]
}

// tryPieces finds the best counterpart of each view. Views of one layer, by
// names, are tried before others, so that a bounded number of trials finds what
// names can tell.
func (c *comparison) tryPieces(tasks []task) (best map[*unit]found, tried float64) {
	best = map[*unit]found{}
	budget := scanBudget
	for _, near := range [...]bool{true, false} {
		for _, t := range tasks {
			for _, v := range t.among[t.unit.shape] {
				if near != (v.slot.layer == c.target(t.unit)) {
					continue
				}
				if budget--; budget < 0 {
					return best, tried
				}
				tried++
				if z := compareSigns(t.unit, v).z(); z > best[t.unit].z {
					best[t.unit] = found{v, z}
				}
			}
		}
	}
	return best, tried
}

// target is the layer of B that belongs to a unit's layer.
func (c *comparison) target(u *unit) int {
	if u.slot.layer < 0 {
		return -1
	}
	return c.layerMap[u.slot.layer]
}

func (c *comparison) dropPairs(drop map[*pair]bool) {
	kept := c.pairs[:0]
	for _, p := range c.pairs {
		if !drop[p] {
			kept = append(kept, p)
		}
	}
	c.pairs = kept
}
