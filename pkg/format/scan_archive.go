package format

import (
	"archive/tar"
	"bytes"
	"compress/bzip2"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"
)

// archive looks at the members of an archive.
func (s *scan) archive(it *item, kind string) {
	switch kind {
	case itemZip:
		s.zip(it)
	case itemTar:
		s.tar(it, it.section(), it.packedAt >= 0)
	default:
		s.compressed(it, kind)
	}
}

// count counts a member, and is false when there are too many.
func (s *scan) count(it *item) bool {
	if s.items++; s.items <= maxScanItems {
		return true
	}
	if s.items == maxScanItems+1 {
		s.gap(it, it.begin, "more than %d members", maxScanItems)
	}
	return false
}

// within names a member of an item.
func within(it *item, name string) string {
	if it.where == "" {
		return name
	}
	return it.where + "!" + name
}

// escapes reports whether the name of a member leads out of its folder.
func escapes(name string) bool {
	name = strings.ReplaceAll(name, `\`, "/")
	return strings.HasPrefix(name, "/") || len(name) > 1 && name[1] == ':' || strings.Contains("/"+name+"/", "/../")
}

// escape records a member whose name leads out of its folder.
func (s *scan) escape(it *item, off int64, name string) {
	if escapes(name) {
		s.t.addAnomaly(it.at(off), "path out of the archive", "%s", quote(within(it, name)))
	}
}

// zip looks at a zip archive. What its directory and its headers disagree on is
// recorded as in files of PyTorch; other archives are compressed.
func (s *scan) zip(it *item) {
	d := newTorchReader("zip", it.section(), it.size())
	members := d.zipMembers()
	for _, c := range d.code {
		if c.Name != "compressed member" && !zipHabit(c.Code) {
			c.Offset, c.Detail = it.at(it.begin+c.Offset), "in "+quote(it.where)+"; "+c.Detail
			s.t.keep(c)
		}
	}
	if d.err != nil {
		s.gap(it, it.begin, "a zip archive that cannot be read: %s", d.err.Detail)
		return
	}
	s.cutNames(it, members)
	keras := isKeras(it.name, members)
	for i := range members {
		m := &members[i]
		s.escape(it, it.begin+m.header, m.name)
		if strings.HasSuffix(m.name, "/") || m.size == 0 {
			continue
		}
		if !s.count(it) {
			return
		}
		s.zipMember(it, m, keras)
	}
}

// cutNames makes the names of members what Python takes them for.
func (s *scan) cutNames(it *item, members []zipMember) {
	for i := range members {
		if m := &members[i]; strings.Contains(m.name, "\x00") {
			s.t.addAnomaly(it.at(it.begin+m.header), "two names of a member", "in %s; %s, which Python cuts at the NUL", quote(it.where), quote(m.name))
			m.name, _, _ = strings.Cut(m.name, "\x00")
		}
	}
}

// zipHabit reports what writers of archives other than PyTorch do: flags of the
// compression level, and sizes behind the data.
func zipHabit(c Code) bool {
	return c.Name == "odd flags of a member" && strings.Contains(c.Detail, "0x000") || c.Name == "archive comment"
}

// isKeras reports whether an archive is one of Keras (format version 3). Keras
// itself looks at the name of the archive.
func isKeras(archive string, members []zipMember) bool {
	names := map[string]bool{}
	for i := range members {
		names[members[i].name] = true
	}
	return names["config.json"] && (matchesAny(strings.ToLower(archive), "*.keras") ||
		names["metadata.json"] || names["model.weights.json"] || names["model.weights.h5"] || names["model.weights.npz"])
}

func (s *scan) zipMember(it *item, m *zipMember, keras bool) {
	data := it.begin + m.data
	in := item{r: it.r, begin: data, end: data + m.packed, name: path.Base(m.name), where: within(it, m.name), packedAt: it.packedAt, depth: it.depth + 1}
	config := keras && m.name == "config.json"
	switch {
	case m.flags&zipEncrypted != 0:
		s.gap(&in, data, "it is encrypted")
		return
	case m.method == 8:
		if !s.unpack(&in, flate.NewReader(in.section()), config) {
			return
		}
	case !m.stored():
		s.gap(&in, data, "it is compressed by method %d, which is not undone", m.method)
		return
	}
	if config {
		s.kerasConfig(&in)
		return
	}
	s.item(in)
}

// unpack replaces an item by its content, or is false when nothing in it is looked
// for or it is too large.
func (s *scan) unpack(it *item, r io.Reader, all bool) bool {
	head := make([]byte, HeadSize)
	n, err := io.ReadFull(r, head)
	head = head[:n]
	at := it.at(it.begin)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		s.gap(it, it.begin, "it cannot be unpacked: %v", err)
		return false
	}
	kind := memberKind(strings.ToLower(it.name), head)
	if !all && (kind == "" || kind == itemNumPy && plainArray(head)) {
		return false
	}
	limit := min(maxScanUnpacked, maxScanTotal-s.unpacked)
	var b bytes.Buffer
	b.Write(head)
	more, err := io.Copy(&b, io.LimitReader(r, max(0, limit-int64(n)+1)))
	total := int64(n) + more
	s.unpacked += total
	switch {
	case total > limit:
		s.gap(it, it.begin, "it becomes more than %d bytes, of which only those are looked at", limit)
	case err != nil:
		s.gap(it, it.begin, "it cannot be unpacked behind %d bytes: %v", total, err)
	}
	data := b.Bytes()
	data = data[:min(int64(len(data)), max(limit, int64(n)))]
	it.r, it.begin, it.end, it.packedAt = bytes.NewReader(data), 0, int64(len(data)), at
	return true
}

// compressed looks at one compressed file. Tar archives are read as they are
// unpacked, so that they can be larger than memory.
func (s *scan) compressed(it *item, kind string) {
	r, err := opened(kind, it.section())
	if err != nil {
		s.gap(it, it.begin, "a %s archive that cannot be read: %v", kind, err)
		return
	}
	in := *it
	in.name = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(in.name, ".gz"), ".bz2"), ".z"), ".zlib")
	if strings.HasSuffix(strings.ToLower(in.name), ".tgz") {
		in.name = in.name[:len(in.name)-4] + ".tar"
	}
	in.where, in.depth = within(it, in.name), it.depth+1
	buffered := newPeeker(r, HeadSize)
	if isTar(buffered.head) || isOldTar(buffered.head) {
		in.packedAt = it.at(it.begin)
		s.tar(&in, buffered, true)
		return
	}
	if s.unpack(&in, buffered, false) {
		s.item(in)
	}
}

func opened(kind string, r io.Reader) (io.Reader, error) {
	switch kind {
	case itemGzip:
		return gzip.NewReader(r)
	case itemZlib:
		return zlib.NewReader(r)
	}
	return bzip2.NewReader(r), nil
}

// A peeker is a reader whose first bytes were looked at.
type peeker struct {
	io.Reader
	head []byte
}

func newPeeker(r io.Reader, n int) *peeker {
	head := make([]byte, n)
	n, _ = io.ReadFull(r, head)
	return &peeker{io.MultiReader(bytes.NewReader(head[:n]), r), head[:n]}
}

// maxTarScan bounds how much of all compressed tar archives of a file is passed
// over, in bytes.
const maxTarScan = 2 << 30

// tar looks at a tar archive. Of one that is not compressed, members are looked at
// where they lie.
func (s *scan) tar(it *item, from io.Reader, packed bool) {
	limited := &io.LimitedReader{R: from, N: maxTarScan - s.passed}
	if packed {
		before := limited.N
		defer func() { s.passed += before - limited.N }()
	}
	r := tar.NewReader(limited)
	if section, ok := from.(*io.SectionReader); ok && !packed {
		r = tar.NewReader(section) // which can be skipped in
	}
	for {
		h, err := r.Next()
		switch {
		case errors.Is(err, io.EOF) && limited.N > 0:
			return
		case err != nil:
			s.gap(it, it.begin, "a tar archive that cannot be read to its end: %v", err)
			return
		}
		s.escape(it, it.begin, h.Name)
		if h.Typeflag == tar.TypeSymlink || h.Typeflag == tar.TypeLink {
			s.escape(it, it.begin, h.Linkname)
		}
		if oneOf(string(h.Typeflag), "1", "2", "3", "4", "5", "6") || h.Size == 0 {
			continue // links, devices and folders
		}
		if !s.count(it) {
			return
		}
		s.tarMember(it, h, r, from, packed)
	}
}

func (s *scan) tarMember(it *item, h *tar.Header, r io.Reader, from io.Reader, packed bool) {
	in := item{r: it.r, name: path.Base(h.Name), where: within(it, strings.TrimPrefix(h.Name, "./")), packedAt: it.packedAt, depth: it.depth + 1}
	if section, ok := from.(*io.SectionReader); ok && !packed && h.Typeflag == tar.TypeReg && !sparseMember(h) {
		at, _ := section.Seek(0, io.SeekCurrent)
		in.begin, in.end = it.begin+at, min(it.begin+at+h.Size, it.end)
		s.item(in)
		return
	}
	in.packedAt = it.at(it.begin)
	if s.unpack(&in, r, false) {
		s.item(in)
	}
}

// isOldTar reports the header of a tar archive from before POSIX, which has no
// signature: the checksum of its first block tells it.
func isOldTar(head []byte) bool {
	if len(head) < 512 {
		return false
	}
	want, err := strconv.ParseInt(strings.Trim(string(head[148:156]), " \x00"), 8, 32)
	sum, signed := int64(8*' '), int64(8*' ') // of both kinds of bytes, as old programs differ
	for i, b := range head[:512] {
		if i < 148 || i >= 156 {
			sum, signed = sum+int64(b), signed+int64(int8(b))
		}
	}
	return err == nil && (sum == want || signed == want)
}

// sparseMember reports whether the data of a member are not as they lie in the archive.
func sparseMember(h *tar.Header) bool {
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse") {
			return true
		}
	}
	return false
}
