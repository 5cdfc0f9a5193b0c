package format

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzRead reads each input with every format and checks what a reader promises
// about headers and errors.
func FuzzRead(f *testing.F) {
	for _, files := range valid() {
		for _, data := range files {
			f.Add(data)
		}
	}
	for _, test := range hostileSafetensors() {
		if len(test.file) < 4096 {
			f.Add(test.file)
		}
	}
	for _, test := range hostileGGUF() {
		if len(test.file) < 4096 {
			f.Add(test.file)
		}
	}
	for _, test := range hostileONNX() {
		if len(test.file) < 4096 {
			f.Add(test.file)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, format := range All() {
			h, err := read(format, data)
			if (h == nil) == (err == nil) {
				t.Fatalf("%s: header %v, error %v", format.Name(), h, err)
			}
			if err != nil {
				checkError(t, err, int64(len(data)))
				continue
			}
			checkHeader(t, format, h, data)
		}
		Identify("model.bin", int64(len(data)), data[:min(len(data), HeadSize)])
	})
}

// checkHeader checks what holds for every header.
func checkHeader(t *testing.T, f Format, h *Header, data []byte) {
	t.Helper()
	size := int64(len(data))
	if h.Format != f.Name() || h.DataOffset < 0 || h.DataOffset > size || len(h.Notes) > MaxNotes+1 {
		t.Fatalf("format %q, data at %d of %d, %d notes", h.Format, h.DataOffset, size, len(h.Notes))
	}
	if !slices.IsSortedFunc(h.Tensors, byOffset) {
		t.Fatalf("tensors are not sorted: %v", h.Tensors)
	}
	names := make(map[string]bool)
	for _, name := range h.Unread {
		if names[name] {
			t.Fatalf("tensor %q is there twice", name)
		}
		names[name] = true
	}
	if len(h.Unread) > 0 && len(h.Notes) == 0 {
		t.Fatalf("%q are unread and nothing is noted", h.Unread)
	}
	end := h.DataOffset
	for _, tensor := range h.Tensors {
		if names[tensor.Name] {
			t.Fatalf("tensor %q is there twice", tensor.Name)
		}
		names[tensor.Name] = true
		switch l := tensor.Layout; {
		case l != nil && l.Group != nil: // FuzzTFJS gives it a place
		case l != nil && l.Segments != nil:
			checkSegments(t, h, tensor, size)
		default:
			if tensor.Size < 0 || tensor.Offset < h.DataOffset || tensor.Offset+tensor.Size > size {
				t.Fatalf("%v lies outside %d to %d", tensor, h.DataOffset, size)
			}
			if tensor.Size > 0 && tensor.Offset < end && f.Name() != "pytorch" { // tensors of one storage overlap
				t.Fatalf("%v begins before %d", tensor, end)
			}
			end = max(end, tensor.Offset+tensor.Size)
		}
		n := tensor.Elements()
		if n < 0 || tensor.DType == "" || len(tensor.Shape) > MaxRank || !utf8.ValidString(tensor.Name) {
			t.Fatalf("%v has %d elements", tensor, n)
		}
		plain := tensor.Layout == nil || !tensor.Layout.Varint && tensor.Layout.Strides == nil
		if want, ok := tensor.DType.Size(n); ok && plain && want != tensor.Size {
			t.Fatalf("%v has %d bytes, want %d", tensor, tensor.Size, want)
		}
		if _, _, known := tensor.DType.Block(); !known && len(h.Notes) == 0 {
			t.Fatalf("%v is of an unknown type and nothing is noted", tensor)
		}
	}
	checkMetadata(t, h, data)
	SplitOf(h)
}

// checkSegments checks a tensor that lies in segments.
func checkSegments(t *testing.T, h *Header, tensor Tensor, size int64) {
	t.Helper()
	var sum int64
	for _, s := range tensor.Layout.Segments {
		switch {
		case s.Offset < 0 || s.Size < 0 || s.Offset > maxFile || s.Size > maxFile:
			t.Fatalf("%v has the segment %v", tensor, s)
		case s.File == "" && (s.Offset < h.DataOffset || s.Offset+s.Size > size):
			t.Fatalf("%v lies outside %d to %d", tensor, h.DataOffset, size)
		case s.File != "" && CheckShardPath(s.File) != nil:
			t.Fatalf("%v lies in %q", tensor, s.File)
		}
		sum += s.Size
	}
	if tensor.Offset != 0 || sum != tensor.Size {
		t.Fatalf("%v has segments of %d bytes", tensor, sum)
	}
}

func checkMetadata(t *testing.T, h *Header, data []byte) {
	t.Helper()
	keys := make(map[string]bool)
	for _, e := range h.Metadata {
		if keys[e.Key] {
			t.Fatalf("key %q is there twice", e.Key)
		}
		keys[e.Key] = true
		if (e.Type == TypeArray) != (e.Array != nil) || e.Type == "" {
			t.Fatalf("%+v", e)
		}
		if e.Array != nil {
			checkArray(t, e.Array, data, true)
		}
	}
}

