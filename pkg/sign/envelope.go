package sign

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// payloadType is the media type of in-toto statements (in-toto Attestation
// Framework v1, envelope).
const payloadType = "application/vnd.in-toto+json"

// An envelope is a DSSE envelope as it is written (DSSE v1.0.2, envelope.md).
type envelope struct {
	Payload     string      `json:"payload"`
	PayloadType string      `json:"payloadType"`
	Signatures  []signature `json:"signatures"`
}

type signature struct {
	Sig   string `json:"sig"`
	KeyID string `json:"keyid"`
}

// pae is what is signed: the pre-authentication encoding (DSSE v1.0.2,
// protocol.md).
func pae(payload []byte) []byte {
	out := fmt.Appendf(make([]byte, 0, len(payload)+64), "DSSEv1 %d %s %d ", len(payloadType), payloadType, len(payload))
	return append(out, payload...)
}

func newEnvelope(payload []byte, key *PrivateKey, keyID string) (envelope, error) {
	sig, err := key.sign(pae(payload))
	if err != nil {
		return envelope{}, fmt.Errorf("sign: %w", err)
	}
	return envelope{base64.StdEncoding.EncodeToString(payload), payloadType,
		[]signature{{base64.StdEncoding.EncodeToString(sig), keyID}}}, nil
}

// A Signature is a signature file that was read: an OMS bundle or a bare DSSE
// envelope. Nothing in it is to be trusted.
type Signature struct {
	payload    []byte
	signatures [][]byte
	keyIDs     []string
	material   *material // nil for a bare envelope
}

// ReadSignature reads a signature file, an OMS bundle or a DSSE envelope, of
// which it reads no more than MaxSignature bytes.
func ReadSignature(r io.Reader) (*Signature, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxSignature+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > MaxSignature:
		return nil, fmt.Errorf("signature: %w: more than %d bytes", ErrTooLarge, MaxSignature)
	}
	s, err := parseSignature(data)
	if err != nil {
		return nil, fmt.Errorf("broken signature: %w", err)
	}
	return s, nil
}

func parseSignature(data []byte) (*Signature, error) {
	var top struct {
		MediaType    *string         `json:"mediaType"`
		Material     json.RawMessage `json:"verificationMaterial"`
		Envelope     json.RawMessage `json:"dsseEnvelope"`
		MessageBytes json.RawMessage `json:"messageSignature"`
		Payload      json.RawMessage `json:"payload"`
	}
	if err := json.Unmarshal(data, &top); err != nil {
		return nil, jsonError(err)
	}
	s := &Signature{}
	switch {
	case top.Payload != nil && top.Envelope == nil:
		return s, s.readEnvelope(data)
	case top.MediaType == nil:
		return nil, errors.New("neither a Sigstore bundle nor a DSSE envelope")
	case top.MessageBytes != nil:
		return nil, errors.New("the bundle signs bytes without a statement about them (messageSignature)")
	case top.Envelope == nil:
		return nil, errors.New("the bundle has no dsseEnvelope")
	case top.Material == nil:
		return nil, errors.New("the bundle has no verificationMaterial")
	}
	var err error
	if s.material, err = readMaterial(*top.MediaType, top.Material); err != nil {
		return nil, err
	}
	if err := s.readEnvelope(top.Envelope); err != nil {
		return nil, err
	}
	// Sigstore bundle v0.3, dsse_envelope: "exactly one signature".
	if len(s.signatures) != 1 {
		return nil, fmt.Errorf("the bundle has %d signatures and must have one", len(s.signatures))
	}
	return s, nil
}

func (s *Signature) readEnvelope(data []byte) error {
	var e struct {
		Payload     *string         `json:"payload"`
		PayloadType string          `json:"payloadType"`
		Signatures  json.RawMessage `json:"signatures"`
	}
	if err := json.Unmarshal(data, &e); err != nil {
		return jsonError(err)
	}
	if e.PayloadType != payloadType {
		return fmt.Errorf("the payload is of the type %q, not an in-toto statement", e.PayloadType)
	}
	if e.Payload == nil || *e.Payload == "" {
		return errors.New("the envelope has no payload")
	}
	var err error
	if s.payload, err = decodeBase64(*e.Payload); err != nil {
		return errors.New("the payload is not base64")
	}
	list, err := elements[struct {
		Sig   string  `json:"sig"`
		KeyID *string `json:"keyid"`
	}](e.Signatures, maxSignatures)
	if err != nil {
		return fmt.Errorf("signatures: %w", err)
	}
	for _, x := range list {
		sig, err := decodeBase64(x.Sig)
		if err != nil || len(sig) == 0 {
			return errors.New("a signature is not base64")
		}
		id := ""
		if x.KeyID != nil {
			id = *x.KeyID
		}
		s.signatures, s.keyIDs = append(s.signatures, sig), append(s.keyIDs, id)
	}
	if len(s.signatures) == 0 {
		return errors.New("the envelope has no signature")
	}
	return nil
}

// Verify returns the signed statement if the key made one of the signatures. A
// *MismatchError says that it did not. A key identifier never decides in favour
// of a key; it helps to say what is wrong, and a bundle whose hint names another
// key is refused, as model-signing does.
func (s *Signature) Verify(key *PublicKey) ([]byte, error) {
	if s.material != nil {
		if err := s.material.wantKey(key); err != nil {
			return nil, err
		}
	}
	message := pae(s.payload)
	for _, sig := range s.signatures {
		if key.verify(message, sig) {
			return s.payload, nil
		}
	}
	for _, id := range s.keyIDs {
		if id != "" && !key.named(id) {
			return nil, &MismatchError{fmt.Sprintf("made with another key, %s, not with this one, %s", cut(id), key.Fingerprint())}
		}
	}
	return nil, &MismatchError{fmt.Sprintf("not made by this key, %s, for this content: one of the two was changed", key.Fingerprint())}
}

// cut bounds text of a stranger that gets into an error.
func cut(s string) string {
	if len(s) > 128 {
		s = strings.ToValidUTF8(s[:128], "") + "..."
	}
	return s
}

// decodeBase64 takes both alphabets, as DSSE asks for.
func decodeBase64(s string) ([]byte, error) {
	if strings.ContainsAny(s, "-_") {
		return base64.URLEncoding.DecodeString(s)
	}
	return base64.StdEncoding.DecodeString(s)
}

// elements reads an array of no more than limit elements. The elements are
// counted as they come: an array of empty objects takes a few bytes of a file
// for each, and many more in memory.
func elements[T any](data json.RawMessage, limit int) ([]T, error) {
	if data == nil || string(data) == "null" {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return nil, errors.New("not an array")
	}
	var out []T
	for d.More() {
		if len(out) == limit {
			return nil, fmt.Errorf("%w: more than %d elements", ErrTooLarge, limit)
		}
		var x T
		if err := d.Decode(&x); err != nil {
			return nil, jsonError(err)
		}
		out = append(out, x)
	}
	return out, nil
}

// jsonError says where JSON is broken, without the Go names of the library.
func jsonError(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("not JSON at byte %d", syntax.Offset)
	case errors.As(err, &kind):
		return fmt.Errorf("%q is a JSON %s", kind.Field, kind.Value)
	}
	return errors.New("not JSON")
}
