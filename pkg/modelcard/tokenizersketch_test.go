package modelcard

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// numbered is a tokenizer.json of the tokens t0, t1, ... in any order, and the
// merges "t 0", "t 1", ...
func numbered(tokens, merges int) string {
	var vocab, list []string
	for i := range tokens {
		k := (i*7 + 3) % tokens
		vocab = append(vocab, fmt.Sprintf(`"t%d":%d`, k, k))
	}
	for i := range merges {
		list = append(list, fmt.Sprintf(`["t","%d"]`, i))
	}
	return `{"model":{"type":"BPE","vocab":{` + strings.Join(vocab, ",") + `},"merges":[` + strings.Join(list, ",") + `]}}`
}

// The wanted values were made with hashlib of Python:
//
//	lines = [f"{i}\tt{i}\n".encode() for i in range(3000)]
//	sha256(b"".join(lines[:1024])).digest()[:8]
//	sample = sorted((sha256(f"t{i}".encode()).digest()[:8].hex(), i) for i in range(3000))[:1024]
func TestSketch(t *testing.T) {
	got, _, err := ReadTokenizer("f", strings.NewReader(numbered(3000, 2048)))
	if err != nil {
		t.Fatal(err)
	}
	k := got.Sketch
	if k.Type != "BPE" || k.Tokens != 3000 || k.TokenMap != "sha256:f572ea57c5546e32ac83282d7775a3fee7a2bce8b6a5ffc622b4b6a177d8ff9c" || k.TokenMap != got.VocabularyDigest {
		t.Errorf("%q, %d tokens, %s", k.Type, k.Tokens, k.TokenMap)
	}
	if diff := cmp.Diff([]uint64{0x1b0c159b675ad778, 0x4cce27a08b4c10e5}, k.TokenPrefixes); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]uint64{0x47b3ebfe9d8f72d0, 0xd165becc334c3aa6}, k.MergePrefixes); diff != "" || k.Merges != 2048 {
		t.Error(k.Merges, diff)
	}
	var text strings.Builder
	for _, s := range k.Sample {
		fmt.Fprintf(&text, "%016x %d\n", s.Hash, s.ID)
	}
	sum := sha256.Sum256([]byte(text.String()))
	if hex.EncodeToString(sum[:]) != "e2a01bae544c8094713b06e4c488ddd1aaa4bb961a31d409b97d115f11886f3a" || k.Sample[0] != (TokenSample{0x0002f608ee534ba3, 2125}) {
		t.Errorf("sample of %d, first %+v", len(k.Sample), k.Sample[0])
	}
}

