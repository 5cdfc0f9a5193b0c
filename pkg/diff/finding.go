package diff

import (
	"cmp"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// findings compares the complaints. They are always reported on their own: a
// risk that hides in another change is one that nobody reads.
func (d *differ) findings() {
	before, after := d.complaints(d.old, d.same), d.complaints(d.new, d.here)
	if d.lenient && (len(before) == 0 || len(after) == 0) {
		for range before {
			d.onlyIn(false, "finding")
		}
		for range after {
			d.onlyIn(true, "finding")
		}
		return
	}
	keys := map[string]bool{}
	for k := range before {
		keys[k] = true
	}
	for k := range after {
		keys[k] = true
	}
	for _, k := range sortedKeys(keys) {
		a, b := before[k], after[k]
		switch {
		case len(b) > len(a):
			for _, f := range b[len(a):] {
				d.finding(FindingAppeared, nil, f)
			}
		case len(a) > len(b):
			for _, f := range a[len(b):] {
				d.finding(FindingResolved, f, nil)
			}
		}
		for i := range min(len(a), len(b)) {
			if a[i].Severity != b[i].Severity {
				d.finding(FindingChanged, a[i], b[i])
			} else if !sameValue(a[i].Message, b[i].Message) {
				d.note(NoteWording, sentence("the finding "+show(a[i].Rule)+" about "+d.subjectWords(b[i])+" is worded otherwise: "+show(b[i].Message)))
			}
		}
	}
}

// complaints groups findings by what they are about, in a fixed order.
func (d *differ) complaints(s *doc, id func(bom.Ref) string) map[string][]*bom.Finding {
	out := map[string][]*bom.Finding{}
	for i := range s.Findings {
		f := &s.Findings[i]
		k := ""
		if f.Ref != "" && f.Ref != s.Subject {
			k = id(f.Ref)
		}
		k = strings.Join([]string{f.Rule, k, f.Path, f.Key}, "\x00")
		out[k] = append(out[k], f)
	}
	for _, l := range out {
		slices.SortFunc(l, func(a, b *bom.Finding) int {
			return cmp.Or(cmp.Compare(a.Message, b.Message), cmp.Compare(a.Severity, b.Severity))
		})
	}
	return out
}

func (d *differ) finding(k Kind, old, new *bom.Finding) {
	f := cmp.Or(new, old)
	var a, b *node
	if new != nil {
		if b = d.new.subjectOr(new.Ref); b != nil {
			a = b.pair
		}
	} else if a = d.old.subjectOr(old.Ref); a != nil {
		b = a.pair
	}
	x := d.change(k, a, b)
	sev := func(f *bom.Finding) string { return show(string(cmp.Or(f.Severity, "unknown severity"))) }
	who := show(f.Rule)
	if x.Name != "" {
		who += ", " + x.Name
	}
	switch k {
	case FindingAppeared:
		x.After = sev(new) + ": " + show(f.Rule)
		x.Text = "New finding (" + sev(new) + ", " + who + "): " + sentence(show(f.Message))
		x.rank = severityRank(new.Severity)
	case FindingResolved:
		x.Before = sev(old) + ": " + show(f.Rule)
		x.Text = "Resolved finding (" + sev(old) + ", " + who + "): " + sentence(show(f.Message))
		x.rank = Low
		if severityRank(old.Severity) == High {
			x.rank = Medium
		}
	default:
		x.Before, x.After = sev(old), sev(new)
		x.Text = "The severity of a finding changed, " + turn(x.Before, x.After) + " (" + who + "): " + sentence(show(f.Message))
		x.rank = severityRank(new.Severity)
	}
	if f.Path != "" {
		x.detail("at " + show(strings.TrimSpace(f.Path+" "+f.Key)))
	}
}

func severityRank(s bom.Severity) Importance {
	switch s {
	case bom.SeverityCritical, bom.SeverityHigh:
		return High
	case bom.SeverityMedium:
		return Medium
	}
	return Low
}

func (s *doc) subjectOr(ref bom.Ref) *node {
	if ref == "" {
		return s.subject
	}
	return s.byRef[ref]
}

func (d *differ) subjectWords(f *bom.Finding) string {
	if n := d.new.subjectOr(f.Ref); n != nil {
		return the(n)
	}
	return show(string(f.Ref))
}
