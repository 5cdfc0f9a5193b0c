package modelcard

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"slices"
	"strconv"
	"strings"
)

// A TokenizerSketch is what is kept of the lists of a tokenizer, so that it can
// be compared with others later: package fingerprint keeps it as a
// TokenizerPrint. It is the same for every file form of one tokenizer.
//
// To be the same, it is made of the whole map from ids to tokens, the
// vocabulary and the added tokens together, each pair once, in a common
// spelling: U+2581 is written as a space, as GGUF files have it in some tokens
// and SentencePiece in none; the bytes of a rank file are written as GPT-2's
// byte-level BPE writes them; GGUF's spelling of WordPiece is undone, and its
// filler "[PAD7]" for the unused id 7 left out (see [Sketcher.GGUFToken]).
type TokenizerSketch struct {
	// Type is BPE, Unigram, WordPiece, WordLevel or tiktoken, empty when the
	// file does not say.
	Type string
	// Tokens is the number of tokens in the map, -1 when it is not known or
	// could not be read in full. TokenMap is "sha256:..." over one line
	// "ID<TAB>TOKEN<LF>" for each, in the order of ids, then tokens.
	Tokens   int
	TokenMap string
	// TokenPrefixes holds the first 8 bytes, big-endian, of the SHA-256 over the
	// first SketchStep, 2*SketchStep, ... of these lines.
	TokenPrefixes []uint64
	// Sample holds the SketchSample tokens with the smallest hashes, or all, by
	// hash.
	Sample []TokenSample
	// Merges and MergePrefixes are the same of the merges in file order, each
	// as the line "A B<LF>".
	Merges        int
	MergePrefixes []uint64
	// Special are the special tokens, in the order of the file, at most 256.
	Special []string
}

// A TokenSample is one token of a sample: the first 8 bytes, big-endian, of the
// SHA-256 over its text, and its id, the smallest when it has several.
type TokenSample struct {
	Hash uint64
	ID   uint32
}

// Sizes of a sketch. Package fingerprint has the same.
const (
	// SketchStep is the number of tokens or merges between two prefixes.
	SketchStep = 1024
	// MaxSketchPrefixes bounds the prefixes of each list: 2^20 entries.
	MaxSketchPrefixes = 1024
	// SketchSample is the number of tokens in the sample.
	SketchSample = 1024
)

// A Sketcher makes a TokenizerSketch in one pass over a tokenizer, in memory
// that does not grow with it. The zero value is ready for use.
type Sketcher struct {
	tokens, merges     prefixes
	noTokens, noMerges bool // could not be read in full
	sample             sample
	text               []byte
	special            []string
}

// Token takes the next token of the map, in the order of ids, then tokens.
func (s *Sketcher) Token(id uint32, token []byte) {
	token = s.spell(token)
	s.tokens.lines = append(strconv.AppendUint(s.tokens.lines, uint64(id), 10), '\t')
	s.tokens.add(token)
	s.sample.add(token, id)
}

// spell writes U+2581 as a space.
func (s *Sketcher) spell(token []byte) []byte {
	at := bytes.Index(token, []byte(phantomSpace))
	if at < 0 {
		return token
	}
	s.text = s.text[:0]
	for at >= 0 {
		s.text = append(append(s.text, token[:at]...), ' ')
		token = token[at+len(phantomSpace):]
		at = bytes.Index(token, []byte(phantomSpace))
	}
	s.text = append(s.text, token...)
	return s.text
}

// phantomSpace is the sign for a space of SentencePiece, U+2581.
const phantomSpace = "\u2581"

// GGUFToken takes the next token of a GGUF file's list, whose
// tokenizer.ggml.model is kind. It undoes what the converter of llama.cpp
// does to tokens: of WordPiece ("bert"), "##ing" has become "ing" and "the"
// "▁the", while "[CLS]" stays; ids that have no token have got "[PAD<id>]".
func (s *Sketcher) GGUFToken(kind string, id uint32, token string) {
	if rest, ok := strings.CutPrefix(token, "[PAD"); ok && rest == strconv.FormatUint(uint64(id), 10)+"]" {
		return
	}
	if kind == "bert" {
		token = wordPiece(token)
	}
	s.Token(id, []byte(token))
}

func wordPiece(token string) string {
	if rest, ok := strings.CutPrefix(token, phantomSpace); ok {
		return rest
	}
	if strings.HasPrefix(token, "[") && strings.HasSuffix(token, "]") {
		return token
	}
	return "##" + token
}

// Merge takes the next merge as "A B".
func (s *Sketcher) Merge(pair []byte) {
	s.merges.add(pair)
}

// Special takes the next special token.
func (s *Sketcher) Special(token string) {
	if len(s.special) < maxSpecial {
		s.special = append(s.special, cut(strings.ToValidUTF8(token, "\uFFFD"), MaxValue))
	}
}

