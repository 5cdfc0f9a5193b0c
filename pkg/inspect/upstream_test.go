package inspect_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// declaring writes a fixture whose card names a base model.
func declaring(t *testing.T, fixture, card string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "m")
	if err := fixtures.Write(fixture, dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "README.md"), []byte("---\nlicense: mit\n"+card+"\n---\n# M\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// upstreamsNamed are the references of upstreams whose name ends so.
func upstreamsNamed(d *bom.Document, name string) (refs []string) {
	for _, c := range d.Components {
		if strings.HasPrefix(string(c.Ref), "upstream:") && strings.EqualFold(c.Name, name) {
			refs = append(refs, string(c.Ref))
		}
	}
	slices.Sort(refs)
	return refs
}

// TestOneUpstream: a base model that the card of a model of several parts names by
// its place on the hub, and that an index finds by its bytes, is one component.
func TestOneUpstream(t *testing.T) {
	const hub = "upstream:pkg:huggingface/"
	for _, test := range []struct {
		name       string
		card       string
		entry      index.Entry
		want       []string
		undeclared bool
	}{
		{"same name", "base_model: acme/base", index.Entry{Group: "acme", Name: "base"}, []string{hub + "acme/base"}, false},
		{"another case", "base_model: Acme/Base", index.Entry{Group: "acme", Name: "base"}, []string{hub + "Acme/Base"}, false},
		{"a version", "base_model: acme/base", index.Entry{Group: "acme", Name: "base", Version: "2"}, []string{hub + "acme/base"}, false},
		{"package URLs in two cases", "base_model: Acme/Base", index.Entry{Group: "acme", Name: "base", PURL: "pkg:huggingface/acme/base@0123abc"}, []string{hub + "Acme/Base"}, false},
		{"no group", "base_model: acme/base", index.Entry{Name: "base"}, []string{"upstream:base", hub + "acme/base"}, true},
		{"another group", "base_model: acme/base", index.Entry{Group: "other", Name: "base"}, []string{"upstream:other/base", hub + "acme/base"}, true},
		{"another registry", "base_model: acme/base", index.Entry{Group: "acme", Name: "base", PURL: "pkg:github/acme/base"}, []string{"upstream:pkg:github/acme/base", hub + "acme/base"}, false},
		{"declared by nobody", "tags: [x]", index.Entry{Group: "acme", Name: "base"}, []string{"upstream:acme/base"}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.entry.ID, test.entry.License = strings.TrimPrefix(test.entry.Group+"/"+test.entry.Name, "/"), "CC-BY-NC-4.0"
			d := inspectDir(t, declaring(t, "vlm", test.card), inspect.Options{Indexes: []*index.Index{indexed(t, "vlm", test.entry)}})
			if refs := upstreamsNamed(d, "base"); !slices.Equal(refs, test.want) {
				t.Errorf("upstreams %q, want %q", refs, test.want)
			}
			// The part's origin names the upstream that was found, and the model's
			// the one that is declared: the same where they are one.
			found := bom.Ref(test.want[0])
			part := d.Component("part:projector")
			if len(part.Origins) != 1 || part.Origins[0].Verdict != bom.VerdictIdentical || part.Origins[0].Reference != found {
				t.Errorf("the projector's origins: %+v", part.Origins)
			}
			if !hasRelationship(d, bom.Relationship{From: "part:projector", Type: bom.DescendantOf, To: found}) {
				t.Error("the projector has no edge to its upstream")
			}
			if declared := bom.Ref(test.want[len(test.want)-1]); strings.HasPrefix(test.card, "base_model") {
				if !hasRelationship(d, bom.Relationship{From: bom.RefSubject, Type: bom.DescendantOf, To: declared}) {
					t.Error("the model has no edge to what it declares")
				}
			}
			if l := licencesOf(d.Component(found), bom.Concluded); len(l) != 1 || l[0].Expression != "CC-BY-NC-4.0" {
				t.Errorf("the licence that the index states is not that of the upstream: %+v", l)
			}
			if l := licencesOf(part, bom.Concluded); test.undeclared && len(l) != 0 {
				t.Errorf("an MIT model with the bytes of another: concluded %+v", l)
			}
			undeclared := slices.ContainsFunc(d.Findings, func(f bom.Finding) bool { return f.Rule == "origin-undeclared" && f.Ref == "part:projector" })
			if undeclared != test.undeclared {
				t.Errorf("origin-undeclared: %v, want %v", undeclared, test.undeclared)
			}
		})
	}
}

// TestUpstreamsReferredTo: no upstream is in a document that nothing refers to.
func TestUpstreamsReferredTo(t *testing.T) {
	x := indexed(t, "vlm", index.Entry{ID: "acme/base", Group: "acme", Name: "base"}, index.Entry{ID: "acme/copy", Group: "acme", Name: "copy"})
	for _, f := range fixtures.All() {
		if f.Name == "hubcache" {
			continue
		}
		dir := filepath.Join(t.TempDir(), "m")
		if err := f.Write(dir); err != nil {
			t.Fatal(err)
		}
		d := inspectDir(t, dir, inspect.Options{Indexes: []*index.Index{x}})
		referred := map[bom.Ref]bool{}
		for _, r := range d.Relationships {
			referred[r.To] = true
		}
		for _, c := range d.Components {
			for _, o := range c.Origins {
				referred[o.Reference] = true
			}
		}
		for _, c := range d.Components {
			if strings.HasPrefix(string(c.Ref), "upstream:") && !referred[c.Ref] {
				t.Errorf("%s: nothing refers to %s", f.Name, c.Ref)
			}
		}
	}
}
