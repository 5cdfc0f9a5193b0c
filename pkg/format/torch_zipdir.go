package format

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"path"
	"slices"
	"strings"
)

// The signatures and the sizes of the fixed parts of a zip archive's records
// (APPNOTE.TXT 6.3.10, 4.3).
const (
	zipLocalSignature     = "PK\x03\x04"
	zipCentralSignature   = "PK\x01\x02"
	zipEndSignature       = "PK\x05\x06"
	zip64EndSignature     = "PK\x06\x06"
	zip64LocatorSignature = "PK\x06\x07"
	zipDescriptor         = "PK\x07\x08"

	zipLocalSize     = 30
	zipCentralSize   = 46
	zipEndSize       = 22
	zip64EndSize     = 56
	zip64LocatorSize = 20
)

// Limits on the directory of an archive.
const (
	// maxZipMembers bounds the members. A member of a checkpoint is a tensor.
	maxZipMembers = 1 << 20
	// maxZipDirectory bounds the central directory in bytes: some 80 bytes for
	// each member.
	maxZipDirectory = 64 << 20
)

// The bits of general purpose flags (APPNOTE.TXT 4.4.4).
const (
	zipEncrypted  = 1 << 0
	zipDescribed  = 1 << 3 // sizes stand behind the data
	zipUTF8       = 1 << 11
	zipKnownFlags = zipDescribed | zipUTF8
)

// A zipMember is one member of an archive, as the central directory has it.
type zipMember struct {
	name         string
	flags        uint16
	method       uint16
	crc          uint32
	packed, size int64
	header, data int64 // in bytes from the file's start
}

// stored reports whether the member's data stand in the file as they are.
func (m *zipMember) stored() bool { return m.method == 0 }

// A zipDirectory is the end of an archive and where its directory lies.
type zipDirectory struct {
	end          int64 // of the directory's records
	offset, size int64
	count        int64
	base         int64 // what the archive's offsets are relative to
}

// zipEntries returns the names in the local headers that the head of a file
// shows.
func zipEntries(head []byte) (names []string) {
	for {
		i := bytes.Index(head, []byte(zipLocalSignature))
		if i < 0 || len(head) < i+zipLocalSize {
			return names
		}
		head = head[i:]
		n := int(binary.LittleEndian.Uint16(head[26:]))
		names = append(names, string(head[zipLocalSize:min(zipLocalSize+n, len(head))]))
		head = head[len(zipLocalSignature):]
	}
}

// hasZipEnd reports whether an archive ends the file.
func (t *torchReader) hasZipEnd() bool {
	n := min(t.size, zipEndSize+1<<16)
	return bytes.Contains(t.bytes(t.size-n, n), []byte(zipEndSignature))
}

// zipMembers reads the directory and compares it with the local headers. What
// the two disagree on, and what belongs to neither, is an anomaly: readers that
// follow one would see another archive than those that follow the other.
func (t *torchReader) zipMembers() []zipMember {
	d := t.zipEnd()
	if t.err != nil {
		return nil
	}
	members := t.zipCentral(&d)
	for i := range members {
		if t.err == nil {
			t.zipLocal(&d, &members[i])
		}
	}
	if t.err != nil {
		return nil
	}
	t.zipGaps(&d, members)
	return members
}

