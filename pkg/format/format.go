// Package format reads the headers of model weight files: the names, types,
// shapes and positions of tensors, and the metadata stored beside them.
//
// A reader is given an io.ReaderAt and a size. It does not read tensor data,
// apart from what reading ahead by at most 1 MiB brings along, so the header of a
// 100 GB file costs a few reads, also over a network. Every byte is treated as
// hostile: a reader returns an error, allocates no more than some six times what
// the file really holds, and does not panic.
//
// The nouns: a [Format] recognises and reads one kind of file, a [Header] is
// what it found, a [Tensor] one named array, an [Entry] one metadata value, an
// [Index] the file that says which shard holds which tensor.
//
// A reader checks that every tensor lies inside the file and that its size is
// what its type and shape ask for, where the type is known. It does not check
// that tensor data is what the header says; see package fingerprint. Names and
// values are raw: they may hold control characters, and in GGUF string values
// bytes that are no UTF-8.
//
// [Identify] answers which format a file has, also for formats that are known
// and not yet read, so that a weight file is never passed over in silence. What
// is odd in a file and yet does not make it unreadable is a [Note].
//
// Readers record what loading a file would import, call or run ([Code]). [Scan]
// looks for that in archives and in formats whose tensors are not read, and
// [JudgeGlobal] says what is known of a name that a pickle imports.
package format

import (
	"errors"
	"fmt"
	"io"
)

// A Format recognises and reads one kind of weight file.
type Format interface {
	// Name is the short name of the format, such as "safetensors".
	Name() string
	// Match reports whether a file is of this format, from its base name and
	// its first bytes ([HeadSize] of them, or fewer when the file is shorter).
	// The bytes decide where the format has a signature.
	Match(name string, head []byte) bool
	// Read reads the header of a file of size bytes. Exactly one of the header
	// and the error is nil. Errors are of type *Error.
	Read(r io.ReaderAt, size int64) (*Header, error)
}

// All returns every format that can be read.
func All() []Format {
	return []Format{safetensors{}, gguf{}, onnx{}, tfjs{}, torch{}, plainPickle{}}
}

// HeadSize is the number of first bytes that Match wants to see.
const HeadSize = 4096

// A Header is everything a weight file says about its tensors.
type Header struct {
	Format    string
	Version   string // of the format, empty when it has none
	BigEndian bool   // byte order of tensor data
	// Tensors are sorted by offset, then name. Names are unique.
	Tensors []Tensor
	// Metadata holds the entries in file order. Keys are unique.
	Metadata []Entry
	// Unread names the tensors that the file has and whose values cannot be
	// found or understood. They are not among Tensors, and Notes say why, as far
	// as those are kept.
	Unread []string
	// DataOffset is where tensor data begins, in bytes from the file's start.
	DataOffset int64
	// Notes are what is odd in the file and does not make it unreadable, in the
	// order it was met. At most [MaxNotes] are kept, and one that says so.
	Notes []Note
	// Code is what loading the file would import, call or run, in file order.
	// At most [MaxCode] are kept, and one that says so.
	Code []Code
}

// A Note is one oddity of a file that could be read.
type Note struct {
	Offset int64 // in bytes from the file's start
	Text   string
}

// Lookup returns the metadata entry with the given key.
func (h *Header) Lookup(key string) (Entry, bool) {
	for _, e := range h.Metadata {
		if e.Key == key {
			return e, true
		}
	}
	return Entry{}, false
}

// A Tensor is one named array inside a weight file.
type Tensor struct {
	Name  string
	DType DType
	// Shape is row-major, the slowest dimension first, whatever the order in
	// the file. A scalar has none.
	Shape []uint64
	// Offset is where the payload begins, in bytes from the file's start, Size
	// its length in bytes.
	Offset, Size int64
	// Layout is set when the payload is not one row-major run of little-endian
	// values in this file; nil is the usual case.
	Layout *Layout
}

// Elements returns the number of elements. Readers make sure that it does not
// overflow.
func (t *Tensor) Elements() int64 {
	n := int64(1)
	for _, d := range t.Shape {
		n *= int64(d)
	}
	return n
}

// An Entry is one metadata value. Exactly one of its value fields is meant,
// told by Type.
type Entry struct {
	Key  string
	Type ValueType
	// Text holds strings, Int integers and booleans (0 or 1), Float floats.
	Text  string
	Int   int64
	Uint  uint64 // unsigned integers; Int has them too where they fit
	Float float64
	// Array describes an array, whose items stay in the file.
	Array *Array
}

// String returns a scalar value as text, and "" for an array.
func (e Entry) String() string {
	switch e.Type {
	case TypeString:
		return e.Text
	case TypeInt:
		return fmt.Sprint(e.Int)
	case TypeUint:
		return fmt.Sprint(e.Uint)
	case TypeFloat:
		return fmt.Sprint(e.Float)
	case TypeBool:
		return fmt.Sprint(e.Int != 0)
	}
	return ""
}

// A ValueType is the type of a metadata value.
type ValueType string

// The types of metadata values. Widths are folded.
const (
	TypeString ValueType = "string"
	TypeInt    ValueType = "int"
	TypeUint   ValueType = "uint"
	TypeFloat  ValueType = "float"
	TypeBool   ValueType = "bool"
	TypeArray  ValueType = "array"
)

// An Array is a metadata array that is read on demand: its place in the file
// and the type of its items.
type Array struct {
	Items  ValueType
	Len    int64
	Offset int64 // of the first item, in bytes from the file's start
	Size   int64 // of all items in bytes, with their own length fields
	// width and bigEndian tell Strings and friends how to read the items.
	width     int
	bigEndian bool
}

// Sentinel errors, wrapped by *Error.
var (
	// ErrMalformed: the file contradicts its format's specification.
	ErrMalformed = errors.New("malformed")
	// ErrTruncated: the file ends before what its header promises.
	ErrTruncated = errors.New("truncated")
	// ErrUnsupported: a version or feature that this reader does not know.
	ErrUnsupported = errors.New("unsupported")
	// ErrLimit: the file asks for more than a named limit allows.
	ErrLimit = errors.New("over the limit")
)

// An Error says what is wrong with a weight file, and where.
type Error struct {
	Format string
	Offset int64 // in bytes from the file's start
	Detail string
	Err    error // a sentinel of this package, or the error of a read
	// Code is what was found before that loading the file would run: a loader
	// may get as far. It is as in Header.Code.
	Code []Code
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s: %v at byte %d: %s", e.Format, e.Err, e.Offset, e.Detail)
}

func (e *Error) Unwrap() error { return e.Err }
