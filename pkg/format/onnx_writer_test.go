package format

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// A pb is a protocol buffer message that is being written, right or wrong.
type pb []byte

// int writes a varint field.
func (m pb) int(num protowire.Number, v int64) pb {
	return protowire.AppendVarint(protowire.AppendTag(m, num, protowire.VarintType), uint64(v))
}

// str writes a text, bytes or a message.
func (m pb) str(num protowire.Number, s string) pb {
	return protowire.AppendString(protowire.AppendTag(m, num, protowire.BytesType), s)
}

func (m pb) msg(num protowire.Number, sub pb) pb { return m.str(num, string(sub)) }

func (m pb) ints(num protowire.Number, values ...int64) pb {
	var b []byte
	for _, v := range values {
		b = protowire.AppendVarint(b, uint64(v))
	}
	return m.str(num, string(b))
}

func (m pb) f32(num protowire.Number, v float32) pb {
	return protowire.AppendFixed32(protowire.AppendTag(m, num, protowire.Fixed32Type), math.Float32bits(v))
}

func (m pb) f64(num protowire.Number, v float64) pb {
	return protowire.AppendFixed64(protowire.AppendTag(m, num, protowire.Fixed64Type), math.Float64bits(v))
}

// long writes the head of a field that claims a length.
func (m pb) long(num protowire.Number, n uint64) pb {
	return protowire.AppendVarint(protowire.AppendTag(m, num, protowire.BytesType), n)
}

func (m pb) pair(num protowire.Number, key, value string) pb {
	return m.msg(num, pb{}.str(1, key).str(2, value))
}

// packed packs little-endian values.
func packed(values ...float32) string {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return string(b)
}

// onnxTensorOf begins a TensorProto.
func onnxTensorOf(name string, kind int64, dims ...int64) pb {
	var m pb
	for _, d := range dims {
		m = m.int(1, d)
	}
	m = m.int(2, kind)
	if name != "" {
		m = m.str(8, name)
	}
	return m
}

// rawTensor is a tensor of bytes.
func rawTensor(name string, n int) pb {
	return onnxTensorOf(name, 2, int64(n)).str(9, strings.Repeat("\x01", n))
}

func outsideTensor(name string, kind, n int64, pairs ...string) pb {
	m := onnxTensorOf(name, kind, n).int(14, 1)
	for i := 0; i+1 < len(pairs); i += 2 {
		m = m.pair(13, pairs[i], pairs[i+1])
	}
	return m
}

// onnxNodeOf begins a NodeProto.
func onnxNodeOf(name, domain, op string, outputs ...string) pb {
	var m pb
	for _, o := range outputs {
		m = m.str(2, o)
	}
	if name != "" {
		m = m.str(3, name)
	}
	m = m.str(4, op)
	if domain != "" {
		m = m.str(7, domain)
	}
	return m
}

func attr(name string) pb { return pb{}.str(1, name) }

// onnxModelOf puts a graph into a model.
func onnxModelOf(graph pb) pb {
	return pb{}.int(1, 8).str(2, "test").msg(8, pb{}.int(2, 17)).msg(7, graph)
}

// initialisers is a model of initialisers only.
func initialisers(tensors ...pb) []byte {
	g := pb{}.str(2, "g")
	for _, t := range tensors {
		g = g.msg(5, t)
	}
	return onnxModelOf(g)
}

// nestedGraphs nests If nodes. What holds a graph ends with it, so that it is
// written from the inside out, without copying what is inside.
func nestedGraphs(depth int) pb {
	heads := []pb{pb{}.msg(5, rawTensor("w", 1))}
	size := len(heads[0])
	for range depth {
		attribute := attr("then_branch").long(6, uint64(size))
		node := onnxNodeOf("If", "", "If").long(5, uint64(len(attribute)+size))
		head := append(append(pb{}.long(1, uint64(len(node)+len(attribute)+size)), node...), attribute...)
		heads = append(heads, head)
		size += len(head)
	}
	slices.Reverse(heads)
	return slices.Concat(heads...)
}

