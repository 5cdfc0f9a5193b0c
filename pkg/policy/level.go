package policy

import (
	"slices"

	"github.com/modelbom/modelbom/pkg/bom"
)

// Levels returns all levels, the highest first.
func Levels() []Level { return []Level{LevelMet, LevelPartly, LevelNotMet, LevelNotShown} }

// AtLeast reports whether a level reaches another. A level that is none of
// [Levels] reaches nothing.
func (l Level) AtLeast(m Level) bool {
	i, j := slices.Index(Levels(), l), slices.Index(Levels(), m)
	return i >= 0 && i <= j
}

// lowest is the lowest of levels, "met" of none.
func lowest(levels ...Level) Level {
	low := LevelMet
	for _, l := range levels {
		if !l.AtLeast(low) {
			low = l
		}
	}
	return low
}

// onlyForMet is the level of a reason that takes "met" away and no more.
func onlyForMet(l Level) Level {
	if l.AtLeast(LevelPartly) {
		return l
	}
	return LevelPartly
}

// sum is what several outcomes come to. A failure is a failure whatever else
// could not be shown; neither passes.
func sum(outcomes ...Outcome) Outcome {
	for _, o := range []Outcome{Fail, NotShown, Excepted, Pass} {
		if slices.Contains(outcomes, o) {
			return o
		}
	}
	return NotApplicable
}

// order sorts checks: failed ones first, then by severity, place and rule.
func order(checks []Verification) {
	outcome := []Outcome{Fail, NotShown, Excepted, Pass, NotApplicable}
	severity := []bom.Severity{bom.SeverityCritical, bom.SeverityHigh, bom.SeverityMedium, bom.SeverityLow, bom.SeverityInfo}
	slices.SortStableFunc(checks, func(a, b Verification) int {
		if d := slices.Index(outcome, a.Outcome) - slices.Index(outcome, b.Outcome); d != 0 {
			return d
		}
		return slices.Index(severity, a.Severity) - slices.Index(severity, b.Severity)
	})
}
