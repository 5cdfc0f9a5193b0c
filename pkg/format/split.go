package format

import (
	"math"
	"strings"
)

// SplitOf returns which part of a split model a GGUF file is, counted from 0,
// and how many parts there are, as llama.cpp writes them into the metadata. It
// is false when the file says nothing or nothing sensible.
func SplitOf(h *Header) (no, count int, ok bool) {
	n, ok1 := small(h, "split.no")
	c, ok2 := small(h, "split.count")
	if !ok1 || !ok2 || n >= c {
		return 0, 0, false
	}
	if e, found := h.Lookup("split.tensors.count"); found && e.Int < int64(len(h.Tensors)) {
		return 0, 0, false
	}
	return n, c, true
}

// small returns an integer value that fits into the 16 bits that llama.cpp uses
// for it.
func small(h *Header, key string) (int, bool) {
	e, ok := h.Lookup(key)
	ok = ok && (e.Type == TypeInt || e.Type == TypeUint) && e.Int >= 0 && e.Int <= math.MaxUint16
	return int(e.Int), ok && (e.Type == TypeInt || e.Uint == uint64(e.Int))
}

// maxShardDigits bounds the digits of a shard's number.
const maxShardDigits = 6

// ShardOf takes the name of a shard such as "model-00001-of-00005.safetensors"
// apart: the name that all shards share ("model"), the shard's number from 1 on,
// and how many there are. A variant that stands behind the number
// ("model-00001-of-00002.fp16.safetensors") belongs to the stem ("model.fp16").
func ShardOf(name string) (stem string, no, count int, ok bool) {
	rest, ok := cutWeights(name)
	if !ok {
		return "", 0, 0, false
	}
	of := strings.LastIndex(rest, "-of-")
	if of < 0 {
		return "", 0, 0, false
	}
	before, after := rest[:of], rest[of+len("-of-"):]
	total, variant, _ := strings.Cut(after, ".")
	if variant != "" {
		variant = "." + variant
	}
	at := strings.LastIndexAny(before, "-_")
	if at < 1 {
		return "", 0, 0, false
	}
	no, ok1 := decimal(before[at+1:])
	count, ok2 := decimal(total)
	if !ok1 || !ok2 || no < 1 || no > count {
		return "", 0, 0, false
	}
	return before[:at] + variant, no, count, true
}

// cutWeights cuts the extension of a format that is sharded by name.
func cutWeights(name string) (string, bool) {
	for _, ext := range [...]string{".safetensors", ".gguf", ".bin"} {
		if rest, ok := strings.CutSuffix(name, ext); ok {
			return rest, true
		}
	}
	return "", false
}

// decimal reads a short number of digits only.
func decimal(s string) (int, bool) {
	if s == "" || len(s) > maxShardDigits || digits([]byte(s)) != len(s) {
		return 0, false
	}
	n := 0
	for _, b := range []byte(s) {
		n = 10*n + int(b-'0')
	}
	return n, true
}
