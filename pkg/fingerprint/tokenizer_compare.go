package fingerprint

import (
	"math"
	"slices"
)

// A TokenizerComparison is what the fingerprints of two tokenizers, a and b,
// show about them. It says nothing about weights.
type TokenizerComparison struct {
	Verdict TokenizerVerdict
	// Child is the one that extends the other, set with the verdict Extends.
	Child Side

	// Vocabulary and Merges tell whether they are equal: the whole map from ids
	// to tokens, and the merges with their order.
	Vocabulary, Merges Answer
	// CommonTokens is the number of first tokens, in the order of ids, that are
	// known to be equal with their ids; CommonMerges the number of first merges.
	// Unless all are equal they are multiples of PrefixStep, and up to PrefixStep-1
	// too small.
	CommonTokens, CommonMerges int

	// Sampled is the number of tokens in the samples that the shares below are
	// estimated from, of the union of both vocabularies; 0 when there are none,
	// and the shares then mean nothing. Common is the number of them in both.
	Sampled, Common int
	// Jaccard is the share of tokens in both of those in either, whatever their
	// ids; Contained the share of the smaller vocabulary that is in the larger;
	// each with its standard error, 0 where the samples are whole vocabularies.
	Jaccard, JaccardError     float64
	Contained, ContainedError float64
	// SameID is the share of common tokens that have the same id.
	SameID float64
	// Special are the special tokens that both have, in the order of a.
	Special []string
}

// A TokenizerVerdict is what a comparison of tokenizers comes to, in a word.
type TokenizerVerdict string

// The verdicts.
const (
	// SameTokenizer: the same tokens with the same ids, and the same merges as
	// far as both are known.
	SameTokenizer TokenizerVerdict = "same"
	// Extends: one keeps the other's tokens with their ids, and its merges with
	// their order, as its beginning, and goes on; up to a twentieth of the
	// other may differ.
	Extends TokenizerVerdict = "extends"
	// Overlaps: many tokens are common, but not kept in their places. Tokenizers
	// that were trained apart on the same languages share a third of all tokens
	// and more, so this is no sign of descent.
	Overlaps TokenizerVerdict = "overlaps"
	// Unrelated: less than a tenth of all tokens and less than half of the
	// smaller vocabulary is common, as between tokenizers of different kinds.
	Unrelated TokenizerVerdict = "unrelated"
	// UnknownTokenizer: the tokens of one are not known.
	UnknownTokenizer TokenizerVerdict = "unknown"
)

// A Side is one of two that are compared.
type Side string

// The sides.
const (
	A Side = "a"
	B Side = "b"
)

// An Answer is yes, no, or empty when it is not known.
type Answer string

// The answers.
const (
	Yes Answer = "yes"
	No  Answer = "no"
)

const (
	// keptShare is how much of a parent's tokens and merges an extension keeps.
	keptShare = 0.95
	// overlapJaccard is the share of all tokens that is common to tokenizers that
	// overlap, or else overlapShare of the smaller vocabulary. Byte-level BPE,
	// SentencePiece and WordPiece vocabularies have 0.02 to 0.08 of all tokens
	// and up to a third of the smaller in common.
	overlapJaccard = 0.10
	overlapShare   = 0.50
)

// CompareTokenizers compares tokenizer a (the one in question) with b (the
// reference). Neither is nil.
func CompareTokenizers(a, b *TokenizerPrint) TokenizerComparison {
	c := TokenizerComparison{
		Vocabulary: sameVocabulary(a, b),
		Merges:     sameDigest(a.MergesDigest, b.MergesDigest),
		Special:    commonTexts(a.Special, b.Special),
	}
	c.CommonTokens = commonPrefix(a.TokenPrefixes, b.TokenPrefixes)
	if c.Vocabulary == Yes {
		c.CommonTokens = max(c.CommonTokens, min(a.tokens(), b.tokens()))
	}
	c.CommonMerges = commonPrefix(a.MergePrefixes, b.MergePrefixes)
	if c.Merges == Yes {
		c.CommonMerges = max(c.CommonMerges, min(a.Merges, b.Merges))
	}
	s := countOverlap(a, b)
	s.shares(&c, a, b)
	c.conclude(s, a, b)
	return c
}

func (c *TokenizerComparison) conclude(s overlaps, a, b *TokenizerPrint) {
	switch {
	case c.Vocabulary == Yes && c.Merges != No:
		c.Verdict = SameTokenizer
	case c.Sampled == 0:
		c.Verdict = UnknownTokenizer
	case a.tokens() >= b.tokens() && c.extends(b, s.b, s.sameID):
		c.Verdict, c.Child = Extends, A
	case a.tokens() <= b.tokens() && c.extends(a, s.a, s.sameID):
		c.Verdict, c.Child = Extends, B
	case c.Jaccard >= overlapJaccard || c.Contained >= overlapShare:
		c.Verdict = Overlaps
	default:
		c.Verdict = Unrelated
	}
}

