package bom

import (
	"encoding/json"
	"reflect"
	"testing"
)

// TestRecords: a licence with everything comes back from its record, whose JSON
// has the members that docs/properties.md names.
func TestRecords(t *testing.T) {
	l := License{Expression: "MIT", Name: "the MIT licence", URL: "https://x.example", Path: "LICENSE", Acknowledgement: Concluded,
		Evidence: []Evidence{{Technique: Filename, Path: "LICENSE", Key: "k", Value: "v", Confidence: 0.5}}}
	data, err := json.Marshal(RecordOf(l))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"acknowledgement":"concluded","expression":"MIT","name":"the MIT licence","url":"https://x.example","path":"LICENSE",` +
		`"evidence":[{"technique":"filename","path":"LICENSE","key":"k","value":"v","confidence":0.5}]}`
	if string(data) != want {
		t.Errorf("%s, want %s", data, want)
	}
	var r LicenseRecord
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	if got := r.License(); !reflect.DeepEqual(got, l) {
		t.Errorf("%+v, want %+v", got, l)
	}
	if data, err := json.Marshal(RecordOf(License{})); err != nil || string(data) != "{}" {
		t.Errorf("an empty licence is %s (%v)", data, err)
	}
}
