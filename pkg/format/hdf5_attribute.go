package format

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// attribute reads an attribute (IV.A.2.m) when it is one that Keras reads, or
// one that holds a pickle, as PyTables writes them.
func (o *hdf5Header) attribute(data []byte) {
	f := &hdf5Fields{b: data}
	version, flags := f.u8(), f.u8()
	nameSize, typeSize, spaceSize := int(f.uint(2)), int(f.uint(2)), int(f.uint(2))
	pad := func(n int) int { return n }
	switch version {
	case 1:
		pad, flags = func(n int) int { return (n + 7) &^ 7 }, 0
	case 3:
		f.skip(1)
	}
	name, _, _ := bytes.Cut(f.take(pad(nameSize)), []byte{0})
	kind := &hdf5Fields{b: f.take(pad(typeSize))}
	space := &hdf5Fields{b: f.take(pad(spaceSize))}
	config := string(name) == "model_config" || string(name) == "training_config"
	if f.short || version < 1 || version > 3 || flags&3 != 0 {
		if config || f.short {
			o.gap(o.it, o.base+int64(o.address), "attribute %s, whose form is not read", quote(name))
		}
		return
	}
	values, ok := o.texts(kind, space, &hdf5Fields{b: data, at: f.at})
	if !ok && config {
		o.gap(o.it, o.base+int64(o.address), "attribute %s, whose form is not read", quote(name))
	}
	for _, v := range values {
		o.value(string(name), config, v)
	}
}

// An hdf5Text is one text of an attribute, and the address of the bytes that it
// stands in, 0 for the header itself.
type hdf5Text struct {
	address uint64
	b       []byte
}

// maxHDF5Texts bounds the texts of one attribute that are looked at: Keras keeps
// a long list of names in attributes.
const maxHDF5Texts = 100_000

// texts returns an attribute's texts; false when it is of another type.
func (o *hdf5Header) texts(kind, space, data *hdf5Fields) (list []hdf5Text, ok bool) {
	class := kind.u8()
	bits := kind.u8()
	kind.skip(2)
	size := int(kind.uint(4))
	n := dataspace(space, o.length)
	if kind.short || n < 0 || n > maxHDF5Texts {
		return nil, false
	}
	for range n {
		b := data.take(size)
		if data.short {
			return nil, false
		}
		switch class & 0x0F {
		case 3: // a text of fixed length
			list = append(list, hdf5Text{0, bytes.TrimRight(b, "\x00 ")})
		case 9: // of variable length, in the global heap
			if bits&0x0F != 1 && !byteSequence(kind) {
				return nil, false
			}
			t, ok := o.heapText(&hdf5Fields{b: b})
			if !ok {
				return list, false
			}
			list = append(list, t)
		case 5: // opaque
			list = append(list, hdf5Text{0, b})
		default:
			return nil, false
		}
	}
	return list, true
}

// byteSequence reports whether the base type of a sequence is an integer of one
// byte.
func byteSequence(kind *hdf5Fields) bool {
	base := hdf5Fields{b: kind.b, at: kind.at}
	class := base.u8()
	base.skip(3)
	return class&0x0F == 0 && base.uint(4) == 1 && !base.short
}

// dataspace returns the number of values (IV.A.2.b), -1 for what is none.
func dataspace(f *hdf5Fields, length int) int64 {
	version, rank := f.u8(), f.u8()
	f.skip(1)
	switch version {
	case 1:
		f.skip(5)
	case 2:
		if f.u8() == 2 {
			return 0 // the null dataspace
		}
	default:
		return -1
	}
	shape := make([]uint64, 0, min(rank, MaxRank))
	for range min(rank, MaxRank) {
		shape = append(shape, f.uint(length))
	}
	n, ok := elements(shape)
	if f.short || !ok || rank > MaxRank {
		return -1
	}
	return n
}

// heapText reads a text of variable length from the global heap.
func (o *hdf5Header) heapText(f *hdf5Fields) (t hdf5Text, ok bool) {
	size, collection, index := f.uint(4), f.uint(o.offset), f.uint(4)
	if f.short {
		return t, false
	}
	if size == 0 {
		return t, true
	}
	at, n, err := o.heapPlace(collection, index)
	if err != nil {
		return t, false
	}
	text, err := o.bytes(at, min(n, size))
	return hdf5Text{at, text}, err == nil && n >= size
}

// heapObject reads an object of the global heap.
func (o *hdf5Header) heapObject(collection, index uint64) ([]byte, error) {
	at, n, err := o.heapPlace(collection, index)
	if err != nil {
		return nil, err
	}
	return o.bytes(at, n)
}

// heapPlace finds an object in its collection in the global heap (III.E): its
// address and size.
func (o *hdf5Header) heapPlace(collection, index uint64) (place, size uint64, err error) {
	head, err := o.bytes(collection, uint64(8+o.length))
	if err != nil || string(head[:4]) != "GCOL" {
		return 0, 0, fmt.Errorf("no global heap at %d", collection)
	}
	whole := (&hdf5Fields{b: head, at: 8}).uint(o.length)
	step := uint64(8 + o.length)
	for at := step; at+step <= whole; {
		b, err := o.bytes(collection+at, step)
		if err != nil {
			return 0, 0, err
		}
		n := (&hdf5Fields{b: b, at: 8}).uint(o.length)
		id := uint64(binary.LittleEndian.Uint16(b))
		if n > whole || id == 0 {
			break // the free space, which is the last
		}
		if id == index {
			return collection + at + step, n, nil
		}
		at += step + (n+7)&^7
	}
	return 0, 0, fmt.Errorf("no object %d in the global heap at %d", index, collection)
}

// value judges one text of an attribute.
func (o *hdf5Header) value(name string, config bool, v hdf5Text) {
	at := o.base + int64(o.address)
	if v.address > 0 {
		at = o.base + int64(v.address)
	}
	switch {
	case config && len(v.b) > 0:
		in := *o.it
		in.packedAt = in.at(at)
		o.kerasText(&in, at, v.b)
	case len(v.b) > 2 && isPickle(v.b):
		in := item{r: bytes.NewReader(v.b), end: int64(len(v.b)), name: name, where: within(o.it, "attribute "+name), packedAt: o.it.at(at), depth: o.it.depth}
		o.pickles(&in, 0)
	}
}
