package fingerprint

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// An arrangement looks at the elements of a tensor as a matrix of rows by cols.
// At gives the number of an element in row-major order of the tensor.
type arrangement struct {
	transform  string
	rows, cols uint64
	at         func(row, col uint64) uint64
	// by is what at depends on beside all these and the shape as a matrix.
	by uint64
}

// A canonical is a tensor as a matrix.
//
// Dimensions of one element are left out, so that a gain of shape [1, 1, 768] is
// a vector and a table of positions of shape [1, 197, 768] a matrix. The last of
// two dimensions is the faster one. Of more dimensions the first gives the rows,
// as in the kernels of convolutions; only experts, which are stacked matrices,
// and the kernels of TensorFlow.js, whose last dimension is the outputs, keep
// the last dimension as columns.
type canonical struct {
	dims        []uint64 // without those of one element
	rows, cols  uint64
	experts     uint64 // stacked matrices, 0 when there are none
	kernel      []uint64
	depthwise   bool
	flat, empty bool
}

// canonicalOf is false when the number of elements overflows.
func canonicalOf(name string, shape []uint64, o SketchOptions) (canonical, uint64, bool) {
	n := uint64(1)
	var c canonical
	for _, d := range shape {
		if d == 0 {
			return canonical{empty: true}, 0, true
		}
		hi, lo := bits.Mul64(n, d)
		if hi != 0 || lo > 1<<62 {
			return c, 0, false
		}
		n = lo
		if d != 1 {
			c.dims = append(c.dims, d)
		}
	}
	k := len(c.dims)
	if k < 2 {
		return c, n, true
	}
	c.rows, c.cols = c.dims[0], n/c.dims[0]
	words := words(name)
	if k > 2 && (hasAny(words, "experts", "expert", "exps")) {
		c.experts = c.dims[0]
		c.rows, c.cols = n/c.dims[k-1], c.dims[k-1]
	}
	if o.Format == "tfjs" && len(shape) == 4 && k > 2 {
		c.kernel, c.depthwise = shape, hasAny(words, "depthwise", "depthwise_kernel", "depthwise_weights")
		c.rows, c.cols = n/c.dims[k-1], c.dims[k-1]
	}
	if c.cols < WindowSize {
		c.flat, c.rows, c.cols = true, n/WindowSize, WindowSize
	}
	return c, n, true
}

// arrangements returns the views of a matrix, as it is stored first. Others are
// added where a checkpoint of another kind may hold the same elements in another
// order; single elements of columns are only worth reading when they are cheap.
func (c *canonical) arrangements(name string, single bool, o SketchOptions) []arrangement {
	cols := c.cols
	stored := func(row, col uint64) uint64 { return row*cols + col }
	list := []arrangement{{transform: Stored, rows: c.rows, cols: cols, at: stored}}
	if c.kernel != nil && single {
		list = append(list, c.outputsFirst())
	}
	if c.flat {
		return list
	}
	if c.experts > 1 {
		return append(list, c.expertViews()...)
	}
	if len(c.dims) != 2 {
		return list
	}
	var across []arrangement
	if single && c.rows >= WindowSize && cols >= WindowSize {
		across = []arrangement{{transform: Transposed, rows: cols, cols: c.rows, at: func(row, col uint64) uint64 { return col*cols + row }}}
		list = append(list, across...)
	}
	return append(list, c.parts(name, list[0], across, o)...)
}

// parts returns the views of what a tensor joins, and that of rows in another
// order, as far as its name says so.
func (c *canonical) parts(name string, stored arrangement, across []arrangement, o SketchOptions) []arrangement {
	role, _, _ := RoleOf(name)
	words := words(name)
	switch strings.TrimPrefix(role, "decoder.") {
	case "attention.q", "attention.k":
		if o.Format == "gguf" || hasAny(words, "wq", "wk") {
			return c.rotary(strings.HasSuffix(role, "k"), name, o)
		}
	case "attention.qkv":
		if c.cols == 3*c.rows && across != nil { // GPT-2's Conv1D
			return ranges(across[0], c.rows, 2*c.rows)
		}
		var list []arrangement
		if q, kv := thirds(c.rows, name, o); q > 0 {
			list = ranges(stored, q, q+kv)
		}
		if strings.Contains(strings.Join(words, " "), "query key value") { // joined in ranges by some, head by head by others
			list = append(list, c.headThirds(name, stored, o)...)
		}
		return list
	case "mlp.gate-up":
		if c.rows%2 == 0 {
			return ranges(stored, c.rows/2)
		}
	}
	return nil
}

