package license

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// What stands beside a licence in its file decides whether the file is that
// licence. Names, copyright lines, a title and the licence's own instructions
// change nothing. A condition does, and it can be short: "for research only".

const (
	// maxOutside is how many words may stand beside a licence, not counting
	// those that change nothing. It is room for the name of a project and whom
	// it is from; a clause is longer or has one of the words below.
	maxOutside = 12
	// maxTitle and maxCopyright are how many words a title and a
	// copyright line have at most.
	maxTitle     = 12
	maxCopyright = 40
	// minKnownRun is how many words of the licence's own must follow each other
	// beside it to change nothing: more than a clause takes.
	minKnownRun = 16
	// maxQuote is how many words a reason quotes.
	maxQuote = 8
)

// conditional are beginnings of words that conditions are made of; those that
// end in a dot are whole words. A line that has one is not passed over.
var conditional = []string{
	"academ", "accept", "addend", "addition", "agree", "all.", "any.", "but.", "cannot.", "clause", "commerc", "condition",
	"consent", "distribut", "dual", "educat", "either.", "except", "exclu", "fee.", "fees.", "forbid", "free.", "govern", "grant", "however.", "if.",
	"illegal", "instead", "internal", "law", "liab", "licen", "limit", "may.", "militar", "must.", "never.", "no.", "non.", "noncomm", "nonprofit", "not.",
	"notwithstanding", "nicht", "nur.", "only.", "or.", "other.", "patent", "permi", "personal", "private", "prohib", "provided", "purpose", "redistrib",
	"require", "research", "reserv", "restrict", "right", "sell", "shall.", "should.", "solely", "subject", "term.", "terms.", "trademark", "train",
	"under.", "unless", "use.", "used.", "user", "using.", "warrant", "will.", "without.",
}

// titular are words that titles are made of, besides the names of licences.
var titular = []string{
	"agreement", "code", "commons", "conditions", "copy", "creative", "data", "database", "distribution", "full", "grant", "international",
	"legal", "licence", "license", "licences", "licenses", "of", "open", "permissive", "public", "software", "statement", "terms", "text",
	"the", "v", "version",
}

// longName are what the parts of the identifiers of Creative Commons stand for.
var longName = map[string]string{
	"cc": "commons", "by": "attribution", "nc": "noncommercial", "nd": "noderivs", "sa": "sharealike",
}

// restricting are the words of conditional that make a copyright line more than
// one; names of people and companies have some of the others.
var restricting = []string{
	"agreement", "allowed", "approval", "commercial", "commercially", "conditions", "consent", "evaluation", "except", "forbidden", "free", "if",
	"licence", "license", "licensed", "licenses", "may", "must", "never", "no", "non", "noncommercial", "not", "only", "permission", "permitted", "personal",
	"prohibited", "provided", "purpose", "purposes", "restricted", "shall", "solely", "subject", "terms", "under", "unless", "use", "used", "without",
}

// isRestricting is for copyright lines, and for what stands before a licence that
// a rule of ours found.
func isRestricting(w string) bool { return slices.Contains(restricting, w) }

// isConditional also holds for letters that are not Latin: what is not
// understood may be a condition.
func isConditional(w string) bool {
	for _, c := range conditional {
		if whole, ok := strings.CutSuffix(c, "."); ok && w == whole || !ok && strings.HasPrefix(w, c) {
			return true
		}
	}
	return strings.ContainsFunc(w, func(r rune) bool { return unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r) })
}

// where a word is.
type where uint8

const (
	beside  where = iota
	inMatch       // in a match
	passed        // beside the matches, and it changes nothing
)

// A surround is a text around the matches of one licence.
type surround struct {
	text    string
	words   []word
	inside  []where
	counted int // words that count for the coverage
	covered int // of these, those that lie in matches

	vocabulary map[string]bool // words of the matches
	titles     map[string]bool // words of their names
	outside    []string        // what is left
	binding    bool            // it has a word of a condition
}

// newSurround looks around the matches. What the licence's pattern has itself
// changes nothing wherever it stands: an appendix, a preamble, a title.
func newSurround(t string, words []word, matches []Match, licence patternText) *surround {
	s := &surround{text: t, words: words, inside: make([]where, len(words)), vocabulary: map[string]bool{}, titles: map[string]bool{}}
	for _, m := range matches {
		first, _ := slices.BinarySearchFunc(words, m.Start, func(w word, at int) int { return w.start - at })
		for i := first; i < len(words) && words[i].end <= m.End; i++ {
			s.inside[i] = inMatch
			s.covered++
			s.vocabulary[words[i].text] = true
		}
		for _, w := range wordTexts(m.Expression) {
			s.titles[w] = true
			s.titles[longName[w]] = true
		}
	}
	s.counted = s.covered
	s.passAddresses()
	for _, w := range licence.titles {
		s.titles[w] = true
	}
	s.passPlaceholders()
	s.passKnown(licence.grams)
	for i := 0; i < len(words); {
		n := s.paragraph(i)
		s.judge(i, i+n)
		i += n
	}
	return s
}

func wordTexts(s string) []string {
	var out []string
	for _, w := range words(s) {
		out = append(out, w.text)
	}
	return out
}

// pass passes over a word, if it does not lie in a match.
func (s *surround) pass(i int) {
	if s.inside[i] == beside {
		s.inside[i] = passed
	}
}

// passAddresses passes over the words of addresses.
func (s *surround) passAddresses() {
	i := 0
	for _, at := range addressPlaces(s.text) {
		for i < len(s.words) && s.words[i].start < at[0] {
			i++
		}
		for i < len(s.words) && s.words[i].end <= at[1] {
			s.pass(i)
			i++
		}
	}
}

