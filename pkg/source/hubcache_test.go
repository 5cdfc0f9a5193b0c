package source

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const otherCommit = "ffffffffffffffffffffffffffffffffffffffff"

func TestCacheReferences(t *testing.T) {
	entry := writeCache(t, map[string]string{"config.json": "{}"})
	snapshot := filepath.Join(entry, "snapshots", commit)
	links := t.TempDir()
	symlink(t, snapshot, filepath.Join(links, "my-model"))
	symlink(t, entry, filepath.Join(links, "my-entry"))
	symlink(t, entry, filepath.Join(links, "models--o--linked"))
	t.Chdir(filepath.Dir(entry))
	linked := cacheLocator
	linked.HubID, linked.Name = "o/linked", "linked"
	for ref, want := range map[string]Locator{
		entry:                                              cacheLocator,
		entry + "/":                                        cacheLocator,
		snapshot:                                           cacheLocator,
		snapshot + "/":                                     cacheLocator,
		"models--org--name":                                cacheLocator,
		"./models--org--name/":                             cacheLocator,
		"models--org--name/snapshots/../":                  cacheLocator,
		"models--org--name/snapshots/" + commit:            cacheLocator,
		filepath.Join(links, "my-model"):                   cacheLocator,
		filepath.Join(links, "my-model") + "/":             cacheLocator,
		filepath.Join(links, "my-entry"):                   cacheLocator,
		filepath.Join(links, "models--o--linked"):          linked,
		filepath.Join(links, "my-entry/snapshots", commit): cacheLocator,
	} {
		repo := mustOpen(t, ref)
		if got := repo.Locator(); got != want {
			t.Errorf("%s: Locator = %+v, want %+v", ref, got, want)
		}
		if files := mustList(t, repo); len(files) != 1 || files[0].Path != "config.json" || files[0].Skipped != "" {
			t.Errorf("%s: files = %+v", ref, files)
		}
	}
	t.Chdir(snapshot)
	if got := mustOpen(t, ".").Locator(); got != cacheLocator {
		t.Errorf("in the snapshot: Locator = %+v", got)
	}
}

func TestHubID(t *testing.T) {
	for folder, want := range map[string]string{
		"models--org--name":                     "org/name",
		"models--gpt2":                          "gpt2",
		"models--a--b--c":                       "a/b--c",
		"models--Org_1.x--Name-2.0":             "Org_1.x/Name-2.0",
		"models--":                              "",
		"models--a--":                           "",
		"models----b":                           "",
		"models--..--b":                         "",
		"models--a--..":                         "",
		"models--a--b c":                        "",
		"models--a--b\n":                        "",
		"models--a--\xff":                       "",
		"models--a--" + strings.Repeat("b", 97): "",
		"models-a--b":                           "",
		"datasets--a--b":                        "",
		"":                                      "",
	} {
		if got, ok := hubID(folder); got != want || ok != (want != "") {
			t.Errorf("hubID(%q) = %q, %v, want %q", folder, got, ok, want)
		}
	}
}

func TestChoiceOfSnapshot(t *testing.T) {
	const none = "refs/main names none of them"
	for _, c := range []struct {
		name, ref string
		snapshots []string
		want      string // revision or part of the error
	}{
		{"main", commit, []string{commit, otherCommit}, commit},
		{"main with newline", otherCommit + "\n", []string{commit, otherCommit}, otherCommit},
		{"single without main", "", []string{commit}, commit},
		{"main of a missing snapshot", otherCommit, []string{commit}, commit},
		{"several without main", "", []string{commit, otherCommit}, none},
		{"main leads out", "../refs", []string{commit, otherCommit}, none},
		{"main is dot", ".", []string{commit, otherCommit}, none},
		{"main is absolute", "/", []string{commit, otherCommit}, none},
		{"main is large", strings.Repeat("a", 1000), []string{commit, otherCommit}, none},
		{"no snapshot", commit, nil, "hub cache entry has no snapshot"},
		{"no commit", "", []string{"a-branch"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			entry := filepath.Join(t.TempDir(), "models--o--n")
			if err := os.MkdirAll(filepath.Join(entry, "snapshots"), 0o755); err != nil {
				t.Fatal(err)
			}
			writeFile(t, filepath.Join(entry, "snapshots", ".DS_Store"), "no folder")
			if c.ref != "" {
				writeFile(t, filepath.Join(entry, "refs/main"), c.ref)
			}
			for _, s := range c.snapshots {
				writeFile(t, filepath.Join(entry, "snapshots", s, "x"), "x")
			}
			repo, err := Open(t.Context(), entry)
			if err != nil {
				if c.want == "" || !strings.Contains(err.Error(), c.want) {
					t.Errorf("err = %v, want %q", err, c.want)
				}
				return
			}
			defer repo.Close()
			if got := repo.Locator(); got.Kind != "hub-cache" || got.Revision != c.want {
				t.Errorf("Locator = %+v, want revision %q", got, c.want)
			}
		})
	}
}

