package source

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkFiles lists 100,000 files in 100 folders, each of them opened once
// to see whether it can be read.
func BenchmarkFiles(b *testing.B) {
	const folders, each = 100, 1000
	dir := b.TempDir()
	for i := range folders {
		folder := filepath.Join(dir, fmt.Sprintf("folder-%03d", i))
		if err := os.Mkdir(folder, 0o755); err != nil {
			b.Fatal(err)
		}
		for j := range each {
			if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("file-%04d.bin", j)), []byte("x"), 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
	repo, err := Open(b.Context(), dir)
	if err != nil {
		b.Fatal(err)
	}
	defer repo.Close()
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, err := range repo.Files(b.Context()) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != folders*each {
			b.Fatalf("%d files", n)
		}
	}
}
