package security_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/fixtures"
	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/format"
	"github.com/modelbom/modelbom/pkg/security"
)

// benign are real files, by their path below the test data. All are what their
// publishers' users load every day.
var benign = []string{
	"lpips/v0.0/alex.pth", "lpips/v0.0/squeeze.pth", "lpips/v0.0/vgg.pth", "lpips/v0.1/alex.pth", "lpips/v0.1/squeeze.pth", "lpips/v0.1/vgg.pth",
	"efficientnet-lite0/efficientnet-lite0.pth", "silero-vad/silero_vad.jit", "silero-vad/silero_vad.onnx", "ocr-models/det.onnx",
	"face-detection/face_detection_short_range.tflite", "face-api/face_recognition_model.bin", "all-minilm-l6-v2/model.safetensors", "all-minilm-l6-v2/config.json",
}

// A verdict is what the tools say of a file.
type verdict struct {
	File, Picklescan, Fickling, Modelscan string
}

// flagged reports whether one of the other tools complains.
func (v verdict) flagged() bool {
	for _, s := range []string{v.Picklescan, v.Fickling, v.Modelscan} {
		if s == "suspicious" || s == "dangerous" {
			return true
		}
	}
	return false
}

// judge is what modelbom says of one file: the gravest severity of its findings.
func judge(t *testing.T, path string) bom.Severity {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f := security.File{Path: filepath.Base(path)}
	id, reader := format.Identify(f.Path, int64(len(data)), data[:min(len(data), format.HeadSize)])
	f.Format = id
	switch {
	case reader != nil:
		h, err := reader.Read(bytes.NewReader(data), int64(len(data)))
		f.State = security.Read
		if err != nil {
			f.State, f.Reason = security.Broken, err.Error()
			if broken := new(format.Error); errors.As(err, &broken) {
				f.Code = broken.Code
			}
		} else {
			f.Code = h.Code
		}
	case id != "":
		f.State = security.NotRead
	}
	if head := data[:min(len(data), format.HeadSize)]; reader == nil && format.Scannable(f.Path, head) {
		scanned := format.Scan(f.Path, bytes.NewReader(data), int64(len(data)))
		f.Scanned, f.Code, f.Gaps = true, scanned.Code, scanned.Gaps
	}
	worst := bom.Severity("")
	order := []bom.Severity{"", bom.SeverityInfo, bom.SeverityLow, bom.SeverityMedium, bom.SeverityHigh, bom.SeverityCritical}
	for _, x := range security.Findings(&security.Subject{Files: []security.File{f}}) {
		if slices.Index(order, x.Severity) > slices.Index(order, worst) {
			worst = x.Severity
		}
	}
	return worst
}

