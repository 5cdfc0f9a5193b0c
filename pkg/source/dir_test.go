package source

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	oid     = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393"
	pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + oid + "\nsize 12345\n"
	sha1Hex = "2bf99854609538f90af03c921c41a0cbde670b2f"
)

func TestPointerStandsForFile(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "model.bin"), pointer)
	writeFile(t, filepath.Join(dir, ".git/lfs/objects/4d/7a", oid), "the real content")
	want := []File{
		{Path: ".git", Skipped: "version control", Ignored: true},
		{Path: "model.bin", Size: 12345, Absent: true,
			Asserted: []Digest{{Algorithm: "SHA-256", Value: oid, By: "git-lfs-pointer"}}},
	}
	repo := mustOpen(t, dir)
	if diff := cmp.Diff(want, mustList(t, repo)); diff != "" {
		t.Error(diff)
	}
	for _, p := range []string{"model.bin", ".git/lfs/objects/4d/7a/" + oid} {
		if b, err := repo.Open(t.Context(), p); err == nil {
			b.Close()
			t.Errorf("Open(%q) succeeded", p)
		}
	}
}

func TestPointerAsSingleFile(t *testing.T) {
	place := filepath.Join(t.TempDir(), "model.bin")
	writeFile(t, place, pointer)
	repo := mustOpen(t, place)
	files := mustList(t, repo)
	if len(files) != 1 || !files[0].Absent || files[0].Size != 12345 {
		t.Errorf("files = %+v", files)
	}
	if _, err := repo.Open(t.Context(), "model.bin"); err == nil {
		t.Error("a pointer was opened")
	}
}

func TestIgnored(t *testing.T) {
	dir := t.TempDir()
	writeTree(t, dir, map[string]string{
		".git/config":                     "x",
		"sub/.git":                        "gitdir: /home/someone/.git/modules/sub\n",
		"other/.git":                      "a file by that name",
		"sub/.hg/x":                       "x",
		"sub/.svn/x":                      "x",
		".cache/huggingface/CACHEDIR.TAG": "x",
		"sub/.cache/huggingface/weights":  "only at the root is it bookkeeping",
		".ipynb_checkpoints/x":            "x",
		"code/__pycache__/x.pyc":          "x",
		"code/.DS_Store":                  "x",
		".gitattributes":                  "x",
		".gitignore":                      "x",
	})
	got := map[string]string{}
	for _, f := range mustList(t, mustOpen(t, dir)) {
		got[f.Path] = f.Skipped
		if f.Ignored != (f.Skipped != "") {
			t.Errorf("%+v: ignored and skipped disagree", f)
		}
	}
	want := map[string]string{
		".git": "version control", "sub/.git": "version control", "sub/.hg": "version control", "sub/.svn": "version control",
		".cache/huggingface": "download bookkeeping", ".ipynb_checkpoints": "notebook checkpoints",
		"code/__pycache__": "compiled Python code", "code/.DS_Store": "desktop bookkeeping",
		"other/.git": "", "sub/.cache/huggingface/weights": "", ".gitattributes": "", ".gitignore": "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDownloadBooks(t *testing.T) {
	books := ".cache/huggingface/download/"
	files := map[string]string{
		"config.json": "{}", "sub/model.safetensors": "w", "local": "no books", "pointer": pointer,
		books + "config.json.metadata":           commit + "\n" + sha1Hex + "\n1782409898.9145322\n",
		books + "sub/model.safetensors.metadata": commit + "\n" + oid + "\n1782409898.9\n",
		books + "pointer.metadata":               commit + "\n" + sha1Hex + "\n1782409898.9\n",
		books + "config.json.lock":               "",
	}
	dir := t.TempDir()
	writeTree(t, dir, files)
	repo := mustOpen(t, dir)
	if got := repo.Locator(); got.Revision != commit || got.HubID != "" {
		t.Errorf("Locator = %+v", got)
	}
	want := []File{
		{Path: ".cache/huggingface", Skipped: "download bookkeeping", Ignored: true},
		{Path: "config.json", Size: 2, Asserted: []Digest{{"git-blob-SHA-1", sha1Hex, "hub-download-metadata"}}},
		{Path: "local", Size: 8},
		{Path: "pointer", Size: 12345, Absent: true, Asserted: []Digest{{"SHA-256", oid, "git-lfs-pointer"}}},
		{Path: "sub/model.safetensors", Size: 1, Asserted: []Digest{{"SHA-256", oid, "hub-download-metadata"}}},
	}
	if diff := cmp.Diff(want, mustList(t, repo)); diff != "" {
		t.Error(diff)
	}
}

func TestDownloadBooksThatDisagree(t *testing.T) {
	good := commit + "\n" + sha1Hex + "\n1.5\n"
	for name, other := range map[string]string{
		"other commit": strings.Repeat("f", 40) + "\n" + sha1Hex + "\n1.5\n",
		"no commit":    "main\n" + sha1Hex + "\n1.5\n",
		"two lines":    commit + "\n" + sha1Hex + "\n",
		"too large":    good + strings.Repeat(" ", maxMetadataSize),
		"empty":        "",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			writeTree(t, dir, map[string]string{
				"a": "a", "b": "b",
				".cache/huggingface/download/a.metadata": good,
				".cache/huggingface/download/b.metadata": other,
			})
			repo := mustOpen(t, dir)
			if rev := repo.Locator().Revision; rev != "" {
				t.Errorf("Revision = %q, want none", rev)
			}
			if f := mustList(t, repo)[1]; f.Path != "a" || len(f.Asserted) != 1 {
				t.Errorf("the good books were lost: %+v", f)
			}
		})
	}
}

