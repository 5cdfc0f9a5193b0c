package fingerprint

import (
	"slices"

	"github.com/modelbom/modelbom/pkg/format"
)

// Row sets. A row of a matrix is named by its own content, so that it is found
// again wherever it went: by the places of the largest and the smallest of
// WindowSize elements, in three windows at fixed places of the row. That is a
// code of 30 bits which survives scaling of the row, rounding, and training that
// moves the row little. A matrix keeps the smallest codes of its rows, each once and at most
// MaxRowCodes; of two matrices that share a part of their rows, these share
// about the same part. A row with an infinity, a NaN, or two largest or smallest
// elements in a window has no code.
//
// Codes are numbered by a mixing of their bits, the first window's above, so
// that most rows are passed over after one window. What a code says is not
// needed again, only which are equal.

const (
	// minRows is the number of rows that are worth a set.
	minRows = 32
	// minRowBytes bounds what sets of rows cost. A row costs some 60 ns, which
	// is about a tenth of the time of hashing 1 KiB.
	minRowBytes = 1 << 10
	// minColumnHeight bounds what sets of columns cost, three windows of whole
	// rows, to a small share of the matrix.
	minColumnHeight = 2048
	// smallMatrix is the number of elements up to which both bounds do not
	// matter: models of such matrices take no time to speak of.
	smallMatrix = 1 << 22
	// maxColumns bounds the memory for them: WindowSize rows of 8 bytes.
	maxColumns = 1 << 16
	// lineGroup is the number of elements that the windows of a line lie in, so
	// that a row costs one short read (and one super-block, should K-quants
	// become cheap enough).
	lineGroup = 256
	// lineWindows is the number of windows of a code.
	lineWindows = 3
)

// lineTypes are the types that sets are made of. In the others, with fewer
// levels, extremes are often tied: of rows stored as Q6_K half were found again,
// as Q4_K a tenth, at a fifth of the time of hashing them and more.
var lineTypes = map[format.DType]bool{
	"F64": true, "F32": true, "F16": true, "BF16": true, "F8_E4M3": true, "F8_E5M2": true, "I8": true, "U8": true, "Q8_0": true,
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
	// The place stands below the value, counted upwards and downwards: both give
	// the same place only for a value that is there once. Nothing branches on
	// values, which no processor could foresee; two of each do not wait for one
	// another.
	const none, mirror = int64(1) << 62, WindowSize - 1
	up0, up1, down0, down1 := -none, -none, -none, -none
	low0, low1, under0, under1 := none, none, none, none
	for i := 0; i < WindowSize; i += 2 {
		a, b := int64(k[i])<<5|int64(i), int64(k[i+1])<<5|int64(i+1)
		up0, low0 = max(up0, a), min(low0, a)
		up1, low1 = max(up1, b), min(low1, b)
		a, b = a^mirror, b^mirror
		down0, under0 = max(down0, a), min(under0, a)
		down1, under1 = max(down1, b), min(under1, b)
	}
	hi, lo := max(up0, up1), min(low0, low1)
	hi2, lo2 := max(down0, down1)^mirror, min(under0, under1)^mirror
	top, bottom := int32(hi>>5), int32(lo>>5)
	if top >= inf || bottom <= ^inf {
		return 0, false
	}
	if (top == negativeZero || bottom == negativeZero || top == 0 || bottom == 0) && joinZeros(k) {
		return extremes(k, inf)
	}
	return uint32(hi&mirror<<5 | lo&mirror), (hi^hi2|lo^lo2)&mirror == 0
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

// highest returns the place of the largest key; of one that is there several
// times, any.
func highest(k *[WindowSize]int32) uint32 {
	up0, up1 := int64(-1<<62), int64(-1<<62)
	for i := 0; i < WindowSize; i += 2 {
		up0, up1 = max(up0, int64(k[i])<<5|int64(i)), max(up1, int64(k[i+1])<<5|int64(i+1))
	}
	return uint32(max(up0, up1) & (WindowSize - 1))
}

// leastPart is the smallest code of a line with this largest element in the
// first window: the place of the largest alone decides the upper five bits, so
// that most lines are passed over before anything else is looked for.
func leastPart(argmax uint32) uint32 { return mix(argmax, 5) << 25 }

// firstPart is the part of a code that the first window gives: 10 bits, mixed,
// above 20 bits.
func firstPart(extremes uint32) uint32 {
	return leastPart(extremes/WindowSize) | mix(extremes%WindowSize, 5)<<20
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
	size  int    // how many are kept; twice as many are gathered before
}

// newCodeSet keeps a sixteenth of the codes of few lines, as the fewer of them are
// kept the fewer are looked at as a whole.
func newCodeSet(spec *lineSpec) codeSet {
	return codeSet{limit: 1 << 30, size: int(min(max(spec.count/16, minRows), MaxRowCodes))}
}

func (s *codeSet) add(code uint32) {
	if code >= s.limit {
		return
	}
	if s.codes = append(s.codes, code); len(s.codes) == 2*s.size {
		s.choose()
	}
}

func (s *codeSet) choose() {
	slices.Sort(s.codes)
	s.codes = slices.Compact(s.codes)
	if len(s.codes) >= s.size {
		s.codes = s.codes[:s.size]
		s.limit = s.codes[s.size-1]
	}
}

// result returns the set, ascending; nil when it is empty.
func (s *codeSet) result() []uint32 {
	s.choose()
	return slices.Clone(s.codes)
}
