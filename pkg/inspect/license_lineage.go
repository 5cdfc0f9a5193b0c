package inspect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/inventory"
	"github.com/modelbom/modelbom/pkg/license"
	"github.com/modelbom/modelbom/pkg/origin"
)

// The rules of findings about licences.
const (
	// ruleLicenseDisagreement: two places of the repository state different
	// licences for one thing.
	ruleLicenseDisagreement = "licence-disagreement"
	// ruleLicenseConflict: what is declared does not keep what the licence of an
	// upstream asks.
	ruleLicenseConflict = "licence-conflict"
	// ruleLicenseNaming and ruleLicenseAttribution: something that the licence
	// of an upstream asks and that can be seen is not there.
	ruleLicenseNaming      = "licence-naming"
	ruleLicenseAttribution = "licence-attribution"
)

// A licensing concludes the licences of the parts and of the model.
type licensing struct {
	*assembler
	told    map[string]bool  // what was reported, once for all it is about
	carried map[bom.Ref]bool // upstreams whose licence was weighed for a part
	parts   []partLicense    // parts with weights
}

type partLicense struct {
	component  *bom.Component
	expression string // concluded, empty when none is
	how        string
}

// An ancestor is an upstream whose licence bears on a component.
type ancestor struct {
	origin  bom.Origin
	up      *bom.Component
	license string
}

// verbatim reports that the component holds the ancestor's own values.
func (x ancestor) verbatim() bool {
	switch x.origin.Verdict {
	case bom.VerdictIdentical, bom.VerdictIdenticalValue, bom.VerdictRequantised:
		return true
	}
	return false
}

// ancestors are the upstreams that a component is declared or found to come
// from and whose licence is known, and those whose own values it holds.
func (l *licensing) ancestors(c *bom.Component) []ancestor {
	var out []ancestor
	for _, o := range c.Origins {
		up := l.upstreams[o.Reference]
		if up == nil || !o.Verdict.Found() && o.Verdict != bom.VerdictDeclaredOnly || o.Relation == origin.RelationUnquantised {
			continue
		}
		x := ancestor{o, up, licenseOf(up)}
		if c.Kind != bom.KindModel && !(x.verbatim() && !tied(o)) {
			continue // a vocabulary that others have too is nobody's weights
		}
		if x.license != "" || c.Kind == bom.KindModel && x.verbatim() && !tied(o) {
			out = append(out, x)
		}
	}
	return out
}

// tied reports that other upstreams fit as well.
func tied(o bom.Origin) bool {
	return slices.ContainsFunc(o.Evidence, func(e bom.Evidence) bool { return e.Key == "tied" })
}

// part concludes the licence of one part.
func (l *licensing) part(p *inventory.Part, c *bom.Component) {
	w := weigh(l.partPlaces(p))
	c.Licenses = merge(w.places)
	l.disagreement(c, w)
	list := l.ancestors(c)
	conflict := l.conflicts(c, w, list)
	expression, evidence, how := concluded(w, list, conflict)
	writeConclusion(c, expression, evidence, how, licensesOf(list)...)
	for _, x := range list {
		l.carried[x.up.Ref] = true
	}
	if p.Set != nil {
		l.parts = append(l.parts, partLicense{c, expression, how})
		l.obligations(list)
	}
}

func licensesOf(list []ancestor) []string {
	var out []string
	for _, x := range list {
		if x.license != "" {
			out = append(out, x.license)
		}
	}
	return out
}

// concluded is the licence of a part: of verbatim copies the one that the
// original is under, else what the repository states. It is pure.
func concluded(w weighing, list []ancestor, conflict string) (expression string, evidence []bom.Evidence, how string) {
	if conflict != "" {
		return "", nil, noConclusion + conflict
	}
	var original, unknown *ancestor
	for i := range list {
		if !list[i].verbatim() {
			continue
		}
		if list[i].license == "" {
			unknown = &list[i]
			continue
		}
		if original != nil && original.license != list[i].license {
			return "", nil, noConclusion + fmt.Sprintf("its bytes are those of %s under %s and of %s under %s.",
				name(original.up), original.license, name(list[i].up), list[i].license)
		}
		if original == nil {
			original = &list[i]
		}
	}
	stated := len(w.places) > 0
	switch {
	case original == nil && unknown != nil && w.expression != "":
		return ofUnknown(w, unknown.up)
	case original == nil, w.disagree, stated && w.expression == "":
		return w.expression, w.evidence, w.how
	case w.expression == original.license:
		return w.expression, w.evidence, fmt.Sprintf("%s Its bytes are those of %s, which is under it too, as the %s states.",
			w.how, name(original.up), statedBy(original.up))
	}
	how = fmt.Sprintf("Its bytes are those of %s, which is under %s, as the %s states.", name(original.up), original.license, statedBy(original.up))
	if stated {
		how += " What the repository states of the whole does not change that."
	}
	return original.license, original.up.Licenses[0].Evidence, how
}

