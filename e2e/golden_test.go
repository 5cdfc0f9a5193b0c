package e2e

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden documents anew")

// goldens are few and small, for people to read: the summary of each kind of
// repository, and the whole document of two.
var goldens = []struct {
	fixture   string
	documents []string // besides summary.txt
}{
	{"vlm", []string{"16.cdx.json", "301.spdx.json"}},
	{"gguf", []string{"16.cdx.json", "23.spdx"}},
	{"decoder", nil},
	{"lora", nil},
	{"diffusers", nil},
	{"sentence-transformers", nil},
	{"omni", nil},
	{"lfs", nil},
	{"missing-shard", nil},
	{"control-characters", nil},
}

// TestGolden compares documents with those under testdata/golden. After a change
// on purpose, run make golden and read the difference.
func TestGolden(t *testing.T) {
	for _, g := range goldens {
		t.Run(g.fixture, func(t *testing.T) {
			_, files := outputs(t, t.TempDir(), nil, "generate", fixture(t, g.fixture))
			for _, name := range append([]string{"summary.txt"}, g.documents...) {
				compareGolden(t, filepath.Join("testdata", "golden", g.fixture, name), files[name])
			}
		})
	}
}

func compareGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, name, got)
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatalf("%v: make golden writes it", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (expected, then written): %s", name, firstDifference(want, got))
	}
}
