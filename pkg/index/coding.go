package index

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// This file is the only one that knows how fingerprints become bytes.

// digestOf names bytes by their SHA-256.
func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// modelDigest is the digest of the canonical file form.
func modelDigest(m *fingerprint.Model) (string, error) {
	h := sha256.New()
	if err := fingerprint.Encode(h, m); err != nil {
		return "", err
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), nil
}

// encodeModel is the canonical file form of a fingerprint.
func encodeModel(m *fingerprint.Model) ([]byte, error) {
	var b bytes.Buffer
	err := fingerprint.Encode(&b, m)
	return b.Bytes(), err
}

func decodeModel(data []byte) (*fingerprint.Model, error) {
	return fingerprint.Decode(bytes.NewReader(data))
}

func decodePart(data []byte) (*fingerprint.Part, error) {
	p, err := fingerprint.DecodePart(data)
	if err != nil {
		return nil, damaged("%w", err)
	}
	return p, nil
}

// encodeHead keeps of a fingerprint what is neither in its files nor its parts.
func encodeHead(m *fingerprint.Model) ([]byte, error) {
	head := *m
	head.Files, head.Parts = nil, nil
	return encodeModel(&head)
}

func decodeHead(data []byte) (*fingerprint.Model, error) {
	m, err := decodeModel(data)
	if err != nil {
		return nil, damaged("%w", err)
	}
	return m, nil
}

// prints are the parts of a model as they are stored.
func prints(m *fingerprint.Model) ([][]byte, error) {
	all := make([][]byte, len(m.Parts))
	for i := range m.Parts {
		data, err := fingerprint.EncodePart(&m.Parts[i])
		if err != nil {
			return nil, fmt.Errorf("part %q: %w", m.Parts[i].Ref, err)
		}
		all[i] = data
	}
	return all, nil
}
