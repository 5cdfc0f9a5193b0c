package tensor

import (
	"math"
	"sync"

	"github.com/modelbom/modelbom/pkg/format"
)

// A decoder turns whole stored units into values. It fills dst, for which src
// has enough units; the last one may hold more elements than dst.
type decoder func(src []byte, dst []float32)

// decoders holds every type whose values are known: the elements here, the
// blocks of ggml by block.
var decoders = map[format.DType]decoder{
	"F64":  func(src []byte, dst []float32) { each(src, dst, 8, f64) },
	"F32":  f32,
	"F16":  f16,
	"BF16": bf16,

	"F8_E4M3":     func(src []byte, dst []float32) { lookup(src, dst, e4m3()) },
	"F8_E5M2":     func(src []byte, dst []float32) { lookup(src, dst, e5m2()) },
	"F8_E4M3FNUZ": func(src []byte, dst []float32) { lookup(src, dst, e4m3fnuz()) },
	"F8_E5M2FNUZ": func(src []byte, dst []float32) { lookup(src, dst, e5m2fnuz()) },
	"F8_E8M0":     func(src []byte, dst []float32) { lookup(src, dst, e8m0()) },
	"F6_E2M3":     func(src []byte, dst []float32) { packed6(src, dst, e2m3()) },
	"F6_E3M2":     func(src []byte, dst []float32) { packed6(src, dst, e3m2()) },
	"F4":          func(src []byte, dst []float32) { packed4(src, dst, &e2m1) },

	"I8": func(src []byte, dst []float32) {
		each(src, dst, 1, func(b []byte) float32 { return float32(int8(b[0])) })
	},
	"U8":   func(src []byte, dst []float32) { each(src, dst, 1, func(b []byte) float32 { return float32(b[0]) }) },
	"BOOL": func(src []byte, dst []float32) { each(src, dst, 1, truth) },
	"I16": func(src []byte, dst []float32) {
		each(src, dst, 2, func(b []byte) float32 { return float32(int16(little.Uint16(b))) })
	},
	"U16": func(src []byte, dst []float32) {
		each(src, dst, 2, func(b []byte) float32 { return float32(little.Uint16(b)) })
	},
	"I32": func(src []byte, dst []float32) {
		each(src, dst, 4, func(b []byte) float32 { return float32(int32(little.Uint32(b))) })
	},
	"U32": func(src []byte, dst []float32) {
		each(src, dst, 4, func(b []byte) float32 { return float32(little.Uint32(b)) })
	},
	"I64": func(src []byte, dst []float32) {
		each(src, dst, 8, func(b []byte) float32 { return float32(int64(little.Uint64(b))) })
	},
	"U64": func(src []byte, dst []float32) {
		each(src, dst, 8, func(b []byte) float32 { return float32(little.Uint64(b)) })
	},

	// The first element lies in the least significant bits (ONNX, "4 bit
	// integer types" and "2 bit integer types").
	"I4": func(src []byte, dst []float32) { packed4(src, dst, &int4) },
	"U4": func(src []byte, dst []float32) { packed4(src, dst, &uint4) },
	"I2": func(src []byte, dst []float32) { packed2(src, dst, &int2) },
	"U2": func(src []byte, dst []float32) { packed2(src, dst, &uint2) },

	"Q4_0": blocks(32, 18, q40), "Q4_1": blocks(32, 20, q41),
	"Q5_0": blocks(32, 22, q50), "Q5_1": blocks(32, 24, q51),
	"Q8_0": blocks(32, 34, q80), "Q8_1": blocks(32, 36, q81),
	"Q1_0": blocks(128, 18, q10), "Q2_0": blocks(64, 18, q20),

	"Q2_K": blocks(256, 84, q2k), "Q3_K": blocks(256, 110, q3k),
	"Q4_K": blocks(256, 144, q4k), "Q5_K": blocks(256, 176, q5k),
	"Q6_K": blocks(256, 210, q6k), "Q8_K": blocks(256, 292, q8k),

	"TQ1_0": blocks(256, 54, tq10), "TQ2_0": blocks(256, 66, tq20),
	"MXFP4": blocks(32, 17, mxfp4), "NVFP4": blocks(64, 36, nvfp4),

	"IQ1_S": blocks(256, 50, iq1s), "IQ1_M": blocks(256, 56, iq1m),
	"IQ2_XXS": blocks(256, 66, iq2xxs), "IQ2_XS": blocks(256, 74, iq2xs), "IQ2_S": blocks(256, 82, iq2s),
	"IQ3_XXS": blocks(256, 98, iq3xxs), "IQ3_S": blocks(256, 110, iq3s),
	"IQ4_NL": blocks(32, 18, iq4nl), "IQ4_XS": blocks(256, 136, iq4xs),
}

// blocks makes a decoder of a function that decodes one block of per elements
// in size bytes.
func blocks(per, size int, block func(b []byte, y []float32)) decoder {
	return func(src []byte, dst []float32) {
		for len(dst) >= per {
			block(src[:size:size], dst[:per:per])
			src, dst = src[size:], dst[per:]
		}
	}
}

