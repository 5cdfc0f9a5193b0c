package inventory

import (
	"context"
	"fmt"
	"testing"
)

// manyFiles is a repository of n files of all kinds, a third of them weights.
func manyFiles(n int) memory {
	m := memory{"config.json": []byte(llama)}
	for i := range n {
		switch i % 3 {
		case 0:
			m[fmt.Sprintf("step-%d/model.safetensors", i)] = tensorFile("model.embed_tokens.weight", "model.layers.0.x")
		case 1:
			m[fmt.Sprintf("model-%05d-of-99999.safetensors", i+1)] = tensorFile(fmt.Sprint("model.layers.", i))
		default:
			m[fmt.Sprintf("docs/%d.md", i)] = []byte("# x")
		}
	}
	return m
}

// manyShards is a model of n shards of 1,000 tensors each.
func manyShards(n int) memory {
	m, shards := memory{"config.json": []byte(llama)}, map[string][]string{}
	for i := range n {
		var names []string
		for j := range 1000 {
			names = append(names, fmt.Sprintf("model.layers.%d.mlp.experts.%d.up_proj.weight", i, j))
		}
		shards[fmt.Sprintf("model-%05d-of-%05d.safetensors", i+1, n)] = names
	}
	m["model.safetensors.index.json"] = indexFile("", m, shards)
	return m
}

// BenchmarkBuild shows by the time per item that nothing grows quadratically.
func BenchmarkBuild(b *testing.B) {
	for _, bench := range []struct {
		name  string
		items int
		repo  memory
	}{
		{"files=1000", 1000, manyFiles(1000)}, {"files=10000", 10000, manyFiles(10000)},
		{"tensors=10000", 10000, manyShards(10)}, {"tensors=100000", 100000, manyShards(100)},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Build(context.Background(), bench.repo); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(bench.items), "ns/item")
		})
	}
}
