package license

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

const (
	// maxCandidates is how many patterns are read strictly. The largest family
	// of licences that are much alike has 30.
	maxCandidates = 40
	// maxCandidateBytes is how many bytes of patterns are compiled, a
	// millisecond for 12 KB. The longest pattern has 52 KB, and families of long
	// ones are small.
	maxCandidateBytes = 600 << 10
	// maxScanBytes is how many bytes of text are scanned, all patterns together,
	// a millisecond for 20 KB. It bounds only texts that are several licences long.
	maxScanBytes = 4 << 20
	// minCandidate is the share of a form's grams that the text must have. A
	// text that is the form has no less than a third of them in general, since
	// alternatives are counted and of them a text has one. HPND, which is all
	// alternatives, has a tenth. Measured over the SPDX list.
	minCandidate = 0.08
	// likely is below what part of the share of a pattern that matched another
	// one is not tried in the same place.
	likely = 0.6
	// scanMargin is how far beyond the first and the last gram of a pattern the
	// text is scanned, in bytes: what a sample of one in sixteen can leave out,
	// and the 50 words that licensecheck looks back for a copyright line.
	scanMargin = 4 << 10
	// maxStarts is of how many matches of a pattern it is looked where they
	// begin; with more of them the text as a whole is no licence.
	maxStarts = 8
	// maxCopyrights is how often the word is taken away: licensecheck looks back
	// over 50 words.
	maxCopyrights = 50
)

// A builtinText is the reading of a text with licensecheck's patterns.
type builtinText struct {
	matches    []formMatch
	candidates []candidate // the likeliest first
}

// A formMatch is a pattern that matched.
type formMatch struct {
	Match
	pattern int
	share   float64 // of the reading that found it
}

// A candidate is a form that the text may have.
type candidate struct {
	form       int
	share      float64 // of the form's grams that the text has
	start, end int     // the bytes from the first to the last of them
}

// readBuiltin finds the licences that licensecheck knows.
func readBuiltin(s string) builtinText {
	table := gramsOfPatterns()
	b := builtinText{candidates: table.candidates(s)}
	var all []formMatch
	for _, r := range table.readings(b.candidates, len(s)) {
		if !slices.ContainsFunc(all, func(m formMatch) bool { return r.pointless(m) }) {
			all = append(all, r.scan(s)...)
		}
	}
	b.matches = longest(all)
	return b
}

// pointless reports whether a reading can add nothing to a match: all that made
// it likely lies in the match, and made another pattern much likelier.
func (r reading) pointless(m formMatch) bool {
	return m.Kind == MatchText && m.Start <= r.first && r.last <= m.End && r.share < likely*m.share
}

// A reading is one pattern to read one stretch of the text with.
type reading struct {
	pattern     int
	start, end  int     // the stretch
	first, last int     // where the grams are that the two have in common
	share       float64 // of the pattern's
}

// readings returns the likeliest patterns within the limits.
func (t *gramTable) readings(candidates []candidate, length int) []reading {
	var out []reading
	compiled, scanned := 0, 0
	for _, c := range candidates {
		r := reading{
			pattern: t.forms[c.form].pattern, share: c.share, first: c.start, last: c.end,
			start: max(c.start-scanMargin, 0), end: min(c.end+scanMargin, length),
		}
		if i := slices.IndexFunc(out, func(o reading) bool { return o.pattern == r.pattern }); i >= 0 {
			o := &out[i]
			o.start, o.end, o.first, o.last = min(o.start, r.start), max(o.end, r.end), min(o.first, r.first), max(o.last, r.last)
			continue
		}
		compiled += len(patterns()[r.pattern].LRE)
		scanned += r.end - r.start
		if len(out) == maxCandidates || compiled > maxCandidateBytes || scanned > maxScanBytes {
			break
		}
		out = append(out, r)
	}
	return out
}

