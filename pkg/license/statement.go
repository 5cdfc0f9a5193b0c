package license

import (
	"regexp"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/licenselist"
)

// MaxExpression bounds what FromStatement looks at, in bytes. Expressions in
// real files have a few hundred.
const MaxExpression = 4096

// maxNesting bounds the parentheses of an expression.
const maxNesting = 64

// FromStatement returns the SPDX expression that a publisher's word for a
// licence stands for: a key of the model hub, an SPDX identifier in any case, a
// common name with its version ("Apache License, Version 2.0"), a LicenseRef, or
// an expression of these with AND, OR, WITH and parentheses. Identifiers come
// back in the spelling of the SPDX list. It reports false for what it does not
// know, for families of licences, and for NONE and NOASSERTION.
func FromStatement(value string) (expression string, ok bool) {
	n, ok := parse(value)
	if !ok {
		return "", false
	}
	return n.String(), true
}

// parse reads an expression, or a single licence by any of its names.
func parse(value string) (*node, bool) {
	if len(value) > MaxExpression {
		return nil, false
	}
	value = strings.TrimSpace(value)
	if id, ok := lookup(value); ok {
		return &node{licence: id}, true
	}
	p := parser{words: split(value)}
	n, ok := p.or(0)
	if !ok || len(p.words) > 0 {
		return nil, false
	}
	return n, true
}

// lookup resolves a single licence.
func lookup(value string) (string, bool) {
	if expression, known := FromHubKey(value); known {
		return expression, expression != ""
	}
	if id, listed := licenselist.License(value); listed && (len(id) > 3 || id == value) {
		return id, true
	}
	if licenseRef.MatchString(value) {
		return value, true
	}
	for _, name := range []string{spaced(value), plain(value)} {
		if expression := tables().names[name]; expression != "" {
			return expression, true
		}
	}
	if id, listed := licenselist.License(strings.TrimSuffix(value, "+")); listed && strings.HasSuffix(value, "+") {
		return id + "+", true
	}
	return "", false
}

// licenseRef is the license-ref of SPDX 2.3, annex D.
var licenseRef = regexp.MustCompile(`^(?:DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+$`)

// spaced and plain are the forms in which names are compared: see names.txt.
func spaced(name string) string { return strings.Join(nameWords(name), " ") }

func plain(name string) string {
	return strings.Join(slices.DeleteFunc(nameWords(name), func(w string) bool {
		return w == "the" || w == "version" || w == "license" || w == "licence"
	}), " ")
}

func nameWords(name string) []string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return r <= ' ' || r == '-' || r == ',' || r == '_'
	})
	for i, w := range words {
		if len(w) > 1 && w[0] == 'v' && isDigit(w[1]) {
			words[i] = w[1:]
		}
	}
	return words
}

// split cuts an expression into words and parentheses.
func split(s string) []string {
	s = strings.NewReplacer("(", " ( ", ")", " ) ").Replace(s)
	return strings.Fields(s)
}

// A parser reads a licence expression by recursive descent. Every word is
// looked at once, so that its time grows with the length alone.
type parser struct{ words []string }

func (p *parser) peek() string {
	if len(p.words) == 0 {
		return ""
	}
	return strings.ToUpper(p.words[0])
}

// accept consumes the next word if it is the given one.
func (p *parser) accept(word string) bool {
	if p.peek() != word {
		return false
	}
	p.words = p.words[1:]
	return true
}

func (p *parser) or(depth int) (*node, bool) {
	return p.joined("OR", depth, p.and)
}

func (p *parser) and(depth int) (*node, bool) {
	return p.joined("AND", depth, p.operand)
}

// joined reads one operand or several with an operator between them.
func (p *parser) joined(op string, depth int, operand func(int) (*node, bool)) (*node, bool) {
	n, ok := operand(depth)
	if !ok || p.peek() != op {
		return n, ok
	}
	parts := n.partsOf(op)
	for ok && p.accept(op) {
		if n, ok = operand(depth); ok {
			parts = append(parts, n.partsOf(op)...)
		}
	}
	return &node{op: op, parts: parts}, ok
}

// operand reads a licence, with its exception, or an expression in parentheses.
func (p *parser) operand(depth int) (*node, bool) {
	if p.accept("(") {
		if depth == maxNesting {
			return nil, false
		}
		inner, ok := p.or(depth + 1)
		return inner, ok && p.accept(")")
	}
	n := 0
	for n < len(p.words) && !isOperator(p.words[n]) {
		n++
	}
	id, ok := lookup(strings.Join(p.words[:n], " "))
	p.words = p.words[n:]
	if !ok || !p.accept("WITH") {
		return &node{licence: id}, ok
	}
	exception, ok := licenselist.Exception(p.peek())
	if !ok {
		return nil, false
	}
	p.words = p.words[1:]
	return &node{licence: id + " WITH " + exception}, true
}

func isOperator(word string) bool {
	switch strings.ToUpper(word) {
	case "AND", "OR", "WITH", "(", ")":
		return true
	}
	return false
}
