package format

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

func TestNotesAreBounded(t *testing.T) {
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, `,"t%d":{"dtype":"X%d","shape":[0],"data_offsets":[0,0]}`, i, i)
	}
	h, err := read(safetensors{}, safetensorsFile("{"+b.String()[1:]+"}", 0))
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Notes) != MaxNotes+1 || h.Notes[MaxNotes].Text != "further notes are left out" {
		t.Errorf("%d notes, the last is %q", len(h.Notes), h.Notes[len(h.Notes)-1].Text)
	}
	if len(h.Tensors) != 1000 || h.Tensors[999].DType != "X999" {
		t.Errorf("%d tensors, the last is %v", len(h.Tensors), h.Tensors[len(h.Tensors)-1])
	}
}

// Control characters and right-to-left marks in names are legal and kept.
func TestRawNames(t *testing.T) {
	name := "a\x00\x1b[31m\u202e\n"
	file := safetensorsFile(`{"a\u0000\u001b[31m\u202e\n":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1)
	h, err := read(safetensors{}, file)
	if err != nil || h.Tensors[0].Name != name {
		t.Errorf("got %v, %v", h, err)
	}
	h, err = read(gguf{}, newGGUF(1, 0).tensor(name, 24, 0, 1).pad(32).zeros(1).b)
	if err != nil || h.Tensors[0].Name != name {
		t.Errorf("got %v, %v", h, err)
	}
}

// Every prefix of a valid file is an error, up to the end of its last tensor.
func TestTruncated(t *testing.T) {
	for format, files := range valid() {
		f := byFormatName(t, format)
		for name, data := range files {
			data = data[:mustEnd(t, f, data)]
			for n := range data {
				h, err := read(f, data[:n])
				if h != nil || err == nil {
					t.Fatalf("%s %s: %d of %d bytes are read as %v", format, name, n, len(data), h)
				}
				checkError(t, err, int64(n))
			}
			// The same when the size is right and the reads end early.
			for n := range data {
				h, err := f.Read(bytes.NewReader(data[:n]), int64(len(data)))
				if h != nil || !errors.Is(err, ErrTruncated) {
					t.Fatalf("%s %s: %d of %d bytes give %v, %v", format, name, n, len(data), h, err)
				}
			}
		}
	}
}

// mustEnd returns how many bytes of a valid file must be there: all up to the
// end of the header or of the last tensor.
func mustEnd(t *testing.T, f Format, data []byte) int64 {
	t.Helper()
	h, err := read(f, data)
	if err != nil {
		t.Fatal(err)
	}
	end := h.DataOffset
	for _, t := range h.Tensors {
		end = max(end, t.Offset+t.Size)
	}
	return end
}

// farthest remembers how far reads went.
type farthest struct {
	r   io.ReaderAt
	end int64
	n   int
}

func (f *farthest) ReadAt(p []byte, off int64) (int, error) {
	f.n++
	n, err := f.r.ReadAt(p, off)
	f.end = max(f.end, off+int64(n))
	return n, err
}

// checkError checks what holds for every error.
func checkError(t testing.TB, err error, size int64) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%T is not *Error: %v", err, err)
	}
	if e.Offset < 0 || e.Offset > size {
		t.Fatalf("%v: byte %d of %d", err, e.Offset, size)
	}
	for _, sentinel := range []error{ErrMalformed, ErrTruncated, ErrUnsupported, ErrLimit} {
		if errors.Is(err, sentinel) {
			return
		}
	}
	t.Fatalf("%v wraps no sentinel", err)
}

// A read that fails is passed on.
func TestReadError(t *testing.T) {
	for _, f := range All() {
		h, err := f.Read(broken{}, 1000)
		var e *Error
		if h != nil || !errors.Is(err, errBroken) || !errors.As(err, &e) || e.Offset != 0 {
			t.Errorf("%s: %v, %v", f.Name(), h, err)
		}
	}
}

var errBroken = errors.New("broken")

type broken struct{}

func (broken) ReadAt([]byte, int64) (int, error) { return 0, errBroken }

// The tensor data of a large file is not read, and neither are arrays of numbers.
func TestReadsLittle(t *testing.T) {
	const huge = 1 << 40
	r := &farthest{r: &sparse{head: safetensorsFile(fmt.Sprintf(`{"a":{"dtype":"U8","shape":[%d],"data_offsets":[0,%d]}}`, huge, huge), 0)}}
	head := int64(len(r.r.(*sparse).head))
	h, err := safetensors{}.Read(r, head+huge)
	if err != nil || h.Tensors[0].Size != huge || r.n > 2 || r.end > minWindow+8 {
		t.Errorf("safetensors: %v, %v, %d reads up to %d", h, err, r.n, r.end)
	}

	w := newGGUF(1, 2).key("scores", 9).u32(6).u64(100 << 20)
	front := len(w.b)
	w.key("k", 4).u32(7).tensor("a", 24, 0, huge).pad(32)
	r = &farthest{r: &sparse{head: w.b[:front], gap: 400 << 20, tail: w.b[front:]}}
	h, err = gguf{}.Read(r, int64(len(w.b))+400<<20+huge)
	if err != nil || h.Tensors[0].Size != huge || r.n > 3 || h.Metadata[1].Int != 7 {
		t.Errorf("gguf: %v, %v, %d reads", h, err, r.n)
	}
}

// sparse is a head, a gap of zeros, a tail, and zeros without end.
type sparse struct {
	head, tail []byte
	gap        int64
}

func (s *sparse) ReadAt(p []byte, off int64) (int, error) {
	clear(p)
	if off < int64(len(s.head)) {
		copy(p, s.head[off:])
	}
	from := int64(len(s.head)) + s.gap
	if off+int64(len(p)) > from && off < from+int64(len(s.tail)) {
		copy(p[max(0, from-off):], s.tail[max(0, off-from):])
	}
	return len(p), nil
}
