package licenselist

import (
	"slices"
	"strings"
	"testing"
)

// The versions are those that the list itself states of the identifiers
// (listVersionAdded); ours are from which release has which.
func TestSince(t *testing.T) {
	for id, want := range map[string]string{
		"MIT": "3.0", "GPL-2.0-only": "3.0", "GPL-2.0": "3.0", "Classpath-exception-2.0": "3.0", "0BSD": "3.0",
		"MIT-0": "3.1", "LLVM-exception": "3.1", "BlueOak-1.0.0": "3.6", "MulanPSL-2.0": "3.9", "CAL-1.0": "3.9", "CDLA-Permissive-2.0": "3.14",
		"hippocratic-2.1": "3.9", "Elastic-2.0": "3.16", "CC-BY-3.0-IGO": "3.18", "ASWF-Digital-Assets-1.1": "3.21",
		"NCBI-PD": "3.24.0", "OpenMDW-1.0": "3.28.0", "openmdw-1.0": "3.28.0",
		"llama3.1": "", "LicenseRef-MIT": "", "": "",
	} {
		if got := Since(id); got != want {
			t.Errorf("Since(%q) = %q, want %q", id, got, want)
		}
	}
}

// The sizes of the lists, without what later versions took away (nothing), are
// those that were published.
func TestEditionSizes(t *testing.T) {
	for e, want := range map[Edition]int{Oldest: 396, 10: 483, 17: 530, 20: 585, 21: 613, 27: 778, Newest: 811} {
		n := 0
		for id := range All() {
			if e.Has(id) {
				n++
			}
		}
		if n != want {
			t.Errorf("%s has %d identifiers, want %d", e, n, want)
		}
	}
}

func TestAt(t *testing.T) {
	for in, want := range map[string]string{"": "3.28.0", "3.0": "3.0", "3.20": "3.20", "3.20.0": "3.20", "3.24": "3.24.0", "3.24.1": "3.24.0", "3.28": "3.28.0"} {
		if got, err := At(in); err != nil || got.String() != want {
			t.Errorf("At(%q) = %s, %v; want %s", in, got, err, want)
		}
	}
	for in, want := range map[string]string{
		"2.6": "older than 3.0", "1.20": "older than 3.0", "3.29": "newer than 3.28.0", "4.0": "newer", "3.99999999999": "no version",
		"3": "no version", "v3.20": "no version", "3.20.0.1": "no version", "3.": "no version", "latest": "no version", "3.-1": "no version", " 3.20": "no version",
	} {
		if e, err := At(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("At(%q) = %s, %v; want an error with %q", in, e, err, want)
		}
	}
	if Newest.String() != Version {
		t.Errorf("the newest edition is %s, the list %s", Newest, Version)
	}
}

// Every word of the file is one that is known, every version one that is
// spelled as SPDX does and later than the oldest, which needs none.
func TestFile(t *testing.T) {
	for line := range strings.Lines(file) {
		words := strings.Fields(line)
		if words[0] == "#" {
			continue
		}
		for _, word := range words[1:] {
			if slices.Contains([]string{"exception", "deprecated"}, word) {
				continue
			}
			if e, err := At(word); err != nil || e == Oldest || e.String() != word {
				t.Errorf("%q: %q is no mark", words[0], word)
			}
		}
	}
}
