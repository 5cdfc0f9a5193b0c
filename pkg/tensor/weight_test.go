package tensor

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/modelbom/modelbom/pkg/format"
)

// A packing is a line that testdata/schemes.py writes: one weight, packed.
type packing struct {
	Scheme  Scheme     `json:"scheme"`
	Source  string     `json:"source"`
	Facts   QuantFacts `json:"facts"`
	Tensors []struct {
		Name  string       `json:"name"`
		DType format.DType `json:"dtype"`
		Shape []uint64     `json:"shape"`
		Data  []byte       `json:"data"`
	} `json:"tensors"`
	State  map[string][]byte `json:"state"`
	Values string            `json:"values"`
}

func (p *packing) open() ([]format.Tensor, Source) {
	var list []format.Tensor
	data := map[string][]byte{}
	for _, t := range p.Tensors {
		list = append(list, format.Tensor{Name: t.Name, DType: t.DType, Shape: t.Shape, Size: int64(len(t.Data))})
		data[t.Name] = t.Data
	}
	return list, func(name string) (*Reader, error) {
		i := slices.IndexFunc(list, func(t format.Tensor) bool { return t.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("no tensor %q", name)
		}
		return Open(memory(data[name]), &list[i], false)
	}
}

func readPackings(t testing.TB, r io.Reader) []packing {
	t.Helper()
	var list []packing
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var p packing
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		p.Facts.State = p.State
		list = append(list, p)
	}
	return list
}

