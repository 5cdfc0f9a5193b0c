package catalogue

import (
	"crypto/sha256"
	"encoding/hex"
)

// A KnownTensor is a tensor of a model.
type KnownTensor struct {
	Model string // package URL of the hub repository that was converted
	Name  string // in the GGUF file
	DType string // F32 or F16, as stored
	// Sources are where the digest is from.
	Sources []Source
}

// Columns of tensors.tsv.
const tensorColumns = 5

// TensorBySHA256 returns the tensors whose stored bytes have this digest.
//
// The digests are over tensors of GGUF files that were converted from the hub
// repository with F16 matrices and F32 vectors. A payload digest of ours is over
// the same bytes, and matches
//
//   - in GGUF files of that type, of any converter that rounds to nearest even;
//     the matrices of the attention's queries and keys of the Llama family are
//     permuted there, the norms of the Gemma family have 1 added, and tensors
//     may be joined;
//   - in files of other formats, where they hold the same values in the same
//     type: the F32 vectors of a model that is published in F32, or a model in
//     F16. It does not match BF16 originals, nor quantised files.
//
// A tensor of several models gives all of them and then identifies none. One
// tensor is not a part: a head or a frozen norm can stay when all else changed.
func TensorBySHA256(sum [sha256.Size]byte) []KnownTensor {
	var out []KnownTensor
	for _, f := range find(tensorTable, hex.EncodeToString(sum[:]), tensorColumns) {
		out = append(out, KnownTensor{Model: f[1], Name: f[2], DType: f[3], Sources: sourcesOf(f[4])})
	}
	return out
}
