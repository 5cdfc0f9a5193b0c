package fingerprint

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// goldenModel has every member of the form. The arrays in goldenForm were packed
// with Python's struct and base64.
func goldenModel() *Model {
	values := make([]int16, WindowSize)
	for i := range values {
		values[i] = int16(i*1000 - 16000)
	}
	q := TensorPrint{Name: "layers.0.q", Role: "attention.q", Layer: 0, Expert: -1, Shape: []uint64{4096, 18446744073709551615}, DType: "BF16",
		Bytes: 33554432, Payload: [32]byte{0xab, 31: 1}, Value: [32]byte{0xcd, 31: 2}, Form: "BF16"}
	q.Sketch = Sketch{Class: Matrix, NonFinite: 1, Rows: []uint32{3, 70000}, Columns: []uint32{3, 70000}, Views: []View{
		{Rows: 4096, Cols: 4096, Windows: []Window{{0xdeadbeef, allUsed, NoExtremes}, {1, 0xfffffffe, 32*5 + 7}}, Scales: []float32{1.5}, Values: values},
		{Transform: Transposed, Rows: 2, Cols: 32, Windows: []Window{{0xdeadbeef, allUsed, NoExtremes}, {1, allUsed, 32*5 + 7}}}}}
	gain := TensorPrint{Name: "norm", Layer: -1, Expert: 7, Scheme: "gptq"}
	gain.Sketch = Sketch{Class: Gain, Reason: "x", Gains: []float32{1, float32(math.Copysign(0, -1)), float32(math.NaN())}}
	small := TensorPrint{Layer: -1, Expert: -1, Sketch: Sketch{Class: Small}}
	return &Model{Group: "acme", Name: "<m\"1\">", Version: "v\n1", PURL: "pkg:huggingface/acme/m", Mode: Full,
		Files: []FilePrint{{"a.safetensors", 10, strings.Repeat("0f", 32)}, {"b", 0, ""}},
		Parts: []Part{
			{Ref: "part:language-model", Role: "language-model", Family: "llama", Architecture: "LlamaForCausalLM", Heads: 32, KVHeads: 8,
				WeightsDigest: "sha256:1", Parameters: 8e9, Layers: 32, Unread: 1, Tensors: []TensorPrint{small, q, gain}},
			{Ref: "part:tokenizer", Tokenizer: &TokenizerPrint{Type: "BPE", Vocabulary: 3, Merges: 0, VocabularyDigest: "v", TokensDigest: "t", MergesDigest: "m",
				Tokens: -1, TokenMap: "x", TokenPrefixes: []uint64{0x1b0c159b675ad778}, MergePrefixes: []uint64{1}, Sample: []TokenSample{{1, 7}}, Special: []string{"<s>", "\u007f"}}}}}
}

const goldenForm = `{"format":"modelbom-fingerprint","version":1,"sketch":"modelbom-sketch/1","mode":"full","group":"acme","name":"<m\"1\">","revision":"v\u000a1","purl":"pkg:huggingface/acme/m","files":[
{"path":"a.safetensors","size":10,"sha256":"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"},
{"path":"b","size":0}],"parts":[
{"ref":"part:language-model","role":"language-model","family":"llama","architecture":"LlamaForCausalLM","heads":32,"kvHeads":8,"weightsDigest":"sha256:1","parameters":8000000000,"layers":32,"unread":1,"tensors":[
{"name":"","class":"small"},
{"name":"layers.0.q","role":"attention.q","layer":0,"shape":[4096,18446744073709551615],"dtype":"BF16","bytes":33554432,"payload":"ab00000000000000000000000000000000000000000000000000000000000001","value":"cd00000000000000000000000000000000000000000000000000000000000002","form":"BF16","class":"matrix","nonFinite":1,"views":[{"rows":4096,"cols":4096,"signs":"776t3gEAAAA=","used":"//////7///8=","extremes":"AASnAA==","scales":"AADAPw==","values":"gMFoxVDJOM0g0QjV8NjY3MDgqOSQ6HjsYPBI9DD4GPwAAOgD0Ae4C6APiBNwF1gbQB8oIxAn+CrgLsgysDaYOg=="},{"transform":"transposed","rows":2,"cols":32,"signs":"776t3gEAAAA=","extremes":"AASnAA=="}],"rowCodes":"AwAAAHARAQA=","columnCodes":"AwAAAHARAQA="},
{"name":"norm","expert":7,"scheme":"gptq","class":"gain","reason":"x","gains":"AACAPwAAAIAAAMB/"}]},
{"ref":"part:tokenizer","tokenizer":{"type":"BPE","vocabulary":3,"merges":0,"vocabularyDigest":"v","tokensDigest":"t","mergesDigest":"m","tokenMap":"x","tokenPrefixes":"eNdaZ5sVDBs=","mergePrefixes":"AQAAAAAAAAA=","sampleHashes":"AQAAAAAAAAA=","sampleIDs":"BwAAAA==","special":["<s>","\u007f"]}}]}
`

