package compare_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/compare"
	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/inspect"
	"github.com/modelbom/modelbom/pkg/source"
)

// realParts makes the fingerprints of a real model below $MODELBOM_TESTDATA, or
// skips the test. Sets are fetched by e2e/fetch.
func realParts(t *testing.T, path string) []fingerprint.Part {
	t.Helper()
	dir := os.Getenv("MODELBOM_TESTDATA")
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			t.Skip("no place for test data: ", err)
		}
		dir = filepath.Join(cache, "modelbom-test")
	}
	full := filepath.Join(dir, filepath.FromSlash(path))
	if _, err := os.Stat(full); err != nil {
		t.Skipf("%s is not there; e2e/fetch gets it", path)
	}
	repo, err := source.Open(context.Background(), full)
	if err != nil {
		t.Fatal(err)
	}
	m, _, err := inspect.Fingerprint(context.Background(), repo, inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m.Parts
}

// largest is the part with the most matrices.
func largest(parts []fingerprint.Part) *fingerprint.Part {
	best, most := &fingerprint.Part{}, -1
	for i := range parts {
		n := 0
		for _, x := range parts[i].Tensors {
			if x.Class == fingerprint.Matrix {
				n++
			}
		}
		if n > most {
			best, most = &parts[i], n
		}
	}
	return best
}

// halves cuts a model into two of half as many layers, at random: real weights
// that do not belong together. Weights outside of layers go to neither.
func halves(p *fingerprint.Part, seed uint64) (a, b *fingerprint.Part) {
	order := rand.New(rand.NewPCG(seed, 8)).Perm(p.Layers)
	a, b = &fingerprint.Part{Role: p.Role}, &fingerprint.Part{Role: p.Role}
	for _, x := range p.Tensors {
		if x.Layer < 0 || x.Layer >= len(order) {
			continue
		}
		to := a
		if order[x.Layer]%2 != 0 {
			to = b
		}
		x.Layer = order[x.Layer] / 2
		x.Name = fmt.Sprintf("layers.%d.%s", x.Layer, x.Role)
		to.Tensors = append(to.Tensors, x)
	}
	return a, b
}

// TestRealNulls compares layers of real models that do not belong together.
func TestRealNulls(t *testing.T) {
	for _, set := range []string{"all-minilm-l6-v2", "gemma-3-270m-gguf", "efficientnet-lite0"} {
		t.Run(set, func(t *testing.T) {
			p := largest(realParts(t, set))
			if p.Layers < 4 {
				t.Skipf("%d layers", p.Layers)
			}
			var z, pooled []float64
			for seed := range uint64(40) {
				a, b := halves(p, seed)
				r := compare.Parts(a, b, compare.Options{})
				if r.Verdict.Found() || r.Verdict == bom.VerdictSharedInitialisation {
					t.Errorf("split %d: %s, Z %.1f, %q", seed, r.Verdict, r.Z, r.Notes)
				}
				pooled = append(pooled, r.Z)
				for _, x := range r.Tensors {
					if x.Bits > 0 {
						z = append(z, x.Z)
					}
				}
			}
			one, all := describe(z), describe(pooled)
			t.Logf("matrices %v; pooled %v", one, all)
			if one.max > 5 || all.max > 5 || one.sd > 1.15 || all.sd > 1.15 || one.mean > 0.25 || one.mean < -0.25 {
				t.Errorf("matrices %v; pooled %v", one, all)
			}
		})
	}
}

type described struct {
	n             int
	mean, sd, max float64
}

func (d described) String() string {
	return fmt.Sprintf("n %d mean %+.3f sd %.3f max %.2f", d.n, d.mean, d.sd, d.max)
}

func describe(z []float64) described {
	d := described{n: len(z), max: -100}
	for _, v := range z {
		d.mean += v / float64(len(z))
		d.max = max(d.max, v)
	}
	for _, v := range z {
		d.sd += (v - d.mean) * (v - d.mean) / float64(len(z))
	}
	d.sd = math.Sqrt(d.sd)
	return d
}

