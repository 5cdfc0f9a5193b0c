package modelcard

import (
	"errors"
	"fmt"
	"io"
	"strconv"
)

// A Tokenizer is what a tokenizer's own file holds: tokenizer.json, or one of
// vocab.json, vocab.txt, merges.txt and tokenizer.model. Counts are -1 where
// the file does not say.
type Tokenizer struct {
	Path string
	// Type is BPE, Unigram, WordPiece or WordLevel, as tokenizer.json and
	// SentencePiece name it; "tiktoken" for a rank file.
	Type Statement

	Vocabulary  int // entries of the vocabulary, without added tokens
	Merges      int
	AddedTokens int
	// Special holds the added tokens that are marked special, at most 256.
	Special []Statement

	// Normalizer and PreTokenizer are the types of these steps.
	Normalizer, PreTokenizer Statement

	// The digests are "sha256:..." over the tokens as UTF-8 text and empty
	// where the file holds no such list, where a limit stopped it, or where a
	// token is not text.

	// VocabularyDigest is over one line "ID<TAB>TOKEN<LF>" per token, in the
	// order of ids, then tokens.
	VocabularyDigest string
	// TokensDigest is over the tokens alone in the same order, joined by LF
	// with none at the end. The facts about known tokenizers have this form.
	TokensDigest string
	// MergesDigest is over the merges in file order, each as "A B", joined by
	// LF with none at the end.
	MergesDigest string

	// Sketch is what is kept of these lists for comparisons, nil where the file
	// holds none.
	Sketch *TokenizerSketch
}

const (
	// MaxTokenizerFile bounds tokenizer files, in bytes. They are read as a
	// stream; the largest known have 40 MB.
	MaxTokenizerFile = 512 << 20
	// MaxDigestTokens bounds the tokens of which digests are made: the ids of
	// a vocabulary come in any order, so it has to be held. The largest known
	// vocabularies have 260,000 to 1,000,000.
	MaxDigestTokens = 2_000_000
	// maxTokenText bounds the text of these tokens in bytes.
	maxTokenText = 64 << 20
	// maxToken bounds one token or merge in bytes. Real ones stay below 1,000.
	maxToken = 16 << 10
	// maxSpecial bounds the special tokens that are listed.
	maxSpecial = 256
)

// A tokenizerReader reads the sections of one tokenizer file.
type tokenizerReader struct {
	*scanner
	notes  *notes
	t      *Tokenizer
	vocab  vocabulary
	added  vocabulary // the added tokens, for the sketch
	merge  chain
	sketch Sketcher

	manySpecial bool // there are more than maxSpecial
}

func newTokenizer(path string) *Tokenizer {
	return &Tokenizer{Path: path, Vocabulary: -1, Merges: -1, AddedTokens: -1}
}

// ReadTokenizer reads a tokenizer.json in memory that does not grow with it,
// but for the vocabulary.
func ReadTokenizer(path string, r io.Reader) (*Tokenizer, []Problem, error) {
	d := newTokenizerReader(path, r)
	sections := 0
	err := d.object(func(key string, t token) error {
		sections++
		return d.section(key, t)
	})
	if err != nil && sections == 0 {
		return nil, nil, fmt.Errorf("read tokenizer: %w", err)
	}
	d.finish(err)
	return d.t, d.notes.problems(), nil
}

// ReadVocabularyJSON reads a vocab.json: an object from tokens to ids.
func ReadVocabularyJSON(path string, r io.Reader) (*Tokenizer, []Problem, error) {
	d := newTokenizerReader(path, r)
	t, err := d.next()
	if err == nil && t != tokenObject {
		err = errors.New("no object")
	}
	if err == nil {
		err = d.vocabulary(t)
	}
	if err == nil {
		_, err = d.next()
	}
	if err != nil && d.t.Vocabulary <= 0 {
		return nil, nil, fmt.Errorf("read vocabulary: %w", err)
	}
	d.finish(err)
	return d.t, d.notes.problems(), nil
}

func newTokenizerReader(path string, r io.Reader) *tokenizerReader {
	return &tokenizerReader{
		scanner: newScanner(r, MaxTokenizerFile, maxToken),
		notes:   &notes{path: path},
		t:       newTokenizer(path),
	}
}

