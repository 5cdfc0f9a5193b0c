package policy

import (
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/wording"
)

// Reasons of the grade "licence-clean".
const (
	reasonConcluded   = "licence.concluded"
	reasonConflict    = "licence.conflict"
	reasonObligations = "licence.obligations"
	reasonClass       = "licence.class"
)

// Rules of findings about licences, which documents hold.
const (
	ruleConflict     = "licence-conflict"
	ruleDisagreement = "licence-disagreement"
	ruleNaming       = "licence-naming"
	ruleAttribution  = "licence-attribution"
)

// licence gives the reasons. Obligations take no more than "met" away: that they
// are met can be shown for few of them.
func (x *gradedPart) licence() []Reason {
	return []Reason{x.licenceConcluded(), x.licenceConflict(), x.licenceObligations(), x.licenceClass()}
}

// expressions are the licences of a component, concluded or of any kind, without
// those that are only stated in a file of facts: they were compared with nothing.
func expressions(c *bom.Component, concluded bool) []string {
	var out []string
	for _, l := range c.Licenses {
		if isStated(c, l) {
			continue
		}
		if l.Expression != "" && (!concluded || l.Acknowledgement == bom.Concluded) && !slices.Contains(out, l.Expression) {
			out = append(out, l.Expression)
		}
	}
	return out
}

func isStated(c *bom.Component, l bom.License) bool {
	field := map[bom.Acknowledgement]int{bom.Declared: 0, bom.Concluded: 1}
	i, ok := field[l.Acknowledgement]
	return ok && len(l.Evidence) == 0 && slices.ContainsFunc(each(c.Properties, propStatedLicence, 2), func(f []string) bool { return f[i] == l.Expression })
}

