package format

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var ignoreArray = cmpopts.IgnoreUnexported(Array{})

func TestSafetensors(t *testing.T) {
	files := validSafetensors()
	twoHeader := int64(len(files["two"]) - 28)
	zeroHeader := int64(len(files["zero-sized"]) - 9)
	smallHeader := int64(len(files["small types"]) - 16)
	tests := map[string]*Header{
		"empty": {Format: "safetensors", DataOffset: 10},
		"two": {
			Format: "safetensors",
			Tensors: []Tensor{
				{Name: "a", DType: "BF16", Shape: []uint64{2}, Offset: twoHeader, Size: 4},
				{Name: "b", DType: "F32", Shape: []uint64{2, 3}, Offset: twoHeader + 4, Size: 24},
			},
			Metadata: []Entry{
				{Key: "format", Type: TypeString, Text: "pt"},
				{Key: "note", Type: TypeString, Text: "a\u00e9\U0001F600\n"},
			},
			DataOffset: twoHeader,
		},
		"zero-sized": {
			Format: "safetensors",
			Tensors: []Tensor{
				{Name: "y", DType: "U8", Offset: zeroHeader, Size: 1},
				{Name: "z", DType: "F16", Shape: []uint64{0, 7}, Offset: zeroHeader},
				{Name: "w", DType: "F64", Shape: []uint64{1}, Offset: zeroHeader + 1, Size: 8},
				{Name: "x", DType: "U8", Shape: []uint64{0}, Offset: zeroHeader + 1},
			},
			DataOffset: zeroHeader,
		},
		"small types": {
			Format: "safetensors",
			Tensors: []Tensor{
				{Name: "a", DType: "F4", Shape: []uint64{2, 2}, Offset: smallHeader, Size: 2},
				{Name: "b", DType: "F6_E2M3", Shape: []uint64{4}, Offset: smallHeader + 2, Size: 3},
				{Name: "c", DType: "F8_E8M0", Shape: []uint64{3}, Offset: smallHeader + 5, Size: 3},
				{Name: "d", DType: "C64", Shape: []uint64{1}, Offset: smallHeader + 8, Size: 8},
			},
			DataOffset: smallHeader,
		},
		"unknown dtype": {
			Format:     "safetensors",
			Tensors:    []Tensor{{Name: "a", DType: "F3_X", Shape: []uint64{8}, Offset: 63, Size: 3}},
			DataOffset: 63,
			Notes:      []Note{{14, `dtype "F3_X" of tensor "a" is not in the specification`}},
		},
		"unknown field": {
			Format:     "safetensors",
			Tensors:    []Tensor{{Name: "a", DType: "U8", Shape: []uint64{3}, Offset: 100, Size: 3}},
			DataOffset: 100,
			Notes:      []Note{{27, `tensor "a" has a field "extra" that the specification does not name`}},
		},
	}
	for name, want := range tests {
		got, err := read(safetensors{}, files[name])
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
	if len(tests) != len(files) {
		t.Errorf("%d tests for %d files", len(tests), len(files))
	}
}

func TestGGUFValues(t *testing.T) {
	want := []Entry{
		{Key: "u8", Type: TypeUint, Int: 200, Uint: 200},
		{Key: "i8", Type: TypeInt, Int: -2},
		{Key: "u16", Type: TypeUint, Int: 65000, Uint: 65000},
		{Key: "i16", Type: TypeInt, Int: -2},
		{Key: "u32", Type: TypeUint, Int: 4e9, Uint: 4e9},
		{Key: "i32", Type: TypeInt, Int: -2},
		{Key: "f32", Type: TypeFloat, Float: 1.5},
		{Key: "bool", Type: TypeBool, Int: 1},
		{Key: "string", Type: TypeString, Text: "h\u00e9llo"},
		{Key: "empty", Type: TypeString},
		{Key: "u64", Type: TypeUint, Uint: 1 << 63},
		{Key: "i64", Type: TypeInt, Int: -1},
		{Key: "f64", Type: TypeFloat, Float: -2.25},
		{Key: "strings", Type: TypeArray, Array: &Array{Items: TypeString, Len: 3, Size: 8 + 1 + 8 + 8 + 2}},
		{Key: "i16s", Type: TypeArray, Array: &Array{Items: TypeInt, Len: 3, Size: 6}},
		{Key: "f32s", Type: TypeArray, Array: &Array{Items: TypeFloat, Len: 2, Size: 8}},
		{Key: "bools", Type: TypeArray, Array: &Array{Items: TypeBool, Len: 2, Size: 2}},
	}
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		data := allValues(order)
		h, err := read(gguf{}, data)
		if err != nil {
			t.Fatalf("%v: %v", order, err)
		}
		if h.Version != "3" || h.BigEndian != (order == binary.BigEndian) {
			t.Errorf("%v: version %s, big-endian %t", order, h.Version, h.BigEndian)
		}
		if diff := cmp.Diff(want, h.Metadata, ignoreArray, cmpopts.IgnoreFields(Array{}, "Offset")); diff != "" {
			t.Errorf("%v: -want +got\n%s", order, diff)
		}
		start := int64(len(data) - 256)
		tensors := []Tensor{
			{Name: "blk.0.attn_q.weight", DType: "Q8_0", Shape: []uint64{3, 64}, Offset: start, Size: 204},
			{Name: "norm", DType: "F32", Shape: []uint64{5}, Offset: start + 224, Size: 20},
		}
		if diff := cmp.Diff(tensors, h.Tensors); diff != "" || h.DataOffset != start || h.Notes != nil {
			t.Errorf("%v: data at %d, want %d; notes %v; -want +got\n%s", order, h.DataOffset, start, h.Notes, diff)
		}
		checkArrays(t, h, data)
	}
}

