package diff

import (
	"slices"
	"strings"
)

// The facts about licences that documents hold besides the licences themselves.
func isTerm(name string) bool {
	return strings.HasPrefix(name, "modelbom:licence:") || strings.HasPrefix(name, "modelbom:license:")
}

// terms reports another class or other terms: with the change of the licence
// that they are of, which of tells by a value, else as a change of their own.
func (d *differ) terms(old, new *node, of func(value string) *draft) {
	names := map[string]bool{}
	for _, n := range []*node{old, new} {
		for _, p := range n.Properties {
			if isTerm(p.Name) {
				names[p.Name] = true
			}
		}
	}
	var own []fact
	for _, name := range sortedKeys(names) {
		a, b := values(old, name), values(new, name)
		went, came := without(a, b), without(b, a)
		if len(went)+len(came) == 0 || d.oneSided(strings.Join(a, ""), strings.Join(b, ""), "licence term") {
			continue
		}
		word := show(name[strings.LastIndexByte(name, ':')+1:])
		if !strings.HasSuffix(name, ":term") {
			f := fact{word, strings.Join(a, ""), strings.Join(b, "")}
			if x := of(""); x != nil {
				x.tell(f)
			} else if name == "modelbom:licence:conclusion" {
				d.note(NoteWording, sentence("how the licence of "+the(new)+" was concluded is worded otherwise"))
			} else {
				own = append(own, f)
			}
			continue
		}
		for _, v := range went {
			own = tellTerm(of(v), own, fact{word, v, ""})
		}
		for _, v := range came {
			own = tellTerm(of(v), own, fact{word, "", v})
		}
	}
	if len(own) == 0 {
		return
	}
	x := d.change(LicenceTermsChanged, old, new)
	x.key = string(x.Kind)
	var before, after, lines []string
	for _, f := range own {
		x.key += "\x00" + f.before + "\x00" + f.after
		line := termLine(f)
		lines = append(lines, line)
		x.detail(line)
		if f.before != "" {
			before = append(before, show(f.before))
		}
		if f.after != "" {
			after = append(after, show(f.after))
		}
	}
	x.Before, x.After = summary(before), summary(after)
	x.Text = sentence("what the licence of " + the(new) + " asks changed: " + list(lines))
	x.claimRoles("license")
}

// tellTerm makes a term that came or went part of a licence's change, or keeps
// it for one of its own.
func tellTerm(x *draft, own []fact, f fact) []fact {
	if x == nil {
		return append(own, f)
	}
	if l := termLine(f); !slices.Contains(x.Details, l) {
		x.detail(l)
	}
	return own
}

func termLine(f fact) string {
	switch {
	case f.before == "":
		return f.name + " new: " + show(f.after)
	case f.after == "":
		return f.name + " no more: " + show(f.before)
	}
	return f.line()
}

// values are the values of a property, sorted, each once.
func values(n *node, name string) []string {
	var out []string
	for _, p := range n.Properties {
		if p.Name == name {
			out = append(out, p.Value)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// without are the values of a, sorted, that are not in b.
func without(a, b []string) []string {
	in := make(map[string]bool, len(b))
	for _, s := range b {
		in[s] = true
	}
	var out []string
	for _, s := range a {
		if !in[s] {
			out = append(out, s)
		}
	}
	return out
}
