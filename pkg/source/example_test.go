package source_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

	"github.com/modelbom/modelbom/pkg/source"
)

func ExampleOpen() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(`{"model_type": "llama"}`), 0o644); err != nil {
		log.Fatal(err)
	}

	ctx := context.Background()
	repo, err := source.Open(ctx, dir)
	if err != nil {
		log.Fatal(err)
	}
	defer repo.Close()
	for f, err := range repo.Files(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		if f.Absent || f.Skipped != "" {
			continue
		}
		b, err := repo.Open(ctx, f.Path)
		if err != nil {
			log.Fatal(err)
		}
		data, err := io.ReadAll(io.NewSectionReader(b, 0, b.Size()))
		b.Close()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %s\n", f.Path, data)
	}
	// Output: config.json: {"model_type": "llama"}
}

func ExampleParsePointer() {
	p, ok := source.ParsePointer([]byte(`version https://git-lfs.github.com/spec/v1
oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
size 12345
`))
	fmt.Println(ok, p.Size, p.OID[:8])
	// Output: true 12345 4d7a2146
}
