package tensor

import (
	"math"
	"math/bits"
)

// The IQ types of ggml: indices into code books of 4 or 8 magnitudes, with the
// signs beside them (ggml-common.h and ggml-quants.c, ggml 2026).

// grid8 and grid4 write one entry of a code book, scaled, with its signs.
func grid8(y []float32, book []int8, index int, d float32, signs byte) {
	for j, v := range book[8*index:][:8] {
		y[j] = signed(d*float32(v), signs>>j)
	}
}

func grid4(y []float32, book []int8, index int, d float32, signs byte) {
	for j, v := range book[4*index:][:4] {
		y[j] = signed(d*float32(v), signs>>j)
	}
}

// signed negates v when the last bit of sign is set. Signs are as good as random,
// so that a branch would be mispredicted half the time.
func signed(v float32, sign byte) float32 {
	return math.Float32frombits(math.Float32bits(v) ^ uint32(sign)<<31)
}

// parity completes seven signs by an eighth, so that their number is even.
func parity(signs uint32) byte {
	signs &= 127
	return byte(signs) | byte(bits.OnesCount32(signs)&1)<<7
}

// iq2xxs: f16 d, for each 32 elements 4 indices and a word of 4 times 7 signs
// and a scale of 4 bits.
func iq2xxs(b []byte, y []float32) {
	d, book := half(b), bookIQ2XXS()
	for g := range 8 {
		index, word := b[2+8*g:][:4], little.Uint32(b[6+8*g:])
		db := d * (0.5 + float32(word>>28)) * 0.25
		for l, i := range index {
			grid8(y[32*g+8*l:], book, int(i), db, parity(word>>(7*l)))
		}
	}
}

// iq2xs: f16 d, 32 words of 9 bits of index and 7 signs, 16 scales of 4 bits.
func iq2xs(b []byte, y []float32) {
	d, book := half(b), bookIQ2XS()
	for i := range 32 {
		word := uint32(little.Uint16(b[2+2*i:]))
		db := d * (0.5 + float32(nibble(b[66:], i/2))) * 0.25
		grid8(y[8*i:], book, int(word&511), db, parity(word>>9))
	}
}

// iq2s: f16 d, 32 indices, 32 bytes of signs, two more bits for each index,
// 16 scales of 4 bits.
func iq2s(b []byte, y []float32) {
	d, book := half(b), bookIQ2S()
	for i := range 32 {
		index := int(b[2+i]) | int(b[66+i/4]>>(i%4*2)&3)<<8
		db := d * (0.5 + float32(nibble(b[74:], i/2))) * 0.25
		grid8(y[8*i:], book, index, db, b[34+i])
	}
}

// iq3xxs: f16 d, 64 indices, for each 32 elements a word of 4 times 7 signs and
// a scale of 4 bits.
func iq3xxs(b []byte, y []float32) {
	d, book := half(b), bookIQ3XXS()
	for i := range 64 {
		word := little.Uint32(b[66+i/8*4:])
		db := d * (0.5 + float32(word>>28)) * 0.5
		grid4(y[4*i:], book, int(b[2+i]), db, parity(word>>(i%8/2*7))>>(i%2*4))
	}
}

// iq3s: f16 d, 64 indices, 64 ninth bits of them, 32 bytes of signs, 8 scales
// of 4 bits.
func iq3s(b []byte, y []float32) {
	d, book := half(b), bookIQ3S()
	for i := range 64 {
		index := int(b[2+i]) | int(b[66+i/8]>>(i%8)&1)<<8
		db := d * float32(1+2*int(nibble(b[106:], i/8)))
		grid4(y[4*i:], book, index, db, b[74+i/2]>>(i%2*4))
	}
}

// delta is what IQ1_S and IQ1_M add to or take from each value of an entry:
// IQ1S_DELTA of ggml-common.h.
const delta = 0.125

// shifted writes one entry of the code book of IQ1_S.
func shifted(y []float32, book []int8, index int, d, shift float32) {
	for j, v := range book[8*index:][:8] {
		y[j] = d * (float32(v) + shift)
	}
}

// iq1s: f16 d, 32 indices, for each 32 elements a word of 4 times three more
// bits, a scale of 3 bits and the sign of the shift.
func iq1s(b []byte, y []float32) {
	d, book := half(b), bookIQ1S()
	for i := range 32 {
		word := int(little.Uint16(b[34+i/4*2:]))
		dl := d * float32(2*(word>>12&7)+1)
		index := int(b[2+i]) | word>>(i%4*3)&7<<8
		shifted(y[8*i:], book, index, dl, signed(delta, byte(word>>15)))
	}
}

// iq1m: 32 indices, for each a nibble of three more bits and the sign of the
// shift, 4 words of four scales of 3 bits and a quarter of the f16 d.
func iq1m(b []byte, y []float32) {
	book := bookIQ1S()
	var d uint16
	for w := range 4 {
		d |= little.Uint16(b[48+2*w:]) >> 12 << (4 * w)
	}
	scale := halfBits(d)
	for i := range 32 {
		word := little.Uint16(b[48+i/8*2:])
		dl := scale * float32(2*(word>>(i%8/2*3)&7)+1)
		more := nibble(b[32:], i)
		shifted(y[8*i:], book, int(b[i])|int(more&7)<<8, dl, signed(delta, more>>3))
	}
}

// nibble is the nibble i of p, lower halves first.
func nibble(p []byte, i int) byte { return p[i/2] >> (i % 2 * 4) & 15 }

// kvalues are the 16 levels of IQ4_NL and IQ4_XS: kvalues_iq4nl of
// ggml-common.h.
var kvalues = [16]float32{-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113}

// iq4nl: f16 d, 16 bytes of nibbles.
func iq4nl(b []byte, y []float32) { levels(half(b), b[2:18], y) }

// iq4xs: f16 d, upper bits of 8 scales, lower nibbles of them, for each 32
// elements 16 bytes of nibbles.
func iq4xs(b []byte, y []float32) {
	d, high := half(b), little.Uint16(b[2:])
	for s := range 8 {
		scale := int(nibble(b[4:], s)) | int(high>>(2*s)&3)<<4
		levels(d*float32(scale-32), b[8+16*s:][:16], y[32*s:])
	}
}

func levels(d float32, qs []byte, y []float32) {
	for j, q := range qs {
		y[j] = d * kvalues[q&15]
		y[j+16] = d * kvalues[q>>4]
	}
}
