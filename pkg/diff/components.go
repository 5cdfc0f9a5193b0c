package diff

import (
	"slices"

	"github.com/modelbom/modelbom/pkg/bom"
)

// components compares what is no part, file or dataset and no origin of
// anything: libraries, and whatever other tools list. Upstreams are told of with
// the origins that name them.
func (d *differ) components() {
	named := [2]map[bom.Ref]bool{mentioned(d.old), mentioned(d.new)}
	for i, s := range []*doc{d.old, d.new} {
		for _, n := range s.nodes {
			if n.pair != nil || n.class != classOther && n.class != classUpstream || named[i][n.Ref] || d.about[n] != nil {
				continue
			}
			if d.onlyIn(i == 1, "component") {
				continue
			}
			d.component(n, i == 1)
		}
	}
	d.relations()
}

// mentioned are the upstreams that origins name.
func mentioned(s *doc) map[bom.Ref]bool {
	out := map[bom.Ref]bool{}
	for _, n := range s.nodes {
		for _, o := range n.origins {
			out[o.Reference] = true
		}
	}
	return out
}

func (d *differ) component(n *node, isNew bool) {
	label := n.label
	if v := versionOf(n); v != "" {
		label += " " + show(v)
	}
	if isNew {
		x := d.change(ComponentAdded, nil, n)
		x.After = label
		x.Text = sentence("the component " + label + " is new")
		return
	}
	x := d.change(ComponentRemoved, n, nil)
	x.Before = label
	x.Text = sentence("the component " + label + " is gone")
}

// relations compares needs and variants between components that are in both
// documents. What contains what follows from the files, and where something
// comes from or was trained on is told elsewhere.
func (d *differ) relations() {
	type edge struct {
		from string
		t    bom.Relation
		to   string
	}
	edges := func(s *doc, id func(bom.Ref) string) map[edge]bom.Relationship {
		out := map[edge]bom.Relationship{}
		for _, r := range s.Relationships {
			from, to := s.byRef[r.From], s.byRef[r.To]
			switch {
			case from == nil || to == nil || from.pair == nil || to.pair == nil:
			case r.Type == bom.Contains, r.Type == bom.HasDataFile, r.Type == bom.DescendantOf, r.Type == bom.TrainedOn, r.Type == bom.TestedOn:
			case r.Type == bom.DependsOn && len(r.Note) >= len(remoteNote) && r.Note[:len(remoteNote)] == remoteNote:
			case r.Type == bom.HasVariant && s.descends[Pair{r.From, r.To}]:
			default:
				out[edge{id(r.From), r.Type, id(r.To)}] = r
			}
		}
		return out
	}
	before, after := edges(d.old, d.same), edges(d.new, d.here)
	if d.lenient {
		return // each tool draws its own
	}
	report := func(k Kind, s *doc, a, b map[edge]bom.Relationship) {
		var list []bom.Relationship
		for e, r := range a {
			if _, ok := b[e]; !ok {
				list = append(list, r)
			}
		}
		slices.SortFunc(list, func(x, y bom.Relationship) int {
			if x.From != y.From {
				return compareRefs(x.From, y.From)
			}
			if x.To != y.To {
				return compareRefs(x.To, y.To)
			}
			return compareRefs(bom.Ref(x.Type), bom.Ref(y.Type))
		})
		for _, r := range list {
			from, to := s.byRef[r.From], s.byRef[r.To]
			words := show(string(r.Type)) + " " + to.label
			var x *draft
			if k == RelationAdded {
				x = d.change(k, from.pair, from)
				x.After = words
				x.Text = sentence(thing(from) + " is now related to " + the(to) + " (" + show(string(r.Type)) + ")")
			} else {
				x = d.change(k, from, from.pair)
				x.Before = words
				x.Text = sentence(thing(from) + " is no longer related to " + the(to) + " (" + show(string(r.Type)) + ")")
			}
		}
	}
	report(RelationRemoved, d.old, before, after)
	report(RelationAdded, d.new, after, before)
}

func compareRefs(a, b bom.Ref) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
