package origin

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/catalogue"
	"github.com/modelbom/modelbom/pkg/wording"
)

// tensors looks up the digests of single tensors in the catalogue.
type tensors struct{}

func (tensors) Name() string { return "tensor digest" }

// minKnownTensors is how many matrices of a part must be known of one model for
// a claim: one alone may be a table that many models share. Vectors do not count:
// gains and biases can stay when all else changed.
const minKnownTensors = 4

// A tally counts what of a part is known of one model.
type tally struct {
	tensors int
	bytes   int64
	sources []catalogue.Source
}

func (tensors) Detect(_ context.Context, c *Case, _ Sources) ([]Claim, []bom.Gap, error) {
	tallies := map[string]*tally{}
	var all int64
	for i := range c.Part.Tensors {
		t := &c.Part.Tensors[i]
		all += t.Bytes
		if t.Payload == ([32]byte{}) || len(t.Shape) < 2 {
			continue
		}
		known := catalogue.TensorBySHA256(t.Payload)
		models := map[string]bool{}
		for _, k := range known {
			models[k.Model] = true
		}
		if len(models) != 1 {
			continue // not known, or of several models
		}
		k := known[0]
		if tallies[k.Model] == nil {
			tallies[k.Model] = &tally{sources: k.Sources}
		}
		tallies[k.Model].tensors++
		tallies[k.Model].bytes += t.Bytes
	}
	var claims []Claim
	for _, model := range slices.Sorted(maps.Keys(tallies)) {
		if n := tallies[model]; n.tensors >= minKnownTensors {
			claims = append(claims, n.claim(c, model, all))
		}
	}
	slices.SortStableFunc(claims, func(a, b Claim) int { return cmp.Compare(rank(a.Verdict), rank(b.Verdict)) })
	return claims, nil, nil
}

func (n *tally) claim(c *Case, model string, all int64) Claim {
	up, ok := upstreamOfPURL(model, "")
	if !ok {
		up = Upstream{Name: model}
	}
	share := float64(n.bytes) / float64(max(all, 1))
	x := Claim{Upstream: up, Verdict: bom.VerdictPartial, Strength: bom.StrengthExact, Limits: fileLimits,
		Sentence: fmt.Sprintf("%s: %d of its matrices, %s of its bytes, are those of %s, by digest.", partWords(c.Part), n.tensors, wording.Share(share), text(up.Label()))}
	if share >= 0.99 {
		x.Verdict = bom.VerdictIdentical
	}
	x.Evidence = []bom.Evidence{{Technique: bom.HashComparison, Key: "catalogue", Confidence: confidenceDigest,
		Value: bom.Cut(bom.Clean(fmt.Sprintf("%s, %s of the bytes; source: %s", matrices(n.tensors), wording.Share(share), sourceWords(n.sources))), maxEvidence)}}
	return x
}
