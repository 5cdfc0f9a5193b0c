package inspect

import (
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/pkg/security"
	"github.com/modelbom/modelbom/pkg/source"
)

// TestSecurity gathers one thing of each kind from a repository.
func TestSecurity(t *testing.T) {
	dir := t.TempDir()
	token := "hf" + "_qWmZxLpRtYvBnKsDfGhJcQeUaIoTzXwVrN"
	for name, text := range map[string]string{
		"config.json":                     `{"model_type": "acme", "architectures": ["AcmeForCausalLM"], "auto_map": {"AutoModel": "modeling.Acme", "AutoConfig": "other/code--conf.Conf"}, "token": "` + token + `"}`,
		"modeling.py":                     "class Acme: pass\n",
		"chat_template.jinja":             "{{ messages.__class__ }}",
		"tokenizer_config.json":           `{"chat_template": "{{ x|attr('y') }}"}`,
		"pytorch_model.bin":               "cos\nsystem\n(S'echo x'\ntR.",
		"tf_model.h5":                     "\x89HDF\r\n\x1a\n" + strings.Repeat("\x00", 2<<10) + `{"class_name": "Lambda"}`,
		"model.safetensors.index.json":    `{"weight_map": {"a": "../../x.safetensors"}}`,
		"vocab.json":                      `{"` + token + `": 0}`,
		"pytorch_model-00001-of-00002.pt": "\x80\x02}.",
		"processor_config.json":           `{"chat_template": "{{ x.__class__ }}", "auto_map": {"AutoProcessor": "processing.P"}}`,
		"a/adapter_config.json":           `{"peft_type": "LORA", "auto_map": {"AutoModel": "modeling.Acme"}}`,
		"generation_config.json":          `{"custom_generate": "other/code"}`,
		"t/template.j2":                   "{{ x.__class__ }}",
		"t/tokenizer_config.json":         `{"chat_template": "{{ x.__class__ }}", "chat_template": "{{ x }}"}`,
		"p/model_index.json":              `{"_class_name": ["own", "P"], "_diffusers_version": "0.30", "unet": ["mine", "U"], "safety_checker": ["stable_diffusion", "S"], "x": ["acme_pkg", "X"]}`,
		"p/own.py":                        "class P: pass\n",
		"p/unet/mine.py":                  "class U: pass\n",
		"m/modules.json":                  `[{"idx": 0, "path": "../../x", "type": "sentence_transformers.models.Pooling"}]`,
		"b/archive.zip":                   "PK\x03\x04 cut",
		"b/model.pkl.gz":                  gzipText("cos\nsystem\n(S'echo x'\ntR."),
		"b/hydra.yaml":                    "x:\n  _target_: os.system\n",
		"b/wide.json":                     "\xff\xfe\x00\x00{\x00\x00\x00",
		"k/model.keras":                   "\x10\x00\x00\x00\x00\x00\x00\x00{}              PK\x03\x04 cut",
		"b/dense.npy":                     "\x93NUMPY\x01\x00\x36\x00{'descr': '<f4', 'fortran_order': False, 'shape': (0,)}\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	repo, err := source.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	a, _, err := look(t.Context(), repo, Options{})
	if err != nil {
		t.Fatal(err)
	}
	a.doc.Findings = nil
	if err := a.security(t.Context(), repo); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range a.doc.Findings {
		if strings.Contains(f.Message, token) {
			t.Errorf("the token is in %+v", f)
		}
		if f.Ref == "" {
			t.Errorf("%s of no file", f.Rule)
		}
		got = append(got, f.Rule+" "+f.Path)
	}
	slices.Sort(got)
	got = slices.Compact(got)
	for _, want := range []string{"code-file modeling.py", "keras-lambda tf_model.h5", "not-read tf_model.h5", "path-escape model.safetensors.index.json", "pickle-dangerous pytorch_model.bin",
		"remote-code config.json", "secret config.json", "template-reach chat_template.jinja", "template-reach tokenizer_config.json",
		"template-reach processor_config.json", "remote-code processor_config.json", "remote-code a/adapter_config.json", "remote-code generation_config.json",
		"template-reach t/template.j2", "template-reach t/tokenizer_config.json", "remote-code p/model_index.json", "path-escape m/modules.json",
		"scan-incomplete b/archive.zip", "pickle-dangerous b/model.pkl.gz", "config-import b/hydra.yaml", "not-read b/dense.npy",
		"config-import p/model_index.json", "scan-incomplete b/wide.json", "scan-incomplete k/model.keras"} {
		if !slices.Contains(got, want) {
			t.Errorf("no %s in %s", want, cmp.Diff(nil, got))
		}
	}
	own, packages := 0, []string(nil)
	for _, f := range a.doc.Findings {
		if f.Rule == security.RuleRemoteCode && f.Path == "p/model_index.json" {
			own++
		}
		if f.Rule == security.RuleConfigImport && f.Path == "p/model_index.json" {
			packages = append(packages, string(f.Severity)+" "+f.Message[:min(len(f.Message), 80)])
		}
	}
	if own != 2 {
		t.Errorf("%d pieces of a pipeline are code of the repository, want 2", own)
	}
	if len(packages) != 1 || !strings.HasPrefix(packages[0], "low") || !strings.Contains(packages[0], "acme_pkg") {
		t.Errorf("packages of a pipeline: %q", packages)
	}
	if slices.Contains(got, "scan-incomplete b/dense.npy") {
		t.Error("an array of numbers is not all seen")
	}
	if slices.Contains(got, "secret vocab.json") {
		t.Error("a vocabulary was searched for secrets")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.security(ctx, repo); err == nil {
		t.Error("an interrupted search returned no error")
	}
}

// gzipText is a text in gzip.
func gzipText(text string) string {
	var b strings.Builder
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text)) // a builder takes everything
	_ = w.Close()
	return b.String()
}
