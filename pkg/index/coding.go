package index

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// This file is the only one that knows how fingerprints become bytes.

// encodeModel is the canonical file form of a fingerprint.
func encodeModel(m *fingerprint.Model) ([]byte, error) {
	return pack(m)
}

func decodeModel(data []byte) (*fingerprint.Model, error) {
	m := new(fingerprint.Model)
	return m, unpack(data, m)
}

func encodePart(p *fingerprint.Part) ([]byte, error) { return pack(p) }

func decodePart(data []byte) (*fingerprint.Part, error) {
	p := new(fingerprint.Part)
	if err := unpack(data, p); err != nil {
		return nil, damaged("%w", err)
	}
	return p, nil
}

func pack(v any) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := gob.NewEncoder(z).Encode(v); err != nil {
		return nil, err
	}
	err := z.Close()
	return b.Bytes(), err
}

func unpack(data []byte, v any) error {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return gob.NewDecoder(io.LimitReader(z, 1<<30)).Decode(v)
}

// A head is a fingerprint without its parts and files.
type head struct {
	Group   string `json:"group,omitempty"`
	Name    string `json:"name,omitempty"`
	Version string `json:"version,omitempty"`
	PURL    string `json:"purl,omitempty"`
}

func encodeHead(m *fingerprint.Model) ([]byte, error) {
	return json.Marshal(head{m.Group, m.Name, m.Version, m.PURL})
}

func decodeHead(data []byte, m *fingerprint.Model) error {
	var h head
	if err := json.Unmarshal(data, &h); err != nil {
		return damaged("model: %w", err)
	}
	m.Group, m.Name, m.Version, m.PURL = h.Group, h.Name, h.Version, h.PURL
	return nil
}

// digestOf names bytes by their SHA-256.
func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// prints are the parts of a model as they are stored.
func prints(m *fingerprint.Model) ([][]byte, error) {
	all := make([][]byte, len(m.Parts))
	for i := range m.Parts {
		data, err := encodePart(&m.Parts[i])
		if err != nil {
			return nil, fmt.Errorf("part %q: %w", m.Parts[i].Ref, err)
		}
		all[i] = data
	}
	return all, nil
}
