package sign

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	_ "crypto/sha512" // SHA-384 and SHA-512, for crypto.Hash
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A PrivateKey signs: ECDSA on P-256, P-384 or P-521 with the SHA-2 of the
// curve's size (OMS algorithm registry v1.0, Sigstore algorithm registry), or
// Ed25519, which OMS does not have.
type PrivateKey struct {
	signer crypto.Signer
	public *PublicKey
}

// Public is the other half.
func (k *PrivateKey) Public() *PublicKey { return k.public }

// sign signs a message. ECDSA signatures are deterministic (RFC 6979), so that
// the same bytes and key give the same signature.
func (k *PrivateKey) sign(message []byte) ([]byte, error) {
	if k.public.hash == 0 {
		return k.signer.Sign(nil, message, crypto.Hash(0))
	}
	return k.signer.Sign(nil, digest(k.public.hash, message), k.public.hash)
}

// A PublicKey verifies.
type PublicKey struct {
	key  crypto.PublicKey
	name string
	hash crypto.Hash // 0 for Ed25519, which hashes by itself
	der  []byte      // PKIX
}

// Name is the algorithm, such as "ECDSA P-256".
func (k *PublicKey) Name() string { return k.name }

// Fingerprint is the SHA-256 of the key's PEM file as openssl writes it, in
// hexadecimal: what model-signing puts into the hint of a bundle.
func (k *PublicKey) Fingerprint() string { return hexSHA256(k.PEM()) }

// PEM is the key in a PUBLIC KEY block.
func (k *PublicKey) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: k.der})
}

func (k *PublicKey) verify(message, signature []byte) bool {
	switch key := k.key.(type) {
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(key, digest(k.hash, message), signature)
	case ed25519.PublicKey:
		return ed25519.Verify(key, message, signature)
	}
	return false
}

// named reports whether a hint names this key. OMS asks for "a hex-encoded key
// fingerprint" and does not say of what: model-signing takes the PEM file, others
// the DER bytes, Sigstore's own tools the latter in base64.
func (k *PublicKey) named(hint string) bool {
	sum := sha256.Sum256(k.der)
	return hint == k.Fingerprint() || hint == hex.EncodeToString(sum[:]) || hint == base64.StdEncoding.EncodeToString(sum[:])
}

func digest(h crypto.Hash, message []byte) []byte {
	d := h.New()
	d.Write(message)
	return d.Sum(nil)
}

func hexSHA256(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// NewKey makes a pair for P-256, the curve that every tool has, and returns it
// as PEM files, the private one as PKCS #8.
func NewKey() (private, public []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, err
	}
	pub, err := publicKey(key.Public())
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), pub.PEM(), nil
}

// ReadPrivateKey reads a private key from a PEM file: PKCS #8 or SEC 1.
func ReadPrivateKey(file []byte) (*PrivateKey, error) {
	block, err := onlyBlock(file, "PRIVATE KEY", "EC PRIVATE KEY")
	if err != nil {
		return nil, err
	}
	var key any
	if block.Type == "EC PRIVATE KEY" {
		key, err = x509.ParseECPrivateKey(block.Bytes)
	} else {
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	if err != nil {
		// The library's reason is dropped: nothing that was read from a
		// private key may get into an error.
		return nil, fmt.Errorf("%w: the %s block cannot be read, or its curve is none of P-256, P-384, P-521", ErrKeyType, block.Type)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%w: it cannot sign", ErrKeyType)
	}
	public, err := publicKey(signer.Public())
	if err != nil {
		return nil, err
	}
	return &PrivateKey{signer, public}, nil
}

// ReadPublicKey reads a public key from a PEM file, a PUBLIC KEY block (PKIX).
func ReadPublicKey(file []byte) (*PublicKey, error) {
	block, err := onlyBlock(file, "PUBLIC KEY")
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%w: the PUBLIC KEY block cannot be read, or its curve is none of P-256, P-384, P-521", ErrKeyType)
	}
	return publicKey(key)
}

func publicKey(key crypto.PublicKey) (*PublicKey, error) {
	out := &PublicKey{key: key}
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P256():
			out.name, out.hash = "ECDSA P-256", crypto.SHA256
		case elliptic.P384():
			out.name, out.hash = "ECDSA P-384", crypto.SHA384
		case elliptic.P521():
			out.name, out.hash = "ECDSA P-521", crypto.SHA512
		default:
			return nil, fmt.Errorf("%w: ECDSA on %s, the curves are P-256, P-384, P-521", ErrKeyType, k.Curve.Params().Name)
		}
	case ed25519.PublicKey:
		out.name = "Ed25519"
	default:
		return nil, fmt.Errorf("%w: neither ECDSA nor Ed25519", ErrKeyType)
	}
	var err error
	out.der, err = x509.MarshalPKIXPublicKey(key)
	return out, err
}

// onlyBlock returns the one block of the file that is of a wanted type. Where
// there is none the error says what the file holds instead.
func onlyBlock(file []byte, wanted ...string) (*pem.Block, error) {
	if len(file) > MaxKeyFile {
		return nil, fmt.Errorf("key file: %w: more than %d bytes", ErrTooLarge, MaxKeyFile)
	}
	var found *pem.Block
	err := errors.New("no key in PEM form in it")
	for block, rest := pem.Decode(file); block != nil; block, rest = pem.Decode(rest) {
		encrypted := block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED")
		switch {
		case !encrypted && slices.Contains(wanted, block.Type):
			if found != nil {
				return nil, fmt.Errorf("several %s blocks in one file", block.Type)
			}
			found = block
		case encrypted:
			err = ErrEncryptedKey
		case block.Type == "PUBLIC KEY":
			err = ErrPublicKey
		case block.Type == "PRIVATE KEY", block.Type == "EC PRIVATE KEY":
			err = ErrPrivateKey
		case block.Type == "CERTIFICATE":
			err = ErrCertificate
		case block.Type == "RSA PRIVATE KEY", block.Type == "OPENSSH PRIVATE KEY", block.Type == "RSA PUBLIC KEY":
			err = fmt.Errorf("%w: %s", ErrKeyType, block.Type)
		}
	}
	if found != nil {
		return found, nil
	}
	return nil, err
}
