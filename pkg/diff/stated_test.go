package diff

import (
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
)

func statedLicence(licence string) *bom.Document {
	return &bom.Document{Subject: "model", Components: []bom.Component{
		{Ref: "model", Kind: bom.KindModel, Name: "m"},
		{Ref: "dataset:eli5", Kind: bom.KindData, Role: bom.RoleDataset, Name: "eli5", Version: licence,
			Licenses:   []bom.License{{Expression: licence, Acknowledgement: bom.Declared}},
			Properties: []bom.Property{{Name: "modelbom:stated:licence", Value: licence + " | " + licence}, {Name: "modelbom:stated:version", Value: licence}}},
	}}
}

// TestStatedLicence: a change of statements says that it is one, once, and names
// keep their letters.
func TestStatedLicence(t *testing.T) {
	c := Documents(statedLicence("MIT"), statedLicence("GPL-3.0-only"), Options{})
	want := []string{
		"The statement of the producer about the declared licence of the data set eli5 changed: MIT (stated) -> GPL-3.0-only (stated).",
		"The statement of the producer about the data set eli5 changed: version MIT -> GPL-3.0-only.",
	}
	if len(c.Changes) != len(want) {
		t.Fatalf("changes %+v", c.Changes)
	}
	for i, x := range c.Changes {
		if x.Text != want[i] {
			t.Errorf("text %q, want %q", x.Text, want[i])
		}
	}
	seen := statedLicence("MIT")
	seen.Components[1].Licenses[0].Evidence = []bom.Evidence{{Path: "README.md"}}
	c = Documents(seen, statedLicence("GPL-3.0-only"), Options{})
	if got, want := c.Changes[0].Text, "The declared licence of the data set eli5 changed: MIT -> GPL-3.0-only (stated)."; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
}

// TestAuthor: another author is no change of the model, and the summary has it.
func TestAuthor(t *testing.T) {
	of := func(name, email string) *bom.Document {
		d := statedLicence("MIT")
		d.Authors = []bom.Organization{{Name: name, Email: email}}
		d.Properties = []bom.Property{{Name: statedAuthor, Value: bom.JoinFields(name, email)}}
		return d
	}
	for _, test := range []struct {
		new  *bom.Document
		want string
	}{
		{of("A", "a@lab.example"), "Nothing changed."},
		{of("B", "a@lab.example"), "Nothing changed in the model; the author of the document changed: A -> B."},
		{of("A", "b@lab.example"), "Nothing changed in the model; the author of the document changed: A, a@lab.example -> A, b@lab.example."},
	} {
		c := Documents(of("A", "a@lab.example"), test.new, Options{})
		if c.Summary != test.want || !c.Empty() {
			t.Errorf("summary %q, want %q; changes %v", c.Summary, test.want, c.Changes)
		}
		notes := 0
		for _, n := range c.Notes {
			if strings.Contains(strings.ToLower(n.Text), "author") {
				notes++
			}
		}
		if want := len(test.want) > 20; (notes == 1) != want {
			t.Errorf("%d notes about the author: %v", notes, c.Notes)
		}
	}
}
