package security

import "strings"

// internal reports names of Python such as "__globals__".
func internal(s string) bool {
	return len(s) > 4 && strings.HasPrefix(s, "__") && strings.HasSuffix(s, "__")
}

// isWord reports whether a text is made of what names are made of, in ASCII.
func isWord(s string) bool {
	for i := range len(s) {
		if c := s[i]; !(c == '_' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z') {
			return false
		}
	}
	return true
}
