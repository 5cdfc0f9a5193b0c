//go:build unix

package source

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func TestSpecialFilesAreNotOpened(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "real"), "x")
	mkfifo(t, filepath.Join(dir, "pipe"))
	mkfifo(t, filepath.Join(dir, ".cache/huggingface/download/real.metadata"))
	symlink(t, "pipe", filepath.Join(dir, "topipe"))
	t.Chdir(dir) // a socket's path must be short
	l, err := net.Listen("unix", "socket")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	want := []File{
		{Path: ".cache/huggingface", Skipped: "download bookkeeping", Ignored: true},
		{Path: "pipe", Skipped: "not a regular file (named pipe)"},
		{Path: "real", Size: 1},
		{Path: "socket", Skipped: "not a regular file (socket)"},
		{Path: "topipe", Skipped: "not a regular file (named pipe)"},
	}
	inTime(t, func() {
		repo := mustOpen(t, dir)
		if diff := cmp.Diff(want, mustList(t, repo)); diff != "" {
			t.Error(diff)
		}
		for _, p := range []string{"pipe", "topipe", "socket"} {
			if _, err := repo.Open(t.Context(), p); err == nil || !strings.Contains(err.Error(), "not a regular file") {
				t.Errorf("Open(%q) = %v", p, err)
			}
		}
	})
}

func TestDeviceIsNotOpened(t *testing.T) {
	dir := t.TempDir()
	if err := mknodZero(filepath.Join(dir, "zero")); err != nil {
		t.Skipf("devices cannot be made here: %v", err)
	}
	want := []File{{Path: "zero", Skipped: "not a regular file (device)"}}
	if diff := cmp.Diff(want, mustList(t, mustOpen(t, dir))); diff != "" {
		t.Error(diff)
	}
}

func TestPipeAsReference(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	mkfifo(t, pipe)
	inTime(t, func() {
		_, err := Open(t.Context(), pipe)
		if err == nil || !strings.HasSuffix(err.Error(), "neither a directory nor a regular file but a named pipe") {
			t.Errorf("Open = %v", err)
		}
	})
	if _, err := Open(t.Context(), "/dev/null"); err == nil || !strings.HasSuffix(err.Error(), "but a device") {
		t.Errorf("Open(/dev/null) = %v", err)
	}
}

func TestFileReplacedByPipe(t *testing.T) {
	dir := t.TempDir()
	place := filepath.Join(dir, "model.bin")
	writeFile(t, place, "x")
	for _, ref := range []string{dir, place} {
		writeFile(t, place, "x")
		repo := mustOpen(t, ref)
		mustList(t, repo)
		if err := os.Remove(place); err != nil {
			t.Fatal(err)
		}
		mkfifo(t, place)
		inTime(t, func() {
			if _, err := repo.Open(t.Context(), "model.bin"); !errors.Is(err, reason("not a regular file (named pipe)")) {
				t.Errorf("Open = %v", err)
			}
		})
		if err := os.Remove(place); err != nil {
			t.Fatal(err)
		}
	}
}

// The file is replaced at the worst moment: after it was looked at and before
// it is opened.
func TestFileReplacedByPipeBeforeOpening(t *testing.T) {
	dir := t.TempDir()
	place := filepath.Join(dir, "x")
	writeFile(t, place, "x")
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	info, err := root.Lstat("x")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(place); err != nil {
		t.Fatal(err)
	}
	mkfifo(t, place)
	inTime(t, func() {
		if _, _, err := openIn(root, "x", info); !errors.Is(err, reason("not a regular file (named pipe)")) {
			t.Errorf("openIn = %v", err)
		}
		if _, err := openFolder(root, "x"); err == nil {
			t.Error("openFolder opened a pipe")
		}
	})
}

func TestHostileNames(t *testing.T) {
	dir := t.TempDir()
	names := []string{"bad\xff\xfeutf8", "ctrl\x01\x1b[31m", "new\nline", "tab\t", "back\\slash", "...", "-rf", "~",
		"C:colon", " ", "trailing ", "nfc\u00e9", "nfd" + "e\u0301", "rtl\u202egnp.exe", strings.Repeat("n", 255)}
	var made []string
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644); err != nil {
			t.Logf("name %q cannot be made here: %v", name, err)
			continue
		}
		made = append(made, name)
	}
	repo := mustOpen(t, dir)
	files := mustList(t, repo)
	if len(files) != len(made) || len(made) < 10 {
		t.Errorf("%d files listed of %d", len(files), len(made))
	}
	for i, f := range files {
		if f.Skipped != "" || readBlob(t, repo, f.Path) != f.Path {
			t.Errorf("%+v", f)
		}
		if i > 0 && files[i-1].Path >= f.Path {
			t.Errorf("%q is listed after %q", f.Path, files[i-1].Path)
		}
	}
}

func mkfifo(t *testing.T, place string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(place, 0o644); err != nil {
		t.Fatal(err)
	}
}

// inTime fails when f takes so long that it must be waiting for a pipe.
func inTime(t *testing.T, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		buf := make([]byte, 1<<16)
		t.Fatalf("still waiting:\n%s", buf[:runtime.Stack(buf, true)])
	}
}
