package format

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// onnxLine writes a tensor in one line.
func onnxLine(t Tensor) string {
	s := fmt.Sprintf("%s %s %v", t.Name, t.DType, t.Shape)
	if t.Layout == nil {
		return fmt.Sprintf("%s %d+%d", s, t.Offset, t.Size)
	}
	for _, p := range t.Layout.Segments {
		s += fmt.Sprintf(" %s:%d+%d", p.File, p.Offset, p.Size)
	}
	return s + strings.Repeat(" varint", map[bool]int{true: 1}[t.Layout.Varint])
}

func onnxLines(h *Header) (lines []string) {
	for _, t := range h.Tensors {
		lines = append(lines, onnxLine(t))
	}
	return lines
}

func mustONNX(t *testing.T, data []byte) *Header {
	t.Helper()
	h, err := read(onnx{}, data)
	if err != nil {
		t.Fatal(err)
	}
	checkHeader(t, onnx{}, h, data)
	return h
}

// storedONNX returns the bytes of the tensor of a name.
func storedONNX(t *testing.T, h *Header, data []byte, name string) string {
	t.Helper()
	for i := range h.Tensors {
		if s := &h.Tensors[i]; s.Name == name {
			r, err := s.Stored(func(string) (io.ReaderAt, int64, error) { return bytes.NewReader(data), int64(len(data)), nil })
			if err != nil {
				t.Fatal(err)
			}
			b := make([]byte, r.Size())
			if n, _ := r.ReadAt(b, 0); n != len(b) {
				t.Fatalf("%s: %d of %d bytes", name, n, len(b))
			}
			return string(b)
		}
	}
	t.Fatalf("no tensor %q among %v", name, onnxLines(h))
	return ""
}

