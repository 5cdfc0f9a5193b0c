// Package documents has bills of materials that were made up to test what shows
// them: one in which everything occurs, some of unusual size, and one in which
// every text is an attack.
package documents

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
)

// layers writes the evidence of n layers that drift from a reference with depth.
func layers(n, frozen int, drift float64, shift int) []bom.Evidence {
	var items []string
	for i := range n {
		switch {
		case i < frozen:
			items = append(items, fmt.Sprintf("%d>%d:1.000", i, i))
		case shift > 0 && i >= n-shift:
			items = append(items, fmt.Sprintf("%d>-", i))
		default:
			items = append(items, fmt.Sprintf("%d>%d:%.3f", i, i+shift, 1-drift*float64(i-frozen)/float64(n)))
		}
	}
	half := len(items) / 2
	return []bom.Evidence{
		{Technique: bom.BinaryAnalysis, Key: "matrices", Value: fmt.Sprintf("%d compared, 0 without a counterpart, 0 constant or small, 0 unread", 7*n), Confidence: 0.95},
		{Technique: bom.BinaryAnalysis, Key: "agreement", Value: "0.9412 of 1376256 sign bits (chance 0.5 ± 0.0004)", Confidence: 0.95},
		{Technique: bom.BinaryAnalysis, Key: "z", Value: "812.4, needed 8.8; overdispersion 1.31 from 2352 in-pair comparisons", Confidence: 0.95},
		{Technique: bom.BinaryAnalysis, Key: "frozen", Value: fmt.Sprintf("%.1f %%", 100*float64(frozen)/float64(n)), Confidence: 0.95},
		{Technique: bom.BinaryAnalysis, Key: "covered", Value: "99.9 % of the part, 98.2 % of the reference", Confidence: 0.95},
		{Technique: bom.BinaryAnalysis, Key: "layers:1", Value: strings.Join(items[:half], " "), Confidence: 0.95},
		{Technique: bom.BinaryAnalysis, Key: "layers:2", Value: strings.Join(items[half:], " "), Confidence: 0.95},
	}
}

const notPermission = "Weights do not tell which of two related models came first, nor whether there was permission."

func model(params int64, layers int) *bom.Model {
	return &bom.Model{Parameters: params, Tensors: 7*layers + 3, Bytes: 2 * params, Layers: layers, DTypes: []bom.DTypeShare{{DType: "BF16", Parameters: params}},
		Architecture: "LlamaForCausalLM", Family: "llama", WeightsDigest: "sha256:" + strings.Repeat("3fa9", 16)}
}

func declared(expression string) []bom.License {
	return []bom.License{{Expression: expression, Acknowledgement: bom.Declared, Evidence: []bom.Evidence{{Technique: bom.ManifestAnalysis, Path: "README.md", Key: "license"}}}}
}

