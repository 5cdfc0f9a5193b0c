package inspect_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/inspect"
)

// values are deterministic float32 weights, little-endian.
func values(n, seed int) []byte {
	var b []byte
	for i := range n {
		b = binary.LittleEndian.AppendUint32(b, 0x3c000000|uint32(i*2654435761+seed*97)&0x7fffff)
	}
	return b
}

func write(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// safetensorsFile holds F32 tensors of one dimension, in the order given.
func safetensorsFile(names []string, data map[string][]byte) []byte {
	header, body := "{", []byte(nil)
	for i, name := range names {
		if i > 0 {
			header += ","
		}
		begin := len(body)
		body = append(body, data[name]...)
		header += fmt.Sprintf(`%q:{"dtype":"F32","shape":[%d],"data_offsets":[%d,%d]}`, name, len(data[name])/4, begin, len(body))
	}
	header += "}"
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(out, header...), body...)
}

// onnxTensor is a TensorProto (onnx.proto, version 1.17) with external data.
func onnxTensor(name string, elements int, file string, offset, length int) []byte {
	var t []byte
	t = protowire.AppendTag(t, 1, protowire.VarintType)
	t = protowire.AppendVarint(t, uint64(elements))
	t = protowire.AppendTag(t, 2, protowire.VarintType)
	t = protowire.AppendVarint(t, 1)
	t = protowire.AppendTag(t, 8, protowire.BytesType)
	t = protowire.AppendString(t, name)
	for _, kv := range [][2]string{{"location", file}, {"offset", fmt.Sprint(offset)}, {"length", fmt.Sprint(length)}, {"checksum", strings.Repeat("0f", 20)}} {
		var e []byte
		e = protowire.AppendTag(e, 1, protowire.BytesType)
		e = protowire.AppendString(e, kv[0])
		e = protowire.AppendTag(e, 2, protowire.BytesType)
		e = protowire.AppendString(e, kv[1])
		t = protowire.AppendTag(t, 13, protowire.BytesType)
		t = protowire.AppendBytes(t, e)
	}
	t = protowire.AppendTag(t, 14, protowire.VarintType)
	return protowire.AppendVarint(t, 1)
}

// onnxFile is a ModelProto whose graph holds the initialisers.
func onnxFile(initialisers ...[]byte) []byte {
	var graph, model []byte
	for _, t := range initialisers {
		graph = protowire.AppendTag(graph, 5, protowire.BytesType)
		graph = protowire.AppendBytes(graph, t)
	}
	model = protowire.AppendTag(model, 1, protowire.VarintType)
	model = protowire.AppendVarint(model, 8)
	model = protowire.AppendTag(model, 7, protowire.BytesType)
	return protowire.AppendBytes(model, graph)
}

// TestOutside: the same weights have one digest, whether in one file, outside
// an ONNX graph, or cut into the shards of TensorFlow.js.
func TestOutside(t *testing.T) {
	names := []string{"a", "b", "c"}
	data := map[string][]byte{"a": values(50, 1), "b": values(3000, 2), "c": values(7, 3)}

	plain := t.TempDir()
	write(t, plain, "model.safetensors", safetensorsFile(names, data))

	outside := t.TempDir()
	external := append(append([]byte("pad."), data["a"]...), data["b"]...)
	write(t, outside, "model.onnx_data", external)
	write(t, outside, "more.bin", data["c"])
	write(t, outside, "model.onnx", onnxFile(onnxTensor("a", 50, "model.onnx_data", 4, 200), onnxTensor("b", 3000, "model.onnx_data", 204, 12000), onnxTensor("c", 7, "more.bin", 0, 28)))

	shards := t.TempDir()
	all := append(append(append([]byte(nil), data["a"]...), data["b"]...), data["c"]...)
	manifest := map[string]any{"format": "graph-model", "modelTopology": map[string]any{}, "weightsManifest": []any{map[string]any{
		"paths": []string{"group1-shard1of3.bin", "group1-shard2of3.bin", "group1-shard3of3.bin"},
		"weights": []any{
			map[string]any{"name": "a", "shape": []int{50}, "dtype": "float32"},
			map[string]any{"name": "b", "shape": []int{3000}, "dtype": "float32"},
			map[string]any{"name": "c", "shape": []int{7}, "dtype": "float32"}}}}}
	text, err := json.Marshal(manifest)
	if err != nil {
		t.Fatal(err)
	}
	write(t, shards, "model.json", text)
	for i, cut := range [][2]int{{0, 5001}, {5001, 9999}, {9999, len(all)}} {
		write(t, shards, fmt.Sprintf("group1-shard%dof3.bin", i+1), all[cut[0]:cut[1]])
	}

	want := digests(inspectDir(t, plain, inspect.Options{}))["part:other"]
	if want == "" {
		t.Fatal("no digest of the plain file")
	}
	for name, dir := range map[string]string{"ONNX external data": outside, "TensorFlow.js shards": shards} {
		d := inspectDir(t, dir, inspect.Options{})
		if got := digests(d); len(got) != 1 || got["part:other"] != want {
			t.Errorf("%s: digests %v, want %s in one part", name, got, want)
		}
		for _, g := range d.Gaps {
			t.Errorf("%s: gap %+v", name, g)
		}
		wrong := 0 // the ONNX tensors state the same made-up checksum of both data files
		for _, f := range d.Findings {
			if f.Rule == "digest-mismatch" && f.Key == "onnx-external-data" {
				wrong++
			}
		}
		if want := map[string]int{"ONNX external data": 2}[name]; wrong != want {
			t.Errorf("%s: %d findings about checksums, want %d", name, wrong, want)
		}
		for _, c := range d.Components {
			if c.File != nil && c.File.Role != "weights" {
				t.Errorf("%s: %s has the role %s", name, c.Name, c.File.Role)
			}
		}
	}
}

// TestOutsideMissing: what is outside and not here, or too short, is a gap.
func TestOutsideMissing(t *testing.T) {
	for name, files := range map[string]map[string][]byte{
		"missing":  {"model.onnx": onnxFile(onnxTensor("a", 50, "gone.bin", 0, 200))},
		"short":    {"model.onnx": onnxFile(onnxTensor("a", 50, "short.bin", 0, 200)), "short.bin": values(49, 1)},
		"escaping": {"model.onnx": onnxFile(onnxTensor("a", 50, "../secret.bin", 0, 200))},
		"absolute": {"model.onnx": onnxFile(onnxTensor("a", 50, "/etc/passwd", 0, 200))},
	} {
		dir := t.TempDir()
		for file, data := range files {
			write(t, dir, file, data)
		}
		d := inspectDir(t, dir, inspect.Options{})
		unread := false
		for _, g := range d.Gaps {
			unread = unread || g.Kind.Weights()
			if strings.Contains(g.Reason, dir) {
				t.Errorf("%s: a path of this machine in %q", name, g.Reason)
			}
		}
		if !unread {
			t.Errorf("%s: no gap, but %+v", name, d.Gaps)
		}
		for ref, digest := range digests(d) {
			if digest != "" {
				t.Errorf("%s: %s has a weights digest", name, ref)
			}
		}
		if d.Completeness.Assembly != bom.AggregateIncomplete {
			t.Errorf("%s: the document calls itself %s", name, d.Completeness.Assembly)
		}
	}
}
