package format

import (
	"fmt"
	"io"
)

// A Layout says where a tensor's values lie when they are not one row-major run
// of little-endian values in the file itself.
type Layout struct {
	// Segments are the byte ranges that hold the values, one behind the other,
	// in this file or in others. When set, the tensor's Offset is 0.
	Segments []Segment
	// Group is set for a tensor that lies in a list of files whose sizes the
	// header does not know, at the byte GroupOffset of all of them. [Resolve]
	// turns it into segments, which are nil before.
	Group       *Group
	GroupOffset int64
	// Strides are the steps between neighbours of each dimension, in elements,
	// for a view into a storage; nil for row-major order. Offset (or the first
	// segment) is where the element of all-zero indices lies, and Size spans
	// from there to the last element.
	Strides []int64
	// Varint is set for values that are stored as protocol buffer varints, one
	// for each element (ONNX int32_data, int64_data, uint64_data).
	Varint bool
	// Affine is set for integers q that stand for the values q*Scale + Min.
	Affine *Affine
}

// A Segment is a byte range of a file.
type Segment struct {
	// File is relative to the folder of the file that names it, clean and with
	// slashes; empty for that file itself.
	File         string
	Offset, Size int64
}

// An Affine is the quantisation of TensorFlow.js weights: a value is
// q*Scale + Min, and was stored as DType before.
type Affine struct {
	Scale, Min float64
	DType      DType
}

// A Code is something in a file that a loader would import, call or run. It is
// recorded and never done.
type Code struct {
	Kind   CodeKind
	Offset int64  // of the instruction, in bytes from the file's start
	Name   string // what is named: "os.system", "com.acme.CustomOp"
	Detail string
}

// A CodeKind is the kind of a Code.
type CodeKind string

// The kinds of code.
const (
	// CodeGlobal: a pickle names a global, which loading it imports.
	CodeGlobal CodeKind = "global"
	// CodeCall: a pickle would call something (REDUCE, NEWOBJ, INST, OBJ).
	CodeCall CodeKind = "call"
	// CodeBuild: a pickle would set an object's state (BUILD).
	CodeBuild CodeKind = "build"
	// CodeExtension: a pickle uses the extension registry (EXT1, EXT2, EXT4).
	CodeExtension CodeKind = "extension"
	// CodeScript: the file carries program text, such as TorchScript.
	CodeScript CodeKind = "script"
	// CodeLayer: a layer of a Keras model is, or loads, a program.
	CodeLayer CodeKind = "layer"
	// CodeImport: a configuration names what its loader imports and calls.
	CodeImport CodeKind = "import"
	// CodeReach: an operator of a graph acts on files, the network or the process.
	CodeReach CodeKind = "reach"
	// CodeOperator: a graph uses an operator of a custom domain.
	CodeOperator CodeKind = "operator"
	// CodeAnomaly: something that a well-meant writer does not produce.
	CodeAnomaly CodeKind = "anomaly"
)

// MaxCode bounds the code records of one file.
const MaxCode = 10_000

// Files returns the names of the other files that hold values of the header's
// tensors, each once, in the order in which they are met.
func (h *Header) Files() []string {
	var names []string
	seen := map[string]bool{"": true}
	add := func(file string) {
		if !seen[file] {
			seen[file] = true
			names = append(names, file)
		}
	}
	groups := map[*Group]bool{nil: true}
	for i := range h.Tensors {
		l := h.Tensors[i].Layout
		if l == nil {
			continue
		}
		for _, s := range l.Segments {
			add(s.File)
		}
		if groups[l.Group] {
			continue
		}
		groups[l.Group] = true
		for _, file := range l.Group.Files {
			add(file)
		}
	}
	return names
}

// An Opener gives access to the files that a header's segments name; the empty
// name is the file of the header itself.
type Opener func(file string) (r io.ReaderAt, size int64, err error)

// Stored returns the bytes of a tensor as they are stored, segment after
// segment, without undoing strides, varints or quantisation.
func (t *Tensor) Stored(open Opener) (*io.SectionReader, error) {
	if t.Layout != nil && t.Layout.Group != nil && t.Layout.Segments == nil {
		return nil, fmt.Errorf("tensor %q lies in files of unknown sizes", t.Name)
	}
	segments := []Segment{{Offset: t.Offset, Size: t.Size}}
	if t.Layout != nil && t.Layout.Segments != nil {
		segments = t.Layout.Segments
	}
	var parts joined
	for _, s := range segments {
		r, size, err := open(s.File)
		if err != nil {
			return nil, err
		}
		if s.Offset < 0 || s.Size < 0 || s.Offset > size || s.Size > size-s.Offset {
			return nil, fmt.Errorf("tensor %q reaches beyond the %d bytes of %q", t.Name, size, s.File)
		}
		parts = append(parts, piece{parts.size(), io.NewSectionReader(r, s.Offset, s.Size)})
	}
	if len(parts) == 1 {
		return parts[0].r, nil
	}
	return io.NewSectionReader(parts, 0, parts.size()), nil
}

// joined reads several sections as one.
type joined []piece

type piece struct {
	begin int64
	r     *io.SectionReader
}

func (j joined) size() int64 {
	if len(j) == 0 {
		return 0
	}
	last := j[len(j)-1]
	return last.begin + last.r.Size()
}

func (j joined) ReadAt(p []byte, off int64) (n int, err error) {
	for _, part := range j {
		at := off + int64(n) - part.begin
		if at < 0 || at >= part.r.Size() {
			continue
		}
		m, err := part.r.ReadAt(p[n:min(len(p), n+int(part.r.Size()-at))], at)
		n += m
		if n == len(p) {
			return n, nil
		}
		if err != nil && err != io.EOF {
			return n, err
		}
	}
	return n, io.EOF
}
