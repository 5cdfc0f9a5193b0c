package e2e

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/modelbom/modelbom/fixtures"
)

const (
	// maxHostileTime and maxHostileMemory are far above what any of the hostile
	// fixtures needs, and far below what an attack would be worth.
	maxHostileTime   = 60 * time.Second
	maxHostileMemory = 256 << 20
)

// TestHostile runs the command on everything that no tool should trust.
func TestHostile(t *testing.T) {
	for _, f := range fixtures.Hostile() {
		t.Run(f.Name, func(t *testing.T) {
			if f.Large && testing.Short() {
				t.Skip("-short: large")
			}
			if err := f.Write(filepath.Join(t.TempDir(), f.Name)); err != nil && runtime.GOOS != "linux" {
				t.Skipf("this system cannot hold it: %v", err)
			}
			repo := fixture(t, f.Name)
			r, files := outputs(t, t.TempDir(), nil, "generate", repo)
			if !slices.Contains([]int{0, 1, 2, 3, 4}, r.code) {
				t.Errorf("exit code %d", r.code)
			}
			if r.code == 1 || r.code == 3 {
				if !strings.HasPrefix(r.stderr, "modelbom: error: ") {
					t.Errorf("standard error begins with %.80q", r.stderr)
				}
			}
			if r.took > maxHostileTime || r.peak > maxHostileMemory {
				t.Errorf("%v and %d bytes of memory", r.took, r.peak)
			}
			checkDocuments(t, files)
			checkPrintable(t, "standard error", r.stderr)
			checkPrintable(t, "the summary", string(files["summary.txt"]))
			for name, data := range files {
				if strings.Contains(string(data), "/etc/passwd") && strings.Contains(string(data), "root:") {
					t.Errorf("%s holds a file from outside the repository", name)
				}
			}
			t.Logf("exit code %d, %v, peak memory %d MiB", r.code, r.took, r.peak>>20)
		})
	}
}

// checkPrintable looks for what a terminal would obey: control characters, and
// marks that turn the direction of text.
func checkPrintable(t *testing.T, what, text string) {
	t.Helper()
	for _, c := range text {
		if c != '\n' && (unicode.IsControl(c) || unicode.In(c, unicode.Bidi_Control)) {
			t.Errorf("%s holds %q", what, c)
			return
		}
	}
}

// TestHostileCodes pins what some of them must give: weights that are missing or
// broken are never a success, a path that leaves the repository is a finding, and
// nothing at all is no model.
func TestHostileCodes(t *testing.T) {
	for name, want := range map[string]int{
		"missing-shard": 4, "truncated-safetensors": 4, "index-escape": 2, "corrupt-gguf": 4, "overlapping-tensors": 4,
		"empty": 3, "huge-readme": 0, "yaml-bomb": 0, "wrong-declared-digest": 2,
	} {
		if name == "huge-readme" && testing.Short() {
			continue
		}
		r, files := outputs(t, t.TempDir(), nil, "generate", fixture(t, name))
		if r.code != want {
			t.Errorf("%s: exit code %d, want %d: %s", name, r.code, want, r.stderr)
		}
		if name == "wrong-declared-digest" {
			if f := readCycloneDX(t, files["16.cdx.json"]).findings(); !strings.Contains(strings.Join(f, "\n"), "digest-mismatch") {
				t.Errorf("%s: findings %q", name, f)
			}
		}
	}
}

// TestAllowGaps: unread weights are no failure for who said so, and stay listed.
func TestAllowGaps(t *testing.T) {
	r, files := outputs(t, t.TempDir(), nil, "generate", "--allow-gaps", fixture(t, "missing-shard"))
	if r.code != 0 || !strings.Contains(r.stderr, "absent-weights") {
		t.Errorf("exit code %d: %s", r.code, r.stderr)
	}
	checkDocuments(t, files)
	if !strings.Contains(string(files["16.cdx.json"]), `"absent-weights | `) {
		t.Error("the document does not list the gap")
	}
}

func writeFile(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
