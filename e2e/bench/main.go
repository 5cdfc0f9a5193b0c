// Command bench measures modelbom against the physical limit: one read of the
// bytes and one SHA-256 over them, as sha256sum does it on the same files in
// the same run, one process a file, all from memory. Where openssl is there it
// is measured too, since some builds of sha256sum do not use the processor's
// SHA-256 instructions.
//
//	go run ./e2e/bench [-size GIB] [-sparse GIB] [-formats GIB]
//		[-sparse-formats GIB] [-runs N] [-dir DIR]
//
// It prints ratios of medians over alternating runs, since bare times say more
// about the machine than about the program, for safetensors, for PyTorch
// archives and for an ONNX model with external data; the peak memory on large
// sparse repositories of the same; the time of a tiny repository; and the size
// of the program. A size of 0 leaves a part out. Close other programs first.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/modelbom/modelbom/fixtures"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	b := bench{}
	flag.Float64Var(&b.size, "size", 4, "size of the safetensors repository in `GiB`")
	flag.Float64Var(&b.sparse, "sparse", 20, "size of the sparse safetensors repository in `GiB`")
	flag.Float64Var(&b.formats, "formats", 2, "size of the PyTorch and of the ONNX repository in `GiB`")
	flag.Float64Var(&b.sparseFormats, "sparse-formats", 10, "size of the sparse PyTorch archive and of the sparse ONNX model in `GiB`")
	flag.IntVar(&b.runs, "runs", 5, "`number` of runs of each kind")
	flag.StringVar(&b.dir, "dir", "", "make files in this `folder`; default a temporary one")
	flag.Parse()
	if err := b.run(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "bench: error: %v\n", err)
		os.Exit(1)
	}
}

type bench struct {
	size, sparse, formats, sparseFormats float64 // in GiB
	runs                                 int
	dir                                  string
}

const gib = 1 << 30

// A subject is a kind of repository that is measured.
type subject struct {
	what  string
	files string // a pattern of the files that hold the weights
	size  float64
	write func(dir string, total int64) error
}

// in gives a writer of shards their number.
func in(shards int, write func(string, int64, int) error) func(string, int64) error {
	return func(dir string, total int64) error { return write(dir, total, shards) }
}

// full are the repositories whose time is measured.
func (b bench) full() []subject {
	return []subject{
		{"repository of safetensors in two shards", "*.safetensors", b.size, in(2, fixtures.WriteBench)},
		{"repository of two PyTorch archives", "*.bin", b.formats, in(2, fixtures.WriteBenchTorch)},
		{"repository of ONNX with external data", "model.onnx*", b.formats, fixtures.WriteBenchONNX},
	}
}

// holes are those whose memory is measured; they take next to no space on the
// disk.
func (b bench) holes() []subject {
	return []subject{
		{"sparse repository of safetensors in five shards", "", b.sparse, in(5, fixtures.WriteSparse)},
		{"sparse repository of one PyTorch archive", "", b.sparseFormats, in(1, fixtures.WriteSparseTorch)},
		{"sparse repository of ONNX with external data", "", b.sparseFormats, fixtures.WriteSparseONNX},
	}
}

func (b bench) run(ctx context.Context) error {
	dir, err := os.MkdirTemp(b.dir, "modelbom-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b.dir = dir
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", dir+string(filepath.Separator), "./cmd/modelbom", "./e2e/measure")
	build.Env, build.Stderr = append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build, in the root of the repository: %w", err)
	}
	for _, s := range b.full() {
		if err := b.each(ctx, s, b.ratios); err != nil {
			return err
		}
	}
	for _, s := range b.holes() {
		if err := b.each(ctx, s, b.memory); err != nil {
			return err
		}
	}
	return errors.Join(b.tiny(ctx), b.binary())
}

// each writes a repository, measures it and removes it.
func (b bench) each(ctx context.Context, s subject, measure func(context.Context, string, subject) error) error {
	if s.size == 0 {
		return nil
	}
	repo := filepath.Join(b.dir, "repo")
	if err := s.write(repo, int64(s.size*gib)); err != nil {
		return err
	}
	if err := measure(ctx, repo, s); err != nil {
		return err
	}
	return os.RemoveAll(repo)
}

// A kind is one of the things that are compared.
type kind struct {
	name string
	run  func() error
}

