package fingerprint

import (
	"crypto/sha256"
	"math/rand/v2"
	"testing"
)

// TestBlocksPair holds the two-stream compression against the standard
// library, through whole hashes of many lengths.
func TestBlocksPair(t *testing.T) {
	if !canPair() {
		t.Skip("this processor has no SHA extensions; the standard library serves there")
	}
	data := randomBytes(1<<16, 11)
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		la, lb := r.IntN(3000), r.IntN(3000)
		oa, ob := r.IntN(64), r.IntN(64)
		a, b := newSHA256(), newSHA256()
		pa, pb := data[oa:oa+la], data[ob:ob+lb]
		for len(pa)+len(pb) > 0 { // in pieces
			na, nb := min(len(pa), r.IntN(500)), min(len(pb), r.IntN(500))
			writePair(a, pa[:na], b, pb[:nb])
			pa, pb = pa[na:], pb[nb:]
		}
		if got, want := a.sum(), sha256.Sum256(data[oa:oa+la]); got != want {
			t.Fatalf("first of %d and %d bytes: %x, want %x", la, lb, got, want)
		}
		if got, want := b.sum(), sha256.Sum256(data[ob:ob+lb]); got != want {
			t.Fatalf("second of %d and %d bytes: %x, want %x", la, lb, got, want)
		}
	}
}

func FuzzBlocksPair(f *testing.F) {
	f.Add([]byte("abc"), []byte(""), uint8(1))
	f.Add(randomBytes(200, 1), randomBytes(129, 2), uint8(64))
	f.Fuzz(func(t *testing.T, pa, pb []byte, piece uint8) {
		if !canPair() {
			t.Skip()
		}
		a, b := newSHA256(), newSHA256()
		wantA, wantB := sha256.Sum256(pa), sha256.Sum256(pb)
		for len(pa)+len(pb) > 0 {
			na, nb := min(len(pa), int(piece)+1), min(len(pb), int(piece)*2+1)
			writePair(a, pa[:na], b, pb[:nb])
			pa, pb = pa[na:], pb[nb:]
		}
		if a.sum() != wantA || b.sum() != wantB {
			t.Fatal("another result than the standard library")
		}
	})
}

func BenchmarkPair(b *testing.B) {
	data := randomBytes(16<<20, 1)
	b.Run("standard library twice", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			sha256.Sum256(data)
			sha256.Sum256(data)
		}
	})
	b.Run("standard library once", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			sha256.Sum256(data)
		}
	})
	b.Run("pair", func(b *testing.B) {
		if !canPair() {
			b.Skip()
		}
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			x, y := newSHA256(), newSHA256()
			writePair(x, data, y, data)
			x.sum()
			y.sum()
		}
	})
}
