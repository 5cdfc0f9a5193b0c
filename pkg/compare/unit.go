package compare

import (
	"math/bits"
	"strings"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// Bounds on what is looked at of one part. Models of this age have up to
// 100,000 tensors (experts stored one by one) and 200 layers.
const (
	maxUnits  = 200_000
	maxLayers = 2048
)

// A side is one of the two parts, made ready to be compared.
type side struct {
	part *fingerprint.Part
	// units are the matrices as they are stored, pieces their other views.
	units, pieces []*unit
	layers        int // 1 + the largest layer of a matrix
	bytes         float64
	shapes        map[shape][]*unit
	slots         map[slot][]*unit
	other         map[shape][]*unit // pieces
	byTensor      map[int]*unit     // units by index in the part
}

type shape struct{ rows, cols uint64 }

// A slot is where names place a matrix. It chooses what is compared with what,
// and is no evidence.
type slot struct {
	family        string
	layer, expert int
}

// A unit is a matrix, or a view of one, whose signs are compared.
type unit struct {
	side  *side
	index int // of the tensor in its part
	print *fingerprint.TensorPrint
	view  *fingerprint.View
	first bool // the tensor as it is stored
	slot  slot
	shape shape
	bytes float64 // of the stored tensor that this unit stands for
	share float64 // of the tensor's elements
	n     int     // windows
	signs [fingerprint.MaxWindows]uint32
	used  [fingerprint.MaxWindows]uint32
	// balanced is set when every bit of every window is used and half of them
	// are set, as in all matrices without ties. two holds two windows a word.
	balanced bool
	two      [fingerprint.MaxWindows / 2]uint64
}

func newSide(p *fingerprint.Part) *side {
	s := &side{part: p, shapes: map[shape][]*unit{}, slots: map[slot][]*unit{}, other: map[shape][]*unit{}, byTensor: map[int]*unit{}}
	for i := range p.Tensors {
		t := &p.Tensors[i]
		if t.Class != fingerprint.Matrix || len(t.Views) == 0 || len(s.units) >= maxUnits {
			continue
		}
		u := newUnit(s, i, t, &t.Views[0])
		u.first = true
		s.units = append(s.units, u)
		s.byTensor[i] = u
		s.shapes[u.shape] = append(s.shapes[u.shape], u)
		s.slots[u.slot] = append(s.slots[u.slot], u)
		s.layers = max(s.layers, u.slot.layer+1)
		s.bytes += u.bytes
		for v := 1; v < len(t.Views) && len(s.pieces) < maxUnits; v++ {
			p := newUnit(s, i, t, &t.Views[v])
			s.pieces = append(s.pieces, p)
			s.other[p.shape] = append(s.other[p.shape], p)
		}
	}
	return s
}

func newUnit(s *side, index int, t *fingerprint.TensorPrint, v *fingerprint.View) *unit {
	u := &unit{
		side: s, index: index, print: t, view: v, slot: slotOf(t), shape: shape{v.Rows, v.Cols},
		bytes: float64(max(t.Bytes, 1)), share: shareOf(t, v), balanced: true,
	}
	u.bytes *= u.share
	u.n = min(len(v.Windows), fingerprint.MaxWindows)
	for i, w := range v.Windows[:u.n] {
		u.used[i], u.signs[i] = w.Used, w.Signs&w.Used
		u.balanced = u.balanced && w.Used == 1<<32-1 && bits.OnesCount32(w.Signs) == fingerprint.WindowSize/2
		u.two[i/2] |= uint64(u.signs[i]) << (i % 2 * 32)
	}
	return u
}

// shareOf is the share of a tensor's elements that a view stands for. Of stacked
// experts only some have views, which stand for the others.
func shareOf(t *fingerprint.TensorPrint, v *fingerprint.View) float64 {
	if strings.HasPrefix(v.Transform, "expert ") {
		n := 0
		for i := range t.Views {
			if strings.HasPrefix(t.Views[i].Transform, "expert ") {
				n++
			}
		}
		return 1 / float64(n)
	}
	all, some := float64(t.Views[0].Rows)*float64(t.Views[0].Cols), float64(v.Rows)*float64(v.Cols)
	if !(all > 0) || some >= all {
		return 1
	}
	return some / all
}

// kind names the arrangement that a view belongs to: of a tensor, views of one
// kind are the whole or do not overlap ("rows 0:768" and "rows 768:1536").
func (u *unit) kind() string { return strings.TrimRight(u.view.Transform, "0123456789:/ ") }

// slotOf places a tensor by what its name seems to say. Names whose role is not
// known are their own role, with the numbers left out.
func slotOf(t *fingerprint.TensorPrint) slot {
	s := slot{t.Role, t.Layer, t.Expert}
	if s.family == "" {
		s.family = "?" + pattern(t.Name)
	}
	if s.layer < 0 || s.layer >= maxLayers {
		s.layer = -1
	}
	if s.expert < 0 {
		s.expert = -1
	}
	return s
}

// pattern replaces each number in a name by "#".
func pattern(name string) string {
	var b strings.Builder
	digit := false
	for i := range len(name) {
		c := name[i]
		if c >= '0' && c <= '9' {
			if !digit {
				b.WriteByte('#')
			}
			digit = true
			continue
		}
		digit = false
		b.WriteByte(c)
	}
	return b.String()
}
