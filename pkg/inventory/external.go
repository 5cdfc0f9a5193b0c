package inventory

import (
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/format"
	"github.com/modelbom/modelbom/pkg/source"
)

// external follows the headers that keep tensors in other files: ONNX external
// data, TensorFlow.js shards. Each such file that is here becomes part of the
// weights with a header of its own, so that it is neither unread nor read
// twice; each that is not is a problem.
func (b *builder) external() {
	byPath := map[string]*File{}
	for _, f := range b.inv.Files {
		byPath[f.Path] = f
	}
	for _, f := range b.inv.Files {
		if f.Header == nil {
			continue
		}
		dir := dirName(f.Path)
		at := func(name string) *File { return byPath[path.Join(dir, name)] }
		problems := format.Resolve(f.Header, func(name string) (int64, bool) {
			d := at(name)
			if d == nil || !d.Readable() {
				return 0, false
			}
			return d.Size, true
		})
		for _, p := range problems {
			b.problem(bom.GapAbsentWeights, f.Path, p.String())
		}
		for _, name := range f.Header.Files() {
			b.serve(f, at(name), name)
		}
		b.moveOut(f, at)
		b.unreadTensors(f)
	}
}

// serve makes a file a bearer of another file's tensors.
func (b *builder) serve(owner, data *File, name string) {
	switch {
	case data == nil:
		b.problemf(bom.GapAbsentWeights, path.Join(dirName(owner.Path), name), "holds tensors of %s and is not here", owner.Path)
	case !data.Readable(): // its own problem says why
	case data.Header == nil:
		data.Role, data.Format = RoleWeights, owner.Format+"-data"
		data.Header = &format.Header{Format: data.Format}
		data.Owner = owner
		if sum, ok := owner.Header.Lookup("checksum:" + name); ok && isSHA1(sum.Text) {
			data.Asserted = append(data.Asserted, source.Digest{Algorithm: "SHA-1", Value: strings.ToLower(sum.Text), By: "onnx-external-data"})
		}
		b.forget(data.Path)
	}
}

// isSHA1 reports 40 hexadecimal digits, which is what the checksum of ONNX
// external data is (onnx docs/ExternalData.md).
func isSHA1(s string) bool {
	_, err := hex.DecodeString(s)
	return err == nil && len(s) == 40
}

// forget takes back that a file's format cannot be read: another file's header
// says what is in it.
func (b *builder) forget(name string) {
	b.inv.Problems = slices.DeleteFunc(b.inv.Problems, func(p Problem) bool { return p.Path == name && p.Kind == bom.GapUnreadWeights })
	delete(b.counted, Problem{Kind: bom.GapUnreadWeights, Path: name})
}

// moveOut gives the tensors that lie in one run of one other file to that
// file's header, so that the pass over its bytes meets them. Tensors whose file
// is missing or too short are unread. Others stay where they are described.
func (b *builder) moveOut(f *File, at func(string) *File) {
	f.Header.Tensors = slices.DeleteFunc(f.Header.Tensors, func(t format.Tensor) bool {
		l := t.Layout
		if l == nil {
			return false
		}
		for _, s := range l.Segments {
			if s.File != "" {
				d := at(s.File)
				if d == nil || !d.Readable() || d.Header == nil || s.Offset < 0 || s.Size < 0 || s.Offset > d.Size || s.Size > d.Size-s.Offset {
					f.Header.Unread = append(f.Header.Unread, t.Name)
					return true
				}
			}
		}
		if len(l.Segments) != 1 || l.Segments[0].File == "" || l.Strides != nil || l.Varint || l.Affine != nil {
			return false
		}
		d := at(l.Segments[0].File)
		t.Layout, t.Offset, t.Size = nil, l.Segments[0].Offset, l.Segments[0].Size
		d.Header.BigEndian = f.Header.BigEndian
		d.Header.Tensors = append(d.Header.Tensors, t)
		return true
	})
}

// maxNamedTensors is how many unread tensors of one file are named.
const maxNamedTensors = 10

func (b *builder) unreadTensors(f *File) {
	names := f.Header.Unread
	if len(names) == 0 {
		return
	}
	var quoted []string
	for _, n := range names[:min(len(names), maxNamedTensors)] {
		quoted = append(quoted, fmt.Sprintf("%q", n))
	}
	more := ""
	if len(names) > maxNamedTensors {
		more = fmt.Sprintf(" and %d more", len(names)-maxNamedTensors)
	}
	b.problem(bom.GapUnreadWeights, f.Path, "tensors "+strings.Join(quoted, ", ")+more+" could not be read")
}
