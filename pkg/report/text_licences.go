package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// The properties about licences that a report shows; docs/properties.md has
// their meaning.
const (
	propLicenceClass      = "modelbom:licence:class"
	propLicenceConclusion = "modelbom:licence:conclusion"
	propLicenceTerm       = "modelbom:licence:term"
)

// A licenceRow is what is declared and concluded of one or more components.
type licenceRow struct {
	names                      []string
	declared, concluded, class string
	how                        []string // how it was concluded, each once
}

// licenceRows are the licences of the model, its parts and its upstreams.
// Neighbours of which the same is said share a row.
func (v *view) licenceRows() []licenceRow {
	var rows []licenceRow
	add := func(name string, c *bom.Component) {
		declared, concluded := v.licencesOf(c)
		if declared == "" && concluded == "" {
			return
		}
		r := licenceRow{[]string{name}, cmp.Or(declared, "-"), cmp.Or(concluded, "none"), cmp.Or(property(c, propLicenceClass), "-"), nil}
		if how := property(c, propLicenceConclusion); how != "" {
			r.how = []string{how}
		}
		if n := len(rows); n > 0 {
			last := &rows[n-1]
			alike := last.declared == r.declared && last.concluded == r.concluded && last.class == r.class
			if alike && v.isUpstream(c) && slices.Contains(last.names, name) {
				return // one model that is declared and in an index
			}
			if alike && !v.isUpstream(c) {
				last.names = append(last.names, name)
				for _, how := range r.how {
					if !slices.Contains(last.how, how) {
						last.how = append(last.how, how)
					}
				}
				return
			}
		}
		rows = append(rows, r)
	}
	if c := v.byRef[v.Subject]; c != nil {
		add("the model", c)
	}
	for _, c := range v.parts() {
		if c.Role != bom.RoleCode {
			add(partLabel(c), c)
		}
	}
	unrelated := v.unrelated()
	for i := range v.Components {
		if c := &v.Components[i]; v.isUpstream(c) && !unrelated[c.Ref] {
			add("from "+label(c), c)
		}
	}
	return rows
}

// unrelated are the upstreams that something was compared with and that nothing
// was found or is declared to come from. Their licences do not bear on it.
func (v *view) unrelated() map[bom.Ref]bool {
	out := map[bom.Ref]bool{}
	for _, related := range []bool{false, true} {
		for i := range v.Components {
			for _, o := range v.Components[i].Origins {
				if related == (o.Verdict.Found() || o.Verdict == bom.VerdictDeclaredOnly) {
					out[o.Reference] = !related
				}
			}
		}
	}
	return out
}

// isUpstream reports a component that the subject or a part comes from or
// needs, and that is no part itself.
func (v *view) isUpstream(c *bom.Component) bool {
	return strings.HasPrefix(string(c.Ref), "upstream:")
}

// licencesOf are the declared and the concluded licences of a component. One
// that was found and not weighed counts as declared.
func (v *view) licencesOf(c *bom.Component) (declared, concluded string) {
	var d, k []string
	for _, l := range c.Licenses {
		name := bom.Clean(cmp.Or(l.Expression, l.Name, l.URL, l.Path)) + v.mark(statedLicence(c, l))
		switch {
		case l.Acknowledgement == bom.Concluded:
			k = append(k, name)
		case !slices.Contains(d, name):
			d = append(d, name)
		}
	}
	return strings.Join(d, ", "), strings.Join(k, ", ")
}

// property is the value of the first property of a name.
func property(c *bom.Component, name string) string {
	for _, p := range c.Properties {
		if p.Name == name {
			return bom.Clean(p.Value)
		}
	}
	return ""
}

// A licenceTerm is one thing that a licence asks.
type licenceTerm struct{ licence, kind, clause, text string }

// licenceTerms are the terms that bear on a component.
func licenceTerms(c *bom.Component) []licenceTerm {
	var out []licenceTerm
	for _, p := range c.Properties {
		if f := bom.SplitFields(p.Value, 0); p.Name == propLicenceTerm && len(f) == 4 {
			out = append(out, licenceTerm{bom.Clean(f[0]), bom.Clean(f[1]), bom.Clean(f[2]), bom.Clean(f[3])})
		}
	}
	return out
}

// licences prints one table of what is declared and concluded, and what the
// licences ask that are not permissive; asked for, how each was concluded and
// what permissive licences ask.
func (t *textWriter) licences() {
	rows := t.licenceRows()
	if len(rows) == 0 {
		return
	}
	table := [][]string{{"LICENCE OF", "DECLARED", "CONCLUDED", "CLASS"}}
	for _, r := range rows {
		table = append(table, []string{shortList(r.names, 2), cutMarked(r.declared, maxCell, bom.Cut), cutMarked(r.concluded, maxCell, bom.Cut), r.class})
	}
	t.printf("\n")
	if t.err == nil {
		t.err = Table(t.w, table, "llll")
	}
	for _, r := range rows {
		for _, how := range r.how {
			if (t.verbose || r.concluded == "none") && !repeated(r.how, how) {
				t.paragraph(shortList(r.names, 2)+": "+how, "  ", "    ")
			}
		}
	}
	t.terms()
}

// repeated reports whether a reason ends in a shorter one of the same row, as that
// of the whole does in that of a part.
func repeated(list []string, how string) bool {
	return slices.ContainsFunc(list, func(o string) bool {
		_, reason, _ := strings.Cut(o, ": ")
		return len(o) < len(how) && reason != "" && strings.HasSuffix(how, ": "+reason)
	})
}

// terms lists what licences ask, by licence.
func (t *textWriter) terms() {
	var order []string
	asks := map[string][]string{}
	heavy := map[string]bool{}
	unrelated := t.unrelated()
	for i := range t.Components {
		if unrelated[t.Components[i].Ref] {
			continue
		}
		for _, x := range licenceTerms(&t.Components[i]) {
			line := x.kind + ": " + x.text
			if x.clause != "" {
				line += " (" + x.clause + ")"
			}
			if !slices.Contains(order, x.licence) {
				order = append(order, x.licence)
			}
			if !slices.Contains(asks[x.licence], line) {
				asks[x.licence] = append(asks[x.licence], line)
			}
			heavy[x.licence] = heavy[x.licence] || x.kind != "notice" && x.kind != "attribution"
		}
	}
	slices.Sort(order)
	for _, licence := range order {
		if !t.verbose && !heavy[licence] {
			continue
		}
		t.printf("\n  %s asks\n", licence)
		for _, line := range asks[licence] {
			t.paragraph(line, "    ", "      ")
		}
	}
}
