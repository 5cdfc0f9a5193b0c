package modelcard

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestReadJSON(t *testing.T) {
	tests := []struct {
		name, in string
		key      string // of the root object
		kind     kind
		text     string
		problems []string
	}{
		{"string", `{"a": "x"}`, "a", text, "x", nil},
		{"escapes", `{"a": "\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}`, "a", text, "\"\\/\b\f\n\r\té😀", nil},
		{"number as written", `{"a": 1.0e-05}`, "a", number, "1.0e-05", nil},
		{"NaN", `{"a": NaN}`, "a", number, "NaN", nil},
		{"Infinity", `{"a": [Infinity], "b": -Infinity}`, "b", number, "-Infinity", nil},
		{"true", `{"a": true}`, "a", boolean, "true", nil},
		{"null", `{"a": null}`, "a", null, "", nil},
		{"byte order mark", "\uFEFF{\"a\": 1}", "a", number, "1", nil},
		{"last of two", `{"a": 1, "b": 2, "a": 3}`, "a", number, "3", []string{"a: the key is given more than once"}},
		{"deep duplicate", `{"x": {"y": [{"a": 1, "a": 2}]}, "a": 1}`, "a", number, "1", []string{"x.y[].a: the key is given"}},
		{"lone surrogate", `{"a": "x\ud800y"}`, "a", text, "x\uFFFDy", []string{"a: the text holds bytes"}},
		{"bad UTF-8", "{\"a\": \"x\xffy\"}", "a", text, "x\uFFFDy", []string{"a: the text holds bytes"}},
		{"raw newline", "{\"a\": \"x\ny\"}", "a", text, "x\ny", []string{"a: the text holds bytes"}},
		{"truncated", `{"a": "x", "b": [1, {"c": `, "a", text, "x", []string{"the file ends too early"}},
		{"truncated inside", `{"b": 1, "a": {"c": 1`, "a", object, "", []string{"the file ends too early"}},
		{"more after the end", `{"a": 1} {"a": 2}`, "a", number, "1", []string{"more after the end"}},
		{"trailing comma", `{"a": 1,}`, "a", number, "1", []string{`at byte 8: "}" where a key`}},
		{"wrong bracket", `{"a": [1}`, "a", array, "", []string{`at byte 8: "}" where a comma`}},
		{"bad word", `{"a": 1, "b": nul}`, "a", number, "1", []string{`"nul" is not a JSON value`}},
		{"leading zero", `{"a": 1, "b": 01}`, "a", number, "1", []string{`"01" is not a JSON value`}},
		{"comment", `{"a": 1, // x`, "a", number, "1", []string{`"/" where a key`}},
		{"NUL", "{\"a\": 1, \x00", "a", number, "1", []string{`where a key`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := &notes{path: "f"}
			root, err := readJSON(n, strings.NewReader(tt.in), object)
			if err != nil {
				t.Fatal(err)
			}
			v := root.get(tt.key)
			if v == nil || v.kind != tt.kind || v.text != tt.text {
				t.Errorf("%q = %+v, want %v %q", tt.key, v, tt.kind, tt.text)
			}
			wantProblems(t, n.problems(), tt.problems...)
		})
	}
}

func TestReadJSONErrors(t *testing.T) {
	for _, in := range []string{
		"", " ", "{", "x", "[]", "1", `"x"`, "null", `{"a"`, `{"a":`, "{]", "\xff", "\x00", "<html>", `{1: 2}`,
		strings.Repeat("[", 1<<20), "version https://git-lfs.github.com/spec/v1\n",
	} {
		n := &notes{}
		if v, err := readJSON(n, strings.NewReader(in), object); err == nil {
			t.Errorf("%.20q gave %+v", in, v)
		}
	}
	if _, err := readJSON(&notes{}, broken(""), object); !errors.Is(err, errBroken) {
		t.Errorf("the error of the reader is %v", err)
	}
}

// The error of an opened file names the file on the host; it must not leave.
func TestReadErrorWithoutPath(t *testing.T) {
	dir, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	_, _, err = ReadConfig("config.json", dir)
	if err == nil || strings.Contains(err.Error(), dir.Name()) {
		t.Errorf("error is %v", err)
	}
}

