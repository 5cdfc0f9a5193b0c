package inspect_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/modelbom/modelbom/fixtures"
	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/index"
	"github.com/modelbom/modelbom/pkg/inspect"
	"github.com/modelbom/modelbom/pkg/source"
)

// indexed is an index that holds a fixture under the given entries.
func indexed(t *testing.T, fixture string, entries ...index.Entry) *index.Index {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "reference")
	if err := fixtures.Write(fixture, dir); err != nil {
		t.Fatal(err)
	}
	repo, err := source.Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	m, _, err := inspect.Fingerprint(context.Background(), repo, inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x, err := index.OpenForWriting(context.Background(), filepath.Join(t.TempDir(), "index.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	for _, e := range entries {
		if _, err := x.Add(context.Background(), e, m); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

// TestEntryLicence: entries of an index that were made before licences were
// stored as expressions keep working.
func TestEntryLicence(t *testing.T) {
	for words, want := range map[string]string{
		"llama3.1":   "LicenseRef-llama3.1",
		"apache-2.0": "Apache-2.0",
		"Apache-2.0": "Apache-2.0",
		"https://www.apache.org/licenses/LICENSE-2.0": "Apache-2.0",
		"Tower Terms 7": "",
	} {
		x := indexed(t, "decoder", index.Entry{ID: "acme/base", Group: "acme", Name: "base", License: words})
		c := document(t, "decoder", "m", inspect.Options{Indexes: []*index.Index{x}}).Component("upstream:acme/base")
		if c == nil {
			t.Fatal("the upstream is not in the document")
		}
		got := ""
		for _, l := range licencesOf(c, bom.Concluded) {
			got = l.Expression
		}
		if got != want {
			t.Errorf("an entry under %q: concluded %q, want %q", words, got, want)
		}
		if l := licencesOf(c, bom.Declared); len(l) != 1 || l[0].Evidence[0].Value != words {
			t.Errorf("an entry under %q: declared %+v", words, l)
		}
	}
}
