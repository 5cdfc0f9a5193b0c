package inventory

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
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
}

// Complete reports whether every file of the set could be read.
func (s *WeightSet) Complete() bool {
	return len(s.Missing) == 0 && !slices.ContainsFunc(s.Files, func(f *File) bool { return f.Header == nil })
}

// Label names the set inside its repository.
func (s *WeightSet) Label() string { return path.Join(s.Dir, s.Name) }

// groupSets groups the weight files, first by the indexes, then by shard
// numbers, and leaves the rest as sets of one file.
func groupSets(b *builder) []*WeightSet {
	g := &grouper{builder: b, byPath: map[string]*File{}, taken: map[*File]bool{}, byStem: map[string]*WeightSet{}}
	for _, f := range b.inv.Files {
		g.byPath[f.Path] = f
	}
	for _, f := range b.inv.Files {
		if f.Role == RoleWeightsIndex && f.Readable() {
			g.index(f)
		}
	}
	for _, f := range b.inv.Files {
		if f.Role == RoleWeights && !g.taken[f] {
			g.file(f)
		}
	}
	for _, s := range g.byStem {
		g.missingShards(s)
	}
	g.choosePrimary()
	slices.SortFunc(g.sets, func(a, b *WeightSet) int {
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
	byPath map[string]*File
	taken  map[*File]bool
	byStem map[string]*WeightSet
	sets   []*WeightSet
}

// index makes one set of the files that an index names.
func (g *grouper) index(f *File) {
	index, err := g.readIndex(f)
	if err != nil {
		g.problem(bom.GapUnreadFile, f.Path, plain(err))
		return
	}
	for _, p := range index.Problems {
		g.problem(bom.GapAbsentWeights, f.Path, p.String())
	}
	set := &WeightSet{Dir: dirName(f.Path), Name: indexStem(baseName(f.Path)), Index: f}
	for _, name := range index.Files() {
		shard, ok := g.byPath[path.Join(set.Dir, name)]
		if !ok || shard.Role != RoleWeights {
			set.Missing = append(set.Missing, path.Join(set.Dir, name))
			g.problemf(bom.GapAbsentWeights, path.Join(set.Dir, name), "named by %s and not here", f.Path)
			continue
		}
		if !g.taken[shard] {
			g.taken[shard] = true
			set.Files = append(set.Files, shard)
		}
	}
	if len(set.Files)+len(set.Missing) == 0 {
		return
	}
	g.sets = append(g.sets, set)
	g.checkIndex(set, index)
}

// checkIndex compares what an index says with what its shards hold.
func (g *grouper) checkIndex(set *WeightSet, index *format.Index) {
	in := map[string]string{}
	total := int64(0)
	for _, f := range set.Files {
		if f.Header == nil {
			return // the comparison needs every shard; that one is a problem of its own
		}
		for i := range f.Header.Tensors {
			t := &f.Header.Tensors[i]
			in[t.Name] = f.Path
			total += t.Size
			if _, ok := index.File(t.Name); !ok {
				g.problemf(bom.GapInexact, f.Path, "tensor %q is not in the index %s", t.Name, set.Index.Path)
			}
		}
	}
	if len(set.Missing) > 0 {
		return
	}
	for _, w := range index.Weights {
		want := path.Join(set.Dir, w.File)
		switch at, ok := in[w.Tensor]; {
		case !ok:
			g.problemf(bom.GapAbsentWeights, set.Index.Path, "tensor %q is in the index and in none of its files", w.Tensor)
		case at != want:
			g.problemf(bom.GapInexact, set.Index.Path, "tensor %q is said to be in %q and is in %q", w.Tensor, want, at)
		}
	}
	if index.TotalSize >= 0 && index.TotalSize != total {
		g.problemf(bom.GapInexact, set.Index.Path, "states a total of %d bytes; the tensors have %d", index.TotalSize, total)
	}
}

func (g *grouper) readIndex(f *File) (*format.Index, error) {
	blob, err := g.repo.Open(g.ctx, f.Path)
	if err != nil {
		return nil, err
	}
	defer blob.Close()
	return format.ReadIndex(section(blob))
}

// file puts a weight file that no index names into the set of its shard
// family, or into one of its own.
func (g *grouper) file(f *File) {
	dir, base := dirName(f.Path), baseName(f.Path)
	stem, _, count, sharded := format.ShardOf(base)
	if !sharded {
		g.sets = append(g.sets, &WeightSet{Dir: dir, Name: strings.TrimSuffix(base, path.Ext(base)), Files: []*File{f}})
		return
	}
	key := path.Join(dir, stem) + path.Ext(base) + "/" + itoa(count)
	set := g.byStem[key]
	if set == nil {
		set = &WeightSet{Dir: dir, Name: stem}
		g.byStem[key] = set
		g.sets = append(g.sets, set)
	}
	set.Files = append(set.Files, f)
}

// maxListedShards bounds how many missing shards are named one by one; a file
// name can claim any number of siblings.
const maxListedShards = 100

// missingShards notes the numbers that a shard family lacks.
func (g *grouper) missingShards(set *WeightSet) {
	base := baseName(set.Files[0].Path)
	_, _, count, _ := format.ShardOf(base)
	have := map[int]bool{}
	for _, f := range set.Files {
		_, no, _, _ := format.ShardOf(baseName(f.Path))
		have[no] = true
	}
	missing := count - len(have)
	if missing <= 0 {
		return
	}
	if missing > maxListedShards {
		set.Missing = append(set.Missing, set.Label())
		g.problemf(bom.GapAbsentWeights, set.Files[0].Path, "says that it is one of %d files; %d are not here", count, missing)
		return
	}
	for no := 1; no <= count; no++ {
		if !have[no] {
			p := path.Join(set.Dir, shardName(base, set.Name, no, count))
			set.Missing = append(set.Missing, p)
			g.problemf(bom.GapAbsentWeights, p, "a numbered sibling of %s and not here", base)
		}
	}
}

// choosePrimary marks one set in each folder: the one that loaders take by
// default, else the first by name. Projectors and adapters beside a model do
// not compete with it.
func (g *grouper) choosePrimary() {
	best := map[string]*WeightSet{}
	for _, s := range g.sets {
		if b := best[s.Dir]; b == nil || cmp.Or(cmp.Compare(preference(s), preference(b)), cmp.Compare(s.Name, b.Name)) < 0 {
			best[s.Dir] = s
		}
	}
	for _, s := range best {
		s.Primary = true
	}
}

// preference orders the sets of a folder; lower is better. Readable weights
// stand before others so that an unread twin never takes the plain name.
func preference(s *WeightSet) int {
	n := 0
	if len(s.Files) == 0 || s.Files[0].Header == nil {
		n += 100
	}
	switch s.Name {
	case "model", "adapter_model", "diffusion_pytorch_model", "pytorch_model":
	default:
		n += 10
	}
	if s.Index == nil {
		n++
	}
	if len(s.Files) > 0 && isProjectorFile(s.Files[0]) {
		n += 50
	}
	return n
}

// indexStem is "model" for "model.safetensors.index.json", and
// "model.fp16" for "model.safetensors.index.fp16.json".
func indexStem(base string) string {
	stem, rest, _ := strings.Cut(base, ".safetensors.index.")
	if rest == "" {
		stem, rest, _ = strings.Cut(base, ".bin.index.")
	}
	if variant := strings.TrimSuffix(rest, "json"); variant != "" {
		return stem + "." + strings.TrimSuffix(variant, ".")
	}
	return stem
}
