package format

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// An onnxScope is a step on the path to a tensor: a node, an attribute, a
// function. Its label may stand in the file behind what it names, so that paths
// are put together at the end.
type onnxScope struct {
	parent *onnxScope
	label  string // and the whole path when that is done
	done   bool
	// constant is set for a Constant, whose value has the name of its output.
	constant bool
}

// scope returns the path to what the messages on the stack hold, nil for the
// main graph.
func (x *onnxReader) scope() (s *onnxScope) {
	for i := range x.stack {
		t := &x.stack[i]
		switch {
		case t.inner != nil:
		case t.message == onnxModel || t.message == onnxGraph && t.index < 0 && t.step == "":
			continue
		case t.message == onnxTraining:
			t.inner = &onnxScope{parent: s, label: "training_" + itoa(t.index)}
		case t.message == onnxGraph && t.index >= 0:
			t.inner = &onnxScope{parent: s, label: itoa(t.index)}
		default:
			t.inner = &onnxScope{parent: s, label: t.step}
		}
		s = t.inner
	}
	return s
}

// lose records a tensor whose values cannot be read, and why.
func (x *onnxReader) lose(o onnxOwner, format string, args ...any) {
	if x.err != nil || x.full(o.at) {
		return
	}
	x.unread = growOnnx(x.unread, x, o)
	if len(x.reasons) <= MaxNotes {
		x.reasons = append(x.reasons, fmt.Sprintf(format, args...))
	}
}

// nameTensors gives every tensor its path, and one that has the name of another
// a number.
func (x *onnxReader) nameTensors() {
	x.names = MaxOnnxNames
	names := make([]string, 0, len(x.owners)+len(x.unread))
	for _, o := range x.owners {
		names = append(names, x.fullName(o))
	}
	for _, o := range x.unread {
		names = append(names, x.fullName(o))
	}
	x.distinguish(names)
	if x.err != nil {
		return
	}
	for i := range x.h.Tensors {
		x.h.Tensors[i].Name = names[i]
	}
	x.h.Unread = slices.Clip(names[len(x.h.Tensors):])
	for i, reason := range x.reasons {
		x.h.note(x.unread[i].at, "tensor %s is not read: %s", quote(x.h.Unread[i]), reason)
	}
	for _, s := range x.sparse {
		x.entry(s.at, "sparse:"+x.path(s.at, s.scope), Entry{Type: TypeString, Text: shapeText(s.shape)})
	}
}

func (x *onnxReader) fullName(o onnxOwner) string {
	name := x.join(o.at, x.path(o.at, o.scope), o.own)
	if name != "" {
		return name
	}
	x.note(o.at, "a tensor has no name")
	return "unnamed"
}

// distinguish makes names different: of several that are the same, the first
// keeps it and the others get a number that no other name has.
func (x *onnxReader) distinguish(names []string) {
	order := make([]int32, len(names))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Or(strings.Compare(names[a], names[b]), cmp.Compare(a, b)) })
	sorted := make([]string, len(names))
	for i, n := range order {
		sorted[i] = names[n]
	}
	number := int64(1)
	for i := 1; i < len(sorted) && x.err == nil; i++ {
		if sorted[i] != sorted[i-1] {
			number = 1
			continue
		}
		at := x.ownerAt(int(order[i])).at
		for taken := true; taken; {
			number++
			names[order[i]] = x.join(at, sorted[i]+"#"+itoa(number), "")
			_, taken = slices.BinarySearch(sorted, names[order[i]])
		}
		x.note(at, "there are several tensors of one name, this is called %s", names[order[i]])
	}
}

// ownerAt returns an owner by its place in the list of names.
func (x *onnxReader) ownerAt(i int) onnxOwner {
	if i < len(x.owners) {
		return x.owners[i]
	}
	return x.unread[i-len(x.owners)]
}

// path returns the path of a scope. Scopes are nested at most MaxOnnxDepth deep.
func (x *onnxReader) path(at int64, s *onnxScope) string {
	if s == nil {
		return ""
	}
	if !s.done {
		s.done = true
		if above := x.path(at, s.parent); s.parent == nil || !s.parent.constant {
			s.label = x.join(at, above, s.label)
		} else {
			s.label = above
		}
	}
	return s.label
}

// join puts two parts of a path together.
func (x *onnxReader) join(at int64, path, name string) string {
	switch {
	case name == "":
		name = path
	case path != "":
		name = path + "/" + name
	}
	if x.names -= len(name); len(name) > MaxName {
		x.failAt(at, ErrLimit, "a name of %d bytes with the path to it, the limit is %d", len(name), MaxName)
	} else if x.names < 0 {
		x.failAt(at, ErrLimit, "names of more than %d bytes", MaxOnnxNames)
	}
	if x.err != nil {
		return ""
	}
	return name
}

// note records an oddity with a text from the file. Where there are too many,
// nothing is formatted.
func (x *onnxReader) note(at int64, format string, text ...string) {
	if len(x.h.Notes) > MaxNotes {
		return
	}
	var args []any
	for _, s := range text {
		args = append(args, quote(s))
	}
	x.h.note(at, format, args...)
}

func shapeText(shape []uint64) string {
	var b strings.Builder
	for i, d := range shape {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatUint(d, 10))
	}
	return "[" + b.String() + "]"
}
