package origin

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// A Conclusion is what all claims about a part add up to.
type Conclusion struct {
	// Origins are the verdicts, the one that names the part's origin first. One
	// origin is named for each upstream.
	Origins []bom.Origin
	// Upstreams are the components that the origins refer to.
	Upstreams []bom.Component
	Findings  []bom.Finding
	Gaps      []bom.Gap
	// Published says that the part's bytes are those that are published under
	// the subject's own name.
	Published []bom.Evidence
}

// The rules of findings about origins.
const (
	// RuleUndeclared: the bytes show an origin that nobody declares.
	RuleUndeclared = "origin-undeclared"
	// RuleContradicted: the declared origin was compared and is unrelated.
	RuleContradicted = "origin-contradicted"
)

// Conclude weighs the claims about a part. It is pure.
//
// Of every upstream the strongest claim stands. Claims of other strength about
// the same upstream, and the publisher's declaration, add their evidence to it.
// A claim of "same architecture" is kept only where nothing stronger is found,
// or where it answers a declaration. Without any claim the verdict is "unknown",
// or "not-comparable" where nothing of the part could be compared.
func Conclude(c *Case, claims []Claim) *Conclusion {
	claims, published := withoutSelf(c, strongest(c.placed(claims)))
	found := slices.ContainsFunc(claims, func(x Claim) bool { return x.Verdict.Found() || x.Verdict == bom.VerdictSharedInitialisation })
	out := &Conclusion{Published: published}
	matched := make([]bool, len(c.Declared))
	architecture := 0
	for _, claim := range claims {
		d := slices.IndexFunc(c.Declared, func(d Declaration) bool { return d.Upstream.Meets(claim.Upstream) })
		if claim.Verdict == bom.VerdictSameArchitecture && (d < 0 || claim.Result == nil) {
			if found || architecture > 0 || len(c.Declared) > 0 || c.Subject.same(claim.Upstream) {
				continue // says nothing that is not said better
			}
			architecture++
		}
		o := originOf(claim)
		up := claim.Upstream.Component()
		o.Reference = c.reference(claim.Upstream) // one component for one model
		up.Ref = o.Reference
		if d >= 0 {
			matched[d] = true
			o.Relation = cmp.Or(c.Declared[d].Origin.Relation, o.Relation)
			o.Evidence = append(o.Evidence, c.Declared[d].Origin.Evidence...)
		}
		out.Origins = append(out.Origins, o)
		out.Upstreams = append(out.Upstreams, up)
		if claim.Verdict == bom.VerdictSameArchitecture && claim.Result != nil && d >= 0 {
			out.Findings = append(out.Findings, contradiction(c, claim))
		}
	}
	if f, ok := undeclared(c, claims); ok {
		out.Findings = append(out.Findings, f)
	}
	for i, d := range c.Declared {
		if !matched[i] {
			out.Origins = append(out.Origins, d.Origin)
		}
	}
	slices.SortStableFunc(out.Origins, func(a, b bom.Origin) int { return cmp.Compare(rank(a.Verdict), rank(b.Verdict)) })
	if len(out.Origins) == 0 {
		out.Origins = []bom.Origin{nothing(c, published)}
	}
	return out
}

// reference is that of an upstream in the document: the one that it has already,
// where anything in the repository names it.
func (c *Case) reference(u Upstream) bom.Ref {
	for _, list := range [][]Declaration{c.Declared, c.Around} {
		for _, d := range list {
			if d.Upstream.Meets(u) {
				return d.Origin.Reference
			}
		}
	}
	return u.Ref()
}

// placed gives claims about a name without a package URL the one that the
// repository names, before they can meet another place of the same name.
func (c *Case) placed(claims []Claim) []Claim {
	claims = slices.Clone(claims)
	for i := range claims {
		u := &claims[i].Upstream
		for _, list := range [][]Declaration{c.Declared, c.Around} {
			for _, d := range list {
				if u.PURL == "" && d.Upstream.Meets(*u) {
					u.PURL = d.Upstream.PURL
				}
			}
		}
	}
	return claims
}

// strongest keeps one claim for each upstream, with the evidence of all, in the
// order of their verdicts.
func strongest(claims []Claim) []Claim {
	claims = slices.Clone(claims)
	slices.SortStableFunc(claims, func(a, b Claim) int { return cmp.Compare(rank(a.Verdict), rank(b.Verdict)) })
	var out []Claim
	for _, claim := range claims {
		i := slices.IndexFunc(out, func(o Claim) bool { return o.Upstream.Meets(claim.Upstream) })
		if i < 0 {
			out = append(out, claim)
			continue
		}
		out[i].Upstream = out[i].Upstream.filled(claim.Upstream)
		for _, e := range claim.Evidence {
			if !slices.Contains(out[i].Evidence, e) {
				out[i].Evidence = append(out[i].Evidence, e)
			}
		}
	}
	return out
}

