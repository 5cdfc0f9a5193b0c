package compare

import "github.com/modelbom/modelbom/pkg/bom"

// Rules of strength for relations that signs show.
const (
	strongMargin   = 3.0 // standard deviations beyond the threshold
	strongMatrices = 4
	strongNulls    = 20
)

// strength grades a relation: strong when the statistic is well beyond its
// threshold, comes from several matrices, and the null was measured on these
// parts; moderate when one of the three is missing; weak when two are.
func (c *comparison) strength(r *Result, related []*pair) bom.Strength {
	missing := 0
	s := pool(related)
	if s.z < r.Threshold+strongMargin {
		missing++
	}
	if len(related) < strongMatrices {
		missing++
	}
	measured := r.Nulls
	for s := range c.bulk {
		measured = max(measured, len(c.bulk[s]))
	}
	if measured < strongNulls && s.z < 2*r.Threshold {
		missing++
	}
	if missing == 0 && len(related) > 0 && r.Covered < 0.05 {
		missing++ // a table that both computed alike may be what is equal
	}
	return [...]bom.Strength{bom.StrengthStrong, bom.StrengthModerate, bom.StrengthWeak, bom.StrengthWeak}[min(missing, 3)]
}
