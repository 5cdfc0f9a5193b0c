package tensor

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"testing"

	"github.com/modelbom/modelbom/pkg/format"
)

// A vector is what an independent implementation makes of some bytes: a line
// that testdata/reference.py writes.
type vector struct {
	DType    format.DType `json:"dtype"`
	Source   string       `json:"source"`
	Elements int          `json:"elements"`
	Data     []byte       `json:"data"`
	Values   string       `json:"values"`
}

func (v vector) values(t testing.TB) []float32 {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(v.Values)
	if err != nil || len(raw) != 4*v.Elements {
		t.Fatalf("%s: %d bytes for %d values, %v", v.DType, len(raw), v.Elements, err)
	}
	values := make([]float32, v.Elements)
	f32(raw, values)
	return values
}

func readVectors(t testing.TB, r io.Reader) []vector {
	t.Helper()
	var vectors []vector
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		vectors = append(vectors, v)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return vectors
}

func committed(t testing.TB) []vector {
	t.Helper()
	f, err := os.Open("testdata/vectors.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return readVectors(t, f)
}

// TestVectors decodes what other implementations decoded, and wants their bits.
func TestVectors(t *testing.T) {
	checkVectors(t, committed(t))
}

// TestReference runs the other implementations on many random blocks. They are
// Python packages: MODELBOM_PYTHON names an interpreter that has them.
func TestReference(t *testing.T) {
	python := os.Getenv("MODELBOM_PYTHON")
	if python == "" {
		t.Skip("NOT RUN: MODELBOM_PYTHON names no Python with gguf, ml_dtypes and numpy; only the committed vectors were checked")
	}
	if out, err := exec.Command(python, "-c", "import gguf, ml_dtypes, numpy").CombinedOutput(); err != nil {
		t.Skipf("NOT RUN: %s cannot import gguf, ml_dtypes and numpy: %v\n%s", python, err, out)
	}
	for seed := range 4 {
		cmd := exec.Command(python, "testdata/reference.py", fmt.Sprint(100+seed), "512")
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		checkVectors(t, readVectors(t, bytes.NewReader(out)))
	}
}

func checkVectors(t *testing.T, vectors []vector) {
	t.Helper()
	seen := map[format.DType]bool{}
	for _, v := range vectors {
		seen[v.DType] = true
		want := v.values(t)
		got := make([]float32, len(want))
		tensor := &format.Tensor{Name: "t", DType: v.DType, Shape: []uint64{uint64(len(want))}, Size: int64(len(v.Data))}
		if err := Decode(memory(v.Data), tensor, false, 0, got); err != nil {
			t.Errorf("%s: %v", v.DType, err)
			continue
		}
		wrong := 0
		for i := range want {
			if same(got[i], want[i]) {
				continue
			}
			if wrong++; wrong == 1 {
				t.Errorf("%s: element %d is %v (%#x), %s says %v (%#x)", v.DType, i, got[i], math.Float32bits(got[i]), v.Source, want[i], math.Float32bits(want[i]))
			}
		}
		if wrong > 0 {
			t.Errorf("%s: %d of %d elements differ", v.DType, wrong, len(want))
		}
	}
	for d := range decoders {
		if !seen[d] {
			t.Errorf("%s: decoded here and not checked", d)
		}
	}
}

// same compares bits, and holds all NaNs for one: which of them an operation
// gives is left to the processor (IEEE 754-2019, 6.2.3).
func same(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

// memory opens one file, the unnamed one.
func memory(data []byte) format.Opener {
	return files(map[string][]byte{"": data})
}

func files(contents map[string][]byte) format.Opener {
	return func(name string) (io.ReaderAt, int64, error) {
		data, ok := contents[name]
		if !ok {
			return nil, 0, fmt.Errorf("no file %q", name)
		}
		return bytes.NewReader(data), int64(len(data)), nil
	}
}
