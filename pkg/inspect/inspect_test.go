package inspect_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/fixtures"
	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/inspect"
	"github.com/modelbom/modelbom/pkg/source"
)

// document inspects a fixture that is written to a folder of the given name.
func document(t testing.TB, fixture, folder string, o inspect.Options) *bom.Document {
	t.Helper()
	dir := filepath.Join(t.TempDir(), folder)
	if err := fixtures.Write(fixture, dir); err != nil {
		t.Fatal(err)
	}
	return inspectDir(t, dir, o)
}

func inspectDir(t testing.TB, dir string, o inspect.Options) *bom.Document {
	t.Helper()
	repo, err := source.Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	r, err := inspect.Repository(context.Background(), repo, o)
	if err != nil {
		t.Fatal(err)
	}
	return r.Document
}

// digests are the weights digests by part.
func digests(d *bom.Document) map[bom.Ref]string {
	out := map[bom.Ref]string{}
	for _, c := range d.Components {
		if c.Role != "" && c.Model != nil {
			out[c.Ref] = c.Model.WeightsDigest
		}
	}
	return out
}

func TestTwins(t *testing.T) {
	want := digests(document(t, "vlm", "m", inspect.Options{}))
	if len(want) != 4 || want["part:vision-encoder"] == "" {
		t.Fatalf("parts and digests: %v", want)
	}
	seen := map[string]bool{}
	for ref, digest := range want {
		if seen[digest] {
			t.Errorf("%s has the digest of another part", ref)
		}
		seen[digest] = true
	}
	for _, twin := range []string{"vlm-resharded", "vlm-renamed", "vlm-upcast"} {
		if diff := cmp.Diff(want, digests(document(t, twin, "m", inspect.Options{}))); diff != "" {
			t.Errorf("%s (-vlm +twin):\n%s", twin, diff)
		}
	}
	flipped := digests(document(t, "vlm-bitflip", "m", inspect.Options{}))
	for ref, digest := range want {
		if changed := flipped[ref] != digest; changed != (ref == "part:vision-encoder") {
			t.Errorf("one flipped bit in the vision encoder: the digest of %s changed: %v", ref, changed)
		}
	}
}

// TestReproducible compares documents of different numbers of processors and
// different places.
func TestReproducible(t *testing.T) {
	for _, fixture := range []string{"vlm", "gguf", "diffusers", "unread", "torch-unread", "hubcache"} {
		run := func(processors int) string {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
			dir := filepath.Join(t.TempDir(), "m")
			if err := fixtures.Write(fixture, dir); err != nil {
				t.Fatal(err)
			}
			if fixture == "hubcache" {
				dir = filepath.Join(dir, "models--acme--tiny")
			}
			data, err := json.MarshalIndent(inspectDir(t, dir, inspect.Options{}), "", " ")
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range []string{filepath.Dir(dir), os.TempDir() + "/"} {
				if strings.Contains(string(data), secret) {
					t.Errorf("%s: %q is in the document", fixture, secret)
				}
			}
			if host, err := os.Hostname(); err == nil && len(host) > 3 && strings.Contains(string(data), host) {
				t.Errorf("%s: the host name %q is in the document", fixture, host)
			}
			return string(data)
		}
		if diff := cmp.Diff(run(1), run(4)); diff != "" {
			t.Errorf("%s (-1 processor +4 processors elsewhere):\n%s", fixture, diff)
		}
	}
}

func TestSubjectKeepsItsName(t *testing.T) {
	for _, fixture := range []string{"vlm", "lora", "gguf", "diffusers", "sentence-transformers"} {
		d := document(t, fixture, "my-model", inspect.Options{})
		c := d.Component(d.Subject)
		if c.Name != "my-model" || c.Group != "" {
			t.Errorf("%s is called %q/%q", fixture, c.Group, c.Name)
		}
		if len(c.Origins) == 0 {
			t.Errorf("%s has no declared origin", fixture)
		}
		for _, o := range c.Origins {
			if o.Verdict != bom.VerdictDeclaredOnly || len(o.Evidence) == 0 || o.Sentence == "" || o.Limits == "" {
				t.Errorf("%s: origin without evidence or words: %+v", fixture, o)
			}
		}
	}
	d := document(t, "decoder", "x", inspect.Options{Name: "acme/named", Version: "3", Supplier: "ACME"})
	c := d.Component(d.Subject)
	if c.Group != "acme" || c.Name != "named" || c.Version != "3" || c.Supplier == nil || c.Supplier.Name != "ACME" {
		t.Errorf("the given names are not taken: %+v", c)
	}
}

