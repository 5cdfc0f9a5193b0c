package source

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLinksInDirectory(t *testing.T) {
	outer := t.TempDir()
	writeFile(t, filepath.Join(outer, "secret"), "do not read")
	dir := filepath.Join(outer, "repo")
	writeTree(t, dir, map[string]string{"real": "12345", "d/real": "123", "pointer": pointer})
	for place, target := range map[string]string{
		"file":          "real",
		"hop":           "file",
		"d/up":          "../real",
		"d/side":        "./../d/./real",
		"through":       "d/../d/up",
		"bylink":        "todir/real",
		"topointer":     "pointer",
		"out":           "../secret",
		"outandback":    "../repo/real",
		"deepout":       "d/../../secret",
		"absolute":      filepath.Join(outer, "secret"),
		"absolutehome":  filepath.Join(dir, "real"),
		"zero":          "/dev/zero",
		"proc":          "/proc/self/environ",
		"todir":         "d",
		"todot":         ".",
		"toroot":        "d/..",
		"todirout":      "..",
		"self":          "self",
		"ping":          "pong",
		"pong":          "ping",
		"dangling":      "nothing",
		"danglingout":   "../nothing",
		"throughfile":   "real/x",
		"filewithslash": "real/",
		"outbylink":     "leave/secret",
		"leave":         "..",
	} {
		symlink(t, target, filepath.Join(dir, place))
	}
	repo := mustOpen(t, dir)
	got := map[string]string{}
	for _, f := range mustList(t, repo) {
		got[f.Path] = f.Skipped
		if f.Skipped == "" {
			got[f.Path] = fmt.Sprint(f.Size)
		}
		b, err := repo.Open(t.Context(), f.Path)
		if (err == nil) != (f.Skipped == "" && !f.Absent) {
			t.Errorf("%s: Open = %v, listed as %+v", f.Path, err, f)
		}
		if err == nil {
			b.Close()
		} else if strings.Contains(err.Error(), outer) {
			t.Errorf("error names a place of the host: %v", err)
		}
	}
	want := map[string]string{
		"real": "5", "d/real": "3", "pointer": "12345",
		"file": "5", "hop": "5", "d/up": "5", "d/side": "3", "through": "5", "bylink": "3", "topointer": "12345",
		"out": string(leadsOut), "outandback": string(leadsOut), "deepout": string(leadsOut),
		"absolute": string(leadsOut), "absolutehome": string(leadsOut), "zero": string(leadsOut), "proc": string(leadsOut),
		"danglingout": string(leadsOut), "outbylink": string(leadsOut), "leave": string(leadsOut), "todirout": string(leadsOut),
		"todir": string(linkToFolder), "todot": string(linkToFolder), "toroot": string(linkToFolder),
		"self": string(linkCycle), "ping": string(linkCycle), "pong": string(linkCycle),
		"dangling": string(linkDangling), "throughfile": string(linkDangling), "filewithslash": string(linkDangling),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("size or reason by path (-want +got):\n%s", diff)
	}
	for _, p := range []string{"todir/real", "todot/real", "leave/secret", "todirout/secret"} {
		if b, err := repo.Open(t.Context(), p); err == nil {
			b.Close()
			t.Errorf("Open(%q) went through a link", p)
		}
	}
}

func TestLinkChains(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "n00"), "x")
	for i := 1; i <= maxHops+1; i++ {
		symlink(t, fmt.Sprintf("n%02d", i-1), filepath.Join(dir, fmt.Sprintf("n%02d", i)))
	}
	symlink(t, strings.Repeat("./", maxLinkParts)+"n00", filepath.Join(dir, "winding"))
	for _, f := range mustList(t, mustOpen(t, dir)) {
		want := ""
		switch f.Path {
		case fmt.Sprintf("n%02d", maxHops+1):
			want = string(linkCycle)
		case "winding":
			want = string(linkTooLong)
		}
		if f.Skipped != want {
			t.Errorf("%s: %q, want %q", f.Path, f.Skipped, want)
		}
	}
}

// Each link of this kind doubles the way of the one before it.
func TestLinkBomb(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "d0", "x"), "x")
	for i := 1; i < 30; i++ {
		prev := fmt.Sprintf("d%d", i-1)
		symlink(t, prev+"/../"+prev, filepath.Join(dir, fmt.Sprintf("d%d", i)))
	}
	files := mustList(t, mustOpen(t, dir))
	if last := files[len(files)-1]; last.Skipped == "" {
		t.Errorf("%+v was followed", last)
	}
}

func TestEmptyDirectory(t *testing.T) {
	if files := mustList(t, mustOpen(t, t.TempDir())); len(files) != 0 {
		t.Errorf("files = %+v", files)
	}
}

func TestDeepNesting(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { root.Close() }()
	const levels = 1000
	for range levels {
		if err := root.Mkdir("d", 0o755); err != nil {
			t.Fatal(err)
		}
		next, err := root.OpenRoot("d")
		if err != nil {
			t.Fatal(err)
		}
		root.Close()
		root = next
	}
	if err := root.WriteFile("x", []byte("deep"), 0o644); err != nil {
		t.Fatal(err)
	}
	repo := mustOpen(t, dir)
	want := strings.Repeat("d/", levels) + "x"
	files := mustList(t, repo)
	if len(files) != 1 || files[0].Path != want || files[0].Size != 4 {
		t.Fatalf("%d files, want the one at the bottom", len(files))
	}
	if got := readBlob(t, repo, want); got != "deep" {
		t.Errorf("content = %q", got)
	}
}

func TestTooDeepNestingIsSkipped(t *testing.T) {
	dir := t.TempDir()
	deep := strings.Repeat("d/", maxDepth+1)
	if err := os.MkdirAll(filepath.Join(dir, deep), 0o755); err != nil {
		t.Skipf("no such path here: %v", err)
	}
	files := mustList(t, mustOpen(t, dir))
	want := File{Path: strings.TrimSuffix(deep, "/"), Skipped: string(tooDeep)}
	if len(files) != 1 {
		t.Fatalf("%d files", len(files))
	}
	if diff := cmp.Diff(want, files[0]); diff != "" {
		t.Error(diff)
	}
}