// Showcase has every verdict, names of several scripts, licences with terms, and
// something in every section.
func Showcase() *bom.Document {
	community := append(declared("LicenseRef-llama3.1"), bom.License{Expression: "LicenseRef-llama3.1", Acknowledgement: bom.Concluded, Path: "LICENSE"})
	d := &bom.Document{
		Subject: "model", Phase: "post-build", Created: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC),
		Tools:   []bom.Tool{{Vendor: "modelbom", Name: "modelbom", Version: "0.4.0"}},
		Authors: []bom.Organization{{Name: "한국인공지능연구원", Country: "KR", URL: "https://example.kr/ai"}},
		Inputs: []bom.Input{{Kind: "catalogue", Name: "modelbom", Version: "2026-11-24", Digest: "sha256:" + strings.Repeat("a7", 32)},
			{Kind: "index", Name: "evaluation.db", Version: "modelbom-sketch/1", Digest: "sha256:" + strings.Repeat("5c", 32)}},
		Completeness: bom.Completeness{Assembly: bom.AggregateComplete, Lineage: bom.AggregateUnknown},
		Components: []bom.Component{
			{Ref: "model", Kind: bom.KindModel, Group: "national-ai", Name: "haneul-vlm-32b", Version: "2.0",
				Description: "A model that reads pictures and answers in Korean and English.",
				Supplier:    &bom.Organization{Name: "National AI Consortium", Country: "KR", URL: "https://example.kr"},
				PURL:        "pkg:huggingface/national-ai/haneul-vlm-32b@2.0", Licenses: community,
				Links: []bom.Link{{Type: "model-card", URL: "https://huggingface.co/national-ai/haneul-vlm-32b"}, {Type: "website", URL: "javascript:alert(1)"}},
				Properties: []bom.Property{{Name: "modelbom:licence:class", Value: "community-with-conditions"},
					{Name: "modelbom:licence:conclusion", Value: "LICENSE is the text of LicenseRef-llama3.1"},
					{Name: "modelbom:licence:term", Value: `LicenseRef-llama3.1 | naming | section 1.b.i | names of derivatives begin with "Llama"`},
					{Name: "modelbom:licence:term", Value: "LicenseRef-llama3.1 | threshold | section 2 | beyond 700 million monthly users another licence is needed"}},
				Model: &bom.Model{Task: "image-text-to-text", Family: "haneul", Architecture: "HaneulForConditionalGeneration", Parameters: 32_600_000_000, Tensors: 1127, Bytes: 65_200_000_000,
					DTypes:  []bom.DTypeShare{{DType: "BF16", Parameters: 32_600_000_000}},
					Metrics: []bom.Metric{{Type: "accuracy", Value: "0.713", Dataset: "KMMLU"}, {Type: "exact match", Value: "61.2", Dataset: "DocVQA"}}}},
			{Ref: "part:language-model", Kind: bom.KindModel, Role: bom.RoleLanguageModel, Model: model(31_200_000_000, 64), Licenses: declared("LicenseRef-llama3.1"),
				Properties: []bom.Property{{Name: "modelbom:licence:term", Value: "LicenseRef-llama3.1 | use-restrictions | section 1.b.iv | the acceptable use policy binds and is passed on"}},
				Origins: []bom.Origin{
					{Reference: "upstream:base", Verdict: bom.VerdictTrainedFrom, Strength: bom.StrengthStrong, Relation: "finetune", Limits: notPermission, Evidence: layers(64, 8, 0.12, 0),
						Sentence: "Language model: trained from acme/base-32b (language model). 448 of 448 matrices were compared; 94.1 % of 1,376,256 sampled signs agree (chance 50 ± 0.1 %), a correlation of 0.983. The weights moved by 14 % of their size; layers 0-7 are unchanged."},
					{Reference: "upstream:zh", Verdict: bom.VerdictRelatedDistant, Strength: bom.StrengthModerate, Limits: notPermission, Evidence: layers(64, 0, 0.46, 2),
						Sentence: "Language model: distantly related to 通义实验室/通义千问-32B; 61.9 % of the sampled signs agree."},
					{Reference: "upstream:declared", Verdict: bom.VerdictDeclaredOnly, Strength: bom.StrengthDeclared, Relation: "merge", Limits: "A declaration shows what the publisher says. It does not show where the bytes come from.",
						Sentence: "config.json (_name_or_path) names its origin; no bytes were compared.", Evidence: []bom.Evidence{{Technique: bom.ManifestAnalysis, Path: "config.json", Key: "_name_or_path", Value: "نموذج-اللغة/الأساسي", Confidence: 0.3}}},
				}},
			{Ref: "part:vision-encoder", Kind: bom.KindModel, Role: bom.RoleVisionEncoder, Model: model(632_000_000, 32), Licenses: declared("Apache-2.0"),
				Origins: []bom.Origin{{Reference: "upstream:vit", Verdict: bom.VerdictIdentical, Strength: bom.StrengthExact, Limits: notPermission, Evidence: layers(32, 32, 0, 0),
					Sentence: "Vision encoder: the weights are those of acme/vit-huge-14. 100 % of its bytes are equal, by digest."}}},
			{Ref: "part:vision-encoder:thumbnails", Kind: bom.KindModel, Role: bom.RoleVisionEncoder, Model: model(86_000_000, 12), Origins: []bom.Origin{{Reference: "upstream:vit", Verdict: bom.VerdictPartial, Strength: bom.StrengthStrong, Evidence: layers(12, 3, 0.4, 4), Limits: notPermission,
				Sentence: "Vision encoder (thumbnails): layers 0-7 continue layers 0-11 of acme/vit-huge-14; 4 layers are new."}}},
			{Ref: "part:audio-encoder", Kind: bom.KindModel, Role: bom.RoleAudioEncoder, Model: model(637_000_000, 32), Licenses: declared("MIT"),
				Origins: []bom.Origin{{Reference: "upstream:whisper", Verdict: bom.VerdictIdenticalValue, Strength: bom.StrengthExact, Sentence: "Audio encoder: the weights are those of openai/whisper-large-v3 (encoder), stored in another form.", Limits: notPermission}}},
			{Ref: "part:projector", Kind: bom.KindModel, Role: bom.RoleProjector, Model: model(41_000_000, 0),
				Origins: []bom.Origin{{Verdict: bom.VerdictUnknown, Strength: bom.StrengthWeak, Sentence: "Projector matches nothing that was searched.", Limits: "A model that is in no catalogue and no index cannot be named. Unknown is not original."}}},
			{Ref: "part:embedding", Kind: bom.KindModel, Role: bom.RoleEmbedding, Model: model(22_000_000, 6), Origins: []bom.Origin{{Verdict: bom.VerdictNotComparable, Sentence: "Embedding: there is no reference of its shape."}}},
			{Ref: "part:adapter", Kind: bom.KindModel, Role: bom.RoleAdapter, Model: model(9_000_000, 64), Origins: []bom.Origin{{Reference: "upstream:base", Verdict: bom.VerdictSharedInitialisation, Strength: bom.StrengthModerate, Sentence: "Adapter: started from the same random numbers.", Limits: "Derivation is not shown."}}},
			{Ref: "part:head", Kind: bom.KindModel, Role: bom.RoleHead, Model: model(4_000_000, 0), Origins: []bom.Origin{{Reference: "upstream:base", Verdict: bom.VerdictSameArchitecture, Strength: bom.StrengthStrong, Sentence: "Head: the same architecture; the weights show no relation.", Limits: "This does not exclude distillation."}}},
			{Ref: "part:other", Kind: bom.KindModel, Role: bom.RoleOther, Model: model(7_000_000, 4), Origins: []bom.Origin{{Reference: "upstream:vit", Verdict: bom.VerdictRequantised, Strength: bom.StrengthStrong, Sentence: "Other: a quantisation of acme/vit-huge-14.", Limits: notPermission}},
				Properties: []bom.Property{{Name: "modelbom:alternative", Value: "true"}}},
			{Ref: "part:tokenizer", Kind: bom.KindData, Role: bom.RoleTokenizer, Origins: []bom.Origin{{Reference: "upstream:base", Verdict: bom.VerdictIdenticalValue, Strength: bom.StrengthExact, Relation: "extended", Sentence: "Tokenizer: the vocabulary of acme/base-32b, with 12,000 tokens more.", Limits: "A common tokenizer says nothing about where weights come from."}}},
			{Ref: "part:chat-template", Kind: bom.KindData, Role: bom.RoleChatTemplate},
			{Ref: "part:processor", Kind: bom.KindData, Role: bom.RoleProcessor},
			{Ref: "upstream:base", Kind: bom.KindModel, Group: "acme", Name: "base-32b", PURL: "pkg:huggingface/acme/base-32b", Licenses: declared("LicenseRef-llama3.1"), Supplier: &bom.Organization{Name: "Acme", Country: "US"},
				Links: []bom.Link{{Type: "distribution", URL: "https://huggingface.co/acme/base-32b"}}},
			{Ref: "upstream:zh", Kind: bom.KindModel, Group: "通义实验室", Name: "通义千问-32B-指令微调版-二〇二六年十一月", Licenses: declared("Apache-2.0"), Supplier: &bom.Organization{Name: "通义实验室", Country: "CN"}},
			{Ref: "upstream:declared", Kind: bom.KindModel, Group: "نموذج-اللغة", Name: "الأساسي-الكبير"},
			{Ref: "upstream:vit", Kind: bom.KindModel, Group: "acme", Name: "vit-huge-14", Licenses: declared("Apache-2.0")},
			{Ref: "upstream:whisper", Kind: bom.KindModel, Group: "openai", Name: "whisper-large-v3", Licenses: declared("MIT")},
			{Ref: "dataset:ko", Kind: bom.KindData, Role: bom.RoleDataset, Group: "공공데이터", Name: "한국어-이미지-캡션", Licenses: declared("CC-BY-4.0"), Links: []bom.Link{{URL: "https://data.example.kr/captions"}}},
			{Ref: "file:modeling_haneul.py", Kind: bom.KindFile, Role: bom.RoleCode, Name: "modeling_haneul.py", File: &bom.File{Size: 48213, Role: "code"}, Hashes: []bom.Hash{{Algorithm: bom.SHA256, Value: strings.Repeat("0c", 32)}}},
			{Ref: "file:training_args.bin", Kind: bom.KindFile, Name: "training_args.bin", File: &bom.File{Size: 5432, Role: "other", Format: "torch"}, Properties: []bom.Property{{Name: "modelbom:code", Value: "import transformers.training_args TrainingArguments at byte 27"}}},
		},
		Relationships: []bom.Relationship{{From: "model", Type: bom.TrainedOn, To: "dataset:ko"}},
		Gaps: []bom.Gap{{Kind: bom.GapSkipped, Path: ".git", Reason: "version control is not followed"},
			{Kind: bom.GapAbsentWeights, Ref: "part:adapter", Path: "adapter-00002-of-00002.safetensors", Reason: "the index names it and it is not there"}},
		Findings: []bom.Finding{
			{Rule: "origin-undeclared", Severity: bom.SeverityMedium, Ref: "part:vision-encoder", Path: "model-00012-of-00014.safetensors", Message: "Nothing in the repository declares this origin. Vision encoder: the weights are those of acme/vit-huge-14."},
			{Rule: "origin-contradicted", Severity: bom.SeverityHigh, Ref: "part:head", Path: "config.json", Key: "_name_or_path", Message: "The declared origin was compared, and the weights show no relation to it."},
			{Rule: "origin-undeclared", Severity: bom.SeverityInfo, Ref: "part:tokenizer", Message: "Nothing in the repository declares this origin."}},
	}
	for i := 1; i <= 14; i++ {
		path := fmt.Sprintf("model-%05d-of-00014.safetensors", i)
		d.Components = append(d.Components, bom.Component{Ref: bom.Ref("file:" + path), Kind: bom.KindFile, Name: path, File: &bom.File{Size: 4_657_000_000, Role: "weights", Format: "safetensors"},
			Hashes: []bom.Hash{{Algorithm: bom.SHA256, Value: strings.Repeat(fmt.Sprintf("%02x", 17*i), 32), Asserted: i == 3}}})
	}
	d.Normalize()
	return d
}

