package format

import (
	"bytes"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// Limits of the ONNX reader.
const (
	// MaxOnnxDepth bounds how deep messages are nested. Protocol buffer
	// libraries refuse more than 100, so that no runtime loads a deeper file; a
	// graph inside a node's attribute takes three.
	MaxOnnxDepth = 100
	// MaxOnnxTensors bounds the tensors of one file. A mixture of 58 layers of
	// 256 experts, quantised with scales, has 134,000. It is lower than
	// MaxTensors because a tensor without values takes six bytes of the file and
	// some 150 of memory.
	MaxOnnxTensors = 1 << 18
	// MaxOnnxNames bounds the names of all tensors of a file with the paths of
	// their graphs, in bytes: a long path is repeated for every tensor below it.
	MaxOnnxNames = 32 << 20
	// MaxOnnxText bounds what is kept of a value of the metadata, in bytes.
	// Label lists are some 10 kB, embedded configurations some 100 kB.
	MaxOnnxText = 1 << 20
	// MaxOnnxSegments bounds the pieces of one tensor that is not stored in one,
	// and MaxOnnxPieces those of all tensors of a file. Libraries write one.
	MaxOnnxSegments = 4096
	MaxOnnxPieces   = 1 << 16
	// MaxOnnxOperators bounds the different operators that are counted. ONNX
	// defines some 200, and runtimes as many again.
	MaxOnnxOperators = 4096
	// MaxOnnxOpsets bounds the operator sets that a model imports, one for each
	// domain.
	MaxOnnxOpsets = 1024
)

// onnx is the format of ONNX: one protocol buffer message (onnx.proto, IR
// versions 1 to 14) that holds a graph with its weights, or says in which files
// beside it they lie.
//
// Tensors are the initialisers and sparse initialisers of all graphs, whatever
// node they are nested in, and what nodes carry as attributes: the values of
// Constant nodes and the coefficients of classical models. A tensor of the main
// graph has its own name, and a Constant's that of the node's output; below, it
// is preceded by the path to its graph, as in "If_12/then_branch/weight". The
// indices of a sparse tensor follow as a tensor of their own.
//
// The reader goes through the file once. It reads names and shapes and passes
// over tensor data, apart from numbers that are stored as varints, of which it
// counts the first 64 MiB.
type onnx struct{}

func (onnx) Name() string { return "onnx" }

// Match leaves a flatbuffer of ONNX Runtime to its own name.
func (f onnx) Match(name string, head []byte) bool {
	return match(f, name, head) && !(len(head) >= 8 && string(head[4:8]) == "ORTM")
}

func (onnx) suffix() string { return ".onnx" }

// signature reports whether the head begins a ModelProto: ir_version, which
// every library writes first, and then readable texts or a graph.
func (onnx) signature(head []byte) bool {
	if len(head) < 4 || head[0] != 0x08 || head[1] == 0 || head[1] > 31 {
		return false
	}
	readable := false
	for rest := head[2:]; len(rest) > 0; {
		num, typ, n := protowire.ConsumeTag(rest)
		if n < 0 || num > maxOnnxField || onnxSchema[onnxModel][num] == 0 || !onnxSchema[onnxModel][num].allows(typ) {
			return false
		}
		rest = rest[n:]
		if typ != protowire.BytesType {
			n = protowire.ConsumeFieldValue(num, typ, rest)
			if n < 0 {
				return false
			}
			rest = rest[n:]
			continue
		}
		size, n := protowire.ConsumeVarint(rest)
		if n < 0 {
			return readable
		}
		rest = rest[n:]
		body := rest[:min(uint64(len(rest)), size)]
		switch num {
		case 2, 3, 4: // producer_name, producer_version, domain
			if uint64(len(rest)) <= size {
				return readable
			}
			if !isLabel(body) {
				return false
			}
			readable = readable || size > 0
			rest = rest[size:]
		case 7: // graph, which begins with a node, name, initialiser, doc_string, input, output or value_info
			return readable || len(body) > 1 && strings.IndexByte("\x0a\x12\x2a\x52\x5a\x62\x6a", body[0]) >= 0
		case 8: // opset_import, of two short fields
			return readable || size < 256 && len(body) > 1 && (body[0] == 0x0a || body[0] == 0x10)
		default:
			return readable
		}
	}
	return readable
}

// isLabel reports whether b is UTF-8 without control characters.
func isLabel(b []byte) bool {
	return utf8.Valid(b) && bytes.IndexFunc(b, unicode.IsControl) < 0
}

func (f onnx) Read(r io.ReaderAt, size int64) (*Header, error) {
	x := &onnxReader{
		wire:      wire{cursor: newCursor(f.Name(), r, size), stop: size},
		h:         &Header{Format: f.Name(), DataOffset: size},
		keys:      make(map[string]struct{}),
		strange:   make(map[onnxStrange]bool),
		operators: make(map[onnxOp]*onnxUse),
		functions: make(map[onnxOp]struct{}),
		outsides:  make(map[string]onnxOther),
	}
	if x.err == nil {
		x.walk()
	}
	x.finish()
	if x.err != nil {
		return nil, x.err
	}
	return x.h, nil
}

// onnxReader reads one file.
type onnxReader struct {
	wire
	h     *Header
	stack []onnxFrame

	tensor   onnxTensorReader // the one that is being read
	shapes   shapeArena
	owners   []onnxOwner // of the header's tensors, until they are named
	unread   []onnxOwner
	reasons  []string // why the first of them are not read
	sparse   []onnxDense
	pieces   int   // segments of all tensors
	counted  int64 // bytes of varints that were counted
	strings  int64 // tensors of strings
	stringAt int64 // the first of them

	keys      map[string]struct{} // of the metadata
	strange   map[onnxStrange]bool
	operators map[onnxOp]*onnxUse
	functions map[onnxOp]struct{}  // that the model defines
	outsides  map[string]onnxOther // files that hold tensors
	key, text []byte               // of an entry
	nodes     int64
	opsets    int
	names     int  // bytes that names may still take
	moreCode  bool // records that were not kept
}

// finish checks the model as a whole, names the tensors and puts everything into
// order.
func (x *onnxReader) finish() {
	if x.err != nil {
		return
	}
	if _, ok := x.keys["ir_version"]; !ok {
		x.failAt(0, ErrMalformed, "no ir_version")
		return
	}
	x.nameTensors()
	x.finishMetadata()
	x.finishCode()
	if x.err != nil {
		return
	}
	slices.SortFunc(x.h.Tensors, byOffset)
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
