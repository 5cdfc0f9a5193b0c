package fingerprint

import (
	"encoding/binary"
	"io"
	"math"

	"github.com/modelbom/modelbom/pkg/format"
	"github.com/modelbom/modelbom/pkg/tensor"
)

// Keys are integers that are ordered as the values of a type are, so that the
// extremes of a window are found without decoding: the bits of a floating-point
// number, turned round for negative ones. Types that have no such bits are
// decoded to float32 and give its keys, which order the same.

// A keyReader reads the keys of windows from stored bytes.
type keyReader struct {
	dtype format.DType // of the fast ways, empty when values are decoded
	inf   int32        // the key of infinity
	quick func(block []byte, first int, k *[WindowSize]int32) bool

	per    int
	memory *memory
	reader *tensor.Reader
	values []float32 // of the bytes that were decoded as a whole
}

// newKeyReader reads from pieces of the given number of units.
func newKeyReader(dtype format.DType, bigEndian bool, units int64) (*keyReader, error) {
	per, size, _ := dtype.Block()
	if !bigEndian {
		switch dtype {
		case "BF16":
			return &keyReader{dtype: dtype, inf: 0x7f80}, nil
		case "F16":
			return &keyReader{dtype: dtype, inf: 0x7c00}, nil
		case "F32":
			return &keyReader{dtype: dtype, inf: 0x7f800000}, nil
		}
	}
	k := &keyReader{inf: 0x7f800000, per: int(per), memory: &memory{}}
	if !bigEndian {
		k.quick = quickKeys[dtype]
	}
	t := &format.Tensor{DType: dtype, Shape: []uint64{uint64(units * per)}, Size: units * size}
	var err error
	k.reader, err = tensor.Open(func(string) (io.ReaderAt, int64, error) { return k.memory, t.Size, nil }, t, bigEndian)
	if per > WindowSize {
		k.values = make([]float32, units*per)
	}
	return k, err
}

// begin takes the bytes that the next keys are read from. It reports false when
// they cannot be decoded.
func (r *keyReader) begin(b []byte) bool {
	if r.memory == nil {
		return true
	}
	r.memory.data = b
	return r.values == nil || r.reader.Decode(0, r.values) == nil
}

// read reads the keys of the elements from first on.
func (r *keyReader) read(b []byte, first int, k *[WindowSize]int32) bool {
	switch r.dtype {
	case "BF16", "F16":
		b = b[2*first:][:2*WindowSize]
		for i := range k {
			v := int32(int16(binary.LittleEndian.Uint16(b[2*i:])))
			k[i] = v ^ v>>31&0x7fff
		}
		return true
	case "F32":
		b = b[4*first:][:4*WindowSize]
		for i := range k {
			v := int32(binary.LittleEndian.Uint32(b[4*i:]))
			k[i] = v ^ v>>31&math.MaxInt32
		}
		return true
	}
	var window [WindowSize]float32
	values := window[:]
	if r.values != nil {
		values = r.values[first:][:WindowSize]
	} else if r.reader.Decode(int64(first), values) != nil {
		return false
	}
	for i, f := range values {
		v := int32(math.Float32bits(f))
		k[i] = v ^ v>>31&math.MaxInt32
	}
	return true
}

// A memory is a file in memory whose bytes are exchanged.
type memory struct{ data []byte }

func (m *memory) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= int64(len(m.data)) {
		return 0, io.EOF
	}
	n := copy(p, m.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// quickKeys order the elements of one window of a super-block without decoding
// all of it. They may be used to pass over rows and for nothing else: where they
// see one largest element, the rounded values may have two, but never another.
// They report false where the scale turns the order round or is not finite.
var quickKeys = map[format.DType]func(block []byte, first int, k *[WindowSize]int32) bool{
	"Q4_K": quickQ4K, "Q5_K": quickQ5K, "Q6_K": quickQ6K,
}

// positiveHalf reports a binary16 above zero that is finite.
func positiveHalf(b []byte) bool {
	h := binary.LittleEndian.Uint16(b)
	return h != 0 && h < 0x7c00
}

// positiveScale reports whether sub-block s of Q4_K and Q5_K has a scale.
func positiveScale(p []byte, s int) bool {
	if s < 4 {
		return p[s]&63 != 0
	}
	return p[s+4]&15 != 0 || p[s-4]>>6 != 0
}

func quickQ4K(b []byte, first int, k *[WindowSize]int32) bool {
	s := first / WindowSize
	shift := s % 2 * 4
	for i, q := range b[16+s/2*32:][:WindowSize] {
		k[i] = int32(q >> shift & 15)
	}
	return positiveHalf(b) && positiveScale(b[4:16], s)
}

func quickQ5K(b []byte, first int, k *[WindowSize]int32) bool {
	s := first / WindowSize
	shift := s % 2 * 4
	high := b[16:48]
	for i, q := range b[48+s/2*32:][:WindowSize] {
		k[i] = int32(q>>shift&15 | high[i]>>s&1<<4)
	}
	return positiveHalf(b) && positiveScale(b[4:16], s)
}

// quickQ6K multiplies by the scales of the window's two sub-blocks: all are
// multiples of one number, so that the products order as the values do.
func quickQ6K(b []byte, first int, k *[WindowSize]int32) bool {
	s := first / 16
	quarter := s % 8 / 2
	low, high := b[s/8*64+quarter%2*32:], b[128+s/8*32:]
	for i := range k {
		q := low[i]>>(quarter/2*4)&15 | high[i]>>(quarter*2)&3<<4
		k[i] = int32(int8(b[192+s+i/16])) * (int32(q) - 32)
	}
	return positiveHalf(b[208:])
}
