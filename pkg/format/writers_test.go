package format

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"
)

// read reads data with a format.
func read(f Format, data []byte) (*Header, error) {
	return f.Read(bytes.NewReader(data), int64(len(data)))
}

// safetensorsFile puts a length before a header and data behind it.
func safetensorsFile(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	b = append(b, header...)
	return append(b, make([]byte, data)...)
}

// A ggufWriter writes GGUF files, right and wrong ones.
type ggufWriter struct {
	order binary.AppendByteOrder
	b     []byte
}

// newGGUF begins a little-endian file of version 3.
func newGGUF(tensors, entries uint64) *ggufWriter {
	return newGGUFVersion(binary.LittleEndian, 3, tensors, entries)
}

func newGGUFVersion(order binary.AppendByteOrder, version uint32, tensors, entries uint64) *ggufWriter {
	w := &ggufWriter{order: order, b: []byte("GGUF")}
	return w.u32(version).u64(tensors).u64(entries)
}

func (w *ggufWriter) u8(v byte) *ggufWriter    { w.b = append(w.b, v); return w }
func (w *ggufWriter) u16(v uint16) *ggufWriter { w.b = w.order.AppendUint16(w.b, v); return w }
func (w *ggufWriter) u32(v uint32) *ggufWriter { w.b = w.order.AppendUint32(w.b, v); return w }
func (w *ggufWriter) u64(v uint64) *ggufWriter { w.b = w.order.AppendUint64(w.b, v); return w }
func (w *ggufWriter) f32(v float32) *ggufWriter {
	return w.u32(math.Float32bits(v))
}
func (w *ggufWriter) f64(v float64) *ggufWriter {
	return w.u64(math.Float64bits(v))
}

func (w *ggufWriter) str(s string) *ggufWriter {
	w.u64(uint64(len(s)))
	w.b = append(w.b, s...)
	return w
}

// key writes a key and the id of its value's type.
func (w *ggufWriter) key(key string, id uint32) *ggufWriter { return w.str(key).u32(id) }

func (w *ggufWriter) strings(key string, values ...string) *ggufWriter {
	w.key(key, 9).u32(8).u64(uint64(len(values)))
	for _, v := range values {
		w.str(v)
	}
	return w
}

// tensor writes a tensor's entry. The dimensions stand fastest first.
func (w *ggufWriter) tensor(name string, id uint32, offset uint64, dims ...uint64) *ggufWriter {
	w.str(name).u32(uint32(len(dims)))
	for _, d := range dims {
		w.u64(d)
	}
	return w.u32(id).u64(offset)
}

// pad fills up to a multiple of n.
func (w *ggufWriter) pad(n int) *ggufWriter {
	for len(w.b)%n != 0 {
		w.b = append(w.b, 0)
	}
	return w
}

// zeros writes tensor data.
func (w *ggufWriter) zeros(n int) *ggufWriter { w.b = append(w.b, make([]byte, n)...); return w }

// validSafetensors returns whole valid files.
func validSafetensors() map[string][]byte {
	return map[string][]byte{
		"empty": safetensorsFile(`{}`, 0),
		"two": safetensorsFile(`{"__metadata__":{"format":"pt","note":"a\u00e9\ud83d\ude00\n"},`+
			`"b":{"dtype":"F32","shape":[2,3],"data_offsets":[4,28]},"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}  `, 28),
		"zero-sized": safetensorsFile(`{"z":{"dtype":"F16","shape":[0,7],"data_offsets":[0,0]},"y":{"dtype":"U8","shape":[],"data_offsets":[0,1]},`+
			`"x":{"dtype":"U8","shape":[0],"data_offsets":[1,1]},"w":{"dtype":"F64","shape":[1],"data_offsets":[1,9]}}`, 9),
		"small types": safetensorsFile(`{"a":{"dtype":"F4","shape":[2,2],"data_offsets":[0,2]},"b":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[2,5]},`+
			`"c":{"dtype":"F8_E8M0","shape":[3],"data_offsets":[5,8]},"d":{"dtype":"C64","shape":[1],"data_offsets":[8,16]}}`, 16),
		"unknown dtype": safetensorsFile(`{"a":{"dtype":"F3_X","shape":[8],"data_offsets":[0,3]}}`, 3),
		"unknown field": safetensorsFile(`{"a":{"dtype":"U8","extra":{"k":[1,-2.5e3,null,{"x":[]}]},"shape":[3],"data_offsets":[0,3]}}`, 3),
	}
}

