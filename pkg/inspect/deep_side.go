package inspect

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/align"
	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/format"
	"github.com/modelbom/modelbom/pkg/inventory"
	"github.com/modelbom/modelbom/pkg/source"
	"github.com/modelbom/modelbom/pkg/tensor"
)

const (
	// maxDeepElements is the largest matrix that is held in memory: 1 GiB as
	// float32. Tables of tokens are read in pieces and may be larger.
	maxDeepElements = 1 << 28
	// deepPiece is how many elements are decoded at a time: 4 MiB, so that an
	// interruption is noticed.
	deepPiece = 1 << 20
	// maxDeepMatrices bounds the matrices of a part once stacked experts are
	// taken apart; the largest models we know of have some 60,000.
	maxDeepMatrices = 1 << 18
	// maxShown bounds how many values a part may show for each byte it has:
	// views can show one byte any number of times, 1-bit types show eight.
	maxShown = 16
)

// A deepSide is one of two models that are compared in depth.
type deepSide struct {
	*printer
	parts map[string]*inventory.Part
}

func openSide(ctx context.Context, repo source.Repository) (*deepSide, error) {
	inv, err := inventory.Build(ctx, repo)
	if err != nil {
		return nil, err
	}
	a := observe(inv, nil, readStates(ctx, repo, inv), Options{})
	s := &deepSide{&printer{assembler: a, ctx: ctx, repo: repo, open: map[*inventory.File]*siblings{}}, map[string]*inventory.Part{}}
	for p, c := range a.byPart {
		s.parts[string(c.Ref)] = p
	}
	return s, nil
}

// label is the model's name.
func (s *deepSide) label() string {
	return strings.TrimPrefix(s.model.Group+"/"+s.model.Name, "/")
}

// size is how much a comparison reads of a part, in bytes of float32 values:
// everything once, and about as much again for the null.
func (s *deepSide) size(ref string) int64 {
	var n int64
	if p := s.parts[ref]; p != nil {
		for _, r := range p.Tensors {
			n += 8 * min(r.Tensor().Elements(), maxDeepElements)
		}
	}
	return n
}

// A deepPart is a part's weights, ready to be read.
type deepPart struct {
	tensors   []*deepTensor
	layers    int
	tokenizer *fingerprint.TokenizerPrint
}

// A deepTensor is one matrix or vector, as it is stored: rows by cols, a vector
// in one row.
type deepTensor struct {
	name, role    string
	stream        string // "decoder" when the role says so
	layer, expert int
	rows, cols    int
	vector        bool
	// turned: the file holds the transpose, and load undoes it. Rows and cols
	// are then those after load.
	turned bool
	dtype  format.DType
	first  int64 // of the tensor's elements
	read   func(first int64, dst []float32) error
}

func (t *deepTensor) elements() int { return t.rows * t.cols }

// part lists a part's weights.
func (s *deepSide) part(ref string) (*deepPart, error) {
	p := s.parts[ref]
	if p == nil || p.Set == nil || s.byPart[p].Model == nil || len(p.Tensors) == 0 {
		return nil, refuse("%s has no weights that can be read", strings.TrimPrefix(ref, "part:"))
	}
	c := s.byPart[p]
	out := &deepPart{tokenizer: s.tokenizerOf(p)}
	joined, inWeight := s.joined(p, c), map[string]bool{}
	byName := make(map[string]inventory.TensorRef, len(p.Tensors))
	var shown, stored int64
	for _, r := range p.Tensors {
		byName[r.Tensor().Name] = r
		stored += r.File.Size / int64(max(1, len(r.File.Header.Tensors)))
	}
	for i := range joined {
		for _, name := range joined[i].Tensors {
			inWeight[name] = true
		}
		facts := s.facts(p, s.quantization(p), c.Model.Quantization)
		w := &joined[i]
		out.add(w.Name, w.Shape, format.DType(w.Scheme), func(first int64, dst []float32) error {
			return tensor.DecodeWeight(w, facts, func(name string) (*tensor.Reader, error) { return s.reader(byName[name]) }, first, dst)
		})
	}
	for _, r := range p.Tensors {
		if t := r.Tensor(); !inWeight[t.Name] {
			out.add(t.Name, t.Shape, t.DType, s.decoder(r))
		}
	}
	for _, t := range out.tensors {
		shown += int64(t.elements())
		out.layers = max(out.layers, t.layer+1)
	}
	if shown > 1<<28+maxShown*stored {
		return nil, refuse("%s shows %d values in %d bytes", strings.TrimPrefix(ref, "part:"), shown, stored)
	}
	if len(out.tensors) > maxDeepMatrices {
		return nil, refuse("%s has more than %d matrices", strings.TrimPrefix(ref, "part:"), maxDeepMatrices)
	}
	slices.SortFunc(out.tensors, func(a, b *deepTensor) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.first, b.first)) })
	return out, nil
}

