package source

import (
	"context"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
)

const (
	// metadataSuffix ends the names of the hub's download metadata. The file
	// of "a/b" is ".cache/huggingface/download/a/b.metadata".
	metadataSuffix = ".metadata"
	// maxMetadataSize bounds such a file. Real ones have about 100 bytes.
	maxMetadataSize = 4 << 10
)

// downloadBooks is what the hub's command line noted about the files that it
// downloaded into a folder. It is the state at the time of the download: a file
// may have been changed since.
type downloadBooks struct {
	digests map[string]Digest // by path of the downloaded file
	commits map[string]bool   // "" stands for books that name none
}

// revision is the commit that all the books agree on, else empty.
func (b *downloadBooks) revision() string {
	if len(b.commits) != 1 {
		return ""
	}
	for commit := range b.commits {
		return commit
	}
	return ""
}

// readDownloadBooks reads the books in the folder root. Books that are missing
// or damaged are no error: they say nothing.
func readDownloadBooks(ctx context.Context, root *os.Root) (*downloadBooks, error) {
	books := &downloadBooks{digests: map[string]Digest{}, commits: map[string]bool{}}
	base := downloadFolder + "/download"
	if !isFolder(root, base) {
		return books, nil
	}
	w := &walk{
		root: root, base: base, limits: newLimits(),
		visit: func(dir *os.Root, p string, info fs.FileInfo) bool {
			if file, ok := strings.CutSuffix(p, metadataSuffix); ok && !info.IsDir() {
				books.add(file, dir, path.Base(p))
			}
			return true
		},
		failed: func(string, reason) { books.commits[""] = true },
	}
	return books, w.run(ctx)
}

func (b *downloadBooks) add(file string, dir *os.Root, name string) {
	data, err := readSmall(dir, name, maxMetadataSize)
	if err != nil {
		b.commits[""] = true
		return
	}
	m, _ := parseDownloadMetadata(data)
	if len(b.commits) < 2 { // two are enough to disagree
		b.commits[m.commit] = true
	}
	if d, ok := hubDigest(m.etag, "hub-download-metadata"); ok {
		b.digests[file] = d
	}
}

// A downloadMetadata is one file of the hub's download books.
type downloadMetadata struct {
	commit string // empty unless it is a full commit
	etag   string // as the hub sent it, without quotes
}

// parseDownloadMetadata reads the three lines commit, etag and time (seconds
// since 1970) as huggingface_hub writes them since 0.23, and reports whether
// data is that.
func parseDownloadMetadata(data []byte) (downloadMetadata, bool) {
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	if len(data) > maxMetadataSize || len(lines) != 3 {
		return downloadMetadata{}, false
	}
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	if _, err := strconv.ParseFloat(lines[2], 64); err != nil {
		return downloadMetadata{}, false
	}
	m := downloadMetadata{etag: lines[1]}
	if isHex(lines[0], sha1Digits) {
		m.commit = lines[0]
	}
	return m, true
}