// licensors are the part and what it comes from; nil where an upstream is not
// known.
func (x *gradedPart) licensors() []*bom.Component {
	refs := x.s.upstreams()
	if len(refs) == 0 {
		return nil
	}
	out := []*bom.Component{x.c}
	for _, ref := range refs {
		if c := x.by[ref]; c != nil && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

func (x *gradedPart) licenceConcluded() Reason {
	own := expressions(x.c, true)
	switch {
	case len(x.s.upstreams()) == 0:
		return reason(reasonConcluded, LevelNotShown, string(x.c.Ref), "Neither what it comes from nor the licence that it came under is known.")
	case len(own) == 0 && len(expressions(x.c, false)) > 0:
		return reason(reasonConcluded, LevelNotMet, string(x.c.Ref), "A licence is declared, and none could be concluded. %s", quote(property(x.c.Properties, "modelbom:licence:conclusion")))
	case len(own) == 0:
		return reason(reasonConcluded, LevelNotShown, string(x.c.Ref), "No licence of it is known.")
	}
	for _, up := range x.licensors()[1:] {
		if len(expressions(up, false)) == 0 {
			return reason(reasonConcluded, LevelPartly, string(up.Ref), "Its licence is concluded, %s, and that of %s, which it comes from, %s.", clean(wording.And(own)), x.label(up.Ref), unknownLicence(up))
		}
	}
	return reason(reasonConcluded, LevelMet, string(x.c.Ref), "Its licence is concluded: %s.", clean(wording.And(own)))
}

// unknownLicence says why a component's licence is not one to reckon with.
func unknownLicence(c *bom.Component) string {
	if len(c.Licenses) > 0 {
		return "is only stated, and was compared with nothing"
	}
	return "is not known"
}

func (x *gradedPart) licensor(c *bom.Component) string {
	if c == x.c {
		return "this part"
	}
	return x.label(c.Ref)
}

func (x *gradedPart) licenceConflict() Reason {
	list := x.findings(func(f bom.Finding) bool {
		return (f.Rule == ruleConflict || f.Rule == ruleDisagreement) && f.Severity != bom.SeverityInfo && x.concerns(f)
	})
	if len(list) > 0 {
		return reason(reasonConflict, LevelNotMet, list[0].Path, "A finding says: %s.", message(list[0]))
	}
	known := x.licensors()
	if len(known) == 0 {
		return reason(reasonConflict, LevelNotShown, string(x.c.Ref), "Licences that are not known cannot be compared.")
	}
	for _, c := range known {
		if len(expressions(c, false)) == 0 {
			return reason(reasonConflict, LevelNotShown, string(x.c.Ref), "The licence of %s %s, so that no conflict with it can be excluded.", x.licensor(c), unknownLicence(c))
		}
	}
	return reason(reasonConflict, LevelMet, string(x.c.Ref), "What is declared and what its upstream asks were compared, and no conflict was found.")
}

// concerns reports whether a finding about a licence is about this part: it is
// about the part itself, names an upstream of it, or names no upstream at all.
func (x *gradedPart) concerns(f bom.Finding) bool {
	if x.own(f) {
		return true
	}
	named := func(c *bom.Component) bool {
		label := strings.TrimPrefix(c.Group+"/"+c.Name, "/")
		return label != "" && strings.Contains(f.Message, label)
	}
	others := false
	for _, p := range x.parts {
		for _, o := range p.Origins {
			up := x.by[o.Reference]
			if up == nil || !named(up) {
				continue
			}
			if slices.Contains(x.s.upstreams(), o.Reference) {
				return true
			}
			others = true
		}
	}
	return !others
}

// licenceObligations looks at what the licences ask. Obligations of permissive
// licences are notices; of others some cannot be seen in a repository, so that
// they are met in part at best.
func (x *gradedPart) licenceObligations() Reason {
	list := x.findings(func(f bom.Finding) bool { return (f.Rule == ruleNaming || f.Rule == ruleAttribution) && x.concerns(f) })
	if len(list) > 0 {
		return reason(reasonObligations, LevelPartly, list[0].Path, "A finding says: %s.", message(list[0]))
	}
	var terms []string
	for _, c := range x.licensors() {
		for _, f := range each(c.Properties, propLicenceTerm, 4) {
			if s := words(f[1]); s != "" && !slices.Contains(terms, s) {
				terms = append(terms, s)
			}
		}
	}
	class := x.classes()
	switch {
	case len(class) > 0 && !slices.ContainsFunc(class, func(s string) bool { return s != "permissive" && s != "copyleft" }):
		return reason(reasonObligations, LevelMet, string(x.c.Ref), "Its licences ask for notices at most; no obligation was found unmet.")
	case len(terms) > 0:
		slices.Sort(terms)
		return reason(reasonObligations, LevelPartly, string(x.c.Ref), "Its licences ask for more than a document can show to be met: %s.", clean(wording.And(terms)))
	}
	return reason(reasonObligations, onlyForMet(LevelNotShown), string(x.c.Ref), "What its licences ask is not known.")
}

// classes are the classes of the licences of the part and its upstreams; nil
// where one is not known.
func (x *gradedPart) classes() []string {
	var out []string
	for _, c := range x.licensors() {
		class := property(c.Properties, propLicenceClass)
		if class == "" || class == "unknown" {
			return nil
		}
		if !slices.Contains(out, class) {
			out = append(out, class)
		}
	}
	return out
}

func (x *gradedPart) licenceClass() Reason {
	classes := x.classes()
	if len(classes) == 0 {
		return reason(reasonClass, LevelNotShown, string(x.c.Ref), "The class of its licence, or of the licence of what it comes from, is not known.")
	}
	met, out := x.values.list("licence-classes"), reason(reasonClass, LevelMet, string(x.c.Ref), "Its licences are %s.", wording.And(quoteClasses(classes)))
	for _, class := range classes {
		switch {
		case slices.Contains(met, class):
		case class == "research-or-non-commercial" || class == "proprietary":
			return reason(reasonClass, LevelNotMet, string(x.c.Ref), "One of its licences is of the class %q.", words(class))
		case class == "permissive", class == "copyleft", class == "open-with-use-restrictions", class == "community-with-conditions":
			out = worst(out, reason(reasonClass, LevelPartly, string(x.c.Ref), "One of its licences is of the class %q.", words(class)))
		default:
			out = worst(out, reason(reasonClass, LevelNotShown, string(x.c.Ref), "A licence is of the class %s, which is not known.", words(class)))
		}
	}
	return out
}

func quoteClasses(list []string) []string {
	var out []string
	for _, c := range list {
		out = append(out, words(c))
	}
	return out
}

// words writes a class as people do.
func words(class string) string { return clean(strings.ReplaceAll(class, "-", " ")) }
