package fingerprint

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/modelbom/modelbom/pkg/format"
)

// f16 computes the value of a binary16 by the formula of IEEE 754, without the
// bit tricks of the code under test.
func f16(h uint16) float64 {
	sign := 1 - 2*float64(h>>15)
	exponent, fraction := int(h>>10&0x1f), float64(h&0x3ff)
	switch exponent {
	case 0x1f:
		if fraction != 0 {
			return math.NaN()
		}
		return sign * math.Inf(1)
	case 0:
		return sign * math.Ldexp(fraction/1024, -14)
	}
	return sign * math.Ldexp(1+fraction/1024, exponent-15)
}

func TestF16(t *testing.T) {
	for h := range 1 << 16 {
		bits := f16ToF32(uint16(h))
		got, want := float64(math.Float32frombits(bits)), f16(uint16(h))
		if got != want && !(math.IsNaN(got) && math.IsNaN(want)) || math.Signbit(got) != math.Signbit(want) && !math.IsNaN(want) {
			t.Fatalf("f16ToF32(%#04x) = %v, want %v", h, got, want)
		}
		if back, ok := f32ToF16(bits); !ok || back != uint16(h) {
			t.Fatalf("f32ToF16(f16ToF32(%#04x)) = %#04x, %v", h, back, ok)
		}
	}
	for _, x := range []float32{65520, 1e6, 0x1p-25, 1.0001, -3.3, 0x1p-24 * 1.5, math.SmallestNonzeroFloat32} {
		if h, ok := f32ToF16(math.Float32bits(x)); ok {
			t.Errorf("f32ToF16(%v) = %#04x, but it has no exact binary16", x, h)
		}
	}
}

func TestE4M3(t *testing.T) {
	// Values from the OCP 8-bit Floating Point Specification 1.0, table 2.
	for code, want := range map[byte]float64{
		0x00: 0, 0x01: 0x1p-9, 0x07: 0x1.cp-7, 0x08: 0x1p-6, 0x38: 1, 0x39: 1.125, 0x7e: 448, 0xfe: -448, 0xb8: -1,
	} {
		if got := float64(math.Float32frombits(e4m3ToF32(code))); got != want {
			t.Errorf("e4m3ToF32(%#02x) = %v, want %v", code, got, want)
		}
	}
	if x := math.Float32frombits(e4m3ToF32(0x7f)); x == x {
		t.Errorf("e4m3ToF32(0x7f) = %v, want NaN", x)
	}
	seen := map[uint32]byte{}
	for code := range 256 {
		bits := e4m3ToF32(byte(code))
		if other, ok := seen[bits]; ok {
			t.Errorf("codes %#02x and %#02x have the same value", other, code)
		}
		seen[bits] = byte(code)
		if out, ok := appendForm(nil, bits, "F8_E4M3"); !ok || out[0] != byte(code) {
			t.Errorf("code %#02x does not come back: %x %v", code, out, ok)
		}
	}
}

func TestF64(t *testing.T) {
	for _, c := range []struct {
		x     float64
		exact bool
	}{{1, true}, {0.1, false}, {float64(float32(0.1)), true}, {1e300, false}, {math.Inf(-1), true}, {0x1p-149, true}, {0x1p-150, false}} {
		if _, ok := f64ToF32(math.Float64bits(c.x)); ok != c.exact {
			t.Errorf("f64ToF32(%v) exact = %v, want %v", c.x, ok, c.exact)
		}
	}
	if _, ok := f64ToF32(0x7ff8_0000_0000_0001); ok {
		t.Error("a NaN whose payload does not fit must not count as exact")
	}
}

// TestForms checks which form a set of values has, whatever it is stored in.
func TestForms(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []float64
		form   format.DType
	}{
		{"ones", []float64{1, 1, -1}, "F8_E4M3"},
		{"powers", []float64{0x1p-14, 0x1p15, 1}, "F8_E5M2"},
		{"eight bits", []float64{1.0078125, 0x1p120}, "BF16"},
		{"eleven bits", []float64{1.0009765625, 2048}, "F16"},
		{"float", []float64{float64(float32(0.1))}, "F32"},
		{"double", []float64{0.1}, "F64"},
		{"signed zero", []float64{math.Copysign(0, -1), 0}, "F8_E4M3"},
		{"infinity", []float64{math.Inf(1), 2}, "F8_E5M2"},
	} {
		var want *Tensor
		for _, stored := range forms {
			payload, ok := encode(c.values, stored)
			if !ok {
				continue
			}
			got := digest(t, stored, payload, false, len(payload))
			if got.Form != c.form {
				t.Errorf("%s stored as %s has form %s, want %s", c.name, stored, got.Form, c.form)
			}
			if want == nil {
				want = &got
			}
			if got.Value != want.Value {
				t.Errorf("%s stored as %s has another value digest", c.name, stored)
			}
		}
	}
}

// encode stores values in a form, independently of the code under test where
// the standard library can, and reports whether that is exact.
func encode(values []float64, form format.DType) ([]byte, bool) {
	var out []byte
	for _, x := range values {
		f := math.Float32bits(float32(x))
		exact := float64(float32(x)) == x
		switch form {
		case "F64":
			out = binary.LittleEndian.AppendUint64(out, math.Float64bits(x))
			continue
		case "F32":
			out = binary.LittleEndian.AppendUint32(out, f)
		case "BF16":
			out = binary.LittleEndian.AppendUint16(out, uint16(f>>16))
			exact = exact && f&0xffff == 0
		case "F16", "F8_E5M2":
			h := -1
			for i := range 1 << 16 {
				if v := f16(uint16(i)); v == x && math.Signbit(v) == math.Signbit(x) {
					h = i
				}
			}
			exact = h >= 0 && (form == "F16" || h&0xff == 0)
			if form == "F16" {
				out = binary.LittleEndian.AppendUint16(out, uint16(h))
			} else {
				out = append(out, byte(h>>8))
			}
		case "F8_E4M3":
			h := -1
			for i := range 256 {
				if v := float64(math.Float32frombits(e4m3ToF32(byte(i)))); v == x && math.Signbit(v) == math.Signbit(x) {
					h = i
				}
			}
			exact = h >= 0
			out = append(out, byte(h))
		}
		if !exact {
			return nil, false
		}
	}
	return out, true
}
