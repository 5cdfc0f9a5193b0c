package inspect

import (
	"net/url"
	"regexp"
	"strings"
)

// withheld stands for a value that is left out of documents.
const withheld = "(a local path, left out)"

// quoted is a value that a publisher wrote, fit for a document. A path of the
// publisher's machine is left out, and a URL loses what can be a secret: user,
// password and query.
func quoted(s string) string {
	if isLocalPath(s) {
		return withheld
	}
	if u, err := url.Parse(s); err == nil && u.Scheme != "" && u.Host != "" {
		u.User, u.RawQuery, u.Fragment = nil, "", ""
		s = u.String()
	}
	return cleanValue(s)
}

var drive = regexp.MustCompile(`^[A-Za-z]:[\\/]`)

// isLocalPath reports absolute paths, home folders and environment variables.
func isLocalPath(s string) bool {
	s = strings.TrimSpace(s)
	switch {
	case strings.HasPrefix(s, "/") && len(s) > 1, strings.HasPrefix(s, "~"), strings.HasPrefix(s, `\\`), strings.HasPrefix(s, "file:"):
		return true
	case strings.HasPrefix(s, "./"), strings.HasPrefix(s, "../"), strings.HasPrefix(s, "$"), strings.HasPrefix(s, "%"):
		return true
	}
	return drive.MatchString(s)
}

// pathIn finds paths of a machine inside a sentence, such as the reason of a gap
// that quotes what it found.
var pathIn = regexp.MustCompile(`(?:/(?:home|Users|root|mnt|tmp|var|opt|data)/|[A-Za-z]:\\+)[^\s"'` + "`" + `]*`)

// reason is a sentence about the repository, fit for a document.
func reason(s string) string { return clean(pathIn.ReplaceAllString(s, withheld)) }
