package strictyaml

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// IsNull reports a value that is none.
func IsNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// IsTagged reports an explicit tag: no form needs one.
func IsTagged(n *yaml.Node) bool { return n.Style&yaml.TaggedStyle != 0 }

// KindOf says in words what a node is, after "not".
func KindOf(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.AliasNode:
		return "an alias, which this file cannot have"
	case IsTagged(n):
		return "a value with a tag"
	case n.Kind == yaml.MappingNode:
		return "keys with values"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case IsNull(n):
		return "nothing"
	}
	return "a word"
}

// maxWord is how much of a word a message shows unless the limits say otherwise.
const maxWord = 120

// quote cuts a word, puts it into quotes, and escapes what a terminal would not
// show.
func quote(s string, most int) string {
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most-1]) + "…"
	}
	return strconv.Quote(s)
}

// visible escapes what a terminal would not show.
func visible(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strconv.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}
