package align

import "math"

// A centred matrix gives its rows, at some columns, without what they share:
// columns are standardised.
type centred struct {
	Matrix
	columns    []int
	means, sds []float64 // of all columns
}

func newCentred(m Matrix, columns []int) centred {
	means, sds, _ := columnMoments(m)
	return centred{m, columns, means, sds}
}

// unit fills to with row i: columns standardised and clipped, then the row
// centred and of length one. It reports whether the row varies, and how many of
// its values are not finite; these count as the mean.
func (c centred) unit(i int, to []float32) (varies bool, bad int) {
	row := c.Row(i)
	low, high := math.Inf(1), math.Inf(-1)
	for k, j := range c.columns {
		x := row[j]
		to[k] = 0
		if !finite(x) {
			bad++
			continue
		}
		low, high = min(low, float64(x)), max(high, float64(x))
		if sd := c.sds[j]; sd > 0 {
			to[k] = clipped(x, c.means[j], sd)
		}
	}
	if high-low <= 1e-6*max(math.Abs(low), math.Abs(high)) || bad == len(to) {
		clear(to) // a constant says nothing, whatever the columns around it do
		return false, bad
	}
	unit(to)
	return largestAbs(to) > 0, bad
}

// lowerMedian returns the lower of the two middle values, by counting bytes of
// the values from the highest down: the time does not depend on the data.
func lowerMedian(v []float32) float32 {
	if len(v) == 0 {
		return 0
	}
	rank, prefix, known := (len(v)-1)/2, uint32(0), uint32(0)
	for shift := 24; shift >= 0; shift -= 8 {
		var counts [256]int
		for _, x := range v {
			if k := orderKey(x); k&known == prefix {
				counts[k>>shift&0xff]++
			}
		}
		b := 0
		for ; rank >= counts[b]; b++ {
			rank -= counts[b]
		}
		prefix |= uint32(b) << shift
		known |= 0xff << shift
	}
	if prefix>>31 == 1 {
		return math.Float32frombits(prefix &^ (1 << 31))
	}
	return math.Float32frombits(^prefix)
}

// orderKey maps floats to integers of the same order.
func orderKey(x float32) uint32 {
	b := math.Float32bits(x)
	if b>>31 == 1 {
		return ^b
	}
	return b | 1<<31
}
