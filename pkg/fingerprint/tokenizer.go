package fingerprint

// A TokenizerPrint is the fingerprint of a tokenizer: enough to tell whether one
// vocabulary is another's, extends it, or merely overlaps with it.
type TokenizerPrint struct {
	// Type is BPE, Unigram, WordPiece, WordLevel or tiktoken, as far as known.
	Type string
	// Vocabulary and Merges are numbers of entries, -1 when not known.
	Vocabulary, Merges int
	// The digests are those of package modelcard: "sha256:...", or empty.
	VocabularyDigest, TokensDigest, MergesDigest string

	// What follows is a sketch of the whole map from ids to tokens, vocabulary
	// and added tokens together. It is the same for every file form of a
	// tokenizer, see modelcard.TokenizerSketch, which is made while the files are
	// read. Tokens is the number of tokens in the map, -1 when not known.
	Tokens int
	// TokenMap is "sha256:..." over the tokens in the order of ids, each as
	// "ID<TAB>TOKEN<LF>", empty when not known.
	TokenMap string
	// TokenPrefixes holds the first 8 bytes, big-endian, of a SHA-256 over the
	// first PrefixStep, 2*PrefixStep, ... of these lines; MergePrefixes the same
	// over merges in their order, each as "A B<LF>".
	TokenPrefixes, MergePrefixes []uint64
	// Sample holds the tokens with the smallest hashes, by hash: a bottom-k
	// sketch of the set of tokens, with the id of each. It is the whole set when
	// it has fewer than MaxTokenSample.
	Sample []TokenSample
	// Special are the tokens that are marked special, in file order.
	Special []string
}

// Sizes of a tokenizer's fingerprint.
const (
	// PrefixStep is the number of tokens or merges between two prefix digests.
	PrefixStep = 1024
	// MaxPrefixes bounds the prefix digests: 2^20 tokens.
	MaxPrefixes = 1024
	// MaxTokenSample is the number of tokens kept. The share of tokens that two
	// vocabularies have in common is known to about 1/sqrt(MaxTokenSample).
	MaxTokenSample = 1024
)

// A TokenSample is one token of a sample: the first 8 bytes, big-endian, of a
// SHA-256 over its UTF-8 text, and its id, the smallest when it has several.
type TokenSample struct {
	Hash uint64
	ID   uint32
}
