package format

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
)

// A hostile is a file that must be refused, with the sentinel and the byte that
// the error must name. The byte is not checked when it is -1.
type hostile struct {
	file []byte
	err  error
	at   int64
}

func TestHostile(t *testing.T) {
	for format, files := range map[string]map[string]hostile{"safetensors": hostileSafetensors(), "gguf": hostileGGUF(), "onnx": hostileONNX()} {
		f := byFormatName(t, format)
		for name, test := range files {
			h, err := read(f, test.file)
			if h != nil || !errors.Is(err, test.err) {
				t.Errorf("%s, %s: %v, %v, want %v", format, name, h, err, test.err)
				continue
			}
			checkError(t, err, int64(len(test.file)))
			var e *Error
			if errors.As(err, &e); test.at >= 0 && e.Offset != test.at {
				t.Errorf("%s, %s: %v, want byte %d", format, name, err, test.at)
			}
			if len(err.Error()) > 1000 {
				t.Errorf("%s, %s: a message of %d bytes", format, name, len(err.Error()))
			}
		}
	}
}

// entry is a tensor's entry of one byte.
const entryA = `"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}`

func hostileSafetensors() map[string]hostile {
	// field is a header whose tensor has the given shape, offsets and dtype.
	field := func(dtype, shape, offsets string, data int) []byte {
		return safetensorsFile(fmt.Sprintf(`{"a":{"dtype":%s,"shape":%s,"data_offsets":%s}}`, dtype, shape, offsets), data)
	}
	header := func(s string) []byte { return safetensorsFile(s, 1) }
	length := func(n uint64) []byte {
		return append(binary.LittleEndian.AppendUint64(nil, n), "{}"...)
	}
	return map[string]hostile{
		"empty file":                {nil, ErrTruncated, 0},
		"seven bytes":               {make([]byte, 7), ErrTruncated, 0},
		"header length 0":           {length(0), ErrMalformed, 8},
		"header longer than file":   {length(3), ErrTruncated, 0},
		"header over the limit":     {length(100_000_001), ErrLimit, 0},
		"header length 2^64-1":      {length(math.MaxUint64), ErrLimit, 0},
		"header length 2^63":        {length(1 << 63), ErrLimit, 0},
		"header cut short":          {length(1), ErrMalformed, 9},
		"leading space":             {header(" {" + entryA + "}"), ErrMalformed, 8},
		"array":                     {header("[]"), ErrMalformed, 8},
		"byte order mark":           {header("\ufeff{}"), ErrMalformed, 8},
		"text after the header":     {header("{" + entryA + "}x"), ErrMalformed, 8 + 53},
		"NUL after the header":      {header("{" + entryA + "}\x00"), ErrMalformed, 8 + 53},
		"bytes after the data":      {safetensorsFile("{}", 1), ErrMalformed, 10},
		"trailing comma":            {header("{" + entryA + ",}"), ErrMalformed, 8 + 53},
		"no colon":                  {header(`{"a"}`), ErrMalformed, 8 + 4},
		"tensor is a list":          {header(`{"a":["U8",[1],[0,1]]}`), ErrMalformed, 8 + 5},
		"tensor is null":            {header(`{"a":null}`), ErrMalformed, 8 + 5},
		"duplicate tensor":          {header("{" + entryA + "," + entryA + "}"), ErrMalformed, 8 + 53},
		"duplicate by escape":       {header("{" + entryA + `,"\u0061":{}}`), ErrMalformed, 8 + 53},
		"duplicate field":           {header(`{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}`), ErrMalformed, 8 + 19},
		"field in capitals":         {header(`{"a":{"DTYPE":"U8","shape":[1],"data_offsets":[0,1]}}`), ErrMalformed, 8 + 1},
		"field missing":             {header(`{"a":{"dtype":"U8","data_offsets":[0,1]}}`), ErrMalformed, 8 + 1},
		"metadata twice":            {header(`{"__metadata__":{},"__metadata__":{}}`), ErrMalformed, 8 + 19},
		"metadata number":           {header(`{"__metadata__":{"a":1}}`), ErrMalformed, 8 + 21},
		"metadata object":           {header(`{"__metadata__":{"a":{}}}`), ErrMalformed, 8 + 21},
		"metadata null":             {header(`{"__metadata__":null}`), ErrMalformed, 8 + 16},
		"metadata key twice":        {header(`{"__metadata__":{"a":"","a":""}}`), ErrMalformed, 8 + 24},
		"invalid UTF-8 name":        {header("{\"a\xff\":{}}"), ErrMalformed, 8 + 3},
		"invalid UTF-8 value":       {header("{\"__metadata__\":{\"a\":\"\xc0\xaf\"}}"), ErrMalformed, 8 + 22},
		"surrogate in UTF-8":        {header("{\"\xed\xa0\x80\":{}}"), ErrMalformed, 8 + 2},
		"half a surrogate pair":     {header(`{"\ud800":{}}`), ErrMalformed, 8 + 2},
		"wrong second surrogate":    {header(`{"\ud800\u0041":{}}`), ErrMalformed, 8 + 2},
		"second surrogate first":    {header(`{"\udc00\ud800":{}}`), ErrMalformed, 8 + 2},
		"bare control character":    {header("{\"a\nb\":{}}"), ErrMalformed, 8 + 3},
		"wrong escape":              {header(`{"\x":{}}`), ErrMalformed, 8 + 2},
		"wrong hexadecimal digit":   {header(`{"\u00g0":{}}`), ErrMalformed, 8 + 6},
		"unended text":              {header(`{"a`), ErrMalformed, 8 + 3},
		"long name":                 {header(`{"` + strings.Repeat("n", MaxName+1) + `":{}}`), ErrLimit, 8 + 2},
		"long dtype":                {field(`"`+strings.Repeat("F", maxDType+1)+`"`, "[1]", "[0,1]", 1), ErrLimit, 8 + 15},
		"empty dtype":               {field(`""`, "[1]", "[0,1]", 1), ErrMalformed, 8 + 6},
		"dtype is a number":         {field(`8`, "[1]", "[0,1]", 1), ErrMalformed, 8 + 14},
		"rank 65":                   {field(`"U8"`, "[1"+strings.Repeat(",1", 64)+"]", "[0,1]", 1), ErrLimit, -1},
		"dimension with fraction":   {field(`"U8"`, "[1.0]", "[0,1]", 1), ErrMalformed, 8 + 28},
		"dimension with exponent":   {field(`"U8"`, "[1e0]", "[0,1]", 1), ErrMalformed, 8 + 28},
		"negative dimension":        {field(`"U8"`, "[-1]", "[0,1]", 1), ErrMalformed, 8 + 28},
		"leading zero":              {field(`"U8"`, "[01]", "[0,1]", 1), ErrMalformed, 8 + 28},
		"dimension as text":         {field(`"U8"`, `["1"]`, "[0,1]", 1), ErrMalformed, 8 + 28},
		"nested shape":              {field(`"U8"`, "[[1]]", "[0,1]", 1), ErrMalformed, 8 + 28},
		"dimension 2^64":            {field(`"U8"`, "[18446744073709551616]", "[0,1]", 1), ErrMalformed, 8 + 28},
		"long number":               {field(`"U8"`, "["+strings.Repeat("1", 1000)+"]", "[0,1]", 1), ErrLimit, -1},
		"shape overflows":           {field(`"U8"`, "[4294967296,4294967296]", "[0,1]", 1), ErrMalformed, 9},
		"shape wraps to 1":          {field(`"U8"`, "[9223372036854775809,18446744073709551615]", "[0,1]", 1), ErrMalformed, 9},
		"size overflows":            {field(`"F64"`, "[2305843009213693953]", "[0,8]", 8), ErrMalformed, 9},
		"unknown dtype overflows":   {field(`"X"`, "[4294967296,4294967296]", "[0,1]", 1), ErrMalformed, 9},
		"wrong size":                {field(`"U16"`, "[1]", "[0,1]", 1), ErrMalformed, 9},
		"half a byte":               {field(`"F4"`, "[1]", "[0,1]", 1), ErrMalformed, 9},
		"one offset":                {field(`"U8"`, "[1]", "[0]", 1), ErrMalformed, -1},
		"three offsets":             {field(`"U8"`, "[1]", "[0,0,1]", 1), ErrMalformed, -1},
		"offsets backwards":         {field(`"U8"`, "[1]", "[1,0]", 1), ErrMalformed, 9},
		"tensor beyond the end":     {field(`"U8"`, "[2]", "[0,2]", 1), ErrTruncated, 9},
		"offset 2^64-1":             {field(`"U8"`, "[1]", "[18446744073709551614,18446744073709551615]", 1), ErrTruncated, 9},
		"hole at the beginning":     {safetensorsFile(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 2), ErrMalformed, 8 + 53},
		"hole":                      {safetensorsFile(`{`+entryA+`,"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}`, 3), ErrMalformed, 8 + 105 + 1},
		"overlap":                   {safetensorsFile(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 3), ErrMalformed, 8 + 105 + 1},
		"same bytes twice":          {safetensorsFile(`{`+entryA+`,"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1), ErrMalformed, 8 + 105},
		"empty tensor inside":       {safetensorsFile(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[0],"data_offsets":[1,1]}}`, 2), ErrMalformed, 8 + 105 + 1},
		"deep unknown field":        {header(`{"a":{"x":` + strings.Repeat("[", 1_000_000) + "}}"), ErrLimit, 8 + 10 + maxJSONDepth + 1},
		"broken unknown field":      {header(`{"a":{"x":tru}}`), ErrMalformed, 8 + 10},
		"unbalanced unknown field":  {header(`{"a":{"x":[1}}}`), ErrMalformed, 8 + 12},
		"number in an unknown":      {header(`{"a":{"x":01}}`), ErrMalformed, 8 + 10},
		"a million opening braces":  {header(strings.Repeat(`{"a":`, 1_000_000)), ErrLimit, 8 + 5*(2+maxJSONDepth) + 1},
		"metadata entries":          {header(`{"__metadata__":{` + manyPairs(MaxMetadata+1) + `}}`), ErrLimit, -1},
		"a GGUF file of that name":  {newGGUF(0, 0).b, ErrLimit, 0},
		"a pickle of that name":     {[]byte("\x80\x02}q\x00X\x01\x00\x00\x00aq\x01K\x01s."), ErrLimit, 0},
		"a Git LFS pointer":         {[]byte("version https://git-lfs.github.com/spec/v1\n"), ErrLimit, 0},
		"an empty shape, two bytes": {field(`"U8"`, "[]", "[0,2]", 2), ErrMalformed, 9},
	}
}

