package compare

// partial reports whether only a part of A's matrices is related. It is not
// partial when A holds nearly all of B and has more (added layers, an added
// adapter), or when no layer is without relation (a new head or embedding).
func (c *comparison) partial(r *Result) bool {
	switch {
	case r.Covered >= wholeShare:
		return false
	case r.Covered < halfShare:
		return !(r.CoveredReference >= 0.95 && r.Covered >= 0.25)
	case r.CoveredReference >= 0.95:
		return false
	}
	with, without := c.layersRelated()
	return len(without) > 0 && float64(len(without)) > (1-wholeShare)*float64(len(with)+len(without)) || len(with)+len(without) == 0 || c.rolesApart()
}

// layersRelated lists A's layers most of whose bytes are related, and others.
func (c *comparison) layersRelated() (with, without []int) {
	related, all := make([]float64, c.a.layers), make([]float64, c.a.layers)
	for _, u := range c.a.units {
		if u.slot.layer >= 0 && !c.isBlind(u) {
			all[u.slot.layer] += u.bytes
		}
	}
	for _, p := range c.pairs {
		if l := p.a.slot.layer; l >= 0 && p.related {
			related[l] += p.a.bytes
		}
	}
	for l := range all {
		switch {
		case all[l] == 0:
		case related[l] >= halfShare*all[l]:
			with = append(with, l)
		default:
			without = append(without, l)
		}
	}
	return with, without
}

// rolesApart reports whether within layers some roles are unrelated: those were
// trained anew, in all layers.
func (c *comparison) rolesApart() bool {
	var related, all float64
	for _, u := range c.a.units {
		if u.slot.layer >= 0 && !c.isBlind(u) {
			all += u.bytes
		}
	}
	for _, p := range c.pairs {
		if p.a.slot.layer >= 0 && p.related {
			related += p.a.bytes
		}
	}
	return all > 0 && related < wholeShare*all
}
