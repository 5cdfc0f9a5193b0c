package modelcard

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The digests of the three tokens "a", "b", "ab" in this order, and of the
// merge "a b", were made with sha256sum:
//
//	printf '0\ta\n1\tb\n2\tab\n' | sha256sum
//	printf 'a\nb\nab' | sha256sum
//	printf 'a b' | sha256sum
const (
	abVocabulary = "sha256:2ed8218530917861328a1c39c7a3fab608e6cda96d74b14dbb57e54551fbd1b7"
	abTokens     = "sha256:d38f3e4c9208492a37da956e6d83b849dbe936d60c5aa3c58604b34f01592b81"
	abMerges     = "sha256:c8687a08aa5d6ed2044328fa6a697ab8e96dc34291e8c2034ae8c38e6fcc6d65"
)

const smallTokenizer = `{
  "version": "1.0",
  "truncation": null,
  "added_tokens": [
    {"id": 3, "content": "<s>", "single_word": false, "special": true},
    {"id": 4, "content": "<tool>", "special": false}
  ],
  "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}]},
  "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
  "post_processor": null,
  "decoder": {"type": "ByteLevel"},
  "model": {
    "type": "BPE",
    "dropout": null,
    "vocab": {"ab": 2, "a": 0, "b": 1},
    "merges": ["a b"]
  }
}`

func TestReadTokenizer(t *testing.T) {
	got, problems, err := ReadTokenizer("f", strings.NewReader(smallTokenizer))
	if err != nil {
		t.Fatal(err)
	}
	wantProblems(t, problems)
	want := &Tokenizer{
		Path: "f", Type: st("model.type", "BPE"), Vocabulary: 3, Merges: 1, AddedTokens: 2,
		Special:    []Statement{st("added_tokens[0].content", "<s>")},
		Normalizer: st("normalizer.type", "Sequence"), PreTokenizer: st("pre_tokenizer.type", "ByteLevel"),
		VocabularyDigest: abVocabulary, TokensDigest: abTokens, MergesDigest: abMerges,
	}
	if diff := cmp.Diff(want, got, noSketch()); diff != "" {
		t.Error(diff)
	}
}

// noSketch leaves the sketch to tests of its own.
func noSketch() cmp.Option {
	return cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "Sketch" }, cmp.Ignore())
}

