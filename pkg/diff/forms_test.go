package diff

import (
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
)

// twoForms is the sample with the weights of both parts once more, in one pickle.
func twoForms(t *testing.T) *bom.Document {
	return with(t, func(d *bom.Document) {
		d.Components = append(d.Components, bom.Component{Ref: "file:pytorch_model.bin", Kind: bom.KindFile, Name: "pytorch_model.bin", File: &bom.File{Size: 9, Role: "weights", Format: "pytorch"}})
		for _, i := range []int{1, 2} {
			c := d.Components[i]
			c.Ref += ":pytorch_model"
			c.Name += " (pytorch_model)"
			c.Properties = []bom.Property{{Name: "modelbom:alternative", Value: "true"}}
			d.Components = append(d.Components, c)
			d.Relationships = append(d.Relationships, bom.Relationship{From: c.Ref, Type: bom.Contains, To: "file:pytorch_model.bin"})
		}
	})
}

// TestAnotherForm: a pickle that goes or comes is one change, whatever parts its
// weights were cut into.
func TestAnotherForm(t *testing.T) {
	with, without := twoForms(t), sample()
	for _, c := range []struct {
		old, new *bom.Document
		kind     Kind
		verb     string
	}{{with, without, PartRemoved, "gone"}, {without, with, PartAdded, "new"}} {
		got := Documents(c.old, c.new, Options{})
		if len(got.Changes) != 1 || got.Changes[0].Kind != c.kind || got.Changes[0].Importance != Medium || len(got.Changes[0].Also) != 1 {
			t.Fatalf("%s: %+v", c.verb, got.Changes)
		}
		if want := "is " + c.verb + ": the same weights as the language-model, in pytorch_model.bin ("; !strings.Contains(got.Changes[0].Text, want) {
			t.Errorf("%q does not say %q", got.Changes[0].Text, want)
		}
	}
	other := twoForms(t)
	other.Components[len(other.Components)-1].Model = &bom.Model{WeightsDigest: digest1}
	got := Documents(other, without, Options{})
	if len(got.Changes) != 1 || !strings.Contains(strings.Join(got.Changes[0].Details, "\n"), "another form of the same part") {
		t.Errorf("%+v", got.Changes)
	}
}

// TestLikeness: being built like a published model is no origin.
func TestLikeness(t *testing.T) {
	alike := []bom.Origin{{Reference: "upstream:pkg:huggingface/a/base", Verdict: bom.VerdictSameArchitecture, Strength: bom.StrengthWeak, Sentence: "the sizes"}}
	old := with(t, func(d *bom.Document) { d.Components[1].Origins = alike })
	new := with(t, func(d *bom.Document) { d.Components[1].Model.WeightsDigest = digest2[:60] + "0000" })
	c := Documents(old, new, Options{})
	if kinds(c) != "weights-changed language-model" || !strings.Contains(strings.Join(c.Changes[0].Details, "\n"), "built like a/base no more") {
		t.Errorf("%s: %+v", kinds(c), c.Changes)
	}
	c = Documents(old, sample(), Options{})
	if kinds(c) != "origin-vanished language-model" || c.Changes[0].Importance != Medium {
		t.Errorf("%s: %+v", kinds(c), c.Changes)
	}
	found := clone(t, old)
	found.Components[1].Origins[0].Verdict = bom.VerdictIdentical
	if c = Documents(found, new, Options{}); kinds(c) != "weights-changed language-model, origin-vanished language-model" {
		t.Errorf("%s", kinds(c))
	}
}

// TestNotCompared: fingerprints that cannot tell are not missing.
func TestNotCompared(t *testing.T) {
	new := with(t, func(d *bom.Document) {
		d.Components[1].Model.WeightsDigest, d.Components[1].Model.Family = digest2[:60]+"0000", "qwen"
	})
	cannot := func(bom.Ref, bom.Ref) (WeightChange, bool) { return WeightChange{}, false }
	for want, o := range map[string]Options{"without fingerprints nothing more is known": {}, "the fingerprints have no weights of one shape to compare": {Weights: cannot}} {
		if c := Documents(sample(), new, o); kinds(c) != "part-replaced language-model" || !strings.Contains(c.Changes[0].Text, want) {
			t.Errorf("%s: %s", kinds(c), c.Changes[0].Text)
		}
	}
}