// checkArray reads an array in every way. An array that a reader found holds
// what it says.
func checkArray(t *testing.T, a *Array, data []byte, found bool) {
	t.Helper()
	if found && (a.Offset < 0 || a.Size < 0 || a.Len < 0 || a.Offset+a.Size > int64(len(data))) {
		t.Fatalf("%+v lies outside %d bytes", a, len(data))
	}
	var n int64
	for range a.Strings(bytes.NewReader(data)) {
		n++
	}
	if found && a.Items == TypeString && n != a.Len {
		t.Fatalf("%+v has %d strings", a, n)
	}
	n = 0
	for v, err := range a.Ints(bytes.NewReader(data)) {
		if err != nil {
			checkError(t, err, max(0, a.Offset+a.Size))
			n = a.Len
			break
		}
		if a.Items == TypeBool && v != 0 && v != 1 {
			t.Fatalf("%+v has the boolean %d", a, v)
		}
		n++
	}
	if found && (a.Items == TypeInt || a.Items == TypeUint) && n != a.Len {
		t.Fatalf("%+v has %d integers", a, n)
	}
	n = 0
	for range a.Floats(bytes.NewReader(data)) {
		n++
	}
	if found && a.Items == TypeFloat && n != a.Len {
		t.Fatalf("%+v has %d numbers", a, n)
	}
}

// FuzzArray reads arrays that no reader found.
func FuzzArray(f *testing.F) {
	data := allValues(binary.LittleEndian)
	h, err := read(gguf{}, data)
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range h.Metadata {
		if a := e.Array; a != nil {
			f.Add(data, string(a.Items), a.Len, a.Offset, a.Size, a.width, false)
			f.Add(data, string(a.Items), a.Len+1, a.Offset, a.Size, a.width, true)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, items string, length, offset, size int64, width int, big bool) {
		a := &Array{Items: ValueType(items), Len: length, Offset: offset, Size: size, width: width, bigEndian: big}
		checkArray(t, a, data, false)
	})
}

// FuzzIndex reads index files. What is accepted must be JSON for the standard
// library too, with the same entries.
func FuzzIndex(f *testing.F) {
	f.Add(indexFile)
	f.Add(`{"metadata":{"total_size":12.0},"weight_map":{"a":"b","\u0061\n":"..\\b"}}`)
	f.Add(`{"metadata":null,"weight_map":{},"x":[{"y":-1.5e+3},{},[],true,"\ud83d\ude00"]}`)
	f.Fuzz(func(t *testing.T, text string) {
		x, err := ReadIndex(strings.NewReader(text))
		if (x == nil) == (err == nil) {
			t.Fatalf("index %v, error %v", x, err)
		}
		if err != nil {
			checkError(t, err, int64(len(text)))
			return
		}
		var std struct {
			WeightMap map[string]string `json:"weight_map"`
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &members); err != nil {
			t.Fatalf("accepted, but: %v", err)
		}
		if err := json.Unmarshal(members["weight_map"], &std.WeightMap); err != nil {
			t.Fatalf("accepted, but: %v", err)
		}
		compareIndex(t, x, std.WeightMap)
	})
}

func compareIndex(t *testing.T, x *Index, want map[string]string) {
	t.Helper()
	n := len(x.Weights)
	for _, p := range x.Problems {
		if p.Member == "weight_map" {
			n++
		}
	}
	if n != len(want) {
		t.Fatalf("%d entries and %v, want %d", len(x.Weights), x.Problems, len(want))
	}
	for _, w := range x.Weights {
		if want[w.Tensor] != w.File || CheckShardPath(w.File) != nil {
			t.Fatalf("%q is in %q, want %q", w.Tensor, w.File, want[w.Tensor])
		}
		if file, ok := x.File(w.Tensor); !ok || file != w.File {
			t.Fatalf("%q is not found", w.Tensor)
		}
	}
}

// FuzzJSON compares which values the scanner passes over with what the standard
// library calls valid, apart from what only the scanner refuses.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{}`, `[1,-2.5e3,null,{"x":[true,false]}]`, `"\u00e9\ud83d\ude00\n"`, `01`, `[,]`, `{"a":}`, `1e`, `-`, ` 0.0 `, "\"\x7f\"", `[[]`, `{"a":1,}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := scanner{cursor: newCursor("json", strings.NewReader(text), int64(len(text)))}
		s.skip()
		got := !s.space() && s.err == nil
		want := json.Valid([]byte(text))
		if got && !want {
			t.Fatalf("%q is accepted", text)
		}
		stricter := s.err != nil && (s.err.Err == ErrLimit || strings.Contains(s.err.Detail, "surrogate") || strings.Contains(s.err.Detail, "UTF-8"))
		if want && !got && !stricter {
			t.Fatalf("%q is refused: %v", text, s.err)
		}
	})
}
