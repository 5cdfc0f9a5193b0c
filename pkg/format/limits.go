package format

import (
	"fmt"
	"math/bits"
	"strconv"
)

// Limits that hold for every format. A file that asks for more is answered with
// [ErrLimit]; nothing known comes near.
const (
	// MaxTensors bounds the tensors of one file and of one index. The largest
	// known models, with hundreds of experts, have some 200,000.
	MaxTensors = 2_000_000
	// MaxName bounds a tensor's name in bytes. Frameworks build names from
	// nested attribute names, a few hundred bytes at most.
	MaxName = 4 << 10
	// MaxRank bounds the dimensions of a tensor: NumPy's NPY_MAXDIMS is 64.
	MaxRank = 64
	// MaxMetadata bounds the metadata entries of one file. Each costs some
	// hundred bytes of memory for the ten that it may take in the file.
	MaxMetadata = 65_536
	// MaxKey bounds a metadata key in bytes, as the GGUF specification does.
	MaxKey = 65_535
	// MaxNotes bounds the notes about one file, so that a file cannot make its
	// description longer than itself.
	MaxNotes = 100
)

// maxFile bounds the size of a file, so that a few sizes and paddings can be
// added without overflow.
const maxFile = 1 << 60

// note records an oddity at a byte of the file.
func (h *Header) note(off int64, format string, args ...any) {
	switch n := len(h.Notes); {
	case n < MaxNotes:
		h.Notes = append(h.Notes, Note{off, fmt.Sprintf(format, args...)})
	case n == MaxNotes:
		h.Notes = append(h.Notes, Note{off, "further notes are left out"})
	}
}

// quote quotes a text from a file for an error or a note, in a bounded length.
func quote[T ~string | ~[]byte](s T) string {
	const keep = 100
	if len(s) > keep {
		return strconv.Quote(string(s[:keep])) + "..."
	}
	return strconv.Quote(string(s))
}

// elements returns the number of elements of a shape, and false when it does
// not fit into an int64. A zero dimension makes it zero, whatever the others.
func elements(shape []uint64) (int64, bool) {
	n, over := uint64(1), false
	for _, d := range shape {
		if d == 0 {
			return 0, true
		}
		hi, lo := bits.Mul64(n, d)
		over = over || hi != 0 || lo >= 1<<63
		n = lo
	}
	return int64(n), !over
}
