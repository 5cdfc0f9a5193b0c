package index

import (
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// A shape is that of a view. Only sketches of equal shapes are compared: they
// have their windows at equal places.
type shape struct{ width, height uint64 }

// A kind says what a view is of its tensor.
type kind int

const (
	// stored: the tensor as it is.
	stored kind = iota
	// arranged: as other checkpoints store it or a piece of it. References are
	// found by these views too.
	arranged
	// transposed and rotary: views that only a part in question is searched by.
	// What they would find of a reference, its stored view finds.
	transposed
	rotary
)

func kindOf(v *fingerprint.View) kind {
	switch v.Transform {
	case fingerprint.Stored:
		return stored
	case fingerprint.Transposed:
		return transposed
	case fingerprint.RotaryPairs:
		return rotary
	}
	return arranged
}

// A viewed is one view of one matrix with the name by which it is aligned.
type viewed struct {
	shape
	kind   kind
	key    uint32
	tensor *fingerprint.TensorPrint
	view   *fingerprint.View
}

// views returns the views of a part's matrices. Those of constants and of
// tensors that are no matrices tell nothing of where weights come from.
func views(p *fingerprint.Part) []viewed {
	var all []viewed
	keys := newNamer()
	for _, i := range byName(p) {
		t := &p.Tensors[i]
		if t.Class != fingerprint.Matrix {
			continue
		}
		place := 0
		for j := range t.Views {
			v := &t.Views[j]
			at := viewed{shape: shape{v.Cols, v.Rows}, kind: kindOf(v), tensor: t, view: v}
			at.key = keys.key(at.shape, at.kind, nameOf(t, v, place))
			if strings.Contains(v.Transform, "rows ") {
				place++
			}
			if informative(v) {
				all = append(all, at)
			}
		}
	}
	return all
}

// byName are the numbers of a part's tensors in byte order of their names, which
// they should be in already.
func byName(p *fingerprint.Part) []int {
	numbers := make([]int, len(p.Tensors))
	for i := range numbers {
		numbers[i] = i
	}
	slices.SortStableFunc(numbers, func(i, j int) int { return strings.Compare(p.Tensors[i].Name, p.Tensors[j].Name) })
	return numbers
}

func informative(v *fingerprint.View) bool {
	for _, w := range v.Windows {
		if w.Used != 0 {
			return true
		}
	}
	return false
}

// nameOf is the name by which a view of a tensor is aligned: role, layer and
// expert, or the end of the tensor's name without its numbers when it says no
// role. Pieces of a tensor are named as if they were stored apart; place is the
// number of a range of rows.
func nameOf(t *fingerprint.TensorPrint, v *fingerprint.View, place int) string {
	role, expert := t.Role, strconv.Itoa(t.Expert)
	if role == "" {
		role = bareName(t.Name)
	}
	if number, ok := strings.CutPrefix(v.Transform, "expert "); ok {
		expert = number
	}
	if strings.Contains(v.Transform, "rows ") {
		if joined := joinedRoles(role); place < len(joined) {
			role = joined[place]
		} else {
			role += "/" + strconv.Itoa(place)
		}
	}
	return role + " " + strconv.Itoa(t.Layer) + " " + expert
}

func bareName(name string) string {
	parts := strings.Split(name, ".")
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return -1
		}
		return r
	}, strings.Join(parts[max(0, len(parts)-2):], "."))
}

// joinedRoles are the roles of what a tensor of a role joins, in the order of its
// rows.
func joinedRoles(role string) []string {
	if base, ok := strings.CutSuffix(role, "attention.qkv"); ok {
		base += "attention."
		return []string{base + "q", base + "k", base + "v"}
	}
	if base, ok := strings.CutSuffix(role, "mlp.gate-up"); ok {
		return []string{base + "mlp.gate", base + "mlp.up"}
	}
	return nil
}

// A namer makes keys. Where several views of one shape have one name, the second
// and later ones are numbered in the order of the tensors.
type namer struct{ seen map[named]int }

type named struct {
	shape
	kind kind
	name string
}

func newNamer() *namer { return &namer{seen: map[named]int{}} }

func (n *namer) key(s shape, k kind, name string) uint32 {
	if k == arranged {
		k = stored // each is aligned with the other
	}
	at := named{s, k, name}
	number := n.seen[at]
	n.seen[at]++
	h := fnv.New32a()
	h.Write([]byte(name + " " + strconv.Itoa(number)))
	return h.Sum32()
}
