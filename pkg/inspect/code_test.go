package inspect_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/fixtures"
	"github.com/modelbom/modelbom/pkg/inspect"
)

// TestCode: what a pickle would run stands in the document, and a broken file
// does not hide it.
func TestCode(t *testing.T) {
	dir := t.TempDir()
	var names []string
	for i, p := range fixtures.Pickles() {
		if len(p.Data) > 1<<20 {
			continue // attacks on the reader's patience have tests of their own
		}
		name := fmt.Sprintf("%03d-%s", i, p.File)
		write(t, dir, name, p.Data)
		if slices.ContainsFunc(p.Names, func(n string) bool { return strings.Contains(n, "system") }) {
			names = append(names, name)
		}
	}
	if len(names) < 10 {
		t.Fatalf("only %d of the pickles call something called system", len(names))
	}
	d := inspectDir(t, dir, inspect.Options{NoTensorDigests: true})
	for _, name := range names {
		found := false
		for _, c := range d.Components {
			if c.Name != name {
				continue
			}
			for _, p := range c.Properties {
				found = found || p.Name == "modelbom:code" && strings.Contains(p.Value, "system")
			}
		}
		if !found {
			t.Errorf("%s: the document does not say what it would run", name)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "pwned")); err == nil {
		t.Error("something was run")
	}
}
