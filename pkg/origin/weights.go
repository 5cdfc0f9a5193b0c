package origin

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/compare"
	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/index"
	"github.com/modelbom/modelbom/pkg/wording"
)

// weights compares a part's weights with those of the models in the indexes.
type weights struct{}

func (weights) Name() string { return "weights" }

// A relative is a part of a reference model and what comparing with it shows.
type relative struct {
	upstream Upstream
	entry    index.Entry
	part     *fingerprint.Part
	result   *compare.Result
	copies   int // models of the index with the same weights, itself included
}

func (weights) Detect(ctx context.Context, c *Case, s Sources) ([]Claim, []bom.Gap, error) {
	if c.Part.Tokenizer != nil || len(c.Part.Tensors) == 0 {
		return nil, nil, nil
	}
	var list []relative
	var gaps []bom.Gap
	for _, x := range s.Indexes {
		stated, err := c.stated(ctx, x)
		if err != nil {
			return nil, nil, err
		}
		found, err := x.Find(ctx, c.Part, idsOf(stated)...)
		if err != nil {
			return nil, nil, err
		}
		if found.Left > 0 && slices.ContainsFunc(found.Candidates, func(x index.Candidate) bool { return x.Equal > 0 || x.Z > 0 }) {
			gaps = append(gaps, bom.Gap{Kind: bom.GapLimit, Ref: bom.Ref(c.Part.Ref),
				Reason: fmt.Sprintf("%s of the index %s could be its origin; the %d most promising were compared", wording.Count(found.Left, "more part", "more parts"), x.Name(), len(found.Candidates))})
		}
		asked, err := c.withoutCommodity(ctx, x)
		if err != nil {
			return nil, nil, err
		}
		for _, candidate := range slices.Concat(found.Candidates, found.Alike) {
			p, err := x.Part(ctx, candidate)
			if err != nil {
				return nil, nil, err
			}
			r := asked.against(candidate.Entry, p)
			r.copies = candidate.Copies
			list = append(list, r)
		}
		named, err := asked.named(ctx, x, stated, found.Candidates)
		if err != nil {
			return nil, nil, err
		}
		list = append(list, named...)
	}
	return claimsOf(c, c.bestOfEach(list)), gaps, nil
}

// withoutCommodity is the case without the values that unrelated models of the
// index have in common: equal tables name nobody (see index.Commodity).
func (c *Case) withoutCommodity(ctx context.Context, x *index.Index) (*Case, error) {
	var values [][32]byte
	for i := range c.Part.Tensors {
		if t := &c.Part.Tensors[i]; t.Class == fingerprint.Matrix && t.Value != ([32]byte{}) {
			values = append(values, t.Value)
		}
	}
	common, err := x.Commodity(ctx, values)
	if err != nil || len(common) == 0 {
		return c, err
	}
	part, asked := *c.Part, *c
	part.Tensors = slices.Clone(part.Tensors)
	for i := range part.Tensors {
		if t := &part.Tensors[i]; t.Class == fingerprint.Matrix && common[t.Value] {
			t.Class, t.Reason = fingerprint.Constant, "unrelated models of the index have it too"
		}
	}
	asked.Part = &part
	return &asked, nil
}

func (c *Case) against(e index.Entry, p *fingerprint.Part) relative {
	return relative{upstream: upstreamOf(e), entry: e, part: p, result: compare.Parts(c.Part, p, compare.Options{Comparisons: index.Comparisons})}
}

// stated are the models of an index that the publisher names.
func (c *Case) stated(ctx context.Context, x *index.Index) ([]index.Entry, error) {
	if len(c.Declared)+len(c.Around) == 0 {
		return nil, nil
	}
	entries, err := x.List(ctx)
	return slices.DeleteFunc(entries, func(e index.Entry) bool { return !c.declares(upstreamOf(e)) }), err
}

func idsOf(entries []index.Entry) []string {
	var ids []string
	for _, e := range entries {
		ids = append(ids, e.ID)
	}
	return ids
}

// named compares the part with the models that the publisher names, where a
// search did not bring them up.
func (c *Case) named(ctx context.Context, x *index.Index, stated []index.Entry, found []index.Candidate) ([]relative, error) {
	var list []relative
	for _, e := range stated {
		if slices.ContainsFunc(found, func(f index.Candidate) bool { return f.Entry.ID == e.ID }) {
			continue
		}
		_, m, err := x.Model(ctx, e.ID)
		if err != nil {
			return nil, err
		}
		for i := range m.Parts {
			if p := &m.Parts[i]; len(p.Tensors) > 0 {
				list = append(list, c.against(e, p))
			}
		}
	}
	return list, nil
}

// declares reports whether an upstream is named anywhere in the repository.
func (c *Case) declares(u Upstream) bool {
	named := func(d Declaration) bool { return d.Upstream.same(u) || d.Upstream.Meets(u) }
	return slices.ContainsFunc(c.Declared, named) || slices.ContainsFunc(c.Around, named)
}

