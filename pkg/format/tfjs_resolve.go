package format

import (
	"fmt"
	"slices"
	"sort"
)

// A Group is a list of files that are read as one, whose sizes the header does
// not know.
type Group struct {
	// Files are relative to the folder of the header's file, clean and with
	// slashes. A file may be there more than once.
	Files []string

	number int  // in the order of the file
	open   bool // the group also holds what has no known size
}

// Resolve gives the tensors of a header that lie in groups their segments, from
// the sizes of the files: size answers how long a file is, and false for one
// that is not there. Headers without groups are left as they are.
//
// A tensor that reaches into a missing file, or beyond the group's end, stays
// without segments; [Tensor.Stored] refuses it. What is wrong is returned by
// file, in the order of the groups.
func Resolve(h *Header, size func(file string) (int64, bool)) []Problem {
	var groups []*Group
	tensors := make(map[*Group][]*Tensor)
	for i := range h.Tensors {
		l := h.Tensors[i].Layout
		if l == nil || l.Group == nil {
			continue
		}
		if tensors[l.Group] == nil {
			groups = append(groups, l.Group)
		}
		tensors[l.Group] = append(tensors[l.Group], &h.Tensors[i])
	}
	sort.SliceStable(groups, func(i, j int) bool { return groups[i].number < groups[j].number })
	var problems []Problem
	for _, g := range groups {
		problems = append(problems, g.resolve(tensors[g], size)...)
	}
	if groups != nil {
		slices.SortFunc(h.Tensors, byOffset)
	}
	return problems
}

// resolve places the tensors of one group.
func (g *Group) resolve(tensors []*Tensor, size func(string) (int64, bool)) []Problem {
	ends, problems := g.measure(size)
	total := int64(0)
	if len(ends) > 0 {
		total = ends[len(ends)-1]
	}
	var lost, end int64
	for _, t := range tensors {
		end = max(end, t.Layout.GroupOffset+t.Size)
		if t.Layout.GroupOffset+t.Size > total {
			lost++
			continue
		}
		t.Layout.Segments = g.segments(ends, t.Layout.GroupOffset, t.Size)
	}
	switch {
	case lost > 0 && len(problems) == 0:
		last := g.Files[len(g.Files)-1]
		problems = append(problems, Problem{Member: "weightsManifest", File: last,
			Reason: fmt.Sprintf("group of %d bytes is shorter than its weights, which take %d: %d of them cannot be read", total, end, lost)})
	case lost > 0:
		problems[0].Reason += fmt.Sprintf(": %d weights cannot be read", lost)
	case end < total && !g.open:
		problems = append(problems, Problem{Member: "weightsManifest", File: g.Files[len(g.Files)-1],
			Reason: fmt.Sprintf("group of %d bytes is longer than its weights, which take %d", total, end)})
	}
	return problems
}

// measure returns where in the group each file ends. It stops at the first that
// is missing.
func (g *Group) measure(size func(string) (int64, bool)) (ends []int64, problems []Problem) {
	total := int64(0)
	for _, file := range g.Files {
		n, ok := size(file)
		switch {
		case !ok:
			return ends, []Problem{{Member: "weightsManifest", File: file, Reason: fmt.Sprintf("file %s is missing", quote(file))}}
		case n < 0 || n > maxFile-total:
			return ends, []Problem{{Member: "weightsManifest", File: file, Reason: fmt.Sprintf("file %s is too long", quote(file))}}
		}
		total += n
		ends = append(ends, total)
	}
	return ends, nil
}

// segments cuts a range of the group at the ends of its files.
func (g *Group) segments(ends []int64, at, size int64) []Segment {
	segments := []Segment{}
	i := sort.Search(len(ends), func(i int) bool { return ends[i] > at })
	for ; size > 0; i++ {
		begin := int64(0)
		if i > 0 {
			begin = ends[i-1]
		}
		n := min(size, ends[i]-at)
		if n > 0 {
			segments = append(segments, Segment{g.Files[i], at - begin, n})
		}
		at, size = at+n, size-n
	}
	return segments
}
