package format

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// Limits on what is read of an HDF5 file.
const (
	// maxHDF5Objects bounds the groups and datasets that are visited. A layer of
	// Keras is two groups and some datasets.
	maxHDF5Objects = 200_000
	// maxHDF5Blocks bounds the blocks of one object's header.
	maxHDF5Blocks = 1000
	// maxHDF5Read bounds all that is read of the HDF5 files in a file, in bytes.
	// Values of datasets are not.
	maxHDF5Read = 256 << 20
	// maxHDF5Text bounds a text of an attribute in bytes.
	maxHDF5Text = maxKerasConfig
)

// hdf5Signature begins a superblock (HDF5 File Format Specification 3.0, II.A). It
// stands at byte 0 or, behind a user block, at 512 times a power of two.
const hdf5Signature = "\x89HDF\r\n\x1a\n"

// The types of header messages (IV.A.2).
const (
	hdf5LinkInfo      = 0x02
	hdf5Link          = 0x06
	hdf5External      = 0x07
	hdf5Layout        = 0x08
	hdf5Attribute     = 0x0C
	hdf5Continuation  = 0x10
	hdf5SymbolTable   = 0x11
	hdf5AttributeInfo = 0x15
)

// An hdf5File walks through the objects of an HDF5 file: for the attributes in
// which Keras keeps its configuration, and for what leads out of the file. What
// it does not follow is a gap: dense storage of links and attributes, shared
// messages, texts of other types. Values of datasets are never read.
type hdf5File struct {
	*scan
	it             *item
	base           int64 // of addresses
	offset, length int   // sizes of addresses and lengths in bytes
	seen           map[uint64]bool
	queue          []uint64 // addresses of object headers
	root           uint64
	full           bool // a limit was met
}

func (s *scan) hdf5(it *item) {
	h := &hdf5File{scan: s, it: it, seen: map[uint64]bool{}}
	if err := h.superblock(); err != nil {
		s.gap(it, it.begin, "an HDF5 file that cannot be read: %v", err)
		return
	}
	h.visit(h.root)
	for n := 0; n < len(h.queue) && !h.full; n++ {
		if err := h.object(h.queue[n]); err != nil {
			h.gap(it, it.begin, "an object of the HDF5 file at %d: %v", h.queue[n], err)
		}
	}
}

// bytes reads n bytes at an address.
func (h *hdf5File) bytes(address, n uint64) ([]byte, error) {
	room := uint64(h.it.end - h.base)
	switch {
	case address > room || n > room-address:
		return nil, fmt.Errorf("%d bytes at %d reach beyond the file", n, address)
	case n > maxHDF5Text || h.hdf5Read+int64(n) > maxHDF5Read:
		h.full = true
		return nil, fmt.Errorf("more than %d bytes are to be read", maxHDF5Read)
	}
	h.hdf5Read += int64(n)
	b := make([]byte, n)
	if got, err := h.it.r.ReadAt(b, h.base+int64(address)); got < len(b) {
		if err == nil || err == io.EOF {
			err = ErrTruncated
		}
		return nil, err
	}
	return b, nil
}

// superblock finds and reads the superblock.
func (h *hdf5File) superblock() error {
	at := int64(0)
	for {
		h.base = h.it.begin
		b, err := h.bytes(uint64(at), uint64(len(hdf5Signature)))
		if err != nil {
			return fmt.Errorf("no superblock: %w", err)
		}
		if string(b) == hdf5Signature {
			break
		}
		at = max(512, 2*at)
	}
	b, err := h.bytes(uint64(at), uint64(min(h.it.size()-at, 128)))
	if err != nil || len(b) < 48 {
		return fmt.Errorf("a superblock of %d bytes", len(b))
	}
	f := &hdf5Fields{b: b, at: 8}
	version := f.u8()
	if version <= 1 {
		f.skip(4)
		h.offset, h.length = f.u8(), f.u8()
		f.skip(1 + 4 + 4)
		if version == 1 {
			f.skip(4)
		}
	} else {
		h.offset, h.length = f.u8(), f.u8()
		f.skip(1)
	}
	if version > 3 || !oneWidth(h.offset) || !oneWidth(h.length) {
		return fmt.Errorf("a superblock of version %d with addresses of %d and lengths of %d bytes", version, h.offset, h.length)
	}
	f.skip(h.offset) // the base, for which HDF5 takes the superblock's own place
	f.skip(h.offset) // free space, or the superblock's extension
	f.skip(h.offset) // end of the file
	if version <= 1 {
		f.skip(2 * h.offset) // driver, name of the root
	}
	h.root = f.uint(h.offset)
	if f.short {
		return fmt.Errorf("a superblock of %d bytes", len(b))
	}
	h.base = h.it.begin + at
	return nil
}

func oneWidth(n int) bool { return n == 2 || n == 4 || n == 8 }

// visit puts an object into the queue, once.
func (h *hdf5File) visit(address uint64) {
	if h.seen[address] || h.undefined(address) {
		return
	}
	if len(h.queue) == maxHDF5Objects {
		if !h.full {
			h.gap(h.it, h.it.begin, "more than %d objects of an HDF5 file", maxHDF5Objects)
		}
		h.full = true
		return
	}
	h.seen[address] = true
	h.queue = append(h.queue, address)
}

// undefined reports the address that stands for none.
func (h *hdf5File) undefined(address uint64) bool {
	return address == 1<<(8*h.offset)-1 || h.offset == 8 && address == 1<<64-1
}

