package origin

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/catalogue"
	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/index"
	"github.com/modelbom/modelbom/pkg/wording"
)

// tokenizers compares a vocabulary with those of the catalogue and the indexes.
// What it finds says nothing about weights.
type tokenizers struct{}

func (tokenizers) Name() string { return "tokenizer" }

// tokenizerLimits is what no comparison of tokenizers shows.
const tokenizerLimits = "A common tokenizer says nothing about where weights come from."

func (tokenizers) Detect(ctx context.Context, c *Case, s Sources) ([]Claim, []bom.Gap, error) {
	t := c.Part.Tokenizer
	if t == nil {
		return nil, nil, nil
	}
	claims := knownTokenizers(c, t)
	for _, x := range s.Indexes {
		list, err := x.Tokenizers(ctx)
		if err != nil {
			return nil, nil, err
		}
		claims = append(claims, indexedTokenizers(c, t, list)...)
	}
	slices.SortStableFunc(claims, func(a, b Claim) int { return c.senior(a.Upstream, b.Upstream) })
	return joinTied(claims), nil, nil
}

// indexedTokenizers are the tokenizers of an index that this one is, or extends.
func indexedTokenizers(c *Case, t *fingerprint.TokenizerPrint, list []index.Tokenizer) []Claim {
	var claims []Claim
	for _, ref := range list {
		x := fingerprint.CompareTokenizers(t, ref.Tokenizer)
		claim, ok := tokenizerClaim(c, x, upstreamOf(ref.Entry))
		if ok {
			claim.Part = ref.Part
			claims = append(claims, claim)
		}
	}
	// An extension of an extension extends both: the one that shares most is named.
	extended := slices.DeleteFunc(slices.Clone(claims), func(x Claim) bool { return x.Verdict != bom.VerdictPartial })
	if len(extended) > 1 {
		most := slices.MaxFunc(extended, func(a, b Claim) int { return a.shared - b.shared })
		claims = slices.DeleteFunc(claims, func(x Claim) bool { return x.Verdict == bom.VerdictPartial && x.shared < most.shared })
	}
	return claims
}

func tokenizerClaim(c *Case, x fingerprint.TokenizerComparison, up Upstream) (Claim, bool) {
	claim := Claim{Upstream: up, Limits: tokenizerLimits, Evidence: tokenizerEvidence(x), shared: x.CommonTokens}
	verdict, strength, sentence, ok := tokenizerVerdict(c.Part, x, up)
	claim.Verdict, claim.Strength, claim.Sentence = verdict, strength, sentence
	if verdict == bom.VerdictPartial {
		claim.Relation = "extended"
	}
	return claim, ok
}

// tokenizerVerdict maps a comparison to the words of verdicts; ok is false where
// it is no reason to name the reference.
func tokenizerVerdict(p *fingerprint.Part, x fingerprint.TokenizerComparison, up Upstream) (v bom.Verdict, s bom.Strength, sentence string, ok bool) {
	who, whom := partWords(p), text(up.Label())
	switch {
	case x.Verdict == fingerprint.SameTokenizer && x.Vocabulary == fingerprint.Yes:
		return bom.VerdictIdenticalValue, bom.StrengthExact, fmt.Sprintf("%s: the vocabulary of %s, with the same ids%s.", who, whom, mergesWords(x)), true
	case x.Verdict == fingerprint.SameTokenizer:
		return bom.VerdictIdenticalValue, bom.StrengthStrong, fmt.Sprintf("%s: the vocabulary of %s as far as it is known, with the same ids%s.", who, whom, mergesWords(x)), true
	case x.Verdict == fingerprint.Extends && x.Child == fingerprint.A:
		return bom.VerdictPartial, bom.StrengthStrong, fmt.Sprintf("%s: extends the tokenizer of %s; its first %s tokens have the same ids and its first %s merges the same order.",
			who, whom, wording.Thousands(x.CommonTokens), wording.Thousands(x.CommonMerges)), true
	case x.Verdict == fingerprint.Extends:
		return bom.VerdictPartial, bom.StrengthStrong, fmt.Sprintf("%s: a beginning of the tokenizer of %s; %s tokens have the same ids.", who, whom, wording.Thousands(x.CommonTokens)), true
	case x.Verdict == fingerprint.Overlaps:
		return bom.VerdictUnknown, bom.StrengthWeak, fmt.Sprintf("%s: about %s of the tokens of it and %s are common, as those of unrelated tokenizers can be.", who, wording.Share(x.Jaccard), whom), false
	}
	return bom.VerdictUnknown, bom.StrengthWeak, fmt.Sprintf("%s: no relation to the tokenizer of %s is shown.", who, whom), false
}

func mergesWords(x fingerprint.TokenizerComparison) string {
	if x.Merges == fingerprint.Yes {
		return " and the same merges"
	}
	return ""
}

