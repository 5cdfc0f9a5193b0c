package compare

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// partly moves the layers from one on, and nothing else.
func (n network) partly(s *source, delta float64, from int) network {
	moved := n.moved(s, delta)
	for i := range n {
		if _, layer, _ := fingerprint.RoleOf(n[i].name); layer < from {
			moved[i] = n[i]
		}
	}
	return moved
}

// TestNoElementTwice: whatever arrangements two parts are in, no element of A is
// in two pairs, and the bits are not counted twice.
func TestNoElementTwice(t *testing.T) {
	base := small.make(newSource(1))
	trained := base.moved(newSource(3), 0.1)
	for _, x := range []struct {
		name string
		a, b network
	}{
		{"transposed", transposed(trained, nil, nil), base},
		{"transposed reference", trained, transposed(base, nil, nil)},
		{"joined", joined(trained, nil, nil), base},
		{"joined reference", trained, joined(base, nil, nil)},
		{"both joined", joined(trained, nil, nil), joined(base, nil, nil)},
		{"as stored", trained, base},
	} {
		t.Run(x.name, func(t *testing.T) {
			a, b := x.a.part(t), x.b.part(t)
			c := compareSides(newSide(a), newSide(b), Options{})
			r := c.result()
			shares := map[int]float64{}
			for _, p := range c.pairs {
				shares[p.a.index] += p.a.share
			}
			for i, s := range shares {
				if s > 1+1e-9 {
					t.Errorf("%s is paired %.2f times", a.Tensors[i].Name, s)
				}
			}
			windows := 0
			for i := range c.a.units {
				windows += max(c.a.units[i].n, 3*32) // three pieces at most
			}
			if r.Bits > windows*windowSize || r.Compared != r.Matrices || r.Covered < 0.999 || r.CoveredReference < 0.999 {
				t.Errorf("%d bits, compared %d of %d, covered %.3f and %.3f", r.Bits, r.Compared, r.Matrices, r.Covered, r.CoveredReference)
			}
			if bits := pool(c.pairs).bits; strings.HasPrefix(x.name, "transposed") && bits != 1024*r.Matrices {
				t.Errorf("%d bits of %d matrices", bits, r.Matrices)
			}
		})
	}
}

// TestFrozenThroughViews: a model with five of twelve layers trained is not
// equal to a reference that is stored the other way round, in whatever type.
func TestFrozenThroughViews(t *testing.T) {
	base := small.make(newSource(1))
	trained := base.partly(newSource(3), 0.02, 7)
	want := 0.0
	for i, w := range base {
		if len(w.shape) == 2 && &trained[i].values[0] == &w.values[0] {
			want += float64(len(w.values))
		}
	}
	all := 0.0
	for _, w := range base {
		if len(w.shape) == 2 {
			all += float64(len(w.values))
		}
	}
	want /= all
	reference := transposed(renamed(base, nil, newSource(8)), nil, nil).part(t)
	for _, dtype := range []string{"F32", "BF16"} {
		r := Parts(cast(dtype)(trained, nil, nil).part(t), reference, Options{Comparisons: 1e9})
		if r.Verdict != bom.VerdictTrainedFrom || r.Strength != bom.StrengthStrong {
			t.Errorf("%s: %s (%s)", dtype, r.Verdict, r.Strength)
		}
		// Delta over all: the root of the trained share times 0.02.
		delta := 0.02 * math.Sqrt(1-want)
		if math.Abs(r.Frozen-want) > 0.06 || r.Delta < 0.8*delta || r.Delta > 1.2*delta {
			t.Errorf("%s: frozen %.3f, want %.3f; delta %.4f, want %.4f", dtype, r.Frozen, want, r.Delta, delta)
		}
		if r.LayerMap != nil || r.Layers != nil {
			t.Errorf("%s: layers %v of a reference without numbers", dtype, r.LayerMap)
		}
		if dtype == "F32" && !slices.Contains(r.Notes, "layers 0-6 are unchanged") {
			t.Errorf("%s: notes %q", dtype, r.Notes)
		}
	}
}

