package index

import (
	"bytes"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOpen: what is no index is not opened, read or changed.
func TestOpen(t *testing.T) {
	ctx := t.Context()
	good := filepath.Join(t.TempDir(), "good.db")
	x := openNew(t, good)
	mustAdd(t, x, entry("a", "", ""), tiny("a", 1))
	x.Close()
	const sqlitePage = 32 << 10
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	if pages := len(whole) / sqlitePage; pages < 10 || len(whole)%sqlitePage != 0 || string(whole[16:20]) != "\x80\x00\x02\x02" {
		t.Errorf("an index of %d bytes, header % x: not in pages of 32 KiB with a write-ahead log", len(whole), whole[16:20])
	}
	foreign := database(t, "CREATE TABLE t (a)", "INSERT INTO t VALUES (1)")
	lookalike := database(t, "CREATE TABLE modelbom (key TEXT PRIMARY KEY, value TEXT)", "INSERT INTO modelbom VALUES ('format', 'x')")
	otherColumns := database(t, "CREATE TABLE modelbom (a)")
	ours := func(change string) []byte {
		path := filepath.Join(t.TempDir(), "index.db")
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		return run(t, path, change)
	}
	for name, test := range map[string]struct {
		data []byte
		want error
		text string
	}{
		"text":           {[]byte("this is no database, but some text"), ErrNotIndex, "not an SQLite file"},
		"short":          {[]byte("SQLite"), ErrNotIndex, "not an SQLite file"},
		"garbage":        {append([]byte(sqliteMagic), bytes.Repeat([]byte{0xa5}, 5000)...), ErrNotIndex, ""},
		"foreign":        {foreign, ErrNotIndex, ""},
		"lookalike":      {lookalike, ErrNotIndex, ""},
		"other columns":  {otherColumns, nil, "read table modelbom"},
		"newer":          {ours("UPDATE modelbom SET value = '2' WHERE key = 'version'"), ErrNewer, `version "2"`},
		"other sketches": {ours("UPDATE modelbom SET value = 'modelbom-sketch/9' WHERE key = 'sketch'"), ErrNewer, "modelbom-sketch/9"},
		"half":           {whole[:sqlitePage/2], nil, ""},
	} {
		path := filepath.Join(t.TempDir(), "x.db")
		if err := os.WriteFile(path, test.data, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, write := range []bool{false, true} {
			x, err := open(ctx, path, write)
			if err == nil {
				x.Close()
				t.Errorf("%s, to write %v: opened", name, write)
				continue
			}
			if test.want != nil && !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) {
				t.Errorf("%s, to write %v: %v", name, write, err)
			}
		}
		if now, err := os.ReadFile(path); err != nil || name != "half" && !bytes.Equal(now, test.data) {
			t.Errorf("%s: the file was changed (%v)", name, err)
		}
	}

	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "none.db"), filepath.Join(dir, "none", "none.db")} {
		if _, err := Open(ctx, path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", path, err)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s was made by opening it for reading", path)
		}
	}
	if _, err := Open(ctx, dir); !errors.Is(err, ErrNotIndex) {
		t.Errorf("a directory: %v", err)
	}
	empty := filepath.Join(dir, "empty.db")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, empty); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty file: %v", err)
	}
	openNew(t, empty)
	// In the middle of everything: one page of the tables is gone.
	holed := bytes.Clone(whole)
	for i := sqlitePage * 3; i < len(holed); i++ {
		holed[i] = 0xff
	}
	path := filepath.Join(dir, "holed.db")
	if err := os.WriteFile(path, holed, 0o600); err != nil {
		t.Fatal(err)
	}
	if x, err := Open(ctx, path); err == nil {
		_, _, err := x.Model(ctx, "group/a")
		_, searched := x.Search(ctx, &tiny("a", 1).Parts[0])
		if err == nil && searched == nil {
			t.Errorf("a damaged index was read: %d pages", len(whole)/sqlitePage)
		}
		x.Close()
	}
}

func database(t *testing.T, statements ...string) []byte {
	return run(t, filepath.Join(t.TempDir(), "x.db"), statements...)
}

func run(t *testing.T, path string, statements ...string) []byte {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestOpenPostgres: tables of others in a schema are left alone, and a newer
// index is not read.
func TestOpenPostgres(t *testing.T) {
	location := postgres(t)
	ctx := t.Context()
	x := openNew(t, location)
	if _, err := x.db.Exec("UPDATE modelbom SET value = '2' WHERE key = 'version'"); err != nil {
		t.Fatal(err)
	}
	for _, write := range []bool{false, true} {
		if _, err := open(ctx, location, write); !errors.Is(err, ErrNewer) {
			t.Errorf("to write %v: %v", write, err)
		}
	}
	if _, err := x.db.Exec("DROP TABLE modelbom"); err != nil {
		t.Fatal(err)
	}
	for _, write := range []bool{false, true} {
		if _, err := open(ctx, location, write); !errors.Is(err, ErrNotIndex) {
			t.Errorf("to write %v: %v", write, err)
		}
	}
}

func TestDefaultPath(t *testing.T) {
	home := func() (string, error) { return filepath.FromSlash("/home/a"), nil }
	none := func() (string, error) { return "", errors.New("no home") }
	env := map[string]string{}
	for _, test := range []struct {
		system, xdg, local string
		home               func() (string, error)
		want               string
	}{
		{"linux", "", "", home, "/home/a/.local/share"},
		{"linux", "/data", "", home, "/data"},
		{"linux", "relative", "", home, "/home/a/.local/share"},
		{"linux", "/data", "", none, "/data"},
		{"linux", "", "", none, ""},
		{"darwin", "/data", "", home, "/home/a/Library/Application Support"},
		{"windows", "", "/users/a/local", home, "/users/a/local"},
		{"windows", "", "", home, ""},
	} {
		env["XDG_DATA_HOME"], env["LocalAppData"] = test.xdg, test.local
		got, err := dataDir(test.system, func(k string) string { return env[k] }, test.home)
		if filepath.ToSlash(got) != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%+v: %q, %v", test, got, err)
		}
	}
	if path, err := DefaultPath(); err == nil && filepath.Base(filepath.Dir(path)) != "modelbom" {
		t.Errorf("default path %q", path)
	}
}
