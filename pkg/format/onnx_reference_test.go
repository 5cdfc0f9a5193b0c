package format

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// onnxTruth is what the onnx package reads in a model.
type onnxTruth struct {
	Tensors []struct {
		Name   string
		DType  DType
		Shape  []uint64
		SHA256 string
	}
	Strings  int
	Metadata map[string]string
}

// TestONNXReference compares the reader with the onnx package, on models that it
// writes in this run, with every type in every field and in other files, and on
// those that MODELBOM_ONNX_FILES names, with colons between them or by folder.
// MODELBOM_PYTHON names an interpreter with onnx, numpy and ml_dtypes.
func TestONNXReference(t *testing.T) {
	python := os.Getenv("MODELBOM_PYTHON")
	if python == "" {
		t.Skip("NOT RUN: MODELBOM_PYTHON names no Python with onnx, ml_dtypes and numpy")
	}
	if out, err := exec.Command(python, "-c", "import onnx, ml_dtypes, numpy").CombinedOutput(); err != nil {
		t.Skipf("NOT RUN: %s cannot import onnx, ml_dtypes and numpy: %v\n%s", python, err, out)
	}
	dir := t.TempDir()
	args := append([]string{"testdata/onnx_write.py", dir}, onnxFiles(t)...)
	if out, err := exec.Command(python, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(dir, "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var truth struct {
		Onnx  string
		Files map[string]onnxTruth
	}
	if err := json.Unmarshal(text, &truth); err != nil {
		t.Fatal(err)
	}
	tensors, varints, outside := 0, 0, 0
	for name, want := range truth.Files {
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		h := compareONNX(t, name, want)
		if h == nil {
			continue
		}
		tensors += len(h.Tensors)
		for _, tensor := range h.Tensors {
			if l := tensor.Layout; l != nil && l.Varint {
				varints++
			} else if l != nil && l.Segments[0].File != "" {
				outside++
			}
		}
	}
	t.Logf("onnx %s: %d files, %d tensors, %d of them varints and %d in other files", truth.Onnx, len(truth.Files), tensors, varints, outside)
}

// onnxFiles returns further models.
func onnxFiles(t *testing.T) (files []string) {
	for _, name := range strings.FieldsFunc(os.Getenv("MODELBOM_ONNX_FILES"), func(c rune) bool { return c == ':' }) {
		err := filepath.WalkDir(name, func(p string, e os.DirEntry, err error) error {
			if err == nil && !e.IsDir() && strings.HasSuffix(p, ".onnx") {
				files = append(files, p)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// compareONNX reads a model and compares all of it with what is true.
func compareONNX(t *testing.T, name string, want onnxTruth) *Header {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	h, err := onnx{}.Read(f, info.Size())
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return nil
	}
	got := map[string]*Tensor{}
	for i := range h.Tensors {
		got[h.Tensors[i].Name] = &h.Tensors[i]
	}
	seen := map[string]int{}
	for _, w := range want.Tensors {
		key := w.Name
		if key == "" {
			key = "unnamed"
		}
		if seen[key]++; seen[key] > 1 {
			key = fmt.Sprintf("%s#%d", key, seen[key])
		}
		g := got[key]
		if g == nil {
			t.Errorf("%s: no tensor %q", name, key)
			continue
		}
		delete(got, key)
		if g.DType != w.DType || !slices.Equal(g.Shape, w.Shape) {
			t.Errorf("%s: %q is %s %v, want %s %v", name, key, g.DType, g.Shape, w.DType, w.Shape)
			continue
		}
		if sum := sha256.Sum256(onnxElements(t, name, f, info.Size(), g)); hex.EncodeToString(sum[:]) != w.SHA256 {
			t.Errorf("%s: the values of %q differ", name, key)
		}
	}
	for key := range got {
		t.Errorf("%s: tensor %q is too many", name, key)
	}
	for key, value := range want.Metadata {
		if e, ok := h.Lookup(key); !ok || e.String() != value {
			t.Errorf("%s: metadata %q is %q, want %q", name, key, e, value)
		}
	}
	if noted := slices.ContainsFunc(h.Notes, func(n Note) bool { return strings.Contains(n.Text, "of strings") }); noted != (want.Strings > 0) {
		t.Errorf("%s: %d tensors of strings, %v", name, want.Strings, h.Notes)
	}
	if len(h.Unread) > 0 {
		t.Errorf("%s: %q are unread", name, h.Unread)
	}
	return h
}

// onnxElements returns the values of a tensor in little-endian bytes, with one
// for each element of fewer than eight bits.
func onnxElements(t *testing.T, name string, f *os.File, size int64, tensor *Tensor) []byte {
	t.Helper()
	r, err := tensor.Stored(func(file string) (io.ReaderAt, int64, error) {
		if file == "" {
			return f, size, nil
		}
		other, err := os.ReadFile(filepath.Join(filepath.Dir(name), file))
		return strings.NewReader(string(other)), int64(len(other)), err
	})
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	per, width, _ := tensor.DType.Block()
	bits := int(8 * width / per)
	if l := tensor.Layout; l != nil && l.Varint {
		if bits == 6 {
			width, bits = 1, 8
		}
		data = onnxVarints(t, data, int(width))
	}
	if bits >= 8 {
		return data
	}
	values := make([]byte, tensor.Elements())
	for i := range values {
		for b := range bits {
			at := i*bits + b
			values[i] |= data[at/8] >> (at % 8) & 1 << b
		}
	}
	return values
}

// onnxVarints returns the low bytes of varints.
func onnxVarints(t *testing.T, data []byte, width int) (values []byte) {
	t.Helper()
	for len(data) > 0 {
		v, n := protowire.ConsumeVarint(data)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		data = data[n:]
		for i := range width {
			values = append(values, byte(v>>(8*i)))
		}
	}
	return values
}
