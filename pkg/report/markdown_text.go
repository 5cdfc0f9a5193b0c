package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/modelbom/modelbom/pkg/bom"
)

// Text of documents must stay text in Markdown, in every dialect that a reader
// may show it with. Three things are done:
//
//   - white space is one blank, so that nothing begins a line or a block;
//   - punctuation that can be markup gets a backslash (CommonMark 0.31, 2.4);
//   - words that hosts turn into links, mentions, references or pictures after
//     the Markdown was read, when a backslash is gone, become code, which they
//     leave alone.

// markup is the punctuation that can mean something inside a line. Parentheses
// mean something after brackets only.
const markup = "\\`*_{}[]<>#!|~&$^"

// markdownText writes prose on one line.
func markdownText(s string) string {
	words := strings.Fields(bom.Clean(s))
	for i, word := range words {
		words[i] = markdownWord(word, i == 0 && (len(words) > 1 || word != "-"))
	}
	return strings.Join(words, " ")
}

// markdownWord writes a word; the first of a text could begin a list.
func markdownWord(word string, first bool) string {
	core := strings.TrimLeft(word, `("'`)
	before := word[:len(word)-len(core)]
	core = strings.TrimRight(core, `.,;)"'`)
	if strings.IndexByte(core, ':') == len(core)-1 { // but not the second of ":smile:"
		core = strings.TrimSuffix(core, ":")
	}
	after := word[len(before)+len(core):]
	if linkable(core) {
		return escapeMarkup(before) + markdownCode(core) + escapeMarkup(after)
	}
	if first && beginsBlock(word) {
		last := len(word) - 1
		return word[:last] + `\` + word[last:]
	}
	return escapeMarkup(word)
}

// beginsBlock reports whether a word at the beginning of a line is the mark of
// a list, a rule, or the line under a heading.
func beginsBlock(word string) bool {
	if strings.Trim(word, "-") == "" || strings.Trim(word, "=") == "" || word == "+" {
		return true
	}
	number := strings.TrimLeft(word, "0123456789")
	return len(number) < len(word) && (number == "." || number == ")")
}

func escapeMarkup(s string) string {
	if !strings.ContainsAny(s, markup) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if r < utf8.RuneSelf && strings.ContainsRune(markup, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// markdownCode writes text as code. A code span cannot hold every character in
// every place (a "|" ends a cell of a table even there), so what holds one that
// is difficult is written with the tag, all its punctuation as references.
func markdownCode(s string) string {
	s = strings.Join(strings.Fields(bom.Clean(s)), " ")
	if s == "" {
		return ""
	}
	if !strings.ContainsAny(s, "`|\\") {
		return "`" + s + "`"
	}
	var b strings.Builder
	b.WriteString("<code>")
	for _, r := range s {
		if r < utf8.RuneSelf && (unicode.IsPunct(r) || unicode.IsSymbol(r)) {
			fmt.Fprintf(&b, "&#%d;", r)
		} else {
			b.WriteRune(r)
		}
	}
	b.WriteString("</code>")
	return b.String()
}

// linkable reports whether a host of Markdown may turn a word into a link, a
// mention, a reference to an issue, merge request or commit, a formula or a
// picture. It is too careful rather than not careful enough: a file name with
// an ending becomes code too.
func linkable(word string) bool {
	if strings.ContainsAny(word, "@") || strings.Contains(word, "//") {
		return true
	}
	colon := -1 // where a name in colons may have begun
	for i := 0; i < len(word); i++ {
		next := byte(0)
		if i+1 < len(word) {
			next = word[i+1]
		}
		switch c := word[i]; {
		case c == '.' && i > 0 && letter(next): // a host, a file name
			return true
		case strings.IndexByte("#!~%&$^", c) >= 0 && (letter(next) || digit(next)):
			return true
		case c == ':' && colon >= 0 && i > colon+1: // :smile:
			return true
		case c == ':':
			colon = i
		}
	}
	lower := strings.ToLower(word)
	if strings.Contains(lower, "www.") || strings.HasPrefix(lower, "gh-") || strings.HasPrefix(lower, "mailto:") || strings.HasPrefix(lower, "xmpp:") || strings.HasPrefix(lower, "tel:") {
		return true
	}
	return hasCommit(lower)
}

// hasCommit reports whether a word holds what may be a digest of a commit: seven
// or more hexadecimal digits, among them a decimal one.
func hasCommit(s string) bool {
	run, decimal := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case digit(c):
			run++
			decimal = true
		case c >= 'a' && c <= 'f':
			run++
		default:
			run, decimal = 0, false
		}
		if run >= 7 && decimal {
			return true
		}
	}
	return false
}

// letter reports a byte of what hosts take for a word, of any script.
func letter(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c >= utf8.RuneSelf
}

func digit(c byte) bool { return c >= '0' && c <= '9' }
