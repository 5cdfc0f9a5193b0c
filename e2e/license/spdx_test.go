package license

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/licensecheck"

	"github.com/modelbom/modelbom/pkg/license"
)

// minFound is the share of the SPDX list's licences whose text is named at
// least; it was 57 % when this was written.
const minFound = 0.55

func TestEveryLicence(t *testing.T) {
	if raced {
		t.Skip("read without the race detector")
	}
	all := spdx(t)
	found := 0
	var missed []string
	var longest time.Duration
	for _, l := range all {
		start := time.Now()
		got := license.Identify([]byte(l.text))
		longest = max(longest, time.Since(start))
		switch {
		case got.Expression == "":
			missed = append(missed, fmt.Sprintf("%s: %s", l.id, got.Reason))
		case right(l, got.Expression, all):
			found++
		default:
			t.Errorf("%s is named %s", l.id, got.Expression)
		}
	}
	t.Logf("named %d of %d texts (%.0f %%), the slowest in %v", found, len(all), 100*float64(found)/float64(len(all)), longest)
	t.Logf("not named:\n%s", strings.Join(missed, "\n"))
	if share := float64(found) / float64(len(all)); share < minFound {
		t.Errorf("named %.0f %% of the texts, at least %.0f %% are expected", 100*share, 100*minFound)
	}
}

// The scanner of all patterns is what a program has that calls licensecheck as
// it comes. Its threshold is that of pkg.go.dev: three quarters of the text, and
// one licence.
func TestFullScanner(t *testing.T) {
	if raced {
		t.Skip("the full scanner takes minutes with the race detector")
	}
	all := spdx(t)
	found, wrong := 0, 0
	for _, l := range all {
		c := licensecheck.Scan([]byte(l.text))
		ids := map[string]bool{}
		for _, m := range c.Match {
			if !m.IsURL {
				ids[m.ID] = true
			}
		}
		if len(ids) != 1 || c.Percent < 75 {
			continue
		}
		for id := range ids {
			if right(l, id, all) {
				found++
			} else {
				wrong++
				t.Logf("%s is named %s", l.id, id)
			}
		}
	}
	t.Logf("licensecheck: %d of %d texts right, %d wrong", found, len(all), wrong)
}

// A disturbance makes of a licence what is found in repositories. Those that
// leave it whole must not hide it from Identify, or not many.
type disturbance struct {
	name   string
	make   func(text string) []byte
	whole  bool
	behind bool // something was added at the end
}

var disturbances = []disturbance{
	{"as it is", func(s string) []byte { return []byte(s) }, true, false},
	{"copyright line", func(s string) []byte {
		return []byte("Copyright (c) 2024 Example Corporation. All rights reserved.\n\n" + s)
	}, true, false},
	{"windows lines", func(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r\n")) }, true, false},
	{"wrapped again", func(s string) []byte { return []byte(wrap(s, 60)) }, true, false},
	{"one line", func(s string) []byte { return []byte(strings.Join(strings.Fields(s), " ")) }, true, false},
	{"HTML", page, true, false},
	{"UTF-16LE", func(s string) []byte { return inUTF16(s, true) }, true, false},
	{"UTF-16BE with mark", func(s string) []byte { return inUTF16("\ufeff"+s, false) }, true, false},
	{"UTF-8 with mark", func(s string) []byte { return []byte("\ufeff" + s) }, true, false},
	{"in a comment", func(s string) []byte { return []byte("# " + strings.ReplaceAll(s, "\n", "\n# ")) }, true, false},
	{"first half", func(s string) []byte { return []byte(s[:len(s)/2]) }, false, false},
	{"second half", func(s string) []byte { return []byte(s[len(s)/2:]) }, false, false},
	{"with a clause before", func(s string) []byte { return []byte("The Software shall not be used for evil.\n\n" + s) }, false, false},
	{"with a clause behind a copyright line", func(s string) []byte {
		return []byte("Copyright 2024 Example\nYou may use this model for research only.\n\n" + s)
	}, false, false},
	{"with a clause after", func(s string) []byte { return []byte(s + "\n\nFor academic use only.\n") }, false, true},
	{"with Commons Clause", func(s string) []byte { return []byte(s + "\n\n" + commonsClause) }, false, true},
}

const commonsClause = `The Software is provided to you by the Licensor under the License, as defined below, subject to the following condition.
Without limiting other conditions in the License, the grant of rights under the License will not include, and the License does not grant
to you, the right to Sell the Software.`

func wrap(s string, width int) string {
	var b strings.Builder
	column := 0
	for _, w := range strings.Fields(s) {
		if column+len(w) > width {
			b.WriteByte('\n')
			column = 0
		}
		b.WriteString(w + " ")
		column += len(w) + 1
	}
	return b.String()
}

func page(s string) []byte {
	escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\"", "&quot;", "\n\n", "</p>\n<p>", "©", "&copy;").Replace(s)
	return []byte("<!DOCTYPE html>\n<html><head><title>License</title><style>p { margin: 1em }</style></head>\n<body><p>" + escaped + "</p></body></html>\n")
}

func inUTF16(s string, little bool) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		if little {
			out = append(out, byte(u), byte(u>>8))
		} else {
			out = append(out, byte(u>>8), byte(u))
		}
	}
	return out
}

