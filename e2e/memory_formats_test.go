package e2e

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/modelbom/modelbom/fixtures"
)

// TestMemoryOfFormats is TestMemoryIsFlat for one PyTorch archive and for one
// ONNX model with external data: of 5 GiB without tensor digests, where offsets
// no longer fit 32 bits, and of 1 GiB with them. With MODELBOM_LONG=1 all have
// 10 GiB, as in make bench.
func TestMemoryOfFormats(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("sparse files and peak memory are measured on Linux only")
	}
	if testing.Short() {
		t.Skip("-short: the memory of large models is not measured")
	}
	plain, digested := int64(5)<<30, int64(1)<<30
	if os.Getenv("MODELBOM_LONG") != "" {
		plain, digested = 10<<30, 10<<30
	}
	writers := map[string]func(string, int64) error{
		"torch": func(dir string, size int64) error { return fixtures.WriteSparseTorch(dir, size, 1) },
		"onnx":  fixtures.WriteSparseONNX,
	}
	for name, write := range writers {
		t.Run(name+"/all digests", func(t *testing.T) {
			t.Parallel()
			memoryOf(t, write, digested)
		})
		t.Run(name+"/no tensor digests", func(t *testing.T) {
			t.Parallel()
			memoryOf(t, write, plain, "--no-tensor-digests")
		})
	}
}

// memoryOf checks the memory of generate, and that it read the weights.
func memoryOf(t *testing.T, write func(string, int64) error, size int64, args ...string) {
	repo := filepath.Join(t.TempDir(), "large")
	if err := write(repo, size); err != nil {
		t.Fatal(err)
	}
	r, files := outputs(t, t.TempDir(), nil, append(append([]string{"generate"}, args...), repo)...)
	if r.code != 0 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	if limit := int64(128) << 20; r.peak == 0 || r.peak > limit {
		t.Errorf("peak memory %d bytes, limit %d", r.peak, limit)
	}
	// The writers stay less than a row of the embedding below the size.
	read, err := strconv.ParseInt(readCycloneDX(t, files["16.cdx.json"]).component("model").property("weights-size"), 10, 64)
	if err != nil || read > size || read < size-16<<10 {
		t.Errorf("read %d bytes of weights of %d, %v", read, size, err)
	}
	checkDocuments(t, files)
	t.Logf("%d GiB: %v, peak memory %d MiB", size>>30, r.took, r.peak>>20)
}