func TestGoldenForm(t *testing.T) {
	if got := string(encoded(t, goldenModel())); got != goldenForm {
		t.Errorf("got\n%s\nwant\n%s", got, goldenForm)
	}
	got, err := Decode(strings.NewReader(goldenForm))
	if err != nil {
		t.Fatal(err)
	}
	if diff := sameModel(goldenModel(), got); diff != "" {
		t.Error(diff)
	}
	// sha256sum of goldenForm
	if d := got.Digest(); d != "sha256:628b0460f01d87dc8874e149d750462aac43bfbdb6d5bed2d879c2bf2b7fd811" {
		t.Error(d)
	}
}

func TestFormRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		m := randomModel(r, 6)
		b := encoded(t, m)
		got, err := Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%v\n%s", err, b)
		}
		if diff := sameModel(m, got); diff != "" {
			t.Fatal(diff)
		}
		for i := range m.Parts {
			b, err := EncodePart(&m.Parts[i])
			if err != nil {
				t.Fatal(err)
			}
			p, err := DecodePart(b)
			if err != nil {
				t.Fatal(err)
			}
			if diff := sameModel(&m.Parts[i], p); diff != "" {
				t.Fatal(diff)
			}
		}
	}
}

// The order of lists is no part of a model.
func TestFormOrder(t *testing.T) {
	m := goldenModel()
	slices.Reverse(m.Files)
	slices.Reverse(m.Parts)
	slices.Reverse(m.Parts[1].Tensors)
	if got := string(encoded(t, m)); got != goldenForm {
		t.Errorf("reversed lists gave\n%s", got)
	}
	if m.Parts[0].Ref != "part:tokenizer" {
		t.Error("the model was changed")
	}
	a, errA := EncodePart(&m.Parts[1])
	b, errB := EncodePart(&goldenModel().Parts[0])
	if errA != nil || errB != nil || !bytes.Equal(a, b) {
		t.Error("a part with its tensors reversed has another form")
	}
}

