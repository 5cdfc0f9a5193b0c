package security

import (
	_ "embed"
	"strings"
)

// globalsText lists what Python's and libraries' globals do. Its form is
// described in its head.
//
//go:embed globals.txt
var globalsText string

// A grade says what is known of a global.
type grade int

const (
	unknownGlobal grade = iota
	knownGlobal
	dangerousGlobal
)

// A globalEntry is one line of the list.
type globalEntry struct {
	grade  grade
	reason string
	// deep entries count wherever their name stands in a chain of attributes.
	deep bool
}

// A globalTable answers what a global does, by its dotted name in Python 3.
type globalTable struct {
	exact map[string]globalEntry // one name
	below map[string]globalEntry // a module and everything in it
	class map[string]globalEntry // classes of a package, by their spelling
}

var globals = parseGlobals(globalsText)

func parseGlobals(text string) *globalTable {
	t := &globalTable{map[string]globalEntry{}, map[string]globalEntry{}, map[string]globalEntry{}}
	var head globalEntry
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if kind, reason, ok := strings.Cut(line, ": "); ok {
			head = globalEntry{reason: reason, deep: kind == "deep", grade: dangerousGlobal}
			if kind == "known" {
				head.grade = knownGlobal
			}
			continue
		}
		for name := range strings.FieldsSeq(line) {
			if stem, ok := strings.CutSuffix(name, ".*"); ok {
				t.below[stem] = head
			} else if stem, ok := strings.CutSuffix(name, ".Class"); ok {
				t.class[stem] = head
			} else {
				t.exact[name] = head
			}
		}
	}
	return t
}

// maxChain bounds the attributes of a name that are followed.
const maxChain = 64

// grade says what a dotted name does. What is not a plain name, or not listed,
// is unknown. A danger anywhere in a chain of attributes counts before the
// classes that are known by their package.
func (t *globalTable) grade(name string) (grade, string) {
	parts := strings.SplitN(name, ".", maxChain+1)
	if len(parts) > maxChain {
		return dangerousGlobal, "a chain of attributes that nobody needs"
	}
	if e, ok := t.exact[name]; ok && e.grade == knownGlobal {
		return e.grade, e.reason
	}
	if g, reason := t.danger(parts); g == dangerousGlobal {
		return g, reason
	}
	if strings.HasPrefix(name, "__torch__.") {
		return knownGlobal, "a class of the TorchScript archive itself"
	}
	for _, p := range parts {
		if internal(p) && p != "__main__" {
			return dangerousGlobal, "an attribute of Python's internals, from which everything can be reached"
		}
	}
	if e, ok := t.classOf(parts); ok {
		return e.grade, e.reason
	}
	return unknownGlobal, ""
}

// danger looks for a listed danger at the begin of a chain, and for a deep one
// anywhere in it.
func (t *globalTable) danger(parts []string) (grade, string) {
	for from := range parts {
		for to := from + 1; to <= len(parts); to++ {
			prefix := strings.Join(parts[from:to], ".")
			e, ok := t.below[prefix]
			if !ok {
				e, ok = t.exact[prefix]
			}
			if !ok || e.grade != dangerousGlobal || from > 0 && !e.deep {
				continue
			}
			if from > 0 {
				return dangerousGlobal, e.reason + ", reached through attributes of another module"
			}
			return dangerousGlobal, e.reason
		}
	}
	return unknownGlobal, ""
}

// classOf finds a package whose classes are known: the last part is written as
// a class, all before it as modules.
func (t *globalTable) classOf(parts []string) (globalEntry, bool) {
	n := len(parts) - 1
	if n < 1 || !isClass(parts[n]) {
		return globalEntry{}, false
	}
	for _, p := range parts[:n] {
		if !isModule(p) {
			return globalEntry{}, false
		}
	}
	for i := n; i > 0; i-- {
		if e, ok := t.class[strings.Join(parts[:i], ".")]; ok {
			return e, true
		}
	}
	return globalEntry{}, false
}

// internal reports names such as "__globals__".
func internal(s string) bool {
	return len(s) > 4 && strings.HasPrefix(s, "__") && strings.HasSuffix(s, "__")
}

func isClass(s string) bool {
	s = strings.TrimPrefix(s, "_")
	return s != "" && 'A' <= s[0] && s[0] <= 'Z' && isWord(s)
}

func isModule(s string) bool {
	return s != "" && isWord(s) && s == strings.ToLower(s) && !internal(s)
}

func isWord(s string) bool {
	for i := range len(s) {
		if c := s[i]; !(c == '_' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z') {
			return false
		}
	}
	return true
}
