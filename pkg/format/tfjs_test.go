package format

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const tfjsModel = `{"format":"layers-model","generatedBy":"keras v2.10.0","convertedBy":null,"signature":{"a":[{}]},
"modelTopology":{"class_name":"Functional","config":{"layers":[{"class_name":"Dense"},{"config":{"function":["4wEAAAA=",null,null]},"class_name":"Lambda"},{"name":"Lambda"}]}},
"weightsManifest":[
 {"paths":["group1-shard1of3","group1-shard2of3","group1-shard3of3"],"weights":[
  {"name":"w","shape":[2,3],"dtype":"float32"},
  {"name":"q","shape":[5],"dtype":"float32","quantization":{"dtype":"uint8","scale":0.25,"min":-1e-3,"original_dtype":"float32"}},
  {"name":"h","shape":[3],"dtype":"float32","quantization":{"dtype":"float16","original_dtype":"float32"}},
  {"name":"none","shape":[0,7],"dtype":"int32"},
  {"name":"b","shape":[],"dtype":"bool","quantization":null}]},
 {"weights":[
  {"name":"i","shape":[1],"dtype":"int32","quantization":{"dtype":"uint16","min":3,"scale":2}},
  {"name":"c","shape":[1],"dtype":"complex64"}],"paths":["sub/group2-shard1of1.bin"]}]}`

const tfjsManifest = "[\n  {\n \"weights\":[{\"name\":\"conv0/filters\",\"shape\":[3],\"dtype\":\"float32\",\"quantization\":{\"dtype\":\"uint8\",\"scale\":0.009,\"min\":-1.2}}],\"paths\":[\"a.bin\"]}]\n"

func validTFJS() map[string][]byte {
	return map[string][]byte{
		"model":    []byte(tfjsModel),
		"manifest": []byte(tfjsManifest),
		"empty":    []byte(`{"modelTopology":null,"weightsManifest":[{"paths":[],"weights":[]}]}`),
		"bare":     []byte(`{"modelTopology":{}}`),
		"lost": []byte(`{"weightsManifest":[{"paths":["a"],"weights":[{"name":"x","shape":[1],"dtype":"uint8"},{"name":"s","shape":[2],"dtype":"string"},
			{"name":"y","shape":[1],"dtype":"uint8"}]},{"paths":["b"],"weights":[{"name":"z","shape":[1],"dtype":"float64"}]},{"paths":["c"],"weights":[
			{"name":"v","shape":[1],"dtype":"float32","quantization":{"dtype":"uint4","scale":1,"min":0}}]}]}`),
	}
}

func TestTFJS(t *testing.T) {
	h, err := read(tfjs{}, []byte(tfjsModel))
	if err != nil {
		t.Fatal(err)
	}
	got := describe(h)
	want := []string{
		"b BOOL [] 35+1", "c C64 [1] 2+8", "h F16 [3] 29+6", `i U16 [1] 0+2 {2 3 I32}`,
		"none I32 [0 7] 35+0", `q U8 [5] 24+5 {0.25 -0.001 F32}`, "w F32 [2 3] 0+24",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Entry{{Key: "format", Type: TypeString, Text: "layers-model"}, {Key: "generatedBy", Type: TypeString, Text: "keras v2.10.0"}}, h.Metadata); diff != "" {
		t.Error(diff)
	}
	at := int64(strings.Index(tfjsModel, `"Lambda"}`))
	if len(h.Code) != 1 || h.Code[0].Kind != CodeScript || h.Code[0].Offset != at {
		t.Errorf("code %v, want a script at %d", h.Code, at)
	}
	if len(h.Notes) != 0 || len(h.Unread) != 0 {
		t.Errorf("notes %v, unread %v", h.Notes, h.Unread)
	}
	if files := h.Files(); len(files) != 4 || !slices.Contains(files, "sub/group2-shard1of1.bin") {
		t.Errorf("files %q", files)
	}
	if _, err := h.Tensors[0].Stored(nil); err == nil {
		t.Error("a tensor without a place is read")
	}
}

// describe tells tensors in short: name, type, shape, place in the group.
func describe(h *Header) []string {
	var list []string
	for _, tensor := range h.Tensors {
		s := fmt.Sprintf("%s %s %v %d+%d", tensor.Name, tensor.DType, tensor.Shape, tensor.Layout.GroupOffset, tensor.Size)
		if a := tensor.Layout.Affine; a != nil {
			s += fmt.Sprint(" ", *a)
		}
		list = append(list, s)
	}
	return list
}

