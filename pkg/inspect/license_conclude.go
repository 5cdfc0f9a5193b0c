package inspect

import (
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/license"
)

// noConclusion begins every reason why no licence is concluded.
const noConclusion = "No licence is concluded: "

// A weighing is what the places that speak for something add up to.
type weighing struct {
	places []place
	// expression is what they agree on; empty when they state nothing, do not
	// agree, or cannot be resolved.
	expression string
	evidence   []bom.Evidence
	how        string // in words
	disagree   bool
}

// weigh compares what places state. Places agree where one names no licence that
// another does not name: a card may choose one of two texts. It is pure.
func weigh(places []place) weighing {
	w := weighing{places: places}
	if len(places) == 0 {
		w.how = noConclusion + "nothing that was read in the repository states one for it."
		return w
	}
	for i := range places {
		for j := range places[:i] {
			if !compatible(places[j].licenses(), places[i].licenses()) {
				w.disagree = true
				w.how = noConclusion + places[j].said() + ", and " + places[i].said() + "."
				return w
			}
		}
	}
	best := preferred(places)
	if best == nil {
		for _, p := range places {
			if p.open != "" {
				w.how = noConclusion + p.open + "."
				return w
			}
		}
		w.how = noConclusion + places[0].said() + ", and nothing says whether all or any of these apply."
		return w
	}
	for _, p := range places {
		if p.open != "" && !settled(&p, best) {
			w.how = noConclusion + p.open + "."
			return w
		}
		for _, s := range p.stated {
			w.evidence = append(w.evidence, s.Evidence...)
		}
	}
	w.expression = best.expressions()[0]
	w.how = agreement(places, best)
	return w
}

// preferred is the place whose one expression stands for all: a statement before
// a text, since a text does not say "or later", nor which of two applies.
func preferred(places []place) *place {
	for i := range places {
		if len(places[i].expressions()) == 1 && places[i].open == "" {
			return &places[i]
		}
	}
	return nil
}

// settled reports whether what a place leaves open is answered by another: the
// card's "other" or "gpl" by the text beside it.
func settled(open, best *place) bool {
	if open.kind == placeText || best.kind != placeText {
		return false
	}
	for _, l := range open.stated {
		if _, key := license.FromHubKey(l.Name); !key {
			return false
		}
	}
	return true
}

// agreement says in words what a conclusion rests on.
func agreement(places []place, best *place) string {
	var where []string
	for i := range places {
		if places[i].open == "" {
			where = append(where, places[i].where())
		}
	}
	expression := best.expressions()[0]
	switch {
	case len(where) > 1:
		return listed(where) + " agree on " + expression + "."
	case best.kind == placeText:
		return best.said() + "; nothing else that was read in the repository states a licence for it."
	}
	return "Only " + where[0] + " states a licence, " + expression + "; there is no licence text for it."
}

// listed joins words: "a, b and c".
func listed(words []string) string {
	n := len(words) - 1
	if n < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:n], ", ") + " and " + words[n]
}

// compatible reports whether one list of licences names nothing that the other
// does not name. An empty list says nothing.
func compatible(x, y []string) bool {
	if len(x) == 0 || len(y) == 0 {
		return true
	}
	if len(x) > len(y) {
		x, y = y, x
	}
	for _, e := range x {
		if !slices.ContainsFunc(y, func(o string) bool { return sameText(e, o) }) {
			return false
		}
	}
	return true
}

// sameText reports whether two identifiers are of one licence text: GPL-3.0,
// GPL-3.0-only and GPL-3.0-or-later are.
func sameText(x, y string) bool { return withoutSuffix(x) == withoutSuffix(y) }

func withoutSuffix(id string) string {
	return strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(id, "+"), "-or-later"), "-only")
}
