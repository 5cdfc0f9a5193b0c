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
	// TokenPrefixes holds the first 8 bytes of a SHA-256 over the first
	// PrefixStep, 2*PrefixStep, ... tokens in the order of ids, each as
	// "ID<TAB>TOKEN<LF>"; MergePrefixes the same over merges, each as "A B<LF>".
	TokenPrefixes, MergePrefixes []uint64
	// Sample holds the tokens with the smallest hashes, by hash: a bottom-k
	// sketch of the set of tokens, with the id of each.
	Sample []TokenSample
	// Special are the added tokens that are marked special, in file order.
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

// A TokenSample is one token of a sample.
type TokenSample struct {
	Hash uint64 // of the token's UTF-8 text
	ID   uint32
}
