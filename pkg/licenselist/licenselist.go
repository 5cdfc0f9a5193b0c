// Package licenselist is the SPDX licence list: which identifiers exist, and how
// they are spelled. Reading licences and writing documents both need it, so it
// stands below both. It holds identifiers only, no names and no texts.
package licenselist

import (
	_ "embed"
	"strings"
	"sync"
)

// Version is the version of the SPDX licence list that the identifiers are from.
const Version = "3.28.0"

//go:embed ids.txt
var ids string

var table = sync.OnceValue(func() map[string]string {
	m := make(map[string]string, 1024)
	for line := range strings.Lines(ids) {
		if id := strings.TrimSpace(line); id != "" && id[0] != '#' {
			m[strings.ToLower(id)] = id
		}
	}
	return m
})

// Canonical returns the listed spelling of an identifier given in any case. The
// list compares without case (SPDX 2.3 annex D.2).
func Canonical(id string) (string, bool) {
	c, ok := table()[strings.ToLower(id)]
	return c, ok
}

// Contains reports whether an identifier is on the list exactly as spelled.
func Contains(id string) bool {
	c, ok := Canonical(id)
	return ok && c == id
}

// IsException reports whether a listed identifier can only stand behind WITH,
// or is a licence with a built-in exception, told by its name.
func IsException(id string) bool {
	return strings.Contains(strings.ToLower(id), "exception")
}
