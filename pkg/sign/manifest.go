package sign

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Names of OMS.
const (
	omsPredicate = "https://model_signing/signature/v1.0" // OMS v1.0, 5.1
	methodFiles  = "files"                                // OMS v1.0, 6.3.1
	methodShards = "shards"                               // OMS v1.0, 6.3.2
)

// A Manifest is what an OMS bundle signs: every file of a repository with its
// digest.
type Manifest struct {
	// Name is the model's; it is informative only.
	Name      string
	Resources []Resource
	// Ignored are the paths that were left out; the defaults are among them or
	// not, they count anyway.
	Ignored []string
	// Links says that symbolic links were followed.
	Links bool
	// Hash is "sha256", "blake3" or one that cannot be computed here.
	Hash string
	// ShardSize is the length of shards in bytes, 0 where files are whole.
	ShardSize int64
	// Root is the digest that stands for the whole manifest.
	Root string
}

// A Resource is one file, or one shard of it.
type Resource struct {
	Path       string
	Start, End int64 // End is negative for a whole file
	Digest     string
}

// Options are how a tree is read. The zero value ignores the defaults only.
type Options struct {
	// Ignored are further paths to leave out, see CleanIgnored.
	Ignored []string
	// Links allows files that symbolic links lead to.
	Links bool
	// Unsigned lets files be that nobody signed (OMS v1.0, 8.5); for checks.
	Unsigned bool
	// Progress is called with bytes, concurrently. It may be nil.
	Progress func(read, total int64)
}

// NewManifest reads a whole tree. It refuses one of which it cannot read every
// file: a signature over the rest would pass for one over all.
func NewManifest(ctx context.Context, t *Tree, o Options) (*Manifest, error) {
	ignored, err := CleanIgnored(append(DefaultIgnored(), o.Ignored...))
	if err != nil {
		return nil, err
	}
	pieces, err := t.toSign(newIgnoreSet(ignored), o.Links)
	if err != nil {
		return nil, err
	}
	if err := t.digests(ctx, pieces, "sha256", o.Progress); err != nil {
		return nil, err
	}
	m := &Manifest{Name: t.Name, Ignored: ignored, Links: o.Links, Hash: "sha256"}
	for _, p := range pieces {
		if p.err != nil {
			return nil, p.err
		}
		name := p.path
		if t.Single {
			// OMS v1.0 (5.2.1) wants the file's name here; model-signing, up
			// to 1.1.1 at least, writes and accepts nothing but this.
			name = "."
		}
		m.Resources = append(m.Resources, Resource{Path: name, End: -1, Digest: p.got})
	}
	slices.SortFunc(m.Resources, func(a, b Resource) int { return strings.Compare(a.Path, b.Path) })
	m.Root = root(m.Resources)
	return m, nil
}

// toSign are the files that a signature covers. The error is about the first
// that stands in the way and says how many there are.
func (t *Tree) toSign(ignored ignoreSet, links bool) ([]*piece, error) {
	var pieces []*piece
	var first error
	others := -1
	for _, f := range t.Files {
		if ignored.has(f.Path) {
			continue
		}
		var err error
		switch {
		case f.Problem != "":
			err = fmt.Errorf("%q cannot be read: %s", f.Path, f.Problem)
		case f.Link && !links:
			err = fmt.Errorf("%q is a %w", f.Path, ErrLinks)
		case !utf8.ValidString(f.Path):
			err = fmt.Errorf("the name %q is not UTF-8 and cannot be signed", f.Path)
		case strings.ContainsRune(f.Path, '\\'):
			// model-signing on Windows would read it as a folder.
			err = fmt.Errorf("the name %q holds a backslash and cannot be signed", f.Path)
		default:
			pieces = append(pieces, &piece{path: f.Path, end: -1})
			continue
		}
		if others++; first == nil {
			first = err
		}
	}
	switch {
	case others > 0:
		return nil, fmt.Errorf("%w; and %d more files", first, others)
	case first != nil:
		return nil, first
	case len(pieces) == 0:
		return nil, errors.New("there is no file to sign")
	case len(pieces) > MaxResources:
		return nil, fmt.Errorf("repository: %w: more than %d files", ErrTooLarge, MaxResources)
	}
	return pieces, nil
}

// root is the digest over all digests in the order of the list (OMS v1.0, 6.5.1).
func root(list []Resource) string {
	h := sha256.New()
	for _, r := range list {
		raw, _ := hex.DecodeString(r.Digest) // checked, or made here
		h.Write(raw)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// roots are the digests that stand for the files of a list: in OMS's order, that
// of the names' bytes, and in model-signing's, that of their path elements. They
// differ where a folder and a file begin alike, "a/b" and "a.txt".
func roots(list []Resource) []string {
	a, b := slices.Clone(list), slices.Clone(list)
	slices.SortFunc(a, func(x, y Resource) int { return strings.Compare(x.Path, y.Path) })
	slices.SortFunc(b, func(x, y Resource) int {
		return slices.Compare(strings.Split(x.Path, "/"), strings.Split(y.Path, "/"))
	})
	return []string{root(a), root(b)}
}

type writtenResource struct {
	Name      string `json:"name"`
	Digest    string `json:"digest"`
	Algorithm string `json:"algorithm"`
}

type writtenSerialization struct {
	Method string   `json:"method"`
	Hash   string   `json:"hash_type"`
	Links  bool     `json:"allow_symlinks"`
	Ignore []string `json:"ignore_paths,omitempty"`
}

// statement is the payload. Manifests are written with whole files and SHA-256,
// the form that every verifier must know (OMS v1.0, 10).
func (m *Manifest) statement() ([]byte, error) {
	if m.ShardSize != 0 || m.Hash != "sha256" {
		return nil, errors.New("only whole files with SHA-256 are signed")
	}
	var list []writtenResource
	for _, r := range m.Resources {
		list = append(list, writtenResource{r.Path, r.Digest, m.Hash})
	}
	return encode(writtenStatement{statementType, []subject{{Name: m.Name, Digest: map[string]string{"sha256": m.Root}}}, omsPredicate,
		struct {
			Serialization writtenSerialization `json:"serialization"`
			Resources     []writtenResource    `json:"resources"`
		}{writtenSerialization{methodFiles, m.Hash, m.Links, m.Ignored}, list}})
}
