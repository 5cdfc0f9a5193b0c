package sign

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/zeebo/blake3"
	"golang.org/x/sync/errgroup"
)

// A Tree is a repository to sign or to check: what lies in it, and how to read
// it. The package asks for files by the names that Files lists, never by those
// of a signature.
type Tree struct {
	// Name is the base name of the place, which statements call the model by.
	Name string
	// Single marks a tree that is one file and not a folder.
	Single bool
	Files  []File
	// Open opens a listed file that has no Problem. It may be called
	// concurrently.
	Open func(ctx context.Context, path string) (Blob, error)
}

// A File is one file of a Tree.
type File struct {
	Path string // relative, slash-separated
	Size int64  // bytes
	// Link marks a file that a symbolic link leads to.
	Link bool
	// Problem is why the file cannot be read; empty when it can.
	Problem string
}

// A Blob is the content of a file.
type Blob interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// DefaultIgnored are the paths that no signature covers: what OMS v1.0 (6.2)
// leaves out, the books of other version control, of a desktop and of the hub's
// download command. Nothing loads a model from them. What Python may run, such
// as __pycache__, is not among them.
func DefaultIgnored() []string {
	return append(omsIgnored(), ".cache/huggingface", ".DS_Store", ".hg", ".svn")
}

func omsIgnored() []string { return []string{".git", ".gitattributes", ".github", ".gitignore"} }

// An ignoreSet are paths that are left out, with all that lies below them.
type ignoreSet map[string]bool

func newIgnoreSet(paths []string) ignoreSet {
	set := make(ignoreSet, len(paths))
	for _, p := range paths {
		set[p] = true
	}
	return set
}

func (s ignoreSet) has(p string) bool {
	for i := range len(p) {
		if p[i] == '/' && s[p[:i]] {
			return true
		}
	}
	return s[p]
}

// CleanIgnored checks paths to ignore (OMS v1.0, 6.2.1) and makes them clean,
// sorted and single.
func CleanIgnored(paths []string) ([]string, error) {
	var out []string
	for _, p := range paths {
		at := path.Clean(strings.TrimSuffix(p, "/"))
		switch {
		case p == "" || at == ".":
			return nil, fmt.Errorf("ignoring %q leaves nothing to sign", p)
		case path.IsAbs(at) || at == ".." || strings.HasPrefix(at, "../") || strings.ContainsRune(at, 0):
			return nil, fmt.Errorf("the path to ignore %q leads out of the repository", cut(p))
		}
		out = append(out, at)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// A piece is bytes of a file: all of it, or a shard.
type piece struct {
	path       string
	start, end int64 // end is negative for the whole file
	want       string
	got        string
	err        error
}

// hashes are the algorithms that digests are computed by, under the names of
// OMS (algorithm registry v1.0). BLAKE2b, which is optional there, has no
// implementation among this module's dependencies.
func newHash(name string) (hash.Hash, bool) {
	switch name {
	case "sha256":
		return sha256.New(), true
	case "blake3":
		return blake3.New(), true
	}
	return nil, false
}

// chunk is how much is read at once. Digests gain nothing from more.
const chunk = 1 << 20

// digests computes the digests of all pieces, as many at a time as there are
// processors, the largest first. What cannot be read is noted in the piece; the
// error is the context's.
func (t *Tree) digests(ctx context.Context, pieces []*piece, algorithm string, progress func(read, total int64)) error {
	sizes := map[string]int64{}
	for _, f := range t.Files {
		sizes[f.Path] = f.Size
	}
	length := func(p *piece) int64 {
		if p.end < 0 {
			return sizes[p.path]
		}
		return p.end - p.start
	}
	var total int64
	for _, p := range pieces {
		total += length(p)
	}
	order := slices.Clone(pieces)
	slices.SortStableFunc(order, func(a, b *piece) int { return cmp.Compare(length(b), length(a)) })
	var read atomic.Int64
	buffers := sync.Pool{New: func() any { b := make([]byte, chunk); return &b }}
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, p := range order {
		if inner.Err() != nil {
			break
		}
		g.Go(func() error {
			buffer := buffers.Get().(*[]byte)
			defer buffers.Put(buffer)
			p.got, p.err = t.digest(inner, p, algorithm, *buffer, func(n int) {
				if at := read.Add(int64(n)); progress != nil {
					progress(at, total)
				}
			})
			return inner.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

func (t *Tree) digest(ctx context.Context, p *piece, algorithm string, buffer []byte, progress func(int)) (string, error) {
	h, ok := newHash(algorithm)
	if !ok {
		return "", fmt.Errorf("unknown digest %q", algorithm)
	}
	b, err := t.Open(ctx, p.path)
	if err != nil {
		return "", err
	}
	defer b.Close()
	end := p.end
	if end < 0 {
		end = b.Size()
	}
	for at := p.start; at < end; {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		n, err := b.ReadAt(buffer[:min(int64(len(buffer)), end-at)], at)
		h.Write(buffer[:n])
		progress(n)
		at += int64(n)
		if at == end {
			break
		}
		if err == io.EOF || err == nil && n == 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}
