package license

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/modelbom/modelbom/e2e/testset"
)

// A licence is one of the SPDX list.
type licence struct {
	id, text string
	words    string // of the text, in lower case
}

// spdx returns the licences of the SPDX list, sorted.
func spdx(t *testing.T) []licence {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: the texts of the SPDX list are left out")
	}
	dir, err := testset.Dir()
	if err != nil {
		t.Fatal(err)
	}
	progress := func(what string) { fmt.Fprintln(os.Stderr, "fetching", what) }
	if err := testset.Fetch(context.Background(), dir, progress, "spdx-licences"); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "spdx-licences", "*.json"))
	if err != nil || len(names) < 700 {
		t.Fatalf("%d licences, %v", len(names), err)
	}
	var out []licence
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var file struct{ LicenseText string }
		if err := json.Unmarshal(data, &file); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		id := strings.TrimSuffix(filepath.Base(name), ".json")
		out = append(out, licence{id, file.LicenseText, plainWords(file.LicenseText)})
	}
	return out
}

func plainWords(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), " ")
}

// alsoRight are identifiers that are right though the two texts differ, with
// the reason.
var alsoRight = map[string]string{
	// Deprecated on the list, which names BSD-2-Clause instead: the difference is
	// the name of the foundation.
	"BSD-2-Clause-NetBSD": "BSD-2-Clause",
	// Deprecated on the list, which names BSD-2-Clause-Views instead.
	"BSD-2-Clause-FreeBSD": "BSD-2-Clause-Views",
}

var gnuSuffix = regexp.MustCompile(`-(only|or-later)$|\+$`)

// isGNU tells the licences whose identifiers without a suffix are deprecated.
var isGNU = regexp.MustCompile(`^(A?GPL|LGPL|GFDL)-[0-9.]+`)

// right reports whether got is an identifier of the licence: its own, that of
// a licence with the same words, or of a GNU licence the one that says neither
// "only" nor "or later".
func right(l licence, got string, all []licence) bool {
	if got == l.id || alsoRight[l.id] == got {
		return true
	}
	if base := isGNU.FindString(l.id); base != "" && got == base && gnuSuffix.MatchString(l.id) {
		return true
	}
	return slices.ContainsFunc(all, func(o licence) bool { return o.id == got && o.words == l.words })
}
