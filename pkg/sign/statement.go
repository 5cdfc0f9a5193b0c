package sign

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// statementType is that of in-toto Attestation Framework v1, statement.
const statementType = "https://in-toto.io/Statement/v1"

type subject struct {
	Name        string            `json:"name"`
	Digest      map[string]string `json:"digest"`
	Annotations map[string]any    `json:"annotations,omitempty"`
}

type writtenStatement struct {
	Type          string    `json:"_type"`
	Subject       []subject `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     any       `json:"predicate"`
}

// encode is JSON in which text and raw values stay as they are.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// A statement is a payload that was read.
type statement struct {
	Type          string          `json:"_type"`
	Subject       json.RawMessage `json:"subject"`
	PredicateType string          `json:"predicateType"`
	Predicate     json.RawMessage `json:"predicate"`
}

func readStatement(payload []byte) (*statement, []subject, error) {
	var s statement
	if err := json.Unmarshal(payload, &s); err != nil {
		return nil, nil, fmt.Errorf("broken statement: %w", jsonError(err))
	}
	if s.Type != statementType {
		return nil, nil, fmt.Errorf("broken statement: unknown type %q", cut(s.Type))
	}
	subjects, err := elements[subject](s.Subject, MaxResources)
	if err != nil {
		return nil, nil, fmt.Errorf("broken statement: subjects: %w", err)
	}
	return &s, subjects, nil
}
