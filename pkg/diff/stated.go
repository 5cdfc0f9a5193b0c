package diff

import (
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// Facts that only people know stand in properties of these names; what they put
// into a document's own places stands in both. docs/properties.md has the fields.
const (
	statedFacts  = "modelbom:stated:"
	statedAuthor = statedFacts + "author" // of the document
	statedMark   = " (stated)"
)

// statedPlaces are the properties of the facts that documents have own places for.
func statedPlaces() map[string]string {
	return map[string]string{"version": "version", "supplier": "supplier", "description": "description", "package URL": "purl", "link distribution": "download"}
}

// stated reports a licence that rests on a statement of the producer: it is the
// stated one, and it was seen nowhere.
func stated(n *node, l bom.License) bool {
	if l.Expression == "" || l.Path != "" || len(l.Evidence) > 0 {
		return false
	}
	for _, v := range values(n, statedFacts+"licence") {
		f := bom.SplitFields(v, 2)
		if l.Acknowledgement == bom.Concluded {
			f[0] = f[1]
		}
		if strings.EqualFold(f[0], l.Expression) {
			return true
		}
	}
	return false
}

// states reports that a component's fact is a statement. What is not there is as
// good as one.
func states(n *node, f fact, value string) bool {
	if value == "" {
		return true
	}
	property := statedPlaces()[f.name]
	if property == "" {
		return strings.HasPrefix(f.name, "stated ")
	}
	for _, v := range values(n, statedFacts+property) {
		if v == value {
			return true
		}
		if fields := bom.SplitFields(v, 3); property == "supplier" && organization(&bom.Organization{Name: fields[0], URL: fields[1], Country: fields[2]}) == value {
			return true
		}
	}
	return false
}

// allStated reports that facts are nothing but statements in both documents.
func allStated(old, new *node, facts []fact) bool {
	return !slices.ContainsFunc(facts, func(f fact) bool { return !states(old, f, f.before) || !states(new, f, f.after) })
}

// toldTwice takes out the statements behind facts and licences whose change is
// told anyway.
func (d *differ) toldTwice(old, new *node, f *differing) {
	told := map[string]bool{}
	for _, x := range slices.Concat(f.identity, f.properties) {
		if p := statedPlaces()[x.name]; p != "" && allStated(old, new, []fact{x}) {
			told["stated "+p] = true
		}
		if strings.HasPrefix(x.name, "link ") {
			told["stated reference"] = true
		}
	}
	for _, x := range d.drafts {
		if x.old == old && x.new == new && x.stated {
			told["stated licence"] = true
		}
	}
	f.properties = slices.DeleteFunc(f.properties, func(x fact) bool { return told[x.name] })
}