func TestTFJSResolve(t *testing.T) {
	sizes := map[string]int64{"group1-shard1of3": 10, "group1-shard2of3": 16, "group1-shard3of3": 10, "sub/group2-shard1of1.bin": 10}
	resolve := func(change map[string]int64) (map[string][]Segment, []string) {
		h, err := read(tfjs{}, []byte(tfjsModel))
		if err != nil {
			t.Fatal(err)
		}
		problems := Resolve(h, func(file string) (int64, bool) {
			n, ok := sizes[file]
			if c, changed := change[file]; changed {
				n, ok = c, c != absent
			}
			return n, ok
		})
		segments := map[string][]Segment{}
		for _, tensor := range h.Tensors {
			segments[tensor.Name] = tensor.Layout.Segments
		}
		var texts []string
		for _, p := range problems {
			texts = append(texts, p.String())
		}
		return segments, texts
	}
	whole := map[string][]Segment{
		"w": {{"group1-shard1of3", 0, 10}, {"group1-shard2of3", 0, 14}},
		"q": {{"group1-shard2of3", 14, 2}, {"group1-shard3of3", 0, 3}},
		"h": {{"group1-shard3of3", 3, 6}}, "none": {}, "b": {{"group1-shard3of3", 9, 1}},
		"i": {{"sub/group2-shard1of1.bin", 0, 2}}, "c": {{"sub/group2-shard1of1.bin", 2, 8}},
	}
	got, problems := resolve(nil)
	if diff := cmp.Diff(whole, got); diff != "" || problems != nil {
		t.Error(diff, problems)
	}
	for _, c := range []struct {
		file string
		size int64
		lost []string
		want string
	}{
		{"group1-shard3of3", absent, []string{"q", "h", "none", "b"}, `weightsManifest file "group1-shard3of3" is missing: 4 weights cannot be read`},
		{"group1-shard1of3", -5, []string{"w", "q", "h", "none", "b"}, `weightsManifest file "group1-shard1of3" is too long: 5 weights cannot be read`},
		{"group1-shard2of3", maxFile, []string{"w", "q", "h", "none", "b"}, `weightsManifest file "group1-shard2of3" is too long: 5 weights cannot be read`},
		{"sub/group2-shard1of1.bin", 9, []string{"c"}, `weightsManifest group of 9 bytes is shorter than its weights, which take 10: 1 of them cannot be read`},
		{"sub/group2-shard1of1.bin", 12, nil, `weightsManifest group of 12 bytes is longer than its weights, which take 10`},
	} {
		got, problems := resolve(map[string]int64{c.file: c.size})
		if !slices.Equal(problems, []string{c.want}) {
			t.Errorf("%s of %d bytes: %q, want %q", c.file, c.size, problems, c.want)
		}
		for name, segments := range got {
			if (segments == nil) != slices.Contains(c.lost, name) {
				t.Errorf("%s of %d bytes: %s has %v", c.file, c.size, name, segments)
			}
		}
	}
}

const absent = -1 << 40