func manyPairs(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"%d":""`, i)
	}
	return b.String()[1:]
}

func hostileGGUF() map[string]hostile {
	const first = 24 // the first byte after the counts
	one := func() *ggufWriter { return newGGUF(1, 0) }
	kv := func() *ggufWriter { return newGGUF(0, 1) }
	nested := func(n int) []byte {
		w := kv().str("a").u32(9)
		for range n {
			w.u32(9).u64(1)
		}
		return w.u32(0).u64(0).b
	}
	return map[string]hostile{
		"empty file":               {nil, ErrTruncated, 0},
		"three bytes":              {[]byte("GGU"), ErrTruncated, 0},
		"magic alone":              {[]byte("GGUF"), ErrTruncated, 4},
		"other magic":              {[]byte("GGML\x03\x00\x00\x00"), ErrMalformed, 0},
		"version 0":                {newGGUFVersion(binary.LittleEndian, 0, 0, 0).b, ErrMalformed, 4},
		"version 1":                {newGGUFVersion(binary.LittleEndian, 1, 0, 0).b, ErrUnsupported, 4},
		"version 1, big-endian":    {newGGUFVersion(binary.BigEndian, 1, 0, 0).b, ErrUnsupported, 4},
		"version 4":                {newGGUFVersion(binary.LittleEndian, 4, 0, 0).b, ErrUnsupported, 4},
		"version 3 and more":       {newGGUFVersion(binary.LittleEndian, 0x10003, 0, 0).b, ErrUnsupported, 4},
		"tensor count 2^64-1":      {newGGUF(math.MaxUint64, 0).b, ErrTruncated, 8},
		"tensor count 2^63":        {newGGUF(1<<63, 0).b, ErrTruncated, 8},
		"entry count 2^60":         {newGGUF(0, 1<<60).b, ErrTruncated, 16},
		"entries over the limit":   {newGGUF(0, MaxMetadata+1).zeros(14 * (MaxMetadata + 1)).b, ErrLimit, 16},
		"tensors over the limit":   {newGGUF(MaxTensors+1, 0).zeros(24 * (MaxTensors + 1)).b, ErrLimit, 8},
		"tensors that do not fit":  {newGGUF(10, 1).key("k", 8).str(strings.Repeat("x", 250)).b, ErrTruncated, -1},
		"key length 2^62":          {kv().u64(1 << 62).zeros(20).b, ErrTruncated, first + 8},
		"key over the limit":       {kv().str(strings.Repeat("k", MaxKey+1)).u32(0).u8(0).b, ErrLimit, first},
		"empty key":                {kv().key("", 0).u8(0).zeros(9).b, ErrMalformed, first},
		"key not UTF-8":            {kv().key("a\xff", 0).u8(0).b, ErrMalformed, first + 8},
		"key twice":                {newGGUF(0, 2).key("a", 0).u8(0).key("a", 1).u8(0).b, ErrMalformed, first + 14},
		"value type 13":            {kv().key("a", 13).u64(0).b, ErrMalformed, first + 9},
		"value type 2^32-1":        {kv().key("a", math.MaxUint32).u64(0).b, ErrMalformed, first + 9},
		"string length 2^62":       {kv().key("a", 8).u64(1 << 62).b, ErrTruncated, -1},
		"string length 2^64-1":     {kv().key("a", 8).u64(math.MaxUint64).b, ErrTruncated, -1},
		"1,000 bytes of 3":         {kv().key("a", 8).u64(1000).u8(1).u8(2).u8(3).b, ErrTruncated, -1},
		"boolean 2":                {kv().key("a", 7).u8(2).zeros(4).b, ErrMalformed, first + 13},
		"array of type 99":         {kv().key("a", 9).u32(99).u64(1).u8(0).b, ErrMalformed, first + 13},
		"array of 2^60 bytes":      {kv().key("a", 9).u32(0).u64(1 << 60).u8(0).b, ErrTruncated, first + 17},
		"array of 2^61 doubles":    {kv().key("a", 9).u32(12).u64(1 << 61).u64(0).b, ErrTruncated, first + 17},
		"array of 2^64-1 strings":  {kv().key("a", 9).u32(8).u64(math.MaxUint64).u64(0).b, ErrTruncated, first + 17},
		"array, long string":       {kv().key("a", 9).u32(8).u64(2).u64(0).u64(1 << 62).b, ErrTruncated, -1},
		"array of 2^62 arrays":     {kv().key("a", 9).u32(9).u64(1 << 62).zeros(12).b, ErrTruncated, first + 17},
		"array of type 99 inside":  {kv().key("a", 9).u32(9).u64(1).u32(99).u64(1).b, ErrMalformed, first + 25},
		"array nested 5 deep":      {nested(4), ErrLimit, -1},
		"array nested a million":   {nested(1_000_000), ErrLimit, -1},
		"alignment 0":              {kv().key("general.alignment", 4).u32(0).b, ErrMalformed, first + 8 + 17 + 4},
		"alignment 24":             {kv().key("general.alignment", 4).u32(24).b, ErrMalformed, first + 8 + 17 + 4},
		"alignment 2^32-1":         {kv().key("general.alignment", 4).u32(math.MaxUint32).b, ErrMalformed, -1},
		"alignment as u16":         {kv().key("general.alignment", 2).u16(32).zeros(9).b, ErrMalformed, -1},
		"alignment as u64":         {kv().key("general.alignment", 10).u64(32).b, ErrMalformed, -1},
		"alignment as i32":         {kv().key("general.alignment", 5).u32(32).b, ErrMalformed, -1},
		"alignment as text":        {kv().key("general.alignment", 8).str("32").b, ErrMalformed, -1},
		"alignment as array":       {kv().key("general.alignment", 9).u32(4).u64(1).u32(32).b, ErrMalformed, -1},
		"alignment 2^31, one byte": {newGGUF(1, 1).key("general.alignment", 4).u32(1<<31).tensor("a", 24, 0, 1).pad(32).zeros(1).b, ErrTruncated, -1},
		"name length 2^62":         {one().u64(1 << 62).zeros(24).b, ErrTruncated, first + 8},
		"name over the limit":      {one().tensor(strings.Repeat("n", MaxName+1), 0, 0).b, ErrLimit, first},
		"name not UTF-8":           {one().tensor("\xc0", 0, 0).pad(32).zeros(4).b, ErrMalformed, first + 8},
		"name twice":               {newGGUF(2, 0).tensor("a", 24, 0, 1).tensor("a", 24, 32, 1).pad(32).zeros(33).b, ErrMalformed, -1},
		"5 dimensions":             {one().tensor("a", 0, 0, 1, 1, 1, 1, 1).pad(32).zeros(4).b, ErrMalformed, first + 9},
		"2^32-1 dimensions":        {one().str("a").u32(math.MaxUint32).zeros(100).b, ErrMalformed, first + 9},
		"dimension 2^63":           {one().tensor("a", 24, 0, 1<<63).pad(32).zeros(4).b, ErrMalformed, first + 13},
		"dimensions 2^40":          {one().tensor("a", 24, 0, 1<<40, 1<<40).pad(32).zeros(4).b, ErrMalformed, first},
		"dimensions wrap to 0":     {one().tensor("a", 24, 0, 1<<32, 1<<32).pad(32).zeros(4).b, ErrMalformed, first},
		"size overflows":           {one().tensor("a", 28, 0, 1<<61).pad(32).zeros(4).b, ErrMalformed, first},
		"half a block":             {one().tensor("a", 2, 0, 16, 2).pad(32).zeros(18).b, ErrMalformed, first},
		"scalar of blocks":         {one().tensor("a", 2, 0).pad(32).zeros(18).b, ErrMalformed, first},
		"first offset not 0":       {one().tensor("a", 24, 32, 1).pad(32).zeros(33).b, ErrMalformed, -1},
		"hole":                     {newGGUF(2, 0).tensor("a", 24, 0, 1).tensor("b", 24, 64, 1).pad(32).zeros(65).b, ErrMalformed, -1},
		"overlap":                  {newGGUF(2, 0).tensor("a", 24, 0, 64).tensor("b", 24, 32, 1).pad(32).zeros(65).b, ErrMalformed, -1},
		"unaligned":                {newGGUF(2, 0).tensor("a", 24, 0, 1).tensor("b", 24, 1, 1).pad(32).zeros(65).b, ErrMalformed, -1},
		"offset 2^64-32":           {newGGUF(2, 0).tensor("a", 24, 0, 1).tensor("b", 24, math.MaxUint64-31, 1).pad(32).zeros(65).b, ErrMalformed, -1},
		"unaligned after unknown":  {newGGUF(2, 0).tensor("a", 99, 0, 1).tensor("b", 24, 33, 1).pad(32).zeros(65).b, ErrMalformed, -1},
		"backwards after unknown":  {newGGUF(3, 0).tensor("a", 24, 0, 64).tensor("b", 99, 64, 1).tensor("c", 24, 32, 1).pad(32).zeros(99).b, ErrMalformed, -1},
		"far after unknown":        {newGGUF(2, 0).tensor("a", 99, 0, 1).tensor("b", 24, 1<<62, 1).pad(32).zeros(65).b, ErrTruncated, -1},
		"data missing":             {one().tensor("a", 24, 0, 1).pad(32).b, ErrTruncated, -1},
		"data too short":           {one().tensor("a", 0, 0, 100).pad(32).zeros(399).b, ErrTruncated, -1},
		"data of 2^60 bytes":       {one().tensor("a", 24, 0, 1<<60).pad(32).zeros(399).b, ErrTruncated, first},
		"padding missing":          {one().tensor("a", 24, 0, 0).b, ErrTruncated, -1},
		"a safetensors file":       {safetensorsFile("{}", 0), ErrMalformed, 0},
	}
}

// A size that no file has is refused before anything is read.
func TestHostileSize(t *testing.T) {
	for _, f := range All() {
		for _, size := range []int64{-1, math.MinInt64, math.MaxInt64, maxFile + 1} {
			if h, err := f.Read(broken{}, size); h != nil || !errors.Is(err, ErrLimit) {
				t.Errorf("%s, size %d: %v, %v", f.Name(), size, h, err)
			}
		}
	}
}

// Limits that only a file of gigabytes can reach.
func TestHostileLarge(t *testing.T) {
	const size = 1 << 40
	text := newGGUF(0, 1).key("a", 8).u64(MaxGGUFText + 1)
	texts := newGGUF(0, 2).key("a", 8).str("1234").key("b", 8).u64(MaxGGUFText - 5)
	for name, w := range map[string]*ggufWriter{
		"one text":         text,
		"two texts":        texts,
		"array of numbers": newGGUF(0, 1).key("a", 9).u32(0).u64(MaxGGUFHeader),
		"array of strings": newGGUF(0, 1).key("a", 9).u32(8).u64(MaxGGUFHeader / 8),
		"string in array":  newGGUF(0, 1).key("a", 9).u32(8).u64(1).u64(MaxGGUFHeader),
	} {
		r := &farthest{r: &sparse{head: w.b}}
		if h, err := (gguf{}).Read(r, size); h != nil || !errors.Is(err, ErrLimit) || r.n > 2 {
			t.Errorf("%s: %v, %v, %d reads", name, h, err, r.n)
		}
	}
}

// Files of 12 MB that are all header, of the cheapest records there are, must
// not cost more than six times their size, all allocations counted.
func TestMemory(t *testing.T) {
	const size = 12 << 20
	for name, test := range hostileMemory(size) {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		h, err := read(byFormatName(t, test.format), test.file)
		runtime.ReadMemStats(&after)
		got := after.TotalAlloc - before.TotalAlloc
		t.Logf("%s: %d MB file, %.1f MB allocated, error %v", name, len(test.file)>>20, float64(got)/(1<<20), err)
		if limit := uint64(len(test.file)) * memoryFactor; got > limit {
			t.Errorf("%s: %d bytes allocated for a file of %d", name, got, len(test.file))
		}
		if (h == nil) == (err == nil) {
			t.Errorf("%s: %v, %v", name, h, err)
		}
	}
}

type memoryFile struct {
	format string
	file   []byte
}

func hostileMemory(size int) map[string]memoryFile {
	var tensors, pairs, shapes, unknown strings.Builder
	for i := 0; tensors.Len() < size; i++ {
		fmt.Fprintf(&tensors, `,"%x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`, i)
	}
	for i := 0; pairs.Len() < size; i++ {
		fmt.Fprintf(&pairs, `,"%x":""`, i)
	}
	zeros := "[0" + strings.Repeat(",0", MaxRank-1) + "]"
	for i := 0; shapes.Len() < size; i++ {
		fmt.Fprintf(&shapes, `,"%x":{"dtype":"U8","shape":%s,"data_offsets":[0,0]}`, i, zeros)
	}
	for i := 0; unknown.Len() < size; i++ {
		fmt.Fprintf(&unknown, `,"%x":{"dtype":"%x","shape":[0],"data_offsets":[0,0],"":0}`, i, i)
	}
	object := func(b *strings.Builder) []byte { return safetensorsFile("{"+b.String()[1:]+"}", 0) }
	named := newGGUF(uint64(size)/27, 0)
	for i := range size / 27 {
		named.tensor(fmt.Sprintf("%x", i), 24, 0, 0)
	}
	short := newGGUF(uint64(size)/24, 0).zeros(size)
	unnamed := newGGUF(uint64(size)/32, 0)
	for i := range size / 32 {
		unnamed.tensor(fmt.Sprintf("%x", i), 99, 0)
	}
	onnxNames := numbered("%x", size/15)
	return map[string]memoryFile{
		"onnx, tensors":              {"onnx", onnxModelOf(onnxNames[:min(len(onnxNames), size)])},
		"onnx, nameless":             {"onnx", onnxModelOf(pb(strings.Repeat(string(pb{}.msg(5, pb{}.int(2, 2).int(1, 0))), size/6)))},
		"onnx, unread":               {"onnx", onnxModelOf(pb(strings.Repeat(string(pb{}.msg(5, pb{}.int(2, 2))), size/4)))},
		"onnx, nodes":                {"onnx", onnxModelOf(pb(strings.Repeat("\x0a\x00", size/2)))},
		"onnx, named nodes":          {"onnx", onnxModelOf(pb(strings.Repeat(string(pb{}.msg(1, onnxNodeOf("n", "d", "o", "x"))), size/14)))},
		"onnx, one text":             {"onnx", append(onnxModelOf(nil), pb{}.pair(14, "k", strings.Repeat("x", size))...)},
		"onnx, texts":                {"onnx", append(onnxModelOf(nil), numberedPairs(size/(MaxOnnxText+20), MaxOnnxText)...)},
		"onnx, pieces":               {"onnx", initialisers(append(onnxTensorOf("p", 1, int64(size/5)), strings.Repeat(string(pb{}.f32(4, 0)), size/5)...))},
		"onnx, attributes":           {"onnx", onnxModelOf(pb{}.msg(1, pb(strings.Repeat(string(pb{}.msg(5, pb{}.int(8, 1).f32(7, 1))), size/9))))},
		"onnx, constants":            {"onnx", onnxModelOf(pb(strings.Repeat(string(pb{}.msg(1, pb{}.msg(5, pb{}.msg(5, pb{}.int(2, 2).int(1, 0))))), size/10)))},
		"onnx, varints":              {"onnx", initialisers(onnxTensorOf("v", 7, int64(size)).str(7, strings.Repeat("\x01", size)))},
		"onnx, graphs":               {"onnx", onnxModelOf(pb{}.msg(1, pb(strings.Repeat(string(pb{}.msg(5, pb{}.msg(6, nil))), size/4))))},
		"onnx, unknown":              {"onnx", append(onnxModelOf(nil), strings.Repeat(string(pb{}.str(100, "")), size/3)...)},
		"onnx, opsets":               {"onnx", append(onnxModelOf(nil), strings.Repeat("\x42\x00", size/2)...)},
		"onnx, functions":            {"onnx", append(onnxModelOf(nil), strings.Repeat(string(pb{}.msg(25, nil)), size/3)...)},
		"safetensors, tensors":       {"safetensors", object(&tensors)},
		"safetensors, metadata":      {"safetensors", safetensorsFile(`{"__metadata__":{`+pairs.String()[1:]+"}}", 0)},
		"safetensors, shapes":        {"safetensors", object(&shapes)},
		"safetensors, unknown types": {"safetensors", object(&unknown)},
		"safetensors, one text":      {"safetensors", safetensorsFile(`{"__metadata__":{"a":"`+strings.Repeat("x", size)+`"}}`, 0)},
		"safetensors, brackets":      {"safetensors", safetensorsFile(`{"a":{"x":`+strings.Repeat("[", size), 0)},
		"gguf, tensors":              {"gguf", named.pad(32).b},
		"gguf, count":                {"gguf", short.b},
		"gguf, unknown types":        {"gguf", unnamed.pad(32).b},
		"gguf, one text":             {"gguf", newGGUF(0, 1).key("a", 8).str(strings.Repeat("x", size)).b},
		"gguf, empty strings":        {"gguf", newGGUF(0, 1).key("a", 9).u32(8).u64(uint64(size / 8)).zeros(size).b},
		"gguf, arrays":               {"gguf", newGGUF(0, 1).key("a", 9).u32(9).u64(uint64(size / 12)).zeros(size).b},
	}
}
