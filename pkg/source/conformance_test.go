package source

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// content is the repository that every kind must give alike. The names are
// chosen so that listing folder by folder gives another order than by path.
var content = map[string]string{
	"README.md":               "# a model\n",
	"a/x":                     "in a",
	"a.b/x":                   "in a.b",
	"a-b":                     "file between",
	"a/b/c/deep.bin":          "deep",
	".hidden":                 "listed all the same",
	".cache/other/file":       "listed too",
	"empty":                   "",
	"model.safetensors":       string(make([]byte, 5000)),
	"sub dir/name with space": "s",
	"ünï/cödé":                "utf-8",
}

// contentOrder is the byte order of the paths in content, written by hand.
var contentOrder = []string{
	".cache/other/file", ".hidden", "README.md", "a-b", "a.b/x", "a/b/c/deep.bin", "a/x",
	"empty", "model.safetensors", "sub dir/name with space", "ünï/cödé",
}

const commit = "0123456789abcdef0123456789abcdef01234567"

func TestConformance(t *testing.T) {
	kinds := []struct {
		name string
		want Locator
		open func(t *testing.T) Repository
	}{
		{"directory", Locator{Kind: "directory", Name: "my-model"}, func(t *testing.T) Repository {
			dir := filepath.Join(t.TempDir(), "my-model")
			writeTree(t, dir, content)
			return mustOpen(t, dir)
		}},
		{"hub-cache with links", cacheLocator, func(t *testing.T) Repository {
			return mustOpen(t, filepath.Join(writeCache(t, content), "snapshots", commit))
		}},
		{"hub-cache with files", cacheLocator, func(t *testing.T) Repository {
			entry := filepath.Join(t.TempDir(), "models--org--name")
			writeTree(t, filepath.Join(entry, "snapshots", commit), content)
			return mustOpen(t, entry)
		}},
		{"fs", Locator{Kind: "test", Name: "n"}, func(t *testing.T) Repository {
			m := fstest.MapFS{}
			for p, data := range content {
				m[p] = &fstest.MapFile{Data: []byte(data)}
			}
			return FS(m, Locator{Kind: "test", Name: "n"})
		}},
		{"fs without ReaderAt", Locator{}, func(t *testing.T) Repository {
			m := fstest.MapFS{}
			for p, data := range content {
				m[p] = &fstest.MapFile{Data: []byte(data)}
			}
			return FS(plainFS{m}, Locator{})
		}},
	}
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			repo := k.open(t)
			if got := repo.Locator(); got != k.want {
				t.Errorf("Locator = %+v, want %+v", got, k.want)
			}
			testRepository(t, repo, content, contentOrder)
		})
	}
}

func TestConformanceOfFile(t *testing.T) {
	place := filepath.Join(t.TempDir(), "model.gguf")
	writeFile(t, place, "GGUF and more")
	repo := mustOpen(t, place)
	if got, want := repo.Locator(), (Locator{Kind: "file", Name: "model.gguf"}); got != want {
		t.Errorf("Locator = %+v, want %+v", got, want)
	}
	testRepository(t, repo, map[string]string{"model.gguf": "GGUF and more"}, []string{"model.gguf"})
}

var cacheLocator = Locator{Kind: "hub-cache", Name: "name", HubID: "org/name", Revision: commit}

// testRepository checks what every kind of repository promises.
func testRepository(t *testing.T, repo Repository, want map[string]string, order []string) {
	t.Helper()
	for range 2 { // a listing can be repeated
		var paths []string
		for _, f := range mustList(t, repo) {
			paths = append(paths, f.Path)
			if f.Skipped != "" || f.Absent || f.Ignored || f.Size != int64(len(want[f.Path])) {
				t.Errorf("listed %+v, want a plain file of %d bytes", f, len(want[f.Path]))
			}
		}
		if diff := cmp.Diff(order, paths); diff != "" {
			t.Errorf("paths (-want +got):\n%s", diff)
		}
	}
	var all sync.WaitGroup
	for p, data := range want {
		all.Go(func() {
			if got := readBlob(t, repo, p); got != data {
				t.Errorf("%s holds %.40q, want %.40q", p, got, data)
			}
		})
	}
	all.Wait()
	testRefusals(t, repo)
	testContext(t, repo, order[len(order)-1])
	testEarlyStop(t, repo, order)
}

