package source

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
)

// A fileOpener opens a single file: a repository that has that file, called by
// its base name, and no other. A link is followed wherever it leads, since it is
// the user who names it.
type fileOpener struct{}

func (fileOpener) Name() string { return "file" }

func (fileOpener) Open(ctx context.Context, ref string) (Repository, error) {
	if info, err := os.Stat(ref); err != nil || !info.Mode().IsRegular() {
		return nil, ErrNotMine
	}
	place, err := filepath.Abs(ref)
	if err != nil {
		return nil, openError(ref, err)
	}
	s := &singleFile{place: place, name: lastElement(ref)}
	f, _, err := s.open()
	if err != nil {
		return nil, openError(ref, err)
	}
	return s, f.Close()
}

// A singleFile is a repository with one file.
type singleFile struct {
	place string // absolute, never shown
	name  string
}

func (s *singleFile) Locator() Locator { return Locator{Kind: "file", Name: s.name} }

func (s *singleFile) Close() error { return nil }

func (s *singleFile) Files(ctx context.Context) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(File{}, fmt.Errorf("list repository: %w", err))
			return
		}
		file, f := s.look()
		if f != nil {
			f.Close()
		}
		yield(file, nil)
	}
}

// look does for the one file what tree.look does for one of many.
func (s *singleFile) look() (File, *os.File) {
	file := File{Path: s.name}
	f, size, err := s.open()
	if err != nil {
		file.Skipped = string(reasonFor(err))
		return file, nil
	}
	file.Size = size
	if p, ok := readPointer(f, size); ok {
		f.Close()
		return absent(file, p), nil
	}
	return file, f
}

func (s *singleFile) open() (*os.File, int64, error) {
	info, err := os.Stat(s.place)
	if err != nil {
		return nil, 0, err
	}
	return openRegular(info, func(flag int) (*os.File, error) {
		return os.OpenFile(s.place, flag, 0)
	})
}

func (s *singleFile) Open(ctx context.Context, p string) (Blob, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if p != s.name {
		return nil, fmt.Errorf("open %q: %w", p, notListed)
	}
	file, f := s.look()
	if f == nil {
		return nil, fmt.Errorf("open %q: %w", p, whyClosed(file))
	}
	return &openBlob{ctx: ctx, path: p, size: file.Size, from: f, Closer: f}, nil
}
