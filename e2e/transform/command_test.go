package transform

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/modelbom/modelbom/e2e/built"
)

// maxRun ends a run of the command that hangs.
const maxRun = 5 * time.Minute

// A command is the built modelbom and the folder that it works in.
type command struct{ program, work string }

func build(t *testing.T) command {
	t.Helper()
	c := command{work: t.TempDir()}
	if err := built.Build(c.work); err != nil {
		t.Fatal(err)
	}
	c.program = built.Path(c.work, "modelbom")
	return c
}

// run runs the command. Findings and weights that are not read, exit codes 2 and
// 4, are for the caller to see in the document.
func (c command) run(args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), maxRun)
	defer cancel()
	var out, complaints bytes.Buffer
	p := exec.CommandContext(ctx, c.program, args...)
	p.Stdout, p.Stderr = &out, &complaints
	err := p.Run()
	if code := p.ProcessState.ExitCode(); err != nil && code != 2 && code != 4 || bytes.Contains(complaints.Bytes(), []byte("goroutine ")) {
		return nil, fmt.Errorf("modelbom %q: %w\n%s", args, err, complaints.Bytes())
	}
	return out.Bytes(), nil
}

func (c command) index() string { return filepath.Join(c.work, "index.db") }
func (c command) fingerprint(name string) string {
	return filepath.Join(c.work, strings.ReplaceAll(name, "/", "_")+".json")
}

// add puts a model in the index and keeps its fingerprint.
func (c command) add(dir string, r reference) error {
	print := c.fingerprint(r.ID)
	if _, err := c.run("generate", filepath.Join(dir, r.Directory), "-q", "-o", "fingerprint="+print); err != nil {
		return err
	}
	_, err := c.run("index", "add", "-q", "--index", c.index(), "--name", r.ID, print)
	return err
}

// An answer is what the document says of the origin of a model's largest part.
type answer struct {
	part    string
	origins []origin
}

// An origin is one origin of a part, strongest first.
type origin struct {
	reference, verdict, sentence string
	evidence                     []string // JSON
}

// ask generates a document with the index and reads the origins in it.
func (c command) ask(dir string, r row) (*answer, error) {
	document := filepath.Join(c.work, "bom.cdx.json")
	if _, err := c.run("generate", filepath.Join(dir, r.Directory), "-q", "--index", c.index(),
		"-o", "cyclonedx-json="+document, "-o", "fingerprint="+c.fingerprint("row "+r.Name)); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(document)
	if err != nil {
		return nil, err
	}
	var doc struct{ Components []component }
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, err
	}
	a, parameters := &answer{}, int64(-1)
	for c := range slices.Values(flatten(doc.Components)) {
		if n, err := strconv.ParseInt(c.property("modelbom:parameters"), 10, 64); err == nil && n > parameters && c.property("modelbom:part") != "" {
			a.part, a.origins, parameters = c.property("modelbom:part"), c.origins(), n
		}
	}
	if parameters < 0 {
		return nil, fmt.Errorf("%s: no part with parameters", r.Name)
	}
	return a, nil
}

// A component is what is read of a component of CycloneDX.
type component struct {
	Components []component
	Properties []struct{ Name, Value string }
}

func flatten(list []component) []component {
	var all []component
	for _, c := range list {
		all = append(append(all, c), flatten(c.Components)...)
	}
	return all
}

func (c component) property(name string) string {
	for _, p := range c.Properties {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

func (c component) origins() []origin {
	var list []origin
	for i := 1; ; i++ {
		base := "modelbom:origin:"
		if i > 1 {
			base += strconv.Itoa(i) + ":"
		}
		reference := strings.TrimPrefix(c.property(base+"reference"), "upstream:")
		o := origin{reference: strings.TrimPrefix(reference, "pkg:huggingface/"), verdict: c.property(base + "verdict"), sentence: c.property(base + "sentence")}
		if o.verdict == "" {
			return list
		}
		for _, p := range c.Properties {
			if p.Name == base+"evidence" || strings.HasPrefix(p.Name, base+"evidence:") {
				o.evidence = append(o.evidence, p.Value)
			}
		}
		list = append(list, o)
	}
}

// comparison is the part of "compare -o json" that the table prints.
type comparison struct {
	Parts []struct {
		Verdict string
		Result  *statistics
		Deep    *struct {
			Verdict   string
			Agreement float64
		}
	}
}

type statistics struct {
	Matrices, Compared, Bits int
	Agreement, Rho           float64
	Delta                    float64 `json:"distance"`
	Z                        float64
	Needed                   float64 `json:"z_needed"`
	Frozen                   float64 `json:"frozen_share"`
	LayerMap                 []int   `json:"layer_map"`
}

// compare compares two models, in the part with the most matrices. In depth, the
// verdict and the agreement are those found there.
func (c command) compare(args ...string) (verdict string, s *statistics, err error) {
	out, err := c.run(append([]string{"compare", "-q", "-o", "json"}, args...)...)
	if err != nil {
		return "", nil, err
	}
	var x comparison
	if err := json.Unmarshal(out, &x); err != nil {
		return "", nil, err
	}
	for _, p := range x.Parts {
		if p.Result != nil && (s == nil || p.Result.Matrices > s.Matrices) {
			verdict, s = p.Verdict, p.Result
			if p.Deep != nil {
				verdict, s.Agreement = p.Deep.Verdict, p.Deep.Agreement
			}
		}
	}
	if s == nil {
		return "", nil, fmt.Errorf("compare %q compared no weights", args)
	}
	return verdict, s, nil
}
