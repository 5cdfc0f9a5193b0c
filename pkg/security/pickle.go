package security

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/format"
	"github.com/modelbom/modelbom/pkg/wording"
)

const (
	// maxNames bounds the dangerous names of one file that have a finding of
	// their own.
	maxNames = 20
	// maxListed bounds the names that one message lists.
	maxListed = 8
	// maxQuoted bounds what is quoted of arguments, in bytes.
	maxQuoted = 200
)

// A use is what a pickle does with one name.
type use struct {
	name   string
	reason string
	grade  format.Grade
	rank   int // among dangers, the gravest first
	kinds  []format.CodeKind
	first  int64
	detail string // of the gravest record
}

// calls reports whether the name is called and not only imported.
func (u *use) calls() bool { return slices.Contains(u.kinds, format.CodeCall) }

// pickles judges what loading a pickle would import and call.
func (c *collector) pickles(f *File) {
	if !holdsPickle(f) {
		return
	}
	var danger, unknown, known []*use
	for _, u := range uses(f) {
		switch u.grade {
		case format.DangerousGlobal:
			danger = append(danger, u)
		case format.KnownGlobal:
			known = append(known, u)
		default:
			unknown = append(unknown, u)
		}
	}
	c.dangerous(f, danger)
	if len(unknown) > 0 {
		c.add(RulePickleUnknown, unknownSeverity(unknown), f.Ref, f.Path, "", "loading the file would %s; nothing is known of %s, and importing a module already runs it",
			uselist(unknown), pronoun(unknown))
	}
	if len(known) > 0 {
		c.add(RulePickleKnown, bom.SeverityInfo, f.Ref, f.Path, "", "beyond PyTorch's restricted loader, loading the file would %s; these rebuild data of well-known libraries", uselist(known))
	}
}

func pronoun(list []*use) string {
	if len(list) == 1 {
		return "it"
	}
	return "them"
}

// unknownSeverity is high for names that only the loading tells, or that are
// spelled to look like others.
func unknownSeverity(list []*use) bom.Severity {
	for _, u := range list {
		if strings.HasPrefix(u.name, "extension ") || strings.ContainsFunc(u.name, func(r rune) bool { return r > 0x7E }) {
			return bom.SeverityHigh
		}
	}
	return bom.SeverityMedium
}

// dangerous gives every dangerous name a finding, up to a limit.
func (c *collector) dangerous(f *File, list []*use) {
	slices.SortStableFunc(list, func(a, b *use) int { return cmp.Or(cmp.Compare(order(a), order(b)), cmp.Compare(a.rank, b.rank)) })
	for i, u := range list {
		if i == maxNames {
			c.add(RulePickleDangerous, severityOf(u), f.Ref, f.Path, "more", "loading the file would %s", uselist(list[i:]))
			return
		}
		verb := "import " + u.name + ", which " + u.reason
		if u.calls() {
			verb = "call " + u.name + arguments(u.detail) + ", which " + u.reason
		} else if slices.Contains(u.kinds, format.CodeBuild) {
			verb = "set the state of " + u.name + ", which " + u.reason
		}
		c.add(RulePickleDangerous, severityOf(u), f.Ref, f.Path, u.name, "loading the file would %s%s (byte %d); it does that with the rights of whoever loads it", verb, inner(u.detail), u.first)
	}
}

func order(u *use) int {
	if u.calls() {
		return 0
	}
	return 1
}

func severityOf(u *use) bom.Severity {
	if u.calls() {
		return bom.SeverityCritical
	}
	return bom.SeverityHigh
}

// holdsPickle reports whether the code of a file is that of a pickle.
func holdsPickle(f *File) bool {
	return isPickle(f) || f.Scanned && slices.ContainsFunc(f.Code, ofPickle)
}

// isPickle reports whether a file is of a format that is a pickle.
func isPickle(f *File) bool { return f.Format == "pytorch" || f.Format == "pickle" }

// uses sorts the records of a file by name, without what PyTorch's restricted
// loader allows. The order is that of the first occurrence.
func uses(f *File) []*use {
	byName := map[string]*use{}
	var list []*use
	for _, x := range f.Code {
		allowed := strings.HasPrefix(x.Detail, format.WeightsOnly+";") || x.Detail == format.WeightsOnly
		if allowed || !ofPickle(x) {
			continue
		}
		u := byName[x.Name]
		if u == nil {
			u = &use{name: x.Name, first: x.Offset}
			g := judge(x)
			u.grade, u.reason, u.rank = g.Grade, g.Reason, g.Rank
			byName[x.Name] = u
			list = append(list, u)
		}
		if len(u.kinds) == 0 || x.Kind == format.CodeCall && !u.calls() {
			u.first, u.detail = x.Offset, x.Detail
		}
		if !slices.Contains(u.kinds, x.Kind) {
			u.kinds = append(u.kinds, x.Kind)
		}
	}
	return list
}

// ofPickle reports the records of pickles.
func ofPickle(x format.Code) bool {
	switch x.Kind {
	case format.CodeGlobal, format.CodeCall, format.CodeBuild, format.CodeExtension:
		return true
	}
	return false
}

// judge grades a record. The name of a call that is an expression is computed
// while loading, and what such an expression names is judged by itself.
func judge(x format.Code) format.Global {
	if x.Kind == format.CodeExtension {
		return format.Global{}
	}
	if x.Kind == format.CodeBuild && !plainName(x.Name) {
		return format.Global{Grade: format.KnownGlobal} // of a value of the pickle itself
	}
	return format.JudgeGlobal(x.Name)
}

// plainName reports whether a name is one of Python, with dots.
func plainName(s string) bool {
	for _, p := range strings.Split(short(s, 1<<10), ".") {
		if p == "" || !isWord(p) {
			return false
		}
	}
	return true
}

// uselist says what would be done with names, in a bounded length.
func uselist(list []*use) string {
	var parts []string
	for i, u := range list {
		if i == maxListed {
			break
		}
		verb := "import "
		if u.calls() {
			verb = "call "
		} else if u.kinds[0] == format.CodeBuild {
			verb = "set the state of "
		} else if u.kinds[0] == format.CodeExtension {
			verb = "use the unnamed "
		}
		parts = append(parts, verb+short(u.name, 80))
	}
	text := strings.Join(parts, ", ")
	if more := len(list) - len(parts); more > 0 {
		text += fmt.Sprintf(" and %s", wording.Count(more, "more name", "more names"))
	}
	return text
}

// arguments quotes what a call is given, from the detail of a record.
func arguments(detail string) string {
	if _, args, ok := strings.Cut("; "+detail, "; with "); ok {
		return " with " + short(args, maxQuoted)
	}
	if _, args, ok := strings.Cut("; "+detail, "; by "); ok {
		return " by " + short(args, maxQuoted)
	}
	return ""
}

// inner says in what the pickle lies that does it.
func inner(detail string) string {
	head, _, _ := strings.Cut("; "+detail, "; with ")
	where := ""
	if _, rest, ok := strings.Cut(head, "; in \""); ok {
		name, _, _ := strings.Cut(rest, "\"")
		where = " in the member " + short(name, 80)
	}
	if strings.Contains(head, "; in a pickle inside of a byte string") {
		where += " in a pickle that is hidden in a byte string"
	}
	return where
}
