package testset

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// maxFile is above the largest file that is wanted, 98 MB, and keeps an archive
// with a wrong pin from filling the disk.
const maxFile = 256 << 20

// unpack writes what is wanted of the archive into files. Every Take must find
// something.
func (a Archive) unpack(name, files string) error {
	found := make([]bool, len(a.Take))
	err := eachFile(name, func(path string, r io.Reader) error {
		for i, t := range a.Take {
			target, ok := t.target(path)
			if !ok {
				continue
			}
			found[i] = true
			if err := t.write(r, files, target); err != nil {
				return fmt.Errorf("unpack %q: %w", path, err)
			}
			break
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, t := range a.Take {
		if !found[i] {
			return fmt.Errorf("%q is not in the archive", t.From)
		}
	}
	return nil
}

// target is the slash-separated place of a file of the archive in the set.
func (t Take) target(path string) (string, bool) {
	if folder := strings.HasSuffix(t.From, "/"); folder {
		rest, ok := strings.CutPrefix(path, t.From)
		return t.To + rest, ok && rest != ""
	}
	return t.To, path == t.From
}

func (t Take) write(r io.Reader, files, target string) error {
	name, err := filepath.Localize(target)
	if err != nil {
		return err
	}
	name = filepath.Join(files, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	mode := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if t.Append {
		mode = os.O_WRONLY | os.O_CREATE | os.O_APPEND
	}
	f, err := os.OpenFile(name, mode, 0o644)
	if err != nil {
		return err
	}
	n, err := io.Copy(f, io.LimitReader(r, maxFile+1))
	if err == nil && n > maxFile {
		err = fmt.Errorf("larger than %d bytes", int64(maxFile))
	}
	return errors.Join(err, f.Close())
}

// eachFile calls do with every regular file of a zip or a gzipped tar.
func eachFile(name string, do func(path string, r io.Reader) error) error {
	if strings.HasSuffix(name, ".tgz") {
		return eachTar(name, do)
	}
	z, err := zip.OpenReader(name)
	if err != nil {
		return err
	}
	defer z.Close()
	for _, f := range z.File {
		if !f.Mode().IsRegular() {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return err
		}
		if err := errors.Join(do(f.Name, r), r.Close()); err != nil {
			return err
		}
	}
	return nil
}

func eachTar(name string, do func(path string, r io.Reader) error) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if h.Typeflag == tar.TypeReg {
			if err := do(h.Name, r); err != nil {
				return err
			}
		}
	}
}
