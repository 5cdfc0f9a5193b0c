package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/fixtures"
	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/inspect"
	"github.com/modelbom/modelbom/pkg/policy"
)

// TestRemovingEvidenceNeverImproves is the metamorphic test: of the document of
// every fixture, bare and with everything stated, one piece of positive evidence
// is taken away at a time, and no grade and no outcome of either policy becomes
// better.
func TestRemovingEvidenceNeverImproves(t *testing.T) {
	documents := map[string]*bom.Document{}
	for i := 1; i <= 5; i++ {
		documents[fmt.Sprintf("team-%d", i)] = team(t, fmt.Sprintf("team-%d", i))
	}
	for _, f := range append(fixtures.All(), fixtures.Teams()...) {
		if f.Large || documents[f.Name] != nil || testing.Short() && f.Name != "vlm" {
			continue
		}
		documents[f.Name] = inspected(t, f.Name, inspect.Options{})
		stated := clone(t, documents[f.Name])
		stateAll(stated)
		documents[f.Name+", with facts"] = stated
	}
	for _, name := range []string{"team-2", "team-4"} {
		stated := team(t, name)
		stateAll(stated)
		documents[name+", with facts"] = stated
	}
	options := []policy.Options{{}, {Parameters: map[string]string{"home": "US", "own": "shown", "home-reuse": "allow", "compared-with": "catalogue"}}}
	removed, worse := 0, 0
	for name, d := range documents {
		for i, o := range options {
			if i > 0 && !strings.HasSuffix(name, "facts") {
				continue // nothing is stated that the parameters could be about
			}
			before := ranksOf(t, d, o)
			for _, r := range removals(d) {
				undo := r.take()
				after := ranksOf(t, d, o)
				for what, rank := range after {
					// A reason that was not there is of a part that was not graded.
					if was, ok := before[what]; ok && rank > was {
						t.Errorf("%s without %s: %s goes from %d to %d", name, r.what, what, was, rank)
					}
					if rank < before[what] {
						worse++
					}
				}
				undo()
				removed++
			}
		}
	}
	t.Logf("%d documents, %d removals, %d grades and outcomes became lower", len(documents), removed, worse)
	if worse < 1000 && !testing.Short() {
		t.Errorf("only %d grades and outcomes were touched: the test is not looking", worse)
	}
}

// ranksOf puts numbers to all that the policies say: the more the better. A
// failure and what is not shown are alike, neither passes.
func ranksOf(t *testing.T, d *bom.Document, o policy.Options) map[string]int {
	t.Helper()
	outcome := map[policy.Outcome]int{policy.Pass: 3, policy.NotApplicable: 3, policy.Excepted: 2, policy.Fail: 1, policy.NotShown: 1}
	out := map[string]int{}
	for _, name := range []string{policy.FromScratch, policy.Graded} {
		r := check(t, name, d, o)
		out[name] = outcome[r.Outcome]
		for _, p := range r.Parts {
			out[fmt.Sprintf("%s %s", name, p.Ref)] = outcome[p.Outcome]
			for _, g := range []string{"auditable", "licence-clean", "security-reviewed", "replaceable"} {
				rank := len(policy.Levels()) // not graded: the producer's own
				for _, x := range p.Grades {
					if x.Name == g {
						for _, y := range x.Reasons {
							out[fmt.Sprintf("%s %s %s", name, p.Ref, y.ID)] = level(y.Level)
						}
						rank = level(x.Level)
					}
				}
				out[fmt.Sprintf("%s %s %s", name, p.Ref, g)] = rank
			}
		}
	}
	return out
}

func level(l policy.Level) int { return len(policy.Levels()) - slices.Index(policy.Levels(), l) - 1 }

// stateAll states everything of every part.
func stateAll(d *bom.Document) {
	observed(d)
	if s := d.Component(d.Subject); s.Supplier == nil {
		s.Supplier = &bom.Organization{Name: "Stating Team", Country: "KR"}
	}
	d.Inputs = append(d.Inputs, bom.Input{Kind: "index", Name: "some.db", Digest: "sha256:00"})
	n := 0
	for i := range d.Components {
		c := &d.Components[i]
		if c.Role == "" || c.Model == nil || c.Model.WeightsDigest == "" {
			continue
		}
		n++
		digest := c.Model.WeightsDigest
		add := func(name, value string) { c.Properties = append(c.Properties, bom.Property{Name: name, Value: value}) }
		if n%2 == 0 {
			add("modelbom:stated:own", "ours | "+digest+" | bound")
		}
		add("modelbom:stated:training-data", "pictures | https://example.org")
		add("modelbom:review", "A | 2026-01-01 | all | accepted | "+digest+" | bound | ")
		add("modelbom:review", "B | 2026-02-01 | all | conditional | "+digest+" | bound | ")
		add("modelbom:replaceability", "its width | other/model | words | "+digest+" | bound")
		if len(c.Origins) > 0 {
			c.Origins[0].Evidence = append(c.Origins[0].Evidence, bom.Evidence{Technique: bom.BinaryAnalysis, Key: "same-interface", Value: "another/model"})
		}
	}
	for i := range d.Components { // upstreams have suppliers and licences
		c := &d.Components[i]
		if c.Role != "" || c.Kind != bom.KindModel || c.Ref == d.Subject {
			continue
		}
		if c.Supplier == nil {
			c.Supplier = &bom.Organization{Name: "Somebody", Country: "US"}
		}
		if len(c.Licenses) == 0 {
			c.Licenses = []bom.License{{Expression: "MIT", Acknowledgement: bom.Declared}}
			c.Properties = append(c.Properties, bom.Property{Name: "modelbom:licence:class", Value: "permissive"})
		}
	}
	d.Properties = append(d.Properties,
		bom.Property{Name: "modelbom:exception", Value: "security.code | part:language-model | 2099-01-01 | the file was read line by line | the board"},
		bom.Property{Name: "modelbom:exception", Value: "from-scratch.declared-base | | 2099-01-01 | a left-over | the board"},
		bom.Property{Name: "modelbom:exception", Value: "remote-code | | 2099-01-01 | reviewed | the board"})
	d.Normalize()
}

