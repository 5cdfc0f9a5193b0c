package diff

import (
	"cmp"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/wording"
)

// A place is what a gap is about, the same in both documents.
type place struct {
	kind     bom.GapKind
	id, path string
}

// gaps compares what could not be seen. What the format of a document cannot say
// is no gap of the model.
func (d *differ) gaps() {
	before, after := d.placed(d.old, d.same), d.placed(d.new, d.here)
	d.losses(before, after)
	for _, p := range places(before, after) {
		a, b := before[p], after[p]
		if d.lenient && (len(d.old.Gaps) == 0 || len(d.new.Gaps) == 0) {
			d.onlyIn(len(b) > len(a), "gap")
			continue
		}
		switch {
		case len(b) > len(a):
			d.gap(GapOpened, p, without(b, a), len(a) > 0)
		case len(a) > len(b):
			d.gap(GapClosed, p, without(a, b), len(b) > 0)
		case !slices.Equal(a, b):
			d.note(NoteWording, sentence("the reason of the gap "+p.words()+" is worded otherwise: "+turn(a[0], b[0])))
		}
	}
}

func (p place) words() string {
	if p.path != "" {
		return show(string(p.kind)) + " at " + show(p.path)
	}
	return show(string(p.kind))
}

// placed groups the reasons of gaps by what they are about.
func (d *differ) placed(s *doc, id func(bom.Ref) string) map[place][]string {
	out := map[place][]string{}
	for _, g := range s.Gaps {
		p := place{kind: g.Kind, path: g.Path}
		if g.Ref != "" && g.Ref != s.Subject {
			p.id = id(g.Ref)
		}
		out[p] = append(out[p], g.Reason)
	}
	for p := range out {
		slices.Sort(out[p])
		out[p] = slices.Compact(out[p])
	}
	return out
}

