package upload

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// A Key is a secret. It prints as "[key]" in every way that there is to print
// it; only the request header shows it.
type Key struct{ secret string }

// maxKey is in bytes. Keys of Dependency-Track have 36 to 60, tokens of others
// a few hundred to a few thousand.
const maxKey = 16 << 10

// ErrKey reports a key that cannot be one. Its text never has the key in it.
var ErrKey = errors.New("not a usable key")

// NewKey takes a key as a file or a variable holds it, with blanks and line
// ends around it.
func NewKey(s string) (Key, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return Key{}, fmt.Errorf("%w: it is empty", ErrKey)
	case len(s) > maxKey:
		return Key{}, fmt.Errorf("%w: it is longer than %d bytes", ErrKey, maxKey)
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return Key{}, fmt.Errorf("%w: it has blanks, several lines or other characters that a header cannot hold", ErrKey)
		}
	}
	return Key{s}, nil
}

// Empty reports whether there is no key.
func (k Key) Empty() bool { return k.secret == "" }

// Format hides the key from every verb of package fmt.
func (k Key) Format(f fmt.State, _ rune) { fmt.Fprint(f, hidden) }

// MarshalText hides the key from encoders.
func (k Key) MarshalText() ([]byte, error) { return []byte(hidden), nil }

const hidden = "[key]"

// secrets are the strings that nobody may read, in the spellings in which
// servers and libraries repeat them.
type secrets []string

func newSecrets(values ...string) secrets {
	var s secrets
	for _, v := range values {
		if len(v) < 4 { // no secret, and hiding it would spoil every text
			continue
		}
		quoted, _ := json.Marshal(v)
		s = append(s, v, url.QueryEscape(v), url.PathEscape(v), strings.Trim(string(quoted), `"`),
			base64.StdEncoding.EncodeToString([]byte(v)), base64.RawURLEncoding.EncodeToString([]byte(v)))
	}
	return s
}

// hide takes the secrets out of a text.
func (s secrets) hide(text string) string {
	for _, v := range s {
		text = strings.ReplaceAll(text, v, hidden)
	}
	return text
}