func upstreamOf(e index.Entry) Upstream {
	return Upstream{Group: e.Group, Name: e.Name, Version: e.Version, PURL: e.PURL, Supplier: e.Supplier, Country: e.Country,
		License: e.License, LicenseFrom: fromIndex, released: e.Released}
}

// bestOfEach keeps of every upstream the part that fits best: a model's vision
// encoder is compared with all parts of a reference, and one of them is it.
func (c *Case) bestOfEach(list []relative) []relative {
	slices.SortStableFunc(list, c.closer)
	var out []relative
	for _, r := range list {
		if !slices.ContainsFunc(out, func(o relative) bool { return o.entry.ID == r.entry.ID }) {
			out = append(out, r)
		}
	}
	return out
}

// closer orders relatives: by verdict, then by how far the weights are, then by
// seniority and name.
func (c *Case) closer(a, b relative) int {
	return cmp.Or(cmp.Compare(rank(a.result.Verdict), rank(b.result.Verdict)), cmp.Compare(-a.result.Covered, -b.result.Covered),
		cmp.Compare(a.result.Delta, b.result.Delta), cmp.Compare(-a.result.Agreement, -b.result.Agreement),
		c.senior(a.upstream, b.upstream), cmp.Compare(a.entry.ID, b.entry.ID),
		cmp.Compare(a.part.Ref, b.part.Ref))
}

// claimsOf turns comparisons into claims: the nearest relatives where there are
// any, else the models of the same architecture.
func claimsOf(c *Case, list []relative) []Claim {
	var related, alike []relative
	for _, r := range list {
		switch v := r.result.Verdict; {
		case v.Found(), v == bom.VerdictSharedInitialisation:
			related = append(related, r)
		case v == bom.VerdictSameArchitecture:
			alike = append(alike, r)
		}
	}
	var claims []Claim
	switch {
	case len(related) > 0:
		claims = relatedClaims(c, related)
		claims[0].Evidence = append(claims[0].Evidence, sameInterface(alike)...)
	case len(alike) > 0:
		claims = alikeClaims(c, alike)
	}
	// A model that the publisher names and that does not match is told apart
	// from one that could not be compared.
	for _, r := range alike {
		if c.declares(r.upstream) && !slices.ContainsFunc(claims, func(x Claim) bool { return x.Upstream.same(r.upstream) }) {
			claims = append(claims, claimOf(c, r))
		}
	}
	return claims
}

// sameInterface names the unrelated models of the index that have the part's
// shapes: what it could be replaced with.
func sameInterface(alike []relative) []bom.Evidence {
	var out []bom.Evidence
	for _, r := range alike[:min(len(alike), maxTied)] {
		out = append(out, bom.Evidence{Technique: bom.BinaryAnalysis, Key: "same-interface", Value: text(r.upstream.Label()), Confidence: confidenceBytes})
	}
	return out
}

// maxTied bounds the upstreams that are named as fitting equally well.
const maxTied = 8

// relatedClaims names the nearest relative, and those that cannot be told from
// it; where the part is a mixture of several, those.
func relatedClaims(c *Case, related []relative) []Claim {
	if claims := mixtureClaims(c, related); claims != nil {
		return claims
	}
	nearest := nearest(c, related)
	first := claimOf(c, nearest[0])
	for _, r := range nearest[1:] {
		first.Tied = append(first.Tied, r.upstream)
	}
	first.Evidence = append(first.Evidence, alsoRelated(related, nearest)...)
	claims := []Claim{first}
	for i, r := range nearest[1:min(len(nearest), maxTied)] {
		claim := claimOf(c, r)
		claim.Tied = []Upstream{nearest[0].upstream}
		for j, other := range nearest[1:] {
			if j != i {
				claim.Tied = append(claim.Tied, other.upstream)
			}
		}
		claims = append(claims, claim)
	}
	return claims
}

// nearest are the relatives of the best verdict whose distance cannot be told
// from the smallest.
func nearest(c *Case, related []relative) []relative {
	best := related[0].result.Verdict
	var same []relative
	var distances []compare.Measured
	for _, r := range related {
		if r.result.Verdict != best {
			continue
		}
		d2, se := compare.Distance(c.Part, r.part, r.result)
		same, distances = append(same, r), append(distances, compare.Measured{D2: d2, SE: se})
	}
	at, tied := compare.Nearest(distances)
	if at >= 0 {
		return []relative{same[at]}
	}
	var out []relative
	for _, i := range tied {
		out = append(out, same[i])
	}
	if len(out) == 0 {
		return same[:1]
	}
	return out
}

