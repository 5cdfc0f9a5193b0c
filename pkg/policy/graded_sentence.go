package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/wording"
)

// words is a level as a sentence has it: "partly met".
func (l Level) words() string { return strings.ReplaceAll(string(l), "-", " ") }

// verb is a level as what is said of a grade: "is partly met".
func (l Level) verb() string {
	if l == LevelNotShown {
		return l.words()
	}
	return "is " + l.words()
}

// atLeast is the lowest level that passes, after "has to be".
func atLeast(l Level) string {
	switch l {
	case LevelPartly:
		return "met at least in part"
	case LevelNotMet:
		return "shown"
	}
	return l.words()
}

// sentence is what is said of one part: whose it is, and each grade with what it
// is no higher for. The grades that keep the part from passing come first, so that
// they are said where a text is cut.
func (x *gradedPart) sentence(p *PartResult) string {
	var short, rest []string
	for _, g := range p.Grades {
		if g.Level.AtLeast(Level(x.values[minimum(g.Name)])) {
			rest = append(rest, g.sentence())
		} else {
			short = append(short, g.sentence())
		}
	}
	return sentences(append(append([]string{x.whose()}, short...), rest...)...)
}

// whose says where a part comes from, or why that is not known.
func (x *gradedPart) whose() string {
	who := upper(x.named(x.c))
	switch {
	case len(x.s.bearings) > 0:
		return who + " " + x.comes(x.s.bearings[0]) + "."
	case x.s.own != "":
		return who + " is stated to be its producer's own, and that is not shown."
	}
	return who + " is not shown to be its producer's own, and nothing was found that it comes from. " + upper(x.s.why) + "."
}

// sentence is a grade in words: "Auditable: not met, because nobody declares it."
// Texts of reasons begin with a word that can be written small, never with a name
// from the document.
func (g Grade) sentence() string {
	s := upper(g.Name) + ": " + g.Level.words()
	if g.Level == LevelMet {
		return s + "."
	}
	return s + ", because " + strings.TrimSuffix(lowered(cause(g).Text), ".") + "."
}

// sentence is the outcome in words.
func (g *grader) sentence(r *Result) string {
	var own, passed, failed, notShown, excepted, home []string
	for i, c := range g.parts {
		p, name := r.Parts[i], g.named(c)
		switch {
		case p.Foreign == ForeignNo:
			own = append(own, name)
		case p.Foreign == ForeignHome:
			home = append(home, name)
		case p.Outcome == Pass:
			passed = append(passed, name)
		case p.Outcome == Fail:
			failed = append(failed, name+g.below(p))
		case p.Outcome == Excepted:
			excepted = append(excepted, name+g.below(p))
		default:
			notShown = append(notShown, name+g.below(p))
		}
	}
	list := []string{map[Outcome]string{
		Pass:     "No foreign part stands against this rule.",
		Fail:     "A foreign part does not meet what graded transparency asks.",
		NotShown: "It cannot be shown that all parts meet what graded transparency asks.",
		Excepted: "Parts fall short of what graded transparency asks, and exceptions cover that.",
	}[r.Outcome]}
	for _, x := range []struct {
		names []string
		text  string
	}{{failed, "Not met: "}, {notShown, "Not shown: "}, {excepted, "Excepted: "}, {passed, "Foreign, and met: "}, {home, "Of the home jurisdiction or an allowed supplier: "}, {own, "Stated to be the producer's own: "}} {
		if len(x.names) > 0 {
			list = append(list, x.text+wording.And(few(x.names))+".")
		}
	}
	for _, c := range r.Checks {
		if c.Ref == "" && c.Outcome != Pass {
			list = append(list, c.Text)
		}
	}
	return sentences(list...)
}

// maxNamed is how many parts a sentence about the model names of each kind: all
// that models of today have, and few enough to be read out.
const maxNamed = 8

// few names the first parts of a list, and says how many there are more.
func few(names []string) []string {
	if len(names) <= maxNamed {
		return names
	}
	return append(slices.Clone(names[:maxNamed]), fmt.Sprintf("%d more", len(names)-maxNamed))
}

// below lists the grades of a part that are below their minimum.
func (g *grader) below(p PartResult) string {
	var list []string
	for _, x := range p.Grades {
		if !x.Level.AtLeast(Level(g.values[minimum(x.Name)])) {
			list = append(list, x.Name+": "+x.Level.words())
		}
	}
	return " (" + strings.Join(list, ", ") + ")"
}
