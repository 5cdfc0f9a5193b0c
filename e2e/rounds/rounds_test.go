// Package rounds tests modelbom diff on two rounds of one vision-language model
// that are made of real ones; make.py says how. The weights are deleted before
// the documents are compared.
//
// MODELBOM_PYTHON names a Python with onnx and gguf, MODELBOM_TORCH_PYTHON one
// with PyTorch; see .ci/python and .ci/run.
package rounds

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/e2e/built"
	"github.com/modelbom/modelbom/e2e/testset"
	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/diff"
)

// What make.py measured on the tensors.
type truth struct {
	Language struct{ Frozen, Delta float64 }
	Losses   []float64
}

func TestTwoRounds(t *testing.T) {
	dir, measured := made(t)
	if n := len(measured.Losses); n < 24 || mean(measured.Losses[n-6:]) > mean(measured.Losses[:6])-0.5 {
		t.Fatalf("the language model learned nothing: %v", measured.Losses)
	}
	command := build(t, dir)
	for _, round := range []string{"1", "2"} {
		run(t, command, dir, "generate", "round-"+round, "--name", "acme/vlm", "--version", round, "-q",
			"-o", "cyclonedx-json="+round+".cdx.json", "-o", "spdx-json@3.0.1="+round+".spdx.json", "-o", "fingerprint="+round+".json")
		if err := os.RemoveAll(filepath.Join(dir, "round-"+round)); err != nil {
			t.Fatal(err)
		}
	}
	text := run(t, command, dir, "diff", "1.cdx.json", "2.cdx.json", "-q", "-o", "text", "-o", "json=d.json", "-o", "html=d.html", "-o", "markdown=d.md")
	t.Log(text)
	c := read(t, filepath.Join(dir, "d.json"))
	t.Run("changes", func(t *testing.T) { checkChanges(t, c) })
	t.Run("weights", func(t *testing.T) { checkWeights(t, c, measured) })
	t.Run("outputs", func(t *testing.T) { checkOutputs(t, dir, text, c) })
	t.Run("formats", func(t *testing.T) {
		for _, pair := range [][2]string{{"1.cdx.json", "2.spdx.json"}, {"1.spdx.json", "2.cdx.json"}, {"1.spdx.json", "2.spdx.json"}} {
			run(t, command, dir, "diff", pair[0], pair[1], "-q", "-o", "json=other.json")
			if d := cmp.Diff(lines(c), lines(read(t, filepath.Join(dir, "other.json")))); d != "" {
				t.Errorf("%s against %s (-CycloneDX +these):\n%s", pair[0], pair[1], d)
			}
		}
	})
	t.Run("backwards", func(t *testing.T) {
		run(t, command, dir, "diff", "2.cdx.json", "1.cdx.json", "-q", "-o", "json=back.json")
		got := lines(read(t, filepath.Join(dir, "back.json")))
		if len(got) != len(c.Changes) || !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "part-added language-model (pytorch_model)") }) {
			t.Errorf("%q", got)
		}
	})
	t.Run("no fingerprints", func(t *testing.T) {
		for _, round := range []string{"1", "2"} {
			if err := os.Remove(filepath.Join(dir, round+".json")); err != nil {
				t.Fatal(err)
			}
		}
		text := run(t, command, dir, "diff", "1.cdx.json", "2.cdx.json")
		if !strings.Contains(text, "weights-changed  language-model") || !strings.Contains(text, "part-replaced  vision-encoder") || strings.Contains(text, "trained") {
			t.Error(text)
		}
	})
}

