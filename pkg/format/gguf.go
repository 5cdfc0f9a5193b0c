package format

import (
	"bytes"
	"encoding/binary"
	"io"
	"strconv"
)

// Constants of the GGUF specification (ggml, docs/gguf.md, version 3) and of
// ggml's own reader.
const (
	ggufMagic     = "GGUF"
	ggufVersion   = 3
	ggufAlignment = 32 // GGUF_DEFAULT_ALIGNMENT
	ggufMaxDims   = 4  // GGML_MAX_DIMS
	ggufMaxName   = 64 // GGML_MAX_NAME, with the final NUL
)

// Limits on GGUF headers.
const (
	// MaxGGUFHeader bounds all before the tensor data, in bytes. ggml bounds
	// one string and one array at 2^30 bytes and items; a header with a large
	// vocabulary has some 30 MB.
	MaxGGUFHeader = 1 << 30
	// MaxGGUFText bounds all text that is kept, in bytes: names, keys and string
	// values. The largest known value is a whole tokenizer.json, some 30 MB.
	MaxGGUFText = 128 << 20
	// maxArrayDepth bounds the nesting of arrays. No known file nests them.
	maxArrayDepth = 4
)

// The shortest records in bytes.
const (
	minGGUFEntry  = 8 + 1 + 4 + 1 // key of one byte, type, value
	minGGUFTensor = 8 + 4 + 4 + 8 // empty name, dimensions, type, offset
	minGGUFArray  = 4 + 8         // type, count
	minGGUFString = 8             // length
)

// gguf is the format of the ggml library: metadata and tensors in one file, in
// versions 2 and 3 and either byte order.
type gguf struct{}

func (gguf) Name() string { return "gguf" }

func (f gguf) Match(name string, head []byte) bool { return match(f, name, head) }

func (gguf) suffix() string { return ".gguf" }

func (gguf) signature(head []byte) bool { return bytes.HasPrefix(head, []byte(ggufMagic)) }

func (f gguf) Read(r io.ReaderAt, size int64) (*Header, error) {
	g := &ggufReader{cursor: newCursor(f.Name(), r, size), h: &Header{Format: f.Name()}, file: size, align: ggufAlignment, open: -1}
	if size > MaxGGUFHeader {
		g.end, g.past = MaxGGUFHeader, ErrLimit
	}
	g.version()
	g.header()
	g.layout()
	if g.err != nil {
		return nil, g.err
	}
	return g.h, nil
}

// ggufReader reads one file.
type ggufReader struct {
	*cursor
	h      *Header
	file   int64 // size of the file
	align  int64
	kept   uint64 // bytes of text
	shapes shapeArena
	// next is where the next tensor must begin, relative to the tensor data.
	// After a tensor of unknown size, open, it is the earliest place.
	next int64
	open int // index, or -1
}

// version reads the magic and the version, whose bytes tell the byte order.
func (g *ggufReader) version() {
	magic := g.text(4)
	if g.err == nil && string(magic) != ggufMagic {
		g.failAt(0, ErrMalformed, "the file begins with %q and not with %q", magic, ggufMagic)
		return
	}
	at := g.off()
	v := g.u32()
	if v&0xFFFF == 0 && v != 0 {
		g.order, g.h.BigEndian = binary.BigEndian, true
		v = v>>24 | v>>8&0xFF00
	}
	switch {
	case g.err != nil:
	case v == 0:
		g.failAt(at, ErrMalformed, "version 0")
	case v == 1:
		g.failAt(at, ErrUnsupported, "version 1, which ggml no longer reads either")
	case v > ggufVersion:
		g.failAt(at, ErrUnsupported, "version %d, the newest known is %d", v, ggufVersion)
	}
	g.h.Version = strconv.Itoa(int(v))
}

// header reads metadata and tensor entries.
func (g *ggufReader) header() {
	tensors := g.count("tensors", minGGUFTensor, MaxTensors)
	entries := g.count("metadata entries", minGGUFEntry, MaxMetadata)
	keys := make(map[string]struct{})
	for i := int64(0); i < entries && g.err == nil; i++ {
		g.entry(keys)
	}
	if tensors > g.left()/minGGUFTensor {
		g.fail(g.past, "%d tensors cannot fit into the %d bytes left", tensors, g.left())
	}
	if g.err != nil {
		return
	}
	g.h.Tensors = make([]Tensor, 0, tensors)
	names := make(map[string]struct{}, tensors)
	for i := int64(0); i < tensors && g.err == nil; i++ {
		g.tensor(names)
	}
}
