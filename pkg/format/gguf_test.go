package format

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var ignoreArray = cmpopts.IgnoreUnexported(Array{})

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
