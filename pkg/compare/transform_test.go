package compare

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
)

// A transformation makes another model of a base, and says what the comparison
// of the two must show.
type transformation struct {
	name     string
	make     func(base, other network, s *source) network
	verdict  bom.Verdict
	strength bom.Strength // when not empty
	q        [2]float64   // agreement, when not zero
	delta    [2]float64
	note     string // a part of a note, when not empty
	check    func(t *testing.T, r *Result)
	sparse   bool
}

func TestTransformations(t *testing.T) {
	if raced {
		t.Skip("statistics, run without the race detector")
	}
	base := small.make(newSource(1))
	other := small.make(newSource(2))
	reference := base.part(t)
	sparse := base.fingerprint(t, true)
	for _, x := range transformations() {
		t.Run(x.name, func(t *testing.T) {
			a := x.make(base, other, newSource(3)).fingerprint(t, x.sparse)
			b := reference
			if x.sparse {
				b = sparse
			}
			r := Parts(a, b, Options{Comparisons: 1e12})
			t.Logf("| %s | %s, %s | q %.3f | Z %.1f | delta %.3f | covered %.2f of ref %.2f | frozen %.2f | %q",
				x.name, r.Verdict, r.Strength, r.Agreement, r.Z, r.Delta, r.Covered, r.CoveredReference, r.Frozen, r.Notes)
			x.judge(t, r)
		})
	}
}

func (x *transformation) judge(t *testing.T, r *Result) {
	t.Helper()
	if r.Verdict != x.verdict || x.strength != "" && r.Strength != x.strength {
		t.Errorf("verdict %s (%s), want %s (%s)", r.Verdict, r.Strength, x.verdict, x.strength)
	}
	if x.q[1] > 0 && !(r.Agreement >= x.q[0] && r.Agreement <= x.q[1]) {
		t.Errorf("agreement %.4f, want %v", r.Agreement, x.q)
	}
	if x.delta[1] > 0 && !(r.Delta >= x.delta[0] && r.Delta <= x.delta[1]) {
		t.Errorf("delta %.4f, want %v", r.Delta, x.delta)
	}
	if x.note != "" && !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, x.note) }) {
		t.Errorf("no note says %q: %q", x.note, r.Notes)
	}
	if x.check != nil {
		x.check(t, r)
	}
}

