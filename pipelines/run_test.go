//go:build !windows

package pipelines

import (
	"path/filepath"
	"strings"
	"testing"
)

// A first release has nothing to compare with; the next one is compared with it,
// fingerprints included; the same again shows no change.
func TestRounds(t *testing.T) {
	dir := t.TempDir()
	env := vars{"MODELBOM_REPO": model(t, dir, "vlm"), "MODELBOM_NAME": "acme/vlm", "MODELBOM_VERSION": "1", "MODELBOM_PREVIOUS": "last/bom.cdx.json",
		"MODELBOM_OUT": "last", "GITHUB_OUTPUT": filepath.Join(dir, "output"), "GITHUB_STEP_SUMMARY": filepath.Join(dir, "summary")}
	out := mustScript(t, 0, dir, env, "run.sh")
	if !strings.Contains(out, "no earlier document") {
		t.Errorf("a first run says\n%s", out)
	}
	if got, want := read(t, filepath.Join(dir, "last/outcome")), "generate=0\ncheck=\ndiff=first\n"; got != want {
		t.Errorf("outcome %q, want %q", got, want)
	}
	if got := read(t, filepath.Join(dir, "output")); got != read(t, filepath.Join(dir, "last/outcome")) {
		t.Errorf("the step's outputs are %q", got)
	}
	comment := read(t, filepath.Join(dir, "last/comment.md"))
	if !strings.HasPrefix(comment, "<!-- modelbom: acme/vlm -->\n") || !strings.Contains(comment, "no earlier release") ||
		!strings.Contains(comment, "vision") || comment != read(t, filepath.Join(dir, "summary")) {
		t.Errorf("the comment is\n%s", comment)
	}
	for _, name := range []string{"bom.cdx.json", "bom.spdx.json", "bom.fingerprint.json", "report.html", "report.md"} {
		if !exists(filepath.Join(dir, "last", name)) {
			t.Errorf("%s is not written", name)
		}
	}

	env["MODELBOM_OUT"], env["GITHUB_STEP_SUMMARY"], env["GITHUB_OUTPUT"] = "now", "", ""
	mustScript(t, 0, dir, env, "run.sh")
	if got := read(t, filepath.Join(dir, "now/outcome")); got != "generate=0\ncheck=\ndiff=0\n" {
		t.Errorf("the same model again: outcome %q", got)
	}

	env["MODELBOM_REPO"] = model(t, dir, "vlm-bitflip")
	mustScript(t, 0, dir, env, "run.sh")
	comment = read(t, filepath.Join(dir, "now/comment.md"))
	if !strings.Contains(read(t, filepath.Join(dir, "now/outcome")), "diff=2") || !strings.Contains(comment, "What changed since the last release") {
		t.Errorf("another model: the comment is\n%s", comment)
	}
	if !exists(filepath.Join(dir, "now/previous/bom.fingerprint.json")) {
		t.Error("the fingerprint of the last release was not fetched")
	}
}

// A policy that is not met fails the job after everything is written.
func TestPolicy(t *testing.T) {
	dir := t.TempDir()
	env := vars{"MODELBOM_REPO": model(t, dir, "vlm"), "MODELBOM_NAME": "acme/vlm", "MODELBOM_POLICIES": "graded\n"}
	mustScript(t, 0, dir, env, "run.sh")
	out := filepath.Join(dir, "modelbom-out")
	for _, name := range []string{"bom.cdx.json", "bom.spdx.json", "check.md", "check.sarif", "check.xml", "report.html", "comment.md"} {
		if !exists(filepath.Join(out, name)) {
			t.Errorf("%s is not written", name)
		}
	}
	if comment := read(t, filepath.Join(out, "comment.md")); !strings.Contains(comment, "**The policy is not met.**") {
		t.Errorf("the comment is\n%s", comment)
	}
	if got := mustScript(t, 2, dir, env, "verdict.sh"); !strings.Contains(got, "the policy is not met") {
		t.Errorf("the verdict says %s", got)
	}
	env["MODELBOM_FAIL_ON"] = "gaps"
	mustScript(t, 0, dir, env, "verdict.sh")
}