// checkChanges: everything that was done is reported, in this order, and
// nothing else.
func checkChanges(t *testing.T, c *diff.Changes) {
	want := []string{
		"high part-replaced vision-encoder",
		"high part-replaced projector",
		"high weights-trained-on language-model",
		"high licence-declared-changed the model",
		"medium part-removed language-model (pytorch_model)",
		"medium tokenizer-extended tokenizer",
		"low finding-resolved pytorch_model.bin",
		"low version-changed the model",
	}
	if d := cmp.Diff(want, lines(c)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	for kind, words := range map[diff.Kind][]string{
		diff.PartReplaced:           {"dinov2, 22,056,192 parameters", "efficientnet, 4,694,073 parameters"},
		diff.LicenceDeclaredChanged: {"MIT -> Apache-2.0", "language-model, vision-encoder, projector, tokenizer"},
		diff.PartRemoved:            {"the same weights as the language-model, in pytorch_model.bin", "The same goes for vision-encoder (pytorch_model) and projector (pytorch_model)."},
		diff.TokenizerExtended:      {"extended by 3 tokens; the old ones were kept"},
		diff.FindingResolved:        {"pickle"},
	} {
		x := first(c, kind)
		for _, w := range words {
			if x == nil || !strings.Contains(x.Text, w) {
				t.Errorf("%s does not say %q: %+v", kind, w, x)
			}
		}
	}
	for _, w := range []string{"vision-encoder replaced", "language-model trained on (moved ", "79 % frozen", "licence MIT -> Apache-2.0"} {
		if !strings.Contains(c.Summary, w) {
			t.Errorf("the summary does not say %q: %s", w, c.Summary)
		}
	}
	if c.Different {
		t.Error("taken for different models")
	}
}

// checkWeights compares what the sketches tell with what was measured.
func checkWeights(t *testing.T, c *diff.Changes, measured truth) {
	x := first(c, diff.WeightsTrainedOn)
	if x == nil || x.Weights == nil {
		t.Fatal("nothing is told of the language model's weights")
	}
	w := x.Weights
	if w.Verdict != bom.VerdictTrainedFrom || w.Strength != bom.StrengthStrong {
		t.Errorf("%s with %s evidence", w.Verdict, w.Strength)
	}
	if math.Abs(w.Frozen-measured.Language.Frozen) > 0.01 || math.Abs(w.Distance/measured.Language.Delta-1) > 0.05 {
		t.Errorf("frozen %.4f, measured %.4f; moved %.5f, measured %.5f", w.Frozen, measured.Language.Frozen, w.Distance, measured.Language.Delta)
	}
	frozen := 0
	for _, l := range w.Layers {
		if l.Old != l.New {
			t.Errorf("layer %d continues %d", l.New, l.Old)
		}
		if l.Frozen == 1 {
			frozen++
		}
	}
	if len(w.Layers) != 30 || frozen != 22 {
		t.Errorf("%d layers, %d of them frozen", len(w.Layers), frozen)
	}
	if w.Limits == "" || !strings.Contains(w.Sentence, "3 rows more") {
		t.Errorf("%s %s", w.Sentence, w.Limits)
	}
	if x := first(c, diff.TokenizerExtended); x == nil || x.Tokenizer == nil || x.Tokenizer.Added != 3 || x.Tokenizer.Removed != 0 || x.Tokenizer.Relation != diff.TokensExtended {
		t.Errorf("tokenizer %+v", x)
	}
}

// checkOutputs: what the JSON says stands in the page, in Markdown and in text.
func checkOutputs(t *testing.T, dir, text string, c *diff.Changes) {
	page, markdown := contents(t, dir, "d.html"), contents(t, dir, "d.md")
	for _, x := range c.Changes {
		for name, s := range map[string]string{"page": page, "Markdown": markdown, "text": text} {
			if !strings.Contains(s, string(x.Kind)) {
				t.Errorf("the %s has no %s", name, x.Kind)
			}
		}
	}
	for _, w := range []string{"<svg", "Layers 0-21 are unchanged", "moved by", "extended by 3 tokens", "Weights do not tell which of two related models came first", "22,056,192"} {
		if !strings.Contains(page, w) {
			t.Errorf("the page has no %q", w)
		}
	}
	if strings.Contains(page, "<script") {
		t.Error("the page has a script")
	}
}

func first(c *diff.Changes, kind diff.Kind) *diff.Change {
	for i := range c.Changes {
		if c.Changes[i].Kind == kind {
			return &c.Changes[i]
		}
	}
	return nil
}

func lines(c *diff.Changes) []string {
	var out []string
	for _, x := range c.Changes {
		out = append(out, fmt.Sprintf("%s %s %s", x.Importance, x.Kind, x.Name))
	}
	return out
}

func mean(list []float64) float64 {
	sum := 0.0
	for _, v := range list {
		sum += v
	}
	return sum / float64(len(list))
}

func read(t *testing.T, name string) *diff.Changes {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	c, err := diff.ReadJSON(data)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func contents(t *testing.T, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func build(t *testing.T, dir string) string {
	t.Helper()
	if err := built.Build(dir); err != nil {
		t.Fatal(err)
	}
	return built.Path(dir, "modelbom")
}

// run runs the command in dir, and returns what it printed.
func run(t *testing.T, command, dir string, args ...string) string {
	t.Helper()
	c := exec.Command(command, args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v\n%s", args, err, out)
	}
	return string(out)
}

// made makes the two rounds, which takes a minute or two.
func made(t *testing.T) (string, truth) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: two rounds of a real model are not made")
	}
	python, torch := os.Getenv("MODELBOM_PYTHON"), os.Getenv("MODELBOM_TORCH_PYTHON")
	if python == "" || torch == "" {
		t.Skip("NOT TESTED: MODELBOM_PYTHON and MODELBOM_TORCH_PYTHON name no Python with onnx and gguf, and with PyTorch; see .ci/run")
	}
	set := fetched(t)
	dir := t.TempDir()
	parts := filepath.Join(dir, "parts")
	start(t, python, "parts.py", filepath.Join(set, "vit-small-saliency", "vit_s_focus.onnx"), filepath.Join(set, "smollm2-135m-gguf", "SmolLM2-135M-Instruct.Q4_1.gguf"), parts)
	start(t, torch, "make.py", parts, filepath.Join(set, "efficientnet-lite0", "efficientnet-lite0.pth"), filepath.Join("..", "..", "LICENSE"), dir)
	if err := os.RemoveAll(parts); err != nil {
		t.Fatal(err)
	}
	var out truth
	if err := json.Unmarshal([]byte(contents(t, dir, "truth.json")), &out); err != nil {
		t.Fatal(err)
	}
	return dir, out
}

func start(t *testing.T, program string, args ...string) {
	t.Helper()
	c := exec.Command(program, args...)
	c.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	begin := time.Now()
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", args[0], err, out)
	}
	t.Logf("%s took %v", args[0], time.Since(begin).Round(time.Second))
}

func fetched(t *testing.T) string {
	t.Helper()
	dir, err := testset.Dir()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	names := []string{"vit-small-saliency", "smollm2-135m-gguf", "efficientnet-lite0"}
	if err := testset.Fetch(ctx, dir, func(what string) { fmt.Fprintln(os.Stderr, "fetching", what) }, names...); err != nil {
		t.Fatal(err)
	}
	return dir
}
