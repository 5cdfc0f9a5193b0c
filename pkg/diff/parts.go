package diff

import (
	"cmp"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/wording"
)

// parts compares what the model is made of: weights, tokenizers, templates and
// processors, and what has no counterpart.
func (d *differ) parts() {
	for _, n := range d.old.nodes {
		if n.class == classPart && n.pair == nil && !d.onlyIn(false, "part") {
			d.lonePart(PartRemoved, n, nil)
		}
	}
	for _, n := range d.new.nodes {
		if n.class != classPart {
			continue
		}
		switch {
		case n.pair == nil:
			if !d.onlyIn(true, "part") {
				d.lonePart(PartAdded, nil, n)
			}
		case n.Role == bom.RoleTokenizer:
			d.renamed(n.pair, n)
			d.tokenizer(n.pair, n)
		case n.Role == bom.RoleChatTemplate:
			d.renamed(n.pair, n)
			d.template(n.pair, n)
		case n.weights() || n.pair.weights():
			d.renamed(n.pair, n)
			d.weights(n.pair, n)
		default:
			d.renamed(n.pair, n)
		}
	}
	if d.old.parts+d.new.parts == 0 {
		d.weights(d.old.subject, d.new.subject)
	}
	d.unseenWeights()
	d.sameValues()
}

// lonePart is a part that only one document has.
func (d *differ) lonePart(k Kind, old, new *node) {
	x := d.change(k, old, new)
	n := x.node()
	d.about[n] = x
	x.claimFiles(n)
	x.claimEvidence(n.Evidence)
	x.claimRoles("config", "weights-index", "pipeline")
	words := d.describe(n, d.side(new != nil))
	if k == PartAdded {
		x.After = words
		x.Text = sentence(thing(n) + " is new (" + words + ")")
	} else {
		x.Before = words
		x.Text = sentence(thing(n) + " is gone (" + words + ")")
	}
	x.rank = weightOrder(n)
	if n.Role == bom.RoleProcessor {
		x.rank = Medium
	}
	if n.property("modelbom:alternative") != "" {
		x.anotherForm(n, d.side(new != nil))
	}
	x.partDetails(n)
}

// anotherForm says that a part that came or went is another form of one that
// stands beside it. The forms that lie in one file are one change.
func (x *draft) anotherForm(n *node, s *doc) {
	x.rank = Medium
	var paths []string
	for _, f := range n.files {
		if f.File != nil && f.File.Role == "weights" {
			paths = append(paths, f.label)
		}
	}
	slices.Sort(paths)
	words := "another form of the same part"
	for _, m := range s.nodes {
		if m.class == classPart && m.Role == n.Role && m != n && m.digest() != "" && m.digest() == n.digest() && m.property("modelbom:alternative") == "" {
			words = "the same weights as " + the(m)
			break
		}
	}
	if len(paths) > 0 {
		words += ", in " + list(paths)
		x.key = string(x.Kind) + "\x00form\x00" + strings.Join(paths, "\x00")
	}
	verb := map[Kind]string{PartAdded: " is new: ", PartRemoved: " is gone: "}[x.Kind]
	x.Text = sentence(thing(n) + verb + words + " (" + cmp.Or(x.Before, x.After) + ")")
}

func (d *differ) side(new bool) *doc {
	if new {
		return d.new
	}
	return d.old
}

// weightOrder is High for parts with weights and for the model, Medium for
// others.
func weightOrder(n *node) Importance {
	if n == nil || n.class == classSubject || n.weights() {
		return High
	}
	return Medium
}

// describe says in a few words what a part is: how large, of which family, from
// where, under which licence.
func (d *differ) describe(n *node, s *doc) string {
	var words []string
	if m := n.Model; m != nil {
		if f := cmp.Or(m.Family, m.Architecture); f != "" {
			words = append(words, show(f))
		}
		if m.Parameters > 0 {
			words = append(words, wording.CountThousands(m.Parameters, "parameter", "parameters"))
		}
		if t := dtypes(m); t != "" {
			words = append(words, "in "+show(t))
		}
	}
	if v := n.property("modelbom:tokenizer:vocabulary"); v != "" {
		words = append(words, show(v)+" tokens")
	}
	for i, o := range n.origins {
		if up := s.byRef[o.Reference]; up != nil && i < maxList {
			words = append(words, "origin "+up.label+" ("+show(string(o.Verdict))+")")
		}
	}
	for _, a := range []bom.Acknowledgement{bom.Concluded, bom.Declared} {
		if l := licenceText(n, a); l != "" {
			words = append(words, "licence "+l)
			break
		}
	}
	if len(words) == 0 {
		return state(string(cmp.Or(string(n.Role), string(n.Kind), "a component")))
	}
	return strings.Join(words, ", ")
}

// partDetails lists what belongs to a part that came or went.
func (x *draft) partDetails(n *node) {
	if g := n.digest(); g != "" {
		x.detail("weights digest " + show(g))
	}
	for _, o := range n.origins {
		if o.Sentence != "" {
			x.detail(show(o.Sentence))
		}
	}
}

// renamed reports a part that has another role or qualifier now.
func (d *differ) renamed(old, new *node) {
	if old.label == new.label || d.lenient && (old.Role == "" || new.Role == "") {
		return
	}
	x := d.change(PartRenamed, old, new)
	x.Before, x.After = old.label, new.label
	x.Text = sentence(thing(old) + " is called " + new.label + " now (matched by " + basisWords(new.by) + ")")
}

func basisWords(b Basis) string {
	switch b {
	case ByRef:
		return "its reference"
	case ByPURL:
		return "its package URL"
	case ByRole:
		return "its role"
	case ByDigest:
		return "its digest"
	case ByName:
		return "its name"
	case ByOnly:
		return "being the only part of its role"
	}
	return "being the subject"
}

// originSet are the upstreams that bytes show.
func (d *differ) originSet(n *node, old bool) []string {
	var out []string
	for _, o := range n.origins {
		if o.Verdict.Found() && o.Reference != "" {
			if old {
				out = append(out, d.same(o.Reference))
			} else {
				out = append(out, d.here(o.Reference))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// otherOrigin reports that a part's weights come from somewhere else than they
// did: the new ones have a found origin, and none that the old ones had.
func (d *differ) otherOrigin(old, new *node) bool {
	before, after := d.originSet(old, true), d.originSet(new, false)
	return len(after) > 0 && !slices.ContainsFunc(after, func(s string) bool { return slices.Contains(before, s) })
}