func transformations() []transformation {
	list := []transformation{
		{name: "same bytes", make: keep, verdict: bom.VerdictIdentical, strength: bom.StrengthExact, q: [2]float64{1, 1}},
		{name: "renamed and reordered", make: renamed, verdict: bom.VerdictIdentical, strength: bom.StrengthExact},
		{name: "renamed, then trained", verdict: bom.VerdictTrainedFrom, make: func(b, o network, s *source) network {
			return renamed(b.moved(s, 0.3), o, s)
		}, delta: [2]float64{0.29, 0.31}},
		{name: "same bytes, sparse", sparse: true, make: keep, verdict: bom.VerdictIdenticalValue, strength: bom.StrengthStrong, note: "sampled"},
		{name: "cast to bf16", make: cast("BF16"), verdict: bom.VerdictRequantised, strength: bom.StrengthStrong},
		{name: "cast to f16", make: cast("F16"), verdict: bom.VerdictRequantised, strength: bom.StrengthStrong},
		{name: "trained 0.001, cast to bf16", verdict: bom.VerdictTrainedFrom, make: func(b, o network, s *source) network {
			return cast("BF16")(b.moved(s, 0.001), o, s)
		}},
		{name: "unrelated", make: func(_, o network, _ *source) network { return o }, verdict: bom.VerdictSameArchitecture, check: func(t *testing.T, r *Result) {
			if r.Bound > 0.02 || r.Frozen != 0 || r.Covered != 0 || slices.Max(r.LayerMap) != -1 {
				t.Errorf("bound %v, frozen %v, covered %v, layers %v", r.Bound, r.Frozen, r.Covered, r.LayerMap)
			}
		}},
		{name: "gains copied, matrices unrelated", make: gainsOf, verdict: bom.VerdictSameArchitecture},
		{name: "renamed, unrelated", make: func(_, o network, s *source) network { return renamed(o, nil, s) }, verdict: bom.VerdictSameArchitecture},
		{name: "embedding with 100 rows more", make: extended, verdict: bom.VerdictIdenticalValue, strength: bom.StrengthStrong, note: "100 rows more", check: func(t *testing.T, r *Result) {
			if r.Frozen < 0.97 {
				t.Errorf("frozen %.3f", r.Frozen)
			}
		}},
		{name: "layers 0-7 then 4-11", make: upscaled, verdict: bom.VerdictIdentical, note: "layers: 0-7 from 0-7, 8-15 from 4-11", check: layersAre(0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7, 8, 9, 10, 11)},
		{name: "layers 0-7 then 4-11, trained", verdict: bom.VerdictTrainedFrom, make: func(b, o network, s *source) network {
			return upscaled(b, o, s).moved(s, 0.5)
		}, check: layersAre(0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7, 8, 9, 10, 11)},
		{name: "layers 0-7 then 4-11, trained 3", verdict: bom.VerdictRelatedDistant, make: func(b, o network, s *source) network {
			return upscaled(b, o, s).moved(s, 3)
		}, check: layersAre(0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7, 8, 9, 10, 11)},
		{name: "layers 3 and 7 dropped", make: dropped, verdict: bom.VerdictIdentical, note: "the reference has 12", check: layersAre(0, 1, 2, 4, 5, 6, 8, 9, 10, 11)},
		{name: "layers dropped, trained", verdict: bom.VerdictTrainedFrom, make: func(b, o network, s *source) network {
			return dropped(b, o, s).moved(s, 0.5)
		}, check: layersAre(0, 1, 2, 4, 5, 6, 8, 9, 10, 11)},
		{name: "four layers added", make: added, verdict: bom.VerdictTrainedFrom, note: "none"},
		{name: "half of the layers only", make: halfLayers, verdict: bom.VerdictPartial, note: "0-5 from 0-5, 6-11 none"},
		{name: "embedding only", make: only("embed"), verdict: bom.VerdictPartial, note: "embedding.token"},
		{name: "all but the embedding", make: allBut("embed"), verdict: bom.VerdictTrainedFrom, note: "no relation is seen in embedding.token"},
		{name: "attention only", make: only("self_attn"), verdict: bom.VerdictPartial, note: "attention"},
		{name: "merge 0.5 and 0.5", make: soup(0.5), verdict: bom.VerdictRelatedDistant, q: [2]float64{0.74, 0.76}, note: "merge"},
		{name: "merge 0.2 and 0.8", make: soup(0.2), verdict: bom.VerdictRelatedDistant, q: [2]float64{0.56, 0.60}},
		{name: "merge 0.8 and 0.2", make: soup(0.8), verdict: bom.VerdictTrainedFrom},
		{name: "half pruned by magnitude", make: pruned, verdict: bom.VerdictTrainedFrom, note: "pruned", q: [2]float64{0.999, 1}},
		{name: "half pruned at random", make: prunedAtRandom, verdict: bom.VerdictTrainedFrom, note: "pruned"},
		{name: "q, k and v joined", make: joined, verdict: bom.VerdictIdenticalValue, note: "sampled", check: covered},
		{name: "q, k and v joined, trained", verdict: bom.VerdictTrainedFrom, make: func(b, o network, s *source) network {
			return joined(b.moved(s, 0.3), o, s)
		}, check: covered},
		{name: "transposed", make: transposed, verdict: bom.VerdictIdenticalValue, check: covered},
		{name: "transposed, trained", verdict: bom.VerdictTrainedFrom, make: func(b, o network, s *source) network {
			return transposed(b.moved(s, 0.3), o, s)
		}, check: covered},
		{name: "frozen but two layers", verdict: bom.VerdictTrainedFrom, make: func(b, o network, s *source) network {
			n := b.moved(s, 0.3)
			for i := range n {
				if !strings.Contains(n[i].name, "layers.10.") && !strings.Contains(n[i].name, "layers.11.") {
					n[i] = b[i]
				}
			}
			return n
		}, check: func(t *testing.T, r *Result) {
			if r.Frozen < 0.80 || r.Frozen > 0.88 || r.Layers[11].Frozen != 0 || r.Layers[0].Frozen != 1 {
				t.Errorf("frozen %.3f, layers %+v", r.Frozen, r.Layers)
			}
		}},
		{name: "scaled by 1.3", verdict: bom.VerdictTrainedFrom, delta: [2]float64{0.299, 0.301}, q: [2]float64{1, 1}, make: func(b, _ network, _ *source) network {
			return b.matrices(func(w *weight) {
				for i := range w.values {
					w.values[i] *= 1.3
				}
			})
		}},
	}
	drift := []struct{ delta, q float64 }{{0.01, 0.997}, {0.1, 0.968}, {0.3, 0.907}, {0.5, 0.852}, {1, 0.750}, {2, 0.648}, {3, 0.602}, {5, 0.563}, {10, 0.532}}
	for _, d := range drift {
		x := transformation{name: fmt.Sprintf("trained %v", d.delta), verdict: bom.VerdictTrainedFrom, q: [2]float64{d.q - 0.006, d.q + 0.006},
			make: func(b, _ network, s *source) network { return b.moved(s, d.delta) }, delta: [2]float64{0.98 * d.delta, 1.02 * d.delta}}
		if d.delta >= 1 {
			x.verdict = bom.VerdictRelatedDistant
		}
		list = append(list, x)
	}
	return list
}