// heads are those that the options give for a tensor.
func (o *SketchOptions) heads(name string) (heads, kv uint64) {
	h, k := o.Heads, o.KVHeads
	if o.HeadsOf != nil {
		h, k = o.HeadsOf(name)
	}
	if k <= 0 {
		k = h
	}
	return uint64(max(h, 0)), uint64(max(k, 0))
}

// thirds returns the rows of queries, and those of keys as of values, in a
// tensor that joins all three; 0 when that cannot be.
func thirds(rows uint64, name string, o SketchOptions) (q, kv uint64) {
	heads, kvHeads := o.heads(name)
	if all := heads + 2*kvHeads; heads > 0 && all < rows && rows%all == 0 {
		return rows / all * heads, rows / all * kvHeads
	}
	if rows%3 == 0 {
		return rows / 3, rows / 3
	}
	return 0, 0
}

// headThirds returns queries, keys and values of a tensor that joins them head by
// head, as GPT-NeoX does: the rows of a head's query, of its key, of its value,
// then those of the next head.
func (c *canonical) headThirds(name string, stored arrangement, o SketchOptions) []arrangement {
	heads, kv := o.heads(name)
	if heads == 0 || kv != heads || c.rows%(3*heads) != 0 {
		return nil
	}
	d := c.rows / (3 * heads)
	var list []arrangement
	for third := range uint64(3) {
		list = append(list, arrangement{fmt.Sprintf("heads %d/3", third), c.rows / 3, c.cols, func(row, col uint64) uint64 {
			return stored.at((row/d*3+third)*d+row%d, col)
		}, d})
	}
	return list
}

// ranges cuts the rows of an arrangement.
func ranges(whole arrangement, cuts ...uint64) []arrangement {
	var list []arrangement
	from := uint64(0)
	for _, to := range append(cuts, whole.rows) {
		first := from
		transform := strings.TrimSpace(fmt.Sprintf("%s rows %d:%d", whole.transform, from, to))
		list = append(list, arrangement{transform, to - from, whole.cols, func(row, col uint64) uint64 { return whole.at(first+row, col) }, whole.by})
		from = to
	}
	return list
}

// rotary returns the arrangement that undoes how llama.cpp's converter and the
// original Llama checkpoints order the rows of queries and keys: in pairs
// that are rotated together, where transformers has all first ones of a head
// before all second ones (permute of convert_hf_to_gguf.py:
// reshape(heads, 2, d/2, columns).swapaxes(1, 2)).
func (c *canonical) rotary(keys bool, name string, o SketchOptions) []arrangement {
	heads, kv := o.heads(name)
	if keys {
		heads = kv
	}
	if heads == 0 || c.rows%heads != 0 || c.rows/heads%2 != 0 {
		return nil
	}
	d, cols := c.rows/heads, c.cols
	return []arrangement{{RotaryPairs, c.rows, cols, func(row, col uint64) uint64 {
		head, i := row/d, row%d
		return (head*d+i%(d/2)*2+i/(d/2))*cols + col
	}, d}}
}

// maxExperts bounds the experts of a stack that have views of their own.
const maxExperts = 8

// expertViews gives some experts of a stack on their own, as other checkpoints
// store them.
func (c *canonical) expertViews() []arrangement {
	var list []arrangement
	rows, cols := c.rows/c.experts, c.cols
	chosen := smallest(rowLeaders(), c.experts, maxExperts)
	slices.Sort(chosen)
	for _, e := range chosen {
		list = append(list, arrangement{fmt.Sprintf("expert %d", e), rows, cols, func(row, col uint64) uint64 {
			return (e*rows+row)*cols + col
		}, 0})
	}
	return list
}

// outputsFirst arranges a kernel of TensorFlow, [height, width, inputs, outputs],
// as other frameworks store it: outputs, inputs, height, width. The
// outputs of a depthwise kernel are its inputs times its multiplier.
func (c *canonical) outputsFirst() arrangement {
	hw, in, out := c.kernel[0]*c.kernel[1], c.kernel[2], c.kernel[3]
	if c.depthwise {
		in, out = 1, in*out
	}
	cols := in * hw
	a := arrangement{OutputsFirst, out, cols, func(row, col uint64) uint64 {
		return (col%hw*in+col/hw)*out + row
	}, hw}
	if cols < WindowSize {
		inner := a.at
		a.rows, a.cols = out*cols/WindowSize, WindowSize
		a.at = func(row, col uint64) uint64 {
			n := row*WindowSize + col
			return inner(n/cols, n%cols)
		}
	}
	return a
}