func TestONNXTyped(t *testing.T) {
	data := validONNX()["typed"]
	h := mustONNX(t, data)
	for name, want := range map[string]string{
		"f": packed(1, 2), "d": "\x00\x00\x00\x00\x00\x00\xf0\x3f", "pieces": packed(1, 2, 3), "none": "",
		"i": "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\xac\x02", "four": "\x21\x03",
		"l": "\x80\x80\x80\x80\x80\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "u": "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
	} {
		if got := storedONNX(t, h, data, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	var kinds []string
	for _, s := range h.Tensors {
		kinds = append(kinds, fmt.Sprintf("%s %s %v %d %t", s.Name, s.DType, s.Shape, s.Size, s.Layout != nil && s.Layout.Varint))
	}
	want := []string{"i I32 [3] 13 true", "l I64 [2] 16 true", "u U64 [1] 10 true", "four I4 [3] 2 true", "pieces F32 [3] 12 false",
		"f F32 [2] 8 false", "d F64 [1] 8 false", "none F32 [0 4] 0 false"}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Error(diff)
	}
}

func TestONNXOutside(t *testing.T) {
	data := validONNX()["outside"]
	h := mustONNX(t, data)
	want := []string{"b F32 [4] w.bin:0+16", "a F32 [4] w.bin:64+16", fmt.Sprintf("c U8 [5] %d+5", strings.LastIndex(string(data), "\x01\x01\x01\x01\x01"))}
	if diff := cmp.Diff(want, onnxLines(h)); diff != "" {
		t.Error(diff)
	}
	if e, _ := h.Lookup("checksum:w.bin"); e.Text != "da39a3ee" {
		t.Errorf("checksum %q", e.Text)
	}
	if diff := cmp.Diff([]string{"w.bin"}, h.Files()); diff != "" {
		t.Error(diff)
	}
}

// What names no file below the model is an anomaly, and the tensor is unread.
func TestONNXOutsideRefused(t *testing.T) {
	for location, reason := range map[string]string{
		"../w.bin": "leaves", "/etc/passwd": "absolute", `..\w`: "backslash", "file:///etc/passwd": "scheme", "C:w": "scheme",
		"a/../../w": "leaves", "": "is empty", "a\x00b": "NUL", ".": "clean", "a//b": "clean", "./": "is empty", ".//w": "absolute",
		"*/_ORT_MEM_ADDR_/*": "memory",
	} {
		h := mustONNX(t, initialisers(outsideTensor("a", 1, 4, "location", location), rawTensor("b", 1)))
		if len(h.Tensors) != 1 || fmt.Sprint(h.Unread) != "[a]" || len(h.Code) != 1 || h.Code[0].Kind != CodeAnomaly ||
			!strings.Contains(h.Code[0].Detail, reason) || len(h.Notes) != 1 || !strings.Contains(h.Notes[0].Text, reason) {
			t.Errorf("%q: %v, %v, %v, %v", location, onnxLines(h), h.Unread, h.Code, h.Notes)
		}
	}
	for _, pairs := range [][]string{{"offset", "-1"}, {"offset", "1e3"}, {"length", "+16"}, {"length", "9999999999999999999"}, {"offset", " 1"}} {
		h := mustONNX(t, initialisers(outsideTensor("a", 1, 4, append(pairs, "location", "w")...)))
		if len(h.Tensors) != 0 || len(h.Unread) != 1 || len(h.Code) != 1 {
			t.Errorf("%q: %v, %v, %v", pairs, onnxLines(h), h.Unread, h.Code)
		}
	}
}

func TestONNXSparse(t *testing.T) {
	data := validONNX()["sparse"]
	h := mustONNX(t, data)
	if storedONNX(t, h, data, "s") != packed(1, 2) || storedONNX(t, h, data, "s/indices") != "\x03\x09" || len(h.Tensors) != 2 {
		t.Errorf("%v", onnxLines(h))
	}
	if e, _ := h.Lookup("sparse:s"); e.Text != "[4,5]" {
		t.Errorf("shape %q", e.Text)
	}
}

func tensorNames(h *Header) string {
	var s []string
	for _, t := range h.Tensors {
		s = append(s, t.Name)
	}
	return strings.Join(s, " ")
}

func TestONNXNames(t *testing.T) {
	for file, want := range map[string]string{
		"nested":     "If_0/then_branch/w If_0/else_branch/w z/body/If/then_branch/If/then_branch/If/then_branch/w many/cases/0/w many/cases/1/w w",
		"everything": "my.domain::Gelu/half training_0/initialization/w training_0/algorithm/w w w#2",
		"constants":  "floats ints int c float shape/value lin/coefficients",
	} {
		h := mustONNX(t, validONNX()[file])
		if got := tensorNames(h); got != want {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
}

func TestONNXConstants(t *testing.T) {
	data := validONNX()["constants"]
	h := mustONNX(t, data)
	for name, want := range map[string]string{"c": "\x01\x01", "floats": packed(1, 2), "float": packed(3),
		"int": "\xac\x02", "ints": "\x01\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", "lin/coefficients": packed(make([]float32, 16)...)} {
		if got := storedONNX(t, h, data, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestONNXMetadata(t *testing.T) {
	h := mustONNX(t, validONNX()["everything"])
	var got []string
	for _, e := range h.Metadata {
		got = append(got, e.Key+"="+e.String())
	}
	want := []string{"ir_version=10", "producer_name=p\u00e9", "producer_version=1.0", "domain=org.me", "model_version=3", "doc_string=doc",
		"opset:ai.onnx=21", "opset:my.domain=1", "model_license=MIT", "=", "graph_name=main", "nodes=3", "operator_types=3",
		"operators=Constant 1, com.acme::Evil 1, my.domain::Gelu 1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(h.Code) != 1 || h.Code[0].Kind != CodeOperator || h.Code[0].Name != "com.acme::Evil" || h.Version != "10" {
		t.Errorf("%v, version %q", h.Code, h.Version)
	}
	if len(h.Notes) != 2 || h.Notes[0].Text != `there are several tensors of one name, this is called "w#2"` || h.Notes[1].Text != "1 tensors of strings are not read" {
		t.Errorf("%v", h.Notes)
	}
}

// A domain that only looks like a known one, or a function of a like name, does
// not hide an operator.
func TestONNXOperators(t *testing.T) {
	node := func(domain, op string) pb { return onnxNodeOf("", domain, op) }
	g := pb{}
	for _, n := range []pb{node("", "a::b"), node("com.microsoft", "Gelu"), node("com.microsoft::x", "Op"), node("b", "Two"), node("b", "Two"),
		node("ai.onnx.contrib", "PyOp"), node("a::b", "c"), node("AI.ONNX", "Add"), node("lib", "F")} {
		g = g.msg(1, n)
	}
	file := append(onnxModelOf(g), pb{}.msg(25, pb{}.str(1, "b::c").str(10, "a")).msg(25, pb{}.str(1, "F").str(10, "lib"))...)
	h := mustONNX(t, file)
	var got []string
	for _, c := range h.Code {
		got = append(got, c.Name)
	}
	if want := "com.microsoft::x::Op b::Two ai.onnx.contrib::PyOp a::b::c AI.ONNX::Add"; strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
	if at := h.Code[1].Offset; string(file[at:at+6]) != "\x0a\x08\x22\x03Tw" {
		t.Errorf("byte %d is %q", at, file[at:at+6])
	}
}

// What cannot be read is named.
func TestONNXUnread(t *testing.T) {
	scattered := onnxTensorOf("scattered", 1, MaxOnnxSegments+1)
	for range MaxOnnxSegments + 1 {
		scattered = scattered.f32(4, 1)
	}
	g := pb{}.msg(5, onnxTensorOf("stripped", 1, 4)).msg(5, onnxTensorOf("part", 2, 1).msg(3, pb{}.int(1, 0)).str(9, "a")).msg(5, scattered).
		msg(5, onnxTensorOf("new", 99, 3).str(9, "abc")).
		msg(1, onnxNodeOf("engine", "com.microsoft", "EPContext").msg(5, attr("ep_cache_context").str(4, strings.Repeat("x", minOnnxBlob))))
	h := mustONNX(t, onnxModelOf(g))
	if got := strings.Join(h.Unread, " "); got != "stripped part scattered engine/ep_cache_context" {
		t.Errorf("%s", got)
	}
	if tensorNames(h) != "new" || h.Tensors[0].DType != "ONNX_99" || len(h.Notes) != 5 {
		t.Errorf("%v, %v", onnxLines(h), h.Notes)
	}
}

// Fields may stand in any order, and packed numbers in the unpacked way.
func TestONNXOrder(t *testing.T) {
	tensor := pb{}.str(9, "abcdef").str(8, "w").int(2, 2).ints(1, 2, 3)
	inner := pb{}.msg(5, tensor)
	node := pb{}.msg(5, pb{}.msg(6, inner).str(1, "body")).str(7, "").str(4, "Loop").str(3, "L")
	data := pb{}.msg(7, pb{}.msg(1, node)).int(1, 8)
	if h := mustONNX(t, data); tensorNames(h) != "L/body/w" || storedONNX(t, h, data, "L/body/w") != "abcdef" || fmt.Sprint(h.Tensors[0].Shape) != "[2 3]" {
		t.Errorf("%v", onnxLines(h))
	}
}

// A file of more than 2 GB is read in few reads.
func TestONNXLarge(t *testing.T) {
	const huge = 5 << 30
	tail := onnxTensorOf("b", 2, 1).str(9, "x")
	tensor := onnxTensorOf("a", 2, huge).long(9, huge)
	graph := pb{}.long(5, uint64(len(tensor)+huge))
	rest := pb{}.msg(5, tail)
	head := pb{}.int(1, 8).long(7, uint64(len(graph)+len(tensor)+huge+len(rest)))
	head = append(append(head, graph...), tensor...)
	r := &farthest{r: &sparse{head: head, gap: huge, tail: rest}}
	h, err := onnx{}.Read(r, int64(len(head)+huge+len(rest)))
	if err != nil || len(h.Tensors) != 2 || h.Tensors[0].Size != huge || h.Tensors[1].Name != "b" || r.n > 3 {
		t.Fatalf("%v, %v, %d reads", h, err, r.n)
	}
}

// The deepest graph that protocol buffer libraries accept is read.
func TestONNXDeepest(t *testing.T) {
	h := mustONNX(t, onnxModelOf(nestedGraphs(32)))
	if got := tensorNames(h); got != strings.Repeat("If/then_branch/", 32)+"w" {
		t.Error(got)
	}
}

// Only ONNX's own Constant lends the name of its output.
func TestONNXForeignConstant(t *testing.T) {
	h := mustONNX(t, onnxModelOf(pb{}.msg(1, onnxNodeOf("n", "com.acme", "Constant", "c").msg(5, attr("value").msg(5, rawTensor("", 1))))))
	if got := tensorNames(h); got != "n/value" {
		t.Error(got)
	}
}

// A long text is cut between characters, and that is noted.
func TestONNXLongText(t *testing.T) {
	for _, front := range []string{"", "a", "ab"} {
		value := front + strings.Repeat("\u20ac", MaxOnnxText/3+10)
		h := mustONNX(t, append(onnxModelOf(nil), pb{}.pair(14, "k", value)...))
		e, _ := h.Lookup("k")
		if !strings.HasPrefix(value, e.Text) || len(e.Text) <= MaxOnnxText-3 || len(e.Text) > MaxOnnxText || len(e.Text)%3 != len(front) || len(h.Notes) != 1 {
			t.Errorf("%q: %d bytes, %v", front, len(e.Text), h.Notes)
		}
	}
}

// Tensors in pieces beyond the limit of the file are named, not forgotten.
func TestONNXPieces(t *testing.T) {
	const n = MaxOnnxPieces/2 + 3
	var g pb
	for i := range n {
		g = g.msg(5, onnxTensorOf(fmt.Sprint(i), 1, 2).f32(4, 1).f32(4, 2))
	}
	h := mustONNX(t, onnxModelOf(g))
	if len(h.Tensors) != MaxOnnxPieces/2 || strings.Join(h.Unread, " ") != fmt.Sprintf("%d %d %d", n-3, n-2, n-1) {
		t.Errorf("%d tensors, %q", len(h.Tensors), h.Unread)
	}
}
