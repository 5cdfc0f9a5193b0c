package fingerprint

import "math"

// fewest is the number of distinct values that a window must have to say
// anything: with two, signs only tell which value is the rarer one.
// fewestPlain is the number for values that were not rounded to a few levels,
// where a window with fewer is padding or a repeated row.
const (
	fewest      = 3
	fewestPlain = 8
)

// A sample is the values of one window, sorted as well.
type sample struct {
	values, sorted [WindowSize]float32
	finite         bool
	distinct       int
}

// take fills a sample from the values at the given places.
func (s *sample) take(values []float32, slots []int32) {
	s.finite = true
	for i, slot := range slots {
		v := values[slot]
		s.finite = s.finite && v-v == 0
		s.values[i] = v
	}
	s.distinct = 0
	if !s.finite {
		return
	}
	// Insertion, as windows are small and every call of a comparison costs more.
	for i, v := range s.values {
		for ; i > 0 && s.sorted[i-1] > v; i-- {
			s.sorted[i] = s.sorted[i-1]
		}
		s.sorted[i] = v
	}
	s.distinct = 1
	for i, v := range s.sorted[1:] {
		if v != s.sorted[i] {
			s.distinct++
		}
	}
}

// window returns the signs of a sample's values relative to their median, which
// is the mean of the two middle values.
func (s *sample) window(fewest int) Window {
	w := Window{Extremes: NoExtremes}
	if !s.finite || s.distinct < fewest {
		return w
	}
	median := (float64(s.sorted[WindowSize/2-1]) + float64(s.sorted[WindowSize/2])) / 2
	var argmax, argmin uint16
	for i, v := range s.values {
		switch x := float64(v); {
		case x > median:
			w.Signs |= 1 << i
			w.Used |= 1 << i
		case x < median:
			w.Used |= 1 << i
		}
		if v == s.sorted[WindowSize-1] {
			argmax = uint16(i)
		}
		if v == s.sorted[0] {
			argmin = uint16(i)
		}
	}
	if s.sorted[0] != s.sorted[1] && s.sorted[WindowSize-1] != s.sorted[WindowSize-2] {
		w.Extremes = WindowSize*argmax + argmin
	}
	return w
}

// scaled appends the values in units of the returned scale/32767. A window with
// an infinity or a NaN has no values: the scale is 0.
func (s *sample) scaled(dst []int16) ([]int16, float32) {
	if !s.finite {
		return append(dst, make([]int16, WindowSize)...), 0
	}
	scale := max(-s.sorted[0], s.sorted[WindowSize-1])
	if scale <= 0 {
		return append(dst, make([]int16, WindowSize)...), 0
	}
	for _, v := range s.values {
		dst = append(dst, int16(math.RoundToEven(float64(v)*math.MaxInt16/float64(scale))))
	}
	return dst, scale
}
