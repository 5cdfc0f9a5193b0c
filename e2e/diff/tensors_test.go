package diff

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"strings"
)

// change applies f to every value of the tensors with a name that begins with
// prefix, in a safetensors file of this folder. The writer is the test's own.
func (r *round) change(file, prefix string, f func(x float32, i int) float32) {
	r.t.Helper()
	data := r.read(file)
	n := binary.LittleEndian.Uint64(data)
	var header map[string]struct {
		DType   string `json:"dtype"`
		Offsets [2]int `json:"data_offsets"`
	}
	raw := map[string]json.RawMessage{}
	if err := json.Unmarshal(data[8:8+n], &raw); err != nil {
		r.t.Fatal(err)
	}
	delete(raw, "__metadata__")
	clean, _ := json.Marshal(raw)
	if err := json.Unmarshal(clean, &header); err != nil {
		r.t.Fatal(err)
	}
	body, changed := data[8+n:], 0
	for name, h := range header {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		changed++
		b := body[h.Offsets[0]:h.Offsets[1]]
		switch h.DType {
		case "BF16":
			for i := 0; i < len(b)/2; i++ {
				bits := uint32(binary.LittleEndian.Uint16(b[2*i:])) << 16
				v := math.Float32bits(f(math.Float32frombits(bits), i))
				binary.LittleEndian.PutUint16(b[2*i:], uint16((v+0x8000)>>16))
			}
		case "F32":
			for i := 0; i < len(b)/4; i++ {
				x := math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
				binary.LittleEndian.PutUint32(b[4*i:], math.Float32bits(f(x, i)))
			}
		default:
			r.t.Fatalf("%s: tensors of %s are not changed here", name, h.DType)
		}
	}
	if changed == 0 {
		r.t.Fatalf("%s has no tensor %s…", file, prefix)
	}
	r.write(file, data)
}

// trained moves every value a little, as training does.
func trained(share float32) func(float32, int) float32 {
	return func(x float32, i int) float32 {
		h := uint64(i)*0x9e3779b97f4a7c15 + uint64(math.Float32bits(x))
		h ^= h >> 31
		h *= 0xbf58476d1ce4e5b9
		h ^= h >> 29
		return x + share*(float32(h%2001)/1000-1)*0.05
	}
}

// fresh draws every value anew.
func fresh(x float32, i int) float32 {
	h := (uint64(i) + 12345) * 0xd1342543de82ef95
	h ^= h >> 32
	h *= 0xbf58476d1ce4e5b9
	h ^= h >> 29
	h *= 0x94d049bb133111eb
	h ^= h >> 32
	return (float32(h%20001)/10000 - 1) * 0.08
}