// zipEnd finds the end of central directory record.
func (t *torchReader) zipEnd() (d zipDirectory) {
	n := min(t.size, zipEndSize+1<<16-1)
	tail := t.bytes(t.size-n, n)
	at := -1
	for i := len(tail) - zipEndSize; i >= 0; i-- {
		if string(tail[i:i+4]) != zipEndSignature {
			continue
		}
		if comment := int(binary.LittleEndian.Uint16(tail[i+20:])); i+zipEndSize+comment > len(tail) {
			continue
		}
		if at < 0 {
			at = i
			continue
		}
		t.addAnomaly(t.size-n+int64(i), "second end of a zip directory", "the last one is at byte %d", t.size-n+int64(at))
		break
	}
	if at < 0 {
		t.fail(t.size, ErrTruncated, "a zip archive without the end of its directory")
		return d
	}
	r := tail[at:]
	d.end = t.size - n + int64(at)
	d.count = int64(binary.LittleEndian.Uint16(r[10:]))
	d.size, d.offset = int64(binary.LittleEndian.Uint32(r[12:])), int64(binary.LittleEndian.Uint32(r[16:]))
	if comment := int64(binary.LittleEndian.Uint16(r[20:])); comment > 0 {
		t.addAnomaly(d.end, "archive comment", "%d bytes: %s", comment, quote(r[zipEndSize:zipEndSize+comment]))
	}
	if binary.LittleEndian.Uint32(r[4:]) != 0 {
		t.addAnomaly(d.end, "archive in several parts", "disk numbers %d and %d", binary.LittleEndian.Uint16(r[4:]), binary.LittleEndian.Uint16(r[6:]))
	}
	if rest := int64(len(r)-zipEndSize) - int64(binary.LittleEndian.Uint16(r[20:])); rest > 0 {
		t.addAnomaly(t.size-rest, "data after the archive", "%d bytes", rest)
	}
	t.zip64End(&d)
	t.zipBase(&d)
	return d
}

// zip64End reads the records of archives over 4 GiB, when they are there.
func (t *torchReader) zip64End(d *zipDirectory) {
	end := d.end
	if end < zip64LocatorSize+zip64EndSize {
		return
	}
	locator := t.bytes(end-zip64LocatorSize, zip64LocatorSize)
	if t.err != nil || string(locator[:4]) != zip64LocatorSignature {
		return
	}
	at := binary.LittleEndian.Uint64(locator[8:])
	record := t.bytes(end-zip64LocatorSize-zip64EndSize, zip64EndSize)
	if t.err != nil {
		return
	}
	if string(record[:4]) != zip64EndSignature {
		t.fail(end-zip64LocatorSize, ErrMalformed, "no zip64 end of the directory before its locator, which says byte %d", at)
		return
	}
	d.end = end - zip64LocatorSize - zip64EndSize
	count, size, offset := binary.LittleEndian.Uint64(record[32:]), binary.LittleEndian.Uint64(record[40:]), binary.LittleEndian.Uint64(record[48:])
	if differ(d.count, 1<<16-1, count) || differ(d.size, 1<<32-1, size) || differ(d.offset, 1<<32-1, offset) {
		t.addAnomaly(d.end, "two zip directories", "%d members of %d bytes at %d, in 64 bits %d of %d at %d", d.count, d.size, d.offset, count, size, offset)
	}
	if size > uint64(t.size) || offset > uint64(t.size) || count > uint64(t.size) {
		t.fail(d.end, ErrMalformed, "a zip directory of %d members in %d bytes at byte %d", count, size, offset)
		return
	}
	d.count, d.size, d.offset = int64(count), int64(size), int64(offset)
}

// differ reports whether a field differs from its form in 64 bits.
func differ(n, saturated int64, long uint64) bool {
	return n != saturated && uint64(n) != long
}

// zipBase finds where the directory begins: at its offset, or shifted by what
// was put before the archive.
func (t *torchReader) zipBase(d *zipDirectory) {
	shift := d.end - d.size - d.offset
	switch {
	case t.err != nil:
	case d.size > maxZipDirectory || d.count > maxZipMembers:
		t.fail(d.end, ErrLimit, "a zip directory of %d members in %d bytes", d.count, d.size)
	case shift < 0:
		t.fail(d.end, ErrMalformed, "a zip directory of %d bytes at byte %d would end behind byte %d", d.size, d.offset, d.end)
	case shift > 0 && d.size >= 4 && string(t.bytes(d.offset, 4)) != zipCentralSignature:
		d.base = shift
		t.addAnomaly(0, "data before the archive", "%d bytes", shift)
	case shift > 0:
		t.addAnomaly(d.offset+d.size, "data behind the zip directory", "%d bytes", shift)
	}
}

