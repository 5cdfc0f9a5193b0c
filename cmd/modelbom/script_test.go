package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/modelbom/modelbom/fixtures"
)

// The test binary is the command, so that scripts run the real thing.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"modelbom": func() { os.Exit(run(context.Background(), os.Args, os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// TestScript runs one file for each behaviour of the command. Besides the usual
// commands there are
//
//	fixture NAME DIR   write a fixture repository
//	exits CODE ARGS... run modelbom and expect the exit code
//	lacks FILE TEXT    expect that a file does not hold a text
//	dtrack server      start a stand-in for Dependency-Track, at $SERVER
//	quiet-about TEXT   expect that no run of "exits" has printed a text
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("SOURCE_DATE_EPOCH", "")
			e.Values[saidKey{}] = &strings.Builder{}
			license, err := filepath.Abs("../../LICENSE") // a whole text of Apache-2.0
			e.Setenv("LICENSE", license)
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"fixture": func(ts *testscript.TestScript, neg bool, args []string) {
				ts.Check(fixtures.Write(args[0], ts.MkAbs(args[1])))
			},
			"exits":       exits,
			"dtrack":      serveUploads,
			"quiet-about": quietAbout,
			"lacks": func(ts *testscript.TestScript, neg bool, args []string) {
				if strings.Contains(ts.ReadFile(args[0]), args[1]) {
					ts.Fatalf("%s holds %q", args[0], args[1])
				}
			},
		},
	})
}

// exits runs the command in a process of its own and compares the exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	err := ts.Exec("modelbom", args[1:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	said(ts).WriteString(ts.ReadFile("stdout") + ts.ReadFile("stderr"))
	if got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

func TestArrange(t *testing.T) {
	generate := subcommand(root(newApp(nil, nil, nil)), "generate")
	for _, c := range []struct{ in, want string }{
		{"repo -o text --name x", "--output=text --name=x -- repo"},
		{"-q repo", "--quiet=true -- repo"},
		{"--name=x=y repo -quiet=false", "--name=x=y --quiet=false -- repo"},
		{"-- -odd --name", "-- -odd --name"},
		{"- -v", "--verbose=true -- -"},
		{"help", "-- help"},
		{"repo -h", "--help=true -- repo"},
		{"--name -- repo", "--name=-- -- repo"},
		{"", "--"},
	} {
		got, err := arrange(generate, strings.Fields(c.in))
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("arrange(%q) = %q, %v; want %q", c.in, strings.Join(got, " "), err, c.want)
		}
	}
	for _, in := range []string{"repo --frobnicate", "repo -o", "repo --naem x", "repo ---"} {
		if _, err := arrange(generate, strings.Fields(in)); err == nil {
			t.Errorf("arrange(%q) gives no error", in)
		}
	}
}

// Values reach a command as they were written: a comma, a blank, a byte that is
// no text, and flags that are given twice under two names.
func TestParse(t *testing.T) {
	app := newApp(nil, nil, nil)
	c, rest, err := findCommand(root(app), []string{"generate", "-o", "text=a,b", "repo", "--output", " html= c\xff ", "--name", "", "--no-index", "-x"[:1]})
	if err != nil {
		t.Fatal(err)
	}
	x, err := parse(context.Background(), app, c, rest)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := listed(x, "output"), []string{"text=a,b", " html= c\xff "}; !slices.Equal(got, want) {
		t.Errorf("outputs %q, want %q", got, want)
	}
	if got, want := x.Args().Slice(), []string{"repo", "-"}; !slices.Equal(got, want) {
		t.Errorf("arguments %q, want %q", got, want)
	}
	if !x.IsSet("name") || x.String("name") != "" || !x.Bool("no-index") || x.Bool("quiet") || x.IsSet("version") || listed(x, "policy") != nil {
		t.Errorf("flags %q", x.LocalFlagNames())
	}
	for _, in := range [][]string{{"--quiet=maybe"}, {"--name"}} {
		if _, err := parse(context.Background(), app, c, in); err == nil {
			t.Errorf("parse(%q) gives no error", in)
		}
	}
}

func TestTimestamp(t *testing.T) {
	env := func(v string) func(string) (string, bool) {
		return func(string) (string, bool) { return v, v != "" }
	}
	for _, c := range []struct{ flag, env, want string }{
		{"", "", "0001-01-01T00:00:00Z"}, {"", "1767323045", "2026-01-02T03:04:05Z"}, {"0", "1767323045", "1970-01-01T00:00:00Z"},
		{"2026-01-02T04:04:05.9+01:00", "", "2026-01-02T03:04:05Z"},
	} {
		got, err := timestamp(c.flag, env(c.env))
		if err != nil || got.Format("2006-01-02T15:04:05Z07:00") != c.want {
			t.Errorf("timestamp(%q, %q) = %v, %v; want %s", c.flag, c.env, got, err, c.want)
		}
	}
	for _, c := range [][2]string{{"yesterday", ""}, {"", "soon"}, {"", "-1"}, {"99999999999999", ""}} {
		if _, err := timestamp(c[0], env(c[1])); err == nil {
			t.Errorf("timestamp(%q, %q) gives no error", c[0], c[1])
		}
	}
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out.json")
	if err := os.WriteFile(name, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link.json")
	if err := os.Symlink("out.json", link); err != nil {
		t.Fatal(err)
	}
	if err := writeFile(link, []byte("new")); err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(name)
	info, _ := os.Stat(name)
	if string(data) != "new" || info.Mode().Perm() != 0o600 {
		t.Errorf("the file behind the link holds %q with mode %v", data, info.Mode())
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link was replaced")
	}
	if err := writeFile(dir, nil); err == nil {
		t.Error("a directory was written to")
	}
	if err := writeFile(filepath.Join(dir, "no", "such"), nil); err == nil {
		t.Error("a file in no directory was written")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".modelbom-*")); len(left) > 0 {
		t.Errorf("temporary files are left: %v", left)
	}
}
