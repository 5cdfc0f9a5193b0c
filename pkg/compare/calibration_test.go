package compare

import (
	"math"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// A sampleOf z values, to check against a standard normal.
type moments struct {
	n           int
	sum, square float64
	max         float64
}

func (m *moments) add(z float64) {
	m.n++
	m.sum += z
	m.square += z * z
	m.max = max(m.max, z)
}

func (m *moments) mean() float64 { return m.sum / float64(m.n) }
func (m *moments) sd() float64 {
	return math.Sqrt(m.square/float64(m.n) - m.mean()*m.mean())
}

// TestCalibration compares independent models, in all pairs of each family:
// z of single matrices and the pooled Z must be standard normal.
func TestCalibration(t *testing.T) {
	if raced {
		t.Skip("statistics, run without the race detector")
	}
	base := plan{layers: 8, width: 64, inner: 96, vocabulary: 128}
	families := []struct {
		name  string
		plan  plan
		tails float64
	}{
		{"normal", base, 0},
		{"t3", base, 3},
		{"t5, shared scales of rows and columns", plan{layers: 8, width: 64, inner: 96, vocabulary: 128, shared: true}, 5},
		{"column means", plan{layers: 8, width: 64, inner: 96, vocabulary: 128, means: 0.3}, 0},
		{"neighbours alike", plan{layers: 8, width: 64, inner: 96, vocabulary: 128, smooth: 0.3, shared: true}, 0},
	}
	const models = 22 // 231 pairs of each family
	var all, allZ moments
	pairs := 0
	for f, family := range families {
		var parts []*fingerprint.Part
		for i := range models {
			s := newSource(uint64(1000*f + i))
			s.tails = family.tails
			p := family.plan
			p.layers -= i % 3 // of different depth
			parts = append(parts, p.make(s).part(t))
		}
		var one, pooled moments
		for i, a := range parts {
			for _, b := range parts[:i] {
				r := Parts(a, b, Options{})
				pairs++
				pooled.add(r.Z)
				allZ.add(r.Z)
				for _, x := range r.Tensors {
					if x.Bits > 0 {
						one.add(x.Z)
						all.add(x.Z)
					}
				}
				want := bom.VerdictSameArchitecture
				if a.Layers > b.Layers {
					want = bom.VerdictUnknown // not all shapes have a counterpart
				}
				if r.Verdict != want {
					t.Errorf("%s: layers %d and %d: %s, want %s; Z %.1f, notes %q", family.name, a.Layers, b.Layers, r.Verdict, want, r.Z, r.Notes)
				}
				if !(r.P >= MinP && r.P <= 1 && r.RankP >= r.RankFloor && r.RankP <= 1) {
					t.Errorf("%s: p %v, rank p %v of floor %v", family.name, r.P, r.RankP, r.RankFloor)
				}
			}
		}
		t.Logf("%-40s matrices: n %6d mean %+.3f sd %.3f max %.2f; pooled: n %d mean %+.3f sd %.3f max %.2f",
			family.name, one.n, one.mean(), one.sd(), one.max, pooled.n, pooled.mean(), pooled.sd(), pooled.max)
	}
	t.Logf("%d pairs; matrices: n %d mean %+.3f sd %.3f max %.2f; pooled: mean %+.3f sd %.3f max %.2f",
		pairs, all.n, all.mean(), all.sd(), all.max, allZ.mean(), allZ.sd(), allZ.max)
	check := func(what string, m moments, most float64) {
		if math.Abs(m.mean()) > 0.15 || m.sd() < 0.9 || m.sd() > 1.15 || m.max > most {
			t.Errorf("%s: mean %.3f, sd %.3f, max %.2f", what, m.mean(), m.sd(), m.max)
		}
	}
	if pairs < 1000 {
		t.Errorf("only %d pairs", pairs)
	}
	check("single matrices", all, 5)
	check("pooled", allZ, 5)
}
