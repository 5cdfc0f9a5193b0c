package inspect

import (
	"cmp"
	"errors"
	"slices"

	"github.com/modelbom/modelbom/pkg/align"
)

const (
	// sameUnits is the agreement of rows as they stand above which nobody moved
	// hidden units: after half of them were, it is 0.75.
	sameUnits = 0.9
	// maxUnitsP is the probability below which a match of rows is used.
	maxUnitsP = 1e-3
)

// A deepSite is a place in a model: a layer, or one expert of it.
type deepSite struct {
	stream        string
	layer, expert int
}

// A deepBlock is the tensors of a site by role; where a role has several, they
// are numbered in the order of their names.
type deepBlock struct {
	site    deepSite
	tensors map[string]*deepTensor
	roles   []string // sorted, leaders first
}

// blocks groups a part's tensors by site, in order.
func (p *deepPart) blocks() []*deepBlock {
	at := map[deepSite]*deepBlock{}
	var list []*deepBlock
	for _, t := range p.tensors {
		k := deepSite{t.stream, t.layer, t.expert}
		b := at[k]
		if b == nil {
			b = &deepBlock{site: k, tensors: map[string]*deepTensor{}}
			at[k], list = b, append(list, b)
		}
		role := t.role
		for b.tensors[role] != nil {
			role += "+"
		}
		b.tensors[role] = t
	}
	for _, b := range list {
		b.roles = sortedKeys(b.tensors)
		slices.SortStableFunc(b.roles, func(x, y string) int { return leads(y) - leads(x) })
	}
	slices.SortFunc(list, func(x, y *deepBlock) int {
		return cmp.Or(cmp.Compare(x.site.stream, y.site.stream), x.site.layer-y.site.layer, x.site.expert-y.site.expert)
	})
	return list
}

// leads is 1 for roles whose rows are matched on themselves, 0 for those that
// follow them.
func leads(role string) int {
	if k, ok := kinds[role]; ok && (k == align.Input) {
		return 1
	}
	return 0
}

// leaders gives the role whose hidden units a role has. An attention output
// reads what values write, one for one where heads do not share them.
var leaders = map[string]string{"mlp.gate": "mlp.up", "mlp.down": "mlp.up", "attention.o": "attention.v", "cross-attention.o": "cross-attention.v",
	"mlp.gate.bias": "mlp.up", "mlp.up.bias": "mlp.up", "attention.q.bias": "attention.q", "attention.k.bias": "attention.k", "attention.v.bias": "attention.v",
	"attention.qkv.bias": "attention.qkv", "cross-attention.q.bias": "cross-attention.q", "cross-attention.k.bias": "cross-attention.k", "cross-attention.v.bias": "cross-attention.v"}

// A deepFinding is one pair of tensors, compared.
type deepFinding struct {
	role   string // with the stream's name before it
	site   deepSite
	agreed align.Agreed
	// shuffled are the z of the same pair with its columns in random order.
	shuffled []float64
	distance deepDistance
	units    bool // hidden units are in another order
	testable bool
}

// compareBlock compares the tensors of two blocks. Null: they do not belong
// together, and only agreements are of interest.
func (d *deepRun) compareBlock(a, b *deepBlock, null bool, shuffles int) ([]deepFinding, error) {
	var out []deepFinding
	units := map[string]align.Signed{}
	for _, role := range a.roles {
		ta, tb := a.tensors[role], b.tensors[role]
		s := d.streamOf(ta)
		if s == nil || tb == nil || ta.vector != tb.vector {
			if !null {
				d.equality.unmatched(int64(ta.elements()))
			}
			continue
		}
		k := kindOf(ta, s.widthA)
		if other := kindOf(tb, s.widthB); other != k {
			k = deepKind{}
		}
		if null && (ta.vector || !k.known && !k.inner) {
			continue
		}
		if (k.Kind == align.Embedding || k.Kind == align.Head) && k.known && !ta.turned && !tb.turned {
			if err := d.tables(ta, tb, s); err != nil {
				return nil, err
			}
			continue
		}
		f, moved, err := d.comparePair(ta, tb, k, s, units[leaders[role]], null, shuffles)
		var not *notDeep
		if errors.As(err, &not) {
			d.skip(ta, not.reason, null)
			continue
		}
		if err != nil {
			return nil, err
		}
		if leads(role) == 1 {
			units[role] = moved
			f.units = moved.Index != nil
		}
		f.site = a.site
		out = append(out, f)
	}
	return out, nil
}

// skip leaves out a tensor that cannot be read or held.
func (d *deepRun) skip(t *deepTensor, why string, null bool) {
	if null {
		return
	}
	d.equality.unmatched(int64(t.elements()))
	d.unread++
	if d.whyUnread == "" {
		d.whyUnread = why
	}
}

// tables compares tables of tokens or positions.
func (d *deepRun) tables(ta, tb *deepTensor, s *DeepStream) error {
	if s.byText && (ta.role == "embedding.token" || ta.role == "head") {
		d.equality.unmatched(int64(ta.elements()))
		return nil
	}
	return d.compareTable(d.ctx, ta, tb, s, &d.equality)
}

