package inspect

import (
	"cmp"
	"context"
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/align"
	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/wording"
)

const (
	// maxTokens is how many tokens columns are matched on: 8 for each column
	// and no more than this, where more gain little and take minutes.
	maxTokens       = 8192
	tokensPerColumn = 8
	// maxTokenID bounds the rows that tokens are chosen from.
	maxTokenID = 1 << 22
	// maxColumnsP is the probability by chance below which a match of columns
	// is used. It is no evidence yet: other matrices are tested with it.
	maxColumnsP = 1e-3
	// deepWorkers is how many goroutines compute.
	deepWorkers = 2
)

// coordinates finds the residual streams and how their columns correspond.
func (d *deepRun) coordinates() error {
	d.streams = map[string]*DeepStream{}
	var names []string
	for _, t := range d.partA.tensors {
		if t.layer >= 0 && !slices.Contains(names, t.stream) {
			names = append(names, t.stream)
		}
	}
	if len(names) == 0 {
		names = []string{""}
	}
	slices.Sort(names)
	for _, name := range names {
		s, err := d.stream(name)
		if err != nil {
			return err
		}
		d.streams[name] = s
	}
	for _, name := range names {
		d.result.Streams = append(d.result.Streams, *d.streams[name])
	}
	d.partA.orient(d.streams, func(s *DeepStream) int { return s.widthA })
	d.partB.orient(d.streams, func(s *DeepStream) int { return s.widthB })
	return nil
}

// streamOf is the stream of a tensor. What is outside of layers may be in a
// model's only stream without its name saying so.
func (d *deepRun) streamOf(t *deepTensor) *DeepStream {
	if s := d.streams[t.stream]; s != nil {
		return s
	}
	if len(d.streams) == 1 {
		for _, s := range d.streams {
			return s
		}
	}
	return nil
}

// A deepBasis is what columns are matched on: a table of both parts.
type deepBasis struct {
	role  string
	words string
	// across: the columns are the rows of the stored matrix, as in the patch
	// embedding of an image encoder.
	across bool
}

// bases in the order in which they are tried.
var bases = [...]deepBasis{
	{"embedding.token", "token embedding", false},
	{"embedding.patch", "patch embedding", true},
	{"embedding.position", "position embedding", false},
}

// stream matches the columns of one stream.
func (d *deepRun) stream(name string) (*DeepStream, error) {
	var why error
	for _, from := range []string{name, "", "decoder"} { // encoder and decoder may share a table
		for _, b := range bases {
			if from != name && b.role != "embedding.token" {
				continue
			}
			ta, tb := d.partA.table(from, b.role), d.partB.table(from, b.role)
			if ta == nil || tb == nil {
				continue
			}
			s, err := d.match(b, ta, tb)
			if err == nil {
				s.Name = name
				s.centres = d.partA.centres(name)
				return s, nil
			}
			if d.ctx.Err() != nil {
				return nil, err
			}
			if why == nil {
				why = err
			}
		}
	}
	if why == nil {
		why = refuse("the two have no table of tokens, patches or positions in common that the columns could be matched on")
	}
	return nil, why
}

// table finds a matrix outside of layers; of several the one with most elements.
func (p *deepPart) table(stream, role string) *deepTensor {
	var best *deepTensor
	for _, t := range p.tensors {
		if t.layer < 0 && t.stream == stream && t.role == role && !t.vector && (best == nil || t.elements() > best.elements()) {
			best = t
		}
	}
	return best
}

// centres reports whether normalisations subtract a mean: those have biases.
func (p *deepPart) centres(stream string) bool {
	return slices.ContainsFunc(p.tensors, func(t *deepTensor) bool {
		return t.stream == stream && strings.HasPrefix(t.role, "norm.") && strings.HasSuffix(t.role, ".bias")
	})
}

