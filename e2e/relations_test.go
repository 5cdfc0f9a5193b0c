package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A compared is one part of what "compare -o json" writes.
type compared struct {
	Part, Against, Verdict, Strength, Sentence string
	Result                                     map[string]any
}

// number returns a statistic of the comparison, and false when it is not there.
func (c compared) number(name string) (float64, bool) {
	v, ok := c.Result[name].(float64)
	return v, ok
}

// compareRepos runs compare and returns its parts.
func compareRepos(t *testing.T, a, b string) []compared {
	t.Helper()
	r := modelbom(t, nil, "compare", a, b, "-q", "-o", "json")
	if r.code != 0 && r.code != 4 {
		t.Fatalf("compare: exit code %d: %s", r.code, r.stderr)
	}
	var doc struct{ Parts []compared }
	if err := json.Unmarshal([]byte(r.stdout), &doc); err != nil {
		t.Fatalf("compare -o json: %v: %.300s", err, r.stdout)
	}
	return doc.Parts
}

// A place is a real model, or some files of it.
type place struct {
	set   string
	files []string // one is named as it lies there, several are copied
}

func at(set string, files ...string) place { return place{set, files} }

func (p place) path(t *testing.T) string {
	t.Helper()
	dir := realModel(t, p.set)
	switch len(p.files) {
	case 0:
		return dir
	case 1:
		return filepath.Join(dir, p.files[0])
	}
	some := filepath.Join(t.TempDir(), strings.TrimSuffix(p.files[0], filepath.Ext(p.files[0])))
	if err := os.Mkdir(some, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range p.files {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(some, name), data)
	}
	return some
}

func face(name string) place {
	return at("face-api", name+"_model.bin", name+"_model-weights_manifest.json")
}

// A span is where a statistic must lie: what was measured on the whole tensors,
// and what a sample may miss of it.
type span struct{ low, high float64 }

// A relation is what is true of a part of one real model and a part of another.
type relation struct {
	part, against string
	verdicts      []string
	strength      string // "" for any
	numbers       map[string]span
}

// relations were measured with numpy on all elements of the tensors, read with
// onnx, safetensors and by hand, with nothing of ours. Agreement is that of signs
// about the median of every 32 elements.
var relations = []struct {
	name  string
	a, b  place
	parts []relation
}{
	{"one file, two branches, two origins",
		at("silero-vad-onnx", "silero_vad_op18_ifless.onnx"), at("silero-vad-web", "silero_vad_v6.onnx"), []relation{
			{"part:other:silero_vad_op18_ifless/model", "part:other:silero_vad_v6/then_branch", []string{"identical"}, "exact",
				map[string]span{"agreement": {1, 1}, "distance": {0, 0}, "frozen_share": {1, 1}}},
			// Agreement 0.9845, rho 0.9988, distance 0.024 to 0.177 by tensor, no value equal.
			{"part:other:silero_vad_op18_ifless/model_8k", "part:other:silero_vad_v6/else_branch", []string{"trained-from"}, "strong",
				map[string]span{"agreement": {0.975, 0.992}, "rho": {0.995, 1}, "distance": {0.02, 0.18}, "frozen_share": {0, 0}, "covered_share": {0.99, 1}}},
		}},
	{"a re-export",
		at("silero-vad-onnx", "silero_vad_16k_op15.onnx"), at("silero-vad-web", "silero_vad_v6.onnx"), []relation{
			{"part:other:silero_vad_16k_op15", "part:other:silero_vad_v6/then_branch", []string{"identical"}, "exact", nil}}},
	{"not what its name says",
		at("silero-vad-onnx", "silero_vad_half.onnx"), at("silero-vad-web", "silero_vad_v5.onnx"), []relation{
			{"part:other:silero_vad_half", "part:other:silero_vad_v5/then_branch", []string{"identical"}, "exact", nil}}},
	// Agreement 0.4992 and 0.5011; the Fourier bases are equal bit for bit.
	{"the next generation, trained anew",
		at("silero-vad-web", "silero_vad_v6.onnx"), at("silero-vad-web", "silero_vad_v5.onnx"), []relation{
			{"part:other:silero_vad_v6/then_branch", "", []string{"same-architecture"}, "", map[string]span{"agreement": {0.47, 0.53}, "frozen_share": {0, 0}, "covered_share": {0, 0}, "rho_bound": {0.01, 0.2}}},
			{"part:other:silero_vad_v6/else_branch", "", []string{"same-architecture"}, "", map[string]span{"agreement": {0.47, 0.53}, "frozen_share": {0, 0}, "covered_share": {0, 0}, "rho_bound": {0.01, 0.2}}}}},
	{"another architecture of one name",
		at("silero-vad-web", "silero_vad_legacy.onnx"), at("silero-vad-web", "silero_vad_v5.onnx"), []relation{
			{"", "", []string{"not-comparable", "unknown"}, "", nil}}},
	// 117 of 117 matrices lie in the rounding cells, agreement 1.0000.
	{"eight bits of half precision",
		at("background-removal", "small.onnx"), at("background-removal", "medium.onnx"), []relation{
			{"part:other:small", "part:other:medium", []string{"requantised"}, "", map[string]span{"agreement": {0.999, 1}, "covered_share": {0.99, 1}, "distance": {0, 0.1}}}}},
	// 38 of 38 matrices lie in the rounding cells of their channel's scale, 36 of
	// them transposed; distance 0.007 to 0.021.
	{"eight bits by channel, transposed, names lost",
		at("all-minilm-l6-v2-int8"), at("all-minilm-l6-v2"), []relation{
			{"part:text-encoder", "part:embedding", []string{"requantised"}, "", map[string]span{"agreement": {0.99, 1}, "covered_share": {0.99, 1}, "distance": {0, 0.05}}}}},
	{"two packages of one model",
		at("all-minilm-l6-v2"), at("internal-embedding"), []relation{
			{"part:embedding", "part:embedding", []string{"identical"}, "exact", map[string]span{"frozen_share": {1, 1}, "equal_values_share": {1, 1}}}}},
	// Agreement 0.8387 and correlations of 0.81 to 0.97 over 31 of 32 matrices:
	// one was trained on from the other, and nothing says which. Without gains a
	// second, short run from the same random numbers is not excluded.
	{"two tasks, one beginning",
		face("face_expression"), face("face_landmark_68"), []relation{
			{"part:other:face_expression_model", "part:other:face_landmark_68_model", []string{"trained-from"}, "moderate",
				map[string]span{"agreement": {0.82, 0.89}, "rho": {0.83, 0.95}, "distance": {0.25, 0.8}, "frozen_share": {0, 0}, "covered_share": {0.98, 1}}}}},
	// Agreement 0.499 and 0.501 over 17 of 18 matrices; biases correlate at 0.61.
	{"equal blocks, trained apart: only biases agree",
		face("face_landmark_68_tiny"), face("face_landmark_68"), []relation{
			{"part:other:face_landmark_68_tiny_model", "", []string{"same-architecture", "unknown"}, "", map[string]span{"agreement": {0.47, 0.53}, "frozen_share": {0, 0}, "covered_share": {0, 0}}}}},
	{"blocks of equal shapes in other networks",
		face("age_gender"), face("face_expression"), []relation{
			{"", "", []string{"same-architecture", "unknown", "not-comparable"}, "", map[string]span{"agreement": {0.47, 0.53}, "frozen_share": {0, 0}}}}},
}