// TestFrozenBehindRounding: 4 bits let a training of 0.02 show, and what is not
// trained counts as unchanged.
func TestFrozenBehindRounding(t *testing.T) {
	base := mini.make(newSource(1))
	reference := base.part(t)
	for _, x := range []struct {
		delta  float64
		frozen float64
	}{{0, 1}, {0.02, 0}} {
		r := Parts(cast("Q4_0")(base.moved(newSource(3), x.delta), nil, nil).part(t), reference, Options{Comparisons: 1e9})
		if math.Abs(r.Frozen-x.frozen) > 0.1 {
			t.Errorf("moved %v: %s, frozen %.3f", x.delta, r.Verdict, r.Frozen)
		}
	}
	p := &pair{cells: cells{checked: true, inside: true}, distance: distance{n: 32, sqDiff: 0.25, sqB: 1}}
	if p.unchanged() {
		t.Error("a matrix is unchanged though rounding moved it by half of its size")
	}
}

// TestViewsWithoutValues: signs alone do not make two arrangements equal.
func TestViewsWithoutValues(t *testing.T) {
	base := small.make(newSource(1))
	a, b := transposed(base, nil, nil).part(t), base.part(t)
	if r := Parts(a, b, Options{}); r.Verdict != bom.VerdictIdenticalValue || r.Frozen < 0.999 {
		t.Errorf("with values: %s, frozen %.3f", r.Verdict, r.Frozen)
	}
	for _, p := range []*fingerprint.Part{a, b} {
		for i := range p.Tensors {
			for k := range p.Tensors[i].Views {
				p.Tensors[i].Views[k].Values, p.Tensors[i].Views[k].Scales = nil, nil
			}
		}
	}
	if r := Parts(a, b, Options{}); r.Verdict != bom.VerdictTrainedFrom || r.Frozen != 0 {
		t.Errorf("without values: %s, frozen %.3f", r.Verdict, r.Frozen)
	}
}

// TestShiftedRows: a table of positions that has one row more in front is the
// reference's at other places. It spoils no distance.
func TestShiftedRows(t *testing.T) {
	table := func(n network) network {
		out := slices.Clone(n)
		out[0] = noise("embeddings.position_embeddings", 1369, 256, newSource(20))
		return out
	}
	base := table(small.make(newSource(1)))
	first := noise("x", 1, 256, newSource(21))
	for _, delta := range []float64{0, 0.02} {
		a := base.moved(newSource(3), 0.02)
		a[0] = base[0]
		if delta > 0 {
			a[0] = base[:1].moved(newSource(4), delta)[0]
		}
		a[0].shape = []uint64{1370, 256}
		a[0].values = slices.Concat(first.values, a[0].values)
		r := Parts(a.part(t), base.part(t), Options{Comparisons: 1e9})
		if r.Verdict != bom.VerdictTrainedFrom || r.Delta < 0.018 || r.Delta > 0.022 || r.Reordered != 1 {
			t.Errorf("%s, delta %.4f, %d reordered", r.Verdict, r.Delta, r.Reordered)
		}
		if !slices.Contains(r.Notes, "its embeddings.position_embeddings has rows of the reference at other places, and 1 row more") {
			t.Errorf("notes %q", r.Notes)
		}
		if share := 1369. * 256 / (12*(4*256*256+3*256*512) + 1370*256); delta == 0 && math.Abs(r.Frozen-share) > 0.01 || delta > 0 && r.Frozen > 0.01 {
			t.Errorf("moved %v: frozen %.4f, of %.4f", delta, r.Frozen, share)
		}
	}
}

// TestOnlyReordered: where all that is related moved, no signs speak for it, and
// the distance is that of the codes.
func TestOnlyReordered(t *testing.T) {
	for _, delta := range []float64{0, 0.1} {
		base, other := wide.make(newSource(1)), wide.make(newSource(2))
		a := base.moved(newSource(3), delta)
		for i, w := range a {
			if strings.Contains(w.name, "gate_proj") || strings.Contains(w.name, "up_proj") {
				a[i] = w.rows(shuffled(1, int(w.shape[0])))
			} else {
				a[i] = other[i]
			}
		}
		r := Parts(a.part(t), base.part(t), Options{Comparisons: 1e9})
		if r.Verdict != bom.VerdictPartial || r.Reordered != 6 || r.RelatedBits != 0 {
			t.Errorf("moved %v: %s, %d reordered, %d related bits", delta, r.Verdict, r.Reordered, r.RelatedBits)
		}
		if math.Abs(r.Delta-delta) > 0.02 {
			t.Errorf("moved %v: delta %.3f", delta, r.Delta)
		}
	}
}

