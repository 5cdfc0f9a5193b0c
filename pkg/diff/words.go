package diff

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/wording"
)

const (
	// maxShown is how much of a name or value stands in a text, in characters:
	// enough for any real path, and a line of a page.
	maxShown = 160
	// maxList is how many things a text lists before it counts the others.
	maxList = 6
	// maxDetails is how many details a change has before it counts the others.
	// A page shows them all; a folder of 20,000 files is no page.
	maxDetails = 200
)

// show makes text from a document fit to stand in a sentence.
func show(s string) string { return bom.Cut(bom.Clean(cutBytes(s)), maxShown) }

// cutBytes bounds the work that a huge string makes before it is shortened.
func cutBytes(s string) string {
	if len(s) > 8*maxShown {
		return strings.ToValidUTF8(s[:8*maxShown], "") // at most the cut rune is lost
	}
	return s
}

// state is a value in before and after, "none" when it is empty.
func state(s string) string {
	if s == "" {
		return "none"
	}
	return show(s)
}

// turn is "before -> after".
func turn(before, after string) string { return state(before) + " -> " + state(after) }

// percent writes a share with the digits that tell it apart from nothing and
// from everything.
func percent(x float64) string {
	p := 100 * x
	switch {
	case math.IsNaN(p) || math.IsInf(p, 0):
		return "an unknown share"
	case p == 0 || p >= 100 || p <= -100:
		return strconv.FormatFloat(p, 'f', 0, 64) + " %"
	case p > 0 && p < 0.01:
		return "less than 0.01 %"
	case p > 99.99:
		return "more than 99.99 %"
	case p < 1 || p > 99:
		return trimZeros(strconv.FormatFloat(p, 'f', 2, 64)) + " %"
	case p < 10:
		return trimZeros(strconv.FormatFloat(p, 'f', 1, 64)) + " %"
	}
	return strconv.FormatFloat(p, 'f', 0, 64) + " %"
}

func trimZeros(s string) string { return strings.TrimSuffix(strings.TrimRight(s, "0"), ".") }

// sizeWords is a size in bytes for people.
func sizeWords(n int64) string {
	switch {
	case n >= 1e9:
		return trimZeros(strconv.FormatFloat(float64(n)/1e9, 'f', 2, 64)) + " GB"
	case n >= 1e6:
		return trimZeros(strconv.FormatFloat(float64(n)/1e6, 'f', 2, 64)) + " MB"
	}
	return wording.CountThousands(n, "byte", "bytes")
}

// list joins names, and counts those beyond maxList.
func list(names []string) string {
	if n := len(names) - maxList; n > 0 {
		return strings.Join(names[:maxList], ", ") + " and " + wording.Thousands(n) + " more"
	}
	return wording.And(names)
}

// the puts an article in front of a part's label; other things are names.
func the(n *node) string {
	if n.class == classPart && n.Role != "" {
		return "the " + n.label
	}
	return n.label
}

// thing is the same for what a sentence can begin with: names are never made to
// begin with a capital letter.
func thing(n *node) string {
	switch n.class {
	case classSubject:
		return n.label
	case classPart:
		return "the " + n.label
	case classDataset:
		return "the data set " + n.label
	case classUpstream:
		return "the upstream " + n.label
	case classFile:
		return "the file " + n.label
	}
	return "the component " + n.label
}

// sentence begins with a capital letter and ends with a full stop.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	if c := s[0]; c >= 'a' && c <= 'z' && !strings.Contains(firstWord(s), "/") && !strings.Contains(firstWord(s), ".") && !strings.Contains(firstWord(s), "_") {
		s = string(c-'a'+'A') + s[1:]
	}
	if !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "…") {
		s += "."
	}
	return s
}

func firstWord(s string) string {
	w, _, _ := strings.Cut(s, " ")
	return strings.TrimSuffix(w, ":")
}

// dtypes names the types of a model's weights, the largest first.
func dtypes(m *bom.Model) string {
	if m == nil {
		return ""
	}
	shares := slices.Clone(m.DTypes)
	slices.SortStableFunc(shares, func(a, b bom.DTypeShare) int {
		switch {
		case a.Parameters != b.Parameters:
			if a.Parameters > b.Parameters {
				return -1
			}
			return 1
		}
		return strings.Compare(a.DType, b.DType)
	})
	var names []string
	for _, s := range shares {
		names = append(names, s.DType)
	}
	return strings.Join(names, "+")
}

// shortDigest is a digest that people can still compare.
func shortDigest(s string) string {
	if i := strings.IndexByte(s, ':'); i >= 0 && len(s) > i+13 {
		return show(s[:i+13]) + "…"
	}
	return state(s)
}

func itoa(n int64) string {
	if n == 0 {
		return ""
	}
	return wording.Thousands(n)
}
