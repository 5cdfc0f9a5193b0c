package inventory

import (
	"path"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/format"
)

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
	shared := false
	for _, name := range index.Files() {
		shared = g.named(set, path.Join(set.Dir, name)) || shared
	}
	if len(set.Files)+len(set.Missing) == 0 {
		return
	}
	g.add(set)
	if !shared {
		g.checkIndex(set, index)
	}
	g.keepUnread(set, index)
}

// keepUnread keeps what an index says of the shards that cannot be read, so
// that the parts in them are known.
func (g *grouper) keepUnread(set *WeightSet, index *format.Index) {
	if set.Complete() {
		return
	}
	for _, w := range index.Weights {
		f := g.byPath[path.Join(set.Dir, w.File)]
		if f == nil || g.owner[f] == set && f.Header == nil {
			set.unread = append(set.unread, unreadTensor{w.Tensor, f})
		}
	}
}

// named puts a file that an index names into the index's set, and reports
// whether another index has it already.
func (g *grouper) named(set *WeightSet, name string) (shared bool) {
	shard, ok := g.byPath[name]
	switch {
	case !ok:
		set.Missing = append(set.Missing, name)
		g.problemf(bom.GapAbsentWeights, name, "named by %s and not here", set.Index.Path)
	case shard.Role != RoleWeights:
		set.Missing = append(set.Missing, name)
		g.problemf(bom.GapUnreadWeights, name, "named by %q and not recognised as weights", set.Index.Path)
	case g.owner[shard] != nil:
		g.problemf(bom.GapInexact, set.Index.Path, "names %q, which %q names too and is counted with", name, g.owner[shard].Index.Path)
		return true
	default:
		g.join(set, shard)
	}
	return false
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
				g.problemf(bom.GapInexact, f.Path, "tensor %q is not in the index %q", t.Name, set.Index.Path)
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

// cutIndexName takes the name of an index apart: "model.safetensors.index.json"
// into "model" and "", "model.safetensors.index.fp16.json" into "model" and
// "fp16".
func cutIndexName(base string) (stem, variant string, ok bool) {
	rest, ok := strings.CutSuffix(base, ".json")
	at := strings.LastIndex(rest, ".index")
	if !ok || at < 0 {
		return "", "", false
	}
	variant, weights := rest[at+len(".index"):], rest[:at]
	if variant != "" && variant[0] != '.' {
		return "", "", false
	}
	switch ext := path.Ext(weights); ext {
	case ".safetensors", ".bin", ".h5", ".msgpack", ".pt", ".pth":
		return strings.TrimSuffix(weights, ext), strings.TrimPrefix(variant, "."), true
	}
	return "", "", false
}

// isIndexName reports whether a lower-case base name is that of a shard index.
func isIndexName(base string) bool {
	_, _, ok := cutIndexName(base)
	return ok
}

// indexStem is "model" for "model.safetensors.index.json", and "model.fp16" for
// "model.safetensors.index.fp16.json".
func indexStem(base string) string {
	stem, variant, ok := cutIndexName(base)
	switch {
	case !ok: // an extension in capitals
		return strings.TrimSuffix(base, path.Ext(base))
	case variant != "":
		return stem + "." + variant
	}
	return stem
}
