package source

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func mknodZero(place string) error {
	return unix.Mknod(place, unix.S_IFCHR|0o666, int(unix.Mkdev(1, 5)))
}

func TestNoPermission(t *testing.T) {
	outer := t.TempDir()
	dir := filepath.Join(outer, "repo")
	writeTree(t, dir, map[string]string{"closed": "x", "folder/x": "x", "open": "x", "sub/.git/x": "x"})
	closed := filepath.Join(outer, "closedrepo")
	writeFile(t, filepath.Join(closed, "x"), "x")
	symlink(t, "closed", filepath.Join(dir, "toclosed"))
	symlink(t, "folder/x", filepath.Join(dir, "intofolder"))
	for _, p := range []string{"repo/closed", "repo/folder", "closedrepo"} {
		place := filepath.Join(outer, p)
		if err := os.Chmod(place, 0); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(place, 0o755) })
	}
	openToAll(t, outer)
	asNobody(t, func() {
		repo := mustOpen(t, dir)
		want := []File{
			{Path: "closed", Skipped: "permission denied"},
			{Path: "folder", Skipped: "permission denied"},
			{Path: "intofolder", Skipped: "permission denied"},
			{Path: "open", Size: 1},
			{Path: "sub/.git", Skipped: "version control", Ignored: true},
			{Path: "toclosed", Skipped: "permission denied"},
		}
		if diff := cmp.Diff(want, mustList(t, repo)); diff != "" {
			t.Error(diff)
		}
		if _, err := repo.Open(t.Context(), "closed"); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("Open = %v", err)
		}
		for _, ref := range []string{closed, filepath.Join(closed, "x"), filepath.Join(dir, "closed")} {
			if _, err := Open(t.Context(), ref); !errors.Is(err, fs.ErrPermission) {
				t.Errorf("Open(%q) = %v", ref, err)
			}
		}
	})
}

// openToAll lets everybody pass the folders above the test's own: the parent of
// a temporary folder is its owner's alone.
func openToAll(t *testing.T, dir string) {
	t.Helper()
	for d := dir; d != filepath.Clean(os.TempDir()) && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// asNobody runs f with file permissions of a user who owns nothing, which takes
// root. Everybody else runs f as who they are.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		f()
		return
	}
	const nobody = 65534
	done := make(chan struct{})
	go func() {
		defer close(done)
		// Never unlocked: the thread ends with the goroutine and takes the
		// changed identity with it.
		runtime.LockOSThread()
		unix.SetfsuidRetUid(nobody)
		if uid, _ := unix.SetfsuidRetUid(-1); uid != nobody {
			t.Log("SKIPPED: the file system identity cannot be changed here")
			return
		}
		f()
	}()
	<-done
}
