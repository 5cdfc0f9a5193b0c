package inventory

import (
	"cmp"
	"io"
	"slices"
	"strconv"

	"github.com/modelbom/modelbom/pkg/source"
)

func itoa(n int) string { return strconv.Itoa(n) }

func section(b source.Blob) io.Reader { return io.NewSectionReader(b, 0, b.Size()) }

func sortedNames[K cmp.Ordered, V any](m map[K]V) []K {
	names := make([]K, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
