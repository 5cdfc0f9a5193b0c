package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/wording"
)

// maxNames and maxRuns bound the names, and the runs of layers, in one note.
const maxNames, maxRuns = 4, 16

// notes says what the verdict and the numbers do not.
func (c *comparison) notes(r *Result) []string {
	var notes []string
	add := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	found := r.Verdict.Found() || r.Verdict == bom.VerdictSharedInitialisation
	if found {
		c.noteRows(add)
		if r.Negated > 0 {
			c.noteNegated(add)
		}
		c.noteLayers(r, add)
		c.noteParts(r, add)
		c.noteFrozen(r, add)
	}
	switch r.Verdict {
	case bom.VerdictIdenticalValue:
		if r.Strength != bom.StrengthExact {
			add("equality was found in sampled values and not by digests")
		}
	case bom.VerdictRequantised:
		if r.Rounded > 0 {
			add("its quantisation does not round each value to the nearest level, so that training which moved the weights less than the rounding cannot be excluded")
		}
	case bom.VerdictSharedInitialisation:
		add("its matrices are related and its gains, which carry nothing of the initial random numbers, are not: both may have been trained from the same seed; derivation is not shown")
	case bom.VerdictTrainedFrom, bom.VerdictRelatedDistant, bom.VerdictPartial:
		c.noteTrained(r, add)
	case bom.VerdictSameArchitecture, bom.VerdictUnknown:
		add("a mean correlation of weights above %.2g can be excluded with 99 %% confidence; distillation and a disguised layout cannot", r.Bound)
	}
	if r.Mode == "sparse" && r.Verdict != bom.VerdictNotComparable {
		add("only sampled windows were read of one side, so that digests could not be compared")
	}
	if r.Unread > 0 {
		add("%d of its tensors could not be read", r.Unread)
	}
	return notes
}

func (c *comparison) noteTrained(r *Result, add func(string, ...any)) {
	if r.Zeros > 0.05 && r.Quantised == 0 { // coarse types have a level at zero
		add("%.0f %% of its weights are zero where the reference's are not: it was pruned", 100*r.Zeros)
	}
	if r.Seed.Contrary && r.Covered >= halfShare {
		add("its gains do not agree with the reference's: they were reset or replaced")
	}
	if q := pool(c.relatedPairs()).agreement(); q >= 0.70 && q <= 0.80 && r.Zeros < 0.05 {
		add("an agreement of 0.75 is also what a merge of two unrelated models in equal shares shows with each")
	}
	if r.Verdict == bom.VerdictRelatedDistant && !r.Seed.Derived {
		add("whether weights were continued or only the initial random numbers are the same is not decided (%s)", cmp.Or(r.Seed.Why, "its gains do not tell"))
	}
	if c.bothRounded(r) {
		add("the distance is no larger than the rounding of both explains: both may be quantisations of the same weights")
	}
	if n := r.Rounded + r.Requantised; n > 0 && n < r.Quantised {
		add("%d of %s of a coarser type %s the reference's but for rounding, which hides changes that are smaller", n, matrices(r.Quantised), is(n))
	}
}

// noteRows describes matrices with more, fewer or reordered rows.
func (c *comparison) noteRows(add func(string, ...any)) {
	var reordered, blind []string
	fewer := 0
	for _, p := range c.pairs {
		if a, b := p.a.shape, p.b.shape; p.reorder > 0 && a.cols == b.cols && a.rows > b.rows {
			// A token or a position put in front moves all rows and reorders none.
			add("its %s has rows of the reference at other places, and %s more", clean(p.a.print.Name), wording.Count(a.rows-b.rows, "row", "rows"))
			continue
		}
		if p.reorder > 0 {
			reordered = append(reordered, cmp.Or(p.a.print.Role, p.a.print.Name))
			if p.a.shape.rows < p.b.shape.rows || p.a.shape.cols < p.b.shape.cols {
				fewer++
			}
			continue
		}
		if !p.related || p.blind || p.a.shape.cols != p.b.shape.cols || !p.a.first || !p.b.first {
			continue
		}
		if a, b := p.a.shape.rows, p.b.shape.rows; a > b {
			add("its %s has %s more than the reference's", clean(p.a.print.Name), wording.Count(a-b, "row", "rows"))
		} else if a < b {
			add("its %s has %s fewer than the reference's", clean(p.a.print.Name), wording.Count(b-a, "row", "rows"))
		}
	}
	if len(reordered) > 0 {
		add("rows or columns are the reference's in another order in %s (%s)", matrices(len(reordered)), some(reordered))
	}
	for u := range c.blind {
		blind = append(blind, cmp.Or(u.print.Role, u.print.Name))
	}
	if len(blind) > 0 {
		add("whether the columns of %s moved with these rows was not seen (%s)", matrices(len(blind)), some(blind))
	}
	if fewer > 0 {
		add("%d of these %s fewer rows or columns than the reference's", fewer, wording.Word(fewer, "has", "have"))
	}
}

