package inspect

import (
	"cmp"
	"math"
	"slices"

	"github.com/modelbom/modelbom/pkg/align"
	"github.com/modelbom/modelbom/pkg/compare"
)

// deepThreshold is how large the pooled z must be: a probability of 1e-6 over a
// million comparisons, as package compare asks of two models that somebody
// named.
const deepThreshold = 7.034

// A deepSum pools agreements of several matrices of several roles.
type deepSum struct {
	agreed     align.Agreed
	excess     float64 // sum of 2*Agree - N, less the nulls' centres
	variance   float64
	roots      map[string]float64
	distance   deepDistance
	matrices   int
	statistics map[string]deepNull
}

func (x *deepSum) put(f *deepFinding, n deepNull) {
	if f.agreed.N == 0 {
		return
	}
	if x.roots == nil {
		x.roots, x.statistics = map[string]float64{}, map[string]deepNull{}
	}
	root := math.Sqrt(float64(f.agreed.N))
	x.agreed.Add(f.agreed)
	x.distance.add(f.distance)
	x.excess += root * (f.agreed.Z() - n.centre)
	x.variance += n.width * n.width * root * root
	x.roots[f.role] += root
	x.statistics[f.role] = n
	x.matrices++
}

// deviation is the standard deviation of the excess by chance: that of each
// matrix, and that of the centre which those of a role have in common.
func (x *deepSum) deviation() float64 {
	v := x.variance
	for _, role := range sortedKeys(x.roots) {
		if n := x.statistics[role]; n.centre != 0 && n.n > 0 {
			v += math.Pi / 2 * n.width * n.width / float64(n.n) * x.roots[role] * x.roots[role]
		}
	}
	return math.Sqrt(v)
}

func (x *deepSum) z() float64 {
	if x.variance == 0 {
		return 0
	}
	return x.excess / x.deviation()
}

// pool sums up what was compared.
func (d *deepRun) pool() {
	r := &d.result
	var all deepSum
	byRole, byLayer := map[string]*deepSum{}, map[int]*deepSum{}
	moved, blocks := map[deepSite]bool{}, map[deepSite]bool{}
	for i := range d.aligned {
		f := &d.aligned[i]
		if f.site.layer < 0 {
			continue
		}
		if f.testable || f.units {
			blocks[f.site] = true
		}
		if f.units {
			moved[f.site] = true
		}
		if !f.testable || f.agreed.N == 0 {
			continue
		}
		n := d.nullOf(f.role)
		if byRole[f.role] == nil {
			byRole[f.role] = &deepSum{}
		}
		if byLayer[f.site.layer] == nil {
			byLayer[f.site.layer] = &deepSum{}
		}
		for _, s := range []*deepSum{&all, byRole[f.role], byLayer[f.site.layer]} {
			s.put(f, n)
		}
	}
	r.UnitsMoved, r.Blocks = len(moved), len(blocks)
	for _, t := range d.partA.tensors {
		if t.layer >= 0 && !t.vector {
			r.Matrices++
		}
	}
	r.Compared, r.Bits, r.Threshold = all.matrices, all.agreed.N, deepThreshold
	if d.pair.Plain != nil {
		r.Threshold = max(r.Threshold, d.pair.Plain.Threshold)
	}
	r.Agreement, r.Rho, r.Z = all.agreed.Share(), all.agreed.Rho(), all.z()
	r.P = max(compare.MinP, 0.5*math.Erfc(r.Z/math.Sqrt2))
	r.Bound = 1
	if all.agreed.N > 0 {
		se := d.standardError(&all)
		r.RhoLow, r.RhoHigh = rhoOf(r.Agreement-1.96*se), rhoOf(r.Agreement+1.96*se)
		r.Bound = rhoOf(0.5 + math.Abs(r.Agreement-0.5) + 2.576*se)
		r.Spread = math.Sqrt(all.variance / float64(all.agreed.N))
	}
	r.Delta = all.distance.delta()
	r.Elements = d.equality.elements
	r.Equal, r.Rounded = d.equality.shares()
	for _, role := range sortedKeys(byRole) {
		s, n := byRole[role], d.nullOf(role)
		equal, _ := s.distance.shares()
		r.Nulls += n.n
		r.Roles = append(r.Roles, compare.Role{Name: role, Matrices: s.matrices, Bits: s.agreed.N, Agreement: s.agreed.Share(), Rho: s.agreed.Rho(),
			Delta: s.distance.delta(), Frozen: equal, Mean: n.centre, Spread: n.width, Nulls: n.n})
	}
	for l, s := range byLayer {
		equal, _ := s.distance.shares()
		r.Layers = append(r.Layers, compare.Layer{A: l, B: d.mapped(l), Z: s.z(), Agreement: s.agreed.Share(), Bits: s.agreed.N, Frozen: equal, Delta: s.distance.delta()})
	}
	slices.SortFunc(r.Layers, func(a, b compare.Layer) int { return cmp.Compare(a.A, b.A) })
}

// standardError is that of the share of agreeing signs.
func (d *deepRun) standardError(s *deepSum) float64 {
	return s.deviation() / (2 * float64(s.agreed.N))
}

// rhoOf is the correlation that an agreement of signs stands for.
func rhoOf(q float64) float64 { return math.Sin(math.Pi * (min(max(q, 0), 1) - 0.5)) }
