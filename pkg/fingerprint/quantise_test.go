package fingerprint

import (
	"encoding/binary"
	"math"

	"github.com/modelbom/modelbom/pkg/format"
)

// stored stores values as a type, to the nearest level and without the search
// for good scales that real quantisers make.
func stored(d format.DType, v []float32) []byte {
	var b []byte
	per, size, _ := d.Block()
	for ; len(v) > 0; v = v[per:] {
		block, x := make([]byte, size), v[:per]
		amax := float32(0)
		for _, f := range x {
			amax = max(amax, float32(math.Abs(float64(f))))
		}
		level := func(f, step float32, zero, top int) byte {
			if step == 0 {
				return byte(zero)
			}
			return byte(min(max(int(math.Round(float64(f/step)))+zero, 0), top))
		}
		half := func(at int, f float32) float32 { // f, rounded up a little
			h, _ := f32ToF16(math.Float32bits(f)&^0x1fff + 0x2000)
			binary.LittleEndian.PutUint16(block[at:], h)
			return math.Float32frombits(f16ToF32(h))
		}
		switch d {
		case "F32":
			binary.LittleEndian.PutUint32(block, math.Float32bits(x[0]))
		case "BF16":
			binary.LittleEndian.PutUint16(block, uint16(math.Float32bits(x[0])>>16))
		case "F16":
			h, _ := f32ToF16(math.Float32bits(x[0]) &^ 0x1fff)
			binary.LittleEndian.PutUint16(block, h)
		case "F8_E4M3":
			bits := math.Float32bits(x[0] * 64)
			block[0] = byte(min(max(int(bits>>20&0x7ff)-120<<3, 0), 0x7e)) | byte(bits>>31)<<7
		case "I8":
			block[0] = byte(int8(min(max(x[0]*1500, -127), 127)))
		case "Q8_0":
			step := half(0, amax/127)
			for i, f := range x {
				block[2+i] = level(f, step, 128, 255) - 128
			}
		case "Q4_0":
			step := half(0, amax/7)
			for i, f := range x {
				block[2+i%16] |= level(f, step, 8, 15) << (i / 16 * 4)
			}
		case "Q4_K", "Q5_K": // every sub-block with the scale and minimum 1
			top := map[format.DType]int{"Q4_K": 15, "Q5_K": 31}[d]
			step := half(0, 2*amax/float32(top))
			half(2, step*float32(top)/2)
			for s := range 4 {
				block[4+s], block[8+s], block[12+s] = 1, 1, 1|1<<4
			}
			for i, f := range x {
				q := level(f+step*float32(top)/2, step, 0, top)
				s, j := i/32, i%32
				block[int(size)-128+s/2*32+j] |= q & 15 << (s % 2 * 4)
				if d == "Q5_K" {
					block[16+j] |= q >> 4 << s
				}
			}
		case "Q6_K":
			step := half(208, amax/32/40) * 40
			for s := range 16 {
				block[192+s] = 40
			}
			for i, f := range x {
				q := level(f, step, 32, 63)
				quarter := i / 32 % 4
				block[i/128*64+quarter%2*32+i%32] |= q & 15 << (quarter / 2 * 4)
				block[128+i/128*32+i%32] |= q >> 4 << (quarter * 2)
			}
		default:
			copy(block, randomBytes(int(size), uint64(len(v))))
		}
		b = append(b, block...)
	}
	return b
}
