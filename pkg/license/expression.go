package license

import (
	"slices"
	"strings"
)

// A node is a parsed expression: a single licence, or several nodes joined by
// one operator. A node is never joined by the operator of its parent, and
// parsing bounds the depth, so that walking one may recurse.
type node struct {
	licence string // "MIT", "GPL-2.0-only WITH Classpath-exception-2.0"; empty when joined
	op      string // "AND" or "OR" when joined
	parts   []*node
}

// partsOf returns what a node adds to a list that is joined by an operator.
func (n *node) partsOf(op string) []*node {
	if n.op == op {
		return n.parts
	}
	return []*node{n}
}

// String returns the expression in its normal form.
func (n *node) String() string { return n.render(func(id string) string { return id }) }

// render writes an expression with a name for each licence.
func (n *node) render(name func(licence string) string) string {
	if n.op == "" {
		return name(n.licence)
	}
	texts := make([]string, len(n.parts))
	for i, part := range n.parts {
		texts[i] = part.render(name)
		if n.op == "AND" && part.op == "OR" {
			texts[i] = "(" + texts[i] + ")"
		}
	}
	return strings.Join(texts, " "+n.op+" ")
}

// licences calls f for every licence of an expression.
func (n *node) licences(f func(licence string)) {
	if n.op == "" {
		f(n.licence)
	}
	for _, part := range n.parts {
		part.licences(f)
	}
}

// withoutException returns a licence without "WITH ..." and without the "+" of
// "or any later version", unless the SPDX list has the identifier with it.
func withoutException(licence string) string {
	licence, _, _ = strings.Cut(licence, " WITH ")
	if _, listed := classes()[licence]; !listed {
		licence = strings.TrimSuffix(licence, "+")
	}
	return licence
}

// Licenses returns the licences of an expression, each once, sorted. One with an
// exception is a licence of its own: "X WITH Y". It returns nothing for what is
// no expression.
func Licenses(expression string) []string {
	n, ok := parse(expression)
	if !ok {
		return nil
	}
	var out []string
	n.licences(func(licence string) { out = append(out, licence) })
	slices.Sort(out)
	return slices.Compact(out)
}

// Title returns an expression for people: licences of ours by their titles, those
// of the SPDX list by their identifiers. What is no expression comes back as it
// is, unchecked.
func Title(expression string) string {
	n, ok := parse(expression)
	if !ok {
		return expression
	}
	return n.render(func(licence string) string {
		if o, ours := ownByRef(licence); ours {
			return o.Title
		}
		return licence
	})
}

// Address returns where the text of a single licence is to be read: the page of
// the SPDX list, or the address in own.txt. It is empty for several licences, for
// LicenseRefs of others, and where no lasting address is known. An exception's
// text is not the address's.
func Address(expression string) string {
	n, ok := parse(expression)
	if !ok || n.op != "" {
		return ""
	}
	id := withoutException(n.licence)
	if o, ours := ownByRef(id); ours {
		return o.URL
	}
	if strings.Contains(id, "LicenseRef-") {
		return ""
	}
	return "https://spdx.org/licenses/" + id + ".html"
}

// ownByRef finds a licence of ours.
func ownByRef(ref string) (Own, bool) {
	list := OwnLicenses()
	i := slices.IndexFunc(list, func(o Own) bool { return o.Ref == ref })
	if i < 0 {
		return Own{}, false
	}
	return list[i], true
}
