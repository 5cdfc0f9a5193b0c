package compare

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
)

// A quantiser rounds the values of a matrix in place, as a format does.
type quantiser struct {
	name  string
	apply func(w *weight, s *source)
	// strict formats round to the nearest level.
	strict bool
	// floor is the smallest fine-tune that must be told from rounding.
	floor float64
}

func quantisers() []quantiser {
	groups := func(w *weight, size int, f func(x []float32)) {
		for at := 0; at < len(w.values); at += size {
			f(w.values[at : at+size])
		}
	}
	uniform := func(size, bits int, symmetric bool) func(w *weight, s *source) {
		return func(w *weight, _ *source) {
			groups(w, size, func(x []float32) { roundEvenly(x, bits, symmetric) })
		}
	}
	as := func(dtype, scheme string, f func(w *weight, s *source)) func(w *weight, s *source) {
		return func(w *weight, s *source) {
			f(w, s)
			w.fake, w.scheme = dtype, scheme
			if dtype == "I32" {
				w.bits = 4
			}
		}
	}
	return []quantiser{
		{"Q8_0", func(w *weight, _ *source) { w.dtype = "Q8_0" }, true, 0.01},
		{"fp8 without a scale", as("F8_E4M3", "", func(w *weight, _ *source) { castFP8(w.values) }), true, 0.05},
		{"Q6_K, cut off", as("Q6_K", "", func(w *weight, _ *source) {
			groups(w, 16, func(x []float32) { roundCut(x, 6, 1.05) })
		}), true, 0.03},
		{"Q3_K, cut off", as("Q3_K", "", func(w *weight, _ *source) {
			groups(w, 16, func(x []float32) { roundCut(x, 3, 1.4) })
		}), true, 0.05},
		{"TQ1_0", as("TQ1_0", "", func(w *weight, _ *source) {
			groups(w, 256, func(x []float32) { roundTo(x, []float64{-1, 0, 1}) })
		}), true, 0.1},
		{"IQ3_S", as("IQ3_S", "", func(w *weight, _ *source) { toCodebook(w.values, eightLevels, false) }), false, 0.02},
		{"IQ3_XXS", as("IQ3_XXS", "", func(w *weight, _ *source) { toCodebook(w.values, fourLevels, true) }), false, 0.05},
		{"IQ2_XXS", as("IQ2_XXS", "", func(w *weight, _ *source) { toCodebook(w.values, twoLevels, true) }), false, 0.05},
		{"Q4_0", func(w *weight, _ *source) { w.dtype = "Q4_0" }, true, 0.02},
		{"Q6_K", as("Q6_K", "", uniform(16, 6, true)), true, 0.03},
		{"Q5_K", as("Q5_K", "", uniform(32, 5, false)), true, 0.02},
		{"Q4_K", as("Q4_K", "", uniform(32, 4, false)), true, 0.02},
		{"Q3_K", as("Q3_K", "", uniform(16, 3, true)), true, 0.05},
		{"Q2_K", as("Q2_K", "", uniform(16, 2, false)), true, 0.05},
		{"int4 in groups of 64", as("U32", "mlx", uniform(64, 4, false)), true, 0.02},
		{"NF4", as("U8", "bitsandbytes-4bit", func(w *weight, _ *source) {
			groups(w, 64, func(x []float32) { roundTo(x, nf4) })
		}), true, 0.03},
		{"MXFP4", as("U8", "mxfp4", func(w *weight, _ *source) {
			groups(w, 32, func(x []float32) { roundTo(x, fp4) })
		}), true, 0.03},
		{"fp8 in blocks", as("F8_E4M3", "fp8-block", func(w *weight, _ *source) { roundFP8(w.values) }), true, 0.03},
		{"fp8 of a matrix, scale unread", as("F8_E4M3", "scaled", func(w *weight, _ *source) {
			roundFP8(w.values)
			for i := range w.values {
				w.values[i] *= 448 / 0.08
			}
		}), true, 0.05},
		{"int8 of rows, scale unread", as("I8", "bitsandbytes-8bit", func(w *weight, _ *source) {
			groups(w, int(w.shape[1]), func(x []float32) {
				largest := float32(0)
				for _, v := range x {
					largest = max(largest, abs32(v))
				}
				for i, v := range x {
					x[i] = float32(math.Round(float64(v / largest * 127)))
				}
			})
		}), true, 0.02},
		{"int8 of a matrix", as("I8", "", func(w *weight, _ *source) { roundEvenly(w.values, 8, true) }), true, 0.02},
		{"GPTQ", as("I32", "gptq", func(w *weight, s *source) { compensate(w.values, 128, s, nil) }), false, 0.2},
		{"GPTQ, groups reordered", as("I32", "gptq", func(w *weight, s *source) {
			compensate(w.values, int(w.shape[1]), s, s.Perm(int(w.shape[1])))
		}), false, 0.2},
		{"AWQ", as("I32", "awq", func(w *weight, s *source) {
			cols := int(w.shape[1])
			scale := make([]float64, cols)
			for i := range scale {
				scale[i] = math.Exp(0.7 * s.NormFloat64())
			}
			for i := range w.values {
				w.values[i] *= float32(scale[i%cols])
			}
			groups(w, 128, func(x []float32) { roundWithZero(x, 4) })
		}), false, 0.15},
	}
}