// TestDeclared checks that a part's origin is what its own configuration names.
func TestDeclared(t *testing.T) {
	d := document(t, "vlm", "m", inspect.Options{})
	for ref, want := range map[bom.Ref]bom.Ref{
		"part:language-model": "upstream:pkg:huggingface/Qwen/Qwen2.5-0.5B-Instruct",
		"part:vision-encoder": "upstream:pkg:huggingface/google/siglip-so400m-patch14-384",
		"part:audio-encoder":  "upstream:pkg:huggingface/openai/whisper-small",
	} {
		c := d.Component(ref)
		if c == nil || len(c.Origins) != 1 || c.Origins[0].Reference != want {
			t.Errorf("%s has other origins than %s: %+v", ref, want, c)
			continue
		}
		if !hasRelationship(d, bom.Relationship{From: ref, Type: bom.DescendantOf, To: want}) {
			t.Errorf("%s has no edge to %s", ref, want)
		}
	}
	if c := d.Component("part:projector"); c == nil || len(c.Origins) != 1 || c.Origins[0].Verdict != bom.VerdictUnknown {
		t.Errorf("the projector has no declared origin of its own: %+v", c)
	}
	for _, kind := range []bom.Acknowledgement{bom.Declared, bom.Concluded} {
		l := licencesOf(d.Component(d.Subject), kind)
		if len(l) != 1 || l[0].Expression != "MIT" || len(l[0].Evidence) != 2 || l[0].Evidence[0].Key != "license" || l[0].Evidence[1].Path != "LICENSE" {
			t.Errorf("%s licence: %+v", kind, l)
		}
	}
}

func licencesOf(c *bom.Component, kind bom.Acknowledgement) []bom.License {
	return slices.DeleteFunc(slices.Clone(c.Licenses), func(l bom.License) bool { return l.Acknowledgement != kind })
}

func hasRelationship(d *bom.Document, want bom.Relationship) bool {
	for _, r := range d.Relationships {
		r.Note = ""
		if r == want {
			return true
		}
	}
	return false
}

