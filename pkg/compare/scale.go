package compare

import (
	"math"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// Some values are read without their scales: those of schemes whose scale
// stands beside them, and integers whose scale and zero stand in other tensors,
// as in ONNX. Their distance from others is measured after a fit.

// windowsDiffer is how much smaller the errors must be, when each window has a
// scale of its own, for scales to be those of rows and not of the tensor.
const windowsDiffer = 0.8

// scaleUnread reports schemes of which the engine reads values without scales.
func scaleUnread(t *fingerprint.TensorPrint) bool {
	return t.Scheme == "scaled" || t.Scheme == "bitsandbytes-8bit"
}

// mayBeWhole reports the types of integers whose scale may stand elsewhere.
// Formats that keep the scale with the tensor give values that are not whole.
func mayBeWhole(t *fingerprint.TensorPrint) bool {
	switch t.DType {
	case "I8", "U8", "I4", "U4":
		return t.Scheme == ""
	}
	return false
}

// scaleRead reports that values were read with their scales.
func scaleRead(t *fingerprint.TensorPrint) bool { return !scaleUnread(t) && !mayBeWhole(t) }

// brought gives samples with the values of one side brought to the scale of the
// other's, where one was read without.
func (c *comparison) brought(a, b *unit, samples []sample) []sample {
	switch {
	case scaleUnread(a.print) != scaleUnread(b.print):
		fitScale(samples)
	case mayBeWhole(a.print) || mayBeWhole(b.print):
		whole := fitWhole(a.print, b.print, samples)
		if x, y := across(a), across(b); x != nil && y != nil && x.shape == y.shape {
			// Where scales are those of columns, windows lie within one after both
			// are turned over.
			other := fitWhole(a.print, b.print, valuesOf(nil, x, y, sameWindows[:min(x.n, y.n)]))
			if relativeError(other) < windowsDiffer*relativeError(whole) {
				return other
			}
		}
		return whole
	}
	return samples
}

// across is the other of a matrix as it is stored and its transposed view, or
// nil.
func across(u *unit) *unit {
	want := fingerprint.Transposed
	if u.view.Transform == want {
		want = fingerprint.Stored
	} else if !u.first {
		return nil
	}
	for i := range u.print.Views {
		if v := &u.print.Views[i]; v.Transform == want {
			return newUnit(u.side, u.index, u.print, v)
		}
	}
	return nil
}

// relativeError is the relative distance of samples, and infinite without any.
func relativeError(samples []sample) float64 {
	if d := measure(samples); d.n > 0 && d.sqB > 0 {
		return math.Sqrt(d.sqDiff / d.sqB)
	}
	return math.Inf(1)
}

// fitWhole brings whole numbers of either side to the other side's scale. It
// gives no samples where no scale fits.
func fitWhole(a, b *fingerprint.TensorPrint, samples []sample) []sample {
	wholeA := mayBeWhole(a) && wholeNumbers(samples)
	swap(samples)
	wholeB := mayBeWhole(b) && wholeNumbers(samples)
	if wholeB && !wholeA {
		samples = fitAffine(samples)
	}
	swap(samples)
	switch {
	case wholeA && wholeB:
		return fitBoth(samples)
	case wholeA:
		return fitAffine(samples)
	}
	return samples
}

// swap exchanges the sides.
func swap(samples []sample) {
	for i := range samples {
		s := &samples[i]
		s.a, s.b, s.blurA, s.blurB = s.b, s.a, s.blurB, s.blurA
	}
}

// wholeNumbers reports that A's values are whole.
func wholeNumbers(samples []sample) bool {
	for i := range samples {
		for _, a := range samples[i].a {
			if math.Abs(a-math.Round(a)) > 2*samples[i].blurA {
				return false
			}
		}
	}
	return len(samples) > 0
}

// fitBoth compares integers with integers. Neither side's zero is known: it is
// taken to be B's mean, as that of weights is near 0.
func fitBoth(samples []sample) []sample {
	same := true
	for i := range samples {
		same = same && samples[i].same
	}
	if same {
		return samples
	}
	samples = fitAffine(samples)
	mean := 0.0
	for i := range samples {
		for _, b := range samples[i].b {
			mean += b / float64(len(samples)*windowSize)
		}
	}
	for i := range samples {
		for k := range samples[i].a {
			samples[i].a[k] -= mean
			samples[i].b[k] -= mean
		}
	}
	return samples
}

// fitAffine maps A's integers by a scale and an offset to what is nearest to B:
// those of the tensor, or of each window where these are clearly better.
func fitAffine(samples []sample) []sample {
	var all regression
	for i := range samples {
		all.add(&samples[i])
	}
	left, each := 0.0, make([]regression, len(samples))
	for i := range samples {
		each[i].add(&samples[i])
		left += each[i].errors()
	}
	n := all.n
	byWindow := left/(n-2*float64(len(samples))) < windowsDiffer*all.errors()/(n-2)
	out := samples[:0]
	for i := range samples {
		r := all
		if byWindow && each[i].slope() > 0 {
			r = each[i]
		}
		if r.slope() > 0 {
			out = append(out, samples[i])
			r.apply(&out[len(out)-1])
		}
	}
	return out
}

// A regression is that of B on A.
type regression struct{ n, a, b, aa, ab, bb float64 }

func (r *regression) add(s *sample) {
	for k, a := range s.a {
		b := s.b[k]
		r.n, r.a, r.b, r.aa, r.ab, r.bb = r.n+1, r.a+a, r.b+b, r.aa+a*a, r.ab+a*b, r.bb+b*b
	}
}

// spread is the sum of squares of A about its mean.
func (r *regression) spread() float64 { return r.aa - r.a*r.a/r.n }

// slope is 0 where A is constant.
func (r *regression) slope() float64 {
	if d := r.spread(); d > 0 {
		return (r.ab - r.a*r.b/r.n) / d
	}
	return 0
}

// errors is the sum of squared errors.
func (r *regression) errors() float64 {
	return max(0, r.bb-r.b*r.b/r.n-r.slope()*(r.ab-r.a*r.b/r.n))
}

// stepError is the standard error of rounding, in steps.
const stepError = 0.28867513459481287 // 1/√12

// apply maps A's values, and says how far off the fit may be if they are B's
// rounded.
func (r *regression) apply(s *sample) {
	slope := r.slope()
	for k, a := range s.a {
		s.a[k] = r.b/r.n + slope*(a-r.a/r.n)
	}
	s.blurA *= slope
	s.step = slope
	s.fit = stepError / math.Sqrt(r.spread())
	s.fitOffset = stepError * slope / math.Sqrt(r.n)
	s.same = false
}

// fitScale multiplies A's values in each window by what brings them nearest to
// B's, for schemes whose scales are stored beside the values and were not read.
func fitScale(samples []sample) {
	for i := range samples {
		s := &samples[i]
		var aa, ab float64
		for k, a := range s.a {
			aa += a * a
			ab += a * s.b[k]
		}
		if aa == 0 || ab <= 0 {
			continue
		}
		factor, rest := ab/aa, 0.0
		for k := range s.a {
			s.a[k] *= factor
			rest += (s.a[k] - s.b[k]) * (s.a[k] - s.b[k])
		}
		s.blurA *= factor
		s.fit = math.Sqrt(rest/(windowSize-1)/aa) / factor
		s.same = false
	}
}
