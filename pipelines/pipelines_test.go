//go:build !windows

// Package pipelines tests the scripts of this folder, the GitHub action and the
// GitLab template: the scripts run with bash, curl and jq against servers that
// answer as the platforms do, and with the real command on fixtures.
package pipelines

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/e2e/built"
	"github.com/modelbom/modelbom/fixtures"
)

// programs is the folder of the built command, set once before any test runs.
var programs string

func TestMain(m *testing.M) {
	for _, tool := range []string{"bash", "curl", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			fmt.Fprintf(os.Stderr, "the scripts need %s: %v\n", tool, err)
			os.Exit(1)
		}
	}
	os.Exit(built.Run(m, &programs))
}

// secret is every token and key of the tests; it must never be printed.
const secret = "s3cr3t-token"

type vars map[string]string

// script runs a script in a folder with these variables and no others of a
// pipeline, and returns its exit code and what it printed.
func script(t *testing.T, dir string, env vars, name string, args ...string) (code int, output string) {
	t.Helper()
	path, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	// As from the module cache, where nothing is executable.
	c := exec.Command("bash", append([]string{path}, args...)...)
	c.Dir = dir
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "MODELBOM_COMMAND=" + built.Path(programs, "modelbom"), "MODELBOM_RETRIES=0"}
	for _, k := range slices.Sorted(maps.Keys(env)) {
		c.Env = append(c.Env, k+"="+env[k])
	}
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	err = c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), secret) {
		t.Errorf("%s prints the token:\n%s", name, out.String())
	}
	return c.ProcessState.ExitCode(), out.String()
}

// mustScript is script that must end with a code.
func mustScript(t *testing.T, want int, dir string, env vars, name string, args ...string) string {
	t.Helper()
	code, out := script(t, dir, env, name, args...)
	if code != want {
		t.Fatalf("%s ends with %d, want %d:\n%s", name, code, want, out)
	}
	return out
}

// model writes a fixture into a folder and returns its path.
func model(t *testing.T, dir, name string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := fixtures.Write(name, path); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func write(t *testing.T, name, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
