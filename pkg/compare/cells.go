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
