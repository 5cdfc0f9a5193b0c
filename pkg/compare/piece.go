package compare

// alignPieces pairs what has no counterpart as it is stored with other views:
// a joined q, k and v with the three, a transposed matrix, a stack of experts
// with experts stored one by one, rows in another order of rotary pairs. A view
// is only paired when its signs agree far beyond chance, corrected for all pairs
// that were tried.
//
// No element of A is paired twice: a tensor is paired as it is stored, or in one
// other arrangement, or in the pieces of one kind (see choose). A matrix that B
// has transposed would otherwise be found both ways round.
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
	var tensors []int
	matches := map[int][]match{}
	for _, t := range tasks {
		f, ok := best[t.unit]
		if !ok || f.z < strong || f.z < strong*c.spread(t.unit, f.unit) {
			continue
		}
		delete(best, t.unit)
		i := t.unit.index
		if matches[i] == nil {
			tensors = append(tensors, i)
		}
		matches[i] = append(matches[i], match{t, f.unit})
	}
	replaced := map[*pair]bool{}
	for _, i := range tensors {
		for _, m := range choose(matches[i]) {
			if m.old != nil {
				replaced[m.old] = true
			}
			delete(c.spare, c.whole(m.unit))
			c.pairs = append(c.pairs, c.newPair(m.unit, m.with, true))
		}
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

// A match is a view of A and the view of B that agrees with it.
type match struct {
	task
	with *unit
}

// clearly is how much of a tensor one arrangement must explain of what another
// does to come before it.
const clearly = 0.9

// choose returns the matches of one tensor in the arrangement that explains most
// of it: the sum, over the matches, of the share of its elements times their
// correlation of signs. Without a clear difference the first one is taken, which
// is the stored one where that has a match: the larger of two estimates of one
// number would be too large. Matches come in order of their views.
func choose(matches []match) []match {
	var kinds []string
	byKind := map[string][]match{}
	covered, explained := map[string]float64{}, map[string]float64{}
	for _, m := range matches {
		k := m.unit.kind()
		if covered[k]+m.unit.share > 1+0x1p-20 { // no honest tensor has more pieces than elements
			continue
		}
		if byKind[k] == nil {
			kinds = append(kinds, k)
		}
		byKind[k] = append(byKind[k], m)
		covered[k] += m.unit.share
		explained[k] += m.unit.share * (2*compareSigns(m.unit, m.with).agreement() - 1)
	}
	best := ""
	for i, k := range kinds {
		if i == 0 || clearly*explained[k] > explained[best] {
			best = k
		}
	}
	return byKind[best]
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
