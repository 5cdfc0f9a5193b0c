package format

import (
	"bytes"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelbom/modelbom/fixtures"
)

// Every hostile pickle and archive is recognised, read to an end in bounded time
// and memory, and tells what it would run and what is wrong with it.
func TestTorchHostile(t *testing.T) {
	n := 0
	for _, f := range fixtures.Pickles() {
		n++
		t.Run(f.Name, func(t *testing.T) {
			id, format := Identify(f.File, int64(len(f.Data)), f.Data[:min(len(f.Data), HeadSize)])
			if format == nil {
				t.Fatalf("identified as %q", id)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begin := time.Now()
			h, err := read(format, f.Data)
			if took := time.Since(begin); took > time.Minute {
				t.Errorf("took %v", took)
			}
			runtime.ReadMemStats(&after)
			if total := after.TotalAlloc - before.TotalAlloc; total > 1500<<20 {
				t.Errorf("%d MB allocated", total>>20)
			}
			checkHostile(t, f, h, err)
		})
	}
	if n < 40 {
		t.Errorf("%d hostile files", n)
	}
}

func checkHostile(t *testing.T, f fixtures.Pickle, h *Header, err error) {
	t.Helper()
	var code []Code
	var e *Error
	switch {
	case errors.As(err, &e):
		checkError(t, err, int64(len(f.Data)))
		code = e.Code
	case err != nil || h == nil:
		t.Fatalf("header %v, error %v", h, err)
	default:
		checkTorch(t, h, int64(len(f.Data)))
		code = h.Code
	}
	checkCode(t, code, int64(len(f.Data)))
	for _, name := range f.Names {
		if !slices.ContainsFunc(code, func(c Code) bool { return c.Kind != CodeAnomaly && c.Name == clean(name) }) {
			t.Errorf("%q is not among %d codes, error %v", name, len(code), err)
		}
	}
	told := err != nil && strings.Contains(err.Error(), f.Tells) ||
		slices.ContainsFunc(code, func(c Code) bool { return c.Kind == CodeAnomaly && strings.Contains(c.Name, f.Tells) })
	if f.Tells != "" && !told {
		t.Errorf("nobody tells %q: error %v, codes %+v", f.Tells, err, code)
	}
	if len(f.Names) == 0 && f.Tells == "" && err == nil && !slices.ContainsFunc(code, func(c Code) bool { return c.Kind == CodeAnomaly }) {
		t.Errorf("nothing is told: %+v", code)
	}
}

// Tensors and code of a file that this package's tests write, against what was
// written.
func TestTorchZip(t *testing.T) {
	data := torchArchive(torchMembers(torchState()))
	h, err := read(torch{}, data)
	if err != nil {
		t.Fatal(err)
	}
	first := int64(bytes.Index(data, []byte(strings.Repeat("\x01", 24))))
	second := int64(bytes.Index(data, []byte(strings.Repeat("\x02", 16))))
	want := []Tensor{
		{Name: "w", DType: "F32", Shape: []uint64{2, 3}, Offset: first, Size: 24},
		{Name: "w.t", DType: "F32", Shape: []uint64{3, 2}, Offset: first, Size: 24, Layout: &Layout{Strides: []int64{1, 3}}},
		{Name: "b", DType: "F32", Shape: []uint64{3}, Offset: second + 4, Size: 12},
	}
	if len(h.Tensors) != len(want) {
		t.Fatalf("%+v", h.Tensors)
	}
	for i, w := range want {
		g := h.Tensors[i]
		if g.Name != w.Name || g.DType != w.DType || !equalShape(g.Shape, w.Shape) || g.Offset != w.Offset || g.Size != w.Size ||
			(g.Layout == nil) != (w.Layout == nil) || g.Layout != nil && !slices.Equal(g.Layout.Strides, w.Layout.Strides) {
			t.Errorf("%+v, want %+v", g, w)
		}
	}
	if h.Version != "zip" || h.DataOffset != first || h.BigEndian || len(h.Notes) != 0 || len(h.Code) == 0 {
		t.Errorf("%+v", h)
	}
	for _, c := range h.Code {
		if !strings.HasPrefix(c.Detail, WeightsOnly) {
			t.Errorf("%+v is not allowed by weights_only", c)
		}
	}
	for key, value := range map[string]string{"torch.version": "3", "torch.byteorder": "little", "pickle.protocol": "2"} {
		if e, _ := h.Lookup(key); e.Text != value {
			t.Errorf("%s is %q", key, e.Text)
		}
	}
}

// A byte order, a storage that nothing uses, and equal names.
func TestTorchFacts(t *testing.T) {
	w := new(torchWriter)
	w.op("\x80\x02}(").text("a.b").tensor("0", 6, 0, []int64{6}, []int64{1})
	w.text("a").op("}(").text("b").tensor("0", 6, 1, []int64{2}, []int64{1}).op("u").op("u.")
	members := torchMembers(w.String())
	members[1].data = "big"
	h, err := read(torch{}, torchArchive(members))
	if err != nil {
		t.Fatal(err)
	}
	if !h.BigEndian || len(h.Tensors) != 2 || h.Tensors[0].Name != "a.b" || h.Tensors[1].Name != "a.b#2" {
		t.Errorf("%+v", h)
	}
	if len(h.Notes) != 1 || h.Notes[0].Text != `no tensor uses member "m/data/1" of 16 bytes` {
		t.Errorf("%+v", h.Notes)
	}
}

// A plain pickle with weights in it is an error that tells its code; another has
// a header that tells what it is.
func TestPlainPickle(t *testing.T) {
	tests := []struct {
		pickle string
		err    error
		tells  string
	}{
		{"\x80\x02}.", nil, "a pickle without tensors, which holds plain values"},
		{"cm\nC\n)R.", nil, `a pickle without tensors, which holds "m.C"`},
		{"cnumpy.core.multiarray\n_reconstruct\n)R.", ErrUnsupported, "NumPy arrays"},
		{"cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81Njunk", ErrUnsupported, "arrays of joblib"},
		{"ctorch.storage\n_load_from_bytes\n)R.", ErrUnsupported, "tensors of PyTorch"},
		{"\x80\x03B\x00\x00\x02\x00" + strings.Repeat("x", 2<<16) + ".", ErrUnsupported, "131072 bytes"},
		{"cm\nC\n)R", ErrTruncated, "pickle"},
	}
	for _, test := range tests {
		h, err := read(plainPickle{}, []byte(test.pickle))
		if !errors.Is(err, test.err) || (h == nil) != (err != nil) {
			t.Errorf("%.40q: %v, %v", test.pickle, h, err)
			continue
		}
		text := ""
		if err != nil {
			text = err.Error()
		} else if len(h.Notes) > 0 {
			text = h.Notes[0].Text
		}
		if !strings.Contains(text, test.tells) {
			t.Errorf("%.40q: %s", test.pickle, text)
		}
		if e := (*Error)(nil); errors.As(err, &e) && strings.Contains(test.pickle, "\n") && len(e.Code) == 0 {
			t.Errorf("%.40q: no code", test.pickle)
		}
	}
}

// A checkpoint of ten gigabytes costs a few reads and no memory to speak of.
func TestTorchLarge(t *testing.T) {
	const elements = 10 << 28
	w := new(torchWriter)
	w.op("\x80\x02}(").text("w").tensor("0", elements, 0, []int64{elements}, []int64{1}).op("u.")
	head := "\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}." + w.String() + "\x80\x02](X\x01\x00\x00\x000e."
	head += "\x00\x00\x00\xa0\x00\x00\x00\x00"
	r := &zeroFile{head: head, size: int64(len(head)) + 4*elements}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	h, err := torch{}.Read(r, r.size)
	runtime.ReadMemStats(&after)
	if err != nil || len(h.Tensors) != 1 || h.Tensors[0].Size != 4*elements || h.Tensors[0].Offset != int64(len(head)) {
		t.Fatalf("%+v, %v", h, err)
	}
	if total := after.TotalAlloc - before.TotalAlloc; total > 4<<20 || r.read > 4<<20 {
		t.Errorf("%d bytes allocated, %d read", total, r.read)
	}
}

// zeroFile is a large file of zeros after its head.
type zeroFile struct {
	head string
	size int64
	read int64
}

func (s *zeroFile) ReadAt(p []byte, off int64) (int, error) {
	p = p[:min(int64(len(p)), s.size-off)]
	clear(p)
	if off < int64(len(s.head)) {
		copy(p, s.head[off:])
	}
	s.read += int64(len(p))
	return len(p), nil
}

// FuzzTorch reads each input as a file of PyTorch and as a pickle.
func FuzzTorch(f *testing.F) {
	for _, files := range []map[string][]byte{validTorch(), validPickles()} {
		for _, data := range files {
			f.Add(data)
		}
	}
	for _, p := range fixtures.Pickles() {
		if len(p.Data) < 4096 {
			f.Add(p.Data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, format := range []Format{torch{}, plainPickle{}} {
			h, err := read(format, data)
			if (h == nil) == (err == nil) {
				t.Fatalf("header %v, error %v", h, err)
			}
			if err != nil {
				checkError(t, err, int64(len(data)))
				var e *Error
				errors.As(err, &e)
				checkCode(t, e.Code, int64(len(data)))
				continue
			}
			checkTorch(t, h, int64(len(data)))
			checkHeader(t, format, h, data)
		}
	})
}
