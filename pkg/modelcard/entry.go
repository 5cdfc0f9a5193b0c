package modelcard

import (
	"errors"
	"fmt"
	"iter"
	"strings"
)

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

// size is the number of members or items.
func (e entry) size() int {
	if e.value == nil {
		return 0
	}
	return len(e.members)
}

// item returns one member of an object or item of an array.
func (e entry) item(i int) entry {
	m := &e.members[i]
	if e.kind == object {
		return entry{&m.value, e.notes, joinKey(e.key, m.key)}
	}
	return entry{&m.value, e.notes, fmt.Sprintf("%s[%d]", e.key, i)}
}

// all yields the members of an object or the items of an array.
func (e entry) all() iter.Seq[entry] {
	return func(yield func(entry) bool) {
		for i := range e.size() {
			if !yield(e.item(i)) {
				return
			}
		}
	}
}

// items yields the items of an array, or the value itself if it is something
// else, at most limit of them; more are a problem.
func (e entry) items(limit int) iter.Seq[entry] {
	return func(yield func(entry) bool) {
		if e.value == nil {
			return
		}
		if e.kind != array {
			yield(e)
			return
		}
		if n := e.size(); n > limit {
			e.notes.add(e.key, "a list of %d items, of which %d are read", n, limit)
		}
		for i := range min(e.size(), limit) {
			if !yield(e.item(i)) {
				return
			}
		}
	}
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
	var list []Statement
	for item := range e.at(key).items(maxList) {
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
