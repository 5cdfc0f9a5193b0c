package license

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/modelbom/modelbom/pkg/wording"
)

const (
	// minOwnShare is the share of a text's words that must lie in matches for it
	// to be a use policy, and nothing else.
	minOwnShare = 0.5
	// maxOwnBefore and maxOwnBehind are how many words may stand before and
	// behind a licence that a rule of ours found, the latter as a share of its
	// words. A rule knows phrases and not every word, so that the licence goes on
	// behind the last one: by a tenth at most in the texts that were read. A
	// clause that was added there is not seen.
	maxOwnBefore = 2 * maxOutside
	maxOwnBehind = 0.15
)

// conclude finds everything in a text and says what it amounts to.
func conclude(s string) Identification {
	ws := words(s)
	if len(ws) == 0 {
		return Identification{Reason: "no words in it"}
	}
	builtin := readBuiltin(s)
	own := ownMatches(ws)
	c := conclusion{text: s, words: ws, builtin: builtin, matches: merge(own, builtin.matches, tagsIn(s), addressesIn(s))}
	c.own = slices.ContainsFunc(own, func(m Match) bool { return m.Kind == MatchText && slices.Contains(c.matches, m) })
	around := newSurround(s, ws, c.matches, patternText{})
	id := Identification{Matches: c.matches, Coverage: around.coverage()}
	id.Expression, id.Reason = c.expression(around)
	return id
}

// merge puts the matches in the order of their places. Of two that overlap the
// weightier is kept: a whole licence before a notice, a tag or an address, and of two
// licences ours, unless a pattern found all of it in the text of another, word for word.
func merge(own []Match, builtin []formMatch, tags, addresses []Match) []Match {
	var texts, rest []Match
	for _, b := range builtin {
		if b.Kind == MatchText && !slices.ContainsFunc(own, func(m Match) bool { return overlap(m, b.Match) && !within(m, b.Match) }) {
			texts = append(texts, b.Match)
		} else if b.Kind != MatchText {
			rest = append(rest, b.Match)
		}
	}
	kept := place(nil, texts)
	kept = place(kept, own)
	kept = place(kept, rest)
	kept = place(kept, tags)
	return place(kept, addresses)
}

func overlap(a, b Match) bool { return a.Start < b.End && b.Start < a.End }

func within(a, b Match) bool { return b.Start <= a.Start && a.End <= b.End }

// place adds those matches that have room among the kept, which are in order.
func place(kept, more []Match) []Match {
	byStart := func(a, b Match) int { return cmp.Compare(a.Start, b.Start) }
	out := slices.Clone(kept)
	for _, m := range more {
		i, _ := slices.BinarySearchFunc(kept, m, byStart)
		if len(out) == maxMatches || m.Start >= m.End || i > 0 && kept[i-1].End > m.Start || i < len(kept) && kept[i].Start < m.End {
			continue
		}
		out = append(out, m)
	}
	slices.SortStableFunc(out, byStart)
	return slices.CompactFunc(out, overlap)
}

// A conclusion is drawn from everything that was found in a text.
type conclusion struct {
	text    string
	words   []word
	builtin builtinText
	matches []Match
	own     bool // a rule of ours found a whole licence
}

// expression returns the licence that the text is, or why it is none.
func (c *conclusion) expression(around *surround) (expression, reason string) {
	texts := c.named(MatchText)
	switch {
	case len(texts) == 0:
		return "", c.noText(around)
	case slices.Equal(texts, []string{"GPL-3.0", "LGPL-3.0"}):
		// LGPL-3.0 is a supplement that incorporates GPL-3.0, and both are
		// published in one file.
		texts = texts[1:]
	case len(texts) > 1:
		return "", "several licences: " + strings.Join(texts, ", ")
	}
	if len(c.matches) == maxMatches {
		return "", "too many licences and addresses of licences to tell which one it is"
	}
	if w := c.mixed(); w != "" {
		return "", "a word of letters of several alphabets that look alike: " + fmt.Sprintf("%+q", w)
	}
	return c.one(texts[0])
}

// one decides about a text that has one licence.
func (c *conclusion) one(licence string) (expression, reason string) {
	for _, m := range c.matches {
		if m.Kind != MatchText && !sameLicence(m.Expression, licence) {
			return "", fmt.Sprintf("the text of %s, but it also names %s", licence, m.Expression)
		}
	}
	around := newSurround(c.text, c.words, c.matches, c.patternText())
	if c.own {
		return c.ownLicence(licence, around)
	}
	if around.changes() {
		return "", fmt.Sprintf("the text of %s, with %s beside it that may change it: %q", licence, wording.CountThousands(len(around.outside), "word", "words"), quote(around.outside))
	}
	return licence, ""
}

// ownLicence decides about a licence that a rule of ours found.
func (c *conclusion) ownLicence(licence string, around *surround) (expression, reason string) {
	first := c.matches[0].Start
	n := 0
	for n < len(c.words) && c.words[n].start < first {
		n++
	}
	before := newSurround(c.text[:first], c.words[:n], nil, patternText{titles: wordTexts(licence)}).outside
	if len(before) > maxOwnBefore || slices.ContainsFunc(before, func(w string) bool { return isRestricting(w) && !slices.Contains(titular, w) }) {
		return "", fmt.Sprintf("the text of %s, with %s before it that may change it: %q", licence, wording.CountThousands(len(before), "word", "words"), quote(before))
	}
	if behind := len(c.words) - n - around.covered; float64(behind) > maxOwnBehind*float64(around.covered) {
		return "", fmt.Sprintf("the text of %s, with %s behind it that may change it", licence, wording.CountThousands(behind, "word", "words"))
	}
	return licence, ""
}

// named returns the expressions of the matches of a kind, sorted.
func (c *conclusion) named(kind MatchKind) []string {
	var out []string
	for _, m := range c.matches {
		if m.Kind == kind {
			out = append(out, m.Expression)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// sameLicence reports whether what a notice or a tag names is the licence whose
// text is there: for the GNU licences with either suffix, which the text leaves open.
func sameLicence(named, text string) bool {
	for _, suffix := range []string{"-only", "-or-later", "+"} {
		named = strings.TrimSuffix(named, suffix)
	}
	return named == text || named == "GPL-3.0" && text == "LGPL-3.0"
}

// A patternText is what the patterns have whose whole text is there.
type patternText struct {
	grams  map[gram]bool
	titles []string // words of the licence's names
}

func (c *conclusion) patternText() patternText {
	p := patternText{grams: map[gram]bool{}}
	done := map[int]bool{}
	for _, m := range c.builtin.matches {
		if m.Kind != MatchText || done[m.pattern] {
			continue
		}
		done[m.pattern] = true
		lre := patterns()[m.pattern].LRE
		p.titles = append(p.titles, wordTexts(headComment(lre))...)
		grams, _ := patternGrams(nil, withoutComments(lre))
		for _, e := range grams {
			p.grams[e.hash] = true
		}
	}
	return p
}

// mixed returns a word that has letters of more than one alphabet which are
// drawn alike, as nobody writes who means it; empty if there is none.
func (c *conclusion) mixed() string {
	for _, w := range c.words {
		latin, other := false, false
		for _, r := range w.text {
			latin = latin || unicode.Is(unicode.Latin, r)
			other = other || unicode.In(r, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee) && r != 'µ' && r != 'μ'
		}
		if latin && other {
			return w.text
		}
	}
	return ""
}
