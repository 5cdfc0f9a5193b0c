package format

import (
	"bytes"
	"compress/zlib"
	"io"
	"path"
	"strings"

	"github.com/modelbom/modelbom/pkg/pickle"
)

// Limits on what is looked at beside the weight formats that have a reader.
const (
	// maxScanDepth bounds archives in archives.
	maxScanDepth = 4
	// maxScanItems bounds the members of all archives of a file together.
	maxScanItems = 20_000
	// maxScanUnpacked bounds one unpacked member, maxScanTotal all of a file, in
	// bytes. What stands behind the first bytes of arrays is not unpacked.
	maxScanUnpacked = 64 << 20
	maxScanTotal    = 256 << 20
	// maxGaps bounds the gaps of one file.
	maxGaps = 20
)

// A Scanned is what loading a file would import, call or run, of a file whose
// tensors are not read.
type Scanned struct {
	// Code is as in Header.Code.
	Code []Code
	// Gaps say what was not looked at, and why: what they name can hold
	// anything. There are at most maxGaps, and one that says so.
	Gaps []Note
}

// Scannable reports whether [Scan] knows what to look for in a file, from its
// base name and its first bytes.
func Scannable(name string, head []byte) bool {
	return kindOfItem(strings.ToLower(name), head) != ""
}

// Scan looks for what loading a file would import, call or run, in formats whose
// tensors this package does not read and in archives: the pickles of NumPy
// and joblib, the configurations of Keras, the graphs of TensorFlow, HDF5
// files, the targets that a configuration of NeMo names, and all of these inside
// of zip, tar, gzip and bzip2 archives. Nothing is imported, called or run.
//
// Name is the base name. Time and memory are bounded; what is left out because of
// that, or because it is of a form that is not known, is a gap.
func Scan(name string, r io.ReaderAt, size int64) *Scanned {
	t := newTorchReader("scan", r, size)
	s := &scan{t: t}
	if t.err == nil {
		s.item(item{r: r, end: size, name: name, packedAt: -1})
	}
	return &Scanned{Code: t.codes(), Gaps: s.gaps}
}

// A scan looks at one file and what is in it. Records go to a torchReader, which
// bounds them.
type scan struct {
	t        *torchReader
	gaps     []Note
	items    int
	unpacked int64
	passed   int64 // bytes of compressed tar archives
	hdf5Read int64 // bytes of HDF5 files
}

// An item is a file, or a member of an archive: the bytes of a reader from begin
// to end.
type item struct {
	r          io.ReaderAt
	begin, end int64
	name       string // base name
	where      string // the member, with those that hold it; empty for the file
	// packedAt is the byte of the file where compressed data begin that the
	// reader is made of, -1 when it is the file itself.
	packedAt int64
	depth    int
}

// at turns an offset of the reader into one of the file.
func (it *item) at(off int64) int64 {
	if it.packedAt >= 0 {
		return it.packedAt
	}
	return off
}

func (it *item) size() int64 { return it.end - it.begin }

// section is the item as a reader of its own.
func (it *item) section() *io.SectionReader { return io.NewSectionReader(it.r, it.begin, it.size()) }

// head returns the first bytes.
func (it *item) head() []byte {
	b := make([]byte, min(HeadSize, max(0, it.size())))
	n, _ := it.r.ReadAt(b, it.begin)
	return b[:max(0, n)]
}

func (s *scan) gap(it *item, off int64, format string, args ...any) {
	h := &Header{}
	h.note(it.at(off), format, args...)
	n := h.Notes[0]
	if it.where != "" {
		n.Text = "in " + quote(it.where) + ": " + n.Text
	}
	switch len := len(s.gaps); {
	case len < maxGaps:
		s.gaps = append(s.gaps, n)
	case len == maxGaps:
		s.gaps = append(s.gaps, Note{n.Offset, "further places that were not looked at are left out"})
	}
}

// The kinds of items.
const (
	itemZip        = "zip"
	itemTar        = "tar"
	itemGzip       = "gzip"
	itemBzip2      = "bzip2"
	itemZlib       = "zlib"
	itemClosed     = "closed" // an archive that cannot be opened here
	itemNumPy      = "npy"
	itemPickle     = "pickle"
	itemHDF5       = "hdf5"
	itemKeras      = "keras" // the configuration
	itemGraph      = "graph"
	itemSavedModel = "saved-model"
	itemMetaGraph  = "meta-graph"
	itemGraphText  = "graph-text"
	itemKerasSaved = "keras-saved" // the layers of a SavedModel
	itemYAML       = "yaml"
	itemProgram    = "program"
)

