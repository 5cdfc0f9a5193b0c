package fingerprint

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"math"
	"slices"

	"github.com/modelbom/modelbom/pkg/format"
)

// A TensorDigests computes the digests of all tensors of one file whose bytes
// are written into it from the first to the last. Tensors may overlap.
type TensorDigests struct {
	header *format.Header
	order  []int // tensor numbers by offset
	next   int   // first of order that has not begun
	active []*tensorState
	pos    int64
	done   []Tensor
	ended  int
	buf    []byte
	// file is SHA-256 over the whole file when it is computed here, in one
	// stream of instructions with the payload digests.
	file *sha256State
}

// NewTensorDigests returns a sink for the file with the given header. Tensors
// with a Layout are not met in a single pass and are left out; see
// [DigestTensor].
func NewTensorDigests(h *format.Header) *TensorDigests {
	d := &TensorDigests{header: h, done: make([]Tensor, len(h.Tensors))}
	for i := range h.Tensors {
		if h.Tensors[i].Layout == nil {
			d.order = append(d.order, i)
		}
	}
	slices.SortStableFunc(d.order, func(a, b int) int { return cmp.Compare(h.Tensors[a].Offset, h.Tensors[b].Offset) })
	return d
}

// NewFileAndTensorDigests is NewTensorDigests for a sink that also computes the
// SHA-256 of the file itself. On processors with SHA extensions both take
// little more time than one of them; elsewhere it returns nil.
func NewFileAndTensorDigests(h *format.Header) *TensorDigests {
	if !canPair() {
		return nil
	}
	d := NewTensorDigests(h)
	d.file = newSHA256()
	return d
}

// FileSHA256 is the SHA-256 of what was written, for a sink made by
// NewFileAndTensorDigests.
func (d *TensorDigests) FileSHA256() string {
	sum := d.file.sum()
	return hex.EncodeToString(sum[:])
}

// Write takes the next bytes of the file. It never fails.
func (d *TensorDigests) Write(p []byte) (int, error) {
	begin, end := d.pos, d.pos+int64(len(p))
	beside := p // what the file's own digest has not had yet
	for d.next < len(d.order) && d.header.Tensors[d.order[d.next]].Offset <= end {
		n := d.order[d.next]
		d.next++
		s := newTensorState(n, &d.header.Tensors[n], d.header.BigEndian)
		if d.file != nil {
			s.pair = newSHA256()
		}
		d.active = append(d.active, s)
	}
	d.active = slices.DeleteFunc(d.active, func(s *tensorState) bool {
		from, to := max(s.begin, begin), min(s.end, end)
		if from < to {
			piece := p[from-begin : to-begin]
			if d.file != nil {
				n := min(len(beside), len(piece))
				writePair(d.file, beside[:n], s.pair, piece)
				beside = beside[n:]
			} else {
				s.payload.Write(piece)
			}
			d.buf = s.write(piece, d.buf)
		}
		if s.end > end {
			return false
		}
		d.done[s.number] = s.sum()
		d.ended++
		return true
	})
	if d.file != nil {
		writePair(d.file, beside, newSHA256(), nil)
	}
	d.pos = end
	return len(p), nil
}

// Tensors returns the digests in the order of the header's tensors, zero for
// those with a Layout. It is an error to ask before the last byte of every tensor was written.
func (d *TensorDigests) Tensors() ([]Tensor, error) {
	if d.ended != len(d.order) {
		return nil, fmt.Errorf("the file ended at byte %d, inside its tensors", d.pos)
	}
	return d.done, nil
}

