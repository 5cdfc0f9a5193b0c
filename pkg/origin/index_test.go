package origin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/format"
	"github.com/modelbom/modelbom/pkg/index"
)

// weightsOf are random weights of a small network, the same for a seed, moved by
// delta times their size in a direction of their own.
func weightsOf(seed uint64, delta float64, direction uint64) map[string][]float32 {
	out := map[string][]float32{}
	for l := range 6 {
		for _, role := range []string{"self_attn.q_proj", "self_attn.v_proj", "mlp.up_proj", "mlp.gate_proj"} {
			name := fmt.Sprintf("model.layers.%d.%s.weight", l, role)
			h := sha256.Sum256([]byte(name))
			n := binary.LittleEndian.Uint64(h[:])
			base, move := rand.New(rand.NewPCG(seed, n)), rand.New(rand.NewPCG(direction, n))
			v := make([]float32, 128*256)
			for i := range v {
				v[i] = float32(0.02 * (base.NormFloat64() + delta*move.NormFloat64()))
			}
			out[name] = v
		}
	}
	return out
}

// modelOf is the fingerprint of such weights.
func modelOf(t testing.TB, ref, name string, weights map[string][]float32) *fingerprint.Model {
	t.Helper()
	return modelIn(t, "F32", ref, name, weights)
}

