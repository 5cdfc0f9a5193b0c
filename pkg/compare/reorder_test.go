package compare

import (
	"fmt"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// wide is a model whose matrices have sets of rows, and those with more columns
// than rows sets of columns.
var wide = plan{layers: 3, width: 512, inner: 768, vocabulary: 2000}

// rows returns the given rows of a matrix.
func (w weight) rows(order []int) weight {
	cols := int(w.shape[1])
	out := make([]float32, 0, len(order)*cols)
	for _, r := range order {
		out = append(out, w.values[r*cols:(r+1)*cols]...)
	}
	w.values, w.shape = out, []uint64{uint64(len(order)), uint64(cols)}
	return w
}

// columns returns the given columns of a matrix.
func (w weight) columns(order []int) weight {
	rows, cols := int(w.shape[0]), int(w.shape[1])
	out := make([]float32, 0, len(order)*rows)
	for r := range rows {
		for _, c := range order {
			out = append(out, w.values[r*cols+c])
		}
	}
	w.values, w.shape = out, []uint64{uint64(rows), uint64(len(order))}
	return w
}

// neurons puts the neurons of every layer into another order, or leaves some
// out: the network computes the same, or nearly so.
func (n network) neurons(order func(layer, count int) []int) network {
	out := n.clone()
	for i, w := range out {
		_, layer, _ := fingerprint.RoleOf(w.name)
		switch {
		case strings.Contains(w.name, "gate_proj"), strings.Contains(w.name, "up_proj"):
			out[i] = w.rows(order(layer, int(w.shape[0])))
		case strings.Contains(w.name, "down_proj"):
			out[i] = w.columns(order(layer, int(w.shape[1])))
		}
	}
	return out
}

func shuffled(layer, count int) []int { return newSource(uint64(100 + layer)).Perm(count) }

func TestReordered(t *testing.T) {
	if raced {
		t.Skip("statistics, run without the race detector")
	}
	base, other := wide.make(newSource(1)), wide.make(newSource(2))
	reference := base.part(t)
	vocabulary := func(n network) network {
		n = n.clone()
		n[0] = n[0].rows(newSource(5).Perm(int(n[0].shape[0])))
		return n
	}
	for _, x := range []struct {
		name      string
		n         network
		verdict   bom.Verdict
		reordered [2]int
		note      string
	}{
		{"neurons", base.neurons(shuffled), bom.VerdictIdenticalValue, [2]int{9, 9}, "in another order in 9 matrices (mlp.down, mlp.gate, mlp.up)"},
		{"neurons, bf16", cast("BF16")(base.neurons(shuffled), nil, nil), bom.VerdictRequantised, [2]int{9, 9}, "another order"},
		{"neurons, trained 0.1", base.moved(newSource(3), 0.1).neurons(shuffled), bom.VerdictTrainedFrom, [2]int{9, 9}, "another order"},
		{"neurons, trained 0.3", base.moved(newSource(3), 0.3).neurons(shuffled), bom.VerdictTrainedFrom, [2]int{6, 9}, "another order"},
		{"an eighth of the neurons pruned", base.neurons(func(layer, count int) []int {
			var left []int
			for i := range count {
				if (i+layer)%8 != 0 {
					left = append(left, i)
				}
			}
			return left
		}), bom.VerdictIdenticalValue, [2]int{9, 9}, "fewer"},
		{"vocabulary in another order", vocabulary(base), bom.VerdictIdenticalValue, [2]int{1, 1}, "embedding.token"},
		{"unrelated", vocabulary(other.neurons(shuffled)), bom.VerdictSameArchitecture, [2]int{0, 0}, ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			r := Parts(x.n.part(t), reference, Options{Comparisons: 1e12})
			t.Logf("| %s | %s, %s | q %.3f | Z %.1f | delta %.3f | reordered %d | covered %.2f of ref %.2f | %q",
				x.name, r.Verdict, r.Strength, r.Agreement, r.Z, r.Delta, r.Reordered, r.Covered, r.CoveredReference, r.Notes)
			if r.Verdict != x.verdict || r.Reordered < x.reordered[0] || r.Reordered > x.reordered[1] || !strings.Contains(strings.Join(r.Notes, "; "), x.note) {
				t.Errorf("%s with %d reordered, notes %q; want %s with %v, %q", r.Verdict, r.Reordered, r.Notes, x.verdict, x.reordered, x.note)
			}
		})
	}
}

// TestColumnsUnseen: without sets of columns, as large matrices with more rows
// have none, the down-projections show nothing once neurons moved, for or
// against.
func TestColumnsUnseen(t *testing.T) {
	base := wide.make(newSource(1))
	a, b := base.neurons(shuffled).part(t), base.part(t)
	for _, p := range []*fingerprint.Part{a, b} {
		for i := range p.Tensors {
			p.Tensors[i].Columns = nil
		}
	}
	r := Parts(a, b, Options{Comparisons: 1e12})
	note := "in another order in 6 matrices (mlp.gate, mlp.up); whether the columns of 3 matrices moved"
	if r.Verdict != bom.VerdictIdenticalValue || r.Strength != bom.StrengthModerate || r.Reordered != 6 || r.Covered != 1 || !strings.Contains(strings.Join(r.Notes, "; "), note) {
		t.Errorf("%s (%s), %d reordered, covered %.2f; %q", r.Verdict, r.Strength, r.Reordered, r.Covered, r.Notes)
	}
}

