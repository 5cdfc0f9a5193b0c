package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// All returns the kinds of places, in the order in which they are asked: a hub
// cache entry is a directory too, so the directory comes last.
func All() []Opener {
	return []Opener{hubCacheOpener{}, fileOpener{}, directoryOpener{}}
}

// Open opens the repository that ref names with the first kind of [All] that
// knows it. The error is for the person who typed ref: it names ref, and wraps
// fs.ErrNotExist or fs.ErrPermission where that is the cause.
func Open(ctx context.Context, ref string) (Repository, error) {
	if ref == "" {
		return nil, errors.New("open repository: empty reference")
	}
	for _, o := range All() {
		repo, err := o.Open(ctx, ref)
		if !errors.Is(err, ErrNotMine) {
			return repo, err
		}
	}
	return nil, openError(ref, whyNobody(ref))
}

// whyNobody says why no kind of place recognised ref.
func whyNobody(ref string) error {
	info, err := os.Stat(ref)
	switch {
	case err != nil:
		return err
	case info.IsDir() || info.Mode().IsRegular():
		return errors.New("changed while it was opened")
	}
	return fmt.Errorf("neither a directory nor a regular file but a %s", kindOf(info.Mode()))
}

// openError tells the user that ref cannot be opened. The place that a
// *fs.PathError names is dropped, since it may be another than the one typed.
func openError(ref string, err error) error {
	return fmt.Errorf("open %q: %w", ref, withoutPath(err))
}

// withoutPath strips the operation and the path that package os puts around an
// error: the path may be absolute and must not reach a document.
func withoutPath(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// openRoot opens a folder of the host as the root of a repository. The trailing
// dot makes the system refuse whatever is not a folder before opening it.
func openRoot(place string) (*os.Root, error) {
	return os.OpenRoot(place + string(filepath.Separator) + ".")
}

// lastElement is the name by which a document may call a place of the host.
func lastElement(place string) string {
	abs, err := filepath.Abs(place)
	if err != nil {
		return ""
	}
	name := filepath.Base(abs)
	if name == string(filepath.Separator) || name == "." {
		return ""
	}
	return name
}
