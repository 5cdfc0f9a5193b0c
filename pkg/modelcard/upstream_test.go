package modelcard

import (
	"strings"
	"testing"
)

func TestUpstream(t *testing.T) {
	tests := []struct{ in, want string }{
		{"Qwen/Qwen2-7B-Instruct", "Qwen/Qwen2-7B-Instruct"},
		{" google/siglip-so400m-patch14-384 ", "google/siglip-so400m-patch14-384"},
		{"nreimers/MiniLM-L6-H384-uncased", "nreimers/MiniLM-L6-H384-uncased"},
		{"01-ai/Yi-1.5-9B", "01-ai/Yi-1.5-9B"},
		{"gpt2", "gpt2"},
		{"bert-base-uncased", "bert-base-uncased"},
		{"https://huggingface.co/acme/base", "acme/base"},
		{"https://huggingface.co/acme/base/", "acme/base"},
		{"https://huggingface.co/acme/base/tree/main", "acme/base"},
		{"https://huggingface.co/acme/base/blob/main/README.md?x=y#z", "acme/base"},
		{"http://hf-mirror.com/acme/base", "acme/base"},
		{"https://hub.example.org/acme/base", "acme/base"},
		{"https://hub.example.org:8443/models/acme/base", "acme/base"},
		{"https://huggingface.co/gpt2", "gpt2"},
		{"hf://acme/base@main/file.bin", "acme/base"},
		{"/root/.cache/huggingface/hub/models--meta-llama--Llama-2-7b-hf/snapshots/8cca527612d856d7d32bd94f8103728d614eb852", "meta-llama/Llama-2-7b-hf"},
		{`C:\Users\ann\hub\models--gpt2\snapshots\x`, "gpt2"},

		{"", ""},
		{"/home/ann/models/llama", ""},
		{"./llama", ""},
		{"../llama", ""},
		{"~/llama", ""},
		{"~", ""},
		{`C:\models\llama`, ""},
		{"C:/models", ""},
		{"C:", ""},
		{"a/b/c", ""},
		{"acme/base/", ""},
		{"/acme", ""},
		{"file:///home/ann/x", ""},
		{"s3://bucket/model", ""},
		{"https://github.com/acme/base", ""},
		{"https://hub.docker.com/acme/base", ""},
		{"https://huggingface.co/datasets/acme/pairs", ""},
		{"https://huggingface.co/spaces/acme/demo", ""},
		{"https://huggingface.co/", ""},
		{"https://huggingface.co/../../etc/passwd", ""},
		{"https://notahub.example/acme/base", ""},
		{"models/mixtral-lora-merged-3675", ""},
		{"checkpoints/acme", ""},
		{"output/checkpoint-100", ""},
		{"acme/checkpoint-100", ""},
		{"acme/model.safetensors", ""},
		{"checkpoint-100", ""},
		{"tmp", ""},
		{"tmp_abc123", ""},
		{"results", ""},
		{"model", ""},
		{"output", ""},
		{"final", ""},
		{"pytorch_model.bin", ""},
		{"1234", ""},
		{"None", ""},
		{"acme/base--x", ""},
		{"acme/ba..se", ""},
		{"-acme/base", ""},
		{"acme/base.git", ""},
		{"acme /base", ""},
		{"acme/бase", ""},
		{"acme/base\x00", ""},
		{"acme/" + strings.Repeat("x", 100), ""},
		{strings.Repeat("x", 1<<20), ""},
	}
	for _, tt := range tests {
		got, ok := Upstream(tt.in)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("Upstream(%.80q) = %q, %v; want %q", tt.in, got, ok, tt.want)
		}
	}
}

// What comes out is a hub id, whatever goes in, and nothing of a local path.
func FuzzUpstream(f *testing.F) {
	for _, s := range []string{"acme/base", "https://huggingface.co/acme/base/tree/main", "/x/models--a--b/snapshots/c", "hf://a/b", "gpt2", "../x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, ok := Upstream(s)
		if ok != (id != "") {
			t.Fatalf("%q: %q, %v", s, id, ok)
		}
		if !ok {
			return
		}
		if again, ok := Upstream(id); again != id || !ok {
			t.Fatalf("%q gives %q, which gives %q", s, id, again)
		}
		if strings.Count(id, "/") > 1 || strings.ContainsAny(id, `\:~@ `) || strings.HasPrefix(id, ".") || len(id) > 96 {
			t.Fatalf("%q gives %q", s, id)
		}
	})
}