// validGGUF returns whole valid files.
func validGGUF() map[string][]byte {
	files := map[string][]byte{
		"empty":      newGGUF(0, 0).b,
		"version 2":  newGGUFVersion(binary.LittleEndian, 2, 1, 0).tensor("a", 0, 0, 4).pad(32).zeros(16).b,
		"vocabulary": newGGUF(0, 1).strings("tokenizer.ggml.tokens", "<s>", "", "a").b,
		"no last pad": newGGUF(2, 1).key("general.alignment", 4).u32(64).
			tensor("q", 12, 0, 256, 2).tensor("n", 0, 320, 3).pad(64).zeros(332).b,
		"nested": newGGUF(0, 1).key("n", 9).u32(9).u64(2).u32(9).u64(1).u32(9).u64(1).u32(0).u64(3).u8(1).u8(2).u8(3).u32(8).u64(1).str("x").b,
		"unknown type": newGGUF(3, 0).tensor("a", 99, 0, 8).tensor("b", 31, 64, 32).tensor("c", 0, 96, 1).
			pad(32).zeros(100).b,
	}
	for name, order := range map[string]binary.AppendByteOrder{"all values": binary.LittleEndian, "big-endian": binary.BigEndian} {
		files[name] = allValues(order)
	}
	return files
}

// allValues returns a file with a value of every type and two tensors.
func allValues(order binary.AppendByteOrder) []byte {
	w := newGGUFVersion(order, 3, 2, 17)
	w.key("u8", 0).u8(200).key("i8", 1).u8(0xFE).key("u16", 2).u16(65000).key("i16", 3).u16(0xFFFE)
	w.key("u32", 4).u32(4e9).key("i32", 5).u32(0xFFFFFFFE).key("f32", 6).f32(1.5).key("bool", 7).u8(1)
	w.key("string", 8).str("h\u00e9llo").key("empty", 8).str("")
	w.key("u64", 10).u64(1<<63).key("i64", 11).u64(math.MaxUint64).key("f64", 12).f64(-2.25)
	w.strings("strings", "a", "", "\u00e9")
	w.key("i16s", 9).u32(3).u64(3).u16(1).u16(0xFFFF).u16(300)
	w.key("f32s", 9).u32(6).u64(2).f32(0.5).f32(-8)
	w.key("bools", 9).u32(7).u64(2).u8(1).u8(0)
	w.tensor("blk.0.attn_q.weight", 8, 0, 64, 3).tensor("norm", 0, 224, 5)
	return w.pad(32).zeros(224 + 32).b
}

// valid returns valid files by format.
func valid() map[string]map[string][]byte {
	return map[string]map[string][]byte{"safetensors": validSafetensors(), "gguf": validGGUF(), "onnx": validONNX(), "tfjs": validTFJS(),
		"pytorch": validTorch(), "pickle": validPickles()}
}

// byFormatName returns the format of All with a name.
func byFormatName(t testing.TB, name string) Format {
	t.Helper()
	for _, f := range All() {
		if f.Name() == name {
			return f
		}
	}
	t.Fatalf("no format %q", name)
	return nil
}

// manySafetensors returns a file with n tensors.
func manySafetensors(n int) []byte {
	var b strings.Builder
	b.WriteString(`{"__metadata__":{"format":"pt"}`)
	for i := range n {
		fmt.Fprintf(&b, `,"model.layers.%d.mlp.experts.%d.down_proj.weight":{"dtype":"BF16","shape":[1,2],"data_offsets":[%d,%d]}`, i/256, i%256, 4*i, 4*i+4)
	}
	b.WriteString("}")
	return safetensorsFile(b.String(), 4*n)
}

// manyGGUF returns a file with a vocabulary and tensors.
func manyGGUF(tokens, tensors int) []byte {
	words := make([]string, tokens)
	for i := range words {
		words[i] = fmt.Sprintf("token%d", i)
	}
	w := newGGUF(uint64(tensors), 2).strings("tokenizer.ggml.tokens", words...).key("tokenizer.ggml.token_type", 9).u32(5).u64(uint64(tokens))
	for range tokens {
		w.u32(1)
	}
	for i := range tensors {
		w.tensor(fmt.Sprintf("blk.%d.ffn_down.weight", i), 0, uint64(32*i), 2, 4)
	}
	return w.pad(32).zeros(32 * tensors).b
}
