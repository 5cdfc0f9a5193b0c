package index

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// A record is a model as it is written: everything that takes time is done
// before the transaction begins.
type record struct {
	entry    Entry
	head     []byte
	model    *fingerprint.Model
	prints   [][]byte
	contents []*content // nil for parts without matrices
}

func newRecord(e Entry, m *fingerprint.Model) (*record, error) {
	digest, err := modelDigest(m)
	if err != nil {
		return nil, fmt.Errorf("fingerprint of %q: %w", e.ID, err)
	}
	r := &record{model: m}
	if r.entry, err = e.complete(m, digest); err != nil {
		return nil, err
	}
	if r.head, err = encodeHead(m); err != nil {
		return nil, err
	}
	if r.prints, err = prints(m); err != nil {
		return nil, err
	}
	for i := range m.Parts {
		c, err := newContent(&m.Parts[i])
		if err != nil {
			return nil, err
		}
		r.contents = append(r.contents, c)
	}
	return r, nil
}

// Add puts a model in, or replaces the one of the same ID. It reports whether
// anything changed: nothing is written when the index has the same entry and
// fingerprint already. An entry that names a digest is refused when the
// fingerprint has another.
func (x *Index) Add(ctx context.Context, e Entry, m *fingerprint.Model) (changed bool, err error) {
	r, err := newRecord(e, m)
	if err != nil {
		return false, err
	}
	var same bool
	err = x.read(ctx, func(s *session) error {
		same, err = s.has(r.entry)
		return err
	})
	if err != nil || same {
		return false, err
	}
	err = x.write(ctx, func(s *session) error {
		changed, err = s.add(r)
		return err
	})
	return changed && err == nil, err
}

// Remove takes a model out.
func (x *Index) Remove(ctx context.Context, id string) error {
	return x.write(ctx, func(s *session) error {
		removed, err := s.remove(id)
		if err == nil && !removed {
			err = fmt.Errorf("%w: %q", ErrNoModel, id)
		}
		return err
	})
}

