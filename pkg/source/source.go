// Package source opens model repositories wherever they live: a directory, a
// single file, an entry of the hub cache.
//
// A [Repository] lists files and opens them for random access. It answers three
// questions and no more: which files are there, what does the place they lie in
// say about them (hub id, revision, asserted digests), and what are their
// bytes. It does not interpret content, with one exception: a Git LFS pointer
// stands in for a file that is not there, so it is listed as that file with its
// asserted digest and size, marked Absent.
//
// Repositories come from strangers. No path that a Repository lists leaves the
// repository; symbolic links are followed only where they stay inside it or, in
// a hub cache, inside the cache entry's own blobs. Devices, pipes and sockets
// are never opened. What is not followed is listed with the reason, never left
// out in silence.
package source

import (
	"context"
	"errors"
	"io"
	"iter"
)

// A Repository is a model repository.
type Repository interface {
	// Locator says what the place itself tells about the repository.
	Locator() Locator
	// Files yields every file in byte order of its path. An error ends the
	// sequence; a file that cannot be opened is no error but a File whose
	// Skipped is set.
	Files(ctx context.Context) iter.Seq2[File, error]
	// Open opens a listed file that is neither Absent nor Skipped. The context
	// bounds every read. The caller closes the Blob. Blobs of one Repository
	// may be used concurrently.
	Open(ctx context.Context, path string) (Blob, error)
	io.Closer
}

// A Locator is where a repository was found, without anything of the host.
type Locator struct {
	Kind string // "directory", "file", "hub-cache"
	// Name is the last element of the place: a directory or file name, or the
	// repository's name in its hub.
	Name string
	// HubID is "owner/name" where the place tells it ("name" for the hub's
	// oldest repositories, which have no owner), Revision the full commit.
	HubID, Revision string
}

// A File is one entry of a repository.
type File struct {
	// Path is relative to the repository, clean and slash-separated. It is the
	// raw name and may hold any byte but NUL.
	Path string
	// Size in bytes; for an Absent file the size that the pointer asserts, or
	// zero when the pointer tells none, as a link to a missing blob does.
	Size int64
	// Asserted holds digests that the place states and nobody computed here.
	Asserted []Digest
	// Absent marks a file whose content is not there, only a pointer to it.
	Absent bool
	// Skipped is the reason why the file is listed and cannot be opened:
	// a link that leaves the repository, a device, no permission.
	Skipped string
	// Ignored marks what is left out on purpose: version control and download
	// bookkeeping. Skipped holds the reason.
	Ignored bool
}

// A Digest is a digest that a place asserts about a file.
type Digest struct {
	Algorithm string // "SHA-256", or "git-blob-SHA-1" for a Git object id
	Value     string // lower-case hexadecimal
	By        string // who says so: "git-lfs-pointer", "hub-cache-blob", ...
}

// A Blob is the content of one file.
type Blob interface {
	io.ReaderAt
	io.Closer
	// Size is the number of bytes that can be read.
	Size() int64
}

// An Opener opens the references of one kind of place.
type Opener interface {
	// Name is the kind, as in Locator.Kind.
	Name() string
	// Open returns ErrNotMine when the reference is of another kind.
	Open(ctx context.Context, ref string) (Repository, error)
}

// ErrNotMine is returned by an Opener for a reference of another kind.
var ErrNotMine = errors.New("reference is of another kind")
