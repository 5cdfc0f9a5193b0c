package index

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// Sizes of packed sketches. A sketch is packed as the sign bits of its windows,
// four bytes each, little-endian; the used bits likewise. Windows that a matrix
// does not have are unused ones.
const (
	// prefixWindows is the number of windows that every search compares: 256
	// bits, of which 400 matrices show a correlation of 0.03 or more.
	prefixWindows = 8
	prefixSize    = prefixWindows * 4
	fullSize      = fingerprint.MaxWindows * 4
)

// packWindows appends sign and used bits of the first windows, n in all. Signs
// that are not used are cleared.
func packWindows(signs, used []byte, windows []fingerprint.Window, n int) ([]byte, []byte) {
	for i := range n {
		var w fingerprint.Window
		if i < len(windows) {
			w = windows[i]
		}
		signs = binary.LittleEndian.AppendUint32(signs, w.Signs&w.Used)
		used = binary.LittleEndian.AppendUint32(used, w.Used)
	}
	return signs, used
}

// allUsed reports whether every bit is used: such a mask is not kept.
func allUsed(used []byte) bool {
	for ; len(used) >= 8; used = used[8:] {
		if binary.LittleEndian.Uint64(used) != math.MaxUint64 {
			return false
		}
	}
	return true
}

// A tally is how the bits of sketches agree: n is the number compared, t that of
// equal ones less that of different ones.
type tally struct{ t, n int }

func (a *tally) add(b tally) { a.t += b.t; a.n += b.n }

// z is the number of standard deviations between a tally and chance.
func (a tally) z() float64 {
	if a.n == 0 {
		return 0
	}
	return float64(a.t) / math.Sqrt(float64(a.n))
}

// agreement compares packed sketches of equal length, a multiple of 32 bytes. An
// empty mask stands for one that is all ones.
func agreement(a, b, usedA, usedB []byte) tally {
	if len(usedA) == 0 {
		usedA, usedB = usedB, usedA
	}
	switch {
	case len(usedA) == 0:
		return tally{8*len(a) - 2*difference(a, b), 8 * len(a)}
	case len(usedB) == 0:
		usedB = usedA
	}
	n, different := 0, 0
	for len(a) >= 8 && len(b) >= 8 && len(usedA) >= 8 && len(usedB) >= 8 {
		mask := word(usedA) & word(usedB)
		n += bits.OnesCount64(mask)
		different += bits.OnesCount64((word(a) ^ word(b)) & mask)
		a, b, usedA, usedB = a[8:], b[8:], usedA[8:], usedB[8:]
	}
	return tally{n - 2*different, n}
}

// difference is the number of bits in which a and b differ, the innermost loop of
// a search.
func difference(a, b []byte) int {
	n := 0
	for len(a) >= 32 && len(b) >= 32 {
		n += bits.OnesCount64(word(a)^word(b)) +
			bits.OnesCount64(word(a[8:])^word(b[8:])) +
			bits.OnesCount64(word(a[16:])^word(b[16:])) +
			bits.OnesCount64(word(a[24:])^word(b[24:]))
		a, b = a[32:], b[32:]
	}
	return n
}

func word(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }
