package inventory

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/format"
	"github.com/modelbom/modelbom/pkg/modelcard"
)

// maxTokenText bounds the bytes of one embedded token list that are read, with
// 8 bytes of length each. The largest known vocabularies have a million tokens
// of under ten bytes.
const maxTokenText = 64 << 20

// readEmbedded reads the tokenizer and the chat templates that a GGUF file
// carries (keys "tokenizer.*" of the GGUF specification).
func (b *builder) readEmbedded(f *File) {
	if tokens, ok := f.Header.Lookup("tokenizer.ggml.tokens"); ok && tokens.Array != nil {
		b.inv.Stated.Tokenizers[f.Path] = b.ggufTokenizer(f, tokens.Array)
	}
	if t := b.ggufTemplates(f); len(t) > 0 {
		b.inv.Stated.Templates[f.Path] = t
	}
}

// ggufTokenizer describes an embedded tokenizer. Its digests are over the lists
// as they stand in the file, joined by LF as modelcard.Tokenizer has it: all
// tokens in the order of their ids, with the added ones and padding, which the
// vocabulary of a tokenizer.json leaves out. The digest of the tokens is
// therefore equal between GGUF files, and to a tokenizer.json's only where that
// has no added tokens; the digest of the merges is the same in both.
func (b *builder) ggufTokenizer(f *File, tokens *format.Array) *modelcard.Tokenizer {
	t := &modelcard.Tokenizer{Path: f.Path, Vocabulary: int(tokens.Len), Merges: -1, AddedTokens: -1}
	if kind, ok := f.Header.Lookup("tokenizer.ggml.model"); ok && kind.Type == format.TypeString && kind.Text != "" {
		t.Type = modelcard.Statement{Path: f.Path, Key: kind.Key, Value: shortText(kind.Text)}
	}
	blob, err := b.repo.Open(b.ctx, f.Path)
	if err != nil {
		b.problem(bom.GapUnreadFile, f.Path, plain(err))
		return t
	}
	defer blob.Close()
	var sketch modelcard.Sketcher
	control := b.controlTokens(f, tokens, blob)
	t.TokensDigest = b.listDigest(f, "tokenizer.ggml.tokens", tokens, blob, func(id int, token string) {
		sketch.GGUFToken(t.Type.Value, uint32(id), token)
		if id < len(control) && control[id] {
			sketch.Special(token)
		}
	})
	if t.TokensDigest == "" {
		sketch.NoTokens()
	}
	if merges, ok := f.Header.Lookup("tokenizer.ggml.merges"); ok && merges.Array != nil {
		t.Merges = int(merges.Array.Len)
		var line []byte
		t.MergesDigest = b.listDigest(f, "tokenizer.ggml.merges", merges.Array, blob, func(_ int, merge string) {
			line = append(line[:0], merge...)
			sketch.Merge(line)
		})
		if t.MergesDigest == "" {
			sketch.NoMerges()
		}
	}
	t.Sketch = sketch.Sketch(modelcard.GGUFTokenizerType(t.Type.Value))
	return t
}

// ggufControl marks special tokens in tokenizer.ggml.token_type
// (LLAMA_TOKEN_TYPE_CONTROL of llama.cpp).
const ggufControl = 3

// controlTokens tells which tokens are special, as far as the file says.
func (b *builder) controlTokens(f *File, tokens *format.Array, r io.ReaderAt) []bool {
	const key = "tokenizer.ggml.token_type"
	kinds, ok := f.Header.Lookup(key)
	if !ok || kinds.Array == nil || kinds.Array.Len != tokens.Len || tokens.Len > modelcard.MaxDigestTokens {
		return nil
	}
	control := make([]bool, 0, tokens.Len)
	for kind, err := range kinds.Array.Ints(r) {
		if err != nil {
			b.problemf(bom.GapUnreadFile, f.Path, "%s: %s", key, plain(err))
			return nil
		}
		control = append(control, kind == ggufControl)
	}
	return control
}

// listDigest is the digest of a list of texts joined by LF, with none at the
// end, and empty when the list could not be read. It shows every text to each.
func (b *builder) listDigest(f *File, key string, list *format.Array, r io.ReaderAt, each func(int, string)) string {
	if list.Items != format.TypeString {
		b.problemf(bom.GapUnreadFile, f.Path, "%s: a list of %s, not of texts", key, list.Items)
		return ""
	}
	if list.Len > modelcard.MaxDigestTokens || list.Size > maxTokenText {
		b.problemf(bom.GapLimit, f.Path, "%s: no digest of a list of %d items in %d bytes; the limits are %d and %d",
			key, list.Len, list.Size, modelcard.MaxDigestTokens, maxTokenText)
		return ""
	}
	h := sha256.New()
	var line []byte
	n := 0
	for text, err := range list.Strings(r) {
		if err != nil {
			b.problemf(bom.GapUnreadFile, f.Path, "%s: %s", key, plain(err))
			return ""
		}
		line = line[:0]
		if n > 0 {
			line = append(line, '\n')
		}
		line = append(line, text...)
		h.Write(line)
		each(n, text)
		n++
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// maxTemplates bounds the templates that are taken from one file.
const maxTemplates = 64

const templateKey = "tokenizer.chat_template"

// ggufTemplates reads the default template and the named ones, whose keys are
// "tokenizer.chat_template.NAME".
func (b *builder) ggufTemplates(f *File) []modelcard.ChatTemplate {
	var list []modelcard.ChatTemplate
	for _, e := range f.Header.Metadata {
		name, ok := templateName(e.Key)
		if !ok || e.Type != format.TypeString || e.Text == "" {
			continue
		}
		if len(list) == maxTemplates {
			b.problemf(bom.GapLimit, f.Path, "more than %d chat templates, of which %d are read", maxTemplates, maxTemplates)
			break
		}
		list = append(list, b.ggufTemplate(f, e, name))
	}
	return list
}

func templateName(key string) (string, bool) {
	rest, ok := strings.CutPrefix(key, templateKey)
	if !ok || rest == "" {
		return "default", ok
	}
	name, ok := strings.CutPrefix(rest, ".")
	return shortText(name), ok && name != ""
}

func (b *builder) ggufTemplate(f *File, e format.Entry, name string) modelcard.ChatTemplate {
	sum := sha256.Sum256([]byte(e.Text))
	text := e.Text
	if len(text) > modelcard.MaxTemplate {
		b.problemf(bom.GapLimit, f.Path, "%s: a template of %d bytes was cut to %d", shortText(e.Key), len(text), modelcard.MaxTemplate)
		text = text[:modelcard.MaxTemplate]
	}
	return modelcard.ChatTemplate{Path: f.Path, Key: shortText(e.Key), Name: name, Text: strings.ToValidUTF8(text, "\uFFFD"),
		Digest: "sha256:" + hex.EncodeToString(sum[:]), Size: int64(len(e.Text))}
}

// maxShortText bounds names and kinds, in bytes. Real ones are single words.
const maxShortText = 256

func shortText(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), maxShortText)], "\uFFFD")
}

// tokenizerSum tells embedded tokenizers apart, and is empty for one that was
// not read to its end.
func tokenizerSum(t *modelcard.Tokenizer) string {
	if t == nil || t.TokensDigest == "" || t.Merges >= 0 && t.MergesDigest == "" {
		return ""
	}
	return fmt.Sprint(t.Type.Value, t.TokensDigest, t.MergesDigest)
}

func templatesSum(list []modelcard.ChatTemplate) string {
	var b strings.Builder
	for _, t := range list {
		fmt.Fprintf(&b, "%q %s\n", t.Name, t.Digest)
	}
	return b.String()
}
