package origin

import (
	"fmt"
	"math"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/compare"
	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/wording"
)

// weightSentence states what a comparison shows, so that it can be quoted.
func weightSentence(c *Case, r relative) string {
	x := r.result
	who, whom := partWords(c.Part), reference(r)
	var s []string
	switch x.Verdict {
	case bom.VerdictIdentical:
		s = append(s, fmt.Sprintf("%s: the weights are those of %s. %s of its bytes are equal, by digest.", who, whom, wording.Share(x.EqualBytes)))
	case bom.VerdictIdenticalValue:
		form := "stored in another form"
		if x.Mode == fingerprint.Sparse {
			form = "as far as they were read"
		}
		s = append(s, fmt.Sprintf("%s: the weights are those of %s, %s. %s", who, whom, form, equalWords(x)))
	case bom.VerdictRequantised:
		if x.Reversed {
			s = append(s, fmt.Sprintf("%s: the weights of which %s is a quantisation. %s", who, whom, roundingWords(x)))
			break
		}
		s = append(s, fmt.Sprintf("%s: a quantisation of %s. %s", who, whom, roundingWords(x)))
	case bom.VerdictTrainedFrom:
		s = append(s, fmt.Sprintf("%s: trained from %s. %s %s", who, whom, agreementWords(x), frozenWords(x)))
	case bom.VerdictRelatedDistant:
		s = append(s, fmt.Sprintf("%s: distantly related to %s. %s", who, whom, agreementWords(x)))
	case bom.VerdictSharedInitialisation:
		s = append(s, fmt.Sprintf("%s: started from the same random numbers as %s, or had its gains reset. %s The gains of its normalisations are unrelated (rank correlation %.2f, 99 %%: %.2f to %.2f).",
			who, whom, agreementWords(x), x.Seed.R, x.Seed.Low, x.Seed.High))
	case bom.VerdictPartial:
		s = append(s, fmt.Sprintf("%s: in part from %s, which accounts for %s of its matrices' bytes. %s", who, whom, wording.Share(x.Covered), agreementWords(x)))
	case bom.VerdictSameArchitecture:
		s = append(s, fmt.Sprintf("%s: the same architecture as %s; the weights show no relation (%s, no correlation above %.3f could hide, 99 %% confidence).",
			who, whom, matrices(x.Compared), x.Bound))
	case bom.VerdictUnknown:
		s = append(s, fmt.Sprintf("%s: the weights show no relation to %s, whose shapes differ (%s, no correlation above %.3f could hide, 99 %% confidence).",
			who, whom, comparedWords(x), x.Bound))
	default:
		s = append(s, fmt.Sprintf("%s could not be compared with %s: %d of its %s %s a counterpart.", who, whom, x.Compared, matrices(x.Matrices), wording.Word(x.Compared, "has", "have")))
	}
	if x.Verdict.Found() {
		for _, n := range x.Notes[:min(len(x.Notes), 3)] {
			s = append(s, sentenceOf(n))
		}
	}
	return strings.Join(s, " ")
}

// weightLimits states what the comparison does not show.
func weightLimits(x *compare.Result) string {
	var s []string
	switch v := x.Verdict; {
	case v == bom.VerdictSameArchitecture:
		s = append(s, "This does not exclude distillation, a very long training, or a disguised layout.")
	case v == bom.VerdictSharedInitialisation:
		s = append(s, "Descent from the reference's trained weights is not shown.")
	case v.Found():
		s = append(s, "Weights do not tell which of two related models came first, nor whether there was permission.")
		if v == bom.VerdictTrainedFrom && !x.Seed.Derived {
			s = append(s, seedLimit(x.Seed))
		}
		if x.Reversed {
			s = append(s, "The reference is the quantised one: it comes from these weights, or from others that round to the same.")
		} else if v == bom.VerdictRequantised {
			s = append(s, "A training that changed less than the rounding cannot be excluded.")
		}
	}
	if x.Mode == fingerprint.Sparse {
		s = append(s, "Only samples of the weights were read.")
	}
	if x.Unread > 0 {
		s = append(s, fmt.Sprintf("%d of its tensors could not be read.", x.Unread))
	}
	return strings.Join(s, " ")
}

func seedLimit(s compare.Seed) string {
	if s.Tested {
		return "Whether trained weights or only the initial random numbers are shared is not decided by its gains."
	}
	return "Whether trained weights or only the initial random numbers are shared was not tested: " + strings.TrimSuffix(s.Why, ".") + "."
}