// noteLayers describes a layer map that is not one to one.
func (c *comparison) noteLayers(r *Result, add func(string, ...any)) {
	from, to, plain := []string{}, map[int]bool{}, true
	for l := 0; l < len(r.LayerMap); {
		start := l
		for l++; l < len(r.LayerMap) && follows(r.LayerMap[l-1], r.LayerMap[l]); l++ {
		}
		first, last := r.LayerMap[start], r.LayerMap[l-1]
		if first != start {
			plain = false
		}
		if first < 0 {
			from = append(from, fmt.Sprintf("%s none", span(start, l-1)))
			continue
		}
		from = append(from, fmt.Sprintf("%s from %s", span(start, l-1), span(first, last)))
		for k := first; k <= last; k++ {
			to[k] = true
		}
	}
	if len(r.LayerMap) == 0 || plain && len(to) == c.b.layers {
		return
	}
	add("layers: %s; the reference has %d", strings.Join(from[:min(len(from), maxRuns)], ", "), c.b.layers)
}

func matrices(n int) string { return wording.Count(n, "matrix", "matrices") }

func is(n int) string { return wording.Word(n, "is", "are") }

func follows(a, b int) bool { return a < 0 && b < 0 || a >= 0 && b == a+1 }

func span(a, b int) string {
	if a == b {
		return fmt.Sprint(a)
	}
	return fmt.Sprintf("%d-%d", a, b)
}

// noteFrozen names the layers of A that are unchanged, where others are not.
func (c *comparison) noteFrozen(r *Result, add func(string, ...any)) {
	if r.Frozen == 0 || r.Frozen >= almostAll {
		return
	}
	frozen, all := make([]float64, c.a.layers), make([]float64, c.a.layers)
	for _, u := range c.a.units {
		if l := u.slot.layer; l >= 0 {
			all[l] += u.bytes
		}
	}
	for _, p := range c.pairs {
		if l := p.a.slot.layer; l >= 0 && p.unchanged() {
			frozen[l] += p.a.bytes * p.common()
		}
	}
	var runs []string
	layers := 0
	for l := 0; l < c.a.layers; l++ {
		first := l
		for l < c.a.layers && all[l] > 0 && frozen[l] >= almostAll*all[l] {
			l++
		}
		if l > first {
			runs = append(runs, span(first, l-1))
			layers += l - first
		}
	}
	if len(runs) > 0 {
		add("%s %s %s unchanged", wording.Word(layers, "layer", "layers"), strings.Join(runs[:min(len(runs), maxRuns)], ", "), is(layers))
	}
}

// noteParts names what is related and what is not, when not all is.
func (c *comparison) noteParts(r *Result, add func(string, ...any)) {
	if r.CoveredReference < 0.95 && r.Covered >= wholeShare {
		add("it holds %.0f %% of the reference's matrices", 100*r.CoveredReference)
	}
	if r.Covered >= almostAll {
		return
	}
	var with, without []string
	missing := c.noteMissing(add)
	seen := map[string]bool{}
	experts := map[bool]map[int]bool{true: {}, false: {}}
	for _, u := range c.a.units {
		if c.isBlind(u) || missing[u.slot.layer] {
			continue
		}
		related := c.isRelated(u)
		name := strings.TrimPrefix(u.slot.family, "?")
		key := fmt.Sprint(related, name)
		if u.slot.expert >= 0 {
			experts[related][u.slot.expert] = true
		}
		if seen[key] {
			continue
		}
		seen[key] = true
		if related {
			with = append(with, name)
		} else {
			without = append(without, name)
		}
	}
	if r.Verdict == bom.VerdictPartial {
		add("related are %.0f %% of its matrices by size: %s", 100*r.Covered, some(with))
	}
	if len(without) > 0 {
		add("no relation is seen in %s", some(without))
	}
	if len(experts[true]) > 0 && len(experts[false]) > 0 {
		with, without := len(experts[true]), len(experts[false])
		add("%d of its experts %s related and %d %s not", with, is(with), without, is(without))
	}
}

func (c *comparison) isBlind(u *unit) bool {
	_, ok := c.blind[u]
	return ok
}

func (c *comparison) isRelated(u *unit) bool {
	for _, p := range c.byUnit()[u.index] {
		if p.related {
			return true
		}
	}
	return false
}

func (c *comparison) byUnit() map[int][]*pair {
	if c.ofTensor == nil {
		c.ofTensor = map[int][]*pair{}
		for _, p := range c.pairs {
			c.ofTensor[p.a.index] = append(c.ofTensor[p.a.index], p)
		}
	}
	return c.ofTensor
}

func some(names []string) string {
	names = slices.Clone(names)
	slices.Sort(names)
	names = slices.Compact(names)
	rest := ""
	if len(names) > maxNames {
		rest = " and " + wording.Count(len(names)-maxNames, "other", "others")
		names = names[:maxNames]
	}
	for i := range names {
		names[i] = clean(names[i])
	}
	return strings.Join(names, ", ") + rest
}

// maxNote bounds a name in a note.
const maxNote = 120

// clean makes a name of a file fit to stand in a sentence.
func clean(name string) string {
	q := fmt.Sprintf("%q", name)
	q = q[1 : len(q)-1]
	if len(q) > maxNote {
		q = strings.ToValidUTF8(q[:maxNote], "") + "..."
	}
	return q
}
