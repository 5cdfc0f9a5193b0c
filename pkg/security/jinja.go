package security

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxTokens bounds the tokens of one template. The largest known have some
// 20,000.
const maxTokens = 400_000

// A tokenKind is the kind of a token of Jinja (jinja2.lexer, version 3.1).
type tokenKind uint8

const (
	tokenText    tokenKind = iota // between tags, or inside of raw
	tokenComment                  // {# ... #}
	tokenBegin                    // {{ or {%
	tokenEnd                      // }} or %}
	tokenName
	tokenString // its text is the value, escapes resolved
	tokenNumber
	tokenOperator
)

// A token is a piece of a template.
type token struct {
	kind tokenKind
	text string
	at   int // in bytes from the template's start
}

// is reports whether a token is an operator or name of this text.
func (t token) is(text string) bool {
	return (t.kind == tokenOperator || t.kind == tokenName || t.kind == tokenBegin || t.kind == tokenEnd) && t.text == text
}

// A lexer takes a template apart. It never calls itself, and every step goes
// forward.
type lexer struct {
	src    string
	pos    int
	tokens []token
}

// A lexError says where a template cannot be read.
type lexError struct {
	at   int
	what string
}

func (e *lexError) Error() string { return fmt.Sprintf("byte %d: %s", e.at, e.what) }

// tokenize takes a template apart. On an error, the tokens up to it are
// returned with it.
func tokenize(src string) ([]token, error) {
	l := &lexer{src: src}
	for l.pos < len(l.src) {
		if err := l.outside(); err != nil {
			return l.tokens, err
		}
	}
	return l.tokens, nil
}

func (l *lexer) add(kind tokenKind, text string, at int) {
	l.tokens = append(l.tokens, token{kind, text, at})
}

func (l *lexer) fail(at int, what string, args ...any) error {
	return &lexError{at, fmt.Sprintf(what, args...)}
}

// outside reads text up to the next tag, and that tag.
func (l *lexer) outside() error {
	from := l.pos
	for {
		i := strings.IndexByte(l.src[l.pos:], '{')
		if i < 0 || l.pos+i+1 == len(l.src) {
			l.add(tokenText, l.src[from:], from)
			l.pos = len(l.src)
			return nil
		}
		l.pos += i
		if strings.IndexByte("{%#", l.src[l.pos+1]) >= 0 {
			break
		}
		l.pos++
	}
	if l.pos > from {
		l.add(tokenText, l.src[from:l.pos], from)
	}
	if l.src[l.pos+1] == '#' {
		return l.comment()
	}
	return l.tag()
}

func (l *lexer) comment() error {
	at := l.pos
	end := strings.Index(l.src[at+2:], "#}")
	if end < 0 {
		return l.fail(at, "a comment without an end")
	}
	l.add(tokenComment, l.src[at+2:at+2+end], at)
	l.pos = at + end + 4
	return nil
}

// tag reads {{ ... }} or {% ... %}. An end counts only outside of brackets, as
// Jinja has it.
func (l *lexer) tag() error {
	at := l.pos
	end := "}}"
	if l.src[at+1] == '%' {
		end = "%}"
	}
	l.add(tokenBegin, l.src[at:at+2], at)
	first := len(l.tokens)
	l.pos += 2
	if l.pos < len(l.src) && (l.src[l.pos] == '-' || l.src[l.pos] == '+') {
		l.pos++
	}
	for depth := 0; ; {
		l.blanks()
		if l.pos >= len(l.src) {
			return l.fail(at, "a tag without an end")
		}
		if depth == 0 && l.ends(end) {
			break
		}
		if len(l.tokens) >= maxTokens {
			return l.fail(l.pos, "more than %d tokens", maxTokens)
		}
		change, err := l.inside()
		if err != nil {
			return err
		}
		depth += change
	}
	if len(l.tokens) == first+1 && l.tokens[first].is("raw") && end == "%}" {
		return l.raw()
	}
	l.add(tokenEnd, end, l.pos-2)
	return nil
}

func (l *lexer) blanks() {
	for l.pos < len(l.src) && strings.IndexByte(" \t\r\n\f\v", l.src[l.pos]) >= 0 {
		l.pos++
	}
}

// ends reads the end of a tag when it is there.
func (l *lexer) ends(end string) bool {
	rest := l.src[l.pos:]
	if rest[0] == '-' || rest[0] == '+' {
		rest = rest[1:]
	}
	if !strings.HasPrefix(rest, end) {
		return false
	}
	l.pos = len(l.src) - len(rest) + 2
	return true
}