// wholeInHalf are the licences of which one half of the text has a whole one.
var wholeInHalf = map[string]string{
	"BSD-3-Clause-LBNL": "BSD-3-Clause", // which it is with a paragraph behind
	"TU-Berlin-2.0":     "TU-Berlin-1.0",
	"Multics":           "Multics", // the first half is the history of the programs
	"WTFPL":             "WTFPL",   // the first half is the title, a copyright line and the leave to copy the text
}

// byPhrases are licences that a rule of ours finds. It does not know the words
// at their ends, and a short clause that was added there is not seen.
var byPhrases = map[string]bool{"BUSL-1.1": true, "C-UDA-1.0": true, "CDLA-Permissive-2.0": true, "OpenMDW-1.0": true}

// minKept is the share of the named licences that are still named after a
// disturbance which leaves them whole.
const minKept = 0.90

// minSample is how many must have been read for the share to say something.
const minSample = 50

// every is of how many licences one is read.
func every() int {
	if os.Getenv("MODELBOM_LONG") != "" {
		return 1
	}
	return stride
}

func sampled(all []licence) []licence {
	var out []licence
	for i := 0; i < len(all); i += every() {
		out = append(out, all[i])
	}
	return out
}

func TestDisturbed(t *testing.T) {
	all := spdx(t)
	named := map[string]string{}
	for _, l := range sampled(all) {
		named[l.id] = license.Identify([]byte(l.text)).Expression
	}
	for _, d := range disturbances {
		t.Run(d.name, func(t *testing.T) {
			kept, of := 0, 0
			for _, l := range sampled(all) {
				got := license.Identify(d.make(l.text))
				switch {
				case got.Expression == "":
				case !right(l, got.Expression, all) && (d.whole || wholeInHalf[l.id] != got.Expression):
					t.Errorf("%s is named %s", l.id, got.Expression)
				case !d.whole && wholeInHalf[l.id] != got.Expression && !(d.behind && byPhrases[l.id]):
					t.Errorf("%s is named, though it is not whole or not alone", l.id)
				}
				if named[l.id] != "" {
					of++
					if got.Expression != "" {
						kept++
					} else if d.whole {
						t.Logf("%s is not named: %s", l.id, got.Reason)
					}
				}
			}
			t.Logf("named %d of %d", kept, of)
			if d.whole && of >= minSample && float64(kept) < minKept*float64(of) {
				t.Errorf("named %d of the %d that are named undisturbed", kept, of)
			}
		})
	}
}

// Two licences in one file are neither of them.
func TestTwoLicences(t *testing.T) {
	all := spdx(t)
	for i, l := range all {
		if i%every() != 0 {
			continue
		}
		other := all[(i+len(all)/3)%len(all)]
		got := license.Identify([]byte(l.text + "\n\n" + other.text))
		if got.Expression != "" {
			t.Errorf("%s and %s are named %s", l.id, other.id, got.Expression)
		}
	}
}
