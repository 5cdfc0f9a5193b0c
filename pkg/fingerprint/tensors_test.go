package fingerprint

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/format"
)

// digest digests one tensor that is the whole file, written in pieces.
func digest(t testing.TB, dtype format.DType, payload []byte, bigEndian bool, piece int) Tensor {
	t.Helper()
	h := &format.Header{BigEndian: bigEndian, Tensors: []format.Tensor{{Name: "t", DType: dtype, Size: int64(len(payload))}}}
	d, paired := NewTensorDigests(h), NewFileAndTensorDigests(h)
	for rest := payload; len(rest) > 0; {
		n := min(max(piece, 1), len(rest))
		d.Write(rest[:n])
		if paired != nil {
			paired.Write(rest[:n])
		}
		rest = rest[n:]
	}
	d.Write(nil)
	out, err := d.Tensors()
	if err != nil {
		t.Fatal(err)
	}
	if paired != nil {
		paired.Write(nil)
		if both, err := paired.Tensors(); err != nil || both[0] != out[0] {
			t.Fatalf("%s: the paired sink gives another result: %v", dtype, err)
		}
		if got, want := paired.FileSHA256(), fmt.Sprintf("%x", sha256.Sum256(payload)); got != want {
			t.Fatalf("%s: the paired file digest is %s, want %s", dtype, got, want)
		}
	}
	return out[0]
}

func randomBytes(n int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestPiecesDoNotMatter(t *testing.T) {
	for _, dtype := range []format.DType{"F64", "F32", "F16", "BF16", "F8_E4M3", "I32", "Q8_0"} {
		payload := randomBytes(34*1000, 7)
		want := digest(t, dtype, payload, false, len(payload))
		if want.Payload != sha256.Sum256(payload) {
			t.Errorf("%s: the payload digest is not SHA-256 of the payload", dtype)
		}
		for _, piece := range []int{1, 3, 7, 8191, 8192, 8193} {
			if got := digest(t, dtype, payload, false, piece); got != want {
				t.Errorf("%s: pieces of %d bytes give another result", dtype, piece)
			}
		}
	}
}

// TestUpcast stores random BF16 and F16 weights as F32 and F64 and expects the
// same value digest, and another one after flipping any single bit.
func TestUpcast(t *testing.T) {
	const n = 5000
	for _, narrow := range []format.DType{"BF16", "F16", "F8_E5M2", "F8_E4M3"} {
		payload := randomBytes(n*width(narrow), 3)
		want := digest(t, narrow, payload, false, len(payload))
		var wide []byte
		for p := payload; len(p) > 0; p = p[width(narrow):] {
			bits, _ := toF32(p, narrow)
			wide = binary.LittleEndian.AppendUint32(wide, bits)
		}
		if got := digest(t, "F32", wide, false, len(wide)); got.Value != want.Value || got.Form != want.Form {
			t.Errorf("%s as F32: form %s, want %s, value digests equal: %v", narrow, got.Form, want.Form, got.Value == want.Value)
		}
		for _, at := range []int{0, len(wide) / 2, len(wide) - 1} {
			for bit := range 8 {
				flipped := bytes.Clone(wide)
				flipped[at] ^= 1 << bit
				if got := digest(t, "F32", flipped, false, len(flipped)); got.Value == want.Value {
					t.Errorf("%s: flipping bit %d of byte %d is not seen", narrow, bit, at)
				}
			}
		}
	}
}

func TestBigEndian(t *testing.T) {
	little := randomBytes(4*1000, 5)
	big := swap(nil, little, 4)
	want, got := digest(t, "F32", little, false, 4000), digest(t, "F32", big, true, 333)
	if got.Value != want.Value || got.Form != want.Form {
		t.Errorf("the big-endian twin has another value digest")
	}
	if got.Payload == want.Payload {
		t.Errorf("payload digests are over stored bytes and must differ")
	}
	if got := digest(t, "Q8_0", little[:340], true, 340); got.Form != "Q8_0_BE" {
		t.Errorf("big-endian blocks have form %s", got.Form)
	}
}

func TestLayouts(t *testing.T) {
	file := randomBytes(1000, 9)
	h := &format.Header{Tensors: []format.Tensor{
		{Name: "late", DType: "U8", Offset: 900, Size: 100},
		{Name: "whole", DType: "U8", Offset: 0, Size: 1000}, // overlaps, as shared storage does
		{Name: "empty", DType: "F32", Offset: 1000, Size: 0},
		{Name: "early", DType: "BF16", Offset: 11, Size: 20},
	}}
	d := NewTensorDigests(h)
	if _, err := d.Tensors(); err == nil {
		t.Error("no error before any byte was written")
	}
	paired := NewFileAndTensorDigests(h)
	for p := file; len(p) > 0; {
		n := min(13, len(p))
		d.Write(p[:n])
		if paired != nil {
			paired.Write(p[:n])
		}
		p = p[n:]
	}
	got, err := d.Tensors()
	if err != nil {
		t.Fatal(err)
	}
	if paired != nil {
		if both, err := paired.Tensors(); err != nil || !slices.Equal(both, got) {
			t.Errorf("the paired sink gives other results: %v", err)
		}
		if paired.FileSHA256() != fmt.Sprintf("%x", sha256.Sum256(file)) {
			t.Error("the paired file digest is wrong")
		}
	}
	for i, want := range [][]byte{file[900:], file, nil, file[11:31]} {
		if got[i].Payload != sha256.Sum256(want) {
			t.Errorf("tensor %q has the wrong payload digest", h.Tensors[i].Name)
		}
	}
}

func TestWeightsDigest(t *testing.T) {
	tensor := func(name string, seed byte, shape ...uint64) NamedTensor {
		return NamedTensor{Name: name, Shape: shape, Tensor: Tensor{Value: [32]byte{seed}, Form: "BF16"}}
	}
	base := []NamedTensor{tensor("layers.0.w", 1, 2, 3), tensor("layers.1.w", 2, 2, 3), tensor("norm", 3, 3)}
	want := WeightsDigest(base)

	var b strings.Builder
	b.WriteString("modelbom weights 1\n")
	for i, s := range []string{"2x3", "2x3", "3"} {
		fmt.Fprintf(&b, "BF16 %s %02x%062x\n", s, i+1, 0)
	}
	if documented := fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(b.String()))); want != documented {
		t.Errorf("the digest is %s, the documented form gives %s", want, documented)
	}
	same := []NamedTensor{tensor("model.norm", 3, 3), tensor("model.layers.1.w", 2, 2, 3), tensor("model.layers.0.w", 1, 2, 3)}
	if got := WeightsDigest(same); got != want {
		t.Error("another order and a prefix change the digest")
	}
	for name, other := range map[string][]NamedTensor{
		"swapped":   {tensor("layers.0.w", 2, 2, 3), tensor("layers.1.w", 1, 2, 3), tensor("norm", 3, 3)},
		"reshaped":  {tensor("layers.0.w", 1, 3, 2), tensor("layers.1.w", 2, 2, 3), tensor("norm", 3, 3)},
		"missing":   base[:2],
		"one value": {tensor("layers.0.w", 9, 2, 3), tensor("layers.1.w", 2, 2, 3), tensor("norm", 3, 3)},
	} {
		if WeightsDigest(other) == want {
			t.Errorf("%s: the digest does not change", name)
		}
	}
}

