package modelcard

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"slices"
	"strconv"
)

// A vocabulary collects tokens for the two digests over them. All text lies in
// one buffer, so that a token costs its text and 12 bytes.
type vocabulary struct {
	words []word
	text  []byte
	bad   bool // no digest can be made
	full  bool // because of a limit
}

type word struct {
	id, start, size uint32
}

func (v *vocabulary) add(id uint32, token []byte) {
	if len(v.words) == MaxDigestTokens || len(v.text)+len(token) > maxTokenText {
		v.spoil()
		v.full = true
	}
	if v.bad {
		return
	}
	v.words = append(v.words, word{id, uint32(len(v.text)), uint32(len(token))})
	v.text = append(v.text, token...)
}

// spoil gives up on the digests and the memory for them.
func (v *vocabulary) spoil() {
	v.bad, v.words, v.text = true, nil, nil
}

func (v *vocabulary) spoilNote(n *notes, format string, args ...any) {
	if !v.bad {
		n.add("model.vocab", format, args...)
	}
	v.spoil()
}

func (v *vocabulary) token(w word) []byte { return v.text[w.start:][:w.size] }

// finish writes the digests.
func (v *vocabulary) finish(t *Tokenizer, n *notes) {
	if v.full {
		n.add("model.vocab", "no digest of the vocabulary: more than %d tokens or %d bytes", MaxDigestTokens, maxTokenText)
	}
	if v.bad {
		return
	}
	v.sort()
	lines := sha256.New()
	var tokens chain
	var line []byte
	twice := 0
	for i, w := range v.words {
		if i > 0 && w.id == v.words[i-1].id {
			twice++
		}
		line = append(strconv.AppendUint(line[:0], uint64(w.id), 10), '\t')
		line = append(append(line, v.token(w)...), '\n')
		lines.Write(line)
		tokens.add(v.token(w))
	}
	if twice > 0 {
		n.add("model.vocab", "%d tokens have the id of another one", twice)
	}
	t.VocabularyDigest = digest(lines)
	t.TokensDigest = tokens.digest()
}

func (v *vocabulary) sort() {
	slices.SortFunc(v.words, func(a, b word) int {
		if a.id != b.id {
			return cmp.Compare(a.id, b.id)
		}
		return slices.Compare(v.token(a), v.token(b))
	})
}

// sketch gives s the tokens of v, which is sorted, together with the added
// ones. Many tokenizers have added tokens in the vocabulary as well; a pair that
// is in both counts once.
func (v *vocabulary) sketch(s *Sketcher, added *vocabulary) {
	if v.bad || added.bad || len(v.words) == 0 {
		s.NoTokens()
		return
	}
	added.sort()
	extra := added.words
	for _, w := range v.words {
		for len(extra) > 0 {
			order := cmp.Or(cmp.Compare(extra[0].id, w.id), slices.Compare(added.token(extra[0]), v.token(w)))
			if order > 0 {
				break
			}
			if order < 0 {
				s.Token(extra[0].id, added.token(extra[0]))
			}
			extra = extra[1:]
		}
		s.Token(w.id, v.token(w))
	}
	for _, w := range extra {
		s.Token(w.id, added.token(w))
	}
}

// only is the sketch of a file that holds nothing but a vocabulary.
func (v *vocabulary) only(kind string) *TokenizerSketch {
	var s Sketcher
	v.sketch(&s, &vocabulary{})
	return s.Sketch(kind)
}

// A chain is the digest of texts joined by LF.
type chain struct {
	hash hash.Hash
	line []byte
	bad  bool
}

func (c *chain) add(text []byte) {
	if c.bad {
		return
	}
	if c.hash == nil {
		c.hash = sha256.New()
	} else {
		c.line = append(c.line[:0], '\n')
	}
	c.line = append(c.line, text...)
	c.hash.Write(c.line)
}

func (c *chain) spoil() { c.bad = true }

func (c *chain) digest() string {
	if c.bad {
		return ""
	}
	if c.hash == nil {
		return digest(sha256.New())
	}
	return digest(c.hash)
}

func digest(h hash.Hash) string { return "sha256:" + hex.EncodeToString(h.Sum(nil)) }