// roundEvenly rounds to 2^bits even levels between the extremes.
func roundEvenly(x []float32, bits int, symmetric bool) {
	low, high := float64(slices.Min(x)), float64(slices.Max(x))
	levels := float64(int(1)<<bits - 1)
	if symmetric {
		high = max(high, -low)
		low = -high
		levels--
	}
	step := (high - low) / levels
	if step == 0 {
		return
	}
	for i, v := range x {
		x[i] = float32(low + step*math.Round((float64(v)-low)/step))
	}
}

// roundWithZero rounds to even levels of which one is 0, as a scale and a whole
// zero point give them.
func roundWithZero(x []float32, bits int) {
	low, high := min(0, float64(slices.Min(x))), max(0, float64(slices.Max(x)))
	levels := float64(int(1)<<bits - 1)
	step := (high - low) / levels
	if step == 0 {
		return
	}
	zero := math.Round(-low / step)
	for i, v := range x {
		k := min(max(math.Round(float64(v)/step)+zero, 0), levels)
		x[i] = float32(step * (k - zero))
	}
}

// The 16 levels of NormalFloat 4 (QLoRA, appendix E) and of FP4 E2M1.
var (
	nf4 = []float64{-1, -0.6961928, -0.52507305, -0.3949175, -0.28444138, -0.18477343, -0.09105004, 0, 0.0795803, 0.1609302, 0.2461123, 0.33791524, 0.44070983, 0.562617, 0.72295684, 1}
	fp4 = []float64{-1, -4. / 6, -3. / 6, -2. / 6, -1.5 / 6, -1. / 6, -0.5 / 6, 0, 0.5 / 6, 1. / 6, 1.5 / 6, 2. / 6, 3. / 6, 4. / 6, 1}
)

func roundTo(x []float32, levels []float64) {
	largest := 0.0
	for _, v := range x {
		largest = max(largest, math.Abs(float64(v)))
	}
	for i, v := range x {
		best := 0.0
		for k, l := range levels {
			if k == 0 || math.Abs(l*largest-float64(v)) < math.Abs(best-float64(v)) {
				best = l * largest
			}
		}
		x[i] = float32(best)
	}
}

// roundFP8 rounds to E4M3 after scaling the largest value to 448.
func roundFP8(x []float32) {
	largest := 0.0
	for _, v := range x {
		largest = max(largest, math.Abs(float64(v)))
	}
	scale := largest / 448
	for i, v := range x {
		y := float64(v) / scale
		_, e := math.Frexp(y)
		unit := math.Ldexp(1, max(e-1, -6)-3)
		x[i] = float32(math.RoundToEven(y/unit) * unit * scale)
	}
}

// castFP8 rounds to E4M3 as values are, subnormal ones included.
func castFP8(x []float32) {
	for i, v := range x {
		_, e := math.Frexp(float64(v))
		unit := math.Ldexp(1, max(e-1, -6)-3)
		x[i] = float32(math.RoundToEven(float64(v)/unit) * unit)
	}
}

// roundCut rounds to even levels about 0 with a scale that is smaller than the
// largest value asks for, by a factor, as quantisers choose it that make the
// sum of errors small.
func roundCut(x []float32, bits int, factor float64) {
	largest := 0.0
	for _, v := range x {
		largest = max(largest, math.Abs(float64(v)))
	}
	top := float64(int(1) << (bits - 1))
	step := largest / top / factor
	for i, v := range x {
		x[i] = float32(step * min(max(math.Round(float64(v)/step), -top), top-1))
	}
}

// The positive levels of the best quantisers of normal values with 4, 8 and 16
// levels (J. Max, Quantizing for minimum distortion, 1960), which are about as
// far off as code books of 2 and of 3 bits.
var (
	twoLevels   = []float64{0.4528, 1.510}
	fourLevels  = []float64{0.2451, 0.7560, 1.344, 2.152}
	eightLevels = []float64{0.1284, 0.3881, 0.6568, 0.9424, 1.256, 1.618, 2.069, 2.733}
)

// toCodebook rounds magnitudes and keeps signs, or all but one of eight, which
// makes the number of minus signs even.
func toCodebook(x []float32, levels []float64, parity bool) {
	for at := 0; at+32 <= len(x); at += 32 {
		g, square := x[at:at+32], 0.0
		for _, v := range g {
			square += float64(v) * float64(v) / 32
		}
		for from := 0; from < 32; from += 8 {
			minus, smallest := 0, from
			for k := from; k < from+8; k++ {
				if g[k] < 0 {
					minus++
				}
				if abs32(g[k]) < abs32(g[smallest]) {
					smallest = k
				}
			}
			if parity && minus%2 != 0 {
				g[smallest] = -g[smallest]
			}
		}
		for k, v := range g {
			best := levels[0]
			for _, l := range levels {
				if size := math.Abs(float64(v)) / math.Sqrt(square); math.Abs(l-size) < math.Abs(best-size) {
					best = l
				}
			}
			g[k] = float32(math.Copysign(best*math.Sqrt(square), float64(v)))
		}
	}
}