func each(src []byte, dst []float32, width int, value func([]byte) float32) {
	for i := range dst {
		dst[i] = value(src[i*width:])
	}
}

func f64(b []byte) float32 { return float32(math.Float64frombits(little.Uint64(b))) }

func truth(b []byte) float32 {
	if b[0] != 0 {
		return 1
	}
	return 0
}

func f32(src []byte, dst []float32) {
	for i := range dst {
		dst[i] = math.Float32frombits(little.Uint32(src[4*i:]))
	}
}

func f16(src []byte, dst []float32) {
	for i := range dst {
		dst[i] = half(src[2*i:])
	}
}

func bf16(src []byte, dst []float32) {
	for i := range dst {
		dst[i] = math.Float32frombits(uint32(little.Uint16(src[2*i:])) << 16)
	}
}

// half reads an IEEE 754 binary16. A NaN keeps its payload in the upper bits.
func half(b []byte) float32 { return halfBits(little.Uint16(b)) }

func halfBits(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	exponent, fraction := uint32(h>>10)&0x1f, uint32(h)&0x3ff
	switch exponent {
	case 0x1f:
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	case 0:
		return math.Float32frombits(sign | math.Float32bits(float32(fraction)*0x1p-24))
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}

func lookup(src []byte, dst []float32, table *[256]float32) {
	for i := range dst {
		dst[i] = table[src[i]]
	}
}

// packed4 reads two elements from each byte, the first from the lower half.
func packed4(src []byte, dst []float32, table *[16]float32) {
	for i := range dst {
		dst[i] = table[src[i/2]>>(4*(i&1))&15]
	}
}

// packed2 reads four elements from each byte, from the lowest bits on.
func packed2(src []byte, dst []float32, table *[4]float32) {
	for i := range dst {
		dst[i] = table[src[i/4]>>(2*(i&3))&3]
	}
}

// packed6 reads four elements from each three bytes, from the lowest bits on.
// Neither the OCP MX specification 1.0 nor safetensors prescribes an order for
// six bits; this is the one that both have for four.
func packed6(src []byte, dst []float32, table *[256]float32) {
	for i := range dst {
		b := src[i/4*3:]
		word := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
		dst[i] = table[word>>(6*(i&3))&63]
	}
}

var (
	int4  = [16]float32{0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1}
	uint4 = [16]float32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	int2  = [4]float32{0, 1, -2, -1}
	uint2 = [4]float32{0, 1, 2, 3}

	// e2m1 holds the values of FP4 (OCP MX specification 1.0, 5.3.3).
	e2m1 = [16]float32{0, .5, 1, 1.5, 2, 3, 4, 6, negativeZero, -.5, -1, -1.5, -2, -3, -4, -6}

	negativeZero = float32(math.Copysign(0, -1))
)

// The small floating-point types as tables of all their codes: OCP 8-bit
// Floating Point Specification 1.0 and MX specification 1.0. The types with
// FNUZ have no infinity and no negative zero, whose code is their only NaN.
var (
	e4m3     = sync.OnceValue(func() *[256]float32 { return small(4, 3, 7, func(c int) bool { return c&0x7f == 0x7f }) })
	e5m2     = sync.OnceValue(func() *[256]float32 { return infinite(small(5, 2, 15, func(c int) bool { return c&0x7f > 0x7c })) })
	e4m3fnuz = sync.OnceValue(func() *[256]float32 { return small(4, 3, 8, func(c int) bool { return c == 0x80 }) })
	e5m2fnuz = sync.OnceValue(func() *[256]float32 { return small(5, 2, 16, func(c int) bool { return c == 0x80 }) })
	e2m3     = sync.OnceValue(func() *[256]float32 { return small(2, 3, 1, func(int) bool { return false }) })
	e3m2     = sync.OnceValue(func() *[256]float32 { return small(3, 2, 3, func(int) bool { return false }) })
	e8m0     = sync.OnceValue(powers)
)

// small tabulates a type of one sign bit, then exponent, then fraction bits.
func small(exponent, fraction, bias int, nan func(code int) bool) *[256]float32 {
	t := new([256]float32)
	for code := range 1 << (1 + exponent + fraction) {
		e, f := code>>fraction&(1<<exponent-1), code&(1<<fraction-1)
		v := math.Ldexp(float64(f), 1-bias-fraction)
		if e > 0 {
			v = math.Ldexp(float64(f|1<<fraction), e-bias-fraction)
		}
		if code>>(exponent+fraction) == 1 {
			v = -v
		}
		t[code] = float32(v)
		if nan(code) {
			t[code] = float32(math.NaN())
		}
	}
	return t
}

// infinite sets the two infinities of F8_E5M2.
func infinite(t *[256]float32) *[256]float32 {
	t[0x7c], t[0xfc] = float32(math.Inf(1)), float32(math.Inf(-1))
	return t
}

// powers tabulates E8M0: powers of two from 2^-127 on, and a NaN.
func powers() *[256]float32 {
	t := new([256]float32)
	for code := range t {
		t[code] = float32(math.Ldexp(1, code-127))
	}
	t[255] = float32(math.NaN())
	return t
}
