package index

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// Synthetic models: sketches of random bits are those of independent weights, and
// flipping a share of them makes a relative.

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 20260101)) }

// An architecture makes the matrices of a small language model.
type architecture struct {
	hidden, inner, layers uint64
	prefix                string
}

var small = architecture{hidden: 768, inner: 3072, layers: 6, prefix: "model.layers."}

func (a architecture) part(r *rand.Rand) *fingerprint.Part {
	p := &fingerprint.Part{Ref: "part:language-model", Role: "language-model", Layers: int(a.layers)}
	for l := range int(a.layers) {
		for _, m := range []struct {
			role       string
			rows, cols uint64
		}{
			{"attention.q", a.hidden, a.hidden}, {"attention.k", a.hidden, a.hidden},
			{"attention.v", a.hidden, a.hidden}, {"attention.o", a.hidden, a.hidden},
			{"mlp.gate", a.inner, a.hidden}, {"mlp.up", a.inner, a.hidden}, {"mlp.down", a.hidden, a.inner},
		} {
			name := fmt.Sprintf("%s%d.%s.weight", a.prefix, l, m.role)
			p.Tensors = append(p.Tensors, matrix(r, name, m.role, l, m.rows, m.cols))
		}
	}
	slices.SortFunc(p.Tensors, func(a, b fingerprint.TensorPrint) int { return strings.Compare(a.Name, b.Name) })
	p.WeightsDigest = fmt.Sprintf("sha256:%064x", r.Uint64())
	return p
}

func matrix(r *rand.Rand, name, role string, layer int, rows, cols uint64) fingerprint.TensorPrint {
	t := fingerprint.TensorPrint{Name: name, Role: role, Layer: layer, Expert: -1, Shape: []uint64{rows, cols},
		DType: "BF16", Bytes: int64(2 * rows * cols), Form: "BF16"}
	t.Value = randomDigest(r)
	t.Payload = t.Value
	t.Class = fingerprint.Matrix
	t.Views = []fingerprint.View{view(r, rows, cols)}
	return t
}

func randomDigest(r *rand.Rand) (d [32]byte) {
	for i := 0; i < len(d); i += 8 {
		binary.LittleEndian.PutUint64(d[i:], r.Uint64())
	}
	return d
}

func view(r *rand.Rand, rows, cols uint64) fingerprint.View {
	v := fingerprint.View{Rows: rows, Cols: cols}
	for range fingerprint.MaxWindows {
		v.Windows = append(v.Windows, fingerprint.Window{Signs: r.Uint32(), Used: ^uint32(0), Extremes: fingerprint.NoExtremes})
	}
	return v
}

// clone is a deep copy as far as tests change things.
func clone(p *fingerprint.Part) *fingerprint.Part {
	c := *p
	c.Tensors = append([]fingerprint.TensorPrint(nil), p.Tensors...)
	for i := range c.Tensors {
		t := &c.Tensors[i]
		t.Views = append([]fingerprint.View(nil), t.Views...)
		for j := range t.Views {
			t.Views[j].Windows = append([]fingerprint.Window(nil), t.Views[j].Windows...)
		}
	}
	return &c
}

// relative is a part whose sign bits differ from p's with a probability: 0.25 for
// weights that moved as far as they are long, 0.5 for unrelated ones.
func relative(r *rand.Rand, p *fingerprint.Part, flip float64) *fingerprint.Part {
	c := clone(p)
	c.WeightsDigest = fmt.Sprintf("sha256:%064x", r.Uint64())
	for i := range c.Tensors {
		t := &c.Tensors[i]
		t.Value = randomDigest(r)
		t.Payload = t.Value
		for j := range t.Views {
			for k := range t.Views[j].Windows {
				t.Views[j].Windows[k].Signs ^= flips(r, flip)
			}
		}
	}
	return c
}

func flips(r *rand.Rand, share float64) (mask uint32) {
	for bit := range 32 {
		if r.Float64() < share {
			mask |= 1 << bit
		}
	}
	return mask
}

// model wraps parts, under names of their own, with a tokenizer and files.
func model(name string, parts ...*fingerprint.Part) *fingerprint.Model {
	m := &fingerprint.Model{Group: "group", Name: name, Version: "1", PURL: "pkg:huggingface/group/" + name, Mode: fingerprint.Full}
	for i, p := range parts {
		m.Files = append(m.Files, fingerprint.FilePrint{Path: fmt.Sprintf("model-%d.safetensors", i), Size: 1 << 20,
			SHA256: fmt.Sprintf("%x", p.Tensors[0].Value)})
		m.Parts = append(m.Parts, *p)
		if i > 0 {
			m.Parts[i].Ref += fmt.Sprint("-", i+1)
		}
	}
	m.Parts = append(m.Parts, fingerprint.Part{Ref: "part:tokenizer", Role: "tokenizer",
		Tokenizer: &fingerprint.TokenizerPrint{Type: "BPE", Vocabulary: 32000, Merges: -1, VocabularyDigest: "sha256:" + name, Special: []string{"<s>"}}})
	return m
}

func entry(name, family, released string) Entry {
	return Entry{ID: "group/" + name, Group: "group", Name: name, Supplier: "Supplier of " + name, Country: "KR",
		License: "Apache-2.0", Family: family, Released: released}
}
