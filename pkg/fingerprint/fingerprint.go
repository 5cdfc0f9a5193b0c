// Package fingerprint turns the bytes of weight files into identities: digests
// of files, of tensors, and of parts.
//
// Everything here is a sink. A file's bytes are written once, from the first to
// the last, into a [FileDigest] and a [TensorDigests] side by side; neither
// seeks, keeps data, or knows where the bytes come from, so memory stays flat
// and one pass over a file feeds them all. The caller decides which sink runs
// on which goroutine.
//
// A tensor has two digests. The payload digest is over its bytes as stored. The
// value digest is over its values in the narrowest floating-point form that
// holds them without loss, so that storing BF16 weights as F32 changes the
// payload digest and not the value digest (see value.go). A part's weights
// digest is over the value digests of its tensors (see [WeightsDigest]).
//
// Digests say which bytes or values are equal, and nothing about how close two
// unequal tensors are; that is what sketches are for. A [Sketch] keeps some
// thousand bits of a tensor's values, chosen by shape alone, that survive casts,
// quantisation and training. [Sketches] is a sink like the others; [SketchTensor]
// and [SketchWeight] read only what a sketch needs.
package fingerprint

import (
	"crypto/sha256"

	"github.com/modelbom/modelbom/pkg/format"
)

// A Tensor holds the digests of one tensor.
type Tensor struct {
	// Payload is SHA-256 over the stored bytes.
	Payload [sha256.Size]byte
	// Value is SHA-256 over the values in Form, little-endian.
	Value [sha256.Size]byte
	// Form is the narrowest lossless form, or the stored type where values
	// cannot be narrowed (integers, block quantisation). Big-endian block
	// quantisation keeps its bytes and has the suffix "_BE".
	Form format.DType
}