// TestRelatedAgreement: what is not related does not water down what is.
func TestRelatedAgreement(t *testing.T) {
	base, other := small.make(newSource(1)), small.make(newSource(2))
	r := Parts(halfLayers(base, other, nil).moved(newSource(3), 0.1).part(t), base.part(t), Options{Comparisons: 1e9})
	if r.Verdict != bom.VerdictPartial || r.Agreement > 0.8 || math.Abs(r.RelatedAgreement-0.968) > 0.005 || math.Abs(r.RelatedRho-0.995) > 0.002 {
		t.Errorf("%s: agreement %.3f, of what is related %.3f, rho %.3f", r.Verdict, r.Agreement, r.RelatedAgreement, r.RelatedRho)
	}
	if r.RelatedBits*100 < 45*r.Bits || r.RelatedBits*100 > 55*r.Bits {
		t.Errorf("%d related bits of %d", r.RelatedBits, r.Bits)
	}
}

// TestOthers: the result says what an overdispersion was measured on.
func TestOthers(t *testing.T) {
	base, other := small.make(newSource(1)), small.make(newSource(2))
	if r := Parts(other.part(t), base.part(t), Options{}); r.Nulls == 0 {
		t.Error("twelve layers give no null")
	}
	if r := Parts(renamed(other, nil, newSource(3)).part(t), base.part(t), Options{}); r.Nulls != 0 || r.Others == 0 {
		t.Errorf("without names: %d nulls, %d others", r.Nulls, r.Others)
	}
	a, b := network{noise("w.weight", 64, 64, newSource(3))}, network{noise("w.weight", 64, 64, newSource(4))}
	if r := Parts(a.part(t), b.part(t), Options{}); r.Nulls != 0 || r.Others != 0 {
		t.Errorf("one matrix: %d nulls, %d others", r.Nulls, r.Others)
	}
}

// TestChoose: the arrangement that explains most wins, the first one unless
// another is clearly better, and no pieces make more than a whole.
func TestChoose(t *testing.T) {
	windows := func(flip int) []fingerprint.Window {
		w := make([]fingerprint.Window, fingerprint.MaxWindows)
		for i := range w {
			w[i] = fingerprint.Window{Signs: 0x0f0f0f0f ^ 0xff, Used: 1<<32 - 1}
			if i < flip {
				w[i].Signs = ^w[i].Signs
			}
		}
		return w
	}
	view := func(transform string, share float64, flip int) match {
		v := &fingerprint.View{Transform: transform, Rows: 32, Cols: 32, Windows: windows(flip)}
		p := &fingerprint.TensorPrint{Sketch: fingerprint.Sketch{Views: []fingerprint.View{*v}}}
		u := newUnit(nil, 0, p, v)
		u.share = share
		w := &fingerprint.View{Rows: 32, Cols: 32, Windows: windows(0)}
		return match{task{unit: u}, newUnit(nil, 0, &fingerprint.TensorPrint{Sketch: fingerprint.Sketch{Views: []fingerprint.View{*w}}}, w)}
	}
	for _, x := range []struct {
		matches []match
		want    string
	}{
		{[]match{view("", 1, 1), view("transposed", 1, 0)}, " "},
		{[]match{view("", 1, 6), view("transposed", 1, 0)}, "transposed "},
		{[]match{view("", 1, 0), view("rows 0:8", 0.5, 0), view("rows 8:16", 0.5, 0)}, " "},
		{[]match{view("", 1, 10), view("rows 0:8", 0.5, 0), view("rows 8:16", 0.5, 0)}, "rows 0:8 rows 8:16 "},
		{[]match{view("rows 0:8", 0.5, 0), view("heads 0/3", 1./3, 0), view("heads 1/3", 1./3, 0), view("heads 2/3", 1./3, 0)}, "heads 0/3 heads 1/3 heads 2/3 "},
		{[]match{view("rows 0:8", 0.5, 0), view("rows 1:9", 0.5, 0), view("rows 2:10", 0.5, 0)}, "rows 0:8 rows 1:9 "},
	} {
		got := ""
		for _, m := range choose(x.matches) {
			got += fmt.Sprint(m.unit.view.Transform, " ")
		}
		if got != x.want {
			t.Errorf("chosen %q, want %q", got, x.want)
		}
	}
}