// match matches columns on one basis.
func (d *deepRun) match(b deepBasis, ta, tb *deepTensor) (*DeepStream, error) {
	e, f, words, byText, err := d.basisRows(b, ta, tb)
	if err != nil {
		return nil, err
	}
	m, err := align.Columns(e, f, align.Options{Workers: deepWorkers})
	if err != nil {
		return nil, refuse("columns of the %s cannot be matched: %s", b.words, err)
	}
	s := &DeepStream{Basis: words, Rows: e.Rows, Width: e.Cols, Clear: m.ClearCount, Live: m.Live,
		Statistic: m.Statistic, NullMean: m.NullMean, Z: m.Z, P: m.P, widthA: e.Cols, widthB: f.Cols, byText: byText}
	s.Found = m.P <= maxColumnsP
	switch {
	case !s.Found && e.Cols != f.Cols:
		return nil, refuse("the streams are %d and %d wide, and no columns of the %s belong together (p = %.2g)", e.Cols, f.Cols, b.words, m.P)
	case !s.Found:
		return s, nil // as they stand
	case m.Identity || m.Map.IsIdentity():
		s.Identity = true
		return s, nil
	}
	s.signed = m.Map
	for i := range e.Cols {
		j, flip := m.Map.At(i)
		if j >= 0 && j != i {
			s.Moved++
		}
		if flip {
			s.Flipped++
		}
	}
	return s, nil
}

// basisRows reads the rows that columns are matched on, and says which.
func (d *deepRun) basisRows(b deepBasis, ta, tb *deepTensor) (e, f align.Matrix, words string, byText bool, err error) {
	if b.role != "embedding.token" {
		e, f, words, err = d.wholeBasis(b, ta, tb)
		return e, f, words, false, err
	}
	if max(ta.cols, tb.cols) > align.MaxColumns {
		return e, f, "", false, refuse("the stream is %d columns wide, limit %d", max(ta.cols, tb.cols), align.MaxColumns)
	}
	ids, err := commonTokens(d.partA.tokenizer, d.partB.tokenizer, ta.rows, tb.rows)
	if err != nil {
		return e, f, "", false, err
	}
	pairs := sampleTokens(ids.pairs, max(align.MinTokens, min(maxTokens, tokensPerColumn*ta.cols)))
	rows := func(t *deepTensor, side int) (align.Matrix, error) {
		m := align.Matrix{Data: make([]float32, len(pairs)*t.cols), Rows: len(pairs), Cols: t.cols}
		for i, p := range pairs {
			if err := t.piece(d.ctx, int64(p[side])*int64(t.cols), m.Row(i)); err != nil {
				return m, err
			}
		}
		return m, nil
	}
	if e, err = rows(ta, 0); err == nil {
		f, err = rows(tb, 1)
	}
	return e, f, fmt.Sprintf("%s tokens, %s", wording.Thousands(len(pairs)), ids.how), ids.byText, err
}

func (d *deepRun) wholeBasis(b deepBasis, ta, tb *deepTensor) (e, f align.Matrix, words string, err error) {
	read := func(t *deepTensor) (align.Matrix, error) {
		if !b.across {
			return t.load(d.ctx)
		}
		x := *t
		x.turn()
		return x.load(d.ctx)
	}
	if e, err = read(ta); err == nil {
		f, err = read(tb)
	}
	if err != nil {
		return e, f, "", err
	}
	if e.Rows != f.Rows {
		return e, f, "", refuse("the %ss have %d and %d rows", b.words, e.Rows, f.Rows)
	}
	return e, f, fmt.Sprintf("the %s rows of the %s", wording.Thousands(e.Rows), b.words), nil
}

// A tokenMap tells which rows of two tables belong to the same token.
type tokenMap struct {
	pairs  [][2]int
	how    string
	byText bool
}

