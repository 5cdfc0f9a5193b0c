package inspect

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
	} {
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
		"remote-code config.json", "secret config.json", "template-reach chat_template.jinja", "template-reach tokenizer_config.json"} {
		if !slices.Contains(got, want) {
			t.Errorf("no %s in %s", want, cmp.Diff(nil, got))
		}
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
