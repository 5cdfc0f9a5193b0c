package format

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

const indexFile = `{
  "metadata": {"total_size": 16060522496, "total_parameters": 8e9, "x": {"y": [null]}},
  "weight_map": {
    "model.norm.weight": "model-00002-of-00002.safetensors",
    "lm_head.weight": "model-00002-of-00002.safetensors",
    "model.embed_tokens.weight": "sub/model-00001-of-00002.safetensors"
  },
  "later": [true, false, "\u00e9"]
}
`

func TestReadIndex(t *testing.T) {
	want := &Index{
		TotalSize: 16060522496,
		Weights: []Weight{
			{"lm_head.weight", "model-00002-of-00002.safetensors"},
			{"model.embed_tokens.weight", "sub/model-00001-of-00002.safetensors"},
			{"model.norm.weight", "model-00002-of-00002.safetensors"},
		},
	}
	got, err := ReadIndex(iotest.OneByteReader(strings.NewReader(indexFile)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if file, ok := got.File("model.norm.weight"); file != "model-00002-of-00002.safetensors" || !ok {
		t.Errorf("got %q, %t", file, ok)
	}
	if file, ok := got.File("model"); file != "" || ok {
		t.Errorf("got %q, %t", file, ok)
	}
	if files := fmt.Sprint(got.Files()); files != "[model-00002-of-00002.safetensors sub/model-00001-of-00002.safetensors]" {
		t.Errorf("files are %s", files)
	}
}

func TestIndexTotalSize(t *testing.T) {
	tests := []struct {
		metadata string
		want     int64
		problems int
	}{
		{``, -1, 0},
		{`"metadata":null,`, -1, 0},
		{`"metadata":{},`, -1, 0},
		{`"metadata":{"total_size":0},`, 0, 0},
		{`"metadata":{"total_size":12.0},`, 12, 0},
		{`"metadata":{"total_size":12.5},`, -1, 1},
		{`"metadata":{"total_size":1e3},`, -1, 1},
		{`"metadata":{"total_size":-1},`, -1, 1},
		{`"metadata":{"total_size":"12"},`, -1, 1},
		{`"metadata":{"total_size":9223372036854775808},`, -1, 1},
		{`"metadata":{"TOTAL_SIZE":5},`, -1, 0},
	}
	for _, test := range tests {
		x, err := ReadIndex(strings.NewReader("{" + test.metadata + `"weight_map":{}}`))
		if err != nil {
			t.Errorf("%s: %v", test.metadata, err)
		} else if x.TotalSize != test.want || len(x.Problems) != test.problems {
			t.Errorf("%s: %d, %v", test.metadata, x.TotalSize, x.Problems)
		}
	}
}

func TestIndexProblems(t *testing.T) {
	x, err := ReadIndex(strings.NewReader(`{"weight_map":{"a":"../x.safetensors","b":"ok.safetensors","c":"/etc/passwd"}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Problem{{"weight_map", "a", "../x.safetensors", "leaves the repository"}, {"weight_map", "c", "/etc/passwd", "is absolute"}}
	if diff := cmp.Diff(want, x.Problems); diff != "" || len(x.Weights) != 1 {
		t.Errorf("weights %v, -want +got\n%s", x.Weights, diff)
	}
	if got := x.Problems[0].String(); got != `tensor "a": file "../x.safetensors" leaves the repository` {
		t.Error(got)
	}
}

func TestCheckShardPath(t *testing.T) {
	for name, want := range map[string]error{
		"model.safetensors":         nil,
		"a/b.safetensors":           nil,
		"a..b/...":                  nil,
		"12:30.bin":                 nil,
		"":                          errEmpty,
		".":                         errUnclean,
		"..":                        errParent,
		"../a":                      errParent,
		"a/../b":                    errParent,
		"a/..":                      errParent,
		"/a":                        errAbsolute,
		"//host/a":                  errAbsolute,
		"a//b":                      errUnclean,
		"./a":                       errUnclean,
		"a/":                        errUnclean,
		`a\b`:                       errBackslash,
		`..\a`:                      errBackslash,
		"C:a":                       errScheme,
		"c:/a":                      errScheme,
		"https://example.com/a.bin": errScheme,
		"file:a":                    errScheme,
		"git+ssh:x":                 errScheme,
		"a\x00b":                    errNUL,
	} {
		if got := CheckShardPath(name); got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
}

func TestHostileIndex(t *testing.T) {
	for name, test := range map[string]hostile{
		"empty":                 {nil, ErrTruncated, 0},
		"no weight map":         {[]byte(`{"metadata":{}}`), ErrMalformed, 15},
		"array":                 {[]byte(`[]`), ErrMalformed, 0},
		"weight map is null":    {[]byte(`{"weight_map":null}`), ErrMalformed, 14},
		"weight map twice":      {[]byte(`{"weight_map":{},"weight_map":{}}`), ErrMalformed, 17},
		"metadata twice":        {[]byte(`{"metadata":{},"metadata":{}}`), ErrMalformed, 15},
		"total size twice":      {[]byte(`{"metadata":{"total_size":1,"total_size":1}}`), ErrMalformed, 28},
		"tensor twice":          {[]byte(`{"weight_map":{"a":"b","a":"b"}}`), ErrMalformed, 23},
		"file is a number":      {[]byte(`{"weight_map":{"a":1}}`), ErrMalformed, 19},
		"capitals":              {[]byte(`{"Weight_Map":{}}`), ErrMalformed, 17},
		"text behind":           {[]byte(`{"weight_map":{}}x`), ErrMalformed, 17},
		"not UTF-8":             {[]byte("{\"weight_map\":{\"a\":\"\xff\"}}"), ErrMalformed, 20},
		"unended":               {[]byte(`{"weight_map":{"a":"b"`), ErrTruncated, 22},
		"deep":                  {[]byte(`{"x":` + strings.Repeat(`[`, 1_000_000)), ErrLimit, -1},
		"deep objects":          {[]byte(`{"x":` + strings.Repeat(`{"":`, 1_000_000)), ErrLimit, -1},
		"a file name of 5 kB":   {[]byte(`{"weight_map":{"a":"` + strings.Repeat("f", 5000) + `"}}`), ErrLimit, -1},
		"a tensor name of 5 kB": {[]byte(`{"weight_map":{"` + strings.Repeat("t", 5000) + `":"b"}}`), ErrLimit, -1},
	} {
		x, err := ReadIndex(strings.NewReader(string(test.file)))
		if x != nil || !errors.Is(err, test.err) {
			t.Errorf("%s: %v, %v, want %v", name, x, err, test.err)
			continue
		}
		checkError(t, err, int64(len(test.file)))
		var e *Error
		if errors.As(err, &e); test.at >= 0 && e.Offset != test.at {
			t.Errorf("%s: %v, want byte %d", name, err, test.at)
		}
	}
	if x, err := ReadIndex(endless{}); x != nil || !errors.Is(err, ErrLimit) {
		t.Errorf("endless: %v, %v", x, err)
	}
	if x, err := ReadIndex(iotest.ErrReader(errBroken)); x != nil || !errors.Is(err, errBroken) {
		t.Errorf("broken: %v, %v", x, err)
	}
}

// endless is white space without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

var _ io.Reader = endless{}