// What a resolved tensor stores comes from the right files.
func TestTFJSStored(t *testing.T) {
	h, err := read(tfjs{}, []byte(tfjsManifest))
	if err != nil {
		t.Fatal(err)
	}
	if p := Resolve(h, func(string) (int64, bool) { return 3, true }); p != nil {
		t.Error(p)
	}
	r, err := h.Tensors[0].Stored(func(file string) (io.ReaderAt, int64, error) {
		return strings.NewReader(file[:3]), 3, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(r); string(b) != "a.b" {
		t.Errorf("%q", b)
	}
}

func TestTFJSUnread(t *testing.T) {
	h, err := read(tfjs{}, validTFJS()["lost"])
	if err != nil {
		t.Fatal(err)
	}
	if got := describe(h); !slices.Equal(got, []string{"x U8 [1] 0+1"}) {
		t.Errorf("tensors %q", got)
	}
	if !slices.Equal(h.Unread, []string{"s", "y", "z", "v"}) || len(h.Notes) != 4 {
		t.Errorf("unread %q, notes %v", h.Unread, h.Notes)
	}
	// What has no size may fill the rest of the group.
	if p := Resolve(h, func(string) (int64, bool) { return 100, true }); p != nil {
		t.Error(p)
	}
}

func TestTFJSMatch(t *testing.T) {
	for _, c := range []struct {
		name, head string
		want       bool
	}{
		{"model.json", `{"format":"graph-model",`, true},
		{"model.json", ` {"modelTopology":{`, true},
		{"Model.JSON", "\n{\"weightsManifest\":[", true},
		{"3f2a", `{"modelTopology":{`, true},
		{"model.js", `{"modelTopology":{`, false},
		{"x.json", tfjsManifest, true},
		{"x-weights_manifest.json", `[ { "paths" : [`, true},
		{"x.json", `[ { "paths" : [`, false},
		{"x.json", `[{"paths":["a"],"weights":[{"shape":[1],"dtype":"int32"`, true},
		{"x.json", `[{"name":"weights","shape":[1],"dtype":"int32"`, false},
		{"config.json", `{"architectures":["BertModel"]}`, false},
		{"x.json", `[`, false},
		{"x.json", ``, false},
		{"notebook.json", `{"source":"{\"modelTopology\":1}"}`, false},
	} {
		if got := (tfjs{}).Match(c.name, []byte(c.head)); got != c.want {
			t.Errorf("%s %q: %t", c.name, c.head, got)
		}
	}
}

// group is a manifest of one group with the given weights.
func tfjsGroup(weights string) string {
	return `[{"paths":["a"],"weights":[` + weights + `]}]`
}

func TestTFJSHostile(t *testing.T) {
	quantised := func(q string) string {
		return tfjsGroup(`{"name":"a","shape":[1],"dtype":"float32","quantization":{` + q + `}}`)
	}
	paths := func(list string) string { return `[{"paths":[` + list + `],"weights":[]}]` }
	const a = `{"name":"a","shape":[1],"dtype":"int32"}`
	for name, c := range map[string]struct {
		file string
		err  error
	}{
		"empty":              {``, ErrTruncated},
		"a number":           {`1`, ErrMalformed},
		"cut off":            {`{"modelTopology":{`, ErrTruncated},
		"text behind":        {`{"modelTopology":{}} x`, ErrMalformed},
		"text behind list":   {`[] x`, ErrMalformed},
		"member twice":       {`{"weightsManifest":[],"weightsManifest":[]}`, ErrMalformed},
		"topology twice":     {`{"modelTopology":{},"modelTopology":{}}`, ErrMalformed},
		"format is a number": {`{"format":1}`, ErrMalformed},
		"manifest an object": {`{"weightsManifest":{}}`, ErrMalformed},
		"group a list":       {`[[]]`, ErrMalformed},
		"no weights":         {`[{"paths":["a"]}]`, ErrMalformed},
		"no paths":           {`[{"weights":[` + a + `]}]`, ErrMalformed},
		"empty paths":        {`[{"paths":[],"weights":[` + a + `]}]`, ErrMalformed},
		"paths twice":        {`[{"paths":["a"],"paths":["b"],"weights":[]}]`, ErrMalformed},
		"weights twice":      {`[{"paths":["a"],"weights":[],"weights":[]}]`, ErrMalformed},
		"paths a text":       {`[{"paths":"a","weights":[]}]`, ErrMalformed},
		"parent":             {paths(`"../a"`), ErrMalformed},
		"inner parent":       {paths(`"a/../../b"`), ErrMalformed},
		"absolute":           {paths(`"/etc/passwd"`), ErrMalformed},
		"URL":                {paths(`"https://example.com/a"`), ErrMalformed},
		"drive":              {paths(`"C:a"`), ErrMalformed},
		"backslash":          {paths(`"..\\a"`), ErrMalformed},
		"NUL":                {paths(`"a\u0000"`), ErrMalformed},
		"empty path":         {paths(`""`), ErrMalformed},
		"weight twice":       {tfjsGroup(a + "," + a), ErrMalformed},
		"twice by escape":    {tfjsGroup(a + `,{"name":"\u0061","shape":[1],"dtype":"int32"}`), ErrMalformed},
		"twice over groups":  {`[{"paths":["a"],"weights":[` + a + `]},{"paths":["b"],"weights":[` + a + `]}]`, ErrMalformed},
		"no name":            {tfjsGroup(`{"shape":[1],"dtype":"int32"}`), ErrMalformed},
		"no shape":           {tfjsGroup(`{"name":"a","dtype":"int32"}`), ErrMalformed},
		"no dtype":           {tfjsGroup(`{"name":"a","shape":[1]}`), ErrMalformed},
		"dtype twice":        {tfjsGroup(`{"name":"a","shape":[1],"dtype":"int32","dtype":"bool"}`), ErrMalformed},
		"dtype a number":     {tfjsGroup(`{"name":"a","shape":[1],"dtype":1}`), ErrMalformed},
		"long dtype":         {tfjsGroup(`{"name":"a","shape":[1],"dtype":"` + strings.Repeat("x", 65) + `"}`), ErrLimit},
		"long name":          {tfjsGroup(`{"name":"` + strings.Repeat("x", MaxName+1) + `"`), ErrLimit},
		"negative dimension": {tfjsGroup(`{"name":"a","shape":[-1],"dtype":"int32"}`), ErrMalformed},
		"broken dimension":   {tfjsGroup(`{"name":"a","shape":[1.5],"dtype":"int32"}`), ErrMalformed},
		"null dimension":     {tfjsGroup(`{"name":"a","shape":[null],"dtype":"int32"}`), ErrMalformed},
		"many dimensions":    {tfjsGroup(`{"name":"a","shape":[1` + strings.Repeat(",1", MaxRank) + `],"dtype":"int32"}`), ErrLimit},
		"shape overflows":    {tfjsGroup(`{"name":"a","shape":[4294967296,4294967296],"dtype":"int32"}`), ErrMalformed},
		"bytes overflow":     {tfjsGroup(`{"name":"a","shape":[4611686018427387904],"dtype":"int32"}`), ErrMalformed},
		"sum overflows":      {tfjsGroup(`{"name":"a","shape":[1152921504606846976],"dtype":"bool"},{"name":"b","shape":[1],"dtype":"bool"}`), ErrMalformed},
		"no scale":           {quantised(`"dtype":"uint8","min":1`), ErrMalformed},
		"no min":             {quantised(`"dtype":"uint16","scale":1`), ErrMalformed},
		"no type":            {quantised(`"scale":1,"min":1`), ErrMalformed},
		"scale twice":        {quantised(`"dtype":"uint8","scale":1,"scale":2,"min":1`), ErrMalformed},
		"scale a text":       {quantised(`"dtype":"uint8","scale":"1","min":1`), ErrMalformed},
		"scale NaN":          {quantised(`"dtype":"uint8","scale":NaN,"min":1`), ErrMalformed},
		"scale infinite":     {quantised(`"dtype":"uint8","scale":1e999,"min":1`), ErrMalformed},
		"scale hexadecimal":  {quantised(`"dtype":"uint8","scale":0x10,"min":1`), ErrMalformed},
		"deep topology":      {`{"modelTopology":` + strings.Repeat("[", 100_000), ErrLimit},
		"deep member":        {`{"signature":` + strings.Repeat(`{"a":`, 100_000), ErrLimit},
		"not UTF-8":          {"{\"format\":\"\xff\"}", ErrMalformed},
	} {
		h, err := read(tfjs{}, []byte(c.file))
		if h != nil || !errors.Is(err, c.err) {
			t.Errorf("%s: %v, %v, want %v", name, h, err, c.err)
			continue
		}
		checkError(t, err, int64(len(c.file)))
	}
	if _, err := (tfjs{}).Read(strings.NewReader("{}"), MaxTFJS+1); !errors.Is(err, ErrLimit) {
		t.Errorf("a file over the limit: %v", err)
	}
}

func TestTFJSTruncated(t *testing.T) {
	for name, data := range validTFJS() {
		for n := range len(strings.TrimSpace(string(data))) {
			if h, err := read(tfjs{}, data[:n]); h != nil || err == nil {
				t.Fatalf("%s: %d bytes are read as %v", name, n, h)
			}
		}
	}
}

// FuzzTFJS reads each input, gives the files some sizes and checks that every
// tensor lies in them or is accounted for.
func FuzzTFJS(f *testing.F) {
	for _, data := range validTFJS() {
		f.Add(data, int64(10))
	}
	f.Fuzz(func(t *testing.T, data []byte, size int64) {
		tfjs{}.Match("model.json", data[:min(len(data), HeadSize)])
		h, err := read(tfjs{}, data)
		if (h == nil) == (err == nil) {
			t.Fatalf("header %v, error %v", h, err)
		}
		if err != nil {
			checkError(t, err, int64(len(data)))
			return
		}
		if len(h.Unread) > 0 && len(h.Notes) == 0 {
			t.Fatal("weights are unread and nothing is noted")
		}
		problems := Resolve(h, func(file string) (int64, bool) { return size + int64(len(file)), len(file)%7 != 6 })
		if !slices.IsSortedFunc(h.Tensors, byOffset) {
			t.Fatal("tensors are not sorted")
		}
		for _, tensor := range h.Tensors {
			if tensor.Layout.Segments == nil {
				if len(problems) == 0 {
					t.Fatalf("%v has no place and nothing is said", tensor)
				}
				continue
			}
			checkTFJSTensor(t, tensor, size)
		}
	})
}

func checkTFJSTensor(t *testing.T, tensor Tensor, size int64) {
	t.Helper()
	if want, ok := tensor.DType.Size(tensor.Elements()); !ok || want != tensor.Size {
		t.Fatalf("%v has %d bytes, want %d", tensor, tensor.Size, want)
	}
	var sum int64
	for _, s := range tensor.Layout.Segments {
		if CheckShardPath(s.File) != nil || s.Offset < 0 || s.Size <= 0 || s.Offset+s.Size > size+int64(len(s.File)) {
			t.Fatalf("%v lies in %v", tensor, s)
		}
		sum += s.Size
	}
	if sum != tensor.Size {
		t.Fatalf("%v has segments of %d bytes", tensor, sum)
	}
}
