package inventory

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/pkg/modelcard"
)

func sum(s string) string {
	h := sha256.Sum256([]byte(s))
	return "sha256:" + hex.EncodeToString(h[:])
}

func TestEmbeddedTokenizer(t *testing.T) {
	tokens := []string{"<s>", "\u0120the", "a\nb", "\xff\xfe", ""}
	metadata := []pair{{"general.architecture", "llama"}, {"tokenizer.ggml.model", "gpt2"}, {"tokenizer.ggml.tokens", tokens},
		{"tokenizer.ggml.merges", []string{"a b", "ab c"}}, {"tokenizer.chat_template", "{{ messages }}"}, {"tokenizer.chat_template.tool_use", "{{ tools }}"}}
	other := []pair{{"general.architecture", "llama"}, {"tokenizer.ggml.model", "gpt2"}, {"tokenizer.ggml.tokens", []string{"x"}}}
	inv := build(t, memory{
		"a.gguf": ggufFile(metadata, "token_embd.weight"), "b.gguf": ggufFile(metadata, "token_embd.weight", "output.weight"),
		"c.gguf": ggufFile(other, "token_embd.weight"), "vocab.gguf": ggufFile(metadata),
	})
	checkInvariants(t, inv)

	want := &modelcard.Tokenizer{Path: "a.gguf", Type: modelcard.Statement{Path: "a.gguf", Key: "tokenizer.ggml.model", Value: "gpt2"},
		Vocabulary: 5, Merges: 2, AddedTokens: -1, TokensDigest: sum(strings.Join(tokens, "\n")), MergesDigest: sum("a b\nab c")}
	noSketch := gocmp.FilterPath(func(p gocmp.Path) bool { return p.String() == "Sketch" }, gocmp.Ignore())
	if diff := gocmp.Diff(want, inv.Stated.Tokenizers["a.gguf"], noSketch); diff != "" {
		t.Errorf("tokenizer differs (-want +got):\n%s", diff)
	}
	if c := inv.Stated.Tokenizers["c.gguf"]; c.Merges != -1 || c.MergesDigest != "" || c.TokensDigest != sum("x") {
		t.Errorf("tokenizer without merges: %+v", c)
	}
	templates := []modelcard.ChatTemplate{
		{Path: "a.gguf", Key: "tokenizer.chat_template", Name: "default", Text: "{{ messages }}", Digest: sum("{{ messages }}"), Size: 14},
		{Path: "a.gguf", Key: "tokenizer.chat_template.tool_use", Name: "tool_use", Text: "{{ tools }}", Digest: sum("{{ tools }}"), Size: 11},
	}
	if diff := gocmp.Diff(templates, inv.Stated.Templates["a.gguf"]); diff != "" {
		t.Errorf("templates differ (-want +got):\n%s", diff)
	}

	// Files that carry the same tokenizer share one part.
	got := map[string]string{}
	for _, p := range inv.Parts {
		if p.Inside != "" {
			var names []string
			for _, f := range p.Files {
				names = append(names, f.Path)
			}
			got[ref(p)] = p.Inside + ": " + strings.Join(names, " ")
		}
	}
	parts := map[string]string{"tokenizer": "tokenizer.ggml: a.gguf b.gguf vocab.gguf", "tokenizer:c": "tokenizer.ggml: c.gguf",
		"chat-template": "tokenizer.chat_template: a.gguf b.gguf vocab.gguf"}
	if diff := gocmp.Diff(parts, got); diff != "" {
		t.Errorf("parts differ (-want +got):\n%s", diff)
	}
}

