package index

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// Digest is "sha256:..." over the identities of all models in the index: equal
// content, equal digest, in whatever order it was added and in whichever kind of
// database. It is the SHA-256 of the line "modelbom index 1" and one line for each
// model in byte order of the IDs: the JSON array of the entry's fields as
// strings, each line ended by a newline.
func (x *Index) Digest(ctx context.Context) (string, error) {
	entries, err := x.List(ctx)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	fmt.Fprintf(h, "modelbom index 1\n")
	lines := json.NewEncoder(h)
	for _, e := range entries {
		var fields []string
		for _, v := range e.values() {
			fields = append(fields, fmt.Sprint(v))
		}
		if err := lines.Encode(fields); err != nil {
			return "", err
		}
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), nil
}

// List returns all entries in byte order of their IDs.
func (x *Index) List(ctx context.Context) (entries []Entry, err error) {
	err = x.read(ctx, func(s *session) error {
		return s.each(func(row scanner) error {
			var e Entry
			err := row.Scan(e.targets()...)
			entries = append(entries, e)
			return err
		}, "SELECT "+entryColumns+" FROM model m")
	})
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.ID, b.ID) })
	return entries, err
}

// Model returns one model with its fingerprint. The error is ErrNoModel when
// there is none.
func (x *Index) Model(ctx context.Context, id string) (e Entry, m *fingerprint.Model, err error) {
	err = x.read(ctx, func(s *session) error {
		e, m, err = s.model(id)
		return err
	})
	return e, m, err
}

func (s *session) model(id string) (Entry, *fingerprint.Model, error) {
	var (
		e     Entry
		model int64
		head  []byte
		m     *fingerprint.Model
	)
	err := s.row("SELECT "+entryColumns+", m.id, m.head FROM model m WHERE m.name = ?", id).
		Scan(append(e.targets(), &model, &head)...)
	if errors.Is(err, sql.ErrNoRows) {
		return e, nil, fmt.Errorf("%w: %q", ErrNoModel, id)
	}
	if err == nil {
		m, err = decodeHead(head)
	}
	if err != nil {
		return e, nil, err
	}
	err = s.each(func(row scanner) error {
		var f fingerprint.FilePrint
		var path []byte
		err := row.Scan(&path, &f.Size, &f.SHA256)
		f.Path = string(path)
		m.Files = append(m.Files, f)
		return err
	}, "SELECT path, size, sha256 FROM file WHERE model = ? ORDER BY place", model)
	if err != nil {
		return e, nil, err
	}
	err = s.each(func(row scanner) error {
		var data sql.RawBytes
		if err := row.Scan(&data); err != nil {
			return err
		}
		p, err := decodePart(bytes.Clone(data))
		if err != nil {
			return err
		}
		m.Parts = append(m.Parts, *p)
		return nil
	}, "SELECT r.data FROM part p JOIN print r ON r.part = p.id WHERE p.model = ? ORDER BY p.place", model)
	return e, m, err
}

// Part loads the fingerprint of a candidate's part. The error is ErrNoModel when
// the model was removed or replaced since the search.
func (x *Index) Part(ctx context.Context, c Candidate) (p *fingerprint.Part, err error) {
	err = x.read(ctx, func(s *session) error {
		var data []byte
		err := s.row("SELECT data FROM print WHERE part = ?", c.Key).Scan(&data)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("%w: %q", ErrNoModel, c.Entry.ID)
		}
		if err != nil {
			return err
		}
		p, err = decodePart(data)
		return err
	})
	return p, err
}

// A FileMatch is a file of a reference model.
type FileMatch struct {
	Entry Entry
	Path  string
}

// maxFileMatches bounds the models that are named for one file: a common licence
// text or tokenizer is in thousands.
const maxFileMatches = 64

// Files finds reference models that hold a file of a SHA-256 (hexadecimal), the
// earliest released first, at most 64. Models whose IDs are given come before all
// others, so that what is asked about is never among those that are left out; the
// first 64 IDs count.
func (x *Index) Files(ctx context.Context, sha256 string, first ...string) (matches []FileMatch, err error) {
	if sha256 == "" {
		return nil, nil
	}
	order, ids := firstOf(first)
	args := append([]any{strings.ToLower(sha256)}, ids...)
	err = x.read(ctx, func(s *session) error {
		return s.each(func(row scanner) error {
			var m FileMatch
			var path []byte
			err := row.Scan(append(m.Entry.targets(), &path)...)
			m.Path = string(path)
			matches = append(matches, m)
			return err
		}, "SELECT "+entryColumns+`, f.path FROM file f JOIN model m ON m.id = f.model
			WHERE f.sha256 = ? ORDER BY `+order+", f.path LIMIT ?", append(args, maxFileMatches)...)
	})
	return matches, err
}

// Holders is the number of models in the index that hold a file of a SHA-256
// (hexadecimal).
func (x *Index) Holders(ctx context.Context, sha256 string) (n int, err error) {
	err = x.read(ctx, func(s *session) error {
		return s.row("SELECT count(DISTINCT model) FROM file WHERE sha256 = ?", strings.ToLower(sha256)).Scan(&n)
	})
	return n, err
}

// seniority orders models: the earliest released first, those without a date
// last.
const seniority = "CASE WHEN m.released = '' THEN 1 ELSE 0 END, m.released, m.name"

// maxFirst bounds the models that are asked about: each is an argument of a query.
const maxFirst = 64

// firstOf is seniority, but for some models that come before all others, with its
// arguments.
func firstOf(ids []string) (order string, args []any) {
	if ids = ids[:min(len(ids), maxFirst)]; len(ids) == 0 {
		return seniority, nil
	}
	for _, id := range ids {
		args = append(args, id)
	}
	return "CASE WHEN m.name IN (" + marks(len(ids)) + ") THEN 0 ELSE 1 END, " + seniority, args
}

// A Tokenizer is a reference tokenizer.
type Tokenizer struct {
	Entry     Entry
	Part      string
	Tokenizer *fingerprint.TokenizerPrint
}

// Tokenizers returns all tokenizers in the index, in byte order of models' IDs and
// parts.
func (x *Index) Tokenizers(ctx context.Context) (all []Tokenizer, err error) {
	err = x.read(ctx, func(s *session) error {
		return s.each(func(row scanner) error {
			var t Tokenizer
			var data []byte
			if err := row.Scan(append(t.Entry.targets(), &data)...); err != nil {
				return err
			}
			p, err := decodePart(data)
			if err != nil {
				return err
			}
			t.Part, t.Tokenizer = p.Ref, p.Tokenizer
			all = append(all, t)
			return nil
		}, "SELECT "+entryColumns+`, t.data FROM tokenizer t JOIN part p ON p.id = t.part JOIN model m ON m.id = p.model
			ORDER BY p.model, p.place`)
	})
	slices.SortStableFunc(all, func(a, b Tokenizer) int {
		return cmp.Or(strings.Compare(a.Entry.ID, b.Entry.ID), strings.Compare(a.Part, b.Part))
	})
	return all, err
}
