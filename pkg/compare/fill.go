package compare

import (
	"cmp"
	"math"
	"slices"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// common is the share of A's elements that B's matrix can have a say in: of an
// embedding with rows appended, the old ones.
func (p *pair) common() float64 {
	if p.a.shape.cols == p.b.shape.cols && p.b.shape.rows < p.a.shape.rows {
		return float64(p.b.shape.rows) / float64(p.a.shape.rows)
	}
	return 1
}

// commonReference is the same of B's elements.
func (p *pair) commonReference() float64 {
	if p.a.shape.cols == p.b.shape.cols && p.a.shape.rows < p.b.shape.rows {
		return float64(p.a.shape.rows) / float64(p.b.shape.rows)
	}
	return 1
}

// sameRows reports whether the reordered matrices have B's rows, all but a few.
func (c *comparison) sameRows() bool {
	shared, codes := 0, 0
	for _, p := range c.pairs {
		if p.reorder > 0 {
			shared, codes = shared+p.shared, codes+p.codes
		}
	}
	return codes > 0 && float64(shared) >= wholeReorder*float64(codes)
}

// fill computes everything in a result but the verdict.
func (c *comparison) fill(r *Result) {
	r.Mode = fingerprint.Full
	c.count(r)
	c.moved = c.sameRows()
	c.markRelated()
	c.fillPooled(r)
	c.fillShares(r)
	c.fillLayers(r)
	c.fillRoles(r)
	c.fillTensors(r)
	r.Seed = c.testSeed(pool(c.relatedPairs()).agreement())
}

// count fills the numbers of matrices, and the shares that digests give.
func (c *comparison) count(r *Result) {
	var all, bytes, values float64
	paired := map[int]bool{}
	for _, p := range c.pairs {
		paired[p.a.index] = true
	}
	for i := range c.a.part.Tensors {
		t := &c.a.part.Tensors[i]
		switch t.Class {
		case fingerprint.Matrix:
			r.Matrices++
			if paired[i] {
				r.Compared++
			} else {
				r.Unmatched++
			}
		case fingerprint.Unread:
			r.Unread++
		case fingerprint.Constant, fingerprint.Small:
			r.Constant++
		}
		if c.trivial(t) {
			continue
		}
		size := float64(max(t.Bytes, 0))
		all += size
		switch c.digests.equalTo(t) {
		case bytesEqual:
			bytes += size
			values += size
		case valuesEqual:
			values += size
		}
	}
	r.Unread = max(r.Unread, c.a.part.Unread)
	if all > 0 {
		r.EqualBytes, r.EqualValues = bytes/all, values/all
	}
	if c.a.sparse() || c.b.sparse() {
		r.Mode = fingerprint.Sparse
	}
}

// sparse reports whether none of a side's matrices has a digest.
func (s *side) sparse() bool {
	plain := 0
	for _, u := range s.units {
		if u.print.Value != noDigest {
			return false
		}
		if u.print.Scheme == "" {
			plain++
		}
	}
	return plain > 0
}

func (c *comparison) fillPooled(r *Result) {
	s := pool(c.pairs)
	r.Bits, r.Agreement, r.Z, r.Overdispersion = s.bits, s.agreement(), s.z, s.spread
	r.Threshold = threshold(c.options.Comparisons * c.mapTried)
	r.Rho, r.RhoLow, r.RhoHigh = rho(r.Agreement), rho(r.Agreement-1.96*s.error), rho(r.Agreement+1.96*s.error)
	r.P = min(1, max(MinP, upperTail(s.z)))
	for _, n := range c.usedNulls() {
		r.Nulls += n.n
	}
	r.Others = c.others()
	if s.bits > 0 {
		r.RankP, r.RankFloor = c.rank()
	}
	var d distance
	for _, p := range c.pairs {
		if p.related && p.reorder == 0 {
			d.add(p.weighed())
		}
	}
	if related := c.relatedPairs(); len(related) > 0 {
		s := pool(related)
		r.RelatedBits, r.RelatedAgreement, r.RelatedRho = s.bits, s.agreement(), rho(s.agreement())
		if r.Delta = d.deltaOr(s.tally); d.n == 0 && s.bits == 0 {
			r.Delta = codeDelta(c.meanReorder(related))
		}
	}
	if d.n > 0 {
		r.Zeros = float64(d.zeros) / float64(d.n)
	}
	r.Bound = 1
	if s.bits > 0 {
		r.Bound = math.Abs(rho(0.5 + math.Abs(r.Agreement-0.5) + 2.576*s.error))
	}
}

// others is the number of comparisons in other roles behind the spreads of pairs
// whose role has no null.
func (c *comparison) others() (n int) {
	seen := map[shape]bool{}
	for _, p := range c.pairs {
		if s := p.a.shape; p.null.n == 0 && !seen[s] && len(c.bulk[s]) >= minNulls {
			seen[s] = true
			n += len(c.bulk[s])
		}
	}
	return n
}

func (c *comparison) usedNulls() []*null {
	used := map[*null]float64{}
	for _, p := range c.pairs {
		used[p.null] = 1
	}
	return sortedNulls(used)
}

// rho is the correlation that an agreement of signs stands for.
func rho(q float64) float64 {
	return math.Sin(math.Pi * (min(max(q, 0), 1) - 0.5))
}

func (c *comparison) fillShares(r *Result) {
	var frozen, covered float64
	for _, p := range c.pairs {
		if p.unchanged() {
			frozen += p.a.bytes * p.common()
		}
		if p.related {
			covered += p.a.bytes * p.common()
		}
		if p.reorder > 0 {
			r.Reordered++
		}
		if p.negated && p.related {
			r.Negated++
		}
		if p.cells.checked {
			r.Quantised++
			if p.cells.inside {
				r.Requantised++
			} else if p.cells.near {
				r.Rounded++
			}
		}
	}
	// No element of A is in two pairs: the bounds are for the last bit.
	if c.bytes > 0 {
		r.Frozen, r.Covered = min(1, frozen/c.bytes), min(1, covered/c.bytes)
	}
	if c.bytesB > 0 {
		r.CoveredReference = min(1, c.relatedReference()/c.bytesB)
	}
}

// relatedReference is the bytes of B that have a related counterpart. Several
// matrices of A may have one of B, in several arrangements: no tensor counts for
// more than it has.
func (c *comparison) relatedReference() (bytes float64) {
	seen, shares := map[*unit]bool{}, map[int]float64{}
	for _, p := range c.pairs {
		if p.related && !seen[p.b] {
			seen[p.b] = true
			shares[p.b.index] += p.b.share * p.commonReference()
		}
	}
	for _, u := range c.b.units {
		bytes += u.bytes * min(1, shares[u.index])
	}
	return bytes
}

func (c *comparison) fillLayers(r *Result) {
	if c.a.layers == 0 || c.b.layers == 0 {
		return
	}
	byLayer := make([][]*pair, c.a.layers)
	for _, p := range c.pairs {
		if l := p.a.slot.layer; l >= 0 {
			byLayer[l] = append(byLayer[l], p)
		}
	}
	r.LayerMap = make([]int, c.a.layers)
	for l, pairs := range byLayer {
		r.LayerMap[l] = mapped(pairs)
		if len(pairs) == 0 {
			continue
		}
		s := pool(pairs)
		d, frozen, bytes := sumOf(pairs)
		y := Layer{A: l, B: r.LayerMap[l], Z: s.z, Agreement: s.agreement(), Bits: s.bits, Delta: d.deltaOr(s.tally)}
		if bytes > 0 {
			y.Frozen = frozen / bytes
		}
		r.Layers = append(r.Layers, y)
	}
}

// mapped is the layer of B that most bytes of a layer's related matrices come
// from, -1 when none does.
func mapped(pairs []*pair) int {
	bytes := map[int]float64{}
	for _, p := range pairs {
		if p.related && p.b.slot.layer >= 0 {
			bytes[p.b.slot.layer] += p.a.bytes
		}
	}
	best := -1
	for l, n := range bytes {
		if best < 0 || n > bytes[best] || n == bytes[best] && l < best {
			best = l
		}
	}
	return best
}

func sumOf(pairs []*pair) (d distance, frozen, bytes float64) {
	for _, p := range pairs {
		if p.reorder == 0 {
			d.add(p.weighed())
		}
		bytes += p.a.bytes
		if p.unchanged() {
			frozen += p.a.bytes
		}
	}
	return d, frozen, bytes
}

func (c *comparison) fillRoles(r *Result) {
	byRole := map[string][]*pair{}
	for _, p := range c.pairs {
		if p.a.print.Role != "" {
			byRole[p.a.print.Role] = append(byRole[p.a.print.Role], p)
		}
	}
	for name, pairs := range byRole {
		s := pool(pairs)
		d, frozen, bytes := sumOf(pairs)
		role := Role{Name: name, Matrices: len(pairs), Bits: s.bits, Agreement: s.agreement(), Delta: d.deltaOr(s.tally), Nulls: s.nulls}
		role.Rho, role.Frozen = rho(role.Agreement), frozen/bytes
		role.Mean, role.Spread = pairs[0].null.mean, pairs[0].null.spread
		r.Roles = append(r.Roles, role)
	}
	slices.SortFunc(r.Roles, func(a, b Role) int { return cmp.Compare(a.Name, b.Name) })
}

func (c *comparison) fillTensors(r *Result) {
	for _, p := range c.pairs {
		t := Tensor{
			A: p.a.print.Name, B: p.b.print.Name, Transform: cmp.Or(p.a.view.Transform, p.b.view.Transform),
			How: p.how(), Agreement: 0.5,
		}
		if p.reorder == 0 {
			t.Z, t.Bits, t.Agreement, t.Delta = p.adapted, p.tally.bits, p.tally.agreement(), p.distance.deltaOr(p.tally)
		}
		if p.a.first {
			t.Transform = p.b.view.Transform
		}
		r.Tensors = append(r.Tensors, t)
	}
	for u := range c.spare {
		r.Tensors = append(r.Tensors, Tensor{A: u.print.Name, How: "none", Agreement: 0.5})
	}
	slices.SortFunc(r.Tensors, func(a, b Tensor) int {
		return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.Transform, b.Transform), cmp.Compare(a.B, b.B))
	})
}

func (p *pair) how() string {
	switch {
	case p.equal == bytesEqual:
		return "payload"
	case p.equal == valuesEqual:
		return "values"
	case p.reorder > 0:
		return "rows"
	case p.related:
		return "signs"
	}
	return "none"
}
