package license

import (
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// The rules by which licences of AI models, and a few of data, are recognised:
// facts that tell their texts from others, not the texts. The first lines of
// rules-rail.txt say how they are written.
//
//go:embed rules-*.txt
var ruleFiles embed.FS

// A rule says how one licence is recognised in a text.
type rule struct {
	expression string
	kind       MatchKind
	words      int // from the title to the last phrase, in the texts that were read
	needs      int // how many needs lines there are
	phrases    int // how many distinguishing phrases, at most maxPhrases
}

// maxPhrases is how many phrases fit into the bits of a segment.
const maxPhrases = 32

// A role is what a phrase is to a rule.
type role uint8

const (
	roleTitle  role = iota // begins the text, one of several
	roleNeeds              // must be there; index says which line
	roleNot                // must not be there
	rolePhrase             // must be there for the most part; index is its place
)

// A use is a phrase's role in a rule.
type use struct {
	rule  int
	role  role
	index int
}

// A phrase is a run of words that rules use, as numbers of the vocabulary.
type phrase struct {
	words []int
	uses  []use
}

// A ruleSet is all rules, made for finding their phrases in one pass.
type ruleSet struct {
	rules      []rule
	vocabulary map[string]int // the words of phrases, numbered from 1
	phrases    []phrase
	byPair     map[[2]int][]int // first two words to phrases
}

// builtinRules are the embedded rules, parsed at first use. That they are
// written right is a test's business; one that is not is left out.
var builtinRules = sync.OnceValue(func() *ruleSet {
	set, _ := parseRuleFiles()
	return set
})

func parseRuleFiles() (*ruleSet, error) {
	entries, err := ruleFiles.ReadDir(".")
	if err != nil {
		return newRuleSet(), err
	}
	var text strings.Builder
	for _, e := range entries {
		data, err := ruleFiles.ReadFile(e.Name())
		if err != nil {
			return newRuleSet(), err
		}
		text.Write(data)
		text.WriteByte('\n')
	}
	return parseRules(text.String())
}

func newRuleSet() *ruleSet {
	return &ruleSet{vocabulary: map[string]int{}, byPair: map[[2]int][]int{}}
}

// parseRules reads rules. The first line that cannot be read is reported and
// ends the reading.
func parseRules(text string) (*ruleSet, error) {
	set := newRuleSet()
	byText := map[string]int{}
	for line := range dataLines(text) {
		if err := set.line(line, byText); err != nil {
			return set, err
		}
	}
	for i, p := range set.phrases {
		pair := [2]int{p.words[0], p.words[1]}
		set.byPair[pair] = append(set.byPair[pair], i)
	}
	return set, nil
}

func (s *ruleSet) line(line string, byText map[string]int) error {
	key, value, _ := strings.Cut(line, " ")
	if key == "rule" {
		return s.head(value)
	}
	if len(s.rules) == 0 {
		return fmt.Errorf("%q stands before the first rule", line)
	}
	r := &s.rules[len(s.rules)-1]
	u := use{rule: len(s.rules) - 1}
	switch key {
	case "title":
		u.role = roleTitle
	case "needs":
		u.role, u.index = roleNeeds, r.needs
		r.needs++
	case "not":
		u.role = roleNot
	case "-":
		u.role, u.index = rolePhrase, r.phrases
		r.phrases++
	default:
		return fmt.Errorf("%q is no line of a rule", line)
	}
	if r.phrases > maxPhrases || r.needs > maxPhrases {
		return fmt.Errorf("rule %q has too many lines", r.expression)
	}
	for one := range strings.SplitSeq(value, "|") {
		if err := s.add(one, u, byText); err != nil {
			return err
		}
	}
	return nil
}

func (s *ruleSet) head(value string) error {
	f := strings.Fields(value)
	if len(f) != 3 {
		return fmt.Errorf("%q is not a name, a kind and a number of words", value)
	}
	n, err := strconv.Atoi(f[2])
	if err != nil || n <= 0 {
		return fmt.Errorf("%q is no number of words", f[2])
	}
	kind := MatchKind(f[1])
	if kind != MatchText && kind != MatchPolicy {
		return fmt.Errorf("%q is no kind of rule", f[1])
	}
	s.rules = append(s.rules, rule{expression: f[0], kind: kind, words: n})
	return nil
}

// add notes the use of a phrase, which may be the same for several rules.
func (s *ruleSet) add(text string, u use, byText map[string]int) error {
	var numbers []int
	var plain []string
	for _, w := range words(text) {
		plain = append(plain, w.text)
		n, ok := s.vocabulary[w.text]
		if !ok {
			n = len(s.vocabulary) + 1
			s.vocabulary[w.text] = n
		}
		numbers = append(numbers, n)
	}
	if len(numbers) < 2 {
		return fmt.Errorf("%q is too short for a phrase", text)
	}
	key := strings.Join(plain, " ")
	i, ok := byText[key]
	if !ok {
		i = len(s.phrases)
		byText[key] = i
		s.phrases = append(s.phrases, phrase{words: numbers})
	}
	if !slices.Contains(s.phrases[i].uses, u) {
		s.phrases[i].uses = append(s.phrases[i].uses, u)
	}
	return nil
}
