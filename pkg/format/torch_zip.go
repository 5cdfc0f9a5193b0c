package format

import (
	"bytes"
	"compress/flate"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"strings"

	"github.com/modelbom/modelbom/pkg/pickle"
)

// Limits on the members that are read.
const (
	// maxTorchPickle bounds the pickle of a compressed member in bytes.
	maxTorchPickle = 64 << 20
	// maxTorchRatio bounds how much larger than itself a compressed member may
	// become. Pickles of tensors shrink some tenfold.
	maxTorchRatio = 100
	// maxChecked bounds in bytes the members whose checksum is verified.
	maxChecked = 256 << 20
)

// readZip reads an archive of torch.save or torch.jit.save.
func (t *torchReader) readZip() {
	members := t.zipMembers()
	z := &torchZip{torchReader: t, members: members, byName: make(map[string]*zipMember, len(members)), twice: map[string]bool{}}
	for i := range members {
		m := &members[i]
		if z.byName[m.name] != nil {
			z.twice[m.name] = true
			continue
		}
		z.byName[m.name] = m
	}
	if t.err != nil || !z.findTop() {
		return
	}
	z.facts()
	z.pickles()
	z.unused()
	z.scan(z.foreign)
}

// foreign reports the members that are no part of what PyTorch writes.
func (z *torchZip) foreign(m *zipMember) bool {
	inner, ok := strings.CutPrefix(m.name, z.top)
	return !isPickleName(m.name) && !strings.HasSuffix(m.name, ".py") &&
		!(ok && (matchesAny(inner, "data/*", "constants/*", ".data/*", "code/*") || oneOf(inner, "version", "byteorder", ".format_version", ".storage_alignment")))
}

// scan looks at members as [Scan] does.
func (z *torchZip) scan(which func(m *zipMember) bool) {
	s := &scan{t: z.torchReader}
	whole := item{r: z.r, end: z.size, packedAt: -1}
	for i := range z.members {
		if m := &z.members[i]; m.size > 0 && which(m) && s.count(&whole) {
			s.zipMember(&whole, m, false)
		}
	}
	z.notSeen(s)
}

// notSeen records what a scan did not look at.
func (t *torchReader) notSeen(s *scan) {
	for _, g := range s.gaps {
		t.addAnomaly(g.Offset, "part that was not looked at", "%s", g.Text)
	}
}

// scanAll looks at a whole file, which is an archive and none of PyTorch's.
func (t *torchReader) scanAll(name string) {
	s := &scan{t: t}
	s.item(item{r: t.r, end: t.size, name: name, packedAt: -1})
	t.notSeen(s)
}

// A torchZip reads the members of an archive.
type torchZip struct {
	*torchReader
	members []zipMember
	byName  map[string]*zipMember
	twice   map[string]bool
	top     string // the folder that holds data.pkl, with its slash
}

// findTop finds the folder of the archive: as PyTorch does, that of the first
// member, else of the first that is called data.pkl.
func (z *torchZip) findTop() bool {
	if len(z.members) > 0 {
		first, _, _ := strings.Cut(z.members[0].name, "/")
		z.top = first + "/"
	}
	if z.byName[z.top+"data.pkl"] != nil {
		return true
	}
	for i := range z.members {
		if m := &z.members[i]; path.Base(m.name) == "data.pkl" {
			z.addAnomaly(m.header, "data.pkl in another folder", "%s, the first member is %s", quote(m.name), quote(z.members[0].name))
			z.top = strings.TrimSuffix(m.name, "data.pkl")
			return true
		}
	}
	// What the archive has instead may be code that a loader of another kind
	// would run.
	z.scan(func(*zipMember) bool { return true })
	z.fail(0, ErrUnsupported, "a zip archive of %d members and no data.pkl", len(z.members))
	return false
}

// facts reads the members that say something about the archive.
func (z *torchZip) facts() {
	z.h.Version = "zip"
	for i := range z.members {
		m := &z.members[i]
		inner, ok := strings.CutPrefix(m.name, z.top)
		switch {
		case !ok:
		case inner == "constants.pkl":
			z.h.Version = "torchscript"
		case strings.HasPrefix(inner, "code/") && strings.HasSuffix(inner, ".py"):
			z.h.Version = "torchscript"
			z.addCode(CodeScript, m.data, m.name, "%d bytes", m.size)
		case strings.HasSuffix(inner, ".py"):
			z.addCode(CodeScript, m.data, m.name, "%d bytes", m.size)
		}
	}
	for _, f := range [...][2]string{
		{"version", "torch.version"}, {"byteorder", "torch.byteorder"}, {".format_version", "torch.format_version"},
		{".storage_alignment", "torch.storage_alignment"}, {".data/serialization_id", "torch.serialization_id"},
	} {
		if m := z.byName[z.top+f[0]]; m != nil {
			z.fact(m, f[1])
		}
	}
	z.h.BigEndian = strings.TrimSpace(z.lookup("torch.byteorder")) == "big"
}

