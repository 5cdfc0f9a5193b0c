package source

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

func TestAllNames(t *testing.T) {
	var names []string
	for _, o := range All() {
		names = append(names, o.Name())
	}
	if got := strings.Join(names, " "); got != "hub-cache file directory" {
		t.Errorf("All = %s", got)
	}
}

func TestOpenersRefuseOtherKinds(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	writeFile(t, file, "x")
	entry := writeCache(t, map[string]string{"x": "x"})
	for _, c := range []struct {
		opener Opener
		ref    string
	}{
		{fileOpener{}, dir}, {directoryOpener{}, file}, {hubCacheOpener{}, dir}, {hubCacheOpener{}, file},
		{fileOpener{}, entry}, {hubCacheOpener{}, ""}, {fileOpener{}, ""}, {directoryOpener{}, ""},
		{hubCacheOpener{}, filepath.Join(dir, "missing")}, {fileOpener{}, filepath.Join(dir, "missing")},
		{directoryOpener{}, filepath.Join(dir, "missing")},
	} {
		if repo, err := c.opener.Open(t.Context(), c.ref); !errors.Is(err, ErrNotMine) || repo != nil {
			t.Errorf("%s.Open(%q) = %v, %v, want ErrNotMine", c.opener.Name(), c.ref, repo, err)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "file"), "x")
	symlink(t, "nowhere", filepath.Join(dir, "dangling"))
	t.Chdir(dir)
	for _, c := range []struct {
		ref, want string
		is        error
	}{
		{"", "open repository: empty reference", nil},
		{"missing", `open "missing": no such file or directory`, fs.ErrNotExist},
		{"dangling", `open "dangling": no such file or directory`, fs.ErrNotExist},
		{"file/x", `open "file/x": not a directory`, nil},
		{"a\x00b", `open "a\x00b": invalid argument`, nil},
		{"esc\x1b[2J", `open "esc\x1b[2J": no such file or directory`, fs.ErrNotExist},
	} {
		repo, err := Open(t.Context(), c.ref)
		if repo != nil || err == nil {
			t.Errorf("Open(%q) = %v, %v", c.ref, repo, err)
			continue
		}
		if err.Error() != c.want || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("Open(%q) = %q, want %q", c.ref, err, c.want)
		}
	}
}

func TestReasons(t *testing.T) {
	for err, want := range map[error]reason{
		fs.ErrPermission:    noPermission,
		fs.ErrNotExist:      vanished,
		errors.New("other"): notReadable,
		linkCycle:           linkCycle,
		&fs.PathError{Op: "openat", Path: "/host/path", Err: fs.ErrPermission}: noPermission,
	} {
		if got := reasonFor(err); got != want {
			t.Errorf("reasonFor(%v) = %q, want %q", err, got, want)
		}
	}
	if got := linkReason(fs.ErrNotExist); got != linkDangling {
		t.Errorf("linkReason = %q", got)
	}
	if !errors.Is(noPermission, fs.ErrPermission) || !errors.Is(notListed, fs.ErrNotExist) || errors.Is(leadsOut, fs.ErrNotExist) {
		t.Error("reasons do not match the errors of package fs")
	}
}

func TestKindOf(t *testing.T) {
	for mode, want := range map[fs.FileMode]string{
		fs.ModeDir: "directory", fs.ModeSymlink: "symbolic link", fs.ModeNamedPipe: "named pipe",
		fs.ModeSocket: "socket", fs.ModeDevice: "device", fs.ModeDevice | fs.ModeCharDevice: "device",
		fs.ModeIrregular: "special file",
	} {
		if got := kindOf(mode); got != want {
			t.Errorf("kindOf(%v) = %q, want %q", mode, got, want)
		}
	}
}
