package license

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

const (
	// minPhrases is the share of a rule's phrases without which there is no
	// match. Texts of one licence that were published twice differ in no more
	// than one phrase of ten; a text cut off in the middle has half of them.
	minPhrases = 0.75
	// minThird is the share that each third of the list must have, so that
	// neither a text that is cut off nor an excerpt is taken for the whole.
	minThird = 0.5
	// minLength is for the words from the first phrase to the last one, and
	// maxLength for those from the title on, as shares of what the rule says: a
	// list of phrases is no licence, nor are phrases scattered over a book.
	minLength, maxLength = 0.5, 1.5
	// maxTries is how many titles of a rule may lead to nothing. It keeps a text
	// of nothing but titles from costing more than its length.
	maxTries = 64
)

// ownMatches finds the licences of own.txt by their distinguishing phrases, in
// the order of their places, not overlapping.
func ownMatches(text []word) []Match { return builtinRules().matches(text) }

func (s *ruleSet) matches(text []word) []Match {
	hits := s.find(text)
	var all []stretch
	for i := range s.rules {
		if len(hits[i]) > 0 {
			all = append(all, s.rules[i].stretches(i, hits[i])...)
		}
	}
	return asMatches(s, disjoint(s, all), text)
}

// A hit is a phrase of a rule in a text. Places are counted in words.
type hit struct {
	start, end int
	role       role
	index      int
}

// find returns the hits of each rule, in the order of their places.
func (s *ruleSet) find(text []word) map[int][]hit {
	numbers := make([]int, len(text))
	for i, w := range text {
		numbers[i] = s.vocabulary[w.text]
	}
	hits := map[int][]hit{}
	for i := 0; i+1 < len(numbers); i++ {
		if numbers[i] == 0 || numbers[i+1] == 0 {
			continue
		}
		for _, p := range s.byPair[[2]int{numbers[i], numbers[i+1]}] {
			end := i + len(s.phrases[p].words)
			if end > len(numbers) || !slices.Equal(numbers[i:end], s.phrases[p].words) {
				continue
			}
			for _, u := range s.phrases[p].uses {
				hits[u.rule] = append(hits[u.rule], hit{i, end, u.role, u.index})
			}
		}
	}
	return hits
}

// A stretch is where a rule matches a text, in words.
type stretch struct {
	rule, start, end int
	found            int
}

// stretches returns where the rule matches.
func (r *rule) stretches(number int, hits []hit) []stretch {
	var out []stretch
	tries := 0
	for i := 0; i < len(hits) && tries < maxTries; i++ {
		if hits[i].role != roleTitle {
			continue
		}
		found, ok := r.read(hits[i:])
		if !ok {
			tries++
			continue
		}
		found.rule = number
		out = append(out, found)
		for i+1 < len(hits) && hits[i+1].start < found.end {
			i++
		}
	}
	return out
}

// A ruleReading is what of a rule has been seen after a title.
type ruleReading struct {
	phrases     uint32 // bits
	last        int    // the highest phrase, -1 before it
	firstPhrase int    // its place, -1 before it
	marks              // of the needs and nots
	// another is set from a title that comes after phrases until the next
	// phrase, which says whether this text goes on or another copy begins.
	// What is seen between them counts only if it goes on.
	another bool
	pending marks
}

// marks are what was seen of needs and nots.
type marks struct {
	needs     uint32 // bits
	first     int    // place of the first need, -1 without
	end       int
	forbidden int // place of the first not, -1 without
}

// read reads on from hits[0], a title, and says whether the rule matches.
func (r *rule) read(hits []hit) (stretch, bool) {
	none := marks{first: -1, forbidden: -1}
	reading := ruleReading{last: -1, firstPhrase: -1, marks: none, pending: none}
	limit := hits[0].start + int(maxLength*float64(r.words))
	for _, h := range hits {
		if h.start > limit || !reading.take(h) {
			break
		}
	}
	if reading.firstPhrase < 0 {
		return stretch{}, false
	}
	first := reading.firstPhrase
	if reading.first >= 0 {
		first = min(first, reading.first)
	}
	found := stretch{start: r.startOf(hits, first, reading.end), end: reading.end, found: bits.OnesCount32(reading.phrases)}
	return found, r.accepts(&reading, found)
}

