package e2e

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/modelbom/modelbom/fixtures"
)

// TestMemoryIsFlat walks a large repository that takes next to no space: of
// 2 GiB, without tensor digests, or with MODELBOM_LONG=1 of 20 GiB with all
// digests, which takes half a minute on two processors; make bench measures
// that too.
func TestMemoryIsFlat(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("sparse files and peak memory are measured on Linux only")
	}
	size, args := int64(2)<<30, []string{}
	if os.Getenv("MODELBOM_LONG") != "" {
		size = 20 << 30
	} else {
		args = append(args, "--no-tensor-digests")
	}
	if testing.Short() {
		t.Skip("-short: the memory of large models is not measured")
	}
	repo := filepath.Join(t.TempDir(), "large")
	if err := fixtures.WriteSparse(repo, size, 5); err != nil {
		t.Fatal(err)
	}
	r, files := outputs(t, t.TempDir(), nil, append(append([]string{"generate"}, args...), repo)...)
	if r.code != 0 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	if limit := int64(128) << 20; r.peak == 0 || r.peak > limit {
		t.Errorf("peak memory %d bytes, limit %d", r.peak, limit)
	}
	checkDocuments(t, files)
	t.Logf("%d GiB: %v, peak memory %d MiB", size>>30, r.took, r.peak>>20)
}
