package inspect

import "github.com/modelbom/modelbom/pkg/align"

const (
	// deepNulls is how many blocks that do not belong together are compared for
	// the null, of each stream; searchedNulls where every one of them takes a
	// search for hidden units.
	deepNulls, searchedNulls = 24, 12
	// minDeepNulls is how many a role needs; where layers give fewer, the
	// columns of pairs are shuffled.
	minDeepNulls = 12
	// apartLayers is how far apart layers must be that do not belong together.
	apartLayers = 2
)

// A deepFamily is what blocks have in common that can be exchanged.
type deepFamily struct {
	stream string
	expert bool
}

func familyOf(b *deepBlock) deepFamily { return deepFamily{b.site.stream, b.site.expert >= 0} }

// compareAligned compares every block of A with the one it belongs to.
func (d *deepRun) compareAligned() error {
	blocksB := bySite(d.partB.blocks())
	list := d.partA.blocks()
	shuffles := d.shuffles(list, blocksB)
	for _, a := range list {
		b := blocksB[d.partner(a.site)]
		if b == nil {
			for _, t := range a.tensors {
				d.equality.unmatched(int64(t.elements()))
			}
			continue
		}
		n := 0
		if a.site.layer >= 0 {
			n = shuffles[familyOf(a)]
		}
		found, err := d.compareBlock(a, b, false, n)
		if err != nil {
			return err
		}
		d.aligned = append(d.aligned, found...)
	}
	return nil
}

func bySite(list []*deepBlock) map[deepSite]*deepBlock {
	m := make(map[deepSite]*deepBlock, len(list))
	for _, b := range list {
		m[b.site] = b
	}
	return m
}

// partner is the place in B of a place in A.
func (d *deepRun) partner(s deepSite) deepSite {
	if s.layer >= 0 {
		s.layer = d.mapped(s.layer)
	}
	return s
}

// noLayer is a layer that no model has: -1 is what is outside of layers.
const noLayer = -2

func (d *deepRun) mapped(layer int) int {
	if layer < len(d.result.LayerMap) && d.result.LayerMap[layer] >= 0 {
		return d.result.LayerMap[layer]
	}
	return noLayer
}

// shuffles is how often each pair of a family is compared with its columns in
// random order.
func (d *deepRun) shuffles(list []*deepBlock, blocksB map[deepSite]*deepBlock) map[deepFamily]int {
	out, count := map[deepFamily]int{}, map[deepFamily]int{}
	for _, b := range list {
		if b.site.layer >= 0 {
			count[familyOf(b)]++
		}
	}
	for f, n := range count {
		if len(d.apart(f, list, blocksB, minDeepNulls)) < minDeepNulls {
			out[f] = (deepNulls + n - 1) / n
		}
	}
	return out
}

// apart chooses blocks that do not belong together.
func (d *deepRun) apart(f deepFamily, list []*deepBlock, blocksB map[deepSite]*deepBlock, n int) [][2]*deepBlock {
	var of []*deepBlock
	for _, b := range list {
		if familyOf(b) == f && b.site.layer >= 0 {
			of = append(of, b)
		}
	}
	var out [][2]*deepBlock
	seen := map[[2]*deepBlock]bool{}
	for try := range uint64(64 * n) {
		if len(of) == 0 || len(out) == n {
			break
		}
		a := of[mix(2*try)%uint64(len(of))]
		at := a.site
		at.layer = int(mix(2*try+1) % uint64(max(1, d.partB.layers)))
		to := d.mapped(a.site.layer)
		if to == noLayer {
			to = a.site.layer
		}
		pair := [2]*deepBlock{a, blocksB[at]}
		if pair[1] == nil || at.layer-to < apartLayers && to-at.layer < apartLayers || seen[pair] {
			continue
		}
		seen[pair] = true
		out = append(out, pair)
	}
	return out
}

// compareApart measures what agreement is by chance.
func (d *deepRun) compareApart() error {
	d.nulls = map[string][]float64{}
	for _, f := range d.aligned {
		d.nulls[f.role] = append(d.nulls[f.role], f.shuffled...)
	}
	n := deepNulls
	if len(d.searched) > 0 {
		n = searchedNulls
	}
	list, blocksB := d.partA.blocks(), bySite(d.partB.blocks())
	done := map[deepFamily]bool{}
	for _, b := range list {
		f := familyOf(b)
		if b.site.layer < 0 || done[f] {
			continue
		}
		done[f] = true
		for _, pair := range d.apart(f, list, blocksB, n) {
			found, err := d.compareBlock(pair[0], pair[1], true, 0)
			if err != nil {
				return err
			}
			for _, x := range found {
				if x.testable && x.agreed.N > 0 {
					d.nulls[x.role] = append(d.nulls[x.role], x.agreed.Z())
				}
			}
		}
	}
	return nil
}

// A deepNull is what z is by chance in a role.
type deepNull struct {
	centre, width float64
	n             int
}

func (d *deepRun) nullOf(role string) deepNull {
	z := d.nulls[role]
	if len(z) < minDeepNulls {
		return deepNull{0, unmeasuredWidth, len(z)}
	}
	centre, width := align.Spread(z)
	return deepNull{centre, width, len(z)}
}

// unmeasuredWidth is the spread of z where it could not be measured, as in
// package compare: the largest among independent real networks was 1.24.
const unmeasuredWidth = 1.25
