package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A fact is a value that a document must state. The values were read with the
// reference implementations (safetensors, gguf and onnx for Python), the
// weights digests computed from what they read with numpy.
type fact struct {
	what string // "licence", "hash", "ancestor", "task", "family", "architecture", "type", or a property
	ref  string
	want string
}

const miniLM = "pkg:huggingface/nreimers/MiniLM-L6-H384-uncased"

var models = []struct {
	name   string
	code   int
	unread []string // files of weights that this version cannot read
	found  []string // findings, as parts of their text
	facts  []fact
}{
	// Its folder has the name of the published model, and nothing tells the group.
	{name: "all-minilm-l6-v2", found: []string{"origin-undeclared | info | model.safetensors", "origin-undeclared | info |  |  | Nothing in the repository declares this origin. Tokenizer"}, facts: []fact{
		{"type", "model", "machine-learning-model"},
		{"licence", "model", "Apache-2.0"},
		{"task", "model", "sentence-similarity"},
		{"family", "model", "bert"},
		{"architecture", "model", "BertModel"},
		{"parameters", "model", "22713728"},
		{"tensors", "model", "104"},
		{"dtypes", "part:embedding", "F32:22713216 I64:512"},
		{"parameters", "part:embedding", "22713728"},
		{"layers", "part:embedding", "6"},
		{"weights-size", "part:embedding", "90856960"},
		{"weights-digest", "part:embedding", "sha256:ec6e8c2015e15bdf24452b1ca8abbb711c5526c001e5be48014b6399117e8328"},
		{"licence", "part:embedding", "Apache-2.0"},
		{"ancestor", "part:embedding", miniLM},
		{"origin:verdict", "part:embedding", "identical"},
		{"origin:reference", "part:embedding", "upstream:pkg:huggingface/sentence-transformers/all-MiniLM-L6-v2"},
		{"hyperparameter:hidden_size", "part:embedding", "384"},
		{"hyperparameter:vocab_size", "part:embedding", "30522"},
		{"tokenizer:type", "part:tokenizer", "WordPiece"},
		{"tokenizer:vocabulary", "part:tokenizer", "30522"},
		{"hash", "file:model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"},
		{"type", "dataset:s2orc", "data"},
	}},
	// Its package says nowhere that it is a copy of another model.
	{name: "internal-embedding", code: 2, found: []string{
		"origin-undeclared | medium | model.safetensors |  | Nothing in the repository declares this origin. Embedding: the file model.safetensors is published by sentence-transformers/all-MiniLM-L6-v2, by digest.",
		"Tokenizer: the vocabulary of sentence-transformers/all-MiniLM-L6-v2, by digest.",
	}, facts: []fact{
		{"licence", "model", "Apache-2.0"},
		{"version", "model", "1110a243fdf4706b3f48f1d95db1a4f5529b4d41"},
		{"weights-digest", "part:embedding", "sha256:ec6e8c2015e15bdf24452b1ca8abbb711c5526c001e5be48014b6399117e8328"},
		{"ancestor", "part:embedding", miniLM},
		{"hash", "file:model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"},
		{"part", "file:train_script.py", "code"},
	}},
	{name: "gemma-3-270m-gguf", facts: []fact{
		{"licence", "model", "LicenseRef-gemma"},
		{"task", "model", "text-generation"},
		{"family", "part:language-model", "gemma3"},
		{"parameters", "part:language-model", "268098176"},
		{"tensors", "part:language-model", "236"},
		{"layers", "part:language-model", "18"},
		{"quantization", "part:language-model", "Q4_K_M"},
		{"dtypes", "part:language-model", "Q8_0:169246720 Q5_0:63406080 Q4_K:23592960 Q6_K:11796480 F32:55936"},
		{"weights-digest", "part:language-model", "sha256:304756d110e5459313a5e3b76b81099aafc83ec83b47bd1bfda1cf227c6b2c9e"},
		{"hyperparameter:context_length", "part:language-model", "32768"},
		{"ancestor", "part:language-model", "pkg:huggingface/google/gemma-3-270m"},
		{"tokenizer:vocabulary", "part:tokenizer", "262144"},
		{"tokenizer:type", "part:tokenizer", "llama"},
		{"hash", "file:gemma-3-270m-q4_k_m.gguf", "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"},
	}},
	{name: "qwen3-tokenizer", found: []string{"origin-undeclared | info |  |  | Nothing in the repository declares this origin. Tokenizer: the vocabulary of Qwen/Qwen3, by digest."}, facts: []fact{
		{"origin:verdict", "part:tokenizer", "identical-value"},
		{"type", "part:tokenizer", "data"},
		{"tokenizer:vocabulary", "part:tokenizer", "151643"},
		{"tokenizer:added-tokens", "part:tokenizer", "26"},
		{"tokenizer:merges", "part:tokenizer", "151387"},
		{"tokenizer:type", "part:tokenizer", "BPE"},
		{"part", "part:chat-template", "chat-template"},
		{"parameters", "model", ""},
	}},
	{name: "silero-vad-onnx", code: 2, found: []string{"silero_vad.onnx", "silero_vad.onnx", "silero_vad_16k_op15.onnx", "silero_vad_half.onnx", "silero_vad_op18_ifless.onnx", "silero_vad_op18_ifless.onnx"}, facts: []fact{
		{"file:format", "file:silero_vad.onnx", "onnx"},
		{"hash", "file:silero_vad_16k_op15.onnx", "7ed98ddbad84ccac4cd0aeb3099049280713df825c610a8ed34543318f1b2c49"},
		{"dtypes", "part:other:silero_vad_op18_ifless/model", "F32:310022 I64:18"},
		{"dtypes", "part:other:silero_vad_op18_ifless/model_8k", "F32:235649"},
		{"origin:verdict", "part:other:silero_vad/then_branch", "identical"},
		{"origin:strength", "part:other:silero_vad/then_branch", "exact"},
		{"ancestor", "part:other:silero_vad/else_branch", "pkg:github/snakers4/silero-vad"},
		{"dtypes", "part:other:silero_vad_16k_op15", "F32:309636 I64:161"},
		{"dtypes", "part:other:silero_vad_half", "F32:309636 I64:156"},
	}},
	{name: "silero-vad", found: []string{"info | silero_vad.jit", "info | silero_vad.jit", "info | silero_vad.onnx", "info | silero_vad.onnx", "info | silero_vad_16k.safetensors", "info | silero_vad_16k_op15.onnx",
		"info | silero_vad_half.onnx", "info | silero_vad_op18_ifless.onnx", "info | silero_vad_op18_ifless.onnx", "info | silero_vad_openvino_16k.onnx"}, facts: []fact{
		{"origin:verdict", "part:other:silero_vad_16k", "identical"},
		{"file:role", "file:silero_vad.jit", "weights"},
		{"parameters", "part:other:silero_vad_16k", "309633"},
		{"tensors", "part:other:silero_vad_16k", "15"},
		{"dtypes", "part:other:silero_vad_16k", "F32:309633"},
		{"weights-digest", "part:other:silero_vad_16k", "sha256:3b685ca8abad50bd7d40a6f406b780f52a550baa226c1f8b9a554431cc64b3df"},
	}},
	{name: "face-detection", code: 4, unread: []string{
		"face_detection_full_range.tflite", "face_detection_full_range_sparse.tflite", "face_detection_short_range.tflite",
	}, facts: []fact{
		{"file:format", "file:face_detection_full_range.tflite", "tflite"},
		{"file:role", "file:face_detection_full_range.tflite", "weights"},
		{"parameters", "model", ""},
	}},
}

