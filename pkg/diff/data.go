package diff

import (
	"slices"

	"github.com/modelbom/modelbom/pkg/bom"
)

// datasets compares the data sets that the documents name, and what they were
// used for.
func (d *differ) datasets() {
	uses := [2]map[string][]string{d.uses(d.old, d.same), d.uses(d.new, d.here)}
	for _, n := range d.old.nodes {
		if n.class == classDataset && n.pair == nil && !d.onlyIn(false, "data set") {
			d.dataset(DatasetRemoved, n, nil, uses[0][d.same(n.Ref)])
		}
	}
	for _, n := range d.new.nodes {
		if n.class != classDataset {
			continue
		}
		id := "new " + string(n.Ref)
		if n.pair == nil {
			if !d.onlyIn(true, "data set") {
				d.dataset(DatasetAdded, nil, n, uses[1][id])
			}
			continue
		}
		before, after := uses[0][id], uses[1][id]
		if d.lenient && (len(before) == 0 || len(after) == 0) {
			continue
		}
		if went := without(before, after); len(went) > 0 {
			d.dataset(DatasetRemoved, n.pair, n, went)
		}
		if came := without(after, before); len(came) > 0 {
			d.dataset(DatasetAdded, n.pair, n, came)
		}
	}
}

// uses are what each data set was used for: "training of the model".
func (d *differ) uses(s *doc, id func(bom.Ref) string) map[string][]string {
	out := map[string][]string{}
	for _, r := range s.Relationships {
		word := map[bom.Relation]string{bom.TrainedOn: "training", bom.TestedOn: "testing"}[r.Type]
		from := s.byRef[r.From]
		if word == "" || from == nil || s.byRef[r.To] == nil {
			continue
		}
		out[id(r.To)] = append(out[id(r.To)], word+" of "+the(from))
	}
	for k := range out {
		slices.Sort(out[k])
		out[k] = slices.Compact(out[k])
	}
	return out
}

func (d *differ) dataset(k Kind, old, new *node, uses []string) {
	x := d.change(k, old, new)
	n := x.node()
	words := list(uses)
	if words == "" {
		words = "a use that is not stated"
	}
	if k == DatasetAdded {
		x.After = n.label
		x.Text = sentence("the data set " + n.label + " is named for " + words + "; the old document does not")
	} else {
		x.Before = n.label
		x.Text = sentence("the data set " + n.label + " is no longer named for " + words)
	}
	x.claimEvidence(n.Evidence)
	if len(n.Evidence) == 0 {
		x.claimRoles("model-card")
	}
}
