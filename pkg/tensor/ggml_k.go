package tensor

import "math"

// The K-quants of ggml: super-blocks of 256 elements, whose sub-blocks of 16 or
// 32 have scales of their own (ggml-common.h and ggml-quants.c, ggml 2026).

// q2k: 16 scales and minima of 4 bits, 64 bytes of two bits, f16 d, f16 dmin.
func q2k(b []byte, y []float32) {
	scales, qs, d, dmin := b[:16], b[16:80], half(b[80:]), half(b[82:])
	for s, sc := range scales {
		dl, ml := d*float32(sc&15), dmin*float32(sc>>4)
		shift := s % 8 / 2 * 2
		for j, q := range qs[s/8*32+s%2*16:][:16] {
			y[16*s+j] = float32(dl*float32(q>>shift&3)) - ml
		}
	}
}

// q3k: 32 bytes of third bits, 64 bytes of two bits, 16 scales of 6 bits, f16 d.
func q3k(b []byte, y []float32) {
	high, qs, scales, d := b[:32], b[32:96], b[96:108], half(b[108:])
	for s := range 16 {
		low := scales[s%8] >> (s / 8 * 4) & 15
		dl := d * float32(int(low|scales[8+s%4]>>(s/4*2)&3<<4)-32)
		from := s % 2 * 16
		for j, q := range qs[s/8*32+from:][:16] {
			v := int(q >> (s % 8 / 2 * 2) & 3)
			if high[from+j]>>(s/2)&1 == 0 {
				v -= 4
			}
			y[16*s+j] = dl * float32(v)
		}
	}
}

// scaleMin unpacks the scale and minimum of sub-block s of Q4_K and Q5_K: 6 bits
// each, the first four in whole bytes, whose upper bits complete the others.
func scaleMin(p []byte, s int) (scale, minimum float32) {
	if s < 4 {
		return float32(p[s] & 63), float32(p[s+4] & 63)
	}
	return float32(p[s+4]&15 | p[s-4]>>6<<4), float32(p[s+4]>>4 | p[s]>>6<<4)
}

// q4k: f16 d, f16 dmin, 8 scales and minima in 12 bytes, 128 bytes of nibbles.
func q4k(b []byte, y []float32) {
	d, dmin := half(b), half(b[2:])
	for s := range 8 {
		scale, minimum := scaleMin(b[4:16], s)
		dl, ml := d*scale, dmin*minimum
		shift := s % 2 * 4
		for j, q := range b[16+s/2*32:][:32] {
			y[32*s+j] = float32(dl*float32(q>>shift&15)) - ml
		}
	}
}

// q5k: as q4k, with 32 bytes of fifth bits before the nibbles.
func q5k(b []byte, y []float32) {
	d, dmin, high := half(b), half(b[2:]), b[16:48]
	for s := range 8 {
		scale, minimum := scaleMin(b[4:16], s)
		dl, ml := d*scale, dmin*minimum
		shift := s % 2 * 4
		for j, q := range b[48+s/2*32:][:32] {
			y[32*s+j] = float32(dl*float32(q>>shift&15|high[j]>>s&1<<4)) - ml
		}
	}
}

// q6k: 128 bytes of nibbles, 64 bytes of two bits, 16 int8 scales, f16 d.
func q6k(b []byte, y []float32) {
	low, high, scales, d := b[:128], b[128:192], b[192:208], half(b[208:])
	for s, sc := range scales {
		dl := d * float32(int8(sc))
		quarter, from := s%8/2, s%2*16
		for j := range 16 {
			q := low[s/8*64+quarter%2*32+from+j] >> (quarter / 2 * 4) & 15
			q |= high[s/8*32+from+j] >> (quarter * 2) & 3 << 4
			y[16*s+j] = dl * float32(int(q)-32)
		}
	}
}

// q8k: f32 d, 256 int8, 16 sums of int16, which repeat what the elements say.
func q8k(b []byte, y []float32) {
	d := math.Float32frombits(little.Uint32(b))
	for j, q := range b[4:260] {
		y[j] = d * float32(int8(q))
	}
}
