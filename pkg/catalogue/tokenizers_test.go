package catalogue

import (
	"slices"
	"testing"
)

// qwen3 is what package modelcard reads from models/tokenizer.json of
// pkg:npm/%40lenml/tokenizer-qwen3@3.7.2.
func qwen3() Facts {
	return Facts{
		Vocabulary: 151643, Merges: 151387, AddedTokens: 26,
		TokensDigest:     "sha256:36c3749fd3c87e2402f612459b45ae4e6ce5488a3ecde47a8a3ea3ed3d5dda5a",
		MergesDigest:     "sha256:bbeef245f0b03a9613753068e5799c2496290005594c68f09eed68feedbe6d1f",
		VocabularyDigest: "sha256:294d52383e1be97d722a640ba0ff9949303bab636a329e094a8c8f8d3b128387",
	}
}

func references(list []KnownTokenizer, match TokenizerMatch) []string {
	var out []string
	for _, k := range list {
		if k.Match == match {
			out = append(out, k.Reference)
		}
	}
	return out
}

func TestTokenizerExact(t *testing.T) {
	got := Tokenizer(qwen3())
	if len(got) == 0 || got[0].Match != Exact || got[0].Reference != "Qwen/Qwen3" || got[0].Form != "tokenizer.json" || got[0].Vocabulary != 151643 || len(got[0].Sources) == 0 {
		t.Fatalf("%+v", got)
	}
	// Fine-tuned models with this tokenizer are hints, after it.
	if hints := references(got, Hint); !slices.Contains(hints, "Qwen/Qwen3-14B") || !slices.Contains(hints, "NousResearch/Hermes-4-14B") {
		t.Errorf("hints %q", hints)
	}
	other := qwen3()
	other.MergesDigest = "sha256:" + "00" + other.MergesDigest[9:]
	if got := Tokenizer(other); got[0].Match != SameTokens {
		t.Errorf("other merges: %+v", got[0])
	}
	gguf := Facts{Vocabulary: 151936, Merges: 151387, MergesDigest: qwen3().MergesDigest, TokensDigest: "sha256:" + "11" + qwen3().TokensDigest[9:]}
	if got := Tokenizer(gguf); len(got) != 1 || got[0].Match != SameMerges || got[0].Reference != "Qwen/Qwen3" {
		t.Errorf("other tokens: %+v", got)
	}
}

// TestSharedTokenizer: the digest of a vocabulary that two models are known to
// have names both.
func TestSharedTokenizer(t *testing.T) {
	got := Tokenizer(Facts{TokensDigest: "sha256:8ab41f3993a61bbda2deeab757fd3c9e0fa1eee00e55a393d8a4fa6332cab276"})
	if refs := references(got, Exact); !slices.Equal(refs, []string{"EleutherAI/gpt-neox-20b", "mosaicml/mpt-7b"}) {
		t.Errorf("%q", refs)
	}
}

// TestMisnamedPackage: a package calls Mistral's tokenizer Llama 2's. The
// supplier's own file has the same tokens, 58,980 merges are Mistral's (Llama 2
// has 61,249).
func TestMisnamedPackage(t *testing.T) {
	got := Tokenizer(Facts{TokensDigest: "sha256:9667493c598ed599f14df3157cb9a6f373d49a1b2d99d98c79e937ff490d219b"})
	for _, k := range got {
		if k.Reference != "mistralai/Mistral-7B-v0.1" {
			t.Errorf("%+v", k)
		}
	}
	if len(got) != 2 {
		t.Errorf("%+v", got)
	}
}

func TestTokenizerHints(t *testing.T) {
	facts := Facts{Vocabulary: 151643, Merges: 151387, AddedTokens: 22} // Qwen2.5
	refs := references(Tokenizer(facts), Hint)
	if !slices.Contains(refs, "Qwen/Qwen2.5-7B-Instruct") || slices.Contains(refs, "Qwen/Qwen3-14B") || len(refs) < 10 {
		t.Errorf("%q", refs)
	}
	facts.FirstMerges = []string{"a b"}
	if got := Tokenizer(facts); got != nil {
		t.Errorf("other first merges: %+v", got)
	}
	for about, f := range map[string]Facts{
		"nothing":        {},
		"no merges":      {Vocabulary: 30522, Merges: -1, AddedTokens: 5},
		"only merges":    {Vocabulary: -1, Merges: 151387},
		"too few tokens": {Vocabulary: 100000, Merges: 151387, AddedTokens: 22},
		"bad digests":    {TokensDigest: "sha256:", MergesDigest: "x", VocabularyDigest: "-"},
	} {
		if got := Tokenizer(f); got != nil {
			t.Errorf("%s: %+v", about, got)
		}
	}
}
