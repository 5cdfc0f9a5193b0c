package index

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// An exported index is one stream. Its lines are JSON objects ended by a newline:
//
//	{"format":"modelbom-index-export","version":1,"sketch":"modelbom-sketch/1","models":2}
//	{"entry":{"id":"group/name",...},"bytes":123,"sha256":"..."}
//	123 bytes: the fingerprint in its canonical file form, and a newline
//	... for each model, in byte order of the IDs
//	{"models":2,"sha256":"..."}
//
// The last line has the SHA-256 of all bytes before it, those of models that of
// their fingerprint. The stream may be compressed with gzip.

// exportVersion is raised when a program of the version before could not read
// the stream.
const exportVersion = 1

type exportHead struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Sketch  string `json:"sketch"`
	Models  int    `json:"models"`
}

const exportFormat = "modelbom-index-export"

type exportModel struct {
	Entry  exportEntry `json:"entry"`
	Bytes  int64       `json:"bytes"`
	SHA256 string      `json:"sha256"`
}

// An exportEntry is what a curator says; the rest of an entry follows from the
// fingerprint.
type exportEntry struct {
	ID       string `json:"id"`
	Group    string `json:"group,omitempty"`
	Name     string `json:"name,omitempty"`
	Version  string `json:"version,omitempty"`
	PURL     string `json:"purl,omitempty"`
	Supplier string `json:"supplier,omitempty"`
	Country  string `json:"country,omitempty"`
	License  string `json:"license,omitempty"`
	Family   string `json:"family,omitempty"`
	Released string `json:"released,omitempty"`
}

type exportEnd struct {
	Models int    `json:"models"`
	SHA256 string `json:"sha256"`
}

// Export writes models, all when no ID is given, in a form that Import reads.
func (x *Index) Export(ctx context.Context, w io.Writer, ids ...string) error {
	return x.read(ctx, func(s *session) error {
		if len(ids) == 0 {
			err := s.each(func(row scanner) error {
				var id string
				err := row.Scan(&id)
				ids = append(ids, id)
				return err
			}, "SELECT name FROM model")
			if err != nil {
				return err
			}
		}
		ids = slices.Clone(ids)
		slices.Sort(ids)
		ids = slices.Compact(ids)
		e := exporter{w: bufio.NewWriter(w), hash: sha256.New()}
		e.line(exportHead{exportFormat, exportVersion, fingerprint.SketchVersion, len(ids)})
		for _, id := range ids {
			entry, m, err := s.model(id)
			if err != nil {
				return err
			}
			if err := e.model(entry, m); err != nil {
				return err
			}
		}
		e.line(exportEnd{len(ids), hex.EncodeToString(e.hash.Sum(nil))})
		return errors.Join(e.err, e.w.Flush())
	})
}

// An exporter keeps the first error of writing.
type exporter struct {
	w    *bufio.Writer
	hash hash.Hash
	err  error
}

func (e *exporter) write(data []byte) {
	e.hash.Write(data)
	if e.err == nil {
		_, e.err = e.w.Write(data)
	}
}

func (e *exporter) line(v any) {
	data, err := json.Marshal(v)
	if e.err == nil {
		e.err = err
	}
	e.write(append(data, '\n'))
}

func (e *exporter) model(entry Entry, m *fingerprint.Model) error {
	data, err := encodeModel(m)
	if err != nil {
		return err
	}
	if digestOf(data) != entry.Digest {
		return damaged("fingerprint of %q is not what was added", entry.ID)
	}
	e.line(exportModel{
		Entry: exportEntry{entry.ID, entry.Group, entry.Name, entry.Version, entry.PURL,
			entry.Supplier, entry.Country, entry.License, entry.Family, entry.Released},
		Bytes: int64(len(data)), SHA256: entry.Digest[len("sha256:"):],
	})
	e.write(append(data, '\n'))
	if e.err != nil {
		return fmt.Errorf("export %q: %w", entry.ID, e.err)
	}
	return nil
}
