package diff

import (
	"cmp"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/wording"
)

// changes joins drafts of one cause, puts them in order and writes the summary.
func (d *differ) changes() *Changes {
	drafts := d.merge(d.ordered())
	c := &Changes{Old: d.old.side(), New: d.new.side(), Notes: d.notes}
	changed := map[bom.Ref]bool{}
	for _, x := range drafts {
		if x.more > 0 {
			x.Details = append(x.Details, "and "+wording.Thousands(x.more)+" more")
		}
		x.Importance = x.importance()
		c.Changes = append(c.Changes, x.Change)
		changed[x.New] = true
		for _, p := range x.Also {
			changed[p.New] = true
		}
	}
	c.Matches = d.matches(changed)
	c.Different = d.differentModels()
	c.Summary = summaryOf(c, drafts, d.author)
	return c
}

func (x *draft) importance() Importance { return cmp.Or(x.rank, x.Kind.importance()) }

// ordered are the drafts in the order in which a reviewer needs them.
func (d *differ) ordered() []*draft {
	kinds := map[Kind]int{}
	for i, k := range Kinds() {
		kinds[k] = i
	}
	roles := map[bom.Role]int{}
	for i, r := range bom.Roles() {
		roles[r] = i + 2
	}
	importances := map[Importance]int{High: 0, Medium: 1, Low: 2}
	place := func(x *draft) int {
		n := x.node()
		switch {
		case n == nil:
			return 0
		case n.class == classSubject:
			return 1
		case n.class == classPart && roles[n.Role] > 0:
			return roles[n.Role]
		}
		return len(roles) + 3 + int(n.class)
	}
	out := slices.Clone(d.drafts)
	slices.SortStableFunc(out, func(a, b *draft) int {
		return cmp.Or(
			cmp.Compare(importances[a.importance()], importances[b.importance()]),
			cmp.Compare(kinds[a.Kind], kinds[b.Kind]),
			cmp.Compare(place(a), place(b)),
			cmp.Compare(a.Name, b.Name), cmp.Compare(a.New, b.New), cmp.Compare(a.Old, b.Old),
			cmp.Compare(a.Before, b.Before), cmp.Compare(a.After, b.After), cmp.Compare(a.Text, b.Text))
	})
	return out
}

// merge makes one change of drafts that have one key: the first of them in
// order, which names the components of the others.
func (d *differ) merge(drafts []*draft) []*draft {
	first := map[string]*draft{}
	groups := map[*draft][]*draft{}
	var out []*draft
	for _, x := range drafts {
		if x.key == "" {
			out = append(out, x)
			continue
		}
		f := first[x.key]
		if f == nil {
			first[x.key] = x
			out = append(out, x)
			continue
		}
		groups[f] = append(groups[f], x)
	}
	for f, others := range groups {
		f.take(others)
	}
	for _, x := range out {
		x.Also = x.furtherPairs()
	}
	return out
}

// take makes the others further places of one change.
func (x *draft) take(others []*draft) {
	var names []string
	told := map[string]bool{}
	for _, l := range x.Details {
		told[l] = true
	}
	for _, o := range others {
		x.Also = append(x.Also, Pair{o.Old, o.New})
		x.Also = append(x.Also, o.Also...)
		if (o.Kind != x.Kind || o.Before != x.Before || o.After != x.After) && o.Kind != FilesMoved && o.Kind != WeightsReencoded {
			told[o.Text] = true
			x.detail(o.Text)
		}
		if o.Name != x.Name && !slices.Contains(names, o.Name) && len(names) <= maxDetails {
			names = append(names, o.Name)
		}
		for _, l := range o.Details {
			if !told[l] {
				told[l] = true
				if o.Kind.Weights() && !strings.HasPrefix(l, "file ") && !strings.HasPrefix(l, "gap ") && !strings.HasPrefix(l, "completeness ") {
					l = o.Name + ": " + l
				}
				x.detail(l)
			}
		}
		x.more += o.more
	}
	if len(names) == 0 {
		return
	}
	if x.Kind == FilesMoved {
		x.Text = sentence(wording.CountThousands(len(others)+1, "file has", "files have") + " moved, with the same bytes; the first is " + x.Before + " -> " + x.After)
		return
	}
	x.Text += " The same goes for " + list(names) + "."
}

// furtherPairs are the pairs of a change besides its own, each once.
func (x *draft) furtherPairs() []Pair {
	seen := map[Pair]bool{{x.Old, x.New}: true}
	var out []Pair
	for _, p := range x.Also {
		if !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	return out
}

// matches lists the pairs that a reader wants to see; see Changes.Matches.
func (d *differ) matches(changed map[bom.Ref]bool) []Match {
	var out []Match
	d.pairs(func(old, new *node) {
		if new.by == ByRef && (new.class == classFile || new.class == classOther) {
			return
		}
		out = append(out, Match{Old: old.Ref, New: new.Ref, Name: new.label, By: new.by, Changed: changed[new.Ref]})
	})
	return out
}

// side is what is said of a document as a whole.
func (s *doc) side() Side {
	n := s.subject
	out := Side{Subject: n.Ref, Name: show(nameAndGroup(n)), Version: show(n.Version), PURL: show(n.PURL),
		Format: show(s.Format), Created: s.Created, Components: len(s.Components), Parts: s.parts}
	for _, t := range s.Tools {
		if len(out.Tools) < maxDetails {
			out.Tools = append(out.Tools, toolWords(t))
		}
	}
	slices.Sort(out.Tools)
	return out
}
