package codec

import (
	"strings"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
)

// richDocument is a normalised document that uses every field of the neutral
// model at least once: a vision-language model with parts that share a shard,
// files with computed and asserted digests, upstreams, datasets, licences of
// every kind, origins with several evidences, gaps and findings. Every format
// must give it back unchanged, except for Serial and Format.
func richDocument() *bom.Document {
	d := &bom.Document{
		Subject:      bom.RefSubject,
		Completeness: bom.Completeness{Assembly: bom.AggregateComplete, Lineage: bom.AggregateIncomplete},
		Created:      time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Authors: []bom.Organization{{Name: "ACME Research", URL: "https://acme.example", Email: "bom@acme.example", Country: "KR"},
			{Name: "Kim Example", Email: "kim@acme.example", Person: true}},
		Tools: []bom.Tool{{Vendor: "modelbom", Name: "modelbom", Version: "0.1.0"}, {Name: "helper"}},
		Inputs: []bom.Input{
			{Kind: "catalogue", Name: "builtin", Version: "2026-01", Digest: "sha256:" + strings.Repeat("0a", 32)},
			{Kind: "index", Name: "team | one", Digest: "sha256:" + strings.Repeat("0b", 32)},
		},
		Phase:      "post-build",
		Properties: []bom.Property{{Name: "acme:round", Value: "2"}},
	}
	d.Components = append(richParts(), richOthers()...)
	d.Relationships = []bom.Relationship{
		{From: "model", Type: bom.Contains, To: "part:language-model"},
		{From: "model", Type: bom.Contains, To: "part:vision-encoder"},
		{From: "model", Type: bom.Contains, To: "part:tokenizer"},
		{From: "model", Type: bom.Contains, To: "file:model-00001-of-00001.safetensors"},
		{From: "model", Type: bom.Contains, To: "file:modeling_vlm.py"},
		{From: "part:tokenizer", Type: bom.Contains, To: "file:tokenizer.json"},
		{From: "part:tokenizer", Type: bom.HasDataFile, To: "file:tokenizer.json"},
		{From: "part:language-model", Type: bom.HasDataFile, To: "file:model-00001-of-00001.safetensors"},
		{From: "part:vision-encoder", Type: bom.HasDataFile, To: "file:model-00001-of-00001.safetensors", Note: "tensors 1-12"},
		{From: "model", Type: bom.DependsOn, To: "file:modeling_vlm.py"},
		{From: "model", Type: bom.DependsOn, To: "library:transformers"},
		{From: "part:language-model", Type: bom.DescendantOf, To: "upstream:pkg:huggingface/acme/base", Note: "finetune"},
		{From: "part:vision-encoder", Type: bom.DescendantOf, To: "upstream:pkg:huggingface/other/vit"},
		{From: "model", Type: bom.HasVariant, To: "upstream:pkg:huggingface/acme/vlm-gguf", Note: "quantized"},
		{From: "model", Type: bom.TrainedOn, To: "dataset:acme/pairs"},
		{From: "model", Type: bom.TestedOn, To: "dataset:acme/pairs", Note: "held-out split"},
		{From: "model", Type: "hasDocumentation", To: "file:modeling_vlm.py"},
	}
	d.Gaps = []bom.Gap{
		{Kind: bom.GapUnreadFile, Path: "notes.bin", Reason: `not recognised | "odd" \ bytes`},
		{Kind: bom.GapInexact, Ref: "part:vision-encoder", Reason: "parameters are rounded"},
	}
	d.Findings = []bom.Finding{
		{Rule: "undeclared-origin", Severity: bom.SeverityHigh, Ref: "part:vision-encoder", Path: "config.json",
			Key: "vision_config", Message: "the vision encoder's bytes are another model's"},
		{Rule: "no-licence-file", Severity: bom.SeverityInfo, Message: "no licence text"},
	}
	d.Attestations = richAttestations()
	d.Normalize()
	return d
}

