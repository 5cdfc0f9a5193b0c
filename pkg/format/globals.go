package format

import (
	_ "embed"
	"strings"
)

// globalsText lists what Python's and libraries' globals do. Its form is
// described in its head.
//
//go:embed globals.txt
var globalsText string

// A Grade says what is known of a global of Python.
type Grade int

// The grades of globals.
const (
	// UnknownGlobal: nothing is known of it.
	UnknownGlobal Grade = iota
	// KnownGlobal: it rebuilds data of a widely used library.
	KnownGlobal
	// DangerousGlobal: it acts, or gives the means to act.
	DangerousGlobal
)

// A Global is what is known of a name that a pickle imports or calls.
type Global struct {
	Grade Grade
	// Reason continues "which", empty for what is unknown.
	Reason string
	// Rank orders dangers, from 1 for the gravest; 0 for what is none.
	Rank int
}

// JudgeGlobal says what is known of a global by its dotted name in Python 3. It
// looks at the name alone. What is not listed is unknown.
func JudgeGlobal(name string) Global { return globals.judge(name) }

// rankGlobal ranks names for package pickle.
func rankGlobal(name string) int { return globals.judge(name).Rank }

// A globalEntry is one line of the list.
type globalEntry struct {
	Global
	// deep entries count wherever their name stands in a chain of attributes.
	deep bool
}

// lastRank is that of dangers which no group of the list names.
const lastRank = 30

// A globalTable answers what a global does, by its dotted name in Python 3.
type globalTable struct {
	exact map[string]globalEntry // one name
	below map[string]globalEntry // a module and everything in it
	class map[string]globalEntry // classes of a package, by their spelling
	parts int                    // of the longest dangerous name
}

var globals = parseGlobals(globalsText)

func parseGlobals(text string) *globalTable {
	t := &globalTable{map[string]globalEntry{}, map[string]globalEntry{}, map[string]globalEntry{}, 0}
	var head globalEntry
	rank := 0
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if kind, reason, ok := strings.Cut(line, ": "); ok {
			if head = (globalEntry{Global{Grade: KnownGlobal, Reason: reason}, kind == "deep"}); kind != "known" {
				rank++
				head.Grade, head.Rank = DangerousGlobal, rank
			}
			continue
		}
		for name := range strings.FieldsSeq(line) {
			if head.Grade == DangerousGlobal {
				t.parts = max(t.parts, 1+strings.Count(name, "."))
			}
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

// judge says what a dotted name does. What is not a plain name, or not listed,
// is unknown. A danger anywhere in a chain of attributes counts before the
// classes that are known by their package.
func (t *globalTable) judge(name string) Global {
	if strings.Count(name, ".") >= maxChain {
		return Global{DangerousGlobal, "a chain of attributes that nobody needs", lastRank}
	}
	if e, ok := t.exact[name]; ok && e.Grade == KnownGlobal {
		return e.Global
	}
	if g := t.danger(name); g.Grade == DangerousGlobal {
		return g
	}
	if strings.HasPrefix(name, "__torch__.") {
		return Global{Grade: KnownGlobal, Reason: "a class of the TorchScript archive itself"}
	}
	parts := strings.Split(name, ".")
	for _, p := range parts {
		if internal(p) && p != "__main__" {
			return Global{DangerousGlobal, "an attribute of Python's internals, from which everything can be reached", lastRank}
		}
	}
	if e, ok := t.classOf(parts); ok {
		return e.Global
	}
	return Global{}
}

// danger looks for a listed danger at the begin of a chain, and for a deep one
// anywhere in it. It takes time by the chain's length alone.
func (t *globalTable) danger(name string) Global {
	for from := 0; from <= len(name); {
		to := from
		for range t.parts {
			n := strings.IndexByte(name[to:], '.')
			if n < 0 {
				n = len(name) - to
			}
			to += n
			prefix := name[from:to]
			e, ok := t.below[prefix]
			if !ok {
				e, ok = t.exact[prefix]
			}
			if ok && e.Grade == DangerousGlobal && (from == 0 || e.deep) {
				if from > 0 {
					e.Reason += ", reached through attributes of another module"
				}
				return e.Global
			}
			if to == len(name) {
				break
			}
			to++
		}
		n := strings.IndexByte(name[from:], '.')
		if n < 0 {
			break
		}
		from += n + 1
	}
	return Global{}
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
