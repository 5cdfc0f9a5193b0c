package modelcard

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

// A TokenizerConfig is a tokenizer_config.json.
type TokenizerConfig struct {
	Path          string
	Class         Statement // tokenizer_class
	NameOrPath    Statement // name_or_path, or _name_or_path
	AutoMap       []CodeReference
	ChatTemplates []ChatTemplate
	// BOS, EOS and PAD are tokens, from a string or the content of an object.
	BOS, EOS, PAD Statement
	MaxLength     Statement // model_max_length
}

// A ChatTemplate is a Jinja template: a program that turns a conversation into
// the text that a model sees.
type ChatTemplate struct {
	Path, Key string
	// Name is "default" unless a list of templates names it.
	Name string
	// Text is the template, cut to MaxTemplate bytes.
	Text string
	// Digest is "sha256:..." over the whole template as UTF-8; for a file of
	// its own, over the file.
	Digest string
	Size   int64 // of the whole template in bytes
}

const (
	// MaxTemplate bounds the text that is kept of a template, in bytes. The
	// largest known have about 30 kB.
	MaxTemplate = 1 << 20
	// maxTemplates bounds the templates of one file.
	maxTemplates = 64
)

// ReadTokenizerConfig reads a tokenizer_config.json.
func ReadTokenizerConfig(path string, r io.Reader) (*TokenizerConfig, []Problem, error) {
	n := &notes{path: path}
	root, err := readJSON(n, r, object)
	if err != nil {
		return nil, nil, err
	}
	e := entry{value: root, notes: n}
	return &TokenizerConfig{
		Path:          path,
		Class:         e.text("tokenizer_class"),
		NameOrPath:    e.first("name_or_path", "_name_or_path"),
		AutoMap:       autoMap(e),
		ChatTemplates: chatTemplates(e.at("chat_template")),
		BOS:           specialToken(e, "bos_token"),
		EOS:           specialToken(e, "eos_token"),
		PAD:           specialToken(e, "pad_token"),
		MaxLength:     e.scalar("model_max_length"),
	}, n.problems(), nil
}

// ReadChatTemplateJSON reads a chat_template.json, an object with one template
// or a list of them.
func ReadChatTemplateJSON(path string, r io.Reader) ([]ChatTemplate, []Problem, error) {
	n := &notes{path: path}
	root, err := readJSON(n, r, object)
	if err != nil {
		return nil, nil, err
	}
	list := chatTemplates(entry{value: root, notes: n}.at("chat_template"))
	return append([]ChatTemplate{}, list...), n.problems(), nil
}

// ReadChatTemplate reads a template that is a file of its own, such as
// chat_template.jinja. The name is the base of the path without its extension
// for an additional template, else "default".
func ReadChatTemplate(path string, r io.Reader) (*ChatTemplate, []Problem, error) {
	n := &notes{path: path}
	h := sha256.New()
	var text bytes.Buffer
	size, err := io.Copy(io.MultiWriter(h, &head{&text, MaxTemplate}), &bounded{r, MaxFile})
	if err != nil && size == 0 {
		return nil, nil, fmt.Errorf("read chat template: %w", plainError(err))
	}
	t := &ChatTemplate{Path: path, Name: "default", Size: size}
	if dir, base := splitPath(path); strings.HasSuffix(dir, "additional_chat_templates") {
		t.Name = strings.TrimSuffix(base, ".jinja")
	}
	if err != nil {
		n.add("", "read up to an error: %v", plainError(err))
	} else {
		t.Digest = digest(h)
	}
	t.Text = templateText(n, "", text.String(), size)
	return t, n.problems(), nil
}

func splitPath(p string) (dir, base string) {
	i := strings.LastIndexByte(p, '/')
	return p[:max(i, 0)], p[i+1:]
}

// chatTemplates reads a template, or a list of objects with name and template.
func chatTemplates(e entry) []ChatTemplate {
	if e.value == nil {
		return nil
	}
	if e.kind != array {
		if t, ok := chatTemplate(e, "default"); ok {
			return []ChatTemplate{t}
		}
		return nil
	}
	var list []ChatTemplate
	for item := range e.items(maxTemplates) {
		if !item.is(object) {
			continue
		}
		if t, ok := chatTemplate(item.at("template"), cut(item.text("name").Value, maxKey)); ok {
			list = append(list, t)
		}
	}
	return list
}

func chatTemplate(e entry, name string) (ChatTemplate, bool) {
	if !e.is(text) {
		return ChatTemplate{}, false
	}
	whole := e.value.text
	sum := sha256.Sum256([]byte(whole))
	return ChatTemplate{
		Path:   e.notes.path,
		Key:    e.key,
		Name:   name,
		Text:   templateText(e.notes, e.key, whole, int64(len(whole))),
		Digest: "sha256:" + hex.EncodeToString(sum[:]),
		Size:   int64(len(whole)),
	}, true
}

func templateText(n *notes, key, text string, size int64) string {
	if size > MaxTemplate {
		n.add(key, "a template of %d bytes was cut to %d", size, MaxTemplate)
	}
	valid := strings.ToValidUTF8(cut(text, MaxTemplate), "\uFFFD")
	if size <= MaxTemplate && valid != text {
		n.add(key, "the text holds bytes that are not text; they were replaced")
	}
	return valid
}

// specialToken reads a token that is a string or an object with its content.
func specialToken(e entry, key string) Statement {
	if c := e.at(key); c.value != nil && c.kind == object {
		return c.text("content")
	}
	return e.text(key)
}

// A head keeps the first bytes that are written to it.
type head struct {
	to   *bytes.Buffer
	left int
}

func (h *head) Write(p []byte) (int, error) {
	n := min(len(p), h.left)
	h.left -= n
	h.to.Write(p[:n])
	return len(p), nil
}