// A removal takes one thing away, and puts it back.
type removal struct {
	what string
	take func() (undo func())
}

// removals are all pieces of positive evidence that a document holds.
func removals(d *bom.Document) []removal {
	var out []removal
	add := func(what string, take func() func()) { out = append(out, removal{what, take}) }
	each(&d.Inputs, "input", add)
	field(&d.Inputs, "all inputs", add)
	field(&d.Properties, "all properties of the document", add)
	each(&d.Properties, "property of the document", add)
	each(&d.Tools, "tool", add)
	for i := range d.Components {
		c := &d.Components[i]
		of := " of " + string(c.Ref)
		each(&c.Hashes, "hash"+of, add)
		field(&c.Hashes, "all hashes"+of, add)
		field(&c.Licenses, "all licences"+of, add)
		field(&c.Properties, "all properties"+of, add)
		each(&c.Licenses, "licence"+of, add)
		each(&c.Evidence, "evidence"+of, add)
		each(&c.Links, "link"+of, add)
		for j := range c.Properties {
			// That a part is another form of another one is no evidence of anything.
			if c.Properties[j].Name != "modelbom:alternative" {
				one(&c.Properties, j, "property "+c.Properties[j].Name+of, add)
			}
		}
		field(&c.Supplier, "supplier"+of, add)
		if c.Supplier != nil {
			field(&c.Supplier.Country, "country of the supplier"+of, add)
			field(&c.Supplier.Name, "name of the supplier"+of, add)
		}
		if m := c.Model; m != nil {
			field(&m.WeightsDigest, "weights digest"+of, add)
			field(&m.Parameters, "parameters"+of, add)
			field(&m.Tensors, "tensors"+of, add)
			field(&m.Family, "family"+of, add)
			field(&m.Architecture, "architecture"+of, add)
			field(&m.DTypes, "types"+of, add)
			field(&c.Model, "model card"+of, add)
		}
		if c.File != nil {
			field(&c.File.Format, "format"+of, add)
			field(&c.File, "file"+of, add)
		}
		for j := range c.Origins {
			o := &c.Origins[j]
			of := fmt.Sprintf(" of origin %d%s", j, of)
			field(&o.Sentence, "sentence"+of, add)
			field(&o.Limits, "limits"+of, add)
			field(&o.Strength, "strength"+of, add)
			field(&o.Evidence, "all evidence"+of, add)
			each(&o.Evidence, "evidence"+of, add)
		}
	}
	for _, name := range []string{"modelbom:licence:term", "modelbom:licence:class", "modelbom:licence:conclusion", "modelbom:stated:own", "modelbom:review", "modelbom:exception"} {
		everywhere(d, name, add)
	}
	for i := range d.Relationships {
		if r := d.Relationships[i]; r.Type == bom.TrainedOn || r.Type == bom.HasDataFile {
			one(&d.Relationships, i, fmt.Sprintf("relationship %s %s %s", r.From, r.Type, r.To), add)
		}
	}
	return out
}

// everywhere takes a property from all components and the document at once.
func everywhere(d *bom.Document, name string, add func(string, func() func())) {
	add("all properties "+name, func() func() {
		was := make([][]bom.Property, len(d.Components))
		all := d.Properties
		d.Properties = without(all, name)
		for i := range d.Components {
			was[i] = d.Components[i].Properties
			d.Components[i].Properties = without(was[i], name)
		}
		return func() {
			d.Properties = all
			for i := range d.Components {
				d.Components[i].Properties = was[i]
			}
		}
	})
}

func each[T any](list *[]T, what string, add func(string, func() func())) {
	for i := range *list {
		one(list, i, fmt.Sprintf("%s %d", what, i), add)
	}
}

func one[T any](list *[]T, i int, what string, add func(string, func() func())) {
	add(what, func() func() {
		was := *list
		*list = slices.Delete(slices.Clone(was), i, i+1)
		return func() { *list = was }
	})
}

func field[T any](p *T, what string, add func(string, func() func())) {
	add(what, func() func() {
		was := *p
		var none T
		*p = none
		return func() { *p = was }
	})
}
