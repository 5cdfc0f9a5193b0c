package facts

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/nearest"
)

// A decoder takes values out of YAML nodes and collects what is wrong with them.
type decoder struct {
	errs Errors
}

// A field takes the value of one key.
type field func(key, value *yaml.Node)

func (d *decoder) fail(n *yaml.Node, format string, args ...any) {
	if len(d.errs) <= maxErrors {
		d.errs = append(d.errs, Error{n.Line, fmt.Sprintf(format, args...)})
	}
}

// mapping hands the values of a mapping to the fields for their keys. A key
// without a value is as good as none, so that a template's headings can stay.
func (d *decoder) mapping(n *yaml.Node, what string, fields map[string]field) {
	d.entries(n, what, func(key, value *yaml.Node) {
		f, ok := fields[key.Value]
		switch {
		case !ok:
			d.unknown(key, what, fields)
		case !isNull(value):
			f(key, value)
		}
	})
}

// entries walks a mapping, each key once.
func (d *decoder) entries(n *yaml.Node, what string, each field) {
	if n.Kind != yaml.MappingNode || tagged(n) {
		d.fail(n, "%s has to be keys with values, not %s", what, kindOf(n))
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content) && i/2 < maxItems; i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode || tagged(key) {
			d.fail(key, "a key of %s has to be a word, not %s", what, kindOf(key))
			continue
		}
		if line, twice := seen[key.Value]; twice {
			d.fail(key, "%s is there twice in %s, first in line %d", quote(key.Value), what, line)
			continue
		}
		seen[key.Value] = key.Line
		each(key, n.Content[i+1])
	}
	if len(n.Content)/2 > maxItems {
		d.fail(n, "%s has more than %d keys", what, maxItems)
	}
}

// quote shows a word of the file.
func quote(s string) string { return fmt.Sprintf("%q", bom.Cut(bom.Clean(s), maxName)) }

func (d *decoder) unknown(key *yaml.Node, what string, fields map[string]field) {
	var known []string
	for k := range fields {
		known = append(known, k)
	}
	slices.Sort(known)
	if near := nearest.Word(key.Value, known); near != "" {
		d.fail(key, "%s is no key of %s; did you mean %q?", quote(key.Value), what, near)
		return
	}
	d.fail(key, "%s is no key of %s; the keys are %s", quote(key.Value), what, strings.Join(known, ", "))
}

// list hands the items of a list to f.
func (d *decoder) list(n *yaml.Node, what string, f func(*yaml.Node)) {
	if n.Kind != yaml.SequenceNode || tagged(n) {
		d.fail(n, "%s has to be a list, not %s", what, kindOf(n))
		return
	}
	if len(n.Content) > maxItems {
		d.fail(n, "%s has more than %d items", what, maxItems)
		return
	}
	for _, item := range n.Content {
		f(item)
	}
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// tagged reports an explicit tag: nothing here needs one.
func tagged(n *yaml.Node) bool { return n.Style&yaml.TaggedStyle != 0 }

func kindOf(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.AliasNode:
		return "an alias, which this file cannot have"
	case tagged(n):
		return "a value with a tag"
	case n.Kind == yaml.MappingNode:
		return "keys with values"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case isNull(n):
		return "nothing"
	}
	return "a word"
}

// scalar is the text of a single value as it is written, so that a country "NO"
// is no boolean and a version "1.0" no number.
func (d *decoder) scalar(key, n *yaml.Node) (string, bool) {
	if n.Kind != yaml.ScalarNode || tagged(n) {
		d.fail(n, "%s has to be a single value, not %s", key.Value, kindOf(n))
		return "", false
	}
	return n.Value, true
}

// text takes a text of at most max characters. White space is made single
// spaces: documents have no lines.
func (d *decoder) text(to *string, max int) field {
	return func(key, n *yaml.Node) {
		if s, ok := d.scalar(key, n); ok {
			*to = d.short(n, key.Value, s, max)
		}
	}
}

func (d *decoder) short(n *yaml.Node, what, s string, max int) string {
	return d.exact(n, what, strings.Join(strings.Fields(s), " "), max)
}

