package sign

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
)

// A Check is the outcome of comparing a tree with what was signed.
type Check struct {
	// Files is how many signed files were compared, Bytes how much was read of
	// them.
	Files int
	Bytes int64
	// Differences is everything that does not match, sorted by path; empty
	// when all is as it was signed.
	Differences []Difference
}

// Check compares a tree with the manifest. The error says that nothing could be
// compared.
func (m *Manifest) Check(ctx context.Context, t *Tree, o Options) (*Check, error) {
	if _, ok := newHash(m.Hash); !ok {
		return nil, fmt.Errorf("the files were signed with %s digests, which are not supported; SHA-256 and BLAKE3 are", m.Hash)
	}
	ignored, err := CleanIgnored(slices.Concat(DefaultIgnored(), m.Ignored, o.Ignored))
	if err != nil {
		return nil, err
	}
	c := &comparison{tree: t, hash: m.Hash, ignored: newIgnoreSet(ignored), o: o, want: map[string][]*piece{}, shards: m.ShardSize > 0}
	c.o.Links = o.Links || m.Links
	for _, r := range m.Resources {
		name := r.Path
		if name == "." && t.Single && len(t.Files) == 1 {
			name = t.Files[0].Path
		}
		c.want[name] = append(c.want[name], &piece{path: name, start: r.Start, end: r.End, want: r.Digest})
	}
	return c.run(ctx)
}

// A comparison is of one tree with the pieces that were signed.
type comparison struct {
	tree    *Tree
	hash    string
	ignored ignoreSet
	o       Options
	want    map[string][]*piece
	shards  bool
	// whole asks for the digests of all files that are not left out, for root.
	whole bool

	out    Check
	listed map[string]File
	read   []*piece // signed pieces that are there to be read
	added  []string // unsigned files, in the order of the tree
	gone   []string // signed files that are not there
	kept   []*piece // what was read, without candidates
}

func (c *comparison) run(ctx context.Context) (*Check, error) {
	c.listed = make(map[string]File, len(c.tree.Files))
	for _, f := range c.tree.Files {
		c.listed[f.Path] = f
	}
	for _, name := range slices.Sorted(maps.Keys(c.want)) {
		c.look(name)
	}
	for _, f := range c.tree.Files {
		// A file of no bytes has no shard (OMS v1.0, 6.3.2).
		unsigned := c.want[f.Path] == nil && !c.ignored.has(f.Path) && (!c.shards || f.Size > 0 || f.Problem != "")
		if unsigned && !c.o.Unsigned {
			c.added = append(c.added, f.Path)
		}
	}
	renamed, others := c.candidates(), c.others()
	if err := c.tree.digests(ctx, slices.Concat(c.read, renamed, others), c.hash, c.o.Progress); err != nil {
		return nil, err
	}
	c.kept = slices.Concat(c.read, others)
	c.compare()
	c.pair(renamed)
	sortDifferences(c.out.Differences)
	return &c.out, nil
}

// look decides what can be told of a signed file without reading it.
func (c *comparison) look(name string) {
	f, ok := c.listed[name]
	c.out.Files++
	switch {
	case !ok:
		c.gone = append(c.gone, name)
	case f.Problem != "":
		c.differ(Unreadable, name, f.Problem)
	case f.Link && !c.o.Links:
		c.differ(Differs, name, "a symbolic link stands where a file was signed")
	case c.shards && !c.covered(name, f.Size):
		c.differ(Differs, name, fmt.Sprintf("its %d bytes are not those of the signed shards", f.Size))
	default:
		c.read = append(c.read, c.want[name]...)
		c.out.Bytes += f.Size
	}
}

// covered reports whether the signed shards are the file from its first to its
// last byte.
func (c *comparison) covered(name string, size int64) bool {
	shards := c.want[name]
	slices.SortFunc(shards, func(a, b *piece) int { return cmp.Compare(a.start, b.start) })
	at := int64(0)
	for _, p := range shards {
		if p.start != at {
			return false
		}
		at = p.end
	}
	return at == size
}

// candidates are the unsigned files that may be signed ones under another name.
func (c *comparison) candidates() []*piece {
	if len(c.gone) == 0 || c.shards {
		return nil
	}
	var out []*piece
	for _, name := range c.added {
		if f := c.listed[name]; f.Problem == "" {
			out = append(out, &piece{path: name, end: -1})
		}
	}
	return out
}

// others are the files besides the signed ones that a root digest is over.
func (c *comparison) others() []*piece {
	var out []*piece
	for _, f := range c.tree.Files {
		if c.whole && c.want[f.Path] == nil && !c.ignored.has(f.Path) && f.Problem == "" {
			out = append(out, &piece{path: f.Path, end: -1})
		}
	}
	return out
}

// roots are the digests that stand for all files that are not left out.
func (c *comparison) roots() []string {
	var list []Resource
	seen := map[string]bool{}
	for _, p := range c.kept {
		if !seen[p.path] && !c.ignored.has(p.path) {
			seen[p.path] = true
			list = append(list, Resource{Path: p.path, End: -1, Digest: p.got})
		}
	}
	return roots(list)
}

func (c *comparison) compare() {
	told := map[string]bool{}
	for _, p := range c.read {
		switch {
		case told[p.path] || p.err == nil && p.got == p.want:
			continue
		case p.err != nil:
			c.differ(Unreadable, p.path, p.err.Error())
		case p.end >= 0:
			c.differ(Differs, p.path, fmt.Sprintf("%s of bytes %d to %d is %s, signed is %s", c.hash, p.start, p.end, p.got, p.want))
		default:
			c.differ(Differs, p.path, fmt.Sprintf("%s is %s, signed is %s", c.hash, p.got, p.want))
		}
		told[p.path] = true
	}
}

// pair makes one difference of a signed file that is gone and an unsigned one
// with its bytes, and reports the others.
func (c *comparison) pair(candidates []*piece) {
	at := map[string]string{} // a digest's file among those gone
	for _, name := range slices.Backward(c.gone) {
		at[c.want[name][0].want] = name
	}
	from := map[string]string{}
	for _, p := range candidates {
		if name, ok := at[p.got]; ok && p.err == nil {
			from[p.path] = name
			delete(at, p.got)
		}
	}
	found := map[string]bool{}
	for _, name := range c.added {
		if old, ok := from[name]; ok {
			found[old] = true
			c.out.Differences = append(c.out.Differences, Difference{Kind: Renamed, Path: name, From: old})
			continue
		}
		c.differ(Added, name, c.listed[name].Problem)
	}
	for _, name := range c.gone {
		if !found[name] {
			c.differ(Missing, name, "")
		}
	}
}

func (c *comparison) differ(k Kind, name, detail string) {
	c.out.Differences = append(c.out.Differences, Difference{Kind: k, Path: name, Detail: detail})
}
