package index

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
)

// Bounds of the search for equal values.
const (
	// maxLookups is the number of values that are looked up; of more, those with
	// the smallest digests. Other matches are found by their sketches.
	maxLookups = 1024
	// maxHolders is the number of contents that are named for one value, those
	// with the smallest digests. A value that more have, the embedding of a
	// popular model, is one of many of theirs.
	maxHolders = 64
)

// errStop ends session.each early and never leaves this package.
var errStop = errors.New("stop")

// holders finds the contents that have values.
func (s *session) holders(values []uint64) (map[uint64][]int64, error) {
	wanted := make([]int64, len(values))
	for i, v := range values {
		wanted[i] = int64(v)
	}
	slices.Sort(wanted) // as the database orders them
	found := map[uint64][]int64{}
	for len(wanted) > 0 {
		n := min(batch, len(wanted))
		args := make([]any, n)
		for i, v := range wanted[:n] {
			args[i] = v
		}
		full := int64(0)
		err := s.each(func(row scanner) error {
			var hash, content int64
			if err := row.Scan(&hash, &content); err != nil {
				return err
			}
			if len(found[uint64(hash)]) == maxHolders {
				full = hash
				return errStop // and go on behind this value
			}
			found[uint64(hash)] = append(found[uint64(hash)], content)
			return nil
		}, "SELECT hash, content FROM digest WHERE hash IN ("+marks(n)+") ORDER BY hash, content", args...)
		switch {
		case err == errStop:
			at, _ := slices.BinarySearch(wanted, full)
			wanted = wanted[at+1:]
		case err != nil:
			return nil, err
		default:
			wanted = wanted[n:]
		}
	}
	return found, nil
}

// Commodity tells which of the values (digests of tensors, fingerprint's Value)
// are commodity: computed or copied constants that say nothing of where weights
// come from, though nothing in them shows it.
//
// A value is commodity when two parts in the index have it, of models with
// different families (an empty family is not known to differ), that have no
// other match: they share no more than one value in twenty of the smaller part,
// or this one, and the sketches of their other matrices agree no more than by
// chance.
//
// Of the values asked for, which are to be those of one part, no more than one in
// twenty (or one) is commodity: otherwise none is.
//
// This is the only way in which adding a model may change what is said of
// another: what was taken for a sign of descent turns out to be common property.
// A borrowed tensor becomes commodity only when the index holds both the lender
// and the borrower, under different families, and nothing else was borrowed.
func (x *Index) Commodity(ctx context.Context, values [][sha256.Size]byte) (map[[sha256.Size]byte]bool, error) {
	var short []uint64
	for _, v := range values {
		if n := binary.BigEndian.Uint64(v[:]); n != 0 {
			short = append(short, n)
		}
	}
	slices.Sort(short)
	short = slices.Compact(short)
	common := map[uint64]bool{}
	err := x.read(ctx, func(s *session) error {
		found, err := s.holders(short)
		if err == nil {
			common, err = s.commodity(found, len(short))
		}
		return err
	})
	result := map[[sha256.Size]byte]bool{}
	for _, v := range values {
		if common[binary.BigEndian.Uint64(v[:])] {
			result[v] = true
		}
	}
	return result, err
}

// Bounds and thresholds of what is commodity.
const (
	// maxPairs is the number of pairs of parts that are compared for one value,
	// maxPairContents the number of parts for all: constants are shared by all
	// pairs.
	maxPairs        = 16
	maxPairContents = 64
	// sharedOf: one in so many values may be shared by unrelated parts.
	sharedOf = 20
)

// commodity keeps those of the values that are commodity, of so many that were
// asked for. No part is made of commodity: where more than one value in twenty
// would be, somebody may have spread its matrices over models of other families,
// and none is left out.
func (s *session) commodity(found map[uint64][]int64, asked int) (map[uint64]bool, error) {
	common, err := s.commonProperty(found)
	if err != nil || len(common) > max(1, asked/sharedOf) {
		return nil, err
	}
	return common, nil
}

