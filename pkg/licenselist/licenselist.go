// Package licenselist is the SPDX licence list: which identifiers exist, how they
// are spelled, and which of them are exceptions or deprecated. Reading licences
// and writing documents both need it, so it stands below both. It holds
// identifiers only, no names and no texts.
//
// Receivers of documents have older lists and refuse what is not on theirs, so
// the package also knows since when each identifier is there ([Since],
// [Edition]).
package licenselist

import (
	_ "embed"
	"iter"
	"strings"
	"sync"
)

// Version is the version of the SPDX licence list that the identifiers are from.
const Version = "3.28.0"

//go:embed ids.txt
var file string

// A mark is what ids.txt says of an identifier.
type mark struct {
	id                    string
	exception, deprecated bool
	since                 Edition
}

// table maps identifiers in lower case to what the list says of them; the list
// compares without case (SPDX 2.3 annex D.2).
var table = sync.OnceValue(func() map[string]mark {
	m := make(map[string]mark, 1024)
	for line := range strings.Lines(file) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		read := mark{id: words[0]}
		for _, word := range words[1:] {
			switch word {
			case "exception":
				read.exception = true
			case "deprecated":
				read.deprecated = true
			default: // a test reads them all
				read.since, _ = At(word)
			}
		}
		m[strings.ToLower(read.id)] = read
	}
	return m
})

// Canonical returns the listed spelling of an identifier given in any case.
func Canonical(id string) (string, bool) {
	m, ok := table()[strings.ToLower(id)]
	return m.id, ok
}

// License is Canonical for licences only.
func License(id string) (string, bool) {
	m, ok := table()[strings.ToLower(id)]
	if !ok || m.exception {
		return "", false
	}
	return m.id, true
}

// Exception is Canonical for exceptions only.
func Exception(id string) (string, bool) {
	m, ok := table()[strings.ToLower(id)]
	if !ok || !m.exception {
		return "", false
	}
	return m.id, true
}

// Contains reports whether an identifier is on the list exactly as spelled,
// licence or exception.
func Contains(id string) bool {
	c, ok := Canonical(id)
	return ok && c == id
}

// IsException reports whether an identifier, in any case, is that of an
// exception, which can only stand behind WITH.
func IsException(id string) bool { return table()[strings.ToLower(id)].exception }

// IsDeprecated reports whether the list deprecates an identifier. A deprecated
// one is never rewritten: "GPL-2.0" does not say "only" or "or later".
func IsDeprecated(id string) bool { return table()[strings.ToLower(id)].deprecated }

// All yields every identifier in the listed spelling, in no fixed order.
func All() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, m := range table() {
			if !yield(m.id) {
				return
			}
		}
	}
}