// NextRound is the showcase an evaluation round later: the language model was
// trained on, an encoder comes from elsewhere, the tokenizer and the licence are
// others, and a file that runs code is gone.
func NextRound() *bom.Document {
	d := Showcase()
	d.Component("model").Version = "3.0"
	d.Component("model").Licenses = declared("Apache-2.0")
	d.Component("part:language-model").Model.WeightsDigest = "sha256:" + strings.Repeat("77c0", 16)
	vision := d.Component("part:vision-encoder")
	vision.Model.WeightsDigest = "sha256:" + strings.Repeat("19ab", 16)
	vision.Origins[0] = bom.Origin{Verdict: bom.VerdictUnknown, Strength: bom.StrengthWeak, Sentence: "Vision encoder matches nothing that was searched."}
	d.Component("part:tokenizer").Origins = nil
	d.Components = slices.DeleteFunc(d.Components, func(c bom.Component) bool { return c.Ref == "file:training_args.bin" })
	d.Gaps = d.Gaps[:1]
	return d
}

func OnePart() *bom.Document {
	return &bom.Document{Subject: "model", Components: []bom.Component{
		{Ref: "model", Kind: bom.KindModel, Name: "تجربة/نموذج-لغوي-صغير"},
		{Ref: "part:language-model", Kind: bom.KindModel, Role: bom.RoleLanguageModel, Origins: []bom.Origin{{Reference: "up", Verdict: bom.VerdictTrainedFrom, Strength: bom.StrengthStrong, Sentence: "Trained from 업스테이지/솔라-프로."}}},
		{Ref: "up", Kind: bom.KindModel, Group: "업스테이지", Name: "솔라-프로-한국어-대규모-언어-모델-이백오십억-매개변수-지시-조정-판"},
	}}
}

