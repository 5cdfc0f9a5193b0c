package diff

import (
	"path"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// match pairs the nodes of two documents. Every step takes what the steps before
// left, in the order of references, and looks keys up in a map: the cost is that
// of the documents' size, whatever they hold. What two tools put around a model is
// not matched when lenient is set.
func match(old, new *doc, lenient bool) {
	join(old.subject, new.subject, BySubject)
	if a, b := old.byRef[old.Subject], new.byRef[new.Subject]; !lenient && a != nil && b != nil && a.pair == nil && b.pair == nil {
		join(a, b, BySubject)
	}
	for _, c := range []struct {
		classes []class
		bases   []Basis
	}{
		{[]class{classPart}, []Basis{ByRef, ByPURL, ByRole, ByDigest, ByName, ByOnly}},
		{[]class{classFile}, []Basis{ByRef, ByPURL, ByDigest, ByName}},
		{[]class{classDataset}, []Basis{ByRef, ByPURL, ByDigest, ByName}},
		{[]class{classUpstream, classOther}, []Basis{ByRef, ByPURL, ByDigest, ByName}},
	} {
		m := matcher{old: old, new: new}
		m.a, m.b = of(old, c.classes), of(new, c.classes)
		for _, b := range c.bases {
			for _, key := range keysOf(b, c.classes[0]) {
				m.by(b, key)
			}
		}
	}
}

func join(a, b *node, by Basis) {
	a.pair, b.pair = b, a
	a.by, b.by = by, by
}

func of(d *doc, classes []class) []*node {
	var out []*node
	for _, n := range d.nodes {
		if slices.Contains(classes, n.class) {
			out = append(out, n)
		}
	}
	return out
}

type matcher struct {
	old, new *doc
	a, b     []*node
}

// A keyer gives what two nodes must have in common; empty: nothing to match by.
type keyer func(d *doc, n *node) string

// by pairs the nodes of equal key, the first with the first.
func (m *matcher) by(b Basis, key keyer) {
	m.a, m.b = left(m.a), left(m.b)
	if len(m.a) == 0 || len(m.b) == 0 {
		return
	}
	at := make(map[string][]*node, len(m.a))
	for _, n := range m.a {
		if k := key(m.old, n); k != "" {
			at[k] = append(at[k], n)
		}
	}
	free := map[string]int{}
	if b == ByOnly {
		for _, n := range m.b {
			free[key(m.new, n)]++
		}
	}
	for _, n := range m.b {
		k := key(m.new, n)
		list := at[k]
		if k == "" || len(list) == 0 || b == ByOnly && (len(list) != 1 || free[k] != 1) {
			continue
		}
		if b == ByRef && !sameByRef(list[0], n) {
			continue
		}
		join(list[0], n, b)
		at[k] = list[1:]
	}
}

func left(nodes []*node) []*node {
	return slices.DeleteFunc(nodes, func(n *node) bool { return n.pair != nil })
}

// keysOf are the keys of a basis, the strictest first.
func keysOf(b Basis, c class) []keyer {
	switch b {
	case ByRef:
		return []keyer{func(_ *doc, n *node) string { return "=" + string(n.Ref) }} // also an empty one
	case ByPURL:
		return []keyer{
			func(_ *doc, n *node) string { return n.PURL },
			func(_ *doc, n *node) string { return purlName(n.PURL) },
		}
	case ByRole:
		return []keyer{func(_ *doc, n *node) string {
			if n.Role == "" {
				return ""
			}
			return string(n.Role) + "\x00" + n.qualifier()
		}}
	case ByOnly:
		return []keyer{func(_ *doc, n *node) string { return string(n.Role) }}
	case ByDigest:
		if c == classPart {
			return []keyer{func(_ *doc, n *node) string { return n.digest() }, func(_ *doc, n *node) string { return n.hash() }}
		}
		// Copies of one file are told apart by their names, and empty files are
		// equal without being the same.
		return []keyer{
			func(_ *doc, n *node) string {
				if h := n.hash(); h != "" {
					return h + "\x00" + path.Base(n.path)
				}
				return ""
			},
			func(_ *doc, n *node) string {
				if n.File != nil && n.File.Size == 0 {
					return ""
				}
				return n.hash()
			},
		}
	case ByName:
		return []keyer{func(d *doc, n *node) string {
			if n.class == classFile {
				return n.path
			}
			name := strings.TrimPrefix(n.Name, d.subject.Name+"/")
			if name == "" {
				return ""
			}
			return n.Group + "\x00" + name
		}}
	}
	return nil
}

// hash is the strongest digest of a component's bytes.
func (n *node) hash() string {
	for _, a := range []bom.HashAlgorithm{bom.SHA256, bom.SHA512, bom.BLAKE3, bom.SHA1} {
		for _, h := range n.Hashes {
			if h.Algorithm == a && h.Value != "" {
				return string(a) + ":" + strings.ToLower(h.Value)
			}
		}
	}
	return ""
}

// sameByRef reports whether equal references mean the same thing. Ours are made
// of roles and paths. Those of other tools can be counters, so they must agree
// with something else.
func sameByRef(a, b *node) bool {
	for _, scheme := range []string{"part:", "file:", "upstream:", "dataset:"} {
		if strings.HasPrefix(string(a.Ref), scheme) {
			return true
		}
	}
	switch {
	case a.PURL != "" && b.PURL != "":
		return purlName(a.PURL) == purlName(b.PURL)
	case a.Group == b.Group && a.Name == b.Name:
		return true
	case a.Role != "" && a.Role == b.Role:
		return true
	}
	return a.hash() != "" && a.hash() == b.hash()
}

// purlName is a package URL without version and qualifiers, which name a state
// of the package and no other one.
func purlName(purl string) string {
	rest, subpath, _ := strings.Cut(purl, "#")
	rest, _, _ = strings.Cut(rest, "?")
	if i := strings.LastIndexByte(rest, '@'); i > strings.LastIndexByte(rest, '/') {
		rest = rest[:i]
	}
	if subpath != "" {
		rest += "#" + subpath
	}
	return rest
}
