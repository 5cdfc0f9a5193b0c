package license

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A word is a run of letters and digits of a text in lower case, with its place
// in bytes. An apostrophe inside does not end it and is not part of it.
type word struct {
	text       string
	start, end int
}

// words cuts a text into words. Chinese, Japanese and Korean characters are a
// word each where they have no spaces between them, so that phrases can be found
// in them too.
func words(text string) []word {
	var out []word
	start, plain := -1, true
	flush := func(end int) {
		if start < 0 {
			return
		}
		w := text[start:end]
		if !plain {
			w = strings.Map(func(r rune) rune {
				if isApostrophe(r) {
					return -1
				}
				return unicode.ToLower(r)
			}, w)
		}
		if w != "" {
			out = append(out, word{w, start, end})
		}
		start, plain = -1, true
	}
	for i, r := range text {
		switch {
		case isPlain(r):
			if start < 0 {
				start = i
			}
			if r <= 'Z' && r >= 'A' {
				plain = false
			}
		case r >= utf8.RuneSelf && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana):
			flush(i)
			out = append(out, word{string(r), i, i + utf8.RuneLen(r)})
		case r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			if start < 0 {
				start = i
			}
			plain = false
		case isApostrophe(r) && start >= 0:
			plain = false
		default:
			flush(i)
		}
	}
	flush(len(text))
	return out
}

// isPlain is for the letters and digits that need no table of Unicode.
func isPlain(r rune) bool {
	return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z'
}

func isApostrophe(r rune) bool { return r == '\'' || r == '’' || r == '‘' }
