package policy_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/modelbom/modelbom/fixtures"
	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/codec"
	"github.com/modelbom/modelbom/pkg/facts"
	"github.com/modelbom/modelbom/pkg/index"
	"github.com/modelbom/modelbom/pkg/inspect"
	"github.com/modelbom/modelbom/pkg/policy"
	"github.com/modelbom/modelbom/pkg/source"
)

// named returns the built-in policy of a name.
func named(t testing.TB, name string) policy.Policy {
	t.Helper()
	for _, p := range policy.Builtin() {
		if p.Name() == name {
			return p
		}
	}
	t.Fatalf("no policy %q", name)
	return nil
}

func check(t testing.TB, name string, d *bom.Document, o policy.Options) *policy.Result {
	t.Helper()
	r, err := named(t, name).Check(d, o)
	if err != nil {
		t.Fatal(err)
	}
	prose(t, r)
	return r
}

// prose fails where a sentence has the word of a level or outcome that is for
// machines, or where a reason cannot stand after "because".
func prose(t testing.TB, r *policy.Result) {
	t.Helper()
	texts := []string{r.Sentence}
	for _, c := range r.Checks {
		texts = append(texts, c.Text)
	}
	for _, p := range r.Parts {
		texts = append(texts, p.Sentence)
		for _, g := range p.Grades {
			for _, x := range g.Reasons {
				texts = append(texts, x.Text)
				if first, _, _ := strings.Cut(x.Text, " "); x.Level != policy.LevelMet && !slices.Contains([]string{
					"A", "How", "It", "Its", "Licences", "Neither", "No", "Nobody", "Not", "Nothing", "One", "The", "What", "Where", "Whether", "Which",
				}, first) && !strings.HasPrefix(x.Text, "99.") {
					t.Errorf("%s begins with no word of our own: %s", x.ID, x.Text)
				}
			}
		}
	}
	for _, s := range texts {
		if machine.MatchString(s) {
			t.Errorf("a sentence has a word for machines: %s", s)
		}
	}
}

var machine = regexp.MustCompile(`\b(partly-met|not-met|cannot-be-shown|not-shown|not-applicable)\b|because [A-Z]`)

// part is the result of one part.
func part(t testing.TB, r *policy.Result, ref bom.Ref) *policy.PartResult {
	t.Helper()
	for i := range r.Parts {
		if r.Parts[i].Ref == ref {
			return &r.Parts[i]
		}
	}
	t.Fatalf("%s says nothing of %s", r.Policy, ref)
	return nil
}

// levels are the four grades of a part.
func levels(p *policy.PartResult) string {
	var out []string
	for _, g := range p.Grades {
		out = append(out, string(g.Level))
	}
	return fmt.Sprint(out)
}

// inspected is the document of a fixture.
func inspected(t testing.TB, fixture string, o inspect.Options) *bom.Document {
	t.Helper()
	dir := filepath.Join(t.TempDir(), fixture)
	if err := fixtures.Write(fixture, dir); err != nil {
		t.Fatal(err)
	}
	if hub, _ := filepath.Glob(filepath.Join(dir, "models--*")); len(hub) == 1 {
		dir = hub[0]
	}
	repo, err := source.Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	r, err := inspect.Repository(context.Background(), repo, o)
	if err != nil {
		t.Fatal(err)
	}
	return r.Document
}

// references are the models of others that the teams are compared with.
var references = []struct {
	fixture string
	entry   index.Entry
}{
	{"team-ref-tower", index.Entry{ID: "farview/tower-so-14", Group: "farview", Name: "tower-so-14", Supplier: "Farview Research", Country: "US", License: "Apache-2.0"}},
	{"team-ref-other-tower", index.Entry{ID: "thirdlab/tower-s", Group: "thirdlab", Name: "tower-s", Supplier: "Third Lab", Country: "FR", License: "Apache-2.0"}},
	{"team-ref-base", index.Entry{ID: "openplain/plain-1b", Group: "openplain", Name: "plain-1b", Supplier: "Openplain", Country: "US", License: "llama3.1"}},
	{"team-ref-other-base", index.Entry{ID: "thirdlab/base-s", Group: "thirdlab", Name: "base-s", Supplier: "Third Lab", Country: "FR", License: "MIT"}},
}

