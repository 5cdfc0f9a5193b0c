package compare

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/fingerprint"
)

func sameResult(a, b *Result) string { return cmp.Diff(a, b, cmpopts.EquateNaNs()) }

// TestNothing compares parts that hold nothing to compare.
func TestNothing(t *testing.T) {
	base := mini.make(newSource(1))
	full := base.part(t)
	var gains, constant network
	for i, w := range base {
		if len(w.shape) == 1 {
			gains = append(gains, w)
		}
		same := weight{name: w.name, shape: w.shape, values: make([]float32, len(w.values))}
		for k := range same.values {
			same.values[k] = float32(i)
		}
		constant = append(constant, same)
	}
	nan := base.clone()
	for i := range nan {
		for k := range nan[i].values {
			if k%17 == 0 {
				nan[i].values[k] = float32(math.NaN())
			}
		}
	}
	one := network{noise("w.weight", 64, 64, newSource(3))}
	other := network{noise("w.weight", 64, 64, newSource(4))}
	parts := map[string]*fingerprint.Part{
		"full": full, "empty": {}, "nil": nil, "gains": gains.part(t), "constant": constant.part(t), "nan": nan.part(t),
		"one": one.part(t), "another": other.part(t), "unread": {Tensors: []fingerprint.TensorPrint{{Name: "x", Sketch: fingerprint.Sketch{Class: fingerprint.Unread}}}, Unread: 7},
	}
	for x, a := range parts {
		for y, b := range parts {
			r := Parts(a, b, Options{})
			check(t, x+" with "+y, r)
			if x != y && r.Verdict.Found() && x != "gains" {
				t.Errorf("%s with %s: %s, %q", x, y, r.Verdict, r.Notes)
			}
			Distance(a, b, r)
			Mixture(a, []*fingerprint.Part{b})
		}
	}
	if r := Parts(parts["one"], parts["one"], Options{}); r.Verdict != bom.VerdictIdentical {
		t.Errorf("one matrix with itself: %s", r.Verdict)
	}
	if r := Parts(one.moved(newSource(5), 0.1).part(t), parts["one"], Options{Comparisons: 1e12}); r.Verdict != bom.VerdictTrainedFrom || r.Strength == bom.StrengthStrong {
		t.Errorf("one matrix, trained: %s, %s, Z %.1f of %.1f", r.Verdict, r.Strength, r.Z, r.Threshold)
	}
	if r := Parts(parts["unread"], full, Options{}); r.Unread != 7 || r.Verdict != bom.VerdictNotComparable {
		t.Errorf("unread: %+v", r)
	}
}

// check asserts what holds of every result.
func check(t *testing.T, name string, r *Result) {
	t.Helper()
	for what, v := range map[string]float64{
		"EqualBytes": r.EqualBytes, "EqualValues": r.EqualValues, "Frozen": r.Frozen, "Covered": r.Covered, "CoveredReference": r.CoveredReference,
		"Agreement": r.Agreement, "P": r.P, "RankP": r.RankP, "RankFloor": r.RankFloor, "Bound": r.Bound, "Zeros": r.Zeros,
	} {
		if !(v >= 0 && v <= 1) {
			t.Errorf("%s: %s is %v", name, what, v)
		}
	}
	for what, v := range map[string]float64{"Rho": r.Rho, "RhoLow": r.RhoLow, "RhoHigh": r.RhoHigh, "Delta": r.Delta, "Z": r.Z, "Threshold": r.Threshold, "Overdispersion": r.Overdispersion, "Seed.R": r.Seed.R, "Seed.Z": r.Seed.Z} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Errorf("%s: %s is %v", name, what, v)
		}
	}
	if r.Verdict == "" || r.Strength == "" || r.RhoLow > r.RhoHigh || r.P < MinP || r.Compared+r.Unmatched != r.Matrices || r.Requantised+r.Rounded > r.Quantised {
		t.Errorf("%s: %+v", name, r)
	}
	for _, l := range r.LayerMap {
		if l < -1 {
			t.Errorf("%s: layer map %v", name, r.LayerMap)
		}
	}
}