func testRefusals(t *testing.T, repo Repository) {
	t.Helper()
	for _, p := range []string{"", ".", "..", "../x", "/etc/passwd", "a", "a/../a/x", "./a/x", "a/x/", "a//x",
		"missing", "a/missing", "missing/x", "README.md/x", "x\x00y"} {
		b, err := repo.Open(t.Context(), p)
		if err == nil {
			b.Close()
			t.Errorf("Open(%q) succeeded", p)
		} else if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Open(%q) = %v, want fs.ErrNotExist", p, err)
		}
	}
}

func testContext(t *testing.T, repo Repository, p string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	b, err := repo.Open(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if n, err := b.ReadAt(make([]byte, 1), 0); n != 1 || err != nil {
		t.Errorf("ReadAt = %d, %v", n, err)
	}
	if n, err := b.ReadAt(make([]byte, 1), b.Size()); n != 0 || err != io.EOF {
		t.Errorf("ReadAt behind the end = %d, %v, want 0, EOF", n, err)
	}
	cancel()
	if _, err := b.ReadAt(make([]byte, 1), 0); !errors.Is(err, context.Canceled) {
		t.Errorf("ReadAt after cancel = %v", err)
	}
	if _, err := repo.Open(ctx, p); !errors.Is(err, context.Canceled) {
		t.Errorf("Open after cancel = %v", err)
	}
	n := 0
	for _, err := range repo.Files(ctx) {
		n++
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Files after cancel = %v", err)
		}
	}
	if n != 1 {
		t.Errorf("Files after cancel yielded %d times, want 1", n)
	}
}

func testEarlyStop(t *testing.T, repo Repository, order []string) {
	t.Helper()
	for f := range repo.Files(t.Context()) {
		if f.Path != order[0] {
			t.Errorf("first is %q, want %q", f.Path, order[0])
		}
		break
	}
}

func TestOrderIsOfPathsAndNotOfTheSystem(t *testing.T) {
	paths := slices.Clone(contentOrder)
	var listings [2][]File
	for i := range listings {
		rnd := rand.New(rand.NewPCG(1, uint64(i)))
		rnd.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
		dir := t.TempDir()
		for _, p := range paths {
			writeFile(t, filepath.Join(dir, p), content[p])
		}
		listings[i] = mustList(t, mustOpen(t, dir))
	}
	if diff := cmp.Diff(listings[0], listings[1]); diff != "" {
		t.Error(diff)
	}
}

// plainFS hides that files can be read at any place.
type plainFS struct{ fs.FS }

func (p plainFS) Open(name string) (fs.File, error) {
	f, err := p.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if d, ok := f.(fs.ReadDirFile); ok {
		return d, nil
	}
	return struct{ fs.File }{f}, nil
}

func mustOpen(t *testing.T, ref string) Repository {
	t.Helper()
	repo, err := Open(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { repo.Close() })
	return repo
}

func mustList(t *testing.T, repo Repository) []File {
	t.Helper()
	var files []File
	for f, err := range repo.Files(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

func readBlob(t *testing.T, repo Repository, p string) string {
	t.Helper()
	b, err := repo.Open(t.Context(), p)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer b.Close()
	data, err := io.ReadAll(io.NewSectionReader(b, 0, b.Size()))
	if err != nil {
		t.Error(err)
	}
	return string(data)
}

func writeFile(t *testing.T, place, data string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(place, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
}

func writeTree(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for p, data := range files {
		writeFile(t, filepath.Join(dir, p), data)
	}
}

// writeCache writes an entry of the hub cache as the hub's library does: files
// over 1,000 bytes are in large file storage and have their SHA-256 as name.
func writeCache(t *testing.T, files map[string]string) string {
	t.Helper()
	entry := filepath.Join(t.TempDir(), "models--org--name")
	writeFile(t, filepath.Join(entry, "refs", "main"), commit)
	for p, data := range files {
		blob := filepath.Join(entry, "blobs", blobName(data))
		writeFile(t, blob, data)
		place := filepath.Join(entry, "snapshots", commit, p)
		if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
			t.Fatal(err)
		}
		target, err := filepath.Rel(filepath.Dir(place), blob)
		if err != nil {
			t.Fatal(err)
		}
		symlink(t, target, place)
	}
	return entry
}

func blobName(data string) string {
	if len(data) > 1000 {
		sum := sha256.Sum256([]byte(data))
		return hex.EncodeToString(sum[:])
	}
	sum := sha1.Sum([]byte(data))
	return hex.EncodeToString(sum[:])
}

func symlink(t *testing.T, target, place string) {
	t.Helper()
	if err := os.Symlink(target, place); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
}
