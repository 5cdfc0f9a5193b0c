package policy

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/nearest"
)

const (
	// MaxSize is the largest policy file that is read, in bytes.
	MaxSize = 1 << 20
	// maxDepth bounds nesting. The form itself needs nine levels, in tests.
	maxDepth = 32
	// maxMarks bounds the characters that can begin a value: every one can cost
	// the parser 1.4 kB.
	maxMarks = 1 << 16
	// maxErrors is how many errors are listed.
	maxErrors = 20
	maxRules  = 200
	maxTests  = 500
	maxItems  = 2000 // of any list
	maxWord   = 120
	maxProse  = 1000
)

// An Error is one thing that is wrong with a policy file.
type Error struct {
	Line int // 0 where no line is known
	Text string
}

func (e Error) Error() string {
	if e.Line == 0 {
		return e.Text
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Text)
}

// Errors are everything that is wrong with a policy file, in the order of its
// lines. The list ends after twenty.
type Errors []Error

// Error lists the errors, a line each.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// load reads one YAML document.
func load(r io.Reader) ([]byte, *yaml.Node, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, nil, err
	}
	if len(data) > MaxSize {
		return nil, nil, Errors{{0, fmt.Sprintf("the file is larger than %d bytes", MaxSize)}}
	}
	marks := 0
	for _, mark := range []byte("\n,:?[{-") {
		marks += bytes.Count(data, []byte{mark})
	}
	if marks > maxMarks {
		return nil, nil, Errors{{0, fmt.Sprintf("the file has more than %d lines and values", maxMarks)}}
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, nil, Errors{{0, "the file says nothing"}}
	}
	var root yaml.Node
	if err := yaml.Load(data, &root, yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(maxDepth)))); err != nil {
		var l *yaml.LoadError
		if errors.As(err, &l) {
			return nil, nil, Errors{{l.Mark.Line, "this is no YAML: " + bom.Clean(l.Message)}}
		}
		return nil, nil, Errors{{0, strings.TrimPrefix(bom.Clean(err.Error()), "yaml: ")}}
	}
	if len(root.Content) != 1 || isNull(root.Content[0]) {
		return nil, nil, Errors{{0, "the file says nothing"}}
	}
	return data, root.Content[0], nil
}

// A decoder takes values out of YAML nodes and collects what is wrong with them.
type decoder struct{ errs Errors }

// A take takes the value of one key.
type take func(key, value *yaml.Node)

func (d *decoder) fail(n *yaml.Node, format string, args ...any) {
	if len(d.errs) <= maxErrors {
		d.errs = append(d.errs, Error{n.Line, fmt.Sprintf(format, args...)})
	}
}

func (d *decoder) err() error {
	if len(d.errs) == 0 {
		return nil
	}
	slices.SortStableFunc(d.errs, func(a, b Error) int { return cmp.Compare(a.Line, b.Line) })
	if len(d.errs) > maxErrors {
		d.errs = append(d.errs[:maxErrors], Error{0, "and more"})
	}
	return d.errs
}

// mapping hands the values of a mapping to the takers of their keys.
func (d *decoder) mapping(n *yaml.Node, what string, keys map[string]take) {
	d.entries(n, what, func(key, value *yaml.Node) {
		f, ok := keys[key.Value]
		switch {
		case !ok:
			d.unknown(key, what, keys)
		case !isNull(value):
			f(key, value)
		}
	})
}

// entries walks a mapping, each key once.
func (d *decoder) entries(n *yaml.Node, what string, each take) {
	if n.Kind != yaml.MappingNode || tagged(n) {
		d.fail(n, "%s has to be keys with values, not %s", what, kindOf(n))
		return
	}
	if len(n.Content)/2 > maxItems {
		d.fail(n, "%s has more than %d keys", what, maxItems)
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode || tagged(key) {
			d.fail(key, "a key of %s has to be a word, not %s", what, kindOf(key))
			continue
		}
		if line, twice := seen[key.Value]; twice {
			d.fail(key, "%s is there twice in %s, first in line %d", quoted(key.Value), what, line)
			continue
		}
		seen[key.Value] = key.Line
		each(key, n.Content[i+1])
	}
}

func (d *decoder) unknown(key *yaml.Node, what string, keys map[string]take) {
	var known []string
	for k := range keys {
		known = append(known, k)
	}
	slices.Sort(known)
	if near := nearest.Word(key.Value, known); near != "" {
		d.fail(key, "%s is no key of %s; did you mean %q?", quoted(key.Value), what, near)
		return
	}
	d.fail(key, "%s is no key of %s; the keys are %s", quoted(key.Value), what, bom.Cut(strings.Join(known, ", "), 400))
}

// list hands the items of a list to f.
func (d *decoder) list(n *yaml.Node, what string, most int, f func(*yaml.Node)) {
	switch {
	case n.Kind != yaml.SequenceNode || tagged(n):
		d.fail(n, "%s has to be a list, not %s", what, kindOf(n))
	case len(n.Content) > most:
		d.fail(n, "%s has more than %d items", what, most)
	default:
		for _, item := range n.Content {
			f(item)
		}
	}
}

// need complains about a key that has to be there.
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

// scalar is the text of a single value as it is written.
func (d *decoder) scalar(key, n *yaml.Node) (string, bool) {
	if n.Kind != yaml.ScalarNode || tagged(n) {
		d.fail(n, "%s has to be a single value, not %s", key.Value, kindOf(n))
		return "", false
	}
	return n.Value, true
}

// prose takes a text of at most max characters, with single spaces.
func (d *decoder) prose(to *string, max int) take {
	return func(key, n *yaml.Node) {
		s, ok := d.scalar(key, n)
		if !ok {
			return
		}
		s = bom.Clean(strings.Join(strings.Fields(s), " "))
		switch size := utf8.RuneCountInString(s); {
		case s == "":
			d.fail(n, "%s is empty", key.Value)
		case size > max:
			d.fail(n, "%s has %d characters; %d are allowed", key.Value, size, max)
		default:
			*to = s
		}
	}
}

func (d *decoder) word(to *string, words []string) take {
	return func(key, n *yaml.Node) {
		if s, ok := d.scalar(key, n); ok {
			*to = d.oneOf(n, key.Value, s, words)
		}
	}
}

// oneOf is a word that is one of a list.
func (d *decoder) oneOf(n *yaml.Node, what, s string, words []string) string {
	if slices.Contains(words, s) {
		return s
	}
	if near := nearest.Word(s, words); near != "" {
		d.fail(n, "%s %s is none of %s; did you mean %q?", what, quoted(s), strings.Join(words, ", "), near)
	} else {
		d.fail(n, "%s %s is none of %s", what, quoted(s), strings.Join(words, ", "))
	}
	return ""
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// tagged reports an explicit tag: nothing here needs one.
func tagged(n *yaml.Node) bool { return n.Style&yaml.TaggedStyle != 0 }

func quoted(s string) string { return fmt.Sprintf("%q", bom.Cut(bom.Clean(s), maxWord)) }

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