// ManyParts is a merge of many parts, with names without a place to break them.
func ManyParts(n int) *bom.Document {
	d := &bom.Document{Subject: "model", Components: []bom.Component{{Ref: "model", Kind: bom.KindModel, Name: strings.Repeat("long", 30)}}}
	verdicts := bom.Verdicts()
	for i := range n {
		up := bom.Ref(fmt.Sprintf("up:%d", i*i%23))
		if d.Component(up) == nil {
			d.Components = append(d.Components, bom.Component{Ref: up, Kind: bom.KindModel, Group: "group", Name: strings.Repeat(fmt.Sprintf("upstream%d", i), 1+i%5), Licenses: declared("MIT")})
		}
		o := bom.Origin{Reference: up, Verdict: verdicts[i%len(verdicts)], Strength: bom.StrengthStrong, Sentence: "A sentence."}
		if i == 7 {
			o.Evidence = layers(130, 10, 0.5, 0)
		}
		role := bom.Roles()[i%9]
		c := bom.Component{Ref: bom.Ref(fmt.Sprintf("part:%s:%d-%s", role, i, strings.Repeat("expert", 1+i%4))), Kind: bom.KindModel, Role: role, Model: model(int64(1+i)*1_000_000, i), Origins: []bom.Origin{o}}
		if i%5 == 0 {
			c.Origins = append(c.Origins, bom.Origin{Reference: "up:0", Verdict: bom.VerdictDeclaredOnly, Strength: bom.StrengthDeclared})
		}
		d.Components = append(d.Components, c)
	}
	return d
}