// raw reads text up to the tag endraw.
func (l *lexer) raw() error {
	l.tokens = l.tokens[:len(l.tokens)-2]
	from := l.pos
	for at := from; ; {
		i := strings.Index(l.src[at:], "{%")
		if i < 0 {
			return l.fail(from, "raw text without an end")
		}
		begin := at + i
		inner := strings.TrimLeft(strings.TrimLeft(l.src[begin+2:], "-+"), " \t\r\n")
		if rest, ok := strings.CutPrefix(inner, "endraw"); ok {
			rest = strings.TrimLeft(strings.TrimLeft(rest, " \t\r\n"), "-+")
			if strings.HasPrefix(rest, "%}") {
				l.add(tokenText, l.src[from:begin], from)
				l.pos = len(l.src) - len(rest) + 2
				return nil
			}
		}
		at = begin + 2
	}
}

// inside reads one token of an expression, and says by how much it opens or
// closes brackets.
func (l *lexer) inside() (depth int, err error) {
	at := l.pos
	c := l.src[at]
	switch {
	case c == '\'' || c == '"':
		return 0, l.text(c)
	case '0' <= c && c <= '9':
		l.number()
		return 0, nil
	}
	if r, _ := utf8.DecodeRuneInString(l.src[at:]); r == '_' || unicode.IsLetter(r) {
		l.name()
		return 0, nil
	}
	for _, op := range [...]string{"**", "//", "==", "!=", ">=", "<="} {
		if strings.HasPrefix(l.src[at:], op) {
			l.add(tokenOperator, op, at)
			l.pos += 2
			return 0, nil
		}
	}
	if strings.IndexByte("+-/*%~[](){}><=.:|,;!", c) < 0 {
		return 0, l.fail(at, "unexpected character %q", short(l.src[at:], 4))
	}
	l.add(tokenOperator, string(c), at)
	l.pos++
	switch c {
	case '(', '[', '{':
		return 1, nil
	case ')', ']', '}':
		return -1, nil
	}
	return 0, nil
}

func (l *lexer) name() {
	at := l.pos
	for l.pos < len(l.src) {
		r, n := utf8.DecodeRuneInString(l.src[l.pos:])
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			break
		}
		l.pos += n
	}
	l.add(tokenName, l.src[at:l.pos], at)
}

func (l *lexer) number() {
	at := l.pos
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		digit := c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		point := c == '.' && l.pos+1 < len(l.src) && '0' <= l.src[l.pos+1] && l.src[l.pos+1] <= '9'
		if !digit && !point {
			break
		}
		l.pos++
	}
	l.add(tokenNumber, l.src[at:l.pos], at)
}

// text reads a string and resolves its escapes.
func (l *lexer) text(quote byte) error {
	at := l.pos
	for i := at + 1; i < len(l.src); i++ {
		switch l.src[i] {
		case '\\':
			i++
		case quote:
			l.add(tokenString, unescape(l.src[at+1:i]), at)
			l.pos = i + 1
			return nil
		}
	}
	return l.fail(at, "a text without an end")
}

// unescape resolves the escapes of a Python text. One that is not known stays
// as it is.
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		if n := strings.IndexByte("abfnrtv", s[i]); n >= 0 {
			b.WriteByte("\a\b\f\n\r\t\v"[n])
			continue
		}
		if r, n := escaped(s[i:]); n > 0 {
			b.WriteRune(r)
			i += n - 1
			continue
		}
		if strings.IndexByte("\\'\"\n", s[i]) < 0 {
			b.WriteByte('\\')
		}
		if s[i] != '\n' {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// escaped reads the number behind a backslash: x41, u0041, U00000041, 101.
func escaped(s string) (r rune, n int) {
	base, from, to := 16, 1, 0
	switch {
	case s[0] == 'x':
		to = 3
	case s[0] == 'u':
		to = 5
	case s[0] == 'U':
		to = 9
	case '0' <= s[0] && s[0] <= '7':
		base, from, to = 8, 0, 1
		for to < 3 && to < len(s) && '0' <= s[to] && s[to] <= '7' {
			to++
		}
	}
	if to == 0 || to > len(s) {
		return 0, 0
	}
	v, err := strconv.ParseUint(s[from:to], base, 32)
	if err != nil || v > unicode.MaxRune {
		return 0, 0
	}
	return rune(v), to
}
