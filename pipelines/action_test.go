//go:build !windows

package pipelines

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

type action struct {
	Inputs map[string]struct{ Description, Default string }
	Runs   struct {
		Using string
		Steps []struct {
			Name, If, Uses, Shell, Run string
			Env, With                  map[string]string
		}
	}
}

func load(t *testing.T, name string, into any) string {
	t.Helper()
	text := read(t, name)
	if err := yaml.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return text
}

var (
	pinned     = regexp.MustCompile(`^[a-z-]+(/[a-z-]+)+@[0-9a-f]{40}$`)
	expression = regexp.MustCompile(`\$\{\{.*?\}\}`)
	inputName  = regexp.MustCompile(`inputs\.([a-z-]+)`)
	scriptName = regexp.MustCompile(`[a-z]+\.sh\b`)
	variable   = regexp.MustCompile(`\bMODELBOM_[A-Z_]+`)
)

// The action gives inputs to scripts in the environment only, names every action it
// uses by commit, keeps documents before it fails, and publishes after that.
func TestAction(t *testing.T) {
	var a action
	text := load(t, "../action.yml", &a)
	docs := read(t, "../docs/release-pipeline.md")
	used := map[string]bool{}
	for _, m := range inputName.FindAllStringSubmatch(text, -1) {
		used[m[1]] = true
		if _, ok := a.Inputs[m[1]]; !ok {
			t.Errorf("there is no input %s", m[1])
		}
	}
	for name, in := range a.Inputs {
		if !used[name] || in.Description == "" || !strings.Contains(docs, "`"+name+"`") {
			t.Errorf("the input %s is not used or not described", name)
		}
	}
	var order []string
	for _, s := range a.Runs.Steps {
		order = append(order, s.Name)
		if expression.MatchString(s.Run) {
			t.Errorf("step %s: an expression in a script: %s", s.Name, s.Run)
		}
		if (s.Run == "") == (s.Uses == "") || s.Run != "" && s.Shell != "bash" || s.Uses != "" && !pinned.MatchString(s.Uses) {
			t.Errorf("step %s: run %q, uses %q, shell %q", s.Name, s.Run, s.Uses, s.Shell)
		}
		for _, script := range scriptName.FindAllString(s.Run, -1) {
			if info, err := os.Stat(script); err != nil || info.Mode()&0o111 == 0 {
				t.Errorf("step %s: %s cannot be run: %v", s.Name, script, err)
			}
		}
		if s.Run != "" {
			checkShell(t, s.Name, s.Run)
		}
	}
	want := []string{"Generate, check, compare", "Artifact", "Code scanning", "Comment", "Verdict", "Upload", "Attach to the release"}
	order = slices.DeleteFunc(order, func(s string) bool { return !slices.Contains(want, s) })
	if !slices.Equal(order, want) {
		t.Errorf("the steps are %q", order)
	}
}

// checkShell parses a script without running it.
func checkShell(t *testing.T, name, text string) {
	t.Helper()
	c := exec.Command("bash", "-n")
	c.Stdin = strings.NewReader(text)
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%s: %v: %s", name, err, out)
	}
}

func TestGitLab(t *testing.T) {
	var jobs map[string]struct {
		Variables map[string]string
		Before    []string `yaml:"before_script"`
		Script    []string
		Artifacts struct {
			When  string
			Paths []string
		}
		Rules []map[string]string
	}
	load(t, "gitlab.yml", &jobs)
	for name, job := range jobs {
		lines := append(slices.Clone(job.Before), job.Script...)
		checkShell(t, name, strings.Join(lines, "\n"))
		for _, script := range scriptName.FindAllString(strings.Join(lines, "\n"), -1) {
			if _, err := os.Stat(script); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if len(job.Rules) == 0 {
			t.Errorf("%s has no rules", name)
		}
	}
	main := jobs["modelbom"]
	if main.Artifacts.When != "always" || !slices.Contains(main.Artifacts.Paths, main.Variables["MODELBOM_OUT"]+"/") {
		t.Errorf("the documents of a job that fails are not kept: %+v", main.Artifacts)
	}
	order := strings.Join(scriptName.FindAllString(strings.Join(main.Script, "\n"), -1), " ")
	if order != "run.sh comment.sh verdict.sh upload.sh" {
		t.Errorf("the scripts are %s", order)
	}
}

// Every variable that a script reads is described, and every one that is given to a
// script is read by one.
func TestVariables(t *testing.T) {
	docs := read(t, "../docs/release-pipeline.md")
	scripts, err := filepath.Glob("*.sh")
	if err != nil || len(scripts) == 0 {
		t.Fatal(err)
	}
	all := read(t, "gitlab.yml")
	for _, name := range scripts {
		text := read(t, name)
		all += text
		if name != "lib.sh" && !strings.HasPrefix(text, "#!/bin/bash\n#") || name != "lib.sh" && !strings.Contains(text, "\nset -euo pipefail\n") {
			t.Errorf("%s is not strict or says nothing of itself", name)
		}
		for _, v := range variable.FindAllString(text, -1) {
			if !strings.Contains(docs, "`"+v+"`") {
				t.Errorf("%s: %s is not described", name, v)
			}
		}
	}
	for _, v := range variable.FindAllString(read(t, "../action.yml"), -1) {
		if v != "MODELBOM_TAG" && !strings.Contains(all, v) {
			t.Errorf("no script reads %s", v)
		}
	}
}