// finish completes the digests of what was read up to err. Sections that err
// cut short get none.
func (d *tokenizerReader) finish(err error) {
	if err != nil {
		d.notes.add("", "read up to an error: %v", err)
		d.vocab.spoil()
		d.merge.spoil()
	}
	if d.t.Vocabulary >= 0 {
		d.vocab.finish(d.t, d.notes)
	}
	if d.t.Merges >= 0 {
		d.t.MergesDigest = d.merge.digest()
	}
	for _, special := range d.t.Special {
		d.sketch.Special(special.Value)
	}
	if d.merge.bad {
		d.sketch.NoMerges()
	}
	d.vocab.sketch(&d.sketch, &d.added)
	d.t.Sketch = d.sketch.Sketch(d.t.Type.Value)
}

// object reads the outermost object and calls f with every key and the first
// token of its value, which f must consume.
func (d *tokenizerReader) object(f func(key string, t token) error) error {
	t, err := d.next()
	if err != nil {
		return err
	}
	if t != tokenObject {
		return errors.New("no object")
	}
	if err := d.members(f); err != nil {
		return err
	}
	_, err = d.next()
	return err
}

// members calls f with every member of the object that was opened.
func (d *tokenizerReader) members(f func(key string, t token) error) error {
	for {
		t, err := d.next()
		if err != nil || t == tokenEnd {
			return err
		}
		key := string(d.text)
		if t, err = d.next(); err != nil {
			return err
		}
		if err := f(key, t); err != nil {
			return err
		}
	}
}

// items calls f with the first token of every item of the array that was
// opened.
func (d *tokenizerReader) items(f func(t token) error) error {
	for {
		t, err := d.next()
		if err != nil || t == tokenEnd {
			return err
		}
		if err := f(t); err != nil {
			return err
		}
	}
}

func (d *tokenizerReader) section(key string, t token) error {
	switch {
	case key == "model" && t == tokenObject:
		return d.members(d.model)
	case key == "added_tokens" && t == tokenArray:
		return d.addedTokens()
	case key == "normalizer" && t == tokenObject:
		return d.step(key, &d.t.Normalizer)
	case key == "pre_tokenizer" && t == tokenObject:
		return d.step(key, &d.t.PreTokenizer)
	case (key == "model" || key == "added_tokens") && t != tokenNull:
		d.notes.add(key, "not what a tokenizer has there")
	}
	return d.skip(t)
}

// step notes the type of a step and passes over its settings.
func (d *tokenizerReader) step(section string, to *Statement) error {
	return d.members(func(key string, t token) error {
		if key == "type" && t == tokenString {
			*to = d.statement(section + ".type")
		}
		return d.skip(t)
	})
}

func (d *tokenizerReader) model(key string, t token) error {
	switch {
	case key == "type" && t == tokenString:
		d.t.Type = d.statement("model.type")
	case key == "vocab" && (t == tokenObject || t == tokenArray):
		return d.vocabulary(t)
	case key == "merges" && t == tokenArray:
		return d.merges()
	case key == "vocab" || key == "merges" && t != tokenNull:
		d.notes.add("model."+key, "not what a tokenizer has there")
	}
	return d.skip(t)
}

// vocabulary reads an object from tokens to ids, or, of Unigram, an array of
// pairs of a token and its score, whose ids are their places.
func (d *tokenizerReader) vocabulary(t token) error {
	if d.t.Vocabulary >= 0 {
		d.notes.add("model.vocab", "the key is given more than once; the last value counts")
	}
	d.t.Vocabulary = 0
	d.vocab = vocabulary{}
	if t == tokenObject {
		return d.vocabularyObject()
	}
	return d.items(func(t token) error {
		id := d.t.Vocabulary
		d.t.Vocabulary++
		if t != tokenArray {
			d.vocab.spoilNote(d.notes, "an entry of the vocabulary is not a pair of a token and a score")
			return d.skip(t)
		}
		place := 0
		err := d.items(func(t token) error {
			if place == 0 && d.isToken(t) {
				d.vocab.add(uint32(id), d.text)
			} else if place == 0 {
				d.vocab.spoilNote(d.notes, "a token of the vocabulary is not a text of at most %d bytes", maxToken)
			}
			place++
			return d.skip(t)
		})
		if place == 0 {
			d.vocab.spoilNote(d.notes, "an entry of the vocabulary is empty")
		}
		return err
	})
}

// isToken reports whether the current token of the JSON is a whole text.
func (d *tokenizerReader) isToken(t token) bool {
	return (t == tokenString || t == tokenKey) && !d.cutText && !d.bad
}

