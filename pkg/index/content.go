package index

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// maxViews is the number of views that the matrices of a part may have: a
// mixture of 60 layers and 512 experts has 92,160 matrices.
const maxViews = 1 << 20

// A content is all that a search reads of a part. Its number is the beginning of
// its digest, so that equal parts share it in every index.
type content struct {
	id     int64
	digest [sha256.Size]byte
	groups []group
	// values are the beginnings of the value digests of the part's matrices,
	// sorted, each once.
	values []uint64
	data   []byte
}

// A group holds the sketches of one shape and kind, in the order of their keys.
type group struct {
	shape
	kind kind
	keys []byte // 4 bytes a view
	// signs and used are fullSize bytes a view; used is empty when all bits are.
	signs, used []byte
}

func (g *group) count() int { return len(g.keys) / 4 }

// prefixes cuts the sketches of a group to their first windows.
func (g *group) prefixes() (signs, used []byte) {
	signs = cut(g.signs)
	if used = cut(g.used); allUsed(used) {
		used = nil
	}
	return signs, used
}

func cut(full []byte) []byte {
	short := make([]byte, 0, len(full)/fullSize*prefixSize)
	for ; len(full) >= fullSize; full = full[fullSize:] {
		short = append(short, full[:prefixSize]...)
	}
	return short
}

// newContent is nil for a part without matrices.
func newContent(p *fingerprint.Part) (*content, error) {
	all := views(p)
	all = slices.DeleteFunc(all, func(v viewed) bool { return v.kind != stored && v.kind != arranged })
	if len(all) == 0 {
		return nil, nil
	}
	if len(all) > maxViews {
		return nil, fmt.Errorf("part %.64q has more than %d matrices", p.Ref, maxViews)
	}
	c := &content{groups: groups(all), values: values(p, nil)}
	c.data = c.encode()
	c.digest = sha256.Sum256(c.data)
	c.id = int64(binary.BigEndian.Uint64(c.digest[:]))
	return c, nil
}

// values are the beginnings of the digests of a part's matrices, without those
// in skip.
func values(p *fingerprint.Part, skip map[uint64]bool) []uint64 {
	var all []uint64
	for i := range p.Tensors {
		t := &p.Tensors[i]
		if v := valueOf(t); t.Class == fingerprint.Matrix && v != 0 && !skip[v] {
			all = append(all, v)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// valueOf is 0 when the values have no digest.
func valueOf(t *fingerprint.TensorPrint) uint64 { return binary.BigEndian.Uint64(t.Value[:]) }

func groups(all []viewed) []group {
	slices.SortFunc(all, func(a, b viewed) int {
		return cmp.Or(cmp.Compare(a.width, b.width), cmp.Compare(a.height, b.height), cmp.Compare(a.kind, b.kind),
			cmp.Compare(a.key, b.key), cmp.Compare(a.tensor.Name, b.tensor.Name), cmp.Compare(a.view.Transform, b.view.Transform))
	})
	var out []group
	for _, v := range all {
		if len(out) == 0 || out[len(out)-1].shape != v.shape || out[len(out)-1].kind != v.kind {
			out = append(out, group{shape: v.shape, kind: v.kind})
		}
		g := &out[len(out)-1]
		g.keys = binary.LittleEndian.AppendUint32(g.keys, v.key)
		g.signs, g.used = packWindows(g.signs, g.used, v.view.Windows, fingerprint.MaxWindows)
	}
	for i := range out {
		if allUsed(out[i].used) {
			out[i].used = nil
		}
	}
	return out
}

// encode writes, little-endian: for each group width, height, kind, count and
// whether there is a mask (8 bytes each), keys, signs and mask; then a width of
// all ones, the number of values, and those.
func (c *content) encode() []byte {
	var b []byte
	u64 := func(n uint64) { b = binary.LittleEndian.AppendUint64(b, n) }
	for i := range c.groups {
		g := &c.groups[i]
		masked := uint64(0)
		if len(g.used) > 0 {
			masked = 1
		}
		u64(g.width)
		u64(g.height)
		u64(uint64(g.kind))
		u64(uint64(g.count()))
		u64(masked)
		b = append(append(append(b, g.keys...), g.signs...), g.used...)
	}
	u64(^uint64(0))
	u64(uint64(len(c.values)))
	for _, v := range c.values {
		u64(v)
	}
	return b
}

// decodeContent reads what encode wrote. It keeps parts of data.
func decodeContent(id int64, data []byte) (*content, error) {
	c := &content{id: id, data: data}
	r := bytes.NewBuffer(data)
	for {
		width := take64(r)
		if width == ^uint64(0) {
			break
		}
		g := group{shape: shape{width, take64(r)}, kind: kind(take64(r))}
		n, masked := take64(r), take64(r)
		if n == 0 || n > maxViews || n*(4+fullSize+masked*fullSize) > uint64(r.Len()) || masked > 1 {
			return nil, damaged("content %d", id)
		}
		g.keys, g.signs = r.Next(int(n)*4), r.Next(int(n)*fullSize)
		g.used = r.Next(int(n*masked) * fullSize)
		c.groups = append(c.groups, g)
	}
	n := take64(r)
	if n != uint64(r.Len())/8 || r.Len()%8 != 0 {
		return nil, damaged("content %d", id)
	}
	for range n {
		c.values = append(c.values, take64(r))
	}
	return c, nil
}

// take64 is 0 at the end of the data, which no group's count is.
func take64(r *bytes.Buffer) uint64 {
	if r.Len() < 8 {
		return 0
	}
	return binary.LittleEndian.Uint64(r.Next(8))
}
