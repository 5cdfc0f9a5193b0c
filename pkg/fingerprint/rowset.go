package fingerprint

import (
	"slices"

	"github.com/modelbom/modelbom/pkg/format"
)

// Row sets. A row of a matrix is named by its own content, so that it is found
// again wherever it went: by the places of the largest and the smallest of
// WindowSize elements, in three windows at fixed places of the row. That is a
// code of 30 bits which survives scaling of the row, rounding, and training that
// moves the row little. A matrix keeps the MaxRowCodes smallest codes of its
// rows, each once; of two matrices that share a part of their rows, these share
// about the same part. A row with an infinity, a NaN, or two largest or smallest
// elements in a window has no code.
//
// Codes are numbered by a mixing of their bits, the first window's above, so
// that most rows are passed over after one window. What a code says is not
// needed again, only which are equal.

const (
	// minRows is the number of rows that are worth a set.
	minRows = 32
	// minColumnHeight bounds what sets of columns cost, three windows of whole
	// rows, to a small share of the matrix.
	minColumnHeight = 512
	// maxColumns bounds the memory for them: WindowSize rows of 8 bytes.
	maxColumns = 1 << 16
	// lineGroup is the number of elements that the windows of a line lie in: a
	// super-block of ggml's K-quants, so that a row costs one of them.
	lineGroup = 256
	// lineWindows is the number of windows of a code.
	lineWindows = 3
)

// lineTypes are the types that sets are made of. The others have so few levels
// that extremes are seldom unique, and cost more to decode.
var lineTypes = map[format.DType]bool{
	"F64": true, "F32": true, "F16": true, "BF16": true, "F8_E4M3": true, "F8_E5M2": true, "I8": true, "U8": true,
	"Q8_0": true, "Q5_0": true, "Q5_1": true, "Q4_0": true, "Q4_1": true, "Q4_K": true, "Q5_K": true, "Q6_K": true,
}

// A lineSpec says where the windows of the lines of a matrix lie, which are its
// rows or its columns.
type lineSpec struct {
	count  uint64 // lines
	length uint64 // elements of a line
	across uint64 // columns of the matrix
	starts [lineWindows]uint64
}

// newLineSpec returns nil when lines are too short.
func newLineSpec(count, length, across uint64) *lineSpec {
	if length < lineWindows*WindowSize {
		return nil
	}
	return &lineSpec{count, length, across, lineStarts(length)}
}

// lineStarts returns where the windows of a line of n elements begin, ascending.
// They depend on n alone.
func lineStarts(n uint64) [lineWindows]uint64 {
	h := splitmix64(n*goldenStep + saltLine)
	base, blocks := uint64(0), n/WindowSize
	if n >= lineGroup {
		base, blocks = h%(n/lineGroup)*lineGroup, lineGroup/WindowSize
	}
	var taken []uint64
	for len(taken) < lineWindows {
		h = splitmix64(h)
		if b := h % blocks; !slices.Contains(taken, b) {
			taken = append(taken, b)
		}
	}
	slices.Sort(taken)
	var starts [lineWindows]uint64
	for i, b := range taken {
		starts[i] = base + b*WindowSize
	}
	return starts
}

// extremes returns 32*argmax + argmin of keys, which order values as numbers
// (see keys), and false when one is not unique or a value is not finite.
func extremes(k *[WindowSize]int32, inf int32) (uint32, bool) {
	for {
		// The place stands below the value; counted upwards and downwards, it
		// is the same only for a value that is there once.
		hi, hi2 := int64(-1<<62), int64(-1<<62)
		lo, lo2 := int64(1<<62), int64(1<<62)
		for i, v := range k {
			up := int64(v)*WindowSize + int64(i)
			down := up ^ (WindowSize - 1)
			hi, lo = max(hi, up), min(lo, up)
			hi2, lo2 = max(hi2, down), min(lo2, down)
		}
		top, bottom := hi>>5, lo>>5
		if (top == negativeZero || bottom == negativeZero) && joinZeros(k) {
			continue
		}
		argmax, argmin := hi&31, lo&31
		unique := argmax == hi2&31^31 && argmin == lo2&31^31
		return uint32(argmax<<5 | argmin), unique && top < int64(inf) && bottom > ^int64(inf)
	}
}

// negativeZero is the key of -0, which equals the zero above it.
const negativeZero = -1

// joinZeros makes both zeros one and reports whether there was a negative one.
func joinZeros(k *[WindowSize]int32) bool {
	found := false
	for i, v := range k {
		if v == negativeZero {
			k[i], found = 0, true
		}
	}
	return found
}

// firstPart is the part of a code that the first window gives: 10 bits, mixed,
// above 20 bits.
func firstPart(extremes uint32) uint32 {
	return mix(extremes, 10) << 20
}

func restPart(second, third uint32) uint32 {
	return mix(second<<10|third, 20)
}

// mix is a permutation of the numbers of some bits.
func mix(x uint32, bits int) uint32 {
	mask := uint32(1)<<bits - 1
	for _, odd := range [...]uint32{0x9e3779b1, 0x85ebca77, 0xc2b2ae3d} { // primes of xxHash
		x = x * odd & mask
		x ^= x >> (bits / 2)
	}
	return x
}

// A codeSet keeps the smallest codes.
type codeSet struct {
	codes []uint32
	limit uint32 // codes from here on are not among the smallest
}

// roomForCodes is how many codes are gathered before the smallest are chosen.
const roomForCodes = 2 * MaxRowCodes

func newCodeSet() codeSet { return codeSet{limit: 1 << 30} }

func (s *codeSet) add(code uint32) {
	if code >= s.limit {
		return
	}
	if s.codes = append(s.codes, code); len(s.codes) == roomForCodes {
		s.choose()
	}
}

func (s *codeSet) choose() {
	slices.Sort(s.codes)
	s.codes = slices.Compact(s.codes)
	if len(s.codes) >= MaxRowCodes {
		s.codes = s.codes[:MaxRowCodes]
		s.limit = s.codes[MaxRowCodes-1]
	}
}

// result returns the set, ascending; nil when it is empty.
func (s *codeSet) result() []uint32 {
	s.choose()
	return slices.Clone(s.codes)
}
