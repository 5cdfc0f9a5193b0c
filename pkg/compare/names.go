package compare

// named lists the matrices of B in the place where names put u.
func (c *comparison) named(u *unit) []*unit {
	at := u.slot
	if at.layer >= 0 {
		if at.layer >= len(c.layerMap) || c.layerMap[at.layer] < 0 {
			return nil
		}
		at.layer = c.layerMap[at.layer]
	}
	return c.b.slots[at]
}

// A place is a matrix of B that has a counterpart in a slot of A. Layers of A
// that repeat one of B share its matrices; matrices in one slot do not.
type place struct {
	slot slot
	unit *unit
}

// pairByNames pairs by role, layer and expert, and returns what is left. Where
// several matrices have one place, equal names go first and then the order.
func (c *comparison) pairByNames(open []*unit, taken map[*unit]bool, placed map[place]bool) (left []*unit) {
	joined := func(u, v *unit) bool {
		return u.shape == v.shape || u.shape.cols == v.shape.cols && len(c.places.join(u, v)) > 0
	}
	for _, u := range open {
		var pick *unit
		for _, v := range c.named(u) {
			if placed[place{u.slot, v}] || !joined(u, v) {
				continue
			}
			if pick == nil || better(u, v, pick) {
				pick = v
			}
		}
		if pick == nil {
			left = append(left, u)
			continue
		}
		taken[pick] = true
		placed[place{u.slot, pick}] = true
		c.pairs = append(c.pairs, c.newPair(u, pick, false))
	}
	return left
}

// better prefers an equal shape, then an equal name.
func better(u, v, than *unit) bool {
	if (u.shape == v.shape) != (u.shape == than.shape) {
		return u.shape == v.shape
	}
	return u.print.Name == v.print.Name && u.print.Name != than.print.Name
}

// pairByOrder pairs what is left of equal shape in the order of the parts.
func (c *comparison) pairByOrder(open []*unit, taken map[*unit]bool) (left []*unit) {
	next := map[shape]int{}
	for _, u := range open {
		bs := c.b.shapes[u.shape]
		i := next[u.shape]
		for i < len(bs) && taken[bs[i]] {
			i++
		}
		next[u.shape] = i + 1
		if i >= len(bs) {
			left = append(left, u)
			continue
		}
		taken[bs[i]] = true
		c.pairs = append(c.pairs, c.newPair(u, bs[i], false))
	}
	return left
}
