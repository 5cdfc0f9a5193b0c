package transform

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/transformations.md")

// page is where -update writes the table.
const page = "../../docs/transformations.md"

// TestTransformations asks the command where each transformed model comes from.
func TestTransformations(t *testing.T) {
	dir := os.Getenv("MODELBOM_TRANSFORMED")
	if dir == "" {
		t.Skip("MODELBOM_TRANSFORMED does not name a folder that make.py filled; run \"make transformations\"")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	truth, err := readTruth(dir)
	if err != nil {
		t.Fatal(err)
	}
	c := build(t)
	for _, r := range truth.Index {
		if err := c.add(dir, r); err != nil {
			t.Fatal(err)
		}
	}
	var lines []line
	for _, r := range truth.Rows {
		t.Run(r.Name, func(t *testing.T) {
			l, err := c.line(dir, truth, r)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range l.wrong {
				t.Error(w)
			}
			lines = append(lines, *l)
		})
	}
	if *update {
		if err := os.WriteFile(page, []byte(table(truth, lines)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// A line is one line of the table.
type line struct {
	row    row
	first  origin
	tied   []string // other references that the evidence names
	stat   *statistics
	second string // the stranger with the largest Z
	z      float64
	deep   string
	wrong  []string
}

func (c command) line(dir string, truth *truth, r row) (*line, error) {
	a, err := c.ask(dir, r)
	if err != nil {
		return nil, err
	}
	l := &line{row: r, first: origin{verdict: "unknown"}}
	if len(a.origins) > 0 {
		l.first = a.origins[0]
	}
	l.tied = named(a, truth)
	if err := c.measure(l, truth); err != nil {
		return nil, err
	}
	l.wrong = l.judge(a)
	if r.Deep != nil {
		if err := c.depth(dir, truth, l); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// named lists the references that an answer names, the first excepted.
func named(a *answer, truth *truth) []string {
	var ids []string
	for i, o := range a.origins {
		for _, r := range truth.Index {
			told := i > 0 && o.reference == r.ID && found(o.verdict)
			for _, e := range o.evidence {
				told = told || i == 0 && strings.Contains(e, r.ID) && !strings.Contains(e, "also-same-architecture")
			}
			if told && r.ID != a.origins[0].reference && !slices.Contains(ids, r.ID) {
				ids = append(ids, r.ID)
			}
		}
	}
	return ids
}

func found(verdict string) bool {
	return slices.Contains([]string{"identical", "identical-value", "requantised", "trained-from", "related-distant", "shared-initialisation", "partial"}, verdict)
}

// measure compares the row with what it was said to come from, and finds the
// best of the strangers.
func (c command) measure(l *line, truth *truth) error {
	kin := append(append(slices.Clone(l.row.Parents), l.row.Near...), family(l.row, truth)...)
	for _, r := range truth.Index {
		of := l.first.reference == r.ID
		if !of && slices.Contains(kin, r.ID) {
			continue
		}
		_, s, err := c.compare(c.fingerprint("row "+l.row.Name), c.fingerprint(r.ID))
		if err != nil {
			continue // a model of other shapes has nothing to compare
		}
		if of {
			l.stat = s
		}
		if !slices.Contains(kin, r.ID) && (l.second == "" || s.Z > l.z) {
			l.second, l.z = r.ID, s.Z
		}
	}
	return nil
}

// family is everything of the index that descends from one published model
// together with a parent of the row: no strangers, though no parents.
func family(r row, truth *truth) []string {
	related := func(id string) bool {
		return strings.HasPrefix(id, "transform/sibling-") || strings.HasPrefix(id, "sentence-transformers/")
	}
	if !slices.ContainsFunc(r.Parents, related) && (r.Deep == nil || !slices.ContainsFunc(r.Deep.Parents, related)) {
		return nil
	}
	var ids []string
	for _, x := range truth.Index {
		if related(x.ID) {
			ids = append(ids, x.ID)
		}
	}
	return ids
}

// judge says what is wrong with an answer.
func (l *line) judge(a *answer) []string {
	var wrong []string
	r, verdicts := l.row, append([]string{l.row.Verdict}, l.row.Also...)
	if !slices.Contains(verdicts, l.first.verdict) {
		wrong = append(wrong, fmt.Sprintf("verdict %s of %q, want %s: %s", l.first.verdict, l.first.reference, strings.Join(verdicts, " or "), l.first.sentence))
	}
	for _, o := range a.origins {
		if len(r.Parents) == 0 && found(o.verdict) {
			wrong = append(wrong, fmt.Sprintf("%s of %s, want no parent: %s", o.verdict, o.reference, o.sentence))
		}
	}
	if len(r.Parents) == 0 {
		return wrong
	}
	if !slices.Contains(append(slices.Clone(r.Parents), r.Near...), l.first.reference) {
		wrong = append(wrong, fmt.Sprintf("parent %q, want %s", l.first.reference, strings.Join(r.Parents, " and ")))
	}
	for _, p := range r.Parents {
		if p != l.first.reference && !slices.Contains(l.tied, p) {
			wrong = append(wrong, fmt.Sprintf("parent %s is not named; %s and %q are", p, l.first.reference, l.tied))
		}
	}
	if m := r.LayerMap; m != nil && (l.stat == nil || !slices.Equal(m, l.stat.LayerMap)) {
		wrong = append(wrong, fmt.Sprintf("layer map %v, want %v", l.stat, m))
	}
	return wrong
}

// depth compares the row with its parent in depth.
func (c command) depth(dir string, truth *truth, l *line) error {
	parent := truth.Index[slices.IndexFunc(truth.Index, func(r reference) bool { return r.ID == l.row.Deep.Parents[0] })]
	verdict, s, err := c.compare("--deep", filepath.Join(dir, l.row.Directory), filepath.Join(dir, parent.Directory))
	if err != nil {
		return err
	}
	l.deep = fmt.Sprintf("%s of %s, agreement %.4f", verdict, parent.ID, s.Agreement)
	if verdict != l.row.Deep.Verdict {
		l.wrong = append(l.wrong, fmt.Sprintf("in depth: %s, want %s of %s", l.deep, l.row.Deep.Verdict, parent.ID))
	}
	return nil
}
