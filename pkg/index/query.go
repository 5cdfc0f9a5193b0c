package index

import (
	"cmp"
	"encoding/binary"
	"hash/fnv"
	"slices"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// Alignments are ways in which all matrices of a part may lie to those of a
// reference: as they are, transposed, with the rotary pairs of the other order,
// or in pieces. Each pools all matrices, so that no matrix chooses what suits it
// best, which would find agreement everywhere.
const alignments = 4

// A query is a part in question, packed like the contents that it is compared
// with: once with the first windows and once with all.
type query struct {
	shapes   []shape // that have anything to compare, sorted
	prefix   map[shape]*side
	full     map[shape]*side
	values   []uint64
	matrices int
}

// A side is what a query has of one shape.
type side struct {
	lanes  []lane
	probes []probe
	stored int // matrices that are stored in this shape
}

// A lane holds sketches of views that belong to the same alignments.
type lane struct {
	alignments uint8 // a bit for each
	keys       []byte
	signs      []byte
	used       []byte
}

// A probe is one sketch that is compared with all of its shape.
type probe struct {
	number      int // of the matrix, below maxProbes
	signs, used []byte
}

// maxProbes is the number of matrices that are compared with every matrix of
// their shapes. They find models of other names, with layers left out or moved:
// one of them is enough.
const maxProbes = 8

// probesOfShape is the number of probes of one shape while there are others: a
// model whose width was changed somewhere keeps some shapes only.
const probesOfShape = 2

// newQuery leaves out matrices whose values are in skip. It is nil when nothing
// is left.
func newQuery(p *fingerprint.Part, skip map[uint64]bool) *query {
	all := slices.DeleteFunc(views(p), func(v viewed) bool { return skip[valueOf(v.tensor)] })
	if len(all) == 0 || len(all) > maxViews*4 {
		return nil
	}
	slices.SortFunc(all, func(a, b viewed) int {
		return cmp.Or(cmp.Compare(a.width, b.width), cmp.Compare(a.height, b.height), cmp.Compare(a.key, b.key),
			cmp.Compare(a.kind, b.kind), cmp.Compare(a.tensor.Name, b.tensor.Name), cmp.Compare(a.view.Transform, b.view.Transform))
	})
	q := &query{values: values(p, skip)}
	for _, v := range all {
		if v.kind == stored {
			q.matrices++
		}
		if len(q.shapes) == 0 || q.shapes[len(q.shapes)-1] != v.shape {
			q.shapes = append(q.shapes, v.shape)
		}
	}
	chosen := chooseProbes(all)
	q.prefix, q.full = sides(all, chosen, prefixWindows), sides(all, chosen, fingerprint.MaxWindows)
	return q
}

func sides(all []viewed, chosen map[*fingerprint.TensorPrint]int, windows int) map[shape]*side {
	has := map[*fingerprint.TensorPrint]uint8{} // a bit for each kind
	for _, v := range all {
		has[v.tensor] |= 1 << v.kind
	}
	sides := map[shape]*side{}
	for _, v := range all {
		s := sides[v.shape]
		if s == nil {
			s = new(side)
			sides[v.shape] = s
		}
		s.lane(alignmentsOf(v.kind, has[v.tensor])).add(v, windows)
		if v.kind == stored {
			s.stored++
		}
		// Rotary pairs concern two matrices of a layer: the others find the model.
		if n, ok := chosen[v.tensor]; ok && v.kind != rotary {
			signs, used := packWindows(nil, nil, v.view.Windows, windows)
			if allUsed(used) {
				used = nil
			}
			s.probes = append(s.probes, probe{n, signs, used})
		}
	}
	for _, s := range sides {
		for i := range s.lanes {
			if allUsed(s.lanes[i].used) {
				s.lanes[i].used = nil
			}
		}
	}
	return sides
}

// alignmentsOf are those that a view of a kind belongs to, as bits: alignment k
// takes the views of kind k, and of matrices that have none, the stored ones.
// Only transposition concerns all matrices.
func alignmentsOf(k kind, has uint8) uint8 {
	if k != stored {
		return 1 << k
	}
	return 1<<stored | (1<<arranged|1<<rotary)&^has
}

func (s *side) lane(alignments uint8) *lane {
	for i := range s.lanes {
		if s.lanes[i].alignments == alignments {
			return &s.lanes[i]
		}
	}
	s.lanes = append(s.lanes, lane{alignments: alignments})
	return &s.lanes[len(s.lanes)-1]
}

func (l *lane) add(v viewed, windows int) {
	l.keys = binary.LittleEndian.AppendUint32(l.keys, v.key)
	l.signs, l.used = packWindows(l.signs, l.used, v.view.Windows, windows)
}

// chooseProbes numbers matrices in the order of a hash of their sketches, a few
// of each shape first.
func chooseProbes(all []viewed) map[*fingerprint.TensorPrint]int {
	type hashed struct {
		viewed
		hash uint64
	}
	var list []hashed
	for _, v := range all {
		if v.kind == stored {
			signs, used := packWindows(nil, nil, v.view.Windows, fingerprint.MaxWindows)
			h := fnv.New64a()
			h.Write(signs)
			h.Write(used)
			list = append(list, hashed{v, h.Sum64()})
		}
	}
	slices.SortStableFunc(list, func(a, b hashed) int { return cmp.Compare(a.hash, b.hash) })
	chosen, ofShape := map[*fingerprint.TensorPrint]int{}, map[shape]int{}
	for _, limit := range []int{probesOfShape, maxProbes} {
		for _, v := range list {
			_, already := chosen[v.tensor]
			if already || len(chosen) == maxProbes || ofShape[v.shape] >= limit {
				continue
			}
			chosen[v.tensor] = len(chosen)
			ofShape[v.shape]++
		}
	}
	return chosen
}

// join compares a lane with sketches of one shape of a reference: those with
// equal keys with one another. Size is the bytes of a sketch.
func (l *lane) join(keys, signs, used []byte, size int) tally {
	if string(l.keys) == string(keys) { // models of one architecture
		return agreement(l.signs, signs, l.used, used)
	}
	var sum tally
	merge(l.keys, keys, func(i, j int) {
		sum.add(agreement(one(l.signs, i, size), one(signs, j, size), one(l.used, i, size), one(used, j, size)))
	})
	return sum
}

// merge calls f with the places of equal keys in two sorted lists of them. Of
// keys that stand there several times each is taken once.
func merge(a, b []byte, f func(i, j int)) {
	for i, j := 0, 0; i < len(a)/4 && j < len(b)/4; {
		x, y := binary.LittleEndian.Uint32(a[4*i:]), binary.LittleEndian.Uint32(b[4*j:])
		switch {
		case x < y:
			i++
		case x > y:
			j++
		default:
			f(i, j)
			i++
			j++
		}
	}
}

// one is the i-th sketch of packed ones; nothing of a mask that is not kept.
func one(packed []byte, i, size int) []byte {
	if len(packed) == 0 {
		return nil
	}
	return packed[i*size : (i+1)*size]
}

// minProbeBits is the number of used bits below which a probe's match says
// nothing.
const minProbeBits = 64

// best is the tally of the sketch that agrees most with a probe.
func (p *probe) best(signs, used []byte, size int) tally {
	var best tally
	if len(p.used) == 0 && len(used) == 0 {
		least := 8 * size
		for rest := signs; len(rest) >= size; rest = rest[size:] {
			least = min(least, difference(p.signs, rest[:size]))
		}
		return tally{8*size - 2*least, 8 * size}
	}
	for i := range len(signs) / size {
		t := agreement(p.signs, one(signs, i, size), p.used, one(used, i, size))
		if t.n >= minProbeBits && t.z() > best.z() {
			best = t
		}
	}
	return best
}
