package browser

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/modelbom/modelbom/e2e/browser/documents"
	"github.com/modelbom/modelbom/fixtures"
	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/inspect"
	"github.com/modelbom/modelbom/pkg/source"
)

// A sample is a document whose page is tested, and what must be in the page.
type sample struct {
	name     string
	document *bom.Document
	charts   int // pictures that the page has
}

func samples(t *testing.T) []sample {
	return []sample{
		{"showcase", documents.Showcase(), 4},
		{"one-part", documents.OnePart(), 1},
		{"forty-parts", documents.ManyParts(40), 2},
		{"foreign", documents.Foreign(), 1},
		{"twenty-thousand-files", documents.ManyFiles(20000), 1},
		{"empty", &bom.Document{Subject: "model", Components: []bom.Component{{Ref: "model", Kind: bom.KindModel}}}, 1},
		{"vlm", inspected(t, "vlm"), 1},
		{"control-characters", inspected(t, "control-characters"), 1},
	}
}

// inspected is the document of a fixture.
func inspected(t *testing.T, name string) *bom.Document {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := fixtures.Write(name, dir); err != nil {
		t.Fatal(err)
	}
	repo, err := source.Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	r, err := inspect.Repository(context.Background(), repo, inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r.Document
}
