package fingerprint

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"

	"github.com/zeebo/blake3"
)

// An Algorithm is a digest algorithm for whole files, in CycloneDX's spelling.
type Algorithm string

// The algorithms for files. GitBlob is the SHA-1 that Git gives a file's
// content: over "blob <size>\0" and the bytes.
const (
	SHA256  Algorithm = "SHA-256"
	SHA512  Algorithm = "SHA-512"
	SHA1    Algorithm = "SHA-1"
	BLAKE3  Algorithm = "BLAKE3"
	GitBlob Algorithm = "git-blob-SHA-1"
)

// A FileDigest computes one digest of a file that is written into it from the
// first byte to the last.
type FileDigest struct {
	Algorithm Algorithm
	hash.Hash
}

// NewFileDigest returns an empty digest for a file of size bytes.
func NewFileDigest(a Algorithm, size int64) (*FileDigest, error) {
	d := &FileDigest{Algorithm: a}
	switch a {
	case SHA256:
		d.Hash = sha256.New()
	case SHA512:
		d.Hash = sha512.New()
	case SHA1:
		d.Hash = sha1.New()
	case BLAKE3:
		d.Hash = blake3.New()
	case GitBlob:
		d.Hash = sha1.New()
		fmt.Fprintf(d.Hash, "blob %d\x00", size)
	default:
		return nil, fmt.Errorf("unknown digest algorithm %q", a)
	}
	return d, nil
}

// Hex returns the digest of what was written so far, in lower-case hexadecimal.
func (d *FileDigest) Hex() string { return hex.EncodeToString(d.Sum(nil)) }
