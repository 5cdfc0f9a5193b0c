package codec

import (
	"fmt"
	"slices"

	"github.com/modelbom/modelbom/pkg/bom"
)

// settle makes a document that was read from strangers keep the invariants of
// the neutral model: what points nowhere is dropped, and Contains becomes a
// forest. Every drop is a Loss. All steps are linear in the document.
func settle(d *bom.Document) []Loss {
	known := make(map[bom.Ref]bool, len(d.Components))
	for i := range d.Components {
		known[d.Components[i].Ref] = true
	}
	var losses []Loss
	lost := func(ref bom.Ref, field, format string, args ...any) {
		if !known[ref] {
			ref = ""
		}
		losses = append(losses, Loss{Ref: ref, Field: field, Reason: fmt.Sprintf(format, args...)})
	}
	for i := range d.Components {
		c := &d.Components[i]
		c.Origins = slices.DeleteFunc(c.Origins, func(o bom.Origin) bool {
			if o.Reference == "" && o.Verdict.Open() {
				return false
			}
			if !known[o.Reference] {
				lost(c.Ref, "origin", "%q is not in the document", o.Reference)
			}
			return !known[o.Reference]
		})
		if len(c.Origins) == 0 {
			c.Origins = nil
		}
	}
	d.Relationships = slices.DeleteFunc(d.Relationships, func(r bom.Relationship) bool {
		for _, end := range []bom.Ref{r.From, r.To} {
			if !known[end] {
				lost(r.From, "relationship "+string(r.Type), "%q is not in the document", end)
				return true
			}
		}
		return false
	})
	dropClaims(d, func(ref bom.Ref) bool { return known[ref] }, lost)
	losses = append(losses, plantForest(d)...)
	if len(d.Relationships) == 0 {
		d.Relationships = nil
	}
	return losses
}

// dropClaims drops claims about what is not in the document.
func dropClaims(d *bom.Document, known func(bom.Ref) bool, lost func(ref bom.Ref, field, format string, args ...any)) {
	for i := range d.Attestations {
		for j := range d.Attestations[i].Requirements {
			r := &d.Attestations[i].Requirements[j]
			r.Claims = slices.DeleteFunc(r.Claims, func(c bom.Claim) bool {
				if c.Ref == "" || known(c.Ref) {
					return false
				}
				lost("", "claim about "+r.ID, "%q is not in the document", c.Ref)
				return true
			})
			if len(r.Claims) == 0 {
				r.Claims = nil
			}
		}
	}
}

// plantForest drops every Contains that gives a component a second container or
// closes a circle. The first container counts.
func plantForest(d *bom.Document) []Loss {
	parent := map[bom.Ref]bom.Ref{}
	var losses []Loss
	drop := func(from, to bom.Ref, reason string) {
		losses = append(losses, Loss{Ref: from, Field: "relationship contains", Reason: fmt.Sprintf("%q %s", to, reason)})
	}
	d.Relationships = slices.DeleteFunc(d.Relationships, func(r bom.Relationship) bool {
		if r.Type != bom.Contains {
			return false
		}
		if p, ok := parent[r.To]; ok && p != r.From {
			drop(r.From, r.To, "is contained by another component already")
			return true
		}
		parent[r.To] = r.From
		return false
	})
	circles := closingEdges(parent)
	d.Relationships = slices.DeleteFunc(d.Relationships, func(r bom.Relationship) bool {
		if r.Type != bom.Contains || !circles[r.To] {
			return false
		}
		drop(r.From, r.To, "contains that component")
		return true
	})
	return losses
}

// closingEdges finds one component on every circle of containers: the smallest,
// so that the order of reading does not matter. Nobody has two containers, so
// each component is walked over once.
func closingEdges(parent map[bom.Ref]bom.Ref) map[bom.Ref]bool {
	closing := map[bom.Ref]bool{}
	walk := make(map[bom.Ref]int, len(parent)) // by which walk a component was seen
	for number, start := range sortedKeys(parent) {
		ref := start
		for {
			seen, visited := walk[ref]
			up, contained := parent[ref]
			if visited && seen == number+1 {
				closing[smallestOnCircle(parent, ref)] = true
			}
			if visited || !contained {
				break
			}
			walk[ref] = number + 1
			ref = up
		}
	}
	return closing
}

func smallestOnCircle(parent map[bom.Ref]bom.Ref, on bom.Ref) bom.Ref {
	least := on
	for ref := parent[on]; ref != on; ref = parent[ref] {
		least = min(least, ref)
	}
	return least
}