// TestNothingLost runs over all fixtures: every file that is there is a
// component, every weight file that is not part of a digest is a gap.
func TestNothingLost(t *testing.T) {
	for _, f := range fixtures.All() {
		t.Run(f.Name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "m")
			if err := f.Write(dir); err != nil {
				t.Fatal(err)
			}
			if f.Name == "hubcache" {
				dir = filepath.Join(dir, "models--acme--tiny", "snapshots")
				entries, err := os.ReadDir(dir)
				if err != nil {
					t.Fatal(err)
				}
				dir = filepath.Join(dir, entries[0].Name())
			}
			d := inspectDir(t, dir, inspect.Options{})
			err := filepath.WalkDir(dir, func(p string, e os.DirEntry, err error) error {
				if err != nil || e.IsDir() {
					return err
				}
				rel, _ := filepath.Rel(dir, p)
				c := d.Component(bom.Ref("file:" + filepath.ToSlash(rel)))
				if c == nil {
					t.Errorf("%s is in no component", rel)
				} else if len(c.Hashes) == 0 {
					t.Errorf("%s has no digest", rel)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
			unread := map[string]bool{}
			for _, g := range d.Gaps {
				if g.Kind.Weights() {
					unread[g.Path] = true
				}
			}
			read := map[bom.Ref]bool{}
			for _, r := range d.Relationships {
				from := d.Component(r.From)
				if from.Model != nil && from.Role != "" && from.Model.Tensors > 0 {
					read[r.To] = true
				}
			}
			for _, c := range d.Components {
				if c.File != nil && c.File.Role == "weights" && !unread[c.Name] && !read[c.Ref] && f.Name != "gguf-split" {
					t.Errorf("%s is weights, neither read nor a gap", c.Name)
				}
			}
			for _, c := range d.Components {
				if c.Role != "" && c.Model != nil && c.Model.Tensors > 0 && c.Model.WeightsDigest == "" {
					t.Errorf("%s was read and has no weights digest", c.Ref)
				}
			}
		})
	}
}

func TestDigestMismatch(t *testing.T) {
	dir := t.TempDir()
	if err := fixtures.Write("wrong-declared-digest", dir); err != nil {
		t.Fatal(err)
	}
	d := inspectDir(t, filepath.Join(dir, "models--acme--tiny"), inspect.Options{})
	if len(d.Findings) == 0 {
		t.Fatal("no finding")
	}
	for _, f := range d.Findings {
		if f.Rule != "digest-mismatch" || f.Path == "" || f.Ref == "" {
			t.Errorf("finding %+v", f)
		}
	}
	if d := document(t, "hubcache", "h", inspect.Options{}); len(d.Findings) > 0 {
		t.Errorf("a correct cache gives findings: %+v", d.Findings)
	}
}

func TestOptions(t *testing.T) {
	var last, calls atomic.Int64
	d := document(t, "vlm", "m", inspect.Options{NoTensorDigests: true,
		Algorithms: []fingerprint.Algorithm{fingerprint.SHA1, fingerprint.SHA512, fingerprint.BLAKE3},
		Progress: func(p inspect.Progress) {
			calls.Add(1)
			last.Store(p.Total)
		}})
	if calls.Load() == 0 || last.Load() == 0 {
		t.Error("no progress was told")
	}
	if c := d.Component("file:config.json"); len(c.Hashes) != 4 {
		t.Errorf("digests: %+v", c.Hashes)
	}
	if got := digests(d)["part:vision-encoder"]; got != "" {
		t.Errorf("a weights digest though it was turned off: %s", got)
	}
	found := false
	for _, g := range d.Gaps {
		found = found || g.Kind == bom.GapNotComputed
	}
	if !found {
		t.Error("the document does not say that digests were turned off")
	}
}

func TestInterrupted(t *testing.T) {
	dir := t.TempDir()
	if err := fixtures.Write("vlm", dir); err != nil {
		t.Fatal(err)
	}
	repo, err := source.Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if d, err := inspect.Repository(ctx, repo, inspect.Options{}); err == nil {
		t.Errorf("a document though interrupted: %v", d.Document.Subject)
	}
}

// TestLocalPaths: a path of the publisher's machine is left out and noted.
func TestLocalPaths(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "m")
	if err := fixtures.Write("decoder", dir); err != nil {
		t.Fatal(err)
	}
	config := `{"architectures": ["LlamaForCausalLM"], "model_type": "llama", "_name_or_path": "/home/alice/checkpoints/run-7"}`
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	card := "---\nlicense: other\nlicense_link: /home/alice/LICENSE\nbase_model: ./out/step-9\ndatasets:\n- /mnt/alice/data\n- acme/good\n---\n"
	if err := os.WriteFile(filepath.Join(dir, "README.md"), []byte(card), 0o644); err != nil {
		t.Fatal(err)
	}
	d := inspectDir(t, dir, inspect.Options{})
	data, _ := json.Marshal(d)
	for _, word := range []string{"alice", "step-9"} {
		if strings.Contains(string(data), word) {
			t.Errorf("%q is in the document", word)
		}
	}
	unresolved := 0
	for _, g := range d.Gaps {
		if g.Kind == bom.GapUnresolved {
			unresolved++
		}
	}
	if unresolved != 3 {
		t.Errorf("%d unresolved declarations are noted, want 3: %+v", unresolved, d.Gaps)
	}
	if d.Component("dataset:acme/good") == nil {
		t.Error("the data set with a name is lost")
	}
}

func BenchmarkTiny(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "m")
	if err := fixtures.Write("vlm", dir); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		inspectDir(b, dir, inspect.Options{})
	}
}