// Foreign is what tools for other software write: no parts, libraries.
func Foreign() *bom.Document {
	return &bom.Document{Subject: "root", Format: "cyclonedx-json@1.5", Components: []bom.Component{
		{Ref: "root", Kind: bom.KindApplication, Name: "service"},
		{Ref: "pkg:pypi/torch@2.9.1", Kind: bom.KindLibrary, Name: "torch", Version: "2.9.1", PURL: "pkg:pypi/torch@2.9.1", Licenses: []bom.License{{Name: "BSD-3-Clause"}}},
		{Ref: "pkg:pypi/numpy@2.2.6", Kind: bom.KindLibrary, Name: "numpy", Version: "2.2.6", PURL: "pkg:pypi/numpy@2.2.6"},
	}, Relationships: []bom.Relationship{{From: "root", Type: bom.DependsOn, To: "pkg:pypi/torch@2.9.1"}}}
}

func ManyFiles(n int) *bom.Document {
	d := &bom.Document{Subject: "model", Components: []bom.Component{{Ref: "model", Kind: bom.KindModel, Name: "many-files"}}}
	for i := range n {
		path := fmt.Sprintf("data/%02d/part-%05d.bin", i%100, i)
		d.Components = append(d.Components, bom.Component{Ref: bom.Ref("file:" + path), Kind: bom.KindFile, Name: path, File: &bom.File{Size: int64(i) * 1000, Role: "other"},
			Hashes: []bom.Hash{{Algorithm: bom.SHA256, Value: fmt.Sprintf("%064x", i)}}})
		d.Gaps = append(d.Gaps, bom.Gap{Kind: bom.GapUnreadFile, Path: path, Reason: "not understood"})
	}
	return d
}
