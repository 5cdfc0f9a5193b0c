package sign

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
)

// mediaType is that of the bundles that are written (Sigstore bundle v0.3).
const mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"

// readableMediaTypes are the versions of Sigstore bundles that hold OMS
// signatures (sigstore_bundle.proto, media_type).
func readableMediaTypes() []string {
	return []string{mediaType, "application/vnd.dev.sigstore.bundle+json;version=0.3",
		"application/vnd.dev.sigstore.bundle+json;version=0.2", "application/vnd.dev.sigstore.bundle+json;version=0.1"}
}

// A bundle is an OMS v1.0 bundle as it is written.
type bundle struct {
	MediaType string          `json:"mediaType"`
	Material  writtenMaterial `json:"verificationMaterial"`
	Envelope  envelope        `json:"dsseEnvelope"`
}

type writtenMaterial struct {
	PublicKey *writtenKey   `json:"publicKey,omitempty"`
	Chain     *writtenChain `json:"x509CertificateChain,omitempty"`
	// TlogEntries is empty; model-signing writes it so, and readers that were
	// made from the protocol buffers want it.
	TlogEntries []struct{} `json:"tlogEntries"`
}

type writtenKey struct {
	Hint string `json:"hint"`
}

type writtenChain struct {
	Certificates []writtenCertificate `json:"certificates"`
}

type writtenCertificate struct {
	RawBytes []byte `json:"rawBytes"`
}

// Bundle signs a manifest. With certificates, the first of which belongs to the
// key, verifiers need a certificate authority instead of the key. OMS v1.0 has
// ECDSA only.
func (m *Manifest) Bundle(key *PrivateKey, chain []*x509.Certificate) ([]byte, error) {
	if key.public.hash == 0 {
		return nil, fmt.Errorf("%w: %s; OMS v1.0 knows ECDSA on P-256, P-384 and P-521", ErrKeyType, key.public.name)
	}
	material := writtenMaterial{TlogEntries: []struct{}{}}
	if len(chain) > 0 {
		if err := belongs(chain[0], key.public); err != nil {
			return nil, err
		}
		material.Chain = &writtenChain{}
		for _, c := range chain {
			material.Chain.Certificates = append(material.Chain.Certificates, writtenCertificate{c.Raw})
		}
	} else {
		material.PublicKey = &writtenKey{key.public.Fingerprint()}
	}
	payload, err := m.statement()
	if err != nil {
		return nil, err
	}
	e, err := newEnvelope(payload, key, "")
	if err != nil {
		return nil, err
	}
	return written(bundle{mediaType, material, e})
}

// written is a signature file.
func written(v any) ([]byte, error) {
	data, err := json.MarshalIndent(v, "", "  ")
	if err == nil && len(data) >= MaxSignature {
		err = fmt.Errorf("signature: %w: more than %d bytes", ErrTooLarge, MaxSignature)
	}
	return append(data, '\n'), err
}

// A material is what a bundle says about the key that made it (OMS v1.0, 4.1).
type material struct {
	hint    string // of the method "key"
	raw     []byte // the key itself, in bundles of model-signing before 1.1
	chain   [][]byte
	keyless bool
}

func readMaterial(media string, data json.RawMessage) (*material, error) {
	ok := false
	for _, m := range readableMediaTypes() {
		ok = ok || m == media
	}
	if !ok {
		return nil, fmt.Errorf("unknown media type %q of a bundle", cut(media))
	}
	var v struct {
		PublicKey *struct {
			Hint     *string `json:"hint"`
			RawBytes string  `json:"rawBytes"`
		} `json:"publicKey"`
		Chain *struct {
			Certificates json.RawMessage `json:"certificates"`
		} `json:"x509CertificateChain"`
		Certificate json.RawMessage `json:"certificate"`
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return nil, jsonError(err)
	}
	m := &material{keyless: v.Certificate != nil}
	n := 0
	if v.Certificate != nil {
		n++
	}
	if v.PublicKey != nil {
		n++
		raw, err := decodeBase64(v.PublicKey.RawBytes)
		if err != nil {
			return nil, errors.New("the public key is not base64")
		}
		m.raw = raw
		if v.PublicKey.Hint != nil {
			m.hint = *v.PublicKey.Hint
		}
	}
	if v.Chain != nil {
		n++
		list, err := elements[struct{ RawBytes string }](v.Chain.Certificates, maxChain)
		if err != nil {
			return nil, fmt.Errorf("certificates: %w", err)
		}
		for _, c := range list {
			der, err := decodeBase64(c.RawBytes)
			if err != nil || len(der) == 0 {
				return nil, errors.New("a certificate is not base64")
			}
			m.chain = append(m.chain, der)
		}
		if len(m.chain) == 0 {
			return nil, errors.New("the certificate chain is empty")
		}
	}
	if n != 1 {
		return nil, fmt.Errorf("the verification material names %d keys and must name one", n)
	}
	return m, nil
}

// wantKey reports why a plain key does not go with the material.
func (m *material) wantKey(key *PublicKey) error {
	switch {
	case m.keyless:
		return ErrKeyless
	case m.chain != nil:
		return ErrByCertificate
	case m.hint != "" && !key.named(m.hint):
		return &MismatchError{fmt.Sprintf("made with another key, %s, not with this one, %s", cut(m.hint), key.Fingerprint())}
	case len(m.raw) > 0 && !bytes.Equal(m.raw, key.der) && !bytes.Equal(m.raw, key.PEM()):
		return &MismatchError{fmt.Sprintf("made with another key than this one, %s", key.Fingerprint())}
	}
	return nil
}

// ReadCertificates reads the certificates of a PEM file in their order.
func ReadCertificates(file []byte) ([]*x509.Certificate, error) {
	if len(file) > MaxKeyFile {
		return nil, fmt.Errorf("certificates: %w: more than %d bytes", ErrTooLarge, MaxKeyFile)
	}
	var out []*x509.Certificate
	for block, rest := pem.Decode(file); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, errors.New("a certificate cannot be read")
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, errors.New("no certificate in PEM form in it")
	}
	return out, nil
}

// belongs reports whether a certificate is of a key.
func belongs(c *x509.Certificate, key *PublicKey) error {
	if !bytes.Equal(c.RawSubjectPublicKeyInfo, key.der) {
		return fmt.Errorf("the first certificate, %s, is not of this key", certificateName(c))
	}
	return nil
}

func certificateName(c *x509.Certificate) string {
	name := c.Subject.String()
	if name == "" {
		name = base64.StdEncoding.EncodeToString(c.SerialNumber.Bytes())
	}
	return fmt.Sprintf("%q", cut(name))
}
