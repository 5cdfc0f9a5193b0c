package facts

import (
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/strictyaml"
)

// A decoder takes the values that facts are made of.
type decoder struct{ strictyaml.Decoder }

// quote shows a word of the file or of a document.
func quote(s string) string { return (&strictyaml.Decoder{}).Quote(bom.Clean(s)) }

// text takes a text of at most max characters. White space is made single
// spaces: documents have no lines.
func (d *decoder) text(to *string, max int) strictyaml.Field {
	return func(key, n *yaml.Node) {
		if s, ok := d.Scalar(key, n); ok {
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
		d.Fail(n, "%s is empty", what)
	case size > max:
		d.Fail(n, "%s has %d characters; a document has room for %d", what, size, max)
		return ""
	}
	return s
}

// link takes an http or https address.
func (d *decoder) link(to *string) strictyaml.Field {
	return func(key, n *yaml.Node) {
		s, ok := d.Scalar(key, n)
		if !ok {
			return
		}
		u, err := url.Parse(s)
		switch {
		case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.ContainsAny(s, " \t\n\"<>\\^`{|}"):
			d.Fail(n, "%s %s is no http or https address", key.Value, d.Quote(s))
		case u.User != nil:
			d.Fail(n, "%s holds a user name or password, which would be in every document", key.Value)
		default:
			*to = d.short(n, key.Value, s, maxLink)
		}
	}
}

// purl takes a package URL, whose parts are not looked at.
func (d *decoder) purl(to *string) strictyaml.Field {
	return func(key, n *yaml.Node) {
		s, ok := d.Scalar(key, n)
		switch {
		case !ok:
		case !isPURL(s):
			d.Fail(n, "%s %s is no package URL, such as pkg:huggingface/example/model@1.0", key.Value, d.Quote(s))
		default:
			*to = d.short(n, key.Value, s, maxLink)
		}
	}
}

var isPURL = regexp.MustCompile(`^pkg:[A-Za-z][A-Za-z0-9.+-]*/[A-Za-z0-9.~_%:/@?&=#,+-]+$`).MatchString

func (d *decoder) country(to *string) strictyaml.Field {
	return func(key, n *yaml.Node) {
		s, ok := d.Scalar(key, n)
		if !ok || isCountry(s) {
			*to = s
			return
		}
		upper := strings.ToUpper(s)
		if better, ok := usualCodes()[upper]; ok {
			upper = better
		}
		if isCountry(upper) {
			d.Fail(n, "country %s is no code of ISO 3166-1 alpha-2; did you mean %q?", d.Quote(s), upper)
			return
		}
		d.Fail(n, "country %s is no code of ISO 3166-1 alpha-2, such as KR or DE", d.Quote(s))
	}
}

// date takes a day, and keeps it as it is written.
func (d *decoder) date(to *string) strictyaml.Field {
	return func(key, n *yaml.Node) {
		s, ok := d.Scalar(key, n)
		if !ok {
			return
		}
		if _, err := time.Parse(time.DateOnly, s); err != nil {
			d.Fail(n, "%s %s is no day; write YYYY-MM-DD", key.Value, d.Quote(s))
			return
		}
		*to = s
	}
}

// time takes a time, or a day, which begins at 00:00 UTC.
func (d *decoder) time(to *time.Time) strictyaml.Field {
	return func(key, n *yaml.Node) {
		s, ok := d.Scalar(key, n)
		if !ok {
			return
		}
		for _, layout := range []string{time.RFC3339, time.DateOnly} {
			if t, err := time.Parse(layout, s); err == nil && t.UTC().Year() > 0 && t.UTC().Year() < 10_000 {
				*to = t.UTC().Truncate(time.Second)
				return
			}
		}
		d.Fail(n, "%s %s is no time; write YYYY-MM-DD or RFC 3339, such as 2026-01-31T12:00:00Z", key.Value, d.Quote(s))
	}
}

var isDigest = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`).MatchString

func (d *decoder) digest(to *string) strictyaml.Field {
	return func(key, n *yaml.Node) {
		s, ok := d.Scalar(key, n)
		if !ok {
			return
		}
		if !isDigest(s) {
			d.Fail(n, "%s %s is not \"sha256:\" and 64 hexadecimal digits in lower case", key.Value, d.Quote(s))
			return
		}
		*to = s
	}
}
