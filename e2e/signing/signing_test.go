// Package signing tests the command against the reference implementation of
// OpenSSF Model Signing, model-signing of the Python package index: what one
// signs, the other verifies, and what one refuses, the other does too.
//
// MODELBOM_PYTHON names a Python that has it; see .ci/python.
package signing

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/e2e/built"
	"github.com/modelbom/modelbom/fixtures"
)

// programs is the folder of the built command, set once before any test runs.
var programs string

func TestMain(m *testing.M) { os.Exit(built.Run(m, &programs)) }

// ours runs the command and returns its exit code and what it printed.
func ours(t *testing.T, args ...string) (int, string) {
	t.Helper()
	return start(t, exec.Command(built.Path(programs, "modelbom"), args...))
}

// theirs runs model-signing with the Python that MODELBOM_PYTHON names.
func theirs(t *testing.T, args ...string) (int, string) {
	t.Helper()
	return start(t, exec.Command(reference(t), append([]string{"-m", "model_signing"}, args...)...))
}

func start(t *testing.T, c *exec.Cmd) (int, string) {
	t.Helper()
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), out.String()
}

// reference is the Python with model-signing. One that lacks it fails the tests:
// it was made without what .ci/python lists.
func reference(t *testing.T) string {
	t.Helper()
	python := os.Getenv("MODELBOM_PYTHON")
	if python == "" {
		t.Skip("NOT COMPARED: MODELBOM_PYTHON names no Python with model-signing, see .ci/python")
	}
	return python
}

// want fails the test when the exit code is another one.
func want(t *testing.T, code int, got int, out string) {
	t.Helper()
	if got != code {
		t.Fatalf("exit code %d, want %d:\n%s", got, code, out)
	}
}

// A pair are the files of two keys that belong together.
type pair struct{ private, public string }

// newPair makes keys by the reference's own cryptography.
func newPair(t *testing.T, curve string) pair {
	t.Helper()
	dir := t.TempDir()
	p := pair{filepath.Join(dir, "key.pem"), filepath.Join(dir, "key.pub")}
	c := exec.Command(reference(t), "testdata/keys.py", "key", curve, p.private, p.public)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return p
}

// repository is a copy of a fixture with nested folders, names that sort
// differently as text and as paths, an empty file and what Git keeps.
func repository(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "acme-vlm")
	if err := fixtures.Write("vlm", dir); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"onnx/model.onnx": "graph", "onnx.md": "text", "onnx-x": "", "a/b/c/d.txt": "deep", "文/模型.bin": "weights",
		".git/config": "git", ".gitignore": "x", ".github/w.yml": "x", "sub/.gitignore": "x", ".hidden": "x", "notes/todo.txt": "private",
		"__pycache__/x.pyc": "code",
	} {
		write(t, filepath.Join(dir, filepath.FromSlash(name)), content)
	}
	return dir
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

var curves = []string{"SECP256R1", "SECP384R1", "SECP521R1"}

// TestOursThere: bundles of ours verify there, and not after a change.
func TestOursThere(t *testing.T) {
	for _, curve := range curves {
		t.Run(curve, func(t *testing.T) {
			t.Parallel()
			k := newPair(t, curve)
			repo := repository(t)
			sig := filepath.Join(repo, "model.sig")
			code, out := ours(t, "sign", repo, "--key", k.private, "-o", sig, "--ignore", "notes")
			want(t, 0, code, out)
			verify := []string{"verify", "key", "--public_key", k.public, "--signature", sig, repo}
			code, out = theirs(t, verify...)
			want(t, 0, code, out)
			// What was ignored may change, what was signed may not.
			write(t, filepath.Join(repo, "notes", "more.txt"), "more")
			code, out = theirs(t, verify...)
			want(t, 0, code, out)
			write(t, filepath.Join(repo, "a", "b", "c", "d.txt"), "Deep")
			code, out = theirs(t, verify...)
			want(t, 1, code, out)
			code, out = ours(t, "verify", repo, "--signature", sig, "--key", k.public)
			want(t, 2, code, out)
			if !strings.Contains(out, "differs      a/b/c/d.txt: ") || !strings.Contains(out, "1 thing") {
				t.Error(out)
			}
		})
	}
}

// TestTheirsHere: bundles of theirs verify here, and each change is named.
func TestTheirsHere(t *testing.T) {
	for _, curve := range curves {
		t.Run(curve, func(t *testing.T) {
			t.Parallel()
			k := newPair(t, curve)
			repo := repository(t)
			sig := filepath.Join(repo, "model.sig")
			code, out := theirs(t, "sign", "key", "--private_key", k.private, "--signature", sig, "--ignore-paths", filepath.Join(repo, "notes"), repo)
			want(t, 0, code, out)
			verify := []string{"verify", repo, "--signature", sig, "--key", k.public}
			code, out = ours(t, verify...)
			want(t, 0, code, out)
			write(t, filepath.Join(repo, "notes", "more.txt"), "more")
			code, out = ours(t, verify...)
			want(t, 0, code, out)
			if err := os.Remove(filepath.Join(repo, "onnx.md")); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(repo, "evil.py"), "x")
			write(t, filepath.Join(repo, "__pycache__", "x.pyc"), "evil")
			code, out = ours(t, verify...)
			want(t, 2, code, out)
			for _, line := range []string{"missing      onnx.md", "added        evil.py", "differs      __pycache__/x.pyc: "} {
				if !strings.Contains(out, line) {
					t.Errorf("%q is not in\n%s", line, out)
				}
			}
			other := newPair(t, curve)
			code, out = ours(t, "verify", repo, "--signature", sig, "--key", other.public)
			want(t, 2, code, out)
			if !strings.Contains(out, "made with another key") {
				t.Error(out)
			}
		})
	}
}