// take adds a hit; false is the beginning of another copy.
func (g *ruleReading) take(h hit) bool {
	m := &g.marks
	if g.another {
		m = &g.pending
	}
	switch h.role {
	case roleTitle:
		g.another = g.last >= 0
	case roleNot:
		if m.forbidden < 0 {
			m.forbidden = h.start
		}
	case roleNeeds:
		m.need(h)
	case rolePhrase:
		return g.phrase(h)
	}
	return true
}

func (g *ruleReading) phrase(h hit) bool {
	if g.another && h.index <= g.last {
		return false
	}
	if g.another {
		g.merge()
	}
	bit := uint32(1) << h.index
	if g.phrases&bit != 0 {
		return true
	}
	if g.firstPhrase < 0 {
		g.firstPhrase = h.start
	}
	g.phrases |= bit
	g.last = max(g.last, h.index)
	g.end = max(g.end, h.end)
	return true
}

// merge takes what was pending: the text goes on.
func (g *ruleReading) merge() {
	g.needs |= g.pending.needs
	if g.first < 0 {
		g.first = g.pending.first
	}
	g.end = max(g.end, g.pending.end)
	if g.forbidden < 0 {
		g.forbidden = g.pending.forbidden
	}
	g.another, g.pending = false, marks{first: -1, forbidden: -1}
}

func (m *marks) need(h hit) {
	bit := uint32(1) << h.index
	if m.needs&bit != 0 {
		return
	}
	m.needs |= bit
	m.end = max(m.end, h.end)
	if m.first < 0 {
		m.first = h.start
	}
}

// startOf returns the title that the text begins with: of those before the first
// other hit the one that makes it as long as the rule says.
func (r *rule) startOf(hits []hit, first, end int) int {
	start, best := hits[0].start, math.MaxInt
	for _, h := range hits {
		if h.start > first {
			break
		}
		off := end - h.start - r.words
		if h.role == roleTitle && max(off, -off) < best {
			start, best = h.start, max(off, -off)
		}
	}
	return start
}

func (r *rule) accepts(g *ruleReading, found stretch) bool {
	if bits.OnesCount32(g.needs) < r.needs || g.forbidden >= 0 && g.forbidden < g.end {
		return false
	}
	if float64(found.found) < minPhrases*float64(r.phrases) {
		return false
	}
	for third := range 3 {
		from, to := third*r.phrases/3, (third+1)*r.phrases/3
		in := g.phrases >> from & (1<<(to-from) - 1)
		if float64(bits.OnesCount32(in)) < minThird*float64(to-from) {
			return false
		}
	}
	return float64(found.end-g.firstPhrase) >= minLength*float64(r.words) &&
		float64(found.end-found.start) <= maxLength*float64(r.words)
}

// disjoint leaves out what overlaps with a better one: a licence goes before the
// policy that is part of it, then the one that more was found of.
func disjoint(s *ruleSet, all []stretch) []stretch {
	slices.SortStableFunc(all, func(a, b stretch) int {
		policy := func(x stretch) int {
			if s.rules[x.rule].kind == MatchPolicy {
				return 1
			}
			return 0
		}
		return cmp.Or(policy(a)-policy(b), b.found-a.found, a.start-b.start, a.rule-b.rule)
	})
	var out []stretch
	for _, x := range all {
		if !slices.ContainsFunc(out, func(o stretch) bool { return x.start < o.end && o.start < x.end }) {
			out = append(out, x)
		}
	}
	slices.SortFunc(out, func(a, b stretch) int { return a.start - b.start })
	return out
}

func asMatches(s *ruleSet, found []stretch, text []word) []Match {
	var out []Match
	for _, x := range found {
		r := s.rules[x.rule]
		out = append(out, Match{
			Expression: r.expression,
			Kind:       r.kind,
			Start:      text[x.start].start,
			End:        text[x.end-1].end,
			Coverage:   float64(x.found) / float64(r.phrases),
		})
	}
	return out
}
