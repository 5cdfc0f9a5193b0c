package schemas

import (
	"encoding/json"
	"testing"
)

// The caller may change what it gets.
func TestFingerprint(t *testing.T) {
	first := Fingerprint()
	if !json.Valid(first) {
		t.Fatal("not JSON")
	}
	clear(first)
	if !json.Valid(Fingerprint()) {
		t.Error("the schema was changed")
	}
}