func TestDownloadBooksBehindLinkAreNotRead(t *testing.T) {
	outer := t.TempDir()
	writeFile(t, filepath.Join(outer, "huggingface/download/a.metadata"), commit+"\n"+sha1Hex+"\n1\n")
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "a"), "a")
	writeFile(t, filepath.Join(dir, "real/huggingface/download/a.metadata"), commit+"\n"+sha1Hex+"\n1\n")
	symlink(t, "real", filepath.Join(dir, ".cache"))
	if rev := mustOpen(t, dir).Locator().Revision; rev != "" {
		t.Errorf("Revision = %q from books behind a link", rev)
	}
}

func TestNameOfDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "the-model")
	writeFile(t, filepath.Join(dir, "sub", "x"), "x")
	t.Chdir(dir)
	for ref, want := range map[string]string{
		".": "the-model", "./": "the-model", "sub/": "sub", "sub/..": "the-model", dir: "the-model", "/": "",
	} {
		if got := lastElement(ref); got != want {
			t.Errorf("lastElement(%q) = %q, want %q", ref, got, want)
		}
	}
	if got := mustOpen(t, ".").Locator().Name; got != "the-model" {
		t.Errorf("Name = %q", got)
	}
}

func TestLimits(t *testing.T) {
	dir := t.TempDir()
	for _, p := range []string{"a/1", "a/2", "b/1"} {
		writeFile(t, filepath.Join(dir, p), "")
	}
	tr := mustOpen(t, dir).(*tree)
	for name, c := range map[string]struct {
		l    limits
		want string
	}{
		"enough":  {limits{maxEntries: 5, maxBytes: 1000, maxSteps: 1000}, ""},
		"entries": {limits{maxEntries: 4, maxBytes: 1000, maxSteps: 1000}, "more than 4 files and folders"},
		"bytes":   {limits{maxEntries: 5, maxBytes: 10, maxSteps: 1000}, "more than 10 bytes"},
		"steps":   {limits{maxEntries: 5, maxBytes: 1000, maxSteps: 2}, "nested too deeply"},
	} {
		files, err := tr.list(t.Context(), &c.l)
		switch {
		case c.want == "" && (err != nil || len(files) != 3):
			t.Errorf("%s: %d files, %v", name, len(files), err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestClosedRepository(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "x"), "x")
	repo := mustOpen(t, dir)
	repo.Close()
	for _, err := range repo.Files(t.Context()) {
		if err == nil || strings.Contains(err.Error(), dir) {
			t.Errorf("Files = %v", err)
		}
	}
	if _, err := repo.Open(t.Context(), "x"); err == nil || strings.Contains(err.Error(), dir) {
		t.Errorf("Open = %v", err)
	}
}

func TestShrunkFile(t *testing.T) {
	dir := t.TempDir()
	place := filepath.Join(dir, "x")
	writeFile(t, place, "0123456789")
	b, err := mustOpen(t, dir).Open(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := os.Truncate(place, 4); err != nil {
		t.Fatal(err)
	}
	if n, err := b.ReadAt(make([]byte, 10), 0); n != 4 || err == nil || b.Size() != 10 {
		t.Errorf("ReadAt = %d, %v, Size = %d", n, err, b.Size())
	}
}

func TestReadErrorsNameNoPlaceOfTheHost(t *testing.T) {
	dir := t.TempDir()
	place := filepath.Join(dir, "x")
	writeFile(t, place, "0123456789")
	for _, ref := range []string{dir, place} {
		b, err := mustOpen(t, ref).Open(t.Context(), "x")
		if err != nil {
			t.Fatal(err)
		}
		_, negative := b.ReadAt(make([]byte, 1), -1)
		b.Close()
		_, closed := b.ReadAt(make([]byte, 1), 0)
		for _, err := range []error{negative, closed} {
			if err == nil || strings.Contains(err.Error(), dir) || !strings.HasPrefix(err.Error(), `read "x": `) {
				t.Errorf("ReadAt = %v", err)
			}
		}
	}
}

func TestFSKnowsPointersAndIgnoredFolders(t *testing.T) {
	dir := t.TempDir()
	writeTree(t, dir, map[string]string{
		"model.bin": pointer, ".git/x": "x", "sub/.git": "gitdir: x\n", "sub/.DS_Store": "x", "x": "x",
	})
	repo := FS(os.DirFS(dir), Locator{})
	if diff := cmp.Diff(mustList(t, mustOpen(t, dir)), mustList(t, repo)); diff != "" {
		t.Errorf("directory and FS differ (-directory +FS):\n%s", diff)
	}
	for _, p := range []string{"model.bin", ".git/x", "sub/.git", "sub/.DS_Store"} {
		if b, err := repo.Open(t.Context(), p); err == nil {
			b.Close()
			t.Errorf("Open(%q) succeeded", p)
		}
	}
}
