package index

import "database/sql"

// A score is what the comparison of a query with one content has come to.
type score struct {
	content int64
	aligned [alignments]tally
	hits    [maxProbes]tally
	shapes  int // matrices of the query with a counterpart of their shape
	equal   int // values in common
}

// compare adds the comparison with sketches of one shape and kind.
func (s *score) compare(a *side, k kind, keys, signs, used []byte, size int) {
	if k == stored {
		s.shapes += min(a.stored, len(keys)/4)
	}
	for i := range a.lanes {
		l := &a.lanes[i]
		t := l.join(keys, signs, used, size)
		for n := range s.aligned {
			if l.alignments&(1<<n) != 0 {
				s.aligned[n].add(t)
			}
		}
	}
	for i := range a.probes {
		p := &a.probes[i]
		if t := p.best(signs, used, size); t.z() > s.hits[p.number].z() {
			s.hits[p.number] = t
		}
	}
}

// Thresholds of a search, in standard deviations.
const (
	// minZ is what the aligned matrices of a candidate reach together. By chance
	// one part in 75,000 does in one of four alignments; that costs a comparison.
	minZ = 4.5
	// promisingZ is what the first windows of the matrices reach for all windows
	// to be compared.
	promisingZ = 3
	// hitZ is what the best counterpart of one probe reaches to count, and hits
	// the sum that is needed: one at 6 (chance 10^-9 for each sketch of the
	// shape), or two.
	hitZ = 5
	hits = 6
)

// z is the best of the alignments.
func (s *score) z() float64 {
	var best float64
	for _, t := range s.aligned {
		best = max(best, t.z())
	}
	return best
}

// hitsZ pools the probes that hit; it is 0 when there are too few hits. As the
// best of many it is not the z of a comparison that somebody chose before.
func (s *score) hitsZ() float64 {
	var pool tally
	sum := 0.0
	for _, t := range s.hits {
		if t.z() >= hitZ {
			pool.add(t)
			sum += t.z()
		}
	}
	if sum < hits {
		return 0
	}
	return pool.z()
}

// scan compares the first windows of a query with all sketches of its shapes.
func (s *session) scan(q *query, scores map[int64]*score) error {
	for _, shape := range q.shapes {
		a := q.prefix[shape]
		err := s.each(func(row scanner) error {
			var (
				id, k             int64
				keys, signs, used sql.RawBytes
			)
			if err := row.Scan(&id, &k, &keys, &signs, &used); err != nil {
				return err
			}
			if n := len(keys) / 4; len(keys)%4 != 0 || len(signs) != n*prefixSize || len(used) != 0 && len(used) != len(signs) {
				return damaged("sketches of content %d", id)
			}
			scoreOf(scores, id).compare(a, kind(k), keys, signs, used, prefixSize)
			return nil
		}, "SELECT content, kind, keys, signs, used FROM shape WHERE width = ? AND height = ?",
			int64(shape.width), int64(shape.height))
		if err != nil {
			return err
		}
	}
	return nil
}

func scoreOf(scores map[int64]*score, id int64) *score {
	s := scores[id]
	if s == nil {
		s = &score{content: id}
		scores[id] = s
	}
	return s
}

// refine compares all windows of a query with those of a content.
func (q *query) refine(c *content) *score {
	s := &score{content: c.id, equal: common(q.values, c.values)}
	for i := range c.groups {
		g := &c.groups[i]
		if a := q.full[g.shape]; a != nil {
			s.compare(a, g.kind, g.keys, g.signs, g.used, fullSize)
		}
	}
	return s
}

// common is the number of elements that two sorted lists share.
func common(a, b []uint64) int {
	n := 0
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			a = a[1:]
		case a[0] > b[0]:
			b = b[1:]
		default:
			n++
			a, b = a[1:], b[1:]
		}
	}
	return n
}