// kindOfItem tells what an item is from its base name in lower case and its
// first bytes; empty for what is not looked at.
func kindOfItem(name string, head []byte) string {
	switch kind := archiveKind(head); {
	case bytes.HasPrefix(head, []byte(zipLocalSignature)) || bytes.HasPrefix(head, []byte(zipEndSignature)):
		return itemZip
	case isTar(head) || isOldTar(head):
		return itemTar
	case kind == "gzip":
		return itemGzip
	case kind == "bzip2":
		return itemBzip2
	case closedKind(head) != "":
		return itemClosed
	case bytes.HasPrefix(head, []byte("\x93NUMPY")):
		return itemNumPy
	case unreadContent("", head) == "hdf5":
		return itemHDF5
	}
	switch {
	case isTorchLegacy(head) || isPickle(head):
		return itemPickle
	case isZlib(head) && (matchesAny(name, "*.joblib", "*.pkl", "*.pickle", "*.sav", "*.z", "*.zlib", "*.gz") || zlibPickle(head)):
		return itemZlib
	case matchesAny(name, "*.joblib", "*.pkl", "*.pickle", "*.npy", "*.dill", "*.debug_pkl") && len(head) > 0, matchesAny(name, "*.sav") && !isStatistics(head), longPickle(head):
		return itemPickle
	case matchesAny(name, "*.keras"): // zipfile of Python passes over what stands before an archive
		return itemZip
	case matchesAny(name, "*.h5", "*.hdf5"): // with a user block that is larger than the head
		return itemHDF5
	case name == "fingerprint.pb": // five numbers
		return ""
	case name == "keras_metadata.pb":
		return itemKerasSaved
	case matchesAny(name, "*.meta") && !isText(head):
		return itemMetaGraph
	case matchesAny(name, "*.pbtxt"):
		return itemGraphText
	case name == "saved_model.pb":
		return itemSavedModel
	case matchesAny(name, "*.pb") && !isText(head):
		return itemGraph
	case matchesAny(name, "*.yaml", "*.yml"):
		return itemYAML
	}
	return ""
}

// memberKind is kindOfItem for members of an archive, where more is looked for.
func memberKind(name string, head []byte) string {
	if kind := kindOfItem(name, head); kind != "" {
		return kind
	}
	switch ext := path.Ext(name); {
	case bytes.HasPrefix(head, []byte("\x7fELF")) || bytes.HasPrefix(head, []byte("MZ")) && len(head) > 64 || oneOf(ext, ".so", ".dll", ".dylib", ".exe", ".pyc"):
		return itemProgram
	case oneOf(ext, ".py", ".sh", ".bat", ".ps1", ".ipynb"):
		return itemProgram
	}
	return ""
}

// closedKind names an archive that is not opened here. That of LZMA alone, which
// joblib writes, has no signature but its usual properties and sizes.
func closedKind(head []byte) string {
	if len(head) > 13 && string(head[:3]) == "]\x00\x00" && head[4] < 0x10 && (string(head[5:13]) == "\xff\xff\xff\xff\xff\xff\xff\xff" || string(head[10:13]) == "\x00\x00\x00") {
		return "lzma"
	}
	return archiveKind(head)
}

func isZlib(head []byte) bool {
	return len(head) > 2 && head[0] == 0x78 && (int(head[0])<<8|int(head[1]))%31 == 0
}

// zlibPickle reports whether compressed data begin with a pickle, which joblib
// loads under any name.
func zlibPickle(head []byte) bool {
	r, err := zlib.NewReader(bytes.NewReader(head))
	if err != nil {
		return false
	}
	inner := make([]byte, HeadSize)
	n, _ := io.ReadFull(r, inner)
	return isPickle(inner[:n]) || longPickle(inner[:n])
}

// isStatistics reports the data files of SPSS and IDL, which are called *.sav as
// pickles are.
func isStatistics(head []byte) bool {
	return len(head) == 0 || bytes.HasPrefix(head, []byte("$FL2")) || bytes.HasPrefix(head, []byte("$FL3")) || bytes.HasPrefix(head, []byte("SR\x00\x04"))
}

// longPickle reports a head that is a pickle of protocol 2 or later as far as it
// reaches: what it names may stand behind it.
func longPickle(head []byte) bool {
	if len(head) < HeadSize || !pickle.Likely(head) || head[0] != 0x80 {
		return false
	}
	p := pickle.Run(bytes.NewReader(head), 0, int64(len(head)))
	return p.Err != nil && p.Err.Err == pickle.ErrTruncated && p.Opcodes > 2
}

// item looks at one item.
func (s *scan) item(it item) {
	kind := ""
	head := it.head()
	if name := strings.ToLower(it.name); it.depth == 0 {
		kind = kindOfItem(name, head)
	} else {
		kind = memberKind(name, head)
	}
	if int64(len(head)) < min(HeadSize, it.size()) {
		s.gap(&it, it.begin, "it could not be read")
		return
	}
	switch kind {
	case itemZip, itemTar, itemGzip, itemBzip2, itemZlib:
		if it.depth == maxScanDepth {
			s.gap(&it, it.begin, "archives nested deeper than %d", maxScanDepth)
			return
		}
		s.archive(&it, kind)
	case itemClosed:
		s.gap(&it, it.begin, "a %s archive, which is not opened", closedKind(head))
	case itemNumPy:
		s.array(&it)
	case itemPickle:
		s.pickles(&it, it.begin)
	case itemHDF5:
		s.hdf5(&it)
	case itemSavedModel, itemGraph, itemMetaGraph:
		s.graph(&it, kind)
	case itemGraphText:
		s.graphText(&it)
	case itemKerasSaved:
		s.kerasSaved(&it)
	case itemYAML:
		s.targets(&it)
	case itemProgram:
		s.t.addCode(CodeScript, it.at(it.begin), it.where, "%d bytes", it.size())
	}
}

// content returns all bytes of an item, nil and a gap when there are too many.
func (s *scan) content(it *item, limit int64) []byte {
	if it.size() > limit {
		s.gap(it, it.begin, "%d bytes, of which no more than %d are looked at", it.size(), limit)
		return nil
	}
	b := make([]byte, it.size())
	if n, err := it.r.ReadAt(b, it.begin); n < len(b) {
		s.gap(it, it.begin, "it could not be read: %v", err)
		return nil
	}
	return b
}
