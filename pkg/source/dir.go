package source

import (
	"context"
	"os"
)

// A directoryOpener opens a folder with a repository in it: a checkout, a
// download, the output of a training run.
//
// The repository's name is the last element of the reference as it was typed,
// also where that is a link. Where the hub's command line has kept its books in
// the folder, they give digests and the revision.
type directoryOpener struct{}

func (directoryOpener) Name() string { return "directory" }

func (directoryOpener) Open(ctx context.Context, ref string) (Repository, error) {
	if info, err := os.Stat(ref); err != nil || !info.IsDir() {
		return nil, ErrNotMine
	}
	root, err := openRoot(ref)
	if err != nil {
		return nil, openError(ref, err)
	}
	books, err := readDownloadBooks(ctx, root)
	if err != nil {
		root.Close()
		return nil, openError(ref, err)
	}
	return &tree{
		root: root,
		base: ".",
		loc: Locator{
			Kind:     "directory",
			Name:     lastElement(ref),
			Revision: books.revision(),
		},
		stated: books.digests,
	}, nil
}