// exact is short with the white space as it is, which references can hold.
func (d *decoder) exact(n *yaml.Node, what, s string, max int) string {
	s = bom.Clean(s)
	size := utf8.RuneCountInString(s) + strings.Count(s, "|") + strings.Count(s, `\`)
	switch {
	case s == "":
		d.fail(n, "%s is empty", what)
	case size > max:
		d.fail(n, "%s has %d characters; a document has room for %d", what, size, max)
		return ""
	}
	return s
}

// link takes an http or https address.
func (d *decoder) link(to *string) field {
	return func(key, n *yaml.Node) {
		s, ok := d.scalar(key, n)
		if !ok {
			return
		}
		u, err := url.Parse(s)
		switch {
		case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.ContainsAny(s, " \t\n\"<>\\^`{|}"):
			d.fail(n, "%s %s is no http or https address", key.Value, quote(s))
		case u.User != nil:
			d.fail(n, "%s holds a user name or password, which would be in every document", key.Value)
		default:
			*to = d.short(n, key.Value, s, maxLink)
		}
	}
}

// purl takes a package URL, whose parts are not looked at.
func (d *decoder) purl(to *string) field {
	return func(key, n *yaml.Node) {
		s, ok := d.scalar(key, n)
		switch {
		case !ok:
		case !isPURL(s):
			d.fail(n, "%s %s is no package URL, such as pkg:huggingface/example/model@1.0", key.Value, quote(s))
		default:
			*to = d.short(n, key.Value, s, maxLink)
		}
	}
}

var isPURL = regexp.MustCompile(`^pkg:[A-Za-z][A-Za-z0-9.+-]*/[A-Za-z0-9.~_%:/@?&=#,+-]+$`).MatchString

func (d *decoder) country(to *string) field {
	return func(key, n *yaml.Node) {
		s, ok := d.scalar(key, n)
		if !ok || isCountry(s) {
			*to = s
			return
		}
		upper := strings.ToUpper(s)
		if better, ok := usualCodes()[upper]; ok {
			upper = better
		}
		if isCountry(upper) {
			d.fail(n, "country %s is no code of ISO 3166-1 alpha-2; did you mean %q?", quote(s), upper)
			return
		}
		d.fail(n, "country %s is no code of ISO 3166-1 alpha-2, such as KR or DE", quote(s))
	}
}

// date takes a day, and keeps it as it is written.
func (d *decoder) date(to *string) field {
	return func(key, n *yaml.Node) {
		s, ok := d.scalar(key, n)
		if !ok {
			return
		}
		if _, err := time.Parse(time.DateOnly, s); err != nil {
			d.fail(n, "%s %s is no day; write YYYY-MM-DD", key.Value, quote(s))
			return
		}
		*to = s
	}
}

// time takes a time, or a day, which begins at 00:00 UTC.
func (d *decoder) time(to *time.Time) field {
	return func(key, n *yaml.Node) {
		s, ok := d.scalar(key, n)
		if !ok {
			return
		}
		for _, layout := range []string{time.RFC3339, time.DateOnly} {
			if t, err := time.Parse(layout, s); err == nil && t.UTC().Year() > 0 && t.UTC().Year() < 10_000 {
				*to = t.UTC().Truncate(time.Second)
				return
			}
		}
		d.fail(n, "%s %s is no time; write YYYY-MM-DD or RFC 3339, such as 2026-01-31T12:00:00Z", key.Value, quote(s))
	}
}

var isDigest = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`).MatchString

func (d *decoder) digest(to *string) field {
	return func(key, n *yaml.Node) {
		s, ok := d.scalar(key, n)
		if !ok {
			return
		}
		if !isDigest(s) {
			d.fail(n, "%s %s is not \"sha256:\" and 64 hexadecimal digits in lower case", key.Value, quote(s))
			return
		}
		*to = s
	}
}

func (d *decoder) word(to *string, words []string) field {
	return func(key, n *yaml.Node) {
		s, ok := d.scalar(key, n)
		if !ok || slices.Contains(words, s) {
			*to = s
			return
		}
		if near := nearest.Word(s, words); near != "" {
			d.fail(n, "%s %s is none of %s; did you mean %q?", key.Value, quote(s), strings.Join(words, ", "), near)
			return
		}
		d.fail(n, "%s %s is none of %s", key.Value, quote(s), strings.Join(words, ", "))
	}
}

func (d *decoder) bool(to *bool) field {
	return func(key, n *yaml.Node) {
		s, ok := d.scalar(key, n)
		switch {
		case !ok:
		case s == "true" || s == "false":
			*to = s == "true"
		default:
			d.fail(n, "%s %s is neither true nor false", key.Value, quote(s))
		}
	}
}

// need complains about a key that has to be there. One whose value was wrong has
// its complaint already.
func (d *decoder) need(n *yaml.Node, what, key, why string) {
	if n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key && !isNull(n.Content[i+1]) {
			return
		}
	}
	d.fail(n, "%s has no %s: %s", what, key, why)
}