// What cannot be done ends the run at once, with the command's exit code.
func TestRunFails(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "empty/README.md"), "nothing", 0o644)
	for _, c := range []struct {
		name string
		env  vars
		code int
		say  string
	}{
		{"no repository", vars{}, 1, "MODELBOM_REPO names no model repository"},
		{"no such repository", vars{"MODELBOM_REPO": "nowhere"}, 1, "nowhere"},
		{"a flag for a repository", vars{"MODELBOM_REPO": "--help"}, 1, "--help"},
		{"no model", vars{"MODELBOM_REPO": "empty"}, 3, "recognised as a model"},
		{"no such policy", vars{"MODELBOM_REPO": model(t, dir, "lora"), "MODELBOM_POLICIES": "no-such-policy"}, 1, "no-such-policy"},
		{"no such command", vars{"MODELBOM_REPO": "empty", "MODELBOM_COMMAND": "modelbom-of-nowhere"}, 1, "is needed and is not there"},
	} {
		// A run of yesterday must not pass for one of today.
		write(t, filepath.Join(dir, "modelbom-out/outcome"), "generate=0\ncheck=0\ndiff=0\n", 0o644)
		code, out := script(t, dir, c.env, "run.sh")
		if code != c.code || !strings.Contains(out, c.say) {
			t.Errorf("%s: exit code %d, want %d, and %q in\n%s", c.name, code, c.code, c.say, out)
		}
		if c.env["MODELBOM_REPO"] != "" && c.env["MODELBOM_COMMAND"] == "" {
			mustScript(t, 1, dir, nil, "verdict.sh")
		}
	}
}

// Inputs are only text, whatever a shell or Markdown would make of them.
func TestHostileInputs(t *testing.T) {
	dir := t.TempDir()
	const attack = "x$(touch pwned)`touch pwned`; touch pwned --><script>|\n::set-output name=a::b"
	mustScript(t, 0, dir, vars{"MODELBOM_REPO": model(t, dir, "lora"), "MODELBOM_NAME": attack, "MODELBOM_VERSION": attack, "MODELBOM_PREVIOUS": attack}, "run.sh")
	if exists(filepath.Join(dir, "pwned")) {
		t.Fatal("an input was run")
	}
	comment := read(t, filepath.Join(dir, "modelbom-out/comment.md"))
	first, rest, _ := strings.Cut(comment, "\n")
	if strings.Count(first, "--") != 2 || !strings.HasSuffix(first, " -->") || strings.Contains(strings.ReplaceAll(rest, `\<`, ""), "<script") {
		t.Errorf("the comment begins with %q", first)
	}
	code, _ := script(t, dir, vars{"MODELBOM_REPO": "lora", "MODELBOM_POLICIES": "a b\n  $(touch pwned)  \n\n*"}, "run.sh")
	if code != 1 || exists(filepath.Join(dir, "pwned")) {
		t.Errorf("policies that are commands: exit code %d", code)
	}
}

func TestVerdict(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		outcome, failOn string
		code            int
	}{
		{"generate=0 check=0 diff=0", "", 0}, {"generate=0 check= diff=", "", 0}, {"generate=0 check=0 diff=2", "", 0},
		{"generate=2 check=0 diff=", "", 2}, {"generate=4 check=0 diff=", "", 4}, {"generate=4 check=2 diff=", "", 2},
		{"generate=2 check=0 diff=", "policy", 0}, {"generate=0 check=2 diff=", "findings gaps", 0},
		{"generate=0 check=0 diff=2", "changes", 2}, {"generate=2 check=2 diff=2", "never", 0},
		{"generate=0 check=0 diff=first", "changes", 0}, {"generate=0 check=0 diff=0", "police", 1},
	} {
		write(t, filepath.Join(dir, "modelbom-out/outcome"), strings.ReplaceAll(c.outcome, " ", "\n")+"\n", 0o644)
		if code, out := script(t, dir, vars{"MODELBOM_FAIL_ON": c.failOn}, "verdict.sh"); code != c.code {
			t.Errorf("%s, failing on %q: exit code %d, want %d\n%s", c.outcome, c.failOn, code, c.code, out)
		}
	}
}