// TestColumns is the same with matrices that are large enough for sets of
// columns.
func TestColumns(t *testing.T) {
	if testing.Short() {
		t.Skip("makes large matrices")
	}
	s := newSource(1)
	base := network{
		noise("model.layers.0.self_attn.q_proj.weight", 256, 2048, s),
		noise("model.layers.0.mlp.up_proj.weight", 2304, 2048, s),
		noise("model.layers.0.mlp.down_proj.weight", 2048, 2304, s),
	}
	r := Parts(base.neurons(shuffled).part(t), base.part(t), Options{Comparisons: 1e12})
	if r.Verdict != bom.VerdictIdenticalValue || r.Reordered != 2 || r.Covered != 1 {
		t.Errorf("%s, %d reordered, covered %.2f; %q", r.Verdict, r.Reordered, r.Covered, r.Notes)
	}
}

// mixture draws a model of experts, stored one by one.
func mixtureOfExperts(layers, experts int, s *source) network {
	var n network
	for l := range layers {
		at := fmt.Sprintf("model.layers.%d.", l)
		for _, k := range []string{"q", "k", "v", "o"} {
			n = append(n, noise(at+"self_attn."+k+"_proj.weight", 128, 128, s))
		}
		for e := range experts {
			for _, k := range []string{"gate", "up", "down"} {
				n = append(n, noise(fmt.Sprintf("%smlp.experts.%d.%s_proj.weight", at, e, k), 128, 128, s))
			}
		}
	}
	return n
}

func noise(name string, rows, cols int, s *source) weight {
	values := make([]float32, rows*cols)
	for i := range values {
		values[i] = float32(0.02 * s.draw())
	}
	return weight{name: name, shape: []uint64{uint64(rows), uint64(cols)}, values: values}
}

func TestExperts(t *testing.T) {
	base, other := mixtureOfExperts(4, 8, newSource(1)), mixtureOfExperts(4, 8, newSource(2))
	reference := base.part(t)
	expert := func(w weight) int { _, _, e := fingerprint.RoleOf(w.name); return e }
	order := base.clone()
	for i, w := range order {
		if e := expert(w); e >= 0 {
			order[i].name = strings.Replace(w.name, fmt.Sprintf("experts.%d.", e), fmt.Sprintf("experts.%d.", (e+3)%8), 1)
		}
	}
	some := base.clone()
	for i, w := range some {
		if expert(w) >= 3 {
			some[i] = other[i]
		}
	}
	stacked := stack(base, 8)
	for _, x := range []struct {
		name    string
		n       network
		verdict bom.Verdict
		note    string
	}{
		{"experts in another order", order, bom.VerdictIdentical, ""},
		{"experts in another order, trained", order.moved(newSource(3), 0.5), bom.VerdictTrainedFrom, ""},
		{"five of eight experts new", some, bom.VerdictPartial, "3 of its experts are related and 5 are not"},
		{"experts stacked", stacked, bom.VerdictIdenticalValue, ""},
		{"experts stacked, trained", stack(base.moved(newSource(3), 0.5), 8), bom.VerdictTrainedFrom, ""},
		{"unrelated", other, bom.VerdictSameArchitecture, ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			r := Parts(x.n.part(t), reference, Options{Comparisons: 1e12})
			t.Logf("| %s | %s, %s | q %.3f | Z %.1f | delta %.3f | covered %.2f of ref %.2f | %q",
				x.name, r.Verdict, r.Strength, r.Agreement, r.Z, r.Delta, r.Covered, r.CoveredReference, r.Notes)
			if r.Verdict != x.verdict || !strings.Contains(strings.Join(r.Notes, "; "), x.note) {
				t.Errorf("%s, want %s; notes %q", r.Verdict, x.verdict, r.Notes)
			}
		})
	}
}

// stack stores the experts of a layer in one tensor.
func stack(n network, experts int) network {
	var out network
	at := map[string]int{}
	for _, w := range n {
		before, after, ok := strings.Cut(w.name, "experts.")
		if !ok {
			out = append(out, w)
			continue
		}
		_, kind, _ := strings.Cut(after, ".")
		name := before + "experts." + kind
		i, ok := at[name]
		if !ok {
			i = len(out)
			at[name] = i
			out = append(out, weight{name: name, shape: []uint64{uint64(experts), w.shape[0], w.shape[1]}})
		}
		out[i].values = append(out[i].values, w.values...)
	}
	return out
}
