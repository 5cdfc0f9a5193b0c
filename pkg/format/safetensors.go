package format

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"io"
	"slices"
)

// MaxSafetensorsHeader bounds the header in bytes: MAX_HEADER_SIZE of the
// reference implementation (safetensors 0.8).
const MaxSafetensorsHeader = 100_000_000

// maxDType bounds the name of a dtype in bytes; the longest known has 11.
const maxDType = 64

// minSafetensorsEntry is the shortest entry of a tensor in bytes:
// "":{"dtype":"","shape":[],"data_offsets":[0,0]} and a comma.
const minSafetensorsEntry = 48

// safetensors is the format of the safetensors library: a length, a header in
// JSON, and tensor data without holes.
//
// The reader follows the specification where the reference implementation is
// laxer: the header begins with a brace, and names are not repeated. Fields that
// a tensor's entry has besides the three are noted and passed over, as the
// reference passes over them.
type safetensors struct{}

func (safetensors) Name() string { return "safetensors" }

func (f safetensors) Match(name string, head []byte) bool { return match(f, name, head) }

func (safetensors) suffix() string { return ".safetensors" }

// signature reports whether the head is a plausible length and then the
// beginning of a JSON object.
func (safetensors) signature(head []byte) bool {
	if len(head) < 10 || head[8] != '{' {
		return false
	}
	n := binary.LittleEndian.Uint64(head)
	rest := bytes.TrimLeft(head[9:], " \t\r\n")
	return n >= 2 && n <= MaxSafetensorsHeader && len(rest) > 0 && (rest[0] == '"' || rest[0] == '}')
}

func (f safetensors) Read(r io.ReaderAt, size int64) (*Header, error) {
	s := &safetensorsReader{
		scanner: scanner{cursor: newCursor(f.Name(), r, size)},
		h:       &Header{Format: f.Name()},
		names:   make(map[string]struct{}),
		unknown: make(map[DType]bool),
	}
	s.header()
	s.checkLayout()
	if s.err != nil {
		return nil, s.err
	}
	return s.h, nil
}

// safetensorsReader reads one file.
type safetensorsReader struct {
	scanner
	h        *Header
	data     uint64 // length of the tensor data in bytes
	names    map[string]struct{}
	metadata bool // __metadata__ was met
	shapes   shapeArena
	unknown  map[DType]bool // dtypes that were noted

	// The entry that is being read: its tensor, which fields were met, and the
	// range of its data.
	tensor   Tensor
	fields   [3]bool
	from, to uint64 // relative to the tensor data
}

// header reads the length and the whole JSON header.
func (s *safetensorsReader) header() {
	n := s.u64()
	switch {
	case s.err != nil:
		return
	case n > MaxSafetensorsHeader:
		s.failAt(0, ErrLimit, "a header of %d bytes, the limit is %d", n, MaxSafetensorsHeader)
		return
	case n > uint64(s.left()):
		s.failAt(0, ErrTruncated, "a header of %d bytes, %d left", n, s.left())
		return
	}
	s.h.DataOffset = 8 + int64(n)
	s.data = uint64(s.left()) - n
	s.end, s.past = s.h.DataOffset, ErrMalformed
	if s.need(1) && s.buf[s.pos] != '{' {
		s.fail(ErrMalformed, "the header begins with %q and not with a brace", s.buf[s.pos])
		return
	}
	s.object(MaxName, s.member)
	if s.err == nil && s.space() {
		s.fail(ErrMalformed, "%q after the header", s.buf[s.pos])
	}
}

// member reads one member of the header: a tensor or the metadata.
func (s *safetensorsReader) member(at int64, name []byte) {
	switch {
	case string(name) == "__metadata__" && s.metadata:
		s.failAt(at, ErrMalformed, "__metadata__ is there twice")
	case string(name) == "__metadata__":
		s.metadata = true
		s.readMetadata()
	default:
		s.entry(at, string(name))
	}
}

// readMetadata reads the map from string to string.
func (s *safetensorsReader) readMetadata() {
	keys := make(map[string]struct{})
	s.object(MaxKey, func(at int64, name []byte) {
		key := string(name)
		if _, twice := keys[key]; twice {
			s.failAt(at, ErrMalformed, "metadata key %s is there twice", quote(key))
		}
		if len(keys) == MaxMetadata {
			s.failAt(at, ErrLimit, "more than %d metadata entries", MaxMetadata)
		}
		keys[key] = struct{}{}
		value := s.text(MaxSafetensorsHeader)
		s.h.Metadata = append(s.h.Metadata, Entry{Key: key, Type: TypeString, Text: string(value)})
	})
}

// entry reads the entry of a tensor and checks it against itself.
func (s *safetensorsReader) entry(at int64, name string) {
	if _, twice := s.names[name]; twice {
		s.failAt(at, ErrMalformed, "tensor %s is there twice", quote(name))
		return
	}
	if len(s.names) == MaxTensors {
		s.failAt(at, ErrLimit, "more than %d tensors", MaxTensors)
		return
	}
	s.names[name] = struct{}{}
	s.tensor, s.fields = Tensor{Name: name}, [3]bool{}
	s.object(MaxName, s.field)
	if s.err != nil {
		return
	}
	if s.fields != [3]bool{true, true, true} {
		s.failAt(at, ErrMalformed, "tensor %s lacks its dtype, shape or data_offsets", quote(name))
		return
	}
	s.place(at)
	s.grow()
	s.h.Tensors = append(s.h.Tensors, s.tensor)
}

