package diff

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
)

const (
	digest1 = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
	digest2 = "sha256:2222222222222222222222222222222222222222222222222222222222222222"
)

// sample is a whole document of two parts, a tokenizer and their files.
func sample() *bom.Document {
	file := func(path, role, format string, n int) bom.Component {
		return bom.Component{Ref: bom.Ref("file:" + path), Kind: bom.KindFile, Name: path, Hashes: []bom.Hash{{Algorithm: bom.SHA256, Value: fmt.Sprintf("%064d", n)}},
			File: &bom.File{Size: int64(100 * n), Role: role, Format: format}}
	}
	mit := []bom.License{{Expression: "MIT", Name: "mit", Acknowledgement: bom.Declared, Evidence: []bom.Evidence{{Technique: bom.ManifestAnalysis, Path: "README.md", Key: "license"}}}}
	return &bom.Document{
		Subject: bom.RefSubject,
		Components: []bom.Component{
			{Ref: bom.RefSubject, Kind: bom.KindModel, Group: "acme", Name: "m", Licenses: mit, Model: &bom.Model{Task: "text-generation", Parameters: 3000},
				Origins: []bom.Origin{{Reference: "upstream:pkg:huggingface/a/base", Verdict: bom.VerdictDeclaredOnly, Strength: bom.StrengthDeclared, Relation: "finetune"}}},
			{Ref: "part:language-model", Role: bom.RoleLanguageModel, Kind: bom.KindModel, Name: "m/language-model", Licenses: mit,
				Model: &bom.Model{Family: "llama", Parameters: 2000, Tensors: 20, Bytes: 4000, Layers: 2, DTypes: []bom.DTypeShare{{DType: "BF16", Parameters: 2000}}, WeightsDigest: digest1,
					Hyperparameters: []bom.Property{{Name: "hidden_size", Value: "64"}, {Name: "vocab_size", Value: "256"}}}},
			{Ref: "part:vision-encoder", Role: bom.RoleVisionEncoder, Kind: bom.KindModel, Name: "m/vision-encoder", Licenses: mit,
				Model: &bom.Model{Family: "siglip", Parameters: 1000, DTypes: []bom.DTypeShare{{DType: "F16", Parameters: 1000}}, WeightsDigest: digest2}},
			{Ref: "part:tokenizer", Role: bom.RoleTokenizer, Kind: bom.KindData, Name: "m/tokenizer",
				Properties: []bom.Property{{Name: tokensDigest, Value: digest1}, {Name: mergesDigest, Value: digest2}, {Name: vocabularyCount, Value: "250"}, {Name: addedCount, Value: "6"}, {Name: "modelbom:tokenizer:type", Value: "BPE"}}},
			file("a.safetensors", "weights", "safetensors", 1), file("b.safetensors", "weights", "safetensors", 2), file("tokenizer.json", "tokenizer", "", 3),
			file("README.md", "model-card", "", 4), file("config.json", "config", "", 5),
			{Ref: "upstream:pkg:huggingface/a/base", Kind: bom.KindModel, Group: "a", Name: "base", PURL: "pkg:huggingface/a/base"},
			{Ref: "dataset:x/y", Kind: bom.KindData, Role: bom.RoleDataset, Group: "x", Name: "y"},
		},
		Relationships: []bom.Relationship{
			{From: bom.RefSubject, Type: bom.Contains, To: "part:language-model"}, {From: bom.RefSubject, Type: bom.Contains, To: "part:vision-encoder"},
			{From: bom.RefSubject, Type: bom.Contains, To: "part:tokenizer"}, {From: bom.RefSubject, Type: bom.Contains, To: "file:README.md"},
			{From: bom.RefSubject, Type: bom.Contains, To: "file:config.json"}, {From: bom.RefSubject, Type: bom.DescendantOf, To: "upstream:pkg:huggingface/a/base", Note: "finetune"},
			{From: bom.RefSubject, Type: bom.TrainedOn, To: "dataset:x/y"}, {From: "part:language-model", Type: bom.Contains, To: "file:a.safetensors"},
			{From: "part:vision-encoder", Type: bom.Contains, To: "file:b.safetensors"}, {From: "part:tokenizer", Type: bom.Contains, To: "file:tokenizer.json"},
		},
		Gaps:         []bom.Gap{{Kind: bom.GapUnresolved, Path: "config.json", Reason: "a local path"}},
		Findings:     []bom.Finding{{Rule: "origin-undeclared", Severity: bom.SeverityMedium, Ref: "part:vision-encoder", Message: "nobody says so"}},
		Completeness: bom.Completeness{Assembly: bom.AggregateComplete, Lineage: bom.AggregateUnknown},
		Tools:        []bom.Tool{{Name: "modelbom", Version: "1"}},
	}
}

func clone(t testing.TB, d *bom.Document) *bom.Document {
	t.Helper()
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var c bom.Document
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	return &c
}

// with is the sample with one change.
func with(t testing.TB, f func(d *bom.Document)) *bom.Document {
	d := clone(t, sample())
	f(d)
	return d
}

func kinds(c *Changes) string {
	var out []string
	for _, x := range c.Changes {
		out = append(out, string(x.Kind)+" "+x.Name)
	}
	return strings.Join(out, ", ")
}
