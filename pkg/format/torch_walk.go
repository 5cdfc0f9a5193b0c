package format

import (
	"strconv"
	"strings"

	"github.com/modelbom/modelbom/pkg/pickle"
)

// Limits on finding the tensors of one file.
const (
	// maxTorchTensors bounds the tensors. A pickle of package pickle's largest
	// size describes some 350,000; names of one tensor may be more.
	maxTorchTensors = 500_000
	// maxTorchSteps bounds the values that are looked at. Values that are
	// shared are looked at along every path, of which there may be too many.
	maxTorchSteps = 4_000_000
)

// A torchWalk finds the tensors in what a pickle makes, along every path.
type torchWalk struct {
	stack []torchStep
	steps int
	// found is the number of tensors when a container was entered, or minus one
	// minus the number of those in it when it was left.
	found map[pickle.Value]int
	// names counts how often a name was wanted.
	names map[string]int
	// resolve is set where persistent ids are tensors and not storages.
	resolve func(name string, p *pickle.Persistent)
}

// A torchStep is a value to look at under a name, or a container to leave.
type torchStep struct {
	name  string
	value pickle.Value
	leave bool
}

// limit makes a name known, and reports whether there may be another tensor.
func (w *torchWalk) limit(t *torchReader, name string, at int64) bool {
	switch {
	case t.err != nil:
	case len(w.names) >= maxTorchTensors:
		t.fail(at, ErrLimit, "more than %d tensors", maxTorchTensors)
	case len(name) > MaxName:
		t.fail(at, ErrLimit, "a tensor's name of %d bytes, the limit is %d", len(name), MaxName)
	default:
		return true
	}
	return false
}

// free returns a name that no tensor has: the one that is wanted, or with a
// number behind it.
func (w *torchWalk) free(name string) string {
	if w.names == nil {
		w.names = map[string]int{}
	}
	free := name
	for w.names[free] > 0 {
		w.names[name]++
		free = name + "#" + strconv.Itoa(w.names[name])
	}
	w.names[free]++
	return free
}

// tensors adds the tensors that can be reached from a value, under a name.
func (t *torchReader) tensors(name string, root pickle.Value) {
	w := &t.walk
	w.found = map[pickle.Value]int{}
	w.stack = append(w.stack[:0], torchStep{name: name, value: root})
	for len(w.stack) > 0 && t.err == nil {
		step := w.stack[len(w.stack)-1]
		w.stack = w.stack[:len(w.stack)-1]
		if step.leave {
			w.found[step.value] = -1 - (t.count() - w.found[step.value])
			continue
		}
		if w.steps++; w.steps > maxTorchSteps {
			t.fail(0, ErrLimit, "more than %d values to look at", maxTorchSteps)
			return
		}
		t.step(step)
	}
}

func (t *torchReader) count() int { return len(t.h.Tensors) + len(t.h.Unread) }

// step looks at one value.
func (t *torchReader) step(s torchStep) {
	switch v := s.value.(type) {
	case *pickle.Dict:
		if t.enter(s) {
			t.push(s.name, v.Entries)
		}
	case *pickle.List:
		t.pushItems(s, v.Items)
	case *pickle.Tuple:
		t.pushItems(s, v.Items)
	case *pickle.Set:
		t.pushItems(s, v.Items)
	case *pickle.Persistent:
		if t.walk.resolve != nil {
			t.walk.resolve(s.name, v)
			return
		}
		t.bare(s.name, v)
	case *pickle.Object:
		t.object(s, v)
	}
}

// enter begins a container, unless it is being walked already or is known to
// hold no tensor.
func (t *torchReader) enter(s torchStep) bool {
	w := &t.walk
	if n, seen := w.found[s.value]; seen && n >= -1 {
		return false
	}
	w.found[s.value] = t.count()
	w.stack = append(w.stack, torchStep{value: s.value, leave: true})
	return true
}

// push puts the entries of a dictionary on the stack, so that the first is
// looked at first. Of a key that is assigned twice the last value counts.
func (t *torchReader) push(name string, entries []pickle.Entry) {
	last := map[pickle.Text]bool{}
	for i := len(entries) - 1; i >= 0; i-- {
		if key, ok := entries[i].Key.(pickle.Text); ok {
			if last[key] {
				continue
			}
			last[key] = true
		}
		if holds(entries[i].Value) {
			t.pushOne(join(name, keyName(entries[i].Key)), entries[i].Value)
		}
	}
}

func (t *torchReader) pushItems(s torchStep, items []pickle.Value) {
	if len(items) == 0 || !t.enter(s) {
		return
	}
	for i := len(items) - 1; i >= 0; i-- {
		if holds(items[i]) {
			t.pushOne(join(s.name, strconv.Itoa(i)), items[i])
		}
	}
}

func (t *torchReader) pushOne(name string, v pickle.Value) {
	if len(t.walk.stack) >= maxTorchSteps || len(name) > 4*MaxName {
		t.fail(0, ErrLimit, "values nested too deep at %s", quote(name))
		return
	}
	t.walk.stack = append(t.walk.stack, torchStep{name: name, value: v})
}

// holds reports whether a value may hold tensors.
func holds(v pickle.Value) bool {
	switch v.(type) {
	case *pickle.Dict, *pickle.List, *pickle.Tuple, *pickle.Set, *pickle.Object, *pickle.Persistent:
		return true
	}
	return false
}

// join adds a part to a dotted name.
func join(name, part string) string {
	if name == "" {
		return part
	}
	return name + "." + part
}

// keyName is the text of a dictionary's key.
func keyName(v pickle.Value) string {
	if s, ok := v.(pickle.Text); ok {
		return strings.ToValidUTF8(string(s), "\uFFFD")
	}
	return strings.ToValidUTF8(pickle.Describe(v), "\uFFFD")
}
