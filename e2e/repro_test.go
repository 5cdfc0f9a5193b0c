package e2e

import (
	"bytes"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/modelbom/modelbom/fixtures"
)

// TestReproducible runs the command twice on everything: the second time on a
// copy under another parent folder whose files were written in the opposite
// order, with another number of processors, another time zone and language.
// Every document must be the same byte for byte and hold nothing of the host.
func TestReproducible(t *testing.T) {
	for _, f := range fixtures.All() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			compareRuns(t, fixture(t, f.Name))
		})
	}
	for _, m := range models {
		t.Run(m.name, func(t *testing.T) {
			compareRuns(t, realModel(t, m.name))
		})
	}
}

const canary = "canary-7f3a"

func compareRuns(t *testing.T, repo string) {
	home := filepath.Join(t.TempDir(), canary)
	moved := filepath.Join(home, "other", filepath.Base(repo))
	copyTree(t, repo, moved)
	a, first := outputs(t, t.TempDir(), []string{"GOMAXPROCS=1", "TZ=Asia/Seoul", "LANG=C", "LC_ALL=C"}, "generate", repo)
	b, second := outputs(t, t.TempDir(), []string{
		"GOMAXPROCS=2", "TZ=America/St_Johns", "LANG=ko_KR.UTF-8", "LC_ALL=ko_KR.UTF-8", "COLUMNS=40", "TERM=dumb", "NO_COLOR=1",
		"HOME=" + home, "USER=" + canary, "LOGNAME=" + canary, "HOSTNAME=" + canary,
	}, "generate", moved)
	if a.code != b.code || len(first) == 0 {
		t.Fatalf("exit codes %d and %d: %s", a.code, b.code, a.stderr)
	}
	if x, y := warnings(a), warnings(b); x != y {
		t.Errorf("standard error differs:\n%s\n%s", x, y)
	}
	for name := range first {
		if !bytes.Equal(first[name], second[name]) {
			t.Errorf("%s differs: %s", name, firstDifference(first[name], second[name]))
		}
		for _, secret := range hostSecrets(repo, moved) {
			if m := secret.Find(first[name]); m != nil {
				t.Errorf("%s holds %q of the host", name, m)
			}
			if m := secret.Find(second[name]); m != nil {
				t.Errorf("%s holds %q of the host", name, m)
			}
		}
	}
	checkDocuments(t, first)
}

// warnings is standard error without the lines that name the written files.
func warnings(r result) string {
	return regexp.MustCompile(`(?m)^modelbom: wrote .*\n`).ReplaceAllString(r.stderr, "")
}

// firstDifference shows both texts around the first byte that differs.
func firstDifference(a, b []byte) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	cut := func(s []byte) string { return string(s[max(0, i-40):min(len(s), i+80)]) }
	return "\n" + cut(a) + "\n" + cut(b)
}

// hostSecrets are the words that no document may hold, as whole words: where
// the repository lies, and who runs this test on which machine.
func hostSecrets(repos ...string) []*regexp.Regexp {
	words := []string{canary, os.TempDir() + "/", programs}
	for _, r := range repos {
		words = append(words, filepath.Dir(r))
	}
	if name, err := os.Hostname(); err == nil {
		words = append(words, name)
	}
	if u, err := user.Current(); err == nil {
		words = append(words, u.Username, u.HomeDir+"/")
	}
	var list []*regexp.Regexp
	for _, w := range words {
		if len(w) > 2 {
			list = append(list, regexp.MustCompile(`(^|[^A-Za-z0-9])`+regexp.QuoteMeta(w)+`($|[^A-Za-z0-9])`))
		}
	}
	return list
}

// The search for words has to be able to fail.
func TestHostSecretsAreFound(t *testing.T) {
	repo := filepath.Join(os.TempDir(), "parent", "model")
	for text, want := range map[string]bool{
		`{"name":"model"}`:                     false,
		`{"rootElement":"x"}`:                  false,
		`{"x":"` + filepath.Dir(repo) + `/y"}`: true,
		canary:                                 true,
	} {
		got := slices.ContainsFunc(hostSecrets(repo), func(r *regexp.Regexp) bool { return r.MatchString(text) })
		if got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// copyTree copies a folder, the last names first.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	var names []string
	err := filepath.WalkDir(from, func(name string, _ fs.DirEntry, err error) error {
		names = append(names, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(names)
	for _, name := range names {
		rel, _ := filepath.Rel(from, name)
		if err := copyEntry(name, filepath.Join(to, rel)); err != nil {
			t.Fatal(err)
		}
	}
}

func copyEntry(from, to string) error {
	info, err := os.Lstat(from)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return os.MkdirAll(to, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		return os.Symlink(target, to)
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o600)
}

// TestTimestamp: a time that is given is written, from the flag before the
// variable.
func TestTimestamp(t *testing.T) {
	repo := fixture(t, "decoder")
	_, files := outputs(t, t.TempDir(), []string{"SOURCE_DATE_EPOCH=1700000000"}, "generate", repo)
	for name, data := range files {
		if name != "summary.txt" && !bytes.Contains(data, []byte("2023-11-14T22:13:20Z")) {
			t.Errorf("%s does not hold the time of SOURCE_DATE_EPOCH", name)
		}
	}
	checkDocuments(t, files)
	_, files = outputs(t, t.TempDir(), []string{"SOURCE_DATE_EPOCH=1700000000"}, "generate", "--timestamp", "2026-01-02T03:04:05+09:00", repo)
	for name, data := range files {
		if name != "summary.txt" && !bytes.Contains(data, []byte("2026-01-01T18:04:05Z")) {
			t.Errorf("%s does not hold the time of --timestamp", name)
		}
	}
}

// TestTwins: the weights digest of each part survives resharding, renaming and
// a lossless cast, and shows one flipped bit in the part that it is in.
func TestTwins(t *testing.T) {
	digests := func(name string) map[string]string {
		r, files := outputs(t, t.TempDir(), nil, "generate", fixture(t, name))
		if r.code != 0 {
			t.Fatal(r.stderr)
		}
		return readCycloneDX(t, files["16.cdx.json"]).weightsDigests()
	}
	want := digests("vlm")
	for _, part := range []string{"part:language-model", "part:vision-encoder", "part:audio-encoder", "part:projector"} {
		if len(want[part]) != len("sha256:")+64 {
			t.Errorf("vlm: the weights digest of %s is %q", part, want[part])
		}
	}
	for _, twin := range []string{"vlm-resharded", "vlm-renamed", "vlm-upcast"} {
		got := digests(twin)
		for part := range want {
			if got[part] != want[part] {
				t.Errorf("%s: %s has %q, want %q", twin, part, got[part], want[part])
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s has %d parts with weights, want %d", twin, len(got), len(want))
		}
	}
	flipped := digests("vlm-bitflip")
	for part := range want {
		if changed := flipped[part] != want[part]; changed != (part == "part:vision-encoder") {
			t.Errorf("vlm-bitflip: %s changed: %v", part, changed)
		}
	}
}
