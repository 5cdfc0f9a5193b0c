package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// An openBlob is the content of a file while it is open.
type openBlob struct {
	ctx  context.Context // bounds the reads, as Repository.Open promises
	path string
	size int64
	from io.ReaderAt
	io.Closer
}

// Size is the size at the time of opening.
func (b *openBlob) Size() int64 { return b.size }

// ReadAt looks at the context before each read and not during one.
func (b *openBlob) ReadAt(p []byte, off int64) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := b.from.ReadAt(p, off)
	if err != nil && !errors.Is(err, io.EOF) {
		// The error of an *os.File names the file by its place on the host.
		err = fmt.Errorf("read %q: %w", b.path, withoutPath(err))
	}
	return n, err
}

// openRegular opens a file with open and makes sure that it is a regular one:
// before opening, because opening a pipe or a device can already do something,
// and after it, because it may have been replaced in between.
func openRegular(info fs.FileInfo, open func(flag int) (*os.File, error)) (*os.File, int64, error) {
	if !info.Mode().IsRegular() {
		return nil, 0, notRegular(info.Mode())
	}
	f, err := open(readOnly)
	if err != nil {
		return nil, 0, err
	}
	info, err = f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = notRegular(info.Mode())
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// openIn opens the regular file called name, which is not a link, in root.
func openIn(root *os.Root, name string, info fs.FileInfo) (*os.File, int64, error) {
	return openRegular(info, func(flag int) (*os.File, error) {
		return root.OpenFile(name, flag, 0)
	})
}

// readSmall reads a regular file of at most limit bytes.
func readSmall(root *os.Root, name string, limit int64) ([]byte, error) {
	info, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	f, size, err := openIn(root, name, info)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size > limit {
		return nil, fmt.Errorf("larger than %d bytes", limit)
	}
	return readAll(f, size)
}

// readAll reads the size first bytes of r, or fewer when it is shorter.
func readAll(r io.ReaderAt, size int64) ([]byte, error) {
	data := make([]byte, size)
	n, err := r.ReadAt(data, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return data[:n], nil
}
