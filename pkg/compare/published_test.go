package compare

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestPublished recomputes what two public tables about Solar Open 100B and
// GLM-4.5-Air show (github.com/sionic-ai/solar-vs-glm at ff47427, origin/*.csv):
// matrices that obey the null, and gains whose raw cosine is enormous and means
// nothing. The tables are not ours to ship; without them the test is skipped.
func TestPublished(t *testing.T) {
	dir := filepath.Join(os.Getenv("MODELBOM_TESTDATA"), "solar-vs-glm")
	tensors := readTable(t, filepath.Join(dir, "solar_vs_glm45air_trunc.csv"))
	layers := readTable(t, filepath.Join(dir, "layerwise_similarity.csv"))
	var all []float64
	for _, x := range []struct {
		name           string
		n              int
		mean, sd, most float64
	}{
		{"self_attn.q_proj.weight", 46, -0.06, 1.08, 2.8}, {"self_attn.k_proj.weight", 46, 0.06, 1.19, 2.8}, {"self_attn.v_proj.weight", 46, -0.10, 0.98, 1.7},
		{"input_layernorm.weight", 46, 105, 17.3, 110.3}, {"mlp.gate.weight", 45, 3.4, 2.3, 8.8},
	} {
		var m moments
		for _, row := range tensors {
			z, err := strconv.ParseFloat(row["z_cos"], 64)
			if err != nil || !strings.HasSuffix(row["tensor"], "."+x.name) {
				continue
			}
			m.add(z)
			if strings.Contains(x.name, "_proj") {
				all = append(all, z)
			}
		}
		t.Logf("%-26s raw cosine: n %d, z mean %+.2f sd %.2f max %.2f", x.name, m.n, m.mean(), m.sd(), m.max)
		if m.n != x.n || math.Abs(m.mean()-x.mean) > 0.02*max(1, x.mean)*5 || math.Abs(m.sd()-x.sd) > 0.1 || m.max > x.most {
			t.Errorf("%s: %d, %v, %v, %v; want %+v", x.name, m.n, m.mean(), m.sd(), m.max, x)
		}
	}
	for category, want := range map[string][2]float64{"norm_pre": {0.81, 1.01}, "norm_post": {-0.12, 0.52}} {
		var m moments
		for _, row := range layers {
			if r, err := strconv.ParseFloat(row["pearson"], 64); err == nil && row["category"] == category {
				m.add(r * 64) // the square root of 4,096 elements
			}
		}
		t.Logf("%-26s centred: n %d, z mean %+.2f sd %.2f max %.2f", category, m.n, m.mean(), m.sd(), m.max)
		if math.Abs(m.mean()-want[0]) > 0.01 || math.Abs(m.sd()-want[1]) > 0.01 {
			t.Errorf("%s: mean %v, sd %v, want %v", category, m.mean(), m.sd(), want)
		}
	}
	// The 138 matrices as one comparison with the null of this package.
	null := newNull(all)
	sum := 0.0
	for _, z := range all {
		sum += z
	}
	n := float64(len(all))
	pooled := sum / math.Sqrt(n)
	bound := (math.Abs(pooled) + 2.576*null.spread) / math.Sqrt(n*786432)
	t.Logf("%d matrices: pooled z %.2f, spread %.2f, |rho| below %.5f", len(all), pooled, null.spread, bound)
	if len(all) != 138 || math.Abs(pooled) > 1 || null.spread > 1.2 || bound > 0.0004 {
		t.Errorf("%d matrices: pooled %v, spread %v, bound %v", len(all), pooled, null.spread, bound)
	}
}

func readTable(t *testing.T, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Skipf("the table is not there: %v", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		m := map[string]string{}
		for i, v := range row {
			m[rows[0][i]] = v
		}
		out = append(out, m)
	}
	return out
}
