package codec

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
)

// largeDocument is a model of n files with their usual facts.
func largeDocument(n int) *bom.Document {
	d := richDocument()
	for i := range n {
		name := fmt.Sprintf("dir-%03d/file-%05d.json", i%100, i)
		ref := bom.Ref("file:" + name)
		d.Components = append(d.Components, bom.Component{Ref: ref, Kind: bom.KindFile, Name: name,
			Hashes: []bom.Hash{{Algorithm: bom.SHA1, Value: fmt.Sprintf("%040x", i)}, {Algorithm: bom.SHA256, Value: fmt.Sprintf("%064x", i)},
				{Algorithm: bom.SHA512, Value: fmt.Sprintf("%0128x", i)}},
			File: &bom.File{Size: int64(i), Role: "config"}})
		d.Relationships = append(d.Relationships, bom.Relationship{From: "model", Type: bom.Contains, To: ref})
	}
	d.Normalize()
	return d
}

func BenchmarkSPDX(b *testing.B) {
	for _, c := range spdxCases() {
		for _, n := range []int{2_000, 20_000} {
			d := largeDocument(n)
			data, _ := c.mustEncode(b, d)
			b.Run(fmt.Sprintf("encode/%s/%d", c.name(), n), func(b *testing.B) {
				b.SetBytes(int64(len(data)))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := c.format.Encode(&bytes.Buffer{}, d, c.version, Options{}); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run(fmt.Sprintf("decode/%s/%d", c.name(), n), func(b *testing.B) {
				b.SetBytes(int64(len(data)))
				b.ReportAllocs()
				for b.Loop() {
					if _, _, err := c.format.Decode(bytes.NewReader(data)); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
