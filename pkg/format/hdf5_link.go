package format

import (
	"encoding/binary"
	"fmt"
)

// link reads a link message (IV.A.2.g).
func (o *hdf5Header) link(f *hdf5Fields) error {
	version, flags := f.u8(), f.u8()
	kind := 0
	if flags&0x08 != 0 {
		kind = f.u8()
	}
	if flags&0x04 != 0 {
		f.skip(8)
	}
	if flags&0x10 != 0 {
		f.skip(1)
	}
	name := f.take(int(min(f.uint(1<<(flags&3)), 1<<30)))
	if f.short || version != 1 {
		return fmt.Errorf("a link of version %d", version)
	}
	switch kind {
	case 0:
		o.visit(f.uint(o.offset))
	case 1: // soft: inside of the file
	case 64:
		f.skip(3) // length, version and flags
		o.outside("external link", string(name), f.text())
	default:
		o.outside("link of a type that needs a program", string(name), fmt.Sprint(kind))
	}
	if f.short {
		return fmt.Errorf("link %s is cut off", quote(name))
	}
	return nil
}

// outside records what leads out of the file.
func (o *hdf5Header) outside(what, name, target string) {
	o.t.addAnomaly(o.it.at(o.base+int64(o.address)), what, "%s leads to %s", quote(name), quote(target))
}

// external reads the list of files in which a dataset's values lie (IV.A.2.h).
func (o *hdf5Header) external(f *hdf5Fields) error {
	f.skip(1 + 3 + 2)
	n := int(f.uint(2))
	heap := f.uint(o.offset)
	for i := 0; i < n && !f.short; i++ {
		name, err := o.heapName(heap, f.uint(o.length))
		if err != nil {
			return err
		}
		f.skip(2 * o.length)
		o.outside("values in another file", "a dataset", name)
	}
	return nil
}

// virtual reads the layout of a dataset (IV.A.2.i) when it is one made of values
// of other datasets, which can be those of other files. Of the list of them
// the first is read.
func (o *hdf5Header) virtual(f *hdf5Fields) error {
	version, class := f.u8(), f.u8()
	if version < 4 || class != 3 || f.short {
		return nil
	}
	collection, index := f.uint(o.offset), f.uint(4)
	if o.undefined(collection) {
		return nil
	}
	list, err := o.heapObject(collection, index)
	if err != nil {
		return err
	}
	l := &hdf5Fields{b: list}
	form, count := l.u8(), l.uint(o.length)
	name := l.text()
	switch at := o.base + int64(o.address); {
	case l.short || form != 0:
		o.gap(o.it, at, "a dataset that is made of others, of form %d", form)
	case count > 0 && name != ".": // the file itself
		o.outside("values in another file", "a dataset", name)
	case count > 1:
		o.gap(o.it, at, "a dataset that is made of %d others, of which one is looked at", count)
	}
	return nil
}

// heapName reads a name from a local heap (III.D).
func (o *hdf5Header) heapName(heap, at uint64) (string, error) {
	b, err := o.bytes(heap, uint64(8+2*o.length+o.offset))
	if err != nil || string(b[:4]) != "HEAP" {
		return "", fmt.Errorf("no local heap at %d", heap)
	}
	f := &hdf5Fields{b: b, at: 8}
	size := f.uint(o.length)
	f.skip(o.length)
	data := f.uint(o.offset)
	if at >= size {
		return "", fmt.Errorf("a name at %d of a heap of %d bytes", at, size)
	}
	b, err = o.bytes(data+at, min(size-at, MaxName))
	if err != nil {
		return "", err
	}
	return (&hdf5Fields{b: b}).text(), nil
}

// symbols walks the B-tree of a group (III.A.1) of the old form. Names are not read.
func (o *hdf5Header) symbols(tree uint64) error {
	nodes, seen := []uint64{tree}, map[uint64]bool{}
	for n := 0; n < len(nodes) && !o.full; n++ {
		at := nodes[n]
		if seen[at] {
			return fmt.Errorf("a tree that leads back to %d", at)
		}
		seen[at] = true
		b, err := o.bytes(at, uint64(8+2*o.offset))
		if err != nil {
			return err
		}
		switch string(b[:4]) {
		case "TREE":
			count := int(binary.LittleEndian.Uint16(b[6:]))
			entries, err := o.bytes(at+uint64(8+2*o.offset), uint64(count*(o.length+o.offset)+o.length))
			if err != nil {
				return err
			}
			f := &hdf5Fields{b: entries}
			for range count {
				f.skip(o.length)
				nodes = append(nodes, f.uint(o.offset))
			}
		case "SNOD":
			if err := o.symbolNode(at, int(binary.LittleEndian.Uint16(b[6:]))); err != nil {
				return err
			}
		default:
			return fmt.Errorf("no node of a tree at %d", at)
		}
		if len(nodes) > maxHDF5Objects {
			return fmt.Errorf("a tree of more than %d nodes", maxHDF5Objects)
		}
	}
	return nil
}

// symbolNode reads the entries of a leaf (III.B, III.C).
func (o *hdf5Header) symbolNode(at uint64, count int) error {
	b, err := o.bytes(at+8, uint64(count*(2*o.offset+24)))
	if err != nil {
		return err
	}
	f := &hdf5Fields{b: b}
	for range count {
		f.skip(o.offset) // the name
		header := f.uint(o.offset)
		kind := f.uint(4)
		f.skip(20)
		if kind != 2 { // a soft link has no header
			o.visit(header)
		}
	}
	return nil
}
