// Package origin finds where the parts of a model come from. Detectors observe
// and make claims, each with its evidence; Conclude weighs the claims of a part
// into verdicts, with sentences that a reviewer can quote.
//
// The nouns: a [Case] is one part with what is known of it; an [Upstream] is a
// model that it may come from; a [Claim] is one detector's statement about the
// two; a [Conclusion] is what all claims about a part add up to.
//
// What the publisher declares and what the bytes show are kept apart to the
// end: a declaration is a claim like any other, it chooses a comparison that is
// made in any case, and it never makes a comparison come out otherwise. Names
// and configurations alone never support more than "same-architecture".
//
// Nothing here opens a file of the repository.
package origin

import (
	"context"
	"fmt"
	"slices"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/compare"
	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/index"
)

// A Case is one part and what is known of it.
type Case struct {
	// Subject is the model that the part is of.
	Subject Upstream
	Part    *fingerprint.Part
	// Files are the files that hold the part, with their digests.
	Files []fingerprint.FilePrint
	// Hyperparameters are the configuration's values, for signatures.
	Hyperparameters map[string]string
	// Declared are the origins that the publisher states of the part, Around
	// those that are stated of anything in the repository.
	Declared, Around []Declaration
}

// A Declaration is an origin that somebody stated.
type Declaration struct {
	Upstream Upstream
	Origin   bom.Origin // with the verdict "declared-only"
}

// Sources are what parts are looked for in. The built-in catalogue is always
// asked.
type Sources struct {
	Indexes []*index.Index
}

// A Claim is one detector's statement that a part comes from an upstream.
type Claim struct {
	Upstream Upstream
	// Part is the upstream's part that matches, as "part:ROLE", when it is known.
	Part     string
	Verdict  bom.Verdict
	Strength bom.Strength
	// Relation is the kind of derivation, where the bytes show it.
	Relation string
	Sentence string
	Limits   string
	Evidence []bom.Evidence
	// Result is set by comparisons of weights.
	Result *compare.Result
	// shared orders claims of one kind: the more the better.
	shared int
	// Tied lists upstreams that fit as well as this one.
	Tied []Upstream
}

// A Detector looks for the origin of a part in one way.
type Detector interface {
	Name() string
	// Detect returns its claims about a part, the strongest first. What it could
	// not do is a gap; an error stops the whole run.
	Detect(ctx context.Context, c *Case, s Sources) ([]Claim, []bom.Gap, error)
}

// All returns every detector.
func All() []Detector {
	return []Detector{files{}, tensors{}, weights{}, tokenizers{}, architecture{}}
}

// Investigate asks all detectors about a part and concludes.
func Investigate(ctx context.Context, c *Case, s Sources) (*Conclusion, error) {
	var claims []Claim
	var gaps []bom.Gap
	for _, d := range All() {
		found, open, err := d.Detect(ctx, c, s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.Name(), err)
		}
		claims = append(claims, found...)
		gaps = append(gaps, open...)
	}
	conclusion := Conclude(c, claims)
	conclusion.Gaps = append(conclusion.Gaps, gaps...)
	return conclusion, nil
}

// rank orders verdicts, strongest first.
func rank(v bom.Verdict) int {
	if i := slices.Index(bom.Verdicts(), v); i >= 0 {
		return i
	}
	return len(bom.Verdicts())
}