func (z *torchZip) lookup(key string) string {
	e, _ := z.h.Lookup(key)
	return e.Text
}

// fact reads a small text member.
func (z *torchZip) fact(m *zipMember, key string) {
	const longest = 256
	if !m.stored() || m.size > longest {
		z.h.note(m.header, "member %s is not read: %d bytes, method %d", quote(m.name), m.size, m.method)
		return
	}
	b := z.bytes(m.data, m.size)
	z.checksum(m, crc32.ChecksumIEEE(b))
	z.metadata(key, clean(strings.TrimSpace(string(b))))
}

func (t *torchReader) checksum(m *zipMember, sum uint32) {
	if t.err == nil && sum != m.crc {
		t.addAnomaly(m.header, "wrong checksum of a member", "member %s: 0x%08X, its data have 0x%08X", quote(m.name), m.crc, sum)
	}
}

// isPickleName reports whether a member is a pickle. The debug_pkl files of
// TorchScript are.
func isPickleName(name string) bool {
	return matchesAny(path.Base(name), "*.pkl", "*.pickle", "*.debug_pkl")
}

// pickles runs every pickle of the archive, and takes the tensors out of
// data.pkl and of constants.pkl.
func (z *torchZip) pickles() {
	for i := range z.members {
		m := &z.members[i]
		if z.err != nil {
			return
		}
		if !isPickleName(m.name) {
			continue
		}
		p, packedAt := z.runMember(m)
		if p == nil {
			continue
		}
		inner := strings.TrimPrefix(m.name, z.top)
		main := z.byName[m.name] == m && z.top+inner == m.name && oneOf(inner, "data.pkl", "constants.pkl")
		if !main {
			if p.Err != nil {
				z.addAnomaly(m.data, "pickle that cannot be run", "member %s: %s", quote(m.name), p.Err.Detail)
			}
			continue
		}
		if !z.must(p, "member "+quote(m.name), packedAt) {
			return
		}
		z.find(inner, p)
	}
}

// find takes the tensors out of a pickle that was run.
func (z *torchZip) find(inner string, p *pickle.Program) {
	folder, root := "data/", ""
	if inner == "constants.pkl" {
		folder, root = "constants/", "constants"
	} else {
		z.metadata("pickle.protocol", fmt.Sprint(p.Protocol))
	}
	z.storage = func(p *pickle.Persistent) (torchStorage, bool) { return z.member(folder, p) }
	z.tensors(root, p.Root)
}

// member finds the member that a persistent id refers to: ('storage', class,
// key, location, number of elements).
func (z *torchZip) member(folder string, p *pickle.Persistent) (s torchStorage, ok bool) {
	id, ok := parseStorageID(p)
	if !ok {
		return s, false
	}
	m := z.byName[z.top+folder+id.key]
	switch {
	case id.location == "meta" && m == nil:
		return torchStorage{torchType: id.torchType, why: "its storage is on the device meta, which has no values"}, true
	case m == nil:
		z.fail(p.Offset, ErrMalformed, "no member %s for a storage", quote(z.top+folder+id.key))
		return s, false
	case z.twice[m.name]:
		z.fail(m.header, ErrMalformed, "member %s of a storage is there twice", quote(m.name))
		return s, false
	}
	z.used[m.data] = true
	s = torchStorage{torchType: id.torchType, at: m.data, bytes: id.elements * id.size}
	if !m.stored() {
		s.why = fmt.Sprintf("its storage, member %s, is compressed", quote(m.name))
		return s, true
	}
	if s.bytes > m.size {
		z.fail(p.Offset, ErrTruncated, "a storage of %d bytes, member %s has %d", s.bytes, quote(m.name), m.size)
		return s, false
	}
	if s.bytes < m.size {
		z.h.note(m.data, "member %s has %d bytes behind the %d of its storage", quote(m.name), m.size-s.bytes, s.bytes)
	}
	return s, true
}

