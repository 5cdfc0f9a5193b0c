package policy_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/policy"
)

// outcomes are what the five teams get. The grades are those of the foreign part.
var outcomes = []struct {
	team            string
	scratch, graded policy.Outcome
	foreign         bom.Ref
	grades          string
	says            []string // of either sentence, or of the foreign part
	reuse           []policy.ReuseKind
}{
	{"team-1", policy.Pass, policy.Pass, "", "", []string{"every weight was initialised and trained by the producer"}, []policy.ReuseKind{policy.ReuseArchitecture}},
	{"team-2", policy.Fail, policy.Fail, "part:vision-encoder", "[not-met met cannot-be-shown partly-met]",
		[]string{"The vision encoder holds weights of farview/tower-so-14 of Farview Research, US (identical, evidence exact)", "reuse of weights disqualifies", "does not declare its origin"},
		[]policy.ReuseKind{policy.ReuseArchitecture, policy.ReuseWeights}},
	{"team-3", policy.Fail, policy.Pass, "part:vision-encoder", "[met met met met]", []string{"The vision encoder holds weights of farview/tower-so-14", "Foreign, and met: the vision encoder"},
		[]policy.ReuseKind{policy.ReuseArchitecture, policy.ReuseWeights}},
	{"team-4", policy.Fail, policy.Fail, "part:language-model", "[partly-met partly-met cannot-be-shown not-met]",
		[]string{"The language model holds weights of openplain/plain-1b of Openplain, US (trained-from, evidence strong)", "community with conditions"},
		[]policy.ReuseKind{policy.ReuseArchitecture, policy.ReuseTokenizer, policy.ReuseWeights}},
	{"team-5", policy.Pass, policy.Pass, "", "", []string{"Reuse that this policy allows and reports: architecture and tokenizer"}, []policy.ReuseKind{policy.ReuseArchitecture, policy.ReuseTokenizer}},
}

