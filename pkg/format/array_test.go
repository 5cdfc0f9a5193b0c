package format

import (
	"bytes"
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"
)

// An array can be asked for another type, be read from another file than it was
// found in, or be made by hand: each gives an error and no panic.
func TestHostileArray(t *testing.T) {
	data := newGGUF(0, 0).u64(1 << 62).zeros(100).b
	tests := map[string]struct {
		array *Array
		err   error
	}{
		"zero":              {&Array{Len: 1}, ErrUnsupported},
		"no width":          {&Array{Items: TypeInt, Len: 1, Offset: 0, Size: 8}, ErrUnsupported},
		"arrays":            {&Array{Items: TypeArray, Len: 1, Offset: 0, Size: 8}, ErrUnsupported},
		"odd width":         {&Array{Items: TypeInt, Len: 1, Offset: 0, Size: 8, width: 3}, ErrUnsupported},
		"items beyond size": {&Array{Items: TypeInt, Len: 3, Offset: 0, Size: 8, width: 4}, ErrMalformed},
		"beyond the file":   {&Array{Items: TypeInt, Len: 3, Offset: 1000, Size: 12, width: 4}, ErrTruncated},
		"long string":       {&Array{Items: TypeString, Len: 1, Offset: 24, Size: 100}, ErrMalformed},
		"negative offset":   {&Array{Items: TypeInt, Len: 1, Offset: -8, Size: 8, width: 8}, ErrLimit},
		"negative size":     {&Array{Items: TypeInt, Len: 1, Offset: 8, Size: -8, width: 8}, ErrLimit},
		"huge":              {&Array{Items: TypeFloat, Len: math.MaxInt64, Offset: math.MaxInt64, Size: math.MaxInt64, width: 8}, ErrLimit},
		"boolean 2":         {&Array{Items: TypeBool, Len: 4, Offset: 0, Size: 4, width: 1}, ErrMalformed},
		"u64 too large":     {&Array{Items: TypeUint, Len: 1, Offset: 32, Size: 8, width: 8}, nil},
	}
	for name, test := range tests {
		r := bytes.NewReader(data)
		var errs []error
		for _, err := range test.array.Strings(r) {
			errs = append(errs, err)
		}
		for _, err := range test.array.Ints(r) {
			errs = append(errs, err)
		}
		for _, err := range test.array.Floats(r) {
			errs = append(errs, err)
		}
		found := test.err == nil
		for _, err := range errs {
			if err != nil {
				found = found || errors.Is(err, test.err)
				checkError(t, err, max(0, test.array.Offset+test.array.Size))
			}
		}
		if !found {
			t.Errorf("%s: %v, want %v", name, errs, test.err)
		}
	}
}

func TestArrayUnsignedRange(t *testing.T) {
	data := newGGUF(0, 0).u64(math.MaxInt64).u64(1 << 63).b
	a := &Array{Items: TypeUint, Len: 2, Offset: 24, Size: 16, width: 8}
	var got []int64
	var last error
	for n, err := range a.Ints(bytes.NewReader(data)) {
		got, last = append(got, n), err
	}
	if len(got) != 2 || got[0] != math.MaxInt64 || !errors.Is(last, ErrLimit) {
		t.Errorf("got %v, %v", got, last)
	}
}

// A consumer that stops gets no further item and no error.
func TestArrayStop(t *testing.T) {
	a := &Array{Items: TypeBool, Len: 4, Size: 4, width: 1}
	n := 0
	for range a.Ints(strings.NewReader("\x01\x01\x02\x01")) {
		if n++; n == 2 {
			break
		}
	}
	if n != 2 {
		t.Errorf("%d items", n)
	}
}

// A vocabulary is read with a bounded window.
func TestArrayMemory(t *testing.T) {
	data := manyGGUF(1_000_000, 0)
	h, err := read(gguf{}, data)
	if err != nil {
		t.Fatal(err)
	}
	types, _ := h.Lookup("tokenizer.ggml.token_type")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	n := int64(0)
	for v, err := range types.Array.Ints(bytes.NewReader(data)) {
		if err != nil {
			t.Fatal(err)
		}
		n += v
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 4<<20 || n != 1_000_000 {
		t.Errorf("%d bytes allocated, sum %d", got, n)
	}
	tokens, _ := h.Lookup("tokenizer.ggml.tokens")
	if list := collect(t, tokens.Array.Strings(bytes.NewReader(data))); len(list) != 1_000_000 || list[999_999] != "token999999" {
		t.Errorf("%d tokens", len(list))
	}
}
