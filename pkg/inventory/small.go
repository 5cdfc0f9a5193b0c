package inventory

import (
	"cmp"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"

	"github.com/modelbom/modelbom/pkg/source"
)

func itoa(n int) string { return strconv.Itoa(n) }

func section(b source.Blob) io.Reader { return io.NewSectionReader(b, 0, b.Size()) }

func shardName(sibling, stem string, no, count int) string {
	return fmt.Sprintf("%s-%05d-of-%05d%s", stem, no, count, path.Ext(sibling))
}

func sortedNames[K cmp.Ordered, V any](m map[K]V) []K {
	names := make([]K, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