// placeholder is what a template has to be replaced.
var placeholder = regexp.MustCompile(`<[^<>]{1,200}>|\[[^][]{1,200}\]|\{[^{}]{1,200}\}`)

// passPlaceholders passes over what a template leaves to be filled in, if it is
// no condition.
func (s *surround) passPlaceholders() {
	i := 0
	for _, at := range placeholder.FindAllStringIndex(s.text, -1) {
		for i < len(s.words) && s.words[i].start < at[0] {
			i++
		}
		end := i
		for end < len(s.words) && s.words[end].end <= at[1] {
			end++
		}
		if !slices.ContainsFunc(s.words[i:end], func(w word) bool { return isConditional(w.text) }) {
			for ; i < end; i++ {
				s.pass(i)
			}
		}
		i = end
	}
}

// passKnown passes over runs of words that the licence's pattern has in the same
// order. A short run may be made of the licence's phrases and say something else.
func (s *surround) passKnown(known map[gram]bool) {
	if known == nil {
		return
	}
	w := newWindow()
	first, end := 0, 0 // of the run
	flush := func() {
		if end-first >= minKnownRun {
			for k := first; k < end; k++ {
				s.pass(k)
			}
		}
	}
	for i, v := range s.words {
		if s.inside[i] == inMatch {
			w.n = 0
			continue
		}
		h, start, stop := nextWord(s.text[v.start:v.end])
		g, ok := w.add(h, stop-start)
		if !ok || !known[g] {
			continue
		}
		if i-gramWords+1 > end {
			flush()
			first = i - gramWords + 1
		}
		end = i + 1
	}
	flush()
}

// paragraph returns how many words there are from word i to the next empty line.
func (s *surround) paragraph(i int) int {
	n := 1
	for i+n < len(s.words) && !hasEmptyLine(s.text[s.words[i+n-1].end:s.words[i+n].start]) {
		n++
	}
	return n
}

func hasEmptyLine(between string) bool {
	return strings.Count(between, "\n") > 1 || strings.Count(between, "\r") > 1 && !strings.Contains(between, "\n")
}

// judge counts the words of a paragraph that are not inside, unless they change
// nothing. The part before the first copyright sign may be a title, the parts
// after each say who has the rights.
func (s *surround) judge(start, end int) {
	var part []string
	owner := false
	finish := func() {
		switch {
		case len(part) == 0:
		case owner && isCopyright(part):
		default:
			part = withoutPhrase(part, "all", "rights", "reserved")
			s.counted += len(part)
			if !s.isTitle(part) {
				s.outside = append(s.outside, part...)
				s.binding = s.binding || slices.ContainsFunc(part, isConditional)
			}
		}
		part = nil
	}
	for i := start; i < end; i++ {
		if s.inside[i] != beside {
			continue
		}
		if i > start && s.inside[i-1] == inMatch {
			finish()
			owner = false
		}
		if s.isMark(i) {
			finish()
			owner = true
		}
		part = append(part, s.words[i].text)
	}
	finish()
}

// isMark reports whether word i is or follows a copyright sign.
func (s *surround) isMark(i int) bool {
	w := s.words[i]
	before := s.text[max(w.start-4, 0):w.start]
	return w.text == "copyright" || w.text == "copyrights" || w.text == "c" && strings.HasSuffix(before, "(") || strings.Contains(before, "©")
}

// isCopyright holds for words that say who has the rights, and nothing else.
func isCopyright(part []string) bool {
	rest := withoutPhrase(withoutPhrase(part, "all", "rights", "reserved"), "free", "software", "foundation")
	return len(rest) <= maxCopyright && !slices.ContainsFunc(rest, isRestricting)
}

// withoutPhrase takes the phrase out once.
func withoutPhrase(words []string, phrase ...string) []string {
	for i := range words {
		if i+len(phrase) <= len(words) && slices.Equal(words[i:i+len(phrase)], phrase) {
			return slices.Concat(words[:i], words[i+len(phrase):])
		}
	}
	return words
}

// isTitle holds for a few words of the licence's own, and of no condition.
func (s *surround) isTitle(left []string) bool {
	if len(left) > maxTitle {
		return false
	}
	for i, w := range left {
		if !slices.Contains(titular, w) && !isDate(left, i) && !s.titles[w] && (!s.vocabulary[w] || isConditional(w)) {
			return false
		}
	}
	return true
}

// isDate reports whether word i is of a date: a month, a year, a day beside a
// month. Other numbers are versions, which must be the licence's.
func isDate(part []string, i int) bool {
	w := part[i]
	if isMonth(w) {
		return w != "may"
	}
	if strings.Trim(w, "0123456789") != "" {
		return false
	}
	return len(w) == 4 || len(w) <= 2 && (i > 0 && isMonth(part[i-1]) || i+1 < len(part) && isMonth(part[i+1]))
}

func isMonth(w string) bool {
	const months = " january february march april may june july august september october november december "
	return strings.Contains(months, " "+w+" ")
}

// changes reports whether what is left may change the licence.
func (s *surround) changes() bool { return s.binding || len(s.outside) > maxOutside }

// quote returns the first words of what is left.
func quote(left []string) string {
	q := strings.Join(left[:min(len(left), maxQuote)], " ")
	if len(left) > maxQuote {
		q += " ..."
	}
	return q
}

// coverage is the share of the words that lie in matches; copyright lines do not count.
func (s *surround) coverage() float64 {
	if s.counted == 0 {
		return 0
	}
	return float64(s.covered) / float64(s.counted)
}