// commonTokens pairs the rows of two tables by id where the tokenizers have the
// same ids, and by their sampled tokens where they do not. Without tokenizers
// equal ids are assumed: where that is wrong, a relation is missed and none is
// made up.
func commonTokens(a, b *fingerprint.TokenizerPrint, rowsA, rowsB int) (tokenMap, error) {
	equal := func(n int, how string) (tokenMap, error) {
		n = min(n, rowsA, rowsB, maxTokenID)
		m := tokenMap{pairs: make([][2]int, n), how: how}
		for i := range n {
			m.pairs[i] = [2]int{i, i}
		}
		return m, nil
	}
	if a == nil || b == nil {
		if rowsA != rowsB {
			return equal(rowsA, "by id as far as the smaller table goes, equal ids being assumed as a tokenizer is missing")
		}
		return equal(rowsA, "by id, equal ids being assumed as a tokenizer is missing")
	}
	switch c := fingerprint.CompareTokenizers(a, b); c.Verdict {
	case fingerprint.SameTokenizer:
		return equal(rowsA, "by id, the tokenizers being the same")
	case fingerprint.Extends:
		return equal(rowsA, "by id, one tokenizer extending the other")
	case fingerprint.UnknownTokenizer:
		return equal(rowsA, "by id, equal ids being assumed as the tokens of one are not known")
	}
	at := map[uint64]uint32{}
	for _, t := range a.Sample {
		at[t.Hash] = t.ID
	}
	m := tokenMap{how: "by text, the tokenizers being different", byText: true}
	for _, t := range b.Sample {
		if id, ok := at[t.Hash]; ok && int64(id) < int64(rowsA) && int64(t.ID) < int64(rowsB) {
			m.pairs = append(m.pairs, [2]int{int(id), int(t.ID)})
		}
	}
	if len(m.pairs) < minSampledTokens {
		return m, refuse("the tokenizers are different, and their samples have %d tokens in common; %d are needed to match columns", len(m.pairs), minSampledTokens)
	}
	return m, nil
}

// minSampledTokens is how many tokens of two samples have to be common: with
// fewer than this the noise of a correlation, 0.12, hides most columns.
const minSampledTokens = 64

// sampleTokens chooses n pairs by the hash of A's id.
func sampleTokens(pairs [][2]int, n int) [][2]int {
	if len(pairs) <= n {
		return pairs
	}
	pairs = slices.Clone(pairs)
	slices.SortFunc(pairs, func(a, b [2]int) int {
		return cmp.Or(cmp.Compare(mix(uint64(a[0])), mix(uint64(b[0]))), a[0]-b[0])
	})
	pairs = pairs[:n]
	slices.SortFunc(pairs, func(a, b [2]int) int { return a[0] - b[0] })
	return pairs
}

// mix scatters a number: two multiplications by the golden ratio's digits.
func mix(x uint64) uint64 {
	hi, lo := bits.Mul64(x+0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9)
	hi, lo = bits.Mul64(hi^lo, 0x94d049bb133111eb)
	return hi ^ lo
}

// compareTable compares the rows of two tables piece by piece.
func (d *deepRun) compareTable(ctx context.Context, ta, tb *deepTensor, s *DeepStream, x *deepDistance) error {
	rows := min(ta.rows, tb.rows)
	per := max(1, deepPiece/max(ta.cols, tb.cols))
	a, b := make([]float32, per*ta.cols), make([]float32, per*tb.cols)
	for i := 0; i < rows; i += per {
		n := min(per, rows-i)
		if err := ta.piece(ctx, int64(i)*int64(ta.cols), a[:n*ta.cols]); err != nil {
			return err
		}
		if err := tb.piece(ctx, int64(i)*int64(tb.cols), b[:n*tb.cols]); err != nil {
			return err
		}
		d.progress.add(n * (ta.cols + tb.cols))
		x.matrices(align.Matrix{Data: a[:n*ta.cols], Rows: n, Cols: ta.cols}, align.Matrix{Data: b[:n*tb.cols], Rows: n, Cols: tb.cols},
			align.Signed{}, s.signed, coarser(ta.dtype, tb.dtype))
	}
	x.unmatched(int64(ta.rows-rows) * int64(ta.cols))
	return nil
}