func TestRelations(t *testing.T) {
	for _, c := range relations {
		t.Run(c.name, func(t *testing.T) {
			parts := compareRepos(t, c.a.path(t), c.b.path(t))
			for _, want := range c.parts {
				checkRelation(t, parts, want)
			}
		})
	}
}

// checkRelation checks the part that is named, or all parts with weights when
// none is.
func checkRelation(t *testing.T, parts []compared, want relation) {
	t.Helper()
	seen := false
	for _, p := range parts {
		if want.part != "" && p.Part != want.part {
			continue
		}
		seen = true
		if !slices.Contains(want.verdicts, p.Verdict) || want.strength != "" && p.Strength != want.strength || want.against != "" && p.Against != want.against {
			t.Errorf("%s: %s (%s) of %s, want %v (%s) of %s\n%s", p.Part, p.Verdict, p.Strength, p.Against, want.verdicts, want.strength, want.against, p.Sentence)
		}
		for name, s := range want.numbers {
			got, ok := p.number(name)
			if !ok && s.low == 0 {
				continue // left out when zero
			}
			if got < s.low || got > s.high {
				t.Errorf("%s: %s is %v, not from %v to %v", p.Part, name, got, s.low, s.high)
			}
		}
	}
	if !seen {
		t.Errorf("no part %q in %+v", want.part, parts)
	}
}

// TestUnrelatedInWords: what was compared and is not related does not read as
// what could not be compared.
func TestUnrelatedInWords(t *testing.T) {
	for _, p := range compareRepos(t, face("face_landmark_68_tiny").path(t), face("face_landmark_68").path(t)) {
		if !strings.Contains(p.Sentence, "show no relation") || !strings.Contains(p.Sentence, "16 of 16 matrices were compared") {
			t.Errorf("%s: %s", p.Verdict, p.Sentence)
		}
	}
}

// TestRelationToItself: every real model is identical to itself, part by part.
func TestRelationToItself(t *testing.T) {
	for _, name := range []string{"silero-vad-twice", "silero-vad-web", "face-api", "background-removal", "vit-small-saliency", "smollm2-135m-gguf", "all-minilm-l6-v2-int8", "esrgan-slim", "efficientnet-lite0"} {
		t.Run(name, func(t *testing.T) {
			repo := realModel(t, name)
			for _, p := range compareRepos(t, repo, repo) {
				if p.Verdict != "identical" && p.Verdict != "identical-value" {
					t.Errorf("%s: %s of %s: %s", p.Part, p.Verdict, p.Against, p.Sentence)
				}
			}
		})
	}
}
