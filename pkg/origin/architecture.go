package origin

import (
	"context"
	"fmt"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/catalogue"
)

// architecture compares sizes and names with the signatures of the catalogue. It
// never claims more than "same-architecture", since a configuration says nothing
// about weights.
type architecture struct{}

func (architecture) Name() string { return "architecture" }

func (architecture) Detect(_ context.Context, c *Case, _ Sources) ([]Claim, []bom.Gap, error) {
	if len(c.Part.Tensors) == 0 {
		return nil, nil, nil
	}
	s := signatureOf(c)
	var claims []Claim
	for _, m := range append(catalogue.Checkpoints(s), catalogue.Encoders(s)...) {
		if m.Weak {
			continue
		}
		for _, name := range m.References {
			if strings.ContainsAny(name, "{}*") {
				continue // a pattern for several models
			}
			up := hubUpstream(name)
			claims = append(claims, Claim{Upstream: up, Verdict: bom.VerdictSameArchitecture, Strength: bom.StrengthWeak,
				Sentence: fmt.Sprintf("%s: the sizes of %s (%s); no weights were compared.", partWords(c.Part), text(up.Label()), text(m.Reason())),
				Limits:   "Sizes and names say nothing about where weights come from.",
				Evidence: []bom.Evidence{{Technique: bom.ManifestAnalysis, Key: "catalogue", Confidence: confidenceSignature,
					Value: bom.Cut(bom.Clean(m.Reason()+"; source: "+sourceWords(m.Sources)), maxEvidence)}}})
		}
	}
	return joinTied(claims), nil, nil
}

func signatureOf(c *Case) catalogue.Signature {
	s := catalogue.Signature{Role: c.Part.Role, Family: c.Part.Family, Architecture: c.Part.Architecture, Hyperparameters: c.Hyperparameters}
	for i := range c.Part.Tensors {
		s.Shapes = append(s.Shapes, c.Part.Tensors[i].Shape)
	}
	return s
}
