package compare

import (
	"math"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

const windowSize = fingerprint.WindowSize

// A sample is one window of values of both units.
type sample struct {
	a, b [windowSize]float64
	// blurA and blurB are how far a stored sample may be from the value.
	blurA, blurB float64
	same         bool // bit for bit
	// fit is how far the fitted scale of A may be off, relative to a value, and
	// fitOffset how far a fitted offset. Step is that of integers whose scale was
	// fitted.
	fit, fitOffset, step float64
}

// samplesOf gives the windows whose values both sides keep, until it is called
// again. Where one side has values without their scales they are brought to the
// other's.
func (c *comparison) samplesOf(p *pair) []sample {
	c.samples = valuesOf(c.samples[:0], p.a, p.b, p.join)
	if p.negated {
		negateSamples(c.samples)
	}
	return c.brought(p.a, p.b, c.samples)
}

func valuesOf(out []sample, a, b *unit, j join) []sample {
	for _, w := range j {
		var s sample
		var okA, okB bool
		s.blurA, okA = a.values(w[0], &s.a)
		s.blurB, okB = b.values(w[1], &s.b)
		if !okA || !okB {
			continue
		}
		s.same = s.a == s.b
		out = append(out, s)
	}
	return out
}

// values gives the values of window i and half their unit. It reports false for
// a window without values, or with values that are no numbers.
func (u *unit) values(i int, dst *[windowSize]float64) (blur float64, ok bool) {
	if u.print.NonFinite > 0 && i < u.n && u.used[i] == 0 {
		return 0, false
	}
	if i >= len(u.view.Scales) || (i+1)*windowSize > len(u.view.Values) {
		return 0, false
	}
	scale := float64(u.view.Scales[i])
	if math.IsNaN(scale) || math.IsInf(scale, 0) || scale < 0 {
		return 0, false
	}
	for k, v := range u.view.Values[i*windowSize : (i+1)*windowSize] {
		dst[k] = float64(v) * scale / 32767
	}
	// Half a unit of the 16 bits, and the rounding of the scale to float32.
	return scale/65534 + scale*0x1p-23, true
}

// A distance sums up how far sampled values of A are from those of B.
type distance struct {
	windows, equal      int // windows, and those that are equal
	n                   int
	sqDiff, sqA, sqB    float64
	zeroA, zeroB, zeros int // elements that are zero; in A and not in B
}

func (d *distance) add(o distance) {
	d.windows += o.windows
	d.equal += o.equal
	d.n += o.n
	d.sqDiff += o.sqDiff
	d.sqA += o.sqA
	d.sqB += o.sqB
	d.zeroA += o.zeroA
	d.zeroB += o.zeroB
	d.zeros += o.zeros
}

// weighed is the distance with the squares of the whole matrix, as the samples
// have it: small matrices are sampled as often as large ones.
func (p *pair) weighed() distance {
	d := p.distance
	if d.n == 0 {
		return d
	}
	w := float64(p.a.view.Rows) * float64(p.a.view.Cols) / float64(d.n)
	d.sqDiff, d.sqA, d.sqB = w*d.sqDiff, w*d.sqA, w*d.sqB
	return d
}

func measure(samples []sample) distance {
	var d distance
	for i := range samples {
		s := &samples[i]
		d.windows++
		if s.same {
			d.equal++
		}
		for k, a := range s.a {
			b := s.b[k]
			d.n++
			d.sqDiff += (a - b) * (a - b)
			d.sqA += a * a
			d.sqB += b * b
			if a == 0 {
				d.zeroA++
				if math.Abs(b) > 2*s.blurB {
					d.zeros++
				}
			}
			if b == 0 {
				d.zeroB++
			}
		}
	}
	return d
}

// deltaOr is |A - B| / |B|. Where no values are kept it is what the agreement of
// signs stands for when A is B and independent noise; 0 when that says nothing.
func (d distance) deltaOr(t tally) float64 {
	if d.n > 0 && d.sqB > 0 {
		return math.Sqrt(d.sqDiff / d.sqB)
	}
	if r := rho(t.agreement()); d.n == 0 && t.bits > 0 && r > 0.01 {
		return math.Sqrt(max(0, 1/(r*r)-1))
	}
	return 0
}
