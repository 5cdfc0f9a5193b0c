package align

import "math"

// A centred matrix gives its rows, at some columns, without what they share.
type centred struct {
	Matrix
	columns []int
	means   []float64 // of the columns
}

func newCentred(m Matrix, columns []int) centred {
	means, _, _ := columnMoments(m)
	return centred{m, columns, means}
}

// unit fills to with row i: columns centred, then the row centred and of length
// one. It reports whether the row varies, and how many of its values are not
// finite; these count as the mean.
func (c centred) unit(i int, to []float32) (varies bool, bad int) {
	var largest, sum, squares float64
	row := c.Row(i)
	for k, j := range c.columns {
		x := 0.0
		if finite(row[j]) {
			x = float64(row[j]) - c.means[j]
			largest = max(largest, math.Abs(float64(row[j])))
		} else {
			bad++
		}
		sum += x
		squares += x * x
		to[k] = float32(x)
	}
	n := float64(max(len(to), 1))
	mean := sum / n
	sd := visible(math.Sqrt(max(squares/n-mean*mean, 0)), largest)
	if sd == 0 || math.IsInf(sd, 0) {
		clear(to)
		return false, bad
	}
	scale := 1 / (sd * math.Sqrt(n))
	for k, x := range to {
		to[k] = float32(min(max((float64(x)-mean)*scale, -1), 1))
	}
	return true, bad
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
