package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/codec"
	"github.com/modelbom/modelbom/pkg/facts"
	"github.com/modelbom/modelbom/pkg/policy"
)

// TestRealTeams holds models that were really trained against the built-in
// policies: the language models began as random numbers, the vision encoder is
// DINOv2, frozen in its lower layers and trained on above (see
// TestUndeclaredEncoder). The five teams of fixtures.Teams are made of them, as
// far as they go; each part is asked for in the document of the command, read
// back from CycloneDX and from SPDX.
func TestRealTeams(t *testing.T) {
	made, _ := undeclared(t)
	db := filepath.Join(t.TempDir(), "programme.db")
	add := func(db, name, repo, supplier, country, licence string) {
		if r := modelbom(t, nil, "index", "add", repo, "--index", db, "--name", name, "--supplier", supplier, "--country", country, "--licence", licence, "-q"); r.code != 0 && r.code != 4 {
			t.Fatalf("index add %s: %s", name, r.stderr)
		}
	}
	add(db, "farview/vit-small", realModel(t, "vit-small-saliency"), "Farview Research", "US", "Apache-2.0")
	add(db, "thirdlab/llama-other", filepath.Join(made, "llama-other"), "Third Lab", "FR", "MIT")
	withBase := filepath.Join(t.TempDir(), "with-base.db")
	add(withBase, "openplain/llama-base", filepath.Join(made, "llama-base"), "Openplain", "US", "llama3.1")
	add(withBase, "thirdlab/llama-other", filepath.Join(made, "llama-other"), "Third Lab", "FR", "MIT")

	const own = "  %s:\n    own: {statement: initialised at random and trained by us, digest: %q}\n"
	for _, c := range []struct {
		name, model, index, card, config string // config is put into the vision encoder's
		own                              []string
		reviewed                         string
		scratch, graded                  policy.Outcome
		part                             bom.Ref
		partScratch                      policy.Outcome
		grades, says                     string
	}{
		{name: "1, all from scratch", model: "llama-base", index: db, own: []string{"language-model"},
			scratch: policy.Pass, graded: policy.Pass, part: "part:language-model", partScratch: policy.Pass},
		{name: "2, undeclared", model: "vlm", index: db, own: []string{"language-model", "projector", "vision-encoder"},
			scratch: policy.Fail, graded: policy.Fail, part: "part:vision-encoder", partScratch: policy.Fail,
			grades: "not-met met cannot-be-shown partly-met", says: "The vision encoder holds weights of farview/vit-small of Farview Research, US (trained-from, evidence strong)"},
		{name: "3, declared and reviewed", model: "vlm", index: db, config: "farview/vit-small", own: []string{"language-model", "projector"}, reviewed: "vision-encoder",
			scratch: policy.Fail, graded: policy.Pass, part: "part:vision-encoder", partScratch: policy.Fail, grades: "met met met partly-met"},
		{name: "4, continued", model: "vlm", index: withBase, card: "license: llama3.1\nbase_model: openplain/llama-base\n", own: []string{"projector", "vision-encoder"},
			scratch: policy.Fail, graded: policy.Fail, part: "part:language-model", partScratch: policy.Fail, grades: "partly-met partly-met cannot-be-shown not-met",
			says: "The language model holds weights of openplain/llama-base of Openplain, US (trained-from, evidence strong)"},
		{name: "5, the architecture alone", model: "vlm", index: db, own: []string{"language-model", "projector"},
			scratch: policy.Fail, graded: policy.Fail, part: "part:language-model", partScratch: policy.Pass, says: "has the architecture of thirdlab/llama-other"},
	} {
		t.Run(c.name, func(t *testing.T) {
			repo := filepath.Join(t.TempDir(), "hanbit-vlm")
			copyModel(t, filepath.Join(made, c.model), repo, c.card, c.config)
			_, files := outputs(t, t.TempDir(), nil, "generate", repo, "--index", c.index)
			var y strings.Builder
			for _, file := range []string{"16.cdx.json", "301.spdx.json"} {
				d, _, err := codec.Decode(bytes.NewReader(files[file]))
				if err != nil {
					t.Fatal(err)
				}
				y.Reset()
				y.WriteString("version: 1\nproducer: {name: Hanbit, country: KR}\nparts:\n")
				for _, role := range c.own {
					fmt.Fprintf(&y, own, role, facts.Digests(d, bom.Ref("part:"+role))[0])
				}
				if c.reviewed != "" {
					digest := facts.Digests(d, bom.Ref("part:"+c.reviewed))[0]
					fmt.Fprintf(&y, "  %s:\n    training-data: {text: 142 million pictures}\n    reviews: [{by: Example Assurance, date: 2026-10-01, scope: all, result: accepted, digest: %q}]\n"+
						"    replaceability: {interface: vectors of patches, alternatives: [any vision transformer], text: the projector is trained anew, digest: %q}\n", c.reviewed, digest, digest)
				}
				f, err := facts.Read(strings.NewReader(y.String()))
				if err != nil {
					t.Fatal(err)
				}
				facts.Apply(d, f, bom.Input{Name: "modelbom.yaml", Digest: "sha256:00"})
				results := map[string]*policy.Result{}
				for _, p := range policy.Builtin() {
					if p.Name() != policy.FromScratch && p.Name() != policy.Graded {
						continue
					}
					if results[p.Name()], err = p.Check(d, policy.Options{Parameters: map[string]string{"max-share": "1"}}); err != nil {
						t.Fatal(err)
					}
				}
				scratch, graded := results[policy.FromScratch], results[policy.Graded]
				if scratch.Outcome != c.scratch || graded.Outcome != c.graded {
					t.Errorf("%s: from scratch %s (%s), graded %s (%s)", file, scratch.Outcome, scratch.Sentence, graded.Outcome, graded.Sentence)
				}
				said := ""
				for _, p := range scratch.Parts {
					if p.Ref == c.part {
						said += p.Sentence
						if p.Outcome != c.partScratch {
							t.Errorf("%s: %s is %s: %s", file, p.Ref, p.Outcome, p.Sentence)
						}
					}
				}
				for _, p := range graded.Parts {
					if p.Ref != c.part {
						continue
					}
					var levels []string
					for _, g := range p.Grades {
						levels = append(levels, string(g.Level))
					}
					if got := strings.Join(levels, " "); c.grades != "" && got != c.grades {
						t.Errorf("%s: %s is graded %q, want %q: %s", file, p.Ref, got, c.grades, p.Sentence)
					}
					t.Logf("%s: %s", file, p.Sentence)
				}
				if !strings.Contains(said, c.says) {
					t.Errorf("%s does not say %q: %s", file, c.says, said)
				}
			}
		})
	}
}

// copyModel copies a model, with another card, and an upstream that its vision
// encoder's configuration names.
func copyModel(t *testing.T, from, to, card, upstream string) {
	t.Helper()
	if err := os.MkdirAll(to, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(filepath.Join(from, "model.safetensors"), filepath.Join(to, "model.safetensors")); err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(filepath.Join(from, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	if upstream != "" {
		changed := bytes.Replace(config, []byte(`"model_type": "dinov2"`), []byte(`"model_type": "dinov2", "_name_or_path": "`+upstream+`"`), 1)
		if bytes.Equal(changed, config) {
			t.Fatal("the configuration of the vision encoder was not found")
		}
		config = changed
	}
	if card == "" {
		card = "license: apache-2.0\n"
	}
	writeFile(t, filepath.Join(to, "config.json"), config)
	writeFile(t, filepath.Join(to, "README.md"), []byte("---\n"+card+"---\n\n# Hanbit\n"))
}
