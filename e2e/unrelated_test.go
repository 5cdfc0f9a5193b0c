package e2e

import (
	"path/filepath"
	"slices"
	"testing"
)

// origins lists the real models of the tests by where they come from. Models of
// one origin are related, or may be; those of two are not. Two of one maker and
// one plan that were trained apart have two.
var origins = []struct {
	origin string
	models []place
}{
	{"minilm", []place{at("all-minilm-l6-v2"), at("all-minilm-l6-v2-int8"), at("internal-embedding")}},
	{"silero 4", []place{at("silero-vad-web", "silero_vad_legacy.onnx")}},
	{"silero 5", []place{at("silero-vad-web", "silero_vad_v5.onnx"), at("silero-vad-onnx", "silero_vad_half.onnx")}},
	{"silero 6", []place{at("silero-vad-web", "silero_vad_v6.onnx"), at("silero-vad-onnx", "silero_vad_op18_ifless.onnx"), at("silero-vad", "silero_vad_16k.safetensors")}},
	{"is-net", []place{at("background-removal", "small.onnx"), at("background-removal", "medium.onnx")}},
	{"landmarks", []place{face("face_landmark_68"), face("face_expression")}},
	{"tiny landmarks", []place{face("face_landmark_68_tiny")}},
	{"age and gender", []place{face("age_gender")}},
	{"recognition", []place{face("face_recognition")}},
	{"mobilenet", []place{face("ssd_mobilenetv1")}},
	{"tiny yolo", []place{face("tiny_face_detector")}},
	{"mediapipe", []place{at("face-detection")}},
	{"esrgan 2", []place{at("esrgan-slim", "x2")}},
	{"esrgan 3", []place{at("esrgan-slim", "x3")}},
	{"esrgan 4", []place{at("esrgan-slim", "x4")}},
	{"esrgan 8", []place{at("esrgan-slim", "x8")}},
	{"efficientnet", []place{at("efficientnet-lite0")}},
	{"gemma", []place{at("gemma-3-270m-gguf")}},
	{"smollm", []place{at("smollm2-135m-gguf")}},
	{"dino", []place{at("vit-small-saliency")}},
	{"lpips", []place{at("lpips")}},
	{"text recognition", []place{at("ocr-models")}},
}

// TestUnrelated compares every real model with every one of another origin, both
// ways round: no part has a relative there. Tokenizers are not asked.
func TestUnrelated(t *testing.T) {
	type model struct{ origin, name, print string }
	var models []model
	dir := t.TempDir()
	for _, o := range origins {
		for i, p := range o.models {
			name := o.origin + string(rune('a'+i))
			print := filepath.Join(dir, name+".json")
			if r := modelbom(t, nil, "generate", p.path(t), "-q", "-o", "fingerprint="+print); r.code != 0 && r.code != 2 && r.code != 4 {
				t.Fatalf("%s: exit code %d: %s", name, r.code, r.stderr)
			}
			models = append(models, model{o.origin, name, print})
		}
	}
	compared := 0
	for _, a := range models {
		for _, b := range models {
			if a.origin == b.origin {
				continue
			}
			for _, p := range compareRepos(t, a.print, b.print) {
				if p.Result == nil {
					continue // no weights
				}
				compared++
				if !slices.Contains([]string{"same-architecture", "unknown", "not-comparable"}, p.Verdict) {
					t.Errorf("%s of %s is %s (%s) of %s of %s: %s", p.Part, a.name, p.Verdict, p.Strength, p.Against, b.name, p.Sentence)
				}
			}
		}
	}
	if compared < 1000 {
		t.Errorf("only %d parts were compared", compared)
	}
}
