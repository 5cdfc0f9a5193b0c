package index_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/index"
)

func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	x, err := index.OpenForWriting(ctx, filepath.Join(dir, "index.db"))
	if err != nil {
		log.Fatal(err)
	}
	defer x.Close()

	// The fingerprint of a model whose only matrix is read with four windows.
	matrix := fingerprint.TensorPrint{Name: "encoder.weight", Shape: []uint64{64, 64}, Layer: -1, Expert: -1}
	matrix.Class = fingerprint.Matrix
	matrix.Views = []fingerprint.View{{Rows: 64, Cols: 64, Windows: []fingerprint.Window{
		{Signs: 0x243f6a88, Used: 0xffffffff}, {Signs: 0x85a308d3, Used: 0xffffffff},
		{Signs: 0x13198a2e, Used: 0xffffffff}, {Signs: 0x03707344, Used: 0xffffffff},
	}}}
	m := &fingerprint.Model{Mode: fingerprint.Sparse, Parts: []fingerprint.Part{
		{Ref: "part:vision-encoder", Role: "vision-encoder", Tensors: []fingerprint.TensorPrint{matrix}},
	}}
	if _, err := x.Add(ctx, index.Entry{ID: "example/tower", Family: "vit", Released: "2025-03-01"}, m); err != nil {
		log.Fatal(err)
	}

	found, err := x.Search(ctx, &m.Parts[0])
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range found {
		fmt.Printf("%s %s: z = %.1f\n", c.Entry.ID, c.Part, c.Z)
	}
	// Output:
	// example/tower part:vision-encoder: z = 11.3
}