// unused notes storages that belong to no tensor, and finds where the data
// begin.
func (z *torchZip) unused() {
	first := z.size
	for i := range z.members {
		m := &z.members[i]
		inner, ok := strings.CutPrefix(m.name, z.top)
		if !ok || !strings.HasPrefix(inner, "data/") && !strings.HasPrefix(inner, "constants/") {
			continue
		}
		first = min(first, m.data)
		if m.size > 0 && !z.used[m.data] && z.err == nil {
			z.h.note(m.data, "no tensor uses member %s of %d bytes", quote(m.name), m.size)
		}
	}
	for i := range z.h.Tensors {
		first = min(first, z.h.Tensors[i].Offset)
	}
	z.h.DataOffset = first
}

// runMember runs the pickle in a member, from the file when it is stored there.
func (z *torchZip) runMember(m *zipMember) (p *pickle.Program, packedAt int64) {
	if z.opcodes >= pickle.MaxOpcodes {
		z.fail(m.header, ErrLimit, "more than %d opcodes in the pickles of an archive", pickle.MaxOpcodes)
		return nil, -1
	}
	switch m.method {
	case 0:
		p = z.run(z.program(z.r, m.data, m.data+m.size), m.name, -1)
		z.verify(m)
		z.after(p, m.data+m.size)
		return p, -1
	case 8:
		b := z.inflate(m)
		if z.err != nil {
			return nil, m.data
		}
		p = z.run(z.program(bytes.NewReader(b), 0, int64(len(b))), m.name, m.data)
		if p.Err == nil && p.End < int64(len(b)) {
			z.addAnomaly(m.data, "data after STOP", "%d bytes in member %s", int64(len(b))-p.End, quote(m.name))
		}
		return p, m.data
	}
	z.fail(m.header, ErrUnsupported, "member %s is compressed by method %d", quote(m.name), m.method)
	return nil, -1
}

// verify compares a stored member's data with its checksum.
func (z *torchZip) verify(m *zipMember) {
	if m.size > maxChecked {
		z.h.note(m.header, "the checksum of member %s of %d bytes is not verified", quote(m.name), m.size)
		return
	}
	sum := crc32.NewIEEE()
	if n, err := io.Copy(sum, io.NewSectionReader(z.r, m.data, m.size)); err != nil || n < m.size {
		c := cursor{format: z.h.Format}
		c.readError(m.data+n, int(m.size-n), err)
		if z.err == nil {
			z.err = c.err
		}
		return
	}
	z.checksum(m, sum.Sum32())
}

// inflate returns the content of a compressed member, in bounded size.
func (z *torchZip) inflate(m *zipMember) []byte {
	if m.size > maxTorchPickle || m.size > maxTorchRatio*m.packed+minWindow {
		z.fail(m.header, ErrLimit, "member %s becomes %d bytes from %d", quote(m.name), m.size, m.packed)
		return nil
	}
	limit := min(maxTorchPickle, maxTorchRatio*m.packed+minWindow)
	var b bytes.Buffer
	n, err := io.Copy(&b, io.LimitReader(flate.NewReader(io.NewSectionReader(z.r, m.data, m.packed)), limit+1))
	switch {
	case n > limit:
		z.fail(m.header, ErrLimit, "member %s becomes more than %d bytes from %d", quote(m.name), limit, m.packed)
	case err != nil:
		z.fail(m.data, ErrMalformed, "member %s: %v", quote(m.name), err)
	case n != m.size:
		z.addAnomaly(m.header, "wrong size of a member", "member %s has %d bytes, not %d", quote(m.name), n, m.size)
	}
	z.checksum(m, crc32.ChecksumIEEE(b.Bytes()))
	return b.Bytes()
}

// A storageID is a persistent id of a storage.
type storageID struct {
	torchType
	key, location string
	elements      int64
	view          pickle.Value // in the legacy format
}

// parseStorageID reads a persistent id of a storage. The number of elements of
// an untyped storage is one of bytes.
func parseStorageID(p *pickle.Persistent) (id storageID, ok bool) {
	t, ok := p.ID.(*pickle.Tuple)
	if !ok || len(t.Items) < 5 || t.Items[0] != pickle.Value(pickle.Text("storage")) {
		return id, false
	}
	kind, ok := storageType(t.Items[1])
	if !ok {
		return id, false
	}
	id.torchType = kind
	switch key := t.Items[2].(type) {
	case pickle.Text:
		id.key = string(key)
	case pickle.Int, pickle.BigInt:
		id.key = pickle.Describe(key)
	default:
		return id, false
	}
	if location, ok := t.Items[3].(pickle.Text); ok {
		id.location = string(location)
	}
	n, ok := t.Items[4].(pickle.Int)
	if !ok || n < 0 || int64(n) > maxFile/kind.size {
		return id, false
	}
	id.elements = int64(n)
	if len(t.Items) > 5 {
		id.view = t.Items[5]
	}
	return id, true
}
