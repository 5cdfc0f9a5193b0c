package inspect_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/compare"
	"github.com/modelbom/modelbom/pkg/inspect"
	"github.com/modelbom/modelbom/pkg/origin"
	"github.com/modelbom/modelbom/pkg/source"
)

// A weight is one tensor of a model that a test makes.
type weight struct {
	shape []int
	data  []float32
}

func (w weight) rows() int { return w.shape[0] }
func (w weight) cols() int { return len(w.data) / w.shape[0] }

type weightsOf map[string]weight

// takeCols and takeRows put coordinate order[i] at i, with a sign.
func (w weight) takeCols(order []int, flip []bool) weight {
	out := weight{w.shape, make([]float32, len(w.data))}
	n := w.cols()
	for r := range w.rows() {
		for i, j := range order {
			out.data[r*n+i] = w.data[r*n+j] * sign(flip, i)
		}
	}
	return out
}

func (w weight) takeRows(order []int, flip []bool) weight {
	out := weight{w.shape, make([]float32, len(w.data))}
	n := w.cols()
	for i, j := range order {
		for k := range n {
			out.data[i*n+k] = w.data[j*n+k] * sign(flip, i)
		}
	}
	return out
}

func sign(flip []bool, i int) float32 {
	if flip != nil && flip[i] {
		return -1
	}
	return 1
}

// noisy adds noise of a relative size.
func (m weightsOf) noisy(r *rand.Rand, delta float64) weightsOf {
	out := weightsOf{}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		w := m[name]
		square := 0.0
		for _, v := range w.data {
			square += float64(v) * float64(v)
		}
		sd := delta * math.Sqrt(square/float64(max(1, len(w.data))))
		x := weight{w.shape, make([]float32, len(w.data))}
		for i, v := range w.data {
			x.data[i] = v + float32(sd*r.NormFloat64())
		}
		out[name] = x
	}
	return out
}

// save writes safetensors and a configuration; round, when set, writes BF16.
func (m weightsOf) save(t *testing.T, config string, round bool) string {
	t.Helper()
	dir := t.TempDir()
	header := map[string]any{}
	var body []byte
	for _, name := range slices.Sorted(maps.Keys(m)) {
		w, begin, dtype := m[name], len(body), "F32"
		if round {
			dtype = "BF16"
		}
		for _, v := range w.data {
			bits := math.Float32bits(v)
			if round {
				body = binary.LittleEndian.AppendUint16(body, uint16((bits+0x7fff+bits>>16&1)>>16))
			} else {
				body = binary.LittleEndian.AppendUint32(body, bits)
			}
		}
		header[name] = map[string]any{"dtype": dtype, "shape": w.shape, "data_offsets": []int{begin, len(body)}}
	}
	head, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "model.safetensors", append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(head))), head...), body...))
	write(t, dir, "config.json", []byte(config))
	return dir
}

