package security

import (
	"cmp"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/format"
	"github.com/modelbom/modelbom/pkg/wording"
)

// configured judges what configurations and graphs make a loader run.
func (c *collector) configured(f *File) {
	type kind struct{ rule, name string }
	seen := map[kind]int{}
	var order []format.Code
	for _, x := range f.Code {
		k := kind{name: x.Name}
		switch x.Kind {
		case format.CodeLayer:
			k.rule = RuleLambda
		case format.CodeReach:
			k.rule = RuleGraphOperator
		case format.CodeImport:
			k.rule = RuleConfigImport
		default:
			continue
		}
		if seen[k]++; seen[k] == 1 {
			order = append(order, x)
		}
	}
	slices.SortStableFunc(order, func(a, b format.Code) int { return cmp.Compare(harm(a), harm(b)) })
	for i, x := range order {
		if i == 2*maxNames {
			severity := bom.SeverityHigh
			if harm(x) == harmless {
				severity = bom.SeverityLow
			}
			c.add(RuleConfigImport, severity, f.Ref, f.Path, "more", "%s", wording.Count(len(order)-i, "more name of this kind", "more names of these kinds"))
			return
		}
		switch x.Kind {
		case format.CodeLayer:
			c.add(RuleLambda, bom.SeverityHigh, f.Ref, f.Path, x.Name, "the configuration has %s (class %s, byte %d)%s; loading or running the model would run it", short(x.Detail, maxQuoted), x.Name, x.Offset, others(seen[kind{RuleLambda, x.Name}]))
		case format.CodeReach:
			c.add(RuleGraphOperator, bom.SeverityHigh, f.Ref, f.Path, x.Name, "the graph has the operator %s (byte %d)%s: %s; it acts when the graph is run", x.Name, x.Offset, others(seen[kind{RuleGraphOperator, x.Name}]), short(x.Detail, maxQuoted))
		case format.CodeImport:
			c.imported(f, x)
		}
	}
}

// harmless is the harm of a name that is not known to be dangerous.
const harmless = 1000

// harm orders what configurations and graphs name, the gravest first.
func harm(x format.Code) int {
	if x.Kind != format.CodeImport {
		return 0
	}
	if rank := format.JudgeGlobal(x.Name).Rank; rank > 0 {
		return rank
	}
	return harmless
}

func others(n int) string {
	if n < 2 {
		return ""
	}
	return ", and " + wording.Count(n-1, "more", "more")
}

// imported judges a name that a configuration makes its loader import.
func (c *collector) imported(f *File, x format.Code) {
	severity, why := bom.SeverityLow, "nothing is known of it, and importing a module already runs it"
	switch g := format.JudgeGlobal(x.Name); {
	case g.Grade == format.DangerousGlobal:
		severity, why = bom.SeverityHigh, "which "+g.Reason
	case g.Grade == format.KnownGlobal || strings.HasPrefix(x.Name, "nemo."):
		severity, why = bom.SeverityInfo, "which is of a well-known library"
	}
	c.add(RuleConfigImport, severity, f.Ref, f.Path, x.Name, "a loader that follows the file would import and call %s (%s, byte %d): %s", short(x.Name, 100), short(x.Detail, 100), x.Offset, why)
}
