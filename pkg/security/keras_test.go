package security

import (
	"archive/zip"
	"bytes"
	"slices"
	"testing"
)

func TestSearchKeras(t *testing.T) {
	archive := func(members ...string) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for i := 0; i < len(members); i += 2 {
			m, err := w.Create(members[i])
			if err != nil {
				t.Fatal(err)
			}
			if _, err := m.Write([]byte(members[i+1])); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for _, test := range []struct {
		name  string
		data  []byte
		marks []Mark
		whole bool
	}{
		{"plain", archive("config.json", `{"class_name": "Dense"}`), nil, true},
		{"lambda", archive("config.json", `{"class_name": "Lambda"}`), []Mark{{RuleLambda, "Lambda", 1}}, true},
		{"escape", archive("config.json", `{}`, "../../x", ""), []Mark{{RulePathEscape, "../../x", 0}}, true},
		{"no configuration", archive("a", ""), nil, false},
		{"no archive", []byte("PK"), nil, false},
		{"empty", nil, nil, false},
	} {
		marks, whole, err := SearchKeras(bytes.NewReader(test.data), int64(len(test.data)))
		if !slices.Equal(marks, test.marks) || whole != test.whole || whole != (err == nil) {
			t.Errorf("%s: %v, %v, %v", test.name, marks, whole, err)
		}
	}
}
