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
	window [WindowSize]float32
}

// newKeyReader reads from pieces of the given number of units.
func newKeyReader(dtype format.DType, bigEndian bool, units int64) (*keyReader, error) {
	per, size, _ := dtype.Block()
	switch dtype { // of one byte
	case "I8", "U8":
		return &keyReader{dtype: dtype, inf: math.MaxInt32}, nil
	case "F8_E4M3":
		return &keyReader{dtype: dtype, inf: 0x7f}, nil // no infinity, one NaN
	case "F8_E5M2":
		return &keyReader{dtype: dtype, inf: 0x7c}, nil
	}
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
		b := (*[2 * WindowSize]byte)(b[2*first:])
		for i := 0; i <= WindowSize-4; i += 4 { // four elements at a time
			four := binary.LittleEndian.Uint64(b[2*i:])
			out := (*[4]int32)(k[i:])
			out[0] = key16(int16(four))
			out[1] = key16(int16(four >> 16))
			out[2] = key16(int16(four >> 32))
			out[3] = key16(int16(four >> 48))
		}
		return true
	case "F32":
		b := (*[4 * WindowSize]byte)(b[4*first:])
		for i := 0; i <= WindowSize-2; i += 2 {
			two := binary.LittleEndian.Uint64(b[4*i:])
			k[i], k[i+1] = key32(uint32(two)), key32(uint32(two>>32))
		}
		return true
	}
	switch r.dtype { // twice, so that no integer looks like a negative zero
	case "I8":
		for i, v := range b[first:][:WindowSize] {
			k[i] = 2 * int32(int8(v))
		}
		return true
	case "U8":
		for i, v := range b[first:][:WindowSize] {
			k[i] = 2 * int32(v)
		}
		return true
	case "F8_E4M3", "F8_E5M2":
		for i, v := range b[first:][:WindowSize] {
			v := int32(int8(v))
			k[i] = v ^ v>>31&math.MaxInt8
		}
		return true
	}
	values := r.window[:]
	if r.values != nil {
		values = r.values[first:][:WindowSize]
	} else if r.reader.Decode(int64(first), values) != nil {
		return false
	}
	for i, f := range values {
		k[i] = key32(math.Float32bits(f))
	}
	return true
}

func key32(bits uint32) int32 {
	v := int32(bits)
	return v ^ v>>31&math.MaxInt32
}

func key16(bits int16) int32 {
	v := int32(bits)
	return v ^ v>>31&math.MaxInt16
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

// quickKeys order the elements of one window of quantised blocks without
// decoding them. They may be used to pass over rows and for nothing else: where they
// see one largest element, the rounded values may have two, but never another.
// They report false where the scale is zero or not finite.
var quickKeys = map[format.DType]func(block []byte, first int, k *[WindowSize]int32) bool{
	"Q8_0": quickQ80,
}

// turn gives 2 or -2 for the sign of a binary16, so that no product looks like a
// negative zero, and 0 when it is zero or not finite.
func turn(b []byte) int32 {
	h := binary.LittleEndian.Uint16(b)
	switch {
	case h<<1 == 0 || h<<1 >= 0x7c00<<1&0xffff:
		return 0
	case h>>15 != 0:
		return -2
	}
	return 2
}

func quickQ80(b []byte, first int, k *[WindowSize]int32) bool {
	b = b[first/WindowSize*34:]
	sign := turn(b)
	for i, q := range b[2:][:WindowSize] {
		k[i] = sign * int32(int8(q))
	}
	return sign != 0
}
