package fingerprint

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func FuzzDecode(f *testing.F) {
	f.Add([]byte(goldenForm))
	f.Add([]byte(`{"format":"modelbom-fingerprint","version":1,"sketch":"modelbom-sketch/1","mode":"sparse","parts":[],"new":[{"a":"\u00e9"}]}`))
	r := rand.New(rand.NewPCG(5, 6))
	for range 4 {
		f.Add(encoded(f, randomModel(r, 2)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Decode(bytes.NewReader(data))
		if (m == nil) == (err == nil) {
			t.Fatalf("%v, %v", m, err)
		}
		if err != nil {
			return
		}
		first := encoded(t, m)
		again, err := Decode(bytes.NewReader(first))
		if err != nil {
			t.Fatalf("%v\n%s", err, first)
		}
		if diff := sameModel(m, again); diff != "" {
			t.Fatal(diff)
		}
		if second := encoded(t, again); !bytes.Equal(first, second) {
			t.Fatalf("two forms of one model:\n%s\n%s", first, second)
		}
	})
}

func FuzzDecodePart(f *testing.F) {
	r := rand.New(rand.NewPCG(7, 8))
	parts := goldenModel().Parts
	for i := range 4 {
		parts = append(parts, randomPart(r, i, 2))
	}
	for i := range parts {
		b, err := EncodePart(&parts[i])
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := DecodePart(data)
		if (p == nil) == (err == nil) {
			t.Fatalf("%v, %v", p, err)
		}
		if err != nil {
			return
		}
		b, err := EncodePart(p)
		if err != nil {
			t.Fatal(err)
		}
		again, err := DecodePart(b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := sameModel(p, again); diff != "" {
			t.Fatal(diff)
		}
		// What fits one form fits the other.
		encoded(t, &Model{Mode: Full, Parts: []Part{*p}})
	})
}

func benchModel(tensors int) *Model {
	r := rand.New(rand.NewPCG(3, 4))
	m := &Model{Mode: Full, Parts: []Part{{Ref: "part:x"}}}
	for i := range tensors {
		m.Parts[0].Tensors = append(m.Parts[0].Tensors, fullTensor(r, i))
	}
	return m
}

func BenchmarkEncode(b *testing.B) {
	m := benchModel(300)
	b.SetBytes(int64(len(encoded(b, m))))
	b.ReportAllocs()
	for b.Loop() {
		if err := Encode(&counting{}, m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	data := encoded(b, benchModel(300))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(bytes.NewReader(data)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodePart(b *testing.B) {
	data, err := EncodePart(&benchModel(300).Parts[0])
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodePart(data); err != nil {
			b.Fatal(err)
		}
	}
}
