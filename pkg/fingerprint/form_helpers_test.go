package fingerprint

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/modelbom/modelbom/pkg/format"
)

// randomModel is a model that fills the file form in every way, with its lists
// in order and no empty list that is not nil.
func randomModel(r *rand.Rand, tensors int) *Model {
	m := &Model{Group: text(r), Name: text(r), Version: text(r), PURL: text(r), Mode: Full}
	if r.IntN(2) == 0 {
		m.Mode = Sparse
	}
	for i := range r.IntN(3) {
		f := FilePrint{Path: fmt.Sprint(i, "/", text(r)), Size: r.Int64()}
		if m.Mode == Full {
			f.SHA256 = fmt.Sprintf("%064x", r.Uint64())
		}
		m.Files = append(m.Files, f)
	}
	for i := range r.IntN(4) {
		m.Parts = append(m.Parts, randomPart(r, i, tensors))
	}
	return m
}

func randomPart(r *rand.Rand, i, tensors int) Part {
	p := Part{Ref: fmt.Sprint("part:", i, text(r)), Role: text(r), Family: text(r), Architecture: text(r), Heads: r.IntN(3), KVHeads: r.IntN(3),
		WeightsDigest: text(r), Parameters: r.Int64N(3) * 1e15, Layers: r.IntN(100), Unread: r.IntN(3)}
	if r.IntN(2) == 0 {
		p.Tokenizer = randomTokenizer(r)
	}
	for k := range r.IntN(tensors + 1) {
		p.Tensors = append(p.Tensors, randomTensor(r, fmt.Sprintf("layers.%06d.%s", k, text(r))))
	}
	return p
}

func randomTokenizer(r *rand.Rand) *TokenizerPrint {
	t := &TokenizerPrint{Type: text(r), Vocabulary: r.IntN(10) - 1, Merges: r.IntN(1e6) - 1, VocabularyDigest: text(r), TokensDigest: text(r),
		MergesDigest: text(r), Tokens: r.IntN(1e6) - 1, TokenMap: text(r)}
	for range r.IntN(5) {
		t.TokenPrefixes = append(t.TokenPrefixes, r.Uint64())
		t.Special = append(t.Special, text(r))
	}
	for range r.IntN(5) {
		t.MergePrefixes = append(t.MergePrefixes, r.Uint64())
	}
	for i := range r.IntN(MaxTokenSample + 1) {
		t.Sample = append(t.Sample, TokenSample{uint64(i) << 40, r.Uint32()})
	}
	return t
}

func randomTensor(r *rand.Rand, name string) TensorPrint {
	classes := []Class{Matrix, Gain, Vector, Constant, Small, Unread}
	t := TensorPrint{Name: name, Role: text(r), Layer: r.IntN(3) - 1, Expert: r.IntN(3) - 1, DType: format.DType(text(r)), Scheme: text(r),
		Bytes: r.Int64(), Form: format.DType(text(r))}
	t.Class, t.Reason, t.NonFinite = classes[r.IntN(len(classes))], text(r), r.IntN(2)
	for range r.IntN(4) {
		t.Shape = append(t.Shape, r.Uint64()>>r.IntN(64))
	}
	if r.IntN(2) == 0 {
		t.Payload, t.Value = [32]byte{1, byte(r.Uint32())}, [32]byte{31: 2}
	}
	for range r.IntN(4) {
		t.Views = append(t.Views, randomView(r))
	}
	t.Rows, t.Columns = codes(r), codes(r)
	for range r.IntN(MaxGains) * r.IntN(2) {
		t.Gains = append(t.Gains, float32(r.NormFloat64()))
	}
	if len(t.Gains) > 2 {
		t.Gains[0], t.Gains[1] = float32(math.Inf(-1)), float32(math.Copysign(0, -1))
	}
	return t
}

func randomView(r *rand.Rand) View {
	v := View{Transform: text(r), Rows: r.Uint64() | 1<<r.IntN(64), Cols: r.Uint64()>>40 | 1024}
	said := r.IntN(2) == 0
	for range 1 + r.IntN(MaxWindows) {
		w := Window{r.Uint32(), r.Uint32(), uint16(r.IntN(NoExtremes + 1))}
		if said {
			w.Used = allUsed
		}
		v.Windows = append(v.Windows, w)
	}
	for range r.IntN(len(v.Windows) + 1) {
		v.Scales = append(v.Scales, r.Float32())
		for range WindowSize {
			v.Values = append(v.Values, int16(r.Uint32()))
		}
	}
	return v
}

func codes(r *rand.Rand) []uint32 {
	var list []uint32
	for range r.IntN(MaxRowCodes+1) * r.IntN(2) {
		list = append(list, r.Uint32()>>2)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// text is a text that a file could hold, often an empty one.
func text(r *rand.Rand) string {
	list := []string{"", "", "a", "BF16", "gptq", `q"uo\te`, "Ġ▁\u2028é", "\x00\x1f\x7f\n", "</script>", "😀"}
	return list[r.IntN(len(list))]
}

func encoded(t testing.TB, m *Model) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sameModel compares models; a number that is none equals any other.
func sameModel(a, b any) string {
	if reflect.DeepEqual(a, b) { // many times as fast
		return ""
	}
	return cmp.Diff(a, b, cmpopts.EquateNaNs())
}

// fullTensor has all that a matrix of a large language model has.
func fullTensor(r *rand.Rand, i int) TensorPrint {
	t := TensorPrint{Name: fmt.Sprintf("model.layers.%d.mlp.experts.%d.down_proj.weight", i/256, i%256), Role: "mlp.down", Layer: i / 256, Expert: i % 256,
		Shape: []uint64{7168, 2048}, DType: "BF16", Bytes: 29360128, Payload: [32]byte{1, byte(i)}, Value: [32]byte{2, byte(i)}, Form: "BF16"}
	t.Class = Matrix
	for _, transform := range []string{Stored, Transposed} {
		v := View{Transform: transform, Rows: 7168, Cols: 2048}
		for range MaxWindows {
			v.Windows = append(v.Windows, Window{r.Uint32(), allUsed, uint16(r.IntN(NoExtremes))})
			if transform == Stored {
				v.Scales = append(v.Scales, r.Float32())
				for range WindowSize {
					v.Values = append(v.Values, int16(r.Uint32()))
				}
			}
		}
		t.Views = append(t.Views, v)
	}
	for i := range uint32(MaxRowCodes) {
		t.Rows = append(t.Rows, i<<10|r.Uint32()>>22)
		t.Columns = append(t.Columns, i<<10|r.Uint32()>>22)
	}
	return t
}
