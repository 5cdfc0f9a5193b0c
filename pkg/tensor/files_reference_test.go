package tensor

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/modelbom/modelbom/pkg/format"
)

// TestFilesReference reads files that the safetensors and gguf Python packages
// write in this run, and compares names, shapes and every value with what the
// packages read back. MODELBOM_PYTHON names an interpreter that has them.
func TestFilesReference(t *testing.T) {
	python := os.Getenv("MODELBOM_PYTHON")
	if python == "" {
		t.Skip("NOT RUN: MODELBOM_PYTHON names no Python with safetensors, gguf, ml_dtypes and numpy")
	}
	dir := t.TempDir()
	if out, err := exec.Command(python, "testdata/files.py", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(dir, "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var truth map[string][]struct {
		Name   string
		Shape  []uint64
		Values []uint32
	}
	if err := json.Unmarshal(text, &truth); err != nil {
		t.Fatal(err)
	}
	least := map[string]int{"all.safetensors": 14, "little.gguf": 20, "big.gguf": 2}
	for name, tensors := range truth {
		if len(tensors) < least[name] {
			t.Errorf("%s: only %d tensors were written", name, len(tensors))
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		open := func(string) (io.ReaderAt, int64, error) { return bytes.NewReader(data), int64(len(data)), nil }
		r, size, _ := open("")
		_, f := format.Identify(name, size, data[:min(len(data), format.HeadSize)])
		h, err := f.Read(r, size)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(h.Tensors) != len(tensors) {
			t.Errorf("%s: %d tensors, want %d", name, len(h.Tensors), len(tensors))
		}
		for _, want := range tensors {
			i := slices.IndexFunc(h.Tensors, func(x format.Tensor) bool { return x.Name == want.Name })
			if i < 0 || !slices.Equal(h.Tensors[i].Shape, want.Shape) {
				t.Errorf("%s: tensor %q is missing or of another shape", name, want.Name)
				continue
			}
			got := make([]float32, len(want.Values))
			if err := Decode(open, &h.Tensors[i], h.BigEndian, 0, got); err != nil {
				t.Errorf("%s: %s: %v", name, want.Name, err)
				continue
			}
			for j, bits := range want.Values {
				if math.Float32bits(got[j]) != bits && !(got[j] != got[j] && math.IsNaN(float64(math.Float32frombits(bits)))) {
					t.Errorf("%s: %s: element %d is %v, want %v", name, want.Name, j, got[j], math.Float32frombits(bits))
					break
				}
			}
		}
	}
}