// TestHostile compares fingerprints that no engine makes, as a file may hold
// them.
func TestHostile(t *testing.T) {
	full := mini.make(newSource(1)).part(t)
	worse := func(f func(i int, x *fingerprint.TensorPrint)) *fingerprint.Part {
		p := *full
		p.Tensors = nil
		for i, x := range full.Tensors {
			views := append([]fingerprint.View(nil), x.Views...)
			for k := range views {
				views[k].Windows = append([]fingerprint.Window(nil), views[k].Windows...)
				views[k].Scales = append([]float32(nil), views[k].Scales...)
			}
			x.Views = views
			f(i, &x)
			p.Tensors = append(p.Tensors, x)
		}
		return &p
	}
	for name, p := range map[string]*fingerprint.Part{
		"huge numbers": worse(func(i int, x *fingerprint.TensorPrint) {
			x.Layer, x.Expert, x.Bytes = math.MaxInt, math.MaxInt, math.MaxInt64
			for k := range x.Views {
				x.Views[k].Rows, x.Views[k].Cols = math.MaxUint64, math.MaxUint64-uint64(i)
			}
		}),
		"many rows": worse(func(i int, x *fingerprint.TensorPrint) {
			for k := range x.Views {
				x.Views[k].Rows = 1<<60 + uint64(i)
			}
		}),
		"negative": worse(func(_ int, x *fingerprint.TensorPrint) { x.Layer, x.Expert, x.Bytes = math.MinInt, -7, math.MinInt64 }),
		"no views": worse(func(_ int, x *fingerprint.TensorPrint) { x.Views = nil }),
		"no windows": worse(func(_ int, x *fingerprint.TensorPrint) {
			for k := range x.Views {
				x.Views[k].Windows = nil
			}
		}),
		"too many windows": worse(func(_ int, x *fingerprint.TensorPrint) {
			for k := range x.Views {
				x.Views[k].Windows = append(x.Views[k].Windows, make([]fingerprint.Window, 1000)...)
			}
		}),
		"cut values": worse(func(i int, x *fingerprint.TensorPrint) {
			for k := range x.Views {
				x.Views[k].Values = x.Views[k].Values[:len(x.Views[k].Values)/3]
			}
		}),
		"scales": worse(func(i int, x *fingerprint.TensorPrint) {
			for k := range x.Views {
				for s := range x.Views[k].Scales {
					x.Views[k].Scales[s] = [...]float32{float32(math.NaN()), float32(math.Inf(1)), -1, 0, math.MaxFloat32, math.SmallestNonzeroFloat32}[(i+s)%6]
				}
			}
		}),
		"codes": worse(func(_ int, x *fingerprint.TensorPrint) {
			x.Rows = []uint32{9, 9, 9, 3, 2, 1, math.MaxUint32, 0}
			x.Columns = make([]uint32, 100_000)
		}),
		"gains": worse(func(_ int, x *fingerprint.TensorPrint) {
			if x.Class == fingerprint.Gain {
				x.Gains, x.Shape = append(x.Gains, float32(math.NaN())), nil
			}
		}),
		"classes": worse(func(i int, x *fingerprint.TensorPrint) {
			x.Class = []fingerprint.Class{"", "matrix", "gain", "vector", "constant", "small", "unread", "?"}[i%8]
		}),
		"names": worse(func(i int, x *fingerprint.TensorPrint) {
			x.Name, x.Role = fmt.Sprintf("\x1b[31m\xff%d\n", i), ""
		}),
		"one name": worse(func(i int, x *fingerprint.TensorPrint) { x.Name, x.Role, x.Layer = "w", "attention.q", 3 }),
	} {
		t.Run(name, func(t *testing.T) {
			for _, pair := range [][2]*fingerprint.Part{{p, full}, {full, p}, {p, p}} {
				r := Parts(pair[0], pair[1], Options{Comparisons: 1e12})
				check(t, name, r)
				for _, n := range r.Notes {
					for _, c := range n {
						if c < ' ' || c == '�' {
							t.Errorf("note %q", n)
						}
					}
				}
				Distance(pair[0], pair[1], r)
				Mixture(pair[0], []*fingerprint.Part{pair[1], full})
			}
		})
	}
}
