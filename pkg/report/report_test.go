package report

import (
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
)

func TestNumbers(t *testing.T) {
	for n, want := range map[int64]string{0: "-", 7: "7", 999: "999", 1000: "1.00 K", 22713728: "22.7 M", 999999: "1.00 M", 268098176: "268 M", 1240000000: "1.24 B", 3e15: "3000 T"} {
		if got := count(n); got != want {
			t.Errorf("count(%d) = %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "-", 512: "512 B", 90856960: "90.9 MB", 65500000000: "65.5 GB"} {
		if got := bytes(n); got != want {
			t.Errorf("bytes(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestWidth(t *testing.T) {
	for s, want := range map[string]int{"abc": 3, "모델": 4, "通义": 4, "é": 1, "…": 1, "ＡＢ": 4} {
		if got := width(s); got != want {
			t.Errorf("width(%q) = %d, want %d", s, got, want)
		}
	}
}

// TestText prints a document of somebody else, with text that must not reach a
// terminal as it is, and with everything that a summary shows.
func TestText(t *testing.T) {
	d := &bom.Document{
		Subject: "model",
		Components: []bom.Component{
			{Ref: "model", Kind: bom.KindModel, Group: "acme", Name: "vlm\x1b[2J", Version: "1",
				Licenses: []bom.License{{Expression: "MIT", Acknowledgement: bom.Declared}, {Expression: "Apache-2.0", Acknowledgement: bom.Concluded}},
				Model:    &bom.Model{Task: "image-text-to-text", Family: "llava", Architecture: "LlavaModel", Parameters: 1500, Tensors: 3, Bytes: 3000}},
			{Ref: "part:language-model", Kind: bom.KindModel, Role: bom.RoleLanguageModel, Origins: []bom.Origin{{Reference: "up", Verdict: bom.VerdictTrainedFrom}},
				Model: &bom.Model{Parameters: 1500, Tensors: 3, Bytes: 3000, Layers: 2, DTypes: []bom.DTypeShare{{DType: "F32", Parameters: 10}, {DType: "BF16", Parameters: 1490}}}},
			{Ref: "part:vision-encoder:extra", Kind: bom.KindModel, Role: bom.RoleVisionEncoder, Model: &bom.Model{}},
			{Ref: "part:tokenizer", Kind: bom.KindData, Role: bom.RoleTokenizer},
			{Ref: "file:t", Kind: bom.KindFile, Name: "t", File: &bom.File{Size: 2048}, Hashes: []bom.Hash{{Algorithm: bom.SHA256, Value: "ab", Asserted: true}}},
			{Ref: "file:code.py", Kind: bom.KindFile, Role: bom.RoleCode, Name: "code.py", File: &bom.File{Size: 10}},
			{Ref: "up", Kind: bom.KindModel, Group: "base", Name: "llm"},
			{Ref: "data", Kind: bom.KindData, Role: bom.RoleDataset, Name: "pile"},
		},
		Relationships: []bom.Relationship{{From: "part:tokenizer", Type: bom.Contains, To: "file:t"}, {From: "model", Type: bom.TrainedOn, To: "data"}},
		Gaps: []bom.Gap{{Kind: bom.GapUnreadWeights, Path: "x.onnx\u202e", Reason: "cannot be read"}, {Kind: bom.GapSkipped, Path: ".git", Reason: "version control"},
			{Kind: bom.GapSkipped, Path: ".svn", Reason: "version control"}},
		Findings: []bom.Finding{{Rule: "digest-mismatch", Severity: bom.SeverityHigh, Path: "t", Message: "differs"}},
	}
	print := func(o TextOptions) string {
		var b strings.Builder
		if err := Text(&b, d, o); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	short, long := print(TextOptions{}), print(TextOptions{Verbose: true})
	for _, want := range []string{
		`acme/vlm\x1b[2J 1`, "licence       Apache-2.0 (concluded; declared: MIT)", "architecture  LlavaModel (llava)", "data sets     pile",
		"ORIGIN\n", "LICENCE OF  DECLARED  CONCLUDED   CLASS", "trained-from base/llm", "BF16 F32", "vision-encoder (extra)", "not read", "2.05 kB", "code (1 file)",
		"high digest-mismatch: t: differs", `unread-weights: x.onnx\u202e: cannot be read`, "2 skipped (listed with -v)", "2 files, 2.06 kB, 1 with digests",
	} {
		if !strings.Contains(short, want) {
			t.Errorf("the summary lacks %q:\n%s", want, short)
		}
	}
	for _, want := range []string{"skipped: .git: version control", "sha256:ab (asserted)", "language-model: trained-from base/llm"} {
		if !strings.Contains(long, want) {
			t.Errorf("the long summary lacks %q:\n%s", want, long)
		}
	}
	for _, text := range []string{short, long} {
		if strings.ContainsAny(text, "\x1b\u202e") {
			t.Error("a control character reaches the terminal")
		}
		for line := range strings.Lines(text) {
			if strings.HasSuffix(strings.TrimSuffix(line, "\n"), " ") {
				t.Errorf("a line ends in blanks: %q", line)
			}
		}
	}
}