// The same vocabulary and merges have the same digests in every file that
// holds them.
func TestTokenizerFormsAgree(t *testing.T) {
	type read func(string, io.Reader) (*Tokenizer, []Problem, error)
	piece := func(text string) string {
		field := "\x0a" + string(rune(len(text))) + text + "\x15\x00\x00\x80\x3f"
		return "\x0a" + string(rune(len(field))) + field
	}
	sentencepiece := piece("a") + piece("b") + piece("ab") + "\x12\x04\x18\x02\x20\x03"
	tests := []struct {
		name  string
		read  read
		in    string
		kind  string
		vocab bool
		merge bool
	}{
		{"pairs", ReadTokenizer, `{"model": {"type": "BPE", "merges": [["a", "b"]], "vocab": {"a": 0, "b": 1, "ab": 2}}}`, "BPE", true, true},
		{"unigram", ReadTokenizer, `{"model": {"type": "Unigram", "vocab": [["a", 0.0], ["b", -1.5], ["ab", -2]]}}`, "Unigram", true, false},
		{"escapes", ReadTokenizer, `{"model": {"vocab": {"\u0061": 0, "b": 1, "a\u0062": 2}, "merges": ["\u0061 b"]}}`, "", true, true},
		{"vocab.json", ReadVocabularyJSON, `{"b": 1, "ab": 2, "a": 0}`, "", true, false},
		{"vocab.txt", ReadVocabularyText, "a\nb\nab\n", "", true, false},
		{"vocab.txt with CRLF", ReadVocabularyText, "a\r\nb\r\nab", "", true, false},
		{"merges.txt", ReadMerges, "#version: 0.2\na b\n", "", false, true},
		{"merges.txt, bare", ReadMerges, "a b", "", false, true},
		{"SentencePiece", ReadTokenizerModel, sentencepiece, "BPE", true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, problems, err := tt.read("f", strings.NewReader(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			wantProblems(t, problems)
			want := Tokenizer{Path: "f", Type: got.Type, Vocabulary: -1, Merges: -1, AddedTokens: -1}
			if tt.vocab {
				want.Vocabulary, want.VocabularyDigest, want.TokensDigest = 3, abVocabulary, abTokens
			}
			if tt.merge {
				want.Merges, want.MergesDigest = 1, abMerges
			}
			if diff := cmp.Diff(want, *got, noSketch()); diff != "" || got.Type.Value != tt.kind {
				t.Error(got.Type, diff)
			}
		})
	}
}

func TestTokenizerProblems(t *testing.T) {
	long := strings.Repeat("x", maxToken+1)
	tests := []struct {
		name, in      string
		vocab, merges int
		problem       string
	}{
		{"truncated", smallTokenizer[:strings.Index(smallTokenizer, `, "b": 1}`)], 2, -1, "ends too early"},
		{"id is a string", `{"model": {"vocab": {"a": "0", "b": 1}}}`, 2, -1, "not a whole number"},
		{"negative id", `{"model": {"vocab": {"a": -1}}}`, 1, -1, "not a whole number"},
		{"large id", `{"model": {"vocab": {"a": 4294967296}}}`, 1, -1, "not a whole number"},
		{"id is a list", `{"model": {"vocab": {"a": [[0]], "b": {"c": 1}}}}`, 2, -1, "not a whole number"},
		{"long token", `{"model": {"vocab": {"` + long + `": 1}}}`, 1, -1, "not a text of at most"},
		{"not UTF-8", "{\"model\": {\"vocab\": {\"\xff\": 1}}}", 1, -1, "not a text of at most"},
		{"same id", `{"model": {"vocab": {"a": 1, "b": 1}}}`, 2, -1, "1 tokens have the id of another"},
		{"vocabulary is a string", `{"model": {"vocab": "x"}}`, -1, -1, "model.vocab: not what a tokenizer has"},
		{"unigram items", `{"model": {"vocab": [["a", 0], 5, [], [1]]}}`, 4, -1, "not a pair of a token and a score"},
		{"merge of three", `{"model": {"merges": [["a", "b", "c"]]}}`, -1, 1, "a merge is not a pair"},
		{"merge is a number", `{"model": {"merges": [1, "a b"]}}`, -1, 2, "a merge is not a pair"},
		{"two vocabularies", `{"model": {"vocab": {"a": 0}, "vocab": {"b": 0, "c": 1}}}`, 2, -1, "more than once"},
		{"model is a list", `{"model": [1]}`, -1, -1, "model: not what a tokenizer has"},
		{"deep", `{"normalizer": ` + strings.Repeat(`{"a":`, 100), -1, -1, "nested deeper"},
		{"trailing", `{"model": {"vocab": {"a": 0}}} x`, 1, -1, "more after the end"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, problems, err := ReadTokenizer("f", strings.NewReader(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			wantProblems(t, problems, tt.problem)
			if got.Vocabulary != tt.vocab || got.Merges != tt.merges {
				t.Errorf("vocabulary %d, merges %d, want %d, %d", got.Vocabulary, got.Merges, tt.vocab, tt.merges)
			}
			if tt.name != "same id" && tt.name != "two vocabularies" && got.VocabularyDigest != "" {
				t.Errorf("a digest of something that is not whole: %s", got.VocabularyDigest)
			}
		})
	}
}

func TestTokenizerErrors(t *testing.T) {
	for _, in := range []string{"", "{", "[]", "x", "\x00", `"a"`, "{x"} {
		if got, _, err := ReadTokenizer("f", strings.NewReader(in)); err == nil {
			t.Errorf("%q gave %+v", in, got)
		}
		if got, _, err := ReadVocabularyJSON("f", strings.NewReader(in)); err == nil {
			t.Errorf("%q gave the vocabulary %+v", in, got)
		}
		if got, _, err := ReadTokenizerModel("f", strings.NewReader(in)); err == nil {
			t.Errorf("%q gave the model %+v", in, got)
		}
	}
	for _, in := range []string{"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "\x0a\x80", "\x0a\x05ab", "\x0b"} {
		if got, _, err := ReadTokenizerModel("f", strings.NewReader(in)); err == nil {
			t.Errorf("%q gave the model %+v", in, got)
		}
	}
}

// A tokenizer with more than MaxDigestTokens tokens is counted in bounded
// memory and has no digest.
func TestTokenizerWithManyTokens(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 40 MB")
	}
	const n = MaxDigestTokens + 1000
	r, w := io.Pipe()
	go func() {
		var b bytes.Buffer
		b.WriteString(`{"model": {"type": "BPE", "vocab": {"x": 0`)
		for i := 1; i < n; i++ {
			fmt.Fprintf(&b, `, "t%d": %d`, i, i)
			if b.Len() > 1<<16 {
				w.Write(b.Bytes())
				b.Reset()
			}
		}
		b.WriteString("}}}")
		w.Write(b.Bytes())
		w.Close()
	}()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, problems, err := ReadTokenizer("f", r)
	runtime.ReadMemStats(&after)
	if err != nil || got.Vocabulary != n || got.VocabularyDigest != "" || got.TokensDigest != "" {
		t.Errorf("%+v, %v", got, err)
	}
	wantProblems(t, problems, "no digest of the vocabulary")
	if grown := after.Sys - min(before.Sys, after.Sys); grown > 400<<20 {
		t.Errorf("took %d MB from the system", grown>>20)
	}
}

func TestTiktoken(t *testing.T) {
	got, problems, err := ReadTokenizerModel("f", strings.NewReader("IQ== 0\nIg== 1\nnot base64 2\nIw== x\nJA== 2"))
	if err != nil {
		t.Fatal(err)
	}
	wantProblems(t, problems, "2 lines are not a token")
	if got.Vocabulary != 3 || got.Type.Value != "tiktoken" {
		t.Errorf("%+v", got)
	}
}

// A SentencePiece field that promises more than is there does not cost more.
func TestSentencePieceHostile(t *testing.T) {
	whole := "\x0a\x03\x0a\x01a"
	for _, size := range []uint64{10, 1 << 20, 1 << 29, 1<<63 - 1, 1<<64 - 1} {
		in := whole + "\x0a" + string(binary.AppendUvarint(nil, size))
		got, problems, err := ReadTokenizerModel("f", strings.NewReader(in))
		if err != nil || got.Vocabulary != 1 || got.VocabularyDigest != "" || len(problems) != 1 {
			t.Errorf("size %d: %+v, %q, %v", size, got, problems, err)
		}
	}
}

const smallTokenizerConfig = `{
  "tokenizer_class": "AcmeTokenizer",
  "name_or_path": "acme/base",
  "bos_token": "<s>",
  "eos_token": {"__type": "AddedToken", "content": "</s>", "lstrip": false},
  "pad_token": null,
  "model_max_length": 1000000000000000019884624838656,
  "auto_map": {"AutoTokenizer": ["acme/code--tok.AcmeTokenizer", null]},
  "chat_template": [{"name": "default", "template": "{{ x }}"}, {"name": "rag", "template": "{{ y }}"}]
}`

func TestReadTokenizerConfig(t *testing.T) {
	got, problems, err := ReadTokenizerConfig("f", strings.NewReader(smallTokenizerConfig))
	if err != nil {
		t.Fatal(err)
	}
	wantProblems(t, problems)
	want := &TokenizerConfig{
		Path: "f", Class: st("tokenizer_class", "AcmeTokenizer"), NameOrPath: st("name_or_path", "acme/base"),
		BOS: st("bos_token", "<s>"), EOS: st("eos_token.content", "</s>"),
		MaxLength: st("model_max_length", "1000000000000000019884624838656"),
		AutoMap:   []CodeReference{{st("auto_map.AutoTokenizer[0]", "acme/code--tok.AcmeTokenizer"), "AcmeTokenizer", "tok.py", "acme/code"}},
		ChatTemplates: []ChatTemplate{
			{"f", "chat_template[0].template", "default", "{{ x }}", xTemplate, 7},
			{"f", "chat_template[1].template", "rag", "{{ y }}", yTemplate, 7},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// printf '{{ x }}' | sha256sum
const (
	xTemplate = "sha256:e52c737297f7dad622da7e58f5a16e7437f2716daccb4da859fc567ccd75c9a4"
	yTemplate = "sha256:a627088fa8d19b3d951b98af770dfaaa8ba5f1f668b3cf5baf47c33164fd274c"
)

func TestChatTemplates(t *testing.T) {
	list, problems, err := ReadChatTemplateJSON("f", strings.NewReader(`{"chat_template": "{{ x }}"}`))
	if err != nil || len(list) != 1 || list[0].Digest != xTemplate || len(problems) != 0 {
		t.Errorf("%+v, %q, %v", list, problems, err)
	}
	one, problems, err := ReadChatTemplate("chat_template.jinja", strings.NewReader("{{ x }}"))
	if err != nil || *one != (ChatTemplate{"chat_template.jinja", "", "default", "{{ x }}", xTemplate, 7}) || len(problems) != 0 {
		t.Errorf("%+v, %q, %v", one, problems, err)
	}
	one, _, _ = ReadChatTemplate("additional_chat_templates/rag.jinja", strings.NewReader("x"))
	if one.Name != "rag" {
		t.Errorf("name is %q", one.Name)
	}
	one, problems, err = ReadChatTemplate("f", repeated("é", MaxTemplate+2))
	if err != nil || one.Size != MaxTemplate+2 || len(one.Text) > MaxTemplate || one.Digest == "" {
		t.Errorf("%d bytes, %d kept, %v", one.Size, len(one.Text), err)
	}
	wantProblems(t, problems, "was cut to 1048576")
	one, problems, err = ReadChatTemplate("f", repeated("x", MaxFile+1))
	if err != nil || one.Digest != "" {
		t.Errorf("digest %q of something that was not read to its end, %v", one.Digest, err)
	}
	wantProblems(t, problems, "larger than the limit", "was cut")
	_, problems, err = ReadTokenizerConfig("f", strings.NewReader(`{"chat_template": [1, {"name": "x"}, {"name": 5, "template": "y"}, {"template": {}}]}`))
	if err != nil {
		t.Error(err)
	}
	wantProblems(t, problems, "chat_template[0]: a number", "chat_template[2].name: a number", "chat_template[3].template: an object")
}

func FuzzReadTokenizer(f *testing.F) {
	f.Add([]byte(smallTokenizer))
	f.Add([]byte(`{"model": {"type": "Unigram", "vocab": [["a", 0.0], ["b", -1.5]], "merges": [["a", "b"]]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		checkTokenizer(t, ReadTokenizer, data)
		checkTokenizer(t, ReadVocabularyJSON, data)
	})
}

func FuzzReadTokenizerModel(f *testing.F) {
	f.Add([]byte("\x0a\x08\x0a\x01a\x15\x00\x00\x80\x3f\x12\x04\x18\x02\x20\x03"))
	f.Add([]byte("IQ== 0\nIg== 1\n"))
	f.Add([]byte("#version: 0.2\na b\r\nb c"))
	f.Fuzz(func(t *testing.T, data []byte) {
		checkTokenizer(t, ReadTokenizerModel, data)
		checkTokenizer(t, ReadVocabularyText, data)
		checkTokenizer(t, ReadMerges, data)
	})
}

func checkTokenizer(t *testing.T, read func(string, io.Reader) (*Tokenizer, []Problem, error), data []byte) {
	t.Helper()
	got, problems, err := read("f", bytes.NewReader(data))
	if (got == nil) == (err == nil) {
		t.Fatalf("%v, %v", got, err)
	}
	if err != nil {
		return
	}
	checkAll(t, got, problems)
	if max(got.Vocabulary, got.Merges, got.AddedTokens) > len(data)+1 {
		t.Fatalf("%+v in %d bytes", got, len(data))
	}
	if (got.VocabularyDigest == "") != (got.TokensDigest == "") || got.Vocabulary < 0 && got.TokensDigest != "" {
		t.Fatalf("%+v", got)
	}
	if k := got.Sketch; k != nil {
		if k.Tokens < 0 && k.Merges < 0 || k.Tokens >= 0 && (len(k.Sample) == 0 || len(k.Sample) > k.Tokens || k.TokenMap == "") ||
			k.Tokens >= 0 && got.VocabularyDigest == "" && got.Type.Value != "tiktoken" || k.Merges >= 0 && got.MergesDigest == "" {
			t.Fatalf("%+v of %+v", k, got)
		}
	}
	if got.Vocabulary > 0 && got.VocabularyDigest == "" && len(problems) == 0 && got.Type.Value != "tiktoken" {
		t.Fatalf("no digest and no problem: %+v", got)
	}
}

func FuzzReadTokenizerConfig(f *testing.F) {
	f.Add([]byte(smallTokenizerConfig))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, problems, err := ReadTokenizerConfig("f", bytes.NewReader(data))
		if (c == nil) == (err == nil) {
			t.Fatalf("%v, %v", c, err)
		}
		checkAll(t, c, problems)
		list, problems, err := ReadChatTemplateJSON("f", bytes.NewReader(data))
		if (list == nil) == (err == nil) {
			t.Fatalf("%v, %v", list, err)
		}
		checkAll(t, list, problems)
	})
}
