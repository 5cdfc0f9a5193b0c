// Package sign signs models and the documents about them with plain keys, and
// verifies such signatures, without a network.
//
// There are two kinds of signature, both a DSSE envelope (v1.0) around an
// in-toto statement (v1):
//
//   - Of a repository: an OpenSSF Model Signing bundle (OMS v1.0). Its statement
//     lists every file with its digest, see [Manifest].
//   - Of a document: an envelope whose statement holds the bill of materials as
//     the predicate. Its subjects are the document's own bytes, the weight files
//     and, where the repository was read, its root digest, see [Attestation].
//
// Verifying goes in steps that cannot be taken out of order by accident:
// [ReadSignature] reads an envelope and trusts nothing in it,
// [Signature.Verify] gives its payload away only for a key (or a certificate
// authority) that made it, and what the payload states is compared with a
// repository by [Manifest.Check] or with a document by [Attestation.Check]. What
// does not match comes back as a list of [Difference], never only the first; an
// error means that nothing could be told.
//
// Nothing here opens a file by a name that a signature holds: names are compared
// with those that a [Tree] lists. Keys are taken as the bytes of PEM files; no
// error repeats any of them.
//
// Keyless signatures (Fulcio, Rekor) are told apart and refused: they need a
// network and a root of trust that this package does not keep.
package sign

import (
	"cmp"
	"errors"
	"slices"
	"strings"
)

const (
	// MaxSignature is the largest signature file that is read, in bytes. The
	// largest known bills of materials, 200 MB before base64, do not fit; those
	// of models stay below 10 MB. A bundle over a million files takes 150 MB.
	MaxSignature = 256 << 20
	// MaxKeyFile is the largest key or certificate file that is read. A chain
	// of ten certificates takes 20 KB; a system's whole trust store 300 KB.
	MaxKeyFile = 1 << 20
	// MaxResources is how many files or shards a signature may list: as many
	// files as a repository may have.
	MaxResources = 1_000_000
	// maxSignatures is how many signatures one envelope may have.
	maxSignatures = 64
	// maxChain is how many certificates a bundle may bring along.
	maxChain = 16
)

// Sentinel errors. Callers know what helps.
var (
	// ErrEncryptedKey: a private key is protected by a pass phrase.
	ErrEncryptedKey = errors.New("the private key is encrypted")
	// ErrPrivateKey: a private key stands where a public one is wanted.
	ErrPrivateKey = errors.New("this is a private key")
	// ErrPublicKey: a public key stands where a private one is wanted.
	ErrPublicKey = errors.New("this is a public key")
	// ErrCertificate: a certificate stands where a key is wanted.
	ErrCertificate = errors.New("this is a certificate")
	// ErrByCertificate: the signature was made with a certificate, and a key
	// cannot verify it.
	ErrByCertificate = errors.New("the signature was made with a certificate, not with a plain key")
	// ErrNoCertificate: the signature was made with a key and no certificate.
	ErrNoCertificate = errors.New("the signature was made with a plain key, not with a certificate")
	// ErrKeyless: the signature was made by a Sigstore identity.
	ErrKeyless = errors.New("the signature is keyless (a Sigstore identity)")
	// ErrKeyType: the key is of a kind that is not used here.
	ErrKeyType = errors.New("unsupported key")
	// ErrPredicate: the statement is about something else than was asked for.
	ErrPredicate = errors.New("the signature states something else")
	// ErrTooLarge: a file exceeds a limit of this package.
	ErrTooLarge = errors.New("too large")
	// ErrLinks: the repository has symbolic links and they were not allowed.
	ErrLinks = errors.New("symbolic link")
)

// A MismatchError says that a well-formed signature is not by the key that it
// was verified with, or not of these bytes.
type MismatchError struct{ Reason string }

func (e *MismatchError) Error() string { return e.Reason }

// A Kind is what sort of difference there is.
type Kind string

// The kinds of differences.
const (
	Differs    Kind = "differs"     // the bytes are not those that were signed
	Added      Kind = "added"       // nobody signed that
	Missing    Kind = "missing"     // signed, and not there
	Renamed    Kind = "renamed"     // signed under another name
	Unreadable Kind = "not checked" // there, and its bytes cannot be read
)

// A Difference is one thing that does not match what was signed.
type Difference struct {
	Kind Kind
	Path string
	// From is the signed name of a renamed file.
	From string
	// Detail says more, and may be empty.
	Detail string
}

func sortDifferences(list []Difference) {
	slices.SortFunc(list, func(a, b Difference) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Detail, b.Detail))
	})
}