func (s *session) has(e Entry) (bool, error) {
	var there Entry
	err := s.row("SELECT "+entryColumns+" FROM model m WHERE m.name = ?", e.ID).Scan(there.targets()...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return there == e, err
}

func (s *session) add(r *record) (changed bool, err error) {
	if same, err := s.has(r.entry); err != nil || same {
		return false, err
	}
	if _, err := s.remove(r.entry.ID); err != nil {
		return false, err
	}
	var model int64
	err = s.row(`INSERT INTO model (name, grp, title, version, purl, supplier, country, license, family, released,
		mode, digest, parts, tensors, head) VALUES (`+marks(15)+`) RETURNING id`,
		append(r.entry.values(), r.head)...).Scan(&model)
	if err != nil {
		return false, err
	}
	for i, f := range r.model.Files {
		err := s.exec("INSERT INTO file (model, place, path, size, sha256) VALUES ("+marks(5)+")",
			model, i, []byte(f.Path), f.Size, f.SHA256)
		if err != nil {
			return false, err
		}
	}
	for i := range r.model.Parts {
		if err := s.addPart(r, model, i); err != nil {
			return false, err
		}
	}
	return true, nil
}

func (s *session) addPart(r *record, model int64, i int) error {
	p, content := &r.model.Parts[i], sql.NullInt64{}
	if c := r.contents[i]; c != nil {
		content = sql.NullInt64{Int64: c.id, Valid: true}
		if err := s.addContent(c); err != nil {
			return err
		}
	}
	var part int64
	err := s.row("INSERT INTO part (model, place, ref, weights, content) VALUES ("+marks(5)+") RETURNING id",
		model, i, []byte(p.Ref), p.WeightsDigest, content).Scan(&part)
	if err != nil {
		return err
	}
	if err := s.exec("INSERT INTO print (part, data) VALUES (?, ?)", part, r.prints[i]); err != nil {
		return err
	}
	if p.Tokenizer == nil {
		return nil
	}
	data, err := fingerprint.EncodePart(&fingerprint.Part{Ref: p.Ref, Role: p.Role, Tokenizer: p.Tokenizer})
	if err != nil {
		return err
	}
	return s.exec("INSERT INTO tokenizer (part, data) VALUES (?, ?)", part, data)
}

// addContent writes what a search reads, unless another part has the same.
func (s *session) addContent(c *content) error {
	var digest []byte
	err := s.row("SELECT digest FROM content WHERE id = ?", c.id).Scan(&digest)
	switch {
	case err == nil && string(digest) == string(c.digest[:]):
		return nil
	case err == nil:
		return fmt.Errorf("two parts have digests that begin alike, %x and %x: one of them was made to do so", digest, c.digest)
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
	if err := s.exec("INSERT INTO content (id, digest, data) VALUES (?, ?, ?)", c.id, c.digest[:], c.data); err != nil {
		return err
	}
	for i := range c.groups {
		g := &c.groups[i]
		signs, used := g.prefixes()
		err := s.exec("INSERT INTO shape (width, height, content, kind, keys, signs, used) VALUES ("+marks(7)+")",
			int64(g.width), int64(g.height), c.id, int(g.kind), g.keys, signs, used)
		if err != nil {
			return err
		}
	}
	return s.addDigests(c)
}

// batch is the number of rows of one statement: with two arguments each far
// below the limits of both databases (32,766 and 65,535 arguments).
const batch = 500

func (s *session) addDigests(c *content) error {
	for rest := c.values; len(rest) > 0; {
		n := min(batch, len(rest))
		args := make([]any, 0, 2*n)
		for _, v := range rest[:n] {
			args = append(args, int64(v), c.id)
		}
		rest = rest[n:]
		rows := "(?, ?)"
		for range n - 1 {
			rows += ", (?, ?)"
		}
		if err := s.exec("INSERT INTO digest (hash, content) VALUES "+rows, args...); err != nil {
			return err
		}
	}
	return nil
}

// remove deletes a model and the contents that no other model has.
func (s *session) remove(id string) (removed bool, err error) {
	var model int64
	err = s.row("SELECT id FROM model WHERE name = ?", id).Scan(&model)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	contents, err := s.numbers("SELECT DISTINCT content FROM part WHERE model = ? AND content IS NOT NULL", model)
	if err != nil {
		return false, err
	}
	for _, statement := range []string{
		"DELETE FROM tokenizer WHERE part IN (SELECT id FROM part WHERE model = ?)",
		"DELETE FROM print WHERE part IN (SELECT id FROM part WHERE model = ?)",
		"DELETE FROM part WHERE model = ?",
		"DELETE FROM file WHERE model = ?",
		"DELETE FROM model WHERE id = ?",
	} {
		if err := s.exec(statement, model); err != nil {
			return false, err
		}
	}
	for _, c := range contents {
		if err := s.removeContent(c); err != nil {
			return false, err
		}
	}
	return true, nil
}

// removeContent deletes a content that no part has any more.
func (s *session) removeContent(id int64) error {
	var parts int
	if err := s.row("SELECT count(*) FROM (SELECT 1 FROM part WHERE content = ? LIMIT 1) AS p", id).Scan(&parts); err != nil || parts > 0 {
		return err
	}
	c, err := s.content(id)
	if err != nil {
		return err
	}
	for i := range c.groups {
		g := &c.groups[i]
		err := s.exec("DELETE FROM shape WHERE width = ? AND height = ? AND content = ? AND kind = ?",
			int64(g.width), int64(g.height), id, int(g.kind))
		if err != nil {
			return err
		}
	}
	for rest := c.values; len(rest) > 0; {
		n := min(batch, len(rest))
		args := []any{id}
		for _, v := range rest[:n] {
			args = append(args, int64(v))
		}
		rest = rest[n:]
		if err := s.exec("DELETE FROM digest WHERE content = ? AND hash IN ("+marks(n)+")", args...); err != nil {
			return err
		}
	}
	return s.exec("DELETE FROM content WHERE id = ?", id)
}

// numbers are the results of a query for one integer column.
func (s *session) numbers(query string, args ...any) (all []int64, err error) {
	err = s.each(func(row scanner) error {
		var n int64
		err := row.Scan(&n)
		all = append(all, n)
		return err
	}, query, args...)
	return all, err
}

func (s *session) content(id int64) (*content, error) {
	var data []byte
	if err := s.row("SELECT data FROM content WHERE id = ?", id).Scan(&data); err != nil {
		return nil, fmt.Errorf("content %d: %w", id, err)
	}
	return decodeContent(id, data)
}
