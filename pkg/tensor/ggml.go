package tensor

import "math"

// The blocks of ggml with one scale for 32 to 128 elements: struct block_q4_0
// and its neighbours in ggml-common.h (ggml, 2026). A nibble pair holds the
// element j in its lower half and j+16 in its upper.

// q40: f16 d, 16 bytes of nibbles.
func q40(b []byte, y []float32) {
	d := half(b)
	for j, q := range b[2:18] {
		y[j] = d * float32(int(q&15)-8)
		y[j+16] = d * float32(int(q>>4)-8)
	}
}

// q41: f16 d, f16 m, 16 bytes of nibbles.
func q41(b []byte, y []float32) {
	d, m := half(b), half(b[2:])
	for j, q := range b[4:20] {
		y[j] = float32(d*float32(q&15)) + m
		y[j+16] = float32(d*float32(q>>4)) + m
	}
}

// q50: f16 d, 32 fifth bits, 16 bytes of nibbles.
func q50(b []byte, y []float32) {
	d, high := half(b), little.Uint32(b[2:])
	for j, q := range b[6:22] {
		y[j] = d * float32(int(q&15|byte(high>>j&1)<<4)-16)
		y[j+16] = d * float32(int(q>>4|byte(high>>(j+16)&1)<<4)-16)
	}
}

// q51: f16 d, f16 m, 32 fifth bits, 16 bytes of nibbles.
func q51(b []byte, y []float32) {
	d, m, high := half(b), half(b[2:]), little.Uint32(b[4:])
	for j, q := range b[8:24] {
		y[j] = float32(d*float32(q&15|byte(high>>j&1)<<4)) + m
		y[j+16] = float32(d*float32(q>>4|byte(high>>(j+16)&1)<<4)) + m
	}
}

// q80: f16 d, 32 int8.
func q80(b []byte, y []float32) {
	d := half(b)
	for j, q := range b[2:34] {
		y[j] = d * float32(int8(q))
	}
}

// q81: f16 d, f16 sum, 32 int8. The sum repeats what the elements say.
func q81(b []byte, y []float32) {
	d := half(b)
	for j, q := range b[4:36] {
		y[j] = d * float32(int8(q))
	}
}

// q10: f16 d, 128 signs.
func q10(b []byte, y []float32) {
	d := half(b)
	for j := range y {
		y[j] = signed(d, ^b[2+j/8]>>(j%8))
	}
}

// q20: f16 d, 64 times two bits.
func q20(b []byte, y []float32) {
	d := half(b)
	for j := range y {
		y[j] = d * float32(int(b[2+j/4]>>(2*(j%4))&3)-1)
	}
}

// tq10: 48 bytes of five ternary digits, 4 bytes of four, f16 d. A byte is a
// fraction of 256; multiplying by three moves the next digit above it.
func tq10(b []byte, y []float32) {
	d := half(b[52:])
	for _, part := range [...]struct{ from, to, digits int }{{0, 32, 5}, {32, 48, 5}, {48, 52, 4}} {
		power := byte(1)
		for range part.digits {
			for j, q := range b[part.from:part.to] {
				y[j] = d * float32(int(uint16(q*power)*3>>8)-1)
			}
			y = y[part.to-part.from:]
			power *= 3
		}
	}
}

// tq20: 64 bytes of four ternary digits of two bits, f16 d.
func tq20(b []byte, y []float32) {
	d := half(b[64:])
	for j := range y {
		q := b[j/128*32+j%32] >> (j % 128 / 32 * 2)
		y[j] = d * float32(int(q&3)-1)
	}
}

// doubled holds twice the values of FP4. Both zeros are positive, as in ggml.
var doubled = [16]float32{0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12}

// mxfp4: an E8M0 scale, 16 bytes of FP4. The scale's NaN counts as a power.
func mxfp4(b []byte, y []float32) {
	d := float32(math.Ldexp(1, int(b[0])-128))
	for j, q := range b[1:17] {
		y[j] = d * doubled[q&15]
		y[j+16] = d * doubled[q>>4]
	}
}

// nvfp4: 4 scales in E4M3 without a sign, for each 8 bytes of FP4.
func nvfp4(b []byte, y []float32) {
	for s, scale := range b[:4] {
		d := unsigned(scale)
		for j, q := range b[4+8*s : 12+8*s] {
			y[16*s+j] = d * doubled[q&15]
			y[16*s+j+8] = d * doubled[q>>4]
		}
	}
}

// unsigned is half the value of an E4M3 whose sign bit is not looked at. Only
// the code 0x7f, which is a NaN elsewhere, counts as zero.
func unsigned(code byte) float32 {
	e, f := int(code>>3&15), float64(code&7)
	switch {
	case code == 0x7f:
		return 0
	case e == 0:
		return float32(math.Ldexp(f, -10))
	}
	return float32(math.Ldexp(8+f, e-11))
}
