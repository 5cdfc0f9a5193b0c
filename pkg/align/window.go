package align

import "math/bits"

// window is the number of consecutive elements whose median divides high from
// low; it is that of the sign sketch.
const window = 32

// minDistinct is the smallest number of distinct values of a window that is
// looked at; it is that of the sign sketch.
const minDistinct = 8

// A pattern says which elements of a window lie above its median and which
// below; elements equal to it are neither.
type pattern struct{ above, below uint32 }

// patternOf returns the pattern of v, and false when v has values that are not
// finite or fewer than minDistinct distinct ones. The median is the mean of the
// two middle values.
func patternOf(v *[window]float32) (p pattern, ok bool) {
	sorted := *v
	for _, x := range v {
		if !finite(x) {
			return p, false
		}
	}
	sort(&sorted)
	distinct := 1
	for i, x := range sorted[1:] {
		if x != sorted[i] {
			distinct++
		}
	}
	if distinct < minDistinct {
		return p, false
	}
	middle := (float64(sorted[window/2-1]) + float64(sorted[window/2])) / 2
	for i, x := range v {
		switch y := float64(x); {
		case y > middle:
			p.above |= 1 << i
		case y < middle:
			p.below |= 1 << i
		}
	}
	return p, true
}

// sort sorts by Batcher's odd-even merge sort, whose comparisons do not depend
// on the data and so never wait for a wrong guess. Values are finite.
func sort(v *[window]float32) {
	for _, c := range &network {
		i, j := c[0]%window, c[1]%window
		x, y := v[i], v[j]
		v[i], v[j] = min(x, y), max(x, y)
	}
}

// compare returns the number of elements off the median in both and how many of
// them lie on the same side.
func (p pattern) compare(q pattern) (n, agree int) {
	agree = bits.OnesCount32(p.above&q.above | p.below&q.below)
	return agree + bits.OnesCount32(p.above&q.below|p.below&q.above), agree
}
