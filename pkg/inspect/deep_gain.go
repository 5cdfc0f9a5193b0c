package inspect

import (
	"math"
	"slices"

	"github.com/modelbom/modelbom/pkg/align"
	"github.com/modelbom/modelbom/pkg/compare"
	"github.com/modelbom/modelbom/pkg/format"
	"github.com/modelbom/modelbom/pkg/tensor"
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
			out[roleName(t)][t.layer] = gain{t, compare.GainRanks(m.Data)}
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
	case seed.Gains < compare.MinGains && constant:
		seed.Why = "gains are constant"
		return nil
	case seed.Gains < compare.MinGains:
		seed.Why = "there are too few gains in equal places"
		return nil
	}
	seed.Tested = true
	d.concludeGains(sum, squares, aligned, nulls)
	return nil
}

// concludeGains hands the sums to the decision of package compare.
func (d *deepRun) concludeGains(sum, squares float64, aligned int, nulls []float64) {
	s := &d.result.Seed
	n := float64(s.Gains)
	s.R = sum / n
	centre, width := 0.0, compare.FewGainNulls
	if len(nulls) >= minDeepNulls {
		centre, width = align.Spread(nulls)
		centre *= math.Sqrt(float64(aligned))
	}
	s.Decide(math.Sqrt(squares)/n, centre, width, d.result.Agreement)
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

func dotOf(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
