package compare

import (
	"math"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// Cells say whether A's values are B's, rounded.
type cells struct {
	checked bool
	inside  bool // in the rounding cells of A's values
	near    bool // no farther from B than rounding to A's levels makes them
}

// A rounding is how values came to be those that a type holds.
type rounding struct {
	kind roundingKind
	// Of floats: the bits of the significand, the leading one included, and the
	// smallest exponent of a normal number.
	significand, lowest int
	block               int // elements that share a scale, at most windowSize
}

type roundingKind int

const (
	unrounded   roundingKind = iota
	float                    // to nearest, of a known grid
	scaledFloat              // the same after a scale that is not known
	evenLevels               // equal steps and one offset a block
	anyLevels                // to the nearest of some levels
	compensated              // errors are carried on to later elements, or vectors are rounded together
	integer                  // whole numbers whose scale is elsewhere
)

// floatTypes are the significand bits and lowest exponents of floating-point
// types (IEEE 754, OCP 8-bit Floating Point Specification 1.0).
var floatTypes = map[string][2]int{
	"F64": {53, -1022}, "F32": {24, -126}, "F16": {11, -14}, "BF16": {8, -126}, "F8_E4M3": {4, -6}, "F8_E5M2": {3, -14},
}

// roundingOf tells how a tensor's values were rounded, from its type and scheme.
func roundingOf(t *fingerprint.TensorPrint) rounding {
	d := strings.ToUpper(string(t.DType))
	if t.Form != "" && floatTypes[string(t.Form)] != [2]int{} {
		d = string(t.Form)
	}
	scheme := strings.ToLower(t.Scheme)
	f, isFloat := floatTypes[d]
	switch {
	case strings.Contains(scheme, "gptq"), strings.Contains(scheme, "awq"), scheme == "pack-quantized":
		return rounding{kind: compensated, block: windowSize}
	case strings.HasPrefix(scheme, "fp8"), scheme == "scaled" && isFloat:
		return rounding{kind: scaledFloat, significand: max(f[0], 3), lowest: f[1], block: windowSize}
	case strings.Contains(scheme, "nvfp4"):
		return rounding{kind: anyLevels, block: 16}
	case strings.Contains(scheme, "mxfp4"), scheme == "bitsandbytes-4bit":
		return rounding{kind: anyLevels, block: windowSize}
	case scheme != "":
		return rounding{kind: evenLevels, block: windowSize}
	case isFloat:
		return rounding{kind: float, significand: f[0], lowest: f[1], block: windowSize}
	}
	switch d {
	case "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q8_1", "Q4_K", "Q5_K", "Q8_K":
		return rounding{kind: evenLevels, block: windowSize}
	case "Q2_K", "Q3_K", "Q6_K":
		return rounding{kind: evenLevels, block: 16}
	case "IQ4_NL", "IQ4_XS", "MXFP4", "TQ1_0", "TQ2_0":
		return rounding{kind: anyLevels, block: windowSize}
	case "NVFP4":
		return rounding{kind: anyLevels, block: 16}
	case "I8", "U8", "I4", "U4", "I16", "U16":
		return rounding{kind: evenLevels, block: windowSize}
	}
	if strings.HasPrefix(d, "IQ") {
		return rounding{kind: compensated, block: windowSize}
	}
	return rounding{kind: unrounded}
}

// coarser reports whether values rounded like r can come from values rounded
// like o and not be these: a type narrower than a float.
func (r rounding) coarser(o rounding) bool {
	switch {
	case r.kind == unrounded:
		return false
	case r.kind == float && o.kind == float:
		return r.significand < o.significand || r.significand > o.significand && r.lowest > o.lowest
	}
	return r.kind != float
}

// Limits of the check.
const (
	// outsideShare of values may lie outside their cells: scales are themselves
	// rounded, and quantisers that fit them leave a few values at a boundary. A
	// fine-tune of relative distance 0.01 puts 1.5 % and more outside the
	// cells of a 4-bit type.
	outsideShare = 0.005
	// slack is the part of a step by which a rounded scale moves a boundary.
	slack = 0.02
	// oppositeShare of values may have the other sign where columns were scaled:
	// rounding to a grid that has 0 changes no sign.
	oppositeShare = 0.001
	// fitErrors is how many standard errors a fitted scale may be off.
	fitErrors = 4
	// noiseFactor is how much larger than the rounding noise that A's levels
	// give the distance may be, where errors are compensated.
	noiseFactor = 1.3
	// compensatedNoise is the relative distance that 4 bits in groups of 128
	// make with compensated errors (measured 0.117 for plain rounding). It is
	// the limit where levels cannot be told, such as in reordered groups.
	compensatedNoise = 0.13
	// nearAgreement is the share of equal untied bits that a copy has at least,
	// whatever it was quantised to (measured 0.993).
	nearAgreement = 0.985
)

// checkCells checks a pair whose A is quantised.
func checkCells(p *pair, samples []sample) cells {
	ra, rb := roundingOf(p.a.print), roundingOf(p.b.print)
	if !ra.coarser(rb) || len(samples) == 0 || sameType(p.a.print, p.b.print) {
		return cells{}
	}
	c := cells{checked: true}
	if ra.kind == evenLevels && wholeNumbers(p.a.print, samples) {
		ra.kind = integer
		samples = rescale(samples)
	}
	noise, total, outside, n := 0.0, 0.0, 0, 0
	diff, opposite := 0.0, 0
	for i := range samples {
		s := &samples[i]
		for from := 0; from < windowSize; from += ra.block {
			a, b := s.a[from:from+ra.block], s.b[from:from+ra.block]
			blur := (s.blurA + s.blurB) * 1.01
			lower, upper := ra.cellsOf(a, s.blurA)
			for k, v := range b {
				n++
				tolerance := blur + slack*(upper[k]-lower[k]) + fitErrors*s.fit*math.Abs(a[k])
				if v < lower[k]-tolerance || v > upper[k]+tolerance {
					outside++
				}
				width := min(upper[k], a[k]+2*(a[k]-lower[k])) - max(lower[k], a[k]-2*(upper[k]-a[k]))
				noise += width * width / 12
				total += v * v
				diff += (a[k] - v) * (a[k] - v)
				if a[k]*v < 0 && math.Abs(a[k]) > blur {
					opposite++
				}
			}
		}
	}
	c.inside = ra.kind != compensated && float64(outside) <= outsideShare*float64(n)
	if rb.kind != float && rb.kind != unrounded {
		noise += noiseOf(rb, samples)
	}
	limit := noiseFactor * math.Sqrt(noise/max(total, math.SmallestNonzeroFloat64))
	if ra.kind == compensated {
		limit = max(limit, compensatedNoise)
	}
	closeBy := math.Sqrt(diff/max(total, math.SmallestNonzeroFloat64)) <= limit && p.tally.agreement() >= nearAgreement
	if strings.Contains(strings.ToLower(p.a.print.Scheme), "awq") {
		// Columns were scaled, which moves medians and distances and no sign.
		closeBy = float64(opposite) <= oppositeShare*float64(n)
	}
	// For a type whose cells are known, lying outside them is the answer; only
	// where cells are wider than half a step, or B is quantised as well, does
	// the distance decide.
	if ra.kind == compensated || rb.kind != float {
		c.near = closeBy
	}
	return c
}

func sameType(a, b *fingerprint.TensorPrint) bool {
	return a.DType == b.DType && a.Scheme == b.Scheme && (a.Form == b.Form || roundingOf(a).kind != float)
}

// noiseOf is the rounding noise of B, when B is quantised as well.
func noiseOf(r rounding, samples []sample) (sum float64) {
	for i := range samples {
		s := &samples[i]
		for from := 0; from < windowSize; from += r.block {
			b := s.b[from : from+r.block]
			lower, upper := r.cellsOf(b, s.blurB)
			for k := range b {
				width := 2 * min(upper[k]-b[k], b[k]-lower[k])
				sum += width * width / 12
			}
		}
	}
	return sum
}

// cellsOf gives for each value of a block the range of values that round to it.
func (r rounding) cellsOf(a []float64, blur float64) (lower, upper []float64) {
	lower, upper = make([]float64, len(a)), make([]float64, len(a))
	switch r.kind {
	case float:
		for i, v := range a {
			half := r.halfUnit(v)
			lower[i], upper[i] = v-half, v+half
		}
		return lower, upper
	case integer:
		for i, v := range a {
			lower[i], upper[i] = v-0.5, v+0.5
		}
		return lower, upper
	}
	sorted := distinct(a, 2*blur)
	step := 0.0
	if r.kind == evenLevels {
		step = gridStep(sorted, blur)
	}
	for i, v := range a {
		lower[i], upper[i] = nearest(sorted, v, step)
		if r.kind == scaledFloat {
			// Half a unit in the last place is at most this part of the value.
			half := math.Abs(v) * math.Ldexp(1, -r.significand)
			if half == 0 {
				continue
			}
			lower[i], upper[i] = max(lower[i], v-half), min(upper[i], v+half)
		}
	}
	return lower, upper
}

// halfUnit is half a unit in the last place of v's type.
func (r rounding) halfUnit(v float64) float64 {
	exponent := r.lowest
	if v != 0 {
		_, e := math.Frexp(v) // v = f * 2^e with f in [1/2, 1)
		exponent = max(exponent, e-1)
	}
	return math.Ldexp(1, exponent-r.significand)
}

// distinct sorts values and joins those that are equal but for the blur.
func distinct(a []float64, blur float64) []float64 {
	s := slices.Clone(a)
	slices.Sort(s)
	out := s[:0]
	for i, v := range s {
		if i == 0 || v-out[len(out)-1] > blur {
			out = append(out, v)
		}
	}
	return out
}

// nearest is the cell of a level among those that are seen, and no wider than a
// step when that is known. Beyond the outermost levels values were cut off:
// there the cell ends a step outwards.
func nearest(sorted []float64, v, step float64) (lower, upper float64) {
	i, _ := slices.BinarySearchFunc(sorted, v, func(a, b float64) int {
		if a < b {
			return -1
		}
		return 1
	})
	// The level of v is the closest one.
	if i == len(sorted) || i > 0 && v-sorted[i-1] < sorted[i]-v {
		i--
	}
	half := step / 2
	if step == 0 {
		half = math.Inf(1)
	}
	down, up := half, half
	if i > 0 {
		down = min(half, (sorted[i]-sorted[i-1])/2)
	} else if step > 0 {
		down = step
	}
	if i+1 < len(sorted) {
		up = min(half, (sorted[i+1]-sorted[i])/2)
	} else if step > 0 {
		up = step
	}
	if math.IsInf(down, 1) && !math.IsInf(up, 1) {
		down = 2 * up
	}
	if math.IsInf(up, 1) && !math.IsInf(down, 1) {
		up = 2 * down
	}
	if math.IsInf(up, 1) {
		return v, v
	}
	return v - down, v + up
}

// maxSteps is the number of steps between the outermost values of a block of 8
// bits.
const maxSteps = 256

// gridStep finds the step of a grid that all levels lie on, or 0: the smallest
// difference, or a whole part of it.
func gridStep(sorted []float64, blur float64) float64 {
	if len(sorted) < 3 {
		return 0
	}
	smallest := math.Inf(1)
	for i := range sorted[1:] {
		smallest = min(smallest, sorted[i+1]-sorted[i])
	}
	span := sorted[len(sorted)-1] - sorted[0]
	for part := 1.0; part <= 4; part++ {
		step := smallest / part
		if step < 8*blur || span/step > maxSteps+1 {
			return 0
		}
		if step = fitStep(sorted, step, blur); step > 0 {
			return step
		}
	}
	return 0
}

// fitStep refines a step from the nearest levels outwards, and returns 0 when
// one of them lies between two multiples.
func fitStep(sorted []float64, step, blur float64) float64 {
	for i := 1; i < len(sorted); i++ {
		d := sorted[i] - sorted[0]
		k := math.Round(d / step)
		if k == 0 || math.Abs(d-k*step) > 0.12*step+2*blur {
			return 0
		}
		// A longer distance fixes the step better.
		step = d / k
	}
	return step
}

// wholeNumbers reports integers that were read without their scale.
func wholeNumbers(t *fingerprint.TensorPrint, samples []sample) bool {
	if t.Scheme != "" {
		return false
	}
	for i := range samples {
		for _, a := range samples[i].a {
			if math.Abs(a-math.Round(a)) > 2*samples[i].blurA {
				return false
			}
		}
	}
	return true
}

// scaleUnread reports schemes of which the engine reads values without scales.
func scaleUnread(t *fingerprint.TensorPrint) bool {
	return t.Scheme == "scaled" || t.Scheme == "bitsandbytes-8bit"
}

// rescale brings whole numbers to the scale of B by one affine map, so that a
// step is 1: b' = (b - offset) / scale.
func rescale(samples []sample) []sample {
	var n, sa, sb, saa, sab float64
	for i := range samples {
		for k, a := range samples[i].a {
			b := samples[i].b[k]
			n, sa, sb, saa, sab = n+1, sa+a, sb+b, saa+a*a, sab+a*b
		}
	}
	spread := saa - sa*sa/n
	slope := 0.0
	if spread > 0 {
		slope = (sab - sa*sb/n) / spread
	}
	if slope == 0 || math.IsNaN(slope) {
		return samples
	}
	offset := (sb - slope*sa) / n
	out := slices.Clone(samples)
	for i := range out {
		for k, b := range out[i].b {
			out[i].b[k] = (b - offset) / slope
		}
		out[i].blurB /= math.Abs(slope)
	}
	return out
}