// zipCentral reads the records of the central directory.
func (t *torchReader) zipCentral(d *zipDirectory) (members []zipMember) {
	c := newCursor(t.h.Format, t.r, t.size)
	c.skip(uint64(d.base + d.offset))
	c.end, c.past = d.base+d.offset+d.size, ErrMalformed
	names := map[string]bool{}
	for c.err == nil && c.left() >= zipCentralSize && len(members) < maxZipMembers {
		at := c.off()
		m := zipRecord(c, d.base)
		if names[m.name] && c.err == nil {
			t.addAnomaly(at, "member that is there twice", "%s", quote(m.name))
		}
		names[m.name] = true
		members = append(members, m)
	}
	if c.err == nil && (c.left() > 0 || int64(len(members)) != d.count) {
		t.addAnomaly(c.off(), "wrong size of the zip directory", "%d of %d members, %d bytes left", len(members), d.count, c.left())
	}
	if c.err != nil {
		t.err = c.err
	}
	return members
}

// zipRecord reads one record of the central directory.
func zipRecord(c *cursor, base int64) (m zipMember) {
	at := c.off()
	if signature := c.u32(); c.err == nil && signature != binary.LittleEndian.Uint32([]byte(zipCentralSignature)) {
		c.failAt(at, ErrMalformed, "no record of a zip directory")
	}
	c.skip(4)
	m.flags, m.method = c.u16(), c.u16()
	c.skip(4)
	m.crc = c.u32()
	packed, size := uint64(c.u32()), uint64(c.u32())
	name, extra, comment := c.u16(), c.u16(), c.u16()
	c.skip(8)
	header := uint64(c.u32())
	m.name = c.text(uint64(name))
	fields := c.text(uint64(extra))
	c.skip(uint64(comment))
	zip64Fields(fields, &size, &packed, &header)
	if c.err == nil && (packed > maxFile || size > maxFile || header > maxFile) {
		c.failAt(at, ErrMalformed, "member %s of %d bytes at byte %d", quote(m.name), size, header)
	}
	m.packed, m.size, m.header = int64(packed), int64(size), base+int64(header)
	return m
}

// zip64Fields fills in the values that are too large for 32 bits, in their
// order, from the extra field 0x0001.
func zip64Fields(extra string, values ...*uint64) {
	for len(extra) >= 4 {
		id, n := extra[0:2], int(extra[2])|int(extra[3])<<8
		extra = extra[4:]
		field := extra[:min(n, len(extra))]
		extra = extra[len(field):]
		if id != "\x01\x00" {
			continue
		}
		for _, v := range values {
			if *v == 1<<32-1 && len(field) >= 8 {
				*v = binary.LittleEndian.Uint64([]byte(field))
				field = field[8:]
			}
		}
	}
}

// zipLocal compares a member with its local header, and finds its data.
func (t *torchReader) zipLocal(d *zipDirectory, m *zipMember) {
	limit := d.base + d.offset
	if m.header > limit-zipLocalSize {
		t.fail(min(m.header, t.size), ErrMalformed, "member %s begins in or behind the directory", quote(m.name))
		return
	}
	b := t.bytes(m.header, min(limit-m.header, zipLocalSize+int64(len(m.name))))
	if t.err != nil {
		return
	}
	if string(b[:4]) != zipLocalSignature {
		t.fail(m.header, ErrMalformed, "no local header of member %s", quote(m.name))
		return
	}
	name, extra := int64(binary.LittleEndian.Uint16(b[26:])), int64(binary.LittleEndian.Uint16(b[28:]))
	m.data = m.header + zipLocalSize + name + extra
	if m.data > limit || m.packed > limit-m.data {
		t.fail(m.header, ErrTruncated, "member %s of %d bytes reaches beyond the %d before the directory", quote(m.name), m.packed, limit-m.header)
		return
	}
	if m.stored() && m.packed != m.size {
		t.fail(m.header, ErrMalformed, "member %s is stored in %d bytes and has %d", quote(m.name), m.packed, m.size)
		return
	}
	local := string(b[zipLocalSize:min(int64(len(b)), zipLocalSize+name)])
	t.zipCompare(m, local, b)
}

