package sign

import (
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// VerifyChain returns the signed statement if a certificate that one of the
// roots stands for made the signature, and the name of its subject. The
// certificate must be valid at the given time (OMS v1.0, 8.2: there is no
// trusted time of signing) and be meant for signatures.
func (s *Signature) VerifyChain(roots []*x509.Certificate, at time.Time) (payload []byte, subject string, err error) {
	switch {
	case s.material == nil || s.material.chain == nil && !s.material.keyless:
		return nil, "", ErrNoCertificate
	case s.material.keyless:
		return nil, "", ErrKeyless
	}
	leaf, between, err := s.material.parse()
	if err != nil {
		return nil, "", err
	}
	subject = certificateName(leaf)
	pool := x509.NewCertPool()
	for _, c := range roots {
		pool.AddCert(c)
	}
	_, err = leaf.Verify(x509.VerifyOptions{Roots: pool, Intermediates: between, CurrentTime: at,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err != nil {
		return nil, "", &MismatchError{fmt.Sprintf("the certificate %s is not trusted: %s", subject, chainReason(err))}
	}
	if !forSignatures(leaf) {
		return nil, "", &MismatchError{fmt.Sprintf("the certificate %s is not meant for signatures", subject)}
	}
	key, err := publicKey(leaf.PublicKey)
	if err != nil {
		return nil, "", err
	}
	if !key.verify(pae(s.payload), s.signatures[0]) {
		return nil, "", &MismatchError{fmt.Sprintf("not made by the key of the certificate %s for this content", subject)}
	}
	return s.payload, subject, nil
}

func (m *material) parse() (*x509.Certificate, *x509.CertPool, error) {
	var leaf *x509.Certificate
	between := x509.NewCertPool()
	for i, der := range m.chain {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, nil, errors.New("broken signature: a certificate cannot be read")
		}
		if i == 0 {
			leaf = c
		} else {
			between.AddCert(c)
		}
	}
	return leaf, between, nil
}

// forSignatures is model-signing's rule: key usage digitalSignature or extended
// key usage code signing.
func forSignatures(c *x509.Certificate) bool {
	if c.KeyUsage&x509.KeyUsageDigitalSignature != 0 {
		return true
	}
	for _, u := range c.ExtKeyUsage {
		if u == x509.ExtKeyUsageCodeSigning {
			return true
		}
	}
	return false
}

// chainReason is the library's reason without text of the certificates.
func chainReason(err error) string {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &unknown):
		return "no given authority stands for it"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "it has expired or is not yet valid"
	}
	return "its chain does not hold"
}
