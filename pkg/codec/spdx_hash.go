package codec

import (
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// An spdxHash is a digest algorithm in its three spellings: CycloneDX's, which
// the neutral model uses, SPDX 2.3's and SPDX 3.0.1's.
type spdxHash struct {
	neutral bom.HashAlgorithm
	v2, v3  string
}

// spdxHashes is an array, which costs no allocation for every digest.
func spdxHashes() [18]spdxHash {
	return [...]spdxHash{
		{bom.SHA1, "SHA1", "sha1"},
		{bom.SHA256, "SHA256", "sha256"},
		{bom.SHA512, "SHA512", "sha512"},
		{bom.BLAKE3, "BLAKE3", "blake3"},
		{"SHA-224", "SHA224", "sha224"},
		{"SHA-384", "SHA384", "sha384"},
		{"SHA3-224", "", "sha3_224"},
		{"SHA3-256", "SHA3-256", "sha3_256"},
		{"SHA3-384", "SHA3-384", "sha3_384"},
		{"SHA3-512", "SHA3-512", "sha3_512"},
		{"BLAKE2b-256", "BLAKE2b-256", "blake2b256"},
		{"BLAKE2b-384", "BLAKE2b-384", "blake2b384"},
		{"BLAKE2b-512", "BLAKE2b-512", "blake2b512"},
		{"MD2", "MD2", "md2"},
		{"MD4", "MD4", "md4"},
		{"MD5", "MD5", "md5"},
		{"MD6", "MD6", "md6"},
		{"ADLER32", "ADLER32", "adler32"},
	}
}

// hashWords returns SPDX's words for a digest that can stand in its fields:
// a known algorithm and a value in lower-case hexadecimal.
func hashWords(h bom.Hash) (v2, v3 string) {
	if h.Value == "" || strings.Trim(h.Value, "0123456789abcdef") != "" {
		return "", ""
	}
	for _, a := range spdxHashes() {
		if a.neutral == h.Algorithm {
			return a.v2, a.v3
		}
	}
	return "", ""
}

// readHash reads an algorithm in SPDX's spelling of either version; one that is
// not known keeps its word.
func readHash(word, value string) bom.Hash {
	h := bom.Hash{Algorithm: bom.HashAlgorithm(word), Value: strings.ToLower(strings.TrimSpace(value))}
	for _, a := range spdxHashes() {
		if word != "" && (word == a.v2 || word == a.v3) {
			h.Algorithm = a.neutral
		}
	}
	return h
}
