package compare

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// Limits of the seed test.
const (
	// MinGains elements are needed: fewer give an interval as wide as the
	// difference between the two answers.
	MinGains = 96
	// derivedR, derivedLow and derivedZ: gains agree, and the lower 99 % bound
	// is above what two runs from one seed show that were trained on one task
	// until little is left of the seed (0.16 to 0.34 in small networks, where
	// runs that continue another show 0.46 and more).
	derivedR, derivedLow, derivedZ = 0.4, 0.3, 5.0
	// Runs from one seed that were trained little are so near to each other
	// that their gains have moved alike (0.55 to 0.64 at an agreement of 0.86).
	// From nearRuns on only gains that are nearly the same tell.
	nearRuns, nearRunsR = 0.8, 0.75
	// contraryHigh is what the upper 99 % bound must stay under for gains to
	// speak against derivation when they also show nothing themselves
	// (contraryZ, two-sided 99 %). It is derivedLow: what is excluded is what
	// derivation asks for.
	contraryHigh, contraryZ = derivedLow, 2.576
	// contraryAlone is an upper bound that is enough without that: weights that
	// continue others, however hard they were trained, keep more of their gains
	// (0.46 and more in small networks).
	contraryAlone = 0.15
	// FewGainNulls inflates the analytic error where there are too few pairs of
	// layers to measure it.
	FewGainNulls = 1.1
	maxGainSets  = 4096
)

// A gainSet is one vector of gains, as ranks.
type gainSet struct {
	print *fingerprint.TensorPrint
	slot  slot
	ranks []float64 // centred, of unit length
}

// testSeed compares gains. They start at a constant, so nothing of the initial
// random numbers is in them: two runs from one seed have related matrices and
// unrelated gains.
// Q is the agreement of related matrices.
func (c *comparison) testSeed(q float64) Seed {
	if scaledColumns(c.a.part) || scaledColumns(c.b.part) {
		return Seed{Why: "gains are scaled by the quantisation"}
	}
	as, constantA := gains(c.a.part)
	bs, constantB := gains(c.b.part)
	switch {
	case len(as) == 0 && constantA || len(bs) == 0 && constantB:
		return Seed{Why: "gains are constant"}
	case len(as) == 0 || len(bs) == 0:
		return Seed{Why: "there are no gains"}
	}
	type correlation struct {
		r float64
		n int
	}
	var aligned []correlation
	var nulls []float64
	elements, squares := 0, 0.0
	family := func(g gainSet) gainKey { return gainKey{g.slot.family, len(g.ranks), g.print.Shape[0]} }
	places := map[gainKey][]gainSet{}
	for _, y := range bs {
		places[family(y)] = append(places[family(y)], y)
	}
	for _, x := range as {
		for _, y := range places[family(x)] {
			switch {
			case c.sameGain(x, y, len(places[family(x)])):
				aligned = append(aligned, correlation{dot(x.ranks, y.ranks), len(x.ranks)})
				elements += len(x.ranks)
			case c.apartGain(x, y) && len(nulls) < maxBulk:
				nulls = append(nulls, dot(x.ranks, y.ranks)*math.Sqrt(float64(len(x.ranks)-1)))
			}
		}
	}
	if elements < MinGains {
		return Seed{Why: "there are too few gains in equal places", Gains: elements}
	}
	s := Seed{Tested: true, Gains: elements}
	for _, a := range aligned {
		s.R += a.r * float64(a.n) / float64(elements)
		squares += float64(a.n) * float64(a.n) / float64(a.n-1)
	}
	// The variance of a rank correlation of n is 1/(n-1) under independence.
	sd := math.Sqrt(squares) / float64(elements)
	mean, spread := 0.0, FewGainNulls
	if len(nulls) >= minNulls {
		n := newNull(nulls)
		mean, spread = n.mean*math.Sqrt(float64(len(aligned))), n.spread
	}
	s.Decide(sd, mean, spread, q)
	return s
}

// Decide completes a test from its R: Z, the interval, and what they say where
// the matrices agree in a share q of their signs. Sd is the standard deviation of
// R under independence, mean and spread are those of R/sd between gains that do
// not belong together.
func (s *Seed) Decide(sd, mean, spread, q float64) {
	s.Z = (s.R/sd - mean) / spread
	at, half := math.Atanh(min(max(s.R, -0.999999), 0.999999)), 2.576*sd*spread
	s.Low, s.High = math.Tanh(at-half), math.Tanh(at+half)
	s.Derived = s.R > derivedR && s.Low > derivedLow && s.Z > derivedZ && (q < nearRuns || s.R > nearRunsR)
	s.Contrary = s.High < contraryAlone || s.High < contraryHigh && math.Abs(s.R/sd/spread) < contraryZ
}

// A gainKey is what gains must have in common to be compared.
type gainKey struct {
	family string
	kept   int
	length uint64
}

// sameGain reports whether two gains have one place, by role and layer. Outside
// of layers a role may be there several times: then names decide.
func (c *comparison) sameGain(x, y gainSet, candidates int) bool {
	if x.slot.layer < 0 || y.slot.layer < 0 {
		return x.slot.layer == y.slot.layer && (candidates == 1 || x.print.Name == y.print.Name)
	}
	return x.slot.layer < len(c.layerMap) && c.layerMap[x.slot.layer] == y.slot.layer
}

func (c *comparison) apartGain(x, y gainSet) bool {
	return x.slot.layer >= 0 && x.slot.layer < len(c.layerMap) && y.slot.layer >= 0 && c.apart(x.slot.layer, y.slot.layer)
}

// scaledColumns reports a quantisation that folds scales of columns into the
// gains before them.
func scaledColumns(p *fingerprint.Part) bool {
	return slices.ContainsFunc(p.Tensors, func(t fingerprint.TensorPrint) bool {
		s := strings.ToLower(t.Scheme)
		return strings.Contains(s, "awq") || strings.Contains(s, "smooth")
	})
}

// minDistinctGains values tell a vector that was trained from one that was not.
const minDistinctGains = 8

func gains(p *fingerprint.Part) (sets []gainSet, constant bool) {
	for i := range p.Tensors {
		t := &p.Tensors[i]
		if t.Class != fingerprint.Gain || len(t.Shape) == 0 || len(sets) >= maxGainSets {
			continue
		}
		values := t.Gains[:min(len(t.Gains), fingerprint.MaxGains)]
		if ranks := GainRanks(values); ranks != nil {
			sets = append(sets, gainSet{t, slotOf(t), ranks})
		} else {
			constant = true
		}
	}
	return sets, constant
}

// GainRanks replaces values by their ranks, centred and of unit length, with equal
// values sharing a rank. It returns nil for a vector that says nothing.
func GainRanks(values []float32) []float64 {
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
	for i := 0; i < len(order); {
		k := i
		for k < len(order) && values[order[k]] == values[order[i]] {
			k++
		}
		r := float64(i+k-1)/2 - float64(len(order)-1)/2
		for ; i < k; i++ {
			ranks[order[i]] = r
			square += r * r
		}
		groups++
	}
	if groups < minDistinctGains {
		return nil
	}
	for i := range ranks {
		ranks[i] /= math.Sqrt(square)
	}
	return ranks
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
