package diff

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
)

// TestVerdicts: what fingerprints say about weights becomes a kind of change.
func TestVerdicts(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		w       WeightChange
		want    Kind
		text    string
		summary string
	}{
		{WeightChange{Verdict: bom.VerdictTrainedFrom, Distance: 0.008, Frozen: 0.12}, WeightsTrainedOn,
			"The language-model was trained on: its weights continue those of the old round (moved by 0.8 %, 12 % of the bytes unchanged).",
			"1 part changed: language-model trained on (moved 0.8 %, 12 % frozen)."},
		{WeightChange{Verdict: bom.VerdictTrainedFrom, Distance: nan, Frozen: nan}, WeightsTrainedOn,
			"The language-model was trained on: its weights continue those of the old round.", "1 part changed: language-model trained on."},
		{WeightChange{Verdict: bom.VerdictTrainedFrom, Distance: 0, Frozen: 0.93}, WeightsEdited,
			"The language-model holds the old values but for a few (no sampled value moved, 93 % of the bytes unchanged).", "1 part changed: language-model edited (93 % frozen)."},
		{WeightChange{Verdict: bom.VerdictRelatedDistant, Distance: 0.9, Frozen: 0}, WeightsTrainedOn,
			"The language-model is a distant descendant of that of the old round (moved by 90 %, 0 % of the bytes unchanged).", ""},
		{WeightChange{Verdict: bom.VerdictIdentical, Distance: 0, Frozen: 0.9999}, WeightsEdited, "", ""},
		{WeightChange{Verdict: bom.VerdictIdenticalValue, Distance: 0, Frozen: 1}, WeightsReencoded, "The language-model holds the same values, stored in another way.", ""},
		{WeightChange{Verdict: bom.VerdictRequantised, Distance: 0.01, Frozen: nan}, WeightsRequantised, "The language-model holds the old values rounded to other levels.", "1 part changed: language-model requantised."},
		{WeightChange{Verdict: bom.VerdictPartial, Distance: nan, Frozen: 0.5}, WeightsPartlyKept, "The language-model continues the old weights in part only (50 % of the bytes unchanged).", ""},
		{WeightChange{Verdict: bom.VerdictSameArchitecture, Distance: nan, Frozen: 0}, WeightsReinitialised,
			"The language-model has weights that show no relation to those of the old round, in the same shape.", "1 part changed: language-model re-initialised."},
		{WeightChange{Verdict: bom.VerdictSharedInitialisation, Distance: nan, Frozen: 0}, WeightsReinitialised,
			"The language-model was trained again from the same initialisation; that it continues the old weights is not shown.", ""},
		{WeightChange{Verdict: bom.VerdictUnknown, Distance: nan, Frozen: nan}, WeightsChanged, "", ""},
		{WeightChange{Verdict: bom.VerdictNotComparable, Distance: math.Inf(1), Frozen: nan}, WeightsChanged, "", "1 part changed: language-model with other weights."},
	} {
		new := with(t, func(d *bom.Document) { d.Components[1].Model.WeightsDigest = digest2[:60] + "3333aaaabbb" })
		calls := 0
		got := Documents(sample(), new, Options{Weights: func(a, b bom.Ref) (WeightChange, bool) {
			calls++
			if a != "part:language-model" || b != a {
				t.Errorf("asked about %s and %s", a, b)
			}
			return c.w, true
		}})
		if len(got.Changes) != 1 || got.Changes[0].Kind != c.want || got.Changes[0].Weights == nil || calls != 1 {
			t.Errorf("%s: %s, %d calls", c.w.Verdict, kinds(got), calls)
			continue
		}
		if x := got.Changes[0]; c.text != "" && x.Text != c.text || math.IsInf(x.Weights.Distance, 0) {
			t.Errorf("%s: %q", c.w.Verdict, x.Text)
		}
		if c.summary != "" && got.Summary != c.summary {
			t.Errorf("%s: summary %q", c.w.Verdict, got.Summary)
		}
	}
}