// modelIn is the same in a type, F32 or BF16.
func modelIn(t testing.TB, dtype format.DType, ref, name string, weights map[string][]float32) *fingerprint.Model {
	t.Helper()
	p := fingerprint.Part{Ref: ref, Role: strings.TrimPrefix(ref, "part:"), Layers: 6}
	for tensor, v := range weights {
		var b bytes.Buffer
		for _, x := range v {
			bits := math.Float32bits(x)
			if dtype == "BF16" {
				b.Write(binary.LittleEndian.AppendUint16(nil, uint16((bits+0x7fff+bits>>16&1)>>16)))
			} else {
				b.Write(binary.LittleEndian.AppendUint32(nil, bits))
			}
		}
		data := bytes.NewReader(b.Bytes())
		header := &format.Tensor{Name: tensor, DType: dtype, Shape: []uint64{128, 256}, Size: data.Size()}
		sketch, err := fingerprint.SketchTensor(func(string) (io.ReaderAt, int64, error) { return data, data.Size(), nil }, header, false, fingerprint.SketchOptions{})
		if err != nil {
			t.Fatal(err)
		}
		digest, err := fingerprint.DigestTensor(header, bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		x := fingerprint.TensorPrint{Name: tensor, Shape: header.Shape, DType: dtype, Bytes: header.Size, Payload: digest.Payload, Value: digest.Value, Form: digest.Form, Sketch: sketch}
		x.Role, x.Layer, x.Expert = fingerprint.RoleOf(tensor)
		p.Tensors = append(p.Tensors, x)
	}
	slices.SortFunc(p.Tensors, func(a, b fingerprint.TensorPrint) int { return strings.Compare(a.Name, b.Name) })
	u := hubUpstream(name)
	return &fingerprint.Model{Group: u.Group, Name: u.Name, PURL: u.PURL, Mode: fingerprint.Full, Parts: []fingerprint.Part{p}}
}

func indexOf(t testing.TB, models ...*fingerprint.Model) *index.Index {
	t.Helper()
	x, err := index.OpenForWriting(context.Background(), filepath.Join(t.TempDir(), "index.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	for _, m := range models {
		addTo(t, x, m)
	}
	return x
}

func addTo(t testing.TB, x *index.Index, m *fingerprint.Model) {
	t.Helper()
	addAs(t, x, m, "llama")
}

func addAs(t testing.TB, x *index.Index, m *fingerprint.Model, family string) {
	t.Helper()
	label := m.Group + "/" + m.Name
	if _, err := x.Add(context.Background(), index.Entry{ID: label, Group: m.Group, Name: m.Name, PURL: m.PURL, Family: family}, m); err != nil {
		t.Fatal(err)
	}
}

func ask(t testing.TB, x *index.Index, m *fingerprint.Model, declared ...Declaration) *Conclusion {
	t.Helper()
	c, err := Investigate(context.Background(), &Case{Subject: hubUpstream("acme/suspect"), Part: &m.Parts[0], Declared: declared}, Sources{Indexes: []*index.Index{x}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func originTo(c *Conclusion, label string) *bom.Origin {
	for i := range c.Origins {
		if c.Origins[i].Reference == hubUpstream(label).Ref() {
			return &c.Origins[i]
		}
	}
	return nil
}

// TestParentAndSiblings: the parent is named and not its other children, and a
// stranger of the same plan is no relative.
func TestParentAndSiblings(t *testing.T) {
	const role = "part:language-model"
	x := indexOf(t, modelOf(t, role, "acme/parent", weightsOf(1, 0, 0)), modelOf(t, role, "acme/sibling-1", weightsOf(1, 0.2, 11)),
		modelOf(t, role, "acme/sibling-2", weightsOf(1, 0.3, 12)), modelOf(t, role, "acme/stranger", weightsOf(2, 0, 0)))
	for _, test := range []struct {
		name    string
		suspect map[string][]float32
		want    bom.Verdict
	}{
		{"trained", weightsOf(1, 0.15, 21), bom.VerdictTrainedFrom},
		{"copied", weightsOf(1, 0, 0), bom.VerdictIdentical},
	} {
		c := ask(t, x, modelOf(t, role, "acme/suspect", test.suspect))
		if len(c.Origins) != 1 || c.Origins[0].Reference != hubUpstream("acme/parent").Ref() || c.Origins[0].Verdict != test.want {
			t.Errorf("%s: %+v", test.name, c.Origins)
		}
		if len(c.Findings) != 1 || c.Findings[0].Rule != RuleUndeclared {
			t.Errorf("%s: findings %+v", test.name, c.Findings)
		}
	}
	c := ask(t, x, modelOf(t, role, "acme/suspect", weightsOf(3, 0, 0)))
	if len(c.Origins) != 1 || c.Origins[0].Verdict != bom.VerdictSameArchitecture || len(c.Findings) != 0 {
		t.Errorf("an unrelated model of the same plan: %+v, findings %+v", c.Origins, c.Findings)
	}
}

// TestDirection: which of two is the quantised one is told from the values.
func TestDirection(t *testing.T) {
	const role = "part:language-model"
	fine, coarse := modelOf(t, role, "acme/fine", weightsOf(1, 0, 0)), modelIn(t, "BF16", role, "acme/coarse", weightsOf(1, 0, 0))
	for _, test := range []struct {
		name               string
		suspect, reference *fingerprint.Model
		relation, sentence string
	}{
		{"a quantisation of the reference", coarse, fine, "", "Language model: a quantisation of acme/fine"},
		{"what the reference is a quantisation of", fine, coarse, RelationUnquantised, "Language model: the weights of which acme/coarse (language model) is a quantisation."},
	} {
		c := ask(t, indexOf(t, test.reference), test.suspect)
		o := c.Origins[0]
		if o.Verdict != bom.VerdictRequantised || o.Relation != test.relation || !strings.HasPrefix(o.Sentence, test.sentence) {
			t.Errorf("%s: %s (%s): %s", test.name, o.Verdict, o.Relation, o.Sentence)
		}
	}
	trained := modelIn(t, "BF16", role, "acme/trained", weightsOf(1, 0.1, 9))
	if o := ask(t, indexOf(t, trained), fine).Origins[0]; o.Verdict != bom.VerdictTrainedFrom {
		t.Errorf("a reference that was trained on and quantised: %s: %s", o.Verdict, o.Sentence)
	}
}

// TestForeignTokenizer: a tokenizer of another model is named, and makes no
// weights related.
func TestForeignTokenizer(t *testing.T) {
	tokenizer := fingerprint.Part{Ref: "part:tokenizer", Role: "tokenizer", Tokenizer: &fingerprint.TokenizerPrint{Type: "BPE", Vocabulary: 3, Merges: 1, Tokens: 3,
		VocabularyDigest: "sha256:01", TokensDigest: "sha256:02", MergesDigest: "sha256:03", TokenMap: "sha256:04",
		Sample: []fingerprint.TokenSample{{Hash: 1, ID: 0}, {Hash: 2, ID: 1}, {Hash: 3, ID: 2}}}}
	with := func(m *fingerprint.Model) *fingerprint.Model {
		m.Parts = append(m.Parts, tokenizer)
		return m
	}
	x := indexOf(t, with(modelOf(t, "part:language-model", "acme/base", weightsOf(1, 0, 0))))
	suspect := with(modelOf(t, "part:language-model", "acme/suspect", weightsOf(2, 0, 0)))
	if o := ask(t, x, suspect).Origins[0]; o.Verdict != bom.VerdictSameArchitecture {
		t.Errorf("the weights: %s: %s", o.Verdict, o.Sentence)
	}
	c, err := Investigate(context.Background(), &Case{Subject: hubUpstream("acme/suspect"), Part: &suspect.Parts[1]}, Sources{Indexes: []*index.Index{x}})
	if err != nil {
		t.Fatal(err)
	}
	if o := originTo(c, "acme/base"); o == nil || o.Verdict != bom.VerdictIdenticalValue || o.Limits != tokenizerLimits {
		t.Errorf("the tokenizer: %+v", c.Origins)
	}
	if len(c.Findings) != 1 || c.Findings[0].Severity != bom.SeverityInfo {
		t.Errorf("findings: %+v", c.Findings)
	}
}

// TestContradiction: the declared model is in the index and unrelated, and the
// bytes are another's.
func TestContradiction(t *testing.T) {
	const role = "part:language-model"
	x := indexOf(t, modelOf(t, role, "acme/real", weightsOf(1, 0, 0)), modelOf(t, role, "acme/said", weightsOf(2, 0, 0)))
	c := ask(t, x, modelOf(t, role, "acme/suspect", weightsOf(1, 0.1, 5)), declared("acme/said", "finetune"))
	if o := originTo(c, "acme/real"); o == nil || o.Verdict != bom.VerdictTrainedFrom {
		t.Errorf("the real origin: %+v", c.Origins)
	}
	if o := originTo(c, "acme/said"); o == nil || o.Verdict != bom.VerdictSameArchitecture || o.Relation != "finetune" {
		t.Errorf("the declared origin: %+v", c.Origins)
	}
	var rules []string
	for _, f := range c.Findings {
		rules = append(rules, f.Rule)
	}
	if strings.Join(rules, " ") != RuleContradicted+" "+RuleUndeclared {
		t.Errorf("findings %q", rules)
	}
}

// TestMerge: both parents of an even mixture are named with their shares.
func TestMerge(t *testing.T) {
	const role = "part:language-model"
	a, b := weightsOf(1, 0.3, 11), weightsOf(1, 0.3, 12)
	x := indexOf(t, modelOf(t, role, "acme/a", a), modelOf(t, role, "acme/b", b), modelOf(t, role, "acme/c", weightsOf(1, 0.3, 13)))
	mixed := map[string][]float32{}
	for name, v := range a {
		m := make([]float32, len(v))
		for i := range v {
			m[i] = (v[i] + b[name][i]) / 2
		}
		mixed[name] = m
	}
	c := ask(t, x, modelOf(t, role, "acme/suspect", mixed))
	for _, parent := range []string{"acme/a", "acme/b"} {
		if o := originTo(c, parent); o == nil || o.Relation != "merge" || !strings.Contains(o.Sentence, "0.50 ± 0.0") {
			t.Errorf("parent %s of a mixture: %+v", parent, o)
		}
	}
	if o := originTo(c, "acme/c"); o != nil {
		t.Errorf("a bystander is named: %+v", o)
	}
}

// TestHostileIndex adds models that were made to mislead. What is said about the
// parent stays the same, word by word, but for the number of its copies.
func TestHostileIndex(t *testing.T) {
	const role = "part:language-model"
	suspect := modelOf(t, role, "acme/suspect", weightsOf(1, 0.15, 21))
	x := indexOf(t, modelOf(t, role, "acme/parent", weightsOf(1, 0, 0)))
	want := originTo(ask(t, x, suspect), "acme/parent")
	if want == nil || want.Verdict != bom.VerdictTrainedFrom {
		t.Fatalf("the parent is not found: %+v", want)
	}
	same := func(step string) {
		t.Helper()
		got := originTo(ask(t, x, suspect), "acme/parent")
		if got == nil || got.Verdict != want.Verdict || got.Sentence != want.Sentence || got.Strength != want.Strength {
			t.Errorf("after %s the parent's verdict changed from %+v to %+v", step, want, got)
		}
	}
	for i := range 20 {
		addTo(t, x, modelOf(t, role, fmt.Sprintf("evil/stranger-%d", i), weightsOf(uint64(100+i), 0, 0)))
	}
	same("twenty strangers of the same plan")
	for i := range 20 {
		addTo(t, x, modelOf(t, role, fmt.Sprintf("evil/child-%d", i), weightsOf(1, 0.5, uint64(200+i))))
	}
	same("twenty other children of the parent")
	renamed := map[string][]float32{}
	for name, v := range weightsOf(1, 0, 0) {
		renamed[strings.Replace(name, "model.layers", "x.blocks", 1)] = v
	}
	addTo(t, x, modelOf(t, "part:vision-encoder", "evil/copy", renamed))
	if got := originTo(ask(t, x, suspect), "acme/parent"); got == nil || got.Verdict != want.Verdict || got.Sentence != want.Sentence+" 1 other model of the index holds the same weights as acme/parent." {
		t.Errorf("after a copy under another name: %+v", got)
	}
	if got := originTo(ask(t, x, suspect), "evil/copy"); got == nil || got.Verdict != want.Verdict {
		t.Errorf("the copy fits as well and is not named: %+v", got)
	}
}

// TestPoisonedIndex spreads the matrices of a model over models of other
// families, so that each looks like common property. The copy is found all the
// same.
func TestPoisonedIndex(t *testing.T) {
	const role = "part:language-model"
	base := weightsOf(1, 0, 0)
	x := indexOf(t, modelOf(t, role, "acme/base", base))
	i := 0
	for name, v := range base {
		i++
		poison := map[string][]float32{name: v}
		for other, noise := range weightsOf(uint64(300+i), 0, 0) {
			if len(poison) < 5 && other != name {
				poison[other] = noise
			}
		}
		addAs(t, x, modelOf(t, role, fmt.Sprintf("evil/poison-%d", i), poison), fmt.Sprintf("family-%d", i))
	}
	if o := originTo(ask(t, x, modelOf(t, role, "acme/suspect", base)), "acme/base"); o == nil || o.Verdict != bom.VerdictIdentical {
		t.Errorf("the copy of a poisoned model: %+v", o)
	}
}

// TestManyCopies: that not all holders of the same weights are named is said.
func TestManyCopies(t *testing.T) {
	const role = "part:language-model"
	base := weightsOf(1, 0, 0)
	x := indexOf(t)
	for i := range 7 {
		addTo(t, x, modelOf(t, role, fmt.Sprintf("acme/copy-%d", i), base))
	}
	o := ask(t, x, modelOf(t, role, "acme/suspect", weightsOf(1, 0.1, 5))).Origins[0]
	if o.Verdict != bom.VerdictTrainedFrom || !strings.Contains(o.Limits, "7 models of the index hold the same weights; not all of them are named.") {
		t.Errorf("one of seven copies: %s: %s", o.Verdict, o.Limits)
	}
}