// DigestTensor digests a tensor whose values come from a reader: row-major, in
// the tensor's own type, little-endian, whatever its Layout. Both digests are
// over these values. A quantisation that the file states beside the values
// stands in the Form, since equal integers with another scale are other values.
func DigestTensor(t *format.Tensor, values io.Reader) (Tensor, error) {
	plain := format.Tensor{Name: t.Name, DType: t.DType, Shape: t.Shape, Size: math.MaxInt64}
	s := newTensorState(0, &plain, false)
	buf, piece := []byte(nil), make([]byte, 64<<10)
	for {
		n, err := values.Read(piece)
		s.payload.Write(piece[:n])
		buf = s.write(piece[:n], buf)
		if err == io.EOF {
			break
		}
		if err != nil {
			return Tensor{}, err
		}
	}
	if len(s.carry) > 0 {
		return Tensor{}, fmt.Errorf("tensor %q ends inside an element", t.Name)
	}
	out := s.sum()
	if t.Layout != nil && t.Layout.Affine != nil {
		out.Form = format.DType(fmt.Sprintf("%s*%g%+g", out.Form, t.Layout.Affine.Scale, t.Layout.Affine.Min))
	}
	return out, nil
}

// A tensorState digests one tensor.
type tensorState struct {
	number     int
	begin, end int64
	dtype      format.DType
	width      int // bytes of an element, 1 when values are not looked into
	big        bool
	payload    hash.Hash
	pair       *sha256State // instead of payload when paired with the file's
	stored     hash.Hash    // over the stored form in little-endian; nil when payload serves
	candidates []candidate
	carry      []byte // the first bytes of an element cut by the end of a Write
}

// A candidate is a narrower form that still holds all values seen.
type candidate struct {
	form format.DType
	hash hash.Hash
}

func newTensorState(number int, t *format.Tensor, bigEndian bool) *tensorState {
	s := &tensorState{number: number, begin: t.Offset, end: t.Offset + t.Size, dtype: t.DType, width: 1, payload: sha256.New()}
	narrow, float := narrower(t.DType)
	elements, bytes, known := t.DType.Block()
	switch {
	case float:
		s.width = width(t.DType)
	case known && elements == 1:
		s.width = int(bytes)
	}
	for _, f := range narrow {
		s.candidates = append(s.candidates, candidate{f, sha256.New()})
	}
	if bigEndian {
		s.big = s.width > 1
		if s.big {
			s.stored = sha256.New()
		} else if elements > 1 {
			s.dtype += "_BE"
		}
	}
	return s
}

// chunk is how many bytes are converted at a time: small enough to stay in the
// first-level cache with its converted twin.
const chunk = 8 << 10

// write takes the next bytes of the tensor for its value digest; buf is scratch
// space that is handed back, possibly grown.
func (s *tensorState) write(p, buf []byte) []byte {
	if s.stored == nil && len(s.candidates) == 0 {
		return buf
	}
	if len(s.carry) > 0 {
		n := min(s.width-len(s.carry), len(p))
		s.carry = append(s.carry, p[:n]...)
		p = p[n:]
		if len(s.carry) < s.width {
			return buf
		}
		buf = s.values(s.carry, buf)
		s.carry = s.carry[:0]
	}
	whole := len(p) - len(p)%s.width
	s.carry = append(s.carry, p[whole:]...)
	for p = p[:whole]; len(p) > 0; {
		n := min(len(p), chunk)
		buf = s.values(p[:n], buf)
		p = p[n:]
	}
	return buf
}

// values takes whole elements.
func (s *tensorState) values(p, buf []byte) []byte {
	if s.big {
		p = swap(make([]byte, 0, len(p)), p, s.width)
		s.stored.Write(p)
	}
	s.candidates = slices.DeleteFunc(s.candidates, func(c candidate) bool {
		out, ok := narrow(buf[:0], p, s.dtype, c.form)
		buf = out
		if ok {
			c.hash.Write(out)
		}
		return !ok
	})
	return buf
}

func (s *tensorState) sum() Tensor {
	t := Tensor{Form: s.dtype}
	if s.pair != nil {
		t.Payload = s.pair.sum()
	} else {
		s.payload.Sum(t.Payload[:0])
	}
	switch {
	case len(s.candidates) > 0:
		t.Form = s.candidates[0].form
		s.candidates[0].hash.Sum(t.Value[:0])
	case s.stored != nil:
		s.stored.Sum(t.Value[:0])
	default:
		t.Value = t.Payload
	}
	return t
}
