package index

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Settings of PostgreSQL.
const (
	// postgresSchema keeps the tables apart from others in the database, unless
	// the URL has a search_path of its own.
	postgresSchema = "modelbom"
	// connectTimeout is how long a server may take to answer, unless the URL
	// says.
	connectTimeout = 15 * time.Second
	// postgresLock makes writers wait for one another until their transactions
	// end. It locks a number ("mbom"), because an index that is being made has
	// no table to lock.
	postgresLock = "SELECT pg_advisory_xact_lock(1835167597)"
)

func isPostgres(location string) bool {
	return strings.HasPrefix(location, "postgres://") || strings.HasPrefix(location, "postgresql://")
}

func openPostgres(ctx context.Context, location string, write bool) (*Index, error) {
	config, err := pgx.ParseConfig(location)
	if err != nil {
		// The driver's words may quote the URL.
		return nil, errors.New("open index: the postgres:// URL is not valid")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	if config.RuntimeParams["search_path"] == "" {
		config.RuntimeParams["search_path"] = postgresSchema
	}
	schema, _, _ := strings.Cut(config.RuntimeParams["search_path"], ",")
	schema = strings.Trim(strings.TrimSpace(schema), `"`)
	x := &Index{
		db:       stdlib.OpenDB(*config),
		dialect:  postgresDialect(secrets(location, config.Password)),
		name:     databaseName(location),
		writable: write,
	}
	if write {
		err = x.makeSchema(ctx, schema)
	}
	if err == nil {
		err = x.prepare(ctx)
	}
	if err != nil {
		x.db.Close()
		return nil, fmt.Errorf("open index %q on PostgreSQL: %w", x.name, err)
	}
	return x, nil
}

// databaseName is the database that the URL names. When it names none the driver
// takes the user's name, which no document may hold.
func databaseName(location string) string {
	u, err := url.Parse(location)
	if err != nil || strings.Trim(u.Path, "/") == "" {
		return "postgresql"
	}
	return strings.Trim(u.Path, "/")
}

// makeSchema makes the schema when it is not there. Asking first spares those
// who may only use it the right to make one.
func (x *Index) makeSchema(ctx context.Context, schema string) error {
	var there bool
	err := x.db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)", schema).Scan(&there)
	if err != nil || there {
		return x.dialect.explain(err)
	}
	// Two programs may do so at once: the lock is for one key and transaction.
	tx, err := x.db.BeginTx(ctx, nil)
	if err != nil {
		return x.dialect.explain(err)
	}
	defer rollback(tx)
	for _, statement := range []string{
		postgresLock,
		"CREATE SCHEMA IF NOT EXISTS " + pgx.Identifier{schema}.Sanitize(),
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return x.dialect.explain(err)
		}
	}
	return x.dialect.explain(tx.Commit())
}

func postgresDialect(secrets []string) *dialect {
	return &dialect{
		text: `TEXT COLLATE "C"`, blob: "BYTEA", integer: "BIGINT",
		serial: "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
		// Sketches are random bits: trying to compress them takes time only.
		after: []string{
			"ALTER TABLE shape ALTER COLUMN keys SET STORAGE EXTERNAL",
			"ALTER TABLE shape ALTER COLUMN signs SET STORAGE EXTERNAL",
			"ALTER TABLE shape ALTER COLUMN used SET STORAGE EXTERNAL",
			"ALTER TABLE content ALTER COLUMN data SET STORAGE EXTERNAL",
			"ALTER TABLE print ALTER COLUMN data SET STORAGE EXTERNAL",
		},
		lock:     postgresLock,
		snapshot: sql.LevelRepeatableRead,
		exists:   "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'modelbom'",
		others:   "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename <> 'modelbom'",
		numbered: true,
		explain:  func(err error) error { return redact(err, secrets) },
	}
}

// secrets are the forms in which a password could stand in a message.
func secrets(location, password string) []string {
	var all []string
	if password != "" {
		all = append(all, password, url.QueryEscape(password), url.PathEscape(password))
	}
	if u, err := url.Parse(location); err == nil && u.User != nil {
		if _, raw, ok := strings.Cut(u.User.String(), ":"); ok && raw != "" {
			all = append(all, raw)
		}
	}
	return all
}

// redact hides secrets in the words of an error and keeps the error itself for
// errors.Is and errors.As.
func redact(err error, secrets []string) error {
	if err == nil || errors.Is(err, sql.ErrNoRows) {
		return err
	}
	text := err.Error()
	for _, s := range secrets {
		text = strings.ReplaceAll(text, s, "xxxxx")
	}
	if text == err.Error() {
		return err
	}
	return redacted{err, text}
}

type redacted struct {
	error
	text string
}

func (r redacted) Error() string { return r.text }
func (r redacted) Unwrap() error { return r.error }
