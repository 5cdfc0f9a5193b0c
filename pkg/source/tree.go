package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// A tree is a repository in a folder of this machine.
type tree struct {
	root *os.Root
	// base is the folder of root that is the repository, "." for root itself.
	base string
	// blobs is a folder of root, outside base, to whose files links may lead.
	// Empty when there is none.
	blobs string
	loc   Locator
	// stated holds the digests that the place states, by path.
	stated map[string]Digest
}

func (t *tree) Locator() Locator { return t.loc }

func (t *tree) Close() error { return t.root.Close() }

// Files lists everything before it yields anything: the byte order of paths is
// not the order of folders ("a.b/x" comes before "a/x").
func (t *tree) Files(ctx context.Context) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		files, err := t.list(ctx, newLimits())
		if err != nil {
			yield(File{}, fmt.Errorf("list repository: %w", err))
			return
		}
		for _, f := range files {
			if !yield(f, nil) {
				return
			}
		}
	}
}

func (t *tree) list(ctx context.Context, l *limits) ([]File, error) {
	var files []File
	var broken error
	w := &walk{
		root: t.root, base: t.base, limits: l,
		visit: func(dir *os.Root, p string, info fs.FileInfo) bool {
			if info.IsDir() {
				why := ignoredFolder(p)
				if why != "" {
					files = append(files, File{Path: p, Skipped: string(why), Ignored: true})
				}
				return why == ""
			}
			file, content := t.look(dir, p, info, l)
			if content != nil {
				content.Close()
			}
			files = append(files, file)
			return false
		},
		failed: func(p string, why reason) {
			if p == "." {
				broken = why
			}
			files = append(files, File{Path: p, Skipped: string(why)})
		},
	}
	if err := errors.Join(w.run(ctx), broken); err != nil {
		return nil, err
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

// Open opens only what Files lists: not a file inside an ignored folder, and
// not by a path that passes through a link.
func (t *tree) Open(ctx context.Context, p string) (Blob, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	file, f, err := t.find(p)
	if err == nil && f == nil {
		err = whyClosed(file)
	}
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", p, err)
	}
	return &openBlob{ctx: ctx, path: p, size: file.Size, from: f, Closer: f}, nil
}

func (t *tree) find(p string) (File, *os.File, error) {
	if !isListable(p) {
		return File{}, nil, notListed
	}
	dir, err := openRealFolder(t.root, path.Join(t.base, path.Dir(p)))
	if errors.Is(err, fs.ErrNotExist) {
		return File{}, nil, notListed
	}
	if err != nil {
		return File{}, nil, reasonFor(err)
	}
	defer dir.Close()
	info, err := dir.Lstat(path.Base(p))
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.IsDir() {
		return File{}, nil, notListed
	}
	if err != nil {
		return File{}, nil, reasonFor(err)
	}
	file, f := t.look(dir, p, info, newLimits())
	return file, f, nil
}

// isListable reports whether p is spelt as Files spells paths.
func isListable(p string) bool {
	return p != "." && path.Clean(p) == p && filepath.IsLocal(p) &&
		!strings.ContainsRune(p, 0) && strings.Count(p, "/") <= maxDepth && !insideIgnored(p)
}