// comparePair compares two tensors. It returns the order of hidden units that
// their rows are in, which is empty when it is the same.
func (d *deepRun) comparePair(ta, tb *deepTensor, k deepKind, s *DeepStream, units align.Signed, null bool, shuffles int) (f deepFinding, moved align.Signed, err error) {
	f.role = roleName(ta)
	a, err := ta.load(d.ctx)
	if err != nil {
		return f, moved, err
	}
	b, err := tb.load(d.ctx)
	if err != nil {
		return f, moved, err
	}
	d.progress.add(len(a.Data) + len(b.Data))
	if !k.known && !k.inner {
		f.distance = bestPlace(a, b, s, coarser(ta.dtype, tb.dtype))
		d.equality.add(f.distance)
		return f, moved, nil
	}
	rows, cols := d.maps(k, a, s, units)
	half := align.Whole
	if leads(ta.role) == 1 && s.Found && (d.searched[f.role] || !null) {
		var searched bool
		if moved, searched, err = d.units(a, b, cols, ta.role == "mlp.up" && !d.gated(ta)); err != nil {
			return f, moved, err
		}
		if searched {
			half, d.searched[f.role] = align.Odd, true
		}
		if moved.Index != nil {
			rows = moved
		}
	}
	rows, cols = bounded(rows, a.Rows, b.Rows), bounded(cols, a.Cols, b.Cols)
	if !ta.vector {
		if f.agreed, err = align.Agreement(a, b, rows, cols, align.Options{Workers: deepWorkers, Half: half}); err != nil {
			return f, moved, refuse("%q: %s", ta.name, err)
		}
		f.testable = true
	}
	if null {
		return f, moved, nil
	}
	for n := range shuffles {
		r, c := rows, cols
		if k.Kind == align.Output {
			r = shuffle(rows, a.Rows, uint64(n))
		} else {
			c = shuffle(cols, a.Cols, uint64(n))
		}
		if x, err := align.Agreement(a, b, r, c, align.Options{Workers: deepWorkers, Half: half}); err == nil && !ta.vector {
			f.shuffled = append(f.shuffled, x.Z())
		}
	}
	f.distance.matrices(a, b, rows, cols, coarser(ta.dtype, tb.dtype))
	d.equality.add(f.distance)
	return f, moved, nil
}

// maps says where the rows and columns of a tensor of B are in A.
func (d *deepRun) maps(k deepKind, a align.Matrix, s *DeepStream, units align.Signed) (rows, cols align.Signed) {
	if units.Index != nil && len(units.Index) != a.Rows && (k.Kind == align.Gate) ||
		units.Index != nil && len(units.Index) != a.Cols && (k.Kind == align.Output || k.Kind == align.HiddenBias) {
		units = align.Signed{} // heads share values: their order is not known
	}
	if k.inner {
		return rows, cols
	}
	switch k.Kind {
	case align.Input, align.Embedding, align.Head:
		cols = s.signed
	case align.Gate:
		rows, cols = align.Signed{Index: units.Index}, s.signed
	case align.Output:
		rows, cols = s.signed, units
	case align.Gain:
		cols = align.Signed{Index: s.signed.Index}
	case align.Bias:
		cols = s.signed
	case align.HiddenBias:
		cols = units
	}
	return rows, cols
}

// units finds the order of rows that are hidden units, on every other window of
// columns, so that the rest can test it. Searched says that the test has to use
// the rest.
func (d *deepRun) units(a, b align.Matrix, cols align.Signed, positive bool) (moved align.Signed, searched bool, err error) {
	o := align.Options{Workers: deepWorkers}
	stands := bounded(align.Signed{}, a.Rows, b.Rows)
	asIs, err := align.Agreement(a, b, stands, bounded(cols, a.Cols, b.Cols), o)
	if err != nil || asIs.Share() >= sameUnits || a.Cols < 4*align.MinTokens || max(a.Rows, b.Rows) > align.MaxRows {
		return moved, false, err
	}
	turned, err := align.Rearrange(b, align.Signed{}, bounded(cols, a.Cols, b.Cols), b.Rows, a.Cols)
	if err != nil {
		return moved, false, err
	}
	m, err := align.Rows(a, turned, align.Options{Workers: deepWorkers, Half: align.Even, Positive: positive})
	if err != nil {
		return moved, false, err
	}
	if m.P > maxUnitsP || m.Identity {
		return moved, true, nil
	}
	o.Half = align.Odd
	asIs, err = align.Agreement(a, turned, stands, align.Signed{}, o)
	if err != nil {
		return moved, true, err
	}
	there, err := align.Agreement(a, turned, m.Map, align.Signed{}, o)
	if err == nil && there.Share() > asIs.Share() {
		moved = m.Map
	}
	return moved, true, err
}

// gated reports whether the tensor's block has gates.
func (d *deepRun) gated(t *deepTensor) bool {
	return slices.ContainsFunc(d.partA.tensors, func(x *deepTensor) bool { return x.role == "mlp.gate" && x.stream == t.stream })
}

func roleName(t *deepTensor) string {
	if t.stream != "" {
		return t.stream + "." + t.role
	}
	return t.role
}

// bounded is s, or the identity as far as n coordinates go into m.
func bounded(s align.Signed, n, m int) align.Signed {
	if s.Index != nil || n <= m {
		return s
	}
	s.Index = make([]int, n)
	for i := range s.Index {
		s.Index[i] = -1
		if i < m {
			s.Index[i] = i
		}
	}
	return s
}

// shuffle puts a map's coordinates in random order.
func shuffle(s align.Signed, n int, seed uint64) align.Signed {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	for i := n - 1; i > 0; i-- {
		k := int(mix(mix(seed)+uint64(i)) % uint64(i+1))
		order[i], order[k] = order[k], order[i]
	}
	out := align.Signed{Index: make([]int, n), Flip: make([]bool, n)}
	for i, k := range order {
		out.Index[i], out.Flip[i] = s.At(k)
	}
	return out
}