// places are the keys of both maps in order.
func places(a, b map[place][]string) []place {
	all := make([]place, 0, len(a)+len(b))
	for _, m := range []map[place][]string{a, b} {
		for p := range m {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(x, y place) int {
		return cmp.Or(cmp.Compare(x.path, y.path), cmp.Compare(x.id, y.id), cmp.Compare(x.kind, y.kind))
	})
	return slices.Compact(all)
}

// losses notes what the format of one of the two documents cannot say.
func (d *differ) losses(before, after map[place][]string) {
	for i, m := range []map[place][]string{before, after} {
		reasons := map[string]int{}
		for p, list := range m {
			if p.kind != bom.GapLoss {
				continue
			}
			for _, r := range list {
				reasons[r]++
			}
			delete(m, p)
		}
		for _, r := range sortedKeys(reasons) {
			text := []string{"the old document", "the new document"}[i] + " does not say everything: " + show(r)
			if n := reasons[r]; n > 1 {
				text += " (" + wording.Thousands(n) + " times)"
			}
			d.note(NoteLoss, sentence(text))
		}
	}
}

// gap reports one that opened or closed, unless another change tells of it.
func (d *differ) gap(k Kind, p place, reasons []string, partly bool) {
	if x := d.explaining(k, p); x != nil {
		for _, r := range reasons {
			x.detail("gap " + p.words() + ": " + show(r))
		}
		x.claim(p.path)
		return
	}
	old, new := d.placeNodes(p)
	x := d.change(k, old, new)
	if old == nil && new == nil && p.path != "" {
		x.Name = show(p.path)
	}
	x.claim(p.path)
	x.gapPath = p.path
	what := show(string(p.kind)) + ": "
	if p.path != "" {
		what = show(p.path) + ": "
	}
	words := wording.CountThousands(len(reasons), "reason", "reasons")
	if len(reasons) > 0 {
		words = show(reasons[0])
	}
	if len(reasons) > 1 {
		words += " and " + wording.Thousands(len(reasons)-1) + " more"
	}
	if k == GapOpened {
		x.After = show(string(p.kind))
		x.Text = sentence("something could not be seen in the new round: " + what + words)
		x.rank = Medium
		if p.kind.Weights() {
			x.rank = High
		}
	} else {
		x.Before = show(string(p.kind))
		x.Text = sentence("a gap of the old round is closed: " + what + words)
		x.rank = Low
		if p.kind.Weights() {
			x.rank = Medium
		}
		if partly {
			x.Text = sentence("a gap of the old round is smaller: " + what + words)
		}
	}
	for _, r := range reasons {
		x.detail(show(string(p.kind)) + ": " + show(r))
	}
	for _, b := range d.because {
		if b.path == p.path && b.path != "" {
			for _, l := range b.lines {
				x.detail(l)
			}
			for _, f := range b.files {
				x.claim(f.path)
			}
		}
	}
}

// explaining is the change that a gap is part of: weights that could not be
// read because of it, and parts that came or went with it.
func (d *differ) explaining(k Kind, p place) *draft {
	if d.gapDrafts == nil {
		d.gapDrafts = map[string]*draft{}
		add := func(key string, x *draft) {
			if d.gapDrafts[key] == nil {
				d.gapDrafts[key] = x
			}
		}
		for _, x := range d.drafts {
			switch x.Kind {
			case WeightsUnseen, WeightsSeen:
				key := string(x.Kind) + "\x00" + x.gapPath
				if x.gapPath == "" {
					key = string(x.Kind) + "\x00whole"
				}
				add(key, x)
			case PartAdded, PartRemoved:
				for _, f := range x.node().files {
					key := string(x.Kind) + "\x00" + f.path
					add(key, x)
				}
				key := string(x.Kind) + "\x00" + string(x.node().Ref)
				add(key, x)
			}
		}
	}
	seen, part := WeightsUnseen, PartAdded
	if k == GapClosed {
		seen, part = WeightsSeen, PartRemoved
	}
	if p.kind == bom.GapNotComputed {
		return d.gapDrafts[string(seen)+"\x00whole"]
	}
	if p.kind.Weights() && p.path != "" {
		if l := d.gapDrafts[string(seen)+"\x00"+p.path]; l != nil {
			return l
		}
	}
	if p.path != "" {
		if l := d.gapDrafts[string(part)+"\x00"+p.path]; l != nil {
			return l
		}
	}
	return d.gapDrafts[string(part)+"\x00"+p.id[strings.IndexByte(p.id, ' ')+1:]]
}

// placeNodes is the component of a gap in both documents.
func (d *differ) placeNodes(p place) (old, new *node) {
	if ref, ok := strings.CutPrefix(p.id, "new "); ok {
		new = d.new.byRef[bom.Ref(ref)]
		if new != nil {
			old = new.pair
		}
	} else if ref, ok := strings.CutPrefix(p.id, "old "); ok {
		old = d.old.byRef[bom.Ref(ref)]
	} else if ref, ok := strings.CutPrefix(p.id, "nowhere "); ok {
		old = d.old.byRef[bom.Ref(ref)]
	}
	return old, new
}

// completeness compares how much the documents say that they cover. Where a gap
// opened or closed, that is why.
func (d *differ) completeness() {
	a, b := d.old.Completeness, d.new.Completeness
	var facts []fact
	for _, f := range []fact{{"assembly", string(a.Assembly), string(b.Assembly)}, {"lineage", string(a.Lineage), string(b.Lineage)}} {
		if f.before == f.after || d.oneSided(f.before, f.after, "completeness") {
			continue
		}
		if x := d.whyIncomplete(); x != nil && f.name == "assembly" {
			x.detail("completeness of the assembly " + turn(f.before, f.after))
			continue
		}
		facts = append(facts, f)
	}
	if len(facts) == 0 {
		return
	}
	x := d.change(CompletenessChanged, nil, nil)
	x.Name = "the document"
	var before, after, lines []string
	for _, f := range facts {
		before, after, lines = append(before, f.name+" "+state(f.before)), append(after, f.name+" "+state(f.after)), append(lines, f.line())
	}
	x.Before, x.After = summary(before), summary(after)
	x.Text = sentence("the document says otherwise how much it covers: " + list(lines))
	x.rank = Medium
}

func (d *differ) whyIncomplete() *draft {
	for _, x := range d.drafts {
		switch x.Kind {
		case GapOpened, GapClosed, WeightsUnseen, WeightsSeen, PartAdded, PartRemoved:
			if x.gapPath != "" || x.gapWhole || x.Kind == GapOpened || x.Kind == GapClosed || slices.ContainsFunc(x.Details, func(l string) bool { return strings.HasPrefix(l, "gap ") }) {
				return x
			}
		}
	}
	return nil
}