// TestReplaced: without fingerprints a part is another one when its family, its
// widths or its origin are others, and not when its vocabulary grew.
func TestReplaced(t *testing.T) {
	found := func(d *bom.Document, i int, up string) {
		ref := bom.Ref("upstream:pkg:huggingface/" + up)
		d.Components = append(d.Components, bom.Component{Ref: ref, Kind: bom.KindModel, Name: up, PURL: "pkg:huggingface/" + up})
		d.Components[i].Origins = append(d.Components[i].Origins, bom.Origin{Reference: ref, Verdict: bom.VerdictTrainedFrom, Strength: bom.StrengthStrong})
	}
	for name, c := range map[string]struct {
		before, change func(d *bom.Document, m *bom.Model)
		want           string
	}{
		"family":     {nil, func(_ *bom.Document, m *bom.Model) { m.Family = "qwen2" }, "part-replaced language-model"},
		"width":      {nil, func(_ *bom.Document, m *bom.Model) { m.Hyperparameters[0].Value = "128"; m.Parameters = 5000 }, "part-replaced language-model"},
		"vocabulary": {nil, func(_ *bom.Document, m *bom.Model) { m.Hyperparameters[1].Value = "300"; m.Parameters = 2100 }, "weights-changed language-model"},
		"layers":     {nil, func(_ *bom.Document, m *bom.Model) { m.Layers = 3; m.Parameters = 2900 }, "weights-changed language-model"},
		"origin": {func(d *bom.Document, _ *bom.Model) { found(d, 1, "a/x") }, func(d *bom.Document, _ *bom.Model) { found(d, 1, "b/y") },
			"part-replaced language-model"},
		"new origin":  {nil, func(d *bom.Document, _ *bom.Model) { found(d, 1, "b/y") }, "part-replaced language-model"},
		"same origin": {func(d *bom.Document, _ *bom.Model) { found(d, 1, "a/x") }, func(d *bom.Document, _ *bom.Model) { found(d, 1, "a/x") }, "weights-changed language-model"},
	} {
		old := with(t, func(d *bom.Document) {
			if c.before != nil {
				c.before(d, d.Components[1].Model)
			}
		})
		new := with(t, func(d *bom.Document) {
			d.Components[1].Model.WeightsDigest = digest2[:60] + "3333aaaabbb"
			c.change(d, d.Components[1].Model)
		})
		if got := Documents(old, new, Options{}); kinds(got) != c.want {
			t.Errorf("%s: %s, want %s", name, kinds(got), c.want)
		}
		// Fingerprints that find the old weights say that it is the old part.
		trained := Options{Weights: func(a, b bom.Ref) (WeightChange, bool) {
			return WeightChange{Verdict: bom.VerdictTrainedFrom, Distance: 0.1, Frozen: 0}, true
		}}
		if got := Documents(old, new, trained); !strings.Contains(kinds(got), "weights-trained-on language-model") {
			t.Errorf("%s with fingerprints: %s", name, kinds(got))
		}
	}
}

// TestTokenizers: counts and digests tell what they can.
func TestTokenizers(t *testing.T) {
	for name, c := range map[string]struct {
		set  map[string]string
		t    *TokenizerChange
		want Kind
		text string
	}{
		"added tokens":         {map[string]string{addedCount: "10"}, nil, TokenizerExtended, "The tokenizer was extended by 4 tokens, by its counts; the vocabulary itself is the old one."},
		"vocabulary grown":     {map[string]string{vocabularyCount: "262", tokensDigest: digest2}, nil, TokenizerExtended, "The tokenizer was extended by 12 tokens, by its counts; the merges are the old ones."},
		"both digests":         {map[string]string{vocabularyCount: "262", tokensDigest: digest2, mergesDigest: digest1}, nil, TokenizerChanged, "The tokenizer has other tokens (12 more); whether the old ones kept their ids is not known without fingerprints."},
		"fewer":                {map[string]string{addedCount: "5"}, nil, TokenizerChanged, "The tokenizer has other tokens (1 fewer); whether the old ones kept their ids is not known without fingerprints."},
		"other type":           {map[string]string{"modelbom:tokenizer:type": "Unigram", tokensDigest: digest2}, nil, TokenizerReplaced, ""},
		"fingerprint extended": {map[string]string{vocabularyCount: "262", tokensDigest: digest2, mergesDigest: digest1}, &TokenizerChange{Relation: TokensExtended, Added: 12}, TokenizerExtended, "The tokenizer was extended by 12 tokens; the old ones were kept."},
		"fingerprint replaced": {map[string]string{tokensDigest: digest2}, &TokenizerChange{Relation: TokensReplaced, Added: -1, Removed: -1}, TokenizerReplaced, ""},
		"fingerprint same":     {map[string]string{mergesDigest: digest1}, &TokenizerChange{Relation: TokensSame}, ConfigurationChanged, "The tokenizer has the same tokens and other settings."},
	} {
		new := with(t, func(d *bom.Document) {
			for i, p := range d.Components[3].Properties {
				if v, ok := c.set[p.Name]; ok {
					d.Components[3].Properties[i].Value = v
				}
			}
			d.Components[6].Hashes[0].Value = strings.Repeat("ab", 32)
		})
		o := Options{}
		if c.t != nil {
			o.Tokenizers = func(a, b bom.Ref) (TokenizerChange, bool) { return *c.t, true }
		}
		got := Documents(sample(), new, o)
		if len(got.Changes) != 1 || got.Changes[0].Kind != c.want || c.text != "" && got.Changes[0].Text != c.text {
			t.Errorf("%s: %s: %q", name, kinds(got), fmt.Sprint(got.Changes))
		}
	}
}
