package main

import (
	"bytes"
	"go/build"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// imports is the whole dependency graph of pkg and schemas, lowest floor first. A
// new edge is a design decision: make it here.
var imports = map[string]string{
	// The trunk.
	"bom":         "",
	"licenselist": "",
	"nearest":     "",
	"wording":     "",
	"strictyaml":  "nearest",
	// Looking.
	"source":      "",
	"pickle":      "",
	"format":      "pickle",
	"modelcard":   "",
	"license":     "licenselist wording",
	"security":    "bom format modelcard wording",
	"tensor":      "format",
	"fingerprint": "format tensor",
	"inventory":   "bom format modelcard source",
	"catalogue":   "",
	"align":       "",
	"compare":     "bom fingerprint wording",
	"index":       "fingerprint",
	"origin":      "bom catalogue compare fingerprint index wording",
	"inspect":     "align bom catalogue compare fingerprint format index inventory license modelcard origin security source tensor wording",
	// Telling.
	"codec":  "bom licenselist",
	"diff":   "bom wording",
	"facts":  "bom nearest strictyaml wording",
	"policy": "bom nearest strictyaml wording",
	"report": "bom diff policy wording",
	"sign":   "",
	"upload": "bom wording",
}

func TestLayout(t *testing.T) {
	const module = "github.com/modelbom/modelbom/pkg/"
	entries, err := os.ReadDir("../../pkg")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		name := e.Name()
		found[name] = true
		p, err := build.ImportDir("../../pkg/"+name, 0)
		if err != nil {
			t.Errorf("pkg/%s: %v", name, err)
			continue
		}
		var own []string
		for _, path := range p.Imports {
			if rest, ok := strings.CutPrefix(path, module); ok {
				own = append(own, rest)
			}
		}
		slices.Sort(own)
		if got := strings.Join(own, " "); got != imports[name] {
			t.Errorf("pkg/%s imports %q, the layout allows %q", name, got, imports[name])
		}
		if !strings.HasPrefix(p.Doc, "Package "+name) {
			t.Errorf("pkg/%s has no package comment", name)
		}
	}
	for name := range maps.Keys(imports) {
		if !found[name] {
			t.Errorf("the layout names pkg/%s, which does not exist", name)
		}
	}
}

// TestTrunk keeps the neutral model free of everything but the standard library.
func TestTrunk(t *testing.T) {
	p, err := build.ImportDir("../../pkg/bom", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range p.Imports {
		if strings.Contains(path, ".") || path == "os" || strings.HasPrefix(path, "net") {
			t.Errorf("pkg/bom imports %q", path)
		}
	}
}

// TestTemplates keeps the linker's hand free. It leaves out methods that nobody
// calls, but none of any type once a template can be run, which calls methods by
// their names; that is 5 MB. The library of the command line runs one to show
// help and one for fish, so both are ours. ".ci/size" measures what comes of it.
func TestTemplates(t *testing.T) {
	err := filepath.WalkDir("../..", func(path string, e fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "../../e2e/") {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, word := range []string{`"text/template"`, `"html/template"`, ".RunContext(", ".RunAsSubcommand(", ".ToFishCompletion(", ".ToMan(", "cli.Show", "cli.HelpPrinter"} {
			if bytes.Contains(source, []byte(word)) {
				t.Errorf("%s uses %s", path, word)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