// richAttestations are two, one of them by a third party, which share evidence.
func richAttestations() []bom.Attestation {
	seen := []bom.ClaimEvidence{{Property: "auditable.digests", Description: "All files have SHA-256 digests."}, {Property: "auditable.origin", Description: "Identical, by digest | \"exact\" <1>"}}
	return []bom.Attestation{
		{Assessor: bom.Organization{Name: "modelbom 0.5.0", URL: "https://modelbom.example"}, Summary: "The model passes.",
			Standard: bom.Standard{Name: "graded", Version: "1", Owner: "modelbom", Description: "Foreign parts may stay."},
			Requirements: []bom.Requirement{
				{ID: "auditable", Title: "Auditable", Text: "Readable & digests.", Conformance: &bom.Conformance{Score: 0.5, Rationale: "partly met"}, Claims: []bom.Claim{
					{Predicate: "is auditable", Reasoning: "all is read", Evidence: seen[:1]},
					{Ref: "part:language-model", Predicate: "is auditable", Reasoning: "origin verified", Evidence: seen},
					{Ref: "part:vision-encoder", Predicate: "is not auditable", Reasoning: "nobody stated the data", Counter: true},
				}},
				{ID: "replaceable", Conformance: &bom.Conformance{}},
				{ID: "tokenizer"},
			}},
		{Assessor: bom.Organization{Name: "Test Office", Email: "to@office.example", Country: "KR"}, ThirdParty: true, Standard: bom.Standard{Name: "house rules"},
			Requirements: []bom.Requirement{{ID: "auditable", Claims: []bom.Claim{{Ref: "part:tokenizer", Predicate: "is known", Evidence: seen[1:]}}}}},
	}
}

func richParts() []bom.Component {
	return []bom.Component{
		{
			Ref: bom.RefSubject, Kind: bom.KindModel, Group: "acme", Name: "vlm", Version: "0123456789abcdef0123456789abcdef01234567",
			Description: "A model that <sees> & reads — 시험.", PURL: "pkg:huggingface/acme/vlm@0123456789abcdef0123456789abcdef01234567",
			Copyright: "(c) 2026 ACME", Supplier: &bom.Organization{Name: "ACME", URL: "https://acme.example", Email: "info@acme.example", Country: "KR"},
			Licenses: []bom.License{
				{Expression: "Apache-2.0", Acknowledgement: bom.Declared},
				{Expression: "Apache-2.0 AND LicenseRef-llama3.1", Acknowledgement: bom.Concluded},
			},
			Links: []bom.Link{
				{Type: "model-card", URL: "https://hub.example/acme/vlm", Comment: "the card"},
				{Type: "arxiv", URL: "https://arxiv.example/abs/2601.00001"},
			},
			Model: &bom.Model{Task: "image-text-to-text", Family: "acme_vlm", Architecture: "AcmeForConditionalGeneration",
				Inputs: []string{"image", "text"}, Outputs: []string{"text"}, Parameters: 1_500, Tensors: 30,
				DTypes:  []bom.DTypeShare{{DType: "BF16", Parameters: 1_000}, {DType: "F32", Parameters: 500}},
				Metrics: []bom.Metric{{Type: "accuracy", Value: "0.81", Dataset: "acme/pairs"}, {Type: "bleu | 4", Value: "31.0"}}},
			Evidence:   []bom.Evidence{{Technique: bom.ManifestAnalysis, Path: "config.json", Key: "model_type", Value: "acme_vlm", Confidence: 0.9}},
			Properties: []bom.Property{{Name: "acme:team", Value: "vision"}, {Name: "acme:team", Value: "text"}},
		},
		{
			Ref: "part:language-model", Kind: bom.KindModel, Role: bom.RoleLanguageModel, Name: "vlm language-model",
			Licenses: []bom.License{{Expression: "LicenseRef-llama3.1", Name: "llama3.1", URL: "https://llama.example/license", Path: "LICENSE",
				Acknowledgement: bom.Concluded, Evidence: []bom.Evidence{
					{Technique: bom.ManifestAnalysis, Path: "README.md", Key: "license", Value: "llama3.1", Confidence: 1},
					{Technique: bom.HashComparison, Path: "LICENSE", Confidence: 0.5},
				}}},
			Model: &bom.Model{Family: "llama", Architecture: "LlamaForCausalLM", Quantization: "gptq", Parameters: 1_000, Tensors: 20, Bytes: 2_000, Layers: 4,
				Hyperparameters: []bom.Property{{Name: "hidden_size", Value: "64"}, {Name: "rope_theta", Value: "10000.0"}},
				DTypes:          []bom.DTypeShare{{DType: "BF16", Parameters: 1_000}}, WeightsDigest: "sha256:" + strings.Repeat("c1", 32)},
			Origins: []bom.Origin{
				{Reference: "upstream:pkg:huggingface/acme/base", Verdict: bom.VerdictTrainedFrom, Strength: bom.StrengthStrong, Relation: "finetune",
					Sentence: "The weights continue acme/base.", Limits: "Merges of equal share cannot be told apart.",
					Evidence: []bom.Evidence{
						{Technique: bom.ManifestAnalysis, Path: "README.md", Key: "base_model", Value: "acme/base", Confidence: 0.4},
						{Technique: bom.BinaryAnalysis, Path: "model-00001-of-00001.safetensors", Value: "18 of 20 tensors correlate", Confidence: 0.95},
						{Technique: bom.OtherTechnique},
					}},
				{Reference: "upstream:pkg:huggingface/other/vit", Verdict: bom.VerdictSameArchitecture, Strength: bom.StrengthWeak},
			},
		},
		{
			Ref: "part:vision-encoder", Kind: bom.KindModel, Role: bom.RoleVisionEncoder, Name: "vlm vision-encoder",
			Model: &bom.Model{Family: "vit", Parameters: 500, Tensors: 10, Layers: 2, DTypes: []bom.DTypeShare{{DType: "F32", Parameters: 500}}},
			Origins: []bom.Origin{{Reference: "upstream:pkg:huggingface/other/vit", Verdict: bom.VerdictIdentical, Strength: bom.StrengthExact,
				Evidence: []bom.Evidence{{Technique: bom.HashComparison, Value: "10 of 10 tensors", Confidence: 1}}}},
		},
		{
			Ref: "part:tokenizer", Kind: bom.KindData, Role: bom.RoleTokenizer, Name: "vlm tokenizer",
			Evidence: []bom.Evidence{
				{Technique: bom.Filename, Path: "tokenizer.json", Confidence: 1},
				{Technique: bom.ManifestAnalysis, Value: "BPE", Confidence: 0.7},
			},
			Origins: []bom.Origin{{Verdict: bom.VerdictUnknown, Strength: bom.StrengthWeak, Sentence: "Nothing that was searched matches.",
				Limits: "Unknown is not original.", Evidence: []bom.Evidence{{Technique: bom.OtherTechnique, Key: "searched", Value: "catalogue 1"}}}},
		},
	}
}