// checkArrays compares the items of the arrays of allValues.
func checkArrays(t *testing.T, h *Header, data []byte) {
	t.Helper()
	r := bytes.NewReader(data)
	array := func(key string) *Array { e, _ := h.Lookup(key); return e.Array }
	got := fmt.Sprintf("%q %v %v %v",
		collect(t, array("strings").Strings(r)), collect(t, array("i16s").Ints(r)),
		collect(t, array("f32s").Floats(r)), collect(t, array("bools").Ints(r)))
	if want := `["a" "" "é"] [1 -1 300] [0.5 -8] [1 0]`; got != want {
		t.Errorf("arrays are %s, want %s", got, want)
	}
}

func collect[T any](t *testing.T, seq func(func(T, error) bool)) []T {
	t.Helper()
	var list []T
	for v, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	return list
}

func TestGGUFLayout(t *testing.T) {
	files := validGGUF()
	h, err := read(gguf{}, files["no last pad"])
	if err != nil {
		t.Fatal(err)
	}
	// 256 x 2 elements of Q4_K are 2 blocks of 144 bytes, padded from 288 to 320.
	start := int64(len(files["no last pad"]) - 332)
	want := []Tensor{
		{Name: "q", DType: "Q4_K", Shape: []uint64{2, 256}, Offset: start, Size: 288},
		{Name: "n", DType: "F32", Shape: []uint64{3}, Offset: start + 320, Size: 12},
	}
	if diff := cmp.Diff(want, h.Tensors); diff != "" || start%64 != 0 {
		t.Errorf("data at %d, -want +got\n%s", start, diff)
	}

	h, err = read(gguf{}, files["unknown type"])
	if err != nil {
		t.Fatal(err)
	}
	start = h.DataOffset
	want = []Tensor{
		{Name: "a", DType: "UNKNOWN_99", Shape: []uint64{8}, Offset: start, Size: 64},
		{Name: "b", DType: "Q4_0_4_4", Shape: []uint64{32}, Offset: start + 64, Size: 32},
		{Name: "c", DType: "F32", Shape: []uint64{1}, Offset: start + 96, Size: 4},
	}
	if diff := cmp.Diff(want, h.Tensors); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if len(h.Notes) != 2 || !strings.Contains(h.Notes[0].Text, "unknown type 99") || !strings.Contains(h.Notes[1].Text, "obsolete type 31") {
		t.Errorf("notes are %v", h.Notes)
	}
}

// A header that ends on an aligned byte is followed by the data at once.
func TestGGUFAlignedHeader(t *testing.T) {
	for n := range 64 {
		w := newGGUF(1, 1).key("k", 8).str(strings.Repeat("x", n)).tensor("a", 24, 0, 1)
		want := int64((len(w.b) + 31) / 32 * 32)
		h, err := read(gguf{}, w.pad(32).zeros(1).b)
		if err != nil {
			t.Fatal(err)
		}
		if h.DataOffset != want || h.Tensors[0].Offset != want {
			t.Errorf("%d: data at %d, tensor at %d, want %d", n, h.DataOffset, h.Tensors[0].Offset, want)
		}
	}
}