// Every file form of the tokens "!", " a", "é" and "<s>" has one sketch. " a" is
// byte-level "Ġa" in three of them and "▁a" in SentencePiece.
func TestSketchFormsAgree(t *testing.T) {
	type read func(string, io.Reader) (*Tokenizer, []Problem, error)
	rank := func(i int, s string) string {
		return base64.StdEncoding.EncodeToString([]byte(s)) + fmt.Sprintf(" %d\n", i)
	}
	added := `"added_tokens":[{"content":"<s>","id":3,"special":true},{"id":1,"content":"Ġa"}]`
	tests := []struct {
		name string
		read read
		in   string
	}{
		{"added before", ReadTokenizer, `{` + added + `,"model":{"vocab":{"!":0,"Ã©":2,"Ġa":1}}}`},
		{"added after", ReadTokenizer, `{"model":{"vocab":{"!":0,"Ã©":2,"Ġa":1}},` + added + `}`},
		{"added between", ReadTokenizer, `{"model":{"vocab":{"!":0,"Ã©":2,"<s>":3}},` + added + `}`},
		{"in the vocabulary", ReadTokenizer, `{"model":{"vocab":{"<s>":3,"Ġa":1,"!":0,"Ã©":2}}}`},
		{"vocab.json", ReadVocabularyJSON, `{"<s>":3,"Ġa":1,"!":0,"Ã©":2}`},
		{"vocab.txt", ReadVocabularyText, "!\nĠa\nÃ©\n<s>\n"},
		{"ranks", ReadTokenizerModel, rank(2, "é") + rank(0, "!") + rank(3, "<s>") + rank(1, " a")},
	}
	var first *TokenizerSketch
	for _, tt := range tests {
		got, problems, err := tt.read("f", strings.NewReader(tt.in))
		if err != nil || got.Sketch == nil {
			t.Fatalf("%s: %+v, %v", tt.name, got, err)
		}
		wantProblems(t, problems)
		got.Sketch.Type, got.Sketch.Special = "", nil
		if first == nil {
			first = got.Sketch
		}
		if diff := cmp.Diff(first, got.Sketch); diff != "" || got.Sketch.Tokens != 4 {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
	if first.TokenMap != "sha256:"+hexSum("0\t!\n1\tĠa\n2\tÃ©\n3\t<s>\n") {
		t.Error(first.TokenMap)
	}
}

func hexSum(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// The sign for a space is a space in the sketch, wherever it stands.
func TestSketchSpelling(t *testing.T) {
	a, _, _ := ReadVocabularyJSON("f", strings.NewReader(`{"▁a":0,"▁▁":1,"b▁":2,"c":3}`))
	b, _, _ := ReadVocabularyJSON("f", strings.NewReader(`{" a":0,"  ":1,"b ":2,"c":3}`))
	if diff := cmp.Diff(a.Sketch, b.Sketch); diff != "" || a.TokensDigest == b.TokensDigest {
		t.Error(diff)
	}
	if a.Sketch.TokenMap != "sha256:"+hexSum("0\t a\n1\t  \n2\tb \n3\tc\n") {
		t.Error(a.Sketch.TokenMap)
	}
}

// The letters of bytes are those that GPT-2's encoder.py gives.
func TestByteLetters(t *testing.T) {
	letters := byteLetters()
	for b, want := range map[byte]rune{0: 'Ā', '\n': 'Ċ', ' ': 'Ġ', '!': '!', '~': '~', 0x7f: 'ġ', 0xa0: 'ł', 0xa1: '¡', 0xad: 'Ń', 0xff: 'ÿ'} {
		if letters[b] != want {
			t.Errorf("byte %#x is %q, want %q", b, letters[b], want)
		}
	}
	seen := map[rune]bool{}
	for _, r := range letters {
		seen[r] = true
	}
	if len(seen) != 256 {
		t.Errorf("%d letters", len(seen))
	}
}

// What could not be read in full has no sketch, and what is not there is not
// known.
func TestSketchOfParts(t *testing.T) {
	tests := []struct {
		in             string
		tokens, merges int
	}{
		{`{"model":{"vocab":{"a":0,"b":-1},"merges":["a b"]}}`, -1, 1},
		{`{"model":{"vocab":{"a":0},"merges":["a b", 1]}}`, 1, -1},
		{`{"model":{"vocab":{"a":0},"merges":["a b"],"merges":["a b","c d"]}}`, 1, 2},
		{`{"model":{"vocab":{"a":0},"merges":[]},"added_tokens":[{"content":"b"}]}`, -1, -1},
		{`{"model":{"vocab":{"a":0}},"added_tokens":[{"id":1,"content":"b"}]}`, 2, -1},
		{`{"added_tokens":[{"id":1,"content":"b"}]}`, -1, -1},
		{`{"model":{"vocab":{"a":0`, -1, -1},
	}
	for _, tt := range tests {
		got, _, err := ReadTokenizer("f", strings.NewReader(tt.in))
		if err != nil {
			t.Fatal(err)
		}
		k := got.Sketch
		if k == nil {
			k = &TokenizerSketch{Tokens: -1, Merges: -1}
		}
		if k.Tokens != tt.tokens || k.Merges != tt.merges || (k.Tokens < 0) != (k.TokenMap == "") {
			t.Errorf("%s: %+v", tt.in, k)
		}
	}
}

func TestSketchJoin(t *testing.T) {
	vocab, _, _ := ReadVocabularyJSON("v", strings.NewReader(`{"a":0,"b":1,"ab":2}`))
	merges, _, _ := ReadMerges("m", strings.NewReader("a b"))
	whole, _, _ := ReadTokenizer("t", strings.NewReader(`{"model":{"vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}}`))
	for _, k := range []*TokenizerSketch{vocab.Sketch.Join(merges.Sketch), merges.Sketch.Join(vocab.Sketch), whole.Sketch.Join(nil), (*TokenizerSketch)(nil).Join(whole.Sketch)} {
		if diff := cmp.Diff(whole.Sketch, k); diff != "" {
			t.Error(diff)
		}
	}
}

// GGUF's filler is no token, and only where its number is its id.
func TestSketchGGUF(t *testing.T) {
	var got, want Sketcher
	for id, token := range []string{"[PAD]", "[PAD1]", "[PAD1]", "[PAD03]", "[PAD", "x"} {
		got.GGUFToken("gpt2", uint32(id), token)
		if id != 1 {
			want.Token(uint32(id), []byte(token))
		}
	}
	if diff := cmp.Diff(want.Sketch("BPE"), got.Sketch("BPE")); diff != "" {
		t.Error(diff)
	}
	for token, want := range map[string]string{"▁the": "the", "ing": "##ing", "[CLS]": "[CLS]", "▁[": "[", "]": "##]", "▁▁": "▁", "": "##"} {
		if w := wordPiece(token); w != want {
			t.Errorf("%q is %q, want %q", token, w, want)
		}
	}
}

// The smallest hashes are the same however many tokens come, and however often.
func TestSample(t *testing.T) {
	var once, thrice sample
	for i := range 5000 {
		once.add(fmt.Appendf(nil, "%d", i), uint32(i))
	}
	for i := range 15000 {
		thrice.add(fmt.Appendf(nil, "%d", i%5000), uint32(i))
	}
	if diff := cmp.Diff(once.finish(), thrice.finish()); diff != "" || len(once.kept) != SketchSample {
		t.Error(diff)
	}
	var few sample
	for range 10_000 {
		few.add([]byte("x"), 1)
	}
	if len(few.finish()) != 1 {
		t.Error(len(few.kept))
	}
}

// A sketch costs no memory that grows with the tokens.
func TestSketcherMemory(t *testing.T) {
	var s Sketcher
	token := []byte("▁token")
	n := uint32(0)
	allocs := testing.AllocsPerRun(200, func() {
		for range SketchStep {
			s.Token(n, token)
			s.Merge(token)
			n++
		}
	})
	if allocs > 4 {
		t.Errorf("%v allocations for %d tokens", allocs, SketchStep)
	}
	if !bytes.Equal(token, []byte("▁token")) {
		t.Error("the caller's token was changed")
	}
}
