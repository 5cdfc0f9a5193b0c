package diff

import (
	"cmp"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// named compares two lists of named values; those of one name are one value.
func (d *differ) named(to *[]fact, a, b []bom.Property, what string, which func(string) bool) {
	if len(a) == 0 && len(b) == 0 {
		return
	}
	before, after := grouped(a, which), grouped(b, which)
	names := map[string]bool{}
	for n := range before {
		names[n] = true
	}
	for n := range after {
		names[n] = true
	}
	for _, n := range sortedKeys(names) {
		x, y := before[n], after[n]
		slices.Sort(x)
		slices.Sort(y)
		x, y = slices.Compact(x), slices.Compact(y)
		if slices.EqualFunc(x, y, sameValue) {
			continue
		}
		p, q := strings.Join(x, ", "), strings.Join(y, ", ")
		if !d.oneSided(p, q, what) {
			*to = append(*to, fact{propertyName(n), p, q})
		}
	}
}

func propertyName(n string) string {
	return strings.ReplaceAll(strings.TrimPrefix(n, "modelbom:"), ":", " ")
}

func grouped(list []bom.Property, which func(string) bool) map[string][]string {
	out := map[string][]string{}
	for _, p := range list {
		if which == nil || which(p.Name) {
			out[p.Name] = append(out[p.Name], p.Value)
		}
	}
	return out
}

func metrics(m *bom.Model) []bom.Property {
	var out []bom.Property
	for _, x := range m.Metrics {
		name := x.Type
		if x.Dataset != "" {
			name += " on " + x.Dataset
		}
		out = append(out, bom.Property{Name: name, Value: x.Value})
	}
	return out
}

func links(n *node) []bom.Property {
	var out []bom.Property
	for _, l := range n.Links {
		out = append(out, bom.Property{Name: "link " + l.Type, Value: l.URL})
	}
	return out
}

// nameOf is the name of a component as it stands by itself: that of a part
// begins with the model's, and follows it.
func (d *differ) nameOf(n *node) string {
	if n.class == classPart && n.Role != "" {
		return ""
	}
	if o := n.pair; d.lenient && o != nil && strings.EqualFold(n.Name, o.Name) {
		return "" // what stands in front of it is each tool's own
	}
	return nameAndGroup(n)
}

// versionOf is the version of a component, or that in its package URL.
func versionOf(n *node) string {
	if n.Version != "" {
		return n.Version
	}
	rest, _, _ := strings.Cut(n.PURL, "#")
	rest, _, _ = strings.Cut(rest, "?")
	if i := strings.LastIndexByte(rest, '@'); i > strings.LastIndexByte(rest, '/') {
		return rest[i+1:]
	}
	return ""
}

func organization(o *bom.Organization) string {
	if o == nil {
		return ""
	}
	text := cmp.Or(o.Name, o.URL, o.Email)
	if o.Country != "" {
		text += " (" + o.Country + ")"
	}
	return text
}