// object reads the header of one object.
func (h *hdf5File) object(address uint64) error {
	head, err := h.bytes(address, 16)
	if err != nil {
		return err
	}
	o := &hdf5Header{hdf5File: h, address: address}
	switch {
	case string(head[:4]) == "OHDR":
		err = o.second()
	case head[0] == 1:
		o.blocks = []hdf5Block{{address + 16, uint64(binary.LittleEndian.Uint32(head[8:]))}}
	default:
		return fmt.Errorf("a header of version %d", head[0])
	}
	if err != nil {
		return err
	}
	for n := 0; n < len(o.blocks); n++ {
		if n == maxHDF5Blocks {
			return fmt.Errorf("a header in more than %d blocks", maxHDF5Blocks)
		}
		if err := o.block(o.blocks[n]); err != nil {
			return err
		}
	}
	return nil
}

// An hdf5Block is a run of header messages.
type hdf5Block struct{ address, size uint64 }

// An hdf5Header reads the messages of one object header. Version 2 has packed
// fields and signatures.
type hdf5Header struct {
	*hdf5File
	address uint64
	v2      bool
	ordered bool // messages have a creation order
	blocks  []hdf5Block
}

// second reads the prefix of a header of version 2 (IV.A.1.b).
func (o *hdf5Header) second() error {
	b, err := o.bytes(o.address, uint64(min(64, o.it.end-o.base-int64(o.address))))
	if err != nil {
		return err
	}
	f := &hdf5Fields{b: b, at: 4}
	version, flags := f.u8(), f.u8()
	if flags&0x20 != 0 {
		f.skip(16)
	}
	if flags&0x10 != 0 {
		f.skip(4)
	}
	size := f.uint(1 << (flags & 3))
	if f.short || version != 2 {
		return fmt.Errorf("a header of version %d", version)
	}
	o.v2, o.ordered = true, flags&0x04 != 0
	o.blocks = []hdf5Block{{o.address + uint64(f.at), size}}
	return nil
}

// block reads the messages of one block.
func (o *hdf5Header) block(k hdf5Block) error {
	b, err := o.bytes(k.address, k.size)
	if err != nil {
		return err
	}
	f := &hdf5Fields{b: b}
	head := 8
	if o.v2 {
		if head = 4; o.ordered {
			head = 6
		}
	}
	for f.left() >= head {
		var kind, size, flags int
		if o.v2 {
			kind, size, flags = f.u8(), int(f.uint(2)), f.u8()
			f.skip(head - 4)
		} else {
			kind, size, flags = int(f.uint(2)), int(f.uint(2)), f.u8()
			f.skip(3)
		}
		data := f.take(size)
		if f.short {
			return fmt.Errorf("a message of %d bytes, %d left", size, f.left())
		}
		if err := o.message(kind, flags, data); err != nil {
			return err
		}
	}
	return nil
}

// message reads one message.
func (o *hdf5Header) message(kind, flags int, data []byte) error {
	f := &hdf5Fields{b: data}
	if flags&0x02 != 0 && (kind == hdf5Attribute || kind == hdf5Link || kind == hdf5External) {
		return fmt.Errorf("a message of type %d that is kept elsewhere", kind)
	}
	switch kind {
	case hdf5Continuation:
		k := hdf5Block{f.uint(o.offset), f.uint(o.length)}
		if o.v2 {
			if k.size < 8 {
				return fmt.Errorf("a block of %d bytes", k.size)
			}
			sign, err := o.bytes(k.address, 4)
			if err != nil || string(sign) != "OCHK" {
				return fmt.Errorf("no block of messages at %d", k.address)
			}
			k.address, k.size = k.address+4, k.size-8
		}
		o.blocks = append(o.blocks, k)
	case hdf5Attribute:
		o.attribute(data)
	case hdf5AttributeInfo:
		f.skip(1)
		if f.u8()&1 != 0 {
			f.skip(2)
		}
		if heap := f.uint(o.offset); !f.short && !o.undefined(heap) {
			o.gap(o.it, o.base+int64(o.address), "attributes in dense storage, which is not read")
		}
	case hdf5LinkInfo:
		f.skip(1)
		if f.u8()&1 != 0 {
			f.skip(8)
		}
		if heap := f.uint(o.offset); !f.short && !o.undefined(heap) {
			o.gap(o.it, o.base+int64(o.address), "links of a group in dense storage, which is not read")
		}
	case hdf5Link:
		return o.link(f)
	case hdf5SymbolTable:
		return o.symbols(f.uint(o.offset))
	case hdf5External:
		return o.external(f)
	case hdf5Layout:
		return o.virtual(f)
	}
	return nil
}

// hdf5Fields reads little-endian fields of a block.
type hdf5Fields struct {
	b     []byte
	at    int
	short bool
}

func (f *hdf5Fields) left() int { return len(f.b) - f.at }

func (f *hdf5Fields) take(n int) []byte {
	if n < 0 || n > f.left() {
		f.short = true
		return nil
	}
	f.at += n
	return f.b[f.at-n : f.at]
}

func (f *hdf5Fields) skip(n int) { f.take(n) }

func (f *hdf5Fields) u8() int { return int(f.uint(1)) }

// uint reads an unsigned integer of up to 8 bytes.
func (f *hdf5Fields) uint(width int) uint64 {
	var all [8]byte
	copy(all[:], f.take(width))
	return binary.LittleEndian.Uint64(all[:])
}

// text reads up to a NUL, or all that is left.
func (f *hdf5Fields) text() string {
	s, _, _ := bytes.Cut(f.b[f.at:], []byte{0})
	f.skip(min(len(s)+1, f.left()))
	return string(s)
}