// zipCompare records where a local header and the directory disagree.
func (t *torchReader) zipCompare(m *zipMember, name string, b []byte) {
	flags, method, crc := binary.LittleEndian.Uint16(b[6:]), binary.LittleEndian.Uint16(b[8:]), binary.LittleEndian.Uint32(b[14:])
	packed, size := binary.LittleEndian.Uint32(b[18:]), binary.LittleEndian.Uint32(b[22:])
	odd := func(what, format string, args ...any) {
		t.addAnomaly(m.header, what, "member %s: %s", quote(m.name), fmt.Sprintf(format, args...))
	}
	if name != m.name || int(binary.LittleEndian.Uint16(b[26:])) != len(m.name) {
		odd("two names of a member", "%s in its local header", quote(name))
	}
	if flags != m.flags {
		odd("two flag fields of a member", "0x%04X in its local header, 0x%04X in the directory", flags, m.flags)
	}
	if method != m.method {
		odd("two methods of a member", "%d in its local header, %d in the directory", method, m.method)
	}
	if (flags|m.flags)&zipEncrypted != 0 {
		odd("encrypted member", "flags 0x%04X and 0x%04X", flags, m.flags)
	} else if (flags|m.flags)&^zipKnownFlags != 0 {
		odd("odd flags of a member", "0x%04X and 0x%04X", flags, m.flags)
	}
	if !m.stored() && !scriptText(m) {
		odd("compressed member", "method %d, %d bytes from %d", m.method, m.size, m.packed)
	}
	described := flags&zipDescribed != 0
	if crc != m.crc && !(described && crc == 0) {
		odd("two checksums of a member", "0x%08X in its local header, 0x%08X in the directory", crc, m.crc)
	}
	for _, s := range [...]struct {
		local uint32
		size  int64
	}{{packed, m.packed}, {size, m.size}} {
		if int64(s.local) != s.size && s.local != 1<<32-1 && !(described && s.local == 0) {
			odd("two sizes of a member", "%d in its local header, %d in the directory", s.local, s.size)
		}
	}
}

// scriptText reports whether a member is one that TorchScript compresses: its
// program text and what belongs to that.
func scriptText(m *zipMember) bool {
	return m.method == 8 && strings.Contains(m.name, "/code/") && matchesAny(path.Base(m.name), "*.py", "*.debug_pkl")
}

// zipGaps records overlapping members and bytes that belong to none.
func (t *torchReader) zipGaps(d *zipDirectory, members []zipMember) {
	order := slices.Clone(members)
	slices.SortStableFunc(order, func(a, b zipMember) int { return cmp.Compare(a.header, b.header) })
	end := d.base
	described := false
	for _, m := range order {
		t.zipGap(end, m.header, described)
		if m.header < end {
			t.addAnomaly(m.header, "overlapping members", "%s begins before byte %d, where another ends", quote(m.name), end)
		}
		end = max(end, m.data+m.packed)
		described = m.flags&zipDescribed != 0
	}
	t.zipGap(end, d.base+d.offset, described)
}

// zipGap records bytes between two members, unless they are the descriptor of
// the first: its signature, a checksum and two sizes of 4 or 8 bytes.
func (t *torchReader) zipGap(from, to int64, described bool) {
	gap := to - from
	if gap <= 0 {
		return
	}
	if described && gap <= 24 {
		b := t.bytes(from, gap)
		if t.err != nil || (gap == 16 || gap == 24) && string(b[:4]) == zipDescriptor || gap == 12 || gap == 20 {
			return
		}
	}
	t.addAnomaly(from, "bytes between members of the archive", "%d bytes", gap)
}
