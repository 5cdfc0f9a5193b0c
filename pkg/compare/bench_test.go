package compare

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// randomPart makes a fingerprint of matrices without an engine. A share of each
// window's bits is taken from a base, when there is one.
func randomPart(seed uint64, count int, place func(i int) (role string, layer, expert int, rows, cols uint64), base *fingerprint.Part, flips int) *fingerprint.Part {
	r := rand.New(rand.NewPCG(seed, 1))
	p := &fingerprint.Part{}
	for i := range count {
		role, layer, expert, rows, cols := place(i)
		x := fingerprint.TensorPrint{Name: fmt.Sprintf("t%06d", i), Role: role, Layer: layer, Expert: expert, Bytes: int64(2 * rows * cols), DType: "BF16"}
		x.Class = fingerprint.Matrix
		v := fingerprint.View{Rows: rows, Cols: cols, Scales: make([]float32, 32), Values: make([]int16, 1024)}
		for w := range 32 {
			win := fingerprint.Window{Used: 1<<32 - 1, Extremes: uint16(r.IntN(1024))}
			if base != nil {
				win = base.Tensors[i].Views[0].Windows[w]
				for range flips { // exchange two bits, so that half stay set
					a, b := r.IntN(32), r.IntN(32)
					if win.Signs>>a&1 != win.Signs>>b&1 {
						win.Signs ^= 1<<a | 1<<b
					}
				}
			} else {
				for _, b := range r.Perm(32)[:16] {
					win.Signs |= 1 << b
				}
			}
			v.Windows = append(v.Windows, win)
			v.Scales[w] = 1
			for k := range 32 {
				v.Values[w*32+k] = int16(r.IntN(65535) - 32767)
			}
		}
		x.Views = []fingerprint.View{v}
		p.Tensors = append(p.Tensors, x)
	}
	return p
}

func oneShape(i int) (string, int, int, uint64, uint64) {
	return [...]string{"attention.q", "attention.k", "attention.v", "attention.o"}[i%4], i / 4, -1, 4096, 4096
}

func noNames(i int) (string, int, int, uint64, uint64) { return "", -1, -1, 4096, 4096 }

func experts(i int) (string, int, int, uint64, uint64) {
	return [...]string{"mlp.gate", "mlp.up"}[i%2], i / 2 / 400, i / 2 % 400, 1408, 2048
}

// TestTime guards the time that one comparison takes: 400 by 400 matrices of one
// shape, and 50,000 experts. Limits are wide, for machines that are busy.
func TestTime(t *testing.T) {
	if raced {
		t.Skip("statistics, run without the race detector")
	}
	if testing.Short() {
		t.Skip("makes large fingerprints")
	}
	for _, c := range []struct {
		name  string
		count int
		place func(i int) (string, int, int, uint64, uint64)
		limit time.Duration
	}{{"400 matrices", 400, oneShape, time.Minute}, {"400 without names", 400, noNames, time.Minute}, {"50,000 experts", 50_000, experts, 2 * time.Minute}} {
		b := randomPart(1, c.count, c.place, nil, 0)
		for name, a := range map[string]*fingerprint.Part{
			"unrelated": randomPart(2, c.count, c.place, nil, 0),
			"related":   randomPart(3, c.count, c.place, b, 1),
		} {
			start := time.Now()
			r := Parts(a, b, Options{Comparisons: 1e12})
			took := time.Since(start)
			t.Logf("%s, %s: %v, %s, Z %.1f", c.name, name, took.Round(time.Millisecond), r.Verdict, r.Z)
			if took > c.limit {
				t.Errorf("%s, %s: %v", c.name, name, took)
			}
			if want := name == "related"; r.Verdict.Found() != want {
				t.Errorf("%s, %s: %s", c.name, name, r.Verdict)
			}
		}
	}
	// Experts in another order have no names to go by.
	b := randomPart(1, 20_000, experts, nil, 0)
	a := randomPart(3, 20_000, experts, b, 1)
	r := rand.New(rand.NewPCG(5, 5))
	order := r.Perm(len(a.Tensors))
	for i, k := range order {
		a.Tensors[i].Views, a.Tensors[k].Views = a.Tensors[k].Views, a.Tensors[i].Views
	}
	start := time.Now()
	res := Parts(a, b, Options{Comparisons: 1e12})
	t.Logf("20,000 experts in another order: %v, %s, covered %.3f", time.Since(start).Round(time.Millisecond), res.Verdict, res.Covered)
	if res.Verdict != bom.VerdictTrainedFrom && res.Verdict != bom.VerdictRelatedDistant || res.Covered < 0.95 {
		t.Errorf("%s, covered %.3f, agreement %.3f", res.Verdict, res.Covered, res.Agreement)
	}
}

func BenchmarkParts(b *testing.B) {
	for _, c := range []struct {
		name  string
		count int
		place func(i int) (string, int, int, uint64, uint64)
	}{{"400", 400, oneShape}, {"400-unnamed", 400, noNames}, {"50000-experts", 50_000, experts}} {
		base := randomPart(1, c.count, c.place, nil, 0)
		for name, a := range map[string]*fingerprint.Part{"unrelated": randomPart(2, c.count, c.place, nil, 0), "related": randomPart(3, c.count, c.place, base, 1)} {
			b.Run(c.name+"/"+name, func(b *testing.B) {
				for b.Loop() {
					Parts(a, base, Options{Comparisons: 1e12})
				}
			})
		}
	}
}