func committedPackings(t testing.TB) []packing {
	t.Helper()
	f, err := os.Open("testdata/schemes.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return readPackings(t, f)
}

// TestSchemes recognises and unpacks what was packed elsewhere.
func TestSchemes(t *testing.T) { checkPackings(t, committedPackings(t)) }

// TestSchemesReference packs anew, with the Python that MODELBOM_PYTHON names.
func TestSchemesReference(t *testing.T) {
	python := os.Getenv("MODELBOM_PYTHON")
	if python == "" {
		t.Skip("NOT RUN: MODELBOM_PYTHON names no Python with ml_dtypes, mlx and numpy; only the committed packings were checked")
	}
	if out, err := exec.Command(python, "-c", "import ml_dtypes, mlx.core, numpy").CombinedOutput(); err != nil {
		t.Skipf("NOT RUN: %s cannot import ml_dtypes, mlx and numpy: %v\n%s", python, err, out)
	}
	for seed := range 5 {
		out, err := exec.Command(python, "testdata/schemes.py", fmt.Sprint(200+seed)).Output()
		if err != nil {
			t.Fatal(err)
		}
		checkPackings(t, readPackings(t, bytes.NewReader(out)))
	}
}

func checkPackings(t *testing.T, list []packing) {
	t.Helper()
	seen := map[Scheme]bool{}
	for _, p := range list {
		seen[p.Scheme] = true
		title := fmt.Sprintf("%s of %d bits", p.Scheme, p.Facts.Bits)
		tensors, source := p.open()
		weights, problems := Logical(tensors, p.Facts)
		if len(weights) != 1 || len(problems) > 0 || weights[0].Scheme != p.Scheme {
			t.Errorf("%s: recognised as %v, %v", title, weights, problems)
			continue
		}
		raw, _ := base64.StdEncoding.DecodeString(p.Values)
		want := make([]float32, len(raw)/4)
		f32(raw, want)
		w := &weights[0]
		if w.Parameters != int64(len(want)) {
			t.Errorf("%s: %d parameters, want %d", title, w.Parameters, len(want))
			continue
		}
		checkPacking(t, title, w, p, source, want)
	}
	for _, s := range []Scheme{GPTQ, AWQ, BNB4, FP8Block, MXFP4, MLX} {
		if !seen[s] {
			t.Errorf("%s: decoded here and not checked", s)
		}
	}
}

func checkPacking(t *testing.T, title string, w *Weight, p packing, source Source, want []float32) {
	t.Helper()
	got := make([]float32, len(want))
	if err := DecodeWeight(w, p.Facts, source, 0, got); err != nil {
		t.Errorf("%s: %v", title, err)
		return
	}
	for i := range want {
		if !same(got[i], want[i]) && !(p.Scheme == MLX && nearly(got[i], want[i])) && !(got[i] == 0 && want[i] == 0) {
			t.Errorf("%s: element %d is %v, %s says %v", title, i, got[i], p.Source, want[i])
			return
		}
	}
	rng := rand.New(rand.NewPCG(5, 6))
	for range 50 {
		first := rng.IntN(len(want) + 1)
		part := make([]float32, rng.IntN(len(want)-first+1))
		if err := DecodeWeight(w, p.Facts, source, int64(first), part); err != nil || !slices.EqualFunc(part, got[first:][:len(part)], same) {
			t.Errorf("%s: %d elements from %d differ, %v", title, len(part), first, err)
		}
	}
	if err := DecodeWeight(w, p.Facts, source, 1, got); err == nil {
		t.Errorf("%s: elements behind the last are read", title)
	}
}

// nearly allows for MLX, which may fuse the product and the sum: the rounding of
// the product, whose terms may cancel.
func nearly(a, b float32) bool { return math.Abs(float64(a)-float64(b)) <= 0x1p-22 }

func TestDecodeWeightRefuses(t *testing.T) {
	for _, p := range committedPackings(t) {
		tensors, source := p.open()
		weights, _ := Logical(tensors, p.Facts)
		w := weights[0]
		// Any tensor that is shorter than it should be is an error.
		for i := range w.Tensors {
			if p.Scheme == BNB4 && i == len(w.Tensors)-1 {
				continue // the state is in the facts
			}
			short := func(name string) (*Reader, error) {
				r, err := source(name)
				if err == nil && name == w.Tensors[i] {
					r.n--
				}
				return r, err
			}
			if err := DecodeWeight(&w, p.Facts, short, 0, make([]float32, w.Parameters)); !errors.Is(err, format.ErrMalformed) {
				t.Errorf("%s: short %s: %v", p.Scheme, w.Tensors[i], err)
			}
		}
	}
	for title, c := range map[string]struct {
		w     Weight
		facts QuantFacts
	}{
		"scheme":      {Weight{Scheme: Scaled, Parameters: 1}, QuantFacts{}},
		"layout":      {Weight{Scheme: AWQ, Bits: 4, Shape: []uint64{8, 8}, Parameters: 1}, QuantFacts{Format: "gemv"}},
		"AWQ of 8":    {Weight{Scheme: AWQ, Bits: 8, Shape: []uint64{8, 8}, Parameters: 1}, QuantFacts{}},
		"MLX of 7":    {Weight{Scheme: MLX, Bits: 7, Shape: []uint64{8, 8}, Parameters: 1}, QuantFacts{}},
		"no state":    {Weight{Scheme: BNB4, Parameters: 1}, QuantFacts{}},
		"no zeros":    {Weight{Scheme: AWQ, Bits: 4, GroupSize: 8, Shape: []uint64{8, 8}, Parameters: 1}, QuantFacts{}},
		"no g groups": {Weight{Scheme: GPTQ, Bits: 4, Shape: []uint64{8, 8}, Parameters: 1}, QuantFacts{}},
	} {
		if err := DecodeWeight(&c.w, c.facts, nil, 0, make([]float32, 1)); !errors.Is(err, format.ErrUnsupported) {
			t.Errorf("%s: %v", title, err)
		}
	}
}

// A g_idx that names no group is an error.
func TestDecodeWeightGroupIndex(t *testing.T) {
	for _, p := range committedPackings(t) {
		for i, tensor := range p.Tensors {
			if tensor.Name != "m.g_idx" {
				continue
			}
			for _, bad := range []uint32{3, math.MaxUint32} {
				p.Tensors[i].Data = binaryLittle(tensor.Data, 5, bad)
				list, source := p.open()
				weights, _ := Logical(list, p.Facts)
				if err := DecodeWeight(&weights[0], p.Facts, source, 0, make([]float32, 96)); !errors.Is(err, format.ErrMalformed) {
					t.Errorf("the group %d: %v", bad, err)
				}
			}
		}
	}
}

// binaryLittle is b with the i-th number of 32 bits replaced.
func binaryLittle(b []byte, i int, v uint32) []byte {
	b = bytes.Clone(b)
	little.PutUint32(b[4*i:], v)
	return b
}