// alsoRelated says how many relatives are further away than those named.
func alsoRelated(related, nearest []relative) []bom.Evidence {
	var names []string
	for _, r := range related {
		if !slices.ContainsFunc(nearest, func(n relative) bool { return n.entry.ID == r.entry.ID }) {
			names = append(names, text(r.upstream.Label())+" ("+string(r.result.Verdict)+")")
		}
	}
	if len(names) == 0 {
		return nil
	}
	value := strings.Join(names[:min(len(names), 5)], ", ")
	if len(names) > 5 {
		value += fmt.Sprintf(" and %d more", len(names)-5)
	}
	return []bom.Evidence{{Technique: bom.BinaryAnalysis, Key: "also-related", Value: value, Confidence: confidenceBytes}}
}

// maxMixed bounds the references of which a part is tried to be a mixture.
const maxMixed = 6

// minShare is the smallest share of a mixture that is named: below it, weights
// that merely have a common ancestor begin to look like shares.
const minShare = 0.15

// A mixture is a part as a linear mixture of references.
type mixture struct {
	weights []compare.Weight
	// residual is what remains unexplained, relative to the part; alone is what
	// the nearest reference by itself leaves.
	residual, alone float64
}

// explains reports whether mixing explains what no single reference does. A part
// that was trained on differs from any mixture of its relatives by its own
// training, so that the residual stays close to the distance of its parent.
func (m mixture) explains() bool { return m.residual < 0.5*m.alone }

func mixtureOf(c *Case, list []relative) mixture {
	parts := make([]*fingerprint.Part, len(list))
	m := mixture{alone: math.Inf(1)}
	for i, r := range list {
		parts[i] = r.part
		_, alone := compare.Mixture(c.Part, parts[i:i+1])
		m.alone = min(m.alone, alone)
	}
	m.weights, m.residual = compare.Mixture(c.Part, parts)
	return m
}

// mixtureClaims says that a part is a linear mixture of several references, or
// returns nil where one alone explains it.
func mixtureClaims(c *Case, related []relative) []Claim {
	tried := related[:min(len(related), maxMixed)]
	if v := related[0].result.Verdict; v != bom.VerdictTrainedFrom && v != bom.VerdictRelatedDistant || len(tried) < 2 {
		return nil
	}
	mix := mixtureOf(c, tried)
	if !mix.explains() {
		return nil
	}
	var claims []Claim
	for i, w := range mix.weights {
		if !(w.Alpha >= minShare && w.Alpha >= 5*w.SE) {
			continue
		}
		claim := claimOf(c, tried[i])
		claim.Relation = "merge"
		claim.Evidence = append(claim.Evidence, bom.Evidence{Technique: bom.BinaryAnalysis, Key: "share",
			Value: fmt.Sprintf("%.2f ± %.2f", w.Alpha, w.SE), Confidence: confidenceBytes})
		claims = append(claims, claim)
	}
	if len(claims) < 2 {
		return nil
	}
	for i := range claims {
		claims[i].Sentence = mixtureSentence(c, claims, i, mix)
	}
	return claims
}

// alikeClaims names one model of the same architecture and counts the others.
func alikeClaims(c *Case, alike []relative) []Claim {
	claim := claimOf(c, alike[0])
	if n := len(alike) - 1; n > 0 {
		claim.Sentence += fmt.Sprintf(" Other models of this architecture that were compared: %d, all unrelated.", n)
		claim.Evidence = append(claim.Evidence, bom.Evidence{Technique: bom.BinaryAnalysis, Key: "also-same-architecture",
			Value: wording.Count(n, "other model", "other models") + ", unrelated as well", Confidence: confidenceBytes})
	}
	return []Claim{claim}
}

// othersHold says how many models of an index hold the same bytes: a reader must
// know that the one that is named need not be the original.
func othersHold(n int, what string) string {
	return fmt.Sprintf("%s of the index %s %s.", wording.Count(n, "other model", "other models"), wording.Word(n, "holds", "hold"), what)
}

// maxCopiesNamed is how many copies of one part a search returns (see index.Find).
const maxCopiesNamed = 4

// RelationUnquantised is the relation to a reference that is a quantisation of the
// part.
const RelationUnquantised = "unquantised"

func claimOf(c *Case, r relative) Claim {
	claim := Claim{Upstream: r.upstream, Part: r.part.Ref, Verdict: r.result.Verdict, Strength: r.result.Strength, Result: r.result}
	claim.Sentence, claim.Limits = weightSentence(c, r), weightLimits(r.result)
	if r.copies > 1 && r.result.Verdict.Found() {
		claim.Sentence += " " + othersHold(r.copies-1, "the same weights as "+text(r.upstream.Label()))
	}
	if r.copies > maxCopiesNamed {
		claim.Evidence = append(claim.Evidence, bom.Evidence{Technique: bom.HashComparison, Key: "copies", Confidence: confidenceDigest,
			Value: fmt.Sprintf("%d models of the index hold the same weights; not all of them are named", r.copies)})
		claim.Limits += fmt.Sprintf(" %d models of the index hold the same weights; not all of them are named.", r.copies)
	}
	if r.result.Reversed {
		claim.Relation = RelationUnquantised
	}
	claim.Evidence = append([]bom.Evidence{referenceEvidence(r)}, Evidence(r.result)...)
	return claim
}
