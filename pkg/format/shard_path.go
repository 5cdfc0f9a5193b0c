package format

import (
	"errors"
	"path"
	"slices"
	"strings"
)

// Why a file name in an index cannot be used.
var (
	errEmpty     = errors.New("is empty")
	errNUL       = errors.New("holds a NUL byte")
	errBackslash = errors.New("holds a backslash")
	errAbsolute  = errors.New("is absolute")
	errScheme    = errors.New("begins with a URL scheme or drive letter")
	errParent    = errors.New("leaves the repository")
	errUnclean   = errors.New("is not a clean path")
)

// CheckShardPath reports why a file name from an index cannot be a file beside
// the index: it must be relative, clean, with slashes, and stay below.
func CheckShardPath(name string) error {
	switch {
	case name == "":
		return errEmpty
	case strings.ContainsRune(name, 0):
		return errNUL
	case strings.ContainsRune(name, '\\'):
		return errBackslash
	case path.IsAbs(name):
		return errAbsolute
	case hasScheme(name):
		return errScheme
	case slices.Contains(strings.Split(name, "/"), ".."):
		return errParent
	case path.Clean(name) != name || name == ".":
		return errUnclean
	}
	return nil
}

// hasScheme reports whether name begins like a URL (RFC 3986, 3.1), which a
// Windows path with a drive letter does too.
func hasScheme(name string) bool {
	scheme, _, ok := strings.Cut(name, ":")
	if !ok || scheme == "" {
		return false
	}
	for i, c := range []byte(strings.ToLower(scheme)) {
		letter := 'a' <= c && c <= 'z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", rune(c))) {
			return false
		}
	}
	return true
}
