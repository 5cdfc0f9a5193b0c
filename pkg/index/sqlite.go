package index

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Settings of SQLite. Pages of a new index have 32 KiB: a row of sketches, some
// kilobytes, stays in one, so that a search reads a shape's rows one after
// another. A writer keeps 64 MiB of them: the digests of a model go to as many
// pages of a large index.
const (
	// sqliteBusy is how long, in milliseconds, a writer waits for another.
	sqliteBusy = 20_000
	// sqliteMagic opens every SQLite 3 file (Database File Format, 1.3.1).
	sqliteMagic = "SQLite format 3\x00"
)

func sqliteDialect() *dialect {
	return &dialect{
		text: "TEXT", blob: "BLOB", integer: "INTEGER", serial: "INTEGER PRIMARY KEY AUTOINCREMENT",
		clustered: " WITHOUT ROWID",
		exists:    "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'modelbom'",
		others:    "SELECT count(*) FROM sqlite_master WHERE name <> 'modelbom'",
		explain:   explainSQLite,
	}
}

func openSQLite(ctx context.Context, path string, write bool) (*Index, error) {
	x, err := tryOpenSQLite(ctx, path, write)
	if err != nil {
		return nil, fmt.Errorf("open index %q: %w", path, err)
	}
	return x, nil
}

func tryOpenSQLite(ctx context.Context, path string, write bool) (*Index, error) {
	err := checkSQLite(path)
	if write && errors.Is(err, fs.ErrNotExist) {
		// 0700 as the XDG Base Directory Specification 0.8 asks.
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, err
		}
		return connectSQLite(ctx, path, creating)
	}
	if err != nil {
		return nil, err
	}
	if write {
		return connectSQLite(ctx, path, writing)
	}
	x, err := connectSQLite(ctx, path, reading)
	if err == nil || errors.Is(err, ErrNotIndex) || errors.Is(err, ErrNewer) || ctx.Err() != nil {
		return x, err
	}
	// A reader of a write-ahead log takes part in its locks, for which it has to
	// write. Where that cannot be and no log is left, the file is all there is.
	if log, statErr := os.Stat(path + "-wal"); statErr == nil && log.Size() > 0 {
		return nil, fmt.Errorf("%w (the last writer did not finish: open the index once where it can be written)", err)
	}
	return connectSQLite(ctx, path, frozen)
}

// How a file is opened. The driver sets pragmas in alphabetical order and the
// mode of the journal, which writes the first page, after them. It stays in the
// file, so that a file of somebody else is not changed before it is known.
const (
	creating = writing + "&_pragma=page_size(32768)&_journal_mode=wal"
	writing  = "mode=rwc&_txlock=immediate&_pragma=synchronous(normal)&_pragma=foreign_keys(1)&_pragma=cache_size(-65536)"
	reading  = "mode=rw&_pragma=query_only(1)"
	frozen   = "mode=ro&immutable=1"
)

func connectSQLite(ctx context.Context, path, how string) (*Index, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	slashed := filepath.ToSlash(absolute)
	if !strings.HasPrefix(slashed, "/") { // C:/...
		slashed = "/" + slashed
	}
	name := fmt.Sprintf("file://%s?_pragma=busy_timeout(%d)&%s", (&url.URL{Path: slashed}).EscapedPath(), sqliteBusy, how)
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, err
	}
	x := &Index{db: db, dialect: sqliteDialect(), name: filepath.Base(absolute), writable: strings.Contains(how, "rwc")}
	if err := x.prepare(ctx); err != nil {
		db.Close()
		return nil, err
	}
	return x, nil
}

// prepare makes the tables, when writing, and verifies that they are ours.
func (x *Index) prepare(ctx context.Context) error {
	err := x.read(ctx, (*session).verify)
	if x.writable && errors.Is(err, ErrNotIndex) {
		if err := x.write(ctx, (*session).create); err != nil {
			return err
		}
		err = x.read(ctx, (*session).verify)
	}
	return err
}

// checkSQLite refuses what is not an SQLite file before SQLite sees it. An empty
// file counts as missing.
func checkSQLite(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("%w", errors.Unwrap(err)) // without the path, which the caller says
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%w: not a regular file", ErrNotIndex)
	}
	if info.Size() == 0 {
		return fmt.Errorf("the file is empty: %w", fs.ErrNotExist)
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%w", errors.Unwrap(err))
	}
	defer f.Close()
	head := make([]byte, len(sqliteMagic))
	if _, err := io.ReadFull(f, head); err != nil || string(head) != sqliteMagic {
		return fmt.Errorf("%w: not an SQLite file", ErrNotIndex)
	}
	return nil
}

func explainSQLite(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff { // the primary code, without its refinement
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fmt.Errorf("another program is writing to the index: %w", err)
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: %w", ErrNotIndex, err)
	case sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("index is damaged: %w", err)
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("no space is left for the index: %w", err)
	}
	return err
}