// ofUnknown is the licence of a verbatim copy of an upstream whose licence is not
// known: what the repository states, unless something else is stated of it there.
func ofUnknown(w weighing, up *bom.Component) (expression string, evidence []bom.Evidence, how string) {
	if len(up.Licenses) == 0 {
		return w.expression, w.evidence, fmt.Sprintf("%s Its bytes are those of %s, whose licence is not known.", w.how, name(up))
	}
	return "", nil, noConclusion + fmt.Sprintf("its bytes are those of %s, and what the %s states of its licence (%q) does not resolve to one licence.",
		name(up), statedBy(up), cmp.Or(up.Licenses[0].Name, up.Licenses[0].Expression))
}

func name(up *bom.Component) string { return strings.TrimPrefix(up.Group+"/"+up.Name, "/") }

// disagreement reports places that contradict each other, once for all parts
// that they speak for.
func (l *licensing) disagreement(c *bom.Component, w weighing) {
	if !w.disagree || l.told[w.how] {
		return
	}
	l.told[w.how] = true
	first := w.places[0].stated[0].Evidence[0]
	message := strings.TrimPrefix(w.how, noConclusion)
	l.doc.Findings = append(l.doc.Findings, bom.Finding{Rule: ruleLicenseDisagreement, Severity: bom.SeverityMedium, Ref: c.Ref, Path: first.Path, Key: first.Key,
		Message: clean("Places that state the licence of " + what(c) + " disagree: " + message)})
}

// conflicts reports the ancestors whose licence asks what the declared licence
// does not keep, and returns the first of them in words.
func (l *licensing) conflicts(c *bom.Component, w weighing, list []ancestor) (conflict string) {
	if w.expression == "" {
		return ""
	}
	for _, x := range list {
		terms := license.Conflicts(w.expression, x.license)
		if len(terms) == 0 {
			continue
		}
		also := otherwise(w.expression, x, list)
		text := fmt.Sprintf("%s %s %s, which is under %s (as the %s states) and asks %s.%s",
			what(c), continues(x.origin), name(x.up), x.license, statedBy(x.up), asks(terms), also)
		conflict = cmp.Or(conflict, text)
		f := bom.Finding{Rule: ruleLicenseConflict, Severity: severityOf(terms), Ref: c.Ref, Path: w.places[0].stated[0].Evidence[0].Path, Key: w.places[0].stated[0].Evidence[0].Key,
			Message: clean(fmt.Sprintf("%s %s, but %s", declaring(w.places), w.expression, text))}
		switch {
		case c.Kind != bom.KindModel:
			f.Severity = bom.SeverityInfo
		case also != "":
			f.Severity = bom.SeverityMedium
		}
		if !l.told[f.Message] {
			l.told[f.Message] = true
			l.doc.Findings = append(l.doc.Findings, f)
		}
	}
	return conflict
}

// otherwise names an upstream that has the same bytes and whose licence the
// declared one keeps: they may have come from there. Empty when there is none.
func otherwise(declared string, x ancestor, list []ancestor) string {
	for _, o := range list {
		if x.verbatim() && o.verbatim() && o.license != "" && len(license.Conflicts(declared, o.license)) == 0 {
			return fmt.Sprintf(" It also %s %s, which is under %s (as the %s states); bytes do not tell which of the two it was taken from.",
				continues(o.origin), name(o.up), o.license, statedBy(o.up))
		}
	}
	return ""
}

// declaring names the places that declare something: "README.md (license) and
// LICENSE declare".
func declaring(places []place) string {
	var where []string
	for i := range places {
		where = append(where, places[i].where())
	}
	return listed(where) + map[bool]string{true: " declares", false: " declare"}[len(where) == 1]
}

// what names a component in the middle of a sentence, for people: "the vision
// encoder".
func what(c *bom.Component) string {
	if c.Role == "" {
		return "the model"
	}
	return "the " + strings.ReplaceAll(string(c.Role), "-", " ")
}

// continues is the verb of a verdict.
func continues(o bom.Origin) string {
	switch o.Verdict {
	case bom.VerdictIdentical:
		return "is identical to"
	case bom.VerdictIdenticalValue:
		return "has the values of"
	case bom.VerdictRequantised:
		return "is a quantisation of"
	case bom.VerdictTrainedFrom:
		return "continues"
	case bom.VerdictPartial:
		return "holds a part of"
	case bom.VerdictDeclaredOnly:
		return "is declared to come from"
	}
	return "is related to"
}

// maxAsked bounds the terms that one sentence names.
const maxAsked = 3

