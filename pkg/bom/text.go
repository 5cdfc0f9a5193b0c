package bom

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxText is the longest free text that a document takes from a repository, in
// characters. Property values are cut at 1,024 by common platforms.
const MaxText = 1000

// Clean makes text from a stranger fit to stand in a document, on a terminal or
// on a page: valid UTF-8 in which control characters, directional overrides,
// other invisible formatting characters and invalid bytes are written out as
// escapes such as \n, \x1b, \u202e. Clean text comes back as it is. Two texts can
// have one clean form; where they must stay apart, use [CleanPath].
func Clean(s string) string {
	if clean(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x80 && unsafe(r):
			fmt.Fprintf(&b, `\x%02x`, r)
		case unsafe(r) && r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		case unsafe(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
		s = s[n:]
	}
	return b.String()
}

// CleanPath is Clean for the paths of a repository: a backslash is doubled
// first, so that different paths stay different.
func CleanPath(p string) string { return Clean(strings.ReplaceAll(p, `\`, `\\`)) }

func clean(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, unsafe) < 0
}

// unsafe reports characters that change how text around them is shown, or that
// XML 1.0 cannot hold.
func unsafe(r rune) bool {
	switch {
	case unicode.IsControl(r), r == '\u2028', r == '\u2029', r == '\ufeff', r == '\ufffe', r == '\uffff':
		return true
	case r == '\u200d' || r == '\u200c': // joiners are part of ordinary words in some scripts
		return false
	}
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r)
}

// Cut shortens text to max characters and marks the cut with "…".
func Cut(s string, max int) string {
	if utf8.RuneCountInString(s) <= max {
		return s
	}
	runes := []rune(s)
	return string(runes[:max-1]) + "…"
}
