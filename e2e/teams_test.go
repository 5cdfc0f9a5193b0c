package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/fixtures"
	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/codec"
	"github.com/modelbom/modelbom/pkg/facts"
	"github.com/modelbom/modelbom/pkg/policy"
)

// TestRealTeams holds the five teams of a programme against both built-in
// policies as their publishers would: repositories of models that were really
// trained (vlm/programme.py), laid out by the fixtures generator, an index of the
// others' models, the team's file of facts, and the commands. The vision encoder
// of another vendor is DINOv2, as its package holds it. Each team gets what the
// table of docs/policies.md says, in every format of documents.
func TestRealTeams(t *testing.T) {
	teams, db := programme(t)
	table := teamsTable(t)
	for i, says := range []string{
		"every weight was initialised and trained by the producer",
		"The vision encoder holds weights of farview/tower-so-14 of Farview Research, US (identical-value, evidence strong)",
		"The vision encoder holds weights of farview/tower-so-14 of Farview Research, US (identical-value, evidence strong)",
		"The language model holds weights of openplain/plain-1b of Openplain, US (trained-from, evidence strong)",
		"Reuse that this policy allows and reports: architecture and tokenizer",
	} {
		name := fmt.Sprintf("team-%d", i+1)
		t.Run(name, func(t *testing.T) {
			repo, dir := filepath.Join(teams, name), t.TempDir()
			_, first := outputs(t, filepath.Join(dir, "first"), nil, "generate", repo, "--index", db)
			d, _, err := codec.Decode(bytes.NewReader(first["16.cdx.json"]))
			if err != nil {
				t.Fatal(err)
			}
			stated := filepath.Join(dir, "modelbom.yaml")
			writeFile(t, stated, []byte(teamFacts(d, name)))
			_, files := outputs(t, filepath.Join(dir, "stated"), nil, "generate", repo, "--index", db, "--facts", stated)
			for file, data := range files {
				if !strings.Contains(file, ".cdx.") && !strings.Contains(file, "spdx") {
					continue
				}
				path := filepath.Join(dir, file)
				writeFile(t, path, data)
				row, said := checkTeam(t, path)
				if row != table[i] {
					t.Errorf("%s gets %q; docs/policies.md says %q\n%s", file, row, table[i], said)
				}
				if !strings.Contains(said, says) {
					t.Errorf("nothing in %s says %q:\n%s", file, says, said)
				}
				if file == "16.cdx.json" {
					t.Logf("%s\n%s", row, said)
				}
			}
		})
	}
}

// programme trains the models, lays the teams out, and indexes the models of
// others. It returns the folder of the teams and the index.
func programme(t *testing.T) (teams, db string) {
	t.Helper()
	encoder := realModel(t, "vit-small-saliency")
	python := os.Getenv("MODELBOM_PYTHON")
	if python == "" {
		t.Skip("NOT TESTED: MODELBOM_PYTHON names no Python with onnx and numpy, see .ci/python")
	}
	dir := t.TempDir()
	trained, teams := filepath.Join(dir, "trained"), filepath.Join(dir, "teams")
	c := exec.Command(python, filepath.Join("vlm", "programme.py"), filepath.Join(encoder, "vit_s_focus.onnx"),
		filepath.Join(fixture(t, "team-1"), "tokenizer.json"), filepath.Join(fixture(t, "team-5"), "tokenizer.json"), trained)
	c.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("programme.py: %v: %s", err, out)
	}
	learnt(t, trained)
	for _, f := range fixtures.TrainedTeams(trained) {
		if err := f.Write(filepath.Join(teams, f.Name)); err != nil {
			t.Fatal(err)
		}
	}
	db = filepath.Join(dir, "programme.db")
	for _, m := range [][5]string{
		{encoder, "farview/tower-so-14", "Farview Research", "US", "Apache-2.0"},
		{filepath.Join(teams, "team-ref-base"), "openplain/plain-1b", "Openplain", "US", "llama3.1"},
		{filepath.Join(teams, "team-ref-other-base"), "thirdlab/plain-other", "Third Lab", "FR", "MIT"},
	} {
		if r := modelbom(t, nil, "index", "add", m[0], "--index", db, "--name", m[1], "--supplier", m[2], "--country", m[3], "--licence", m[4], "-q"); r.code != 0 && r.code != 4 {
			t.Fatalf("index add %s: %s", m[1], r.stderr)
		}
	}
	return teams, db
}