func TestFolderThatOnlyHasTheName(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "models--o--n")
	writeFile(t, filepath.Join(dir, "x"), "x")
	if got, want := mustOpen(t, dir).Locator(), (Locator{Kind: "directory", Name: "models--o--n"}); got != want {
		t.Errorf("Locator = %+v, want %+v", got, want)
	}
	if repo, err := Open(t.Context(), filepath.Join(dir, "snapshots", commit)); err == nil {
		repo.Close()
		t.Error("a missing snapshot was opened")
	}
}

func TestCacheBlobs(t *testing.T) {
	big := strings.Repeat("w", 2000)
	entry := writeCache(t, map[string]string{"config.json": "{}", "sub/big.bin": big, "gone.bin": big + "!", "small": "s"})
	snapshot := filepath.Join(entry, "snapshots", commit)
	remove(t, filepath.Join(entry, "blobs", blobName(big+"!")))
	writeFile(t, filepath.Join(entry, "blobs/plainname"), "p")
	writeFile(t, filepath.Join(entry, "snapshots", otherCommit, "x"), "x")
	writeFile(t, filepath.Join(entry, "blobs/deep", sha1Hex), "x")
	writeFile(t, filepath.Join(snapshot, "real"), "not a link")
	writeFile(t, filepath.Join(entry, "blobs", oid), pointer)
	for place, target := range map[string]string{
		"again":    "config.json",
		"unnamed":  "../../blobs/plainname",
		"lost":     "../../blobs/nothing-here",
		"pointer":  "../../blobs/" + oid,
		"refs":     "../../refs/main",
		"other":    "../" + otherCommit + "/x",
		"deep":     "../../blobs/deep/" + sha1Hex,
		"out":      "../../../x",
		"gone-out": "../../missing",
		"absolute": filepath.Join(entry, "blobs/plainname"),
		"blobs":    "../../blobs",
		"here":     ".",
	} {
		symlink(t, target, filepath.Join(snapshot, place))
	}
	sha1By := func(data string) []Digest {
		return []Digest{{"git-blob-SHA-1", blobName(data), "hub-cache-blob"}}
	}
	sha256By := func(data string) []Digest { return []Digest{{"SHA-256", blobName(data), "hub-cache-blob"}} }
	want := []File{
		{Path: "absolute", Skipped: string(leadsOut)},
		{Path: "again", Size: 2, Asserted: sha1By("{}")},
		{Path: "blobs", Skipped: string(leadsOut)},
		{Path: "config.json", Size: 2, Asserted: sha1By("{}")},
		{Path: "deep", Skipped: string(leadsOut)},
		{Path: "gone-out", Skipped: string(leadsOut)},
		{Path: "gone.bin", Absent: true, Asserted: sha256By(big + "!")},
		{Path: "here", Skipped: string(linkToFolder)},
		{Path: "lost", Absent: true},
		{Path: "other", Skipped: string(leadsOut)},
		{Path: "out", Skipped: string(leadsOut)},
		{Path: "pointer", Size: 12345, Absent: true, Asserted: []Digest{{"SHA-256", oid, "git-lfs-pointer"}}},
		{Path: "real", Size: 10},
		{Path: "refs", Skipped: string(leadsOut)},
		{Path: "small", Size: 1, Asserted: sha1By("s")},
		{Path: "sub/big.bin", Size: 2000, Asserted: sha256By(big)},
		{Path: "unnamed", Size: 1},
	}
	repo := mustOpen(t, snapshot)
	if diff := cmp.Diff(want, mustList(t, repo)); diff != "" {
		t.Error(diff)
	}
	for _, f := range want {
		b, err := repo.Open(t.Context(), f.Path)
		if (err == nil) != (f.Skipped == "" && !f.Absent) {
			t.Errorf("Open(%q) = %v", f.Path, err)
		}
		if err == nil {
			b.Close()
		}
	}
}

func remove(t *testing.T, place string) {
	t.Helper()
	if err := os.Remove(place); err != nil {
		t.Fatal(err)
	}
}