// validONNX returns whole valid files. The last field of each is the graph.
func validONNX() map[string][]byte {
	branch := pb{}.str(2, "branch").msg(5, onnxTensorOf("w", 1, 2).str(9, packed(1, 2)))
	function := pb{}.str(1, "Gelu").msg(7, onnxNodeOf("", "", "Constant", "half").
		msg(5, attr("value").msg(5, onnxTensorOf("", 1).f32(4, 0.5)))).str(10, "my.domain")
	return map[string][]byte{
		"empty": onnxModelOf(pb{}),
		"raw":   initialisers(rawTensor("a", 3), onnxTensorOf("b", 10, 2, 2).str(9, "12345678"), onnxTensorOf("s", 11).str(9, "12345678")),
		"typed": initialisers(onnxTensorOf("f", 1, 2).str(4, packed(1, 2)), onnxTensorOf("d", 11, 1).f64(10, 1),
			onnxTensorOf("i", 6, 3).ints(5, 1, -1, 300), onnxTensorOf("l", 7, 2).ints(7, 1<<40, -1), onnxTensorOf("u", 13, 1).ints(11, -1),
			onnxTensorOf("four", 22, 3).ints(5, 0x21, 3), onnxTensorOf("pieces", 1, 3).f32(4, 1).str(4, packed(2, 3)), onnxTensorOf("none", 1, 0, 4)),
		"outside": initialisers(outsideTensor("a", 1, 4, "location", "w.bin", "offset", "64", "length", "16", "checksum", "da39a3ee"),
			outsideTensor("b", 1, 4, "location", "./w.bin"), rawTensor("c", 5)),
		"sparse": onnxModelOf(pb{}.msg(15, pb{}.msg(1, onnxTensorOf("s", 1, 2).str(9, packed(1, 2))).msg(2, onnxTensorOf("", 7, 2).ints(7, 3, 9)).int(3, 4).int(3, 5))),
		"nested": onnxModelOf(pb{}.
			msg(1, onnxNodeOf("If_0", "", "If", "y").msg(5, attr("then_branch").msg(6, branch)).msg(5, attr("else_branch").msg(6, branch))).
			msg(1, onnxNodeOf("", "", "Loop", "z").msg(5, attr("body").msg(6, nestedGraphs(3)))).
			msg(1, onnxNodeOf("many", "com.acme", "Switch").msg(5, attr("cases").msg(11, branch).msg(11, branch))).
			msg(5, rawTensor("w", 2))),
		"constants": onnxModelOf(pb{}.
			msg(1, onnxNodeOf("n", "", "Constant", "c").msg(5, attr("value").msg(5, rawTensor("inner", 2)))).
			msg(1, onnxNodeOf("", "ai.onnx", "Constant", "floats").msg(5, attr("value_floats").f32(7, 1).f32(7, 2))).
			msg(1, onnxNodeOf("", "", "Constant", "ints").msg(5, attr("value_ints").int(8, 1).int(8, -2))).
			msg(1, onnxNodeOf("", "", "Constant", "float").msg(5, attr("value_float").f32(2, 3))).
			msg(1, onnxNodeOf("", "", "Constant", "int").msg(5, attr("value_int").int(3, 300))).
			msg(1, onnxNodeOf("shape", "", "ConstantOfShape", "o").msg(5, attr("value").msg(5, rawTensor("", 1)))).
			msg(1, onnxNodeOf("lin", "ai.onnx.ml", "LinearRegressor", "p").msg(5, attr("coefficients").str(7, packed(make([]float32, 16)...))))),
		"everything": pb{}.int(1, 10).str(2, "p\u00e9").str(3, "1.0").str(4, "org.me").int(5, 3).str(6, "doc").
			msg(8, pb{}.str(1, "").int(2, 21)).msg(8, pb{}.str(1, "my.domain").int(2, 1)).pair(14, "model_license", "MIT").pair(14, "", "").
			msg(25, function).msg(20, pb{}.msg(1, branch).msg(2, branch)).
			msg(7, pb{}.str(2, "main").msg(1, onnxNodeOf("g", "my.domain", "Gelu", "y")).msg(1, onnxNodeOf("x", "com.acme", "Evil", "z")).
				msg(5, onnxTensorOf("t", 8, 1).str(6, "text")).msg(5, rawTensor("w", 4)).msg(5, rawTensor("w", 4))),
	}
}

// manyONNX returns a file with n tensors.
func manyONNX(n int) []byte {
	var g pb
	for i := range n {
		g = g.msg(5, rawTensor(fmt.Sprintf("model.layers.%d.mlp.experts.%d.down_proj.weight", i/256, i%256), 4))
	}
	return onnxModelOf(g)
}