func covered(t *testing.T, r *Result) {
	if r.Covered < 0.99 || r.CoveredReference < 0.99 || r.Unmatched != 0 {
		t.Errorf("covered %.3f, of the reference %.3f, %d unmatched", r.Covered, r.CoveredReference, r.Unmatched)
	}
}

func layersAre(want ...int) func(t *testing.T, r *Result) {
	return func(t *testing.T, r *Result) {
		if !slices.Equal(r.LayerMap, want) {
			t.Errorf("layer map %v, want %v", r.LayerMap, want)
		}
	}
}

func keep(b, _ network, _ *source) network { return b }

// renamed gives tensors names that say nothing, in another order.
func renamed(b, _ network, s *source) network {
	n := slices.Clone(b)
	s.Shuffle(len(n), func(i, k int) { n[i], n[k] = n[k], n[i] })
	for i := range n {
		n[i].name = fmt.Sprintf("onnx::MatMul_%d", 1000+i)
	}
	return n
}

func cast(dtype string) func(b, _ network, _ *source) network {
	return func(b, _ network, _ *source) network {
		n := slices.Clone(b)
		for i := range n {
			n[i].dtype = dtype
		}
		return n
	}
}

func only(part string) func(b, o network, _ *source) network {
	return func(b, o network, _ *source) network {
		n := slices.Clone(o)
		for i := range n {
			if strings.Contains(n[i].name, part) && len(n[i].shape) > 1 {
				n[i] = b[i]
			}
		}
		return n
	}
}

func allBut(part string) func(b, o network, _ *source) network {
	return func(b, o network, s *source) network { return only(part)(o, b, s) }
}

func gainsOf(b, o network, _ *source) network {
	n := slices.Clone(o)
	for i := range n {
		if len(n[i].shape) == 1 {
			n[i] = b[i]
		}
	}
	return n
}

func extended(b, o network, s *source) network {
	n := slices.Clone(b)
	n[0].shape = []uint64{n[0].shape[0] + 100, n[0].shape[1]}
	n[0].values = slices.Concat(n[0].values, o[0].values[:100*n[0].shape[1]])
	return n
}

