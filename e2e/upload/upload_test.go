// Package upload tests that what modelbom knows of a model is still there after
// Dependency-Track's import: the built command generates and uploads, a stand-in
// server (package dtrack) imports by the server's rules, and what it then shows
// is compared with the generated document, fact by fact.
package upload

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/modelbom/modelbom/e2e/built"
	"github.com/modelbom/modelbom/e2e/testset"
	"github.com/modelbom/modelbom/e2e/upload/dtrack"
	"github.com/modelbom/modelbom/fixtures"
)

// programs is the folder of the built command, set once before any test runs.
var programs string

func TestMain(m *testing.M) { os.Exit(built.Run(m, &programs)) }

const key = "odt_e2e-S3cr3t"

// run runs the command, which has to exit with one of the codes, and makes sure
// that the key is in nothing it prints.
func run(t *testing.T, codes []int, args ...string) (string, string) {
	t.Helper()
	cmd := exec.Command(built.Path(programs, "modelbom"), args...)
	cmd.Env = append(os.Environ(), "MODELBOM_API_KEY="+key)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(codes, code) {
		t.Fatalf("%q exits with %d\n%s%s", args, code, out.String(), errs.String())
	}
	if strings.Contains(out.String()+errs.String(), "S3cr3t") {
		t.Errorf("%q prints the key", args)
	}
	return out.String(), errs.String()
}

// dir is where the real models and schemas are.
var dir = sync.OnceValues(func() (string, error) {
	dir, err := testset.Dir()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	return dir, testset.Fetch(ctx, dir, func(what string) { fmt.Fprintln(os.Stderr, "fetching", what) }, "schemas", "all-minilm-l6-v2")
})