func TestRealModels(t *testing.T) {
	for _, m := range models {
		t.Run(m.name, func(t *testing.T) {
			repo := realModel(t, m.name)
			r, files := outputs(t, t.TempDir(), nil, "generate", repo)
			if r.code != m.code {
				t.Errorf("exit code %d, want %d: %s", r.code, m.code, r.stderr)
			}
			if r.stdout != "" {
				t.Errorf("standard output holds %q though every document went to a file", r.stdout)
			}
			checkDocuments(t, files)
			for _, name := range []string{"16.cdx.json", "17.cdx.json"} {
				d := readCycloneDX(t, files[name])
				checkFacts(t, d, m.facts)
				checkUnread(t, r, d, m.unread)
				checkHashes(t, repo, d)
				if got := d.component("model").Name; got != m.name {
					t.Errorf("the model is named %q", got)
				}
				checkFindings(t, d, m.found)
			}
			if !strings.Contains(string(files["summary.txt"]), m.name) {
				t.Errorf("summary:\n%s", files["summary.txt"])
			}
			// Reading licence texts takes up to 40 MiB, see pkg/license.
			if limit := int64(96 << 20); r.peak > limit {
				t.Errorf("peak memory %d bytes, over %d", r.peak, limit)
			}
			t.Logf("%s: %v, peak memory %d MiB", m.name, r.took, r.peak>>20)
		})
	}
}