// restack builds a model of layers of a base; -1 takes a layer of another model.
func restack(b, o network, layers ...int) network {
	var n network
	for _, w := range b {
		if !strings.Contains(w.name, "layers.") {
			n = append(n, w)
		}
	}
	for l, from := range layers {
		src := b
		if from < 0 {
			src, from = o, l%12
		}
		for _, w := range src {
			if prefix := fmt.Sprintf("model.layers.%d.", from); strings.HasPrefix(w.name, prefix) {
				w.name = fmt.Sprintf("model.layers.%d.", l) + strings.TrimPrefix(w.name, prefix)
				n = append(n, w)
			}
		}
	}
	return n
}

func upscaled(b, o network, _ *source) network {
	return restack(b, o, 0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7, 8, 9, 10, 11)
}

func dropped(b, o network, _ *source) network { return restack(b, o, 0, 1, 2, 4, 5, 6, 8, 9, 10, 11) }

func added(b, o network, _ *source) network {
	return restack(b, o, 0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1)
}

func halfLayers(b, o network, _ *source) network {
	return restack(b, o, 0, 1, 2, 3, 4, 5, -1, -1, -1, -1, -1, -1)
}

func soup(alpha float32) func(b, o network, _ *source) network {
	return func(b, o network, _ *source) network {
		n := b.clone()
		for i := range n {
			for k := range n[i].values {
				n[i].values[k] = alpha*b[i].values[k] + (1-alpha)*o[i].values[k]
			}
		}
		return n
	}
}

func pruned(b, _ network, _ *source) network {
	return b.matrices(func(w *weight) {
		size := make([]float64, len(w.values))
		for i, v := range w.values {
			size[i] = math.Abs(float64(v))
		}
		slices.Sort(size)
		for i, v := range w.values {
			if math.Abs(float64(v)) < size[len(size)/2] {
				w.values[i] = 0
			}
		}
	})
}

func prunedAtRandom(b, _ network, s *source) network {
	return b.matrices(func(w *weight) {
		for i := range w.values {
			if s.IntN(2) == 0 {
				w.values[i] = 0
			}
		}
	})
}

// joined stores the queries, keys and values of a layer in one tensor.
func joined(b, _ network, _ *source) network {
	var n network
	for i, w := range b {
		switch {
		case strings.Contains(w.name, "q_proj"):
			w.name = strings.Replace(w.name, "q_proj", "qkv_proj", 1)
			w.shape = []uint64{3 * w.shape[0], w.shape[1]}
			w.values = slices.Concat(w.values, b[i+1].values, b[i+2].values)
		case strings.Contains(w.name, "k_proj"), strings.Contains(w.name, "v_proj"):
			continue
		}
		n = append(n, w)
	}
	return n
}

func transposed(b, _ network, _ *source) network {
	return b.matrices(func(w *weight) {
		rows, cols := int(w.shape[0]), int(w.shape[1])
		out := make([]float32, len(w.values))
		for r := range rows {
			for c := range cols {
				out[c*rows+r] = w.values[r*cols+c]
			}
		}
		w.values, w.shape = out, []uint64{uint64(cols), uint64(rows)}
	})
}

// TestSplit is TestTransformations the other way round: A has apart what the
// reference has joined.
func TestSplit(t *testing.T) {
	base := small.make(newSource(1))
	whole := joined(base, nil, nil).part(t)
	for _, delta := range []float64{0, 0.3} {
		n := base
		if delta > 0 {
			n = base.moved(newSource(9), delta)
		}
		r := Parts(n.part(t), whole, Options{Comparisons: 1e12})
		want := bom.VerdictIdenticalValue
		if delta > 0 {
			want = bom.VerdictTrainedFrom
		}
		if r.Verdict != want || r.Covered < 0.99 || r.CoveredReference < 0.99 {
			t.Errorf("delta %v: %s, covered %.3f and %.3f, notes %q", delta, r.Verdict, r.Covered, r.CoveredReference, r.Notes)
		}
	}
}