func TestGGUFNotes(t *testing.T) {
	long := strings.Repeat("n", 64)
	tests := map[string]struct {
		file []byte
		want string
	}{
		"long name":           {newGGUF(1, 0).tensor(long, 0, 0).pad(32).zeros(4).b, "64 bytes, ggml reads at most 63"},
		"alignment 4":         {newGGUF(0, 1).key("general.alignment", 4).u32(4).b, "no multiple of 8"},
		"trailing bytes":      {newGGUF(1, 0).tensor("a", 0, 0).pad(32).zeros(33).b, "1 bytes after the last tensor"},
		"value not UTF-8":     {newGGUF(0, 1).key("k", 8).str("\xff").b, `the value of "k" is not UTF-8`},
		"unknown type last":   {newGGUF(1, 0).tensor("a", 43, 0, 8).pad(32).zeros(50).b, "unknown type 43"},
		"obsolete type":       {newGGUF(1, 0).tensor("a", 4, 0, 8).pad(32).zeros(50).b, "obsolete type 4 (Q4_2)"},
		"nothing, no tensors": {newGGUF(0, 1).key("k", 8).str("abc").zeros(1).b, ""},
	}
	for name, test := range tests {
		h, err := read(gguf{}, test.file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if test.want == "" {
			if h.Notes != nil {
				t.Errorf("%s: notes %v", name, h.Notes)
			}
		} else if len(h.Notes) != 1 || !strings.Contains(h.Notes[0].Text, test.want) {
			t.Errorf("%s: notes %v, want %q", name, h.Notes, test.want)
		}
	}
}

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

func TestSplitOf(t *testing.T) {
	u := func(key string, n uint64) Entry { return Entry{Key: key, Type: TypeUint, Int: int64(n), Uint: n} }
	tests := []struct {
		entries   []Entry
		no, count int
		ok        bool
	}{
		{[]Entry{u("split.no", 1), u("split.count", 3), {Key: "split.tensors.count", Type: TypeInt, Int: 9}}, 1, 3, true},
		{[]Entry{u("split.no", 0), u("split.count", 1)}, 0, 1, true},
		{[]Entry{u("split.no", 3), u("split.count", 3)}, 0, 0, false},
		{[]Entry{u("split.no", 0), u("split.count", 1<<40)}, 0, 0, false},
		{[]Entry{u("split.no", 0), u("split.count", math.MaxUint64)}, 0, 0, false},
		{[]Entry{u("split.no", 1), u("split.count", 3), {Key: "split.tensors.count", Type: TypeInt, Int: 1}}, 0, 0, false},
		{[]Entry{{Key: "split.no", Type: TypeString, Text: "1"}, u("split.count", 3)}, 0, 0, false},
		{[]Entry{{Key: "split.no", Type: TypeInt, Int: -1}, u("split.count", 3)}, 0, 0, false},
		{nil, 0, 0, false},
	}
	for i, test := range tests {
		no, count, ok := SplitOf(&Header{Metadata: test.entries, Tensors: make([]Tensor, 2)})
		if no != test.no || count != test.count || ok != test.ok {
			t.Errorf("%d: got %d, %d, %t", i, no, count, ok)
		}
	}
}

func TestShardOf(t *testing.T) {
	tests := []struct {
		name, stem string
		no, count  int
	}{
		{"model-00001-of-00005.safetensors", "model", 1, 5},
		{"pytorch_model-00002-of-00002.bin", "pytorch_model", 2, 2},
		{"Qwen-7B-Q4_K_M-00003-of-00010.gguf", "Qwen-7B-Q4_K_M", 3, 10},
		{"model-00001-of-000163.safetensors", "model", 1, 163},
		{"model.fp16-00001-of-00002.safetensors", "model.fp16", 1, 2},
		{"model-00001-of-00002.fp16.safetensors", "model.fp16", 1, 2},
		{"pytorch_model_00001-of-00008.bin", "pytorch_model", 1, 8},
		{"a-of-b-1-of-2.bin", "a-of-b", 1, 2},
		{"model.safetensors", "", 0, 0},
		{"model-00000-of-00002.safetensors", "", 0, 0},
		{"model-00003-of-00002.safetensors", "", 0, 0},
		{"model-00001-of-0000x.safetensors", "", 0, 0},
		{"model--1-of-00002.safetensors", "", 0, 0},
		{"model-0000001-of-2.safetensors", "", 0, 0},
		{"-00001-of-00002.safetensors", "", 0, 0},
		{"00001-of-00002.safetensors", "", 0, 0},
		{"model-00001-of-00002.txt", "", 0, 0},
		{"", "", 0, 0},
	}
	for _, test := range tests {
		stem, no, count, ok := ShardOf(test.name)
		if test.name == "model--1-of-00002.safetensors" {
			test.stem, test.no, test.count = "model-", 1, 2
		}
		if stem != test.stem || no != test.no || count != test.count || ok != (test.count > 0) {
			t.Errorf("%q: got %q, %d, %d, %t", test.name, stem, no, count, ok)
		}
	}
}

func TestDType(t *testing.T) {
	// Elements and bytes of a block: safetensors' bit sizes, and the tables of
	// ggml-common.h and of the gguf package for Python.
	tests := map[DType][2]int64{
		"F32": {1, 4}, "F16": {1, 2}, "BF16": {1, 2}, "F64": {1, 8}, "F4": {2, 1}, "F6_E2M3": {4, 3}, "F6_E3M2": {4, 3},
		"F8_E4M3": {1, 1}, "F8_E5M2": {1, 1}, "F8_E8M0": {1, 1}, "F8_E4M3FNUZ": {1, 1}, "F8_E5M2FNUZ": {1, 1},
		"C64": {1, 8}, "BOOL": {1, 1}, "U16": {1, 2}, "U64": {1, 8},
		"Q4_0": {32, 18}, "Q4_1": {32, 20}, "Q5_0": {32, 22}, "Q5_1": {32, 24}, "Q8_0": {32, 34}, "Q8_1": {32, 36},
		"Q2_K": {256, 84}, "Q3_K": {256, 110}, "Q4_K": {256, 144}, "Q5_K": {256, 176}, "Q6_K": {256, 210}, "Q8_K": {256, 292},
		"IQ2_XXS": {256, 66}, "IQ2_XS": {256, 74}, "IQ3_XXS": {256, 98}, "IQ1_S": {256, 50}, "IQ4_NL": {32, 18},
		"IQ3_S": {256, 110}, "IQ2_S": {256, 82}, "IQ4_XS": {256, 136}, "IQ1_M": {256, 56}, "TQ1_0": {256, 54}, "TQ2_0": {256, 66},
		"MXFP4": {32, 17}, "NVFP4": {64, 36}, "Q1_0": {128, 18}, "Q2_0": {64, 18},
	}
	for d, want := range tests {
		if elements, size, ok := d.Block(); !ok || elements != want[0] || size != want[1] {
			t.Errorf("%s: %d, %d, %t, want %v", d, elements, size, ok, want)
		}
		if n, ok := d.Size(512); !ok || n != 512/want[0]*want[1] {
			t.Errorf("%s: 512 elements have %d bytes", d, n)
		}
	}
	if _, _, ok := DType("f32").Block(); ok {
		t.Error("f32 is known")
	}
	for d, n := range map[DType]int64{"Q4_K": 255, "F4": 3, "F6_E2M3": 2, "F64": 1 << 61, "F32": -4, "X": 1} {
		if size, ok := d.Size(n); ok {
			t.Errorf("%d elements of %s have %d bytes", n, d, size)
		}
	}
	floats, quantized := []DType{}, 0
	for d := range dtypes {
		if d.Float() {
			floats = append(floats, d)
		}
		if d.Quantized() {
			quantized++
		}
	}
	slices.Sort(floats)
	if got := fmt.Sprint(floats); got != "[BF16 F16 F32 F4 F64 F6_E2M3 F6_E3M2 F8_E4M3 F8_E4M3FNUZ F8_E5M2 F8_E5M2FNUZ F8_E8M0]" || quantized != 27 {
		t.Errorf("floats are %s, %d are quantized", got, quantized)
	}
	obsolete := 0
	for id, d := range ggmlTypes {
		if _, _, ok := d.Block(); !ok {
			obsolete++
		}
		if d == "" {
			t.Errorf("type %d has no name", id)
		}
	}
	if obsolete != 8 || len(ggmlTypes) != 43 {
		t.Errorf("%d of %d types are obsolete", obsolete, len(ggmlTypes))
	}
}