// asks lists terms in words: "for no commercial use (section 2), and ...".
func asks(terms []license.Term) string {
	var out []string
	for _, t := range terms[:min(len(terms), maxAsked)] {
		out = append(out, asked(t))
	}
	text := strings.Join(out, "; ")
	if n := len(terms) - maxAsked; n > 0 {
		text += fmt.Sprintf("; and %d more", n)
	}
	return text
}

func asked(t license.Term) string {
	if t.Clause == "" {
		return t.Text
	}
	return t.Text + " (" + t.Clause + ")"
}

// severityOf grades a conflict by its heaviest term: what forbids a use that the
// declared licence allows is high.
func severityOf(terms []license.Term) bom.Severity {
	for _, t := range terms {
		switch t.Kind {
		case license.TermNonCommercial, license.TermUseRestrictions, license.TermTerritory, license.TermThreshold:
			return bom.SeverityHigh
		}
	}
	return bom.SeverityMedium
}

// obligations reports what licences of ancestors ask that can be seen, and that
// is not there: the beginning of a derivative's name, a phrase on display.
func (l *licensing) obligations(list []ancestor) {
	for _, x := range list {
		if x.verbatim() {
			continue // passed on as it is, under its own name or as a part of another model
		}
		for _, t := range license.Terms(x.license) {
			switch {
			case t.Value == "":
			case t.Kind == license.TermNaming && !strings.HasPrefix(strings.ToLower(l.model.Name), strings.ToLower(t.Value)):
				l.missing(ruleLicenseNaming, x, t, fmt.Sprintf("this model is named %q", l.model.Name))
			case t.Kind == license.TermAttribution && !l.texts.displays(t.Value):
				l.missing(ruleLicenseAttribution, x, t, "no card and no notice file of the repository shows it")
			}
		}
	}
}

// missing reports an unmet term, once for each licence. A name that only the
// folder tells may not be the one that the model is published under.
func (l *licensing) missing(rule string, x ancestor, t license.Term, seen string) {
	key := rule + " " + t.License
	if l.told[key] {
		return
	}
	l.told[key] = true
	severity := bom.SeverityLow
	if rule == ruleLicenseNaming && l.options.Name == "" && l.inv.Locator.HubID == "" {
		severity = bom.SeverityInfo
	}
	l.doc.Findings = append(l.doc.Findings, bom.Finding{Rule: rule, Severity: severity,
		Message: clean(fmt.Sprintf("%s, the licence of %s, asks %s; %s.", t.License, name(x.up), asked(t), seen))})
}

// whole concludes the licence of the model: what its places agree on, and what
// its parts with weights add.
func (l *licensing) whole(w weighing) {
	m := &l.model
	m.Licenses = merge(w.places)
	all := l.ancestors(m)
	own := slices.DeleteFunc(slices.Clone(all), func(x ancestor) bool { return l.carried[x.up.Ref] })
	conflict := l.conflicts(m, w, own)
	l.obligations(own)
	expression, how := l.sum(w, conflict)
	writeConclusion(m, expression, w.evidence, how, append(licensesOf(all), l.partLicenses()...)...)
}

// partLicenses are the licences that are concluded for parts with weights.
func (l *licensing) partLicenses() []string {
	var out []string
	for _, p := range l.parts {
		if p.expression != "" && !slices.Contains(out, p.expression) {
			out = append(out, p.expression)
		}
	}
	slices.Sort(out)
	return out
}

// sum joins the model's own licence with those of its parts.
func (l *licensing) sum(w weighing, conflict string) (expression, how string) {
	if conflict != "" {
		return "", noConclusion + conflict
	}
	for _, p := range l.parts {
		if p.expression == "" && p.how != w.how {
			return "", fmt.Sprintf("No licence is concluded for the whole, since none is for %s: %s", what(p.component), strings.TrimPrefix(p.how, noConclusion))
		}
	}
	if w.disagree || w.expression == "" && len(w.places) > 0 {
		return "", w.how
	}
	parts := l.partLicenses()
	if w.expression == "" {
		if len(parts) == 0 || slices.ContainsFunc(l.parts, func(p partLicense) bool { return p.expression == "" }) {
			return "", w.how
		}
		return and(parts), "Nothing states a licence for the whole; this is what its parts are under."
	}
	added := slices.DeleteFunc(parts, func(e string) bool { return e == w.expression })
	if len(added) == 0 {
		return w.expression, w.how
	}
	return and(append([]string{w.expression}, added...)), w.how + " Parts that come from others add " + strings.Join(added, ", ") + "."
}

// and joins expressions that all apply.
func and(list []string) string {
	slices.Sort(list)
	if len(list) == 1 {
		return list[0]
	}
	for i, e := range list {
		if strings.Contains(e, " OR ") {
			list[i] = "(" + e + ")"
		}
	}
	return strings.Join(list, " AND ")
}
