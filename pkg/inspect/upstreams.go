package inspect

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/origin"
)

// found adds an upstream, or what is new of it to the one that is known.
func (a *assembler) found(up *bom.Component) {
	if known := a.upstreams[up.Ref]; known != nil {
		complete(known, up)
		return
	}
	a.upstreams[up.Ref] = up
}

// complete adds what is new of an upstream to the one that is known.
func complete(known, up *bom.Component) {
	known.Version = cmp.Or(known.Version, up.Version)
	known.PURL = cmp.Or(known.PURL, up.PURL)
	if known.Supplier == nil {
		known.Supplier = up.Supplier
	}
	if up.Kind == bom.KindModel { // weights come from it, whatever else does
		known.Kind = up.Kind
	}
	for _, l := range up.Licenses {
		if !slices.ContainsFunc(known.Licenses, func(k bom.License) bool { return k.Name == l.Name }) {
			known.Licenses = append(known.Licenses, l)
		}
	}
	addEvidence(&known.Evidence, up.Evidence)
}

func addEvidence(to *[]bom.Evidence, more []bom.Evidence) {
	for _, e := range more {
		if !slices.Contains(*to, e) {
			*to = append(*to, e)
		}
	}
}

// join makes one component of upstreams that are one model, such as one that a
// card names by its place on the hub and an index only by its name. What is
// declared keeps its reference, so that it has the same one with an index and
// without.
func (a *assembler) join(declared []bom.Ref) {
	to := joined(a.upstreams, declared)
	if len(to) == 0 {
		return
	}
	for _, from := range slices.Sorted(maps.Keys(to)) {
		complete(a.upstreams[to[from]], a.upstreams[from])
		delete(a.upstreams, from)
	}
	for _, c := range append([]*bom.Component{&a.model}, a.list...) {
		a.redirect(c, to)
	}
	for i := range a.doc.Relationships {
		r := &a.doc.Relationships[i]
		r.To = cmp.Or(to[r.To], r.To)
	}
}

// joined maps the references that go to those that stay. A name that could be
// that of several package URLs is left alone, unless one of them is declared.
func joined(upstreams map[bom.Ref]*bom.Component, declared []bom.Ref) map[bom.Ref]bom.Ref {
	rank := func(ref bom.Ref) int {
		n := 0
		if upstreams[ref].PURL == "" {
			n += 2
		}
		if _, ok := slices.BinarySearch(declared, ref); !ok {
			n++
		}
		return n
	}
	refs := slices.SortedFunc(maps.Keys(upstreams), func(x, y bom.Ref) int {
		return cmp.Or(cmp.Compare(rank(x), rank(y)), cmp.Compare(x, y))
	})
	to := map[bom.Ref]bom.Ref{}
	stay := map[string][]bom.Ref{} // by name
	for _, ref := range refs {
		up := upstreamOf(upstreams[ref])
		name := strings.ToLower(up.Label())
		var met []bom.Ref
		for _, other := range stay[name] {
			if up.Meets(upstreamOf(upstreams[other])) {
				met = append(met, other)
			}
		}
		if len(met) == 1 || len(met) > 1 && rank(met[0]) < rank(met[1]) {
			to[ref] = met[0]
			continue
		}
		stay[name] = append(stay[name], ref)
	}
	return to
}

func upstreamOf(c *bom.Component) origin.Upstream {
	return origin.Upstream{Group: c.Group, Name: c.Name, Version: c.Version, PURL: c.PURL}
}

// redirect has a component's origins refer to the upstreams that stay, and makes
// one of those that then name the same.
func (a *assembler) redirect(c *bom.Component, to map[bom.Ref]bom.Ref) {
	var out []bom.Origin
	for _, o := range c.Origins {
		o.Reference = cmp.Or(to[o.Reference], o.Reference)
		i := -1
		if o.Reference != "" {
			i = slices.IndexFunc(out, func(x bom.Origin) bool { return x.Reference == o.Reference })
		}
		if i < 0 {
			out = append(out, o)
			continue
		}
		first := &out[i]
		first.Relation = cmp.Or(first.Relation, o.Relation)
		first.Evidence = slices.Clone(first.Evidence)
		addEvidence(&first.Evidence, o.Evidence)
		if first.Verdict == bom.VerdictDeclaredOnly {
			first.Sentence = sentence(first, a.upstreams[first.Reference])
		}
	}
	c.Origins = out
}
