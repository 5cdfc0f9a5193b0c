// Package align undoes rearrangements that keep a network's function: the
// permutation and the signs of the residual stream, and of hidden units.
//
// Two models are read in full, A in its own coordinates and B in coordinates
// that somebody may have shuffled. Everything here answers "which coordinate of
// B is this one of A", and then compares B, put into A's coordinates, with the
// same statistic that is used for models nobody disguised:
//
//   - [Columns] matches the columns of two embeddings over common tokens, which
//     gives the signed permutation of the residual stream.
//   - [Plan] carries it to every matrix that reads or writes the stream.
//   - [Rows] matches hidden units, one by one, by their rows.
//   - [Agreement] counts equal signs about window medians after rearranging.
//   - [Rotation] finds an orthogonal map instead, for streams that were rotated.
//
// # What is evidence and what is not
//
// A best match always exists and always looks better than chance, so a maximum
// is never compared with the null of a fixed pair. Each search has its own null
// (see [Match]), and weights that chose a match must not be counted as agreeing
// with it. Fit on one thing, test on another: columns are matched on embeddings
// and tested on projections; rows are matched on "up" and tested on "gate" and
// "down", or matched on one half of the columns and tested on the other (see
// [Half]). Where that is not possible, [AgreementNull] repeats the search
// against layers that do not belong together.
//
// Embeddings of unrelated models over the same tokens do correlate: both know
// which tokens are rare. The null of Columns therefore keeps the strength of
// that common structure and asks only whether it lies along the axes. A
// significant match says that two embeddings share a coordinate system; that
// the other weights are related is for Agreement to say.
//
// # Cost
//
// The functions are pure, allocate what their comments say and start goroutines
// only when [Options.Workers] is above 1. Results do not depend on the number of
// workers. Values that are not finite are counted and never used.
package align

import (
	"errors"
	"fmt"
	"math"
)

const (
	// MaxColumns is the widest residual stream: its correlations take 256 MB.
	MaxColumns = 8192
	// MaxRows bounds the number of rows that Rows matches: 2^16 squared pairs of
	// 512 bytes each are minutes of work.
	MaxRows = 1 << 16
	// MinTokens is the smallest number of rows for Columns: with fewer,
	// correlations of unrelated columns come close to one.
	MinTokens = 32
)

var (
	// ErrShape is wrapped by errors about sizes that do not fit.
	ErrShape = errors.New("shapes do not fit")
	// ErrLimit is wrapped by errors about sizes above a limit of this package.
	ErrLimit = errors.New("too large")
	// ErrSingular says that a rotation is not determined by the data.
	ErrSingular = errors.New("rotation not determined")
)

// A Matrix is a row-major matrix; Data has Rows*Cols elements.
type Matrix struct {
	Data       []float32
	Rows, Cols int
}

// Row returns row i, not copied.
func (m Matrix) Row(i int) []float32 { return m.Data[i*m.Cols : (i+1)*m.Cols] }

func (m Matrix) check(name string) error {
	if m.Rows < 0 || m.Cols < 0 || m.Cols > 0 && m.Rows > math.MaxInt/m.Cols || m.Rows*m.Cols != len(m.Data) {
		return fmt.Errorf("%w: %s is %d x %d with %d elements", ErrShape, name, m.Rows, m.Cols, len(m.Data))
	}
	return nil
}

func checkPair(a, b Matrix) error {
	if err := a.check("first matrix"); err != nil {
		return err
	}
	return b.check("second matrix")
}

// Options say how to work.
type Options struct {
	// Workers is the number of goroutines; 0 and 1 start none.
	Workers int
	// Half restricts Rows and Agreement to every other window of columns.
	Half Half
	// Positive forbids Rows to match a row to one of opposite sign. A gated
	// unit may be flipped in "up" (with "down"), never in "gate".
	Positive bool
}

// A Half chooses windows of 32 consecutive columns, so that a match made on one
// half can be tested on the other. Rows and Agreement mean the same windows only
// when every column has a partner and there are at least 32, as after
// [Rearrange].
type Half int

const (
	Whole Half = iota
	Even       // windows 0, 2, 4, ...
	Odd        // windows 1, 3, 5, ...
)

func (h Half) has(window int) bool {
	return h == Whole || (h == Odd) == (window&1 == 1)
}

// Signed is a signed permutation from A's coordinates to B's: coordinate i of A
// is coordinate Index[i] of B, negated where Flip[i]. A nil Index is the
// identity, a nil Flip flips nothing, an index of -1 has no counterpart.
type Signed struct {
	Index []int
	Flip  []bool
}

// At returns B's coordinate for A's coordinate i, and whether it is negated.
func (s Signed) At(i int) (j int, flip bool) {
	j = i
	if s.Index != nil {
		j = s.Index[i]
	}
	return j, s.Flip != nil && s.Flip[i]
}

// IsIdentity reports whether nothing is moved or negated.
func (s Signed) IsIdentity() bool {
	for i, j := range s.Index {
		if i != j {
			return false
		}
	}
	for _, f := range s.Flip {
		if f {
			return false
		}
	}
	return true
}

// check reports whether s maps n coordinates into m, none twice.
func (s Signed) check(n, m int) error {
	if s.Index != nil && len(s.Index) != n || s.Flip != nil && len(s.Flip) != n || s.Index == nil && n > m {
		return fmt.Errorf("%w: map of %d coordinates (%d signs) for %d of %d", ErrShape, len(s.Index), len(s.Flip), n, m)
	}
	seen := make([]bool, m)
	for i, j := range s.Index {
		if j < -1 || j >= m || j >= 0 && seen[j] {
			return fmt.Errorf("%w: coordinate %d maps to %d, used twice or not below %d", ErrShape, i, j, m)
		}
		if j >= 0 {
			seen[j] = true
		}
	}
	return nil
}
