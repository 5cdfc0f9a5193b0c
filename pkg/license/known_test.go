package license_test

import (
	"os"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/catalogue"
	"github.com/modelbom/modelbom/pkg/license"
)

// What the catalogue says of models is what this package knows.
func TestKnownLicences(t *testing.T) {
	text, err := os.ReadFile("../catalogue/data/licences.tsv")
	if err != nil {
		t.Fatal(err)
	}
	n, unclassed := 0, map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		n++
		f := strings.Split(strings.TrimSpace(line), "\t")
		known, ok := catalogue.LicenceOf(strings.TrimSuffix(f[0], "*"))
		if !ok || known.Key != f[1] {
			t.Errorf("%s: LicenceOf gives %q, the table says %q", f[0], known.Key, f[1])
		}
		expression, ok := license.FromStatement(known.Key)
		if !ok || len(license.Licenses(expression)) != 1 {
			t.Errorf("%s: %q gives %q", f[0], known.Key, expression)
		}
		if strings.HasPrefix(expression, "LicenseRef-") && license.Title(expression) == expression {
			t.Errorf("%s: %q is no licence of ours", f[0], expression)
		}
		if license.ClassOf(expression) == license.ClassUnknown {
			unclassed[expression] = true
		}
	}
	t.Logf("%d rows; without a class: %v", n, unclassed)
	if n < 150 {
		t.Errorf("%d rows", n)
	}
}
