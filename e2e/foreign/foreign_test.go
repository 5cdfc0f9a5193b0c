package foreign

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/fixtures"
	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/codec"
	"github.com/modelbom/modelbom/pkg/diff"
	"github.com/modelbom/modelbom/pkg/inspect"
	"github.com/modelbom/modelbom/pkg/report"
	"github.com/modelbom/modelbom/pkg/source"
)

// What each pair of documents may say of the fixtures, old against new: nothing
// but what both state and state differently. Pairs that are not here say
// nothing. Syft and cdxgen name a model after what it came from or after its
// folder, and cdxgen reads the task as one kind of input.
var said = map[string][]string{
	"vlm ours, cdxgen.cdx":      {"medium task-changed the model: image, text -> image"},
	"vlm ours, syft.cdx":        {"low name-changed the model: acme-vlm -> Qwen2.5-0.5B-Instruct"},
	"vlm cdxgen.cdx, syft.cdx":  {"low name-changed the model: huggingface/acme-vlm -> Qwen2.5-0.5B-Instruct"},
	"lora ours, syft.cdx":       {"low name-changed the model: acme-lora -> Llama-3.2-1B"},
	"lora cdxgen.cdx, syft.cdx": {"low name-changed the model: huggingface/acme-lora -> Llama-3.2-1B"},
}

func TestDocumentsOfOtherTools(t *testing.T) {
	for _, fixture := range []string{"vlm", "lora"} {
		docs := documents(t, fixture)
		for a, old := range docs {
			for b, new := range docs {
				name := fixture + " " + a + ", " + b
				c := diff.Documents(old, new, diff.Options{})
				shownEverywhere(t, name, c)
				if a == b {
					if !c.Empty() || len(c.Notes) > 0 {
						t.Errorf("%s: %v %v", name, c.Changes, c.Notes)
					}
					continue
				}
				want, ok := said[name]
				if !ok {
					want = reversed(said[fixture+" "+b+", "+a])
				}
				if d := cmp.Diff(want, words(c)); d != "" {
					t.Errorf("%s: (-want +got)\n%s", name, d)
				}
				if c.Different {
					t.Errorf("%s: taken for different models", name)
				}
			}
		}
	}
}

// TestOtherToolsSeeAChange: between two rounds, a document of another tool shows
// what it states and no more.
func TestOtherToolsSeeAChange(t *testing.T) {
	docs := documents(t, "vlm")
	for name, old := range docs {
		if name == "ours" || name == "syft.spdx" { // syft's SPDX writes NOASSERTION for the licence that it finds
			continue
		}
		new := decode(t, bytes.ReplaceAll(file(t, "vlm", name), []byte(`"MIT"`), []byte(`"Apache-2.0"`)))
		c := diff.Documents(old, new, diff.Options{})
		if got := words(c); len(got) != 1 || !strings.HasPrefix(got[0], "high licence-found-changed the model: MIT -> Apache-2.0") {
			t.Errorf("%s: %q", name, got)
		}
		c = diff.Documents(docs["ours"], new, diff.Options{})
		if got := words(c); !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "MIT -> Apache-2.0") }) || len(got) > 2 {
			t.Errorf("ours against %s: %q", name, got)
		}
	}
}

// documents are ours, in two formats, and those of the other tools.
func documents(t *testing.T, fixture string) map[string]*bom.Document {
	t.Helper()
	docs := map[string]*bom.Document{"ours": inspected(t, fixture)}
	for _, name := range []string{"cdxgen.cdx", "syft.cdx", "syft.spdx"} {
		docs[name] = decode(t, file(t, fixture, name))
	}
	return docs
}

func file(t *testing.T, fixture, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", fixture+"."+name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func decode(t *testing.T, data []byte) *bom.Document {
	t.Helper()
	d, _, err := codec.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// inspected is our document of a fixture, as it is read from a file.
func inspected(t *testing.T, fixture string) *bom.Document {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "acme-"+fixture)
	if err := fixtures.Write(fixture, dir); err != nil {
		t.Fatal(err)
	}
	repo, err := source.Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	r, err := inspect.Repository(context.Background(), repo, inspect.Options{Tool: bom.Tool{Name: "modelbom", Version: "1"}})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := codec.Encode(&b, r.Document, "spdx-json", "3.0.1"); err != nil {
		t.Fatal(err)
	}
	return decode(t, b.Bytes())
}

// words are the changes, a line each.
func words(c *diff.Changes) []string {
	var out []string
	for _, x := range c.Changes {
		what := x.Before + " -> " + x.After
		if x.Before == "" && x.After == "" {
			what = x.Text
		}
		out = append(out, fmt.Sprintf("%s %s %s: %s", x.Importance, x.Kind, x.Name, what))
	}
	return out
}

// reversed turns "a -> b" around.
func reversed(lines []string) []string {
	var out []string
	for _, l := range lines {
		head, change, _ := strings.Cut(l, ": ")
		a, b, _ := strings.Cut(change, " -> ")
		out = append(out, head+": "+b+" -> "+a)
	}
	return out
}

// shownEverywhere writes a diff in every form.
func shownEverywhere(t *testing.T, name string, c *diff.Changes) {
	t.Helper()
	form, err := diff.JSON(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := diff.ReadJSON(form); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	var text, markdown, html bytes.Buffer
	for _, err := range []error{report.ChangesText(&text, c, report.TextOptions{Verbose: true}),
		report.ChangesMarkdown(&markdown, c, report.MarkdownOptions{}), report.ChangesHTML(&html, c, report.HTMLOptions{})} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	summary := strings.TrimSuffix(bom.Clean(c.Summary), ".")
	if !strings.Contains(strings.Join(strings.Fields(text.String()), " "), summary) || html.Len() == 0 || markdown.Len() == 0 {
		t.Errorf("%s: the text does not hold %q", name, summary)
	}
}
