package format

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/pickle"
)

// torch is the family of PyTorch's files, told apart by Header.Version:
//
//   - "zip": what torch.save has written since 1.6, stored members of an archive
//     under a folder of any name: data.pkl, and data/KEY for each storage
//   - "torchscript": such an archive with program text, of torch.jit.save
//   - "legacy": pickles and then storages, of torch.save before 1.6
//   - "tar": the archives of versions before 0.1.10
//
// The pickles are run on symbols by package pickle: nothing is imported or
// called. Header.Code tells what loading would import and call, also where the
// file turns out to be unreadable: then it is in the error.
//
// A tensor is a view into a storage. Its name is the path from the root of what
// was saved: keys, indices and attributes joined by dots, so a state dictionary
// gives its keys, and a whole module the keys that its state dictionary would
// have. Tensors that share a storage are each there.
//
// Storages are not read, so their checksums are not verified; those of pickles
// are. A storage that no tensor uses and a NumPy array are noted.
type torch struct{}

func (torch) Name() string { return "pytorch" }

// torchNames are the names that only PyTorch's files have, torchMaybe those
// that they share with other formats. All are in lower case.
var (
	torchNames = [...]string{"*.pt", "*.pth", "*.pt2", "*.ptl"}
	torchMaybe = [...]string{"*.bin", "*.ckpt", "*.mar"}
)

// Match decides by content. A name decides only when the content is of no other
// format and no text: the name is also that of a language.
func (f torch) Match(name string, head []byte) bool {
	name = strings.ToLower(name)
	if f.signature(head) {
		return true
	}
	named := matchesAny(name, torchNames[:]...)
	maybe := named || matchesAny(name, torchMaybe[:]...)
	switch {
	case bytes.HasPrefix(head, []byte(zipLocalSignature)):
		return maybe && !slices.ContainsFunc(zipEntries(head), foreignEntry)
	case isTar(head), archiveKind(head) != "":
		return maybe
	case !named || isText(head) || isPickle(head) || unreadContent(name, head) != "":
		return false
	}
	for _, other := range All() {
		if s, ok := other.(signed); ok && other != Format(f) && s.signature(head) {
			return false
		}
	}
	return true
}

func (torch) suffix() string { return ".pt" }

// signature reports whether the head is of one of the containers.
func (torch) signature(head []byte) bool {
	switch {
	case bytes.HasPrefix(head, []byte(zipLocalSignature)):
		return slices.ContainsFunc(zipEntries(head), torchEntry)
	case isTar(head):
		entry, _, _ := bytes.Cut(head[:100], []byte{0})
		return oneOf(strings.TrimPrefix(string(entry), "./"), "sys_info", "pickle", "storages", "tensors")
	}
	return isTorchLegacy(head)
}

func isTar(head []byte) bool { return len(head) > 262 && string(head[257:262]) == "ustar" }

// isTorchLegacy reports whether the head begins with the magic number of
// torch/serialization.py, MAGIC_NUMBER, pickled in any protocol.
func isTorchLegacy(head []byte) bool {
	head = head[:min(len(head), 48)]
	return len(head) > 2 && (head[0] == 0x80 && bytes.Contains(head, []byte("\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.")) ||
		bytes.HasPrefix(head, []byte("L"+torchMagic+"L\n.")))
}

// torchMagic is MAGIC_NUMBER of torch/serialization.py, 0x1950a86a20f9469cfc6c.
const torchMagic = "119547037146038801333356"

// torchEntry reports whether an archive's member tells that PyTorch wrote it.
func torchEntry(entry string) bool {
	_, inner, nested := strings.Cut(entry, "/")
	return nested && (oneOf(inner, "data.pkl", "version", "byteorder", "constants.pkl", ".format_version", ".storage_alignment", ".data/serialization_id", ".data/version") ||
		matchesAny(inner, "data/[0-9]*", "code/__torch__*"))
}

// foreignEntry reports whether an archive's member tells another format.
func foreignEntry(entry string) bool {
	return strings.HasSuffix(entry, ".npy") || entry == "model_index.json"
}

