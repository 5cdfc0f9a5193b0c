package catalogue

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Facts are what is known of a tokenizer. The digests are "sha256:..." in the
// forms of package modelcard, empty where there is none.
type Facts struct {
	// Vocabulary, Merges and AddedTokens are numbers of entries, 0 or less where
	// not known. Added tokens are not part of the vocabulary, except in GGUF.
	Vocabulary, Merges, AddedTokens int
	// TokensDigest is over the tokens in the order of ids, joined by LF;
	// MergesDigest over the merges "A B" in file order, joined by LF;
	// VocabularyDigest over "ID<TAB>TOKEN<LF>" lines.
	TokensDigest, MergesDigest, VocabularyDigest string
	// FirstMerges are the first merges "A B", as many as are known.
	FirstMerges []string
}

// A KnownTokenizer is a tokenizer that is, or may be, the one looked for.
type KnownTokenizer struct {
	Match TokenizerMatch
	// Reference is a hub repository or family that has this tokenizer. Others
	// may have the same one.
	Reference string
	// Form is the file the digests were computed over: "tokenizer.json",
	// "sentencepiece" or "gguf". One tokenizer has other tokens in each.
	Form string
	// Vocabulary is the number of tokens, of hints with the added ones.
	Vocabulary, Merges int
	// Basis says how the reference is known.
	Basis string
	// Place is the package URL of the file, empty for hints.
	Place   string
	Sources []Source
}

// A TokenizerMatch says how a tokenizer agrees, the strongest first.
type TokenizerMatch string

// The matches. All but Hint are equality of digests that were computed as ours.
const (
	// Exact: the same tokens in the same order, and the same merges and ids
	// where both have digests of them.
	Exact TokenizerMatch = "exact"
	// SameTokens: the same tokens, other merges or other ids.
	SameTokens TokenizerMatch = "same-tokens"
	// SameMerges: the same merges with other tokens, or none to compare: a
	// vocabulary with more tokens, or in another form.
	SameMerges TokenizerMatch = "same-merges"
	// Hint: only the numbers of tokens and merges, and the first merges if they
	// are given, are those recorded for the reference. Tokenizers that were
	// trained alike can have them in common by chance or by construction.
	Hint TokenizerMatch = "hint"
)

// Columns of tokenizers.tsv.
const tokenizerColumns = 13

// Tokenizer returns the known tokenizers that agree with the facts, the
// strongest match first, then by reference. Several is usual: generations of a
// family share a tokenizer. A tokenizer's origin says nothing about weights.
func Tokenizer(facts Facts) []KnownTokenizer {
	var out []KnownTokenizer
	for f := range rows(tokenizerTable, tokenizerColumns) {
		if match := tokenizerMatch(f, facts); match != "" {
			out = append(out, KnownTokenizer{
				Match: match, Reference: f[1], Form: f[2], Vocabulary: count(f[3]), Merges: count(f[4]),
				Basis: f[10], Place: f[11], Sources: sourcesOf(f[12]),
			})
		}
	}
	slices.SortStableFunc(out, func(a, b KnownTokenizer) int {
		return cmp.Or(cmp.Compare(rank(a.Match), rank(b.Match)), cmp.Compare(a.Reference, b.Reference))
	})
	return out
}

func rank(m TokenizerMatch) int {
	return slices.Index([]TokenizerMatch{Exact, SameTokens, SameMerges, Hint}, m)
}

// count is -1 for a number that is not known.
func count(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}

func tokenizerMatch(f []string, facts Facts) TokenizerMatch {
	if f[0] == string(Hint) {
		if isHint(f, facts) {
			return Hint
		}
		return ""
	}
	tokens, merges, ids := compareDigest(f[6], facts.TokensDigest), compareDigest(f[7], facts.MergesDigest), compareDigest(f[8], facts.VocabularyDigest)
	switch {
	case tokens == equal && merges != different && ids != different:
		return Exact
	case tokens == equal:
		return SameTokens
	case merges == equal:
		return SameMerges
	}
	return ""
}

// The results of comparing two digests, of which either may be missing.
const (
	incomparable = iota
	equal
	different
)

func compareDigest(known, stated string) int {
	stated = strings.TrimPrefix(stated, "sha256:")
	switch {
	case known == "" || stated == "":
		return incomparable
	case known == stated:
		return equal
	}
	return different
}

// isHint compares numbers. The recorded size is that of the vocabulary with all
// added tokens that are not in it already, so it lies between both counts.
func isHint(f []string, facts Facts) bool {
	size, merges := count(f[3]), count(f[4])
	if facts.Vocabulary <= 0 || facts.Merges <= 0 || facts.Merges != merges {
		return false
	}
	if size < facts.Vocabulary || size-facts.Vocabulary > max(facts.AddedTokens, 0) {
		return false
	}
	var first []string
	if json.Unmarshal([]byte(f[9]), &first) != nil {
		return false
	}
	n := min(len(first), len(facts.FirstMerges))
	return slices.Equal(first[:n], facts.FirstMerges[:n])
}
