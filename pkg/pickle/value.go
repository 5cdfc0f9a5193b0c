package pickle

import "strings"

// A Value is one of the types of this file: None, Bool, Int, BigInt, Float,
// Text, Bytes, *Blob, *Tuple, *List, *Dict, *Set, *Global, *Object, *Persistent,
// *Extension and Buffer.
type Value interface{ value() }

type (
	// None is Python's None.
	None struct{}
	// Bool is a boolean.
	Bool bool
	// Int is an integer that fits into 64 bits.
	Int int64
	// BigInt is any other integer, in decimal.
	BigInt string
	// Float is a float.
	Float float64
	// Text is a string, of Python 3 or of Python 2. It may be no valid UTF-8.
	Text string
	// Bytes is a byte string or a bytearray.
	Bytes string
	// Buffer is a buffer that is passed beside the pickle.
	Buffer struct{}
)

// A Blob is a text, a byte string or an integer that is too long to keep.
type Blob struct {
	Kind BlobKind
	// Offset and Size are its place in bytes from the start of the reader, as
	// it is encoded there.
	Offset, Size int64
}

// A BlobKind is what a Blob is.
type BlobKind string

// The kinds of blobs.
const (
	BlobText  BlobKind = "text"
	BlobBytes BlobKind = "bytes"
	BlobInt   BlobKind = "integer"
)

// A Tuple is a tuple.
type Tuple struct{ Items []Value }

// A List is a list.
type List struct{ Items []Value }

// A Set is a set or frozenset.
type Set struct{ Items []Value }

// A Dict is a dictionary: every assignment in its order, so a key that is
// assigned twice is there twice.
type Dict struct{ Entries []Entry }

// An Entry is one assignment of a dictionary.
type Entry struct{ Key, Value Value }

// A Global is something that loading imports.
type Global struct {
	// Module and Name are what Python 3 imports. Written is the dotted name
	// that stands in the pickle when that is a Python 2 name for it.
	Module, Name, Written string
	Offset                int64
	full                  string
}

// String is the dotted name.
func (g *Global) String() string { return g.full }

// An Object is the result of a call.
type Object struct {
	// Op is the opcode that calls: Reduce, NewObj, NewObjEx, Inst or Obj.
	Op byte
	// Class is what is called: a *Global, or the result of another call.
	Class Value
	// Args are the arguments, a *Tuple in a sane pickle. Kwargs are there for
	// NewObjEx only.
	Args, Kwargs Value
	Offset       int64
	content      *content
}

// content is what is put into an object after it was made.
type content struct {
	state   []Value
	items   []Value
	entries []Entry
}

// State returns the states that BUILD sets, in their order.
func (o *Object) State() []Value {
	if o.content == nil {
		return nil
	}
	return o.content.state
}

// Items returns what is appended to the object.
func (o *Object) Items() []Value {
	if o.content == nil {
		return nil
	}
	return o.content.items
}

// Entries returns what is assigned to the object's keys.
func (o *Object) Entries() []Entry {
	if o.content == nil {
		return nil
	}
	return o.content.entries
}

func (o *Object) more() *content {
	if o.content == nil {
		o.content = new(content)
	}
	return o.content
}

// A Persistent is a value that lies outside of the pickle, under an id.
type Persistent struct {
	ID     Value
	Offset int64
}

// An Extension is a code of the extension registry of module copyreg, which
// stands for a global that the pickle does not name.
type Extension struct{ Code int64 }

func (None) value()        {}
func (Bool) value()        {}
func (Int) value()         {}
func (BigInt) value()      {}
func (Float) value()       {}
func (Text) value()        {}
func (Bytes) value()       {}
func (Buffer) value()      {}
func (*Blob) value()       {}
func (*Tuple) value()      {}
func (*List) value()       {}
func (*Set) value()        {}
func (*Dict) value()       {}
func (*Global) value()     {}
func (*Object) value()     {}
func (*Persistent) value() {}
func (*Extension) value()  {}

// IsGlobal reports whether a value is one of the globals with the given dotted
// names.
func IsGlobal(v Value, names ...string) bool {
	g, ok := v.(*Global)
	if !ok {
		return false
	}
	for _, n := range names {
		if g.full == n {
			return true
		}
	}
	return false
}

// newGlobal names a global. Before protocol 3, Python 2 names stand for those
// of Python 3.
func newGlobal(module, name string, protocol int, offset int64) *Global {
	g := &Global{Module: module, Name: name, Offset: offset, full: module + "." + name}
	if protocol < 3 {
		if m, n := python3(module, name); m != module || n != name {
			g.Module, g.Name, g.Written, g.full = m, n, g.full, m+"."+n
		}
	}
	return g
}

// sane reports whether a dotted name is made of letters, digits and underscores
// of ASCII, as Python's own modules are.
func sane(name string) bool {
	for i := range len(name) {
		c := name[i]
		if !(c == '_' || c == '.' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z') {
			return false
		}
	}
	return name != "" && !strings.HasPrefix(name, ".") && !strings.HasSuffix(name, ".") && !strings.Contains(name, "..")
}
