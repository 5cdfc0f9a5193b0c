package fingerprint

import (
	"math"
	"math/rand/v2"
	"testing"
)

// table fills a matrix.
func table(rows, cols int, f func(r, c int) float64) []float32 {
	v := make([]float32, 0, rows*cols)
	for r := range rows {
		for c := range cols {
			v = append(v, float32(f(r, c)))
		}
	}
	return v
}

// TestConstantValues knows computed tables from weights by their values: the
// names say nothing.
func TestConstantValues(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	normal := func(int, int) float64 { return rng.NormFloat64() }
	hann := func(n, size int) float64 { return 0.5 - 0.5*math.Cos(2*math.Pi*float64(n)/float64(size)) }
	sinusoid := func(r, c int) float64 { // "Attention is all you need", 3.5
		a := float64(r) / math.Pow(10000, float64(c/2*2)/256)
		if c%2 == 1 {
			return math.Cos(a)
		}
		return math.Sin(a)
	}
	round := func(v []float32) []float32 { return bf16Values(v) }
	levels := func(n float64) func(int, int) float64 {
		return func(int, int) float64 { return math.Round(min(max(rng.NormFloat64()*n/4, -n/2), n/2)) }
	}
	pruned := func(share float64) func(int, int) float64 {
		return func(int, int) float64 {
			if rng.Float64() < share {
				return 0
			}
			return rng.NormFloat64()
		}
	}
	for name, c := range map[string]struct {
		v          []float32
		rows, cols uint64
		class      Class
	}{
		"Fourier basis":       {table(258, 256, func(r, c int) float64 { return hann(c, 256) * math.Cos(2*math.Pi*float64(r*c)/256) }), 258, 256, Constant},
		"Fourier basis, bf16": {round(table(258, 256, func(r, c int) float64 { return math.Sin(2 * math.Pi * float64(r*c) / 256) })), 258, 256, Constant},
		"sinusoids":           {table(1500, 256, sinusoid), 1500, 256, Constant},
		"sinusoids, bf16":     {round(table(1500, 256, sinusoid)), 1500, 256, Constant},
		"rotary cosines":      {table(2048, 64, func(r, c int) float64 { return math.Cos(float64(r) * math.Pow(10000, -float64(c)/64)) }), 2048, 64, Constant},
		"ramp":                {table(64, 512, func(r, c int) float64 { return float64(r + 3*c) }), 64, 512, Constant},
		"slopes":              {table(64, 512, func(r, c int) float64 { return math.Exp2(-float64(r)/8) * float64(c) }), 64, 512, Constant},
		"identity":            {table(256, 256, func(r, c int) float64 { return float64(b2i(r == c)) }), 256, 256, Constant},
		"causal mask":         {table(512, 512, func(r, c int) float64 { return float64(b2i(r >= c)) }), 512, 512, Constant},
		"one row repeated":    {table(256, 256, func(r, c int) float64 { return math.Sin(float64(c*c%97) * 12.9898) }), 256, 256, Constant},
		"normal":              {table(512, 512, normal), 512, 512, Matrix},
		"uniform":             {table(512, 512, func(int, int) float64 { return rng.Float64() }), 512, 512, Matrix},
		"heavy tails":         {table(512, 512, func(int, int) float64 { return math.Pow(rng.NormFloat64(), 5) }), 512, 512, Matrix},
		"ternary":             {table(512, 512, levels(2)), 512, 512, Matrix},
		"ternary, 9/10 zero":  {table(512, 512, func(int, int) float64 { return math.Round(rng.NormFloat64() * 0.3) }), 512, 512, Matrix},
		"int4":                {table(512, 512, levels(14)), 512, 512, Matrix},
		"half pruned":         {table(512, 512, pruned(0.5)), 512, 512, Matrix},
		"9/10 pruned":         {table(512, 512, pruned(0.9)), 512, 512, Matrix},
		"2 of 4 pruned":       {table(512, 512, func(r, c int) float64 { return rng.NormFloat64() * float64(b2i((r+c)%4 < 2)) }), 512, 512, Matrix},
		"learned positions":   {table(512, 384, func(r, c int) float64 { return 0.1*math.Sin(float64(r)/40+float64(c)) + 0.02*rng.NormFloat64() }), 512, 384, Matrix},
		"low rank":            {table(512, 512, func(r, c int) float64 { return math.Sin(float64(r*r)) * math.Sin(float64(c*c%1009)*78.233) }), 512, 512, Matrix},
		"smooth filters": {table(256, 49, func(r, c int) float64 {
			return math.Exp(-float64((c%7-3)*(c%7-3)+(c/7-3)*(c/7-3))/9)*float64(1+r%5) + 0.05*rng.NormFloat64()
		}), 256, 49, Matrix},
		"mean and small noise": {table(512, 512, func(int, int) float64 { return 1 + 0.001*rng.NormFloat64() }), 512, 512, Matrix},
	} {
		s := one(t, "w", c.v, SketchOptions{}, c.rows, c.cols)
		if s.Class != c.class {
			t.Errorf("%s: %s (%s), want %s", name, s.Class, s.Reason, c.class)
		}
		if (s.Class == Constant) != (s.Reason != "") {
			t.Errorf("%s: the reason is %q", name, s.Reason)
		}
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestConstantNames(t *testing.T) {
	for name, want := range map[string]bool{
		"stft.forward_basis_buffer": true, "model.rotary_emb.inv_freq": true, "rope_freqs.weight": true, "embeddings.position_ids": true,
		"layers.0.attn.relative_position_index": true, "attn.attn_mask": true, "h.0.attn.masked_bias": true, "mel_filters": true, "fb.window": true, "blk.0.ssm_a": true, "mixer.A_log": true,
		"mask_token": false, "mask_decoder.transformer.weight": false, "embeddings.position_embeddings.weight": false, "melody.weight": false, "window_attention.qkv.weight": false,
		"relative_position_bias_table": false, "encoder.positional_embedding": false, "blk.0.ssm_alpha.weight": false, "mask_downscaling.0.weight": false,
	} {
		if got := constantName(name); (got != "") != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	for name, want := range map[string]bool{
		"blk.0.attn_norm.weight": true, "encoder.layer.0.output.LayerNorm.weight": true, "h.0.ln_1.weight": true, "layer1.0.bn1.weight": true, "x/gamma": true, "norm1.weight": true,
		"h.0.ln_1.bias": false, "bn1.running_mean": false, "bn1.running_var": false, "x/beta": false, "fc1.weight": false, "blk.0.attn_q.bias": false,
	} {
		if got := isGain(name); got != want {
			t.Errorf("%s: gain %v", name, got)
		}
	}
}