// TestRealPairs pins real models whose relations are known, or were measured on
// whole tensors: Silero VAD v5 and v6 were trained apart, its 8 kHz network in
// op18_ifless was trained on, "half" is v5, the 16 kHz file in safetensors was
// trained on from v6 or the other way round, and the four scales of ESRGAN share
// only a plan.
func TestRealPairs(t *testing.T) {
	const vad = "silero-vad/silero_vad"
	v6, v5 := vad+".onnx", vad+"_half.onnx"
	for _, x := range []struct {
		a, partA, b, partB string
		want               bom.Verdict
		low, high          float64 // agreement
	}{
		{v6, "then_branch", vad + "_op18_ifless.onnx", "model", bom.VerdictIdentical, 1, 1},
		{v6, "else_branch", vad + "_op18_ifless.onnx", "model_8k", bom.VerdictTrainedFrom, 0.97, 0.99},
		{v6, "then_branch", "silero-vad-onnx/silero_vad.onnx", "then_branch", bom.VerdictIdentical, 1, 1},
		{v6, "then_branch", vad + "_16k_op15.onnx", "", bom.VerdictIdentical, 1, 1},
		{v6, "then_branch", vad + "_16k.safetensors", "", bom.VerdictTrainedFrom, 0.89, 0.94},
		{v6, "then_branch", v5, "", bom.VerdictSameArchitecture, 0.47, 0.53},
		{v6, "then_branch", v6, "else_branch", bom.VerdictUnknown, 0.47, 0.53},
		{v5, "", vad + "_16k.safetensors", "", bom.VerdictSameArchitecture, 0.47, 0.53},
		{"esrgan-slim/x2", "", "esrgan-slim/x4", "", bom.VerdictUnknown, 0.47, 0.53},
		{"esrgan-slim/x3", "", "esrgan-slim/x8", "", bom.VerdictUnknown, 0.47, 0.53},
		{"all-minilm-l6-v2", "embedding", "internal-embedding", "embedding", bom.VerdictIdentical, 1, 1},
	} {
		t.Run(x.a+" "+x.partA+" with "+x.b+" "+x.partB, func(t *testing.T) {
			a, b := partOf(t, x.a, x.partA), partOf(t, x.b, x.partB)
			r := compare.Parts(a, b, compare.Options{Comparisons: 1e12})
			t.Logf("%s, %s | q %.3f | Z %.1f of %.1f | delta %.3f | bits %d", r.Verdict, r.Strength, r.Agreement, r.Z, r.Threshold, r.Delta, r.Bits)
			if r.Verdict != x.want || r.Agreement < x.low || r.Agreement > x.high {
				t.Errorf("%s with agreement %.3f, want %s with %v to %v; %q", r.Verdict, r.Agreement, x.want, x.low, x.high, r.Notes)
			}
			back := compare.Parts(b, a, compare.Options{Comparisons: 1e12})
			if back.Verdict != x.want || back.Bits != r.Bits {
				t.Errorf("the other way round: %s, %d bits; %s, %d", back.Verdict, back.Bits, r.Verdict, r.Bits)
			}
		})
	}
}

// TestRealIntegers has models of 8-bit integers whose scales stand in other
// tensors: by row and transposed, and with a zero for each tensor. The distances
// of MiniLM's matrices with their scales read are 0.0073 to 0.0212.
func TestRealIntegers(t *testing.T) {
	for _, x := range []struct {
		a, b      string
		low, high float64
		matrices  int
	}{
		{"all-minilm-l6-v2-int8", "all-minilm-l6-v2", 0.0073, 0.0212, 38},
		{"background-removal/small.onnx", "background-removal/medium.onnx", 0.01, 0.06, 117},
	} {
		t.Run(x.a, func(t *testing.T) {
			r := compare.Parts(largest(realParts(t, x.a)), largest(realParts(t, x.b)), compare.Options{Comparisons: 1e12})
			t.Logf("%s, %s, distance %.4f, inside %d of %d", r.Verdict, r.Strength, r.Delta, r.Requantised, r.Quantised)
			if r.Verdict != bom.VerdictRequantised || r.Requantised < x.matrices || r.Requantised < r.Quantised || r.Delta < x.low || r.Delta > x.high {
				t.Errorf("%s, distance %v, inside %d of %d; want at least %d and %v to %v", r.Verdict, r.Delta, r.Requantised, r.Quantised, x.matrices, x.low, x.high)
			}
			for _, m := range r.Tensors {
				if m.How == "signs" && m.Delta > 0.5 {
					t.Errorf("%s has the distance %v", m.A, m.Delta)
				}
			}
		})
	}
}

// partOf is the part whose reference ends in a name, or the largest.
func partOf(t *testing.T, path, name string) *fingerprint.Part {
	t.Helper()
	parts := realParts(t, path)
	if name == "" {
		return largest(parts)
	}
	for i := range parts {
		if ref := parts[i].Ref; strings.HasSuffix(ref, "/"+name) || strings.HasSuffix(ref, ":"+name) {
			return &parts[i]
		}
	}
	t.Fatalf("%s has no part %s", path, name)
	return nil
}