// official judges documents by the schema of CycloneDX 1.6, as the server does.
var official = sync.OnceValues(func() (*jsonschema.Schema, error) {
	dir, err := dir()
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	for _, name := range []string{"bom-1.6", "spdx", "jsf-0.82"} {
		data, err := os.ReadFile(filepath.Join(dir, "schemas", name+".schema.json"))
		if err != nil {
			return nil, err
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		if err := c.AddResource("http://cyclonedx.org/schema/"+name+".schema.json", doc); err != nil {
			return nil, err
		}
	}
	return c.Compile("http://cyclonedx.org/schema/bom-1.6.schema.json")
})

// serve starts a server that checks documents as the real one does; with -short
// it only does what needs no schema.
func serve(t *testing.T) (*dtrack.Server, string) {
	t.Helper()
	s := &dtrack.Server{Teams: map[string]*dtrack.Team{key: {Permissions: []string{dtrack.BOMUpload, dtrack.ViewPortfolio, dtrack.ProjectCreationUpload}}}}
	if !testing.Short() {
		schema, err := official()
		if err != nil {
			t.Fatal(err)
		}
		s.Validate = func(document []byte) []string {
			v, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
			if err == nil {
				err = schema.Validate(v)
			}
			if err != nil {
				return strings.Split(err.Error(), "\n")
			}
			return nil
		}
	}
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	return s, web.URL
}

// The generated document, as far as it is compared.
type (
	document struct {
		Components []*component
	}
	component struct {
		Ref        string `json:"bom-ref"`
		Type, Name string
		Group      string
		Hashes     []struct{ Alg, Content string }
		Licenses   []licence
		Evidence   struct{ Licenses []licence }
		Properties []struct{ Name, Value string }
		Pedigree   struct{ Ancestors []*component }
		Components []*component
	}
	licence struct {
		Expression      string
		Acknowledgement string
		License         struct{ ID, Name, Acknowledgement string }
	}
)

func (c *component) property(name string) string {
	for _, p := range c.Properties {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

func (l licence) word() string {
	for _, s := range []string{l.Expression, l.License.ID, l.License.Name} {
		if s != "" {
			return s
		}
	}
	return ""
}

func read(t *testing.T, name string) []*component {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	var all []*component
	var walk func([]*component)
	walk = func(list []*component) {
		for _, c := range list {
			all = append(all, c)
			walk(c.Components)
		}
	}
	walk(d.Components)
	return all
}

// A tally counts facts, and those that the server still shows.
type tally map[string][2]int

func (n tally) count(t *testing.T, what string, shown bool, format string, args ...any) {
	c := n[what]
	c[0]++
	if shown {
		c[1]++
	} else if t != nil {
		t.Errorf("%s is lost: %s", what, fmt.Sprintf(format, args...))
	}
	n[what] = c
}

// compare compares every fact of a document with what the server shows. With t
// nil it only counts.
func compare(t *testing.T, all []*component, p *dtrack.Project) tally {
	n := tally{}
	shown := map[string]*dtrack.Component{}
	for _, c := range p.Components {
		for _, ref := range c.Property("modelbom:ref") {
			shown[ref] = c
		}
	}
	for _, c := range all { // what has no reference is found by its name
		for _, s := range p.Components {
			if shown[c.Ref] == nil && len(s.Property("modelbom:ref")) == 0 && s.Name == c.Name && s.Group == c.Group {
				shown[c.Ref] = s
			}
		}
	}
	for _, c := range all {
		s := shown[c.Ref]
		n.count(t, "component", s != nil, "%s", c.Ref)
		if s == nil {
			s = &dtrack.Component{}
		}
		n.count(t, "kind", s.Classifier == strings.ToUpper(strings.ReplaceAll(c.Type, "-", "_")), "%s is a %s", c.Ref, s.Classifier)
		if role := c.property("modelbom:part"); role != "" {
			n.count(t, "part", slices.Equal(s.Property("modelbom:part"), []string{role}), "%s", c.Ref)
		}
		for _, h := range c.Hashes {
			n.count(t, "digest", s.Hashes[h.Alg] == h.Content || slices.Contains(s.Property("modelbom:hash"), h.Alg+":"+h.Content), "%s of %s", h.Alg, c.Ref)
		}
		for _, q := range c.Properties {
			what := "property"
			switch {
			case q.Name == "modelbom:weights-digest":
				what = "digest"
			case strings.HasPrefix(q.Name, "modelbom:origin:"):
				what = "origin statement"
			case q.Name == "modelbom:license":
				continue // counted as licences
			}
			n.count(t, what, slices.Contains(s.Property(q.Name), q.Value), "%s of %s", q.Name, c.Ref)
		}
		for _, a := range c.Pedigree.Ancestors {
			ref := a.property("modelbom:ref")
			up := shown[ref]
			named := slices.ContainsFunc(s.Property("modelbom:relationship"), func(r string) bool { return strings.HasPrefix(r+" |", "descendantOf | "+ref+" |") })
			n.count(t, "origin edge", up != nil && slices.Contains(s.Direct, up) && named, "%s to %s", c.Ref, ref)
		}
		for _, l := range slices.Concat(c.Licenses, c.Evidence.Licenses) {
			ack := l.Acknowledgement + l.License.Acknowledgement
			n.count(t, "licence", slices.ContainsFunc(s.Property("modelbom:license"), func(v string) bool {
				var j struct{ Acknowledgement, Expression, Name string }
				return json.Unmarshal([]byte(v), &j) == nil && j.Acknowledgement == ack && (j.Expression == l.word() || j.Name == l.word())
			}), "%s %s of %s", ack, l.word(), c.Ref)
			if ack == "concluded" {
				n.count(t, "concluded licence where policies look", s.Resolved == l.word() || s.Expression == l.word() || s.License == l.word(), "%s of %s", l.word(), c.Ref)
			}
		}
	}
	return n
}

func TestSurvives(t *testing.T) {
	tmp := t.TempDir()
	model := func(name string) string {
		dir := filepath.Join(tmp, name)
		if err := fixtures.Write(name, dir); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	db := filepath.Join(tmp, "reference.db")
	run(t, []int{0}, "index", "add", model("vlm-bitflip"), "--name", "other/vlm", "--index", db)
	cases := map[string][]string{
		"vlm":         {model("vlm")},
		"vlm indexed": {filepath.Join(tmp, "vlm"), "--index", db},
	}
	for _, f := range []string{"omni", "diffusers", "lora", "gguf", "sentence-transformers", "torch-unread"} {
		cases[f] = []string{model(f)}
	}
	if !testing.Short() {
		dir, err := dir()
		if err != nil {
			t.Fatal(err)
		}
		cases["all-minilm"] = []string{filepath.Join(dir, "all-minilm-l6-v2"), "--name", "sentence-transformers/all-MiniLM-L6-v2"}
		run(t, []int{0}, "index", "add", filepath.Join(dir, "all-minilm-l6-v2"), "--name", "other/minilm", "--index", db)
		cases["all-minilm indexed"] = []string{filepath.Join(dir, "all-minilm-l6-v2"), "--name", "acme/embedder", "--index", db}
	}
	for name, args := range cases {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "bom.json")
			run(t, []int{0, 2, 4}, append([]string{"generate", "-q", "-o", "cyclonedx-json=" + file}, args...)...)
			all := read(t, file)
			s, url := serve(t)
			upload := []string{"upload", file, "--url", url, "--project", name, "--project-version", "1", "--auto-create"}
			out, _ := run(t, []int{0}, upload...)
			if want := fmt.Sprintf("imported     %d components\n", len(all)); !strings.Contains(out, want) {
				t.Errorf("%q lacks %q", out, want)
			}
			n := compare(t, all, s.Projects()[0])
			t.Log(n)
			if strings.HasPrefix(name, "vlm") && (n["part"][0] < 6 || n["origin edge"][0] < 3 || n["licence"][0] < 10 || n["digest"][0] < 10) {
				t.Errorf("there is little to lose: %v", n)
			}
			// The edges lead from the project to everything.
			if p := s.Projects()[0]; reached(p) != len(p.Components) {
				t.Errorf("%d of %d components are reached from the project", reached(p), len(p.Components))
			}
			// As it is, the document loses facts, so the comparison can fail.
			run(t, []int{0}, append(slices.Clone(upload), "--as-is")...)
			lost := compare(nil, all, s.Projects()[0])
			whole := true
			for _, c := range lost {
				whole = whole && c[0] == c[1]
			}
			if whole && (strings.HasPrefix(name, "vlm") || strings.HasPrefix(name, "all-minilm")) {
				t.Errorf("as it is, nothing is lost: %v", lost)
			}
			t.Log("as it is:", lost)
		})
	}
}

// reached counts the components that edges lead to from the project. What only
// nests elsewhere, and hangs on nothing, is not in the graph.
func reached(p *dtrack.Project) int {
	seen := map[*dtrack.Component]bool{}
	next := slices.Clone(p.Direct)
	for len(next) > 0 {
		c := next[0]
		if next = next[1:]; !seen[c] {
			seen[c] = true
			next = append(next, c.Direct...)
		}
	}
	return len(seen)
}

// TestAgain: the same from SPDX and from CycloneDX 1.7 and XML, whatever the
// document came as.
func TestAgain(t *testing.T) {
	tmp := t.TempDir()
	if err := fixtures.Write("vlm", filepath.Join(tmp, "vlm")); err != nil {
		t.Fatal(err)
	}
	file := func(name string) string { return filepath.Join(tmp, name) }
	run(t, []int{0}, "generate", filepath.Join(tmp, "vlm"), "-q", "-o", "cyclonedx-json="+file("a.json"), "-o", "cyclonedx-json@1.7="+file("b.json"),
		"-o", "cyclonedx-xml="+file("c.xml"), "-o", "spdx-json@2.3="+file("d.json"), "-o", "spdx-json@3.0.1="+file("e.json"), "-o", "spdx-tag-value="+file("f.spdx"))
	all := read(t, file("a.json"))
	for _, name := range []string{"a.json", "b.json", "c.xml", "d.json", "e.json", "f.spdx"} {
		s, url := serve(t)
		run(t, []int{0}, "upload", file(name), "--url", url, "--project", "m", "--project-version", "1", "--auto-create", "-q")
		t.Log(name, compare(t, all, s.Projects()[0]))
	}
	// What the server would refuse as it is.
	for name, want := range map[string]string{"b.json": "Unrecognized specVersion 1.7", "d.json": "takes no spdx-json"} {
		_, url := serve(t)
		if _, errs := run(t, []int{1}, "upload", file(name), "--url", url, "--project", "m", "--project-version", "1", "--auto-create", "--as-is"); !strings.Contains(errs, want) {
			t.Errorf("%s: %q lacks %q", name, errs, want)
		}
	}
}
