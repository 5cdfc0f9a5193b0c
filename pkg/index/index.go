// Package index keeps the fingerprints of known models and finds the ones that
// a part could come from.
//
// An index is one SQLite file, or the same tables in a PostgreSQL database for
// many users. It holds models; a model has parts; a part has a fingerprint. What
// a search reads of a part is its content: the sketches and value digests of its
// matrices without anything else. Parts of equal content (copies of a model
// under other names) share it, so that a flood of copies costs a search nothing
// and cannot crowd out other models.
//
// A search says which parts are worth a comparison. It is no evidence: names
// decide what is compared first, a match by chance is possible, and what is not
// found may still be related in a way that only a pairwise comparison sees. See
// [Index.Find] for what it compares and for its thresholds.
//
// Writing is atomic: a model is there with everything that belongs to it or not
// at all, also when the process is killed. Writers wait for one another and
// readers see one state throughout. Nothing that is written holds a time, a host
// or a user, and nothing that is read depends on the order in which models were
// added: equal content gives equal results and an equal [Index.Digest].
//
// An index belongs to those who may write to it: it is trusted not to be crafted
// against its readers, who nevertheless check the sizes of all they read. What
// [Index.Import] reads is not trusted.
package index

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// An Index is a store of reference models. Its methods may be called from
// several goroutines.
type Index struct {
	db       *sql.DB
	dialect  *dialect
	name     string
	writable bool
}

// Comparisons is the number of comparisons that a search accounts for: it does
// not depend on what is in the index, so that adding a model cannot change the
// verdict on another.
const Comparisons = 1e12

// Errors that callers tell apart.
var (
	// ErrNotIndex: the file or database holds something else.
	ErrNotIndex = errors.New("not a modelbom index")
	// ErrNewer: the index was made by a newer program.
	ErrNewer = errors.New("index was made by a newer version of modelbom")
	// ErrReadOnly: the index was opened with [Open].
	ErrReadOnly = errors.New("index is open for reading only")
	// ErrNoModel: no model has that ID.
	ErrNoModel = errors.New("no such model in the index")
)

// Open opens an index for reading: a path of an SQLite file, or a postgres:// or
// postgresql:// URL. The error of a file that does not exist is fs.ErrNotExist.
//
// A file on read-only storage is read as it stands. It must not be written to
// from elsewhere meanwhile.
func Open(ctx context.Context, location string) (*Index, error) {
	return open(ctx, location, false)
}

// OpenForWriting opens an index as [Open] does, and makes a new one where there
// is none.
func OpenForWriting(ctx context.Context, location string) (*Index, error) {
	return open(ctx, location, true)
}

func open(ctx context.Context, location string, write bool) (*Index, error) {
	if isPostgres(location) {
		return openPostgres(ctx, location, write)
	}
	return openSQLite(ctx, location, write)
}

// Close releases the index.
func (x *Index) Close() error { return x.db.Close() }

// Name is how a document names the index: the base name of the file or the name
// of the database, never a path, host or user.
func (x *Index) Name() string { return x.name }

// write runs f in a transaction that no other writer shares. All of it happens
// or nothing.
func (x *Index) write(ctx context.Context, f func(*session) error) error {
	if !x.writable {
		return ErrReadOnly
	}
	tx, err := x.db.BeginTx(ctx, nil)
	if err != nil {
		return x.dialect.explain(err)
	}
	defer rollback(tx)
	s := &session{ctx: ctx, tx: tx, dialect: x.dialect}
	if x.dialect.lock != "" {
		if err := s.exec(x.dialect.lock); err != nil {
			return err
		}
	}
	if err := f(s); err != nil {
		return err
	}
	return x.dialect.explain(tx.Commit())
}

// read runs f in a transaction that sees one state of the index.
func (x *Index) read(ctx context.Context, f func(*session) error) error {
	tx, err := x.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: x.dialect.snapshot})
	if err != nil {
		return x.dialect.explain(err)
	}
	defer rollback(tx)
	return f(&session{ctx: ctx, tx: tx, dialect: x.dialect})
}

// rollback ends a transaction that was not committed. Its error would hide the
// one that led here; the database undoes what a lost connection began.
func rollback(tx *sql.Tx) { _ = tx.Rollback() }

// A session is one transaction. Statements are written for both databases, with
// question marks for arguments.
type session struct {
	ctx     context.Context
	tx      *sql.Tx
	dialect *dialect
}

func (s *session) exec(query string, args ...any) error {
	_, err := s.tx.ExecContext(s.ctx, s.dialect.bind(query), args...)
	return s.dialect.explain(err)
}

func (s *session) row(query string, args ...any) scanner {
	return explained{s.tx.QueryRowContext(s.ctx, s.dialect.bind(query), args...), s.dialect}
}

// each calls f for every row of a query. What f scans as sql.RawBytes is valid
// until it returns.
func (s *session) each(f func(scanner) error, query string, args ...any) error {
	rows, err := s.tx.QueryContext(s.ctx, s.dialect.bind(query), args...)
	if err != nil {
		return s.dialect.explain(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return s.dialect.explain(rows.Err())
}

type scanner interface{ Scan(...any) error }

// explained is a row whose error is put into words; sql.ErrNoRows stays itself.
type explained struct {
	row     scanner
	dialect *dialect
}

func (e explained) Scan(to ...any) error { return e.dialect.explain(e.row.Scan(to...)) }

// damaged is an error about what the index holds itself.
func damaged(format string, args ...any) error {
	return fmt.Errorf("index is damaged: "+format, args...)
}
