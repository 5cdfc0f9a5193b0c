package format

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTorchReference compares the reader with PyTorch itself, on files that
// PyTorch writes in this run, and on those that MODELBOM_TORCH_FILES names, with
// colons between them. MODELBOM_TORCH_PYTHON names a Python interpreter with torch.
func TestTorchReference(t *testing.T) {
	python := os.Getenv("MODELBOM_TORCH_PYTHON")
	if python == "" {
		t.Log("NOT COMPARED with PyTorch: MODELBOM_TORCH_PYTHON names no interpreter")
		t.Skip("MODELBOM_TORCH_PYTHON is not set")
	}
	dir := t.TempDir()
	args := []string{"testdata/torch_write.py", dir}
	if files := os.Getenv("MODELBOM_TORCH_FILES"); files != "" {
		args = append(args, strings.Split(files, ":")...)
	}
	if out, err := exec.Command(python, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(dir, "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var truth struct {
		Torch string
		Files map[string][]torchTruth
	}
	if err := json.Unmarshal(text, &truth); err != nil {
		t.Fatal(err)
	}
	t.Logf("PyTorch %s, %d files", truth.Torch, len(truth.Files))
	for name, want := range truth.Files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			if !filepath.IsAbs(name) {
				name = filepath.Join(dir, name)
			}
			compareTorch(t, name, want)
		})
	}
}

// torchTruth is a tensor as PyTorch itself has it.
type torchTruth struct {
	Name  string
	DType DType
	Shape []uint64
	Data  string
}

func compareTorch(t *testing.T, path string, want []torchTruth) {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	h, err := read(torch{}, data)
	if err != nil {
		t.Fatal(err)
	}
	checkTorch(t, h, int64(len(data)))
	got := map[string]*Tensor{}
	parameters := int64(0)
	for i := range h.Tensors {
		got[h.Tensors[i].Name] = &h.Tensors[i]
		parameters += h.Tensors[i].Elements()
	}
	t.Logf("%s: %d tensors, %d elements, notes %v, unread %v", h.Version, len(got), parameters, h.Notes, h.Unread)
	for _, c := range h.Code {
		if c.Kind == CodeAnomaly {
			t.Errorf("anomaly in a file of PyTorch's own: %+v", c)
		}
	}
	for _, w := range want {
		tensor := got[w.Name]
		if tensor == nil {
			t.Errorf("no tensor %q among %d", w.Name, len(got))
			continue
		}
		delete(got, w.Name)
		if values := hex.EncodeToString(rowMajor(t, tensor, data)); tensor.DType != w.DType || !equalShape(tensor.Shape, w.Shape) || values != w.Data {
			t.Errorf("%+v: values %.80s, want %s %v %.80s", tensor, values, w.DType, w.Shape, w.Data)
		}
	}
	for name := range got {
		// A scripted module has attributes and constants besides its state.
		if h.Version == "torchscript" {
			t.Logf("%q is no part of the module's state", name)
			continue
		}
		t.Errorf("PyTorch has no tensor %q", name)
	}
}

func equalShape(a, b []uint64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// rowMajor returns the bytes of a tensor's elements in row-major order.
func rowMajor(t *testing.T, tensor *Tensor, file []byte) []byte {
	t.Helper()
	s, err := tensor.Stored(func(string) (io.ReaderAt, int64, error) { return bytes.NewReader(file), int64(len(file)), nil })
	if err != nil {
		t.Fatal(err)
	}
	stored, err := io.ReadAll(s)
	if err != nil {
		t.Fatal(err)
	}
	if tensor.Layout == nil {
		return stored
	}
	n := tensor.Elements()
	_, width, _ := tensor.DType.Block()
	var values []byte
	index := make([]uint64, len(tensor.Shape))
	for range n {
		at := int64(0)
		for i, x := range index {
			at += int64(x) * tensor.Layout.Strides[i]
		}
		values = append(values, stored[at*width:(at+1)*width]...)
		for i := len(index) - 1; i >= 0; i-- {
			if index[i]++; index[i] < tensor.Shape[i] {
				break
			}
			index[i] = 0
		}
	}
	return values
}

// checkTorch checks what holds for every header.
func checkTorch(t *testing.T, h *Header, size int64) {
	t.Helper()
	if h.Format == "" || h.DataOffset < 0 || h.DataOffset > size || len(h.Notes) > MaxNotes+1 || len(h.Code) > MaxCode+1 {
		t.Fatalf("data at %d of %d, %d notes, %d codes", h.DataOffset, size, len(h.Notes), len(h.Code))
	}
	names := map[string]bool{}
	for i, tensor := range h.Tensors {
		if names[tensor.Name] || tensor.Name == "" || i > 0 && byOffset(h.Tensors[i-1], tensor) > 0 {
			t.Fatalf("%+v is out of order or there twice", tensor)
		}
		names[tensor.Name] = true
		checkTorchTensor(t, h, &tensor, size)
	}
	for _, name := range h.Unread {
		if names[name] {
			t.Fatalf("%q is read and not read", name)
		}
	}
	if len(h.Unread) > 0 && len(h.Notes) == 0 {
		t.Fatalf("no note for %q", h.Unread)
	}
	checkCode(t, h.Code, size)
}

func checkTorchTensor(t *testing.T, h *Header, tensor *Tensor, size int64) {
	t.Helper()
	if tensor.Size < 0 || tensor.Offset < h.DataOffset || tensor.Offset > size || tensor.Size > size-tensor.Offset {
		t.Fatalf("%+v lies outside %d to %d", tensor, h.DataOffset, size)
	}
	n, ok := elements(tensor.Shape)
	if !ok || len(tensor.Shape) > MaxRank || tensor.DType == "" {
		t.Fatalf("%+v", tensor)
	}
	want, known := tensor.DType.Size(n)
	if !known {
		return
	}
	if tensor.Layout == nil {
		if want != tensor.Size {
			t.Fatalf("%+v has %d bytes, want %d", tensor, tensor.Size, want)
		}
		return
	}
	last := int64(0)
	for i, d := range tensor.Shape {
		last += (int64(d) - 1) * tensor.Layout.Strides[i]
	}
	_, width, _ := tensor.DType.Block()
	if n == 0 || tensor.Size != (last+1)*width {
		t.Fatalf("%+v spans %d bytes, want %d", tensor, tensor.Size, (last+1)*width)
	}
}

func checkCode(t *testing.T, code []Code, size int64) {
	t.Helper()
	for i, c := range code {
		if c.Offset < 0 || c.Offset > size || c.Kind == "" || c.Name == "" && c.Kind != CodeScript || i > 0 && code[i-1].Offset > c.Offset {
			t.Fatalf("%+v", c)
		}
	}
}
