package diff

import (
	"cmp"
	"slices"

	"github.com/modelbom/modelbom/pkg/bom"
)

// origins compares where components come from. Parts stand before the model,
// which repeats what is known of its only weights.
func (d *differ) origins() {
	x := &origins{differ: d, went: map[string]*draft{}, came: map[string]*draft{}}
	for _, n := range d.old.nodes {
		if n.class == classPart && n.pair == nil {
			x.absorb(d.about[n], n, nil)
		}
	}
	for _, n := range d.new.nodes {
		if n.class == classPart && n.pair == nil {
			x.absorb(d.about[n], nil, n)
		}
	}
	d.pairs(func(old, new *node) {
		if new.class != classSubject {
			x.compare(old, new)
		}
	})
	x.compare(d.old.subject, d.new.subject)
}

type origins struct {
	*differ
	// went and came are the drafts that tell that an upstream went or came.
	went, came map[string]*draft
}

// absorb makes the origins of a part that came, went or was replaced part of
// that change.
func (x *origins) absorb(by *draft, old, new *node) {
	if by == nil {
		return
	}
	if old != nil {
		for _, o := range old.origins {
			x.went[x.same(o.Reference)] = by
			by.claimEvidence(o.Evidence)
		}
	}
	if new != nil {
		for _, o := range new.origins {
			x.came[x.here(o.Reference)] = by
			by.claimEvidence(o.Evidence)
		}
	}
}

// compare reports the origins of one pair that came, went or changed.
func (x *origins) compare(old, new *node) {
	why := x.about[new]
	if why != nil && why.Kind == PartReplaced {
		x.originDetails(why, old, new)
		x.absorb(why, old, new)
		return
	}
	before, after := x.named(old, true), x.named(new, false)
	var went, came []namedOrigin
	then, now := map[string]namedOrigin{}, map[string]bool{}
	for _, o := range before {
		then[o.id] = o
	}
	for _, o := range after {
		now[o.id] = true
		if p, ok := then[o.id]; ok {
			x.verdict(old, new, p, o, why)
		} else {
			came = append(came, o)
		}
	}
	for _, o := range before {
		if !now[o.id] {
			went = append(went, o)
		}
	}
	if x.lenient && len(after) == 0 || x.lenient && len(before) == 0 {
		for range went {
			x.onlyIn(false, "origin")
		}
		for range came {
			x.onlyIn(true, "origin")
		}
		return
	}
	went = slices.DeleteFunc(went, func(o namedOrigin) bool { return x.told(x.went, o, old, new) || x.alike(why, "no more", o) })
	came = slices.DeleteFunc(came, func(o namedOrigin) bool { return x.told(x.came, o, old, new) || x.alike(why, "now", o) })
	if len(went) == 1 && len(came) == 1 {
		x.report(OriginReplaced, old, new, &went[0], &came[0])
		return
	}
	for i := range went {
		x.report(OriginVanished, old, new, &went[i], nil)
	}
	for i := range came {
		x.report(OriginAppeared, old, new, nil, &came[i])
	}
}

// A namedOrigin is an origin with the identity of its upstream in both
// documents.
type namedOrigin struct {
	bom.Origin
	id, label string
	up        *node
}

// named are the origins of a node that name an upstream, each once. What was
// looked for and not found is none.
func (x *origins) named(n *node, old bool) []namedOrigin {
	side, id := x.new, x.here
	if old {
		side, id = x.old, x.same
	}
	var out []namedOrigin
	seen := map[string]bool{}
	for _, o := range n.origins {
		if o.Reference == "" {
			continue
		}
		p := namedOrigin{Origin: o, id: id(o.Reference), label: show(string(o.Reference)), up: side.byRef[o.Reference]}
		if p.up != nil {
			p.label = p.up.label
		}
		if !seen[p.id] {
			seen[p.id] = true
			out = append(out, p)
		}
	}
	return out
}

// told reports that another change tells of an upstream already.
func (x *origins) told(by map[string]*draft, o namedOrigin, old, new *node) bool {
	known := by[o.id]
	if known == nil {
		return false
	}
	if new.class != classSubject && (known.node() == nil || known.Kind != PartReplaced) {
		return false // two parts with one origin: two facts, joined when they are equal
	}
	known.claimEvidence(o.Evidence)
	known.also(old, new)
	return true
}

// alike makes an upstream that a part is or was only built like a detail of the
// change of its weights: with three tokens more, sizes are no longer the same.
func (x *origins) alike(why *draft, word string, o namedOrigin) bool {
	if why == nil || !why.Kind.Weights() || o.Verdict != bom.VerdictSameArchitecture {
		return false
	}
	why.detail("built like " + o.label + " " + word)
	why.claimEvidence(o.Evidence)
	return true
}

