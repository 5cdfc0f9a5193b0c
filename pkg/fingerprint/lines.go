package fingerprint

import (
	"encoding/binary"
	"math"

	"github.com/modelbom/modelbom/pkg/format"
)

// A rowScan makes the set of rows of a matrix whose bytes pass by.
type rowScan struct {
	spec       *lineSpec
	keys       *keyReader
	set        codeSet
	begin      int64 // place of the next row's first needed byte
	step, span int64 // bytes from a row to the next, and needed bytes of a row
	left       uint64
	first      uint64 // element of the row that the span begins with
	carry      []byte // the first bytes of a span cut by the end of a Write
	k          [WindowSize]int32
}

func newRowScan(spec *lineSpec, dtype format.DType, bigEndian bool, begin int64) (*rowScan, error) {
	per, size, _ := dtype.Block()
	from := spec.starts[0] / uint64(per)
	to := (spec.starts[lineWindows-1] + WindowSize + uint64(per) - 1) / uint64(per)
	s := &rowScan{spec: spec, set: newCodeSet(spec), left: spec.count, first: from * uint64(per)}
	s.begin, s.step, s.span = begin+int64(from)*size, int64(spec.length)/per*size, int64(to-from)*size
	var err error
	s.keys, err = newKeyReader(dtype, bigEndian, int64(to-from))
	return s, err
}

// write takes the bytes p of the file from the place at on.
func (s *rowScan) write(p []byte, at int64) {
	end := at + int64(len(p))
	for s.left > 0 && s.begin+int64(len(s.carry)) < end {
		from := s.begin - at
		if from >= 0 && s.begin+s.span <= end {
			s.row(p[from:][:s.span])
		} else {
			have := int64(len(s.carry))
			s.carry = append(s.carry, p[max(0, from+have):min(int64(len(p)), from+s.span)]...)
			if int64(len(s.carry)) < s.span {
				return
			}
			s.row(s.carry)
			s.carry = s.carry[:0]
		}
		s.begin += s.step
		s.left--
	}
}

// row takes the needed bytes of a row.
func (s *rowScan) row(b []byte) {
	first := int(s.spec.starts[0] - s.first)
	if s.keys.quick != nil && s.passedOver(b) {
		return
	}
	if !s.keys.begin(b) || !s.keys.read(b, first, &s.k) || leastPart(highest(&s.k)) >= s.set.limit {
		return
	}
	var e [lineWindows]uint32
	for i, start := range s.spec.starts {
		if i > 0 && !s.keys.read(b, int(start-s.first), &s.k) {
			return
		}
		var ok bool
		if e[i], ok = extremes(&s.k, s.keys.inf); !ok || i == 0 && firstPart(e[0]) >= s.set.limit {
			return
		}
	}
	s.set.add(firstPart(e[0]) | restPart(e[1], e[2]))
}

// passedOver reports, without decoding, that a row has no code or a large one.
func (s *rowScan) passedOver(b []byte) bool {
	for i, start := range s.spec.starts {
		if !s.keys.quick(b, int(start-s.first), &s.k) {
			return false
		}
		if i == 0 && leastPart(highest(&s.k)) >= s.set.limit {
			return true
		}
		e, unique := extremes(&s.k, math.MaxInt32)
		if !unique || i == 0 && firstPart(e) >= s.set.limit {
			return true
		}
	}
	return false
}

// A columnScan makes the set of columns of a matrix whose bytes pass by: it
// keeps the rows of one window at a time.
type columnScan struct {
	spec    *lineSpec
	keys    *keyReader
	begin   int64 // place of the first row
	step    int64 // bytes of a row
	window  int
	rows    []byte // of the window, as far as they are there
	columns []columnCode
	k       [WindowSize]int32
}

// A columnCode is a column that may be among those kept.
type columnCode struct {
	column uint32
	codes  [lineWindows]uint32
}

func newColumnScan(spec *lineSpec, dtype format.DType, bigEndian bool, begin int64) (*columnScan, error) {
	_, size, _ := dtype.Block()
	s := &columnScan{spec: spec, begin: begin, step: int64(spec.across) * size}
	var err error
	s.keys, err = newKeyReader(dtype, bigEndian, int64(spec.across)*WindowSize)
	return s, err
}

// memory is the bytes that the scan holds.
func (s *columnScan) memory() int64 { return s.step*WindowSize + int64(s.spec.count)*16 }