func originOf(claim Claim) bom.Origin {
	o := bom.Origin{Reference: claim.Upstream.Ref(), Verdict: claim.Verdict, Strength: claim.Strength, Relation: claim.Relation,
		Sentence: bom.Cut(bom.Clean(claim.Sentence), bom.MaxText), Limits: bom.Cut(bom.Clean(claim.Limits), bom.MaxText), Evidence: claim.Evidence}
	if len(claim.Tied) > 0 {
		o.Evidence = append(slices.Clone(o.Evidence), tiedEvidence(claim.Tied))
	}
	return o
}

// contradiction is the finding that a declared origin was compared and is
// unrelated.
func contradiction(c *Case, claim Claim) bom.Finding {
	return bom.Finding{Rule: RuleContradicted, Severity: bom.SeverityHigh, Ref: bom.Ref(c.Part.Ref), Path: pathOf(c),
		Message: bom.Cut(bom.Clean(fmt.Sprintf("%s is declared to come from %s, and its weights show no relation to it. %s",
			partWords(c.Part), claim.Upstream.Label(), claim.Sentence)), bom.MaxText)}
}

// undeclared is the finding that the bytes show origins that nobody declares;
// ok is false where somebody does, or where the model is its own origin.
func undeclared(c *Case, claims []Claim) (f bom.Finding, ok bool) {
	claims = slices.DeleteFunc(slices.Clone(claims), func(x Claim) bool {
		return !x.Verdict.Found() || x.Relation == RelationUnquantised || c.declares(x.Upstream) || c.Subject.same(x.Upstream) || slices.ContainsFunc(x.Tied, c.declares)
	})
	if len(claims) == 0 {
		return f, false
	}
	f = bom.Finding{Rule: RuleUndeclared, Severity: bom.SeverityMedium, Ref: bom.Ref(c.Part.Ref), Path: pathOf(c)}
	if c.Part.Tokenizer != nil {
		f.Severity = bom.SeverityInfo // sharing a vocabulary is common and shows nothing about weights
	}
	if slices.ContainsFunc(claims, func(x Claim) bool { return namesake(c.Subject, x.Upstream) }) {
		f.Severity = bom.SeverityInfo // it may be the very model, whose group nobody told
	}
	message := "Nothing in the repository declares this origin. " + claims[0].Sentence
	if n := len(claims) - 1; n > 0 && claims[0].Relation != "merge" {
		message += fmt.Sprintf(" Origins that are not declared beside it: %d.", n)
	}
	f.Message = bom.Cut(bom.Clean(strings.TrimSpace(message+" "+claims[0].Limits)), bom.MaxText)
	return f, true
}

// withoutSelf takes out the claims that say no more than that the subject is the
// upstream, as it was published, and keeps them as evidence of that.
func withoutSelf(c *Case, claims []Claim) (others []Claim, published []bom.Evidence) {
	for _, claim := range claims {
		exact := claim.Verdict == bom.VerdictIdentical || claim.Verdict == bom.VerdictIdenticalValue
		if !exact || !c.Subject.same(claim.Upstream) {
			others = append(others, claim)
			continue
		}
		published = append(published, bom.Evidence{Technique: bom.HashComparison, Key: "published-as", Value: text(claim.Upstream.Label()), Confidence: confidenceDigest})
	}
	return others, published
}

// namesake reports a subject without a group that has an upstream's name: a local
// copy of it, or something else under the same name.
func namesake(subject, up Upstream) bool {
	return subject.Group == "" && strings.EqualFold(subject.Name, up.Name)
}

func pathOf(c *Case) string {
	if len(c.Files) == 1 {
		return bom.CleanPath(c.Files[0].Path)
	}
	return ""
}

// nothing is the verdict when no detector claims anything.
func nothing(c *Case, published []bom.Evidence) bom.Origin {
	if c.Part.Tokenizer == nil && !comparable(c.Part) {
		return bom.Origin{Verdict: bom.VerdictNotComparable, Strength: bom.StrengthWeak,
			Sentence: partWords(c.Part) + " could not be compared: it has no matrix that is large enough and whose values are known.",
			Limits:   "That nothing was compared says nothing about where it comes from."}
	}
	sentence := partWords(c.Part) + " matches nothing that was searched."
	if len(published) > 0 {
		sentence = fmt.Sprintf("%s is published as %s, and matches nothing else that was searched.", partWords(c.Part), published[0].Value)
	}
	return bom.Origin{Verdict: bom.VerdictUnknown, Strength: bom.StrengthWeak, Sentence: sentence,
		Limits: "A model that is in no catalogue and no index cannot be named. Unknown is not original."}
}
