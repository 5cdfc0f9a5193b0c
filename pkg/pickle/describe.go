package pickle

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds on a description: its length in bytes, the items of a collection, and
// the depth, which also ends cycles.
const (
	maxDescription = 240
	maxItems       = 8
	maxDepth       = 5
)

// Describe returns a value in the manner of Python, in a bounded length.
func Describe(v Value) string {
	d := &describer{}
	d.value(v, 0)
	if d.b.Len() <= maxDescription {
		return d.b.String()
	}
	s := d.b.String()[:maxDescription]
	for len(s) > 0 && !utf8.RuneStart(d.b.String()[len(s)]) {
		s = s[:len(s)-1]
	}
	return s + "..."
}

type describer struct{ b strings.Builder }

func (d *describer) value(v Value, depth int) {
	if d.b.Len() > maxDescription {
		return
	}
	if depth == maxDepth {
		d.b.WriteString("...")
		return
	}
	switch v := v.(type) {
	case *Tuple:
		d.items("(", v.Items, ")", depth)
	case *List:
		d.items("[", v.Items, "]", depth)
	case *Set:
		d.items("{", v.Items, "}", depth)
	case *Dict:
		d.entries(v.Entries, depth)
	case *Object:
		d.value(v.Class, depth+1)
		d.arguments(v, depth)
	case *Persistent:
		d.b.WriteString("persistent ")
		d.value(v.ID, depth+1)
	default:
		d.b.WriteString(scalar(v))
	}
}

func scalar(v Value) string {
	switch v := v.(type) {
	case None:
		return "None"
	case Bool:
		if v {
			return "True"
		}
		return "False"
	case Int:
		return strconv.FormatInt(int64(v), 10)
	case BigInt:
		return string(v)
	case Float:
		return strconv.FormatFloat(float64(v), 'g', -1, 64)
	case Text:
		return quote(string(v))
	case Bytes:
		return "b" + quote(string(v))
	case *Blob:
		return string(v.Kind) + " of " + strconv.FormatInt(v.Size, 10) + " bytes"
	case *Global:
		return plain(v.full)
	case *Extension:
		return "extension " + strconv.FormatInt(v.Code, 10)
	case Buffer:
		return "buffer"
	}
	return "nothing"
}

func (d *describer) items(open string, items []Value, end string, depth int) {
	d.b.WriteString(open)
	for i, v := range items {
		if i > 0 {
			d.b.WriteString(", ")
		}
		if i == maxItems {
			d.b.WriteString("...")
			break
		}
		d.value(v, depth+1)
	}
	if open == "(" && len(items) == 1 {
		d.b.WriteString(",")
	}
	d.b.WriteString(end)
}

func (d *describer) entries(entries []Entry, depth int) {
	d.b.WriteString("{")
	for i, e := range entries {
		if i > 0 {
			d.b.WriteString(", ")
		}
		if i == maxItems {
			d.b.WriteString("...")
			break
		}
		d.value(e.Key, depth+1)
		d.b.WriteString(": ")
		d.value(e.Value, depth+1)
	}
	d.b.WriteString("}")
}

func (d *describer) arguments(o *Object, depth int) {
	if t, ok := o.Args.(*Tuple); ok {
		d.b.WriteString("(")
		for i, v := range t.Items {
			if i > 0 {
				d.b.WriteString(", ")
			}
			if i == maxItems {
				d.b.WriteString("...")
				break
			}
			d.value(v, depth+1)
		}
		d.b.WriteString(")")
		return
	}
	d.b.WriteString("(*")
	d.value(o.Args, depth+1)
	d.b.WriteString(")")
}

// quote quotes a text from a pickle in a bounded length.
func quote(s string) string {
	const keep = 100
	if len(s) > keep {
		return strconv.Quote(s[:keep]) + "..."
	}
	return strconv.Quote(s)
}

// plain returns a name as it is when it is an ordinary one, else quoted.
func plain(s string) string {
	if sane(s) && len(s) <= maxDescription {
		return s
	}
	return quote(s)
}
