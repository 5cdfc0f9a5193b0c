package catalogue

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A family is a row of families.jsonl.
type family struct {
	ID            string   `json:"id"`
	Name          string   `json:"name"`
	Namespaces    []string `json:"namespaces"`
	ModelTypes    []string `json:"model_types"`
	Architectures []string `json:"architectures"`
	GGUF          []string `json:"gguf"`
	Vocabularies  []int    `json:"vocabularies"`
	// Borrowed marks families that use another family's classes.
	Borrowed  bool     `json:"borrowed"`
	SourceIDs []string `json:"sources"`
}

var families = sync.OnceValue(func() []family { return decode[family](familyTable) })

// maxAddedTokens is how many tokens more than a family's vocabulary a fine-tuned
// model may have, with padding, before its vocabulary counts as another one.
// Chat models add up to a few hundred.
const maxAddedTokens = 1024

// Families returns the model families that use a part's model type, GGUF
// architecture or class, those whose vocabulary agrees too first. Many families
// use the classes of another one, so more than one candidate is usual, and all
// of them are then weak. A class never proves an origin.
func Families(s Signature) []Match {
	vocabulary := vocabularyOf(s)
	var out []Match
	for _, f := range families() {
		if m, ok := f.match(s, vocabulary); ok {
			out = append(out, m)
		}
	}
	if len(out) > 1 {
		for i := range out {
			out[i].Weak = true
		}
	}
	slices.SortStableFunc(out, func(a, b Match) int { return cmp.Compare(len(b.Agrees), len(a.Agrees)) })
	return out
}

// vocabularyOf is the one vocabulary size that is stated, else 0.
func vocabularyOf(s Signature) int {
	v := sizesOf(s.Hyperparameters)["vocabulary"]
	if len(v) != 1 {
		return 0
	}
	n, err := strconv.Atoi(v[0])
	if err != nil {
		return 0
	}
	return n
}

func (f family) match(s Signature, vocabulary int) (Match, bool) {
	m := Match{ID: f.ID, Name: f.Name, Namespaces: slices.Clone(f.Namespaces), Weak: f.Borrowed, Sources: sourcesByID(f.SourceIDs)}
	switch {
	case slices.ContainsFunc(f.ModelTypes, func(t string) bool { return sameType(t, s.Family) }):
		m.Agrees = append(m.Agrees, "model type "+s.Family)
	case s.Family != "" && slices.Contains(f.GGUF, s.Family):
		m.Agrees = append(m.Agrees, "GGUF architecture "+s.Family)
	}
	if s.Architecture != "" && slices.Contains(f.Architectures, s.Architecture) {
		m.Agrees = append(m.Agrees, "class "+s.Architecture)
	}
	if len(m.Agrees) == 0 {
		return Match{}, false
	}
	if vocabulary > 0 && len(f.Vocabularies) > 0 {
		near := slices.ContainsFunc(f.Vocabularies, func(v int) bool { return vocabulary >= v && vocabulary-v <= maxAddedTokens })
		if !near {
			return Match{}, false
		}
		if slices.Contains(f.Vocabularies, vocabulary) {
			m.Agrees = append(m.Agrees, "vocabulary "+strconv.Itoa(vocabulary))
		}
	}
	return m, true
}

// sameType compares model types. The language model inside a larger one has
// its type with "_text" behind it.
func sameType(known, stated string) bool {
	return stated != "" && strings.TrimSuffix(known, "_text") == strings.TrimSuffix(stated, "_text")
}