func (d *tokenizerReader) vocabularyObject() error {
	var word []byte
	for {
		t, err := d.next()
		if err != nil || t == tokenEnd {
			return err
		}
		d.t.Vocabulary++
		whole := d.isToken(t)
		word = append(word[:0], d.text...)
		if t, err = d.next(); err != nil {
			return err
		}
		id, bad := uint64(0), t != tokenNumber
		if !bad {
			id, err = strconv.ParseUint(string(d.text), 10, 32)
			bad = err != nil
		}
		switch {
		case !whole:
			d.vocab.spoilNote(d.notes, "a token of the vocabulary is not a text of at most %d bytes", maxToken)
		case bad:
			d.vocab.spoilNote(d.notes, "the id of a token of the vocabulary is not a whole number")
		default:
			d.vocab.add(uint32(id), word)
		}
		if err := d.skip(t); err != nil {
			return err
		}
	}
}

// merges reads "A B" strings, or pairs as newer files have them.
func (d *tokenizerReader) merges() error {
	if d.t.Merges >= 0 {
		d.notes.add("model.merges", "the key is given more than once; the last value counts")
	}
	d.t.Merges = 0
	d.merge = chain{}
	d.sketch.restartMerges()
	var pair []byte
	return d.items(func(t token) error {
		d.t.Merges++
		if t == tokenString {
			d.addMerge(d.text, !d.isToken(t))
			return nil
		}
		if t != tokenArray {
			d.addMerge(nil, true)
			return d.skip(t)
		}
		pair = pair[:0]
		parts, bad := 0, false
		err := d.items(func(t token) error {
			if parts++; parts == 2 {
				pair = append(pair, ' ')
			}
			if parts > 2 || !d.isToken(t) {
				bad = true
				return d.skip(t)
			}
			pair = append(pair, d.text...)
			return nil
		})
		d.addMerge(pair, bad || parts != 2)
		return err
	})
}

func (d *tokenizerReader) addMerge(pair []byte, bad bool) {
	if bad && !d.merge.bad {
		d.notes.add("model.merges", "a merge is not a pair of texts of at most %d bytes", maxToken)
		d.merge.spoil()
	}
	d.merge.add(pair)
	if !d.merge.bad {
		d.sketch.Merge(pair)
	}
}

func (d *tokenizerReader) addedTokens() error {
	if d.t.AddedTokens >= 0 {
		d.notes.add("added_tokens", "the key is given more than once; the last value counts")
	}
	d.t.AddedTokens, d.t.Special, d.added = 0, nil, vocabulary{}
	var word []byte
	return d.items(func(t token) error {
		key := fmt.Sprintf("added_tokens[%d].content", d.t.AddedTokens)
		d.t.AddedTokens++
		if t != tokenObject {
			return d.skip(t)
		}
		var content Statement
		special, whole := false, false
		id, idErr := uint64(0), error(strconv.ErrSyntax)
		err := d.members(func(member string, t token) error {
			switch {
			case member == "content" && t == tokenString:
				content = d.statement(key)
				whole = d.isToken(t)
				word = append(word[:0], d.text...)
			case member == "id" && t == tokenNumber:
				id, idErr = strconv.ParseUint(string(d.text), 10, 32)
			case member == "special" && t == tokenBool:
				special = string(d.text) == "true"
			}
			return d.skip(t)
		})
		if whole && idErr == nil {
			d.added.add(uint32(id), word)
		} else {
			d.added.spoil()
		}
		switch {
		case !special || content.IsZero():
		case len(d.t.Special) < maxSpecial:
			d.t.Special = append(d.t.Special, content)
		case len(d.t.Special) == maxSpecial && !d.manySpecial:
			d.manySpecial = true
			d.notes.add("added_tokens", "more than %d special tokens, of which %d are read", maxSpecial, maxSpecial)
		}
		return err
	})
}

// statement makes a statement of the current text. An empty one states nothing.
func (d *tokenizerReader) statement(key string) Statement {
	if len(d.text) == 0 {
		return Statement{}
	}
	if d.cutText || len(d.text) > MaxValue {
		d.notes.add(key, "a value was cut to %d bytes", MaxValue)
	}
	if d.bad {
		d.notes.add(key, "the text holds bytes that are not text; they were replaced")
	}
	return Statement{d.notes.path, key, cut(string(d.text), MaxValue)}
}
