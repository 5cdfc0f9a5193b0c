package policy_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/codec"
	"github.com/modelbom/modelbom/pkg/facts"
	"github.com/modelbom/modelbom/pkg/policy"
)

// The keys of the file of facts that places name.
var key = regexp.MustCompile(`\b(author|producer|release|model|parts|upstreams|datasets|files)\.[A-Za-z][A-Za-z.-]*[A-Za-z]`)

// TestPlaces: every key of modelbom.yaml that a missing element, a rule or a reason
// names is one that the file can have.
func TestPlaces(t *testing.T) {
	texts := map[string]bool{}
	for _, p := range policy.Builtin() {
		r, err := p.Check(&bom.Document{}, policy.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range r.Elements {
			texts[e.Place] = true
		}
		for _, rule := range p.Rules() {
			texts[rule.Remedy] = true
		}
	}
	seen := 0
	for text := range texts {
		_, after, ok := strings.Cut(text, "modelbom.yaml")
		if !ok {
			continue
		}
		for _, k := range key.FindAllString(after, -1) {
			seen++
			if complaint := unknownKey(k); complaint != "" {
				t.Errorf("%q names %s: %s", text, k, complaint)
			}
		}
	}
	if seen < 40 {
		t.Errorf("%d keys are named", seen)
	}
	if unknownKey("datasets.NAME.built") == "" || unknownKey("author.phone") == "" {
		t.Error("a key that is none is not told")
	}
}

// TestEveryElementCanBeSupplied: a person who answers everything that "modelbom
// init" asks for has all that the lists ask for, in every format. What is left is
// asked of the format itself.
func TestEveryElementCanBeSupplied(t *testing.T) {
	d := team(t, "team-4")
	d.Created, d.Component(d.Subject).Group = time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), "lab"
	d.Components = append(d.Components, bom.Component{Ref: "dataset:lab/pairs", Kind: bom.KindData, Role: bom.RoleDataset, Group: "lab", Name: "pairs"})
	d.Relationships = append(d.Relationships, bom.Relationship{From: d.Subject, Type: bom.TrainedOn, To: "dataset:lab/pairs"})
	d.Tools = []bom.Tool{{Name: "modelbom", Version: "1.0"}}
	c := d.Component(d.Subject)
	c.Properties = append(c.Properties, bom.Property{Name: "modelbom:library", Value: "transformers"})
	for i := range d.Components {
		if c := &d.Components[i]; c.Kind == bom.KindFile { // --digest sha512
			c.Hashes = append(c.Hashes, bom.Hash{Algorithm: bom.SHA512, Value: strings.Repeat("1", 128)})
		}
	}
	f, err := facts.Read(strings.NewReader(answered(facts.Template(d))))
	if err != nil {
		t.Fatal(err)
	}
	if problems := facts.Apply(d, f, bom.Input{Name: "modelbom.yaml"}); len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, format := range codec.All() {
		for _, version := range format.Versions() {
			d := through(t, d, format.Name(), version)
			for _, list := range []string{"ntia", "cisa-2026", "bsi-tr-03183", "g7-minimum", "spdx-ai-profile"} {
				for _, e := range check(t, list, d, policy.Options{}).Elements {
					inFormat := e.Rule == "bsi-tr-03183.document.format" && version == "2.3" // SPDX 2.3 is not one that BSI takes
					if (e.State == policy.ElementPresent) == inFormat {
						t.Errorf("%s@%s: %s is %s, %q: %s", format.Name(), version, e.Rule, e.State, e.Value, e.Place)
					}
				}
			}
		}
	}
}

// TestStatedLicenceIsNoEvidence: that somebody states the licence of an upstream
// fills the element of a list and moves no grade.
func TestStatedLicenceIsNoEvidence(t *testing.T) {
	d := team(t, "team-3")
	var up *bom.Component
	for i := range d.Components {
		if c := &d.Components[i]; c.Name == "tower-so-14" {
			up = c
		}
	}
	up.Licenses = nil
	before := levels(part(t, check(t, policy.Graded, d, policy.Options{}), encoder))
	f, err := facts.Read(strings.NewReader("version: 1\nupstreams: {farview/tower-so-14: {licence: MIT, concluded-licence: MIT}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if problems := facts.Apply(d, f, bom.Input{Name: "modelbom.yaml"}); len(problems) > 0 {
		t.Fatal(problems)
	}
	d = clone(t, d)
	if after := levels(part(t, check(t, policy.Graded, d, policy.Options{}), encoder)); after != before || !strings.Contains(before, "cannot-be-shown") {
		t.Errorf("grades %s, and %s with a stated licence", before, after)
	}
}

// answered takes the "#" from every line that a template asks on, and answers
// those that have no example.
func answered(template []byte) string {
	var b strings.Builder
	for line := range strings.Lines(string(template)) {
		text := strings.TrimLeft(line, " ")
		if strings.HasPrefix(text, "#") && !strings.HasPrefix(text, "# ") {
			line = line[:len(line)-len(text)] + text[1:]
		}
		if strings.HasPrefix(text, "#digest: #") {
			line = "    digest: \"sha256:" + strings.Repeat("ab", 32) + "\"\n"
		}
		if strings.HasPrefix(line, "exceptions:") {
			break
		}
		b.WriteString(line)
	}
	return b.String()
}

// unknownKey reads a file with a key, and returns what says that it is none.
func unknownKey(path string) string {
	words := strings.Split(path, ".")
	var file strings.Builder
	file.WriteString("version: 1\n")
	for i, w := range words {
		switch w {
		case "PART", "ROLE", "FILE", "NAME":
			w = "thing"
		}
		file.WriteString(strings.Repeat("  ", i) + w + ":\n")
	}
	text := strings.TrimSuffix(file.String(), "\n") + " x\n"
	if _, err := facts.Read(strings.NewReader(text)); err != nil && strings.Contains(err.Error(), "is no key of") {
		return err.Error()
	}
	return ""
}
