package source

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// A hubCacheOpener opens an entry of the hub cache, the folder that the hub's
// libraries share on one machine:
//
//	models--ORG--NAME/
//	  blobs/HASH                  content, named by its digest
//	  refs/main                   a commit
//	  snapshots/COMMIT/PATH       links into blobs, or files where the system has no links
//
// The reference is a snapshot or the whole entry. The root is opened at the
// entry, so that links into blobs stay inside it.
type hubCacheOpener struct{}

func (hubCacheOpener) Name() string { return "hub-cache" }

func (hubCacheOpener) Open(ctx context.Context, ref string) (Repository, error) {
	for _, place := range placesOf(ref) {
		e, ok := parseCachePlace(place)
		if !ok || !e.exists() {
			continue
		}
		repo, err := e.open()
		if err != nil {
			return nil, openError(ref, err)
		}
		return repo, nil
	}
	return nil, ErrNotMine
}

// placesOf returns the place that ref names and, in case it is a link, the one
// that it leads to.
func placesOf(ref string) []string {
	abs, err := filepath.Abs(ref)
	if err != nil {
		return nil
	}
	places := []string{abs}
	if real, err := filepath.EvalSymlinks(abs); err == nil && real != abs {
		places = append(places, real)
	}
	return places
}

// A cacheEntry is an entry of the hub cache.
type cacheEntry struct {
	folder   string // models--ORG--NAME, absolute
	hubID    string
	snapshot string // name of the snapshot that was asked for, empty when none was
}

// parseCachePlace recognises the place of an entry or of a snapshot by its name.
func parseCachePlace(place string) (cacheEntry, bool) {
	if id, ok := hubID(filepath.Base(place)); ok {
		return cacheEntry{folder: place, hubID: id}, true
	}
	snapshots := filepath.Dir(place)
	folder := filepath.Dir(snapshots)
	id, ok := hubID(filepath.Base(folder))
	if !ok || filepath.Base(snapshots) != "snapshots" {
		return cacheEntry{}, false
	}
	return cacheEntry{folder: folder, hubID: id, snapshot: filepath.Base(place)}, true
}

// hubID turns the name of an entry's folder into the id of the repository. The
// hub writes "--" for the slash and forbids it in names, but older names may
// have it, so the first one separates.
func hubID(folder string) (string, bool) {
	id, ok := strings.CutPrefix(folder, "models--")
	owner, name, owned := strings.Cut(id, "--")
	if !ok || !isHubName(owner) || owned && !isHubName(name) {
		return "", false
	}
	if !owned {
		return owner, true
	}
	return owner + "/" + name, true
}

// isHubName reports whether s is made as names of the hub are: up to 96 letters,
// digits, "_", "-" and "." (huggingface_hub, validate_repo_id).
func isHubName(s string) bool {
	if s == "" || len(s) > 96 || s == "." || s == ".." {
		return false
	}
	for _, c := range []byte(s) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && !strings.ContainsRune("_-.", rune(c)) {
			return false
		}
	}
	return true
}

// exists reports whether the folder is laid out as an entry. Any folder may be
// called "models--x".
func (e cacheEntry) exists() bool {
	info, err := os.Lstat(filepath.Join(e.folder, "snapshots", e.snapshot))
	return err == nil && info.IsDir()
}

func (e cacheEntry) open() (Repository, error) {
	root, err := openRoot(e.folder)
	if err != nil {
		return nil, err
	}
	snapshot := e.snapshot
	if snapshot == "" {
		snapshot, err = chooseSnapshot(root)
	}
	if err == nil && !isFolder(root, "snapshots/"+snapshot) {
		err = errors.New("snapshot is not a folder of the hub cache entry")
	}
	if err != nil {
		root.Close()
		return nil, err
	}
	loc := Locator{Kind: "hub-cache", HubID: e.hubID, Name: e.hubID[strings.Index(e.hubID, "/")+1:]}
	if isHex(snapshot, sha1Digits) {
		loc.Revision = snapshot
	}
	return &tree{root: root, base: "snapshots/" + snapshot, blobs: "blobs", loc: loc}, nil
}

// chooseSnapshot returns the name of the snapshot that refs/main names or, when
// it names none that is here, of the only one.
func chooseSnapshot(root *os.Root) (string, error) {
	if name := mainSnapshot(root); name != "" {
		return name, nil
	}
	names, err := snapshotNames(root)
	switch {
	case err != nil:
		return "", err
	case len(names) == 0:
		return "", errors.New("hub cache entry has no snapshot")
	case len(names) > 1:
		return "", errors.New("hub cache entry has several snapshots and refs/main names none of them: " +
			"name one, as in snapshots/COMMIT")
	}
	return names[0], nil
}

// maxRefSize bounds a file of refs. Real ones have 40 bytes, the commit.
const maxRefSize = 256

func mainSnapshot(root *os.Root) string {
	if !isFolder(root, "refs") {
		return ""
	}
	data, err := readSmall(root, "refs/main", maxRefSize)
	name := strings.TrimSpace(string(data))
	if err != nil || name == "." || !filepath.IsLocal(name) || strings.ContainsAny(name, "/\\\x00") {
		return ""
	}
	if !isFolder(root, "snapshots/"+name) {
		return ""
	}
	return name
}

// maxSnapshots is how many names in snapshots are looked at. One too many for a
// choice is two, but systems leave files of their own in any folder.
const maxSnapshots = 1000

// snapshotNames returns the names of the folders in snapshots.
func snapshotNames(root *os.Root) ([]string, error) {
	f, err := root.Open("snapshots/.")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all, err := f.Readdirnames(maxSnapshots)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	var names []string
	for _, name := range all {
		if isFolder(root, "snapshots/"+name) {
			names = append(names, name)
		}
	}
	return names, nil
}
