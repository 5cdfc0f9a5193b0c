package diff

import (
	"github.com/modelbom/modelbom/pkg/bom"
)

// Documents tells what changed from old to new. Neither document is changed. A
// nil document is one that says nothing.
func Documents(old, new *bom.Document, o Options) *Changes {
	d := &differ{old: read(old), new: read(new), options: o, about: map[*node]*draft{}, values: map[*node]bool{}, comesFrom: map[*node]*draft{}}
	d.lenient = len(d.old.nodes) > 0 && len(d.new.nodes) > 0 &&
		(d.old.ours != d.new.ours || !d.old.ours && (!sameTools(d.old.Tools, d.new.Tools) || family(d.old.Format) != family(d.new.Format)))
	if d.lenient {
		d.old.focusOn(d.new.subject)
		d.new.focusOn(d.old.subject)
	}
	match(d.old, d.new, d.lenient)

	// Causes come before what follows from them: a later step asks the earlier
	// ones whether what it sees is explained.
	d.parts()
	d.origins()
	d.licences()
	d.datasets()
	d.code()
	d.facts()
	d.gaps()
	d.findings()
	d.components()
	d.files()
	d.completeness()
	d.documentNotes()
	return d.changes()
}

// A differ is one comparison under way.
type differ struct {
	old, new *doc
	options  Options
	// lenient is set when the two documents were made by different tools, or in
	// different families of formats by one that is not this: what only one of
	// them writes down is then no change.
	lenient bool

	drafts []*draft
	notes  []Note
	// author says that the document has another author.
	author string
	// about is the draft that explains what happened to a part, by either node.
	about map[*node]*draft
	// values marks parts, by their new node, whose weights are the same values.
	values map[*node]bool
	// tokens is the first change of a tokenizer's tokens.
	tokens *draft
	// comesFrom is the first change of the origins of a component.
	comesFrom map[*node]*draft
	// gapDrafts are the changes that gaps can belong to; see explaining.
	gapDrafts map[string]*draft
	// because is what gaps explain besides themselves.
	because []because
	// unstated counts what only one of two tools writes down.
	unstated [2]map[string]int
}

// A draft is a change in the making.
type draft struct {
	Change
	old, new *node // of these the importance and the order are taken
	// key joins drafts of one cause; empty: it stands alone. See merge.
	key string
	// paths are files, in either document, that this change shows in.
	paths map[string]bool
	roles []string
	rank  Importance // set where the kind's own does not fit
	more  int        // details beyond maxDetails
	// stated is set when a change of licences is one of statements alone.
	stated bool
	ids    []string // of a change of licences: the identifiers that came or went
	// gapPath is the file whose gap explains the change; gapWhole is set when
	// it is a gap of the whole document.
	gapPath  string
	gapWhole bool
}

// change begins a draft about a pair; either node may be nil.
func (d *differ) change(k Kind, old, new *node) *draft {
	x := &draft{old: old, new: new}
	x.Kind = k
	if old != nil {
		x.Old, x.Name = old.Ref, old.label
	}
	if new != nil {
		x.New, x.Name = new.Ref, new.label
	}
	d.drafts = append(d.drafts, x)
	return x
}

// node is the new component of a draft, else the old one, else nil.
func (x *draft) node() *node {
	if x.new != nil {
		return x.new
	}
	return x.old
}

// detail adds a line that belongs to the change.
func (x *draft) detail(line string) {
	if line == "" {
		return
	}
	if len(x.Details) >= maxDetails {
		x.more++
		return
	}
	x.Details = append(x.Details, line)
}

// claim says that a file, by its path, shows the change.
func (x *draft) claim(paths ...string) {
	if x.paths == nil {
		x.paths = map[string]bool{}
	}
	for _, p := range paths {
		if p != "" {
			x.paths[p] = true
		}
	}
}

// claimFiles claims the files of nodes, which may be nil.
func (x *draft) claimFiles(nodes ...*node) {
	for _, n := range nodes {
		if n == nil {
			continue
		}
		for _, f := range n.files {
			x.claim(f.path)
		}
	}
}

// claimRoles claims the files that have one of these jobs: where a fact does not
// say in which file it stands.
func (x *draft) claimRoles(roles ...string) { x.roles = append(x.roles, roles...) }

// claimEvidence claims the files that statements were seen in.
func (x *draft) claimEvidence(lists ...[]bom.Evidence) {
	for _, l := range lists {
		for _, e := range l {
			x.claim(e.Path)
		}
	}
}

// note records a difference that is no change.
func (d *differ) note(k NoteKind, text string) { d.notes = append(d.notes, Note{k, text}) }

// onlyIn counts something that only one of two tools writes down, and reports
// whether that is so: what another tool does not list is not gone.
func (d *differ) onlyIn(inNew bool, what string) bool {
	if !d.lenient {
		return false
	}
	i := 0
	if inNew {
		i = 1
	}
	if d.unstated[i] == nil {
		d.unstated[i] = map[string]int{}
	}
	d.unstated[i][what]++
	return true
}

// oneSided reports that a value stands on one side only, and counts it when the
// documents are of different tools.
func (d *differ) oneSided(before, after, what string) bool {
	return (before == "") != (after == "") && d.onlyIn(before == "", what)
}

// pairs calls f for every pair, in the order of new references.
func (d *differ) pairs(f func(old, new *node)) {
	if d.new.byRef[d.new.subject.Ref] == nil || d.new.subject.pair == nil {
		f(d.old.subject, d.new.subject)
	}
	for _, n := range d.new.nodes {
		if n.pair != nil {
			f(n.pair, n)
		}
	}
}

// same is the new reference that a reference of the old document means, so that
// references of both documents can be compared.
func (d *differ) same(ref bom.Ref) string {
	if n := d.old.byRef[ref]; n != nil {
		if n.pair != nil {
			return "new " + string(n.pair.Ref)
		}
		if d.new.byRef[ref] != nil {
			return "old " + string(ref)
		}
		return "nowhere " + string(ref) // or where a new reference that dangles leads
	}
	return d.here(ref)
}

// here is the same for a reference of the new document.
func (d *differ) here(ref bom.Ref) string {
	if d.new.byRef[ref] != nil {
		return "new " + string(ref)
	}
	if n := d.old.byRef[ref]; n != nil && n.pair != nil {
		return "new " + string(n.pair.Ref) // it dangles, and the other document tells what it meant
	}
	return "nowhere " + string(ref)
}

// sameValue reports equal values. A value that a format cut short is equal to
// one that goes on.
func sameValue(a, b string) bool { return a == b || cutOf(a, b) || cutOf(b, a) }

// minCut is the shortest value that a cut can have left: names and values are
// cut at 250 characters and more.
const minCut = 200

func cutOf(short, long string) bool {
	const mark = "…"
	if len(short) < minCut || len(short) > len(long)+len(mark) {
		return false
	}
	n := len(short) - len(mark)
	return short[n:] == mark && n <= len(long) && short[:n] == long[:n]
}
