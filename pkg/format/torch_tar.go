package format

import (
	"archive/tar"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/modelbom/modelbom/pkg/pickle"
)

// maxTarMembers bounds the members of an archive. PyTorch writes four.
const maxTarMembers = 1000

// A torchTar reads the archives of PyTorch before 0.1.10 (_legacy_load of
// torch/serialization.py): storages, tensors that are views into them, and a
// pickle whose persistent ids are the tensors' numbers.
type torchTar struct {
	*torchReader
	members  map[string][2]int64 // begin and end
	storages map[string]torchStorage
	tensor   map[string]torchView
}

func (t *torchReader) readTar() {
	a := &torchTar{torchReader: t, members: map[string][2]int64{}, storages: map[string]torchStorage{}, tensor: map[string]torchView{}}
	t.h.Version = "tar"
	a.list()
	for _, name := range []string{"storages", "tensors", "pickle"} {
		if _, ok := a.members[name]; !ok {
			t.scanAll("")
			t.fail(0, ErrUnsupported, "a tar archive without the member %q of PyTorch's", name)
			return
		}
	}
	a.readStorages()
	a.readTensors()
	if t.err != nil {
		return
	}
	begin, end := a.members["pickle"][0], a.members["pickle"][1]
	p := t.run(t.program(t.r, begin, end), "pickle", -1)
	if !t.must(p, "member pickle", -1) {
		return
	}
	t.metadata("pickle.protocol", fmt.Sprint(p.Protocol))
	t.after(p, end)
	t.h.DataOffset = a.members["storages"][0]
	t.walk.resolve = a.resolve
	t.tensors("", p.Root)
	if t.err == nil && len(t.h.Tensors)+len(t.h.Unread) < len(a.tensor) {
		t.h.note(a.members["tensors"][0], "%d of %d tensors have no name", len(a.tensor)-len(t.h.Tensors)-len(t.h.Unread), len(a.tensor))
	}
}

// list finds the members.
func (a *torchTar) list() {
	s := io.NewSectionReader(a.r, 0, a.size)
	r := tar.NewReader(s)
	for n := 0; a.err == nil; n++ {
		h, err := r.Next()
		at, _ := s.Seek(0, io.SeekCurrent)
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			a.fail(min(at, a.size), ErrMalformed, "tar archive: %v", err)
			return
		case n == maxTarMembers:
			a.fail(at, ErrLimit, "more than %d members", maxTarMembers)
			return
		}
		name := strings.TrimPrefix(h.Name, "./")
		if h.Typeflag != tar.TypeReg || h.Size > a.size-at {
			a.addAnomaly(at, "odd member of the tar archive", "%s of type %q with %d bytes", quote(name), h.Typeflag, h.Size)
			continue
		}
		if _, twice := a.members[name]; twice {
			a.addAnomaly(at, "member that is there twice", "%s", quote(name))
		}
		a.members[name] = [2]int64{at, at + h.Size}
		if !oneOf(name, "storages", "tensors", "pickle", "sys_info") {
			a.addAnomaly(at, "odd member of the tar archive", "%s", quote(name))
		}
	}
}

// next runs one of the pickles of a member and returns its value, with its items
// when they are of the given number.
func (a *torchTar) next(member string, at *int64, items int) (pickle.Value, []pickle.Value) {
	if a.opcodes >= pickle.MaxOpcodes {
		a.fail(*at, ErrLimit, "more than %d opcodes", pickle.MaxOpcodes)
		return nil, nil
	}
	p := a.run(a.program(a.r, *at, a.members[member][1]), member, -1)
	if !a.must(p, "member "+member, -1) {
		return nil, nil
	}
	list, ok := sequence(p.Root)
	if items > 0 && (!ok || len(list) < items) {
		a.fail(*at, ErrMalformed, "member %s has %s where %d items are due", member, quote(pickle.Describe(p.Root)), items)
		return nil, nil
	}
	*at = p.End
	return p.Root, list
}

// count reads how many records follow.
func (a *torchTar) count(member string, at *int64) int64 {
	v, _ := a.next(member, at, 0)
	n, ok := v.(pickle.Int)
	if a.err == nil && (!ok || n < 0 || int64(n) > a.members[member][1]-*at) {
		a.fail(*at, ErrMalformed, "member %s has the count %s", member, quote(pickle.Describe(v)))
		return 0
	}
	return int64(n)
}