// compensate rounds to 4 bits in groups of 128 and carries a part of each error
// on to the next weights, as GPTQ does, in rows of the given size and in an order
// of columns.
func compensate(x []float32, size int, s *source, order []int) {
	for at := 0; at < len(x); at += size {
		row := x[at:min(at+size, len(x))]
		for from := 0; from < len(row); from += 128 {
			at := func(i int) int {
				if order != nil {
					return order[from+i]
				}
				return from + i
			}
			low, high, n := math.Inf(1), math.Inf(-1), min(128, len(row)-from)
			for i := range n {
				low, high = min(low, float64(row[at(i)])), max(high, float64(row[at(i)]))
			}
			step, carry := (high-low)/15, 0.0
			for i := range n {
				want := float64(row[at(i)]) + carry
				r := low + step*math.Round((want-low)/step)
				carry = 0.4 * (want - r) * (0.5 + s.Float64())
				row[at(i)] = float32(r)
			}
		}
	}
}

var mini = plan{layers: 4, width: 128, inner: 256, vocabulary: 512}

func TestQuantised(t *testing.T) {
	if raced {
		t.Skip("statistics, run without the race detector")
	}
	base := mini.make(newSource(11))
	tailed := newSource(12)
	tailed.tails = 5
	for name, base := range map[string]network{"normal": base, "t5": mini.make(tailed)} {
		reference := base.part(t)
		for _, q := range quantisers() {
			t.Run(q.name+", "+name, func(t *testing.T) {
				for _, delta := range []float64{0, q.floor, 0.3} {
					n := base
					if delta > 0 {
						n = base.moved(newSource(13), delta)
					}
					a := n.matrices(func(w *weight) { q.apply(w, newSource(14)) }).part(t)
					r := Parts(a, reference, Options{Comparisons: 1e12})
					want, strength := bom.VerdictTrainedFrom, bom.StrengthStrong
					if delta == 0 {
						want = bom.VerdictRequantised
						if !q.strict {
							strength = bom.StrengthModerate
						}
					}
					t.Logf("| %s, %s, trained %v | %s, %s | q %.4f | Z %.1f | delta %.3f | inside %d near %d of %d | seed %v",
						q.name, name, delta, r.Verdict, r.Strength, r.Agreement, r.Z, r.Delta, r.Requantised, r.Rounded, r.Quantised, r.Seed.Why)
					if r.Verdict != want || r.Strength != strength {
						t.Errorf("trained %v: %s (%s), want %s (%s)", delta, r.Verdict, r.Strength, want, strength)
					}
					if want == bom.VerdictRequantised && !q.strict && !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, "cannot be excluded") }) {
						t.Errorf("no note says that training cannot be excluded: %q", r.Notes)
					}
					if strings.Contains(q.name, "AWQ") && r.Seed.Tested {
						t.Error("gains were tested though they are scaled")
					}
				}
			})
		}
	}
}

// TestSignless has types of a bit and a half, of which only the distance is
// known: what training cannot be seen is said, and large changes are seen.
func TestSignless(t *testing.T) {
	base := mini.make(newSource(11))
	reference := base.part(t)
	for delta, want := range map[float64]bom.Verdict{0: bom.VerdictRequantised, 0.1: bom.VerdictRequantised, 0.7: bom.VerdictTrainedFrom} {
		n := base
		if delta > 0 {
			n = base.moved(newSource(13), delta)
		}
		a := n.matrices(func(w *weight) {
			for at := 0; at < len(w.values); at += 32 {
				g, square := w.values[at:at+32], 0.0
				for _, v := range g {
					square += float64(v) * float64(v) / 32
				}
				for k, v := range g {
					g[k] = float32(1.224 * math.Sqrt(square) * min(1, max(-1, math.Round(float64(v)/1.224/math.Sqrt(square)))))
				}
			}
			w.fake = "IQ1_S"
		}).part(t)
		r := Parts(a, reference, Options{Comparisons: 1e12})
		t.Logf("trained %v: %s, %s, delta %.3f, near %d of %d", delta, r.Verdict, r.Strength, r.Delta, r.Rounded, r.Quantised)
		if r.Verdict != want || want == bom.VerdictRequantised && (r.Strength != bom.StrengthModerate || !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, "cannot be excluded") })) {
			t.Errorf("trained %v: %s, %s, notes %q; want %s", delta, r.Verdict, r.Strength, r.Notes, want)
		}
	}
}
