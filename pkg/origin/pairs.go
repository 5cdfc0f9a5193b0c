package origin

import (
	"slices"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/compare"
	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// A Pair is a part of one model against the part of another that fits it best.
type Pair struct {
	A, B     *fingerprint.Part // B is nil when no part of the other model can be compared
	Verdict  bom.Verdict
	Strength bom.Strength
	Sentence string
	Limits   string
	// Result is set for weights, Tokenizer for tokenizers.
	Result    *compare.Result
	Tokenizer *fingerprint.TokenizerComparison
}

// Pairs compares the parts of model a with those of model b, each with the one
// that fits it best, without any index.
func Pairs(a, b *fingerprint.Model) []Pair {
	var out []Pair
	entry := upstreamOfModel(b)
	for i := range a.Parts {
		p := &a.Parts[i]
		if p.Tokenizer != nil {
			out = append(out, tokenizerPair(p, b, entry))
			continue
		}
		if len(p.Tensors) > 0 {
			out = append(out, weightPair(p, b, entry))
		}
	}
	return out
}

func upstreamOfModel(m *fingerprint.Model) Upstream {
	return Upstream{Group: m.Group, Name: m.Name, Version: m.Version, PURL: m.PURL}
}

func weightPair(p *fingerprint.Part, b *fingerprint.Model, up Upstream) Pair {
	var list []relative
	for i := range b.Parts {
		if q := &b.Parts[i]; len(q.Tensors) > 0 {
			list = append(list, relative{upstream: up, part: q, result: compare.Parts(p, q, compare.Options{Comparisons: pairComparisons(b)})})
		}
	}
	if len(list) == 0 {
		return Pair{A: p, Verdict: bom.VerdictNotComparable, Strength: bom.StrengthWeak, Sentence: partWords(p) + ": the other model has no weights to compare with."}
	}
	slices.SortStableFunc(list, new(Case).closer)
	r := list[0]
	return Pair{A: p, B: r.part, Verdict: r.result.Verdict, Strength: r.result.Strength, Result: r.result,
		Sentence: weightSentence(&Case{Part: p}, r), Limits: weightLimits(r.result)}
}

// pairComparisons is the number of comparisons behind a pair of parts that was
// chosen among those of two models.
func pairComparisons(b *fingerprint.Model) float64 {
	n := 0
	for i := range b.Parts {
		n += len(b.Parts[i].Tensors)
	}
	return max(1e6, float64(n)*float64(n))
}