// TestEmbeddedSketch checks that the sketch of an embedded tokenizer is that of
// the same tokenizer's own file, with GGUF's filler and its spelling of
// WordPiece undone.
func TestEmbeddedSketch(t *testing.T) {
	bpe := `{"added_tokens":[{"id":3,"content":"<|end|>","special":true},{"id":4,"content":"<tool>","special":false}],
		"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}}`
	inv := build(t, memory{
		"tokenizer.json": []byte(bpe),
		"bpe.gguf": ggufFile([]pair{{"tokenizer.ggml.model", "gpt2"}, {"tokenizer.ggml.tokens", []string{"a", "b", "ab", "<|end|>", "<tool>", "[PAD5]"}},
			{"tokenizer.ggml.token_type", []int32{1, 1, 1, 3, 4, 5}}, {"tokenizer.ggml.merges", []string{"a b"}}}, "t"),
		"bert/vocab.txt": []byte("[CLS]\nthe\n##ing\n[PAD8]\n[\n"),
		"bert.gguf":      ggufFile([]pair{{"tokenizer.ggml.model", "bert"}, {"tokenizer.ggml.tokens", []string{"[CLS]", "\u2581the", "ing", "[PAD8]", "\u2581["}}}, "t"),
		"bad.gguf":       ggufFile([]pair{{"tokenizer.ggml.tokens", []string{"a"}}, {"tokenizer.ggml.token_type", []string{"x"}}}, "t"),
	})
	stated := inv.Stated.Tokenizers
	if diff := gocmp.Diff(stated["tokenizer.json"].Sketch, stated["bpe.gguf"].Sketch); diff != "" || stated["bpe.gguf"].Sketch.Special[0] != "<|end|>" {
		t.Errorf("BPE differs (-file +embedded):\n%s", diff)
	}
	stated["bert/vocab.txt"].Sketch.Type = "WordPiece"
	if diff := gocmp.Diff(stated["bert/vocab.txt"].Sketch, stated["bert.gguf"].Sketch); diff != "" {
		t.Errorf("WordPiece differs (-file +embedded):\n%s", diff)
	}
	if got := reasons(inv); len(got) != 1 || !strings.Contains(got[0], "bad.gguf: tokenizer.ggml.token_type") {
		t.Errorf("problems: %q", got)
	}
}

// TestTokenizerOutsideAndInside checks that an embedded tokenizer stays apart
// from one that has files of its own.
func TestTokenizerOutsideAndInside(t *testing.T) {
	inv := build(t, memory{
		"tokenizer.json":        []byte(`{"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}`),
		"tokenizer_config.json": []byte(`{"tokenizer_class":"X","chat_template":"{{ x }}"}`), "chat_template.jinja": []byte("{{ y }}"),
		"m.gguf": ggufFile([]pair{{"tokenizer.ggml.tokens", []string{"a"}}, {"tokenizer.chat_template", "{{ z }}"}}, "token_embd.weight"),
	})
	var got []string
	for _, p := range inv.Parts {
		if p.Set == nil {
			got = append(got, ref(p))
		}
	}
	want := []string{"tokenizer", "tokenizer:m", "chat-template", "chat-template:m", "chat-template:tokenizer_config"}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("parts differ (-want +got):\n%s", diff)
	}
}

func TestHostileEmbeddedTokenizer(t *testing.T) {
	long := strings.Repeat("x", modelcard.MaxTemplate+1)
	inv := build(t, memory{"a.gguf": ggufFile([]pair{{"tokenizer.ggml.tokens", make([]string, modelcard.MaxDigestTokens+1)},
		{"tokenizer.ggml.model", strings.Repeat("m", 5000)}, {"tokenizer.ggml.merges", "no list"}, {"tokenizer.chat_template", long}, {"tokenizer.chat_template.", "no name"}}, "t")})
	k := inv.Stated.Tokenizers["a.gguf"]
	if k.TokensDigest != "" || k.Vocabulary != modelcard.MaxDigestTokens+1 || k.Merges != -1 || len(k.Type.Value) != maxShortText {
		t.Errorf("tokenizer beyond the limits: %+v", k)
	}
	if got := inv.Stated.Templates["a.gguf"]; len(got) != 1 || len(got[0].Text) != modelcard.MaxTemplate || got[0].Digest != sum(long) || got[0].Size != int64(len(long)) {
		t.Errorf("%d templates", len(got))
	}
	if got := reasons(inv); len(got) < 2 || !strings.HasPrefix(got[1], "limit a.gguf: tokenizer.ggml.tokens: no digest of a list of 2000001 items") {
		t.Errorf("problems: %q", got)
	}
}