// commonProperty keeps those of the values that unrelated parts have.
func (s *session) commonProperty(found map[uint64][]int64) (map[uint64]bool, error) {
	families, err := s.families(found)
	if err != nil {
		return nil, err
	}
	p := pairs{session: s, contents: map[int64]*content{}, known: map[[2]int64]bool{}}
	values := make([]uint64, 0, len(found))
	for v := range found {
		values = append(values, v)
	}
	slices.Sort(values)
	common := map[uint64]bool{}
	for _, v := range values {
		yes, err := p.strangers(found[v], families)
		if err != nil {
			return nil, err
		}
		if yes {
			common[v] = true
		}
	}
	return common, nil
}

// families are those of the models that have a content, without empty ones.
func (s *session) families(found map[uint64][]int64) (map[int64][]string, error) {
	var contents []int64
	for _, list := range found {
		if len(list) > 1 {
			contents = append(contents, list...)
		}
	}
	slices.Sort(contents)
	contents = slices.Compact(contents)
	families := map[int64][]string{}
	for len(contents) > 0 {
		n := min(batch, len(contents))
		args := make([]any, n)
		for i, c := range contents[:n] {
			args[i] = c
		}
		contents = contents[n:]
		err := s.each(func(row scanner) error {
			var content int64
			var family string
			err := row.Scan(&content, &family)
			families[content] = append(families[content], family)
			return err
		}, "SELECT DISTINCT p.content, m.family FROM part p JOIN model m ON m.id = p.model WHERE m.family <> '' AND p.content IN ("+marks(n)+")", args...)
		if err != nil {
			return nil, err
		}
	}
	return families, nil
}

// pairs remembers which contents are strangers to one another.
type pairs struct {
	*session
	contents map[int64]*content
	known    map[[2]int64]bool
}

// strangers reports whether two of the contents have different families and no
// match beside what they share.
func (p *pairs) strangers(contents []int64, families map[int64][]string) (bool, error) {
	tried := 0
	for i, a := range contents {
		for _, b := range contents[i+1:] {
			if tried == maxPairs {
				return false, nil
			}
			if !different(families[a], families[b]) {
				continue
			}
			tried++
			if yes, err := p.pair(a, b); err != nil || yes {
				return yes, err
			}
		}
	}
	return false, nil
}

func different(a, b []string) bool {
	return len(a) > 0 && len(b) > 0 && !slices.ContainsFunc(a, func(f string) bool { return slices.Contains(b, f) })
}

func (p *pairs) pair(a, b int64) (bool, error) {
	at := [2]int64{a, b}
	if known, ok := p.known[at]; ok {
		return known, nil
	}
	for _, id := range at {
		if p.contents[id] != nil {
			continue
		}
		if len(p.contents) >= maxPairContents {
			return false, nil
		}
		c, err := p.content(id)
		if err != nil {
			return false, err
		}
		p.contents[id] = c
	}
	p.known[at] = unrelated(p.contents[a], p.contents[b])
	return p.known[at], nil
}

// unrelated reports that two contents share few values, and that their other
// matrices agree by chance. Matrices with equal values have equal sketches.
func unrelated(a, b *content) bool {
	if common(a.values, b.values) > max(1, min(len(a.values), len(b.values))/sharedOf) {
		return false
	}
	var rest tally
	for i := range a.groups {
		g := &a.groups[i]
		at, ok := slices.BinarySearchFunc(b.groups, g, func(x group, y *group) int {
			return cmp.Or(cmp.Compare(x.width, y.width), cmp.Compare(x.height, y.height), cmp.Compare(x.kind, y.kind))
		})
		if !ok {
			continue
		}
		h := &b.groups[at]
		merge(g.keys, h.keys, func(i, j int) {
			t := agreement(one(g.signs, i, fullSize), one(h.signs, j, fullSize), one(g.used, i, fullSize), one(h.used, j, fullSize))
			if t.t != t.n {
				rest.add(t)
			}
		})
	}
	return rest.z() < minZ
}
