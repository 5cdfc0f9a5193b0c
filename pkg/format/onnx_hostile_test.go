package format

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

func hostileONNX() map[string]hostile {
	one := func(tensor pb) []byte { return initialisers(tensor) }
	graph := func(g pb) []byte { return onnxModelOf(g) }
	node := func(n pb) []byte { return onnxModelOf(pb{}.msg(1, n)) }
	eleven := strings.Repeat("\xff", 10) + "\x01"
	const first = 2 + 6 + 4 // the graph's field in onnxModelOf
	return map[string]hostile{
		"empty file":                   {nil, ErrMalformed, 0},
		"one byte":                     {[]byte{8}, ErrTruncated, 1},
		"no graph":                     {pb{}.int(1, 8), ErrMalformed, 2},
		"no ir_version":                {pb{}.msg(7, pb{}), ErrMalformed, 0},
		"ir_version 0":                 {pb{}.int(1, 0).msg(7, pb{}), ErrMalformed, 0},
		"ir_version -1":                {pb{}.int(1, -1).msg(7, pb{}), ErrMalformed, 0},
		"ir_version twice":             {pb{}.int(1, 8).int(1, 8).msg(7, pb{}), ErrMalformed, 2},
		"ir_version as text":           {pb{}.str(1, "8").msg(7, pb{}), ErrMalformed, 0},
		"graph twice":                  {append(graph(pb{}), pb{}.msg(7, pb{}.msg(5, rawTensor("hidden", 1)))...), ErrMalformed, first + 2},
		"graph as number":              {pb{}.int(1, 8).int(7, 1), ErrMalformed, 2},
		"field number 0":               {pb{}.int(1, 8).str(0, ""), ErrMalformed, 2},
		"field number 2^29":            {append(pb{}.int(1, 8), protowire.AppendVarint(nil, 1<<32)...), ErrMalformed, 2},
		"start of a group":             {append(pb{}.int(1, 8), 0x3b), ErrMalformed, 2},
		"end of a group":               {append(pb{}.int(1, 8), 0x3c), ErrMalformed, 2},
		"unknown group":                {append(pb{}.int(1, 8), 0xfb, 0x07, 0xfc, 0x07), ErrMalformed, 2},
		"wire type 6":                  {append(pb{}.int(1, 8), 0x3e), ErrMalformed, 2},
		"wire type 7":                  {append(pb{}.int(1, 8), 0x3f), ErrMalformed, 2},
		"tag of 11 bytes":              {append(pb{}.int(1, 8), eleven...), ErrMalformed, 2},
		"ir_version of 11 bytes":       {append(pb{8}, eleven...), ErrMalformed, 1},
		"length of 11 bytes":           {append(pb{}.int(1, 8), ":"+eleven...), ErrMalformed, 3},
		"varint over 64 bits":          {append(pb{8}, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"...), ErrMalformed, 1},
		"graph of 2^63 bytes":          {pb{}.int(1, 8).long(7, 1<<63), ErrTruncated, 2},
		"graph of 2^64-1 bytes":        {pb{}.int(1, 8).long(7, math.MaxUint64), ErrTruncated, 2},
		"graph one byte short":         {pb{}.int(1, 8).long(7, 1), ErrTruncated, 2},
		"initialiser beyond its graph": {append(graph(pb{}.long(5, 40)), make([]byte, 100)...), ErrMalformed, first + 2},
		"raw_data beyond its tensor":   {append(graph(pb{}.msg(5, pb{}.long(9, 1<<40))), make([]byte, 100)...), ErrMalformed, -1},
		"varint beyond its message":    {append(graph(pb{}.msg(5, pb{0x08, 0x80})), 1), ErrMalformed, -1},
		"float beyond its message":     {append(graph(pb{}.msg(5, pb{0x25, 0, 0})), make([]byte, 9)...), ErrMalformed, -1},
		"double beyond its message":    {append(graph(pb{}.msg(5, pb{0x51, 0, 0})), make([]byte, 9)...), ErrMalformed, -1},
		"packed dims cut":              {one(pb{}.str(1, "\x80")), ErrMalformed, -1},
		"packed dims of 11 bytes":      {one(pb{}.str(1, eleven)), ErrMalformed, -1},
		"dimension -1":                 {one(onnxTensorOf("a", 2, -1).str(9, "")), ErrMalformed, -1},
		"dimension -2^63":              {one(onnxTensorOf("a", 2, math.MinInt64).str(9, "")), ErrMalformed, -1},
		"shape overflows":              {one(onnxTensorOf("a", 2, 1<<32, 1<<32).str(9, "")), ErrMalformed, -1},
		"shape wraps to 1":             {one(onnxTensorOf("a", 2, 1<<62+1, 4, 1<<62).str(9, "a")), ErrMalformed, -1},
		"size overflows":               {one(onnxTensorOf("a", 11, 1<<62).str(9, "")), ErrMalformed, -1},
		"size of 6 bits overflows":     {one(onnxTensorOf("a", 27, 1<<62, 1).str(9, "a")), ErrMalformed, -1},
		"65 dimensions":                {one(onnxTensorOf("a", 2, make([]int64, 65)...)), ErrLimit, -1},
		"a million dimensions":         {one(pb{}.ints(1, make([]int64, 1_000_000)...)), ErrLimit, -1},
		"raw_data too short":           {one(onnxTensorOf("a", 1, 2).str(9, "1234567")), ErrMalformed, -1},
		"raw_data too long":            {one(onnxTensorOf("a", 1, 2).str(9, "123456789")), ErrMalformed, -1},
		"raw_data for an empty shape":  {one(onnxTensorOf("a", 1, 0).str(9, "1")), ErrMalformed, -1},
		"half a byte too many":         {one(onnxTensorOf("a", 21, 3).str(9, "123")), ErrMalformed, -1},
		"quarter bytes":                {one(onnxTensorOf("a", 25, 5).str(9, "1")), ErrMalformed, -1},
		"6 bits unpacked":              {one(onnxTensorOf("a", 27, 4).str(9, "1234")), ErrMalformed, -1},
		"no data type":                 {one(pb{}.int(1, 1).str(8, "a").str(9, "1")), ErrMalformed, -1},
		"data type 0":                  {one(onnxTensorOf("a", 0, 1).str(9, "1")), ErrMalformed, -1},
		"data type twice":              {one(onnxTensorOf("a", 2, 1).int(2, 1).str(9, "1")), ErrMalformed, -1},
		"name twice in a tensor":       {one(rawTensor("a", 1).str(8, "b")), ErrMalformed, -1},
		"raw_data twice":               {one(rawTensor("a", 1).str(9, "b")), ErrMalformed, -1},
		"raw_data as number":           {one(onnxTensorOf("a", 2, 1).int(9, 1)), ErrMalformed, -1},
		"raw_data and float_data":      {one(onnxTensorOf("a", 1, 1).str(9, "1234").f32(4, 1)), ErrMalformed, -1},
		"raw_data and no float_data":   {one(onnxTensorOf("a", 1, 1).str(9, "1234").str(4, "")), ErrMalformed, -1},
		"int32_data and int64_data":    {one(onnxTensorOf("a", 6, 1).int(5, 1).int(7, 1)), ErrMalformed, -1},
		"floats as int32_data":         {one(onnxTensorOf("a", 1, 1).int(5, 1)), ErrMalformed, -1},
		"halves as float_data":         {one(onnxTensorOf("a", 10, 1).f32(4, 1)), ErrMalformed, -1},
		"unknown type as int32_data":   {one(onnxTensorOf("a", 77, 1).int(5, 1)), ErrMalformed, -1},
		"float_data of 5 bytes":        {one(onnxTensorOf("a", 1, 1).str(4, "12345")), ErrMalformed, -1},
		"float_data as double":         {one(onnxTensorOf("a", 1, 1).f64(4, 1)), ErrMalformed, -1},
		"float_data too short":         {one(onnxTensorOf("a", 1, 3).str(4, packed(1, 2))), ErrMalformed, -1},
		"float_data for half complex":  {one(onnxTensorOf("a", 14, 1).str(4, packed(1))), ErrMalformed, -1},
		"float_data, three halves":     {one(onnxTensorOf("a", 14, 1).str(4, packed(1, 2, 3))), ErrMalformed, -1},
		"double_data of 12 bytes":      {one(onnxTensorOf("a", 11, 1).str(10, "123456789012")), ErrMalformed, -1},
		"int32_data too many":          {one(onnxTensorOf("a", 6, 1).ints(5, 1, 2)), ErrMalformed, -1},
		"int32_data ends in a varint":  {one(onnxTensorOf("a", 6, 2).str(5, "\x01\x80")), ErrMalformed, -1},
		"int64_data of 11 bytes":       {one(onnxTensorOf("a", 7, 1).str(7, eleven)), ErrMalformed, -1},
		"int64_data of no value":       {one(onnxTensorOf("a", 7, 1).str(7, "")), ErrMalformed, -1},
		"data location 2":              {one(rawTensor("a", 1).int(14, 2)), ErrMalformed, -1},
		"here and outside":             {one(rawTensor("a", 1).int(14, 1).pair(13, "location", "w")), ErrMalformed, -1},
		"location twice":               {one(outsideTensor("a", 2, 1, "location", "w", "location", "../w")), ErrMalformed, -1},
		"outside, wrong length":        {one(outsideTensor("a", 1, 4, "location", "w", "length", "15")), ErrMalformed, -1},
		"outside, offset 2^62":         {one(outsideTensor("a", 1, 4, "location", "w", "offset", "4611686018427387904")), ErrMalformed, -1},
		"outside, offset near 2^63":    {one(outsideTensor("a", 1, 4, "location", "w", "offset", "9223372036854775807")), ErrMalformed, -1},
		"outside, size overflows":      {one(outsideTensor("a", 11, 1<<61, "location", "w")), ErrMalformed, -1},
		"outside, location of 5,000":   {one(outsideTensor("a", 2, 1, "location", strings.Repeat("w", 5000))), ErrLimit, -1},
		"key twice in an entry":        {one(onnxTensorOf("a", 2, 1).int(14, 1).msg(13, pb{}.str(1, "location").str(1, "x").str(2, "w"))), ErrMalformed, -1},
		"name not UTF-8":               {one(rawTensor("a\xff", 1)), ErrMalformed, -1},
		"name over the limit":          {one(rawTensor(strings.Repeat("n", MaxName+1), 1)), ErrLimit, -1},
		"name with its path":           {graph(pb{}.msg(1, onnxNodeOf(strings.Repeat("n", MaxName), "", "If").msg(5, attr("b").msg(6, pb{}.msg(5, rawTensor("w", 1)))))), ErrLimit, -1},
		"producer not UTF-8":           {pb{}.int(1, 8).str(2, "\xff").msg(7, pb{}), ErrMalformed, 4},
		"10,000 graphs":                {graph(nestedGraphs(10_000)), ErrLimit, -1},
		"33 graphs":                    {graph(nestedGraphs(33)), ErrLimit, -1},
		"10,000 graphs in a function":  {append(graph(pb{}), pb{}.msg(25, pb{}.msg(7, onnxNodeOf("", "", "Loop").msg(5, attr("body").msg(6, nestedGraphs(10_000)))))...), ErrLimit, -1},
		"graph and graphs twice":       {node(onnxNodeOf("", "", "If").msg(5, attr("b").msg(6, pb{}).msg(6, pb{}))), ErrMalformed, -1},
		"op_type twice":                {node(onnxNodeOf("", "", "Add").str(4, "Evil")), ErrMalformed, -1},
		"domain twice":                 {node(onnxNodeOf("", "com.microsoft", "Add").str(7, "evil")), ErrMalformed, -1},
		"domain as number":             {node(onnxNodeOf("", "", "Add").int(7, 1)), ErrMalformed, -1},
		"value and values":             {node(onnxNodeOf("", "", "Constant", "c").msg(5, attr("value_floats").f32(2, 1).f32(7, 1))), ErrMalformed, -1},
		"value_ints cut":               {node(onnxNodeOf("", "", "Constant", "c").msg(5, attr("value_ints").str(8, "\x80"))), ErrMalformed, -1},
		"sparse without indices":       {graph(pb{}.msg(15, pb{}.msg(1, rawTensor("s", 1)))), ErrMalformed, -1},
		"sparse of nothing":            {graph(pb{}.msg(15, pb{})), ErrMalformed, -1},
		"sparse, dimension -1":         {graph(pb{}.msg(15, pb{}.msg(1, rawTensor("s", 1)).msg(2, rawTensor("", 1)).int(3, -1))), ErrMalformed, -1},
		"tensors over the limit":       {graph(pb(strings.Repeat(string(pb{}.msg(5, pb{}.int(2, 2).int(1, 0))), MaxOnnxTensors+1))), ErrLimit, -1},
		"unread over the limit":        {graph(pb(strings.Repeat(string(pb{}.msg(5, pb{}.int(2, 2))), MaxOnnxTensors+1))), ErrLimit, -1},
		"names over the limit":         {longPaths(), ErrLimit, -1},
		"operators over the limit":     {manyOperators(), ErrLimit, -1},
		"opsets over the limit":        {append(graph(pb{}), strings.Repeat("\x42\x00", MaxOnnxOpsets)...), ErrLimit, -1},
		"metadata over the limit":      {append(graph(pb{}), manyEntries()...), ErrLimit, -1},
		"a safetensors file":           {safetensorsFile("{}", 0), ErrMalformed, -1},
		"a GGUF file":                  {newGGUF(0, 0).b, ErrMalformed, -1},
		"a Git LFS pointer":            {[]byte("version https://git-lfs.github.com/spec/v1\n"), ErrMalformed, 0},
		"a pickle":                     {[]byte("\x80\x02}q\x00X\x01\x00\x00\x00aq\x01K\x01s."), ErrMalformed, -1},
	}
}

// longPaths is a graph of many tensors under a long name.
func longPaths() []byte {
	g := pb(strings.Repeat(string(pb{}.msg(5, rawTensor("w", 1))), MaxOnnxNames/4000+1))
	return onnxModelOf(pb{}.msg(1, onnxNodeOf(strings.Repeat("n", 4000), "", "If").msg(5, attr("b").msg(6, g))))
}

func manyOperators() []byte {
	var g pb
	for i := range MaxOnnxOperators + 1 {
		g = g.msg(1, onnxNodeOf("", "d", fmt.Sprint(i)))
	}
	return onnxModelOf(g)
}

func manyEntries() pb {
	var m pb
	for i := range MaxMetadata {
		m = m.pair(14, fmt.Sprint(i), "")
	}
	return m
}

// Nothing takes long, and depth is no matter of the stack.
func TestONNXHostileTime(t *testing.T) {
	deep := pb{}.msg(7, nestedGraphs(10_000))
	for name, file := range map[string][]byte{
		"deep":      deep,
		"many ops":  onnxModelOf(pb(strings.Repeat("\x0a\x00", 2<<20))),
		"pieces":    initialisers(append(onnxTensorOf("p", 1, 1<<20), strings.Repeat(string(pb{}.f32(4, 0)), 1<<20)...)),
		"same name": onnxModelOf(pb(strings.Repeat(string(pb{}.msg(5, rawTensor("a", 1))), 100_000))),
		"numbered": onnxModelOf(append(pb(strings.Repeat(string(pb{}.msg(5, rawTensor("a", 1))), 1000)),
			numbered("a#%d", 100_000)...)),
		"varints": initialisers(onnxTensorOf("v", 7, 4<<20).str(7, strings.Repeat("\x01", 4<<20))),
	} {
		begin := time.Now()
		h, err := read(onnx{}, file)
		if (h == nil) == (err == nil) {
			t.Errorf("%s: %v, %v", name, h, err)
		}
		took := time.Since(begin)
		t.Logf("%s: %d bytes in %v, error %v", name, len(file), took, err)
		if took > time.Minute {
			t.Errorf("%s took %v", name, took)
		}
	}
}

func numbered(format string, n int) (g pb) {
	for i := range n {
		g = g.msg(5, rawTensor(fmt.Sprintf(format, i), 1))
	}
	return g
}

// numberedPairs are metadata entries with long values.
func numberedPairs(n, size int) (m pb) {
	for i := range n {
		m = m.pair(14, fmt.Sprint(i), strings.Repeat("x", size))
	}
	return m
}

// Every byte of a model set to every value, and every prefix, gives a header or
// an error.
func TestONNXChanged(t *testing.T) {
	for name, data := range validONNX() {
		if len(data) > 1000 {
			t.Fatalf("%s has %d bytes", name, len(data))
		}
		for i := range data {
			changed := append([]byte{}, data...)
			for _, v := range []byte{0, 1, 0x7f, 0x80, 0xff, data[i] + 1, data[i] ^ 8} {
				changed[i] = v
				h, err := read(onnx{}, changed)
				if (h == nil) == (err == nil) {
					t.Fatalf("%s, byte %d is %d: %v, %v", name, i, v, h, err)
				}
				if err != nil {
					checkError(t, err, int64(len(data)))
				} else {
					checkHeader(t, onnx{}, h, changed)
				}
			}
		}
	}
}

// The two kinds of ends: a file cut inside a message, and one whose reads fail.
func TestONNXEnds(t *testing.T) {
	for name, data := range validONNX() {
		for n := range data {
			h, err := onnx{}.Read(strings.NewReader(string(data[:n])), int64(n))
			if h != nil || !errors.Is(err, ErrTruncated) && !errors.Is(err, ErrMalformed) {
				t.Errorf("%s, %d of %d bytes: %v, %v", name, n, len(data), h, err)
			}
		}
	}
}

// FuzzONNX reads models and checks headers, errors and the values of tensors.
func FuzzONNX(f *testing.F) {
	for _, data := range validONNX() {
		f.Add(data)
	}
	for _, test := range hostileONNX() {
		if len(test.file) < 4096 {
			f.Add(test.file)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := read(onnx{}, data)
		if (h == nil) == (err == nil) {
			t.Fatalf("header %v, error %v", h, err)
		}
		if err != nil {
			checkError(t, err, int64(len(data)))
			return
		}
		checkHeader(t, onnx{}, h, data)
		if len(h.Code) > MaxCode+1 || len(h.Unread)+len(h.Tensors) > MaxOnnxTensors {
			t.Fatalf("%d records, %d tensors", len(h.Code), len(h.Tensors))
		}
		for i := range h.Tensors {
			checkStored(t, &h.Tensors[i], data)
		}
		// An unknown field behind a model changes nothing in it.
		longer := append(append([]byte{}, data...), pb{}.int(1000, 1)...)
		h2, err := read(onnx{}, longer)
		if err != nil || len(h2.Tensors) != len(h.Tensors) || len(h2.Unread) != len(h.Unread) || len(h2.Metadata) != len(h.Metadata) {
			t.Fatalf("%v, %v, want %v", h2, err, h)
		}
	})
}

// checkStored checks that the values of a tensor of this file can be had, and
// that varints are as many as the elements need.
func checkStored(t *testing.T, tensor *Tensor, data []byte) {
	t.Helper()
	if l := tensor.Layout; l != nil && len(l.Segments) > 0 && l.Segments[0].File != "" {
		return
	}
	r, err := tensor.Stored(func(string) (io.ReaderAt, int64, error) { return bytes.NewReader(data), int64(len(data)), nil })
	if err != nil || r.Size() != tensor.Size {
		t.Fatalf("%v: %v", tensor, err)
	}
	if tensor.Layout == nil || !tensor.Layout.Varint {
		return
	}
	var kind onnxType
	for _, k := range onnxTypes {
		if k.dtype == tensor.DType {
			kind = k
		}
	}
	stored, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	n := int64(0)
	for ; len(stored) > 0; n++ {
		size := slices.IndexFunc(stored, func(b byte) bool { return b < 0x80 }) + 1
		if size < 1 || size > maxVarint {
			t.Fatalf("%v: a varint of %d bytes", tensor, size)
		}
		stored = stored[size:]
	}
	if n != kind.numbers(tensor.Elements()) {
		t.Fatalf("%v has %d varints", tensor, n)
	}
}

// Varints that are too many to count are compared with what is possible.
func TestONNXUncounted(t *testing.T) {
	const size = maxOnnxCounted + 1
	for n, ok := range map[int64]bool{size: true, size/10 + 1: true, size / 10: true, size + 1: false, size/10 - 1: false, 1 << 50: false} {
		tensor := onnxTensorOf("v", 7, n).long(7, size)
		graph := pb{}.long(5, uint64(len(tensor)+size))
		head := append(append(pb{}.int(1, 8).long(7, uint64(len(graph)+len(tensor)+size)), graph...), tensor...)
		r := &farthest{r: &sparse{head: head}}
		h, err := onnx{}.Read(r, int64(len(head)+size))
		if (err == nil) != ok || ok && (!h.Tensors[0].Layout.Varint || h.Tensors[0].Size != size) || !ok && !errors.Is(err, ErrMalformed) || r.n > 2 {
			t.Errorf("%d elements: %v, %v, %d reads", n, h, err, r.n)
		}
	}
}
