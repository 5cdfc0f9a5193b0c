package codec

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/modelbom/modelbom/pkg/bom"
)

// methodValue is what was seen; what was seen in no file has its key in front, as
// it has no occurrence that could tell it.
func methodValue(e bom.Evidence) string {
	if e.Path == "" && e.Key != "" {
		return e.Key + ": " + e.Value
	}
	return e.Value
}

// cdxEvidence writes observations as one identity claim, with a method for each,
// and as the places where they were made.
func cdxEvidence(evidence []bom.Evidence, field cdx.EvidenceIdentityFieldType, value string) *cdx.Evidence {
	if len(evidence) == 0 {
		return nil
	}
	id := cdx.EvidenceIdentity{Field: field, ConcludedValue: value}
	var methods []cdx.EvidenceIdentityMethod
	var places []cdx.EvidenceOccurrence
	top := float32(0)
	for _, e := range evidence {
		confidence := cdxConfidence(e.Confidence)
		top = max(top, confidence)
		technique := e.Technique
		if !cdxTechnique(technique) {
			technique = bom.OtherTechnique
		}
		methods = append(methods, cdx.EvidenceIdentityMethod{
			Technique: cdx.EvidenceIdentityTechnique(technique), Confidence: &confidence, Value: methodValue(e)})
		if e.Path == "" {
			continue
		}
		places = append(places, cdx.EvidenceOccurrence{Location: e.Path, AdditionalContext: e.Key})
	}
	id.Confidence, id.Methods = &top, &methods
	return &cdx.Evidence{Identity: &cdx.EvidenceIdentityChoice{Identities: &[]cdx.EvidenceIdentity{id}}, Occurrences: list(places)}
}

func cdxConfidence(c float64) float32 {
	if math.IsNaN(c) {
		return 0
	}
	return float32(min(max(c, 0), 1))
}

// bomEvidence reads methods and places. They belong together, one by one, when
// there are equally many; otherwise each is an observation of its own.
func bomEvidence(e *cdx.Evidence) []bom.Evidence {
	if e == nil {
		return nil
	}
	var out []bom.Evidence
	for _, id := range identities(e) {
		for _, m := range items(id.Methods) {
			out = append(out, bom.Evidence{Technique: bom.Technique(cmp.Or(string(m.Technique), string(bom.OtherTechnique))),
				Value: m.Value, Confidence: bomConfidence(m.Confidence)})
		}
	}
	places := items(e.Occurrences)
	paired := len(places) == len(out)
	for i, o := range places {
		if paired {
			out[i].Path, out[i].Key = o.Location, o.AdditionalContext
			continue
		}
		out = append(out, bom.Evidence{Technique: bom.OtherTechnique, Path: o.Location, Key: o.AdditionalContext})
	}
	return out
}

func identities(e *cdx.Evidence) []cdx.EvidenceIdentity {
	switch {
	case e.Identity == nil:
		return nil
	case e.Identity.Identity != nil:
		return []cdx.EvidenceIdentity{*e.Identity.Identity}
	}
	return items(e.Identity.Identities)
}

// bomConfidence gives the decimal that was written, not the binary neighbour
// that a float32 is.
func bomConfidence(c *float32) float64 {
	if c == nil {
		return 0
	}
	f, err := strconv.ParseFloat(strconv.FormatFloat(float64(*c), 'g', -1, 32), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}

// sameEvidence reports whether the native form gives everything back. The order
// of a component's evidence carries no meaning and is the document's own.
func sameEvidence(c *bom.Component, e *cdx.Evidence) bool {
	read := bom.Document{Components: []bom.Component{{Evidence: bomEvidence(e)}}}
	read.Normalize()
	return slices.Equal(read.Components[0].Evidence, c.Evidence)
}
