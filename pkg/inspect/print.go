package inspect

import (
	"cmp"
	"context"
	"crypto/sha256"
	"slices"
	"strconv"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/format"
	"github.com/modelbom/modelbom/pkg/inventory"
	"github.com/modelbom/modelbom/pkg/modelcard"
	"github.com/modelbom/modelbom/pkg/source"
	"github.com/modelbom/modelbom/pkg/tensor"
)

// fingerprint collects what the pass over the bytes kept of the parts. Where the
// pass kept no sketches, or could not meet a tensor, the windows of the tensor
// are read here.
func (a *assembler) fingerprint(ctx context.Context, repo source.Repository) (*fingerprint.Model, error) {
	m := &fingerprint.Model{Group: a.model.Group, Name: a.model.Name, Version: a.model.Version, PURL: a.model.PURL, Mode: fingerprint.Full}
	if a.options.Sparse {
		m.Mode = fingerprint.Sparse
	}
	holding := map[*inventory.File]bool{}
	w := &printer{assembler: a, ctx: ctx, repo: repo, open: map[*inventory.File]*siblings{}}
	defer w.close()
	for _, p := range a.inv.Parts {
		part, ok := w.part(p)
		if !ok {
			continue
		}
		m.Parts = append(m.Parts, part)
		for _, f := range p.Files {
			holding[f] = true
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	for _, f := range a.inv.Files {
		if holding[f] && f.Readable() {
			file := fingerprint.FilePrint{Path: bom.CleanPath(f.Path), Size: f.Size}
			if s := a.scans[f]; s != nil && s.err == nil {
				file.SHA256 = s.digests[fingerprint.SHA256]
			}
			m.Files = append(m.Files, file)
		}
	}
	slices.SortFunc(m.Parts, func(a, b fingerprint.Part) int { return cmp.Compare(a.Ref, b.Ref) })
	return m, nil
}

// A printer makes fingerprints of parts.
type printer struct {
	*assembler
	ctx  context.Context
	repo source.Repository
	open map[*inventory.File]*siblings
}

func (w *printer) close() {
	for _, s := range w.open {
		s.close()
	}
}

// part is the fingerprint of a part; false for parts that have none.
func (w *printer) part(p *inventory.Part) (fingerprint.Part, bool) {
	c := w.byPart[p]
	if c == nil {
		return fingerprint.Part{}, false
	}
	out := fingerprint.Part{Ref: string(c.Ref), Role: string(p.Role)}
	switch {
	case p.Set != nil && c.Model != nil:
		m := c.Model
		out.Family, out.Architecture, out.WeightsDigest, out.Parameters, out.Layers = m.Family, m.Architecture, m.WeightsDigest, m.Parameters, m.Layers
		h := headsOf(w.inv, p)
		out.Heads, out.KVHeads = h.all, h.kv
		w.weights(p, c, &out)
		return out, true
	case p.Role == bom.RoleTokenizer:
		out.Tokenizer = w.tokenizer(p)
		return out, out.Tokenizer != nil
	}
	return out, false
}

// weights fills in the tensors of a part.
func (w *printer) weights(p *inventory.Part, c *bom.Component, out *fingerprint.Part) {
	options := w.sketchOptions(p)
	joined := w.joined(p, c)
	inWeight := map[string]bool{}
	for i := range joined {
		for _, name := range joined[i].Tensors {
			inWeight[name] = true
		}
	}
	for _, r := range p.Tensors {
		if len(joined) > 0 && inWeight[r.Tensor().Name] {
			continue
		}
		out.Tensors = append(out.Tensors, w.tensor(r, options))
	}
	if len(joined) > 0 {
		byName := make(map[string]inventory.TensorRef, len(p.Tensors))
		for _, r := range p.Tensors {
			byName[r.Tensor().Name] = r
		}
		facts := w.facts(p, w.quantization(p), c.Model.Quantization)
		for i := range joined {
			out.Tensors = append(out.Tensors, w.weight(&joined[i], facts, byName, options))
		}
	}
	for i := range out.Tensors {
		if out.Tensors[i].Class == fingerprint.Unread {
			out.Unread++
		}
	}
	slices.SortStableFunc(out.Tensors, func(a, b fingerprint.TensorPrint) int { return cmp.Compare(a.Name, b.Name) })
	out.Tensors = slices.CompactFunc(out.Tensors, func(a, b fingerprint.TensorPrint) bool { return a.Name == b.Name })
}

// joined are the weights of a quantised part that are stored in several tensors.
func (w *printer) joined(p *inventory.Part, c *bom.Component) []tensor.Weight {
	q := w.quantization(p)
	if !packs(p) || q == nil && !packed(c.Model.DTypes) {
		return nil
	}
	tensors := make([]format.Tensor, len(p.Tensors))
	for i, r := range p.Tensors {
		tensors[i] = *r.Tensor()
	}
	weights, _ := tensor.Logical(tensors, w.facts(p, q, c.Model.Quantization))
	return slices.DeleteFunc(weights, func(x tensor.Weight) bool { return x.Scheme == tensor.Plain })
}

func (w *printer) sketchOptions(p *inventory.Part) fingerprint.SketchOptions {
	h := headsOf(w.inv, p)
	return fingerprint.SketchOptions{Heads: h.all, KVHeads: h.kv, Sparse: w.options.Sparse}
}

// tensor is the fingerprint of one tensor as it is stored.
func (w *printer) tensor(r inventory.TensorRef, o fingerprint.SketchOptions) fingerprint.TensorPrint {
	t := r.Tensor()
	out := printOf(t.Name, t.Shape, t.DType, t.Size)
	s := w.scans[r.File]
	switch {
	case s != nil && s.unread[r.Number] != nil:
		out.Sketch = fingerprint.Sketch{Class: fingerprint.Unread, Reason: reason(s.unread[r.Number].Error())}
		return out
	case s != nil && s.err == nil && s.tensors != nil:
		d := s.tensors[r.Number]
		out.Payload, out.Value, out.Form = d.Payload, d.Value, d.Form
	}
	if !w.options.sketching() {
		return out
	}
	if s != nil && s.err == nil && s.sketches != nil && t.Layout == nil {
		out.Sketch = unreadOn(s.sketches.Sketch(r.Number))
		return out
	}
	o.Format = r.File.Header.Format
	out.Sketch = unreadOn(fingerprint.SketchTensor(w.siblings(r.File).blob, t, r.File.Header.BigEndian, o))
	return out
}

// weight is the fingerprint of a weight that is stored in several tensors. Its
// digests are over theirs, so that equal tensors are equal weights.
func (w *printer) weight(x *tensor.Weight, facts tensor.QuantFacts, byName map[string]inventory.TensorRef, o fingerprint.SketchOptions) fingerprint.TensorPrint {
	out := printOf(x.Name, x.Shape, byName[x.Tensors[0]].Tensor().DType, 0)
	out.Scheme = string(x.Scheme)
	h, whole := sha256.New(), true
	for _, name := range x.Tensors {
		r := byName[name]
		out.Bytes += r.Tensor().Size
		s := w.scans[r.File]
		if s == nil || s.err != nil || s.tensors == nil || s.unread[r.Number] != nil {
			whole = false
			continue
		}
		h.Write(s.tensors[r.Number].Payload[:])
	}
	if whole {
		h.Sum(out.Payload[:0])
		out.Value, out.Form = out.Payload, format.DType(x.Scheme)
	}
	if !w.options.sketching() {
		return out
	}
	source := func(name string) (*tensor.Reader, error) {
		r := byName[name]
		return tensor.Open(w.siblings(r.File).blob, r.Tensor(), r.File.Header.BigEndian)
	}
	out.Sketch = unreadOn(fingerprint.SketchWeight(x, facts, source, o))
	return out
}

func printOf(name string, shape []uint64, dtype format.DType, size int64) fingerprint.TensorPrint {
	p := fingerprint.TensorPrint{Name: clean(name), Shape: shape, DType: dtype, Bytes: size}
	p.Role, p.Layer, p.Expert = fingerprint.RoleOf(name)
	return p
}

// unreadOn is a sketch, or the reason why there is none.
func unreadOn(s fingerprint.Sketch, err error) fingerprint.Sketch {
	if err != nil {
		return fingerprint.Sketch{Class: fingerprint.Unread, Reason: reason(err.Error())}
	}
	return s
}

// siblings opens the files that a weight file's tensors lie in.
func (w *printer) siblings(f *inventory.File) *siblings {
	s := w.open[f]
	if s == nil {
		if len(w.open) > maxOpen {
			w.close()
			clear(w.open)
		}
		s = &siblings{ctx: w.ctx, repo: w.repo, owner: f.Path, open: map[string]source.Blob{}}
		w.open[f] = s
	}
	return s
}

// heads are the attention heads of a part, 0 where nothing states them.
type heads struct{ all, kv int }

// headsOf reads them from the configuration, or from a GGUF file's metadata.
func headsOf(inv *inventory.Inventory, p *inventory.Part) heads {
	var list []modelcard.Statement
	if g := ggufOf(inv, p); g != nil {
		list = g.Hyperparameters
	} else if c := configAt(inv, p.ConfigPath, p.ConfigKey); c != nil {
		list = c.Hyperparameters
	}
	var h heads
	for _, s := range list {
		n, err := strconv.Atoi(s.Value)
		if err != nil || n <= 0 || n > 1<<20 {
			continue
		}
		switch key := s.Key[strings.LastIndexByte(s.Key, '.')+1:]; key {
		case "num_attention_heads", "n_head", "head_count", "num_heads":
			h.all = n
		case "num_key_value_heads", "head_count_kv":
			h.kv = n
		}
	}
	return h
}

// headsByFile gives for each weight file the heads of the part that a tensor is
// in. Files of which no heads are known are left out.
func headsByFile(inv *inventory.Inventory) map[*inventory.File]func(name string) (int, int) {
	byName := map[*inventory.File]map[string]heads{}
	for _, p := range inv.Parts {
		h := headsOf(inv, p)
		if h == (heads{}) {
			continue
		}
		for _, r := range p.Tensors {
			if byName[r.File] == nil {
				byName[r.File] = map[string]heads{}
			}
			byName[r.File][r.Tensor().Name] = h
		}
	}
	out := map[*inventory.File]func(string) (int, int){}
	for f, m := range byName {
		out[f] = func(name string) (int, int) { return m[name].all, m[name].kv }
	}
	return out
}
