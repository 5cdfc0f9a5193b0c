package license

import (
	"html"
	"strings"
	"unicode/utf8"
)

const (
	// htmlSample is where a page says that it is one, in bytes.
	htmlSample = 4 << 10
	// maxEntity is longer than the longest name of a character in HTML, in bytes.
	maxEntity = 40
)

// isHTML tells a page from a text that has a tag somewhere, as texts in
// Markdown have.
func isHTML(s string) bool {
	s = strings.ToLower(s[:min(len(s), htmlSample)])
	for _, mark := range []string{"<!doctype html", "<html", "<body", "<head>"} {
		if strings.Contains(s, mark) {
			return true
		}
	}
	return false
}

// withoutTags is the readable text of a page: no tags, comments, scripts and
// style sheets, and characters in place of their names. A tag ends a line if it
// does so on the screen. Nothing is interpreted; a page can hide what is read
// here and show what is not.
func withoutTags(t text) text {
	p := page{in: t}
	for p.i < len(t.string) {
		switch t.string[p.i] {
		case '<':
			p.tag()
		case '&':
			p.entity()
		default:
			_, n := utf8.DecodeRuneInString(t.string[p.i:])
			p.keep(n)
		}
	}
	out, _ := p.out.text(t.encoding, t.place(len(t.string)))
	return out
}

// A page is read from one end to the other, once: what has no end is
// remembered, so that it is not searched for again.
type page struct {
	in      text
	i       int
	out     builder
	endless map[string]bool
}

// keep copies n bytes.
func (p *page) keep(n int) {
	r, _ := utf8.DecodeRuneInString(p.in.string[p.i:])
	p.out.add(r, p.in.place(p.i))
	p.i += n
}

// tag skips a comment, an element that is not text, or a tag, and keeps a "<"
// that is none of these.
func (p *page) tag() {
	rest := p.in.string[p.i:]
	if strings.HasPrefix(rest, "<!--") && p.skipTo("-->") {
		return
	}
	n := tagSize(rest)
	if n == 0 {
		p.keep(1)
		return
	}
	name := tagName(rest[1:n])
	if (name == "script" || name == "style") && p.skipTo("</"+name) {
		return
	}
	space := ' '
	if endsLine(name) {
		space = '\n'
	}
	p.out.add(space, p.in.place(p.i))
	p.i += n
}

// skipTo moves behind the next mark, which is in lower case, and reports whether
// there is one.
func (p *page) skipTo(mark string) bool {
	if p.endless[mark] {
		return false
	}
	n := indexFold(p.in.string[p.i:], mark)
	if n < 0 {
		if p.endless == nil {
			p.endless = map[string]bool{}
		}
		p.endless[mark] = true
		return false
	}
	p.out.add(' ', p.in.place(p.i))
	p.i += n + len(mark)
	return true
}

// indexFold is strings.Index for a mark in lower case and ASCII.
func indexFold(s, mark string) int {
	for i := 0; i+len(mark) <= len(s); i++ {
		n := strings.IndexByte(s[i:], mark[0])
		if n < 0 || i+n+len(mark) > len(s) {
			return -1
		}
		i += n
		if strings.EqualFold(s[i:i+len(mark)], mark) {
			return i
		}
	}
	return -1
}

// tagSize is the length of the tag that s begins with, 0 if it is none. A "<"
// inside ends the search, and so it is linear over a whole page.
func tagSize(s string) int {
	if len(s) < 3 || !strings.ContainsRune("!/?", rune(s[1])) && !isASCIILetter(s[1]) {
		return 0
	}
	attributes := false
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '<':
			return 0
		case '>':
			return i + 1
		case ' ', '\t', '\r', '\n':
			attributes = true
		case '@', ':':
			// An address in angle brackets, <a@example.org> or <http://...>.
			if !attributes {
				return 0
			}
		}
	}
	return 0
}

func isASCIILetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// tagName is the name in "name ...>" or "/name>", in lower case.
func tagName(s string) string {
	s = strings.TrimPrefix(s, "/")
	end := strings.IndexAny(s, " \t\r\n/>")
	return strings.ToLower(s[:max(end, 0)])
}

// endsLine is false for the tags that stand inside a line.
func endsLine(name string) bool {
	switch name {
	case "a", "abbr", "b", "cite", "code", "em", "font", "i", "q", "small", "span", "strong", "sub", "sup", "tt", "u", "var":
		return false
	}
	return true
}

// entity writes the character that "&name;" stands for.
func (p *page) entity() {
	rest := p.in.string[p.i:]
	end := strings.IndexByte(rest[:min(len(rest), maxEntity)], ';')
	if end < 0 {
		p.keep(1)
		return
	}
	plain := html.UnescapeString(rest[:end+1])
	if plain == rest[:end+1] {
		p.keep(1)
		return
	}
	for _, r := range plain {
		p.out.add(r, p.in.place(p.i))
	}
	p.i += end + 1
}