// field reads one field of a tensor's entry. Names are matched in their case.
func (s *safetensorsReader) field(at int64, name []byte) {
	switch string(name) {
	case "dtype":
		s.once(at, 0)
		s.tensor.DType = s.dtype(at)
	case "shape":
		s.once(at, 1)
		s.tensor.Shape = s.shape()
	case "data_offsets":
		s.once(at, 2)
		s.offsets(at)
	default:
		s.h.note(at, "tensor %s has a field %s that the specification does not name", quote(s.tensor.Name), quote(name))
		s.skip()
	}
}

func (s *safetensorsReader) once(at int64, field int) {
	if s.fields[field] {
		s.failAt(at, ErrMalformed, "a field of tensor %s is there twice", quote(s.tensor.Name))
	}
	s.fields[field] = true
}

func (s *safetensorsReader) dtype(at int64) DType {
	name := s.text(maxDType)
	if s.err == nil && len(name) == 0 {
		s.failAt(at, ErrMalformed, "tensor %s has an empty dtype", quote(s.tensor.Name))
	}
	// Tensors of one type stand together: they share one string.
	if n := len(s.h.Tensors); n > 0 && string(s.h.Tensors[n-1].DType) == string(name) {
		return s.h.Tensors[n-1].DType
	}
	d := DType(name)
	if s.err == nil && !d.safetensors() && !s.unknown[d] {
		if len(s.unknown) < MaxNotes {
			s.unknown[d] = true
		}
		s.h.note(at, "dtype %s of tensor %s is not in the specification", quote(d), quote(s.tensor.Name))
	}
	return d
}

func (s *safetensorsReader) shape() []uint64 {
	s.shapes.begin()
	rank := 0
	s.array(func() {
		if rank++; rank > MaxRank {
			s.fail(ErrLimit, "more than %d dimensions", MaxRank)
			return
		}
		s.shapes.add(s.uint())
	})
	return s.shapes.shape()
}

func (s *safetensorsReader) offsets(at int64) {
	n := 0
	s.array(func() {
		s.from, s.to = s.to, s.uint()
		n++
	})
	if n != 2 {
		s.failAt(at, ErrMalformed, "%d data_offsets and not 2", n)
	}
}

// place checks the data range of an entry and what its dtype and shape say of
// its length, and puts the tensor there.
func (s *safetensorsReader) place(at int64) {
	t := &s.tensor
	n, ok := elements(t.Shape)
	if !ok {
		s.failAt(at, ErrMalformed, "the shape of tensor %s overflows", quote(t.Name))
		return
	}
	if s.to < s.from {
		s.failAt(at, ErrMalformed, "tensor %s ends at %d before it begins at %d", quote(t.Name), s.to, s.from)
		return
	}
	if s.to > s.data {
		s.failAt(at, ErrTruncated, "tensor %s ends at byte %d of %d bytes of data", quote(t.Name), s.to, s.data)
		return
	}
	t.Offset, t.Size = s.h.DataOffset+int64(s.from), int64(s.to-s.from)
	if _, _, known := t.DType.Block(); !known {
		return
	}
	if size, ok := t.DType.Size(n); !ok || size != t.Size {
		s.failAt(at, ErrMalformed, "tensor %s has %d bytes, which is not what %d elements of %s take", quote(t.Name), t.Size, n, t.DType)
	}
}

// grow makes room for tensors by how many the rest of the header would hold if
// it were like what was read. Append's doubling would copy far more.
func (s *safetensorsReader) grow() {
	have := len(s.h.Tensors)
	if have < cap(s.h.Tensors) || s.err != nil {
		return
	}
	left := s.left()
	more := min(int64(have+1)*left/(s.off()-8), left/minSafetensorsEntry)
	s.h.Tensors = slices.Grow(s.h.Tensors, int(more)+have/16+1)
}

// checkLayout sorts the tensors and checks that their data covers the rest of
// the file without hole or overlap. A tensor without data may lie at any
// boundary.
func (s *safetensorsReader) checkLayout() {
	if s.err != nil {
		return
	}
	slices.SortFunc(s.h.Tensors, byOffset)
	begin, end := s.h.DataOffset, s.h.DataOffset // of the last tensor with data
	for i := range s.h.Tensors {
		t := &s.h.Tensors[i]
		switch {
		case t.Offset == end:
			begin, end = t.Offset, t.Offset+t.Size
		case t.Offset == begin && t.Size == 0:
		case t.Offset > end:
			s.failAt(end, ErrMalformed, "%d bytes before tensor %s belong to none", t.Offset-end, quote(t.Name))
			return
		default:
			s.failAt(t.Offset, ErrMalformed, "tensor %s overlaps the one before it", quote(t.Name))
			return
		}
	}
	if rest := s.h.DataOffset + int64(s.data) - end; rest > 0 {
		s.failAt(end, ErrMalformed, "%d bytes after the last tensor", rest)
	}
}

// byOffset orders tensors by their place, then name. Those that lie in segments
// have the offset 0, and among themselves the order of their first segments.
func byOffset(a, b Tensor) int {
	if c := cmp.Compare(a.Offset, b.Offset); c != 0 {
		return c
	}
	s, t := a.segment(), b.segment()
	return cmp.Or(cmp.Compare(s.File, t.File), cmp.Compare(s.Offset, t.Offset), cmp.Compare(a.Name, b.Name))
}

// segment returns the first segment of a tensor that has any.
func (t *Tensor) segment() Segment {
	if t.Layout == nil || len(t.Layout.Segments) == 0 {
		return Segment{}
	}
	return t.Layout.Segments[0]
}
