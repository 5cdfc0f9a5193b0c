package compare

import (
	"math"
	"slices"
)

// cellsOf gives for each value of a block the range of values that round to it.
// Step is that of integers. It gives nil for a block that does not show its
// levels.
func (r rounding) cellsOf(a []float64, blur, step float64) (lower, upper []float64) {
	if r.kind == ternary {
		return ternaryCells(a, blur)
	}
	lower, upper = make([]float64, len(a)), make([]float64, len(a))
	switch r.kind {
	case float:
		for i, v := range a {
			// A stored sample of a power of two may seem to lie below it, where units
			// are half as large.
			half := r.halfUnit(math.Abs(v) + blur)
			lower[i], upper[i] = v-half, v+half
		}
		return lower, upper
	case integer:
		for i, v := range a {
			lower[i], upper[i] = v-step/2, v+step/2
		}
		return lower, upper
	}
	sorted := distinct(a, 2*blur)
	step = 0
	if r.kind == evenLevels {
		step = gridStep(sorted, blur)
	}
	for i, v := range a {
		lower[i], upper[i] = nearest(sorted, v, step, max(r.clip, 1)*step)
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

// ternaryCells are those of values that were rounded to 0 or to plus or minus
// the largest of their block, which is no smaller than any that is seen.
func ternaryCells(a []float64, blur float64) (lower, upper []float64) {
	largest := 0.0
	for _, v := range a {
		largest = max(largest, math.Abs(v))
	}
	if largest <= 2*blur {
		return nil, nil
	}
	lower, upper = make([]float64, len(a)), make([]float64, len(a))
	for i, v := range a {
		level := largest * math.Round(v/largest)
		lower[i], upper[i] = max(level-largest/2, -largest), min(level+largest/2, largest)
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
// there the cell ends at clip.
func nearest(sorted []float64, v, step, clip float64) (lower, upper float64) {
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
		down = clip
	}
	if i+1 < len(sorted) {
		up = min(half, (sorted[i+1]-sorted[i])/2)
	} else if step > 0 {
		up = clip
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
