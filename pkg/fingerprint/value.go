package fingerprint

import (
	"encoding/binary"
	"math"
	"slices"
	"sync"

	"github.com/modelbom/modelbom/pkg/format"
)

// The floating-point forms, narrowest first. A tensor's values are digested in
// the first of them that holds every value exactly, so that each set of values
// has one form whatever type it is stored in. F8_E4M3 is the variant without
// infinities (OCP 8-bit Floating Point Specification 1.0, "E4M3"), as the
// safetensors format has it.
var forms = [...]format.DType{"F8_E4M3", "F8_E5M2", "BF16", "F16", "F32", "F64"}

// narrower returns the forms that may hold values stored as d with fewer or
// other bits, narrowest first, and whether d is a floating-point form at all.
func narrower(d format.DType) ([]format.DType, bool) {
	for i, f := range forms {
		if f == d {
			return forms[:i], true
		}
	}
	return nil, false
}

// width is the number of bytes of an element of a floating-point form.
func width(d format.DType) int {
	switch d {
	case "F8_E4M3", "F8_E5M2":
		return 1
	case "BF16", "F16":
		return 2
	case "F32":
		return 4
	}
	return 8
}

// narrow appends the elements of src, stored little-endian as from, in the
// form to. It reports false as soon as one element has no exact equal there;
// infinities and signed zeros must survive, a NaN must keep its payload.
func narrow(dst, src []byte, from, to format.DType) ([]byte, bool) {
	switch {
	case allZero(src): // every form holds zeros; padding and empty files have many
		n := len(src) / width(from) * width(to)
		dst = slices.Grow(dst, n)[:len(dst)+n]
		clear(dst[len(dst)-n:])
		return dst, true
	case from == "F32" && to == "BF16": // the cast that is met most
		return narrowF32(dst, src)
	}
	for w := width(from); len(src) >= w; src = src[w:] {
		bits, ok := toF32(src, from)
		if !ok {
			return dst, false
		}
		if dst, ok = appendForm(dst, bits, to); !ok {
			return dst, false
		}
	}
	return dst, true
}

func allZero(p []byte) bool {
	for ; len(p) >= 8; p = p[8:] {
		if binary.LittleEndian.Uint64(p) != 0 {
			return false
		}
	}
	for _, b := range p {
		if b != 0 {
			return false
		}
	}
	return true
}

// narrowF32 is narrow from F32 to BF16, two elements at a time: exact when the
// lower half of each is zero.
func narrowF32(dst, src []byte) ([]byte, bool) {
	for ; len(src) >= 8; src = src[8:] {
		two := binary.LittleEndian.Uint64(src)
		if two&0x0000ffff_0000ffff != 0 {
			return dst, false
		}
		dst = binary.LittleEndian.AppendUint32(dst, uint32(two>>16)&0xffff|uint32(two>>32)&0xffff0000)
	}
	if len(src) >= 4 {
		bits := binary.LittleEndian.Uint32(src)
		return binary.LittleEndian.AppendUint16(dst, uint16(bits>>16)), bits&0xffff == 0
	}
	return dst, true
}

// toF32 reads one element as the bits of a float32.
func toF32(src []byte, from format.DType) (uint32, bool) {
	switch from {
	case "F64":
		return f64ToF32(binary.LittleEndian.Uint64(src))
	case "F32":
		return binary.LittleEndian.Uint32(src), true
	case "F16":
		return f16ToF32(binary.LittleEndian.Uint16(src)), true
	case "BF16":
		return uint32(binary.LittleEndian.Uint16(src)) << 16, true
	case "F8_E5M2": // the upper byte of an F16
		return f16ToF32(uint16(src[0]) << 8), true
	}
	return e4m3ToF32(src[0]), true
}