// Bytes that are not UTF-8 become visible, and the digest does not depend on
// where that happened.
func TestFormOfBytes(t *testing.T) {
	part := Part{Ref: "part:x", Tensors: []TensorPrint{{Name: "\xff", Layer: -1, Expert: -1, Sketch: Sketch{Class: Small}}, {Name: "a\xc3", Layer: -1, Expert: -1, Sketch: Sketch{Class: Small}}}}
	m := &Model{Mode: Sparse, Files: []FilePrint{{Path: "p\xfe"}}, Parts: []Part{part}}
	got, err := Decode(bytes.NewReader(encoded(t, m)))
	if err != nil {
		t.Fatal(err)
	}
	if got.Files[0].Path != `p\xfe` || got.Parts[0].Tensors[0].Name != `\xff` || got.Parts[0].Tensors[1].Name != `a\xc3` {
		t.Errorf("%+v", got)
	}
	if got.Digest() != m.Digest() || m.Digest() == "" {
		t.Error(m.Digest())
	}
	b, err := EncodePart(&part)
	if err != nil {
		t.Fatal(err)
	}
	p, err := DecodePart(b)
	if err != nil || p.Tensors[0].Name != "\xff" || p.Tensors[1].Name != "a\xc3" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestEncodeRefuses(t *testing.T) {
	tests := map[string]func(*Model){
		"two tensors are called":           func(m *Model) { m.Parts[0].Tensors[1].Name = "norm" },
		"two parts are called":             func(m *Model) { m.Parts[1].Ref = m.Parts[0].Ref },
		"two files are called":             func(m *Model) { m.Files[1].Path = m.Files[0].Path },
		"a part has no reference":          func(m *Model) { m.Parts[0].Ref = "" },
		"a file has no path":               func(m *Model) { m.Files[0].Path = "" },
		"the mode is":                      func(m *Model) { m.Mode = "" },
		`the class is ""`:                  func(m *Model) { m.Parts[0].Tensors[0].Class = "" },
		"negative number":                  func(m *Model) { m.Parts[0].Tensors[0].Layer = -2 },
		"negative number of":               func(m *Model) { m.Parts[1].Tokenizer.Tokens = -2 },
		"has a negative number":            func(m *Model) { m.Parts[0].Heads = -1 },
		"has -1 bytes":                     func(m *Model) { m.Files[0].Size = -1 },
		"has the digest":                   func(m *Model) { m.Files[0].SHA256 = strings.Repeat("0F", 32) },
		"0 windows of":                     func(m *Model) { m.Parts[0].Tensors[1].Views[0].Windows = nil },
		"33 windows of":                    func(m *Model) { m.Parts[0].Tensors[1].Views[0].Windows = make([]Window, 33) },
		"2 windows of 1 rows and 63 col":   func(m *Model) { v := &m.Parts[0].Tensors[1].Views[1]; v.Rows, v.Cols = 1, 63 },
		"3 scales of 2 windows":            func(m *Model) { m.Parts[0].Tensors[1].Views[0].Scales = make([]float32, 3) },
		"31 values of 1 scales":            func(m *Model) { m.Parts[0].Tensors[1].Views[0].Values = make([]int16, 31) },
		"257 row codes":                    func(m *Model) { m.Parts[0].Tensors[1].Rows = make([]uint32, 257) },
		"codes are not in ascending order": func(m *Model) { m.Parts[0].Tensors[1].Columns = []uint32{5, 5} },
		"513 gains":                        func(m *Model) { m.Parts[0].Tensors[2].Gains = make([]float32, 513) },
		"65 dimensions":                    func(m *Model) { m.Parts[0].Tensors[2].Shape = make([]uint64, 65) },
		"65 views":                         func(m *Model) { m.Parts[0].Tensors[2].Views = make([]View, 65) },
		"sampled tokens are not in":        func(m *Model) { m.Parts[1].Tokenizer.Sample = make([]TokenSample, 2) },
		"1025 sampled tokens":              func(m *Model) { m.Parts[1].Tokenizer.Sample = make([]TokenSample, 1025) },
		"257 special tokens":               func(m *Model) { m.Parts[1].Tokenizer.Special = make([]string, 257) },
		"a text of 65537 bytes":            func(m *Model) { m.Parts[0].Family = strings.Repeat("x", 65537) },
		"a text of 65540 bytes":            func(m *Model) { m.Parts[0].Tensors[1].Name = strings.Repeat("\xff", 16385) },
	}
	for want, spoil := range tests {
		m := goldenModel()
		spoil(m)
		if err := Encode(io.Discard, m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
		if d := m.Digest(); d != "" {
			t.Errorf("%s: the digest %s", want, d)
		}
		if strings.Contains(want, "file") || strings.Contains(want, "mode") || strings.Contains(want, "digest") || strings.Contains(want, "two parts") || strings.Contains(want, "-1 bytes") {
			continue
		}
		refused := false
		for i := range m.Parts {
			if _, err := EncodePart(&m.Parts[i]); err != nil && strings.Contains(err.Error(), want) {
				refused = true
			}
		}
		if !refused {
			t.Errorf("%s: EncodePart does not mind", want)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	const head = `{"format":"modelbom-fingerprint","version":1,"sketch":"modelbom-sketch/1","mode":"full",`
	part := func(s string) string { return head + `"parts":[{"ref":"r","tensors":[` + s + `]}]}` }
	view := func(s string) string { return part(`{"name":"a","class":"matrix","views":[` + s + `]}`) }
	tests := map[string]string{
		"":                  "unexpected EOF",
		"x":                 `'x' where '{' should be`,
		"[]":                `'[' where '{' should be`,
		"{}":                "this is not a fingerprint",
		`{"format":"spdx"}`: `the format is "spdx"`,
		`{"format":"modelbom-fingerprint","version":2,"sketch":"modelbom-sketch/1","parts":[x`:                "version 2 of the file form is not known",
		`{"format":"modelbom-fingerprint","version":1,"sketch":"modelbom-sketch/9","parts":[x`:                `"modelbom-sketch/9" and cannot be compared`,
		`{"parts":[],"format":"modelbom-fingerprint","version":1,"sketch":"modelbom-sketch/1"}`:               "this is not a fingerprint",
		`{"format":"modelbom-fingerprint","version":1,"sketch":"modelbom-sketch/1","mode":"half","parts":[]}`: `the mode is "half"`,
		head[:len(head)-1] + `}`:                                                               "there are no parts",
		head + `"parts":[]} x`:                                                                 "more after the end",
		head + `"parts":[],}`:                                                                  `where '"' should be`,
		head + `"parts":[,]}`:                                                                  `where '{' should be`,
		head + `"parts":[]`:                                                                    "unexpected EOF",
		head + `"mode":"full","parts":[]}`:                                                     `"mode" is given twice`,
		head + `"parts":[],"parts":[]}`:                                                        `"parts" is given twice`,
		head + `"parts":[{}]}`:                                                                 "a part has no reference",
		head + `"parts":[{"ref":null}]}`:                                                       "should be",
		head + `"parts":[{"ref":"r"},{"ref":"r"}]}`:                                            "two parts are called",
		head + `"parts":[{"ref":"r","heads":-1}]}`:                                             "not a whole number",
		head + `"parts":[{"ref":"r","heads":1.0}]}`:                                            "not a whole number",
		head + `"parts":[{"ref":"r","heads":01}]}`:                                             "no value",
		head + `"parts":[{"ref":"r","parameters":9223372036854775808}]}`:                       "not a whole number",
		head + `"files":[{"path":"a","size":0},{"path":"a","size":1}],"parts":[]}`:             "two files are called",
		head + `"files":[{"size":0}],"parts":[]}`:                                              "a file has no path",
		head + `"x":` + strings.Repeat("[", 40):                                                "nested deeper than 32",
		head + `"x":nul,"parts":[]}`:                                                           `"nul" is no value`,
		head + `"x":"` + strings.Repeat("y", maxFormUnknown+1) + `"`:                           "a text of more than 1048576 bytes",
		head + `"name":"` + strings.Repeat("y", MaxFormText+1) + `"`:                           "a text of more than 65536 bytes",
		head + "\"name\":\"a\nb\"":                                                             "control characters",
		head + "\"name\":\"a\xff\"":                                                            "not UTF-8",
		head + "\"name\":\"\\n\xff\"":                                                          "not UTF-8",
		head + `"name":"\q"`:                                                                   "an escape that is none",
		head + `"heads":` + strings.Repeat("1", 100):                                           "a number of more than 64 bytes",
		part(`{"class":"small"}`):                                                              "a tensor has no name",
		part(`{"name":"a"}`):                                                                   `the class is ""`,
		part(`{"name":"a","class":"huge"}`):                                                    `the class is "huge"`,
		part(`{"name":"a","class":"small"},{"name":"a","class":"small"}`):                      "two tensors are called",
		part(`{"name":"a","class":"small","payload":"ab"}`):                                    "a digest of 2 digits",
		part(`{"name":"a","class":"small","payload":"` + strings.Repeat("g", 64) + `"}`):       "invalid byte",
		part(`{"name":"a","class":"small","gains":"AAA="}`):                                    "no whole number of items",
		part(`{"name":"a","class":"small","gains":"AA\nAA"}`):                                  "base64 with newlines",
		part(`{"name":"a","class":"small","gains":"` + strings.Repeat("AAAA", 683) + `AA=="}`): "more than 2732 bytes",
		part(`{"name":"a","class":"small","rowCodes":"AQAAAAAAAAA="}`):                         "not in ascending order",
		part(`{"name":"a","class":"small","shape":[` + strings.Repeat("1,", 64) + `1]}`):       "more than 64 dimensions",
		view(``):                     "",
		view(`{"rows":1,"cols":32}`): "0 windows",
		view(`{"signs":"AAAAAA==","extremes":"AAA="}`):                                                 "1 windows of 0 rows",
		view(`{"rows":1,"cols":31,"signs":"AAAAAA==","extremes":"AAA="}`):                              "1 windows of 1 rows and 31 columns, not 1 to 0",
		view(`{"rows":1,"cols":32,"signs":"AAAAAA=="}`):                                                "extremes of 0",
		view(`{"rows":1,"cols":32,"signs":"AAAAAA==","extremes":"AAA=","used":"AAAAAAAAAAA="}`):        "2 used",
		view(`{"rows":1,"cols":32,"signs":"AAAAAA==","extremes":"AAA=","scales":"AAAAAA=="}`):          "0 values of 1 scales",
		view(`{"rows":1,"cols":32,"signs":"AAAAAA==","extremes":"AAA=","values":"AAA="}`):              "1 values of 0 scales",
		view(`{"signs":"` + strings.Repeat("AAAA", 44) + `","extremes":"AAA="}`):                       "a text of more than 172 bytes",
		view(strings.Repeat(`{"rows":1,"cols":32,"signs":"AAAAAA==","extremes":"AAA="},`, 64) + `{}`):  "more than 64 views",
		head + `"parts":[{"ref":"r","tokenizer":{"sampleIDs":"AAAAAA=="}}]}`:                           "0 hashes of 1",
		head + `"parts":[{"ref":"r","tokenizer":{"special":[` + strings.Repeat(`"",`, 256) + `""]}}]}`: "more than 256 special",
	}
	for in, want := range tests {
		got, err := Decode(strings.NewReader(in))
		if want == "" {
			if err != nil {
				t.Errorf("%s: %v", in, err)
			}
			continue
		}
		if err == nil || got != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.300s: %v, want %q", in, err, want)
		}
	}
}

// What stands between and beside the members that are known does not matter.
func TestDecodeTolerates(t *testing.T) {
	in := " {\"new\":{\"a\":[1,2.5e-3,{\"b\":null}],\"a\":true},\"purl\":\"\\u0061\\ud83d\\ude00\\/\",\r\n\t\"sketch\" : \"modelbom-sketch/1\",\"version\":1,\"mode\":\"sparse\",\"format\":\"modelbom-fingerprint\"," +
		`"parts":[{"tensors":[{"class":"small","name":"b"},{"name":"a","class":"gain","gains":"AACAPwAAAIAAAMB\/"}],"more":[],"ref":"r"}],"Parts":1} ` + "\n"
	got, err := Decode(strings.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	if got.PURL != "a😀/" || len(got.Parts) != 1 || got.Parts[0].Tensors[0].Name != "a" || len(got.Parts[0].Tensors[0].Gains) != 3 || got.Parts[0].Tensors[1].Layer != -1 {
		t.Errorf("%+v", got)
	}
}

// No beginning of a file is a file.
func TestDecodeTruncated(t *testing.T) {
	b := encoded(t, goldenModel())
	for n := range len(b) - 1 {
		if _, err := Decode(bytes.NewReader(b[:n])); err == nil {
			t.Fatalf("%d of %d bytes are a fingerprint", n, len(b))
		} else if n > 10 && !errors.Is(err, io.ErrUnexpectedEOF) && n > 200 {
			t.Fatalf("%d of %d bytes: %v", n, len(b), err)
		}
	}
	for i := range goldenModel().Parts {
		b, err := EncodePart(&goldenModel().Parts[i])
		if err != nil {
			t.Fatal(err)
		}
		for n := range b {
			if _, err := DecodePart(b[:n]); err == nil {
				t.Fatalf("%d of %d bytes are a part", n, len(b))
			}
		}
		if _, err := DecodePart(append(b, 0)); err == nil {
			t.Error("a byte more is a part as well")
		}
	}
}

// A file that never ends costs no more than the limit.
func TestDecodeOversized(t *testing.T) {
	n := int64(len(goldenForm))
	if _, err := decode(strings.NewReader(goldenForm), n); err != nil {
		t.Error(err)
	}
	if _, err := decode(strings.NewReader(goldenForm+" "), n); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Error(err)
	}
	endless := io.MultiReader(strings.NewReader(goldenForm), spaces{})
	if _, err := decode(endless, 1<<20); err == nil || !strings.Contains(err.Error(), "more than 1048576 bytes") {
		t.Error(err)
	}
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) { return copy(p, "     "), nil }

func TestDecodePartRefuses(t *testing.T) {
	whole, err := EncodePart(&goldenModel().Parts[0])
	if err != nil {
		t.Fatal(err)
	}
	other := bytes.Clone(whole)
	other[3] = 2
	tests := map[string][]byte{
		"no part of a fingerprint": other,
		"cannot be compared":       bytes.Replace(whole, []byte("modelbom-sketch/1"), []byte("modelbom-sketch/2"), 1),
		"the number of tensors":    append([]byte(partMagic+"\x11modelbom-sketch/1\x01r\x00\x00\x00\x00"+"\x00\x00\x00\x00\x00\x00"), 0xff, 0xff, 0xff, 0xff, 0x0f),
		"the length of a text":     []byte(partMagic + "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
		"ends too early":           []byte(partMagic + "\xff\xff\x03"),
	}
	for want, in := range tests {
		if p, err := DecodePart(in); err == nil || p != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// Encoding and decoding take little memory beside the model.
func TestFormMemory(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	m := &Model{Mode: Full, Parts: []Part{{Ref: "part:x"}}}
	for i := range 4000 {
		m.Parts[0].Tensors = append(m.Parts[0].Tensors, fullTensor(r, i))
	}
	var size int64
	encode := allocated(func() {
		counter := &counting{}
		if err := Encode(counter, m); err != nil {
			t.Fatal(err)
		}
		size = counter.n
	})
	b := encoded(t, m)
	m = nil
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var got *Model
	decode := allocated(func() { got, _ = Decode(bytes.NewReader(b)) })
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(b)
	live := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	t.Logf("%d bytes; encoding allocates %d; the result holds %d, decoding allocates %d", size, encode, live, decode)
	if len(got.Parts[0].Tensors) != 4000 || encode > 1<<20 || float64(decode) > 1.5*float64(live) {
		t.Errorf("encoding allocates %d bytes, decoding %d for a result of %d", encode, decode, live)
	}
}

func allocated(f func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

type counting struct{ n int64 }

func (c *counting) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}
