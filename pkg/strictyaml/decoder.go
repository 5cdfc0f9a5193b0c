package strictyaml

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/modelbom/modelbom/pkg/nearest"
)

// A Decoder takes values out of YAML nodes and collects what is wrong with them. The
// zero value works.
type Decoder struct {
	// Limits are those of the file; [Limits.Items] and [Limits.Errors] count here.
	Limits Limits
	errs   Errors
}

// A Field takes the value of one key. The key is there for messages.
type Field func(key, value *yaml.Node)

// Fail records something that is wrong with a node.
func (d *Decoder) Fail(n *yaml.Node, format string, args ...any) {
	if len(d.errs) <= d.Limits.filled().Errors {
		d.errs = append(d.errs, Error{n.Line, fmt.Sprintf(format, args...)})
	}
}

// Failed reports whether anything was wrong so far.
func (d *Decoder) Failed() bool { return len(d.errs) > 0 }

// Err is everything that was wrong, of the type [Errors], or nil.
func (d *Decoder) Err() error {
	if len(d.errs) == 0 {
		return nil
	}
	list, most := slices.Clone(d.errs), d.Limits.filled().Errors
	slices.SortStableFunc(list, func(a, b Error) int { return cmp.Compare(a.Line, b.Line) })
	if len(list) > most {
		list = append(list[:most], Error{0, "and more"})
	}
	return list
}

// Mapping hands the values of a mapping to the fields for their keys. A key without
// a value is as good as none, so that the headings of a template can stay. What is
// what messages call the mapping.
func (d *Decoder) Mapping(n *yaml.Node, what string, fields map[string]Field) {
	d.Entries(n, what, func(key, value *yaml.Node) {
		f, ok := fields[key.Value]
		switch {
		case !ok:
			d.unknown(key, what, fields)
		case !IsNull(value):
			f(key, value)
		}
	})
}

// Entries walks a mapping whose keys are names, each once.
func (d *Decoder) Entries(n *yaml.Node, what string, each Field) {
	if n.Kind != yaml.MappingNode || IsTagged(n) {
		d.Fail(n, "%s has to be keys with values, not %s", what, KindOf(n))
		return
	}
	if most := d.Limits.filled().Items; len(n.Content)/2 > most {
		d.Fail(n, "%s has more than %d keys", what, most)
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode || IsTagged(key) {
			d.Fail(key, "a key of %s has to be a word, not %s", what, KindOf(key))
			continue
		}
		if line, twice := seen[key.Value]; twice {
			d.Fail(key, "%s is there twice in %s, first in line %d", d.Quote(key.Value), what, line)
			continue
		}
		seen[key.Value] = key.Line
		each(key, n.Content[i+1])
	}
}

func (d *Decoder) unknown(key *yaml.Node, what string, fields map[string]Field) {
	var known []string
	for k := range fields {
		known = append(known, k)
	}
	slices.Sort(known)
	if near := nearest.Word(key.Value, known); near != "" {
		d.Fail(key, "%s is no key of %s; did you mean %q?", d.Quote(key.Value), what, near)
		return
	}
	d.Fail(key, "%s is no key of %s; the keys are %s", d.Quote(key.Value), what, strings.Join(known, ", "))
}

// Need complains about a key that has to be there, with why. One whose value was
// wrong has its complaint already, and so has what is no mapping.
func (d *Decoder) Need(n *yaml.Node, what, key, why string) {
	if n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key && !IsNull(n.Content[i+1]) {
			return
		}
	}
	d.Fail(n, "%s has no %s: %s", what, key, why)
}

// List hands the items of a list to f, of a list that has no more than most; 0 is
// [Limits.Items].
func (d *Decoder) List(n *yaml.Node, what string, most int, f func(*yaml.Node)) {
	if most == 0 {
		most = d.Limits.filled().Items
	}
	switch {
	case n.Kind != yaml.SequenceNode || IsTagged(n):
		d.Fail(n, "%s has to be a list, not %s", what, KindOf(n))
	case len(n.Content) > most:
		d.Fail(n, "%s has more than %d items", what, most)
	default:
		for _, item := range n.Content {
			f(item)
		}
	}
}

// Scalar is the text of a single value as it is written.
func (d *Decoder) Scalar(key, n *yaml.Node) (string, bool) {
	if n.Kind != yaml.ScalarNode || IsTagged(n) {
		d.Fail(n, "%s has to be a single value, not %s", key.Value, KindOf(n))
		return "", false
	}
	return n.Value, true
}

// Word takes a single value that is one of a list of words.
func (d *Decoder) Word(to *string, words []string) Field {
	return func(key, n *yaml.Node) {
		if s, ok := d.Scalar(key, n); ok {
			*to = d.OneOf(n, key.Value, s, words)
		}
	}
}

// OneOf is the word if it is one of a list, and else empty.
func (d *Decoder) OneOf(n *yaml.Node, what, word string, words []string) string {
	if slices.Contains(words, word) {
		return word
	}
	if near := nearest.Word(word, words); near != "" {
		d.Fail(n, "%s %s is none of %s; did you mean %q?", what, d.Quote(word), strings.Join(words, ", "), near)
	} else {
		d.Fail(n, "%s %s is none of %s", what, d.Quote(word), strings.Join(words, ", "))
	}
	return ""
}

// Bool takes "true" or "false".
func (d *Decoder) Bool(to *bool) Field {
	return func(key, n *yaml.Node) {
		s, ok := d.Scalar(key, n)
		switch {
		case !ok:
		case s == "true" || s == "false":
			*to = s == "true"
		default:
			d.Fail(n, "%s %s is neither true nor false", key.Value, d.Quote(s))
		}
	}
}

// Quote shows a word of the file in a message.
func (d *Decoder) Quote(s string) string { return quote(s, d.Limits.filled().Word) }
