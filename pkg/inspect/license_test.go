package inspect_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/fixtures"
	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/inspect"
)

// TestManyLicenseFiles: beyond the limits nothing is concluded, and it is said.
func TestManyLicenseFiles(t *testing.T) {
	const text = "Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted, " +
		"provided that the above copyright notice and this permission notice appear in all copies.\n\n" +
		"THE SOFTWARE IS PROVIDED \"AS IS\" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF " +
		"MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES " +
		"WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR " +
		"IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.\n"
	for name, c := range map[string]struct {
		files     int
		folder    string // of file %d
		different bool
		want      string // concluded
		gap       string
	}{
		"few":              {20, "LICENSE-%d", true, "ISC", ""},
		"equal":            {150, "A%d/LICENSE", false, "ISC", ""},
		"different":        {150, "A%d/LICENSE", true, "ISC", "licence files were not read"},
		"in one folder":    {150, "LICENSE-%d", false, "", "licence files of this folder were weighed"},
		"too many to read": {150, "LICENSE-%d", true, "", "licence files were not read"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "m")
			if err := fixtures.Write("decoder", dir); err != nil {
				t.Fatal(err)
			}
			write(t, dir, "LICENSE", []byte("Copyright 2024 Example\n\n"+text))
			for i := range c.files {
				owner := "Copyright 2024 Example\n\n"
				if c.different {
					owner = fmt.Sprintf("Copyright 2024 Example %d\n\n", i)
				}
				name := fmt.Sprintf(c.folder, i)
				if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
					t.Fatal(err)
				}
				write(t, dir, name, []byte(owner+text))
			}
			d := inspectDir(t, dir, inspect.Options{})
			got := ""
			for _, l := range licencesOf(d.Component(d.Subject), bom.Concluded) {
				got += l.Expression
			}
			if got != c.want {
				t.Errorf("concluded %q, want %q", got, c.want)
			}
			said := false
			for _, g := range d.Gaps {
				said = said || g.Kind == bom.GapLimit && strings.Contains(g.Reason, c.gap)
			}
			if said != (c.gap != "") {
				t.Errorf("gaps %+v, want %q", d.Gaps, c.gap)
			}
		})
	}
}
