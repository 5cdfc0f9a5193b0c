package modelcard

import (
	"errors"
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

func (v *value) get(key string) *value {
	for i := range v.members {
		if v.kind == object && v.members[i].key == key {
			return &v.members[i].value
		}
	}
	return nil
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
	keys := keySet{}
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
		if !keys.put(&v, key, child) {
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

// A keySet finds members by key. Small objects are searched, for large ones it
// keeps a map.
type keySet struct{ index map[string]int }

const smallObject = 16

// put adds or replaces a member and reports whether the key was new.
func (k *keySet) put(v *value, key string, child value) bool {
	if i, ok := k.find(v, key); ok {
		v.members[i].value = child
		return false
	}
	v.members = append(v.members, member{key, child})
	if k.index != nil {
		k.index[key] = len(v.members) - 1
	} else if len(v.members) > smallObject {
		k.index = make(map[string]int, 2*smallObject)
		for i := range v.members {
			k.index[v.members[i].key] = i
		}
	}
	return true
}

func (k *keySet) find(v *value, key string) (int, bool) {
	if k.index != nil {
		i, ok := k.index[key]
		return i, ok
	}
	for i := range v.members {
		if v.members[i].key == key {
			return i, true
		}
	}
	return 0, false
}

// An entry is a value with its place, for taking statements out of it.
type entry struct {
	*value
	notes *notes
	key   string
}

// at returns the member with the given key; its value is nil when there is none
// or when it is null, which publishers write for "not stated".
func (e entry) at(key string) entry {
	child := entry{notes: e.notes, key: joinKey(e.key, key)}
	if e.value != nil {
		child.value = e.get(key)
	}
	if child.value != nil && child.kind == null {
		child.value = nil
	}
	return child
}

// all returns the members of an object or the items of an array.
func (e entry) all() []entry {
	if e.value == nil {
		return nil
	}
	list := make([]entry, len(e.members))
	for i := range e.members {
		m := &e.members[i]
		list[i] = entry{&m.value, e.notes, fmt.Sprintf("%s[%d]", e.key, i)}
		if e.kind == object {
			list[i].key = joinKey(e.key, m.key)
		}
	}
	return list
}

// is reports whether the value is there and of the given kind. A value of
// another kind is a problem.
func (e entry) is(want kind) bool {
	if e.value == nil {
		return false
	}
	if e.kind != want {
		e.wrong(want.String())
	}
	return e.kind == want
}

func (e entry) wrong(want string) {
	e.notes.add(e.key, "%s where %s should be", e.kind, want)
}

// text is the statement under a key that must be a string.
func (e entry) text(key string) Statement {
	if c := e.at(key); c.is(text) {
		return c.statement(c.value.text)
	}
	return Statement{}
}

// scalar is the statement under a key that may be a string, a number or a
// boolean.
func (e entry) scalar(key string) Statement {
	c := e.at(key)
	if c.value == nil {
		return Statement{}
	}
	if c.kind == array || c.kind == object {
		c.wrong("a single value")
		return Statement{}
	}
	return c.statement(c.value.text)
}

// first is the statement under the first of several keys that is there.
func (e entry) first(keys ...string) Statement {
	for _, key := range keys {
		if e.at(key).value != nil {
			return e.scalar(key)
		}
	}
	return Statement{}
}

// texts are the statements under a key that may be a string or a list of them.
func (e entry) texts(key string) []Statement {
	return e.named(key)
}

// named is like texts, for lists whose items may be objects that hold their
// name under one of the given keys.
func (e entry) named(key string, names ...string) []Statement {
	c := e.at(key)
	if c.value == nil {
		return nil
	}
	items := []entry{c}
	if c.kind == array {
		items = c.all()
	}
	var list []Statement
	for _, item := range items {
		if len(list) == maxList {
			e.notes.add(c.key, "a list of %d items, of which %d are read", len(items), maxList)
			break
		}
		if s := item.name(names); !s.IsZero() {
			list = append(list, s)
		}
	}
	return list
}

func (e entry) name(names []string) Statement {
	switch {
	case e.kind == null:
		return Statement{}
	case e.kind == object && len(names) > 0:
		if s := e.first(names...); !s.IsZero() {
			return s
		}
		e.notes.add(e.key, "the object has no %q", names[0])
		return Statement{}
	case e.kind != text:
		e.wrong("a string")
		return Statement{}
	}
	return e.statement(e.value.text)
}

// maxInline bounds the items of a list of scalars that is taken as one value,
// such as one number per layer.
const maxInline = 256

// inline is the value as one statement if it is a scalar or a short list of
// scalars, which is written as "[1, 2]".
func (e entry) inline() (Statement, error) {
	switch {
	case e.value == nil || e.kind == null:
		return Statement{}, nil
	case e.kind == object:
		return Statement{}, errors.New("an object where a single value should be")
	case e.kind != array:
		return e.statement(e.value.text), nil
	case len(e.members) > maxInline:
		return Statement{}, fmt.Errorf("a list of %d items where a single value should be", len(e.members))
	}
	items := make([]string, len(e.members))
	for i := range e.members {
		v := &e.members[i].value
		if v.kind == array || v.kind == object {
			return Statement{}, errors.New("a nested list where a single value should be")
		}
		items[i] = v.text
		if v.kind == null {
			items[i] = "null"
		}
	}
	return e.statement("[" + strings.Join(items, ", ") + "]"), nil
}

// statement makes a statement at this place. An empty value states nothing.
func (e entry) statement(v string) Statement {
	if v == "" {
		return Statement{}
	}
	if len(v) > MaxValue {
		e.notes.add(e.key, "a value of %d bytes was cut to %d", len(v), MaxValue)
	}
	return Statement{e.notes.path, e.key, cut(v, MaxValue)}
}