func others(t *testing.T, files []string) map[string]verdict {
	t.Helper()
	python := os.Getenv("MODELBOM_SCANNERS")
	if python == "" {
		t.Skip("MODELBOM_SCANNERS does not name a Python with picklescan, fickling and modelscan")
	}
	cmd := exec.CommandContext(t.Context(), python, append([]string{"-B", "scan.py"}, files...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	verdicts := map[string]verdict{}
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		var v verdict
		if err := json.Unmarshal(s.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		verdicts[v.File] = v
	}
	if len(verdicts) != len(files) {
		t.Fatalf("%d verdicts of %d files", len(verdicts), len(files))
	}
	return verdicts
}

// missed are hostile pickles that another tool complains about and that are no
// complaint above info here, with the reason why that is right. It is empty.
var missed = map[string]string{}

// TestHostile compares the tools on the generated hostile pickles.
func TestHostile(t *testing.T) {
	dir := t.TempDir()
	var files []string
	about := map[string]string{}
	payload := map[string]bool{}
	for _, p := range fixtures.Pickles() {
		if err := os.MkdirAll(filepath.Join(dir, p.Name), 0o755); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, p.Name, p.File)
		if err := os.WriteFile(file, p.Data, 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
		about[file], payload[file] = p.Name, bytes.Contains(p.Data, []byte("system")) || len(p.Names) > 0
	}
	verdicts := others(t, files)
	counts := map[string]int{}
	var table strings.Builder
	for _, file := range files {
		v, ours := verdicts[file], judge(t, file)
		complains := ours != "" && ours != bom.SeverityInfo
		fmt.Fprintf(&table, "%-22s %-9s %-11s %-11s %-11s\n", about[file], ours, v.Picklescan, v.Fickling, v.Modelscan)
		for tool, hit := range map[string]bool{"modelbom": complains, "picklescan": bad(v.Picklescan), "fickling": bad(v.Fickling), "modelscan": bad(v.Modelscan)} {
			if hit {
				counts[tool]++
			}
			if hit && payload[file] {
				counts[tool+" with a payload"]++
			}
		}
		if v.flagged() && !complains && missed[about[file]] == "" {
			t.Errorf("%s: severity %q here, and others say picklescan %s, fickling %s, modelscan %s", about[file], ours, v.Picklescan, v.Fickling, v.Modelscan)
		}
		if payload[file] && !complains {
			t.Errorf("%s names a payload, and the gravest severity is %q", about[file], ours)
		}
	}
	t.Logf("\n%s%d files: %v", table.String(), len(files), counts)
}

// TestPrograms compares the tools on the generated files that hide what they run in
// containers, in formats whose tensors are not read, or behind a flood of names.
func TestPrograms(t *testing.T) {
	dir := t.TempDir()
	var files []string
	about := map[string]fixtures.Program{}
	for _, p := range fixtures.Programs() {
		if len(p.Data) > 20<<20 {
			continue // the other tools take minutes
		}
		file := filepath.Join(dir, p.Name, p.File)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, p.Data, 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
		about[file] = p
	}
	verdicts := others(t, files)
	counts := map[string]int{}
	hostile := 0
	var table strings.Builder
	for _, file := range files {
		p, v, ours := about[file], verdicts[file], judge(t, file)
		complains := ours != "" && ours != bom.SeverityInfo
		fmt.Fprintf(&table, "%-22s %-9s %-11s %-11s %-11s\n", p.Name, ours, v.Picklescan, v.Fickling, v.Modelscan)
		if len(p.Finds) == 0 && !p.Gap {
			if complains {
				t.Errorf("%s: severity %q of a file that does nothing", p.Name, ours)
			}
			continue
		}
		hostile++
		for tool, hit := range map[string]bool{"modelbom": complains, "picklescan": bad(v.Picklescan), "fickling": bad(v.Fickling), "modelscan": bad(v.Modelscan)} {
			if hit {
				counts[tool]++
			}
		}
		if !complains {
			t.Errorf("%s: severity %q here, and others say picklescan %s, fickling %s, modelscan %s", p.Name, ours, v.Picklescan, v.Fickling, v.Modelscan)
		}
	}
	t.Logf("\n%s%d hostile files: %v", table.String(), hostile, counts)
}

func bad(verdict string) bool { return verdict == "suspicious" || verdict == "dangerous" }

// TestBenign counts false alarms on real files. Ours must be none.
func TestBenign(t *testing.T) {
	root := os.Getenv("MODELBOM_TESTDATA")
	if root == "" {
		t.Skip("MODELBOM_TESTDATA does not name the real models")
	}
	var files []string
	for _, name := range benign {
		file := filepath.Join(root, name)
		if _, err := os.Stat(file); err != nil {
			t.Logf("%s is not there", name)
			continue
		}
		if s := judge(t, file); s != "" && s != bom.SeverityInfo {
			t.Errorf("%s: severity %q", name, s)
		}
		files = append(files, file)
	}
	if len(files) < 10 {
		t.Skipf("%d of %d files are there", len(files), len(benign))
	}
	verdicts := others(t, files)
	for _, file := range files {
		v := verdicts[file]
		t.Logf("%-50s %-5s %-11s %-11s %-11s", strings.TrimPrefix(file, root), judge(t, file), v.Picklescan, v.Fickling, v.Modelscan)
	}
}
