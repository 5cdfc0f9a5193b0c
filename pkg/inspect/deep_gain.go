package inspect

import (
	"cmp"
	"math"
	"slices"

	"github.com/modelbom/modelbom/pkg/align"
	"github.com/modelbom/modelbom/pkg/compare"
	"github.com/modelbom/modelbom/pkg/format"
	"github.com/modelbom/modelbom/pkg/tensor"
)

// Limits of the test of gains, those of package compare: what gains of
// descendants reach, and what excludes it.
const (
	minDeepGains             = 96
	gainR, gainZ, gainsApart = 0.3, 5.0, 2.576
	gainsUnlike              = 0.15 // an upper bound that is enough alone
	unmeasuredGains          = 1.1
	minDistinctGains         = 8
)

// testGains correlates the ranks of gains, moved like the stream. Gains start at
// a constant: two runs from one seed have related matrices and unrelated gains.
func (d *deepRun) testGains() error {
	if d.partA.scaled() || d.partB.scaled() {
		d.result.Seed.Why = "gains are scaled by the quantisation"
		return nil
	}
	type gain struct {
		t     *deepTensor
		ranks []float64
	}
	load := func(p *deepPart, move bool) (map[string]map[int]gain, error) {
		out := map[string]map[int]gain{}
		for _, t := range p.tensors {
			s := d.streamOf(t)
			if s == nil || !t.vector {
				continue
			}
			width := s.widthA
			if move {
				width = s.widthB
			}
			if k := kindOf(t, width); !k.known || k.Kind != align.Gain {
				continue
			}
			m, err := t.load(d.ctx)
			if err != nil {
				return nil, err
			}
			if move && s.signed.Index != nil {
				if m, err = (align.Plan{Residual: s.signed}).Apply(align.Gain, m); err != nil {
					return nil, refuse("%q: %s", t.name, err)
				}
			}
			if out[roleName(t)] == nil {
				out[roleName(t)] = map[int]gain{}
			}
			out[roleName(t)][t.layer] = gain{t, ranksOf(m.Data)}
		}
		return out, nil
	}
	as, err := load(d.partA, false)
	if err != nil {
		return err
	}
	bs, err := load(d.partB, true)
	if err != nil {
		return err
	}
	seed := &d.result.Seed
	sum, squares := 0.0, 0.0
	var nulls []float64
	aligned, constant := 0, false
	for _, role := range sortedKeys(as) {
		for _, la := range sortedInts(as[role]) {
			x := as[role][la]
			for _, lb := range sortedInts(bs[role]) {
				y := bs[role][lb]
				to := la
				if la >= 0 {
					to = d.mapped(la)
				}
				if x.ranks == nil || y.ranks == nil {
					constant = constant || lb == to
					continue
				}
				if len(x.ranks) != len(y.ranks) {
					continue
				}
				r, n := dotOf(x.ranks, y.ranks), float64(len(x.ranks))
				switch {
				case lb == to:
					sum += r * n
					squares += n * n / (n - 1)
					seed.Gains += len(x.ranks)
					aligned++
				case la >= 0 && lb >= 0 && to != noLayer && (lb-to >= apartLayers || to-lb >= apartLayers):
					nulls = append(nulls, r*math.Sqrt(n-1))
				}
			}
		}
	}
	switch {
	case seed.Gains < minDeepGains && constant:
		seed.Why = "gains are constant"
		return nil
	case seed.Gains < minDeepGains:
		seed.Why = "there are too few gains in equal places"
		return nil
	}
	seed.Tested = true
	concludeGains(seed, sum, squares, aligned, nulls)
	return nil
}

// concludeGains is the decision of package compare.
func concludeGains(s *compare.Seed, sum, squares float64, aligned int, nulls []float64) {
	n := float64(s.Gains)
	s.R = sum / n
	sd := math.Sqrt(squares) / n
	centre, width := 0.0, unmeasuredGains
	if len(nulls) >= minDeepNulls {
		centre, width = align.Spread(nulls)
		centre *= math.Sqrt(float64(aligned))
	}
	s.Z = (s.R/sd - centre) / width
	at, half := math.Atanh(min(max(s.R, -0.999999), 0.999999)), 2.576*sd*width
	s.Low, s.High = math.Tanh(at-half), math.Tanh(at+half)
	s.Derived = s.R > gainR && s.Z > gainZ
	s.Contrary = s.High < gainsUnlike || s.High < gainR && math.Abs(s.R/sd/width) < gainsApart
}

// scaled reports a quantisation that folds scales of columns into the gains.
func (p *deepPart) scaled() bool {
	return slices.ContainsFunc(p.tensors, func(t *deepTensor) bool { return t.dtype == format.DType(tensor.AWQ) })
}

func sortedInts[V any](m map[int]V) []int {
	var out []int
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// ranksOf replaces values by their ranks, centred and of unit length, equal
// values sharing one; nil for values that say nothing.
func ranksOf(values []float32) []float64 {
	order := make([]int, len(values))
	for i, v := range values {
		if v-v != 0 {
			return nil
		}
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	ranks := make([]float64, len(values))
	groups, square := 0, 0.0
	for i := 0; i < len(order); groups++ {
		k := i
		for k < len(order) && values[order[k]] == values[order[i]] {
			k++
		}
		r := float64(i+k-1)/2 - float64(len(order)-1)/2
		for ; i < k; i++ {
			ranks[order[i]] = r
			square += r * r
		}
	}
	if groups < minDistinctGains {
		return nil
	}
	for i := range ranks {
		ranks[i] /= math.Sqrt(square)
	}
	return ranks
}

func dotOf(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
