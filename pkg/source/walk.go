package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// MaxFiles is how many files and folders a repository may have. The largest on
// the hubs stay below 100,000 by the hubs' own advice; ten times that is still
// listed in modest memory.
const MaxFiles = 1_000_000

const (
	// maxDepth is how many folders may lie inside one another. Systems limit a
	// path to 4,096 bytes or less, which is 2,048 levels at most.
	maxDepth = 1024
	// maxPathBytes bounds the names of a listing: a million paths of 500 bytes.
	maxPathBytes = 512 << 20
	// maxSteps bounds the folders passed through while opening paths, some
	// minutes of work. A million files ten levels down need a sixth of it.
	maxSteps = 64 << 20
	// namesAtOnce is how many names are read before the limits are checked.
	namesAtOnce = 1024
)

// limits counts what a listing has cost and what it may cost. The zero value
// of a maximum is not a default: newLimits sets them.
type limits struct {
	entries, maxEntries int
	bytes, maxBytes     int
	steps, maxSteps     int
}

func newLimits() *limits {
	return &limits{maxEntries: MaxFiles, maxBytes: maxPathBytes, maxSteps: maxSteps}
}

func (l *limits) check() error {
	switch {
	case l.entries > l.maxEntries:
		return fmt.Errorf("repository has more than %d files and folders", l.maxEntries)
	case l.bytes > l.maxBytes:
		return fmt.Errorf("paths of the repository take more than %d bytes", l.maxBytes)
	case l.steps > l.maxSteps:
		return errors.New("folders of the repository are nested too deeply to list them all")
	}
	return nil
}

// A walk goes through every folder below base, a path inside root. It follows
// no link. Paths are relative to base; the order is the system's.
type walk struct {
	root *os.Root
	base string
	*limits
	// visit is called for each entry with the folder that it lies in, opened.
	// It reports whether to go into the entry, should it be a folder.
	visit func(dir *os.Root, p string, info fs.FileInfo) bool
	// failed is called for what could not be looked at.
	failed func(p string, why reason)
}

func (w *walk) run(ctx context.Context) error {
	pending := []string{"."}
	for len(pending) > 0 {
		dir := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		inner, err := w.folder(ctx, dir)
		if err != nil {
			return err
		}
		pending = append(pending, inner...)
	}
	return nil
}

// folder visits what lies in one folder and returns the folders to go into. An
// error ends the walk; a folder that cannot be read is no error.
func (w *walk) folder(ctx context.Context, dir string) ([]string, error) {
	if strings.Count(dir, "/") >= maxDepth {
		w.failed(dir, tooDeep)
		return nil, nil
	}
	full := path.Join(w.base, dir)
	w.steps += depth(full)
	sub, err := openFolder(w.root, full)
	if err != nil {
		w.failed(dir, reasonFor(err))
		return nil, w.check()
	}
	defer sub.Close()
	names, err := w.names(sub, dir)
	if err != nil {
		return nil, err
	}
	return w.entriesOf(ctx, sub, dir, names)
}

func (w *walk) entriesOf(ctx context.Context, sub *os.Root, dir string, names []string) ([]string, error) {
	var inner []string
	for _, name := range names {
		if err := errors.Join(ctx.Err(), w.check()); err != nil {
			return nil, err
		}
		p := join(dir, name)
		info, err := sub.Lstat(name)
		if err != nil {
			w.failed(p, reasonFor(err))
			continue
		}
		if w.visit(sub, p, info) && info.IsDir() {
			inner = append(inner, p)
		}
	}
	return inner, nil
}

// names reads the names in a folder. What was read before an error counts.
// Names only: the other ways of reading a folder look each entry up by its path
// on the host.
func (w *walk) names(sub *os.Root, dir string) ([]string, error) {
	f, err := sub.Open(".")
	if err != nil {
		w.failed(dir, reasonFor(err))
		return nil, nil
	}
	defer f.Close()
	var all []string
	for {
		some, err := f.Readdirnames(namesAtOnce)
		all = append(all, some...)
		w.count(dir, some)
		if err := w.check(); err != nil {
			return nil, err
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				w.failed(dir, reasonFor(err))
			}
			return all, nil
		}
	}
}

func (w *walk) count(dir string, names []string) {
	w.entries += len(names)
	for _, name := range names {
		w.bytes += len(dir) + 1 + len(name)
	}
}

// openFolder opens a folder inside root. The trailing dot makes the system
// refuse whatever is not a folder, a pipe above all, without opening it.
func openFolder(root *os.Root, p string) (*os.Root, error) {
	return root.OpenRoot(p + "/.")
}

// openRealFolder opens a folder inside root by a path that passes through no
// link. It goes element by element: looking each prefix up from the root would
// take a time that grows with the square of the depth.
func openRealFolder(root *os.Root, p string) (*os.Root, error) {
	at, err := openFolder(root, ".")
	for part := range strings.SplitSeq(p, "/") {
		if err != nil {
			return nil, err
		}
		var next *os.Root
		info, statErr := at.Lstat(part)
		switch {
		case statErr != nil:
			err = statErr
		case !info.IsDir():
			err = notListed
		default:
			next, err = openFolder(at, part)
		}
		at.Close()
		at = next
	}
	return at, err
}

// isFolder reports whether openRealFolder opens p.
func isFolder(root *os.Root, p string) bool {
	dir, err := openRealFolder(root, p)
	if err != nil {
		return false
	}
	dir.Close()
	return true
}

// join is path.Join for a clean folder and a single name.
func join(dir, name string) string {
	if dir == "." {
		return name
	}
	return dir + "/" + name
}

func depth(p string) int { return 1 + strings.Count(p, "/") }
