package compare

import (
	"math"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
)

// wholeBy rounds matrices to whole numbers of some bits, with a scale for each
// group of elements, and moves them by a zero point.
func wholeBy(n network, bits int, zero float64, group func(w *weight, i int) int) network {
	return n.matrices(func(w *weight) {
		largest := map[int]float64{}
		for i, v := range w.values {
			largest[group(w, i)] = max(largest[group(w, i)], math.Abs(float64(v)))
		}
		top := float64(int(1)<<(bits-1) - 1)
		for i, v := range w.values {
			w.values[i] = float32(math.Round(float64(v)/largest[group(w, i)]*top) + zero)
		}
		w.fake = "I8"
		if zero > 0 {
			w.fake = "U8"
		}
	})
}

func ofTensor(*weight, int) int     { return 0 }
func ofRow(w *weight, i int) int    { return i / int(w.shape[1]) }
func ofColumn(w *weight, i int) int { return i % int(w.shape[1]) }

// uneven gives rows and columns different sizes.
func uneven(n network) network {
	return n.matrices(func(w *weight) {
		s, cols := newSource(uint64(len(w.name))), int(w.shape[1])
		row, col := ones(int(w.shape[0])), ones(cols)
		for i := range row {
			row[i] = math.Exp(0.5 * s.NormFloat64())
		}
		for i := range col {
			col[i] = math.Exp(0.7 * s.NormFloat64())
		}
		for i := range w.values {
			w.values[i] *= float32(row[i/cols] * col[i%cols])
		}
	})
}

func turned(n network) network    { return transposed(n, nil, nil) }
func untouched(n network) network { return n }

// TestWholeNumbers has integers whose scales stand elsewhere, as in ONNX.
func TestWholeNumbers(t *testing.T) {
	if raced {
		t.Skip("statistics, run without the race detector")
	}
	base := mini.make(newSource(21))
	for _, x := range []struct {
		name  string
		form  func(network) network
		bits  int
		zero  float64
		group func(w *weight, i int) int
		turn  func(network) network
		// low and high bound the relative distance of copies.
		low, high float64
	}{
		{"matrix", untouched, 8, 0, ofTensor, untouched, 0.008, 0.013},
		{"matrix with a zero", untouched, 8, 117, ofTensor, untouched, 0.008, 0.013},
		{"7 bits of a matrix", untouched, 7, 0, ofTensor, untouched, 0.016, 0.026},
		{"rows", uneven, 8, 0, ofRow, untouched, 0.006, 0.016},
		{"columns", uneven, 8, 0, ofColumn, untouched, 0.005, 0.016},
		{"columns with a zero", uneven, 8, 128, ofColumn, untouched, 0.005, 0.016},
		{"rows, transposed", uneven, 8, 0, ofRow, turned, 0.006, 0.016},
		{"columns, transposed", uneven, 8, 0, ofColumn, turned, 0.005, 0.016},
		{"4 bits of a matrix", untouched, 4, 0, ofTensor, untouched, 0.15, 0.25},
	} {
		t.Run(x.name, func(t *testing.T) {
			reference := x.form(base).part(t)
			for _, delta := range []float64{0, 0.05, 0.3} {
				n, want := base, bom.VerdictRequantised
				if delta > 0 {
					n, want = base.moved(newSource(23), delta), bom.VerdictTrainedFrom
				}
				a := x.turn(wholeBy(x.form(n), x.bits, x.zero, x.group)).part(t)
				r := Parts(a, reference, Options{Comparisons: 1e12})
				back := Parts(reference, a, Options{Comparisons: 1e12})
				t.Logf("trained %v: %s, %s, delta %.4f and back %.4f, inside %d of %d", delta, r.Verdict, r.Strength, r.Delta, back.Delta, r.Requantised, r.Quantised)
				if r.Verdict != want {
					t.Errorf("trained %v: %s, want %s", delta, r.Verdict, want)
				}
				// A scale that is fitted to changed weights takes a part of the change.
				low, high := math.Hypot(x.low, 0.88*delta), math.Hypot(x.high, 1.03*delta)
				if r.Delta < low || r.Delta > high || back.Delta < low || back.Delta > high {
					t.Errorf("trained %v: distance %.4f, back %.4f, want %.4f to %.4f", delta, r.Delta, back.Delta, low, high)
				}
			}
		})
	}
}

// TestWholeNumbersBoth compares integers with integers.
func TestWholeNumbersBoth(t *testing.T) {
	base := mini.make(newSource(21))
	b := wholeBy(base, 8, 0, ofTensor).part(t)
	for delta, want := range map[float64]bom.Verdict{0: bom.VerdictIdentical, 0.1: bom.VerdictTrainedFrom} {
		n := base
		if delta > 0 {
			n = base.moved(newSource(23), delta)
		}
		r := Parts(wholeBy(n, 8, 0, ofTensor).part(t), b, Options{})
		if r.Verdict != want || math.Abs(r.Delta-delta) > 0.01 {
			t.Errorf("trained %v: %s, distance %v", delta, r.Verdict, r.Delta)
		}
		r = Parts(wholeBy(n, 8, 100, ofTensor).part(t), b, Options{})
		if math.Abs(r.Delta-delta) > 0.01+0.02*(1-delta) {
			t.Errorf("trained %v, with a zero: %s, distance %v", delta, r.Verdict, r.Delta)
		}
	}
}

// TestNoScale has integers that no scale brings near: they have no distance.
func TestNoScale(t *testing.T) {
	samples := make([]sample, 4)
	for i := range samples {
		for k := range samples[i].a {
			samples[i].a[k], samples[i].b[k] = float64(k%7), -float64(k%7)
		}
	}
	if out := fitAffine(samples); len(out) != 0 {
		t.Errorf("a scale was found for values of the other sign: %v", out)
	}
	for i := range samples {
		samples[i] = sample{}
	}
	if out := fitAffine(samples); len(out) != 0 {
		t.Errorf("a scale was found for nothing: %v", out)
	}
}
