package source

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
)

// look says what the entry at p, which is no folder, is. Its content comes open
// unless the file is Absent or Skipped. dir is the folder that p lies in.
func (t *tree) look(dir *os.Root, p string, info fs.FileInfo, l *limits) (File, *os.File) {
	if info.Mode()&fs.ModeSymlink != 0 {
		return t.lookThrough(p, l)
	}
	if why := ignoredFile(p); why != "" && info.Mode().IsRegular() {
		return File{Path: p, Size: info.Size(), Skipped: string(why), Ignored: true}, nil
	}
	return t.content(File{Path: p}, dir, path.Base(p), info)
}

// lookThrough does the same for a link.
func (t *tree) lookThrough(p string, l *limits) (File, *os.File) {
	file := File{Path: p}
	target, info, err := t.follow(p, l)
	if d, ok := t.blobDigest(target); ok {
		file.Asserted = []Digest{d}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && t.isBlob(target):
		file.Absent = true
		return file, nil
	case err != nil:
		file.Skipped = string(linkReason(err))
		return file, nil
	}
	return t.content(file, t.root, target, info)
}

// content opens the regular file called name in dir and completes file with
// what the place and its content tell.
func (t *tree) content(file File, dir *os.Root, name string, info fs.FileInfo) (File, *os.File) {
	if d, ok := t.stated[file.Path]; ok {
		file.Asserted = append(file.Asserted, d)
	}
	f, size, err := openIn(dir, name, info)
	if err != nil {
		file.Skipped = string(reasonFor(err))
		return file, nil
	}
	file.Size = size
	if size >= MaxPointerSize {
		return file, f
	}
	whole, err := readAll(f, size)
	if err != nil {
		file.Skipped = string(reasonFor(err))
	}
	if file = withContent(file, whole); file.Absent || file.Skipped != "" {
		f.Close()
		return file, nil
	}
	return file, f
}

// withContent completes a small file with what its whole content makes of it.
func withContent(file File, content []byte) File {
	if isGitFile(file.Path, content) {
		file.Ignored, file.Skipped = true, string(ignoredFolder(file.Path))
	}
	if p, ok := ParsePointer(content); ok {
		return absent(file, p)
	}
	return file
}

// absent makes file the one that a pointer stands for. Digests that the place
// states are dropped: they are of the pointer's own bytes.
func absent(file File, p Pointer) File {
	file.Absent, file.Size = true, p.Size
	file.Asserted = []Digest{{Algorithm: "SHA-256", Value: p.OID, By: "git-lfs-pointer"}}
	return file
}

// whyClosed is the reason why a listed file cannot be opened.
func whyClosed(file File) reason {
	if file.Skipped != "" {
		return reason(file.Skipped)
	}
	return pointerOnly
}

// follow follows the link at p to where it may lead. Where something is missing
// on the way, the path that was asked for comes with the error.
func (t *tree) follow(p string, l *limits) (string, fs.FileInfo, error) {
	target, info, err := resolve(t.root, path.Join(t.base, path.Dir(p)), path.Base(p), l)
	switch {
	case err != nil && target == "":
		return "", nil, err
	case !t.contains(target) && !t.isBlob(target):
		return "", nil, leadsOut
	case err == nil && info.IsDir():
		return "", nil, linkToFolder
	}
	return target, info, err
}

// contains reports whether a path of the root lies in the repository.
func (t *tree) contains(target string) bool {
	return t.base == "." || target == t.base || strings.HasPrefix(target, t.base+"/")
}

func (t *tree) isBlob(target string) bool {
	return t.blobs != "" && path.Dir(target) == t.blobs
}

// blobDigest is the digest that the name of a blob states.
func (t *tree) blobDigest(target string) (Digest, bool) {
	if !t.isBlob(target) {
		return Digest{}, false
	}
	return hubDigest(path.Base(target), "hub-cache-blob")
}

// linkReason is reasonFor, for what happened while a link was followed.
func linkReason(err error) reason {
	if why := reasonFor(err); why != vanished {
		return why
	}
	return linkDangling
}