// scan returns the pattern's matches. Each pattern has a scanner of its own,
// which is much faster to build than one for all: patterns that begin alike
// make many states together.
func (r reading) scan(s string) []formMatch {
	p := patterns()[r.pattern]
	scanner, err := licensecheck.NewScanner([]licensecheck.License{p})
	if err != nil {
		return nil // the library's own patterns are well formed
	}
	var out []formMatch
	for _, m := range scanner.Scan([]byte(s[r.start:r.end])).Match {
		if len(out) == maxMatches {
			break
		}
		start, end := r.start+m.Start, r.start+m.End
		if len(out) < maxStarts {
			start = trueStart(scanner, s, start, end)
		}
		start, end = trim(s, start, end)
		if m, ok := kindOf(r.pattern, s[start:end]); ok {
			m.Start, m.End = start, end
			out = append(out, formMatch{m, r.pattern, r.share})
		}
	}
	return out
}

// copyrightMark is what licensecheck takes for the word copyright.
var copyrightMark = regexp.MustCompile(`(?i)\bcopyright\b|\(c\)|©`)

// trueStart is where the pattern itself begins. The scanner begins a match at
// the first copyright line of the 50 words before it, whatever stands between
// the two, and that can be a condition. Such words are taken away one by one as
// long as the match stays the same otherwise.
func trueStart(scanner *licensecheck.Scanner, s string, start, end int) int {
	part := []byte(s[start:end])
	at := 0
	for range maxCopyrights {
		line := part[at:]
		if n := bytes.IndexByte(line, '\n'); n >= 0 {
			line = line[:n]
		}
		mark := copyrightMark.FindIndex(line)
		if mark == nil {
			break
		}
		for i := mark[0]; i < mark[1]; i++ {
			line[i] = ' '
		}
		again := scanner.Scan(part).Match
		if len(again) != 1 || again[0].End != len(part) || again[0].Start < at ||
			countWords(s[start+at:start+again[0].Start]) > maxCopyrights+1 {
			break
		}
		at = again[0].Start
	}
	return start + at
}

// trim takes white space off both ends.
func trim(s string, start, end int) (int, int) {
	end = start + len(strings.TrimRight(s[start:end], " \t\r\n"))
	return end - len(strings.TrimLeft(s[start:end], " \t\r\n")), end
}

// longest leaves matches that do not overlap, the longest ones, in the order of
// their places. Of two that match the same the likelier one is kept, and then the
// one of the earlier pattern, as licensecheck does, where the special come before
// the general.
func longest(all []formMatch) []formMatch {
	slices.SortFunc(all, func(a, b formMatch) int {
		return cmp.Or(cmp.Compare(b.End-b.Start, a.End-a.Start), cmp.Compare(b.share, a.share), cmp.Compare(a.pattern, b.pattern), cmp.Compare(a.Start, b.Start))
	})
	var kept []formMatch
	for _, m := range all {
		i, _ := slices.BinarySearchFunc(kept, m.Start, func(k formMatch, start int) int { return cmp.Compare(k.Start, start) })
		if i > 0 && kept[i-1].End > m.Start || i < len(kept) && kept[i].Start < m.End {
			continue
		}
		kept = slices.Insert(kept, i, m)
	}
	return kept
}

// candidates returns the forms that the text may have, the likeliest first.
func (t *gramTable) candidates(s string) []candidate {
	found := make([]candidate, len(t.forms))
	t.eachGram(s, func(e gramEntry, again bool, start, end int) {
		c := &found[e.form]
		if c.end == 0 {
			c.start = start
		}
		c.end = end
		if !again {
			c.share++
		}
	})
	out := found[:0]
	for i, c := range found {
		c.form = i
		c.share /= float64(max(t.forms[i].grams, 1))
		if c.share >= minCandidate {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b candidate) int { return cmp.Compare(b.share, a.share) })
	return out
}

// eachGram calls do for each gram of the table wherever the text has it, with
// whether it had it before, and with the bytes of its words.
func (t *gramTable) eachGram(s string, do func(e gramEntry, again bool, start, end int)) {
	seen := make([]bool, len(t.entries))
	w := newWindow()
	var starts [gramWords]int
	for i := 0; i < len(s); {
		h, start, end := nextWord(s[i:])
		if start == end {
			return
		}
		starts[w.n%gramWords] = i + start
		i += end
		g, ok := w.add(h, end-start)
		if !ok {
			continue
		}
		entries, first := t.bucket(g)
		for k, e := range entries {
			if e.hash == g {
				do(e, seen[int(first)+k], starts[w.n%gramWords], i)
				seen[int(first)+k] = true
			}
		}
	}
}
