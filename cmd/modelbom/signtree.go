package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/codec"
	"github.com/modelbom/modelbom/pkg/sign"
	"github.com/modelbom/modelbom/pkg/source"
)

// A tree is a repository as package sign wants it: with every file, also those
// that an inventory leaves out. An ignored __pycache__ would be a place for code
// that nobody signed.
type tree struct {
	sign.Tree
	ref   string
	loc   source.Locator
	repos []source.Repository
	at    map[string]filePlace
}

// A filePlace is where a file of a tree is opened.
type filePlace struct {
	repo source.Repository
	path string
}

func openTree(ctx context.Context, ref string) (*tree, error) {
	if err := notHubCache(ref); err != nil {
		return nil, err
	}
	repo, err := source.Open(ctx, ref)
	if err != nil {
		return nil, err
	}
	loc := repo.Locator()
	t := &tree{ref: ref, loc: loc, repos: []source.Repository{repo}, at: map[string]filePlace{}}
	t.Name, t.Single = loc.Name, loc.Kind == "file"
	t.Open = func(ctx context.Context, p string) (sign.Blob, error) {
		at := t.at[p]
		return at.repo.Open(ctx, at.path)
	}
	if err := t.list(ctx, repo, ""); err != nil {
		t.close()
		return nil, err
	}
	slices.SortFunc(t.Files, func(a, b sign.File) int { return strings.Compare(a.Path, b.Path) })
	return t, nil
}

func (t *tree) close() {
	for _, r := range t.repos {
		r.Close()
	}
}

// list takes the files of a repository that lies in the folder prefix.
func (t *tree) list(ctx context.Context, repo source.Repository, prefix string) error {
	for f, err := range repo.Files(ctx) {
		if err != nil {
			return err
		}
		p := path.Join(prefix, f.Path)
		if f.Ignored {
			if opened, err := t.openIgnored(ctx, p); opened || err != nil {
				if err != nil {
					return err
				}
				continue
			}
		}
		file := sign.File{Path: p, Size: f.Size, Problem: f.Skipped, Link: t.linked(p)}
		if f.Absent {
			file.Problem = "its content is not there, only a pointer to it"
		}
		t.at[p] = filePlace{repo, f.Path}
		t.Files = append(t.Files, file)
	}
	return nil
}

// openIgnored opens what an inventory leaves out as a repository of its own,
// unless signatures leave it out too.
func (t *tree) openIgnored(ctx context.Context, p string) (bool, error) {
	if t.loc.Kind != "directory" || slices.Contains(sign.DefaultIgnored(), p) {
		return false, nil
	}
	name := filepath.Join(t.ref, filepath.FromSlash(p))
	info, err := os.Lstat(name)
	if err != nil || !info.IsDir() && !info.Mode().IsRegular() {
		return false, nil
	}
	repo, err := source.Open(ctx, name)
	if err != nil {
		return false, nil // it stays listed with its reason
	}
	t.repos = append(t.repos, repo)
	if !info.IsDir() {
		p = path.Dir(p)
	}
	return true, t.list(ctx, repo, p)
}

// linked reports whether a symbolic link leads to a file. Those of a hub cache
// are how it keeps files, and no links of the repository.
func (t *tree) linked(p string) bool {
	if t.loc.Kind != "directory" {
		return false
	}
	info, err := os.Lstat(filepath.Join(t.ref, filepath.FromSlash(p)))
	return err == nil && info.Mode()&os.ModeSymlink != 0
}

// inside returns the path in the repository of a file of the host.
func (t *tree) inside(name string) (string, bool) {
	if name == "" || name == "-" || t.Single {
		return "", false
	}
	roots := []string{t.ref, filepath.Join(t.ref, "snapshots", t.loc.Revision)}
	for _, root := range roots {
		for _, f := range []func(string) (string, error){filepath.Abs, realFolder} {
			from, err1 := f(filepath.Join(root, "x"))
			to, err2 := f(name)
			if err1 != nil || err2 != nil {
				continue
			}
			p, err := filepath.Rel(filepath.Dir(from), to)
			if err == nil && filepath.IsLocal(p) && p != "." {
				p = filepath.ToSlash(p)
				// The whole entry of a hub cache holds the repository deeper.
				if t.loc.Kind != "hub-cache" || !strings.HasPrefix(p, "snapshots/") {
					return p, true
				}
			}
		}
	}
	return "", false
}

// realFolder is the file's name in the folder that it really lies in.
func realFolder(name string) (string, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(abs))
	return filepath.Join(dir, filepath.Base(abs)), err
}

// looksLikeDocument tells a document from a repository by its beginning: JSON,
// XML or tag-value. Weights begin with none of these.
func looksLikeDocument(ref string) (bool, error) {
	info, err := os.Stat(ref)
	if err != nil || !info.Mode().IsRegular() {
		return false, err
	}
	f, err := os.Open(ref)
	if err != nil {
		return false, err
	}
	defer f.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && err != io.EOF {
		return false, err
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head[:n], []byte("\ufeff")), " \t\r\n")
	return len(head) > 0 && (head[0] == '{' || head[0] == '<') || bytes.HasPrefix(head, []byte("SPDXVersion:")), nil
}

func readDocumentBytes(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, codec.MaxDocument+1))
	if err == nil && len(data) > codec.MaxDocument {
		err = fmt.Errorf("%s: %w", name, codec.ErrTooLarge)
	}
	return data, err
}

// A documentFile is a file of the repository that a document states a digest of.
type documentFile struct {
	path, sha256 string
	weights      bool
}

// documentFiles are the files that a document names by their path in the
// repository, as modelbom's do.
func documentFiles(d *bom.Document) []documentFile {
	var out []documentFile
	for _, c := range d.Components {
		p, ok := strings.CutPrefix(string(c.Ref), "file:")
		if !ok || c.Kind != bom.KindFile {
			continue
		}
		for _, h := range c.Hashes {
			// A computed digest stands before the one that a pointer asserts.
			if h.Algorithm == bom.SHA256 {
				out = append(out, documentFile{rawPath(p), h.Value, c.File != nil && c.File.Role == "weights"})
				break
			}
		}
	}
	return out
}

func digestsOf(files []documentFile) map[string]string {
	out := map[string]string{}
	for _, f := range files {
		out[f.path] = f.sha256
	}
	return out
}

// rawPath undoes the doubled backslashes of bom.CleanPath. Names with characters
// that it writes as escapes cannot be signed by OMS either.
func rawPath(p string) string { return strings.ReplaceAll(p, `\\`, `\`) }
