package diff

import (
	"fmt"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/diff"
)

// combinations are seeds of one fixture that are sown together: each must be
// reported as it is alone. They are named and not drawn, so that each stands for
// a round that happens.
var combinations = []struct {
	fixture string
	seeds   []string
}{
	{"vlm", []string{"declared licence", "dataset new"}},
	{"vlm", []string{"declared licence", "hyperparameter", "chat template"}},
	{"vlm", []string{"trained on, one of three parts of a shard", "metric"}},
	{"vlm", []string{"trained on, one of three parts of a shard", "hyperparameter", "code changed"}},
	{"vlm", []string{"trained on, one of three parts of a shard", "declared licence", "dataset new", "metric"}},
	{"vlm", []string{"base model gone", "origin in a configuration"}},
	{"vlm", []string{"base model another", "declared licence", "finding"}},
	{"vlm", []string{"code changed", "code new"}},
	{"vlm", []string{"remote code of another", "code gone", "finding"}},
	{"vlm", []string{"chat template", "processor"}},
	{"vlm", []string{"name", "version", "supplier"}},
	{"vlm", []string{"tokenizer cut off", "declared licence"}},
	{"vlm", []string{"concluded licence", "declared licence"}},
	{"vlm", []string{"verdict", "trained on, one of three parts of a shard"}},
	{"vlm", []string{"licence of an upstream", "version of an upstream"}},
	{"vlm", []string{"part in another role", "trained on, one of three parts of a shard"}},
	{"vlm", []string{"file new", "file gone", "prose"}},
	{"decoder", []string{"trained on", "token added"}},
	{"decoder", []string{"trained on", "token added", "hyperparameter of the only part", "remote code new"}},
	{"decoder", []string{"drawn anew", "tokenizer of another model"}},
	{"decoder", []string{"weights file renamed", "token added"}},
	{"diffusers", []string{"part gone", "scheduler"}},
	{"diffusers", []string{"part gone", "part new", "part replaced"}},
	{"lora", []string{"adapter drawn anew", "adapter rank", "declared licence of an adapter"}},
	{"torch-unread", []string{"pickle gone"}},
}

func TestCombined(t *testing.T) {
	byName := map[string]seed{}
	for _, s := range seeds() {
		if _, ok := byName[s.name]; ok {
			t.Fatalf("two seeds are named %q", s.name)
		}
		byName[s.name] = s
	}
	if len(combinations) < 20 {
		t.Errorf("%d combinations are fewer than 20", len(combinations))
	}
	for i, c := range combinations {
		t.Run(fmt.Sprint(i, c.seeds), func(t *testing.T) {
			old, a := original(t, c.fixture)
			r := start(t, c.fixture)
			var wants []want
			for _, name := range c.seeds {
				s, ok := byName[name]
				if !ok || s.fixture != c.fixture {
					t.Fatalf("no seed %q of %s", name, c.fixture)
				}
				s.change(r)
				wants = append(wants, s.wants()...)
			}
			new, b := r.inspected()
			check(t, diff.Documents(old, new, fingerprints(a, b)), wants)
		})
	}
}

// TestExtendedTokenizer: new tokens touch the tokenizer, its files, the size of
// the vocabulary in the configuration, and the embedding's rows. That is two
// changes: other tokens, and other weights.
func TestExtendedTokenizer(t *testing.T) {
	old, _ := original(t, "decoder")
	new := clone(t, old)
	for i := range new.Components {
		c := &new.Components[i]
		switch c.Ref {
		case "part:tokenizer":
			setProperty(c, "modelbom:tokenizer:added-tokens", "12")
		case "part:language-model", "model":
			for j := range c.Model.Hyperparameters {
				if c.Model.Hyperparameters[j].Name == "vocab_size" {
					c.Model.Hyperparameters[j].Value = "264"
				}
			}
			c.Model.Parameters += 8 * 64
			c.Model.Bytes += 8 * 64 * 2
			c.Model.DTypes[0].Parameters += 8 * 64
			if c.Ref != "model" {
				c.Model.WeightsDigest = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
			}
		case "file:model.safetensors", "file:tokenizer.json", "file:config.json":
			c.Hashes[0].Value = "22222222222222222222222222222222222222222222222222222222222222" + string(c.Ref[5:7])
		}
	}
	moved := diff.Options{Weights: func(a, b bom.Ref) (diff.WeightChange, bool) {
		return diff.WeightChange{Verdict: bom.VerdictTrainedFrom, Strength: bom.StrengthStrong, Distance: 0.008, Frozen: 0.12}, true
	}}
	for name, o := range map[string]diff.Options{"fingerprints": moved, "none": {}} {
		kind := diff.WeightsTrainedOn
		if name == "none" {
			kind = diff.WeightsChanged
		}
		c := diff.Documents(old, new, o)
		check(t, c, []want{
			{kind, "language-model", "", "", "", 0},
			{diff.TokenizerExtended, "tokenizer", "4 added", "12 added", "extended by 8 tokens", 0},
		})
		if name == "fingerprints" && c.Summary != "2 parts changed: language-model trained on (moved 0.8 %, 12 % frozen) and tokenizer extended by 8 tokens." {
			t.Errorf("summary %q", c.Summary)
		}
	}
}

func setProperty(c *bom.Component, name, value string) {
	for i := range c.Properties {
		if c.Properties[i].Name == name {
			c.Properties[i].Value = value
		}
	}
}
