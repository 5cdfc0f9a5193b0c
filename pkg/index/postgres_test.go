package index

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A cluster is a PostgreSQL server of the tests' own, in a temporary directory
// and on a socket in it.
type cluster struct {
	dir     string
	skip    string // why there is none
	err     error
	stopped func()
	schemas atomic.Int64
}

var theCluster = sync.OnceValue(startCluster)

// clusterUsed tells that theCluster was called: asking it would start one.
var clusterUsed atomic.Bool

func stopCluster() {
	if clusterUsed.Load() {
		theCluster().stopped()
	}
}

// postgres returns the URL of an index of its own, empty when this machine has
// no PostgreSQL server. MODELBOM_POSTGRES=required makes that a failure.
func postgres(t testing.TB) string {
	t.Helper()
	clusterUsed.Store(true)
	c := theCluster()
	if c.err != nil {
		t.Fatalf("start PostgreSQL: %v", c.err)
	}
	if c.skip != "" {
		if os.Getenv("MODELBOM_POSTGRES") == "required" {
			t.Fatal(c.skip)
		}
		t.Skip(c.skip)
	}
	return fmt.Sprintf("postgres://modelbom:s3cret@/postgres?host=%s&search_path=test%d", url.QueryEscape(c.dir), c.schemas.Add(1))
}

func startCluster() *cluster {
	c := &cluster{stopped: func() {}}
	if runtime.GOOS == "windows" {
		c.skip = "PostgreSQL is tested on Unix only"
		return c
	}
	bin := serverPrograms()
	if bin == "" {
		c.skip = "no PostgreSQL server is installed (Debian: postgresql)"
		return c
	}
	if c.err = c.start(bin); c.err != nil {
		c.stopped()
	}
	return c
}

// serverPrograms is the directory of initdb and postgres: in the path, or where
// Debian keeps the newest.
func serverPrograms() string {
	debian, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	slices.Sort(debian)
	slices.Reverse(debian)
	found, err := exec.LookPath("postgres")
	if err == nil {
		if real, err := filepath.EvalSymlinks(found); err == nil {
			debian = append([]string{real}, debian...)
		}
	}
	for _, program := range debian {
		if _, err := os.Stat(filepath.Join(filepath.Dir(program), "initdb")); err == nil {
			return filepath.Dir(program)
		}
	}
	return ""
}

func (c *cluster) start(bin string) error {
	// Not t.TempDir: it is too long for the name of a socket, and closed to
	// other users.
	dir, err := os.MkdirTemp("/tmp", "modelbom-pg")
	if err != nil {
		return err
	}
	c.dir = dir
	c.stopped = func() { os.RemoveAll(dir) }
	if err := giveAway(dir); err != nil {
		return err
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "modelbom", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
	initdb.Dir = dir
	unprivileged(initdb)
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	// The shell stops the server and removes its data when its standard input
	// ends: also when the test is killed.
	server := exec.Command("/bin/sh", "-c", `"$@" </dev/null & read -r _; kill -INT $!; wait; cd /; rm -rf "$0"`, dir,
		filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off",
		"-c", "logging_collector=off", "-c", "max_connections=50")
	server.Dir = dir
	unprivileged(server)
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return err
	}
	server.Stdout, server.Stderr = log, log
	alive, err := server.StdinPipe()
	if err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return err
	}
	c.stopped = func() {
		alive.Close()
		server.Wait()
		log.Close()
		os.RemoveAll(dir)
	}
	return c.wait()
}

func (c *cluster) wait() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		x, err := OpenForWriting(ctx, fmt.Sprintf("postgres://modelbom@/postgres?host=%s&search_path=started", url.QueryEscape(c.dir)))
		if err == nil {
			return x.Close()
		}
		select {
		case <-ctx.Done():
			log, _ := os.ReadFile(filepath.Join(c.dir, "log"))
			return fmt.Errorf("%w: %s", err, log)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func TestBind(t *testing.T) {
	d := &dialect{numbered: true}
	if got, want := d.bind("a = ? AND b IN ("+marks(2)+") LIMIT ?"), "a = $1 AND b IN ($2, $3) LIMIT $4"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := d.bind("no arguments"); got != "no arguments" {
		t.Errorf("got %q", got)
	}
}

// TestSecrets: no error shows the password, and no name the host or the user.
func TestSecrets(t *testing.T) {
	ctx := t.Context()
	for _, location := range []string{
		"postgres://someone:hunter2@127.0.0.1:1/models?connect_timeout=1",
		"postgres://someone:hunter2@127.0.0.1:notaport/models",
		"postgres://someone:hunter2@[::1/models",
		"postgres://someone:hunter2@127.0.0.1:1/models?sslmode=hunter2",
		"postgres://someone:hunter%32@127.0.0.1:1/models?connect_timeout=1",
		"postgresql://127.0.0.1:1/models?user=someone&password=hunter2&connect_timeout=1",
	} {
		x, err := Open(ctx, location)
		if err == nil {
			x.Close()
			t.Fatalf("%s: no error", location)
		}
		if s := err.Error(); strings.Contains(s, "hunter2") || strings.Contains(s, "hunter%32") {
			t.Errorf("%s: the error shows the password: %v", location, err)
		}
	}
	for location, want := range map[string]string{
		"postgres://someone:pw@db.internal:5432/models?sslmode=disable": "models",
		"postgres://someone:pw@db.internal":                             "postgresql",
		"postgres://someone:pw@db.internal/":                            "postgresql",
	} {
		if got := databaseName(location); got != want {
			t.Errorf("%s: name %q, want %q", location, got, want)
		}
	}
}
