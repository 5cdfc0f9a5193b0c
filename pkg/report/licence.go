package report

import (
	"cmp"
	"slices"

	"github.com/modelbom/modelbom/pkg/bom"
)

// licenceNames are the licences of a component that have an acknowledgement, or
// none, each once.
func (b *documentPage) licenceNames(c *bom.Component, concluded bool) [][]span {
	var out [][]span
	told := map[string]bool{}
	for _, l := range c.Licenses {
		s := cmp.Or(l.Expression, l.Name, l.URL)
		stated := statedLicence(c, l)
		key := s + b.mark(stated)
		if s != "" && (l.Acknowledgement == bom.Concluded) == concluded && len(out) < maxLinks && !told[key] {
			told[key] = true
			out = append(out, b.withMark(stated, name(s)))
		}
	}
	return out
}

// licenceSpans shows what is declared, and what is concluded if it is something
// else.
func (b *documentPage) licenceSpans(c *bom.Component) []span {
	var out []span
	declared, concluded := b.licenceNames(c, false), b.licenceNames(c, true)
	for _, s := range declared {
		out = join(out, s...)
	}
	if len(concluded) == 0 || slices.EqualFunc(declared, concluded, slices.Equal) {
		return out
	}
	if len(out) > 0 {
		out = append(out, note("; concluded: "))
	} else {
		out = append(out, note("concluded: "))
	}
	for i, s := range concluded {
		if i > 0 {
			out = append(out, text(", "))
		}
		out = append(out, s...)
	}
	return out
}

func (b *documentPage) licenceCell(c *bom.Component) cell {
	if s := b.licenceSpans(c); len(s) > 0 {
		return s
	}
	return cell{note("none stated")}
}

// licenceSection lists licences of the model, its parts and its upstreams, and
// what the licences ask.
func (b *documentPage) licenceSection() section {
	var rows []*bom.Component
	told := map[bom.Ref]bool{}
	put := func(c *bom.Component) {
		if c != nil && !told[c.Ref] {
			told[c.Ref] = true
			rows = append(rows, c)
		}
	}
	put(b.subject())
	for _, c := range b.ps {
		put(c)
	}
	unrelated := b.unrelated()
	for _, c := range b.upstreams() {
		if unrelated[c.Ref] {
			continue // its licence does not bear on the model
		}
		put(c)
	}
	s := section{ID: "licences", Title: "Licences",
		Intro: paragraphSpans{text("Declared is what the publisher states, concluded is what the maker of this document concludes after weighing it. Neither is legal advice.")}}
	var stated []*bom.Component
	var without []span
	for _, c := range rows {
		switch {
		case len(c.Licenses) > 0 || property(c, propLicenceConclusion) != "":
			stated = append(stated, c)
		case len(without) < 2*maxCards:
			without = join(without, b.licenceOwner(c)[0])
		}
	}
	columns := []column{{Title: "Of"}, {Title: "Declared"}, {Title: "Concluded"}, {Title: "Class"}, {Title: "Found in"}}
	t := tableOf("Licences of the model, its parts and its upstreams", columns, stated, b.rows, "", func(c *bom.Component) []cell {
		return []cell{b.licenceOwner(c), nameLines(b.licenceNames(c, false)), b.concludedCell(c), orDash(property(c, propLicenceClass), text), licencePlaces(c)}
	})
	s.Blocks = add(nil, t, b.termTable(rows))
	if len(without) > 0 {
		s.Blocks = append(s.Blocks, block{Text: append(paragraphSpans{strong("No licence is stated for: ")}, without...)})
	}
	return s
}

func (b *documentPage) licenceOwner(c *bom.Component) cell {
	switch {
	case c.Ref == b.Subject && c.Role == "":
		return cell{strong("The model as a whole")}
	case c.Role != "":
		return b.partLink(c)
	}
	return lines(cell{name(titled(c))}, cell{note("upstream")})
}

func nameLines(names [][]span) cell {
	var c cell
	for _, n := range names {
		c = lines(c, n)
	}
	if len(c) == 0 {
		return cell{note("none stated")}
	}
	return c
}

// concludedCell is the conclusion and how it was reached.
func (b *documentPage) concludedCell(c *bom.Component) cell {
	var out cell
	for _, n := range b.licenceNames(c, true) {
		out = lines(out, n)
	}
	if p := property(c, propLicenceConclusion); p != "" {
		out = lines(out, cell{note(p)})
	}
	if len(out) == 0 {
		return cell{note("-")}
	}
	return out
}

// licencePlaces are the files and keys where licences were found, each once.
func licencePlaces(c *bom.Component) cell {
	var out cell
	told := map[string]bool{}
	put := func(path, key string) {
		if path+key == "" || told[path+"\x00"+key] || len(told) >= maxLinks {
			return
		}
		told[path+"\x00"+key] = true
		place := cell{code(cmp.Or(path, key))}
		if path != "" && key != "" {
			place = append(place, text(" "), code(key))
		}
		out = lines(out, place)
	}
	for _, l := range c.Licenses {
		put(l.Path, "")
		for _, e := range l.Evidence {
			put(e.Path, e.Key)
		}
		if l.URL != "" && !told[l.URL] && len(told) < maxLinks {
			told[l.URL] = true
			out = lines(out, links(l.URL))
		}
	}
	if len(out) == 0 {
		return cell{note("-")}
	}
	return out
}

// termTable lists what the licences ask of those who pass the model on.
func (b *documentPage) termTable(owners []*bom.Component) *table {
	var terms []licenceTerm
	of := map[licenceTerm][]*bom.Component{}
	for _, c := range owners {
		for _, k := range licenceTerms(c) {
			if of[k] == nil {
				terms = append(terms, k)
			}
			of[k] = append(of[k], c)
		}
	}
	columns := []column{{Title: "Licence"}, {Title: "Kind"}, {Title: "What it asks"}, {Title: "Clause"}, {Title: "Of"}}
	return tableOf("What the licences ask of those who pass the model on or build on it", columns, terms, b.rows, "", func(k licenceTerm) []cell {
		var who cell
		for _, c := range of[k][:min(len(of[k]), maxLinks)] {
			if c.Ref == b.Subject && c.Role == "" {
				who = lines(who, cell{text("the model as a whole")})
			} else {
				who = lines(who, b.partLink(c))
			}
		}
		return []cell{orDash(k.licence, name), orDash(k.kind, strong), orDash(k.text, text), orDash(k.clause, text), who}
	})
}
