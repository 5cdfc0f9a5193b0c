package sign

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"testing"
	"time"
)

// certify makes a certificate; with no parent it signs itself.
func certify(t *testing.T, name string, usage x509.KeyUsage, parent *x509.Certificate, by *ecdsa.PrivateKey, from, to time.Time) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: name}, NotBefore: from, NotAfter: to,
		KeyUsage: usage, IsCA: parent == nil, BasicConstraintsValid: true}
	if parent == nil {
		parent, by = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), by)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return c, key
}

func TestCertificates(t *testing.T) {
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	year := 365 * 24 * time.Hour
	ca, caKey := certify(t, "ca", x509.KeyUsageCertSign, nil, nil, now.Add(-year), now.Add(2*year))
	other, _ := certify(t, "ca", x509.KeyUsageCertSign, nil, nil, now.Add(-year), now.Add(2*year))
	leaf, key := certify(t, "leaf", x509.KeyUsageDigitalSignature, ca, caKey, now.Add(-year), now.Add(year))
	useless, uselessKey := certify(t, "useless", x509.KeyUsageKeyEncipherment, ca, caKey, now.Add(-year), now.Add(year))
	for _, c := range []struct {
		name  string
		leaf  *x509.Certificate
		key   *ecdsa.PrivateKey
		roots []*x509.Certificate
		at    time.Time
		good  bool
	}{
		{"good", leaf, key, []*x509.Certificate{other, ca}, now, true},
		{"other authority", leaf, key, []*x509.Certificate{other}, now, false},
		{"expired", leaf, key, []*x509.Certificate{ca}, now.Add(year + time.Hour), false},
		{"not yet valid", leaf, key, []*x509.Certificate{ca}, now.Add(-year - time.Hour), false},
		{"not for signatures", useless, uselessKey, []*x509.Certificate{ca}, now, false},
	} {
		k, _ := newTestKey(t, c.key)
		data, err := manifestOf(t, memory(tiny()), Options{}).Bundle(k, []*x509.Certificate{c.leaf, ca})
		if err != nil {
			t.Fatal(err)
		}
		s, err := ReadSignature(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		payload, subject, err := s.VerifyChain(c.roots, c.at)
		var mismatch *MismatchError
		if c.good && (err != nil || subject != `"CN=leaf"`) || !c.good && !errors.As(err, &mismatch) || (err == nil) != (payload != nil) {
			t.Errorf("%s: %q, %v", c.name, subject, err)
		}
		s.payload = append(s.payload, ' ')
		if _, _, err := s.VerifyChain([]*x509.Certificate{ca}, now); !errors.As(err, &mismatch) {
			t.Errorf("%s: another payload gives %v", c.name, err)
		}
		if _, err := s.Verify(k.Public()); !errors.Is(err, ErrByCertificate) {
			t.Errorf("%s: with a key: %v", c.name, err)
		}
	}
	k, _ := newTestKey(t, uselessKey)
	if _, err := manifestOf(t, memory(tiny()), Options{}).Bundle(k, []*x509.Certificate{leaf}); err == nil {
		t.Error("a certificate of another key was put into a bundle")
	}
	s, err := ReadSignature(bytes.NewReader(signed(t, k)))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.VerifyChain([]*x509.Certificate{ca}, now); !errors.Is(err, ErrNoCertificate) {
		t.Errorf("a bundle by key: %v", err)
	}
}
