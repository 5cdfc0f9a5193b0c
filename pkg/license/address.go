package license

import (
	"regexp"
	"strings"
	"sync"

	"github.com/google/licensecheck"
)

// addressPattern finds addresses of the web, which the texts of Creative Commons
// have without a scheme: "wiki.creativecommons.org/Considerations_for_licensors".
// It stops at what cannot be in one, and at quotation marks and brackets, which
// surround them.
var addressPattern = regexp.MustCompile(`(?i)\b(?:https?://[-a-z0-9_.]+|wiki\.creativecommons\.org)(?:/[-a-z0-9_.~%+=?&#/@:,]*)?`)

// addresses maps addresses without scheme, in lower case, to the licences whose
// text they are of: those that licensecheck knows and those of own.txt.
var addresses = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for _, l := range licensecheck.BuiltinLicenses() {
		if l.URL != "" {
			m[plainAddress(l.URL)] = l.ID
		}
	}
	for _, id := range []string{"apache.org/licenses/license-2.0", "apache.org/licenses/license-2.0.txt", "apache.org/licenses/license-2.0.html"} {
		m[id] = "Apache-2.0"
	}
	for _, o := range OwnLicenses() {
		if o.URL != "" {
			m[plainAddress(o.URL)] = o.Ref
		}
	}
	return m
})

// plainAddress is the form in which addresses are compared: without scheme,
// "www.", final slash and case, and of Creative Commons without the page that a
// licence's text is on.
func plainAddress(s string) string {
	s = strings.ToLower(s)
	s = strings.TrimPrefix(strings.TrimPrefix(s, "http://"), "https://")
	s = strings.TrimPrefix(s, "www.")
	s = strings.TrimRight(s, "/.,;:")
	for _, page := range []string{"/legalcode", "/deed"} {
		if before, _, found := strings.Cut(s, page); found && strings.HasPrefix(s, "creativecommons.org/") {
			return before
		}
	}
	return s
}

// addressPlaces returns where the addresses of a text are.
func addressPlaces(s string) [][]int {
	if !strings.Contains(s, "://") && !strings.Contains(s, "wiki.") {
		return nil
	}
	return addressPattern.FindAllStringIndex(s, maxAddresses)
}

// addressesIn finds the addresses of licences in a text.
func addressesIn(s string) []Match {
	var out []Match
	for _, at := range addressPlaces(s) {
		if id := addresses()[plainAddress(s[at[0]:at[1]])]; id != "" {
			out = append(out, Match{Expression: id, Kind: MatchReference, Start: at[0], End: at[0] + len(strings.TrimRight(s[at[0]:at[1]], ".,;:")), Coverage: 1})
		}
	}
	return out
}

// maxAddresses is how many addresses of a text are looked up. Pages have a few
// hundred.
const maxAddresses = 10000
