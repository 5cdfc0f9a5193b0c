package format

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxOnnxOpsText is how many operators are listed in the metadata.
const maxOnnxOpsText = 20

// modelMetadata reads a field of ModelProto that says something about the model.
func (x *onnxReader) modelMetadata(f wireField) {
	switch f.num {
	case 1:
		if f.value == 0 || f.value >= 1<<31 {
			x.failAt(f.at, ErrMalformed, "the ir_version %d", int64(f.value))
		}
		x.h.Version = itoa(int64(f.value))
		x.entry(f.at, "ir_version", Entry{Type: TypeInt, Int: int64(f.value)})
	case 5:
		x.entry(f.at, "model_version", Entry{Type: TypeInt, Int: int64(f.value)})
	case 8:
		x.opset(f)
	case 14:
		if !x.readPair(f, MaxOnnxText) {
			x.noteCut(f.at, string(x.key))
		}
		x.entry(f.at, string(x.key), Entry{Type: TypeString, Text: string(x.text)})
	default:
		key := map[int32]string{2: "producer_name", 3: "producer_version", 4: "domain", 6: "doc_string"}[int32(f.num)]
		var whole bool
		if x.text, whole = x.cut(x.text, f, MaxOnnxText); !whole {
			x.noteCut(f.at, key)
		}
		x.entry(f.at, key, Entry{Type: TypeString, Text: string(x.text)})
	}
}

// opset reads the version of an operator set that the model uses.
func (x *onnxReader) opset(f wireField) {
	if x.opsets++; x.opsets > MaxOnnxOpsets {
		x.failAt(f.at, ErrLimit, "more than %d operator sets", MaxOnnxOpsets)
		return
	}
	domain, version := "ai.onnx", uint64(0)
	x.each(onnxOpset, f, func(f wireField) {
		if f.num == 2 {
			version = f.value
		} else if x.text = x.bytes(x.text, f, MaxName); len(x.text) > 0 {
			domain = string(x.text)
		}
	})
	x.entry(f.at, "opset:"+domain, Entry{Type: TypeInt, Int: int64(version)})
}

// noteCut notes that a value was cut.
func (x *onnxReader) noteCut(at int64, key string) {
	x.note(at, "metadata %s is kept up to "+itoa(MaxOnnxText)+" bytes", key)
}

// entry adds an entry to the metadata, unless its key is taken.
func (x *onnxReader) entry(at int64, key string, e Entry) {
	if x.err != nil {
		return
	}
	if _, twice := x.keys[key]; twice {
		x.note(at, "metadata key %s is there twice, the first is kept", key)
		return
	}
	if len(x.keys) == MaxMetadata {
		x.failAt(at, ErrLimit, "more than %d metadata entries", MaxMetadata)
		return
	}
	x.keys[key] = struct{}{}
	e.Key = key
	x.h.Metadata = append(x.h.Metadata, e)
}

// cut reads the content of a field up to a limit, and reports whether that is
// all of it. A character that would be cut in two is left out.
func (x *onnxReader) cut(dst []byte, f wireField, limit int64) (text []byte, whole bool) {
	if f.size <= limit {
		return x.bytes(dst, f, limit), true
	}
	dst = x.raw(dst, limit)
	for n := 1; n < utf8.UTFMax && n <= len(dst); n++ {
		if c := dst[len(dst)-n]; utf8.RuneStart(c) {
			if !utf8.FullRune(dst[len(dst)-n:]) {
				dst = dst[:len(dst)-n]
			}
			break
		}
	}
	if !utf8.Valid(dst) {
		x.failAt(f.from, ErrMalformed, "a text that is not UTF-8")
	}
	return dst, false
}

// finishMetadata adds what was counted.
func (x *onnxReader) finishMetadata() {
	if x.strings > 0 {
		x.h.note(x.stringAt, "%d tensors of strings are not read", x.strings)
	}
	x.entry(0, "nodes", Entry{Type: TypeInt, Int: x.nodes})
	if len(x.operators) == 0 {
		return
	}
	ops := slices.Collect(maps.Keys(x.operators))
	slices.SortFunc(ops, func(a, b onnxOp) int {
		return cmp.Or(cmp.Compare(x.operators[b].count, x.operators[a].count), cmp.Compare(a.domain, b.domain), cmp.Compare(a.name, b.name))
	})
	x.entry(0, "operator_types", Entry{Type: TypeInt, Int: int64(len(ops))})
	var list []string
	for _, op := range ops[:min(len(ops), maxOnnxOpsText)] {
		list = append(list, fmt.Sprintf("%v %d", op, x.operators[op].count))
	}
	x.entry(0, "operators", Entry{Type: TypeString, Text: strings.Join(list, ", ")})
}
