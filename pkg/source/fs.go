package source

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"
)

// FS makes a repository of a file system, for tests. It takes the file system
// at its word: links, limits and races are the business of the real kinds. A
// file that is no io.ReaderAt is read into memory whole when it is opened.
func FS(fsys fs.FS, loc Locator) Repository { return &fsRepository{fsys, loc} }

type fsRepository struct {
	fsys fs.FS
	loc  Locator
}

func (r *fsRepository) Locator() Locator { return r.loc }

func (r *fsRepository) Close() error { return nil }

func (r *fsRepository) Files(ctx context.Context) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		files, err := r.list(ctx)
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

func (r *fsRepository) list(ctx context.Context) ([]File, error) {
	var files []File
	err := fs.WalkDir(r.fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		switch {
		case err != nil && p == ".":
			return reasonFor(err)
		case err != nil:
			files = append(files, File{Path: p, Skipped: string(reasonFor(err))})
		case !d.IsDir():
			files = append(files, r.look(ctx, p, d))
		case ignoredFolder(p) != "":
			files = append(files, File{Path: p, Skipped: string(ignoredFolder(p)), Ignored: true})
			return fs.SkipDir
		}
		return nil
	})
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files, err
}

func (r *fsRepository) look(ctx context.Context, p string, d fs.DirEntry) File {
	file := File{Path: p}
	if !d.Type().IsRegular() {
		file.Skipped = string(notRegular(d.Type()))
		return file
	}
	b, err := r.blob(ctx, p)
	if err != nil {
		file.Skipped = string(reasonFor(err))
		return file
	}
	defer b.Close()
	file.Size = b.size
	if why := ignoredFile(p); why != "" {
		file.Ignored, file.Skipped = true, string(why)
		return file
	}
	if b.size >= MaxPointerSize {
		return file
	}
	whole, err := readAll(b, b.size)
	if err != nil {
		file.Skipped = string(reasonFor(err))
		return file
	}
	return withContent(file, whole)
}

func (r *fsRepository) Open(ctx context.Context, p string) (Blob, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	info, err := fs.Stat(r.fsys, p)
	if err == nil && (info.IsDir() || !isListable(p)) || err != nil {
		return nil, fmt.Errorf("open %q: %w", p, notListed)
	}
	file := r.look(ctx, p, fs.FileInfoToDirEntry(info))
	if file.Absent || file.Skipped != "" {
		return nil, fmt.Errorf("open %q: %w", p, whyClosed(file))
	}
	return r.blob(ctx, p)
}

func (r *fsRepository) blob(ctx context.Context, p string) (*openBlob, error) {
	f, err := r.fsys.Open(p)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	b := &openBlob{ctx: ctx, path: path.Clean(p), size: info.Size(), Closer: f}
	if at, ok := f.(io.ReaderAt); ok {
		b.from = at
		return b, nil
	}
	data, err := io.ReadAll(f)
	if err != nil {
		f.Close()
		return nil, err
	}
	b.from, b.size = bytes.NewReader(data), int64(len(data))
	return b, nil
}