// loadF32 reads the F32 tensors of a safetensors file.
func loadF32(t *testing.T, name string) weightsOf {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	n := binary.LittleEndian.Uint64(b)
	var header map[string]struct {
		DType   string `json:"dtype"`
		Shape   []int  `json:"shape"`
		Offsets []int  `json:"data_offsets"`
	}
	if err := json.Unmarshal(b[8:8+n], &header); err != nil {
		t.Fatal(err)
	}
	out := weightsOf{}
	for name, h := range header {
		if h.DType != "F32" {
			continue
		}
		raw := b[8+int(n)+h.Offsets[0] : 8+int(n)+h.Offsets[1]]
		w := weight{h.Shape, make([]float32, len(raw)/4)}
		for i := range w.data {
			w.data[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		}
		out[name] = w
	}
	return out
}

// inDepth compares the first parts of two directories that have weights, by
// fingerprint and in depth.
func inDepth(t *testing.T, a, b string) (*compare.Result, inspect.DeepResult) {
	t.Helper()
	ra, rb := open(t, a), open(t, b)
	fa, _, err := inspect.Fingerprint(t.Context(), ra, inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	fb, _, err := inspect.Fingerprint(t.Context(), rb, inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range origin.Pairs(fa, fb) {
		if p.Result == nil {
			continue
		}
		read := int64(0)
		list, err := inspect.Deep(t.Context(), ra, rb, []inspect.DeepPair{{A: p.A.Ref, B: p.B.Ref, Plain: p.Result}}, inspect.Options{Progress: func(at inspect.Progress) {
			if at.Read < read || at.Read > at.Total {
				t.Errorf("progress goes from %d to %d of %d", read, at.Read, at.Total)
			}
			read = at.Read
		}})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("plain: %s %s; deep: %s", p.Verdict, p.Sentence, list[0].Sentence)
		return p.Result, list[0]
	}
	t.Fatal("there is nothing to compare")
	return nil, inspect.DeepResult{}
}

func open(t *testing.T, dir string) source.Repository {
	t.Helper()
	r, err := source.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// A decoder is the shape of a network with RMSNorm and gated units.
type decoder struct{ width, hidden, layers, vocabulary, kv int }

const decoderConfig = `{"model_type": "llama", "architectures": ["LlamaForCausalLM"], "num_attention_heads": 4}`

func (c decoder) random(seed uint64) weightsOf {
	r := rand.New(rand.NewPCG(seed, 1))
	m := weightsOf{}
	matrix := func(name string, rows, cols int) {
		w := weight{[]int{rows, cols}, make([]float32, rows*cols)}
		for i := range w.data {
			w.data[i] = float32(0.02 * r.NormFloat64())
		}
		m[name] = w
	}
	gain := func(name string) {
		w := weight{[]int{c.width}, make([]float32, c.width)}
		for i := range w.data {
			w.data[i] = float32(1 + 0.1*r.NormFloat64())
		}
		m[name] = w
	}
	matrix("model.embed_tokens.weight", c.vocabulary, c.width)
	gain("model.norm.weight")
	for l := range c.layers {
		p := fmt.Sprintf("model.layers.%d.", l)
		matrix(p+"self_attn.q_proj.weight", c.width, c.width)
		matrix(p+"self_attn.k_proj.weight", c.kv, c.width)
		matrix(p+"self_attn.v_proj.weight", c.kv, c.width)
		matrix(p+"self_attn.o_proj.weight", c.width, c.width)
		matrix(p+"mlp.gate_proj.weight", c.hidden, c.width)
		matrix(p+"mlp.up_proj.weight", c.hidden, c.width)
		matrix(p+"mlp.down_proj.weight", c.width, c.hidden)
		gain(p + "input_layernorm.weight")
		gain(p + "post_attention_layernorm.weight")
	}
	return m
}

// disguise moves and flips the residual stream of a decoder.
func (m weightsOf) disguise(order []int, flip []bool) weightsOf {
	out := weightsOf{}
	for name, w := range m {
		switch {
		case len(w.shape) == 1:
			out[name] = w.takeCols1(order)
		case strings.Contains(name, "o_proj") || strings.Contains(name, "down_proj"):
			out[name] = w.takeRows(order, flip)
		default:
			out[name] = w.takeCols(order, flip)
		}
	}
	return out
}

func (w weight) takeCols1(order []int) weight {
	return weight{[]int{1, len(w.data)}, w.data}.takeCols(order, nil).as(w.shape)
}

func (w weight) as(shape []int) weight { return weight{shape, w.data} }

func flips(r *rand.Rand, n int) []bool {
	f := make([]bool, n)
	for i := range f {
		f[i] = r.IntN(2) == 1
	}
	return f
}

func TestDeepDecoder(t *testing.T) {
	c := decoder{width: 128, hidden: 352, layers: 6, vocabulary: 1500, kv: 64}
	base := c.random(1)
	r := rand.New(rand.NewPCG(7, 7))
	order, flip := r.Perm(c.width), flips(r, c.width)
	turned := base.disguise(order, flip)
	dir := base.save(t, decoderConfig, false)
	t.Run("signs", func(t *testing.T) {
		plain, deep := inDepth(t, turned.save(t, decoderConfig, false), dir)
		if plain.Verdict == bom.VerdictIdenticalValue {
			t.Errorf("plain verdict %q: there is nothing to undo", plain.Verdict)
		}
		moved, flipped := 0, 0
		for i, j := range order {
			if i != j {
				moved++
			}
			if flip[i] {
				flipped++
			}
		}
		s := deep.Streams[0]
		if deep.Verdict != bom.VerdictIdenticalValue || deep.Strength != bom.StrengthExact || deep.Equal != 1 || deep.Delta != 0 {
			t.Errorf("verdict %s %s, %v equal at distance %v", deep.Verdict, deep.Strength, deep.Equal, deep.Delta)
		}
		if s.Moved != moved || s.Flipped != flipped || !s.Found || s.Identity {
			t.Errorf("moved %d, flipped %d, want %d and %d", s.Moved, s.Flipped, moved, flipped)
		}
		if deep.Compared != 42 || deep.Matrices != 42 || deep.UnitsMoved != 0 || !deep.Seed.Derived || deep.Seed.R < 0.999 {
			t.Errorf("compared %d of %d, %d units moved, gains %+v", deep.Compared, deep.Matrices, deep.UnitsMoved, deep.Seed)
		}
	})
	t.Run("rounded", func(t *testing.T) {
		_, deep := inDepth(t, turned.save(t, decoderConfig, true), dir)
		if deep.Verdict != bom.VerdictRequantised || deep.Rounded != 1 || deep.Equal > 0.01 {
			t.Errorf("verdict %s, %v equal, %v rounded", deep.Verdict, deep.Equal, deep.Rounded)
		}
	})
	t.Run("units and training", func(t *testing.T) {
		x := maps.Clone(turned)
		for l := range c.layers {
			p := fmt.Sprintf("model.layers.%d.", l)
			units, down := r.Perm(c.hidden), flips(r, c.hidden)
			x[p+"mlp.up_proj.weight"] = x[p+"mlp.up_proj.weight"].takeRows(units, down)
			x[p+"mlp.gate_proj.weight"] = x[p+"mlp.gate_proj.weight"].takeRows(units, nil)
			x[p+"mlp.down_proj.weight"] = x[p+"mlp.down_proj.weight"].takeCols(units, down)
		}
		_, deep := inDepth(t, x.save(t, decoderConfig, false), dir)
		if deep.Verdict != bom.VerdictIdenticalValue || deep.Equal != 1 || deep.UnitsMoved != c.layers {
			t.Errorf("verdict %s, %v equal, units of %d blocks moved", deep.Verdict, deep.Equal, deep.UnitsMoved)
		}
		_, deep = inDepth(t, x.noisy(r, 0.3).save(t, decoderConfig, false), dir)
		if deep.Verdict != bom.VerdictTrainedFrom || deep.UnitsMoved != c.layers || math.Abs(deep.Delta-0.3) > 0.01 || math.Abs(deep.Agreement-0.907) > 0.01 {
			t.Errorf("verdict %s, distance %v, agreement %v, units of %d blocks moved", deep.Verdict, deep.Delta, deep.Agreement, deep.UnitsMoved)
		}
	})
	t.Run("far", func(t *testing.T) {
		x := turned.noisy(r, 2)
		for name := range x {
			if len(x[name].shape) == 1 {
				x[name] = turned[name]
			}
		}
		_, deep := inDepth(t, x.save(t, decoderConfig, false), dir)
		if deep.Verdict != bom.VerdictRelatedDistant || math.Abs(deep.Agreement-0.648) > 0.02 {
			t.Errorf("verdict %s, agreement %v", deep.Verdict, deep.Agreement)
		}
	})
	t.Run("seed", func(t *testing.T) {
		x, other := turned.noisy(r, 0.8), c.random(2)
		for name := range x {
			if len(x[name].shape) == 1 {
				x[name] = other[name]
			}
		}
		_, deep := inDepth(t, x.save(t, decoderConfig, false), dir)
		if deep.Verdict != bom.VerdictSharedInitialisation || !deep.Seed.Contrary {
			t.Errorf("verdict %s, gains %+v", deep.Verdict, deep.Seed)
		}
	})
	t.Run("half of the layers", func(t *testing.T) {
		x, other := maps.Clone(turned), c.random(3)
		for name := range x {
			if strings.Contains(name, ".3.") || strings.Contains(name, ".4.") || strings.Contains(name, ".5.") {
				x[name] = other[name]
			}
		}
		_, deep := inDepth(t, x.save(t, decoderConfig, false), dir)
		if deep.Verdict != bom.VerdictPartial || deep.Covered != 0.5 {
			t.Errorf("verdict %s, covered %v", deep.Verdict, deep.Covered)
		}
	})
}

// TestDeepIndependent is the calibration: nothing is found where nothing is.
func TestDeepIndependent(t *testing.T) {
	var zs []float64
	for seed := range uint64(10) {
		c := decoder{width: 96, hidden: 256, layers: 6, vocabulary: 1000, kv: 96}
		if seed%2 == 1 {
			c.layers = 2 // too few for a null from layers
		}
		a, b := c.random(100+seed), c.random(200+seed)
		_, deep := inDepth(t, a.save(t, decoderConfig, false), b.save(t, decoderConfig, false))
		if deep.Verdict != bom.VerdictSameArchitecture || deep.Streams[0].Found || deep.Bound > 0.02 {
			t.Errorf("seed %d: verdict %s, z %.2f, columns p %.2g, bound %.4f", seed, deep.Verdict, deep.Z, deep.Streams[0].P, deep.Bound)
		}
		zs = append(zs, deep.Z)
	}
	for _, z := range zs {
		if math.Abs(z) > 4 {
			t.Errorf("z = %.2f without any relation", z)
		}
	}
	t.Logf("z: %.2f", zs)
}

// TestDeepSharedTable: a table that was taken over shows, and makes nothing else
// related.
func TestDeepSharedTable(t *testing.T) {
	c := decoder{width: 96, hidden: 256, layers: 6, vocabulary: 1000, kv: 96}
	var zs []float64
	for seed := range uint64(4) {
		a, b := c.random(300+seed), c.random(400+seed)
		a["model.embed_tokens.weight"] = b["model.embed_tokens.weight"].takeCols(rand.New(rand.NewPCG(seed, 3)).Perm(c.width), nil)
		_, deep := inDepth(t, a.save(t, decoderConfig, false), b.save(t, decoderConfig, false))
		if deep.Verdict != bom.VerdictSameArchitecture || !deep.Streams[0].Found || !strings.Contains(deep.Sentence, "table") {
			t.Errorf("seed %d: verdict %s, z %.2f, found %v: %s", seed, deep.Verdict, deep.Z, deep.Streams[0].Found, deep.Sentence)
		}
		zs = append(zs, deep.Z)
	}
	t.Logf("z: %.2f", zs)
}

func TestDeepRefuses(t *testing.T) {
	c := decoder{width: 64, hidden: 128, layers: 4, vocabulary: 600, kv: 64}
	base := c.random(1).save(t, decoderConfig, false)
	tokenizer := func(dir, letter string) {
		vocabulary := map[string]int{}
		for i := range 600 {
			vocabulary[fmt.Sprintf("%s%d", letter, i)] = i
		}
		b, err := json.Marshal(map[string]any{"version": "1.0", "model": map[string]any{"type": "BPE", "vocab": vocabulary, "merges": []string{}}})
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir, "tokenizer.json", b)
	}
	tokenizer(base, "a")
	t.Run("tokenizer", func(t *testing.T) {
		other := c.random(1).save(t, decoderConfig, false)
		tokenizer(other, "b")
		_, deep := inDepth(t, other, base)
		if deep.Verdict != bom.VerdictNotComparable || !strings.Contains(deep.Reason, "tokenizers are different") {
			t.Errorf("verdict %s, reason %q", deep.Verdict, deep.Reason)
		}
	})
	t.Run("tokenizer with common tokens", func(t *testing.T) {
		m := c.random(1)
		order := rand.New(rand.NewPCG(9, 9)).Perm(600)
		m["model.embed_tokens.weight"] = m["model.embed_tokens.weight"].takeRows(order, nil)
		other := m.disguise(rand.New(rand.NewPCG(9, 8)).Perm(c.width), nil).save(t, decoderConfig, false)
		vocabulary := map[string]int{}
		for i, j := range order {
			vocabulary[fmt.Sprintf("a%d", j)] = i
		}
		b, err := json.Marshal(map[string]any{"version": "1.0", "model": map[string]any{"type": "BPE", "vocab": vocabulary, "merges": []string{}}})
		if err != nil {
			t.Fatal(err)
		}
		write(t, other, "tokenizer.json", b)
		_, deep := inDepth(t, other, base)
		if deep.Verdict != bom.VerdictTrainedFrom || deep.Delta != 0 || !strings.Contains(deep.Sentence, "No element of these differs") || !strings.Contains(deep.Sentence, "by text") {
			t.Errorf("verdict %s at %v, reason %q", deep.Verdict, deep.Delta, deep.Reason)
		}
	})
	t.Run("layers", func(t *testing.T) {
		c := c
		c.layers = 6
		_, deep := inDepth(t, c.random(2).save(t, decoderConfig, false), base)
		if deep.Verdict != bom.VerdictNotComparable || !strings.Contains(deep.Reason, "6 layers") {
			t.Errorf("verdict %s, reason %q", deep.Verdict, deep.Reason)
		}
	})
	t.Run("no table", func(t *testing.T) {
		m := c.random(2)
		delete(m, "model.embed_tokens.weight")
		_, deep := inDepth(t, m.save(t, decoderConfig, false), base)
		if deep.Verdict != bom.VerdictNotComparable || !strings.Contains(deep.Reason, "table") {
			t.Errorf("verdict %s, reason %q", deep.Verdict, deep.Reason)
		}
	})
	t.Run("width", func(t *testing.T) {
		c := c
		c.width = 96
		_, deep := inDepth(t, c.random(2).save(t, decoderConfig, false), base)
		if deep.Verdict != bom.VerdictNotComparable || !strings.Contains(deep.Reason, "wide") {
			t.Errorf("verdict %s, reason %q", deep.Verdict, deep.Reason)
		}
	})
}

// TestDeepLayouts: the same network under the names and in the layouts of others.
func TestDeepLayouts(t *testing.T) {
	c := decoder{width: 128, hidden: 352, layers: 6, vocabulary: 1500, kv: 128}
	base := c.random(1)
	r := rand.New(rand.NewPCG(8, 8))
	order, flip := r.Perm(c.width), flips(r, c.width)
	turned := base.disguise(order, flip)
	across := func(w weight) weight {
		out := weight{[]int{w.cols(), w.rows()}, make([]float32, len(w.data))}
		for i := range w.rows() {
			for j := range w.cols() {
				out.data[j*w.rows()+i] = w.data[i*w.cols()+j]
			}
		}
		return out
	}
	for _, test := range []struct {
		name   string
		change func(weightsOf)
	}{
		{"matrices as [in, out]", func(m weightsOf) {
			for name, w := range m {
				if len(w.shape) == 2 && strings.Contains(name, "_proj") {
					m[name] = across(w)
				}
			}
		}},
		{"gate and up in one", func(m weightsOf) {
			for l := range c.layers {
				p := fmt.Sprintf("model.layers.%d.mlp.", l)
				gate, up := m[p+"gate_proj.weight"], m[p+"up_proj.weight"]
				delete(m, p+"gate_proj.weight")
				delete(m, p+"up_proj.weight")
				m[p+"gate_up_proj.weight"] = weight{[]int{2 * c.hidden, c.width}, slices.Concat(gate.data, up.data)}
			}
		}},
		{"more tokens", func(m weightsOf) {
			w := m["model.embed_tokens.weight"]
			w.shape, w.data = []int{c.vocabulary + 4, c.width}, append(slices.Clone(w.data), make([]float32, 4*c.width)...)
			m["model.embed_tokens.weight"] = w
		}},
		{"names of llama.cpp", func(m weightsOf) {
			names := strings.NewReplacer("model.layers.", "blk.", "self_attn.q_proj", "attn_q", "self_attn.k_proj", "attn_k", "self_attn.v_proj", "attn_v", "self_attn.o_proj", "attn_output",
				"mlp.gate_proj", "ffn_gate", "mlp.up_proj", "ffn_up", "mlp.down_proj", "ffn_down", "input_layernorm", "attn_norm", "post_attention_layernorm", "ffn_norm",
				"model.embed_tokens", "token_embd", "model.norm", "output_norm")
			for name, w := range maps.Clone(m) {
				delete(m, name)
				m[names.Replace(name)] = w
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			x := maps.Clone(turned)
			test.change(x)
			_, deep := inDepth(t, x.save(t, decoderConfig, false), base.save(t, decoderConfig, false))
			if deep.Verdict != bom.VerdictIdenticalValue || deep.Delta != 0 || deep.Compared != 42 ||
				deep.Equal != 1 && (test.name != "more tokens" || deep.Equal < 0.999) {
				t.Errorf("verdict %s, %v equal, %d of %d compared %s", deep.Verdict, deep.Equal, deep.Compared, deep.Matrices, deep.Reason)
			}
		})
	}
}

// TestDeepVision: an image encoder has patches in place of tokens.
func TestDeepVision(t *testing.T) {
	const width, hidden, layers = 96, 384, 6
	r := rand.New(rand.NewPCG(3, 1))
	m := weightsOf{}
	put := func(name string, shape ...int) {
		n := 1
		for _, d := range shape {
			n *= d
		}
		w := weight{shape, make([]float32, n)}
		for i := range w.data {
			w.data[i] = float32(r.NormFloat64())
		}
		m[name] = w
	}
	put("vision_model.embeddings.patch_embedding.weight", width, 3, 14, 14)
	put("vision_model.embeddings.position_embedding.weight", 50, width)
	for l := range layers {
		p := fmt.Sprintf("vision_model.encoder.layers.%d.", l)
		for _, name := range []string{"q", "k", "v", "out"} {
			put(p+"self_attn."+name+"_proj.weight", width, width)
		}
		put(p+"mlp.fc1.weight", hidden, width)
		put(p+"mlp.fc2.weight", width, hidden)
		put(p+"layer_norm1.weight", width)
		put(p+"layer_norm1.bias", width)
	}
	order := r.Perm(width)
	x := weightsOf{}
	for name, w := range m {
		switch {
		case len(w.shape) == 1:
			w = w.takeCols1(order)
		case strings.Contains(name, "patch") || strings.Contains(name, "out_proj") || strings.Contains(name, "fc2"):
			w = w.takeRows(order, nil)
		default:
			w = w.takeCols(order, nil)
		}
		x[name] = w
	}
	const config = `{"model_type": "clip_vision_model", "architectures": ["CLIPVisionModel"], "num_attention_heads": 4}`
	_, deep := inDepth(t, x.save(t, config, false), m.save(t, config, false))
	if deep.Verdict != bom.VerdictIdenticalValue || deep.Equal != 1 || !strings.Contains(deep.Sentence, "588 rows of the patch embedding") {
		t.Errorf("verdict %s, %v equal, %s", deep.Verdict, deep.Equal, deep.Reason)
	}
}

func TestDeepMiniLM(t *testing.T) {
	if raced {
		t.Skip("arithmetic, run without the race detector")
	}
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	dir := miniLM(t)
	base := loadF32(t, filepath.Join(dir, "model.safetensors"))
	config, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 5))
	order := r.Perm(384)
	moved := weightsOf{}
	for name, w := range base {
		switch {
		case len(w.shape) == 2 && (strings.HasSuffix(name, "output.dense.weight")):
			w = w.takeRows(order, nil)
		case len(w.shape) == 2:
			w = w.takeCols(order, nil)
		case strings.Contains(name, "LayerNorm") || strings.HasSuffix(name, "output.dense.bias"):
			w = w.takeCols1(order)
		}
		moved[name] = w
	}
	t.Run("moved", func(t *testing.T) {
		plain, deep := inDepth(t, moved.save(t, string(config), false), dir)
		if plain.Verdict != bom.VerdictSameArchitecture && plain.Verdict != bom.VerdictPartial {
			t.Errorf("plain verdict %s", plain.Verdict)
		}
		if deep.Verdict != bom.VerdictIdenticalValue || deep.Equal != 1 || deep.Streams[0].Clear < 380 {
			t.Errorf("verdict %s, %v equal, %d clear", deep.Verdict, deep.Equal, deep.Streams[0].Clear)
		}
	})
	units := maps.Clone(moved)
	for l := range 6 {
		p, order := fmt.Sprintf("encoder.layer.%d.", l), r.Perm(1536)
		units[p+"intermediate.dense.weight"] = units[p+"intermediate.dense.weight"].takeRows(order, nil)
		units[p+"intermediate.dense.bias"] = units[p+"intermediate.dense.bias"].takeCols1(order)
		units[p+"output.dense.weight"] = units[p+"output.dense.weight"].takeCols(order, nil)
	}
	t.Run("units", func(t *testing.T) {
		_, deep := inDepth(t, units.save(t, string(config), false), dir)
		if deep.Verdict != bom.VerdictIdenticalValue || deep.Equal != 1 || deep.UnitsMoved != 6 {
			t.Errorf("verdict %s, %v equal, units of %d blocks moved", deep.Verdict, deep.Equal, deep.UnitsMoved)
		}
	})
	t.Run("trained", func(t *testing.T) {
		_, deep := inDepth(t, units.noisy(r, 0.1).save(t, string(config), false), dir)
		if deep.Verdict != bom.VerdictTrainedFrom || math.Abs(deep.Delta-0.1) > 0.005 || math.Abs(deep.Agreement-0.96) > 0.01 || deep.UnitsMoved != 6 {
			t.Errorf("verdict %s, distance %v, agreement %v", deep.Verdict, deep.Delta, deep.Agreement)
		}
	})
}

// miniLM is the directory of sentence-transformers/all-MiniLM-L6-v2.
func miniLM(t *testing.T) string {
	t.Helper()
	home, _ := os.UserHomeDir()
	for _, base := range []string{os.Getenv("MODELBOM_TESTDATA"), filepath.Join(home, ".cache", "modelbom-test"), filepath.Join(os.TempDir(), "td")} {
		dir := filepath.Join(base, "all-minilm-l6-v2")
		if _, err := os.Stat(filepath.Join(dir, "model.safetensors")); base != "" && err == nil {
			return dir
		}
	}
	t.Skip("all-minilm-l6-v2 is not there")
	return ""
}
