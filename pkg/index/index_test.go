package index

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

func TestMain(m *testing.M) {
	if child() {
		return
	}
	code := m.Run()
	stopCluster()
	os.Exit(code)
}

// onBoth runs a test on both databases, with the location of an index that does
// not exist yet.
func onBoth(t *testing.T, f func(t *testing.T, location string)) {
	t.Run("SQLite", func(t *testing.T) { f(t, filepath.Join(t.TempDir(), "sub dir", "in#d?x%.db")) })
	t.Run("PostgreSQL", func(t *testing.T) { f(t, postgres(t)) })
}

func openNew(t testing.TB, location string) *Index {
	t.Helper()
	x, err := OpenForWriting(context.Background(), location)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return x
}

func mustAdd(t testing.TB, x *Index, e Entry, m *fingerprint.Model) {
	t.Helper()
	if changed, err := x.Add(context.Background(), e, m); err != nil || !changed {
		t.Fatalf("Add %s: changed %v, error %v", e.ID, changed, err)
	}
}

func mustDigest(t testing.TB, x *Index) string {
	t.Helper()
	d, err := x.Digest(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// rows counts the rows of every table, and makes sure that the tables agree with
// one another: every model whole, nothing left over.
func rows(t testing.TB, x *Index) map[string]int {
	t.Helper()
	counts := map[string]int{}
	err := x.read(context.Background(), func(s *session) error {
		for _, table := range []string{"model", "file", "part", "print", "tokenizer", "content", "shape", "digest"} {
			n := 0
			if err := s.row("SELECT count(*) FROM " + table).Scan(&n); err != nil {
				return err
			}
			counts[table] = n
		}
		contents, err := s.numbers("SELECT id FROM content")
		if err != nil {
			return err
		}
		shapes, digests := 0, 0
		for _, id := range contents {
			c, err := s.content(id)
			if err != nil {
				return err
			}
			shapes += len(c.groups)
			digests += len(c.values)
			n := 0
			if err := s.row("SELECT count(*) FROM part WHERE content = ?", id).Scan(&n); err != nil {
				return err
			}
			if n == 0 {
				t.Errorf("content %d belongs to no part", id)
			}
		}
		if counts["shape"] != shapes || counts["digest"] != digests {
			t.Errorf("%d shapes and %d digests for contents that have %d and %d", counts["shape"], counts["digest"], shapes, digests)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	entries, err := x.List(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		_, m, err := x.Model(context.Background(), e.ID)
		if err != nil {
			t.Fatal(err)
		}
		data, err := encodeModel(m)
		if err != nil {
			t.Fatal(err)
		}
		if got := digestOf(data); got != e.Digest {
			t.Errorf("%s: digest %s of what the index holds, %s of what was added", e.ID, got, e.Digest)
		}
	}
	return counts
}

func TestAdd(t *testing.T) {
	onBoth(t, func(t *testing.T, location string) {
		ctx := t.Context()
		if _, err := Open(ctx, location); err == nil {
			t.Fatal("an index that does not exist was opened")
		} else if !isPostgres(location) && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("missing file: %v", err)
		} else if isPostgres(location) && !errors.Is(err, ErrNotIndex) {
			t.Errorf("missing tables: %v", err)
		}
		x := openNew(t, location)
		empty := mustDigest(t, x)
		first := model("one", small.part(random(1)), small.part(random(2)))
		e := entry("one", "llama", "2025-01-01")
		mustAdd(t, x, e, first)
		before, digest := rows(t, x), mustDigest(t, x)
		want := map[string]int{"model": 1, "file": 2, "part": 3, "print": 3, "tokenizer": 1, "content": 2, "shape": 6, "digest": 84}
		if diff := cmp.Diff(want, before); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}

		got, m, err := x.Model(ctx, e.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, m, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("fingerprint (-added +got):\n%s", diff)
		}
		filled := e
		filled.Mode, filled.Parts, filled.Tensors, filled.Digest = fingerprint.Full, 3, 84, got.Digest
		if diff := cmp.Diff(filled, got); diff != "" {
			t.Errorf("entry (-want +got):\n%s", diff)
		}

		if changed, err := x.Add(ctx, e, first); err != nil || changed {
			t.Errorf("the same again: changed %v, error %v", changed, err)
		}
		wrong := e
		wrong.Digest = "sha256:0"
		if _, err := x.Add(ctx, wrong, first); err == nil {
			t.Error("an entry with another digest was taken")
		}
		// Another entry for the same fingerprint, and another fingerprint.
		e.License = "MIT"
		mustAdd(t, x, e, first)
		if d := mustDigest(t, x); d == digest {
			t.Error("the digest does not see the licence")
		}
		mustAdd(t, x, e, model("one", small.part(random(3))))
		if n := rows(t, x); n["content"] != 1 || n["part"] != 2 || n["file"] != 1 {
			t.Errorf("after replacing: %v", n)
		}
		e.License = "Apache-2.0"
		mustAdd(t, x, e, first)
		if diff := cmp.Diff(before, rows(t, x)); diff != "" {
			t.Errorf("rows after going back (-want +got):\n%s", diff)
		}
		if d := mustDigest(t, x); d != digest {
			t.Error("another digest for the same content")
		}

		// A copy under another name shares the content.
		mustAdd(t, x, entry("copy", "llama", ""), first)
		if n := rows(t, x); n["content"] != 2 || n["part"] != 6 {
			t.Errorf("with a copy: %v", n)
		}
		if err := x.Remove(ctx, "group/one"); err != nil {
			t.Fatal(err)
		}
		if n := rows(t, x); n["content"] != 2 || n["part"] != 3 {
			t.Errorf("without the original: %v", n)
		}
		if err := x.Remove(ctx, "group/one"); !errors.Is(err, ErrNoModel) {
			t.Errorf("removing it twice: %v", err)
		}
		if err := x.Remove(ctx, "group/copy"); err != nil {
			t.Fatal(err)
		}
		for table, n := range rows(t, x) {
			if n != 0 {
				t.Errorf("%d rows of %s are left", n, table)
			}
		}
		if d := mustDigest(t, x); d != empty {
			t.Error("an emptied index has another digest than an empty one")
		}
	})
}

func TestRead(t *testing.T) {
	onBoth(t, func(t *testing.T, location string) {
		ctx := t.Context()
		x := openNew(t, location)
		shared := small.part(random(1))
		mustAdd(t, x, entry("zebra", "llama", "2023-01-01"), model("zebra", shared))
		mustAdd(t, x, entry("Aard", "llama", ""), model("Aard", shared))
		mustAdd(t, x, entry("émile", "llama", "2024-01-01"), model("émile", shared))
		entries, err := x.List(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, e := range entries {
			ids = append(ids, e.Name)
		}
		if diff := cmp.Diff([]string{"Aard", "zebra", "émile"}, ids); diff != "" {
			t.Errorf("order of IDs (-want +got):\n%s", diff)
		}
		files, err := x.Files(ctx, fmt.Sprintf("%X", shared.Tensors[0].Value))
		if err != nil {
			t.Fatal(err)
		}
		ids = nil
		for _, f := range files {
			ids = append(ids, f.Entry.Name+" "+f.Path)
		}
		if diff := cmp.Diff([]string{"zebra model-0.safetensors", "émile model-0.safetensors", "Aard model-0.safetensors"}, ids); diff != "" {
			t.Errorf("files (-want +got):\n%s", diff)
		}
		asked, err := x.Files(ctx, fmt.Sprintf("%X", shared.Tensors[0].Value), append([]string{entry("Aard", "", "").ID}, make([]string, 1000)...)...)
		if err != nil || len(asked) != 3 || asked[0].Entry.Name != "Aard" || asked[1].Entry.Name != "zebra" {
			t.Errorf("files of Aard first: %v, %v", asked, err)
		}
		if n, err := x.Holders(ctx, fmt.Sprintf("%X", shared.Tensors[0].Value)); err != nil || n != 3 {
			t.Errorf("%d models hold the file, error %v", n, err)
		}
		if none, err := x.Files(ctx, ""); err != nil || none != nil {
			t.Errorf("no digest: %v, %v", none, err)
		}
		tokenizers, err := x.Tokenizers(ctx)
		if err != nil || len(tokenizers) != 3 || tokenizers[0].Entry.Name != "Aard" || tokenizers[0].Part != "part:tokenizer" ||
			tokenizers[1].Tokenizer.VocabularyDigest != "sha256:zebra" {
			t.Errorf("tokenizers: %v, %v", tokenizers, err)
		}
		if _, _, err := x.Model(ctx, "group/none"); !errors.Is(err, ErrNoModel) {
			t.Errorf("a model that is not there: %v", err)
		}
		found, err := x.Search(ctx, shared)
		if err != nil || len(found) == 0 {
			t.Fatal(found, err)
		}
		p, err := x.Part(ctx, found[0])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(shared, p, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("part (-added +got):\n%s", diff)
		}
		if err := x.Remove(ctx, found[0].Entry.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := x.Part(ctx, found[0]); !errors.Is(err, ErrNoModel) {
			t.Errorf("a part that was removed: %v", err)
		}

		reader, err := Open(ctx, location)
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
		if _, err := reader.Add(ctx, entry("new", "", ""), model("new", shared)); !errors.Is(err, ErrReadOnly) {
			t.Errorf("adding to an index that was opened for reading: %v", err)
		}
		if err := reader.Remove(ctx, "group/zebra"); !errors.Is(err, ErrReadOnly) {
			t.Errorf("removing from an index that was opened for reading: %v", err)
		}
		if a, b := mustDigest(t, reader), mustDigest(t, x); a != b {
			t.Error("two handles, two digests")
		}
		want := "in#d?x%.db"
		if isPostgres(location) {
			want = "postgres"
		}
		if x.Name() != want {
			t.Errorf("name %q, want %q", x.Name(), want)
		}
	})
}

func TestEntries(t *testing.T) {
	x := openNew(t, filepath.Join(t.TempDir(), "index.db"))
	long := make([]byte, maxField+1)
	for i := range long {
		long[i] = 'x'
	}
	m := model("m", small.part(random(1)))
	for name, change := range map[string]func(*Entry){
		"no ID":     func(e *Entry) { e.ID = "" },
		"NUL":       func(e *Entry) { e.Supplier = "a\x00b" },
		"escape":    func(e *Entry) { e.License = "\x1b[31m" },
		"newline":   func(e *Entry) { e.ID = "a\nb" },
		"not UTF-8": func(e *Entry) { e.Family = "\xff" },
		"long":      func(e *Entry) { e.PURL = string(long) },
	} {
		e := entry("m", "", "")
		change(&e)
		if changed, err := x.Add(t.Context(), e, m); err == nil || changed {
			t.Errorf("%s: changed %v, error %v", name, changed, err)
		}
	}
}