// learnt checks that the models were trained: a loss fell to less than half.
func learnt(t *testing.T, trained string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(trained, "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	truth := map[string]struct{ Losses, Together []float64 }{}
	if err := json.Unmarshal(data, &truth); err != nil || len(truth) != 6 {
		t.Fatalf("%d models in truth.json: %v", len(truth), err)
	}
	for name, m := range truth {
		for _, l := range [][]float64{m.Losses, m.Together} {
			if len(l) != 2 && (len(l) > 0 || strings.HasPrefix(name, "team-")) || len(l) == 2 && l[1] > l[0]/2 {
				t.Errorf("%s learnt nothing: its losses went %v", name, l)
			}
		}
	}
}

// teamFacts is what a team states of the model in a document. Team 2 says of the
// other vendor's encoder too that it is its own.
func teamFacts(d *bom.Document, team string) string {
	var y strings.Builder
	fmt.Fprintf(&y, "version: 1\nproducer: {name: Team %s, country: KR}\nparts:\n", team[5:])
	foreign := map[string]string{"team-3": "vision-encoder", "team-4": "language-model"}[team]
	for _, role := range []string{"language-model", "vision-encoder", "projector"} {
		if role != foreign {
			fmt.Fprintf(&y, "  %s:\n    own: {statement: initialised at random and trained by us, digest: %q}\n", role, facts.Digests(d, bom.Ref("part:"+role))[0])
		}
	}
	if team == "team-3" {
		digest := facts.Digests(d, "part:vision-encoder")[0]
		fmt.Fprintf(&y, `  vision-encoder:
    training-data: {text: "142 million pictures, as its publisher describes"}
    reviews: [{by: Example Assurance, date: 2026-10-01, scope: weights and loader, result: accepted, digest: %q}]
    replaceability: {interface: vectors of patches of width 384, alternatives: [any vision transformer of that width], text: the projector is trained anew, digest: %q}
`, digest, digest)
	}
	return y.String()
}

// checkTeam holds a document against both policies. It returns a row of the table
// of docs/policies.md, and everything that is said.
func checkTeam(t *testing.T, document string) (row, said string) {
	t.Helper()
	r := modelbom(t, nil, "check", document, "--policy", policy.FromScratch, "--policy", policy.Graded, "-o", "json", "-q")
	var report struct {
		Results []struct {
			Outcome  policy.Outcome
			Sentence string
			Parts    []struct {
				Name, Sentence string
				Grades         []struct{ Level string }
			}
		}
	}
	if err := json.Unmarshal([]byte(r.stdout), &report); err != nil || len(report.Results) != 2 {
		t.Fatalf("check %s: %d results, %v\n%s", document, len(report.Results), err, r.stderr)
	}
	scratch, graded := report.Results[0], report.Results[1]
	if passed := scratch.Outcome == policy.Pass && graded.Outcome == policy.Pass; passed != (r.code == 0) {
		t.Errorf("check %s ends with %d", document, r.code)
	}
	said = scratch.Sentence + "\n" + graded.Sentence + "\n"
	grades := " - | - | - | - | -"
	for _, p := range graded.Parts {
		if len(p.Grades) == 0 {
			continue
		}
		grades, said = " "+p.Name, said+p.Sentence+"\n"
		for _, g := range p.Grades {
			grades += " | " + strings.ReplaceAll(g.Level, "-", " ")
		}
	}
	return fmt.Sprintf("%s | %s |%s", scratch.Outcome, graded.Outcome, grades), said
}

// teamsTable reads the rows of the teams from docs/policies.md.
func teamsTable(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "docs", "policies.md"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, m := range regexp.MustCompile(`(?m)^\| [1-5]: [^|]* \| (.*) \|$`).FindAllStringSubmatch(string(page), -1) {
		rows = append(rows, strings.ReplaceAll(m[1], "**", ""))
	}
	if len(rows) != 5 {
		t.Fatalf("docs/policies.md has %d rows of teams", len(rows))
	}
	return rows
}
