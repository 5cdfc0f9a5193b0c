package inventory

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/format"
)

// A WeightSet is a group of weight files that together make one checkpoint: the
// shards of an index, the pieces of a split GGUF, or a single file.
type WeightSet struct {
	// Dir is the folder, "" for the root; Name the file name without shard
	// number and extension, such as "model" or "model-Q4_K_M".
	Dir, Name string
	Files     []*File
	Index     *File // nil when there is none
	// Missing lists files that the index or the shard numbers ask for and that
	// are not there.
	Missing []string
	// Primary is set for the one set of its folder that parts are named after
	// without a qualifier.
	Primary bool

	unread []unreadTensor
}

// An unreadTensor is one that an index names in a shard that cannot be read.
type unreadTensor struct {
	name string
	file *File // nil when the shard is not there
}

// Complete reports whether every file of the set could be read, with every
// tensor in it.
func (s *WeightSet) Complete() bool {
	return len(s.Missing) == 0 && !slices.ContainsFunc(s.Files, func(f *File) bool { return f.Header == nil || len(f.Header.Unread) > 0 })
}

// Label names the set inside its repository.
func (s *WeightSet) Label() string { return path.Join(s.Dir, s.Name) }

// size is the number of bytes of its files.
func (s *WeightSet) size() int64 {
	n := int64(0)
	for _, f := range s.Files {
		n += min(f.Size, maxElements-n)
	}
	return n
}

// groupSets groups the weight files, first by the indexes, then by shard
// numbers, and leaves the rest as sets of one file. A file is in one set only.
func groupSets(b *builder) []*WeightSet {
	g := &grouper{builder: b, byPath: map[string]*File{}, owner: map[*File]*WeightSet{}, families: map[string]*family{}}
	for _, f := range b.inv.Files {
		g.byPath[f.Path] = f
	}
	for _, f := range b.inv.Files {
		if f.Role == RoleWeightsIndex && f.Readable() {
			g.index(f)
		}
	}
	for _, outside := range []bool{false, true} {
		for _, f := range b.inv.Files {
			if outer := isOutside(f); outer == outside && f.Role == RoleWeights && g.owner[f] == nil {
				g.file(f)
			}
		}
	}
	g.closeFamilies()
	g.choosePrimary()
	slices.SortStableFunc(g.sets, func(a, b *WeightSet) int {
		return cmp.Or(cmp.Compare(a.Dir, b.Dir), compareFlag(b.Primary, a.Primary), cmp.Compare(a.Name, b.Name))
	})
	return g.sets
}

func compareFlag(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

type grouper struct {
	*builder
	byPath   map[string]*File
	owner    map[*File]*WeightSet
	families map[string]*family
	inOrder  []*family
	sets     []*WeightSet
}

func (g *grouper) add(set *WeightSet, files ...*File) *WeightSet {
	g.sets = append(g.sets, set)
	for _, f := range files {
		g.join(set, f)
	}
	return set
}

func (g *grouper) join(set *WeightSet, f *File) {
	g.owner[f] = set
	set.Files = append(set.Files, f)
}

// file puts a weight file that no index names into the set of its shard
// family, or into one of its own.
func (g *grouper) file(f *File) {
	if f.Owner != nil && g.owner[f.Owner] != nil {
		g.join(g.owner[f.Owner], f)
		return
	}
	if of, ok := companion(baseName(f.Path)); ok {
		if main := g.byPath[path.Join(dirName(f.Path), of)]; main != nil && g.owner[main] != nil {
			g.join(g.owner[main], f)
			return
		}
	}
	if n, ok := numberOf(baseName(f.Path)); ok {
		g.shard(f, n)
		return
	}
	set := g.add(&WeightSet{Dir: dirName(f.Path), Name: stemOf(baseName(f.Path))}, f)
	g.loneSplit(set, f)
}

// stemOf is a file's name without its extension and without the ending that
// bare TensorFlow.js manifests have.
func stemOf(base string) string {
	return strings.TrimSuffix(strings.TrimSuffix(base, path.Ext(base)), "-weights_manifest")
}

// choosePrimary marks one set in each folder: the one that loaders take by
// default, else the largest, which of several quantisations is the most
// precise one, else the first by name. Projectors and adapters beside a model
// do not compete with it.
func (g *grouper) choosePrimary() {
	best := map[string]*WeightSet{}
	for _, s := range g.sets {
		if b := best[s.Dir]; b == nil || before(s, b) {
			best[s.Dir] = s
		}
	}
	for _, s := range best {
		s.Primary = true
	}
}

func before(a, b *WeightSet) bool {
	return cmp.Or(cmp.Compare(preference(a), preference(b)), cmp.Compare(b.size(), a.size()), cmp.Compare(a.Name, b.Name)) < 0
}

// preference orders the sets of a folder; lower is better. Readable weights
// stand before others so that an unread twin never takes the plain name.
func preference(s *WeightSet) int {
	n := 0
	if len(s.Files) == 0 || s.Files[0].Header == nil {
		n += 100
	}
	switch s.Name {
	case "model", "diffusion_pytorch_model":
	case "pytorch_model", "adapter_model":
		n += 5
	default:
		n += 10
	}
	if s.Index == nil {
		n++
	}
	if len(s.Files) > 0 && s.Files[0].Format == "gguf" {
		n += 2 // a configuration beside it describes the other one
		if isProjectorFile(s.Files[0]) {
			n += 50
		}
	}
	return n
}

// A number is what a file name says of its place among others.
type number struct {
	// stem is the name that all share, ext with what stands behind the number.
	stem, ext string
	no, count int // count is 0 where the name does not tell it
	// at and digits are where the number stands in the name.
	at, digits int
}

// numberOf reads "model-00001-of-00005.safetensors", and "consolidated.00.pth"
// as the reference code of some publishers shards a model.
func numberOf(base string) (number, bool) {
	if stem, no, count, ok := format.ShardOf(base); ok {
		of := strings.LastIndex(base, "-of-")
		at := strings.LastIndexAny(base[:of], "-_") + 1
		return number{stem, path.Ext(base), no, count, at, of - at}, true
	}
	const prefix = "consolidated."
	rest, ok := strings.CutPrefix(base, prefix)
	digits, ext, _ := strings.Cut(rest, ".")
	if !ok || len(digits) != 2 || ext == "" || digits[0] < '0' || digits[0] > '9' || digits[1] < '0' || digits[1] > '9' {
		return number{}, false
	}
	return number{"consolidated", "." + ext, int(digits[0]-'0')*10 + int(digits[1]-'0'), 0, len(prefix), 2}, true
}

// sibling is a file name with another number.
func (n number) sibling(base string, no int) string {
	text := itoa(no)
	return base[:n.at] + strings.Repeat("0", max(0, n.digits-len(text))) + text + base[n.at+n.digits:]
}
