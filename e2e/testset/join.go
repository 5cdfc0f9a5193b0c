package testset

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// A Join puts files together that a package cuts into chunks, and takes the
// folder of the chunks away.
type Join struct {
	// List is a JSON file beside the chunks: an object of file names, each with
	// "chunks" that have a "hash", which names a chunk and is its SHA-256.
	List  string
	Files []Joined
}

// A Joined is a file of the list.
type Joined struct{ From, To, SHA256 string }

func (j *Join) join(files string) error {
	data, err := os.ReadFile(filepath.Join(files, filepath.FromSlash(j.List)))
	if err != nil {
		return err
	}
	var list map[string]struct{ Chunks []struct{ Hash string } }
	if err := json.Unmarshal(data, &list); err != nil {
		return fmt.Errorf("%s: %w", j.List, err)
	}
	chunks := filepath.Join(files, filepath.Dir(filepath.FromSlash(j.List)))
	for _, f := range j.Files {
		var names []string
		for _, c := range list[f.From].Chunks {
			names = append(names, c.Hash)
		}
		if err := concatenate(filepath.Join(files, f.To), chunks, names); err != nil {
			return fmt.Errorf("join %q: %w", f.From, err)
		}
		if err := checkDigest(filepath.Join(files, f.To), f.SHA256); err != nil {
			return fmt.Errorf("join %q: %w", f.From, err)
		}
	}
	return os.RemoveAll(chunks)
}

// concatenate writes the named chunks, each checked against its name, into a
// new file.
func concatenate(target, chunks string, names []string) error {
	out, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	for _, name := range names {
		err = errors.Join(err, appendChunk(out, chunks, name))
	}
	return errors.Join(err, out.Close())
}

func appendChunk(out io.Writer, chunks, name string) error {
	if !filepath.IsLocal(name) || filepath.Base(name) != name {
		return fmt.Errorf("chunk %q is no name", name)
	}
	f, err := os.Open(filepath.Join(chunks, name))
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(io.MultiWriter(out, h), f); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != name {
		return fmt.Errorf("chunk %q has the SHA-256 %s", name, got)
	}
	return nil
}