func TestReadJSONLimits(t *testing.T) {
	tests := []struct {
		name, want string
		in         io.Reader
	}{
		{"size", "larger than the limit", io.MultiReader(strings.NewReader(`{"model_type": "x", "b": "`), repeated("y", MaxFile))},
		{"space", "larger than the limit", io.MultiReader(strings.NewReader(`{"model_type": "x", `), repeated(" ", MaxFile+1))},
		{"values", "more than 524288 values", io.MultiReader(strings.NewReader(`{"model_type": "x", "b": [`), repeated("0,", MaxFile/2))},
		{"depth", "nested deeper", io.MultiReader(strings.NewReader(`{"model_type": "x", "b": `), repeated("[", 1<<20))},
		{"depth of objects", "nested deeper", io.MultiReader(strings.NewReader(`{"model_type": "x", "b": `), repeated(`{"a":`, 1<<20))},
		{"number", "more than 1024 bytes", io.MultiReader(strings.NewReader(`{"model_type": "x", "b": `), repeated("1", 1<<20))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, problems, err := ReadConfig("f", tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if c.ModelType.Value != "x" {
				t.Errorf("what stood before the limit was lost: %+v", c)
			}
			if len(problems) == 0 || !strings.Contains(problems[len(problems)-1].Reason, tt.want) {
				t.Errorf("problems are %q, want %q", problems, tt.want)
			}
		})
	}
}

func TestProblemsAreBounded(t *testing.T) {
	in := `{"model_type": "x"` + strings.Repeat(`, "`+strings.Repeat("k", 500)+`": 1`, 1000) + "}"
	_, problems, err := ReadConfig("f", strings.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	if len(problems) != maxProblems+1 || problems[maxProblems].Reason != "899 more problems in this file" {
		t.Errorf("%d problems, the last %q", len(problems), problems[len(problems)-1])
	}
	if len(problems[0].Key) > maxKey {
		t.Errorf("a key of %d bytes", len(problems[0].Key))
	}
}

func TestDuplicateInLargeObject(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"model_type": "first"`)
	for i := range 1000 {
		b.WriteString(`, "k` + strconv.Itoa(i) + `": 0`)
	}
	b.WriteString(`, "model_type": "last"}`)
	c, problems, err := ReadConfig("f", strings.NewReader(b.String()))
	if err != nil || c.ModelType.Value != "last" {
		t.Errorf("%+v, %v", c, err)
	}
	wantProblems(t, problems, "model_type: the key is given more than once")
}

func TestIsNumber(t *testing.T) {
	for in, want := range map[string]bool{
		"0": true, "-0": true, "1": true, "-12.50": true, "1e5": true, "1E+05": true, "0.1e-3": true, "123456789012345678901234567890": true,
		"": false, "-": false, "+1": false, "01": false, "-01": false, ".5": false, "5.": false, "1e": false, "1e+": false, "0x1": false, "1.2.3": false,
	} {
		if isNumber(in) != want {
			t.Errorf("isNumber(%q) = %v", in, !want)
		}
	}
}

// The tree agrees with encoding/json wherever that accepts the input.
func FuzzJSON(f *testing.F) {
	f.Add([]byte(visionConfig))
	f.Add([]byte(`{"a": [1, -2.5e3, true, null, "\ud83d\ude00\n", {"b": {}}, []], "c": "x"}`))
	f.Add([]byte(`{"a": NaN, "b": -Infinity, "a": 1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		n := &notes{}
		root, err := readJSON(n, strings.NewReader(string(data)), object)
		if (root == nil) == (err == nil) {
			t.Fatalf("value %v and error %v", root, err)
		}
		if !json.Valid(data) {
			if err == nil && len(n.list) == 0 && !lenient(string(data)) {
				t.Fatalf("%q is no JSON and nothing was noted", data)
			}
			return
		}
		var want any
		if json.Unmarshal(data, &want) != nil {
			return // a number out of range
		}
		if _, isObject := want.(map[string]any); isObject == (err != nil) && !strings.Contains(errText(err), "deeper") {
			t.Fatalf("encoding/json reads %v, error here is %v", want, err)
		}
		if err == nil && len(n.list) == 0 {
			compare(t, root, want)
		}
	})
}

func lenient(s string) bool {
	return strings.Contains(s, "NaN") || strings.Contains(s, "Infinity") || strings.HasPrefix(s, "\uFEFF")
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func compare(t *testing.T, got *value, want any) {
	t.Helper()
	switch w := want.(type) {
	case map[string]any:
		if got.kind != object || len(got.members) != len(w) {
			t.Fatalf("got %+v, want %v", got, w)
		}
		for k, v := range w {
			compare(t, got.get(k), v)
		}
	case []any:
		if got.kind != array || len(got.members) != len(w) {
			t.Fatalf("got %+v, want %v", got, w)
		}
		for i, v := range w {
			compare(t, &got.members[i].value, v)
		}
	case string:
		if got.kind != text || got.text != w {
			t.Fatalf("got %+v, want %q", got, w)
		}
	case float64:
		f, err := strconv.ParseFloat(got.text, 64)
		if got.kind != number || err != nil || f != w && !math.IsNaN(w) {
			t.Fatalf("got %+v, want %v", got, w)
		}
	case bool:
		if got.kind != boolean || got.text != strconv.FormatBool(w) {
			t.Fatalf("got %+v, want %v", got, w)
		}
	case nil:
		if got.kind != null {
			t.Fatalf("got %+v, want null", got)
		}
	}
}