// ratios compares with sha256sum, in alternating runs.
func (b bench) ratios(ctx context.Context, repo string, s subject) error {
	fmt.Printf("%s, %g GiB, warm, medians of %d alternating runs\n", s.what, s.size, b.runs)
	files, err := filepath.Glob(filepath.Join(repo, s.files))
	if err != nil {
		return err
	}
	if err := warm(files); err != nil {
		return err
	}
	kinds := []kind{
		{"sha256sum, one process a file", func() error { return together(ctx, files, "sha256sum") }},
		{"generate", func() error { _, err := b.generate(ctx, repo); return err }},
		{"generate -o fingerprint=FILE", func() error {
			_, err := b.generate(ctx, repo, "-o", "fingerprint="+filepath.Join(b.dir, "fingerprint.json"))
			return err
		}},
		{"generate --no-tensor-digests", func() error { _, err := b.generate(ctx, repo, "--no-tensor-digests"); return err }},
	}
	if _, err := exec.LookPath("openssl"); err == nil {
		kinds = append(kinds, kind{"openssl dgst, one process a file", func() error { return together(ctx, files, "openssl", "dgst", "-sha256") }})
	}
	times := make([][]time.Duration, len(kinds))
	for range b.runs {
		for i, k := range kinds {
			start := time.Now()
			if err := k.run(); err != nil {
				return err
			}
			times[i] = append(times[i], time.Since(start))
		}
	}
	fmt.Printf("  a fingerprint adds %+.0f %% to generate\n", 100*(median(times[2]).Seconds()/median(times[1]).Seconds()-1))
	base := median(times[0])
	for i, k := range kinds {
		m := median(times[i]).Seconds()
		fmt.Printf("  %-34s %.2f  (%.2f GB/s)\n", k.name, m/base.Seconds(), s.size*gib/1e9/m)
	}
	return nil
}

// warm reads the files once, so that all runs find them in memory.
func warm(names []string) error {
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, f)
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// together starts one process for each file and waits for all.
func together(ctx context.Context, files []string, program string, args ...string) error {
	var all []*exec.Cmd
	var errs []error
	for _, name := range files {
		c := exec.CommandContext(ctx, program, append(slices.Clone(args), name)...)
		if err := c.Start(); err != nil {
			errs = append(errs, err)
			break
		}
		all = append(all, c)
	}
	for _, c := range all {
		errs = append(errs, c.Wait())
	}
	return errors.Join(errs...)
}

// generate returns the peak memory in bytes.
func (b bench) generate(ctx context.Context, repo string, flags ...string) (int64, error) {
	report := filepath.Join(b.dir, "peak")
	args := []string{report, filepath.Join(b.dir, "modelbom"), "generate", repo, "--no-index", "-q", "-o", "cyclonedx-json=" + filepath.Join(b.dir, "bom.cdx.json")}
	c := exec.CommandContext(ctx, filepath.Join(b.dir, "measure"), append(args, flags...)...)
	c.Stderr = os.Stderr
	if err := c.Run(); err != nil {
		return 0, fmt.Errorf("modelbom generate: %w", err)
	}
	data, err := os.ReadFile(report)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(string(data), 10, 64)
}

// memory prints the peak with all digests and without those of tensors.
func (b bench) memory(ctx context.Context, repo string, s subject) error {
	fmt.Printf("peak memory on a %s, %g GiB\n", s.what, s.size)
	for _, flags := range [][]string{nil, {"--no-tensor-digests"}} {
		peak, err := b.generate(ctx, repo, flags...)
		if err != nil {
			return err
		}
		fmt.Printf("  %-34s %d MiB\n", "generate "+strings.Join(flags, " "), peak>>20)
	}
	return nil
}

// tiny compares a whole small repository with a start that does nothing.
func (b bench) tiny(ctx context.Context) error {
	repo := filepath.Join(b.dir, "tiny")
	if err := fixtures.Write("decoder", repo); err != nil {
		return err
	}
	var idle, work []time.Duration
	for range max(b.runs, 20) {
		start := time.Now()
		if err := exec.CommandContext(ctx, filepath.Join(b.dir, "modelbom"), "version").Run(); err != nil {
			return err
		}
		idle = append(idle, time.Since(start))
		start = time.Now()
		out := "cyclonedx-json=" + filepath.Join(b.dir, "bom.cdx.json")
		if err := exec.CommandContext(ctx, filepath.Join(b.dir, "modelbom"), "generate", repo, "-q", "-o", out).Run(); err != nil {
			return err
		}
		work = append(work, time.Since(start))
	}
	fmt.Printf("tiny repository, start to end\n  generate                           %.1f ms, %.1f times modelbom version\n",
		float64(median(work).Microseconds())/1e3, median(work).Seconds()/median(idle).Seconds())
	return nil
}

func (b bench) binary() error {
	info, err := os.Stat(filepath.Join(b.dir, "modelbom"))
	if err != nil {
		return err
	}
	fmt.Printf("program, stripped                    %.1f MB\n", float64(info.Size())/1e6)
	return nil
}

func median(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
