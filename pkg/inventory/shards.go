package inventory

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/format"
)

// A family is the files of one folder whose names only differ in a number.
type family struct {
	set   *WeightSet
	count int // 0 where the names do not tell it
	base  string
	first number // of base
	have  map[int]bool
}

// shard puts a numbered file into its family. One whose family has an index
// that does not name it is a set of its own: loaders do not read it.
func (g *grouper) shard(f *File, n number) {
	dir, base := dirName(f.Path), baseName(f.Path)
	if owner := g.indexed(dir, base, n); owner != nil {
		g.problemf(bom.GapInexact, f.Path, "numbered like the files of %q and not named by it", owner.Index.Path)
		g.add(&WeightSet{Dir: dir, Name: stemOf(base)}, f)
		return
	}
	key := path.Join(dir, n.stem) + "\x00" + n.ext + "\x00" + itoa(n.count)
	family := g.families[key]
	if family == nil {
		family = newFamily(g.add(&WeightSet{Dir: dir, Name: n.stem}), base, n)
		g.families[key] = family
		g.inOrder = append(g.inOrder, family)
	}
	g.join(family.set, f)
	family.have[n.no] = true
}

func newFamily(set *WeightSet, base string, n number) *family {
	return &family{set: set, count: n.count, base: base, first: n, have: map[int]bool{}}
}

// indexed finds the set of an index that names another file of the family.
// Shards of one family lie close together, so the neighbours are asked.
func (g *grouper) indexed(dir, base string, n number) *WeightSet {
	if n.count == 0 {
		return nil
	}
	for _, no := range []int{n.no - 1, n.no + 1, 1, n.count} {
		if f := g.byPath[path.Join(dir, n.sibling(base, no))]; f != nil && g.owner[f] != nil && g.owner[f].Index != nil {
			return g.owner[f]
		}
	}
	return nil
}

// closeFamilies notes what the families lack.
func (g *grouper) closeFamilies() {
	for _, family := range g.inOrder {
		set := family.set
		if family.count == 0 {
			slices.SortFunc(set.Files, func(a, b *File) int { return cmp.Compare(a.Path, b.Path) })
			last := 0
			for no := range family.have {
				last = max(last, no)
			}
			g.missing(family, 0, last)
			continue
		}
		g.missing(family, 1, family.count)
		g.checkSplit(family)
	}
}

// maxListedShards bounds how many missing shards are named one by one; a file
// name can claim any number of siblings.
const maxListedShards = 100

// missing notes the numbers from first to last that a family lacks.
func (g *grouper) missing(family *family, first, last int) {
	set := family.set
	missing := last - first + 1 - len(family.have)
	if missing <= 0 {
		return
	}
	if missing > maxListedShards {
		set.Missing = append(set.Missing, set.Label())
		g.problemf(bom.GapAbsentWeights, set.Files[0].Path, "says that it is one of %d files; %d are not here", last-first+1, missing)
		return
	}
	for no := first; no <= last; no++ {
		if !family.have[no] {
			p := path.Join(set.Dir, family.first.sibling(family.base, no))
			set.Missing = append(set.Missing, p)
			g.problemf(bom.GapAbsentWeights, p, "a numbered sibling of %q and not here", family.base)
		}
	}
}

// checkSplit compares what the names of a split GGUF say with its metadata.
func (g *grouper) checkSplit(family *family) {
	total := int64(0)
	for _, f := range family.set.Files {
		if f.Header == nil || f.Format != "gguf" {
			return
		}
		n, _ := numberOf(baseName(f.Path))
		total += int64(len(f.Header.Tensors))
		no, count, ok := format.SplitOf(f.Header)
		switch {
		case !ok && n.count > 1:
			g.problemf(bom.GapInexact, f.Path, "is %d of %d by its name and states no split (split.no, split.count)", n.no, n.count)
		case ok && (no+1 != n.no || count != n.count):
			g.problemf(bom.GapInexact, f.Path, "is %d of %d by its name and %d of %d by its metadata", n.no, n.count, no+1, count)
		}
	}
	first := family.set.Files[0]
	stated, ok := first.Header.Lookup("split.tensors.count")
	if ok && len(family.set.Missing) == 0 && stated.Int != total {
		g.problemf(bom.GapInexact, first.Path, "states %d tensors over all pieces; they have %d", stated.Int, total)
	}
}

// loneSplit notes a GGUF file that is a piece of a split and is not named like
// one: which files are the others cannot be told.
func (g *grouper) loneSplit(set *WeightSet, f *File) {
	if f.Header == nil || f.Format != "gguf" {
		return
	}
	no, count, ok := format.SplitOf(f.Header)
	if !ok || count == 1 {
		return
	}
	set.Missing = append(set.Missing, set.Label())
	g.problemf(bom.GapAbsentWeights, f.Path, "is piece %d of %d by its metadata; the others cannot be found by its name", no+1, count)
}

// isOutside reports files whose tensors another file describes, by its header
// or, where that could not be read, by their name.
func isOutside(f *File) bool {
	_, ok := companion(baseName(f.Path))
	return ok || f.Owner != nil
}

// companion names the file whose data another file holds: an ONNX model can
// keep its tensors outside ("model.onnx_data", "model.onnx.data",
// "model.onnx_data_1").
func companion(base string) (of string, ok bool) {
	lower := strings.ToLower(base)
	if at := strings.LastIndex(lower, ".onnx"); at > 0 {
		switch rest := lower[at+len(".onnx"):]; {
		case strings.HasPrefix(rest, "_data"), rest == ".data":
			return base[:at+len(".onnx")], true
		}
	}
	return "", false
}
