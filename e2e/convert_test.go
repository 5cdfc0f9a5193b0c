package e2e

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/fixtures"
	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/codec"
)

// TestConvert converts what generate wrote, in every format into every other
// one. Each document must pass its schema and say what the first one said.
func TestConvert(t *testing.T) {
	for _, f := range fixtures.All() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			convertAll(t, fixture(t, f.Name))
		})
	}
	for _, m := range models {
		t.Run(m.name, func(t *testing.T) {
			convertAll(t, realModel(t, m.name))
		})
	}
}

func convertAll(t *testing.T, repo string) {
	dir := t.TempDir()
	_, first := outputs(t, dir, nil, "generate", repo)
	want := decoded(t, first["16.cdx.json"])
	for _, from := range formats {
		if from.spec == "text" {
			continue
		}
		checkEqual(t, "generate "+from.spec, want, decoded(t, first[from.file]))
		r, files := outputs(t, filepath.Join(dir, "from-"+from.file), nil, "convert", filepath.Join(dir, from.file))
		if r.code != 0 {
			t.Fatalf("convert %s: exit code %d: %s", from.spec, r.code, r.stderr)
		}
		checkDocuments(t, files)
		for _, to := range formats {
			if to.spec == "text" {
				continue
			}
			what := from.spec + " to " + to.spec
			checkEqual(t, what, want, decoded(t, files[to.file]))
			if to == from && !bytes.Equal(files[to.file], first[from.file]) {
				t.Errorf("%s: not the same bytes: %s", what, firstDifference(first[from.file], files[to.file]))
			}
		}
	}
}

// decoded reads a document and takes out what belongs to its form: the serial
// number, the format, and the losses, which checkEqual is told about instead.
func decoded(t *testing.T, data []byte) *bom.Document {
	t.Helper()
	d, losses, err := codec.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range losses {
		t.Errorf("reading our own document loses %s", l)
	}
	d.Serial, d.Format = "", ""
	return d
}

// checkEqual compares two documents. No format may lose anything of what the
// tests have, but for the SHA-1 that SPDX 2.3 wants of files that are not there;
// that is listed as a gap.
func checkEqual(t *testing.T, what string, want, got *bom.Document) {
	t.Helper()
	if diff := cmp.Diff(withoutLosses(t, want), withoutLosses(t, got)); diff != "" {
		t.Errorf("%s: the documents differ (-first +this):\n%.3000s", what, diff)
	}
}

func withoutLosses(t *testing.T, d *bom.Document) bom.Document {
	t.Helper()
	c := *d
	c.Gaps = slices.DeleteFunc(slices.Clone(d.Gaps), func(g bom.Gap) bool {
		if g.Kind != bom.GapLoss {
			return false
		}
		absent := slices.ContainsFunc(d.Components, func(c bom.Component) bool { return c.File != nil && c.File.Absent })
		if !absent || !strings.Contains(g.Reason, "cannot say SHA-1") {
			t.Errorf("unexpected loss: %s: %s", g.Ref, g.Reason)
		}
		return true
	})
	return c
}

// TestConvertRefuses: half a document is an error and not half a result.
func TestConvertRefuses(t *testing.T) {
	dir := t.TempDir()
	_, files := outputs(t, dir, nil, "generate", fixture(t, "decoder"))
	cut := filepath.Join(dir, "cut.json")
	writeFile(t, cut, files["16.cdx.json"][:len(files["16.cdx.json"])/2])
	r := modelbom(t, nil, "convert", cut, "-o", "spdx-json")
	if r.code != 1 || r.stdout != "" || !strings.HasPrefix(r.stderr, "modelbom: error: ") {
		t.Errorf("half a document: exit code %d, standard output %q, standard error %q", r.code, r.stdout, r.stderr)
	}
}
