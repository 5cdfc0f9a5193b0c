package tensor

import (
	_ "embed"
	"sync"
)

// The code books of ggml's IQ types (iq2xxs_grid, iq2xs_grid, iq2s_grid,
// iq3xxs_grid, iq3s_grid and iq1s_grid of ggml-common.h, ggml 2026), which are
// part of the definition of those types. A file holds the level of each
// magnitude, in the order of the entries, in two or four bits from the lowest
// bits of each byte on.
var (
	//go:embed codebooks/iq2_xxs.bin
	packedIQ2XXS string
	//go:embed codebooks/iq2_xs.bin
	packedIQ2XS string
	//go:embed codebooks/iq2_s.bin
	packedIQ2S string
	//go:embed codebooks/iq3_xxs.bin
	packedIQ3XXS string
	//go:embed codebooks/iq3_s.bin
	packedIQ3S string
	//go:embed codebooks/iq1_s.bin
	packedIQ1S string
)

// The code books, entry after entry: 8 magnitudes for each entry of IQ1 and
// IQ2, 4 for each of IQ3.
var (
	bookIQ2XXS = sync.OnceValue(func() []int8 { return unpack(packedIQ2XXS, 2, levelsIQ2[:]) })
	bookIQ2XS  = sync.OnceValue(func() []int8 { return unpack(packedIQ2XS, 2, levelsIQ2[:]) })
	bookIQ2S   = sync.OnceValue(func() []int8 { return unpack(packedIQ2S, 2, levelsIQ2[:]) })
	bookIQ3XXS = sync.OnceValue(func() []int8 { return unpack(packedIQ3XXS, 4, levelsIQ3XXS[:]) })
	bookIQ3S   = sync.OnceValue(func() []int8 { return unpack(packedIQ3S, 4, levelsIQ3S[:]) })
	bookIQ1S   = sync.OnceValue(func() []int8 { return unpack(packedIQ1S, 2, levelsIQ1[:]) })
)

// The levels that the magnitudes of a code book have.
var (
	levelsIQ1    = [...]int8{-1, 0, 1}
	levelsIQ2    = [...]int8{8, 25, 43}
	levelsIQ3XXS = [...]int8{4, 12, 20, 28, 36, 44, 52, 62}
	levelsIQ3S   = [...]int8{1, 3, 5, 7, 9, 11, 13, 15}
)

// unpack looks the packed levels up.
func unpack(packed string, width int, levels []int8) []int8 {
	book := make([]int8, 0, len(packed)*8/width)
	for i := range len(packed) {
		for shift := 0; shift < 8; shift += width {
			book = append(book, levels[packed[i]>>shift&(1<<width-1)])
		}
	}
	return book
}
