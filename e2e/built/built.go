// Package built builds the command for tests that start it as a process, as a
// user would. Each test binary builds its own, into a folder that goes with it.
package built

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

const module = "github.com/modelbom/modelbom/"

// Build builds main packages of the module, "cmd/modelbom" alone when none are
// named, into a folder.
func Build(dir string, packages ...string) error {
	if len(packages) == 0 {
		packages = []string{"cmd/modelbom"}
	}
	args := []string{"build", "-trimpath", "-buildvcs=false", "-o", dir + string(filepath.Separator)}
	for _, p := range packages {
		args = append(args, module+p)
	}
	build := exec.Command("go", args...)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

// Path is where [Build] puts a program: in dir, under the name of its package,
// which ends as the system starts it.
func Path(dir, name string) string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(dir, name)
}

// Run is the body of a TestMain: it builds packages into a new folder, tells
// the test binary which, runs the tests, removes the folder and returns the exit
// code.
func Run(m *testing.M, dir *string, packages ...string) int {
	made, err := os.MkdirTemp("", "modelbom-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(made)
	if err := Build(made, packages...); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	*dir = made
	return m.Run()
}