// NoTokens and NoMerges say that the list could not be read in full.
func (s *Sketcher) NoTokens() { s.noTokens = true }

// NoMerges is like NoTokens.
func (s *Sketcher) NoMerges() { s.noMerges = true }

// restartMerges forgets the merges taken so far.
func (s *Sketcher) restartMerges() { s.merges, s.noMerges = prefixes{}, false }

// Sketch returns the sketch of a tokenizer of the given type, nil when it would
// be empty. A list of which nothing was taken is not known.
func (s *Sketcher) Sketch(kind string) *TokenizerSketch {
	k := &TokenizerSketch{Type: kind, Tokens: -1, Merges: -1, Special: s.special}
	if !s.noTokens && s.tokens.n > 0 {
		k.Tokens, k.TokenMap, k.TokenPrefixes = s.tokens.n, s.tokens.digest(), s.tokens.sums
		k.Sample = s.sample.finish()
	}
	if !s.noMerges && s.merges.n > 0 {
		k.Merges, k.MergePrefixes = s.merges.n, s.merges.sums
	}
	if k.Tokens < 0 && k.Merges < 0 {
		return nil
	}
	return k
}

// GGUFTokenizerType is the type of a tokenizer by its tokenizer.ggml.model, as
// the types of tokenizer.json have it, empty for one that has no counterpart.
// "llama" is the BPE of SentencePiece.
func GGUFTokenizerType(model string) string {
	switch model {
	case "gpt2", "llama":
		return "BPE"
	case "bert":
		return "WordPiece"
	case "t5":
		return "Unigram"
	}
	return ""
}

// Join returns what two sketches of files of one tokenizer say together, such
// as vocab.json and merges.txt; either may be nil. Where both say something,
// s counts.
func (s *TokenizerSketch) Join(other *TokenizerSketch) *TokenizerSketch {
	if s == nil || other == nil {
		return cmp.Or(s, other)
	}
	joined := *s
	joined.Type = cmp.Or(s.Type, other.Type)
	if s.Tokens < 0 {
		joined.Tokens, joined.TokenMap, joined.TokenPrefixes, joined.Sample = other.Tokens, other.TokenMap, other.TokenPrefixes, other.Sample
	}
	if s.Merges < 0 {
		joined.Merges, joined.MergePrefixes = other.Merges, other.MergePrefixes
	}
	if len(s.Special) == 0 {
		joined.Special = other.Special
	}
	return &joined
}

// A prefixes is a digest of lines, with its state at every SketchStep of them.
type prefixes struct {
	hash  hash.Hash
	lines []byte // that are not hashed yet: one call for many is faster
	n     int
	sums  []uint64
}

// add completes a line with its text.
func (p *prefixes) add(text []byte) {
	p.lines = append(append(p.lines, text...), '\n')
	p.n++
	step := p.n%SketchStep == 0 && len(p.sums) < MaxSketchPrefixes
	if !step && len(p.lines) < 4096 {
		return
	}
	p.flush()
	if step {
		var sum [sha256.Size]byte
		p.sums = append(p.sums, binary.BigEndian.Uint64(p.hash.Sum(sum[:0])))
	}
}

func (p *prefixes) flush() {
	if p.hash == nil {
		p.hash = sha256.New()
	}
	p.hash.Write(p.lines)
	p.lines = p.lines[:0]
}

func (p *prefixes) digest() string {
	p.flush()
	return digest(p.hash)
}

// A sample is the smallest hashes of a set of tokens: a bottom-k sketch.
type sample struct {
	kept  []TokenSample // at most 2*SketchSample, unordered
	below uint64        // the largest hash that can still matter, when full
	full  bool
}

func (s *sample) add(token []byte, id uint32) {
	sum := sha256.Sum256(token)
	h := binary.BigEndian.Uint64(sum[:])
	if s.full && h >= s.below {
		return
	}
	s.kept = append(s.kept, TokenSample{h, id})
	if len(s.kept) == 2*SketchSample {
		s.shrink()
	}
}

// shrink drops what can no longer be among the smallest.
func (s *sample) shrink() {
	slices.SortFunc(s.kept, func(a, b TokenSample) int {
		return cmp.Or(cmp.Compare(a.Hash, b.Hash), cmp.Compare(a.ID, b.ID))
	})
	s.kept = slices.CompactFunc(s.kept, func(a, b TokenSample) bool { return a.Hash == b.Hash })
	if len(s.kept) >= SketchSample {
		s.kept = s.kept[:SketchSample]
		s.below, s.full = s.kept[SketchSample-1].Hash, true
	}
}

func (s *sample) finish() []TokenSample {
	s.shrink()
	return slices.Clone(s.kept)
}