// checkFindings wants one finding for each text, and no other.
func checkFindings(t *testing.T, d *document, want []string) {
	t.Helper()
	got := d.findings()
	// Program text, formats that were not read and the like are told of every
	// model that has them.
	got = slices.DeleteFunc(got, func(f string) bool {
		rule, rest, _ := strings.Cut(f, " | ")
		return strings.HasPrefix(rest, "info | ") && slices.Contains([]string{"code-file", "unsafe-format", "not-read", "pickle-known", "embedded-script"}, rule)
	})
	for _, text := range want {
		i := slices.IndexFunc(got, func(f string) bool { return strings.Contains(f, text) })
		if i < 0 {
			t.Errorf("no finding %q", text)
			continue
		}
		got = slices.Delete(got, i, i+1)
	}
	if len(got) > 0 {
		t.Errorf("more findings: %q", got)
	}
}

func checkFacts(t *testing.T, d *document, facts []fact) {
	t.Helper()
	for _, f := range facts {
		c, got := d.component(f.ref), ""
		switch f.what {
		case "type":
			got = c.Type
		case "version":
			got = c.Version
		case "licence":
			got = c.licence()
		case "ancestor":
			got = c.ancestor()
		case "hash":
			got = c.hash("SHA-256")
		case "task":
			got = c.ModelCard.ModelParameters.Task
		case "family":
			got = c.ModelCard.ModelParameters.ArchitectureFamily
		case "architecture":
			got = c.ModelCard.ModelParameters.ModelArchitecture
		default:
			got = c.property(f.what)
		}
		if got != f.want {
			t.Errorf("%s of %s is %q, want %q", f.what, f.ref, got, f.want)
		}
	}
}

// checkUnread compares the files whose weights were not read with what standard
// error and the document say, both ways.
func checkUnread(t *testing.T, r result, d *document, want []string) {
	t.Helper()
	var got []string
	for _, c := range d.byRef {
		for _, g := range c.properties("gap") {
			if fields := strings.Split(g, " | "); fields[0] == "unread-weights" && len(fields) == 3 {
				got = append(got, fields[1])
			}
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the document says that %q were not read, want %q", got, want)
	}
	for _, name := range want {
		if !strings.Contains(r.stderr, name+":") {
			t.Errorf("standard error does not name %s:\n%s", name, r.stderr)
		}
	}
}

// checkHashes compares every file's digest in the document with one computed
// here, and the files of the folder with those of the document.
func checkHashes(t *testing.T, repo string, d *document) {
	t.Helper()
	seen := 0
	err := filepath.WalkDir(repo, func(name string, e fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(repo, name)
		if err != nil || e.IsDir() {
			if e != nil && rel == ".cache" {
				return filepath.SkipDir // the hub client's notes are no part of the model
			}
			return err
		}
		seen++
		c := d.component("file:" + filepath.ToSlash(rel))
		sum, size, err := digest(name)
		if got := c.hash("SHA-256"); got != sum {
			t.Errorf("%s: SHA-256 %q, want %q", rel, got, sum)
		}
		if got := c.property("file:size"); got != fmt.Sprint(size) {
			t.Errorf("%s: size %q, want %d", rel, got, size)
		}
		return err
	})
	if err != nil || seen == 0 {
		t.Fatalf("%d files: %v", seen, err)
	}
	for ref := range d.byRef {
		if strings.HasPrefix(ref, "file:") {
			seen--
		}
	}
	if seen != 0 {
		t.Errorf("%d files more than components", seen)
	}
}

func digest(name string) (string, int64, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), n, err
}

// TestAssertedDigests changes one file of a model whose download notes say what
// every file's digest was.
func TestAssertedDigests(t *testing.T) {
	repo := realModel(t, "internal-embedding")
	changed := filepath.Join(t.TempDir(), "internal-embedding")
	copyTree(t, repo, changed)
	appendTo(t, filepath.Join(changed, "model.safetensors"), "x")
	_, files := outputs(t, t.TempDir(), nil, "generate", changed)
	found := strings.Join(readCycloneDX(t, files["16.cdx.json"]).findings(), "\n")
	if !strings.Contains(found, "digest-mismatch") || !strings.Contains(found, "model.safetensors") {
		t.Errorf("findings %q do not tell that model.safetensors was changed after the download", found)
	}
}

func appendTo(t *testing.T, name, text string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestSingleFile names a weight file instead of a folder.
func TestSingleFile(t *testing.T) {
	repo := realModel(t, "silero-vad")
	r, files := outputs(t, t.TempDir(), nil, "generate", filepath.Join(repo, "silero_vad_16k.safetensors"))
	if r.code != 2 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	checkDocuments(t, files)
	d := readCycloneDX(t, files["16.cdx.json"])
	checkFindings(t, d, []string{"snakers4/silero-vad"})
	checkFacts(t, d, []fact{{"parameters", "part:other:silero_vad_16k", "309633"}})
}
