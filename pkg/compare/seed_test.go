package compare

import (
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// TestSeed trains small networks: from one seed on other data, on from a trained
// one, and from other seeds.
//
// Two runs from one seed on the same task are the hard case: their gains do
// agree a little, the more the less both have moved from the start (r 0.2 to
// 0.35 here, and 0.6 for runs so short that their matrices still agree in 86 %).
// They must not pass for derived; a run that was that short does, see [Seed].
func TestSeed(t *testing.T) {
	if raced {
		t.Skip("statistics, run without the race detector")
	}
	seeds, steps := 3, 400
	if testing.Short() {
		seeds = 1
	}
	var parts []*fingerprint.Part
	for seed := range uint64(seeds) {
		base := newMLP(seed)
		accuracy := base.train(newDataset(7, seed), seed, steps)
		sameTask := newMLP(seed)
		sameTask.train(newDataset(7, 20+seed), 20+seed, steps)
		otherTask := newMLP(seed)
		otherTask.train(newDataset(8, seed), 40+seed, steps)
		tuned := base.clone()
		tuned.train(newDataset(9, seed), 60+seed, steps*3/5)
		a := base.network().part(t)
		parts = append(parts, a)
		for _, x := range []struct {
			name    string
			net     *mlp
			want    []bom.Verdict
			derived bool
		}{
			{"same seed, other data", otherTask, []bom.Verdict{bom.VerdictSharedInitialisation}, false},
			{"same seed, other data of one task", sameTask, []bom.Verdict{bom.VerdictSharedInitialisation, bom.VerdictRelatedDistant}, false},
			{"trained on, new task", tuned, []bom.Verdict{bom.VerdictTrainedFrom}, true},
		} {
			r := Parts(x.net.network().part(t), a, Options{Comparisons: 1e9})
			t.Logf("| seed %d (accuracy %.2f), %s | %s, %s | q %.3f rho %.2f | Z %.1f of %.1f | gains r %.2f [%.2f, %.2f] z %.1f | %q",
				seed, accuracy, x.name, r.Verdict, r.Strength, r.Agreement, r.Rho, r.Z, r.Threshold, r.Seed.R, r.Seed.Low, r.Seed.High, r.Seed.Z, r.Notes)
			if !containsVerdict(x.want, r.Verdict) || r.Seed.Derived && !x.derived || r.Seed.Contrary && x.derived {
				t.Errorf("seed %d, %s: %s, %+v, want %v", seed, x.name, r.Verdict, r.Seed, x.want)
			}
		}
	}
	for seed := range uint64(3) {
		other := newMLP(50 + seed)
		other.train(newDataset(7, seed), seed, steps/2)
		parts = append(parts, other.network().part(t))
	}
	var m moments
	for i, a := range parts {
		for _, b := range parts[:i] {
			r := Parts(a, b, Options{})
			m.add(r.Z)
			if r.Verdict != bom.VerdictSameArchitecture {
				t.Errorf("different seeds: %s, Z %.1f, q %.3f", r.Verdict, r.Z, r.Agreement)
			}
		}
	}
	t.Logf("different seeds, same data: %d pairs, Z mean %+.2f sd %.2f max %.2f", m.n, m.mean(), m.sd(), m.max)
}

func containsVerdict(list []bom.Verdict, v bom.Verdict) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}
