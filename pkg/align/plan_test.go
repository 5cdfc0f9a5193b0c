package align

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// A net is one gated feed-forward block with its embedding: enough to have
// every kind of tensor.
type net map[string]Matrix

var netKinds = map[string]Kind{"embedding": Embedding, "head": Head, "gain": Gain, "gate": Gate, "up": Input, "down": Output, "bias": Bias, "hidden bias": HiddenBias}

func newNet(r *rand.Rand, d, hidden, vocabulary int) net {
	return net{"embedding": gauss(r, vocabulary, d), "head": gauss(r, vocabulary, d), "gain": gauss(r, 1, d),
		"gate": gauss(r, hidden, d), "up": gauss(r, hidden, d), "down": gauss(r, d, hidden), "bias": gauss(r, 1, d), "hidden bias": gauss(r, 1, hidden)}
}

// logits of one token: head(x + down(silu(gate n) * (up n + hidden bias)) + bias)
// with n the gained RMS norm of x.
func (m net) logits(token int) []float64 {
	x := m["embedding"].Row(token)
	var squares float64
	for _, v := range x {
		squares += float64(v) * float64(v)
	}
	n := make([]float32, len(x))
	for i, v := range x {
		n[i] = float32(float64(v)/math.Sqrt(squares/float64(len(x)))) * m["gain"].Data[i]
	}
	h := make([]float32, m["up"].Rows)
	for i := range h {
		g := float64(dot(m["gate"].Row(i), n))
		h[i] = float32(g/(1+math.Exp(-g))) * (dot(m["up"].Row(i), n) + m["hidden bias"].Data[i])
	}
	y := make([]float32, len(x))
	for i := range y {
		y[i] = x[i] + dot(m["down"].Row(i), h) + m["bias"].Data[i]
	}
	out := make([]float64, m["head"].Rows)
	for i := range out {
		out[i] = float64(dot(m["head"].Row(i), y))
	}
	return out
}

// inverse of a whole map.
func inverse(s Signed) Signed {
	out := Signed{Index: make([]int, len(s.Index)), Flip: make([]bool, len(s.Index))}
	for i, j := range s.Index {
		out.Index[j], out.Flip[j] = i, s.Flip[i]
	}
	return out
}

func (m net) apply(t *testing.T, p Plan) net {
	t.Helper()
	out := net{}
	for name, x := range m {
		y, err := p.Apply(netKinds[name], x)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = y
	}
	return out
}

// TestPlanKeepsFunction: a plan is a disguise that the network's outputs do not
// show, and the inverse plan undoes it.
func TestPlanKeepsFunction(t *testing.T) {
	r := rng(1)
	m := newNet(r, 24, 40, 30)
	p := Plan{randomSigned(r, 24), randomSigned(r, 40)}
	disguised := m.apply(t, p)
	for token := range 30 {
		a, b := m.logits(token), disguised.logits(token)
		for i := range a {
			if math.Abs(a[i]-b[i]) > 1e-3*(1+math.Abs(a[i])) {
				t.Fatalf("token %d: logit %g became %g", token, a[i], b[i])
			}
		}
	}
	back := disguised.apply(t, Plan{inverse(p.Residual), inverse(p.Hidden)})
	for name, x := range m {
		if !slices.Equal(x.Data, back[name].Data) {
			t.Errorf("%s is not restored", name)
		}
	}
}

// TestDeep is the whole path on a fine-tuned and disguised model, and on an
// unrelated one.
func TestDeep(t *testing.T) {
	for _, related := range []bool{true, false} {
		r := rng(2)
		a := newNet(r, 256, 700, 1500)
		b := newNet(r, 256, 700, 1500)
		if related {
			for name, x := range a {
				b[name] = noisy(r, x, 0.5)
			}
		}
		b = b.apply(t, Plan{randomSigned(r, 256), randomSigned(r, 700)})
		common := 600 * 256 // part of the vocabulary
		cols, err := Columns(Matrix{a["embedding"].Data[:common], 600, 256}, Matrix{b["embedding"].Data[:common], 600, 256}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		plan := Plan{Residual: cols.Map}
		up, err := plan.Apply(Input, b["up"])
		if err != nil {
			t.Fatal(err)
		}
		units, err := Rows(a["up"], up, Options{})
		if err != nil {
			t.Fatal(err)
		}
		back := b.apply(t, plan.WithHidden(units.Map))
		var total Agreed
		for _, name := range []string{"gate", "down"} {
			x, err := Agreement(a[name], back[name], Signed{}, Signed{}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			total.Add(x)
		}
		t.Logf("related %v: columns p %.2g, units p %.2g, gate and down z %.1f rho %.2f", related, cols.P, units.P, total.Z(), total.Rho())
		if related != (total.Z() > 100) || related != (cols.P < 1e-7) || related != (units.P < 1e-7) || !related && math.Abs(total.Z()) > 4 {
			t.Errorf("related %v: z %g, p %g and %g", related, total.Z(), cols.P, units.P)
		}
	}
}

func TestRearrangeGaps(t *testing.T) {
	v := Matrix{[]float32{1, 2, 3, 4, 5, 6}, 2, 3}
	got, err := Rearrange(v, Signed{Index: []int{1, -1, 0}}, Signed{Index: []int{2, 0}, Flip: []bool{true, false}}, 3, 2)
	if err != nil || !slices.Equal(got.Data, []float32{-6, 4, 0, 0, -3, 1}) {
		t.Errorf("%v, %v", got, err)
	}
}
