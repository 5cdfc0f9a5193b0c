package compare

import (
	"math"
	"slices"
)

// codeSpace is the number of row codes: 30 bits made of the places of three
// maxima and minima, each unlike the other.
const codeSpace = 992. * 992 * 992

// Bounds on row sets.
const (
	// minShared codes are never chance: see codeChance.
	minShared = 3
	// codeChance is the probability, by chance, that we allow of one pair.
	codeChance = 1e-8
	// wholeReorder is the share of codes, over all reordered matrices, from which
	// on rows are the same rows, and mostReorder that of each, which may have
	// few codes. Matrices that were trained on after they were reordered have
	// less (0.47 at a relative distance of 0.1).
	wholeReorder, mostReorder = 0.95, 0.8
)

// alignRows looks for the same rows or columns in another order, where signs at
// equal places show nothing: permuted neurons and heads, a rebuilt vocabulary.
// Each matrix is compared with the one that names chose and with all others of
// its width, as far as the budget goes.
func (c *comparison) alignRows() {
	strong := c.strong()
	byCols := map[uint64][]*unit{}
	byRows := map[uint64][]*unit{}
	for _, v := range c.b.units {
		byCols[v.shape.cols] = append(byCols[v.shape.cols], v)
		byRows[v.shape.rows] = append(byRows[v.shape.rows], v)
	}
	weak := c.unexplained()
	replaced := map[*pair]bool{}
	budget := rowBudget
	for _, u := range c.a.units {
		old, ok := weak[u]
		if !ok || len(u.print.Rows) == 0 && len(u.print.Columns) == 0 {
			continue
		}
		if old != nil && old.tally.z() >= strong {
			continue
		}
		var p *pair
		if old != nil {
			p = c.reordered(u, []*unit{old.b}, codeChance)
		}
		all := append(byCols[u.shape.cols][:len(byCols[u.shape.cols]):len(byCols[u.shape.cols])], byRows[u.shape.rows]...)
		if p == nil && len(all) > 0 && budget >= len(all) {
			budget -= len(all)
			p = c.reordered(u, all, codeChance/float64(max(1, len(c.a.units)))/float64(len(all)))
		}
		if p == nil {
			continue
		}
		if old != nil {
			replaced[old] = true
		}
		delete(c.spare, u)
		c.pairs = append(c.pairs, p)
	}
	c.dropPairs(replaced)
}

// codeDecay is how fast codes are lost with relative distance: of 256 codes of
// Gaussian rows 121, 24 and 5 were left at distances of 0.1, 0.3 and 0.5, which
// is exp(-7.7 d).
const codeDecay = 7.7

// codeDelta is the relative distance that a share of equal codes stands for.
func codeDelta(share float64) float64 { return max(0, -math.Log(max(share, 1e-3))/codeDecay) }

// rowBudget bounds the pairs whose row sets are compared, at about half a
// microsecond each.
const rowBudget = 200_000

// reordered pairs a matrix with the one of several that has most codes in
// common, if chance does not explain them. Expected by chance are as many as A
// keeps times the rows that B has in the space of codes; codes of real rows are
// less even than those of noise, as some columns have larger values than others,
// and what the other candidates share is taken into account.
func (c *comparison) reordered(u *unit, among []*unit, chance float64) *pair {
	var best overlap
	var with *unit
	total := 0
	for _, v := range among {
		o := overlapOf(u, v)
		total += o.shared
		if o.shared > best.shared {
			best, with = o, v
		}
	}
	if best.shared < minShared {
		return nil
	}
	expected := best.expected * unevenCodes
	if others := len(among) - 1; others >= minNulls {
		expected = max(best.expected, unevenCodes*float64(total-best.shared)/float64(others))
	}
	if poissonTail(expected, best.shared) > chance {
		return nil
	}
	p := &pair{a: u, b: with, found: true, shared: best.shared, codes: best.of, reorder: best.share, join: c.places.join(u, with)}
	p.tally = compareJoined(u, with, p.join)
	p.null = c.nullOf(p)
	p.adapted = p.tally.z() / p.null.spread
	return p
}

// unevenCodes is how many times as many collisions are allowed for as even
// codes would have, or other matrices show.
const unevenCodes = 10

// An overlap is what two sets of codes have in common.
type overlap struct {
	shared   int
	share    float64 // of A's codes that B would show
	of       int     // these codes
	expected float64 // shared codes by chance, for even codes
}

// overlapOf compares rows when widths are equal, and columns when heights are.
func overlapOf(a, b *unit) overlap {
	var o overlap
	if a.shape.cols == b.shape.cols {
		o = overlapIn(a.print.Rows, b.print.Rows, b.shape.rows)
	}
	if a.shape.rows == b.shape.rows {
		if p := overlapIn(a.print.Columns, b.print.Columns, b.shape.cols); p.shared > o.shared {
			o = p
		}
	}
	return o
}

func overlapIn(a, b []uint32, lines uint64) overlap {
	// Sets hold the smallest codes of their matrices. Only codes below the
	// largest of both would be in both sets if both matrices had the row.
	o := overlap{expected: min(float64(len(a)), float64(len(a))*float64(max(lines, uint64(len(b))))/codeSpace)}
	a, b = below(a, b), below(b, a)
	for i, k := 0, 0; i < len(a) && k < len(b); {
		switch {
		case a[i] < b[k]:
			i++
		case a[i] > b[k]:
			k++
		default:
			o.shared, i, k = o.shared+1, i+1, k+1
		}
	}
	if o.of = len(a); o.of > 0 {
		o.share = math.Min(1, float64(o.shared)/float64(len(a)))
	}
	return o
}

// below returns the codes of a up to b's largest. Sets hold the smallest codes
// of their matrices: b may lack a larger one that its matrix has.
func below(a, b []uint32) []uint32 {
	if len(b) == 0 {
		return nil
	}
	n, found := slices.BinarySearch(a, b[len(b)-1])
	if found {
		n++
	}
	return a[:n]
}
