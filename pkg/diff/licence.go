package diff

import (
	"cmp"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// acknowledgements are the ways a licence is stated, in the order in which they
// are compared.
func acknowledgements() []bom.Acknowledgement {
	return []bom.Acknowledgement{bom.Declared, bom.Concluded, ""}
}

// licences compares the licences of every pair. A licence is never folded into
// another change: which licence changed is a question of its own. What follows
// from it is: a conclusion from a declaration, a part from the model, terms from
// their licence.
func (d *differ) licences() {
	byID := map[string]*draft{} // by each identifier that came or went
	alone := []*node{}
	d.pairs(func(old, new *node) {
		var first *draft
		for _, a := range acknowledgements() {
			x := d.licence(old, new, a)
			if x == nil {
				continue
			}
			for _, id := range x.ids {
				if byID[id] == nil {
					byID[id] = x
				}
			}
			if first == nil {
				first = x
			} else if a == bom.Concluded && first.Kind == LicenceDeclaredChanged && (x.Before == "") != (x.After == "") {
				// That something or nothing can be concluded follows from what is
				// declared.
				first.detail(x.Text)
				first.Text += " " + x.Text
				d.drafts = d.drafts[:len(d.drafts)-1]
			}
		}
		if first == nil {
			alone = append(alone, new)
			return
		}
		d.terms(new.pair, new, func(string) *draft { return first })
	})
	for _, n := range alone {
		d.terms(n.pair, n, func(value string) *draft {
			id := bom.SplitFields(value, 2)[0]
			if x := byID[id]; x != nil {
				return x
			}
			return d.inherited(n)
		})
	}
}

// inherited is the change that gave a component other terms though its licences
// are the same: it comes from somewhere else.
func (d *differ) inherited(n *node) *draft {
	if x := d.about[n]; x != nil && x.Kind == PartReplaced {
		return x
	}
	return d.comesFrom[n]
}

// identifiers are the licences of a node that are stated in one way, one by one.
func identifiers(n *node, a bom.Acknowledgement) []string {
	var out []string
	for _, l := range n.Licenses {
		switch {
		case l.Acknowledgement != a:
		case l.Expression == "":
			out = append(out, cmp.Or(l.Name, l.URL, l.Path))
		default:
			for _, w := range strings.FieldsFunc(l.Expression, func(r rune) bool { return r == ' ' || r == '(' || r == ')' }) {
				if w != "AND" && w != "OR" && w != "WITH" {
					out = append(out, w)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func acknowledged(a bom.Acknowledgement) string {
	switch a {
	case bom.Declared:
		return "declared"
	case bom.Concluded:
		return "concluded"
	case "":
		return "found"
	}
	return show(string(a))
}

func licenceKind(a bom.Acknowledgement) Kind {
	switch a {
	case bom.Declared:
		return LicenceDeclaredChanged
	case bom.Concluded:
		return LicenceConcludedChanged
	}
	return LicenceFoundChanged
}

// licence compares what is stated in one way.
func (d *differ) licence(old, new *node, a bom.Acknowledgement) *draft {
	if d.lenient {
		old, new = acknowledgedAs(old, new), acknowledgedAs(new, old)
	}
	before, after := statements(old, a), statements(new, a)
	if sameStatements(before, after) {
		if lk, ln := licenceText(old, a), licenceText(new, a); lk != ln {
			d.note(NoteWording, sentence("the "+acknowledged(a)+" licence of "+the(new)+" is written otherwise: "+turn(lk, ln)))
		}
		return nil
	}
	b, e := licenceText(old, a), licenceText(new, a)
	if b == e || d.oneSided(b, e, acknowledged(a)+" licence") {
		return nil
	}
	x := d.change(licenceKind(a), old, new)
	x.Before, x.After = b, e
	old1, new1 := identifiers(old, a), identifiers(new, a)
	went, came := without(old1, new1), without(new1, old1)
	x.ids = append(went, came...)
	x.key = "licence\x00" + strings.Join(went, "\x00-") + "\x00+" + strings.Join(came, "\x00+")
	if len(x.ids) == 0 { // the same licences, joined otherwise
		x.key += "\x00" + b + "\x00" + e
	}
	what := acknowledged(a) + " licence of " + thing(new)
	if x.stated = allStatedAs(old, a) && allStatedAs(new, a); x.stated {
		x.key += "\x00stated"
		what = "statement of the producer about the " + what
	}
	switch {
	case x.stated && b == "":
		x.Text = sentence("the " + what + " is new: " + e)
	case x.stated && e == "":
		x.Text = sentence("the " + what + " is gone: it was " + b)
	case x.stated:
		x.Text = sentence("the " + what + " changed: " + turn(b, e))
	case b == "":
		x.Text = sentence("the " + what + " is " + e + "; the old document has none")
	case e == "":
		x.Text = sentence("the " + what + " was " + b + "; the new document has none")
	default:
		x.Text = sentence("the " + what + " changed: " + turn(b, e))
	}
	x.claimRoles("license")
	for _, n := range []*node{old, new} {
		for _, l := range n.Licenses {
			if l.Acknowledgement == a {
				x.claimEvidence(l.Evidence)
				x.claim(l.Path)
			}
		}
	}
	if new.class == classOther {
		x.rank = Medium
	}
	return x
}

// allStatedAs reports that the licences of a node that are stated in one way rest
// on the producer's word, as none do.
func allStatedAs(n *node, a bom.Acknowledgement) bool {
	return !slices.ContainsFunc(statements(n, a), func(l bom.License) bool { return !stated(n, l) })
}

// statements are the licences of a node that are stated in one way, each under
// all the spellings that mean it.
func statements(n *node, a bom.Acknowledgement) []bom.License {
	var out []bom.License
	for _, l := range n.Licenses {
		if l.Acknowledgement == a {
			out = append(out, l)
		}
	}
	return out
}

// acknowledgedAs takes what another tool just lists for declared, where the other
// document knows declared licences only.
func acknowledgedAs(n, other *node) *node {
	if len(statements(n, bom.Declared)) > 0 || len(statements(n, "")) == 0 || len(statements(other, bom.Declared)) == 0 {
		return n
	}
	component := *n.Component
	component.Licenses = slices.Clone(n.Licenses)
	for i := range component.Licenses {
		if component.Licenses[i].Acknowledgement == "" {
			component.Licenses[i].Acknowledgement = bom.Declared
		}
	}
	c := *n
	c.Component = &component
	return &c
}

// sameStatements reports that two lists state the same licences, in whatever
// order and spelling.
func sameStatements(a, b []bom.License) bool {
	return covers(a, b) && covers(b, a)
}

// covers reports that every licence of b is in a.
func covers(a, b []bom.License) bool {
	known := make(map[string]bool, 2*len(a))
	for _, l := range a {
		known["e "+strings.ToLower(l.Expression)] = true
		if l.Expression == "" {
			known["n "+strings.ToLower(cmp.Or(l.Name, l.URL, l.Path))] = true
		} else if l.Name != "" {
			known["x "+strings.ToLower(l.Name)] = true
		}
	}
	for _, l := range b {
		name := strings.ToLower(cmp.Or(l.Name, l.URL, l.Path))
		if l.Expression != "" && known["e "+strings.ToLower(l.Expression)] {
			continue
		}
		// The same words, which one of the two could not normalise.
		if l.Expression == "" && (known["n "+name] || known["x "+name]) || l.Expression != "" && l.Name != "" && known["n "+name] {
			continue
		}
		return false
	}
	return true
}

// licenceText is what a node states in one way, in a line.
func licenceText(n *node, a bom.Acknowledgement) string {
	var names []string
	for _, l := range n.Licenses {
		if l.Acknowledgement == a {
			name := show(cmp.Or(l.Expression, l.Name, l.URL, l.Path, "unnamed"))
			if stated(n, l) {
				name += statedMark
			}
			names = append(names, name)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) > maxList {
		return list(names)
	}
	return strings.Join(names, ", ")
}
