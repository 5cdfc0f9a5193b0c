package align

import "fmt"

// A Kind is what a tensor has to do with the residual stream (width d) and with
// hidden units. All kinds but Gate negate where the map says so.
type Kind int

const (
	Embedding  Kind = iota // [vocabulary, d]: columns are the stream
	Head                   // [vocabulary, d], tied or not: columns are the stream
	Input                  // q, k, v, up [out, d]: columns the stream, rows hidden units
	Gate                   // gate [hidden, d]: as Input, but a unit's sign is not undone
	Output                 // o, down [d, in]: rows the stream, columns hidden units
	Gain                   // scale of a normalisation [d]: moved, never negated
	Bias                   // bias that is added to the stream [d]: moved and negated
	HiddenBias             // bias of hidden units [hidden]
)

// A Plan says how to bring model B's tensors into model A's coordinates.
// Residual holds for the whole model, Hidden for the tensors of one
// feed-forward or attention block; leave it empty where units were not matched.
//
// Signs keep a network's function only under normalisation without a mean
// (RMSNorm); with LayerNorm a disguise can permute and not negate, and a match
// with mixed signs deserves suspicion.
type Plan struct {
	Residual, Hidden Signed
}

// WithHidden returns the plan for one block.
func (p Plan) WithHidden(hidden Signed) Plan {
	p.Hidden = hidden
	return p
}

// Apply returns m in A's coordinates, a copy; vectors are 1 x d. A coordinate
// of A without a counterpart is zero.
func (p Plan) Apply(k Kind, m Matrix) (Matrix, error) {
	var rows, cols Signed
	switch k {
	case Embedding, Head:
		cols = p.Residual
	case Input:
		rows, cols = p.Hidden, p.Residual
	case Gate:
		rows, cols = Signed{Index: p.Hidden.Index}, p.Residual
	case Output:
		rows, cols = p.Residual, p.Hidden
	case Gain:
		cols = Signed{Index: p.Residual.Index}
	case Bias:
		cols = p.Residual
	case HiddenBias:
		cols = p.Hidden
	default:
		return Matrix{}, fmt.Errorf("%w: kind %d", ErrShape, k)
	}
	return Rearrange(m, rows, cols, length(rows, m.Rows), length(cols, m.Cols))
}

func length(s Signed, otherwise int) int {
	if s.Index == nil {
		return otherwise
	}
	return len(s.Index)
}

// Rearrange returns v in coordinates of which row i is v's row rows.At(i), and
// column i its column cols.At(i): nRows x nCols, a copy. What has no counterpart
// is zero.
func Rearrange(v Matrix, rows, cols Signed, nRows, nCols int) (Matrix, error) {
	if err := v.check("matrix"); err != nil {
		return Matrix{}, err
	}
	if nRows < 0 || nCols < 0 {
		return Matrix{}, fmt.Errorf("%w: result of %d x %d", ErrShape, nRows, nCols)
	}
	if err := rows.check(nRows, v.Rows); err != nil {
		return Matrix{}, fmt.Errorf("rows: %w", err)
	}
	if err := cols.check(nCols, v.Cols); err != nil {
		return Matrix{}, fmt.Errorf("columns: %w", err)
	}
	out := Matrix{make([]float32, nRows*nCols), nRows, nCols}
	places := pairedColumns(nCols, cols)
	for i := range nRows {
		j, flip := rows.At(i)
		if j < 0 {
			continue
		}
		from, to, sign := v.Row(j), out.Row(i), signOf(flip)
		for _, p := range places {
			to[p.at] = sign * p.sign * from[p.from]
		}
	}
	return out, nil
}