// indexed is an index of the references.
func indexed(t testing.TB) *index.Index {
	t.Helper()
	ctx := context.Background()
	x, err := index.OpenForWriting(ctx, filepath.Join(t.TempDir(), "programme.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	for _, ref := range references {
		dir := filepath.Join(t.TempDir(), ref.fixture)
		if err := fixtures.Write(ref.fixture, dir); err != nil {
			t.Fatal(err)
		}
		repo, err := source.Open(ctx, dir)
		if err != nil {
			t.Fatal(err)
		}
		m, _, err := inspect.Fingerprint(ctx, repo, inspect.Options{})
		repo.Close()
		if err == nil {
			_, err = x.Add(ctx, ref.entry, m)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return x
}

var made struct {
	sync.Mutex
	teams map[string]*bom.Document
}

// team is the document of one of the five teams, with what it states. The caller
// may change it.
func team(t testing.TB, name string) *bom.Document {
	t.Helper()
	made.Lock()
	defer made.Unlock()
	if made.teams == nil {
		made.teams = map[string]*bom.Document{}
		x := indexed(t)
		for i := 1; i <= 5; i++ {
			n := fmt.Sprintf("team-%d", i)
			d := inspected(t, n, inspect.Options{Name: "programme/" + n, Supplier: "Team " + n[5:], Indexes: []*index.Index{x}})
			state(t, d, n)
			made.teams[n] = d
		}
	}
	return clone(t, made.teams[name])
}

// clone copies a document, as any reader of the canonical form gets it.
func clone(t testing.TB, d *bom.Document) *bom.Document {
	t.Helper()
	return through(t, d, "cyclonedx-json", "1.6")
}

// through writes a document in a format and reads it back.
func through(t testing.TB, d *bom.Document, format, version string) *bom.Document {
	t.Helper()
	var b bytes.Buffer
	if _, err := codec.Encode(&b, d, format, version); err != nil {
		t.Fatal(err)
	}
	out, _, err := codec.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// state applies the facts file of a team.
func state(t testing.TB, d *bom.Document, team string) {
	t.Helper()
	var y strings.Builder
	fmt.Fprintf(&y, "version: 1\nproducer: {name: Team %s, country: KR}\nparts:\n", team[5:])
	foreign := map[string]bom.Ref{"team-3": "part:vision-encoder", "team-4": "part:language-model"}[team]
	for _, ref := range []bom.Ref{"part:language-model", "part:vision-encoder", "part:projector"} {
		if ref != foreign { // team 2 says of the vision encoder too that it is its own
			fmt.Fprintf(&y, "  %s:\n    own: {statement: initialised and trained by us, digest: %q}\n", ref[5:], facts.Digests(d, ref)[0])
		}
	}
	if team == "team-3" {
		digest := facts.Digests(d, foreign)[0]
		fmt.Fprintf(&y, `  vision-encoder:
    training-data: {text: "two billion image-text pairs, as its publisher describes", link: "https://example.org/data"}
    reviews:
      - {by: Example Assurance, date: 2026-10-01, scope: weights and loader, result: accepted, digest: %q, link: "https://example.org/reviews/17"}
    replaceability: {interface: patch embeddings of width 96 into the projector, alternatives: [thirdlab/tower-s], text: a swap needs the projector trained anew, digest: %q}
`, digest, digest)
	}
	f, err := facts.Read(strings.NewReader(y.String()))
	if err != nil {
		t.Fatalf("%v\n%s", err, y.String())
	}
	if problems := facts.Apply(d, f, bom.Input{Name: "modelbom.yaml", Digest: "sha256:00"}); len(problems) > 0 {
		t.Fatalf("facts of %s: %v", team, problems)
	}
}

func observed(d *bom.Document) {
	p := bom.Property{Name: "modelbom:observed", Value: "security | 1"}
	if !slices.ContainsFunc(d.Properties, func(x bom.Property) bool { return x.Name == p.Name }) {
		d.Properties = append(d.Properties, p)
	}
}

// set adds a property to a component.
func set(d *bom.Document, ref bom.Ref, name, value string) {
	c := d.Component(ref)
	c.Properties = append(c.Properties, bom.Property{Name: name, Value: value})
}
