package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// resaved are real files of formats whose weights Python libraries can save as
// safetensors, so that both must have one weights digest.
var resaved = []struct {
	library string // of testdata/resave.py
	set     string
	file    string
}{
	{"torch", "lpips", "v0.1/alex.pth"},
	{"torch", "lpips", "v0.1/vgg.pth"},
	{"torch", "lpips", "v0.0/squeeze.pth"},
	{"torch", "efficientnet-lite0", "efficientnet-lite0.pth"},
	{"onnx", "ocr-models", "det.onnx"},
	{"onnx", "ocr-models", "rec.onnx"},
	{"onnx", "ocr-models", "cls.onnx"},
	{"tfjs", "esrgan-slim", "x2/model.json"},
	{"tfjs", "esrgan-slim", "x8/model.json"},
}

// TestFormats: the weights of a real PyTorch, ONNX or TensorFlow.js file have
// the digests of the same weights saved as safetensors by the format's own
// library. MODELBOM_PYTHON names a Python with onnx and numpy,
// MODELBOM_TORCH_PYTHON one with torch and numpy; see .ci/python.
func TestFormats(t *testing.T) {
	for _, c := range resaved {
		t.Run(c.set+"/"+c.file, func(t *testing.T) {
			variable := "MODELBOM_PYTHON"
			if c.library == "torch" {
				variable = "MODELBOM_TORCH_PYTHON"
			}
			python := os.Getenv(variable)
			if python == "" {
				t.Skipf("NOT COMPARED: %s names no Python with the library of the format", variable)
			}
			file := filepath.Join(realModel(t, c.set), filepath.FromSlash(c.file))
			twin := filepath.Join(t.TempDir(), "twin.safetensors")
			if out, err := exec.Command(python, "testdata/resave.py", c.library, file, twin).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			subject := file
			if c.library == "tfjs" {
				subject = filepath.Dir(file) // the shards lie beside it
			}
			got, want := weights(t, subject), weights(t, twin)
			if len(want) == 0 {
				t.Fatal("the safetensors twin has no part with a weights digest")
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("digests differ (-safetensors +%s):\n%s", c.library, diff)
			}
		})
	}
}

// weights are the tensors and weights digests of a repository's parts, by role.
func weights(t *testing.T, repo string) map[string][2]string {
	t.Helper()
	r := modelbom(t, nil, "generate", repo, "-q", "-o", "cyclonedx-json")
	if r.code != 0 && r.code != 2 { // some of these files are published elsewhere too, which is a finding
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	out := map[string][2]string{}
	for _, c := range readCycloneDX(t, []byte(r.stdout)).byRef {
		p := map[string]string{}
		for _, x := range c.Properties {
			p[x.Name] = x.Value
		}
		if p["modelbom:weights-digest"] != "" {
			out[p["modelbom:part"]] = [2]string{p["modelbom:tensors"], p["modelbom:weights-digest"]}
		}
	}
	return out
}