// write takes the bytes p of the file from the place at on.
func (s *columnScan) write(p []byte, at int64) {
	for s.window < lineWindows {
		from := s.begin + int64(s.spec.starts[s.window])*s.step - at
		to := from + s.step*WindowSize
		have := int64(len(s.rows))
		if from+have >= int64(len(p)) {
			return
		}
		if s.rows == nil {
			s.rows = make([]byte, 0, s.step*WindowSize)
		}
		s.rows = append(s.rows, p[from+have:min(to, int64(len(p)))]...)
		if int64(len(s.rows)) < s.step*WindowSize {
			return
		}
		s.complete()
		s.rows = s.rows[:0]
		s.window++
	}
	s.rows = nil
}

// complete takes a whole window: the first of all columns, which chooses
// candidates, then those of the candidates.
func (s *columnScan) complete() {
	if !s.keys.begin(s.rows) {
		s.columns = nil
		return
	}
	if s.window == 0 {
		s.every()
		s.candidates()
		return
	}
	var tile [WindowSize][WindowSize]int32
	kept := s.columns[:0]
	last := -1
	for _, c := range s.columns {
		group := min(int(c.column)/WindowSize*WindowSize, int(s.spec.count)-WindowSize)
		if group != last {
			s.tile(group, &tile)
			last = group
		}
		e, ok := extremes(&tile[int(c.column)-group], s.keys.inf)
		if c.codes[s.window] = e; ok {
			kept = append(kept, c)
		}
	}
	s.columns = kept
}

// every takes the first window of all columns.
func (s *columnScan) every() {
	var tile [WindowSize][WindowSize]int32
	s.columns = make([]columnCode, 0, s.spec.count)
	for c := 0; c < int(s.spec.count); {
		group := min(c, int(s.spec.count)-WindowSize)
		s.tile(group, &tile)
		for ; c < group+WindowSize; c++ {
			if e, ok := extremes(&tile[c-group], s.keys.inf); ok {
				s.columns = append(s.columns, columnCode{column: uint32(c), codes: [lineWindows]uint32{e}})
			}
		}
	}
}

// tile reads WindowSize columns of the window, one after the other.
func (s *columnScan) tile(column int, tile *[WindowSize][WindowSize]int32) {
	for row := range WindowSize {
		s.keys.read(s.rows, row*int(s.spec.across)+column, &s.k)
		for i, v := range s.k {
			tile[i][row] = v
		}
	}
}

// candidates keeps the columns whose first parts are smallest: all that have
// one of the smallest parts that twice MaxRowCodes columns have. Columns that turn
// out to have no code leave a smaller set, of the smallest codes all the same.
func (s *columnScan) candidates() {
	const enough = 2 * MaxRowCodes
	if len(s.columns) <= enough {
		return
	}
	var with [1 << 10]int // columns by first part
	for _, c := range s.columns {
		with[firstPart(c.codes[0])>>20]++
	}
	limit, n := uint32(0), 0
	for ; n < enough; limit++ {
		n += with[limit]
	}
	kept := make([]columnCode, 0, n)
	for _, c := range s.columns {
		if firstPart(c.codes[0])>>20 < limit {
			kept = append(kept, c)
		}
	}
	s.columns = kept
}

func (s *columnScan) result() []uint32 {
	set := newCodeSet(s.spec)
	if s.window == lineWindows {
		for _, c := range s.columns {
			set.add(firstPart(c.codes[0]) | restPart(c.codes[1], c.codes[2]))
		}
	}
	return set.result()
}

// lines makes the sets of a tensor that is read on demand: it is passed by the
// scans as float32, no more of it than they need.
func (j *job) lines(s *subject) error {
	if spec := j.rows; spec != nil {
		scan, err := newRowScan(spec, "F32", false, 0)
		if err != nil {
			return err
		}
		first, n := spec.starts[0], spec.starts[lineWindows-1]+WindowSize-spec.starts[0]
		values, bytes := make([]float32, n), make([]byte, 4*n)
		for row := range spec.count {
			if err := s.decode(int64(row*spec.length+first), values); err != nil {
				return err
			}
			scan.row(float32Bytes(bytes, values))
		}
		j.sketch.Rows = scan.set.result()
	}
	if spec := j.columns; spec != nil {
		scan, err := newColumnScan(spec, "F32", false, 0)
		if err != nil {
			return err
		}
		values, bytes := make([]float32, spec.across), make([]byte, 4*spec.across)
		for _, start := range spec.starts {
			for row := start; row < start+WindowSize; row++ {
				if err := s.decode(int64(row*spec.across), values); err != nil {
					return err
				}
				scan.write(float32Bytes(bytes, values), int64(row)*scan.step)
			}
		}
		j.sketch.Columns = scan.result()
	}
	return nil
}

func float32Bytes(dst []byte, values []float32) []byte {
	for i, v := range values {
		binary.LittleEndian.PutUint32(dst[4*i:], math.Float32bits(v))
	}
	return dst
}
