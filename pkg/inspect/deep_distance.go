package inspect

import (
	"math"

	"github.com/modelbom/modelbom/pkg/align"
	"github.com/modelbom/modelbom/pkg/format"
)

// A deepDistance sums up how far A's elements are from those of B in A's
// coordinates. Elements that are zero on both sides are left out: a pruned
// model's say nothing.
type deepDistance struct {
	elements, equal, rounded int64
	sqDiff, sqB              float64
}

func (x *deepDistance) add(y deepDistance) {
	x.elements += y.elements
	x.equal += y.equal
	x.rounded += y.rounded
	x.sqDiff += y.sqDiff
	x.sqB += y.sqB
}

// unmatched counts elements of A that have no counterpart.
func (x *deepDistance) unmatched(n int64) { x.elements += max(0, n) }

// delta is |A - B'| / |B'|.
func (x *deepDistance) delta() float64 {
	if x.sqB <= 0 {
		return 0
	}
	return math.Sqrt(x.sqDiff / x.sqB)
}

func (x *deepDistance) shares() (equal, rounded float64) {
	n := float64(max(x.elements, 1))
	return float64(x.equal) / n, float64(x.rounded) / n
}

// matrices adds a matrix of A and one of B.
func (x *deepDistance) matrices(a, b align.Matrix, rows, cols align.Signed, bits int) {
	from := make([]int, a.Cols)
	signs := make([]float32, a.Cols)
	for c := range from {
		j, flip := cols.At(c)
		if j >= b.Cols {
			j = -1
		}
		from[c], signs[c] = j, 1
		if flip {
			signs[c] = -1
		}
	}
	for r := range a.Rows {
		j, flip := rows.At(r)
		if j < 0 || j >= b.Rows {
			x.unmatched(int64(a.Cols))
			continue
		}
		sign := float32(1)
		if flip {
			sign = -1
		}
		x.row(a.Row(r), b.Row(j), from, signs, sign, bits)
	}
}

func (x *deepDistance) row(a, b []float32, from []int, signs []float32, sign float32, bits int) {
	for c, v := range a {
		if from[c] < 0 {
			x.elements++
			continue
		}
		w := sign * signs[c] * b[from[c]]
		if v == 0 && w == 0 {
			continue
		}
		x.elements++
		if v == w {
			x.equal++
			x.rounded++
			x.sqB += float64(w) * float64(w)
			continue
		}
		diff, size := float64(v)-float64(w), float64(w)
		if diff-diff != 0 {
			continue // not finite
		}
		x.sqDiff += diff * diff
		x.sqB += size * size
		if bits > 0 && math.Abs(diff) <= halfUnit(max(math.Abs(float64(v)), math.Abs(size)), bits) {
			x.rounded++
		}
	}
}

// halfUnit is half the last place of a value in a type with so many bits in its
// significand: what rounding to it may change.
func halfUnit(v float64, bits int) float64 {
	_, e := math.Frexp(v)
	if bits == halfBits {
		e = max(e, -13) // below, numbers are spaced like the smallest normal ones
	}
	return math.Ldexp(1, e-1-bits)
}

// Bits in the significands of BF16 and F16, with the one that is not stored.
const brainBits, halfBits = 8, 11

// coarser is the number of bits in the significand of the coarser of two types,
// 0 when neither is coarser than float32 or it is not known.
func coarser(a, b format.DType) int {
	bits := 0
	for _, t := range [...]format.DType{a, b} {
		switch {
		case t == "BF16":
			bits = brainBits
		case t == "F16" && bits == 0:
			bits = halfBits
		}
	}
	return bits
}

// bestPlace compares tensors of which it is not known whether their rows or
// columns are the stream, in the arrangement that fits best.
func bestPlace(a, b align.Matrix, s *DeepStream, bits int) deepDistance {
	maps := func(n, m int) []align.Signed {
		list := []align.Signed{bounded(align.Signed{}, n, m)}
		if n == s.widthA && m == s.widthB && s.signed.Index != nil {
			list = append(list, s.signed, align.Signed{Index: s.signed.Index})
		}
		return list
	}
	var best deepDistance
	for i, rows := range maps(a.Rows, b.Rows) {
		for k, cols := range maps(a.Cols, b.Cols) {
			var x deepDistance
			x.matrices(a, b, rows, cols, bits)
			if i == 0 && k == 0 || x.equal > best.equal || x.equal == best.equal && x.sqDiff < best.sqDiff {
				best = x
			}
		}
	}
	return best
}