// archiveKind names a compressed archive by its signature. PyTorch reads none,
// but people rename them, also to pass scanners.
func archiveKind(head []byte) string {
	for _, a := range [...]struct{ text, kind string }{
		{"7z\xbc\xaf\x27\x1c", "7z"}, {"\x1f\x8b", "gzip"}, {"\xfd7zXZ\x00", "xz"}, {"BZh", "bzip2"},
		{"Rar!\x1a\x07", "rar"}, {"\x28\xb5\x2f\xfd", "zstd"}, {"\x04\x22\x4d\x18", "lz4"},
	} {
		if bytes.HasPrefix(head, []byte(a.text)) {
			return a.kind
		}
	}
	return ""
}

func (f torch) Read(r io.ReaderAt, size int64) (*Header, error) {
	t := newTorchReader(f.Name(), r, size)
	head := t.bytes(0, min(size, HeadSize))
	switch kind := archiveKind(head); {
	case t.err != nil:
	case bytes.HasPrefix(head, []byte(zipLocalSignature)):
		t.readZip()
	case isTar(head):
		t.readTar()
	case isTorchLegacy(head):
		t.readLegacy()
	case kind != "":
		t.scanAll("")
		t.fail(0, ErrUnsupported, "a %s archive with the name of a PyTorch file", kind)
	case t.hasZipEnd():
		t.readZip()
	default:
		t.readFirstPickle()
	}
	return t.finish()
}

// A torchReader reads one file.
type torchReader struct {
	h       *Header
	r       io.ReaderAt
	size    int64
	err     *Error
	opcodes int
	// storage finds what a persistent id refers to.
	storage func(p *pickle.Persistent) (torchStorage, bool)
	code    []torchCode
	spent   map[codeBudget]int // records in code
	lost    bool               // a record had no room
	lostAt  int64
	skimmed int64
	walk    torchWalk
	numpy   torchSeen // NumPy arrays, which are not read
	used    map[int64]bool
}

// torchSeen counts what is noted once.
type torchSeen struct {
	n  int
	at int64
}

func (s *torchSeen) add(at int64) {
	if s.n++; s.n == 1 {
		s.at = at
	}
}

func newTorchReader(format string, r io.ReaderAt, size int64) *torchReader {
	t := &torchReader{h: &Header{Format: format}, r: r, size: size, used: map[int64]bool{}, spent: map[codeBudget]int{}}
	if size < 0 || size > maxFile {
		t.fail(0, ErrLimit, "the file's size is said to be %d bytes", size)
	}
	t.storage = func(*pickle.Persistent) (torchStorage, bool) { return torchStorage{}, false }
	return t
}

// readFirstPickle reads a file that has no container which could be seen: one
// in the legacy format that begins unusually, or a plain pickle.
func (t *torchReader) readFirstPickle() {
	p := t.program(t.r, 0, t.size)
	if p.Root == pickle.Value(pickle.BigInt(torchMagic)) {
		t.readLegacy()
		return
	}
	t.readPlain()
}

// finish returns the header or the error.
func (t *torchReader) finish() (*Header, error) {
	if t.numpy.n > 0 {
		t.h.note(t.numpy.at, "%d NumPy arrays are not read", t.numpy.n)
	}
	code := t.codes()
	if t.err != nil {
		t.err.Code = code
		return nil, t.err
	}
	t.h.Code = code
	slices.SortFunc(t.h.Tensors, byOffset)
	return t.h, nil
}

func (t *torchReader) fail(off int64, err error, format string, args ...any) {
	if t.err == nil {
		c := cursor{format: t.h.Format}
		c.failAt(off, err, format, args...)
		t.err = c.err
	}
}

// bytes reads n bytes, nil after an error.
func (t *torchReader) bytes(off, n int64) []byte {
	if t.err != nil {
		return nil
	}
	if off < 0 || n < 0 || off > t.size || n > t.size-off {
		t.fail(min(max(off, 0), t.size), ErrTruncated, "%d bytes wanted, %d left", n, max(0, t.size-off))
		return nil
	}
	b := make([]byte, n)
	if got, err := t.r.ReadAt(b, off); int64(got) < n {
		c := cursor{format: t.h.Format}
		c.readError(off+int64(got), int(n), err)
		t.err = c.err
		return nil
	}
	return b
}

func (t *torchReader) metadata(key, value string) {
	if _, twice := t.h.Lookup(key); !twice {
		t.h.Metadata = append(t.h.Metadata, Entry{Key: key, Type: TypeString, Text: value})
	}
}