// TestTeams holds the documents of the five teams against both policies, as they
// are, and after they went through every format.
func TestTeams(t *testing.T) {
	for _, c := range outcomes {
		d := team(t, c.team)
		for _, f := range []struct{ name, version string }{{}, {"cyclonedx-json", "1.6"}, {"cyclonedx-json", "1.7"}, {"cyclonedx-xml", "1.6"}, {"spdx-json", "2.3"}, {"spdx-tag-value", "2.3"}, {"spdx-json", "3.0.1"}} {
			t.Run(c.team+" "+f.name+f.version, func(t *testing.T) {
				d := d
				if f.name != "" {
					d = through(t, d, f.name, f.version)
				}
				scratch, graded := check(t, policy.FromScratch, d, policy.Options{}), check(t, policy.Graded, d, policy.Options{})
				if scratch.Outcome != c.scratch || graded.Outcome != c.graded {
					t.Errorf("from scratch: %s (%s), graded: %s (%s); want %s and %s", scratch.Outcome, scratch.Sentence, graded.Outcome, graded.Sentence, c.scratch, c.graded)
				}
				said := scratch.Sentence + graded.Sentence
				for _, p := range graded.Parts {
					want := ""
					if p.Ref == c.foreign {
						want, said = c.grades, said+p.Sentence
					}
					if got := levels(&p); len(p.Grades) > 0 && got != want {
						t.Errorf("%s is graded %s, want %s: %s", p.Ref, got, want, p.Sentence)
					}
				}
				for _, s := range c.says {
					if !strings.Contains(said, s) {
						t.Errorf("no sentence says %q: %s", s, said)
					}
				}
				kinds := map[policy.ReuseKind]bool{}
				for _, p := range scratch.Parts {
					for _, r := range p.Reuse {
						kinds[r.Kind] = true
					}
				}
				want := map[policy.ReuseKind]bool{}
				for _, k := range c.reuse {
					want[k] = true
				}
				if diff := cmp.Diff(want, kinds); diff != "" {
					t.Errorf("kinds of reuse (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestPage holds docs/policies.md to what the policies do: its table of the teams,
// its parameters and its reasons.
func TestPage(t *testing.T) {
	data, err := os.ReadFile("../../docs/policies.md")
	if err != nil {
		t.Fatal(err)
	}
	page := strings.Join(strings.Fields(strings.ReplaceAll(string(data), "**", "")), " ")
	for _, c := range outcomes {
		d := team(t, c.team)
		scratch, graded := check(t, policy.FromScratch, d, policy.Options{}), check(t, policy.Graded, d, policy.Options{})
		row := fmt.Sprintf("| %s | %s | - | - | - | - | - |", scratch.Outcome, graded.Outcome)
		if c.foreign != "" {
			p := part(t, graded, c.foreign)
			row = fmt.Sprintf("| %s | %s | %s | %s |", scratch.Outcome, graded.Outcome, p.Name, strings.ReplaceAll(strings.ReplaceAll(strings.Trim(levels(p), "[]"), " ", " | "), "-", " "))
		}
		at := strings.Index(page, "| "+c.team[5:]+": ")
		if at < 0 || !strings.Contains(page[at:min(len(page), at+300)], row) {
			t.Errorf("the table does not say of %s: %s", c.team, row)
		}
	}
	for _, name := range []string{policy.FromScratch, policy.Graded} {
		for _, p := range named(t, name).(policy.Parameterised).Parameters() {
			if !strings.Contains(page, "`"+p.Name+"`") || p.Meaning == "" {
				t.Errorf("the page does not name the parameter %s", p.Name)
			}
		}
	}
	for _, r := range named(t, policy.Graded).Rules() {
		if !strings.HasPrefix(r.ID, "graded.") && !strings.Contains(page, "`"+r.ID+"`") {
			t.Errorf("the page does not name the reason %s", r.ID)
		}
	}
	for _, s := range []string{check(t, policy.FromScratch, team(t, "team-2"), policy.Options{}).Sentence, check(t, policy.Graded, team(t, "team-2"), policy.Options{}).Sentence,
		part(t, check(t, policy.Graded, team(t, "team-2"), policy.Options{}), encoder).Sentence} {
		if !strings.Contains(page, s) {
			t.Errorf("the page does not quote: %s", s)
		}
	}
}

// TestTeamsTable prints the table of docs/policies.md and, with -v, everything
// that is said.
func TestTeamsTable(t *testing.T) {
	var b strings.Builder
	fmt.Fprintln(&b, "| team | from-scratch | graded | part | auditable | licence-clean | security-reviewed | replaceable |\n| --- | --- | --- | --- | --- | --- | --- | --- |")
	for _, c := range outcomes {
		d := team(t, c.team)
		scratch, graded := check(t, policy.FromScratch, d, policy.Options{}), check(t, policy.Graded, d, policy.Options{})
		fmt.Fprintf(&b, "| %s | %s | %s |", c.team, scratch.Outcome, graded.Outcome)
		row := " - | - | - | - | - |"
		for _, p := range graded.Parts {
			if len(p.Grades) > 0 {
				row = " " + p.Name + " | " + strings.ReplaceAll(strings.Trim(levels(&p), "[]"), " ", " | ") + " |"
			}
		}
		fmt.Fprintln(&b, row)
		t.Logf("%s\n%s\n%s", c.team, scratch.Sentence, graded.Sentence)
		for _, r := range []*policy.Result{scratch, graded} {
			for _, p := range r.Parts {
				t.Logf("  %s %s %s %s %s: %s", r.Policy, p.Ref, p.Foreign, p.Outcome, p.Overall, p.Sentence)
				for _, g := range p.Grades {
					for _, x := range g.Reasons {
						t.Logf("      %-10s %-25s %s", x.Level, x.ID, x.Text)
					}
				}
			}
		}
	}
	t.Log("\n" + b.String())
}
