package inspect_test

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/modelbom/modelbom/fixtures"
	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/inspect"
	"github.com/modelbom/modelbom/pkg/source"
)

// A counting repository counts the bytes that are read from it.
type counting struct {
	source.Repository
	read atomic.Int64
}

func (c *counting) Open(ctx context.Context, name string) (source.Blob, error) {
	b, err := c.Repository.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	return countingBlob{b, c}, nil
}

type countingBlob struct {
	source.Blob
	of *counting
}

func (b countingBlob) ReadAt(p []byte, off int64) (int, error) {
	n, err := b.Blob.ReadAt(p, off)
	b.of.read.Add(int64(n))
	return n, err
}

// TestSparse reads less than a hundredth of the bytes of a repository of 2 GiB,
// and finds the same windows as a full pass does.
func TestSparse(t *testing.T) {
	const size = 2 << 30
	dir := filepath.Join(t.TempDir(), "m")
	if err := fixtures.WriteSparse(dir, size, 2); err != nil {
		t.Skipf("no room for a sparse file: %v", err)
	}
	repo, err := source.Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	c := &counting{Repository: repo}
	m, gaps, err := inspect.Fingerprint(context.Background(), c, inspect.Options{Sparse: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range gaps {
		if g.Kind.Weights() {
			t.Errorf("a gap: %+v", g)
		}
	}
	tensors := 0
	for _, p := range m.Parts {
		tensors += len(p.Tensors)
	}
	if m.Mode != fingerprint.Sparse || tensors < 10 {
		t.Errorf("mode %s, %d tensors", m.Mode, tensors)
	}
	share := float64(c.read.Load()) / size
	t.Logf("%d bytes of %d read, %.4f %%, %d tensors", c.read.Load(), size, 100*share, tensors)
	if share >= 0.01 {
		t.Errorf("%.2f %% of the bytes were read", 100*share)
	}
}

// TestSparseWindows: sparse and full fingerprints of one model have the same
// sign sketches.
func TestSparseWindows(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "m")
	if err := fixtures.Write("vlm", dir); err != nil {
		t.Fatal(err)
	}
	repo, err := source.Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	full, _, err := inspect.Fingerprint(context.Background(), repo, inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sparse, _, err := inspect.Fingerprint(context.Background(), repo, inspect.Options{Sparse: true})
	if err != nil {
		t.Fatal(err)
	}
	matrices := 0
	for i, p := range full.Parts {
		for j, want := range p.Tensors {
			got := sparse.Parts[i].Tensors[j]
			if want.Class != got.Class {
				t.Errorf("%s is %s in full and %s sparse", want.Name, want.Class, got.Class)
			}
			if want.Class != fingerprint.Matrix {
				continue
			}
			matrices++
			for k := range want.Views[0].Windows {
				if want.Views[0].Windows[k] != got.Views[0].Windows[k] {
					t.Fatalf("%s: window %d differs", want.Name, k)
				}
			}
			if want.Payload == ([32]byte{}) || got.Payload != ([32]byte{}) {
				t.Errorf("%s: digests only in full", want.Name)
			}
		}
	}
	if matrices < 20 {
		t.Errorf("only %d matrices", matrices)
	}
}