// extends reports whether what is known of the parent is kept: the digests of
// prefixes, and the ids of its sampled tokens, of which there are inRange. The
// prefixes alone say nothing of a vocabulary below PrefixStep.
func (c *TokenizerComparison) extends(parent *TokenizerPrint, inRange, sameID int) bool {
	if c.Merges != "" && !kept(c.CommonMerges, len(parent.MergePrefixes)) {
		return false
	}
	return kept(c.CommonTokens, len(parent.TokenPrefixes)) && inRange > 0 && float64(sameID) >= keptShare*float64(inRange)
}

func kept(common, prefixes int) bool {
	return float64(common) >= keptShare*float64(prefixes*PrefixStep)
}

// tokens is the number of tokens, of an old or partial print that of its
// vocabulary.
func (t *TokenizerPrint) tokens() int {
	if t.Tokens > 0 {
		return t.Tokens
	}
	return t.Vocabulary
}

// sameVocabulary compares the maps from ids to tokens. Vocabularies without
// the added tokens are compared only where the maps are not known.
func sameVocabulary(a, b *TokenizerPrint) Answer {
	if answer := sameDigest(a.TokenMap, b.TokenMap); answer != "" {
		return answer
	}
	return sameDigest(a.VocabularyDigest, b.VocabularyDigest)
}

func sameDigest(a, b string) Answer {
	switch {
	case a == "" || b == "":
		return ""
	case a == b:
		return Yes
	}
	return No
}

// commonPrefix is the number of entries that are equal by the digests of
// prefixes. A prefix's digest covers all before it, so that the last equal one
// counts; of hostile prints whose digests disagree before it, none.
func commonPrefix(a, b []uint64) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n * PrefixStep
}

func commonTexts(a, b []string) []string {
	var list []string
	for _, s := range a {
		if slices.Contains(b, s) && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// An overlaps counts tokens of two samples up to the hash to which both are
// complete: of each, of both, and of both with the same id. What a vocabulary
// has in this range is as good as drawn from it at random.
type overlaps struct {
	a, b, both, sameID int
	whole              bool // the range is all there is
}

func countOverlap(a, b *TokenizerPrint) overlaps {
	var o overlaps
	if len(a.Sample) == 0 || len(b.Sample) == 0 {
		return o
	}
	last := min(lastHash(a.Sample), lastHash(b.Sample))
	o.whole = last == math.MaxUint64
	inA, inB := idsTo(last, a.Sample), idsTo(last, b.Sample)
	o.a, o.b = len(inA), len(inB)
	for hash, id := range inA {
		if other, ok := inB[hash]; ok {
			o.both++
			if id == other {
				o.sameID++
			}
		}
	}
	return o
}

func idsTo(last uint64, sample []TokenSample) map[uint64]uint32 {
	ids := make(map[uint64]uint32, len(sample))
	for _, t := range sample {
		if t.Hash <= last {
			ids[t.Hash] = t.ID
		}
	}
	return ids
}

// lastHash is the hash up to which a sample is complete.
func lastHash(s []TokenSample) uint64 {
	if len(s) < MaxTokenSample {
		return math.MaxUint64
	}
	return s[len(s)-1].Hash
}

func (o overlaps) shares(c *TokenizerComparison, a, b *TokenizerPrint) {
	c.Sampled, c.Common = o.a+o.b-o.both, o.both
	smaller := max(o.a, o.b) // of vocabularies of one size
	switch {
	case a.tokens() < b.tokens():
		smaller = o.a
	case b.tokens() < a.tokens():
		smaller = o.b
	}
	c.Jaccard, c.JaccardError = shareOf(o.both, c.Sampled, o.whole)
	c.Contained, c.ContainedError = shareOf(o.both, smaller, o.whole)
	c.SameID, _ = shareOf(o.sameID, o.both, o.whole)
}

// shareOf is part/whole with its standard error, that of one part more and one
// less (Agresti and Coull, 1998), which is not 0 for none and for all of a
// sample.
func shareOf(part, of int, exact bool) (value, err float64) {
	if of == 0 {
		return 0, 0
	}
	value = float64(part) / float64(of)
	if !exact {
		n := float64(of + 2)
		p := float64(part+1) / n
		err = math.Sqrt(p * (1 - p) / n)
	}
	return value, err
}