func appendForm(dst []byte, bits uint32, to format.DType) ([]byte, bool) {
	switch to {
	case "F32":
		return binary.LittleEndian.AppendUint32(dst, bits), true
	case "BF16":
		return binary.LittleEndian.AppendUint16(dst, uint16(bits>>16)), bits&0xffff == 0
	case "F16":
		h, ok := f32ToF16(bits)
		return binary.LittleEndian.AppendUint16(dst, h), ok
	case "F8_E5M2":
		h, ok := f32ToF16(bits)
		return append(dst, byte(h>>8)), ok && h&0xff == 0
	}
	if bits&0xffff != 0 { // every F8_E4M3 value is a BF16 value
		return dst, false
	}
	code := e4m3Codes()[bits>>16]
	return append(dst, byte(code)), code >= 0
}

// f16ToF32 widens an IEEE 754 binary16 exactly; a NaN keeps its payload in the
// upper bits.
func f16ToF32(h uint16) uint32 {
	sign := uint32(h>>15) << 31
	exponent, fraction := uint32(h>>10)&0x1f, uint32(h)&0x3ff
	switch {
	case exponent == 0x1f:
		return sign | 0xff<<23 | fraction<<13
	case exponent != 0:
		return sign | (exponent+127-15)<<23 | fraction<<13
	case fraction == 0:
		return sign
	}
	return sign | math.Float32bits(float32(fraction)*0x1p-24)
}

// f32ToF16 narrows to binary16 and reports whether that is exact.
func f32ToF16(bits uint32) (uint16, bool) {
	sign := uint16(bits>>16) & 0x8000
	exponent, fraction := int(bits>>23&0xff), bits&0x7fffff
	switch {
	case exponent == 0xff:
		return sign | 0x7c00 | uint16(fraction>>13), fraction&0x1fff == 0
	case exponent == 0 && fraction == 0:
		return sign, true
	case exponent == 0: // float32 subnormals lie far below binary16
		return 0, false
	}
	e := exponent - 127
	switch {
	case e > 15 || e < -24:
		return 0, false
	case e >= -14:
		return sign | uint16(e+15)<<10 | uint16(fraction>>13), fraction&0x1fff == 0
	}
	// A binary16 subnormal: the significand with its leading one, shifted so
	// that its last bit is 2^-24.
	significand, shift := fraction|1<<23, uint(23-(e+24))
	return sign | uint16(significand>>shift), significand&(1<<shift-1) == 0
}

// f64ToF32 narrows to binary32 and reports whether that is exact.
func f64ToF32(bits uint64) (uint32, bool) {
	if bits>>52&0x7ff == 0x7ff { // conversion could change a NaN's payload
		return uint32(bits>>63)<<31 | 0xff<<23 | uint32(bits>>29)&0x7fffff, bits&(1<<29-1) == 0
	}
	f := float32(math.Float64frombits(bits))
	return math.Float32bits(f), math.Float64bits(float64(f)) == bits
}

// e4m3ToF32 widens an F8_E4M3: 4 exponent bits with bias 7, 3 fraction bits, no
// infinity, one NaN for each sign, which becomes the quiet NaN of BF16.
func e4m3ToF32(b byte) uint32 {
	sign := uint32(b>>7) << 31
	exponent, fraction := uint32(b>>3)&0xf, uint32(b)&0x7
	switch {
	case exponent == 0xf && fraction == 7:
		return sign | 0x7fc0<<16
	case exponent != 0:
		return sign | (exponent+127-7)<<23 | fraction<<20
	}
	return sign | math.Float32bits(float32(fraction)*0x1p-9)
}

// e4m3Codes maps the bits of a BF16 to the F8_E4M3 of the same value, or -1.
var e4m3Codes = sync.OnceValue(func() *[1 << 16]int16 {
	t := new([1 << 16]int16)
	for i := range t {
		t[i] = -1
	}
	for code := range 256 {
		t[e4m3ToF32(byte(code))>>16] = int16(code)
	}
	return t
})

// swap reverses the bytes of each element of a big-endian payload.
func swap(dst, src []byte, width int) []byte {
	for ; len(src) >= width; src = src[width:] {
		for i := width - 1; i >= 0; i-- {
			dst = append(dst, src[i])
		}
	}
	return dst
}
