package e2e

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/codec"
)

// TestDiffOfLargeDocuments compares two documents of up to 20,000 components as
// a user does, reading included, in formats that are alike and in those that are
// least so, and prints the curve. What is allowed is 2 s and 512 MB; the time is
// that of the processors, so that other tests beside do not count.
func TestDiffOfLargeDocuments(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: the time and memory of large documents are not measured")
	}
	for _, pair := range [][2]string{{"cyclonedx-json@1.6", "cyclonedx-json@1.6"}, {"cyclonedx-json@1.6", "spdx-json@3.0.1"}} {
		for _, n := range []int{2500, 5000, 10000, 20000} {
			dir := t.TempDir()
			old, new := filepath.Join(dir, "old"), filepath.Join(dir, "new")
			sizes := writeLarge(t, old, pair[0], n, 0) + writeLarge(t, new, pair[1], n, 1)
			best := result{cpu: time.Hour}
			for range 2 {
				r := modelbom(t, nil, "diff", old, new, "-q", "-o", "json="+filepath.Join(dir, "json"), "-o", "html="+filepath.Join(dir, "html"), "-o", "text")
				if r.code != 0 || !strings.Contains(r.stdout, "weights-changed") {
					t.Fatalf("exit code %d: %.300s%s", r.code, r.stdout, r.stderr)
				}
				if r.cpu < best.cpu {
					best = r
				}
			}
			t.Logf("%s against %s, %d components each: %v of processors in %v, peak memory %d MB, documents of %d MB", pair[0], pair[1], n, best.cpu.Round(time.Millisecond), best.took.Round(time.Millisecond), best.peak>>20, sizes>>20)
			if best.cpu > 4*time.Second || runtime.GOOS == "linux" && (best.peak == 0 || best.peak > 512<<20) {
				t.Errorf("%v and %d MB", best.cpu, best.peak>>20)
			}
		}
	}
}

// TestDocumentsOfAnySize: what is far larger than any document of a model is
// refused or read within bounds, and what nests deeper than any is refused.
func TestDocumentsOfAnySize(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: the time and memory of large documents are not measured")
	}
	dir := t.TempDir()
	small := filepath.Join(dir, "small.json")
	writeLarge(t, small, "cyclonedx-json@1.6", 10, 0)
	const head = `{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{"component":{"type":"machine-learning-model","bom-ref":"m","name":"m"}},"components":[`
	for _, c := range []struct {
		name, open, repeat, close string
		size                      int
		code                      int
		limit                     int64 // of memory, in MB
		says                      string
	}{
		{"files", head, `{"type":"file","name":"a"},`, `{"type":"file","name":"b"}]}`, 4 << 20, 0, 2048, ""},
		{"one string", head + `{"type":"file","name":"`, "0123456789abcdef", `"}]}`, 200 << 20, 0, 2048, ""},
		{"white space", head, "                ", `]}`, 200 << 20, 0, 2048, ""},
		{"too large", head, "                ", `]}`, 410 << 20, 1, 2048, "too large"},
		{"nested", head, `{"type":"file","name":"a","components":[`, ``, 4 << 20, 1, 512, "nest"},
		{"lists", head, `[`, ``, 4 << 20, 1, 512, "nest"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(dir, c.name)
			writeRepeated(t, file, c.open, c.repeat, c.close, c.size)
			defer os.Remove(file)
			for _, args := range [][]string{{"diff", small, file, "-q"}, {"report", file, "-q", "-o", "html=" + filepath.Join(dir, "html")}} {
				r := modelbom(t, nil, args...)
				if r.code != c.code || !strings.Contains(r.stderr, c.says) || len(r.stdout) > 1<<20 {
					t.Errorf("%s: exit code %d: %.300s", args[0], r.code, r.stderr)
				}
				if r.took > time.Minute || r.peak > c.limit<<20 {
					t.Errorf("%s: %v and %d MB", args[0], r.took, r.peak>>20)
				}
				t.Logf("%s: exit code %d, %v, peak memory %d MB: %.200s", args[0], r.code, r.took.Round(time.Millisecond), r.peak>>20, r.stderr)
			}
		})
	}
}

// writeLarge writes a document of n components and returns its size. In round 1
// one part in ten has other weights.
func writeLarge(t *testing.T, name, format string, n, round int) int64 {
	t.Helper()
	d := &bom.Document{Subject: "model", Components: []bom.Component{{Ref: "model", Kind: bom.KindModel, Name: "m", Model: &bom.Model{}}}}
	for i := 1; i < n; i++ {
		part := bom.Ref(fmt.Sprintf("part:other:p%d", i/10*10))
		var c bom.Component
		switch i % 10 {
		case 0:
			r := round
			if i%100 != 0 {
				r = 0
			}
			c = bom.Component{Ref: part, Role: bom.RoleOther, Kind: bom.KindModel, Name: fmt.Sprintf("m/other (p%d)", i),
				Model: &bom.Model{Family: "x", Parameters: 1000, WeightsDigest: fmt.Sprintf("sha256:%032d%032d", i, r), Hyperparameters: []bom.Property{{Name: "hidden_size", Value: "64"}}}}
			d.Relationships = append(d.Relationships, bom.Relationship{From: "model", Type: bom.Contains, To: c.Ref})
		case 1, 2, 3:
			c = bom.Component{Ref: bom.Ref(fmt.Sprintf("pkg:pypi/l%d@1", i)), Kind: bom.KindLibrary, Name: fmt.Sprintf("l%d", i), Version: "1", PURL: fmt.Sprintf("pkg:pypi/l%d@1", i)}
			d.Relationships = append(d.Relationships, bom.Relationship{From: "model", Type: bom.DependsOn, To: c.Ref})
		default:
			c = bom.Component{Ref: bom.Ref(fmt.Sprintf("file:f%d", i)), Kind: bom.KindFile, Name: fmt.Sprintf("f%d", i),
				Hashes: []bom.Hash{{Algorithm: bom.SHA1, Value: fmt.Sprintf("%040d", i)}, {Algorithm: bom.SHA256, Value: fmt.Sprintf("%064d", i)}}, File: &bom.File{Size: int64(i), Format: "safetensors", Role: "weights"}}
			if i > 10 {
				d.Relationships = append(d.Relationships, bom.Relationship{From: part, Type: bom.HasDataFile, To: c.Ref})
			}
		}
		c.Licenses = []bom.License{{Expression: "MIT", Acknowledgement: bom.Declared}}
		d.Components = append(d.Components, c)
	}
	d.Normalize()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	format, version, _ := strings.Cut(format, "@")
	if _, err := codec.Encode(w, d, format, version); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func writeRepeated(t *testing.T, name, open, repeat, end string, size int) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	w.WriteString(open)
	for n := 0; n < size; n += len(repeat) {
		w.WriteString(repeat)
	}
	w.WriteString(end)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
}