// TestSingleFile: a model that is one file, both ways.
func TestSingleFile(t *testing.T) {
	t.Parallel()
	k := newPair(t, "SECP256R1")
	file := filepath.Join(repository(t), "model-00001-of-00002.safetensors")
	sig := filepath.Join(t.TempDir(), "model.sig")
	code, out := ours(t, "sign", file, "--key", k.private, "-o", sig)
	want(t, 0, code, out)
	code, out = theirs(t, "verify", "key", "--public_key", k.public, "--signature", sig, file)
	want(t, 0, code, out)
	code, out = theirs(t, "sign", "key", "--private_key", k.private, "--signature", sig, file)
	want(t, 0, code, out)
	code, out = ours(t, "verify", file, "--signature", sig, "--key", k.public)
	want(t, 0, code, out)
	write(t, file, "other")
	code, out = ours(t, "verify", file, "--signature", sig, "--key", k.public)
	want(t, 2, code, out)
}

// TestOtherSerializations: shards and BLAKE3, which only theirs writes.
func TestOtherSerializations(t *testing.T) {
	t.Parallel()
	k := newPair(t, "SECP384R1")
	for _, how := range []string{"shards", "blake3", "blake2"} {
		repo := repository(t)
		sig := filepath.Join(t.TempDir(), "model.sig")
		if out, err := exec.Command(reference(t), "testdata/keys.py", "sign", how, k.private, repo, sig).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		verify := []string{"verify", repo, "--signature", sig, "--key", k.public}
		code, out := ours(t, verify...)
		if how == "blake2" {
			want(t, 1, code, out)
			if !strings.Contains(out, "blake2b digests, which are not supported") {
				t.Error(out)
			}
			continue
		}
		want(t, 0, code, out)
		write(t, filepath.Join(repo, "config.json"), strings.Repeat("{}", 2000))
		code, out = ours(t, verify...)
		want(t, 2, code, out)
		if !strings.Contains(out, "differs      config.json: ") {
			t.Error(out)
		}
	}
}

// TestCertificates: signatures by certificate, both ways.
func TestCertificates(t *testing.T) {
	t.Parallel()
	dir, repo := t.TempDir(), repository(t)
	if out, err := exec.Command(reference(t), "testdata/keys.py", "certificate", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	code, out := ours(t, "sign", repo, "--key", at("leaf.key"), "--certificate", at("leaf.pem"), "-o", at("ours.sig"))
	want(t, 0, code, out)
	code, out = theirs(t, "verify", "certificate", "--certificate_chain", at("ca.pem"), "--signature", at("ours.sig"), repo)
	want(t, 0, code, out)
	code, out = theirs(t, "sign", "certificate", "--private_key", at("leaf.key"), "--signing_certificate", at("leaf.pem"),
		"--certificate_chain", at("ca.pem"), "--signature", at("theirs.sig"), repo)
	want(t, 0, code, out)
	for _, sig := range []string{"ours.sig", "theirs.sig"} {
		code, out = ours(t, "verify", repo, "--signature", at(sig), "--ca", at("ca.pem"))
		want(t, 0, code, out)
		code, out = ours(t, "verify", repo, "--signature", at(sig), "--ca", at("other.pem"))
		want(t, 2, code, out)
	}
}

// TestDocumentNamesTheirRoot: a document signed with --bundle states the root
// digest that a bundle of theirs states, and verifies with the repository.
func TestDocumentNamesTheirRoot(t *testing.T) {
	t.Parallel()
	k := newPair(t, "SECP256R1")
	repo, dir := repository(t), t.TempDir()
	bundle, document, sig := filepath.Join(dir, "model.sig"), filepath.Join(dir, "bom.cdx.json"), filepath.Join(dir, "bom.sig")
	if err := os.RemoveAll(filepath.Join(repo, "__pycache__")); err != nil { // no document lists it
		t.Fatal(err)
	}
	code, out := theirs(t, "sign", "key", "--private_key", k.private, "--signature", bundle, repo)
	want(t, 0, code, out)
	if code, out = ours(t, "generate", repo, "-q", "--allow-gaps", "-o", "cyclonedx-json="+document); code != 0 && code != 2 {
		t.Fatal(out)
	}
	code, out = ours(t, "sign", document, "--key", k.private, "--bundle", bundle, "-o", sig)
	want(t, 0, code, out)
	code, out = ours(t, "verify", document, "--signature", sig, "--key", k.public, "--model", repo)
	want(t, 0, code, out)
	theirRoot, ourRoot := rootOf(t, bundle, 0), rootOf(t, sig, 1)
	if theirRoot == "" || theirRoot != ourRoot {
		t.Errorf("root %q there, %q here", theirRoot, ourRoot)
	}
}

// rootOf is the digest of one subject of a signature.
func rootOf(t *testing.T, name string, i int) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Payload  string `json:"payload"`
		Envelope struct {
			Payload string `json:"payload"`
		} `json:"dsseEnvelope"`
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	payload, err := base64.StdEncoding.DecodeString(v.Payload + v.Envelope.Payload)
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		Subject []struct {
			Digest map[string]string `json:"digest"`
		} `json:"subject"`
	}
	if err := json.Unmarshal(payload, &s); err != nil {
		t.Fatal(err)
	}
	return s.Subject[i].Digest["sha256"]
}
