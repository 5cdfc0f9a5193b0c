// Package e2e tests the command as a user has it: the built program, started as
// a process, on fixtures and on real published models, its documents judged by
// the official schemas and by readers that are not our own.
//
// The real models are downloaded once by package testset (go run ./e2e/fetch).
// They are never skipped in silence: without them the tests fail, and with
// -short the tests say what they leave out.
package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelbom/modelbom/e2e/built"
	"github.com/modelbom/modelbom/e2e/testset"
	"github.com/modelbom/modelbom/fixtures"
)

// programs is the folder of the built commands, set once before any test runs.
var programs string

// program is the path of modelbom or of measure.
func program(name string) string { return built.Path(programs, name) }

func TestMain(m *testing.M) { os.Exit(built.Run(m, &programs, "cmd/modelbom", "e2e/measure")) }

// A result is what one run of the command left.
type result struct {
	code           int
	stdout, stderr string
	peak           int64 // resident memory in bytes, 0 where the system does not tell
	took           time.Duration
	cpu            time.Duration // of all processors, which other programs do not lengthen
}

// maxRun ends a run that hangs. Hostile input must be done with sooner, which
// the tests of it check.
const maxRun = 5 * time.Minute

// crashed is what measure returns for a program that was killed.
const crashed = 125

// modelbom runs the command. A variable of env replaces one of the environment.
func modelbom(t *testing.T, env []string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), maxRun)
	defer cancel()
	report := filepath.Join(t.TempDir(), "peak")
	c := exec.CommandContext(ctx, program("measure"), append([]string{report, program("modelbom")}, args...)...)
	c.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=")
	c.Env = append(c.Env, env...)
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	start := time.Now()
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		t.Fatalf("modelbom %q: %v", args, errors.Join(err, ctx.Err()))
	}
	took := time.Since(start)
	data, _ := os.ReadFile(report)
	peak, _ := strconv.ParseInt(string(data), 10, 64)
	r := result{c.ProcessState.ExitCode(), stdout.String(), stderr.String(), peak, took, c.ProcessState.UserTime() + c.ProcessState.SystemTime()}
	if strings.Contains(r.stderr, "goroutine ") || strings.Contains(r.stderr, "panic:") || r.code == crashed {
		t.Fatalf("modelbom %q crashed with exit code %d:\n%s", args, r.code, r.stderr)
	}
	return r
}

// formats are all output formats, each with the file that the tests write.
var formats = []struct{ spec, file string }{
	{"cyclonedx-json@1.6", "16.cdx.json"},
	{"cyclonedx-json@1.7", "17.cdx.json"},
	{"cyclonedx-xml@1.6", "16.cdx.xml"},
	{"cyclonedx-xml@1.7", "17.cdx.xml"},
	{"spdx-json@2.3", "23.spdx.json"},
	{"spdx-json@3.0.1", "301.spdx.json"},
	{"spdx-tag-value@2.3", "23.spdx"},
	{"text", "summary.txt"},
}

// outputs writes every format of one run into the new folder dir, and returns
// the run and the files by name. The command is generate REPO or convert BOM.
func outputs(t *testing.T, dir string, env []string, command ...string) (result, map[string][]byte) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	args := slices.Clone(command)
	for _, f := range formats {
		args = append(args, "-o", f.spec+"="+filepath.Join(dir, f.file))
	}
	r := modelbom(t, env, args...)
	files := map[string][]byte{}
	for _, f := range formats {
		data, err := os.ReadFile(filepath.Join(dir, f.file))
		if errors.Is(err, os.ErrNotExist) {
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		files[f.file] = data
	}
	if written := len(files) == len(formats); written != (r.code == 0 || r.code == 2 || r.code == 4) || !written && len(files) > 0 {
		t.Errorf("exit code %d and %d of %d documents", r.code, len(files), len(formats))
	}
	return r, files
}

// fixture writes a fixture and returns the repository in it: its folder, which
// has the fixture's name, or the one entry of a hub cache.
func fixture(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := fixtures.Write(name, dir); err != nil {
		t.Fatal(err)
	}
	if entries, err := filepath.Glob(filepath.Join(dir, "models--*")); err == nil && len(entries) == 1 {
		return entries[0]
	}
	return dir
}

// fetched fetches all sets the first time it is called.
var fetched = sync.OnceValues(func() (string, error) {
	dir, err := testset.Dir()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	return dir, testset.Fetch(ctx, dir, func(what string) { fmt.Fprintln(os.Stderr, "fetching", what) })
})

// realModel returns the folder of a set of package testset.
func realModel(t *testing.T, name string) string {
	t.Helper()
	if testing.Short() {
		t.Skipf("-short: not tested on the real model %s", name)
	}
	return set(t, name)
}

func set(t *testing.T, name string) string {
	t.Helper()
	dir, err := fetched()
	if err != nil {
		t.Fatalf("the real models and schemas are not there: %v", err)
	}
	return filepath.Join(dir, name)
}