func richOthers() []bom.Component {
	return []bom.Component{
		{
			Ref: "file:model-00001-of-00001.safetensors", Kind: bom.KindFile, Name: "model-00001-of-00001.safetensors",
			Hashes: []bom.Hash{
				{Algorithm: bom.SHA256, Value: strings.Repeat("a1", 32)},
				{Algorithm: bom.SHA256, Value: strings.Repeat("b2", 32), Asserted: true},
				{Algorithm: bom.BLAKE3, Value: strings.Repeat("d4", 32)},
			},
			File: &bom.File{Size: 3_000, Format: "safetensors", Role: "weights"},
		},
		{
			Ref: "file:tokenizer.json", Kind: bom.KindFile, Name: "tokenizer.json",
			Hashes: []bom.Hash{{Algorithm: bom.SHA256, Value: strings.Repeat("e5", 32), Asserted: true}},
			File:   &bom.File{Size: 12, Role: "tokenizer", Absent: true},
		},
		{
			Ref: "file:modeling_vlm.py", Kind: bom.KindFile, Role: bom.RoleCode, Name: "modeling_vlm.py",
			Hashes:    []bom.Hash{{Algorithm: bom.SHA1, Value: strings.Repeat("f6", 20)}, {Algorithm: bom.SHA512, Value: strings.Repeat("07", 64)}},
			Copyright: "Copyright 2025 The Authors",
			Licenses: []bom.License{
				{Expression: "MIT", Acknowledgement: bom.Declared, URL: "https://mit.example/licence"},
				{Expression: "MIT OR Apache-2.0"},
				{Name: "a licence nobody knows"},
			},
			File: &bom.File{},
		},
		{Ref: "upstream:pkg:huggingface/acme/base", Kind: bom.KindModel, Group: "acme", Name: "base", PURL: "pkg:huggingface/acme/base",
			Licenses: []bom.License{{Expression: "OpenMDW-1.0", Acknowledgement: bom.Declared}}},
		{Ref: "upstream:pkg:huggingface/other/vit", Kind: bom.KindModel, Group: "other", Name: "vit", PURL: "pkg:huggingface/other/vit",
			Licenses: []bom.License{{Expression: "Apache-2.0 WITH LLVM-exception", Acknowledgement: bom.Declared}}},
		{Ref: "upstream:pkg:huggingface/acme/vlm-gguf", Kind: bom.KindModel, Group: "acme", Name: "vlm-gguf", PURL: "pkg:huggingface/acme/vlm-gguf"},
		{Ref: "dataset:acme/pairs", Kind: bom.KindData, Role: bom.RoleDataset, Group: "acme", Name: "pairs",
			Supplier: &bom.Organization{Name: "Data Office"},
			Links:    []bom.Link{{Type: "distribution", URL: "https://hub.example/datasets/acme/pairs"}}},
		{Ref: "library:transformers", Kind: bom.KindLibrary, Name: "transformers", Version: "4.57.0", PURL: "pkg:pypi/transformers@4.57.0"},
		{Ref: "robot", Kind: "hologram", Name: "a kind of another tool"},
	}
}