// also names a further pair that a change shows at.
func (x *draft) also(old, new *node) {
	p := Pair{}
	if old != nil {
		p.Old = old.Ref
	}
	if new != nil {
		p.New = new.Ref
	}
	if (p != Pair{x.Old, x.New}) && (len(x.Also) == 0 || x.Also[len(x.Also)-1] != p) {
		x.Also = append(x.Also, p)
	}
}

// report makes the draft of an upstream that came, went, or gave way to another.
func (x *origins) report(k Kind, old, new *node, before, after *namedOrigin) {
	c := x.change(k, old, new)
	if x.comesFrom[new] == nil {
		x.comesFrom[new] = c
	}
	c.key = string(k)
	who := the(new)
	if before != nil {
		c.Before = before.words()
		c.key += "\x00- " + before.id
		x.went[before.id] = c
		c.claimEvidence(before.Evidence)
	}
	if after != nil {
		c.After = after.words()
		c.key += "\x00+ " + after.id
		x.came[after.id] = c
		c.claimEvidence(after.Evidence)
	}
	switch k {
	case OriginReplaced:
		c.Text = sentence("the origin of " + who + " is " + after.words() + " now; it was " + before.words())
	case OriginAppeared:
		c.Text = sentence(who + " has an origin that the old document does not name: " + after.words())
	case OriginVanished:
		c.Text = sentence(who + " has lost an origin that the old document names: " + before.words())
	}
	c.rank = weightOrder(new)
	if before.likeness() && after.likeness() {
		c.rank = Medium
	}
	for _, o := range []*namedOrigin{before, after} {
		if o != nil {
			c.detail(bom.Cut(bom.Clean(o.Sentence), bom.MaxText))
		}
	}
}

// likeness reports that an upstream is built alike and no more: its sizes say
// nothing about where weights come from.
func (o *namedOrigin) likeness() bool { return o == nil || o.Verdict == bom.VerdictSameArchitecture }

// words is an upstream with the verdict about it.
func (o *namedOrigin) words() string {
	text := o.label + " (" + show(string(cmp.Or(o.Verdict, "no verdict")))
	if o.Relation != "" {
		text += ", " + show(o.Relation)
	}
	return text + ")"
}

// verdict reports another verdict, strength or relation about one upstream.
func (x *origins) verdict(old, new *node, before, after namedOrigin, why *draft) {
	a, b := before.Origin, after.Origin
	if x.oneSided(a.Relation, b.Relation, "relation to an origin") {
		a.Relation, b.Relation = "", ""
	}
	if a.Verdict == b.Verdict && a.Strength == b.Strength && a.Relation == b.Relation {
		if !sameValue(a.Sentence, b.Sentence) {
			x.note(NoteEvidence, sentence("what is known of the origin "+after.label+" of "+the(new)+" is worded otherwise, with the same verdict"))
		}
		return
	}
	line := "origin " + after.label + ": " + turn(grade(a), grade(b))
	if why != nil && why.Kind.Weights() && (a.Verdict != bom.VerdictDeclaredOnly || b.Verdict != bom.VerdictDeclaredOnly) {
		why.detail(line)
		why.claimEvidence(a.Evidence, b.Evidence)
		x.came[after.id] = why
		return
	}
	if known := x.came["verdict "+after.id+line]; new.class == classSubject && known != nil {
		known.also(old, new)
		return
	}
	if known := x.came[after.id]; new.class == classSubject && known != nil && known.Kind.Weights() {
		known.also(old, new)
		return
	}
	c := x.change(OriginVerdictChanged, old, new)
	c.key = string(OriginVerdictChanged) + "\x00" + after.id + line
	x.came["verdict "+after.id+line] = c
	c.Before, c.After = grade(a), grade(b)
	c.claimEvidence(a.Evidence, b.Evidence)
	c.Text = sentence("the verdict about " + the(new) + " and its origin " + after.label + " changed: " + turn(c.Before, c.After))
	c.rank = weightOrder(new)
	if a.Verdict == b.Verdict {
		c.rank = Medium
	}
	c.detail(bom.Cut(bom.Clean(b.Sentence), bom.MaxText))
}

// grade is a verdict with its strength and relation.
func grade(o bom.Origin) string {
	text := show(string(cmp.Or(o.Verdict, "no verdict")))
	if o.Strength != "" && o.Verdict != bom.VerdictDeclaredOnly {
		text += " (" + show(string(o.Strength)) + ")"
	}
	if o.Relation != "" {
		text += ", " + show(o.Relation)
	}
	return text
}

// originDetails lists the origins of a part that was replaced.
func (x *origins) originDetails(c *draft, old, new *node) {
	for _, o := range x.named(old, true) {
		c.detail("origin of the old part: " + o.words())
	}
	for _, o := range x.named(new, false) {
		c.detail("origin of the new part: " + o.words())
	}
}