func (s *deepSide) reader(r inventory.TensorRef) (*tensor.Reader, error) {
	return tensor.Open(s.siblings(r.File).blob, r.Tensor(), r.File.Header.BigEndian)
}

// decoder opens the tensor at each call: files are closed in between.
func (s *deepSide) decoder(r inventory.TensorRef) func(int64, []float32) error {
	return func(first int64, dst []float32) error {
		x, err := s.reader(r)
		if err != nil {
			return err
		}
		return x.Decode(first, dst)
	}
}

// maxDeepLayer bounds layer numbers, which come from names.
const maxDeepLayer = 4096

// add lists a tensor; stacked experts and fused gates are taken apart.
func (p *deepPart) add(name string, shape []uint64, dtype format.DType, read func(int64, []float32) error) {
	t := &deepTensor{name: name, dtype: dtype, read: read}
	t.role, t.layer, t.expert = fingerprint.RoleOf(name)
	if role, ok := strings.CutPrefix(t.role, "decoder."); ok {
		t.role, t.stream = role, "decoder"
	}
	if t.layer >= maxDeepLayer {
		t.layer = -1
	}
	var dims []int
	n := uint64(1)
	for _, d := range shape {
		if d == 0 || d > 1<<40/n {
			return // none, or more than any file holds
		}
		if n *= d; d != 1 {
			dims = append(dims, int(d))
		}
	}
	switch k := len(dims); {
	case k < 2:
		t.rows, t.cols, t.vector = 1, int(n), true
	case k == 3 && t.expert < 0 && strings.Contains(strings.ToLower(name), "exp"):
		for e := range min(dims[0], maxDeepMatrices) {
			x := *t
			x.expert, x.rows, x.cols, x.first = e, dims[1], dims[2], int64(e)*int64(dims[1])*int64(dims[2])
			p.put(&x)
		}
		return
	default:
		t.rows, t.cols = dims[0], int(n)/dims[0]
	}
	p.put(t)
}

func (p *deepPart) put(t *deepTensor) {
	if len(p.tensors) <= maxDeepMatrices {
		p.tensors = append(p.tensors, t)
	}
}

// load reads a matrix whole.
func (t *deepTensor) load(ctx context.Context) (align.Matrix, error) {
	if t.elements() > maxDeepElements {
		return align.Matrix{}, refuse("%q has %d elements, more than the %d that are held in memory", t.name, t.elements(), maxDeepElements)
	}
	m := align.Matrix{Data: make([]float32, t.elements()), Rows: t.rows, Cols: t.cols}
	if err := t.piece(ctx, 0, m.Data); err != nil {
		return align.Matrix{}, err
	}
	if !t.turned {
		return m, nil
	}
	turned := align.Matrix{Data: make([]float32, t.elements()), Rows: t.rows, Cols: t.cols}
	for i := range t.rows {
		row := turned.Row(i)
		for j := range row {
			row[j] = m.Data[j*t.rows+i]
		}
	}
	return turned, nil
}

// piece reads elements in their stored order.
func (t *deepTensor) piece(ctx context.Context, first int64, dst []float32) error {
	for len(dst) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(len(dst), deepPiece)
		if err := t.read(t.first+first, dst[:n]); err != nil {
			return refuse("%q cannot be read: %s", t.name, reason(err.Error()))
		}
		first, dst = first+int64(n), dst[n:]
	}
	return nil
}

// turn makes load give the transpose.
func (t *deepTensor) turn() { t.rows, t.cols, t.turned = t.cols, t.rows, true }

// tokenizerOf is the fingerprint of the tokenizer that belongs to a part: one
// inside its files, or else the one with the shortest path.
func (s *deepSide) tokenizerOf(p *inventory.Part) *fingerprint.TokenizerPrint {
	var best *fingerprint.TokenizerPrint
	at := ""
	for _, q := range s.inv.Parts {
		if q.Role != bom.RoleTokenizer || len(q.Files) == 0 {
			continue
		}
		print := s.tokenizer(q)
		if print == nil {
			continue
		}
		if slices.Contains(p.Files, q.Files[0]) {
			return print
		}
		if name := q.Files[0].Path; best == nil || len(name) < len(at) || len(name) == len(at) && name < at {
			best, at = print, name
		}
	}
	return best
}