// readStorages reads, for each storage, a pickle of key, location and class, the
// number of elements, and the elements; then a pickle of views.
func (a *torchTar) readStorages() {
	at := a.members["storages"][0]
	end := a.members["storages"][1]
	for n := a.count("storages", &at); n > 0 && a.err == nil; n-- {
		_, args := a.next("storages", &at, 3)
		if a.err != nil {
			return
		}
		kind, ok := storageType(args[2])
		head := a.bytes(at, min(8, end-at))
		if !ok || len(head) < 8 {
			a.fail(at, ErrMalformed, "a storage of class %s", quote(pickle.Describe(args[2])))
			return
		}
		n := binary.LittleEndian.Uint64(head)
		if n > uint64(end-at-8)/uint64(kind.size) {
			a.fail(at, ErrTruncated, "a storage of %d elements, %d bytes left", n, end-at-8)
			return
		}
		s := torchStorage{torchType: kind, at: at + 8, bytes: int64(n) * kind.size}
		a.storages[pickle.Describe(args[0])] = s
		at += 8 + s.bytes
	}
	a.readViews(&at)
}

// readViews reads the storages that are parts of others: (key, key of the root,
// offset, number of elements).
func (a *torchTar) readViews(at *int64) {
	_, views := a.next("storages", at, 0)
	for _, v := range views {
		items, _ := sequence(v)
		if len(items) < 4 {
			a.fail(*at, ErrMalformed, "a storage view %s", quote(pickle.Describe(v)))
			return
		}
		s, ok := a.storages[pickle.Describe(items[1])]
		offset, ok2 := items[2].(pickle.Int)
		n, ok3 := items[3].(pickle.Int)
		if !ok || !ok2 || !ok3 || offset < 0 || n < 0 || int64(offset) > s.bytes/s.size || int64(n) > s.bytes/s.size-int64(offset) {
			a.fail(*at, ErrMalformed, "a storage view %s", quote(pickle.Describe(v)))
			return
		}
		s.at += int64(offset) * s.size
		s.bytes = int64(n) * s.size
		a.storages[pickle.Describe(items[0])] = s
	}
}

// readTensors reads, for each tensor, a pickle of key, storage key and class, the
// number of dimensions in 4 of 8 bytes, sizes, strides and the offset.
func (a *torchTar) readTensors() {
	if a.err != nil {
		return
	}
	at := a.members["tensors"][0]
	end := a.members["tensors"][1]
	for n := a.count("tensors", &at); n > 0 && a.err == nil; n-- {
		begin := at
		_, args := a.next("tensors", &at, 3)
		head := a.bytes(at, max(0, min(8, end-at)))
		if a.err != nil {
			return
		}
		s, ok := a.storages[pickle.Describe(args[1])]
		if !ok || len(head) < 8 {
			a.fail(begin, ErrMalformed, "a tensor of storage %s", quote(pickle.Describe(args[1])))
			return
		}
		rank := int64(int32(binary.LittleEndian.Uint32(head)))
		if rank < 0 || rank > MaxRank || 16*rank+8 > end-at-8 {
			a.fail(at, ErrMalformed, "a tensor of %d dimensions, %d bytes left", rank, end-at-8)
			return
		}
		b := a.bytes(at+8, 16*rank+8)
		v := torchView{at: begin, storage: s}
		for i := range rank {
			v.shape = append(v.shape, binary.LittleEndian.Uint64(b[8*i:]))
			v.strides = append(v.strides, int64(binary.LittleEndian.Uint64(b[8*(rank+i):])))
		}
		v.offset = int64(binary.LittleEndian.Uint64(b[16*rank:]))
		if v.offset < 0 {
			a.fail(at, ErrMalformed, "a tensor at offset %d of its storage", v.offset)
			return
		}
		a.tensor[tarKey(args[0])] = v
		at += 8 + 16*rank + 8
	}
}

// tarKey is the text of a key, which is a number here and a text there.
func tarKey(v pickle.Value) string {
	if s, ok := v.(pickle.Text); ok {
		return string(s)
	}
	return pickle.Describe(v)
}

// resolve adds the tensor that a persistent id refers to.
func (a *torchTar) resolve(name string, p *pickle.Persistent) {
	id := p.ID
	if items, ok := sequence(id); ok && len(items) > 0 {
		id = items[0]
	}
	v, ok := a.tensor[tarKey(id)]
	if !ok {
		a.fail(p.Offset, ErrMalformed, "no tensor %s", quote(pickle.Describe(p.ID)))
		return
	}
	v.name, v.at = a.tensorName(name), p.Offset
	v.shape = append([]uint64(nil), v.shape...)
	a.place(&v)
}