func TestFileDigests(t *testing.T) {
	// "hello\n" by sha1sum, sha256sum, b3sum and git hash-object.
	for alg, want := range map[Algorithm]string{
		SHA256:  "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
		SHA1:    "f572d396fae9206628714fb2ce00f72e94f2258f",
		GitBlob: "ce013625030ba8dba906f756967f9e9ca394464a",
	} {
		d, err := NewFileDigest(alg, 6)
		if err != nil {
			t.Fatal(err)
		}
		d.Write([]byte("hel"))
		d.Write([]byte("lo\n"))
		if got := d.Hex(); got != want {
			t.Errorf("%s = %s, want %s", alg, got, want)
		}
	}
	if _, err := NewFileDigest("MD4", 0); err == nil {
		t.Error("an unknown algorithm is accepted")
	}
}

// FuzzTensorDigests holds the digests against their definition under any
// layout and any cutting into pieces.
func FuzzTensorDigests(f *testing.F) {
	f.Add(randomBytes(100, 1), uint16(3), uint16(40), uint8(7), uint8(1))
	f.Add(make([]byte, 64), uint16(0), uint16(64), uint8(64), uint8(4))
	f.Fuzz(func(t *testing.T, file []byte, offset, size uint16, piece, kind uint8) {
		dtype := forms[int(kind)%len(forms)]
		w := int64(width(dtype))
		o := min(int64(offset), int64(len(file)))
		s := min(int64(size), int64(len(file))-o) / w * w
		d := NewTensorDigests(&format.Header{Tensors: []format.Tensor{{Name: "t", DType: dtype, Offset: o, Size: s}}})
		if canPair() && kind >= 128 {
			d.file = newSHA256()
		}
		for p := file; len(p) > 0; {
			n := min(int(piece)+1, len(p))
			d.Write(p[:n])
			p = p[n:]
		}
		d.Write(nil)
		if d.file != nil && d.FileSHA256() != fmt.Sprintf("%x", sha256.Sum256(file)) {
			t.Fatal("wrong file digest")
		}
		got, err := d.Tensors()
		if err != nil {
			t.Fatal(err)
		}
		payload := file[o : o+s]
		if got[0].Payload != sha256.Sum256(payload) {
			t.Fatal("wrong payload digest")
		}
		for _, form := range forms {
			out, ok := narrow(nil, payload, dtype, form)
			if form == dtype {
				out, ok = payload, true
			}
			if !ok {
				continue
			}
			if got[0].Form != form || got[0].Value != sha256.Sum256(out) {
				t.Fatalf("form %s, want the first that fits, %s", got[0].Form, form)
			}
			break
		}
	})
}

func BenchmarkTensorDigests(b *testing.B) {
	for _, dtype := range []format.DType{"BF16", "F16", "F32", "I8"} { // each digested twice, alone and with the file
		payload := randomBytes(16<<20, 1)
		b.Run(string(dtype), func(b *testing.B) {
			b.SetBytes(int64(len(payload)))
			for b.Loop() {
				digest(b, dtype, payload, false, 1<<20)
			}
		})
	}
	b.Run("BF16 stored as F32", func(b *testing.B) {
		payload := randomBytes(16<<20, 1)
		for i := range payload {
			if i%4 < 2 {
				payload[i] = 0
			}
		}
		b.SetBytes(int64(len(payload)))
		for b.Loop() {
			digest(b, "F32", payload, false, 1<<20)
		}
	})
	b.Run("zeros", func(b *testing.B) {
		payload := make([]byte, 16<<20)
		b.SetBytes(int64(len(payload)))
		for b.Loop() {
			digest(b, "BF16", payload, false, 1<<20)
		}
	})
	b.Run("SHA-256", func(b *testing.B) { // what the digests cannot be faster than
		payload := randomBytes(16<<20, 1)
		b.SetBytes(int64(len(payload)))
		for b.Loop() {
			h := sha256.New()
			h.Write(payload)
			h.Sum(nil)
		}
	})
}