// TestSeveralModels: in a folder of models, each keeps what its own files state.
func TestSeveralModels(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "zoo")
	for _, name := range []string{"gguf", "sentence-transformers", "lora"} {
		if err := fixtures.Write(name, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	d := inspectDir(t, dir, inspect.Options{})
	for ref, want := range map[bom.Ref]string{
		"part:language-model:gguf":             "LicenseRef-llama3.2",
		"part:embedding:sentence-transformers": "Apache-2.0",
		"part:adapter:lora":                    "LicenseRef-llama3.2",
	} {
		c := d.Component(ref)
		if c == nil || len(licencesOf(c, bom.Declared)) != 1 || c.Licenses[0].Expression != want {
			t.Errorf("%s: %+v, want the licence %s", ref, c, want)
			continue
		}
		if _, folder, _ := strings.Cut(strings.TrimPrefix(string(ref), "part:"), ":"); !strings.HasPrefix(c.Licenses[0].Evidence[0].Path, folder+"/") {
			t.Errorf("%s has its licence from %s", ref, c.Licenses[0].Evidence[0].Path)
		}
	}
	c := d.Component(d.Subject)
	if len(licencesOf(c, bom.Declared)) > 0 || len(c.Origins) > 0 || c.Model.Family != "" {
		t.Errorf("the folder itself states nothing: %+v", c)
	}
	if l := licencesOf(c, bom.Concluded); len(l) != 1 || l[0].Expression != "Apache-2.0 AND LicenseRef-llama3.2" {
		t.Errorf("the whole is under what its models are under: %+v", l)
	}
	if !hasRelationship(d, bom.Relationship{From: "part:embedding:sentence-transformers", Type: bom.TrainedOn, To: "dataset:sentence-transformers/natural-questions"}) {
		t.Error("the data set of one model is not its own")
	}
}

// TestLikeNames: names that look equal once they are made safe stay two files.
func TestLikeNames(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "m")
	if err := fixtures.Write("decoder", dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a\x01", `a\x01`, `a\\x01`, "a\\", "A", "a"} {
		write(t, dir, name, []byte(name))
	}
	d := inspectDir(t, dir, inspect.Options{})
	names := map[string]bool{}
	for _, c := range d.Components {
		if c.File != nil {
			names[c.Name] = true
		}
	}
	if len(names) != 5+6 {
		t.Errorf("%d files have names: %v", len(names), names)
	}
}

// TestSecrets: what can be a path or a secret of the publisher's machine stays
// out, whatever field it stands in.
func TestSecrets(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "m")
	if err := fixtures.Write("decoder", dir); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "README.md", []byte("---\nlicense: /home/bob/L\nlicense_name: C:\\Users\\bob\\LICENSE\npipeline_tag: /home/bob/tag\nlibrary_name: ~bob/lib\ndatasets:\n"+
		"- https://user:SECRET@hub.example.com/datasets/x/y\n- https://internal.example.com/x?token=SECRET\n- C:/Users/bob/d\n- ${HOME}/bob\n"+
		"model-index:\n- name: /home/bob/m\n  results:\n  - dataset: {name: /home/bob/d, type: t}\n    metrics: [{type: accuracy, value: 1}]\n---\n"))
	write(t, dir, "config.json", []byte(`{"architectures": ["/home/bob/A"], "model_type": "C:\\\\bob", "hidden_act": "/home/bob/act", "auto_map": {"AutoModel": "/home/bob/x"}}`))
	write(t, dir, "tokenizer_config.json", []byte(`{"tokenizer_class": "/home/bob/T"}`))
	data, err := json.MarshalIndent(inspectDir(t, dir, inspect.Options{}), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if strings.Contains(line, "SECRET") || strings.Contains(line, "bob") {
			t.Errorf("in the document: %s", strings.TrimSpace(line))
		}
	}
}

// TestTrainingState: what loading a trainer's state would run is recorded, and
// its tensors are no part of the model.
func TestTrainingState(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "m")
	if err := fixtures.Write("decoder", dir); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "training_args.bin", []byte("\x80\x02cos\nsystem\nq\x00X\x02\x00\x00\x00idq\x01\x85q\x02Rq\x03."))
	d := inspectDir(t, dir, inspect.Options{})
	found := false
	for _, p := range d.Component("file:training_args.bin").Properties {
		found = found || strings.Contains(p.Value, "os.system")
	}
	if !found {
		t.Error("what it would run is not in the document")
	}
	if len(digests(d)) != 1 {
		t.Errorf("parts: %v", digests(d))
	}
}

// TestAlternative: another form of a part is marked, and not counted twice.
func TestAlternative(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "m")
	if err := fixtures.Write("decoder", dir); err != nil {
		t.Fatal(err)
	}
	weights, err := os.ReadFile(filepath.Join(dir, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	one := document(t, "decoder", "m", inspect.Options{})
	write(t, dir, "model.fp16.safetensors", weights)
	d := inspectDir(t, dir, inspect.Options{})
	if got, want := d.Component(d.Subject).Model.Parameters, one.Component(one.Subject).Model.Parameters; got != want {
		t.Errorf("%d parameters with a copy beside it, %d without", got, want)
	}
	marked := 0
	for _, c := range d.Components {
		if slices.Contains(c.Properties, bom.Property{Name: "modelbom:alternative", Value: "true"}) {
			marked++
		}
	}
	if marked != 1 {
		t.Errorf("%d parts are marked as other forms, want 1", marked)
	}
}
