package format

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"github.com/modelbom/modelbom/pkg/pickle"
)

// readLegacy reads the format of torch.save before 1.6 (_legacy_save of
// torch/serialization.py): five pickles, which are a magic number, a protocol,
// facts about the system, what was saved and the list of storage keys; then for
// each key the number of elements in 8 bytes and the elements. They are
// little-endian on every machine.
func (t *torchReader) readLegacy() {
	t.h.Version = "legacy"
	end := int64(0)
	var parts [5]*pickle.Program
	for i, what := range [...]string{"the magic number", "the protocol", "the facts about the system", "the saved object", "the storage keys"} {
		parts[i] = t.run(t.program(t.r, end, t.size), "", -1)
		if !t.must(parts[i], what, -1) {
			return
		}
		end = parts[i].End
	}
	t.metadata("torch.version", clean(pickle.Describe(parts[1].Root)))
	t.metadata("pickle.protocol", fmt.Sprint(parts[3].Protocol))
	if parts[1].Root != pickle.Value(pickle.Int(1001)) {
		t.fail(parts[1].Begin, ErrUnsupported, "protocol %s of the legacy format", quote(pickle.Describe(parts[1].Root)))
		return
	}
	l := &torchLegacy{torchReader: t, ids: map[string]storageID{}, places: map[string]int64{}}
	t.storage = l.collect
	l.dry = true
	t.tensors("", parts[3].Root)
	if t.err != nil {
		return
	}
	l.storages(parts[4], end)
	t.h.Tensors, t.h.Unread, t.h.Notes = nil, nil, nil
	t.walk, t.numpy, t.used = torchWalk{}, torchSeen{}, map[int64]bool{}
	l.dry = false
	t.tensors("", parts[3].Root)
	l.unused()
}

// A torchLegacy knows the storages of a file in the legacy format. The saved
// object is walked twice: the places of storages follow from the sizes of those
// before them, which only the object tells.
type torchLegacy struct {
	*torchReader
	dry    bool
	ids    map[string]storageID
	places map[string]int64 // by key, of the first element
	order  []string
}

// collect remembers a storage in the first walk, and places it in the second.
func (l *torchLegacy) collect(p *pickle.Persistent) (s torchStorage, ok bool) {
	id, ok := parseStorageID(p)
	if !ok {
		return s, false
	}
	if l.dry {
		if old, seen := l.ids[id.key]; seen && old.size != id.size {
			l.fail(p.Offset, ErrMalformed, "storage %s has two types", quote(id.key))
			return s, false
		}
		l.ids[id.key] = id
		return torchStorage{torchType: id.torchType, why: "not yet"}, true
	}
	at, ok := l.places[id.key]
	if !ok {
		l.fail(p.Offset, ErrMalformed, "storage %s is not among the keys", quote(id.key))
		return s, false
	}
	s = torchStorage{torchType: id.torchType, at: at, bytes: id.elements * id.size}
	return l.view(p, id, s)
}

// view narrows a storage to a view of it: (key, offset, number of elements).
func (l *torchLegacy) view(p *pickle.Persistent, id storageID, s torchStorage) (torchStorage, bool) {
	items, ok := sequence(id.view)
	if !ok {
		return s, true
	}
	if len(items) == 3 {
		offset, ok := items[1].(pickle.Int)
		n, ok2 := items[2].(pickle.Int)
		room := pickle.Int(s.bytes / s.size)
		if ok && ok2 && offset >= 0 && n >= 0 && offset <= room && n <= room-offset {
			s.at += int64(offset) * s.size
			s.bytes = int64(n) * s.size
			return s, true
		}
	}
	l.fail(p.Offset, ErrMalformed, "storage %s has the view %s", quote(id.key), quote(pickle.Describe(id.view)))
	return s, false
}

// storages goes through the storages behind the pickles, without reading them.
func (l *torchLegacy) storages(keys *pickle.Program, at int64) {
	list, ok := sequence(keys.Root)
	if !ok {
		l.fail(keys.Begin, ErrMalformed, "the storage keys are %s", quote(pickle.Describe(keys.Root)))
		return
	}
	l.h.DataOffset = at
	for _, v := range list {
		key, ok := v.(pickle.Text)
		id, known := l.ids[string(key)]
		_, twice := l.places[string(key)]
		switch {
		case l.err != nil:
			return
		case !ok || twice:
			l.fail(keys.Begin, ErrMalformed, "storage key %s", quote(pickle.Describe(v)))
			return
		case !known:
			l.fail(at, ErrMalformed, "no tensor says of which type storage %s is", quote(pickle.Describe(v)))
			return
		}
		at = l.next(string(key), id, at)
	}
	if l.err == nil && at < l.size {
		l.trailing(at, l.size)
	}
}

// next passes over one storage.
func (l *torchLegacy) next(key string, id storageID, at int64) int64 {
	b := l.bytes(at, 8)
	if l.err != nil {
		return at
	}
	n := binary.LittleEndian.Uint64(b)
	if n > uint64(l.size-at-8)/uint64(id.size) {
		l.fail(at, ErrTruncated, "storage %s of %d elements, %d bytes left", quote(key), n, l.size-at-8)
		return at
	}
	if int64(n) != id.elements {
		l.fail(at, ErrMalformed, "storage %s of %d elements, its tensors say %d", quote(key), n, id.elements)
		return at
	}
	l.places[key] = at + 8
	l.order = append(l.order, key)
	return at + 8 + int64(n)*id.size
}

// unused notes storages in which no tensor lies.
func (l *torchLegacy) unused() {
	used := slices.Sorted(maps.Keys(l.used))
	for _, key := range l.order {
		id, at := l.ids[key], l.places[key]
		i, _ := slices.BinarySearch(used, at)
		if within := i < len(used) && used[i] < at+id.elements*id.size; l.err == nil && id.elements > 0 && !within {
			l.h.note(at, "no tensor uses storage %s", quote(key))
		}
	}
}
