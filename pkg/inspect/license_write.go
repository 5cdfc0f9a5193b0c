package inspect

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/catalogue"
	"github.com/modelbom/modelbom/pkg/inventory"
	"github.com/modelbom/modelbom/pkg/license"
)

// Names of the properties about licences; docs/properties.md lists them.
const (
	propLicenseClass      = "modelbom:licence:class"
	propLicenseConclusion = "modelbom:licence:conclusion"
	propLicenseTerm       = "modelbom:licence:term"
)

// licenses writes down, of the model, every part, every upstream and every file
// that speaks of itself, what licence is declared and which one is concluded.
func (a *assembler) licenses() {
	a.doc.Gaps = append(a.doc.Gaps, a.texts.gaps...)
	for _, ref := range slices.Sorted(maps.Keys(a.upstreams)) {
		a.upstreamLicense(a.upstreams[ref])
	}
	l := &licensing{assembler: a, told: map[string]bool{}, carried: map[bom.Ref]bool{}}
	whole := weigh(a.subjectPlaces())
	l.disagreement(&a.model, whole)
	for _, p := range a.inv.Parts {
		if c := a.byPart[p]; c != nil {
			l.part(p, c)
		}
	}
	l.whole(whole)
	for _, f := range a.inv.Files {
		if c := a.byFile[f]; c != nil {
			a.fileLicense(f, c)
		}
	}
}

// writeConclusion adds what is concluded about a component, its class, and what
// the licences that bear on it ask.
func writeConclusion(c *bom.Component, expression string, evidence []bom.Evidence, how string, inherited ...string) {
	if expression != "" {
		c.Licenses = append(c.Licenses, bom.License{Expression: expression, Acknowledgement: bom.Concluded, Evidence: evidence})
	}
	c.Properties = append(c.Properties, bom.Property{Name: propLicenseConclusion, Value: clean(how)})
	if len(c.Licenses)+len(inherited) == 0 {
		return
	}
	addProperty(c, propLicenseClass, string(license.ClassOf(expression)))
	var terms []license.Term
	for _, e := range append([]string{expression}, inherited...) {
		if e == "" {
			continue
		}
		for _, t := range license.Terms(e) {
			if !slices.Contains(terms, t) {
				terms = append(terms, t)
			}
		}
	}
	for _, t := range terms {
		c.Properties = append(c.Properties, bom.Property{Name: propLicenseTerm, Value: clean(bom.JoinFields(t.License, string(t.Kind), t.Clause, t.Text))})
	}
}

// upstreamLicense resolves the licences that an upstream is stated to be under,
// else asks the catalogue for one.
func (a *assembler) upstreamLicense(up *bom.Component) {
	if len(up.Licenses) == 0 {
		id := strings.TrimPrefix(up.Group+"/"+up.Name, "/")
		known, ok := catalogue.LicenceOf(id)
		if !ok {
			return
		}
		up.Licenses = []bom.License{{Name: known.Key, Acknowledgement: bom.Declared, Evidence: []bom.Evidence{{Technique: bom.OtherTechnique, Key: "catalogue",
			Value: cleanValue(fmt.Sprintf("%s is under %s; source: %s", id, known.Key, sourceNames(known.Sources))), Confidence: confidenceLeftOver}}}}
	}
	for i := range up.Licenses {
		l := &up.Licenses[i]
		if l.Expression == "" {
			l.Expression = stated(l.Name)
		}
	}
	e := licenseOf(up)
	if e == "" {
		writeConclusion(up, "", nil, "No licence is concluded: what is stated of it does not resolve to one licence.")
		return
	}
	writeConclusion(up, e, up.Licenses[0].Evidence, "As stated by the "+statedBy(up)+"; its licence text was not read.")
}

// stated is the expression of what somebody wrote as a licence: a name or an
// address. It is empty where neither is known.
func stated(words string) string {
	if expression, ok := license.FromStatement(words); ok {
		return expression
	}
	expression, _ := license.FromURL(words)
	return expression
}

func sourceNames(list []catalogue.Source) string {
	var out []string
	for _, s := range list {
		out = append(out, s.String())
	}
	return strings.Join(out, ", ")
}

// statedBy is who states the licence of an upstream.
func statedBy(up *bom.Component) string {
	if len(up.Licenses) == 0 || len(up.Licenses[0].Evidence) == 0 {
		return "catalogue"
	}
	return cmp.Or(up.Licenses[0].Evidence[0].Key, "catalogue")
}

// licenseOf is the one licence that an upstream is stated to be under, empty
// when it is not known or stated differently.
func licenseOf(up *bom.Component) string {
	e := ""
	for _, l := range up.Licenses {
		if l.Expression == "" || e != "" && l.Expression != e {
			return ""
		}
		e = l.Expression
	}
	return e
}

// fileLicense writes what a file says of its own licence, and which licences a
// licence file holds.
func (a *assembler) fileLicense(f *inventory.File, c *bom.Component) {
	if tags := a.texts.tags[f.Path]; len(tags) > 0 {
		l := foundIn(c, tags)
		for i := range l {
			l[i].Acknowledgement = bom.Declared
		}
		c.Licenses = l
		if len(l) == 1 {
			writeConclusion(c, l[0].Expression, l[0].Evidence, "Its SPDX-License-Identifier says so.")
		} else {
			writeConclusion(c, "", nil, "No licence is concluded: it has several SPDX-License-Identifier lines.")
		}
		return
	}
	if t := a.texts.byPath[f.Path]; t != nil {
		c.Licenses = foundIn(c, t.id.Matches)
	}
}

// maxFound bounds the licences that are listed of one file: a file of notices
// can hold hundreds.
const maxFound = 50

// foundIn are the licences that were recognised in a file, not weighed.
func foundIn(c *bom.Component, matches []license.Match) []bom.License {
	var out []bom.License
	for _, m := range matches {
		e := bom.Evidence{Technique: bom.SourceCodeAnalysis, Path: c.Name, Key: string(m.Kind), Confidence: confidenceText,
			Value: fmt.Sprintf("%s at bytes %d to %d (%.0f %% of what tells it)", m.Expression, m.Start, m.End, 100*m.Coverage)}
		i := slices.IndexFunc(out, func(l bom.License) bool { return l.Expression == m.Expression })
		switch {
		case i >= 0 && len(out[i].Evidence) < maxQuoted:
			out[i].Evidence = append(out[i].Evidence, e)
		case i < 0 && len(out) < maxFound:
			out = append(out, bom.License{Expression: m.Expression, Path: c.Name, Evidence: []bom.Evidence{e}})
		}
	}
	return out
}