func tokenizerEvidence(x fingerprint.TokenizerComparison) []bom.Evidence {
	var e record
	if x.Vocabulary == fingerprint.Yes {
		e.digest("vocabulary", "equal, by digest")
	}
	if x.Merges == fingerprint.Yes {
		e.digest("merges", "equal, by digest")
	}
	if x.CommonTokens > 0 || x.CommonMerges > 0 {
		e.add("prefix", "%d first tokens and %d first merges are equal", x.CommonTokens, x.CommonMerges)
	}
	if x.Sampled > 0 {
		e.add("tokens", "%.3f ± %.3f of all tokens are in both, %.3f ± %.3f of the smaller vocabulary; %s of the common ones have the same id (%d sampled)",
			x.Jaccard, x.JaccardError, x.Contained, x.ContainedError, wording.Share(x.SameID), x.Sampled)
	}
	if len(x.Special) > 0 {
		e.add("special", "%s in both", wording.Count(len(x.Special), "special token is", "special tokens are"))
	}
	return e.list
}

// knownTokenizers are those of the catalogue whose digests agree. What only has
// the same numbers is no reason to name anybody.
func knownTokenizers(c *Case, t *fingerprint.TokenizerPrint) []Claim {
	var claims []Claim
	for _, k := range catalogue.Tokenizer(catalogue.Facts{Vocabulary: t.Vocabulary, Merges: t.Merges,
		TokensDigest: t.TokensDigest, MergesDigest: t.MergesDigest, VocabularyDigest: t.VocabularyDigest}) {
		up := hubUpstream(k.Reference)
		claim := Claim{Upstream: up, Strength: bom.StrengthExact, Limits: tokenizerLimits}
		who, whom := partWords(c.Part), text(up.Label())
		switch k.Match {
		case catalogue.Exact:
			claim.Verdict = bom.VerdictIdenticalValue
			claim.Sentence = fmt.Sprintf("%s: the vocabulary of %s, by digest.", who, whom)
		case catalogue.SameTokens:
			claim.Verdict, claim.Relation = bom.VerdictPartial, "same tokens"
			claim.Sentence = fmt.Sprintf("%s: the tokens of %s, by digest, with other merges or ids.", who, whom)
		case catalogue.SameMerges:
			claim.Verdict, claim.Relation = bom.VerdictPartial, "same merges"
			claim.Sentence = fmt.Sprintf("%s: the merges of %s, by digest, with other tokens or in another form.", who, whom)
		default:
			continue
		}
		claim.Evidence = []bom.Evidence{{Technique: bom.HashComparison, Key: "catalogue", Confidence: confidenceDigest,
			Value: bom.Cut(bom.Clean(fmt.Sprintf("%s match with %s (%s); source: %s", k.Match, k.Reference, k.Basis, sourceWords(k.Sources))), maxEvidence)}}
		claims = append(claims, claim)
	}
	return claims
}

// joinTied makes one claim of several of the same verdict that rest on equal
// bytes, and names the others in it: which model a vocabulary was taken from
// cannot be told when several have it.
func joinTied(claims []Claim) []Claim {
	slices.SortStableFunc(claims, func(a, b Claim) int { return rank(a.Verdict) - rank(b.Verdict) })
	var out []Claim
	for _, x := range claims {
		if len(out) > 0 && out[0].Verdict == x.Verdict && !out[0].Upstream.same(x.Upstream) {
			out[0].Tied = append(out[0].Tied, x.Upstream)
			continue
		}
		if len(out) == 0 || out[0].Upstream.same(x.Upstream) {
			out = append(out, x)
		}
	}
	return out
}

// hubUpstream is an upstream by its name on the hub.
func hubUpstream(id string) Upstream {
	u := Upstream{Name: id}
	if i := strings.LastIndexByte(id, '/'); i > 0 {
		u.Group, u.Name = id[:i], id[i+1:]
		u.PURL = "pkg:huggingface/" + id
	}
	if s, ok := catalogue.SupplierOf(u.Group); ok {
		u.Supplier, u.Country = s.Name, s.Country
	}
	return u
}

// tokenizerPair compares a tokenizer with those of another model.
func tokenizerPair(p *fingerprint.Part, b *fingerprint.Model, up Upstream) Pair {
	best := Pair{A: p, Verdict: bom.VerdictNotComparable, Strength: bom.StrengthWeak, Sentence: partWords(p) + ": the other model has no tokenizer to compare with."}
	for i := range b.Parts {
		q := &b.Parts[i]
		if q.Tokenizer == nil {
			continue
		}
		x := fingerprint.CompareTokenizers(p.Tokenizer, q.Tokenizer)
		pair := Pair{A: p, B: q, Tokenizer: &x, Limits: tokenizerLimits}
		pair.Verdict, pair.Strength, pair.Sentence, _ = tokenizerVerdict(p, x, up)
		if best.B == nil || rank(pair.Verdict) < rank(best.Verdict) {
			best = pair
		}
	}
	return best
}