// agreementWords states the agreement of what is related: matrices that are not
// would water it down. Where rows moved in all that is, signs do not tell.
func agreementWords(x *compare.Result) string {
	switch {
	case x.RelatedBits == 0 && x.Reordered > 0:
		return fmt.Sprintf("%s; %d of them %s rows or columns of the reference at other places: the places of their extremes agree, signs at equal places tell nothing.",
			comparedWords(x), x.Reordered, wording.Word(x.Reordered, "has", "have"))
	case x.RelatedBits > 0 && x.RelatedBits < x.Bits:
		return fmt.Sprintf("%s; in those that are related %s of %s sampled signs agree (chance 50 ± %.1f %%), %s.",
			comparedWords(x), wording.Share(x.RelatedAgreement), wording.Thousands(x.RelatedBits), 100*chance(x.RelatedBits), correlation(x.RelatedRho))
	}
	return fmt.Sprintf("%s; %s of %s sampled signs agree (chance 50 ± %.1f %%), %s.",
		comparedWords(x), wording.Share(x.Agreement), wording.Thousands(x.Bits), 100*chance(x.Bits), correlation(x.Rho))
}

// comparedWords says how many of a part's matrices were compared.
func comparedWords(x *compare.Result) string {
	return fmt.Sprintf("%d of %s %s compared", x.Compared, matrices(x.Matrices), wording.Word(x.Compared, "was", "were"))
}

func frozenWords(x *compare.Result) string {
	return fmt.Sprintf("The weights moved by %s of their size; %s of the bytes are unchanged.", wording.Share(x.Delta), wording.Share(x.Frozen))
}

func equalWords(x *compare.Result) string {
	if x.EqualValues >= 0.99 {
		return fmt.Sprintf("%s of its values are equal, by digest.", wording.Share(x.EqualValues))
	}
	n := x.Compared - x.Reordered - x.Negated
	if n <= 0 {
		return "All sampled values are equal but for their places or signs."
	}
	return fmt.Sprintf("All sampled values of %s are equal.", matrices(n))
}

func roundingWords(x *compare.Result) string {
	if x.Quantised > 0 {
		rounded := "the reference"
		if x.Reversed {
			rounded = "these weights"
		}
		return fmt.Sprintf("In %d of %s every sampled value lies where rounding %s puts it; %s of %s sampled signs agree.",
			x.Requantised, matrices(x.Quantised), rounded, wording.Share(x.Agreement), wording.Thousands(x.Bits))
	}
	return agreementWords(x)
}

func mixtureSentence(c *Case, claims []Claim, at int, mix mixture) string {
	var shares []string
	for _, x := range claims {
		shares = append(shares, fmt.Sprintf("%s (%s)", x.Upstream.Label(), shareOf(x)))
	}
	return fmt.Sprintf("%s: a linear mixture of %s. The mixture leaves a distance of %s of the size of its weights; the nearest of them alone leaves %s. With %s, %s",
		partWords(c.Part), strings.Join(shares, " and "), wording.Share(mix.residual), wording.Share(mix.alone), claims[at].Upstream.Label(), agreementWords(claims[at].Result))
}

func shareOf(x Claim) string {
	for _, e := range x.Evidence {
		if e.Key == "share" {
			return e.Value
		}
	}
	return "?"
}

// reference names the other side of a comparison: "acme/base (vision encoder)".
func reference(r relative) string {
	label := text(r.upstream.Label())
	role, qualifier, _ := strings.Cut(strings.TrimPrefix(r.part.Ref, "part:"), ":")
	var words []string
	if role != "" && role != "other" {
		words = append(words, strings.ReplaceAll(text(role), "-", " "))
	}
	if qualifier != "" {
		words = append(words, text(qualifier))
	}
	if len(words) == 0 {
		return label
	}
	return label + " (" + strings.Join(words, ", ") + ")"
}

// partWords is the part as a sentence begins with it: "Vision encoder".
func partWords(p *fingerprint.Part) string {
	role, qualifier, _ := strings.Cut(strings.TrimPrefix(p.Ref, "part:"), ":")
	words := strings.ReplaceAll(role, "-", " ")
	if words == "" || words == "other" {
		words = "weights"
	}
	words = strings.ToUpper(words[:1]) + words[1:]
	if qualifier != "" {
		words += " (" + text(qualifier) + ")"
	}
	return words
}

// comparable reports whether a part has a matrix that can be compared. Without
// sketches that is not known, and nothing but digests was asked for.
func comparable(p *fingerprint.Part) bool {
	for i := range p.Tensors {
		if c := p.Tensors[i].Class; c == fingerprint.Matrix || c == "" {
			return true
		}
	}
	return false
}

// chance is one standard deviation of the share of agreeing bits when there is
// no relation.
func chance(bits int) float64 { return 0.5 / math.Sqrt(float64(max(bits, 1))) }

func matrices(n int) string { return wording.Count(n, "matrix", "matrices") }

// sentenceOf makes a sentence of a note.
func sentenceOf(s string) string {
	s = strings.TrimSuffix(strings.TrimSpace(s), ".")
	first, _, _ := strings.Cut(s, " ")
	if s == "" || strings.ContainsAny(first, "._/") { // a tensor's name stays as it is
		return s + "."
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// correlation writes a correlation. What is not quite 1 never rounds up to it.
func correlation(rho float64) string {
	if rho >= 0.9995 && rho < 1 {
		return "a correlation above 0.999"
	}
	return fmt.Sprintf("a correlation of %.3f", rho)
}
