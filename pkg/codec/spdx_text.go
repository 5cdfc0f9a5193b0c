package codec

import (
	"net/url"
	"strings"
	"unicode"
)

// spdxLine makes a value fit for a field of one line: SPDX 2 has names,
// versions and identifiers on a line of their own, and a line break in one
// would begin a new tag.
func spdxLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
	return strings.TrimSpace(breakTextTags(s))
}

// tagText makes a value fit for free text in the tag-value form. Text ends at
// the first "</text>" whatever was meant, and readers take "<text>" anywhere
// for its beginning; there is no escape, so a space is put in. Carriage returns
// do not survive reading by lines.
func tagText(s string) string {
	if strings.Contains(s, "\r") {
		s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.TrimSpace(breakTextTags(s))
}

// jsonText is the counterpart of tagText for JSON, which can hold all text.
func jsonText(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func breakTextTags(s string) string {
	if !strings.Contains(s, "text>") { // building a replacer is dear
		return s
	}
	return strings.NewReplacer("<text>", "< text>", "</text>", "< /text>").Replace(s)
}

// spdxURL returns s if it is an absolute URL that can stand where SPDX wants a
// URI, otherwise nothing.
func spdxURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || strings.ContainsFunc(s, notURLChar) {
		return ""
	}
	switch u.Scheme {
	case "http", "https", "ssh", "git", "git+https", "git+http", "git+ssh":
		return s
	}
	return ""
}

// spdxPURL returns s if it looks like a package URL and can stand in a field
// that is separated by spaces.
func spdxPURL(s string) string {
	if !strings.HasPrefix(s, "pkg:") || strings.ContainsFunc(s, notURLChar) {
		return ""
	}
	return s
}

// notURLChar tells the characters that no URI may have (RFC 3986, section 2).
func notURLChar(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune("\"<>\\^`{|}", r)
}

// spdxToken reports whether s can stand as one word of a line, such as the type
// of an external reference.
func spdxToken(s string) bool {
	return s != "" && len(s) <= 64 && !strings.ContainsFunc(s, notIDChar)
}
