package modelcard

import (
	"fmt"
	"io"
	"strings"
)

// A value is a node of a decoded JSON or YAML document.
type value struct {
	kind kind
	text string // of a scalar, as written; strings are decoded
	// members holds the members of an object in file order, with unique keys,
	// or the items of an array, without keys.
	members []member
	// index finds the members of a large object, nil for a small one.
	index map[string]int
}

type member struct {
	key   string
	value value
}

// A kind is a JSON type.
type kind byte

const (
	null kind = iota
	boolean
	number
	text
	array
	object
)

func (k kind) String() string {
	return [...]string{"null", "a boolean", "a number", "a string", "a list", "an object"}[k]
}

// smallObject is the number of members up to which an object is searched; a
// larger one has an index.
const smallObject = 16

func (v *value) find(key string) (int, bool) {
	if v.index != nil {
		i, ok := v.index[key]
		return i, ok
	}
	for i := range v.members {
		if v.kind == object && v.members[i].key == key {
			return i, true
		}
	}
	return 0, false
}

func (v *value) get(key string) *value {
	if i, ok := v.find(key); ok {
		return &v.members[i].value
	}
	return nil
}

// put adds or replaces a member and reports whether the key was new.
func (v *value) put(key string, child value) bool {
	if i, ok := v.find(key); ok {
		v.members[i].value = child
		return false
	}
	v.members = append(v.members, member{key, child})
	switch n := len(v.members); {
	case v.index != nil:
		v.index[key] = n - 1
	case n > smallObject:
		v.index = make(map[string]int, 2*n)
		for i := range v.members {
			v.index[v.members[i].key] = i
		}
	}
	return true
}

// readJSON reads a JSON document of at most MaxFile bytes whose outermost value
// is of the given kind. What comes after the first error in it is lost, with a
// problem; if that is everything, the error is returned.
func readJSON(n *notes, r io.Reader, want kind) (*value, error) {
	b := builder{notes: n, scanner: newScanner(r, MaxFile, MaxFile)}
	root, err := b.document()
	if err != nil && len(root.members) == 0 {
		return nil, fmt.Errorf("read JSON: %w", err)
	}
	if root.kind != want {
		return nil, fmt.Errorf("read JSON: %s where %s should be", root.kind, want)
	}
	if err != nil {
		n.add("", "read up to an error: %v", err)
	}
	return &root, nil
}

// A builder turns tokens into a tree.
type builder struct {
	*scanner
	notes  *notes
	path   []string // keys and indexes that lead to the current value
	values int
}

func (b *builder) document() (value, error) {
	t, err := b.next()
	if err != nil {
		return value{}, err
	}
	root, err := b.build(t)
	if err == nil {
		_, err = b.next()
	}
	return root, err
}

// build returns the value that token t begins. Together with an error it
// returns what was read before. The depth is bounded by the scanner.
func (b *builder) build(t token) (value, error) {
	if b.values++; b.values > maxValues {
		return value{}, fmt.Errorf("more than %d values", maxValues)
	}
	switch t {
	case tokenObject:
		return b.object()
	case tokenArray:
		return b.array()
	case tokenNull:
		return value{}, nil
	case tokenBool:
		return value{kind: boolean, text: string(b.text)}, nil
	case tokenNumber:
		return value{kind: number, text: string(b.text)}, nil
	}
	b.noteBad("")
	return value{kind: text, text: string(b.text)}, nil
}

func (b *builder) object() (value, error) {
	v := value{kind: object}
	for {
		t, err := b.next()
		if err != nil || t == tokenEnd {
			return v, err
		}
		key := string(b.text)
		b.noteBad(key)
		b.path = append(b.path, key)
		if t, err = b.next(); err != nil {
			return v, err
		}
		child, err := b.build(t)
		b.path = b.path[:len(b.path)-1]
		if !v.put(key, child) {
			b.notes.add(b.key(key), "the key is given more than once; the last value counts")
		}
		if err != nil {
			return v, err
		}
	}
}

func (b *builder) array() (value, error) {
	v := value{kind: array}
	for {
		t, err := b.next()
		if err != nil || t == tokenEnd {
			return v, err
		}
		b.path = append(b.path, "")
		child, err := b.build(t)
		b.path = b.path[:len(b.path)-1]
		v.members = append(v.members, member{value: child})
		if err != nil {
			return v, err
		}
	}
}

func (b *builder) noteBad(key string) {
	if b.bad {
		b.notes.add(b.key(key), "the text holds bytes that are not text; they were replaced")
	}
}

// key joins the current path and one more element. Items of arrays are shown
// as "[]", since the tree does not count them while it is built.
func (b *builder) key(last string) string {
	var key string
	for _, e := range append(b.path[:len(b.path):len(b.path)], last) {
		switch {
		case e != "":
			key = joinKey(key, e)
		case key != "" && !strings.HasSuffix(key, "[]"):
			key += "[]"
		}
	}
	return strings.TrimSuffix(key, "[]")
}
